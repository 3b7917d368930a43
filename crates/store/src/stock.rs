//! The stock ledger and the levels derived from it.

use crate::{Store, StoreError, error::unreadable, outbox, rights};
use hawker_domain::{
    Sku,
    rights::RightsLine,
    stock::{MovementReason, StockLevel, StockMovement},
};
use hawker_wire::ops::{OpEnvelope, OpPayload, Read};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;

impl Store {
    /// Appends a movement and the op that reports it. Errors: an order that moved this SKU for this reason already
    /// ([`StoreError::Conflict`]), no pieces or an absurd number ([`StoreError::BadInput`]).
    pub async fn move_stock(&self, movement: &StockMovement) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        move_and_report(&mut tx, movement, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }

    /// The level of one SKU; zero when it never moved.
    pub async fn level(&self, sku: &Sku) -> Result<StockLevel, StoreError> {
        level(&mut *self.reader.acquire().await?, sku).await
    }

    /// Every level that is not zero by default.
    pub async fn levels(&self) -> Result<HashMap<Sku, StockLevel>, StoreError> {
        let rows = sqlx::query("SELECT sku, on_hand, reserved FROM stock_level").fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((sku_of(row)?, level_of(row)?))).collect()
    }

    /// The ledger of one SKU, newest first, with the time of each line (UTC, microseconds since 1970).
    pub async fn movements(&self, sku: &Sku, limit: u32) -> Result<Vec<(i64, StockMovement)>, StoreError> {
        let rows = sqlx::query("SELECT * FROM stock_movement WHERE sku = ? ORDER BY row DESC LIMIT ?")
            .bind(sku.as_str())
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("at_us")?, movement_of(row)?))).collect()
    }
}

/// Appends and enqueues within the caller's transaction.
pub(crate) async fn move_and_report(
    tx: &mut SqliteConnection,
    movement: &StockMovement,
    now_us: i64,
) -> Result<(), StoreError> {
    movement.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
    append(tx, movement, now_us).await?;
    let shares = rights::take_shares(tx, &[(&movement.sku, movement.delta)]).await?;
    let rights = shares.get(&movement.sku).copied().unwrap_or(0);
    outbox::enqueue(tx, &OpPayload::StockMoved { movement: movement.clone(), rights }, now_us).await?;
    Ok(())
}

/// Appends a movement and carries its level along, without telling the platform. Whatever its number: what the platform
/// tells has happened. It may be of another time: the till of another device may tell it hours later.
pub(crate) async fn append(tx: &mut SqliteConnection, movement: &StockMovement, at_us: i64) -> Result<(), StoreError> {
    let written =
        sqlx::query("INSERT INTO stock_movement (sku, delta, reason, order_id, at_us) VALUES (?, ?, ?, ?, ?)")
            .bind(movement.sku.as_str())
            .bind(movement.delta)
            .bind(enum_text(&movement.reason)?)
            .bind(movement.order_id.map(|id| id.0))
            .bind(at_us)
            .execute(&mut *tx)
            .await;
    if written.as_ref().err().and_then(|e| e.as_database_error()).is_some_and(|e| e.is_unique_violation()) {
        return Err(StoreError::Conflict(format!("the order has moved {} before", movement.sku)));
    }
    written?;
    let after = level(tx, &movement.sku).await?.apply(movement);
    sqlx::query(
        "INSERT INTO stock_level (sku, on_hand, reserved) VALUES (?, ?, 0)
         ON CONFLICT (sku) DO UPDATE SET on_hand = excluded.on_hand",
    )
    .bind(movement.sku.as_str())
    .bind(after.on_hand)
    .execute(tx)
    .await?;
    Ok(())
}

/// Goods of a refund that the platform did not take, since they came back at another till before: they leave the stock again, and are not
/// this device's own. True: there is more to tell now.
pub(crate) async fn refused(tx: &mut SqliteConnection, op: &OpEnvelope, now_us: i64) -> Result<bool, StoreError> {
    let Read::Known(OpPayload::StockMoved { movement, rights: own }) = op.read() else { return Ok(false) };
    if movement.reason != MovementReason::Returned || movement.order_id.is_none() {
        return Ok(false);
    }
    // Under the order, which moves a product once for a reason: a refusal that comes twice is followed once.
    let undone = StockMovement { delta: -movement.delta, reason: MovementReason::Counted, ..movement };
    match append(tx, &undone, now_us).await {
        Err(StoreError::Conflict(_)) => return Ok(false),
        done => done?,
    }
    let Ok(pieces @ 1..) = u32::try_from(own) else { return Ok(false) };
    rights::settle_return(tx, &[RightsLine { sku: undone.sku, pieces }], true, now_us).await?;
    Ok(true)
}

