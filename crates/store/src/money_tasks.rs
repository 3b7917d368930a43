//! Money of orders that only a person can set right, as the platform told it.

use crate::{
    Store, StoreError,
    stock::{enum_of, enum_text},
};
use hawker_domain::{OpId, OrderId};
use hawker_wire::feed::MoneyWhy;
use sqlx::SqliteConnection;
use uuid::Uuid;

/// One of them. It stays on the list until somebody has seen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyTask {
    /// Of the same kind as those of refused changes, since both are on one list.
    pub id: OpId,
    pub order_id: OrderId,
    pub why: MoneyWhy,
    /// When it was heard: UTC, microseconds since 1970.
    pub at_us: i64,
}

impl Store {
    /// What nobody has seen to yet, the newest first.
    pub async fn money_tasks(&self, limit: u32) -> Result<Vec<MoneyTask>, StoreError> {
        let rows: Vec<(Uuid, Uuid, String, i64)> = sqlx::query_as(
            "SELECT id, order_id, why, at_us FROM money_task WHERE seen_at_us IS NULL
             ORDER BY at_us DESC, id DESC LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter()
            .map(|(id, order, why, at_us)| {
                Ok(MoneyTask { id: OpId(id), order_id: OrderId(order), why: enum_of(&why)?, at_us })
            })
            .collect()
    }

    /// Somebody has seen to it: it leaves the list. Errors: there is no such task ([`StoreError::NotFound`]).
    pub async fn see_to_money_task(&self, id: OpId) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE money_task SET seen_at_us = ? WHERE id = ?")
            .bind(self.clock.now_us())
            .bind(id.0)
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound(format!("task {id}"))) }
    }
}

/// Keeps a task. False: it was told before.
pub(crate) async fn keep(
    tx: &mut SqliteConnection,
    order_id: OrderId,
    why: MoneyWhy,
    now_us: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO money_task (id, order_id, why, at_us) VALUES (?, ?, ?, ?) ON CONFLICT (order_id, why) DO NOTHING",
    )
    .bind(Uuid::now_v7())
    .bind(order_id.0)
    .bind(enum_text(&why)?)
    .bind(now_us)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}
