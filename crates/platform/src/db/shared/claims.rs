//! Claims as they are stored.

use super::read_back;
use crate::db::StoreError;
use hawker_domain::{
    ChatId, ClaimId, ReservationId, SellerId, ShowId, Sku, ViewerId,
    claim::{Claim, ClaimLine, Waiter},
};
use hawker_wire::{claim::ClaimRules, viewer::Say};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A comment that asks for something.
pub struct Comment<'a> {
    pub claim_id: ClaimId,
    pub show: ShowId,
    pub chat_id: ChatId,
    pub viewer: ViewerId,
    /// Masked.
    pub name: String,
    pub said: &'a Say,
    pub now_us: i64,
}

/// A claim, and what holds its goods.
#[derive(Clone, Debug)]
pub struct Row {
    pub claim: Claim,
    pub reservation: Option<ReservationId>,
}

/// Seller, the claim as the feed has it, and what holds its goods.
pub type Found = (Uuid, String, Option<Uuid>);

/// Errors: a claim that can't be read.
pub fn row((seller, body, reservation): Found) -> Result<(SellerId, Row), StoreError> {
    let claim = read_back("claim", serde_json::from_str(&body))?;
    Ok((SellerId(seller), Row { claim, reservation: reservation.map(ReservationId) }))
}

/// Who waits, from the claim as the feed has it. Errors: a claim that can't be read.
pub fn waiter(body: &str) -> Result<Waiter, StoreError> {
    let claim: Claim = read_back("claim", serde_json::from_str(body))?;
    Ok(Waiter { claim_id: claim.claim_id, lines: claim.lines })
}

/// Rules as they lie in the table. Those that were taken back stay: what was claimed by them is held, sent and paid by them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptRules {
    #[serde(flatten)]
    pub rules: ClaimRules,
    /// Comments buy nothing any more.
    #[serde(default)]
    pub is_off: bool,
}

/// Errors: rules that can't be read.
pub fn read_rules(text: Option<&str>) -> Result<Option<KeptRules>, StoreError> {
    read_back("claim rules", text.map(serde_json::from_str).transpose())
}

/// The products of a claim.
pub fn skus(lines: &[ClaimLine]) -> Vec<Sku> {
    lines.iter().map(|line| line.sku.clone()).collect()
}
