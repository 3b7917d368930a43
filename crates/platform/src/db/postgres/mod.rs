//! PostgreSQL: one database for several platforms, all of which write.
//!
//! Owns: opening, migrations, the seller's lock. One file per noun holds the statements, named as those of [`super::sqlite`] and in
//! their order, so that what is mended in one is found in the other. Invariant: whatever changes something of a seller holds that
//! seller's lock first, so its decisions are made one after the other, as the embedded database makes all of them.

mod accounts;
mod address;
mod catalogue;
mod claims;
mod devices;
mod edits;
mod feed;
mod fulfilment;
mod kept;
mod money_tasks;
mod news;
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
mod turns;
mod upkeep;

pub(crate) use super::shared::{read_back, to_i64, to_u32, to_u64};
pub use address::{BadUrl, PostgresUrl};
pub use news::Between;

use super::{
    CloseStore, StoreError,
    key::{self, KeyError},
};
use async_trait::async_trait;
use hawker_domain::SellerId;
use sha2::{Digest, Sha256};
use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Transaction,
    error::DatabaseError,
    migrate::MigrateError,
    postgres::{PgDatabaseError, PgPoolOptions},
    query, query_scalar,
};
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use uuid::Uuid;

/// Connections that write, two at most for one seller at a time: see [`turns`]. With the readers and those of [`news`], three
/// platforms stay below the 100 connections a server takes unless told otherwise.
const WRITERS: u32 = 16;

/// Connections that only read: pages are answered also while all that write wait for one seller.
const READERS: u32 = 8;

/// For one's turn, for a connection, and for another transaction's lock.
const PATIENCE: Duration = Duration::from_secs(20);

/// The oldest server whose statements these are.
const OLDEST: i64 = 14;

/// A transaction that may write.
pub(crate) type Tx = Transaction<'static, Postgres>;

/// The platform's database on a server.
pub struct PostgresStore {
    write: PgPool,
    read: PgPool,
    turns: turns::Turns,
}

/// Why the database can't be opened. None of them says a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "can't reach the PostgreSQL server at {server}: {source}; check that it runs and that --database names its host and port"
    )]
    Unreachable { server: String, source: io::Error },
    #[error(
        "the PostgreSQL server at {server} refuses the user \"{user}\": {why}; check the name and the password in --database"
    )]
    Refused { server: String, user: String, why: String },
    #[error(
        "the PostgreSQL server at {server} has no database \"{database}\"; make it: createdb --encoding=UTF8 {database}"
    )]
    NoDatabase { server: String, database: String },
    #[error("the database {0} has none of a platform's tables yet; start hawker-platform with it first")]
    Empty(String),
    #[error("the PostgreSQL server of {url} is of version {found}; version {least} or later is needed", least = OLDEST)]
    OldServer { url: String, found: String },
    #[error("the database {url} keeps text as {found}; make it anew with --encoding=UTF8")]
    NotUtf8 { url: String, found: String },
    #[error("the database {0} was written by a newer version; update hawker-platform")]
    Future(String),
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error(
        "the key file {key_file} is not the one of the database {url}; copy that of the platform that opened it first"
    )]
    WrongKey { url: String, key_file: PathBuf },
    #[error("the database {url} can't be opened: {source}")]
    Database { url: String, source: sqlx::Error },
    #[error("the database {url} can't be brought up to date: {source}")]
    Migrate { url: String, source: MigrateError },
}

impl PostgresStore {
    /// Opens the database, makes or changes its tables where they are not this version's, and answers the secret in the key file,
    /// which is made for a new database alone. Several platforms may do it at once. Errors: [`OpenError`].
    pub async fn open(url: &PostgresUrl, key_file: &Path) -> Result<(Self, [u8; 32]), OpenError> {
        // By itself, since a pool tries again and again, and in the end says nothing but that it took too long.
        let mut connection = connect(url).await?;
        let checked = check(url, &mut connection).await;
        let _ = connection.close().await;
        checked?;
        // Without the bounds on waiting: another platform may be at the migrations.
        let once = PgPoolOptions::new().max_connections(1).connect_lazy_with(url.options.clone());
        let prepared = prepare(url, &once, key_file).await;
        // Also where it failed: the lock of the migrations ends with the connection.
        once.close().await;
        let secret = prepared?;
        Ok((Self::of(url), secret))
    }

    /// Opens a database that is there to look into it. Nothing is changed by it. Errors: [`OpenError`].
    pub async fn open_to_read(url: &PostgresUrl) -> Result<Self, OpenError> {
        let mut connection = connect(url).await?;
        let known: Result<bool, sqlx::Error> =
            query_scalar("SELECT to_regclass('secret_mark') IS NOT NULL").fetch_one(&mut connection).await;
        let _ = connection.close().await;
        if !known.map_err(|error| not_opened(url, error))? {
            return Err(OpenError::Empty(url.to_string()));
        }
        let store = Self::of(url);
        Ok(Self { write: store.read.clone(), ..store })
    }

