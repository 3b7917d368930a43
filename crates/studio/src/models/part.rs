//! What has arrived of a download: a file beside the one it becomes.

use super::error::PullError;
use hawker_infer::ModelSpec;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The `.part` file, held by this process alone while it is open.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    target: PathBuf,
    file: File,
    bytes: u64,
}

impl Part {
    /// Opens what is there of `target`, or begins. Errors: the folder can't be written, or another process is at it.
    pub fn open(name: &str, target: &Path) -> Result<Self, PullError> {
        let mut file_name = target.file_name().map(OsString::from).unwrap_or_default();
        file_name.push(".part");
        let path = target.with_file_name(file_name);
        let unwritable = |source| PullError::Write { path: path.clone(), source };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(unwritable)?;
        }
        let mut file =
            File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PullError::Busy { name: name.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(unwritable(source)),
        }
        let bytes = file.seek(SeekFrom::End(0)).map_err(unwritable)?;
        Ok(Self { path, target: target.to_owned(), file, bytes })
    }

    /// What is there, bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether it is the whole model. Another handle would not do: on Windows nobody else may read what is held.
    pub async fn is(&self, spec: &ModelSpec) -> Result<bool, PullError> {
        let file = self.file.try_clone().map_err(|source| self.unwritable(source))?;
        super::is_model(spec, file).await.map_err(|source| self.unwritable(source))
    }

    /// Begins anew.
    pub fn clear(&mut self) -> Result<(), PullError> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(|source| self.unwritable(source))?;
        self.bytes = 0;
        Ok(())
    }

    pub fn add(&mut self, piece: &[u8]) -> Result<(), PullError> {
        self.file.write_all(piece).map_err(|source| self.unwritable(source))?;
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// Puts it in its place, whole: also after a power cut there is either the old file or this one.
    pub fn finish(self) -> Result<(), PullError> {
        let placed = self.file.sync_all().and_then(|()| fs::rename(&self.path, &self.target));
        placed.map_err(|source| PullError::Write { path: self.target.clone(), source })
    }

    /// Leaves nothing behind.
    pub fn remove(self) {
        drop(self.file);
        if let Err(error) = fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %self.path.display(), "half a download stays behind");
        }
    }

    fn unwritable(&self, source: io::Error) -> PullError {
        PullError::Write { path: self.path.clone(), source }
    }
}