/// The movement that makes `level` what was `counted`; none when it is that already.
pub(crate) fn count_to(sku: &Sku, level: StockLevel, counted: i64) -> Option<StockMovement> {
    let delta = counted - level.on_hand;
    (delta != 0).then(|| StockMovement { sku: sku.clone(), delta, reason: MovementReason::Counted, order_id: None })
}

/// Appends counts of different SKUs that stood at `levels`, and the ops that report them, within the caller's transaction: a few
/// statements for all. The caller has checked them.
pub(crate) async fn count_and_report(
    tx: &mut SqliteConnection,
    movements: Vec<StockMovement>,
    levels: &HashMap<Sku, StockLevel>,
    now_us: i64,
) -> Result<(), StoreError> {
    if movements.is_empty() {
        return Ok(());
    }
    let counted = enum_text(&MovementReason::Counted)?;
    let mut ledger = QueryBuilder::<Sqlite>::new("INSERT INTO stock_movement (sku, delta, reason, at_us) ");
    ledger.push_values(&movements, |mut row, movement| {
        row.push_bind(movement.sku.as_str()).push_bind(movement.delta).push_bind(&counted).push_bind(now_us);
    });
    ledger.build().execute(&mut *tx).await?;
    let mut derived = QueryBuilder::<Sqlite>::new("INSERT INTO stock_level (sku, on_hand, reserved) ");
    derived.push_values(&movements, |mut row, movement| {
        let after = levels.get(&movement.sku).copied().unwrap_or_default().apply(movement);
        row.push_bind(movement.sku.as_str()).push_bind(after.on_hand).push("0");
    });
    derived.push(" ON CONFLICT (sku) DO UPDATE SET on_hand = excluded.on_hand");
    derived.build().execute(&mut *tx).await?;
    let named: Vec<_> = movements.iter().map(|movement| (&movement.sku, movement.delta)).collect();
    let shares = rights::take_shares(tx, &named).await?;
    let payload = |movement: StockMovement| {
        let rights = shares.get(&movement.sku).copied().unwrap_or(0);
        OpPayload::StockMoved { movement, rights }
    };
    let payloads: Vec<OpPayload> = movements.into_iter().map(payload).collect();
    outbox::enqueue_all(tx, &payloads, now_us).await
}

/// The levels of these SKUs, as far as they ever moved.
pub(crate) async fn levels_of(
    connection: &mut SqliteConnection,
    skus: &[&str],
) -> Result<HashMap<Sku, StockLevel>, StoreError> {
    let skus = serde_json::to_string(skus).map_err(|why| StoreError::BadInput(why.to_string()))?;
    let rows =
        sqlx::query("SELECT sku, on_hand, reserved FROM stock_level WHERE sku IN (SELECT value FROM json_each(?))")
            .bind(skus)
            .fetch_all(connection)
            .await?;
    rows.iter().map(|row| Ok((sku_of(row)?, level_of(row)?))).collect()
}

/// Sets what buyers on the platform hold.
pub(crate) async fn set_reserved(tx: &mut SqliteConnection, sku: &Sku, reserved: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO stock_level (sku, on_hand, reserved) VALUES (?, 0, ?)
         ON CONFLICT (sku) DO UPDATE SET reserved = excluded.reserved",
    )
    .bind(sku.as_str())
    .bind(reserved.max(0))
    .execute(tx)
    .await?;
    Ok(())
}

async fn level(connection: &mut SqliteConnection, sku: &Sku) -> Result<StockLevel, StoreError> {
    let row = sqlx::query("SELECT on_hand, reserved FROM stock_level WHERE sku = ?")
        .bind(sku.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(level_of).transpose().map(Option::unwrap_or_default)
}

fn level_of(row: &SqliteRow) -> Result<StockLevel, StoreError> {
    Ok(StockLevel { on_hand: row.try_get("on_hand")?, reserved: row.try_get("reserved")? })
}

pub(crate) fn movement_of(row: &SqliteRow) -> Result<StockMovement, StoreError> {
    Ok(StockMovement {
        sku: sku_of(row)?,
        delta: row.try_get("delta")?,
        reason: enum_of(row.try_get("reason")?)?,
        order_id: row.try_get::<Option<uuid::Uuid>, _>("order_id")?.map(Into::into),
    })
}

pub(crate) fn sku_of(row: &SqliteRow) -> Result<Sku, StoreError> {
    Sku::new(row.try_get("sku")?).map_err(|why| unreadable("sku", why))
}

/// The stored name of a plain enum: the one it has on the wire.
pub(crate) fn enum_text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        other => Err(StoreError::BadInput(format!("{other:?} has no name to store it by"))),
    }
}

pub(crate) fn enum_of<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_value(text.into()).map_err(|why| unreadable(text, why))
}
