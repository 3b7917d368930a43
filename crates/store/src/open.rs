//! Opening: key, encrypted file, whole-file check, migrations.

mod error;

use crate::{
    acked,
    clock::Clock,
    device, device_key, edits,
    error::{Fault, StoreError, fault},
    feed,
    high_water::{self, HighWater},
    key::{self, DatabaseKey, KEY_FILE, KeyHome, KeyPolicy},
    near::Vocabulary,
    search, swap,
};
use sqlx::{
    ConnectOptions, Row, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, Notify};

pub use error::OpenError;

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

pub(crate) const DATABASE_FILE: &str = "hawker.db";

/// Lists are read while an import or a sale is written; more readers than this only cost memory.
const READERS: u32 = 3;
/// Pages that a connection keeps open, in KiB below zero. Every other page is decrypted and authenticated each time it is looked at, and
/// with SQLite's own 2 MB a part of an import spilled into the log and came back from it.
const CACHE: &str = "-32000";

/// The studio's data. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
    /// Rung when an op was put into the outbox.
    pub(crate) ops_waiting: Arc<Notify>,
    pub(crate) vocabulary: Vocabulary,
    /// The folder of the database and of its key file.
    pub(crate) dir: PathBuf,
    pub(crate) key: DatabaseKey,
    pub(crate) clock: Clock,
    /// Held by whoever writes files beside the database: a backup, the key file.
    pub(crate) files_turn: Arc<Mutex<()>>,
    /// What was last written beside the database of the numbers that went out.
    pub(crate) high_water: Arc<Mutex<Option<HighWater>>>,
    key_home: KeyHome,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The pools' own Debug would print the connect options, and with them the key.
        f.debug_struct("Store").field("key_home", &self.key_home).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in `dir`, or makes it there on first use. Every page of an existing database is authenticated
    /// before anything is read from it. A restore or a change of the key that was cut off is completed first.
    /// Nobody else may use the folder meanwhile. Errors: [`OpenError`].
    pub async fn open(dir: &Path, key: KeyPolicy) -> Result<Self, OpenError> {
        Self::open_by(dir, key, Clock::default()).await
    }

    /// As [`Self::open`], by another clock than the machine's.
    pub async fn open_by(dir: &Path, key: KeyPolicy, clock: Clock) -> Result<Self, OpenError> {
        make_dir(dir)?;
        swap::finish(dir)?;
        let path = dir.join(DATABASE_FILE);
        if is_new(&path) {
            // A key without a database is what a power cut leaves of a first start; with the mark in it, it is not.
            if key::had_database(dir)? {
                return Err(OpenError::DatabaseGone { key_file: dir.join(KEY_FILE) });
            }
            keep_name(dir)?;
        }
        let (key, key_home) = key::resolve(dir, !is_new(&path), &key).await?;
        let store = Self::open_at(&path, &key, key_home, clock).await?;
        key::note_database(dir)?;
        Ok(store)
    }

    /// Opens the store in `dir`, or makes it there, with a key that somebody else keeps; the folder gets no key file. For
    /// simulations, in which deriving the key would take most of the time. Errors: [`OpenError`].
    pub async fn open_keyed(dir: &Path, key: [u8; 32]) -> Result<Self, OpenError> {
        Self::open_keyed_by(dir, key, Clock::default()).await
    }

    /// As [`Self::open_keyed`], by another clock than the machine's.
    pub async fn open_keyed_by(dir: &Path, key: [u8; 32], clock: Clock) -> Result<Self, OpenError> {
        make_dir(dir)?;
        Self::open_at(&dir.join(DATABASE_FILE), &DatabaseKey::new(key), KeyHome::Caller, clock).await
    }

    #[cfg(test)]
    pub(crate) async fn open_with(path: &Path, key: &DatabaseKey, key_home: KeyHome) -> Result<Self, OpenError> {
        Self::open_at(path, key, key_home, Clock::default()).await
    }

    async fn open_at(path: &Path, key: &DatabaseKey, key_home: KeyHome, clock: Clock) -> Result<Self, OpenError> {
        let is_new = is_new(path);
        if is_new {
            make_private(path)?;
            acked::forget(path)?;
        } else {
            acked::check(path)?;
        }
        let at_path = |error: sqlx::Error| open_error(error, path);
        let database = path.to_owned();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let database = database.clone();
                Box::pin(async move { acked::keep(connection, &database).await })
            })
            .connect_with(options(path, key, false))
            .await;
        // Also where the key was wrong: the library is at work by now.
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        crate::exit::skip_exit_handlers();
        let writer = writer.map_err(at_path)?;
        if !is_new {
            check(&mut *writer.acquire().await.map_err(at_path)?, path).await?;
        }
        refuse_future(&mut *writer.acquire().await.map_err(at_path)?, path).await?;
        MIGRATIONS.run(&writer).await.map_err(|error| migrate_error(error, path))?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .max_lifetime(None)
            .connect_with(options(path, key, true))
            .await
            .map_err(at_path)?;
        let store = Self {
            writer,
            reader,
            ops_waiting: Arc::default(),
            vocabulary: Vocabulary::default(),
            dir: path.parent().map(Path::to_owned).unwrap_or_default(),
            key: key.clone(),
            clock,
            files_turn: Arc::default(),
            high_water: Arc::default(),
            key_home,
        };
        store.make_ready().await.map_err(|error| match error {
            StoreError::DiskFull => OpenError::DiskFull,
            StoreError::Database(error) => open_error(error, path),
            other => OpenError::Damaged { file: path.to_owned(), why: other.to_string() },
        })?;
        tracing::info!(key_home = ?key_home, is_new, "store opened");
        Ok(store)
    }

    /// What is done at every start, before anybody uses the store.
    async fn make_ready(&self) -> Result<(), StoreError> {
        device::introduce(self).await?;
        device_key::introduce(self).await?;
        // Before anything takes a number.
        high_water::compare(self).await?;
        search::join_parts_soon(&self.writer).await;
        let told = edits::tell_untold(self).await?;
        if told > 0 {
            tracing::info!(told, "products from before edits were told are on their way to the other devices");
        }
        let read = feed::read_kept(self).await?;
        if read > 0 {
            tracing::info!(read, "news that waited for this version was applied");
        }
        match self.forget_old_news(self.clock.now_us()).await {
            // It can wait; who has to make room wants to see what there is.
            Err(StoreError::DiskFull) => tracing::warn!("the disk is full: old news were not forgotten"),
            done => {
                done?;
            }
        }
        Ok(())
    }

    /// Where the key lives.
    pub fn key_home(&self) -> KeyHome {
        self.key_home
    }

    /// Brings the WAL into the main file and closes every connection of every clone.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// A write transaction: takes the write lock at once, so that nothing read in it is stale when it writes.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        match self.writer.begin_with(BEGIN).await {
            // After some errors (a full disk is one) SQLite rolls back by itself. sqlx then still counts a transaction
            // as open and would refuse every later one, so its connection is given up for a fresh one.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                Ok(self.writer.begin_with(BEGIN).await?)
            }
            begun => Ok(begun?),
        }
    }
}

