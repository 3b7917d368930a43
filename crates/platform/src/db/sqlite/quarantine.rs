//! Ops that a person decides about: of revoked devices, and those that can hardly be right.

use super::{SqliteStore, Tx, feed, kept, ops, read_back};
use crate::db::{DecideError, DecidedChange, QuarantineStore, StoreError};
use async_trait::async_trait;
use hawker_domain::{DeviceId, OpId, SellerId, order::Order, stock::MOVE_MAX};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpPayload, OpResult, Read},
    quarantine::{Decide, Decided, HeldChange, Verdict},
};
use sqlx::{FromRow, query, query_as, query_scalar};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Pieces that one movement of the stock can hardly have: more than any warehouse of one seller gets at once.
const PLAUSIBLE_MOVE: i64 = 10_000_000;
/// Pieces of one product that nobody sells to one buyer at a table.
const PLAUSIBLE_SALE: i64 = 100_000;

/// Why a person has to look at an op before it counts; none where it is as any other. What can't be applied at all is not
/// held: its refusal is answered.
pub(super) fn why_held(op: &OpEnvelope, is_revoked: bool) -> Option<String> {
    if is_revoked {
        return Some("it came from a device that was revoked".to_owned());
    }
    match op.read() {
        Read::Known(OpPayload::StockMoved { movement, .. }) => {
            let pieces = i64::try_from(movement.delta.unsigned_abs()).unwrap_or(i64::MAX);
            let is_held = pieces > PLAUSIBLE_MOVE && pieces <= MOVE_MAX;
            is_held.then(|| format!("{} pieces of \"{}\" at once can hardly be right", movement.delta, movement.sku))
        }
        Read::Known(OpPayload::VenueSale { order, .. }) => doubted_sale(&order),
        Read::Known(OpPayload::ChannelSale { sale }) => doubted_sale(&sale.order),
        // Which product a line is of its order says; no line of a sale that nobody doubts has more pieces.
        Read::Known(OpPayload::SaleReturned { back, .. }) => {
            let qty = back.lines.iter().map(|line| i64::from(line.qty)).find(|qty| is_doubted(*qty))?;
            Some(format!("a return of {qty} pieces of one line can hardly be right"))
        }
        // The pool bounds what is granted and what a claim holds, the rights what is given back, and edits, offers, matches and
        // books move no pieces.
        Read::Known(
            OpPayload::RightsAsked { .. }
            | OpPayload::RightsReturned { .. }
            | OpPayload::RightsStated { .. }
            | OpPayload::OrderMoved { .. }
            | OpPayload::ProductEdited { .. }
            | OpPayload::OfferPut { .. }
            | OpPayload::OfferEnded { .. }
            | OpPayload::ClaimAnswered { .. }
            | OpPayload::PaymentMatched { .. }
            | OpPayload::TillClosed { .. },
        )
        | Read::Newer
        | Read::Bad(_) => None,
    }
}

fn doubted_sale(order: &Order) -> Option<String> {
    let mut sold = BTreeMap::new();
    for line in &order.lines {
        *sold.entry(&line.sku).or_insert(0_i64) += i64::from(line.qty);
    }
    let (sku, qty) = sold.into_iter().find(|(_, qty)| is_doubted(*qty))?;
    Some(format!("a sale of {qty} pieces of \"{sku}\" can hardly be right"))
}

/// Pieces of a sale that could be, and hardly are.
fn is_doubted(qty: i64) -> bool {
    (PLAUSIBLE_SALE + 1..=MOVE_MAX).contains(&qty)
}

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

/// What is answered: a studio that signs nothing is an older one, which does not know of held ops.
pub(super) fn answer(op: &OpEnvelope, result: OpResult) -> OpResult {
    match result {
        OpResult::Quarantined { .. } if op.signature.is_empty() => OpResult::Kept,
        result => result,
    }
}

#[derive(FromRow)]
struct Row {
    envelope: String,
    device_name: Option<String>,
    why: String,
    at_us: i64,
    verdict: Option<String>,
    decided_by: Option<String>,
    decided_at_device: Option<Uuid>,
    decided_us: Option<i64>,
    result: Option<String>,
}

const COLUMNS: &str = "SELECT q.envelope, d.name AS device_name, q.why, q.at_us, q.verdict, q.decided_by,
    q.decided_at_device, q.decided_us, q.result
    FROM quarantine q LEFT JOIN devices d ON d.seller_id = q.seller_id AND d.device_id = q.device_id";

impl Row {
    fn change(self) -> Result<HeldChange, StoreError> {
        let decided = match (self.verdict, self.result, self.decided_us) {
            (Some(verdict), Some(result), Some(at_us)) => Some(Decided {
                verdict: if verdict == "apply" { Verdict::Apply } else { Verdict::Discard },
                by: self.decided_by.unwrap_or_default(),
                at_device: self.decided_at_device.map(DeviceId),
                at_us,
                result: read_back("op result", serde_json::from_str(&result))?,
            }),
            _ => None,
        };
        Ok(HeldChange {
            op: read_back("held op", serde_json::from_str(&self.envelope))?,
            device_name: self.device_name.unwrap_or_default(),
            why: self.why,
            at_us: self.at_us,
            decided,
        })
    }
}

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
