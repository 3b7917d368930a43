//! The embedded database: SQLCipher in WAL mode, every commit on the disk before it is answered, one writer.
//!
//! Owns: opening, the key beside the file, migrations. One file per noun holds the statements.

mod accounts;
mod catalogue;
mod claims;
mod devices;
mod edits;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod exit;
mod feed;
mod fulfilment;
mod kept;
mod money_tasks;
mod offer_limits;
mod offers;
mod ops;
mod orders;
mod payments;
mod quarantine;
mod reservations;
mod returned;
mod rights;
mod shows;
mod stock;
mod till;
mod upkeep;

pub(crate) use super::shared::{read_back, to_i64, to_u64};

use super::{
    CloseStore, StoreError,
    key::{self, KeyError, key_beside},
};
use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqlitePool, Transaction,
    error::DatabaseError,
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteError, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Of the data directory.
const DATABASE: &str = "platform.db";

/// Connections that only read: what two cores keep busy.
const READERS: u32 = 4;

/// A transaction of the one writer.
pub(crate) type Tx = Transaction<'static, Sqlite>;

/// The platform's database.
pub struct SqliteStore {
    write: SqlitePool,
    read: SqlitePool,
}

/// Why the database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("the database {0} can't be opened with the key at hand; put the matching key file or database back")]
    WrongKey(PathBuf),
    #[error("the database {0} was written by a newer version; update hawker-platform")]
    Future(PathBuf),
    #[error(
        "the database {path} is damaged ({why}); nothing was changed: put the database and its key file back from your backup, or start an empty one in another --data-dir"
    )]
    Damaged { path: PathBuf, why: String },
    #[error("there is no database at {0}; name the folder of the platform with --data-dir")]
    NoDatabase(PathBuf),
    #[error("the database {path} can't be opened: {source}")]
    Database { path: PathBuf, source: sqlx::Error },
    #[error("the database {path} can't be brought up to date: {source}")]
    Migrate { path: PathBuf, source: MigrateError },
}

impl SqliteStore {
    /// Opens or creates the database in `data_dir` with the key beside it, and answers the secret that belongs to it. Errors:
    /// [`OpenError`].
    pub async fn open(data_dir: &Path) -> Result<(Self, [u8; 32]), OpenError> {
        Self::open_with(data_dir, &key_beside(data_dir)).await
    }

    /// The same with a key that lies elsewhere. Every page of a database that is there is authenticated before anything is read
    /// from it. Errors: [`OpenError`].
    pub async fn open_with(data_dir: &Path, key_file: &Path) -> Result<(Self, [u8; 32]), OpenError> {
        let path = data_dir.join(DATABASE);
        let exists = std::fs::metadata(&path).is_ok_and(|file| file.len() > 0);
        let secret = key::load_or_create(key_file, path.exists())?;
        let options = options(&path, secret);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(20))
            // On a full disk or a failing one SQLite rolls back by itself and sqlx goes on counting the transaction:
            // no transaction would ever begin again on that connection, so it is replaced.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await;
        // Also where the key was wrong: the library is at work by now.
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        exit::skip_exit_handlers();
        let write = write.map_err(|error| not_opened(&path, error))?;
        if exists && let Err(error) = check(&path, &write).await {
            write.close().await;
            return Err(error);
        }
        migrate(&path, &write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(20))
            .connect_with(options.read_only(true))
            .await
            .map_err(|error| not_opened(&path, error))?;
        Ok((Self { write, read }, secret))
    }

    /// Opens a database that is there to look into it, also while a platform is at work on it. Nothing is changed by it. Errors:
    /// [`OpenError`].
    pub async fn open_to_read(data_dir: &Path, key_file: &Path) -> Result<Self, OpenError> {
        let path = data_dir.join(DATABASE);
        if !path.exists() {
            return Err(OpenError::NoDatabase(path));
        }
        let secret = key::load_or_create(key_file, true)?;
        let read = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options(&path, secret).create_if_missing(false).read_only(true))
            .await;
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        exit::skip_exit_handlers();
        let read = read.map_err(|error| not_opened(&path, error))?;
        Ok(Self { write: read.clone(), read })
    }

    /// A transaction that holds the writer from its first statement on.
    async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

