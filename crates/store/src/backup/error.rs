//! What can go wrong with a backup, in terms somebody can act on.

use crate::{OpenError, StoreError};
use hawker_domain::failure::FailureWhy;
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::{io, path::PathBuf};

/// Why a backup was not made, read or put back. The store is as it was, and no half file was left.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} is there already; give another name", file.display())]
    Exists { file: PathBuf },
    #[error("there is no room for {}; free some space or give a file on another disk", file.display())]
    DiskFull { file: PathBuf },
    #[error("{} can't be written ({source}); give a file in a folder you may write to", file.display())]
    Unwritable { file: PathBuf, source: io::Error },
    #[error("{} can't be read ({source}); check that it exists and may be read", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{} is no whole backup ({why}); take another one", file.display())]
    NotWhole { file: PathBuf, why: String },
    #[error("{} was made by a newer version (format {found}, this one knows {known}); update the program", file.display())]
    Future { file: PathBuf, found: i64, known: i64 },
    #[error("the key of {} is not on this computer ({why}); give its recovery code with --code", file.display())]
    CodeNeeded { file: PathBuf, why: String },
    #[error("{why}; the present database would be moved aside, not erased: add --yes to go on")]
    NotAgreed { why: String },
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// What became of writing `file`.
    pub(super) fn writing(file: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let file = file.into();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { file },
                io::ErrorKind::AlreadyExists => Self::Exists { file },
                _ => Self::Unwritable { file, source },
            }
        }
    }

    pub(super) fn reading(file: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Unreadable { file: file.into(), source }
    }
}

/// None where the English sentence is the whole of it.
fn reason(error: &BackupError) -> Option<FailureReason> {
    use FailureWhy as Why;
    let about = |why, file: &PathBuf| FailureReason::from(why).with("path", file.display());
    Some(match error {
        BackupError::Exists { file } => about(Why::BackupExists, file),
        BackupError::DiskFull { file } => about(Why::DiskFull, file),
        BackupError::Unwritable { file, source } => about(Why::BackupUnwritable, file).with("why", source),
        BackupError::Unreadable { file, source } => about(Why::BackupUnreadable, file).with("why", source),
        BackupError::NotWhole { file, why } => about(Why::BackupNotWhole, file).with("why", why),
        BackupError::Future { file, found, known } => {
            about(Why::BackupNewer, file).with("found", found).with("known", known)
        }
        BackupError::CodeNeeded { file, why } => about(Why::BackupCodeNeeded, file).with("why", why),
        // Only the command line asks for consent; the other two have reasons of their own.
        BackupError::NotAgreed { .. } | BackupError::Open(_) | BackupError::Store(_) => return None,
    })
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let reason = reason(&error);
        let code = match error {
            BackupError::Open(error) => return error.into(),
            BackupError::Store(error) => return error.into(),
            BackupError::Exists { .. } | BackupError::NotAgreed { .. } => ErrorCode::Conflict,
            BackupError::DiskFull { .. } => ErrorCode::DiskFull,
            BackupError::Unwritable { .. } | BackupError::Unreadable { .. } => ErrorCode::BadInput,
            BackupError::NotWhole { .. } => ErrorCode::Damaged,
            BackupError::Future { .. } => ErrorCode::FutureDatabase,
            BackupError::CodeNeeded { .. } => ErrorCode::WrongKey,
        };
        let failure = Self::new(code, error.to_string());
        match reason {
            Some(reason) => failure.because(reason),
            None => failure,
        }
    }
}
