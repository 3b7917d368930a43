//! Where the database's key lives: the system's keychain, or a file wrapped by a passphrase. Never plain.
//!
//! `key.json` beside the database says which of the two, and carries a fingerprint of the key, so that a wrong key and
//! a damaged database can be told apart. A database without its `key.json` is never given a new key.

mod code;
mod file;
mod keychain;
mod recover;

use crate::OpenError;
use sha2::{Digest, Sha256};
use std::{fmt, path::Path};
use uuid::Uuid;
use zeroize::Zeroizing;

pub use code::{CodeError, RecoveryCode};
pub(crate) use file::{KEY_FILE, KeyFile, had_database, note_database, read as read_file, write as write_file};
pub use recover::{RecoveryCodeKept, recover_key, recovery_code_kept};
pub(crate) use recover::{new_key, unlock_by_code, with_home, with_recovery_code};

/// Which homes for the key may be used.
#[derive(Clone, Default)]
pub struct KeyPolicy {
    /// Wraps the key where there is no keychain, and opens a key that was wrapped before.
    pub passphrase: Option<Zeroizing<String>>,
    /// Ask the system's keychain (Secret Service, macOS Keychain, Windows Credential Manager).
    pub use_keychain: bool,
}

impl fmt::Debug for KeyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPolicy")
            .field("passphrase", &self.passphrase.as_ref().map(|_| "…"))
            .field("use_keychain", &self.use_keychain)
            .finish()
    }
}

/// Where the key of an open store lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHome {
    Keychain,
    PassphraseFile,
    /// With whoever opened the store.
    Caller,
}

/// The database's 256-bit key. Wiped when dropped, never printed.
#[derive(Clone)]
pub(crate) struct DatabaseKey(Zeroizing<[u8; 32]>);

impl DatabaseKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn random() -> Result<Self, OpenError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| OpenError::Io(std::io::Error::other(format!("no random numbers: {error}"))))?;
        Ok(Self(bytes))
    }

    /// A key for one other purpose, of which this one can't be told.
    pub(crate) fn derived(&self, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(Sha256::new_with_prefix(purpose).chain_update(self.0.as_slice()).finalize().into())
    }

    fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut_slice()).ok()?;
        Some(Self(bytes))
    }

    pub(crate) fn hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }

    fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Tells keys apart without telling the key: 128 bits of a hash over a random 256-bit value.
    fn fingerprint(&self) -> String {
        let digest = Sha256::new_with_prefix(b"hawker database key v1").chain_update(self.0.as_slice()).finalize();
        hex::encode(digest.get(..16).unwrap_or_default())
    }
}

/// True when the system's keychain keeps and gives back a value right now. Blocks; may show the system's own prompt.
pub fn keychain_works() -> bool {
    match keychain::probe() {
        Ok(()) => true,
        Err(why) => {
            tracing::debug!(%why, "the keychain does not serve");
            false
        }
    }
}

/// The key of the store in `dir`, made on first use. `database_exists` guards against a second key for old data.
/// Errors: every way in which there is no key, see [`OpenError`].
pub(crate) async fn resolve(
    dir: &Path,
    database_exists: bool,
    policy: &KeyPolicy,
) -> Result<(DatabaseKey, KeyHome), OpenError> {
    match file::read(dir)? {
        Some(stored) => unlock(&stored, policy).await,
        None if database_exists => Err(OpenError::KeyMissing { file: dir.join(KEY_FILE) }),
        None => create(dir, policy).await,
    }
}

/// The key by its home. Errors: as [`resolve`].
pub(crate) async fn unlock(stored: &KeyFile, policy: &KeyPolicy) -> Result<(DatabaseKey, KeyHome), OpenError> {
    let (key, home) = match &stored.home {
        file::Home::Keychain => {
            let key = if policy.use_keychain {
                keychain::read(stored.store_id).await?
            } else {
                return Err(OpenError::KeychainLocked { why: "its use is switched off".to_owned() });
            };
            (key, KeyHome::Keychain)
        }
        file::Home::Passphrase(wrapped) => {
            let passphrase = policy.passphrase.clone().ok_or(OpenError::PassphraseNeeded)?;
            (wrapped.unwrap_key(passphrase).await?, KeyHome::PassphraseFile)
        }
    };
    if key.fingerprint() == stored.fingerprint { Ok((key, home)) } else { Err(OpenError::WrongKey) }
}

async fn create(dir: &Path, policy: &KeyPolicy) -> Result<(DatabaseKey, KeyHome), OpenError> {
    let key = DatabaseKey::random()?;
    let store_id = Uuid::now_v7();
    let (home, key_home) = keep(store_id, &key, policy).await?;
    file::write(dir, &KeyFile::new(store_id, &key, home))?;
    Ok((key, key_home))
}

/// Puts `key` where `policy` allows: the keychain, else under the passphrase.
async fn keep(store_id: Uuid, key: &DatabaseKey, policy: &KeyPolicy) -> Result<(file::Home, KeyHome), OpenError> {
    let refused = if policy.use_keychain {
        match keychain::keep(store_id, key).await {
            Ok(()) => return Ok((file::Home::Keychain, KeyHome::Keychain)),
            Err(refused) => Some(refused),
        }
    } else {
        None
    };
    match (&policy.passphrase, refused) {
        (Some(passphrase), refused) => {
            if let Some(refused) = refused {
                tracing::warn!(why = %refused, "the keychain can't keep the key; it is wrapped by the passphrase");
            }
            let wrapped = file::Wrapped::wrap(key, passphrase.clone()).await?;
            Ok((file::Home::Passphrase(wrapped), KeyHome::PassphraseFile))
        }
        (None, Some(keychain::KeychainError::Locked(why))) => Err(OpenError::KeychainLocked { why }),
        (None, Some(refused)) => Err(OpenError::NoKeyHome { why: refused.to_string() }),
        (None, None) => Err(OpenError::NoKeyHome { why: "the keychain's use is switched off".to_owned() }),
    }
}
