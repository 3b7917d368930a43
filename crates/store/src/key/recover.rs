//! Ways back to a key whose home is lost, and new keys.

use super::{
    DatabaseKey, KeyHome, KeyPolicy, RecoveryCode,
    file::{self, Home, KeyFile, Wrapped},
    keep, keychain,
};
use crate::{BackupError, OpenError, Store};
use std::path::Path;
use uuid::Uuid;

/// Of the settings: the mark of the code that somebody has shown to have on paper, where that was before the key file said so. Which
/// code, not that there was one: another key and a restored store have other codes.
const CONFIRMED: &str = "recovery_code_confirmed";

/// What the key file of a store tells of its recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryCodeKept {
    /// None was made.
    None,
    /// Nobody has shown to have it on paper.
    Unconfirmed,
    Confirmed,
}

/// What is known of the recovery code of the store in `dir`, open or closed; none: there is no store. Errors: as [`Store::open`] of
/// the key file.
pub fn recovery_code_kept(dir: &Path) -> Result<Option<RecoveryCodeKept>, OpenError> {
    Ok(file::read(dir)?.map(|file| match (file.recovery.is_some(), file.recovery_confirmed) {
        (false, _) => RecoveryCodeKept::None,
        (true, false) => RecoveryCodeKept::Unconfirmed,
        (true, true) => RecoveryCodeKept::Confirmed,
    }))
}

impl Store {
    /// Makes a recovery code that opens this store, and the backups made from now on. The one before it no longer does.
    /// It is told this once and kept nowhere. Errors: [`OpenError::Io`], [`OpenError::DiskFull`].
    pub async fn new_recovery_code(&self) -> Result<RecoveryCode, OpenError> {
        let _turn = self.files_turn.lock().await;
        let stored = self.key_file()?;
        let code = RecoveryCode::random()?;
        file::write(&self.dir, &with_recovery_code(stored, &self.key, &code).await?)?;
        Ok(code)
    }

    /// Whether a recovery code was made for this store. Errors: as [`Store::open`] of the key file.
    pub fn has_recovery_code(&self) -> Result<bool, OpenError> {
        Ok(self.key_file()?.has_recovery_code())
    }

    /// Whether somebody has shown to have the recovery code on paper that is valid now. Errors: as [`Store::open`] of the key
    /// file; the setting can't be read.
    pub async fn is_recovery_code_confirmed(&self) -> Result<bool, BackupError> {
        let file = self.key_file()?;
        if file.recovery_confirmed {
            return Ok(true);
        }
        let confirmed: Option<String> = self.setting(CONFIRMED).await?;
        Ok(confirmed.is_some() && confirmed.as_deref() == file.recovery_mark())
    }

    /// Somebody has shown to have the recovery code on paper. Errors: there is none ([`OpenError::NoRecoveryCode`]).
    pub async fn confirm_recovery_code(&self) -> Result<(), BackupError> {
        let _turn = self.files_turn.lock().await;
        let stored = self.key_file()?;
        if !stored.has_recovery_code() {
            return Err(OpenError::NoRecoveryCode.into());
        }
        Ok(file::write(&self.dir, &KeyFile { recovery_confirmed: true, ..stored })?)
    }

    pub(crate) fn key_file(&self) -> Result<KeyFile, OpenError> {
        file::read(&self.dir)?.ok_or_else(|| OpenError::KeyMissing { file: self.dir.join(file::KEY_FILE) })
    }
}

/// Opens the key of the store in `dir` by its recovery code and gives it a home again: the keychain, else the passphrase
/// of `policy`, whatever its home was before. The code stays valid. Nobody else may use the folder meanwhile.
/// Errors: [`OpenError::NoRecoveryCode`], [`OpenError::WrongRecoveryCode`], and as [`Store::open`].
pub async fn recover_key(dir: &Path, policy: &KeyPolicy, code: &RecoveryCode) -> Result<KeyHome, OpenError> {
    crate::swap::finish(dir)?;
    let stored = file::read(dir)?.ok_or_else(|| OpenError::KeyMissing { file: dir.join(file::KEY_FILE) })?;
    let key = unlock_by_code(&stored, code).await?;
    let (stored, home) = with_home(stored, &key, policy).await?;
    file::write(dir, &stored)?;
    Ok(home)
}

/// Errors: [`OpenError::NoRecoveryCode`], [`OpenError::WrongRecoveryCode`], damage.
pub(crate) async fn unlock_by_code(stored: &KeyFile, code: &RecoveryCode) -> Result<DatabaseKey, OpenError> {
    let wrapped = stored.recovery.as_ref().ok_or(OpenError::NoRecoveryCode)?;
    let key = wrapped.unwrap_key(code.secret()).await.map_err(|error| match error {
        OpenError::WrongKey => OpenError::WrongRecoveryCode,
        other => other,
    })?;
    if key.fingerprint() == stored.fingerprint { Ok(key) } else { Err(OpenError::WrongRecoveryCode) }
}

/// The same key under a home that `policy` allows.
pub(crate) async fn with_home(
    stored: KeyFile,
    key: &DatabaseKey,
    policy: &KeyPolicy,
) -> Result<(KeyFile, KeyHome), OpenError> {
    let (home, key_home) = keep(stored.store_id, key, policy).await?;
    Ok((KeyFile { home, ..stored }, key_home))
}

/// The same key, also under `code`.
pub(crate) async fn with_recovery_code(
    stored: KeyFile,
    key: &DatabaseKey,
    code: &RecoveryCode,
) -> Result<KeyFile, OpenError> {
    let recovery = Some(Wrapped::wrap(key, code.secret()).await?);
    Ok(KeyFile { recovery, recovery_confirmed: false, ..stored })
}

/// A new key in the kind of home that `stored` has, under an id of its own: the entry of the key before stays in the
/// keychain, for the backups made with it. Errors: where it can't be kept.
pub(crate) async fn new_key(stored: &KeyFile, policy: &KeyPolicy) -> Result<(DatabaseKey, KeyFile), OpenError> {
    let key = DatabaseKey::random()?;
    let store_id = Uuid::now_v7();
    let home = match &stored.home {
        Home::Keychain => {
            keychain::keep(store_id, &key).await?;
            Home::Keychain
        }
        Home::Passphrase(_) => {
            let passphrase = policy.passphrase.clone().ok_or(OpenError::PassphraseNeeded)?;
            Home::Passphrase(Wrapped::wrap(&key, passphrase).await?)
        }
    };
    let file = KeyFile::new(store_id, &key, home);
    Ok((key, file))
}
