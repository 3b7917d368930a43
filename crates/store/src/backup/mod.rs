//! Backups: consistent, encrypted copies of the database, each in one file that carries what opens it elsewhere.
//!
//! Owns: the form of the file, when one is made by itself, and how one is put back.
//! Invariants: a backup has its name only when it is whole, checked and on the disk; no database is ever written over.

mod container;
mod copy;
mod error;
mod restore;
mod schedule;

use crate::{
    OpenError, Store,
    key::{DatabaseKey, KeyFile},
    open::{make_dir, schema},
    swap::sync_folder,
};
use container::Manifest;
use schedule::Kind;
use serde::Serialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

pub use copy::Contents;
pub(crate) use copy::{checked, copy, resting};
pub use error::BackupError;
pub use restore::{Consent, Restored, restore, verify_backup};
#[cfg(test)]
pub(crate) use restore::{prepare as prepare_restore, verify_by};
pub(crate) use schedule::stamp;

/// Of the data folder.
const FOLDER: &str = "backups";
const PART: &str = ".part";

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    pub file: PathBuf,
    /// UTC, microseconds since 1970.
    pub made_at_us: i64,
    pub contents: Contents,
    /// Whether it opens on a computer whose keychain does not have its key.
    pub has_recovery_code: bool,
}

/// A file in the folder of the backups.
#[derive(Debug, Serialize)]
pub struct ListedBackup {
    pub file: PathBuf,
    pub bytes: u64,
    /// What it says of itself; only a verification shows that it is true.
    pub says: Option<Backup>,
    pub problem: Option<String>,
}

impl Store {
    /// Copies the store to the new file `to`, else to one in the data folder that is named by the time `now_us` (UTC,
    /// microseconds since 1970). The store goes on working meanwhile. Errors: [`BackupError`].
    pub async fn back_up(&self, to: Option<&Path>, now_us: i64) -> Result<Backup, BackupError> {
        let _turn = self.files_turn.lock().await;
        match to {
            Some(to) => write(self, to, now_us).await,
            None => write(self, &own_folder(&self.dir)?.join(schedule::file_name(Kind::ByHand, now_us)), now_us).await,
        }
    }

    /// Makes the backup of the day, if there is none yet, and removes those that are kept no longer: of those made here,
    /// never one that was asked for. None: it was not due. Errors: [`BackupError`].
    pub async fn backup_if_due(&self, now_us: i64) -> Result<Option<Backup>, BackupError> {
        let _turn = self.files_turn.lock().await;
        let folder = own_folder(&self.dir)?;
        if !schedule::is_due(now_us, &taken(&folder)?) {
            return Ok(None);
        }
        let name = schedule::file_name(Kind::ByItself, now_us);
        let backup = write(self, &folder.join(&name), now_us).await?;
        let just_made = schedule::made_by_itself(&name).unwrap_or(now_us);
        for old in schedule::which_to_delete(&taken(&folder)?, just_made) {
            let old = folder.join(schedule::file_name(Kind::ByItself, old));
            match fs::remove_file(&old) {
                Ok(()) => tracing::info!(file = %old.display(), "an old backup is removed"),
                Err(error) => tracing::warn!(%error, file = %old.display(), "an old backup can't be removed"),
            }
        }
        Ok(Some(backup))
    }
}

