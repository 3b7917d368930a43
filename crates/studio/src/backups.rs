//! Backups of the store, its recovery code and its key.

use crate::config::StudioConfig;
use crate::data_dir::DataDir;
use crate::errors::Outcome;
use crate::show_now_us;
use crate::studio::Studio;
use hawker_store::{Backup, Consent, KeyHome, KeyPolicy, ListedBackup, RecoveryCode, Restored, Rotated};
use std::path::Path;
use time::OffsetDateTime;

impl Studio {
    /// Copies the store to the new file `file`, else to one in the data folder; everything goes on meanwhile.
    /// Errors: `conflict` for a file that is there, `disk_full`, `bad_input`, `damaged`.
    pub async fn back_up(&self, file: Option<&Path>) -> Outcome<Backup> {
        Ok(self.store().back_up(file, show_now_us()).await?)
    }

    /// Makes a recovery code; the one before no longer opens the store. Errors: `disk_full`, `internal`.
    pub async fn new_recovery_code(&self) -> Outcome<RecoveryCode> {
        Ok(self.store().new_recovery_code().await?)
    }
}

/// The backups in the data directory, the newest first. Blocks. Errors: `bad_input`.
pub fn list_backups(config: &StudioConfig) -> Outcome<Vec<ListedBackup>> {
    Ok(hawker_store::list_backups(&config.data_dir)?)
}

/// Checks all of a backup. Errors: `damaged`, `wrong_key`, `future_database`, `bad_input`.
pub async fn verify_backup(config: &StudioConfig, file: &Path, code: Option<&RecoveryCode>) -> Outcome<Backup> {
    Ok(hawker_store::verify_backup(&config.data_dir, file, &key_policy(config), code).await?)
}

/// Puts a backup in the place of the store. Errors: `data_dir_in_use`, `conflict` without consent, and as [`verify_backup`].
pub async fn restore_backup(
    config: &StudioConfig,
    file: &Path,
    code: Option<&RecoveryCode>,
    consent: Consent,
) -> Outcome<Restored> {
    let held = DataDir::take(&config.data_dir)?;
    let policy = key_policy(config);
    Ok(hawker_store::restore(held.path(), file, &policy, code, consent, show_now_us()).await?)
}

/// Gives the store's key a home again by its recovery code. Errors: `data_dir_in_use`, `wrong_key`.
pub async fn recover_key(config: &StudioConfig, code: &RecoveryCode) -> Outcome<KeyHome> {
    let held = DataDir::take(&config.data_dir)?;
    Ok(hawker_store::recover_key(held.path(), &key_policy(config), code).await?)
}

/// Encrypts the store under another key. Errors: `data_dir_in_use`, `disk_full`, and as [`Studio::open`].
pub async fn rotate_key(config: &StudioConfig) -> Outcome<Rotated> {
    let held = DataDir::take(&config.data_dir)?;
    Ok(hawker_store::rotate_key(held.path(), &key_policy(config), show_now_us()).await?)
}

/// How a configuration opens its store.
pub(crate) fn key_policy(config: &StudioConfig) -> KeyPolicy {
    KeyPolicy { passphrase: config.passphrase.clone(), use_keychain: config.use_keychain }
}

/// A time (UTC, microseconds since 1970) to the second.
pub fn time_text(at_us: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_us.div_euclid(1_000_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_second() {
        assert_eq!(time_text(1_796_040_000_999_999), "2026-11-30 12:00:00 UTC");
    }
}