    fn of(url: &PostgresUrl) -> Self {
        let pool = |most: u32| PgPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        // A platform that stands still, or whose network is gone, holds up nobody else for long: without keepalives the server
        // would hold its locks for two hours.
        let bounds = [
            ("lock_timeout", "20s"),
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "60s"),
            ("tcp_keepalives_idle", "15"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "4"),
            ("tcp_user_timeout", "30s"),
        ];
        let options = url.options.clone().options(bounds);
        let only_reading = options.clone().options([("default_transaction_read_only", "on")]);
        Self {
            write: pool(WRITERS).connect_lazy_with(options),
            read: pool(READERS).connect_lazy_with(only_reading),
            turns: turns::Turns::default(),
        }
    }

    /// A transaction that writes. Each of its statements sees what was committed before that statement, so what is read after a
    /// lock was taken is what stands. What is a seller's is changed in [`Self::begin_for`] instead.
    async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(self.write.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
    }

    /// The same with the seller's lock: waits until no other transaction changes something of this seller, and lets none begin until
    /// this one ends. The lock comes first of all in a transaction: two that take it in another order than rows would wait for each
    /// other. Rows that name the seller may be added meanwhile, by a log-in say. Whose it is that is changed never changes, so it may
    /// be read before.
    async fn begin_for(&self, seller: SellerId) -> Result<Tx, StoreError> {
        let _turn = self.turns.of(seller).await?;
        let mut tx = self.begin().await?;
        query("SELECT 1 FROM sellers WHERE seller_id = $1 FOR NO KEY UPDATE").bind(seller.0).execute(&mut *tx).await?;
        Ok(tx)
    }

    /// Whose something is, by a statement that answers that of an id.
    async fn seller_of(&self, statement: &'static str, id: Uuid) -> Result<Option<SellerId>, StoreError> {
        let seller: Option<Uuid> = query_scalar(statement).bind(id).fetch_optional(&self.read).await?;
        Ok(seller.map(SellerId))
    }

    /// A transaction that reads one state, however many statements it has.
    async fn begin_to_read(&self) -> Result<Tx, StoreError> {
        Ok(self.read.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
    }
}

#[async_trait]
impl CloseStore for PostgresStore {
    async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// SQLSTATE `disk_full`.
pub(super) fn is_full(said: &(dyn DatabaseError + 'static)) -> bool {
    said.try_downcast_ref::<PgDatabaseError>().is_some_and(|said| said.code() == "53100")
}

/// SQLSTATE `lock_not_available`: the bound on waiting for a lock is over. `deadlock_detected`: two waited for each other.
pub(super) fn is_busy(said: &(dyn DatabaseError + 'static)) -> bool {
    said.try_downcast_ref::<PgDatabaseError>().is_some_and(|said| matches!(said.code(), "55P03" | "40P01"))
}

async fn connect(url: &PostgresUrl) -> Result<PgConnection, OpenError> {
    let connecting = PgConnection::connect_with(&url.options);
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(|error| not_opened(url, error)),
        Err(_) => Err(not_opened(url, sqlx::Error::Io(io::ErrorKind::TimedOut.into()))),
    }
}

/// Brings the tables up to date and answers the secret.
async fn prepare(url: &PostgresUrl, pool: &PgPool, key_file: &Path) -> Result<[u8; 32], OpenError> {
    sqlx::migrate!("./migrations/postgres").run(pool).await.map_err(|source| match source {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => OpenError::Future(url.to_string()),
        source => OpenError::Migrate { url: url.to_string(), source },
    })?;
    let failed = |error| not_opened(url, error);
    let before = mark(pool).await.map_err(failed)?;
    let secret = key::load_or_create(key_file, before.is_some())?;
    let own = Sha256::digest(secret).to_vec();
    // Of two platforms that meet a new database at once one is first.
    query("INSERT INTO secret_mark (only_row, mark) VALUES (1, $1) ON CONFLICT DO NOTHING")
        .bind(&own)
        .execute(pool)
        .await
        .map_err(failed)?;
    match mark(pool).await.map_err(failed)? {
        Some(mark) if mark == own => Ok(secret),
        _ => Err(OpenError::WrongKey { url: url.to_string(), key_file: key_file.into() }),
    }
}

async fn mark(pool: &PgPool) -> Result<Option<Vec<u8>>, sqlx::Error> {
    query_scalar("SELECT mark FROM secret_mark").fetch_optional(pool).await
}

/// Whether this server and this database can hold what is kept.
async fn check(url: &PostgresUrl, connection: &mut PgConnection) -> Result<(), OpenError> {
    const ABOUT: &str =
        "SELECT current_setting('server_version_num')::BIGINT / 10000, current_setting('server_version'),
        current_setting('server_encoding')";
    let about: Result<(i64, String, String), sqlx::Error> = sqlx::query_as(ABOUT).fetch_one(connection).await;
    let (major, version, encoding) = about.map_err(|error| not_opened(url, error))?;
    if major < OLDEST {
        return Err(OpenError::OldServer { url: url.to_string(), found: version });
    }
    if encoding != "UTF8" {
        return Err(OpenError::NotUtf8 { url: url.to_string(), found: encoding });
    }
    Ok(())
}

fn not_opened(url: &PostgresUrl, error: sqlx::Error) -> OpenError {
    let code = error.as_database_error().and_then(|said| said.code()).map(|code| code.into_owned());
    match (code.as_deref(), error) {
        // invalid_authorization_specification, invalid_password
        (Some("28000" | "28P01"), error) => {
            OpenError::Refused { server: url.server(), user: url.user().to_owned(), why: said(&error) }
        }
        // invalid_catalog_name
        (Some("3D000"), _) => OpenError::NoDatabase { server: url.server(), database: url.database().to_owned() },
        (_, sqlx::Error::Io(source)) => OpenError::Unreachable { server: url.server(), source },
        (_, source) => OpenError::Database { url: url.to_string(), source },
    }
}

fn said(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

#[cfg(all(test, unix))]
mod tests;
