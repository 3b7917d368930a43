//! Puts a finished database, and its key file, in the place of the ones that are there, so that a power cut leaves the
//! old or the new, whole.
//!
//! The new files are made in `restore/draft`. When they are on the disk, that folder is renamed to `restore/ready-…`: this
//! is the one moment in which the old becomes the new. What follows moves the old files to `replaced/…` and the new ones
//! to their place; it can be cut off anywhere and is taken up by whoever opens the store next ([`finish`]). Each step is
//! chosen by what lies where, so that none is done twice to another file.

use crate::{
    OpenError,
    acked::ACKED_FILE,
    key::KEY_FILE,
    open::{DATABASE_FILE, make_dir},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const FOLDER: &str = "restore";
const DRAFT: &str = "draft";
const READY: &str = "ready-";
/// Where the old files go.
const REPLACED: &str = "replaced";
/// Old files under a name that begins so are erased at the end: the key is changed, the data are the same.
const ROTATED: &str = "rotated-";

const WAL: &str = "hawker.db-wal";
const SHM: &str = "hawker.db-shm";

/// Why the old files give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// They are kept.
    Restored,
    /// They are erased.
    Rotated,
}

/// New files in the making; gone when dropped.
pub(crate) struct Draft {
    dir: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// An empty draft for the store in `dir`. What an earlier one left is removed.
    pub(crate) fn begin(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join(FOLDER).join(DRAFT);
        remove_folder(&path)?;
        make_dir(&path)?;
        Ok(Self { dir: dir.to_owned(), path })
    }

    /// The folder, for the key file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE_FILE)
    }

    /// Decides for the new files. They are in place after [`finish`]. `stamp` names the folder of the old ones.
    pub(crate) fn commit(self, reason: Reason, stamp: &str) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            sync_file(&entry?.path())?;
        }
        sync_folder(&self.path)?;
        let prefix = if reason == Reason::Rotated { ROTATED } else { "" };
        let name = free_name(&self.dir.join(REPLACED), &format!("{prefix}{stamp}"));
        let folder = self.dir.join(FOLDER);
        fs::rename(&self.path, folder.join(format!("{READY}{name}")))?;
        sync_folder(&folder)?;
        sync_folder(&self.dir)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After a commit it is not there any more.
        if let Err(error) = remove_folder(&self.path) {
            tracing::warn!(%error, "a draft of a database could not be removed; the next one removes it");
        }
    }
}

/// Completes what was decided, if anything was; the folder of the files that gave way and were kept.
pub(crate) fn finish(dir: &Path) -> Result<Option<PathBuf>, OpenError> {
    let Some(ready) = Ready::find(dir)? else { return Ok(None) };
    for step in steps(&ready.seen()) {
        ready.run(step)?;
    }
    tracing::info!(replaced = %ready.aside.display(), "a new database is in place");
    Ok(ready.aside.is_dir().then_some(ready.aside))
}

/// New files that are decided for.
pub(crate) struct Ready {
    dir: PathBuf,
    path: PathBuf,
    aside: PathBuf,
    is_rotation: bool,
}

