//! Payments of sales at the table, and by what it is known that they came.

use crate::{
    Store, StoreError,
    error::unreadable,
    orders::{self, money_of},
    outbox,
    stock::{enum_of, enum_text},
};
use hawker_domain::{
    Money, OpId, OrderId,
    order::Order,
    till::{OpenPayment, PaymentMatch, PaymentTaken, Proof, TenderKind},
};
use hawker_wire::ops::OpPayload;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashSet;
use uuid::Uuid;

impl Store {
    /// Somebody found a payment at the provider. Returns the order as it is now. Errors: no such order; none to match, or matched
    /// to another reference ([`StoreError::Conflict`]); a reference that is none ([`StoreError::BadInput`]).
    pub async fn match_payment(&self, found: &PaymentMatch) -> Result<Order, StoreError> {
        let mut tx = self.begin().await?;
        let order = found_in(&mut tx, found, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(order)
    }

    /// Payments that nobody has matched, the oldest first.
    pub async fn open_payments(&self) -> Result<Vec<OpenPayment>, StoreError> {
        open(&mut *self.reader.acquire().await?).await
    }
}

/// Writes a match and its op within the caller's transaction.
pub(super) async fn found_in(
    tx: &mut SqliteConnection,
    found: &PaymentMatch,
    now_us: i64,
) -> Result<Order, StoreError> {
    found.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
    let order = orders::read(tx, found.order_id).await?;
    let mut order = order.ok_or_else(|| StoreError::NotFound(format!("order {}", found.order_id)))?;
    if !found.write_on(&mut order).map_err(|why| StoreError::Conflict(why.to_string()))? {
        return Ok(order);
    }
    let reference = found.proof.reference().unwrap_or_default();
    if let Some(other) = proven_by(tx, reference).await? {
        return Err(StoreError::Conflict(format!(
            "the reference {reference} is that of order {other}; where a provider gives a number twice, add the day to it"
        )));
    }
    set_proof(tx, found).await?;
    outbox::enqueue(tx, &OpPayload::PaymentMatched { found: found.clone() }, now_us).await?;
    Ok(order)
}

/// A match of another device. Where this one matched otherwise, the platform took that one first, and what it took counts.
pub(crate) async fn told(tx: &mut SqliteConnection, found: &PaymentMatch) -> Result<(), StoreError> {
    set_proof(tx, found).await
}

/// The platform's answer to a match of this device. One that it refuses proves nothing, since the money was found for another sale: the
/// payment waits again, unless another match of it was told meanwhile. Taken after all, by a platform that was put back, it
/// stands.
pub(crate) async fn settled(tx: &mut SqliteConnection, op_id: OpId, is_refused: bool) -> Result<(), StoreError> {
    let payload: Option<String> = sqlx::query_scalar(
        "SELECT payload FROM outbox WHERE op_id = ? AND payload LIKE '{\"kind\":\"payment_matched\"%'",
    )
    .bind(op_id.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(Ok(OpPayload::PaymentMatched { found })) = payload.map(|payload| serde_json::from_str(&payload)) else {
        return Ok(());
    };
    if is_refused {
        sqlx::query("UPDATE sale_payment SET proof = NULL, reference = NULL WHERE order_id = ? AND proof = ?")
            .bind(found.order_id.0)
            .bind(text(&found.proof)?)
            .execute(tx)
            .await?;
        return Ok(());
    }
    let waits: bool = sqlx::query_scalar("SELECT count(*) FROM sale_payment WHERE order_id = ? AND proof IS NULL")
        .bind(found.order_id.0)
        .fetch_one(&mut *tx)
        .await?;
    if waits { set_proof(tx, &found).await } else { Ok(()) }
}

/// Every reference that proves a payment.
pub(super) async fn references(tx: &mut SqliteConnection) -> Result<HashSet<String>, StoreError> {
    let references: Vec<String> =
        sqlx::query_scalar("SELECT reference FROM sale_payment WHERE reference IS NOT NULL").fetch_all(tx).await?;
    Ok(references.into_iter().collect())
}

/// The order whose payment this reference proves.
async fn proven_by(tx: &mut SqliteConnection, reference: &str) -> Result<Option<OrderId>, StoreError> {
    let order: Option<Uuid> = sqlx::query_scalar("SELECT order_id FROM sale_payment WHERE reference = ? LIMIT 1")
        .bind(reference)
        .fetch_optional(tx)
        .await?;
    Ok(order.map(OrderId))
}

pub(super) async fn open(connection: &mut SqliteConnection) -> Result<Vec<OpenPayment>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.order_id, p.amount_minor, p.currency, o.placed_at_us FROM sale_payment p
         JOIN sale_order o ON o.id = p.order_id WHERE p.proof IS NULL ORDER BY o.placed_at_us, p.order_id",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let (order_id, at_us) = (OrderId(row.try_get("order_id")?), row.try_get("placed_at_us")?);
            Ok(OpenPayment { order_id, amount: money_of(row, "amount_minor")?, at_us })
        })
        .collect()
}

/// Cash lies in the drawer, whoever says what.
async fn set_proof(tx: &mut SqliteConnection, found: &PaymentMatch) -> Result<(), StoreError> {
    sqlx::query("UPDATE sale_payment SET proof = ?, reference = ? WHERE order_id = ? AND tender <> ?")
        .bind(text(&found.proof)?)
        .bind(found.proof.reference())
        .bind(found.order_id.0)
        .bind(enum_text(&TenderKind::Cash)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes the payment of a new order.
pub(crate) async fn write(
    tx: &mut SqliteConnection,
    order_id: OrderId,
    payment: &PaymentTaken,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sale_payment (order_id, tender, amount_minor, received_minor, change_minor, currency, proof, reference)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(order_id.0)
    .bind(enum_text(&payment.tender)?)
    .bind(payment.amount.minor)
    .bind(payment.received.map(|money| money.minor))
    .bind(payment.change.map(|money| money.minor))
    .bind(payment.amount.currency.as_str())
    .bind(payment.verified_by.as_ref().map(text).transpose()?)
    .bind(payment.verified_by.as_ref().and_then(Proof::reference))
    .execute(tx)
    .await?;
    Ok(())
}

/// The payment of an order; none where it was not written down.
pub(crate) async fn payment_of(
    connection: &mut SqliteConnection,
    order_id: OrderId,
) -> Result<Option<PaymentTaken>, StoreError> {
    let row = sqlx::query("SELECT * FROM sale_payment WHERE order_id = ?").bind(order_id.0);
    row.fetch_optional(connection).await?.as_ref().map(payment_from).transpose()
}

/// The payment that a row holds.
pub(crate) fn payment_from(row: &SqliteRow) -> Result<PaymentTaken, StoreError> {
    let amount = money_of(row, "amount_minor")?;
    let cash = |minor: Option<i64>| minor.map(|minor| Money::new(minor, amount.currency));
    let proof: Option<String> = row.try_get("proof")?;
    Ok(PaymentTaken {
        tender: enum_of(row.try_get("tender")?)?,
        amount,
        received: cash(row.try_get("received_minor")?),
        change: cash(row.try_get("change_minor")?),
        verified_by: proof
            .map(|proof| serde_json::from_str(&proof).map_err(|why| unreadable("proof of a payment", why)))
            .transpose()?,
    })
}

fn text(proof: &Proof) -> Result<String, StoreError> {
    serde_json::to_string(proof).map_err(|why| StoreError::BadInput(why.to_string()))
}
