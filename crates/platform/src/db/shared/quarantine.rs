//! Which ops a person decides about: of revoked devices, and those that can hardly be right.

use super::read_back;
use crate::db::StoreError;
use hawker_domain::{DeviceId, order::Order, stock::MOVE_MAX};
use hawker_wire::{
    ops::{OpEnvelope, OpPayload, OpResult, Read},
    quarantine::{Decided, HeldChange, Verdict},
};
use sqlx::FromRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Pieces that one movement of the stock can hardly have: more than any warehouse of one seller gets at once.
const PLAUSIBLE_MOVE: i64 = 10_000_000;
/// Pieces of one product that nobody sells to one buyer at a table.
const PLAUSIBLE_SALE: i64 = 100_000;

/// Why a person has to look at an op before it counts; none where it is as any other. What can't be applied at all is not
/// held: its refusal is answered.
pub fn why_held(op: &OpEnvelope, is_revoked: bool) -> Option<String> {
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

/// What is answered: a studio that signs nothing is an older one, which does not know of held ops.
pub fn answer(op: &OpEnvelope, result: OpResult) -> OpResult {
    match result {
        OpResult::Quarantined { .. } if op.signature.is_empty() => OpResult::Kept,
        result => result,
    }
}

/// A held op and what was decided about it, as a database has it.
#[derive(FromRow)]
pub struct Row {
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

impl Row {
    pub fn change(self) -> Result<HeldChange, StoreError> {
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