/// The backups in the data folder `dir`, the newest first by their names. Blocks. Errors: [`BackupError::Unreadable`].
pub fn list_backups(dir: &Path) -> Result<Vec<ListedBackup>, BackupError> {
    let mut files = names(&dir.join(FOLDER))?;
    files.retain(|name| name.ends_with(&format!(".{}", schedule::EXTENSION)));
    files.sort_unstable_by_key(|name| name.split_once('-').map(|(_, stamp)| stamp.to_owned()));
    let listed = files.iter().rev().map(|name| {
        let file = dir.join(FOLDER).join(name);
        let bytes = fs::metadata(&file).map_or(0, |metadata| metadata.len());
        let (says, problem) = match container::read(&file) {
            Ok(sealed) => (Some(described(&file, &sealed.manifest)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        ListedBackup { file, bytes, says, problem }
    });
    Ok(listed.collect())
}

fn described(file: &Path, manifest: &Manifest) -> Backup {
    Backup {
        file: file.to_owned(),
        made_at_us: manifest.made_at_us,
        contents: manifest.contents,
        has_recovery_code: manifest.key.has_recovery_code(),
    }
}

/// The folder of the backups, without what a crash left half done in it. Only while it is this store's turn.
fn own_folder(dir: &Path) -> Result<PathBuf, BackupError> {
    let folder = dir.join(FOLDER);
    make_dir(&folder).map_err(|error| match error {
        OpenError::Io(source) => BackupError::writing(&folder)(source),
        other => other.into(),
    })?;
    for name in names(&folder)?.iter().filter(|name| name.starts_with('.') && name.contains(PART)) {
        let _ = fs::remove_file(folder.join(name));
    }
    Ok(folder)
}

/// When the backups that made themselves were made.
fn taken(folder: &Path) -> Result<Vec<i64>, BackupError> {
    Ok(names(folder)?.iter().filter_map(|name| schedule::made_by_itself(name)).collect())
}

fn names(folder: &Path) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::reading(folder)(error)),
    };
    let names: io::Result<Vec<String>> =
        entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned())).collect();
    names.map_err(BackupError::reading(folder))
}

async fn write(store: &Store, to: &Path, now_us: i64) -> Result<Backup, BackupError> {
    let part = Part::beside(to)?;
    let live = (*store.writer.connect_options()).clone();
    let contents = copy(&live, &store.key, &part.path, to).await?;
    let schema = schema(&mut *store.reader.acquire().await.map_err(OpenError::Database)?).await;
    let (schema, key_file) = (schema.map_err(OpenError::Database)?, store.key_file()?);
    let (key, file) = (store.key.clone(), to.to_owned());
    let backup = blocking(move || finish(part, &file, &key, key_file, (now_us, schema, contents))).await?;
    tracing::info!(file = %to.display(), orders = contents.orders, "a backup was made");
    Ok(backup)
}

/// Puts the manifest behind the copy, reads it back, and gives the file its name. Blocks.
fn finish(
    part: Part,
    file: &Path,
    key: &DatabaseKey,
    key_file: KeyFile,
    (made_at_us, schema, contents): (i64, i64, Contents),
) -> Result<Backup, BackupError> {
    let version = container::VERSION;
    container::close(&part.path, key, |database_bytes, database_sha256| Manifest {
        version,
        made_at_us,
        schema,
        contents,
        database_bytes,
        database_sha256,
        key: key_file,
    })
    .map_err(BackupError::writing(file))?;
    let sealed = container::read(&part.path)?;
    if !sealed.is_by(key) {
        return Err(BackupError::NotWhole {
            file: file.to_owned(),
            why: "the disk gave back something else".to_owned(),
        });
    }
    part.publish(file).map_err(BackupError::writing(file))?;
    Ok(described(file, &sealed.manifest))
}

/// A file in the making beside the one it becomes; gone when dropped.
struct Part {
    path: PathBuf,
}

impl Part {
    /// Errors: [`BackupError::Exists`], [`BackupError::Unwritable`] where there is no such folder.
    fn beside(file: &Path) -> Result<Self, BackupError> {
        // Also a link that leads nowhere is somebody's.
        if file.symlink_metadata().is_ok() {
            return Err(BackupError::Exists { file: file.to_owned() });
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| BackupError::writing(file)(io::Error::other("it has no name")))?;
        // SQLite takes a name with a folder in front for what it is.
        let folder = folder_of(file).canonicalize().map_err(BackupError::writing(file))?;
        Ok(Self { path: folder.join(format!(".{name}.{}{PART}", Uuid::new_v4().simple())) })
    }

    /// Gives the file its name, unless somebody took it meanwhile.
    fn publish(self, file: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // A memory stick knows no links.
            Err(_) if file.symlink_metadata().is_ok() => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&self.path, file)?,
        }
        let _ = fs::remove_file(&self.path);
        sync_folder(folder_of(file))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let mut journal = self.path.clone().into_os_string();
        journal.push("-journal");
        let _ = fs::remove_file(journal);
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Runs what blocks away from the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| BackupError::Open(OpenError::Io(io::Error::other(error))))?
}
