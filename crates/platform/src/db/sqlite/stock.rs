//! The levels of a seller's goods, changed inside the caller's transaction.

pub use crate::db::shared::stock::{Level, Share};

use super::{Tx, feed, rights};
use crate::db::{StoreError, shared::stock::reason};
use hawker_domain::{OrderId, SellerId, Sku, stock::StockMovement};
use hawker_wire::feed::FeedEvent;
use sqlx::{query, query_as, query_scalar};

/// Moves `qty` from the pool to a buyer's hold, or says how many are left.
pub async fn hold(tx: &mut Tx, seller: SellerId, sku: &Sku, qty: u32) -> Result<Result<Level, i64>, StoreError> {
    let held: Option<(i64, i64)> = query_as(
        "UPDATE stock SET pool = pool - ?3, reserved = reserved + ?3
         WHERE seller_id = ?1 AND sku = ?2 AND pool >= ?3 RETURNING pool, reserved",
    )
    .bind(seller.0)
    .bind(sku.as_str())
    .bind(i64::from(qty))
    .fetch_optional(&mut **tx)
    .await?;
    if let Some((pool, reserved)) = held {
        return Ok(Ok(Level { pool, reserved }));
    }
    Ok(Err(pool(tx, seller, sku).await?))
}

/// Ends a hold. `sold`: the goods leave; otherwise they go back, first of all to whom they were owed.
pub async fn end_hold(
    tx: &mut Tx,
    seller: SellerId,
    sku: &Sku,
    qty: u32,
    sold: bool,
    now_us: i64,
) -> Result<Level, StoreError> {
    query("UPDATE stock SET reserved = reserved - ?3 WHERE seller_id = ?1 AND sku = ?2")
        .bind(seller.0)
        .bind(sku.as_str())
        .bind(i64::from(qty))
        .execute(&mut **tx)
        .await?;
    move_pool(tx, seller, sku, if sold { 0 } else { i64::from(qty) }, now_us).await
}

/// Writes the ledger and follows with the levels. None: this order has moved this SKU already and no level changes.
pub async fn move_goods(
    tx: &mut Tx,
    seller: SellerId,
    movement: &StockMovement,
    share: Option<Share>,
    now_us: i64,
) -> Result<Option<Level>, StoreError> {
    let is_news = record(tx, seller, movement, now_us).await?;
    let own = match share {
        Some(Share { device, rights }) => {
            rights::change(tx, rights::Holder { seller, device }, &movement.sku, rights).await?
        }
        None => 0,
    };
    if !is_news {
        // Somebody else told it first, and the device's rights have changed all the same: the pool makes up for that.
        return if own == 0 { Ok(None) } else { move_pool(tx, seller, &movement.sku, -own, now_us).await.map(Some) };
    }
    move_pool(tx, seller, &movement.sku, movement.delta - own, now_us).await.map(Some)
}

/// Pieces come into the pool or leave it. What comes in settles what is owed before it is promised again; what goes out beyond the
/// pool is owed, and the seller hears of it.
pub async fn move_pool(tx: &mut Tx, seller: SellerId, sku: &Sku, delta: i64, now_us: i64) -> Result<Level, StoreError> {
    query("INSERT INTO stock (seller_id, sku) VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(seller.0)
        .bind(sku.as_str())
        .execute(&mut **tx)
        .await?;
    let before: i64 = query_scalar("SELECT shortfall FROM stock WHERE seller_id = ? AND sku = ?")
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_one(&mut **tx)
        .await?;
    let (pool, reserved, missing): (i64, i64, i64) = query_as(
        "UPDATE stock SET pool = max(0, pool + ?3 - shortfall), shortfall = max(0, shortfall - pool - ?3)
         WHERE seller_id = ?1 AND sku = ?2 RETURNING pool, reserved, shortfall",
    )
    .bind(seller.0)
    .bind(sku.as_str())
    .bind(delta)
    .fetch_one(&mut **tx)
    .await?;
    if missing != before {
        feed::append(tx, seller, &FeedEvent::Shortfall { sku: sku.clone(), missing }, now_us).await?;
    }
    Ok(Level { pool, reserved })
}

/// Pieces that may be promised.
pub async fn pool(tx: &mut Tx, seller: SellerId, sku: &Sku) -> Result<i64, StoreError> {
    let pool: Option<i64> = query_scalar("SELECT pool FROM stock WHERE seller_id = ? AND sku = ?")
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(pool.unwrap_or(0))
}

/// Writes the ledger alone: the levels changed when the goods were held. False: it was written before.
pub async fn record(tx: &mut Tx, seller: SellerId, movement: &StockMovement, now_us: i64) -> Result<bool, StoreError> {
    let done = query(
        "INSERT INTO stock_moves (seller_id, sku, delta, reason, order_id, at_us) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING",
    )
    .bind(seller.0)
    .bind(movement.sku.as_str())
    .bind(movement.delta)
    .bind(reason(movement.reason))
    .bind(movement.order_id.map(|OrderId(id)| id))
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Tells the seller's devices how much is held.
pub async fn tell_reserved(
    tx: &mut Tx,
    seller: SellerId,
    sku: &Sku,
    level: &Level,
    now_us: i64,
) -> Result<(), StoreError> {
    let event = FeedEvent::Reserved { sku: sku.clone(), reserved: level.reserved };
    feed::append(tx, seller, &event, now_us).await?;
    Ok(())
}
