//! A till for tests of crashes: what it sells, what it says on its standard output (a line of JSON each), and what has to
//! hold of that. The programs are examples of the store and the sync.

use hawker_domain::{
    Currency, Money, OrderId, Sku,
    order::{Order, OrderLine, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The store is open; this is what lies in it.
    Opened(Told),
    /// Goods came in; said after the commit.
    Received(i64),
    /// An order was sold; said after the commit.
    Sold(Uuid),
    /// All is sold, sent and answered, and all that the platform tells is here; this is what lies in the store.
    InStep(Told),
    /// The store does not open, or does not take a sale, and why.
    Refused(String),
}

/// The one product that is sold.
pub fn sku() -> Sku {
    Sku::new("TEA").unwrap()
}

/// Goods that come in.
pub fn received(pieces: i64) -> StockMovement {
    StockMovement { sku: sku(), delta: pieces, reason: MovementReason::Received, order_id: None }
}

/// The same id and pieces are the same order. A line for each piece: the ledger gets their sum.
pub fn order(id: Uuid, pieces: u32) -> Order {
    let unit_price = Money::new(1580, Currency::CNY);
    let line = OrderLine { sku: sku(), title: "绿茶".to_owned(), qty: 1, unit_price, price_override: None };
    Order {
        id: OrderId(id),
        source: OrderSource::Venue,
        state: OrderState::Paid,
        show_id: None,
        at: None,
        lines: vec![line; pieces as usize],
        total: unit_price.times(pieces).unwrap(),
        buyer: String::new(),
        placed_at_us: 1_700_000_000_000_000,
        payment: None,
    }
}

/// What a store holds of one product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Pieces by the ledger.
    pub received: i64,
    /// Pieces by the derived level.
    pub on_hand: i64,
    /// Pieces that were bought on the platform, by its orders.
    pub bought: i64,
    /// Each order sold here, with its pieces.
    pub orders: Vec<(Uuid, i64)>,
    /// Each movement of these orders, with the pieces that went.
    pub moved: Vec<(Uuid, i64)>,
    /// The outbox in the order of its numbers, with the order that an op reports, if it reports one.
    pub ops: Vec<(u64, Option<Uuid>)>,
}

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Acknowledged and not there: an order, or goods that came in.
    Lost(u64),
    /// An order that moved the stock or was put into the outbox more than once.
    Doubled(u64),
    /// Anything else, in words.
    Broken(String),
}

impl Told {
    /// Holds what is told to what was acknowledged before: pieces that came in, and orders. One order more may be there,
    /// the one that was under way.
    pub fn check(&self, received: i64, acknowledged: &BTreeSet<Uuid>) -> Vec<Finding> {
        let orders: BTreeMap<Uuid, i64> = self.orders.iter().copied().collect();
        let mut findings = Vec::new();
        let lost = acknowledged.iter().filter(|order| !orders.contains_key(*order)).count();
        let lost = lost + usize::from(self.received < received);
        findings.extend((lost > 0).then_some(Finding::Lost(lost as u64)));
        let unasked = orders.keys().filter(|order| !acknowledged.contains(*order)).count();
        findings.extend((unasked > 1).then(|| Finding::Broken(format!("{unasked} orders that nobody was told of"))));
        let mut doubled = self.orders.len() - orders.len();
        let reported: Vec<Uuid> = self.ops.iter().filter_map(|(_, order)| *order).collect();
        let moved: Vec<Uuid> = self.moved.iter().map(|(order, _)| *order).collect();
        for (what, ids) in [("stock movement", moved), ("op", reported)] {
            let once: BTreeSet<Uuid> = ids.iter().copied().collect();
            doubled += ids.len() - once.len();
            let torn = once.symmetric_difference(&orders.keys().copied().collect()).count();
            findings.extend((torn > 0).then(|| Finding::Broken(format!("{torn} orders or {what}s without the other"))));
        }
        findings.extend((doubled > 0).then_some(Finding::Doubled(doubled as u64)));
        let gap = (1..).zip(&self.ops).find(|(number, (seq, _))| number != seq);
        findings.extend(gap.map(|(number, _)| Finding::Broken(format!("the outbox has no op {number}"))));
        let sold: i64 = self.orders.iter().map(|(_, pieces)| pieces).sum();
        let gone: i64 = self.moved.iter().map(|(_, pieces)| pieces).sum();
        let Self { received, on_hand, bought, .. } = self;
        if sold != gone || *on_hand != received - sold - bought {
            let words = format!("{on_hand} on hand, {received} received, {sold} sold, {gone} gone, {bought} bought");
            findings.push(Finding::Broken(words));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn two_sold() -> Told {
        Told {
            received: 10,
            on_hand: 6,
            bought: 1,
            orders: vec![(id(1), 1), (id(2), 2)],
            moved: vec![(id(1), 1), (id(2), 2)],
            ops: vec![(1, None), (2, Some(id(1))), (3, Some(id(2)))],
        }
    }

    #[test]
    fn each_rule_is_found_broken_and_a_whole_store_is_not() {
        let both = BTreeSet::from([id(1), id(2)]);
        let broken = |told: Told| told.check(10, &both);
        assert_eq!(broken(two_sold()), []);
        assert_eq!(two_sold().check(10, &BTreeSet::from([id(1)])), [], "the second was under way");
        assert_eq!(two_sold().check(10, &BTreeSet::from([id(1), id(2), id(3)])), [Finding::Lost(1)]);
        assert_eq!(two_sold().check(11, &both), [Finding::Lost(1)]);
        assert!(
            matches!(&two_sold().check(10, &BTreeSet::new())[..], [Finding::Broken(why)] if why.contains("nobody"))
        );
        let change = |act: &dyn Fn(&mut Told)| {
            let mut told = two_sold();
            act(&mut told);
            broken(told)
        };
        assert!(change(&|told| told.moved.push((id(1), 1))).contains(&Finding::Doubled(1)));
        assert!(change(&|told| told.ops.push((4, Some(id(2))))).contains(&Finding::Doubled(1)));
        for (what, findings) in [
            ("no movement", change(&|told| _ = told.moved.pop())),
            ("no op", change(&|told| _ = told.ops.pop())),
            ("a gap", change(&|told| told.ops[2].0 = 4)),
            ("another level", change(&|told| told.on_hand = 7)),
            ("other pieces", change(&|told| told.moved[0].1 = 2)),
        ] {
            assert!(matches!(findings[..], [Finding::Broken(_), ..]), "{what}: {findings:?}");
        }
    }

    #[test]
    fn lines_are_read_as_they_are_written() {
        for line in [
            Line::Opened(two_sold()),
            Line::Received(3),
            Line::Sold(id(5)),
            Line::Refused("why".into()),
            Line::InStep(two_sold()),
        ] {
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line, "{text}");
        }
    }
}
