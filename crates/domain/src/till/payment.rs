//! How a sale at the table was paid, and by what it is known that the money came.

use crate::{Money, MoneyError, OrderId, order::Order};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Most characters of a provider's reference: theirs have some thirty.
pub const REFERENCE_MAX: usize = 100;

/// What was paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    Cash,
    /// The buyer scanned a code, or showed one.
    Qr,
    Card,
}

impl TenderKind {
    pub const ALL: [Self; 3] = [Self::Cash, Self::Qr, Self::Card];
}

/// By what it is known that money came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Proof {
    /// It lies in the drawer.
    Cash,
    /// Somebody compared it with what the provider says.
    Hand { reference: String },
    /// It stood in a provider's statement.
    Statement { reference: String },
}

impl Proof {
    /// The provider's number of it; none for cash.
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Cash => None,
            Self::Hand { reference } | Self::Statement { reference } => Some(reference),
        }
    }
}

/// A payment as the till took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentTaken {
    pub tender: TenderKind,
    pub amount: Money,
    /// Cash that was handed over; none for other tenders.
    #[serde(default)]
    pub received: Option<Money>,
    /// Cash that was handed back.
    #[serde(default)]
    pub change: Option<Money>,
    /// None: nobody knows yet that the money came, since the till asks no network.
    #[serde(default)]
    pub verified_by: Option<Proof>,
}

/// Why a payment can't be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    #[error("{received} is less than {total}; {missing} are missing")]
    TooLittle { received: Money, total: Money, missing: Money },
    #[error("only cash is handed over and given change for; leave the amount received away")]
    NoChange,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl PaymentTaken {
    /// Takes `total`. `received`: cash that was handed over; none for the exact sum. Errors: [`PaymentError`].
    pub fn take(tender: TenderKind, total: Money, received: Option<Money>) -> Result<Self, PaymentError> {
        if tender != TenderKind::Cash {
            return match received {
                Some(_) => Err(PaymentError::NoChange),
                None => Ok(Self { tender, amount: total, received: None, change: None, verified_by: None }),
            };
        }
        let received = received.unwrap_or(total);
        let change =
            received.plus(Money::new(total.minor.checked_neg().ok_or(MoneyError::Overflow)?, total.currency))?;
        if change.minor < 0 {
            let missing = Money::new(change.minor.saturating_neg(), change.currency);
            return Err(PaymentError::TooLittle { received, total, missing });
        }
        let (received, change) = (Some(received), Some(change));
        Ok(Self { tender, amount: total, received, change, verified_by: Some(Proof::Cash) })
    }

    pub fn is_verified(&self) -> bool {
        self.verified_by.is_some()
    }
}

/// An order's payment was found at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentMatch {
    pub order_id: OrderId,
    pub proof: Proof,
    /// UTC, microseconds since 1970, by the clock of the device; for display.
    #[ts(type = "number")]
    pub at_us: i64,
}

/// Why a payment is not matched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatchError {
    #[error("a payment is matched by the provider's reference; give it")]
    NoReference,
    #[error("a reference of {0} characters is too long; {REFERENCE_MAX} are the most")]
    LongReference(usize),
    #[error("the reference has a sign that can't be printed; type it anew")]
    BadReference,
    #[error("for order {0} no payment was written down, so there is none to match")]
    NoPayment(OrderId),
    #[error("order {0} was paid in cash, which lies in the drawer; there is nothing to match")]
    IsCash(OrderId),
    #[error("the payment of order {order_id} is matched to {reference} already")]
    Matched { order_id: OrderId, reference: String },
}

/// Holds a provider's number to what one looks like. Errors: none, too long, or with signs that no provider gives.
pub fn check_reference(reference: &str) -> Result<(), MatchError> {
    match reference.chars().count() {
        0 => Err(MatchError::NoReference),
        long if long > REFERENCE_MAX => Err(MatchError::LongReference(long)),
        _ if reference.trim() != reference || reference.chars().any(char::is_control) => Err(MatchError::BadReference),
        _ => Ok(()),
    }
}

impl PaymentMatch {
    /// Errors: no reference, or one that can't be right.
    pub fn check(&self) -> Result<(), MatchError> {
        check_reference(self.proof.reference().unwrap_or_default())
    }

