//! Which recordings are open. Each has a marker file beside it until its MP4 is made, so that the next start finds
//! what a crash left.

use super::remux::{self, Remuxed};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

const MARK: &str = "open";

/// A recording that a crash had left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The Matroska file as the crash left it; it is kept.
    pub recording: PathBuf,
    /// The MP4 made of it, or why none could be made.
    pub mp4: Result<PathBuf, String>,
    pub duration_ms: u64,
}

/// Makes MP4s of what a crash left in `dir`. Blocking; copies streams, so about as fast as the disk. A recording that
/// cannot be read is reported and kept.
pub fn recover_recordings(dir: &Path) -> Vec<Recovered> {
    if crate::init().is_err() {
        return Vec::new();
    }
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut marks: Vec<PathBuf> =
        entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == MARK)).collect();
    marks.sort();
    marks.iter().filter_map(|mark| recover(mark)).collect()
}

fn recover(mark: &Path) -> Option<Recovered> {
    let recording = mark.with_extension("");
    let held = File::open(mark).ok()?;
    // Another studio that records right now holds the lock.
    if held.try_lock().is_err() {
        return None;
    }
    if !recording.is_file() {
        let _ = fs::remove_file(mark);
        return None;
    }
    let (mp4, duration_ms) = match remux::to_mp4(&recording) {
        Ok(Remuxed { path, duration_ms }) => (Ok(path), duration_ms),
        Err(error) => (Err(error.to_string()), 0),
    };
    // Tried once: a file that cannot be read today cannot be read tomorrow, and it is kept in any case.
    let _ = fs::remove_file(mark);
    Some(Recovered { recording, mp4, duration_ms })
}

/// The marker of one open recording.
pub(super) struct Mark {
    path: PathBuf,
    _held: File,
}

impl Mark {
    pub(super) fn set(recording: &Path) -> std::io::Result<Self> {
        let mut name = recording.as_os_str().to_owned();
        name.push(".");
        name.push(MARK);
        let path = PathBuf::from(name);
        let held = File::create(&path)?;
        held.try_lock().map_err(std::io::Error::other)?;
        Ok(Self { path, _held: held })
    }

    /// The recording is complete.
    pub(super) fn clear(self) {
        let _ = fs::remove_file(&self.path);
    }
}