/// Whether there is no database yet.
pub(crate) fn is_new(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |file| file.len() == 0)
}

/// Makes a folder that only this user can enter, and those above it.
pub(crate) fn make_dir(dir: &Path) -> Result<(), OpenError> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(dir)?)
}

/// Makes the names of a new store's folder and of those above it durable: POSIX promises nobody that syncing what lies
/// within them does. Windows has no such call and needs none.
fn keep_name(dir: &Path) -> Result<(), OpenError> {
    if cfg!(unix) {
        for above in std::path::absolute(dir)?.ancestors().skip(1) {
            // A folder that may not be read was there before, and some file systems have nothing to sync in one.
            let Ok(folder) = fs::File::open(above) else { break };
            match folder.sync_all() {
                Err(error) if error.kind() != io::ErrorKind::InvalidInput => return Err(error.into()),
                _ => {}
            }
        }
    }
    Ok(())
}

/// An empty file only the owner may read; SQLite gives the WAL the same rights.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

pub(crate) fn options(path: &Path, key: &DatabaseKey, read_only: bool) -> SqliteConnectOptions {
    let key = key.hex();
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .pragma("key", format!("\"x'{}'\"", key.as_str()))
        .journal_mode(SqliteJournalMode::Wal)
        // With NORMAL a power cut loses commits that were acknowledged.
        .synchronous(SqliteSynchronous::Full)
        // Without it macOS leaves what was synced in the disk's own memory. Elsewhere it says nothing.
        .pragma("fullfsync", "ON")
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", CACHE)
        // The first statement of a connection is the key itself.
        .disable_statement_logging();
    if read_only { options.pragma("query_only", "ON") } else { options }
}

