//! Ops that a person decides about: kept whole, and decided.

use super::{SqliteStore, Tx, feed, kept, ops, read_back};
use crate::db::{DecideError, DecidedChange, QuarantineStore, StoreError, shared::quarantine::Row};
use async_trait::async_trait;
use hawker_domain::{OpId, SellerId};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpResult},
    quarantine::{Decide, HeldChange, Verdict},
};
use sqlx::{query, query_as, query_scalar};

/// Puts an op aside, whole.
pub(super) async fn hold(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    why: String,
    now_us: i64,
) -> Result<OpResult, StoreError> {
    query("INSERT INTO quarantine (seller_id, op_id, device_id, envelope, why, at_us) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(seller.0)
        .bind(op.op_id.0)
        .bind(op.device_id.0)
        .bind(read_back("op", serde_json::to_string(op))?)
        .bind(&why)
        .bind(now_us)
        .execute(&mut **tx)
        .await?;
    tracing::warn!(op.id = %op.op_id, device.id = %op.device_id, why, "a change is held for a person");
    Ok(OpResult::Quarantined { why })
}

const COLUMNS: &str = "SELECT q.envelope, d.name AS device_name, q.why, q.at_us, q.verdict, q.decided_by,
    q.decided_at_device, q.decided_us, q.result
    FROM quarantine q LEFT JOIN devices d ON d.seller_id = q.seller_id AND d.device_id = q.device_id";

#[async_trait]
impl QuarantineStore for SqliteStore {
    async fn quarantine(&self, seller: SellerId, limit: u32) -> Result<Vec<HeldChange>, StoreError> {
        let all = format!(
            "{COLUMNS} WHERE q.seller_id = ? ORDER BY CASE WHEN q.verdict IS NULL THEN 0 ELSE 1 END, q.held_no DESC LIMIT ?"
        );
        let rows: Vec<Row> =
            query_as(sqlx::AssertSqlSafe(all)).bind(seller.0).bind(limit).fetch_all(&self.read).await?;
        rows.into_iter().map(Row::change).collect()
    }

    async fn decide(
        &self,
        seller: SellerId,
        op_id: OpId,
        decision: &Decide,
        now_us: i64,
    ) -> Result<DecidedChange, DecideError> {
        let mut tx = self.begin().await?;
        let before = held(&mut tx, seller, op_id).await?.ok_or(DecideError::NotHeld)?;
        if let Some(decided) = &before.decided {
            let is_same = decided.verdict == decision.verdict;
            return if is_same {
                Ok(DecidedChange { change: before, stock: Vec::new() })
            } else {
                Err(DecideError::DecidedOtherwise)
            };
        }
        let mut stock = Vec::new();
        let result = match decision.verdict {
            Verdict::Apply => {
                let result = ops::effect(&mut tx, seller, &before.op, now_us, &mut stock).await?;
                ops::tell(&mut tx, seller, &before.op, &result, now_us).await?;
                // A held sale may be what a step was kept for.
                kept::apply_kept(&mut tx, Some(seller), now_us).await?;
                result
            }
            Verdict::Discard => {
                OpResult::rejected(format!("a person discarded it at the platform, where it was held: {}", before.why))
            }
        };
        note(&mut tx, seller, op_id, decision, &result, now_us).await?;
        feed::append(&mut tx, seller, &FeedEvent::QuarantineDecided { op_id, result }, now_us).await?;
        let change = held(&mut tx, seller, op_id).await?.ok_or(DecideError::NotHeld)?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(DecidedChange { change, stock })
    }
}

async fn held(tx: &mut Tx, seller: SellerId, op_id: OpId) -> Result<Option<HeldChange>, StoreError> {
    let one = format!("{COLUMNS} WHERE q.seller_id = ? AND q.op_id = ?");
    let row: Option<Row> =
        query_as(sqlx::AssertSqlSafe(one)).bind(seller.0).bind(op_id.0).fetch_optional(&mut **tx).await?;
    row.map(Row::change).transpose()
}

/// Writes down who decided, and what the op is answered from now on.
async fn note(
    tx: &mut Tx,
    seller: SellerId,
    op_id: OpId,
    decision: &Decide,
    result: &OpResult,
    now_us: i64,
) -> Result<(), StoreError> {
    let by: String =
        query_scalar("SELECT email FROM sellers WHERE seller_id = ?").bind(seller.0).fetch_one(&mut **tx).await?;
    let text = read_back("op result", serde_json::to_string(result))?;
    query(
        "UPDATE quarantine SET verdict = ?, decided_by = ?, decided_at_device = ?, decided_us = ?, result = ?
         WHERE seller_id = ? AND op_id = ?",
    )
    .bind(if decision.verdict == Verdict::Apply { "apply" } else { "discard" })
    .bind(by)
    .bind(decision.at_device.map(|device| device.0))
    .bind(now_us)
    .bind(&text)
    .bind(seller.0)
    .bind(op_id.0)
    .execute(&mut **tx)
    .await?;
    query("UPDATE ops SET result = ? WHERE seller_id = ? AND op_id = ?")
        .bind(&text)
        .bind(seller.0)
        .bind(op_id.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
