//! `key.json`: which home the key has, and the wrapped key where that home is a passphrase.

use super::DatabaseKey;
use crate::{OpenError, swap::sync_folder};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, Write},
    path::Path,
};
use uuid::Uuid;
use zeroize::Zeroizing;

pub(crate) const KEY_FILE: &str = "key.json";

const VERSION: u32 = 1;

/// Costs of a new wrapping: 64 MiB and 3 passes take about a fifth of a second on a laptop and make guessing dear.
/// Source: RFC 9106, section 4, second recommended option (with one lane, since one core is what every machine has).
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// What a file may ask for, so that a damaged one can't take all memory.
const MEMORY_MAX_KIB: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;

/// Binds the wrapped key to its use.
const CONTEXT: &[u8] = b"hawker database key v1";

/// `recovery` came after version 1 and leaves it at 1: a program that does not know it opens the store as before, and never
/// writes the file anew.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeyFile {
    pub(super) version: u32,
    pub(super) store_id: Uuid,
    pub(super) fingerprint: String,
    /// The database was there: one that is missing now was lost, and is not to be made anew in silence. In files from before this
    /// mark it is not set, and is at the next start.
    #[serde(default)]
    pub(super) has_database: bool,
    /// The key under the recovery code, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) recovery: Option<Wrapped>,
    /// Somebody has shown to have that code on paper. Here, so that it is known of a store that is closed too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) recovery_confirmed: bool,
    #[serde(flatten)]
    pub(super) home: Home,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "home", rename_all = "snake_case")]
pub(super) enum Home {
    Keychain,
    Passphrase(Wrapped),
}

/// The key under XChaCha20-Poly1305; the wrapping key is argon2id of the passphrase. Byte strings are hex.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Wrapped {
    memory_kib: u32,
    passes: u32,
    salt: String,
    nonce: String,
    key: String,
}

impl KeyFile {
    pub(super) fn new(store_id: Uuid, key: &DatabaseKey, home: Home) -> Self {
        Self {
            version: VERSION,
            store_id,
            fingerprint: key.fingerprint(),
            has_database: false,
            recovery: None,
            recovery_confirmed: false,
            home,
        }
    }

    /// Whether both are of one key.
    pub(crate) fn same_key(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }

    /// For the place of a finished database: one that is gone before its first start is missed as well.
    pub(crate) fn with_database(self) -> Self {
        Self { has_database: true, ..self }
    }

    pub(crate) fn has_recovery_code(&self) -> bool {
        self.recovery.is_some()
    }

    /// Tells the recovery code from every other without telling it: the salt it is stretched with is drawn for each.
    pub(super) fn recovery_mark(&self) -> Option<&str> {
        self.recovery.as_ref().map(|wrapped| wrapped.salt.as_str())
    }
}

/// None when there is no file. Errors: damaged or of a newer version.
pub(crate) fn read(dir: &Path) -> Result<Option<KeyFile>, OpenError> {
    let path = dir.join(KEY_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::Io(error)),
    };
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    let damaged = |why: serde_json::Error| OpenError::Damaged { file: path.clone(), why: why.to_string() };
    let head: Head = serde_json::from_slice(&text).map_err(damaged)?;
    if head.version > VERSION {
        return Err(OpenError::Future { found: i64::from(head.version), known: i64::from(VERSION) });
    }
    serde_json::from_slice(&text).map(Some).map_err(damaged)
}

/// Writes the file so that after a power cut there is a whole one or none.
pub(crate) fn write(dir: &Path, file: &KeyFile) -> Result<(), OpenError> {
    let text = serde_json::to_vec_pretty(file).map_err(|error| OpenError::Io(io::Error::other(error)))?;
    let draft = dir.join(".key.json.new");
    let _ = fs::remove_file(&draft);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&draft)?;
    out.write_all(&text)?;
    out.sync_all()?;
    fs::rename(&draft, dir.join(KEY_FILE))?;
    Ok(sync_folder(dir)?)
}

/// Whether the key file in `dir` says that a database was made with its key. Errors: as [`read`].
pub(crate) fn had_database(dir: &Path) -> Result<bool, OpenError> {
    Ok(read(dir)?.is_some_and(|file| file.has_database))
}

/// Marks the key file of a database that was opened, once.
pub(crate) fn note_database(dir: &Path) -> Result<(), OpenError> {
    match read(dir)? {
        Some(file) if !file.has_database => {
            // The database's own name first: the mark must not outlive it.
            sync_folder(dir)?;
            write(dir, &KeyFile { has_database: true, ..file })
        }
        _ => Ok(()),
    }
}

impl Wrapped {
    pub(super) async fn wrap(key: &DatabaseKey, passphrase: Zeroizing<String>) -> Result<Self, OpenError> {
        let mut salt = [0; 16];
        let mut nonce = [0; 24];
        for random in [salt.as_mut_slice(), nonce.as_mut_slice()] {
            getrandom::fill(random).map_err(|error| OpenError::Io(io::Error::other(error.to_string())))?;
        }
        let wrapping = stretch(passphrase, salt.to_vec(), MEMORY_KIB, PASSES).await?;
        let cipher = XChaCha20Poly1305::new(wrapping.as_slice().into());
        let wrapped = cipher
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: key.bytes(), aad: CONTEXT })
            .map_err(|_| OpenError::Io(io::Error::other("the key could not be wrapped")))?;
        Ok(Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: hex::encode(salt),
            nonce: hex::encode(nonce),
            key: hex::encode(wrapped),
        })
    }

    /// Errors: [`OpenError::WrongKey`] when the passphrase is another one (or the file was changed).
    pub(super) async fn unwrap_key(&self, passphrase: Zeroizing<String>) -> Result<DatabaseKey, OpenError> {
        let nonce: [u8; 24] = decode(&self.nonce)?;
        let salt: [u8; 16] = decode(&self.salt)?;
        let wrapped: [u8; 48] = decode(&self.key)?;
        if self.memory_kib > MEMORY_MAX_KIB || self.passes > PASSES_MAX {
            return Err(damaged("its costs are out of range"));
        }
        let wrapping = stretch(passphrase, salt.to_vec(), self.memory_kib, self.passes).await?;
        let cipher = XChaCha20Poly1305::new(wrapping.as_slice().into());
        let plain = Zeroizing::new(
            cipher
                .decrypt(XNonce::from_slice(&nonce), Payload { msg: &wrapped, aad: CONTEXT })
                .map_err(|_| OpenError::WrongKey)?,
        );
        let mut bytes = Zeroizing::new([0; 32]);
        if plain.len() != bytes.len() {
            return Err(damaged("the key has another length"));
        }
        bytes.copy_from_slice(&plain);
        Ok(DatabaseKey(bytes))
    }
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], OpenError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|error| damaged(&error.to_string()))?;
    Ok(bytes)
}

fn damaged(why: &str) -> OpenError {
    OpenError::Damaged { file: KEY_FILE.into(), why: why.to_owned() }
}

/// argon2id on a thread where it may block.
async fn stretch(
    passphrase: Zeroizing<String>,
    salt: Vec<u8>,
    memory_kib: u32,
    passes: u32,
) -> Result<Zeroizing<[u8; 32]>, OpenError> {
    tokio::task::spawn_blocking(move || {
        let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|why| damaged(&why.to_string()))?;
        let mut out = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, out.as_mut_slice())
            .map_err(|why| damaged(&why.to_string()))?;
        Ok(out)
    })
    .await
    .map_err(|error| OpenError::Io(io::Error::other(error)))?
}
