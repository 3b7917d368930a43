//! What can go wrong with stored data, in terms somebody can act on.

use hawker_wire::{ErrorCode, Failure};

/// Why a read or a change of the store did not happen. After any of these the store holds what it held before.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the disk is full: the change was not stored, what was there is safe; free some space and try again")]
    DiskFull,
    #[error(
        "the database is damaged ({0}); restore a backup with `hawker-cli backup restore`, or begin anew in another folder with --data-dir"
    )]
    Damaged(String),
    #[error("another program holds the database; close it and try again")]
    Busy,
    #[error("there is no {0}")]
    NotFound(String),
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    BadInput(String),
    #[error("the database could not be read or written; see the log")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match fault(&error) {
            Fault::DiskFull => Self::DiskFull,
            Fault::Damaged => Self::Damaged(error.to_string()),
            Fault::Busy => Self::Busy,
            Fault::Other => Self::Database(error),
        }
    }
}

/// What came of keeping something that belongs to something else. Errors: [`StoreError::NotFound`] where that is gone; `what`
/// names it.
pub(crate) fn kept_of<T>(done: Result<T, sqlx::Error>, what: impl FnOnce() -> String) -> Result<T, StoreError> {
    match done {
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Err(StoreError::NotFound(what())),
        done => Ok(done?),
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::DiskFull => ErrorCode::DiskFull,
            StoreError::Damaged(_) => ErrorCode::Damaged,
            StoreError::Busy => ErrorCode::DataDirInUse,
            StoreError::NotFound(_) => ErrorCode::NotFound,
            StoreError::Conflict(_) => ErrorCode::Conflict,
            StoreError::BadInput(_) => ErrorCode::BadInput,
            StoreError::Database(_) => ErrorCode::Internal,
        };
        Self::new(code, error.to_string())
    }
}

/// The kinds of SQLite trouble that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    DiskFull,
    Damaged,
    Busy,
    Other,
}

/// Sorts an error by SQLite's result code. Source: <https://www.sqlite.org/rescode.html>
pub(crate) fn fault(error: &sqlx::Error) -> Fault {
    /// The WAL's index file could not grow, which happens when the disk has no room for it.
    const IOERR_SHMSIZE: i32 = 4874;
    if let sqlx::Error::Io(io) = error {
        return if io.kind() == std::io::ErrorKind::StorageFull { Fault::DiskFull } else { Fault::Other };
    }
    if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) {
        return Fault::Damaged;
    }
    let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i32>().ok());
    match code {
        Some(IOERR_SHMSIZE) => Fault::DiskFull,
        Some(code) => match code & 0xff {
            5 | 6 => Fault::Busy,
            11 | 26 => Fault::Damaged,
            13 => Fault::DiskFull,
            _ => Fault::Other,
        },
        None => Fault::Other,
    }
}

/// A stored value that its own type refuses: only a damaged or foreign database holds one.
pub(crate) fn unreadable(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("{what}: {why}"))
}
