//! A copy of an open database in one piece, and what a database holds.

use super::BackupError;
use crate::{
    OpenError,
    error::{Fault, fault},
    key::DatabaseKey,
    open::{check, check_by, make_private, open_error},
};
use serde::{Deserialize, Serialize};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{io, path::Path};

/// What a database holds, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub products: u64,
    pub orders: u64,
    /// Changes that the platform hears of, answered or not.
    pub ops: u64,
    /// Of these, without an answer.
    pub waiting_ops: u64,
    /// When something was last entered, UTC, microseconds since 1970.
    pub changed_at_us: i64,
}

pub(super) async fn contents(connection: &mut SqliteConnection) -> Result<Contents, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM product) AS products, (SELECT count(*) FROM sale_order) AS orders,
                (SELECT count(*) FROM outbox) AS ops,
                (SELECT count(*) FROM outbox WHERE state = 'pending') AS waiting_ops,
                max(coalesce((SELECT max(changed_at_us) FROM product), 0),
                    coalesce((SELECT max(added_at_us) FROM photo), 0),
                    coalesce((SELECT max(at_us) FROM stock_movement), 0),
                    coalesce((SELECT max(created_at_us) FROM outbox), 0),
                    coalesce((SELECT max(started_at_us) FROM show), 0)) AS changed_at_us",
    )
    .fetch_one(connection)
    .await?;
    let count = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    Ok(Contents {
        products: count("products")?,
        orders: count("orders")?,
        ops: count("ops")?,
        waiting_ops: count("waiting_ops")?,
        changed_at_us: row.try_get("changed_at_us")?,
    })
}

/// Writes what the database holds at this moment to the new file `to`, under the same key, while it is being written to.
/// `live` opens the database, and not for reading alone: SQLite takes VACUUM INTO for a change.
/// Returns what the copy holds, after every page and table of it was checked. `told` is the name errors give it.
pub(crate) async fn copy(
    live: &SqliteConnectOptions,
    key: &DatabaseKey,
    to: &Path,
    told: &Path,
) -> Result<Contents, BackupError> {
    let target = to.to_str().ok_or_else(|| BackupError::Unwritable {
        file: told.to_owned(),
        source: io::Error::other("its name is not Unicode, and the database can't write to it"),
    })?;
    // SQLite would give it the rights of any new file.
    make_private(to).map_err(BackupError::writing(told))?;
    let failed = |error: sqlx::Error| match fault(&error) {
        Fault::DiskFull => BackupError::DiskFull { file: told.to_owned() },
        _ => BackupError::Store(error.into()),
    };
    let mut connection = live.connect().await.map_err(failed)?;
    let before = moment(&mut connection).await.map_err(failed)?;
    sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await.map_err(failed)?;
    let after = moment(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    let copied = checked(to, key).await?;
    if is_whole(before, after, &copied) {
        return Ok(copied);
    }
    Err(BackupError::NotWhole { file: told.to_owned(), why: "it holds less than the database did".to_owned() })
}

/// What a database held, and a number that is another once somebody else has changed it.
/// Source: <https://www.sqlite.org/pragma.html#pragma_data_version>
type Moment = (i64, Contents);

async fn moment(connection: &mut SqliteConnection) -> Result<Moment, sqlx::Error> {
    let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *connection).await?;
    Ok((version, contents(connection).await?))
}

/// Nobody wrote meanwhile: the copy holds the same. Otherwise no less of what is never removed.
fn is_whole((before, held): Moment, (after, _): Moment, copied: &Contents) -> bool {
    if before == after { *copied == held } else { copied.orders >= held.orders && copied.ops >= held.ops }
}

/// Authenticates every page of a database that nobody writes to, walks every table and counts. The file stays as it is.
pub(crate) async fn checked(path: &Path, key: &DatabaseKey) -> Result<Contents, OpenError> {
    let at_path = |error: sqlx::Error| open_error(error, path);
    let mut connection = resting(path, key).read_only(true).connect().await.map_err(at_path)?;
    let found = match check(&mut connection, path).await {
        Ok(()) => contents(&mut connection).await.map_err(at_path),
        Err(damage) => Err(damage),
    };
    let closed = connection.close().await;
    let found = found?;
    closed.map_err(at_path).map(|()| found)
}

/// As [`checked`], of the database at the beginning of a longer file whose bytes are known to be those that were checked
/// when it was made: what follows is no page of it.
pub(super) async fn checked_within(path: &Path, key: &DatabaseKey) -> Result<Contents, OpenError> {
    let at_path = |error: sqlx::Error| open_error(error, path);
    let mut connection = resting(path, key).read_only(true).immutable(true).connect().await.map_err(at_path)?;
    let found = match check_by(&mut connection, "PRAGMA quick_check(1)", path).await {
        Ok(()) => contents(&mut connection).await.map_err(at_path),
        Err(damage) => Err(damage),
    };
    let closed = connection.close().await;
    let found = found?;
    closed.map_err(at_path).map(|()| found)
}

/// Opens a database in one file, without a log beside it.
pub(crate) fn resting(path: &Path, key: &DatabaseKey) -> SqliteConnectOptions {
    let key = key.hex();
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .pragma("key", format!("\"x'{}'\"", key.as_str()))
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_the_same_or_nobody_waited_for_it() {
        let held = Contents { products: 5, orders: 3, ops: 7, waiting_ops: 2, changed_at_us: 9 };
        let more = Contents { orders: 4, ops: 8, products: 4, ..held };
        let less = Contents { orders: 2, ..held };
        for (after, copied, want) in
            [(1, held, true), (1, more, false), (1, less, false), (2, more, true), (2, less, false), (2, held, true)]
        {
            assert_eq!(is_whole((1, held), (after, more), &copied), want, "{after} {copied:?}");
        }
    }
}
