//! A backup verified, and put in the place of the present database.

use super::{
    Backup, BackupError, Contents, blocking,
    container::{self, Sealed},
    copy::{checked, checked_within, contents, resting},
    described,
    schedule::stamp,
};
use crate::{
    OpenError, acked, device,
    key::{self, DatabaseKey, KeyFile, KeyPolicy, RecoveryCode},
    open::{DATABASE_FILE, is_new, known_schema, make_dir, open_error, options},
    swap::{self, Draft, Reason},
};
use serde::Serialize;
use sqlx::{ConnectOptions, Connection};
use std::path::{Path, PathBuf};

/// Whether the present database may give way although something in it is in no backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Needed,
    Given,
}

/// What came of a restore.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    pub backup: Backup,
    /// The folder of the database that gave way; None where there was none.
    pub replaced: Option<PathBuf>,
}

/// Checks all of a backup: that it is whole, was not changed, and opens. The key is taken from the store in `dir` or by the
/// key file in the backup, else by `code`. Nothing is written.
/// Errors: [`BackupError::NotWhole`], [`BackupError::CodeNeeded`], [`BackupError::Future`], [`BackupError::Unreadable`].
pub async fn verify_backup(
    dir: &Path,
    file: &Path,
    policy: &KeyPolicy,
    code: Option<&RecoveryCode>,
) -> Result<Backup, BackupError> {
    let (_, Opened { key, .. }) = opened(dir, file, policy, code).await?;
    verify_by(file, &key).await
}

/// As [`verify_backup`], by its key.
pub(crate) async fn verify_by(file: &Path, key: &DatabaseKey) -> Result<Backup, BackupError> {
    let not_whole = |why: &str| BackupError::NotWhole { file: file.to_owned(), why: why.to_owned() };
    let path = file.to_owned();
    let (manifest, is_intact) = blocking({
        let key = key.clone();
        move || {
            let sealed = sealed_by(&path, &key)?;
            let is_intact = container::is_intact(&path, &sealed.manifest)?;
            Ok((sealed.manifest, is_intact))
        }
    })
    .await?;
    if !is_intact {
        return Err(not_whole("the database in it was changed"));
    }
    let found = checked_within(file, key).await.map_err(|error| not_whole(&error.to_string()))?;
    if found != manifest.contents {
        return Err(not_whole("it holds something else than it says"));
    }
    Ok(described(file, &manifest))
}

/// Puts the backup in the place of the store in `dir`, which is moved to a folder named by `now_us` (UTC, microseconds
/// since 1970) and never erased. After a power cut there is the old store or the restored one. The restored store
/// registers anew with the platform before it sends anything the platform does not know. Nobody else may use the folder
/// meanwhile. Errors: as [`verify_backup`], and [`BackupError::NotAgreed`] where the present database has something the
/// backup has not, or can't be read.
pub async fn restore(
    dir: &Path,
    file: &Path,
    policy: &KeyPolicy,
    code: Option<&RecoveryCode>,
    consent: Consent,
    now_us: i64,
) -> Result<Restored, BackupError> {
    let (backup, draft) = prepare(dir, file, policy, code, consent).await?;
    draft.commit(Reason::Restored, &stamp(now_us)).map_err(OpenError::from)?;
    let replaced = swap::finish(dir)?;
    tracing::info!(file = %file.display(), "a backup is restored");
    Ok(Restored { backup, replaced })
}

/// Everything but the decision: the restored database is whole beside the present one, which was not touched.
pub(crate) async fn prepare(
    dir: &Path,
    file: &Path,
    policy: &KeyPolicy,
    code: Option<&RecoveryCode>,
    consent: Consent,
) -> Result<(Backup, Draft), BackupError> {
    make_dir(dir)?;
    swap::finish(dir)?;
    let (sealed, Opened { key, key_file }) = opened(dir, file, policy, code).await?;
    if consent == Consent::Needed
        && let Some(why) = objection(&sealed.manifest.contents, &present(dir, policy).await)
    {
        return Err(BackupError::NotAgreed { why });
    }
    let draft = Draft::begin(dir)?;
    let database = draft.database();
    let (path, manifest, to) = (file.to_owned(), sealed.manifest.clone(), database.clone());
    blocking(move || container::unpack(&path, &manifest, &to)).await?;
    let not_whole = |why: String| BackupError::NotWhole { file: file.to_owned(), why };
    let found = checked(&database, &key).await.map_err(|error| not_whole(error.to_string()))?;
    if found != sealed.manifest.contents {
        return Err(not_whole("it holds something else than it says".to_owned()));
    }
    take_out_of_epoch(&database, &key).await?;
    if let Some(key_file) = key_file {
        key::write_file(draft.path(), &key_file.with_database())?;
    }
    Ok((described(file, &sealed.manifest), draft))
}

/// The key of a backup.
struct Opened {
    key: DatabaseKey,
    /// What has to stand beside the restored database; None: what stands there.
    key_file: Option<KeyFile>,
}

/// Reads the manifest and finds the key it is sealed with.
async fn opened(
    dir: &Path,
    file: &Path,
    policy: &KeyPolicy,
    code: Option<&RecoveryCode>,
) -> Result<(Sealed, Opened), BackupError> {
    let path = file.to_owned();
    let sealed = blocking(move || container::read(&path)).await?;
    let (found, known) = (sealed.manifest.schema, known_schema());
    if found > known {
        return Err(BackupError::Future { file: file.to_owned(), found, known });
    }
    let opened = key_of(dir, file, &sealed.manifest.key, policy, code).await?;
    let (path, key) = (file.to_owned(), opened.key.clone());
    let sealed = blocking(move || sealed_by(&path, &key)).await?;
    Ok((sealed, opened))
}

