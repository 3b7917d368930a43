//! The system's keychain. Its calls block and may show a prompt, so each runs on a thread of its own with a limit.

use super::DatabaseKey;
use crate::OpenError;
use keyring::{Entry, Error};
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

const SERVICE: &str = "live.hawker.store";
const PROBE_SERVICE: &str = "live.hawker.probe";

/// Long enough to type a password into the system's own prompt, short enough for a service that never answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the keychain did not serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeychainError {
    #[error("the keychain is locked ({0})")]
    Locked(String),
    #[error("there is no keychain ({0})")]
    Absent(String),
    #[error("the keychain has no key for this database")]
    NoEntry,
}

impl From<Error> for KeychainError {
    fn from(error: Error) -> Self {
        match error {
            Error::NoEntry => Self::NoEntry,
            Error::NoStorageAccess(why) => Self::Locked(why.to_string()),
            other => Self::Absent(other.to_string()),
        }
    }
}

impl From<KeychainError> for OpenError {
    fn from(error: KeychainError) -> Self {
        match error {
            KeychainError::NoEntry => Self::KeyNotInKeychain,
            KeychainError::Locked(why) | KeychainError::Absent(why) => Self::KeychainLocked { why },
        }
    }
}

/// Keeps `key`, after a probe has shown that the keychain gives back what it took.
pub(super) async fn keep(store_id: Uuid, key: &DatabaseKey) -> Result<(), KeychainError> {
    let secret = key.hex();
    on_thread(move || {
        probe()?;
        let entry = entry(SERVICE, store_id)?;
        entry.set_password(&secret)?;
        match Zeroizing::new(entry.get_password()?) == secret {
            true => Ok(()),
            false => Err(KeychainError::Absent("it gave back another value than it took".to_owned())),
        }
    })
    .await
}

/// The key kept for this store.
pub(super) async fn read(store_id: Uuid) -> Result<DatabaseKey, OpenError> {
    let secret = on_thread(move || Ok(Zeroizing::new(entry(SERVICE, store_id)?.get_password()?))).await?;
    DatabaseKey::from_hex(&secret).ok_or(OpenError::WrongKey)
}

/// Writes, reads and removes a value of no worth: a keychain that is there but unusable shows itself here.
pub(super) fn probe() -> Result<(), KeychainError> {
    let value = Uuid::new_v4().to_string();
    let entry = entry(PROBE_SERVICE, Uuid::new_v4())?;
    entry.set_password(&value)?;
    let read = entry.get_password();
    let removed = entry.delete_credential();
    if read? != value {
        return Err(KeychainError::Absent("it gave back another value than it took".to_owned()));
    }
    Ok(removed?)
}

fn entry(service: &str, id: Uuid) -> Result<Entry, KeychainError> {
    if let Err(why) = Entry::store_status() {
        return Err(KeychainError::Absent(why.to_string()));
    }
    Ok(Entry::new(service, &id.to_string())?)
}

async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (answer, asked) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("keychain".to_owned())
        .spawn(move || {
            // Nobody waits any more when the limit has passed; the answer is then of no use.
            let _ = answer.send(work());
        })
        .map_err(|error| KeychainError::Absent(error.to_string()))?;
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(KeychainError::Absent("its library failed".to_owned())),
        Err(_) => Err(KeychainError::Locked(format!("no answer within {} s", PATIENCE.as_secs()))),
    }
}
