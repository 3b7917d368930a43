//! What a person sees of the till.

use hawker_domain::{
    Currency, Money, OrderId, ReturnId, Sku,
    till::{CashUp, DrawerEntry, ReturnedLine, StatementWhy, TenderKind, TillRules},
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

/// How a provider's statement is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementWish {
    /// How far the till's clock and the provider's may be apart; a day at most.
    pub tolerance_s: u32,
    /// Of times that name no offset: seconds that they are ahead of UTC.
    pub offset_s: Option<i32>,
    /// Of amounts that name no currency. None: that of the payments that wait, where they are of one.
    pub currency: Option<Currency>,
    /// Match what fits. Otherwise it is only told.
    pub apply: bool,
}

/// What a provider's statement came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementView {
    pub applied: bool,
    pub matched: Vec<MatchedView>,
    /// Payments and rows that fit each other in more than one way: a person has to say.
    pub unclear: Vec<UnclearView>,
    /// Payments that the statement has not.
    pub not_found: Vec<UnverifiedView>,
    /// Rows that fit no payment.
    pub foreign: Vec<StatementRowView>,
    /// Rows that are matched already.
    pub known: u32,
    /// Rows of money that went out.
    pub paid_out: u32,
    pub problems: Vec<StatementProblemView>,
}

/// A payment and the one row that it fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MatchedView {
    pub order_id: OrderId,
    #[ts(type = "number")]
    pub row: u64,
    pub amount: Money,
    pub reference: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UnclearView {
    pub payments: Vec<UnverifiedView>,
    pub rows: Vec<StatementRowView>,
}

/// Money that came, as the provider says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementRowView {
    /// Line of the file, or row of the sheet, from 1.
    #[ts(type = "number")]
    pub row: u64,
    pub amount: Money,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: i64,
    pub reference: String,
}

/// Why a row does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatementProblemView {
    #[ts(type = "number")]
    pub row: u64,
    pub why: StatementWhy,
    /// What the row has instead; may be empty.
    pub about: String,
    pub message: String,
}