#[async_trait]
impl CloseStore for SqliteStore {
    /// The writer's close brings the log back into the file.
    async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn options(path: &Path, secret: [u8; 32]) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("key", format!("\"x'{}'\"", hex::encode(secret)))
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // In KiB below zero: every page that is not kept is decrypted and authenticated anew, and SQLite's own 2 MB hold few sellers.
        .pragma("cache_size", "-32000")
        // The key is set by a statement, so statements are not for the log.
        .disable_statement_logging()
}

/// Authenticates every page (also unused ones) and walks every table.
async fn check(path: &Path, pool: &SqlitePool) -> Result<(), OpenError> {
    let damaged = |why: String| OpenError::Damaged { path: path.into(), why };
    for pragma in ["PRAGMA cipher_integrity_check", "PRAGMA quick_check(1)"] {
        let found: Vec<String> = sqlx::query_scalar(pragma).fetch_all(pool).await.map_err(|error| {
            match code(&error).and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff) {
                // Busy, locked and full say nothing of the pages.
                Some(5 | 6 | 13) => not_opened(path, error),
                _ => damaged(error.to_string()),
            }
        })?;
        if let Some(why) = found.into_iter().find(|text| text != "ok") {
            return Err(damaged(why));
        }
    }
    Ok(())
}

async fn migrate(path: &Path, pool: &SqlitePool) -> Result<(), OpenError> {
    sqlx::migrate!("./migrations").run(pool).await.map_err(|source| match source {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => OpenError::Future(path.into()),
        source => OpenError::Migrate { path: path.into(), source },
    })
}

