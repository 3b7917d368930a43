//! A payment provider's statement against the payments that nobody has matched yet. What could be two things is listed and
//! left to a person: a wrong match would hide that money is missing.

use crate::{Money, OrderId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// A payment that waits to be matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenPayment {
    pub order_id: OrderId,
    pub amount: Money,
    /// UTC, microseconds since 1970.
    pub at_us: i64,
}

/// Money that came, as the provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Line of the file, or row of the sheet, from 1.
    pub row: u64,
    pub amount: Money,
    /// UTC, microseconds since 1970.
    pub at_us: i64,
    pub reference: String,
}

/// Why a row of a statement does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StatementWhy {
    /// Its quotes are wrong, or it is too long to be a row.
    Unreadable,
    BadAmount,
    BadTime,
    /// The time says not how far it is ahead of UTC, and nobody else does.
    NoOffset,
    NoReference,
    /// Too long for one, or with characters that none has.
    BadReference,
    /// The amount says not of which currency it is, and nobody else does.
    NoCurrency,
    BadCurrency,
    /// A row before has the same reference.
    Repeated,
}

/// Orders and rows that fit each other in more than one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    pub orders: Vec<OrderId>,
    pub rows: Vec<u64>,
}

/// What fits what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// The order and the place of the line among those given.
    pub matched: Vec<(OrderId, usize)>,
    pub ambiguous: Vec<Ambiguous>,
    /// Payments of which the statement says nothing.
    pub not_found: Vec<OrderId>,
    /// Rows that fit no payment.
    pub foreign: Vec<u64>,
}

/// Matches payments and lines of the same amount that are at most `tolerance_us` apart, one to one.
pub fn match_statement(open: &[OpenPayment], lines: &[StatementLine], tolerance_us: u64) -> Matching {
    let mut by_amount: BTreeMap<(String, i64), Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        by_amount.entry(key(line.amount)).or_default().push(at);
    }
    for places in by_amount.values_mut() {
        places.sort_by_key(|at| lines.get(*at).map(|line| line.at_us));
    }
    let near = |payment: &OpenPayment| -> Vec<usize> {
        let places = by_amount.get(&key(payment.amount)).map(Vec::as_slice).unwrap_or_default();
        let time = |at: &usize| lines.get(*at).map_or(0, |line| line.at_us);
        let from =
            places.partition_point(|at| time(at) < payment.at_us && time(at).abs_diff(payment.at_us) > tolerance_us);
        places.iter().skip(from).take_while(|at| time(at).abs_diff(payment.at_us) <= tolerance_us).copied().collect()
    };
    let edges: Vec<Vec<usize>> = open.iter().map(near).collect();
    let mut fits: Vec<Vec<usize>> = vec![Vec::new(); lines.len()];
    for (payment, places) in edges.iter().enumerate() {
        for at in places {
            if let Some(fits) = fits.get_mut(*at) {
                fits.push(payment);
            }
        }
    }
    let mut matching = Matching::default();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for (start, payment) in open.iter().enumerate() {
        if edges.get(start).is_none_or(Vec::is_empty) {
            matching.not_found.push(payment.order_id);
        } else if !seen.contains(&start) {
            let (payments, places) = group(start, &edges, &fits);
            seen.extend(&payments);
            match (payments.len(), places.iter().next()) {
                (1, Some(place)) if places.len() == 1 => matching.matched.push((payment.order_id, *place)),
                _ => matching.ambiguous.push(Ambiguous {
                    orders: payments.iter().filter_map(|at| open.get(*at)).map(|payment| payment.order_id).collect(),
                    rows: places.iter().filter_map(|at| lines.get(*at)).map(|line| line.row).collect(),
                }),
            }
        }
    }
    let foreign = lines.iter().zip(&fits).filter(|(_, fits)| fits.is_empty());
    matching.foreign = foreign.map(|(line, _)| line.row).collect();
    matching
}

/// All payments and lines that hang together with a payment, by whatever way.
fn group(start: usize, edges: &[Vec<usize>], fits: &[Vec<usize>]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let (mut payments, mut places) = (BTreeSet::from([start]), BTreeSet::new());
    let mut waiting = vec![start];
    while let Some(payment) = waiting.pop() {
        for place in edges.get(payment).into_iter().flatten() {
            if places.insert(*place) {
                waiting.extend(fits.get(*place).into_iter().flatten().filter(|other| payments.insert(**other)));
            }
        }
    }
    (payments, places)
}