/// The manifest, if it is the one that the holder of `key` wrote. Blocks.
fn sealed_by(file: &Path, key: &DatabaseKey) -> Result<Sealed, BackupError> {
    let sealed = container::read(file)?;
    if sealed.is_by(key) {
        return Ok(sealed);
    }
    Err(BackupError::NotWhole { file: file.to_owned(), why: "what stands at its end was changed".to_owned() })
}

/// The key file beside the present database is preferred where it is of the same key: its passphrase and its recovery code
/// are the newer ones.
async fn key_of(
    dir: &Path,
    file: &Path,
    saved: &KeyFile,
    policy: &KeyPolicy,
    code: Option<&RecoveryCode>,
) -> Result<Opened, BackupError> {
    let present = key::read_file(dir).ok().flatten().filter(|present| present.same_key(saved));
    let mut why = OpenError::NoRecoveryCode;
    for (stored, is_present) in present.iter().map(|stored| (stored, true)).chain([(saved, false)]) {
        match key::unlock(stored, policy).await {
            Ok((key, _)) => return Ok(Opened { key, key_file: (!is_present).then(|| stored.clone()) }),
            Err(error) => why = error,
        }
    }
    let Some(code) = code else {
        return Err(BackupError::CodeNeeded { file: file.to_owned(), why: why.to_string() });
    };
    let mut why = OpenError::NoRecoveryCode;
    for stored in present.iter().chain([saved]) {
        match key::unlock_by_code(stored, code).await {
            Ok(key) => {
                let (key_file, _) = key::with_home(stored.clone(), &key, policy).await?;
                return Ok(Opened { key, key_file: Some(key_file) });
            }
            Err(error) => why = error,
        }
    }
    Err(why.into())
}

/// The present database.
enum Present {
    None,
    Holds(Contents),
    Unreadable(String),
}

async fn present(dir: &Path, policy: &KeyPolicy) -> Present {
    let path = dir.join(DATABASE_FILE);
    if is_new(&path) {
        return Present::None;
    }
    let counted = async {
        let (key, _) = key::resolve(dir, true, policy).await?;
        let at_path = |error: sqlx::Error| open_error(error, &path);
        // A log that lost something would be counted without it, and its end with this connection.
        acked::check(&path)?;
        let mut connection = options(&path, &key, true).connect().await.map_err(at_path)?;
        acked::keep(&mut connection, &path).await.map_err(at_path)?;
        let found = contents(&mut connection).await.map_err(at_path);
        connection.close().await.map_err(at_path)?;
        found
    };
    counted.await.map_or_else(|error| Present::Unreadable(error.to_string()), Present::Holds)
}

/// Why the present database should not give way to the backup.
fn objection(backup: &Contents, present: &Present) -> Option<String> {
    let present = match present {
        Present::None => return None,
        Present::Unreadable(why) => {
            return Some(format!("what the present database has beyond the backup is not known: {why}"));
        }
        Present::Holds(present) => present,
    };
    let counted = |count: u64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let newer = [
        counted(present.orders.saturating_sub(backup.orders), "order", "orders"),
        counted(present.ops.saturating_sub(backup.ops), "change", "changes"),
    ];
    let newer: Vec<String> = newer.into_iter().flatten().collect();
    let newer = match newer.is_empty() {
        true if present.changed_at_us > backup.changed_at_us => Some("is newer than the backup".to_owned()),
        true => None,
        false => Some(format!("has {} that the backup has not", newer.join(" and "))),
    };
    let waiting = counted(present.waiting_ops, "change", "changes")
        .map(|waiting| format!("{waiting} in it had no answer from the platform"));
    match (newer, waiting) {
        (None, None) => None,
        (Some(newer), None) => Some(format!("the present database {newer}")),
        (Some(newer), Some(waiting)) => Some(format!("the present database {newer}, and {waiting}")),
        (None, Some(waiting)) => Some(format!("of the present database, {waiting}")),
    }
}

async fn take_out_of_epoch(database: &Path, key: &DatabaseKey) -> Result<(), BackupError> {
    let at_path = |error: sqlx::Error| open_error(error, database);
    let mut connection = resting(database, key).connect().await.map_err(at_path)?;
    let mut tx = connection.begin().await.map_err(at_path)?;
    device::leave_epoch(&mut tx).await.map_err(at_path)?;
    tx.commit().await.map_err(at_path)?;
    Ok(connection.close().await.map_err(at_path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_lost_is_counted() {
        let backup = Contents { products: 5, orders: 3, ops: 7, waiting_ops: 2, changed_at_us: 9 };
        let holds = |present: Contents| objection(&backup, &Present::Holds(present));
        let calm = Contents { waiting_ops: 0, ..backup };
        let table = [
            (calm, None),
            (Contents { orders: 1, ops: 2, ..calm }, None),
            (Contents { changed_at_us: 10, ..calm }, Some("is newer than the backup")),
            (Contents { orders: 5, ops: 9, ..calm }, Some("has 2 orders and 2 changes that the backup has not")),
            (Contents { ops: 8, waiting_ops: 1, ..calm }, Some("has 1 change that the backup has not, and 1 change")),
            (Contents { waiting_ops: 3, ..calm }, Some("3 changes in it had no answer")),
        ];
        for (present, want) in table {
            let said = holds(present);
            assert_eq!(said.is_some(), want.is_some(), "{present:?}: {said:?}");
            assert!(said.unwrap_or_default().contains(want.unwrap_or_default()), "{present:?}");
        }
        assert_eq!(objection(&backup, &Present::None), None);
        let lost = objection(&backup, &Present::Unreadable("it is damaged".to_owned())).unwrap_or_default();
        assert!(lost.contains("it is damaged"), "{lost}");
    }
}
