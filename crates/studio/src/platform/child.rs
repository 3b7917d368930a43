//! The embedded platform: a child process of the studio, on free ports of this machine, that ends with it.

use hawker_wire::{ErrorCode, Failure};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use url::Url;

/// A cold start opens a database and two sockets; ten seconds cover a busy laptop with a slow disk.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// A running child. It ends when its stdin closes, so it can't outlive the studio, not even after a crash.
#[derive(Debug)]
pub struct EmbeddedPlatform {
    child: Child,
    /// Kept apart from the child: waiting for a child closes the stdin it still owns, and that would end this one.
    stdin: Option<ChildStdin>,
    pub http: Url,
}

#[derive(Deserialize)]
struct Ready {
    http: Url,
}

impl EmbeddedPlatform {
    /// Starts `program` on `data_dir` and waits for its ready line; its log goes to `log_file`. Errors: `unreachable` with what to do.
    pub async fn start(program: &Path, data_dir: &Path, log_file: &Path) -> Result<Self, Failure> {
        let failed = |why: String| {
            Failure::new(ErrorCode::Unreachable, format!("the embedded platform did not start: {why}"))
                .hint("run `hawker doctor`; the show can go on without it")
        };
        let log = std::fs::File::create(log_file).map_or_else(|_| Stdio::null(), Stdio::from);
        let mut child = Command::new(program)
            .args(["serve", "--embedded", "--data-dir"])
            .arg(data_dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("{}: {error}", program.display())))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or_else(|| failed("it has no output".into()))?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(READY_WITHIN, lines.next_line())
            .await
            .map_err(|_| failed(format!("it said nothing for {} s", READY_WITHIN.as_secs())))?
            .map_err(|error| failed(error.to_string()))?
            .ok_or_else(|| failed(format!("it ended at once, see {}", log_file.display())))?;
        let ready: Ready = serde_json::from_str(&line).map_err(|error| failed(error.to_string()))?;
        // Its output must stay open, or its next line would kill it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, stdin, http: ready.http })
    }

    /// Waits until the child is gone, for whatever reason.
    pub async fn gone(&mut self) {
        let _ = self.child.wait().await;
    }

    /// Closes its stdin and gives it five seconds to put everything down.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}
