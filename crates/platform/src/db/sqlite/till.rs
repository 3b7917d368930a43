//! What devices tell of their tills: payments that were found, goods that came back, books.

use super::{
    Tx, kept, orders, read_back,
    stock::{self, Share},
};
use crate::{
    db::{StockNews, StoreError, shared::till::exceeds_sold},
    refusal,
};
use hawker_domain::{
    OrderId, SellerId,
    order::{Order, OrderState},
    rights::RightsLine,
    stock::{MovementReason, StockMovement},
    till::{CashUp, PaymentMatch, SaleReturn},
};
use hawker_wire::ops::{OpEnvelope, OpResult};
use sqlx::{query, query_scalar};
use uuid::Uuid;

/// Writes down by what the payment of a sale is known to have come. The first that tells stays, and one reference proves one payment:
/// two devices that were offline may each have found the same money for a sale of their own.
pub async fn match_payment(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    found: &PaymentMatch,
    now_us: i64,
) -> Result<OpResult, StoreError> {
    if let Err(why) = found.check() {
        return Ok(OpResult::rejected(why.to_string()));
    }
    let Some(mut order) = orders::find(tx, seller, found.order_id).await? else {
        return keep(tx, seller, op, now_us).await;
    };
    match found.write_on(&mut order) {
        Ok(true) => {
            let reference = found.proof.reference().unwrap_or_default();
            if let Some(other) = proven_by(tx, seller, reference).await? {
                return Ok(refusal::reference_taken(reference, other));
            }
            put(tx, seller, &order).await?;
        }
        Ok(false) => {}
        Err(why) => return Ok(refusal::not_matched(&why)),
    }
    Ok(OpResult::Applied)
}

/// The order whose payment this reference proves.
async fn proven_by(tx: &mut Tx, seller: SellerId, reference: &str) -> Result<Option<OrderId>, StoreError> {
    // As the index has it.
    let order: Option<Uuid> = query_scalar(
        "SELECT order_id FROM orders
         WHERE seller_id = ? AND json_extract(body, '$.payment.verified_by.reference') = ?
             AND json_extract(body, '$.payment.verified_by.reference') IS NOT NULL LIMIT 1",
    )
    .bind(seller.0)
    .bind(reference)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(order.map(OrderId))
}

/// Goods of a sale came back, to the device as far as `rights` say, else to the pool. Told twice under two op ids they came back once;
/// more than was sold does not come back.
pub async fn take_back(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    (back, rights): (&SaleReturn, &[RightsLine]),
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<OpResult, StoreError> {
    let Some(mut order) = orders::find(tx, seller, back.order_id).await? else {
        // Lost with the database's last days: a device brings it back.
        return keep(tx, seller, op, now_us).await;
    };
    let mut returns = returns_of(tx, seller, order.id).await?;
    if let Some(before) = returns.iter().find(|before| before.return_id == back.return_id) {
        let why = || format!("the return {} is here already with other goods", back.return_id);
        return Ok(if before == back { OpResult::Applied } else { OpResult::rejected(why()) });
    }
    if let Err(why) = back.check(&order, &returns) {
        return Ok(refusal::not_taken_back(&why));
    }
    let written = query(
        "INSERT INTO sale_returns (seller_id, return_id, order_id, body, at_us) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(seller.0)
    .bind(back.return_id.0)
    .bind(order.id.0)
    .bind(read_back("return", serde_json::to_string(back))?)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(OpResult::rejected(format!("the return {} is of another order", back.return_id)));
    }
    if back.goods_back {
        for (sku, delta) in back.by_sku(&order) {
            // Without the order: the return's own id keeps it to one movement, and an order may have many.
            let movement = StockMovement { sku: sku.clone(), delta, reason: MovementReason::Returned, order_id: None };
            let own: i64 = rights.iter().filter(|line| line.sku == *sku).map(|line| i64::from(line.pieces)).sum();
            let share = Share { device: op.device_id, rights: own.min(delta) };
            let level = stock::move_goods(tx, seller, &movement, Some(share), now_us).await?;
            news.extend(level.map(|level| level.news(sku)));
        }
    }
    returns.push(back.clone());
    if SaleReturn::is_all(&order, &returns) {
        order.state = OrderState::Refunded;
        put(tx, seller, &order).await?;
    }
    Ok(OpResult::Applied)
}

/// Whether more comes back with a refund than is left with the buyer: at another till some came back by a return, of which the one that
/// refunds has not heard.
pub async fn is_beyond(tx: &mut Tx, seller: SellerId, movement: &StockMovement) -> Result<bool, StoreError> {
    let (MovementReason::Returned, Some(id)) = (movement.reason, movement.order_id) else { return Ok(false) };
    let Some(order) = orders::find(tx, seller, id).await? else { return Ok(false) };
    let returns = returns_of(tx, seller, id).await?;
    Ok(exceeds_sold(&order, &returns, movement))
}

/// Keeps the book of a till that was closed; the first that is told of it.
pub async fn keep_book(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    book: &CashUp,
    now_us: i64,
) -> Result<OpResult, StoreError> {
    if book.closed_at_us.is_none() {
        return Ok(OpResult::rejected("a till that is still open has no book to keep"));
    }
    query(
        "INSERT INTO till_books (seller_id, till_id, device_id, body, at_us) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(seller.0)
    .bind(book.till_id.0)
    .bind(op.device_id.0)
    .bind(read_back("book of a till", serde_json::to_string(book))?)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(OpResult::Applied)
}

/// What came back of an order, in the order it was told.
async fn returns_of(tx: &mut Tx, seller: SellerId, order: OrderId) -> Result<Vec<SaleReturn>, StoreError> {
    let bodies: Vec<String> =
        query_scalar("SELECT body FROM sale_returns WHERE seller_id = ? AND order_id = ? ORDER BY return_no")
            .bind(seller.0)
            .bind(order.0)
            .fetch_all(&mut **tx)
            .await?;
    bodies.iter().map(|body| read_back("return", serde_json::from_str(body))).collect()
}

async fn keep(tx: &mut Tx, seller: SellerId, op: &OpEnvelope, now_us: i64) -> Result<OpResult, StoreError> {
    kept::keep(tx, seller, op, now_us).await?;
    Ok(OpResult::Kept)
}

async fn put(tx: &mut Tx, seller: SellerId, order: &Order) -> Result<(), StoreError> {
    query("UPDATE orders SET body = ? WHERE seller_id = ? AND order_id = ?")
        .bind(read_back("order", serde_json::to_string(order))?)
        .bind(seller.0)
        .bind(order.id.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
