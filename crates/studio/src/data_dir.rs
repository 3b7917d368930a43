//! The data directory and its lock: one process owns it, the others talk to that one.

use crate::errors::{Outcome, internal};
use hawker_domain::failure::FailureWhy;
use hawker_wire::{ErrorCode, Failure, FailureReason};
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
        close_to_others(path);
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

    /// Whether some process, perhaps this one, holds the directory. Makes nothing, and takes the lock for a moment only.
    pub fn is_held(path: &Path) -> bool {
        let lock = File::options().write(true).open(path.join("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// The folder of the socket on which the owner takes the commands of other processes.
    pub fn socket_folder(path: &Path) -> PathBuf {
        path.join(SOCKET_FOLDER)
    }

    /// The file that keeps what each execution provider took on this machine.
    pub fn providers_file(path: &Path) -> PathBuf {
        path.join(PROVIDERS_FILE)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

const SOCKET_FOLDER: &str = "run";
const PROVIDERS_FILE: &str = "providers.json";

/// What a data directory holds; a folder with anything else in it is not ours alone.
const OURS: &[&str] = &[
    ".high-water.json.new",
    ".key.json.new",
    "backups",
    "hawker.db",
    "hawker.db-acked",
    "hawker.db-shm",
    "hawker.db-wal",
    "high-water.json",
    "key.json",
    "lock",
    "logs",
    "open-recordings",
    "platform",
    PROVIDERS_FILE,
    "recordings",
    "replaced",
    "restore",
    SOCKET_FOLDER,
];

/// Takes the rights of others away from a folder that was made before us with loose ones, if nothing but ours lies in it:
/// somebody's home or a folder of the whole system that was named by a slip is left as it is.
#[cfg(unix)]
fn close_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.permissions().mode();
    if mode & 0o077 == 0 {
        return;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    if !is_ours_alone(mode, &names) {
        tracing::warn!(data_dir = %path.display(), "others may look into the data directory; use one of its own");
        return;
    }
    if let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o700)) {
        tracing::warn!(%error, data_dir = %path.display(), "others may look into the data directory");
    }
}

#[cfg(not(unix))]
fn close_to_others(_path: &Path) {}

#[cfg(unix)]
fn is_ours_alone(mode: u32, names: &[String]) -> bool {
    // A sticky folder, such as /tmp, belongs to everybody, also while it is empty.
    mode & 0o1000 == 0 && names.iter().all(|name| OURS.contains(&name.as_str()))
}

fn in_use(path: &Path) -> Failure {
    Failure::new(ErrorCode::DataDirInUse, format!("the data directory {} is in use", path.display()))
        .hint("close the other hawker, or pass another --data-dir")
        .because(FailureReason::from(FailureWhy::DataFolderInUse).with("path", path.display()))
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
        assert!(!DataDir::is_held(dir.path()), "nobody was ever here");
        let first = DataDir::take(dir.path()).unwrap();
        assert!(DataDir::is_held(dir.path()), "also as seen by the holder itself");
        let second = DataDir::take(dir.path()).unwrap_err();
        assert_eq!(second.code, ErrorCode::DataDirInUse);
        drop(first);
        assert!(!DataDir::is_held(dir.path()), "a lock that was left behind holds nothing");
        assert!(DataDir::take(dir.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_loose_data_directory_is_closed_to_others_and_a_foreign_one_is_left_alone() {
        use std::os::unix::fs::PermissionsExt;
        let table: [(u32, &[&str], u32); 6] = [
            (0o755, &[], 0o700),
            (0o777, &["hawker.db", "logs", "lock", "recordings"], 0o700),
            (0o750, &["hawker.db", "letter.txt"], 0o750),
            (0o1777, &[], 0o1777),
            (0o1777, &["hawker.db"], 0o1777),
            (0o700, &["letter.txt"], 0o700),
        ];
        for (before, names, after) in table {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("data");
            fs::create_dir(&path).unwrap();
            for name in names {
                fs::write(path.join(name), "").unwrap();
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
            close_to_others(&path);
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, after, "{before:o} with {names:?}");
        }
    }
}
