//! What a sale changes, inside the transaction of the payment that makes it.

pub(super) use crate::db::shared::orders::Sale;

use super::{PostgresStore, Tx, claims, feed, offers, read_back, stock, to_u32, to_u64};
use crate::db::{Held, NewReservation, OrderStore, ReserveError, StockNews, StoreError};
use async_trait::async_trait;
use hawker_domain::{
    Currency, Money, OrderId, ReservationId, SellerId, ShowId, ShowMs, Sku,
    order::{Order, OrderEvent, OrderLine, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
    till::check_reference,
};
use hawker_wire::feed::FeedEvent;
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;
use uuid::Uuid;

#[async_trait]
impl OrderStore for PostgresStore {
    async fn reserve(&self, new: NewReservation) -> Result<Held, ReserveError> {
        self.reserve_goods(new).await
    }

    async fn release_expired(&self, now_us: i64) -> Result<Vec<(SellerId, StockNews)>, StoreError> {
        self.release_due(now_us).await
    }
}

/// A held reservation becomes an order: stock, ledger, buyer and feed with it.
pub(super) async fn sell(tx: &mut Tx, sale: &Sale) -> Result<Order, StoreError> {
    let order = order_of(tx, sale).await?;
    // A device gave the order back after this database lost it: its goods left the stock then, and what is held is held in vain.
    let is_back = !insert(tx, sale.seller, &order).await?;
    // One order moves a SKU once, whatever the prices of its pieces.
    let mut sold: BTreeMap<&Sku, u32> = BTreeMap::new();
    for line in &order.lines {
        *sold.entry(&line.sku).or_default() += line.qty;
    }
    for (sku, qty) in sold {
        let level = stock::end_hold(tx, sale.seller, sku, qty, !is_back, sale.now_us).await?;
        let (sku, delta, reason) = (sku.clone(), -i64::from(qty), MovementReason::Sold);
        let movement = StockMovement { sku, delta, reason, order_id: Some(order.id) };
        stock::record(tx, sale.seller, &movement, sale.now_us).await?;
        stock::tell_reserved(tx, sale.seller, &movement.sku, &level, sale.now_us).await?;
    }
    let after = if is_back { offers::After::SoldBefore } else { offers::After::Sold };
    offers::settle(tx, sale.seller, sale.reservation_id, after, sale.now_us).await?;
    insert_buyer(tx, sale).await?;
    query("UPDATE reservations SET state = 'paid', order_id = $1 WHERE reservation_id = $2 AND seller_id = $3")
        .bind(order.id.0)
        .bind(sale.reservation_id.0)
        .bind(sale.seller.0)
        .execute(&mut **tx)
        .await?;
    if !is_back {
        feed::append(tx, sale.seller, &FeedEvent::OrderPaid { order: order.clone() }, sale.now_us).await?;
    }
    claims::paid(tx, sale.seller, sale.reservation_id, sale.now_us).await?;
    Ok(order)
}

async fn order_of(tx: &mut Tx, sale: &Sale) -> Result<Order, StoreError> {
    let (show, minor, currency, at_ms, is_claim): (Uuid, i64, String, Option<i64>, bool) = query_as(
        "SELECT show_id, total_minor, currency, at_ms,
             EXISTS (SELECT 1 FROM claims c WHERE c.reservation_id = r.reservation_id)
         FROM reservations r WHERE reservation_id = $1 AND seller_id = $2",
    )
    .bind(sale.reservation_id.0)
    .bind(sale.seller.0)
    .fetch_one(&mut **tx)
    .await?;
    let currency: Currency = read_back("currency", currency.parse())?;
    Ok(Order {
        id: sale.order_id,
        source: if is_claim { OrderSource::Comment } else { OrderSource::Page },
        state: read_back("order state", OrderState::Reserved.on(OrderEvent::Pay))?,
        show_id: Some(ShowId(show)),
        at: at_ms.map(|at| ShowMs(to_u64(at))),
        lines: lines(tx, sale.reservation_id, currency).await?,
        total: Money::new(minor, currency),
        buyer: sale.name.masked(),
        placed_at_us: sale.now_us,
        payment: None,
    })
}

pub(super) async fn lines(
    tx: &mut Tx,
    reservation: ReservationId,
    currency: Currency,
) -> Result<Vec<OrderLine>, StoreError> {
    let rows: Vec<(String, String, i64, i64)> = query_as(
        "SELECT sku, title, qty, unit_minor FROM reservation_lines WHERE reservation_id = $1 ORDER BY line_no",
    )
    .bind(reservation.0)
    .fetch_all(&mut **tx)
    .await?;
    let line = |(sku, title, qty, minor): (String, String, i64, i64)| {
        let (sku, qty) = (read_back("sku", Sku::new(&sku))?, to_u32("pieces", qty)?);
        Ok(OrderLine { sku, title, qty, unit_price: Money::new(minor, currency), price_override: None })
    };
    rows.into_iter().map(line).collect()
}

/// False: this order is there already.
pub(super) async fn insert(tx: &mut Tx, seller: SellerId, order: &Order) -> Result<bool, StoreError> {
    let done = query(
        "INSERT INTO orders (seller_id, order_id, body, placed_at_us, payment_reference) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(seller.0)
    .bind(order.id.0)
    .bind(read_back("order", serde_json::to_string(order))?)
    .bind(order.placed_at_us)
    .bind(payment_reference(order))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The provider's reference that proves an order's payment, as the column has it; none where it is one that can't be asked for.
pub(super) fn payment_reference(order: &Order) -> Option<&str> {
    let proof = order.payment.as_ref()?.verified_by.as_ref()?;
    proof.reference().filter(|reference| check_reference(reference).is_ok())
}

/// The order as it was kept.
pub(super) async fn find(tx: &mut Tx, seller: SellerId, order: OrderId) -> Result<Option<Order>, StoreError> {
    let body: Option<String> = query_scalar("SELECT body FROM orders WHERE seller_id = $1 AND order_id = $2")
        .bind(seller.0)
        .bind(order.0)
        .fetch_optional(&mut **tx)
        .await?;
    body.map(|body| read_back("order", serde_json::from_str(&body))).transpose()
}

async fn insert_buyer(tx: &mut Tx, sale: &Sale) -> Result<(), StoreError> {
    query("INSERT INTO buyers (seller_id, order_id, name, phone, address) VALUES ($1, $2, $3, $4, $5)")
        .bind(sale.seller.0)
        .bind(sale.order_id.0)
        .bind(sale.name.reveal())
        .bind(sale.phone.reveal())
        .bind(sale.address.reveal())
        .execute(&mut **tx)
        .await?;
    Ok(())
}
