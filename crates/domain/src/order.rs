//! Orders and the changes they may go through.

use crate::{
    Currency, Money, MoneyError, OrderId, ShowId, ShowMs, Sku,
    till::{PaymentTaken, PriceOverride},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where an order came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OrderSource {
    /// The viewer page.
    Page,
    /// A comment that claimed the product.
    Comment,
    /// Sold by hand where the seller stands.
    Venue,
    /// Placed on another platform.
    Channel,
}

/// `Reserved -> Paid -> Packed -> Shipped -> Done`, or out by `Cancelled` / `Refunded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Goods are held for it. Until when is said where they are held, since it can change and no order is kept there yet: by the
    /// platform's reservation for the page, by [`Promise::until_us`](crate::rights::Promise) where a device put them aside.
    Reserved,
    Paid,
    Packed,
    Shipped,
    Done,
    Cancelled,
    Refunded,
}

/// What can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    Pay,
    Pack,
    Ship,
    Deliver,
    Cancel,
    Refund,
}

/// A change that the order's state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from:?} can't take {event:?}")]
pub struct OrderTransitionError {
    pub from: OrderState,
    pub event: OrderEvent,
}

impl OrderEvent {
    /// The state an order is in after it.
    pub fn leads_to(self) -> OrderState {
        match self {
            Self::Pay => OrderState::Paid,
            Self::Pack => OrderState::Packed,
            Self::Ship => OrderState::Shipped,
            Self::Deliver => OrderState::Done,
            Self::Cancel => OrderState::Cancelled,
            Self::Refund => OrderState::Refunded,
        }
    }

    /// True for what the seller does. The rest happens where the order is placed and paid.
    pub fn is_sellers(self) -> bool {
        matches!(self, Self::Pack | Self::Ship | Self::Deliver | Self::Refund)
    }
}

/// Most characters of a [`OrderMove::note`].
pub const NOTE_MAX: usize = 200;

/// A step of an order at the seller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderMove {
    pub order_id: OrderId,
    pub event: OrderEvent,
    /// The parcel's number where it is shipped, the reason where it is refunded; may be empty.
    #[serde(default)]
    pub note: String,
    /// UTC, microseconds since 1970, by the clock of the device; for display.
    #[ts(type = "number")]
    pub at_us: i64,
}

/// Why a step can't be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderMoveError {
    #[error("an order is packed, shipped, delivered or refunded by hand, nothing else")]
    NotSellers,
    #[error("a note of {0} characters is too long; {NOTE_MAX} are the most")]
    LongNote(usize),
}

impl OrderMove {
    /// Errors: a step that is not the seller's, a note that is too long.
    pub fn check(&self) -> Result<(), OrderMoveError> {
        let length = self.note.chars().count();
        match self.event.is_sellers() {
            false => Err(OrderMoveError::NotSellers),
            true if length > NOTE_MAX => Err(OrderMoveError::LongNote(length)),
            true => Ok(()),
        }
    }
}

impl OrderState {
    /// True where an order of this state may still come to `later`, in one step or several.
    pub fn is_before(self, later: Self) -> bool {
        self.place() < later.place()
    }

    /// On the way to an end. Both ends at which no sale stands are behind all others.
    fn place(self) -> u8 {
        match self {
            Self::Reserved => 0,
            Self::Paid => 1,
            Self::Packed => 2,
            Self::Shipped => 3,
            Self::Done => 4,
            Self::Cancelled | Self::Refunded => 5,
        }
    }

    /// The state after `event`. Errors: [`OrderTransitionError`] when the event is not allowed here.
    pub fn on(self, event: OrderEvent) -> Result<Self, OrderTransitionError> {
        use {OrderEvent as E, OrderState as S};
        match (self, event) {
            (S::Reserved, E::Pay) => Ok(S::Paid),
            (S::Paid, E::Pack) => Ok(S::Packed),
            (S::Packed, E::Ship) => Ok(S::Shipped),
            (S::Shipped, E::Deliver) => Ok(S::Done),
            (S::Reserved, E::Cancel) => Ok(S::Cancelled),
            (S::Paid | S::Packed | S::Shipped | S::Done, E::Refund) => Ok(S::Refunded),
            (from, event) => Err(OrderTransitionError { from, event }),
        }
    }
}

/// One line: the price is the one the buyer was shown, or what was agreed on at the table instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderLine {
    pub sku: Sku,
    pub title: String,
    pub qty: u32,
    /// What was taken for a piece.
    pub unit_price: Money,
    /// Where that is another price than the one shown: which was shown, and why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub price_override: Option<PriceOverride>,
}

