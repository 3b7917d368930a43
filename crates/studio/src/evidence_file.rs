//! The file evidence is written to. It holds what was read and said, so nobody else may read it.

use std::fs::{File, OpenOptions};
use std::path::Path;

/// Opens it anew; one that is there is written over. Errors: the disk's own.
pub(crate) fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // One that was there keeps the permissions it had; a device's are not ours.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}
