//! Orders as they are listed and looked at, and what the platform refused of them.

use hawker_domain::{
    Money, OpId, OrderId, Sku,
    order::{OrderLine, OrderMove, OrderSource, OrderState},
    till::{PaymentTaken, SaleReturn},
};
use hawker_wire::{FailureReason, live::OrderedLine};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OrderView {
    pub id: OrderId,
    pub source: OrderSource,
    pub state: OrderState,
    pub lines: Vec<OrderedLine>,
    pub total: Money,
    pub buyer: String,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub placed_at_ms: i64,
    /// How it was paid at the table; none where that was not written down, or it was paid on the page.
    #[serde(default)]
    pub payment: Option<PaymentTaken>,
}

/// An order, its steps since it was paid, and what came back of it at the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OrderDetail {
    pub order: OrderView,
    pub moves: Vec<OrderMove>,
    /// With titles and prices.
    #[serde(default)]
    pub lines: Vec<OrderLine>,
    #[serde(default)]
    pub returns: Vec<SaleReturn>,
}

/// A change of this device that the platform refused, as nobody has seen to it yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RefusedChange {
    pub id: OpId,
    /// The products whose stock it moved.
    pub skus: Vec<Sku>,
    /// The order it was about.
    pub order: Option<OrderId>,
    /// In the platform's words.
    pub why: String,
    /// The same for a reader of another language; none of an older platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<Box<FailureReason>>,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: i64,
}

/// Whom an order goes to, in plain: for who packs it. Not kept, and never in a log.
#[derive(Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct BuyerView {
    pub name: String,
    pub phone: String,
    pub address: String,
}
