//! Paying for a reservation: one attempt at a time, and everything a sale changes in one transaction.

use super::{SqliteStore, Tx, feed, read_back, stock, to_u64};
use crate::db::{
    Held, NewReservation, OrderStore, PayAttempt, PayClaim, PayError, ReserveError, Settlement, StockNews, StoreError,
};
use async_trait::async_trait;
use hawker_domain::{
    Currency, Money, OrderId, ReservationId, SellerId, ShowId, ShowMs, Sku,
    order::{Order, OrderEvent, OrderLine, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
};
use hawker_wire::feed::FeedEvent;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

#[async_trait]
impl OrderStore for SqliteStore {
    async fn reserve(&self, new: NewReservation) -> Result<Held, ReserveError> {
        self.reserve_goods(new).await
    }

    async fn claim_payment(&self, attempt: PayAttempt) -> Result<PayClaim, PayError> {
        let mut tx = self.begin().await?;
        let claim = claim(&mut tx, &attempt).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(claim)
    }

    async fn give_up_payment(&self, reservation: ReservationId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        // The key is free again: the buyer may try another card with it.
        query(
            "UPDATE reservations SET paying_until_us = NULL, pay_key = NULL, pay_hash = NULL
             WHERE reservation_id = ? AND state = 'held'",
        )
        .bind(reservation.0)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn settle(&self, paid: Settlement) -> Result<(SellerId, Order), PayError> {
        let mut tx = self.begin().await?;
        let (seller, order) = order_of(&mut tx, &paid).await?;
        for line in &order.lines {
            let level = stock::end_hold(&mut tx, seller, &line.sku, line.qty, true).await?;
            let movement = StockMovement {
                sku: line.sku.clone(),
                delta: -i64::from(line.qty),
                reason: MovementReason::Sold,
                order_id: Some(order.id),
            };
            stock::record(&mut tx, seller, &movement, paid.now_us).await?;
            stock::tell_reserved(&mut tx, seller, &line.sku, &level, paid.now_us).await?;
        }
        insert(&mut tx, seller, &order).await?;
        insert_buyer(&mut tx, seller, &paid).await?;
        query(
            "UPDATE reservations SET state = 'paid', order_id = ?, paying_until_us = NULL
             WHERE reservation_id = ? AND seller_id = ?",
        )
        .bind(order.id.0)
        .bind(paid.reservation_id.0)
        .bind(seller.0)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        feed::append(&mut tx, seller, &FeedEvent::OrderPaid { order: order.clone() }, paid.now_us).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok((seller, order))
    }

    async fn release_expired(&self, now_us: i64) -> Result<Vec<(SellerId, StockNews)>, StoreError> {
        let mut all = Vec::new();
        loop {
            let batch = self.release_batch(now_us).await?;
            if batch.is_empty() {
                return Ok(all);
            }
            all.extend(batch);
        }
    }
}

type ClaimRow = (String, i64, String, i64, Option<i64>, Option<String>, Option<Vec<u8>>, Option<Uuid>);

async fn claim(tx: &mut Tx, attempt: &PayAttempt) -> Result<PayClaim, PayError> {
    let row: Option<ClaimRow> = query_as(
        "SELECT state, total_minor, currency, expires_us, paying_until_us, pay_key, pay_hash, order_id
         FROM reservations WHERE reservation_id = ?",
    )
    .bind(attempt.reservation_id.0)
    .fetch_optional(&mut **tx)
    .await
    .map_err(StoreError::from)?;
    let Some((state, minor, currency, expires_us, paying_until_us, pay_key, pay_hash, order_id)) = row else {
        return Err(PayError::NoReservation);
    };
    let total = Money::new(minor, read_back("currency", currency.parse())?);
    let reused =
        pay_key.as_deref() == Some(attempt.key.as_str()) && pay_hash.as_deref() != Some(&attempt.body_hash[..]);
    if reused {
        return Err(PayError::KeyReused);
    }
    match (state.as_str(), order_id) {
        ("paid", Some(order)) => return Ok(PayClaim::Paid(OrderId(order), total)),
        ("held", _) if paying_until_us.is_some_and(|until| until > attempt.now_us) => return Err(PayError::Busy),
        ("held", _) if expires_us > attempt.now_us => {}
        _ => return Err(PayError::Expired),
    }
    query("UPDATE reservations SET paying_until_us = ?, pay_key = ?, pay_hash = ? WHERE reservation_id = ?")
        .bind(attempt.until_us)
        .bind(&attempt.key)
        .bind(&attempt.body_hash[..])
        .bind(attempt.reservation_id.0)
        .execute(&mut **tx)
        .await
        .map_err(StoreError::from)?;
    Ok(PayClaim::Charge(total))
}

/// The order a held reservation becomes.
async fn order_of(tx: &mut Tx, paid: &Settlement) -> Result<(SellerId, Order), PayError> {
    let row: Option<(Uuid, Uuid, String, i64, String, Option<i64>)> = query_as(
        "SELECT seller_id, show_id, state, total_minor, currency, at_ms FROM reservations WHERE reservation_id = ?",
    )
    .bind(paid.reservation_id.0)
    .fetch_optional(&mut **tx)
    .await
    .map_err(StoreError::from)?;
    let (seller, show, state, minor, currency, at_ms) = row.ok_or(PayError::NoReservation)?;
    if state != "held" {
        return Err(PayError::Expired);
    }
    let currency: Currency = read_back("currency", currency.parse())?;
    let order = Order {
        id: paid.order_id,
        source: OrderSource::Page,
        state: read_back("order state", OrderState::Reserved.on(OrderEvent::Pay))?,
        show_id: Some(ShowId(show)),
        at: at_ms.map(|at| ShowMs(to_u64(at))),
        lines: lines(tx, paid.reservation_id, currency).await?,
        total: Money::new(minor, currency),
        buyer: paid.name.masked(),
        placed_at_us: paid.now_us,
    };
    Ok((SellerId(seller), order))
}

async fn lines(tx: &mut Tx, reservation: ReservationId, currency: Currency) -> Result<Vec<OrderLine>, StoreError> {
    let rows: Vec<(String, String, u32, i64)> =
        query_as("SELECT sku, title, qty, unit_minor FROM reservation_lines WHERE reservation_id = ? ORDER BY sku")
            .bind(reservation.0)
            .fetch_all(&mut **tx)
            .await?;
    let line = |(sku, title, qty, minor): (String, String, u32, i64)| {
        let sku = read_back("sku", Sku::new(&sku))?;
        Ok(OrderLine { sku, title, qty, unit_price: Money::new(minor, currency) })
    };
    rows.into_iter().map(line).collect()
}

/// False: this order is there already.
pub(super) async fn insert(tx: &mut Tx, seller: SellerId, order: &Order) -> Result<bool, StoreError> {
    let done = query(
        "INSERT INTO orders (seller_id, order_id, body, placed_at_us) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(seller.0)
    .bind(order.id.0)
    .bind(read_back("order", serde_json::to_string(order))?)
    .bind(order.placed_at_us)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The order as it was kept.
pub(super) async fn find(tx: &mut Tx, seller: SellerId, order: OrderId) -> Result<Option<Order>, StoreError> {
    let body: Option<String> = query_scalar("SELECT body FROM orders WHERE seller_id = ? AND order_id = ?")
        .bind(seller.0)
        .bind(order.0)
        .fetch_optional(&mut **tx)
        .await?;
    body.map(|body| read_back("order", serde_json::from_str(&body))).transpose()
}

async fn insert_buyer(tx: &mut Tx, seller: SellerId, paid: &Settlement) -> Result<(), StoreError> {
    query("INSERT INTO buyers (seller_id, order_id, name, phone, address) VALUES (?, ?, ?, ?, ?)")
        .bind(seller.0)
        .bind(paid.order_id.0)
        .bind(paid.name.reveal())
        .bind(paid.phone.reveal())
        .bind(paid.address.reveal())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