/// SQLite says "not a database" (26) when the key does not fit.
fn not_opened(path: &Path, error: sqlx::Error) -> OpenError {
    match code(&error).as_deref() {
        Some("26") => OpenError::WrongKey(path.into()),
        // The first page could be read, and another that is needed to open does not authenticate or is malformed.
        Some("1" | "11") => OpenError::Damaged { path: path.into(), why: error.to_string() },
        _ => OpenError::Database { path: path.into(), source: error },
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(|code| code.into_owned())
}

/// `SQLITE_FULL`: the low byte names the family of extended codes.
pub(super) fn is_full(said: &(dyn DatabaseError + 'static)) -> bool {
    let is_sqlite = said.try_downcast_ref::<SqliteError>().is_some();
    let code = said.code().and_then(|code| code.parse::<i32>().ok());
    is_sqlite && code.is_some_and(|code| code & 0xff == 13)
}

#[cfg(test)]
mod upgrading;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::db::{AccountStore, CatalogueStore, NewSeller, NewTokens};
    use hawker_domain::{Currency, Money, SellerId, Sku};
    use hawker_wire::catalogue::Listing;
    use sqlx::{query, query_scalar};
    use uuid::Uuid;

    #[tokio::test]
    async fn a_commit_is_on_the_disk_before_it_is_answered() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        let pragma = |name: &'static str| query_scalar::<_, String>(name).fetch_one(&store.write);
        assert_eq!(pragma("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await.unwrap(), "2", "FULL");
        assert_eq!(pragma("PRAGMA journal_mode").await.unwrap(), "wal");
        assert!(!pragma("PRAGMA cipher_version").await.unwrap().is_empty(), "the database is encrypted");
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        query("INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, 1, checksum, 1 FROM _sqlx_migrations LIMIT 1")
            .execute(&store.write)
            .await
            .unwrap();
        store.close().await;
        let Err(error) = SqliteStore::open(dir.path()).await else { panic!("a future database was opened") };
        assert!(matches!(error, OpenError::Future(_)), "{error}");
        assert!(error.to_string().contains("update hawker-platform"), "{error}");
    }

    #[tokio::test]
    async fn a_full_disk_says_so_and_keeps_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        let seller_id = SellerId(Uuid::now_v7());
        let new = NewSeller {
            seller_id,
            email: "ada@example.org".into(),
            password_hash: "x".into(),
            shop_name: "Ada's".into(),
            at_us: 1,
        };
        assert!(store.create_seller(new).await.unwrap());
        // SQLite answers the same at its own page limit as on a full disk.
        query("PRAGMA max_page_count = 1").execute(&store.write).await.unwrap();
        let listing = |number: u32| Listing {
            sku: Sku::new(&format!("A{number}")).unwrap(),
            title: "a".into(),
            brand: String::new(),
            category: String::new(),
            description: "x".repeat(5_000),
            price: Money::new(1, Currency::CNY),
        };
        let many: Vec<_> = (0..50).map(listing).collect();
        let full = store.put_listings(seller_id, &many).await;
        assert!(matches!(full, Err(StoreError::DiskFull)), "{full:?}");
        query("PRAGMA max_page_count = 1000000").execute(&store.write).await.unwrap();
        assert!(store.seller_by_email("ada@example.org").await.unwrap().is_some(), "what was stored is there");
        assert!(store.stock_level(seller_id, &Sku::new("A0").unwrap()).await.unwrap().is_none(), "none of the half");
        store.put_listings(seller_id, &many).await.unwrap();
    }

    #[tokio::test]
    async fn a_damaged_page_is_noticed_at_the_start_and_nothing_is_changed() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        store.close().await;
        let file = dir.path().join(DATABASE);
        let whole = std::fs::read(&file).unwrap();
        // A bit in the middle of each page but the first, whose damage looks like another key.
        for page in 1..whole.len() / 4_096 {
            let mut bytes = whole.clone();
            bytes[page * 4_096 + 2_000] ^= 1;
            std::fs::write(&file, &bytes).unwrap();
            let Err(error) = SqliteStore::open(dir.path()).await else { panic!("page {page} is damaged") };
            assert!(matches!(error, OpenError::Damaged { .. }), "page {page}: {error}");
            assert_eq!(std::fs::read(&file).unwrap(), bytes, "page {page}");
        }
        std::fs::write(&file, &whole).unwrap();
        SqliteStore::open(dir.path()).await.unwrap().0.close().await;
    }

    #[tokio::test]
    async fn a_log_in_that_was_under_way_as_the_password_changed_opens_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        let ada = SellerId(Uuid::now_v7());
        let new = NewSeller {
            seller_id: ada,
            email: "ada@example.org".into(),
            password_hash: "x".into(),
            shop_name: "a".into(),
            at_us: 1,
        };
        assert!(store.create_seller(new).await.unwrap());
        let tokens = |number: u8| NewTokens {
            access: [number; 32],
            access_expires_us: 1_000,
            refresh: [number + 100; 32],
            refresh_expires_us: 1_000,
            at_us: 1,
        };
        assert!(store.issue_tokens(ada, "x", tokens(1)).await.unwrap());
        assert!(store.change_password(ada, "x", "y", tokens(2)).await.unwrap());
        // The former password fitted what was stored as it was looked at.
        assert!(!store.issue_tokens(ada, "x", tokens(3)).await.unwrap());
        for (number, is_open) in [(1, false), (2, true), (3, false)] {
            let found = store.seller_of_access(tokens(number).access, 2).await.unwrap();
            assert_eq!(found.is_some(), is_open, "{number}");
        }
        store.close().await;
    }

    #[tokio::test]
    async fn the_key_may_lie_elsewhere() {
        let (dir, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = keys.path().join("hawker.key");
        let (store, _) = SqliteStore::open_with(dir.path(), &key).await.unwrap();
        assert!(key.exists() && !key_beside(dir.path()).exists());
        let beside = SqliteStore::open_to_read(dir.path(), &key).await.unwrap();
        assert!(beside.seller_by_email("ada@example.org").await.unwrap().is_none(), "read while the other writes");
        let denied = query("DELETE FROM sellers").execute(&beside.write).await;
        assert!(denied.is_err(), "it only reads");
        beside.close().await;
        store.close().await;
        let Err(error) = SqliteStore::open(dir.path()).await else { panic!("there is no key beside it") };
        assert!(
            matches!(error, OpenError::Key(KeyError::Missing(_))),
            "no new key is made for an old database: {error}"
        );
        let nowhere = SqliteStore::open_to_read(keys.path(), &key).await;
        assert!(matches!(nowhere, Err(OpenError::NoDatabase(_))));
    }

    #[tokio::test]
    async fn garbage_in_place_of_the_database_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        store.close().await;
        std::fs::write(dir.path().join("platform.db"), vec![7_u8; 8192]).unwrap();
        let Err(error) = SqliteStore::open(dir.path()).await else { panic!("garbage was opened") };
        assert!(matches!(error, OpenError::WrongKey(_)), "{error}");
    }
}
