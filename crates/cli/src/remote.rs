//! One process owns a data directory. Any other `hawker` hands its command to that one over a local socket (0600)
//! and prints what comes back.
//!
//! The talk: one JSON line with the command, then `"taken"`, one JSON line per line of output, last `{"exit":CODE}`. A caller that
//! closes its sending side asks for the end; it still gets every line up to the exit.

use crate::args::Cli;
use crate::execute::{CommandError, Session, execute};
use crate::output::Output;
use crate::signals::Signals;
use clap::Parser;
use hawker_studio::Studio;
use hawker_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longest command accepted, bytes: paths and an address, nothing large.
const COMMAND_LIMIT: u64 = 64 * 1024;
/// Lines on their way to a slow reader; beyond it the command waits.
const LINES_BOUND: usize = 64;

/// A command on its way to the owner.
#[derive(Serialize, Deserialize)]
pub struct Handover {
    pub arguments: Vec<String>,
    /// The caller's current folder, which its relative paths start from.
    pub folder: PathBuf,
    pub stdin: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The command is begun. Until this is said it was not, and may be given to somebody else.
    Taken,
    Line(String),
    Error(Failure),
    Exit(u8),
}

/// What a second window asks of the first. No command of a person: it is not among the words of the command line.
const RAISE: &str = "raise-window";
/// A window that is there answers at once; one that hangs must not keep the second from saying so.
const RAISE_PATIENCE: Duration = Duration::from_secs(2);

/// Brings the window of this process to the front.
pub type Raise = Arc<dyn Fn() + Send + Sync>;

/// Ends the listener when dropped, and takes its socket away.
#[derive(Default)]
pub struct SocketGuard {
    task: Option<tokio::task::JoinHandle<()>>,
    #[cfg(unix)]
    _place: Option<crate::socket::Place>,
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// Listens for the commands of other processes; `raise` none: there is no window. A socket that can't be made is logged:
/// this process works without it.
#[cfg(unix)]
pub fn serve(studio: Studio, raise: Option<Raise>) -> SocketGuard {
    match crate::socket::listen(&studio.config().data_dir) {
        Ok((listener, place)) => {
            let task = tokio::spawn(accept(listener, studio, raise));
            SocketGuard { task: Some(task), _place: Some(place) }
        }
        Err(error) => {
            tracing::warn!(%error, "other hawker processes can't reach this one; they say that its data directory is in use");
            SocketGuard::default()
        }
    }
}

/// Local sockets are not served on this system.
#[cfg(not(unix))]
pub fn serve(_studio: Studio, _raise: Option<Raise>) -> SocketGuard {
    SocketGuard::default()
}

#[cfg(unix)]
async fn accept(listener: tokio::net::UnixListener, studio: Studio, raise: Option<Raise>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (studio, raise) = (studio.clone(), raise.clone());
        tokio::spawn(async move {
            if let Err(error) = answer(stream, studio, raise).await {
                tracing::debug!(%error, "a handed-over command was cut off");
            }
        });
    }
}

#[cfg(unix)]
async fn answer(stream: tokio::net::UnixStream, studio: Studio, raise: Option<Raise>) -> std::io::Result<()> {
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(COMMAND_LIMIT));
    reader.read_line(&mut line).await?;
    let (lines, mut from_command) = tokio::sync::mpsc::channel(LINES_BOUND);
    let enough = CancellationToken::new();
    let output = Output::Remote { lines, enough: enough.clone() };
    send(&mut write, &Answer::Taken).await?;
    let command = tokio::spawn(async move { perform(&line, &studio, raise.as_ref(), output).await });
    let _end_with_caller = enough.clone().drop_guard();
    let mut rest = [0_u8; 1];
    loop {
        tokio::select! {
            line = from_command.recv() => match line {
                Some(line) => send(&mut write, &Answer::Line(line)).await?,
                None => break,
            },
            gone = reader.read(&mut rest), if !enough.is_cancelled() => if matches!(gone, Ok(0) | Err(_)) { enough.cancel() },
        }
    }
    match command.await {
        Ok(Ok(())) => send(&mut write, &Answer::Exit(0)).await?,
        Ok(Err(failure)) => {
            send(&mut write, &Answer::Error(failure)).await?;
            send(&mut write, &Answer::Exit(1)).await?;
        }
        Err(_) => send(&mut write, &Answer::Exit(1)).await?,
    }
    write.shutdown().await
}

#[cfg(unix)]
async fn send(write: &mut (impl tokio::io::AsyncWrite + Unpin), answer: &Answer) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut text = serde_json::to_vec(answer).map_err(std::io::Error::other)?;
    text.push(b'\n');
    write.write_all(&text).await
}

async fn perform(line: &str, studio: &Studio, raise: Option<&Raise>, output: Output) -> Result<(), Failure> {
    let wrong = |why: String| Failure::new(ErrorCode::BadInput, format!("not a command: {why}"));
    let handover: Handover = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
    if handover.arguments == [RAISE] {
        let raise = raise.ok_or_else(|| Failure::new(ErrorCode::NotFound, "this process has no window"))?;
        raise();
        return Ok(());
    }
    let arguments = std::iter::once("hawker".to_owned()).chain(handover.arguments);
    let cli = Cli::try_parse_from(arguments).map_err(|error| wrong(error.to_string()))?;
    let session = Session {
        studio,
        output: &output,
        json: cli.json,
        folder: &handover.folder,
        stdin: handover.stdin,
        signals: false,
    };
    match Box::pin(execute(&cli.command, &session)).await {
        Ok(()) | Err(CommandError::Closed(_)) => Ok(()),
        Err(CommandError::Failure(failure)) => Err(failure),
    }
}

