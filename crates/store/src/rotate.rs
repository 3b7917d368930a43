//! A new key for the database.
//!
//! SQLCipher rewrites every page in one transaction, but answers "ok" also where that could not be committed, and in WAL
//! mode leaves pages of two keys side by side until the next checkpoint. So the new key is given to a copy, which is checked
//! under it, and the copy takes the place of the original as a restored backup does.

use crate::{
    OpenError, Store,
    backup::{BackupError, checked, copy, resting, stamp},
    key::{self, DatabaseKey, KeyHome, KeyPolicy, RecoveryCode},
    open::open_error,
    swap::{self, Draft, Reason},
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use std::path::Path;
use zeroize::Zeroizing;

/// What came of a change of the key.
#[derive(Debug)]
pub struct Rotated {
    pub key_home: KeyHome,
    /// The new one; that of the key before opens the backups made with it, and nothing else.
    pub code: RecoveryCode,
}

/// Encrypts the store in `dir` anew under another key, with a recovery code of its own. After a power cut the store opens
/// under the old or the new key. Needs as much room as the database takes. Nobody else may use the folder meanwhile.
/// Errors: as [`Store::open`], and [`BackupError::DiskFull`].
pub async fn rotate_key(dir: &Path, policy: &KeyPolicy, now_us: i64) -> Result<Rotated, BackupError> {
    let (draft, rotated) = prepare(dir, policy).await?;
    draft.commit(Reason::Rotated, &stamp(now_us)).map_err(OpenError::from)?;
    swap::finish(dir)?;
    tracing::info!("the database has a new key");
    Ok(rotated)
}

/// Everything but the decision: the database under its new key is whole beside the present one, which was not touched.
pub(crate) async fn prepare(dir: &Path, policy: &KeyPolicy) -> Result<(Draft, Rotated), BackupError> {
    let store = Store::open(dir, policy.clone()).await?;
    let copied = copy_of(&store, dir).await;
    // Brings the log into the main file, so that nothing under the old key is left beside the new.
    store.close().await;
    let (draft, held) = copied?;
    let (new, file) = key::new_key(&store.key_file()?, policy).await?;
    let code = RecoveryCode::random()?;
    let file = key::with_recovery_code(file, &new, &code).await?;
    give_key(&draft, &store.key, &new).await?;
    if checked(&draft.database(), &new).await? != held {
        let (file, why) = (draft.database(), "the copy under the new key holds something else".to_owned());
        return Err(OpenError::Damaged { file, why }.into());
    }
    key::write_file(draft.path(), &file.with_database())?;
    Ok((draft, Rotated { key_home: store.key_home(), code }))
}

async fn copy_of(store: &Store, dir: &Path) -> Result<(Draft, crate::Contents), BackupError> {
    let draft = Draft::begin(dir)?;
    let live = (*store.writer.connect_options()).clone();
    let held = copy(&live, &store.key, &draft.database(), &draft.database()).await?;
    Ok((draft, held))
}

async fn give_key(draft: &Draft, old: &DatabaseKey, new: &DatabaseKey) -> Result<(), OpenError> {
    let database = draft.database();
    let at_path = |error: sqlx::Error| open_error(error, &database);
    let mut connection = resting(&database, old).connect().await.map_err(at_path)?;
    // A pragma takes no parameters.
    let statement = Zeroizing::new(format!("PRAGMA rekey = \"x'{}'\"", new.hex().as_str()));
    let statement = sqlx::query(AssertSqlSafe(statement.as_str().to_owned())).persistent(false);
    let given = statement.execute(&mut connection).await.map_err(at_path);
    connection.close().await.map_err(at_path)?;
    given.map(|_| ())
}
