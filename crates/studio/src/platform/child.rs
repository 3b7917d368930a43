//! The embedded platform: a child process of the studio, on free ports of this machine, that ends with it.

use hawker_wire::{ErrorCode, Failure};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use url::Url;

/// A cold start opens a database and two sockets; ten seconds cover a busy laptop with a slow disk.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// What a child that ended has written is read within this.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A running child. It ends when its stdin closes, so it can't outlive the studio, not even after a crash.
#[derive(Debug)]
pub struct EmbeddedPlatform {
    child: Child,
    /// Kept apart from the child: waiting for a child closes the stdin it still owns, and that would end this one.
    stdin: Option<ChildStdin>,
    pub at: Addresses,
}

/// Where a platform listens, as its ready line says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Addresses {
    pub http: Url,
    /// Host and port that streams are sent to; none where it takes none.
    #[serde(default)]
    pub rtmp: Option<String>,
}

impl EmbeddedPlatform {
    /// Starts `program` on `data_dir` and waits for its ready line; it keeps its log in `logs_dir`, beside the studio's.
    /// Errors: `unreachable` with what to do.
    pub async fn start(program: &Path, data_dir: &Path, logs_dir: &Path) -> Result<Self, Failure> {
        let failed = |why: String| {
            Failure::new(ErrorCode::Unreachable, format!("the embedded platform did not start: {why}"))
                .hint("run `hawker doctor`; the show can go on without it")
        };
        let mut child = Command::new(program)
            .args(["serve", "--embedded", "--data-dir"])
            .arg(data_dir)
            .arg("--logs-dir")
            .arg(logs_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("{}: {error}", program.display())))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or_else(|| failed("it has no output".into()))?;
        let mut said = child.stderr.take().map(Said::listen).unwrap_or_default();
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(READY_WITHIN, lines.next_line())
            .await
            .map_err(|_| failed(format!("it said nothing for {} s", READY_WITHIN.as_secs())))?
            .map_err(|error| failed(error.to_string()))?;
        let Some(line) = line else {
            return Err(failed(said.last().await.unwrap_or_else(|| "it ended at once".into())));
        };
        let at = serde_json::from_str(&line).map_err(|error| failed(error.to_string()))?;
        // Its output must stay open, or its next line would kill it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, stdin, at })
    }

    /// Waits until the child is gone, for whatever reason.
    pub async fn gone(&mut self) {
        let _ = self.child.wait().await;
    }

    /// Whether it ended already. One whose end can't be asked for is of no use either.
    pub fn is_gone(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Closes its stdin and gives it five seconds to put everything down.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// What a child says on stderr: why it does not start, or how it crashed. Its log proper is in files of its own.
#[derive(Default)]
struct Said {
    kept: Arc<Mutex<Option<String>>>,
    listening: Option<tokio::task::JoinHandle<()>>,
}

impl Said {
    /// Passes every line on to our log, so that it is kept, and keeps the last.
    fn listen(stderr: ChildStderr) -> Self {
        let kept = Arc::new(Mutex::new(None));
        let last = kept.clone();
        let listening = tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                tracing::warn!("the embedded platform says: {line}");
                *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
            }
        });
        Self { kept, listening: Some(listening) }
    }

    /// The last line of a child that ended.
    async fn last(&mut self) -> Option<String> {
        if let Some(listening) = self.listening.take() {
            let _ = tokio::time::timeout(LAST_WORDS, listening).await;
        }
        let said = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(said.strip_prefix("error: ").map_or(said.clone(), str::to_owned))
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn a_platform_that_does_not_start_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("platform.sh");
        std::fs::write(&program, "#!/bin/sh\necho 'error: the key file is missing' >&2\nexit 1\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let failure = EmbeddedPlatform::start(&program, dir.path(), dir.path()).await.unwrap_err();
        assert!(failure.message.ends_with("the key file is missing"), "{failure}");
    }
}
