//! Which recordings are open. Each has an entry in one folder of the data directory, wherever the recording itself lies,
//! until its MP4 is made: so the next start finds what a crash left, in every folder and under every name.

use super::remux::{self, Pace, Remuxed};
use crate::MediaError;
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

const ENTRY: &str = "open";

/// A recording that a crash had left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The Matroska file as the crash left it; kept where no MP4 could be made of it.
    pub recording: PathBuf,
    /// The MP4 made of it, or why none could be made.
    pub mp4: Result<PathBuf, String>,
    pub duration_ms: u64,
}

/// Makes MP4s of what a crash left, as the entries in the folder `journal` tell. Blocking; copies streams, so about as
/// fast as the disk. A recording that cannot be read is reported and kept; one whose disk is full or not there is tried
/// again at the next start.
pub fn recover_recordings(journal: &Path) -> Vec<Recovered> {
    if crate::init().is_err() {
        return Vec::new();
    }
    let found = fs::read_dir(journal).into_iter().flatten().flatten();
    let mut entries: Vec<PathBuf> =
        found.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == ENTRY)).collect();
    entries.sort();
    entries.iter().filter_map(|entry| recover(entry)).collect()
}

fn recover(entry: &Path) -> Option<Recovered> {
    let held = File::open(entry).ok()?;
    // Another studio that records right now holds the lock.
    if held.try_lock().is_err() {
        return None;
    }
    let recording = path_of(fs::read(entry).ok()?);
    match still_to_do(recording.is_file(), recording.parent().is_some_and(Path::is_dir)) {
        ToDo::Later => return None,
        ToDo::Nothing => {
            let _ = fs::remove_file(entry);
            return None;
        }
        ToDo::Remux => {}
    }
    let (mp4, duration_ms, again) = match remux::to_mp4(&recording, &Pace::none()) {
        Ok(Remuxed { path, duration_ms }) => (Ok(path), duration_ms, false),
        Err(error @ MediaError::DiskFull { .. }) => (Err(error.to_string()), 0, true),
        // What cannot be read today cannot be read tomorrow, and it is kept in any case.
        Err(error) => (Err(error.to_string()), 0, false),
    };
    if !again {
        let _ = fs::remove_file(entry);
    }
    Some(Recovered { recording, mp4, duration_ms })
}

/// What is to be done about a recording that was open.
#[derive(Debug, PartialEq, Eq)]
enum ToDo {
    Remux,
    /// Its folder is not there: a disk that is not plugged in.
    Later,
    /// Somebody removed it.
    Nothing,
}

fn still_to_do(is_there: bool, folder_is_there: bool) -> ToDo {
    match (is_there, folder_is_there) {
        (true, _) => ToDo::Remux,
        (false, true) => ToDo::Nothing,
        (false, false) => ToDo::Later,
    }
}

/// The entry of one open recording.
pub(super) struct Entry {
    path: PathBuf,
    held: File,
}

impl Entry {
    /// Notes in the folder `journal` (made if needed) that `recording` is open. A crash of ours leaves the note; a power cut
    /// does once it was brought to the disk (see [`Entry::file`]), which nobody waits for before the first picture.
    pub(super) fn write(journal: &Path, recording: &Path) -> io::Result<Self> {
        fs::create_dir_all(journal)?;
        let recording = std::path::absolute(recording)?;
        let (mut file, path) = new_file(journal)?;
        file.try_lock().map_err(io::Error::other)?;
        file.write_all(recording.as_os_str().as_encoded_bytes())?;
        Ok(Self { path, held: file })
    }

    /// The note's file, to be brought to the disk.
    pub(super) fn file(&self) -> io::Result<File> {
        self.held.try_clone()
    }

    /// The recording is complete.
    pub(super) fn clear(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A file under a name that nothing has yet; names sort by time.
fn new_file(journal: &Path) -> io::Result<(File, PathBuf)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut turn = 0;
    loop {
        let path = journal.join(format!("{now}-{}-{turn}.{ENTRY}", std::process::id()));
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => turn += 1,
            made => return Ok((made?, path)),
        }
    }
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    let name: OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    PathBuf::from(name)
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_entry_names_a_recording_anywhere_until_it_is_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal");
        let (one, two) = (dir.path().join("a/晚上 1.mkv"), dir.path().join("a/b.mkv"));
        let entries = [Entry::write(&journal, &one).unwrap(), Entry::write(&journal, &two).unwrap()];
        let noted: Vec<PathBuf> = entries.iter().map(|entry| path_of(fs::read(&entry.path).unwrap())).collect();
        assert_eq!(noted, [one, two]);
        for entry in entries {
            entry.clear();
        }
        assert_eq!(fs::read_dir(&journal).unwrap().count(), 0);
    }

    #[test]
    fn only_a_recording_that_somebody_removed_is_forgotten() {
        for (there, folder, want) in
            [(true, true, ToDo::Remux), (false, true, ToDo::Nothing), (false, false, ToDo::Later)]
        {
            assert_eq!(still_to_do(there, folder), want);
        }
    }
}
