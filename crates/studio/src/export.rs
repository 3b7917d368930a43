//! Tables written out for other programs.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_wire::{ErrorCode, Failure};
use std::io::{self, Write};
use std::path::Path;

impl Studio {
    /// Writes the catalogue to the new file `path` as CSV that import reads back. Errors: `conflict` for a file that is there,
    /// `disk_full`, `bad_input`.
    pub async fn export_catalogue(&self, path: &Path) -> Outcome<()> {
        write_new(path, &self.store().export_catalogue().await?)
    }

    /// Writes every order to the new file `path` as CSV, buyers masked. Errors: as [`Studio::export_catalogue`].
    pub async fn export_orders(&self, path: &Path) -> Outcome<()> {
        write_new(path, &self.store().export_orders().await?)
    }
}

/// A file that only this user may read; one that is there is left alone.
pub(crate) fn write_new(path: &Path, contents: impl AsRef<[u8]>) -> Outcome<()> {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = path.display();
    let failure = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(ErrorCode::Conflict, format!("{shown} is there already")).hint("give another name")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Failure::new(ErrorCode::DiskFull, format!("there is no room for {shown}")).hint("free some space")
        }
        _ => Failure::new(ErrorCode::BadInput, format!("{shown} can't be written: {error}"))
            .hint("give a file in a folder you may write to"),
    };
    let mut file = options.open(path).map_err(failure)?;
    let written = file.write_all(contents.as_ref()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a table would be taken for a whole one.
        let _ = std::fs::remove_file(path);
        failure(error)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orders.csv");
        write_new(&path, "a").unwrap();
        assert_eq!(write_new(&path, "b").unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a");
        assert_eq!(write_new(&dir.path().join("no/x.csv"), "b").unwrap_err().code, ErrorCode::BadInput);
    }
}
