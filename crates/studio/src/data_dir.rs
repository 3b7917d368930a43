//! The data directory and its lock: one process owns it, the others talk to that one.

use crate::errors::{Outcome, internal};
use hawker_wire::{ErrorCode, Failure};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The held lock; the directory is free again when it is dropped, also by a crash.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory (0700) if needed and takes its lock. Errors: `data_dir_in_use`, `disk_full`, `internal`.
    pub fn take(path: &Path) -> Outcome<Self> {
        create_private(path)?;
        let lock_path = path.join("lock");
        let mut lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|error| internal(&format!("can't open {}", lock_path.display()), error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(path)),
            Err(TryLockError::Error(error)) => {
                return Err(internal(&format!("can't lock {}", lock_path.display()), error));
            }
        }
        // The pid is for people who look; the lock itself is what counts.
        let _ = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the owner listens for the commands of other processes.
    pub fn socket(path: &Path) -> PathBuf {
        path.join("hawker.sock")
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn in_use(path: &Path) -> Failure {
    Failure::new(ErrorCode::DataDirInUse, format!("the data directory {} is in use", path.display()))
        .hint("close the other hawker, or pass another --data-dir")
}

/// Makes a folder, and those above it, that only this user can enter.
pub fn create_private(path: &Path) -> Outcome<()> {
    let made = {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    };
    made.map_err(|error| {
        Failure::new(ErrorCode::Internal, format!("can't make the data directory {}: {error}", path.display()))
            .hint("pass a --data-dir you may write to")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_second_owner_is_turned_away_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataDir::take(dir.path()).unwrap();
        let second = DataDir::take(dir.path()).unwrap_err();
        assert_eq!(second.code, ErrorCode::DataDirInUse);
        drop(first);
        assert!(DataDir::take(dir.path()).is_ok());
    }
}
