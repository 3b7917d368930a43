//! Whether a price looks like a slip of the finger.

use crate::Money;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// A price further under the last one than this, in percent, is asked about.
const FAR_PERCENT: i128 = 30;

/// What the seller has to say yes to, once, before a price counts: "9.90" for "99.00" is typed in a moment, and sold out in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "question", rename_all = "snake_case")]
pub enum Question {
    /// Each piece is sold at a loss.
    BelowCost { price: Money, cost: Money },
    /// More than 30 % under the last price.
    FarBelowLast { price: Money, last: Money },
}

impl Question {
    /// What is to be asked of `price`; a loss before anything else. `last`: what a piece cost before. `cost`: what a piece costs the
    /// seller, where that is known. Amounts of another currency say nothing.
    pub fn about(price: Money, last: Option<Money>, cost: Option<Money>) -> Option<Self> {
        let same = |other: &Money| other.currency == price.currency;
        if let Some(cost) = cost.filter(same).filter(|cost| price.minor < cost.minor) {
            return Some(Self::BelowCost { price, cost });
        }
        let is_far = |last: &Money| i128::from(price.minor) * 100 < i128::from(last.minor) * (100 - FAR_PERCENT);
        last.filter(same).filter(is_far).map(|last| Self::FarBelowLast { price, last })
    }
}

/// In English, without an end: "…; say so if it is meant".
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BelowCost { price, cost } => write!(f, "{price} is below the cost of {cost}"),
            Self::FarBelowLast { price, last } => {
                write!(f, "{price} is more than {FAR_PERCENT} % under the last price of {last}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;
    use proptest::prelude::*;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    #[test]
    fn a_price_below_cost_or_far_under_the_last_one_is_asked_about() {
        let far = |price, last| Some(Question::FarBelowLast { price: cny(price), last: cny(last) });
        let loss = |price, cost| Some(Question::BelowCost { price: cny(price), cost: cny(cost) });
        for (price, last, cost, want) in [
            (700, Some(1_000), None, None),
            (699, Some(1_000), None, far(699, 1_000)),
            (990, Some(9_900), None, far(990, 9_900)),
            (1_000, Some(1_000), None, None),
            (2_000, Some(1_000), None, None),
            (1, None, None, None),
            (0, Some(1), None, far(0, 1)),
            (0, Some(0), None, None),
            (900, Some(1_000), Some(900), None),
            (900, Some(1_000), Some(901), loss(900, 901)),
            (100, Some(1_000), Some(901), loss(100, 901)),
            (i64::MAX, Some(i64::MAX), Some(i64::MIN), None),
        ] {
            let got = Question::about(cny(price), last.map(cny), cost.map(cny));
            assert_eq!(got, want, "{price} after {last:?}, cost {cost:?}");
        }
        let euros = Some(Money::new(1_000_000, Currency::EUR));
        assert_eq!(Question::about(cny(1), euros, euros), None, "amounts of another currency are not compared");
    }

    proptest! {
        #[test]
        fn a_higher_price_is_never_asked_about_where_a_lower_one_is_not(low in 0_i64..10_000, more in 0_i64..10_000,
                last in 0_i64..10_000, cost in 0_i64..10_000) {
            let about = |price| Question::about(cny(price), Some(cny(last)), Some(cny(cost)));
            prop_assert!(about(low).is_some() || about(low + more).is_none());
        }
    }
}