    /// Writes it on its order. False: it stood there before. Errors: [`MatchError`].
    pub fn write_on(&self, order: &mut Order) -> Result<bool, MatchError> {
        self.check()?;
        let id = order.id;
        let payment = order.payment.as_mut().ok_or(MatchError::NoPayment(id))?;
        match &payment.verified_by {
            None => {
                payment.verified_by = Some(self.proof.clone());
                Ok(true)
            }
            Some(before) => match before.reference() {
                None => Err(MatchError::IsCash(id)),
                Some(reference) if Some(reference) == self.proof.reference() => Ok(false),
                Some(reference) => Err(MatchError::Matched { order_id: id, reference: reference.to_owned() }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Currency,
        order::{OrderSource, OrderState},
    };
    use uuid::Uuid;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    fn sold(payment: Option<PaymentTaken>) -> Order {
        Order {
            id: OrderId(Uuid::nil()),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            lines: vec![],
            total: cny(1580),
            buyer: String::new(),
            placed_at_us: 0,
            payment,
        }
    }

    #[test]
    fn cash_is_known_at_once_and_gets_change() {
        let exact = PaymentTaken::take(TenderKind::Cash, cny(1580), None).unwrap();
        assert_eq!((exact.received, exact.change, exact.is_verified()), (Some(cny(1580)), Some(cny(0)), true));
        let note = PaymentTaken::take(TenderKind::Cash, cny(1580), Some(cny(2000))).unwrap();
        assert_eq!(note.change, Some(cny(420)));
        let little = PaymentTaken::take(TenderKind::Cash, cny(1580), Some(cny(1500))).unwrap_err();
        assert_eq!(little.to_string(), "15.00 CNY is less than 15.80 CNY; 0.80 CNY are missing");
        let euros = PaymentTaken::take(TenderKind::Cash, cny(1580), Some(Money::new(2000, Currency::EUR)));
        assert!(matches!(euros, Err(PaymentError::Money(MoneyError::Mixed(..)))));
        assert!(
            PaymentTaken::take(TenderKind::Cash, cny(-1), Some(cny(i64::MAX))).is_err(),
            "an overflow is no change"
        );
    }

    #[test]
    fn what_asks_a_network_waits_to_be_matched() {
        for tender in [TenderKind::Qr, TenderKind::Card] {
            let taken = PaymentTaken::take(tender, cny(1580), None).unwrap();
            assert!(!taken.is_verified() && taken.received.is_none() && taken.change.is_none(), "{tender:?}");
            assert_eq!(PaymentTaken::take(tender, cny(1580), Some(cny(2000))), Err(PaymentError::NoChange));
        }
    }

    #[test]
    fn a_payment_is_matched_once_and_to_one_reference() {
        let found = |reference: &str| PaymentMatch {
            order_id: OrderId(Uuid::nil()),
            proof: Proof::Hand { reference: reference.to_owned() },
            at_us: 0,
        };
        let mut order = sold(PaymentTaken::take(TenderKind::Qr, cny(1580), None).ok());
        assert_eq!(found("4200001").write_on(&mut order), Ok(true));
        assert_eq!(found("4200001").write_on(&mut order), Ok(false), "told twice");
        assert!(matches!(found("4200002").write_on(&mut order), Err(MatchError::Matched { .. })));
        let mut cash = sold(PaymentTaken::take(TenderKind::Cash, cny(1580), None).ok());
        assert!(matches!(found("4200001").write_on(&mut cash), Err(MatchError::IsCash(_))));
        assert!(matches!(found("4200001").write_on(&mut sold(None)), Err(MatchError::NoPayment(_))));
        for (bad, why) in [
            ("", MatchError::NoReference),
            (" 1", MatchError::BadReference),
            ("1\n2", MatchError::BadReference),
            (&*"9".repeat(101), MatchError::LongReference(101)),
        ] {
            assert_eq!(found(bad).check(), Err(why), "{bad:?}");
        }
        let by_cash = PaymentMatch { proof: Proof::Cash, ..found("x") };
        assert_eq!(by_cash.check(), Err(MatchError::NoReference));
    }
}
