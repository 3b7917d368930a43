//! Who gets what of a claim, by the seller's rules and what is there.

use super::{ClaimLine, RefusedWhy};
use crate::{Money, MoneyError, Sku};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Longest that goods are held for a claim: a day. Who wants longer wants to give them away.
pub const HOLD_MIN_MAX: u32 = 24 * 60;
/// Highest limit per buyer; beyond it there is none.
pub const PER_BUYER_MAX: u32 = 999;

/// How a show treats claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReservePolicy {
    /// Minutes to pay in.
    pub hold_min: u32,
    /// Nothing is held: whoever pays first has the goods. Who waited gets them held all the same.
    pub first_paid: bool,
    /// Sold out means waiting rather than nothing.
    pub waiting_list: bool,
    /// Pieces of one product that one viewer may have in the show; none: as many as there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_buyer: Option<u32>,
}

impl Default for ReservePolicy {
    fn default() -> Self {
        Self { hold_min: 10, first_paid: false, waiting_list: true, per_buyer: None }
    }
}

/// Why a policy can't be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    #[error("goods are held for 1 to {HOLD_MIN_MAX} minutes, not {0}")]
    Hold(u32),
    #[error("a limit per buyer is 1 to {PER_BUYER_MAX} pieces, not {0}; leave it out for none")]
    PerBuyer(u32),
}

impl ReservePolicy {
    /// Errors: [`BadPolicy`].
    pub fn check(&self) -> Result<(), BadPolicy> {
        if !(1..=HOLD_MIN_MAX).contains(&self.hold_min) {
            return Err(BadPolicy::Hold(self.hold_min));
        }
        match self.per_buyer {
            Some(limit) if !(1..=PER_BUYER_MAX).contains(&limit) => Err(BadPolicy::PerBuyer(limit)),
            _ => Ok(()),
        }
    }

    /// How long a claim may be paid, microseconds.
    pub fn hold_us(&self) -> i64 {
        i64::from(self.hold_min) * 60_000_000
    }
}

/// What sending the goods of one claim costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipping {
    pub fee: Money,
    /// From this worth of goods on it costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Money>,
}

impl Shipping {
    /// The fee for `goods`. Goods in another currency have none: nobody knows what it would be.
    pub fn of(&self, goods: Money) -> Money {
        let is_free = self.free_from.is_some_and(|from| from.currency == goods.currency && goods.minor >= from.minor);
        if is_free || self.fee.currency != goods.currency { Money::new(0, goods.currency) } else { self.fee }
    }

    /// Goods and fee together. Errors: the sum is too large.
    pub fn with(&self, goods: Money) -> Result<Money, MoneyError> {
        goods.plus(self.of(goods))
    }
}

/// What stands in the way of a claim.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Pieces that may be promised, of what is sold; what is not in here is not sold.
    pub left: &'a BTreeMap<Sku, i64>,
    /// Products that somebody waits for already.
    pub waited_for: &'a BTreeSet<Sku>,
    /// Claims on the seller's waiting list.
    pub waiting: usize,
    /// What the viewer has in this show: claims that count, and purchases.
    pub taken: &'a BTreeMap<Sku, u32>,
}

/// Longest waiting list of a seller. Who came behind so many would hardly be served before the show is over, and everybody on the list
/// is told each time that somebody leaves it.
pub const WAITING_MAX: usize = 1_000;

/// What is done with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Hold,
    Invite,
    Queue,
    Refuse(RefusedWhy),
}

