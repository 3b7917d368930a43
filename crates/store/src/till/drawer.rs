//! The book of the till: opened with what lies in the drawer, written on by every sale and return here, closed by a count.

use crate::{
    Store, StoreError,
    error::unreadable,
    orders::money_of,
    outbox,
    stock::{enum_of, enum_text},
};
use hawker_domain::{
    Money, OrderId, TillId,
    till::{CashUp, DrawerEntry, DrawerKind, TenderKind, close, sum_up},
};
use hawker_wire::ops::OpPayload;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

impl Store {
    /// Opens the till of this device with what lies in the drawer, an amount a currency; none for an empty drawer. Errors: it
    /// is open ([`StoreError::Conflict`]), an amount that can't be right ([`StoreError::BadInput`]).
    pub async fn open_till(&self, floats: &[Money], at_us: i64) -> Result<CashUp, StoreError> {
        let mut tx = self.begin().await?;
        if open_till(&mut tx).await?.is_some() {
            let why = "the till is open already; close it first with `hawker till close`";
            return Err(StoreError::Conflict(why.to_owned()));
        }
        let till_id = TillId(Uuid::now_v7());
        sqlx::query("INSERT INTO till_session (till_id, is_own, opened_at_us) VALUES (?, 1, ?)")
            .bind(till_id.0)
            .bind(at_us)
            .execute(&mut *tx)
            .await?;
        for (at, float) in floats.iter().enumerate() {
            if floats.iter().take(at).any(|other| other.currency == float.currency) {
                return Err(StoreError::BadInput(format!("the {} are there twice; name them once", float.currency)));
            }
            let entry = cash(DrawerKind::Float, *float, "", at_us);
            entry.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
            insert(&mut tx, till_id, &entry).await?;
        }
        let book = read_book(&mut tx, till_id, at_us).await?;
        tx.commit().await?;
        Ok(book)
    }

    /// Cash that goes into the drawer or out of it without goods. Errors: no till is open ([`StoreError::Conflict`]), an amount
    /// or a note that can't be right ([`StoreError::BadInput`]).
    pub async fn move_cash(
        &self,
        kind: DrawerKind,
        amount: Money,
        note: &str,
        at_us: i64,
    ) -> Result<CashUp, StoreError> {
        let entry = cash(kind, amount, note.trim(), at_us);
        entry.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
        let mut tx = self.begin().await?;
        let (till_id, opened_at_us) = open_till(&mut tx).await?.ok_or_else(not_open)?;
        insert(&mut tx, till_id, &entry).await?;
        let book = read_book(&mut tx, till_id, opened_at_us).await?;
        tx.commit().await?;
        Ok(book)
    }