/// Authenticates every page (also unused ones) and walks every table.
///
/// SQLCipher authenticates the main file as it lies there, whatever the log holds. A power cut in the middle of a checkpoint leaves pages
/// there that are half written and whole in the log, which SQLite would read; so the log is brought in before such a file is called
/// damaged.
pub(crate) async fn check(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    const AUTHENTICATE: &str = "PRAGMA cipher_integrity_check";
    match check_by(connection, AUTHENTICATE, path).await {
        Err(OpenError::Damaged { why, .. }) if bring_in_log(connection).await => {
            tracing::warn!(why, "the main file was in the middle of a checkpoint; its log was brought in again");
            check_by(connection, AUTHENTICATE, path).await?;
        }
        checked => checked?,
    }
    check_by(connection, "PRAGMA quick_check(1)", path).await
}

/// True when there was a log, and all of it is in the main file now.
async fn bring_in_log(connection: &mut SqliteConnection) -> bool {
    let done: Result<(i64, i64, i64), sqlx::Error> =
        sqlx::query_as("PRAGMA wal_checkpoint(FULL)").fetch_one(connection).await;
    matches!(done, Ok((0, frames, brought)) if frames > 0 && brought == frames)
}

/// One of the two checks. Errors: [`OpenError::Damaged`] with what it found.
pub(crate) async fn check_by(
    connection: &mut SqliteConnection,
    pragma: &'static str,
    path: &Path,
) -> Result<(), OpenError> {
    let damaged = |why: String| OpenError::Damaged { file: path.to_owned(), why };
    let rows = sqlx::query(pragma).fetch_all(connection).await.map_err(|error| match fault(&error) {
        Fault::Busy | Fault::DiskFull => open_error(error, path),
        // A page that does not authenticate comes back as a plain SQL error.
        Fault::Damaged | Fault::Other => damaged(error.to_string()),
    })?;
    let found = rows.first().map(|row| row.try_get::<String, _>(0).unwrap_or_default());
    match found.filter(|text| text != "ok") {
        Some(why) => Err(damaged(why)),
        None => Ok(()),
    }
}

/// Number of the newest migration a database has seen; 0 for an empty one.
pub(crate) async fn schema(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let has_any: bool = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(&mut *connection)
        .await?;
    if !has_any {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").fetch_one(connection).await
}

/// Number of the newest migration this program knows.
pub(crate) fn known_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

pub(crate) async fn refuse_future(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let found = schema(connection).await.map_err(|error| open_error(error, path))?;
    let known = known_schema();
    if found > known { Err(OpenError::Future { found, known }) } else { Ok(()) }
}

pub(crate) fn open_error(error: sqlx::Error, path: &Path) -> OpenError {
    match fault(&error) {
        Fault::DiskFull => OpenError::DiskFull,
        // The key's fingerprint was right, so a file that does not open with it is a damaged or a foreign one.
        Fault::Damaged => {
            OpenError::Damaged { file: path.to_owned(), why: format!("it does not match {KEY_FILE}: {error}") }
        }
        Fault::Busy => OpenError::Busy,
        Fault::Other => OpenError::Database(error),
    }
}

fn migrate_error(error: MigrateError, path: &Path) -> OpenError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => open_error(error, path),
        other => OpenError::Damaged { file: path.to_owned(), why: other.to_string() },
    }
}
