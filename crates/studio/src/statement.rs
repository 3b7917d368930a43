//! What a provider's statement came to, for a person who settles the rest by hand.

use crate::errors::{Outcome, bad_input};
use crate::studio::Studio;
use crate::view::{
    MatchedView, StatementProblemView, StatementRowView, StatementView, StatementWish, UnclearView, UnverifiedView,
};
use hawker_domain::{OrderId, till::OpenPayment};
use hawker_store::{AmbiguousRows, MatchedRow, StatementOptions, StatementProblem, StatementReport, StatementRow};
use std::collections::HashMap;
use std::path::Path;

/// Beyond a day the sums of two days' sales would be taken for each other.
const TOLERANCE_MAX_S: u32 = 86_400;

impl Studio {
    /// As [`Studio::match_statement`], with every payment and row that a person may have to look at. Errors: as there.
    pub async fn statement(&self, path: &Path, wish: StatementWish) -> Outcome<StatementView> {
        let StatementWish { tolerance_s, offset_s, currency, apply } = wish;
        if tolerance_s > TOLERANCE_MAX_S {
            return Err(bad_input(format!("clocks are {TOLERANCE_MAX_S} s apart at the most, not {tolerance_s}")));
        }
        // Before it is matched: afterwards those that were found wait no more.
        let open = self.store().open_payments().await?;
        let report = self.match_statement(path, StatementOptions { tolerance_s, offset_s, currency, apply }).await?;
        Ok(view(report, &open))
    }
}

fn view(report: StatementReport, open: &[OpenPayment]) -> StatementView {
    let payments: HashMap<OrderId, &OpenPayment> = open.iter().map(|payment| (payment.order_id, payment)).collect();
    let rows: HashMap<u64, StatementRowView> = report.rows.into_iter().map(|row| (row.row, row_view(row))).collect();
    let waiting = |orders: &[OrderId]| -> Vec<UnverifiedView> {
        orders.iter().filter_map(|id| payments.get(id)).map(|payment| unverified(payment)).collect()
    };
    let told = |numbers: &[u64]| -> Vec<StatementRowView> {
        numbers.iter().filter_map(|row| rows.get(row)).cloned().collect()
    };
    let unclear =
        |AmbiguousRows { orders, rows }: &AmbiguousRows| UnclearView { payments: waiting(orders), rows: told(rows) };
    StatementView {
        applied: report.applied,
        matched: report.matched.into_iter().map(matched).collect(),
        unclear: report.ambiguous.iter().map(unclear).collect(),
        not_found: waiting(&report.not_found),
        foreign: told(&report.foreign),
        known: number(report.known.len()),
        paid_out: number(report.paid_out.len()),
        problems: report.problems.into_iter().map(problem).collect(),
    }
}

fn unverified(payment: &OpenPayment) -> UnverifiedView {
    UnverifiedView { order_id: payment.order_id, amount: payment.amount, at_ms: payment.at_us / 1_000 }
}

fn row_view(StatementRow { row, amount, at_us, reference }: StatementRow) -> StatementRowView {
    StatementRowView { row, amount, at_ms: at_us / 1_000, reference }
}

fn matched(MatchedRow { order_id, row, amount, reference }: MatchedRow) -> MatchedView {
    MatchedView { order_id, row, amount, reference }
}

fn problem(StatementProblem { row, why, about, message }: StatementProblem) -> StatementProblemView {
    StatementProblemView { row, why, about, message }
}

fn number(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Currency, Money};

    fn order(number: u8) -> OrderId {
        format!("00000000-0000-0000-0000-0000000000{number:02}").parse().unwrap()
    }

    fn row(row: u64, minor: i64) -> StatementRow {
        StatementRow { row, amount: Money::new(minor, Currency::CNY), at_us: 5_000, reference: format!("ref {row}") }
    }

    #[test]
    fn what_a_person_has_to_settle_is_told_with_its_payments_and_rows() {
        let payment = |number, minor| OpenPayment {
            order_id: order(number),
            amount: Money::new(minor, Currency::CNY),
            at_us: 3_000,
        };
        let open = [payment(1, 990), payment(2, 990), payment(3, 5)];
        let report = StatementReport {
            ambiguous: vec![AmbiguousRows { orders: vec![order(1), order(2)], rows: vec![4] }],
            not_found: vec![order(3)],
            foreign: vec![6],
            known: vec![7, 8],
            rows: vec![row(4, 990), row(6, 1)],
            ..StatementReport::default()
        };
        let view = view(report, &open);
        let ids =
            |payments: &[UnverifiedView]| payments.iter().map(|one| (one.order_id, one.at_ms)).collect::<Vec<_>>();
        assert_eq!(ids(&view.unclear[0].payments), [(order(1), 3), (order(2), 3)]);
        assert_eq!(view.unclear[0].rows, [row_view(row(4, 990))]);
        assert_eq!(ids(&view.not_found), [(order(3), 3)]);
        assert_eq!(view.foreign, [row_view(row(6, 1))]);
        assert_eq!((view.known, view.paid_out), (2, 0));
    }
}