fn key(amount: Money) -> (String, i64) {
    (amount.currency.to_string(), amount.minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Currency;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn order(number: u128) -> OrderId {
        OrderId(Uuid::from_u128(number))
    }

    fn open(number: u128, minor: i64, at_us: i64) -> OpenPayment {
        OpenPayment { order_id: order(number), amount: Money::new(minor, Currency::CNY), at_us }
    }

    fn line(row: u64, minor: i64, at_us: i64) -> StatementLine {
        StatementLine { row, amount: Money::new(minor, Currency::CNY), at_us, reference: format!("ref {row}") }
    }

    #[test]
    fn one_payment_and_one_line_of_the_same_amount_and_time_are_matched() {
        let payments = [open(1, 1580, 100), open(2, 990, 200), open(3, 990, 900), open(4, 77, 0)];
        let lines = [line(2, 990, 895), line(3, 1580, 110), line(4, 990, 201), line(5, 5, 0)];
        let matching = match_statement(&payments, &lines, 10);
        assert_eq!(matching.matched, [(order(1), 1), (order(2), 2), (order(3), 0)]);
        assert_eq!((matching.not_found, matching.foreign), (vec![order(4)], vec![5]));
        assert!(matching.ambiguous.is_empty());
    }

    #[test]
    fn what_could_be_two_things_is_listed_and_never_guessed() {
        let payments = [open(1, 990, 100), open(2, 990, 105), open(3, 990, 500)];
        let lines = [line(2, 990, 102), line(3, 990, 500), line(4, 990, 505)];
        let matching = match_statement(&payments, &lines, 10);
        assert!(matching.matched.is_empty());
        let expected = [
            Ambiguous { orders: vec![order(1), order(2)], rows: vec![2] },
            Ambiguous { orders: vec![order(3)], rows: vec![3, 4] },
        ];
        assert_eq!(matching.ambiguous, expected);
    }

    #[test]
    fn another_currency_or_a_moment_too_far_is_no_match() {
        let euros = StatementLine { amount: Money::new(990, Currency::EUR), ..line(2, 990, 100) };
        let far = [line(3, 990, 111), line(4, 990, 89), line(5, 990, i64::MIN), line(6, 990, i64::MAX), euros];
        let matching = match_statement(&[open(1, 990, 100)], &far, 10);
        assert_eq!((matching.not_found.len(), matching.foreign.len()), (1, 5));
        assert_eq!(match_statement(&[], &[], 10), Matching::default());
    }

    proptest! {
        #[test]
        fn nothing_is_matched_twice_and_nothing_is_lost(
            payments in proptest::collection::vec((1_i64..4, 0_i64..60), 0..20),
            found in proptest::collection::vec((1_i64..4, 0_i64..60), 0..20),
        ) {
            let open: Vec<_> = (0_u128..).zip(&payments).map(|(n, (minor, at))| open(n, *minor, *at)).collect();
            let lines: Vec<_> = (0_u64..).zip(&found).map(|(row, (minor, at))| line(row, *minor, *at)).collect();
            let got = match_statement(&open, &lines, 5);
            let mut orders: Vec<_> = got.matched.iter().map(|(order, _)| *order).collect();
            orders.extend(got.ambiguous.iter().flat_map(|group| &group.orders));
            orders.extend(&got.not_found);
            orders.sort();
            prop_assert_eq!(orders, open.iter().map(|payment| payment.order_id).collect::<Vec<_>>());
            let mut rows: Vec<_> = got.matched.iter().map(|(_, at)| lines[*at].row).collect();
            rows.extend(got.ambiguous.iter().flat_map(|group| &group.rows));
            rows.extend(&got.foreign);
            rows.sort();
            prop_assert_eq!(rows, lines.iter().map(|line| line.row).collect::<Vec<_>>());
            for (id, at) in &got.matched {
                let payment = open.iter().find(|payment| payment.order_id == *id).unwrap();
                let fits = |line: &StatementLine| line.amount == payment.amount && line.at_us.abs_diff(payment.at_us) <= 5;
                prop_assert_eq!(lines.iter().filter(|line| fits(line)).count(), 1);
                prop_assert!(fits(&lines[*at]));
            }
        }
    }
}
