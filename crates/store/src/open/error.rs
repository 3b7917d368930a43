//! Why a store does not open, in English for the command line and as a reason that the window says in its reader's language.

use hawker_domain::failure::FailureWhy;
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::{io, path::PathBuf};

/// Why the store in a folder does not open. Nothing was changed by the attempt.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the key or passphrase does not open the database; check it and try again, or use the recovery code with `hawker-cli key recover`"
    )]
    WrongKey,
    #[error("the database is locked by a passphrase; give it to open the store")]
    PassphraseNeeded,
    #[error(
        "there is no place to keep the database's key ({why}); start the system's keychain \
         (on Linux a Secret Service such as gnome-keyring), or set a passphrase"
    )]
    NoKeyHome { why: String },
    #[error("the key lies in the system's keychain, which can't be read ({why}); unlock it and try again")]
    KeychainLocked { why: String },
    #[error(
        "the system's keychain no longer has the key of this database; open it by its recovery code with \
         `hawker-cli key recover`, or bring the keychain back"
    )]
    KeyNotInKeychain,
    #[error(
        "there is no recovery code for this database's key; one is made by `hawker-cli key recovery-code` while the store opens"
    )]
    NoRecoveryCode,
    #[error("this is the recovery code of another database, or an older one of this; use the one that was made last")]
    WrongRecoveryCode,
    #[error("the database has no key file {}; restore a backup with `hawker-cli backup restore`, or put the file back from a copy of the data folder", file.display())]
    KeyMissing { file: PathBuf },
    #[error(
        "there is a key file {} and no database beside it, where one was before: it was removed, or emptied; restore a backup with \
         `hawker-cli backup restore`, or, to begin anew, move the key file away",
        key_file.display()
    )]
    DatabaseGone { key_file: PathBuf },
    #[error("the data were written by a newer version (format {found}, this one knows {known}); update the program")]
    Future { found: i64, known: i64 },
    #[error("{} is damaged ({why}); nothing was changed: restore a backup with `hawker-cli backup restore`, or begin anew in another folder with --data-dir", file.display())]
    Damaged { file: PathBuf, why: String },
    #[error(
        "the database's log {} is damaged ({why}), and with it what was done last before the program was stopped; nothing was changed: \
         restore a backup with `hawker-cli backup restore`, or, to go on without it, move {} and {} away",
        log.display(), log.display(), acked.display()
    )]
    LogDamaged { log: PathBuf, acked: PathBuf, why: String },
    #[error("another program holds the database; close it and try again")]
    Busy,
    #[error("the disk is full; free some space and try again")]
    DiskFull,
    #[error("the data folder can't be used ({0}); check that it exists and may be written")]
    Io(#[source] io::Error),
    #[error("the database could not be opened ({0})")]
    Database(#[source] sqlx::Error),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull { Self::DiskFull } else { Self::Io(error) }
    }
}

impl OpenError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::WrongKey
            | Self::PassphraseNeeded
            | Self::NoKeyHome { .. }
            | Self::KeychainLocked { .. }
            | Self::KeyNotInKeychain
            | Self::NoRecoveryCode
            | Self::WrongRecoveryCode
            | Self::KeyMissing { .. } => ErrorCode::WrongKey,
            Self::Future { .. } => ErrorCode::FutureDatabase,
            Self::Damaged { .. } | Self::DatabaseGone { .. } | Self::LogDamaged { .. } => ErrorCode::Damaged,
            Self::Busy => ErrorCode::DataDirInUse,
            Self::DiskFull => ErrorCode::DiskFull,
            Self::Io(_) | Self::Database(_) => ErrorCode::Internal,
        }
    }

    fn reason(&self) -> FailureReason {
        use FailureWhy as Why;
        let because = FailureReason::from;
        match self {
            Self::WrongKey => Why::WrongKey.into(),
            Self::PassphraseNeeded => Why::PassphraseNeeded.into(),
            Self::NoKeyHome { why } => because(Why::NoKeyHome).with("why", why),
            Self::KeychainLocked { why } => because(Why::KeychainLocked).with("why", why),
            Self::KeyNotInKeychain => Why::KeyNotInKeychain.into(),
            Self::NoRecoveryCode => Why::NoRecoveryCode.into(),
            Self::WrongRecoveryCode => Why::WrongRecoveryCode.into(),
            Self::KeyMissing { file } => because(Why::KeyFileMissing).with("path", file.display()),
            Self::DatabaseGone { key_file } => because(Why::DatabaseGone).with("path", key_file.display()),
            Self::Future { found, known } => because(Why::DatabaseNewer).with("found", found).with("known", known),
            Self::Damaged { file, why } => because(Why::DatabaseDamaged).with("path", file.display()).with("why", why),
            Self::LogDamaged { log, acked, why } => {
                because(Why::LogDamaged).with("path", log.display()).with("acked", acked.display()).with("why", why)
            }
            Self::Busy => Why::DatabaseBusy.into(),
            Self::DiskFull => Why::NoRoom.into(),
            Self::Io(error) => because(Why::DataFolderUnusable).with("why", error),
            Self::Database(error) => because(Why::DatabaseNotOpened).with("why", error),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::new(error.code(), error.to_string()).because(error.reason())
    }
}
