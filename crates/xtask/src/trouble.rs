//! What can go wrong in a task, said so that the person at the terminal knows what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// One failed task. Errors of tools keep the tool's own output, which stands above on the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A rule of the project or a need of the machine is not met.
    #[error("{what}; {next}")]
    Unmet { what: String, next: String },
    #[error("{program} can't be started: {source}; {next}")]
    Start { program: String, source: io::Error, next: String },
    #[error("`{command}` ended with {status}; {next}")]
    Failed { command: String, status: String, next: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    #[error("{what} can't be read: {why}")]
    Unreadable { what: String, why: String },
}

pub type Outcome<T> = Result<T, Trouble>;

impl Trouble {
    pub fn unmet(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Unmet { what: what.into(), next: next.into() }
    }

    pub fn unreadable(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Unreadable { what: what.into(), why: why.to_string() }
    }

    /// For `map_err` on file operations.
    pub fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }
}