/// All lines or none: a claim is held, invited, queued or refused as a whole. Who comes later never overtakes who waits.
pub fn decide(policy: &ReservePolicy, lines: &[ClaimLine], situation: Situation<'_>) -> Decision {
    let Situation { left, waited_for, waiting, taken } = situation;
    if lines.is_empty() || lines.iter().any(|line| !left.contains_key(&line.sku)) {
        return Decision::Refuse(RefusedWhy::Unknown);
    }
    let too_many = |line: &ClaimLine| {
        let has = taken.get(&line.sku).copied().unwrap_or(0);
        policy.per_buyer.is_some_and(|limit| has.saturating_add(line.qty) > limit)
    };
    if lines.iter().any(too_many) {
        return Decision::Refuse(RefusedWhy::Limit);
    }
    let is_there = |line: &ClaimLine| {
        !waited_for.contains(&line.sku) && left.get(&line.sku).is_some_and(|left| *left >= i64::from(line.qty))
    };
    match (lines.iter().all(is_there), policy) {
        (true, ReservePolicy { first_paid: true, .. }) => Decision::Invite,
        (true, _) => Decision::Hold,
        (false, ReservePolicy { waiting_list: true, .. }) if waiting < WAITING_MAX => Decision::Queue,
        (false, _) => Decision::Refuse(RefusedWhy::SoldOut),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Currency;
    use RefusedWhy::{Limit, SoldOut, Unknown};

    fn sku(name: &str) -> Sku {
        Sku::new(name).unwrap()
    }

    #[test]
    fn a_claim_is_decided_by_the_rules_and_by_what_is_there() {
        let plain = ReservePolicy::default();
        let strict = ReservePolicy { waiting_list: false, ..plain };
        let race = ReservePolicy { first_paid: true, ..plain };
        let limited = ReservePolicy { per_buyer: Some(2), ..plain };
        let left = BTreeMap::from([(sku("A"), 3), (sku("B"), 1), (sku("NONE"), 0), (sku("W"), 5)]);
        let waited_for = BTreeSet::from([sku("W")]);
        let taken = BTreeMap::from([(sku("A"), 1)]);
        type Case<'a> = (&'a str, ReservePolicy, &'a [(&'a str, u32)], Decision);
        let table: [Case<'_>; 14] = [
            ("it is there", plain, &[("A", 3)], Decision::Hold),
            ("one line is short", plain, &[("A", 1), ("B", 2)], Decision::Queue),
            ("sold out", plain, &[("NONE", 1)], Decision::Queue),
            ("no list", strict, &[("NONE", 1)], Decision::Refuse(SoldOut)),
            ("no list, one line short", strict, &[("A", 1), ("B", 2)], Decision::Refuse(SoldOut)),
            ("somebody waits", plain, &[("W", 1)], Decision::Queue),
            ("first paid", race, &[("A", 1)], Decision::Invite),
            ("first paid, sold out", race, &[("NONE", 1)], Decision::Queue),
            ("first paid, somebody waits", race, &[("W", 1)], Decision::Queue),
            ("up to the limit", limited, &[("A", 1)], Decision::Hold),
            ("beyond the limit", limited, &[("A", 2)], Decision::Refuse(Limit)),
            ("the limit is each product's", limited, &[("B", 1)], Decision::Hold),
            ("the limit comes before the queue", limited, &[("NONE", 3)], Decision::Refuse(Limit)),
            ("not sold", plain, &[("A", 1), ("X", 1)], Decision::Refuse(Unknown)),
        ];
        for (what, policy, lines, want) in table {
            let lines: Vec<_> = lines.iter().map(|(name, qty)| ClaimLine { sku: sku(name), qty: *qty }).collect();
            let situation = Situation { left: &left, waited_for: &waited_for, waiting: 0, taken: &taken };
            assert_eq!(decide(&policy, &lines, situation), want, "{what}");
        }
        let nothing = Situation { left: &left, waited_for: &waited_for, waiting: 0, taken: &taken };
        assert_eq!(decide(&plain, &[], nothing), Decision::Refuse(Unknown));
        let gone = [ClaimLine { sku: sku("NONE"), qty: 1 }];
        for (waiting, want) in [(WAITING_MAX - 1, Decision::Queue), (WAITING_MAX, Decision::Refuse(SoldOut))] {
            assert_eq!(decide(&plain, &gone, Situation { waiting, ..nothing }), want, "behind {waiting}");
        }
    }

    #[test]
    fn shipping_is_flat_until_it_is_free_and_nothing_in_another_currency() {
        let yuan = |minor| Money::new(minor, Currency::CNY);
        let shipping = Shipping { fee: yuan(800), free_from: Some(yuan(9_900)) };
        for (goods, want) in [(yuan(100), 800), (yuan(9_899), 800), (yuan(9_900), 0), (Money::new(5, Currency::USD), 0)]
        {
            assert_eq!(shipping.of(goods), Money::new(want, goods.currency), "{goods:?}");
        }
        assert_eq!(Shipping { free_from: None, ..shipping }.with(yuan(50_000)).unwrap(), yuan(50_800));
    }

    #[test]
    fn a_policy_says_what_is_wrong_with_it() {
        let policy = ReservePolicy::default();
        assert_eq!(policy.check(), Ok(()));
        for (bad, why) in [
            (ReservePolicy { hold_min: 0, ..policy }, BadPolicy::Hold(0)),
            (ReservePolicy { hold_min: 1_441, ..policy }, BadPolicy::Hold(1_441)),
            (ReservePolicy { per_buyer: Some(0), ..policy }, BadPolicy::PerBuyer(0)),
            (ReservePolicy { per_buyer: Some(1_000), ..policy }, BadPolicy::PerBuyer(1_000)),
        ] {
            assert_eq!(bad.check(), Err(why));
        }
        assert_eq!(serde_json::from_str::<ReservePolicy>("{}").unwrap(), policy, "what is left out is as usual");
    }
}
