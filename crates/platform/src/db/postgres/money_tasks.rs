//! Money that only a person can set right: written down once, and told to the seller whose it is.

use super::{PostgresStore, Tx, feed};
use crate::db::{
    MoneyTask, MoneyTaskWhy, StoreError,
    shared::money_tasks::{Row, task, text},
};
use hawker_domain::{OrderId, SellerId};
use hawker_wire::feed::{FeedEvent, MoneyWhy};
use sqlx::{query, query_as};

/// Writes a task of a seller down and tells of it; one that is there already is not told again.
pub async fn add(
    tx: &mut Tx,
    seller: SellerId,
    order_id: OrderId,
    why: MoneyWhy,
    now_us: i64,
) -> Result<(), StoreError> {
    if insert(tx, Some(seller), order_id, MoneyTaskWhy::Seller(why), now_us).await? {
        tracing::warn!(order.id = %order_id, seller.id = %seller, ?why, "a person has to set the money of an order right");
        feed::append(tx, seller, &FeedEvent::MoneyTask { order_id, why }, now_us).await?;
    }
    Ok(())
}

/// Writes down that money was taken which nobody here asked for.
pub async fn add_unknown(tx: &mut Tx, order_id: OrderId, now_us: i64) -> Result<(), StoreError> {
    insert(tx, None, order_id, MoneyTaskWhy::UnknownCapture, now_us).await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    seller: Option<SellerId>,
    order_id: OrderId,
    why: MoneyTaskWhy,
    now_us: i64,
) -> Result<bool, StoreError> {
    let done = query(
        "INSERT INTO money_tasks (seller_id, order_id, why, at_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(seller.map(|seller| seller.0))
    .bind(order_id.0)
    .bind(text(why))
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

impl PostgresStore {
    pub(super) async fn read_money_tasks(
        &self,
        of: Option<SellerId>,
        limit: u32,
    ) -> Result<Vec<MoneyTask>, StoreError> {
        let rows: Vec<Row> = query_as(
            "SELECT seller_id, order_id, why, at_us FROM money_tasks WHERE $1::UUID IS NULL OR seller_id = $1
             ORDER BY task_no DESC LIMIT $2",
        )
        .bind(of.map(|seller| seller.0))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(task).collect()
    }
}
