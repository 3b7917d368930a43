//! The form of a backup: one file, so that nothing of it is left behind when somebody copies it to another disk.
//!
//! ```text
//! database | manifest (JSON) | seal: nonce, tag | length of the manifest (u32, little-endian) | "HAWKBAK1"
//! ```
//!
//! The database comes first, as SQLCipher wrote it, and is checked before the rest is put behind it. The manifest holds the
//! key file of that moment, with the key wrapped under the recovery code, and what can be told without the key. It is
//! sealed by the database's key: a changed manifest, or one put behind another database, shows.

use super::{BackupError, Contents};
use crate::key::{DatabaseKey, KeyFile};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

pub(super) const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"HAWKBAK1";
const NONCE: usize = 24;
const TAG: usize = 16;
/// Nonce, tag, length and magic.
const TAIL: u64 = (NONCE + TAG + 4 + MAGIC.len()) as u64;
/// A manifest is some 1 kB; a damaged length must not take all memory.
const MANIFEST_LIMIT: u32 = 64 * 1024;
const SEAL: &[u8] = b"hawker backup seal v1";
const BLOCK: usize = 256 * 1024;

/// What stands behind the database. Byte strings are hex.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: u32,
    /// UTC, microseconds since 1970.
    pub(super) made_at_us: i64,
    /// Newest migration the database has seen.
    pub(super) schema: i64,
    pub(super) contents: Contents,
    pub(super) database_bytes: u64,
    pub(super) database_sha256: String,
    pub(super) key: KeyFile,
}

/// A manifest as it was found.
pub(super) struct Sealed {
    pub(super) manifest: Manifest,
    text: Vec<u8>,
    nonce: [u8; NONCE],
    tag: [u8; TAG],
}

impl Sealed {
    /// Whether the manifest is the one that was written by the holder of `key`.
    pub(super) fn is_by(&self, key: &DatabaseKey) -> bool {
        let payload = Payload { msg: &self.tag, aad: &self.text };
        cipher(key).decrypt(XNonce::from_slice(&self.nonce), payload).is_ok()
    }
}

/// Puts the manifest behind the database in `file` and brings all of it to the disk. `of` makes the manifest out of the
/// database's size and hash. Blocks.
pub(super) fn close(file: &Path, key: &DatabaseKey, of: impl FnOnce(u64, String) -> Manifest) -> io::Result<Manifest> {
    let mut out = File::options().read(true).write(true).open(file)?;
    let database_bytes = out.metadata()?.len();
    let manifest = of(database_bytes, digest(&mut out, database_bytes, |_| Ok(()))?);
    let text = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
    let tag = cipher(key)
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: &[], aad: &text })
        .map_err(|_| io::Error::other("the manifest could not be sealed"))?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?.to_le_bytes();
    out.seek(SeekFrom::End(0))?;
    out.write_all(&[&text[..], &nonce, &tag, &length, MAGIC].concat())?;
    out.sync_all()?;
    Ok(manifest)
}

/// The manifest of a backup; the database is not looked at. Blocks.
/// Errors: [`BackupError::Unreadable`], [`BackupError::NotWhole`], [`BackupError::Future`].
pub(super) fn read(path: &Path) -> Result<Sealed, BackupError> {
    let not_whole = |why: &str| BackupError::NotWhole { file: path.to_owned(), why: why.to_owned() };
    let parts = read_parts(path).map_err(BackupError::reading(path))?;
    let (text, nonce, tag, database_bytes) =
        parts.ok_or_else(|| not_whole("its end is missing, or it is another kind of file"))?;
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let damaged = |_: serde_json::Error| not_whole("what stands at its end is damaged");
    let head: Head = serde_json::from_slice(&text).map_err(damaged)?;
    if head.version > VERSION {
        let (found, known) = (i64::from(head.version), i64::from(VERSION));
        return Err(BackupError::Future { file: path.to_owned(), found, known });
    }
    let manifest: Manifest = serde_json::from_slice(&text).map_err(damaged)?;
    if manifest.database_bytes != database_bytes {
        return Err(not_whole("a part of it is missing"));
    }
    Ok(Sealed { manifest, text, nonce, tag })
}

type Parts = (Vec<u8>, [u8; NONCE], [u8; TAG], u64);

/// None: it does not end as a backup does.
fn read_parts(path: &Path) -> io::Result<Option<Parts>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let Some(tail_at) = size.checked_sub(TAIL) else { return Ok(None) };
    file.seek(SeekFrom::Start(tail_at))?;
    let (mut nonce, mut tag, mut length, mut magic) = ([0; NONCE], [0; TAG], [0; 4], [0; 8]);
    for part in [&mut nonce[..], &mut tag, &mut length, &mut magic] {
        file.read_exact(part)?;
    }
    let length = u32::from_le_bytes(length);
    let database_bytes = tail_at.checked_sub(u64::from(length));
    let (true, Some(database_bytes)) = (&magic == MAGIC && length <= MANIFEST_LIMIT, database_bytes) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(database_bytes))?;
    let mut text = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut text)?;
    Ok(Some((text, nonce, tag, database_bytes)))
}

/// Whether the database in the backup at `path` is the one the manifest was made for. Blocks.
pub(super) fn is_intact(path: &Path, manifest: &Manifest) -> Result<bool, BackupError> {
    let reading = BackupError::reading(path);
    let found = File::open(path).and_then(|mut file| digest(&mut file, manifest.database_bytes, |_| Ok(())));
    Ok(found.map_err(reading)? == manifest.database_sha256)
}

/// Writes the database in the backup at `path` to the new file `to` and brings it to the disk. Blocks.
/// Errors: [`BackupError::NotWhole`] where it is not the one the manifest was made for.
pub(super) fn unpack(path: &Path, manifest: &Manifest, to: &Path) -> Result<(), BackupError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut from = File::open(path).map_err(BackupError::reading(path))?;
    let mut out = options.open(to).map_err(BackupError::writing(to))?;
    let mut written = Ok(());
    let found = digest(&mut from, manifest.database_bytes, |block| {
        written = out.write_all(block);
        written.as_ref().map_err(|error| error.kind().into()).copied()
    });
    written.and_then(|()| out.sync_all()).map_err(BackupError::writing(to))?;
    if found.map_err(BackupError::reading(path))? == manifest.database_sha256 {
        return Ok(());
    }
    Err(BackupError::NotWhole { file: path.to_owned(), why: "the database in it was changed".to_owned() })
}

/// SHA-256 of the first `bytes` bytes in hex; each block is shown to `each`.
fn digest(file: &mut File, bytes: u64, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<String> {
    file.seek(SeekFrom::Start(0))?;
    let mut rest = file.take(bytes);
    let mut block = vec![0; BLOCK];
    let mut digest = Sha256::new();
    loop {
        let count = rest.read(&mut block)?;
        let read = block.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(hex::encode(digest.finalize()));
        }
        digest.update(read);
        each(read)?;
    }
}

fn cipher(key: &DatabaseKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.derived(SEAL).as_slice().into())
}
