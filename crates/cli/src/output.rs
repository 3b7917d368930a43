//! Where a command's lines go: this terminal, or another process that handed its command over.

use std::io::Write;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A sink of whole lines.
pub enum Output {
    Stdout,
    /// Lines for the process that asked.
    Remote {
        lines: mpsc::Sender<String>,
        /// Cancelled when that process asks for the end, or is gone.
        enough: CancellationToken,
    },
}

/// The reader is gone: nobody needs the rest.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub struct OutputClosed;

impl Output {
    /// Writes one line. Errors: [`OutputClosed`].
    pub async fn line(&self, text: &str) -> Result<(), OutputClosed> {
        match self {
            Self::Stdout => {
                let mut stdout = std::io::stdout().lock();
                writeln!(stdout, "{text}").and_then(|()| stdout.flush()).map_err(|_| OutputClosed)
            }
            Self::Remote { lines, .. } => lines.send(text.to_owned()).await.map_err(|_| OutputClosed),
        }
    }

    /// Resolves when the reader of a remote output wants no more; never for stdout.
    pub async fn enough(&self) {
        match self {
            Self::Stdout => std::future::pending().await,
            Self::Remote { enough, .. } => enough.cancelled().await,
        }
    }
}