/// An order as both sides keep it. Who bought it stays on the platform, masked here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Order {
    pub id: OrderId,
    pub source: OrderSource,
    pub state: OrderState,
    pub show_id: Option<ShowId>,
    /// The moment of the show the buyer acted on, where known.
    pub at: Option<ShowMs>,
    pub lines: Vec<OrderLine>,
    pub total: Money,
    /// Name of the buyer, for lists; empty when unknown. Whoever makes an order (the page, a channel's table, a sale at the table) puts it
    /// here as [`PersonName::masked`](crate::person::PersonName::masked) gives it, which leaves a masked name as it is.
    #[serde(default)]
    pub buyer: String,
    /// UTC, microseconds since 1970.
    #[ts(type = "number")]
    pub placed_at_us: i64,
    /// How it was paid at the table; none where that was not written down, or it was paid on the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub payment: Option<PaymentTaken>,
}

/// Sum of the lines in `currency`. Errors: [`MoneyError`] on a line of another currency or an overflow.
pub fn total(lines: &[OrderLine], currency: Currency) -> Result<Money, MoneyError> {
    lines.iter().try_fold(Money::new(0, currency), |sum, line| sum.plus(line.unit_price.times(line.qty)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_takes_only_its_own_events() {
        use {OrderEvent as E, OrderState as S};
        let allowed = [
            (S::Reserved, E::Pay, S::Paid),
            (S::Paid, E::Pack, S::Packed),
            (S::Packed, E::Ship, S::Shipped),
            (S::Shipped, E::Deliver, S::Done),
            (S::Reserved, E::Cancel, S::Cancelled),
            (S::Paid, E::Refund, S::Refunded),
            (S::Packed, E::Refund, S::Refunded),
            (S::Shipped, E::Refund, S::Refunded),
            (S::Done, E::Refund, S::Refunded),
        ];
        assert!(allowed.iter().all(|(_, event, to)| event.leads_to() == *to));
        let states = [S::Reserved, S::Paid, S::Packed, S::Shipped, S::Done, S::Cancelled, S::Refunded];
        let events = [E::Pay, E::Pack, E::Ship, E::Deliver, E::Cancel, E::Refund];
        for from in states {
            for event in events {
                let want = allowed.iter().find(|(f, e, _)| (*f, *e) == (from, event)).map(|(_, _, to)| *to);
                assert_eq!(from.on(event).ok(), want, "{from:?} on {event:?}");
                assert!(want.is_none_or(|to| from.is_before(to) && !to.is_before(from)), "{from:?} on {event:?}");
            }
        }
    }

    #[test]
    fn a_seller_takes_only_the_sellers_steps() {
        let check = |event, note: &str| {
            let order_id = OrderId(uuid::Uuid::nil());
            OrderMove { order_id, event, note: note.to_owned(), at_us: 0 }.check()
        };
        for (event, is_sellers) in [
            (OrderEvent::Pay, false),
            (OrderEvent::Pack, true),
            (OrderEvent::Ship, true),
            (OrderEvent::Deliver, true),
            (OrderEvent::Cancel, false),
            (OrderEvent::Refund, true),
        ] {
            assert_eq!(check(event, "SF1234567890").is_ok(), is_sellers, "{event:?}");
        }
        assert_eq!(check(OrderEvent::Ship, &"单".repeat(201)), Err(OrderMoveError::LongNote(201)));
        assert_eq!(check(OrderEvent::Ship, &"单".repeat(200)), Ok(()));
    }

    #[test]
    fn an_order_of_before_the_till_is_read_and_written_as_it_was() {
        let old = r#"{"id":"00000000-0000-0000-0000-000000000000","source":"venue","state":"paid","show_id":null,"at":null,"lines":[{"sku":"A","title":"a","qty":2,"unit_price":{"minor":1580,"currency":"CNY"}}],"total":{"minor":3160,"currency":"CNY"},"buyer":"","placed_at_us":7}"#;
        let order: Order = serde_json::from_str(old).unwrap();
        assert!(order.payment.is_none() && order.lines[0].price_override.is_none());
        assert_eq!(serde_json::to_string(&order).unwrap(), old, "its hash stays what it was");
    }

    #[test]
    fn the_total_is_the_sum_of_its_lines() {
        let line = |minor, qty| OrderLine {
            sku: Sku::new("A").unwrap(),
            title: "a".into(),
            qty,
            unit_price: Money::new(minor, Currency::CNY),
            price_override: None,
        };
        assert_eq!(total(&[line(1580, 2), line(990, 1)], Currency::CNY).unwrap().minor, 4150);
        assert!(total(&[line(i64::MAX, 2)], Currency::CNY).is_err(), "an overflow is no total");
    }
}
