//! A price agreed on at the table instead of the one shown, and how far down who may go.

use crate::{Money, Sku};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Most characters of a reason.
pub const REASON_MAX: usize = 200;

/// Who stands at the till. A setting of the device: whoever sets it up decides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TillRole {
    #[default]
    Owner,
    /// A helper who sells for the owner.
    Seller,
}

impl fmt::Display for TillRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "the owner",
            Self::Seller => "a seller",
        })
    }
}

/// The lowest price each role may take, in percent of the price shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PriceFloors {
    pub owner_percent: u8,
    pub seller_percent: u8,
}

/// An owner may give things away; a helper rounds down, and no more.
impl Default for PriceFloors {
    fn default() -> Self {
        Self { owner_percent: 0, seller_percent: 90 }
    }
}

/// What is kept of it on a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct TillRules {
    pub role: TillRole,
    pub floors: PriceFloors,
}

/// Which price was shown for a line that was sold at another one, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PriceOverride {
    pub shown: Money,
    pub reason: String,
}

/// Why a price is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    #[error("{sku} at {wanted} is too low: {role} may go down to {percent} % of the price shown, which is {lowest}{}", ask(.role))]
    BelowFloor { sku: Sku, wanted: Money, role: TillRole, percent: u8, lowest: Money },
    #[error("{sku} was shown at {shown}, so {wanted} is too much; take at most what was shown")]
    AboveShown { sku: Sku, wanted: Money, shown: Money },
    #[error("{sku} is sold in {}, not in {}; give the price in {}", .shown.currency, .wanted.currency, .shown.currency)]
    OtherCurrency { sku: Sku, wanted: Money, shown: Money },
    #[error("another price for {0} needs a reason; say why, such as \"box damaged\"")]
    NoReason(Sku),
    #[error("a reason of {0} characters is too long; {REASON_MAX} are the most")]
    LongReason(usize),
    #[error("a floor of {0} percent is none; give 0 to 100")]
    BadFloor(u8),
}

fn ask(role: &TillRole) -> &'static str {
    match role {
        TillRole::Owner => "",
        TillRole::Seller => "; ask the owner for less",
    }
}

impl TillRules {
    /// Errors: a floor above the price itself.
    pub fn check(&self) -> Result<(), PriceError> {
        let too_high = [self.floors.owner_percent, self.floors.seller_percent].into_iter().find(|floor| *floor > 100);
        too_high.map_or(Ok(()), |floor| Err(PriceError::BadFloor(floor)))
    }

    /// The floor of the role that is set.
    pub fn floor_percent(&self) -> u8 {
        match self.role {
            TillRole::Owner => self.floors.owner_percent,
            TillRole::Seller => self.floors.seller_percent,
        }
    }

    /// The lowest price that may be taken for something shown at `shown`, rounded up to a whole minor unit.
    pub fn lowest(&self, shown: Money) -> Money {
        let hundredfold = i128::from(shown.minor.max(0)) * i128::from(self.floor_percent().min(100));
        Money::new(i64::try_from((hundredfold + 99) / 100).unwrap_or(i64::MAX), shown.currency)
    }

    /// What is written on a line whose product is shown at `shown` and sold at `wanted`; none where both are the same.
    /// Errors: [`PriceError`].
    pub fn agree(
        &self,
        sku: &Sku,
        shown: Money,
        wanted: Money,
        reason: &str,
    ) -> Result<Option<PriceOverride>, PriceError> {
        if wanted == shown {
            return Ok(None);
        }
        let sku = || sku.clone();
        if wanted.currency != shown.currency {
            return Err(PriceError::OtherCurrency { sku: sku(), wanted, shown });
        }
        if wanted.minor > shown.minor {
            return Err(PriceError::AboveShown { sku: sku(), wanted, shown });
        }
        let lowest = self.lowest(shown);
        if wanted.minor < lowest.minor {
            let (role, percent) = (self.role, self.floor_percent());
            return Err(PriceError::BelowFloor { sku: sku(), wanted, role, percent, lowest });
        }
        let reason = reason.trim();
        match reason.chars().count() {
            0 => Err(PriceError::NoReason(sku())),
            long if long > REASON_MAX => Err(PriceError::LongReason(long)),
            _ => Ok(Some(PriceOverride { shown, reason: reason.to_owned() })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    fn rules(role: TillRole, seller_percent: u8) -> TillRules {
        TillRules { role, floors: PriceFloors { owner_percent: 50, seller_percent } }
    }

    #[test]
    fn each_role_has_its_floor_and_both_need_a_reason() {
        let sku = Sku::new("A").unwrap();
        for (role, wanted, reason, want) in [
            (TillRole::Seller, 1580, "", Ok(None)),
            (TillRole::Seller, 1422, "box damaged", Ok(Some(1580))),
            (
                TillRole::Seller,
                1421,
                "box damaged",
                Err("a seller may go down to 90 % of the price shown, which is 14.22 CNY; ask the owner for less"),
            ),
            (TillRole::Owner, 1421, "regular", Ok(Some(1580))),
            (TillRole::Owner, 789, "regular", Err("the owner may go down to 50 %")),
            (TillRole::Owner, -1, "regular", Err("the owner may go down to 50 %")),
            (TillRole::Owner, 1500, "  ", Err("needs a reason")),
            (TillRole::Owner, 1581, "regular", Err("take at most what was shown")),
        ] {
            let got = rules(role, 90).agree(&sku, cny(1580), cny(wanted), reason);
            match (got, want) {
                (Ok(got), Ok(want)) => assert_eq!(got.map(|line| line.shown.minor), want, "{role} at {wanted}"),
                (Err(why), Err(want)) => assert!(why.to_string().contains(want), "{why}"),
                (got, want) => panic!("{role} at {wanted}: {got:?}, not {want:?}"),
            }
        }
        let other = rules(TillRole::Owner, 90).agree(&sku, cny(1580), Money::new(1000, Currency::EUR), "x");
        assert!(other.unwrap_err().to_string().contains("give the price in CNY"));
        let long = rules(TillRole::Owner, 90).agree(&sku, cny(1580), cny(1500), &"长".repeat(201));
        assert_eq!(long, Err(PriceError::LongReason(201)));
    }

    #[test]
    fn a_floor_is_rounded_up_and_never_above_the_price() {
        for (percent, shown, lowest) in
            [(90, 1580, 1422), (90, 1, 1), (33, 100, 33), (33, 101, 34), (100, 1580, 1580), (0, 1580, 0)]
        {
            assert_eq!(rules(TillRole::Seller, percent).lowest(cny(shown)), cny(lowest), "{percent} % of {shown}");
        }
        assert_eq!(rules(TillRole::Seller, 100).lowest(cny(i64::MAX)), cny(i64::MAX));
        assert_eq!(rules(TillRole::Seller, 101).check(), Err(PriceError::BadFloor(101)));
        assert_eq!(rules(TillRole::Seller, 100).check(), Ok(()));
        let kept: TillRules = serde_json::from_str(r#"{"role":"seller"}"#).unwrap();
        assert_eq!(kept.floor_percent(), 90, "what was never set is as usual");
    }
}