    /// Counts and closes the till: its book, and the op that reports it. Errors: no till is open ([`StoreError::Conflict`]); a
    /// currency that was not counted, or a difference without a note ([`StoreError::BadInput`]).
    pub async fn close_till(&self, counted: &[Money], note: &str, at_us: i64) -> Result<CashUp, StoreError> {
        let mut tx = self.begin().await?;
        let (till_id, opened_at_us) = open_till(&mut tx).await?.ok_or_else(not_open)?;
        let book = read_book(&mut tx, till_id, opened_at_us).await?;
        let book = close(book, counted, note, at_us).map_err(|why| StoreError::BadInput(why.to_string()))?;
        sqlx::query("UPDATE till_session SET closed_at_us = ?, book = ? WHERE till_id = ?")
            .bind(at_us)
            .bind(text(&book)?)
            .bind(till_id.0)
            .execute(&mut *tx)
            .await?;
        outbox::enqueue(&mut tx, &OpPayload::TillClosed { book: book.clone() }, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(book)
    }

    /// The book of this device's till as it stands; none while it is closed.
    pub async fn open_book(&self) -> Result<Option<CashUp>, StoreError> {
        let mut connection = self.reader.acquire().await?;
        match open_till(&mut connection).await? {
            Some((till_id, opened_at_us)) => Ok(Some(read_book(&mut connection, till_id, opened_at_us).await?)),
            None => Ok(None),
        }
    }

    /// Books that were closed, here and at the seller's other devices, the newest first.
    pub async fn books(&self, limit: u32) -> Result<Vec<CashUp>, StoreError> {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT book FROM till_session WHERE book IS NOT NULL ORDER BY closed_at_us DESC, till_id DESC LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        bodies.iter().map(|body| serde_json::from_str(body).map_err(|why| unreadable("book", why))).collect()
    }

    /// Every line of the open till's book, in its order; empty while it is closed.
    pub async fn book_entries(&self) -> Result<Vec<DrawerEntry>, StoreError> {
        let mut connection = self.reader.acquire().await?;
        match open_till(&mut connection).await? {
            Some((till_id, _)) => entries(&mut connection, till_id).await,
            None => Ok(Vec::new()),
        }
    }
}

fn not_open() -> StoreError {
    StoreError::Conflict("no till is open; open it first with `hawker till open`".to_owned())
}

fn cash(kind: DrawerKind, amount: Money, note: &str, at_us: i64) -> DrawerEntry {
    DrawerEntry { kind, tender: TenderKind::Cash, amount, note: note.to_owned(), order_id: None, at_us }
}

/// Writes a sale or a return into the open till's book; nowhere while none is open. Money is taken either way.
pub(crate) async fn write(tx: &mut SqliteConnection, entry: &DrawerEntry) -> Result<(), StoreError> {
    match open_till(tx).await? {
        Some((till_id, _)) => insert(tx, till_id, entry).await,
        None => Ok(()),
    }
}

/// The book of another device's till, or of this one before its store was put back.
pub(crate) async fn told(tx: &mut SqliteConnection, book: &CashUp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO till_session (till_id, is_own, opened_at_us, closed_at_us, book) VALUES (?1, 0, ?2, ?3, ?4)
         ON CONFLICT (till_id) DO UPDATE SET closed_at_us = ?3, book = ?4 WHERE book IS NULL",
    )
    .bind(book.till_id.0)
    .bind(book.opened_at_us)
    .bind(book.closed_at_us.unwrap_or(book.opened_at_us))
    .bind(text(book)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn open_till(connection: &mut SqliteConnection) -> Result<Option<(TillId, i64)>, StoreError> {
    let open: Option<(Uuid, i64)> =
        sqlx::query_as("SELECT till_id, opened_at_us FROM till_session WHERE is_own = 1 AND closed_at_us IS NULL")
            .fetch_optional(connection)
            .await?;
    Ok(open.map(|(id, opened_at_us)| (TillId(id), opened_at_us)))
}

async fn insert(tx: &mut SqliteConnection, till_id: TillId, entry: &DrawerEntry) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO till_entry (till_id, kind, tender, minor, currency, note, order_id, at_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(till_id.0)
    .bind(enum_text(&entry.kind)?)
    .bind(enum_text(&entry.tender)?)
    .bind(entry.amount.minor)
    .bind(entry.amount.currency.as_str())
    .bind(&entry.note)
    .bind(entry.order_id.map(|id| id.0))
    .bind(entry.at_us)
    .execute(tx)
    .await?;
    Ok(())
}

async fn read_book(
    connection: &mut SqliteConnection,
    till_id: TillId,
    opened_at_us: i64,
) -> Result<CashUp, StoreError> {
    let entries = entries(connection, till_id).await?;
    sum_up(till_id, opened_at_us, &entries).map_err(|why| StoreError::BadInput(why.to_string()))
}

async fn entries(connection: &mut SqliteConnection, till_id: TillId) -> Result<Vec<DrawerEntry>, StoreError> {
    let rows = sqlx::query("SELECT * FROM till_entry WHERE till_id = ? ORDER BY row")
        .bind(till_id.0)
        .fetch_all(connection)
        .await?;
    rows.iter().map(entry_of).collect()
}

fn entry_of(row: &SqliteRow) -> Result<DrawerEntry, StoreError> {
    Ok(DrawerEntry {
        kind: enum_of(row.try_get("kind")?)?,
        tender: enum_of(row.try_get("tender")?)?,
        amount: money_of(row, "minor")?,
        note: row.try_get("note")?,
        order_id: row.try_get::<Option<Uuid>, _>("order_id")?.map(OrderId),
        at_us: row.try_get("at_us")?,
    })
}

fn text(book: &CashUp) -> Result<String, StoreError> {
    serde_json::to_string(book).map_err(|why| StoreError::BadInput(why.to_string()))
}