/// Brings the window that is open on `data_dir` to the front. False: there is none, or it does not answer.
pub async fn raise(data_dir: &Path) -> bool {
    let ask = async {
        let Some(owner) = Owner::find(data_dir).await else { return false };
        let handover = Handover { arguments: vec![RAISE.to_owned()], folder: PathBuf::new(), stdin: None };
        matches!(owner.hand_over(&handover).await, Ok(Handed::Done))
    };
    tokio::time::timeout(RAISE_PATIENCE, ask).await.unwrap_or(false)
}

/// What became of a command that was handed over.
#[derive(Debug, PartialEq, Eq)]
pub enum Handed {
    Done,
    /// The owner ended before it began: nothing was done.
    NotTaken,
}

/// The process that holds a data directory, ready to take a command.
#[cfg(unix)]
pub struct Owner(tokio::net::UnixStream);

#[cfg(unix)]
impl Owner {
    /// The owner of `data_dir`, if it listens.
    pub async fn find(data_dir: &Path) -> Option<Self> {
        crate::socket::connect(data_dir).await.map(Self)
    }

    /// Sends the command and prints its answer. Errors: the owner's own, or `unreachable` when it goes away in the middle.
    pub async fn hand_over(self, handover: &Handover) -> Result<Handed, CommandError> {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
        let lost = || Failure::new(ErrorCode::Unreachable, "the other hawker process went away");
        let (read, mut write) = self.0.into_split();
        let mut text =
            serde_json::to_vec(handover).map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?;
        text.push(b'\n');
        if write.write_all(&text).await.is_err() {
            return Ok(Handed::NotTaken);
        }
        let mut lines = BufReader::new(read).lines();
        let mut failed = None;
        let mut taken = false;
        let mut signals = Signals::new()?;
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line,
                () = signals.next() => {
                    write.shutdown().await.map_err(|_| lost())?;
                    continue;
                }
            };
            let Ok(Some(line)) = line else { break };
            match serde_json::from_str(&line) {
                Ok(Answer::Taken) => taken = true,
                Ok(Answer::Line(text)) => Output::Stdout.line(&text).await?,
                Ok(Answer::Error(failure)) => failed = Some(failure),
                Ok(Answer::Exit(0)) => return Ok(Handed::Done),
                Ok(Answer::Exit(_)) => break,
                Err(_) => {}
            }
        }
        match failed {
            None if !taken => Ok(Handed::NotTaken),
            failed => Err(failed.unwrap_or_else(lost).into()),
        }
    }
}

/// Local sockets are not served on this system, so nobody is ever found.
#[cfg(not(unix))]
pub struct Owner(std::convert::Infallible);

#[cfg(not(unix))]
impl Owner {
    pub async fn find(_data_dir: &Path) -> Option<Self> {
        None
    }

    pub async fn hand_over(self, _handover: &Handover) -> Result<Handed, CommandError> {
        match self.0 {}
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_studio::{Parts, StudioConfig};
    use std::sync::atomic::{AtomicU32, Ordering};

    fn config(data_dir: &Path) -> StudioConfig {
        StudioConfig {
            data_dir: data_dir.to_owned(),
            models_dir: PathBuf::from("models"),
            onnxruntime: None,
            platform_program: None,
            decoder: None,
            passphrase: Some("a passphrase of a test".to_owned().into()),
            use_keychain: false,
            parts: Parts::Store,
            preview_when_idle: false,
        }
    }

    #[tokio::test]
    async fn a_second_window_raises_the_first_and_a_process_without_one_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!raise(dir.path()).await, "nobody is there");
        let studio = Studio::open(config(dir.path())).await.unwrap();
        let windowless = serve(studio.clone(), None);
        assert!(!raise(dir.path()).await, "a show without a window has none to raise");
        drop(windowless);
        let raised = Arc::new(AtomicU32::new(0));
        let count = raised.clone();
        let raiser: Raise = Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let _window = serve(studio.clone(), Some(raiser));
        assert!(raise(dir.path()).await);
        assert_eq!(raised.load(Ordering::SeqCst), 1);
        studio.close().await;
    }

    #[tokio::test]
    async fn a_command_counts_as_begun_only_when_the_owner_says_so() {
        use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
        let handover = Handover { arguments: vec!["show".into()], folder: PathBuf::new(), stdin: None };
        for (said, begun) in [("", false), ("\"taken\"\n", true)] {
            let (here, there) = tokio::net::UnixStream::pair().unwrap();
            tokio::spawn(async move {
                let mut there = tokio::io::BufReader::new(there);
                there.read_line(&mut String::new()).await.unwrap();
                there.write_all(said.as_bytes()).await.unwrap();
            });
            match Owner(here).hand_over(&handover).await {
                Ok(handed) => assert_eq!((handed, begun), (Handed::NotTaken, false)),
                Err(error) => assert!(begun && error.to_string().contains("went away"), "{error}"),
            }
        }
    }
}
