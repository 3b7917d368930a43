//! Where the owner of a data directory listens, and how other processes find it.
//!
//! The socket lies in a folder of the data directory that only this user can enter, so that nobody can reach it between its
//! making and its rights. Where that path is longer than the system takes (108 bytes on Linux), it lies in a short folder
//! elsewhere, and a note in its place says where.

use hawker_studio::DataDir;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::{UnixListener, UnixStream};

const SOCKET: &str = "hawker.sock";
/// Holds the path of a socket that lies elsewhere.
const NOTE: &str = "hawker.sock.at";

/// A socket that is listened on. Gone when dropped.
#[derive(Debug)]
pub struct Place {
    socket: PathBuf,
    /// Of a socket that lies elsewhere: the note, and the folder made for it.
    elsewhere: Option<(PathBuf, PathBuf)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.socket);
        if let Some((note, folder)) = &self.elsewhere {
            let _ = fs::remove_file(note);
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Listens for the commands of other processes. The caller holds the lock of `data_dir`: what lies there is dead.
/// Errors: no folder can be made, or none has a path that is short enough.
pub fn listen(data_dir: &Path) -> io::Result<(UnixListener, Place)> {
    let folder = DataDir::socket_folder(data_dir);
    make_private(&folder)?;
    let (near, note) = (folder.join(SOCKET), folder.join(NOTE));
    remove_dead(&near, &note);
    let place = if fits(&near) {
        Place { socket: near, elsewhere: None }
    } else {
        let elsewhere = short_folder()?;
        Place { socket: elsewhere.join(SOCKET), elsewhere: Some((note, elsewhere)) }
    };
    let listener = UnixListener::bind(&place.socket)?;
    // Nobody else could enter the folder before this either.
    fs::set_permissions(&place.socket, fs::Permissions::from_mode(0o600))?;
    if let Some((note, _)) = &place.elsewhere {
        fs::write(note, place.socket.as_os_str().as_encoded_bytes())?;
    }
    Ok((listener, place))
}

/// A line to the owner of `data_dir`, if it listens.
pub async fn connect(data_dir: &Path) -> Option<UnixStream> {
    let folder = DataDir::socket_folder(data_dir);
    let near = folder.join(SOCKET);
    let socket = if fits(&near) { near } else { noted(&folder.join(NOTE))? };
    UnixStream::connect(socket).await.ok()
}

fn noted(note: &Path) -> Option<PathBuf> {
    let bytes = fs::read(note).ok()?;
    Some(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes)))
}

/// What a crash left.
fn remove_dead(near: &Path, note: &Path) {
    let _ = fs::remove_file(near);
    if let Some(socket) = noted(note) {
        let _ = fs::remove_file(&socket);
        if let Some(folder) = socket.parent() {
            // Only an empty folder goes.
            let _ = fs::remove_dir(folder);
        }
        let _ = fs::remove_file(note);
    }
}

/// Whether the system takes a socket of this path.
fn fits(path: &Path) -> bool {
    std::os::unix::net::SocketAddr::from_pathname(path).is_ok()
}

/// A folder of this user alone; rights that are looser are taken away.
fn make_private(folder: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        }
        made => made,
    }
}

/// A new folder of this user alone, with a short path: in the user's runtime folder, else in the one for temporary files.
fn short_folder() -> io::Result<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    let places = [runtime, Some(std::env::temp_dir()), Some(PathBuf::from("/tmp"))];
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let mut why = io::Error::new(io::ErrorKind::InvalidFilename, "no folder has a path short enough for a socket");
    for place in places.into_iter().flatten() {
        let folder = place.join(format!("hawker-{}-{moment:x}", std::process::id()));
        if !fits(&folder.join(SOCKET)) {
            continue;
        }
        // One that is there already may be somebody else's trap: it is not taken.
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) => why = error,
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn the_owner_is_found_however_long_the_path_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(120));
        for data_dir in [dir.path().join("short"), long.clone()] {
            fs::create_dir(&data_dir).unwrap();
            assert!(connect(&data_dir).await.is_none(), "nobody listens");
            let (listener, place) = listen(&data_dir).unwrap();
            let socket = place.socket.clone();
            assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
            let (reached, taken) = tokio::join!(connect(&data_dir), listener.accept());
            assert!(reached.is_some() && taken.is_ok());
            drop(place);
            assert!(!socket.exists() && fs::read_dir(data_dir.join("run")).unwrap().next().is_none());
            assert!(connect(&data_dir).await.is_none());
        }
    }

    #[tokio::test]
    async fn what_a_crash_left_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("x".repeat(120));
        fs::create_dir_all(data_dir.join("run")).unwrap();
        fs::set_permissions(data_dir.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
        let (_, crashed) = listen(&data_dir).unwrap();
        let left = crashed.socket.clone();
        std::mem::forget(crashed);
        let (listener, _place) = listen(&data_dir).unwrap();
        assert!(!left.exists(), "the dead socket and its folder are gone");
        assert_eq!(mode(&data_dir.join("run")), 0o700);
        let (reached, _) = tokio::join!(connect(&data_dir), listener.accept());
        assert!(reached.is_some());
    }
}
