//! What a person sees of the till.

use hawker_domain::{
    Money, OrderId, ReturnId, Sku,
    till::{CashUp, DrawerEntry, ReturnedLine, TenderKind, TillRules},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A sale at the table, as it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NewSale {
    /// Made by who asks, so that asking again after a lost answer sells nothing twice; none: it is asked once.
    #[serde(default)]
    pub order_id: Option<OrderId>,
    pub lines: Vec<SaleLine>,
    /// What the buyer was told that it comes to; none where nobody was told.
    #[serde(default)]
    pub total: Option<Money>,
    /// May be empty.
    #[serde(default)]
    pub buyer: String,
    pub tender: TenderKind,
    /// Cash that was handed over; none for the exact sum.
    #[serde(default)]
    pub received: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SaleLine {
    pub sku: Sku,
    pub qty: u32,
    /// What a piece is sold for; none for the price shown.
    #[serde(default)]
    pub price: Option<Money>,
    /// Why it is another price.
    #[serde(default)]
    pub reason: String,
}

/// Goods that come back, as they are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NewReturn {
    /// Made by who asks, so that asking again takes nothing back twice.
    pub return_id: ReturnId,
    pub order_id: OrderId,
    pub lines: Vec<ReturnedLine>,
    /// The goods can be sold again.
    pub goods_back: bool,
    /// How the money goes back.
    pub tender: TenderKind,
    #[serde(default)]
    pub reason: String,
}

/// How the till of this device is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct TillSetup {
    pub rules: TillRules,
    /// The receipt printer, as `tcp://192.168.1.9:9100` or `file:/dev/usb/lp0`; empty: none.
    pub printer: String,
    /// 80 mm paper of 48 columns; otherwise 58 mm of 32.
    pub wide_paper: bool,
    /// What stands at the head of a receipt.
    pub shop: String,
}

/// The till as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TillView {
    /// None: it is closed.
    pub open: Option<CashUp>,
    /// Every line of the open book.
    pub entries: Vec<DrawerEntry>,
    /// Closed books of all the seller's devices, the newest first.
    pub books: Vec<CashUp>,
    /// Payments that nobody has matched yet.
    pub unverified: Vec<UnverifiedView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnverifiedView {
    pub order_id: OrderId,
    pub amount: Money,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: i64,
}
