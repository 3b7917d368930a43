//! Changes that can't be applied yet, being of a newer version than this platform or about an order it has lost: kept as they
//! came, applied when they can be.

use super::{SqliteStore, Tx, feed, ops, read_back};
use crate::db::{StoreError, shared};
use hawker_domain::SellerId;
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpResult},
};
use sqlx::{query, query_as};
use uuid::Uuid;

/// Asked at every request by which a device of the seller changes something.
const OF_SELLER: &str = "SELECT kept_no, seller_id, envelope FROM kept_ops WHERE seller_id = ? ORDER BY kept_no";

/// Puts an op aside.
pub async fn keep(tx: &mut Tx, seller: SellerId, op: &OpEnvelope, now_us: i64) -> Result<(), StoreError> {
    query("INSERT INTO kept_ops (seller_id, op_id, envelope, at_us) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(seller.0)
        .bind(op.op_id.0)
        .bind(read_back("op", serde_json::to_string(op))?)
        .bind(now_us)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes back that it was put aside.
pub async fn forget(tx: &mut Tx, seller: SellerId, op: &OpEnvelope) -> Result<(), StoreError> {
    query("DELETE FROM kept_ops WHERE seller_id = ? AND op_id = ?")
        .bind(seller.0)
        .bind(op.op_id.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl SqliteStore {
    /// In the order they came, in one transaction.
    pub(super) async fn apply_kept_ops(&self, now_us: i64) -> Result<u32, StoreError> {
        let mut tx = self.begin().await?;
        let applied = apply_kept(&mut tx, None, now_us).await?;
        tx.commit().await?;
        Ok(applied)
    }
}

/// Applies what can be applied by now, of one seller or of all.
pub async fn apply_kept(tx: &mut Tx, of: Option<SellerId>, now_us: i64) -> Result<u32, StoreError> {
    // Two statements: one with "or" would read what is kept for everybody, at every request of anybody.
    let rows: Vec<(i64, Uuid, String)> = match of {
        Some(seller) => query_as(OF_SELLER).bind(seller.0).fetch_all(&mut **tx).await?,
        None => {
            query_as("SELECT kept_no, seller_id, envelope FROM kept_ops ORDER BY kept_no").fetch_all(&mut **tx).await?
        }
    };
    let mut applied = 0;
    for (kept_no, seller, envelope) in rows {
        let Some(op) = shared::kept::read(kept_no, &envelope) else { continue };
        let seller = SellerId(seller);
        let result = ops::effect(tx, seller, &op, now_us, &mut Vec::new()).await?;
        if result == OpResult::Kept {
            continue;
        }
        ops::tell(tx, seller, &op, &result, now_us).await?;
        if let OpResult::Rejected { why, reason } = &result {
            // Its device has had an answer and asks no more.
            let refused = FeedEvent::OpRefused { op_id: op.op_id, why: why.clone(), reason: reason.clone() };
            feed::append(tx, seller, &refused, now_us).await?;
        }
        settle(tx, seller, kept_no, &op, &result).await?;
        applied += 1;
    }
    Ok(applied)
}

async fn settle(
    tx: &mut Tx,
    seller: SellerId,
    kept_no: i64,
    op: &OpEnvelope,
    result: &OpResult,
) -> Result<(), StoreError> {
    query("UPDATE ops SET result = ? WHERE seller_id = ? AND op_id = ?")
        .bind(read_back("op result", serde_json::to_string(result))?)
        .bind(seller.0)
        .bind(op.op_id.0)
        .execute(&mut **tx)
        .await?;
    query("DELETE FROM kept_ops WHERE kept_no = ?").bind(kept_no).execute(&mut **tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::db::CloseStore;
    use sqlx::{AssertSqlSafe, Row};

    #[tokio::test]
    async fn a_kept_op_that_cannot_be_read_stays_and_holds_up_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        let seller = Uuid::now_v7();
        query(
            "INSERT INTO sellers (seller_id, email, password_hash, shop_name, created_us) VALUES (?, 'a@b', '', '', 0)",
        )
        .bind(seller)
        .execute(&store.write)
        .await
        .unwrap();
        query("INSERT INTO kept_ops (seller_id, op_id, envelope, at_us) VALUES (?, ?, '{', 0)")
            .bind(seller)
            .bind(Uuid::now_v7())
            .execute(&store.write)
            .await
            .unwrap();
        assert_eq!(store.apply_kept_ops(1).await.unwrap(), 0);
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM kept_ops").fetch_one(&store.read).await.unwrap();
        assert_eq!(kept, 1, "it stays for a person to look at");
        store.close().await;
    }

    #[tokio::test]
    async fn what_is_kept_for_one_seller_is_found_without_looking_at_that_of_all() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        let explained = query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {OF_SELLER}")));
        let rows = explained.fetch_all(&store.read).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let by_seller = |step: &String| step.starts_with("SEARCH kept_ops") && step.contains("seller_id=?");
        assert!(plan.iter().any(by_seller), "{plan:?}");
        store.close().await;
    }
}
