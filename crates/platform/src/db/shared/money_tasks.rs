//! Tasks about money as they are stored.

use super::read_back;
use crate::db::{MoneyTask, MoneyTaskWhy, StoreError};
use hawker_domain::{OrderId, SellerId};
use hawker_wire::feed::MoneyWhy;
use uuid::Uuid;

/// Seller, order, why and when (UTC microseconds).
pub type Row = (Option<Uuid>, Uuid, String, i64);

/// Errors: a reason that nothing here writes.
pub fn task((seller, order, why, at_us): Row) -> Result<MoneyTask, StoreError> {
    let why = read_back("money task", why_of(&why).ok_or_else(|| format!("no reason is called {why}")))?;
    Ok(MoneyTask { seller: seller.map(SellerId), order_id: OrderId(order), why, at_us })
}

const ALL: [MoneyTaskWhy; 3] = [
    MoneyTaskWhy::Seller(MoneyWhy::NoPayment),
    MoneyTaskWhy::Seller(MoneyWhy::RefundRefused),
    MoneyTaskWhy::UnknownCapture,
];

/// As it is stored.
pub fn text(why: MoneyTaskWhy) -> &'static str {
    match why {
        MoneyTaskWhy::Seller(MoneyWhy::NoPayment) => "no_payment",
        MoneyTaskWhy::Seller(MoneyWhy::RefundRefused) => "refund_refused",
        MoneyTaskWhy::UnknownCapture => "unknown_capture",
    }
}

fn why_of(stored: &str) -> Option<MoneyTaskWhy> {
    ALL.into_iter().find(|why| text(*why) == stored)
}
