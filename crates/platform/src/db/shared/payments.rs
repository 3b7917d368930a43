//! Payments as they are stored.

use super::read_back;
use crate::db::{Payment, StoreError};
use hawker_domain::{Money, OrderId, SellerId};
use hawker_wire::viewer::Decline;
use uuid::Uuid;

/// Refusals of a refund after which the provider is not asked again: one may be a slip of its own.
pub const REFUSALS_MAX: i64 = 3;

/// Order, seller, state, why it is declined, amount in minor units, currency, and when it was made (UTC microseconds).
pub type Row = (Uuid, Uuid, String, Option<String>, i64, String, i64);

/// Errors: a state or a currency that nothing here writes.
pub fn payment((order, seller, state, why, minor, currency, created_us): Row) -> Result<Payment, StoreError> {
    Ok(Payment {
        order_id: OrderId(order),
        seller: SellerId(seller),
        state: read_back("payment state", state.parse())?,
        why: why.as_deref().map(why_of),
        amount: Money::new(minor, read_back("currency", currency.parse())?),
        created_us,
    })
}

/// As it is stored.
pub fn reason(why: Decline) -> &'static str {
    match why {
        Decline::BadCard => "bad_card",
        Decline::Refused => "refused",
        Decline::NotCharged => "not_charged",
        Decline::Other => "other",
    }
}

fn why_of(text: &str) -> Decline {
    [Decline::BadCard, Decline::Refused, Decline::NotCharged]
        .into_iter()
        .find(|why| reason(*why) == text)
        .unwrap_or(Decline::Other)
}
