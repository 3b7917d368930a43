//! Goods of a sale that came back at the table.

use super::write_entry;
use crate::{Store, StoreError, error::unreadable, fulfilment, orders, outbox, rights, stock::append};
use hawker_domain::{
    OpId, OrderId, ReturnId,
    order::{Order, OrderState},
    stock::{MovementReason, StockMovement},
    till::{DrawerEntry, DrawerKind, SaleReturn},
};
use hawker_wire::ops::OpPayload;
use sqlx::SqliteConnection;

impl Store {
    /// Takes goods of a sale back: the return, the goods where they can be sold again (this device's own where it keeps its stock),
    /// the line in the till's book and the op that reports it, in one transaction. The same return again changes nothing. Returns the order as it is now: with nothing left
    /// at the buyer's it is refunded. Errors: no such order; more than was sold, or another sum ([`StoreError::BadInput`]); another
    /// return under this id ([`StoreError::Conflict`]).
    pub async fn take_back(&self, back: &SaleReturn) -> Result<Order, StoreError> {
        let mut tx = self.begin().await?;
        let order = orders::read(&mut tx, back.order_id).await?;
        let order = order.ok_or_else(|| StoreError::NotFound(format!("order {}", back.order_id)))?;
        let before = returns_of(&mut tx, order.id).await?;
        if let Some(known) = before.iter().find(|known| known.return_id == back.return_id) {
            let why = || StoreError::Conflict(format!("return {} came before with other goods", back.return_id));
            // Who asks again does so later; the first moment stands.
            let same = *known == SaleReturn { at_us: known.at_us, ..back.clone() };
            return if same { Ok(order) } else { Err(why()) };
        }
        back.check(&order, &before).map_err(|why| StoreError::BadInput(why.to_string()))?;
        let now_us = self.clock.now_us();
        let order = write(&mut tx, order, back, before, now_us).await?;
        let entry = DrawerEntry {
            kind: DrawerKind::Returned,
            tender: back.tender,
            amount: back.amount,
            note: back.reason.clone(),
            order_id: Some(back.order_id),
            at_us: back.at_us,
        };
        write_entry(&mut tx, &entry).await?;
        let rights = match back.goods_back {
            true => rights::take_back(&mut tx, &back.by_sku(&order)).await?,
            false => Vec::new(),
        };
        outbox::enqueue(&mut tx, &OpPayload::SaleReturned { back: back.clone(), rights }, now_us).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(order)
    }

    /// What came back of an order, in the order it came; not what the platform refused.
    pub async fn returns(&self, order_id: OrderId) -> Result<Vec<SaleReturn>, StoreError> {
        returns_of(&mut *self.reader.acquire().await?, order_id).await
    }
}

/// A return at another device. Of an order that is not here there is nothing to keep; one whose order is over is written all the
/// same: the platform took it.
pub(crate) async fn told(tx: &mut SqliteConnection, back: &SaleReturn, now_us: i64) -> Result<(), StoreError> {
    let Some(order) = orders::read(tx, back.order_id).await? else { return Ok(()) };
    let is_known: bool = sqlx::query_scalar("SELECT count(*) FROM sale_return WHERE return_id = ?")
        .bind(back.return_id.0)
        .fetch_one(&mut *tx)
        .await?;
    if !is_known {
        let before = returns_of(tx, order.id).await?;
        write(tx, order, back, before, now_us).await?;
    }
    Ok(())
}

/// The return itself, its goods and the order's state.
async fn write(
    tx: &mut SqliteConnection,
    mut order: Order,
    back: &SaleReturn,
    mut returns: Vec<SaleReturn>,
    now_us: i64,
) -> Result<Order, StoreError> {
    let body = serde_json::to_string(back).map_err(|why| StoreError::BadInput(why.to_string()))?;
    sqlx::query("INSERT INTO sale_return (return_id, order_id, body) VALUES (?, ?, ?)")
        .bind(back.return_id.0)
        .bind(back.order_id.0)
        .bind(body)
        .execute(&mut *tx)
        .await?;
    move_goods(tx, &order, back, 1, now_us).await?;
    returns.push(back.clone());
    if SaleReturn::is_all(&order, &returns) {
        order.state = OrderState::Refunded;
        fulfilment::set_state(tx, order.id, order.state).await?;
    }
    Ok(order)
}

