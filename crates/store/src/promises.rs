//! Goods put aside for somebody who comes back: refused without rights, paid as a sale, or let go.

use crate::{
    Store, StoreError, orders,
    rights::{order_of, promisable},
};
use hawker_domain::{
    OrderId,
    order::{Order, OrderEvent},
    rights::Promise,
    till::{PaymentTaken, TenderKind},
};
use sqlx::SqliteConnection;

impl Store {
    /// Puts the goods of an order aside. Errors: more than this device can promise by itself ([`StoreError::Conflict`], with how many it
    /// can), no lines ([`StoreError::BadInput`]), something put aside under this id before ([`StoreError::Conflict`]).
    pub async fn put_aside(&self, promise: &Promise) -> Result<(), StoreError> {
        let order = &promise.order;
        orders::check(order)?;
        let mut tx = self.begin().await?;
        if read(&mut tx, order.id).await?.is_some() || orders::is_known(&mut tx, order.id).await? {
            return Err(StoreError::Conflict(format!("order {} is here already", order.id)));
        }
        for (sku, qty) in orders::sold(order) {
            let held = promisable(&mut tx, sku).await?;
            held.promise(sku, qty).map_err(|why| StoreError::Conflict(why.to_string()))?;
        }
        let body = serde_json::to_string(order).map_err(|why| StoreError::BadInput(why.to_string()))?;
        sqlx::query("INSERT INTO promise (order_id, body, until_us) VALUES (?, ?, ?)")
            .bind(order.id.0)
            .bind(body)
            .bind(promise.until_us)
            .execute(&mut *tx)
            .await?;
        for (sku, qty) in orders::sold(order) {
            sqlx::query("INSERT INTO promise_line (order_id, sku, qty) VALUES (?, ?, ?)")
                .bind(order.id.0)
                .bind(sku.as_str())
                .bind(qty)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// What is put aside, the first that ends first.
    pub async fn promises(&self) -> Result<Vec<Promise>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT body, until_us FROM promise ORDER BY until_us, order_id")
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter().map(|(body, until_us)| Ok(Promise { order: order_of(&body)?, until_us })).collect()
    }

    /// The buyer came and paid, cash to the cent: what was put aside becomes a sale, at the price of then. Errors: nothing is put aside
    /// under this id ([`StoreError::NotFound`]).
    pub async fn collect(&self, order_id: OrderId, tender: TenderKind, now_us: i64) -> Result<Order, StoreError> {
        let mut tx = self.begin().await?;
        let mut order = take(&mut tx, order_id).await?;
        if orders::is_known(&mut tx, order_id).await? {
            tx.commit().await?;
            return Err(StoreError::Conflict(format!("order {order_id} is paid already")));
        }
        order.state = order.state.on(OrderEvent::Pay).map_err(|why| StoreError::Conflict(why.to_string()))?;
        let payment = PaymentTaken::take(tender, order.total, None);
        order.payment = Some(payment.map_err(|why| StoreError::BadInput(why.to_string()))?);
        order.placed_at_us = now_us;
        let op_id = orders::record(&mut tx, &order, self.clock.now_us()).await?;
        tx.commit().await?;
        tracing::info!(order.id = %order.id, op.id = %op_id, "a sale waits for the platform");
        self.ops_waiting.notify_one();
        Ok(order)
    }

    /// Nobody came: the goods may be sold again. Errors: nothing is put aside under this id ([`StoreError::NotFound`]).
    pub async fn let_go(&self, order_id: OrderId) -> Result<Order, StoreError> {
        let mut tx = self.begin().await?;
        let order = take(&mut tx, order_id).await?;
        tx.commit().await?;
        Ok(order)
    }
}

async fn read(tx: &mut SqliteConnection, order_id: OrderId) -> Result<Option<Order>, StoreError> {
    let body: Option<String> =
        sqlx::query_scalar("SELECT body FROM promise WHERE order_id = ?").bind(order_id.0).fetch_optional(tx).await?;
    body.as_deref().map(order_of).transpose()
}

async fn take(tx: &mut SqliteConnection, order_id: OrderId) -> Result<Order, StoreError> {
    let found = read(tx, order_id).await?;
    let order = found.ok_or_else(|| StoreError::NotFound(format!("order {order_id} among what is put aside")))?;
    sqlx::query("DELETE FROM promise WHERE order_id = ?").bind(order_id.0).execute(tx).await?;
    Ok(order)
}
