//! The database's key: 32 random bytes in a file that only its owner reads. Beside a database on a server it is the platform's
//! secret alone.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("can't read or write {path}: {source}; check that the folder exists and belongs to you")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the key file {0} is missing but the database is there; put the key file back from your backup")]
    Missing(PathBuf),
    #[error("the key file {0} is damaged; put it back from your backup")]
    Damaged(PathBuf),
}

/// Where the key lies unless somebody says otherwise.
pub fn key_beside(data_dir: &Path) -> PathBuf {
    data_dir.join("platform.key")
}

/// Reads the key, or makes one where there is no database yet. Errors: [`KeyError`].
pub fn load_or_create(path: &Path, database_exists: bool) -> Result<[u8; 32], KeyError> {
    let io = |source| KeyError::Io { path: path.into(), source };
    match fs::read_to_string(path) {
        Ok(text) => {
            only_for_owner(path).map_err(io)?;
            parse(&text).ok_or_else(|| KeyError::Damaged(path.into()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && database_exists => Err(KeyError::Missing(path.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => create(path),
        Err(error) => Err(io(error)),
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    hex::decode(text.trim()).ok()?.try_into().ok()
}

fn create(path: &Path) -> Result<[u8; 32], KeyError> {
    let io = |source| KeyError::Io { path: path.into(), source };
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| io(std::io::Error::other(error.to_string())))?;
    // Written aside and renamed: a crash between leaves either no key or a whole one, never half of it.
    let aside = path.with_extension("key.new");
    let mut file = create_private(&aside).map_err(io)?;
    file.write_all(hex::encode(key).as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    fs::rename(&aside, path).map_err(io)?;
    sync_folder(path).map_err(io)?;
    Ok(key)
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

/// A key that others may read is closed again rather than refused: the damage is done, the door is shut.
#[cfg(unix)]
fn only_for_owner(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the database key; its permissions are now 0600");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn only_for_owner(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_key_is_made_once_and_never_replaces_a_lost_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("platform.key");
        let key = load_or_create(&path, false).unwrap();
        assert_eq!(load_or_create(&path, true).unwrap(), key, "the same key opens it again");
        fs::write(&path, "half").unwrap();
        assert!(matches!(load_or_create(&path, true), Err(KeyError::Damaged(_))));
        fs::remove_file(&path).unwrap();
        assert!(
            matches!(load_or_create(&path, true), Err(KeyError::Missing(_))),
            "a new key would make the old database unreadable for ever"
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("platform.key");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        load_or_create(&path, false).unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        load_or_create(&path, true).unwrap();
        assert_eq!(mode(), 0o600, "an open door is shut");
    }
}
