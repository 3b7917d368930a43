//! The seller's machines, and what the platform holds of them for a person.

use hawker_domain::{DeviceId, Money, OpId, OrderId, Sku, order::OrderEvent, stock::MovementReason};
use hawker_wire::FailureReason;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A machine that works for this account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InstallationView {
    pub id: DeviceId,
    pub name: String,
    pub is_this: bool,
    /// Its changes are signed; those of an older studio are not.
    pub has_key: bool,
    /// Pieces that it alone may sell.
    #[ts(type = "number")]
    pub pieces: u64,
    /// UTC, milliseconds since 1970, by the platform's clock; so are the others.
    #[ts(type = "number")]
    pub registered_at_ms: i64,
    /// None: not for a month, or an older platform does not say.
    #[ts(type = "number | null")]
    pub seen_at_ms: Option<i64>,
    /// None: it is not revoked.
    #[ts(type = "number | null")]
    pub revoked_at_ms: Option<i64>,
}

/// What a held change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeldWhat {
    Stock,
    /// At the table.
    Sale,
    /// On another platform.
    ChannelSale,
    /// A step of an order.
    Step,
    /// Pieces were asked for, given back, or told of.
    Rights,
    Products,
    /// A payment was found at the provider.
    Payment,
    /// Goods of a sale came back.
    Returned,
    Till,
    /// The desk answered a comment.
    Claim,
    Offer,
    /// A newer studio wrote it, or it can't be read.
    Unknown,
}

/// Why it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeldWhy {
    /// Its machine had been revoked when it came.
    Revoked,
    /// So many pieces can hardly be right.
    Doubted,
    /// In the platform's words alone.
    Other,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HeldState {
    Waits,
    Applied,
    /// Somebody took it, and the platform applies it as soon as it can.
    Kept,
    /// Somebody took it, and it could not be applied.
    Refused,
    Discarded,
}

/// A product of a held change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldGoods {
    pub sku: Sku,
    /// Empty where this machine does not know the product.
    pub title: String,
    /// Below zero for goods that went out of the stock; none where it names no number.
    #[ts(type = "number | null")]
    pub pieces: Option<i64>,
}

/// A change that the platform held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HeldView {
    pub id: OpId,
    /// The machine's name; may be empty.
    pub device: String,
    pub what: HeldWhat,
    /// The first products of it.
    pub goods: Vec<HeldGoods>,
    /// How many more there are.
    pub goods_more: u32,
    pub order: Option<OrderId>,
    pub amount: Option<Money>,
    /// Of goods that moved.
    pub reason: Option<MovementReason>,
    /// Of an order.
    pub step: Option<OrderEvent>,
    pub why: HeldWhy,
    /// The same in the platform's words.
    pub why_text: String,
    /// When it came: UTC, milliseconds since 1970, by the platform's clock.
    #[ts(type = "number")]
    pub at_ms: i64,
    pub state: HeldState,
    /// Who decided, by the address of the account.
    pub by: Option<String>,
    #[ts(type = "number | null")]
    pub decided_at_ms: Option<i64>,
    /// Why it could not be applied, in the platform's words.
    pub refusal: Option<String>,
    /// The same for a reader of another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub refusal_reason: Option<Box<FailureReason>>,
}