/// Without the order in the ledger: the return's own id keeps it to one movement, and an order may have many.
async fn move_goods(
    tx: &mut SqliteConnection,
    order: &Order,
    back: &SaleReturn,
    sign: i64,
    now_us: i64,
) -> Result<(), StoreError> {
    if !back.goods_back {
        return Ok(());
    }
    for (sku, qty) in back.by_sku(order) {
        let (sku, reason) = (sku.clone(), MovementReason::Returned);
        let movement = StockMovement { sku, delta: qty * sign, reason, order_id: None };
        append(tx, &movement, now_us).await?;
    }
    Ok(())
}

pub(crate) async fn returns_of(
    connection: &mut SqliteConnection,
    order_id: OrderId,
) -> Result<Vec<SaleReturn>, StoreError> {
    let bodies: Vec<String> =
        sqlx::query_scalar("SELECT body FROM sale_return WHERE order_id = ? AND is_refused = 0 ORDER BY row")
            .bind(order_id.0)
            .fetch_all(connection)
            .await?;
    bodies.iter().map(|body| serde_json::from_str(body).map_err(|why| unreadable("return", why))).collect()
}

/// The platform's answer to a return of this device. One that it refuses, since another device took the same goods back, did not
/// happen: the goods leave the stock again, as on every other device. Taken after all, by a platform that was put back, it did.
/// True: there is more to tell now.
pub(crate) async fn settled(
    tx: &mut SqliteConnection,
    op_id: OpId,
    is_refused: bool,
    now_us: i64,
) -> Result<bool, StoreError> {
    let payload: Option<String> = sqlx::query_scalar(
        "SELECT payload FROM outbox WHERE op_id = ? AND payload LIKE '{\"kind\":\"sale_returned\"%'",
    )
    .bind(op_id.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(Ok(OpPayload::SaleReturned { back, rights })) = payload.map(|payload| serde_json::from_str(&payload))
    else {
        return Ok(false);
    };
    if !set_refused(tx, back.return_id, is_refused).await? {
        return Ok(false);
    }
    if let Some(order) = orders::read(tx, back.order_id).await? {
        move_goods(tx, &order, &back, if is_refused { -1 } else { 1 }, now_us).await?;
        let is_all = SaleReturn::is_all(&order, &returns_of(tx, order.id).await?);
        match (is_all, order.state) {
            (true, _) => fulfilment::set_state(tx, order.id, OrderState::Refunded).await?,
            // Only a refund in one step, which is another matter, leaves it refunded.
            (false, OrderState::Refunded) if !fulfilment::was_refunded(tx, order.id).await? => {
                fulfilment::set_state(tx, order.id, OrderState::Paid).await?;
            }
            (false, _) => {}
        }
    }
    if rights.is_empty() {
        return Ok(false);
    }
    rights::settle_return(tx, &rights, is_refused, now_us).await?;
    Ok(true)
}

/// True: it was the other way before.
async fn set_refused(tx: &mut SqliteConnection, id: ReturnId, is_refused: bool) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE sale_return SET is_refused = ?1 WHERE return_id = ?2 AND is_refused <> ?1")
        .bind(is_refused)
        .bind(id.0)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Pieces of each product that came back before.
pub(crate) async fn pieces_back(
    tx: &mut SqliteConnection,
    order: &Order,
) -> Result<std::collections::HashMap<hawker_domain::Sku, i64>, StoreError> {
    let mut pieces = std::collections::HashMap::new();
    for back in returns_of(tx, order.id).await? {
        for (sku, qty) in back.by_sku(order) {
            *pieces.entry(sku.clone()).or_default() += qty;
        }
    }
    Ok(pieces)
}
