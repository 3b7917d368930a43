//! Changes that can't be applied yet, being of a newer version than this platform or about an order it has lost: kept as they
//! came, applied when they can be.

use super::{PostgresStore, Tx, feed, ops, read_back};
use crate::db::{StoreError, shared};
use hawker_domain::SellerId;
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpResult},
};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Puts an op aside.
pub async fn keep(tx: &mut Tx, seller: SellerId, op: &OpEnvelope, now_us: i64) -> Result<(), StoreError> {
    query("INSERT INTO kept_ops (seller_id, op_id, envelope, at_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
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
    query("DELETE FROM kept_ops WHERE seller_id = $1 AND op_id = $2")
        .bind(seller.0)
        .bind(op.op_id.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl PostgresStore {
    /// In the order they came, each seller's in one transaction.
    pub(super) async fn apply_kept_ops(&self, now_us: i64) -> Result<u32, StoreError> {
        let sellers: Vec<Uuid> = query_scalar("SELECT DISTINCT seller_id FROM kept_ops").fetch_all(&self.read).await?;
        let mut applied = 0;
        for seller in sellers {
            let seller = SellerId(seller);
            let mut tx = self.begin_for(seller).await?;
            applied += apply_kept(&mut tx, seller, now_us).await?;
            tx.commit().await?;
        }
        Ok(applied)
    }
}

/// Applies what can be applied by now of what the seller's devices sent.
pub async fn apply_kept(tx: &mut Tx, seller: SellerId, now_us: i64) -> Result<u32, StoreError> {
    let rows: Vec<(i64, String)> =
        query_as("SELECT kept_no, envelope FROM kept_ops WHERE seller_id = $1 ORDER BY kept_no")
            .bind(seller.0)
            .fetch_all(&mut **tx)
            .await?;
    let mut applied = 0;
    for (kept_no, envelope) in rows {
        let Some(op) = shared::kept::read(kept_no, &envelope) else { continue };
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
    query("UPDATE ops SET result = $1 WHERE seller_id = $2 AND op_id = $3")
        .bind(read_back("op result", serde_json::to_string(result))?)
        .bind(seller.0)
        .bind(op.op_id.0)
        .execute(&mut **tx)
        .await?;
    query("DELETE FROM kept_ops WHERE kept_no = $1").bind(kept_no).execute(&mut **tx).await?;
    Ok(())
}
