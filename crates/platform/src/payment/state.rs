//! What may become of a payment: one pure function.

use std::fmt;

/// `Intended -> Pending | Unknown -> Captured | Declined`, and `Captured -> Refunding -> Refunded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// Written down; the provider is being asked, or was when the process died.
    Intended,
    /// The provider has it and has not decided.
    Pending,
    /// The provider gave no answer: it may have charged or not.
    Unknown,
    Captured,
    Declined,
    /// The money has to go back.
    Refunding,
    Refunded,
}

/// What is heard of a payment, from whatever side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    Pending,
    NoAnswer,
    /// The money came while the goods are held for it.
    Captured,
    /// The money came for goods that are gone.
    CapturedInVain,
    Declined,
    /// The seller gives the money back.
    Refund,
    /// The provider has given it back.
    Refunded,
}

/// A change that the payment's state does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {from} can't take {event:?}")]
pub struct PaymentTransitionError {
    pub from: PaymentState,
    pub event: PaymentEvent,
}

impl PaymentState {
    pub const ALL: [Self; 7] =
        [Self::Intended, Self::Pending, Self::Unknown, Self::Captured, Self::Declined, Self::Refunding, Self::Refunded];

    /// The state after `event`; the same one where that is old news, since what providers tell comes twice and in any
    /// order. Errors: [`PaymentTransitionError`] when a refund has nothing to give back.
    pub fn on(self, event: PaymentEvent) -> Result<Self, PaymentTransitionError> {
        use {PaymentEvent as E, PaymentState as S};
        match (self, event) {
            (S::Intended | S::Unknown, E::Pending) => Ok(S::Pending),
            (S::Intended, E::NoAnswer) => Ok(S::Unknown),
            (S::Intended | S::Pending | S::Unknown, E::Captured) => Ok(S::Captured),
            (S::Intended | S::Pending | S::Unknown, E::CapturedInVain) => Ok(S::Refunding),
            (S::Intended | S::Pending | S::Unknown, E::Declined) => Ok(S::Declined),
            // The goods were let go, or paid in another way, on the word that no money would come.
            (S::Declined, E::Captured | E::CapturedInVain) => Ok(S::Refunding),
            (S::Captured, E::Refund) => Ok(S::Refunding),
            (S::Refunding, E::Refunded) => Ok(S::Refunded),
            (S::Refunding | S::Refunded, E::Refund) | (S::Refunded, E::Refunded) => Ok(self),
            (from, event @ (E::Refund | E::Refunded)) => Err(PaymentTransitionError { from, event }),
            (state, E::Pending | E::NoAnswer | E::Captured | E::CapturedInVain | E::Declined) => Ok(state),
        }
    }

    /// Nobody knows yet whether the money comes: the goods stay held so long.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Pending | Self::Unknown)
    }

    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }
}

impl fmt::Display for PaymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no state of a payment.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is no state of a payment")]
pub struct NoPaymentState(String);

impl std::str::FromStr for PaymentState {
    type Err = NoPaymentState;

    fn from_str(text: &str) -> Result<Self, NoPaymentState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| NoPaymentState(text.into()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use {PaymentEvent as E, PaymentState as S};

    const EVENTS: [E; 7] =
        [E::Pending, E::NoAnswer, E::Captured, E::CapturedInVain, E::Declined, E::Refund, E::Refunded];

    #[test]
    fn every_state_follows_its_table() {
        // One row a state, one column an event, in the order of `ALL` and `EVENTS`; None is refused.
        let (i, p, u, c, d, g, r) =
            (S::Intended, S::Pending, S::Unknown, S::Captured, S::Declined, S::Refunding, S::Refunded);
        let table = [
            (i, [Some(p), Some(u), Some(c), Some(g), Some(d), None, None]),
            (p, [Some(p), Some(p), Some(c), Some(g), Some(d), None, None]),
            (u, [Some(p), Some(u), Some(c), Some(g), Some(d), None, None]),
            (c, [Some(c), Some(c), Some(c), Some(c), Some(c), Some(g), None]),
            (d, [Some(d), Some(d), Some(g), Some(g), Some(d), None, None]),
            (g, [Some(g), Some(g), Some(g), Some(g), Some(g), Some(g), Some(r)]),
            (r, [Some(r), Some(r), Some(r), Some(r), Some(r), Some(r), Some(r)]),
        ];
        for (from, row) in table {
            for (event, want) in EVENTS.into_iter().zip(row) {
                assert_eq!(from.on(event).ok(), want, "{from} on {event:?}");
            }
        }
    }

    #[test]
    fn no_order_of_news_loses_money_that_was_taken() {
        // Every sequence of four things a provider may say, of which one says that the money is taken.
        for start in [S::Intended, S::Pending, S::Unknown] {
            for number in 0..5_usize.pow(4) {
                let news = [1, 5, 25, 125].map(|place| EVENTS[number / place % 5]);
                let end = news.iter().fold(start, |state, event| state.on(*event).unwrap());
                let taken = news.iter().any(|event| matches!(event, E::Captured | E::CapturedInVain));
                let kept = matches!(end, S::Captured | S::Refunding);
                assert_eq!(taken, kept, "{start} after {news:?} is {end}: it is sold or goes back");
            }
        }
    }

    #[test]
    fn every_state_is_read_as_it_was_written() {
        for state in S::ALL {
            assert_eq!(state.as_str().parse::<S>().unwrap(), state);
        }
        assert!("paid".parse::<S>().is_err());
    }
}