/// Which files lie where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) new_database: bool,
    pub(crate) new_key: bool,
    pub(crate) is_rotation: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Moves an old file out of the way, if it is there.
    PutAside(&'static str),
    /// A database that goes aside without its key gets a copy of it, so that it can be opened whatever becomes of the key.
    KeepKeyAside,
    /// What was put aside stays aside, before anything takes its place.
    SyncAside,
    Place(&'static str),
    SyncPlaced,
    EraseOld,
    RemoveReady,
}

/// What is left to do. The database comes last: while it is not in place, everything before may be done again.
pub(crate) fn steps(seen: &Seen) -> Vec<Step> {
    use Step::{EraseOld, KeepKeyAside, Place, PutAside, RemoveReady, SyncAside, SyncPlaced};
    let mut steps = Vec::new();
    if seen.new_database {
        steps.push(if seen.new_key { PutAside(KEY_FILE) } else { KeepKeyAside });
        steps.extend([PutAside(DATABASE_FILE), PutAside(WAL), PutAside(SHM), PutAside(ACKED_FILE), SyncAside]);
        if seen.new_key {
            // Durable before its database: names that are not synced survive a power cut in any order.
            steps.extend([Place(KEY_FILE), SyncPlaced]);
        }
        steps.push(Place(DATABASE_FILE));
    } else if seen.new_key {
        // A disk that kept the later name and lost the earlier one. The key is all that opens the database now.
        steps.extend([PutAside(KEY_FILE), SyncAside, Place(KEY_FILE)]);
    }
    steps.push(SyncPlaced);
    if seen.is_rotation {
        steps.push(EraseOld);
    }
    steps.push(RemoveReady);
    steps
}

impl Ready {
    pub(crate) fn find(dir: &Path) -> io::Result<Option<Self>> {
        let folder = dir.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(name) = name.strip_prefix(READY) {
                let aside = dir.join(REPLACED).join(name);
                let is_rotation = name.starts_with(ROTATED);
                return Ok(Some(Self { dir: dir.to_owned(), path: entry.path(), aside, is_rotation }));
            }
        }
        Ok(None)
    }

    pub(crate) fn seen(&self) -> Seen {
        Seen {
            new_database: self.path.join(DATABASE_FILE).is_file(),
            new_key: self.path.join(KEY_FILE).is_file(),
            is_rotation: self.is_rotation,
        }
    }

    pub(crate) fn run(&self, step: Step) -> Result<(), OpenError> {
        match step {
            Step::PutAside(name) => {
                make_dir(&self.aside)?;
                move_if_there(&self.dir.join(name), &self.aside.join(name))?;
            }
            Step::KeepKeyAside => {
                let key = self.dir.join(KEY_FILE);
                if key.is_file() && self.dir.join(DATABASE_FILE).is_file() {
                    make_dir(&self.aside)?;
                    let kept = self.aside.join(KEY_FILE);
                    fs::copy(key, &kept)?;
                    fs::File::open(&kept)?.sync_all()?;
                }
            }
            Step::SyncAside => {
                if !self.aside.is_dir() {
                    make_dir(&self.aside)?;
                }
                sync_folder(&self.aside)?;
                sync_folder(&self.dir.join(REPLACED))?;
                sync_folder(&self.dir)?;
            }
            Step::Place(name) => fs::rename(self.path.join(name), self.dir.join(name))?,
            Step::SyncPlaced => {
                sync_folder(&self.dir)?;
                sync_folder(&self.path)?;
            }
            Step::EraseOld => {
                remove_folder(&self.aside)?;
                remove_if_empty(&self.dir.join(REPLACED));
            }
            Step::RemoveReady => {
                remove_folder(&self.path)?;
                // A new computer had nothing to put aside.
                remove_if_empty(&self.aside);
                remove_if_empty(&self.dir.join(REPLACED));
                remove_if_empty(&self.dir.join(FOLDER));
            }
        }
        Ok(())
    }
}

fn free_name(folder: &Path, wanted: &str) -> String {
    let numbered = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| !folder.join(name).exists()).unwrap_or_else(|| wanted.to_owned())
}

fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved,
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Tidiness only: a folder that stays does no harm.
fn remove_if_empty(path: &Path) {
    let _ = fs::remove_dir(path);
}

pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    // Windows flushes only what is open for writing.
    fs::OpenOptions::new().read(true).write(true).open(path)?.sync_all()
}

/// The names in a folder are durable only when the folder is; Windows has no such call and needs none.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{EraseOld, KeepKeyAside, Place, PutAside, RemoveReady, SyncAside, SyncPlaced};

    #[test]
    fn what_is_left_to_do_follows_from_what_lies_where() {
        let aside = [PutAside(DATABASE_FILE), PutAside(WAL), PutAside(SHM), PutAside(ACKED_FILE), SyncAside];
        let database = Seen { new_database: true, ..Seen::default() };
        let both = Seen { new_key: true, ..database };
        let end = [SyncPlaced, RemoveReady];
        let placed = [Place(KEY_FILE), SyncPlaced, Place(DATABASE_FILE)];
        let key_alone = Seen { new_key: true, ..Seen::default() };
        let table = [
            (both, [&[PutAside(KEY_FILE)][..], &aside, &placed, &end].concat()),
            (database, [&[KeepKeyAside][..], &aside, &[Place(DATABASE_FILE)], &end].concat()),
            (key_alone, [&[PutAside(KEY_FILE), SyncAside, Place(KEY_FILE)][..], &end].concat()),
            (Seen::default(), end.to_vec()),
            (Seen { is_rotation: true, ..Seen::default() }, vec![SyncPlaced, EraseOld, RemoveReady]),
        ];
        for (seen, want) in table {
            assert_eq!(steps(&seen), want, "{seen:?}");
        }
    }
}
