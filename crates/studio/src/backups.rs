//! Backups of the store, its recovery code and its key.

use crate::config::StudioConfig;
use crate::data_dir::DataDir;
use crate::errors::{Outcome, chain};
use crate::show_now_us;
use crate::studio::Studio;
use hawker_domain::{ShowMs, reason::NoticeWhy};
use hawker_store::{Backup, Consent, KeyHome, KeyPolicy, ListedBackup, RecoveryCode, Restored, Rotated, Store};
use hawker_wire::{
    Failure,
    live::{LiveEvent, LiveLine},
};
use std::path::Path;
use time::OffsetDateTime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

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

/// Makes the backup of the day in the background. What kept it from being made is a notice that waits for the first
/// listener, as of a recording that a crash left.
pub fn make_due(store: Store, events: broadcast::Sender<LiveLine>, mut heard: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let failure: Failure = match store.backup_if_due(show_now_us()).await {
            Ok(Some(backup)) => {
                tracing::info!(file = %backup.file.display(), "the backup of the day was made");
                return;
            }
            Ok(None) => return,
            Err(error) => {
                tracing::error!(error = %chain(&error), "the backup of the day could not be made");
                error.into()
            }
        };
        // A studio that closes does not wait for a listener.
        tokio::spawn(async move {
            if heard.wait_for(|heard| *heard).await.is_ok() {
                let _ = events.send(LiveLine { t_ms: ShowMs(0), event: failed(&failure) });
            }
        });
    })
}

fn failed(failure: &Failure) -> LiveEvent {
    let code = serde_json::to_value(failure.code).ok().and_then(|value| value.as_str().map(str::to_owned));
    LiveEvent::Notice {
        code: code.unwrap_or_default(),
        why_code: Some(NoticeWhy::BackupFailed),
        about: None,
        message: format!("no backup was made today: {}", failure.message),
        hint: Some("the data are safe; `hawker-cli backup create` tries again".into()),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_wire::ErrorCode;

    #[test]
    fn what_kept_a_backup_from_being_made_is_said() {
        let failure = Failure::new(ErrorCode::DiskFull, "there is no room for b");
        let LiveEvent::Notice { code, why_code, message, .. } = failed(&failure) else { unreachable!("a notice") };
        assert_eq!((code.as_str(), why_code), ("disk_full", Some(NoticeWhy::BackupFailed)));
        assert!(message.contains("no room for b"), "{message}");
    }

    #[test]
    fn a_time_is_told_to_the_second() {
        assert_eq!(time_text(1_796_040_000_999_999), "2026-11-30 12:00:00 UTC");
    }

    #[tokio::test]
    async fn the_backup_of_the_day_is_made_beside_everything_else_and_only_once() {
        let dir = tempfile::tempdir().unwrap();
        let policy = KeyPolicy { passphrase: Some("a passphrase of a test".to_owned().into()), use_keychain: false };
        let store = Store::open(dir.path(), policy).await.unwrap();
        let (events, mut listener) = broadcast::channel(8);
        let (_heard, hears) = watch::channel(true);
        for _ in 0..2 {
            make_due(store.clone(), events.clone(), hears.clone()).await.unwrap();
        }
        // A day may begin between the two.
        let made = hawker_store::list_backups(dir.path()).unwrap().len();
        assert!((1..=2).contains(&made), "{made}");
        assert!(listener.try_recv().is_err(), "a backup that was made is no news");
        store.close().await;
    }
}
