//! Rows of an export gathered into orders. Pure.

use super::{
    OrderImport, OrderProblem,
    columns::{Line, OrderColumns},
    moments,
    states::Said,
};
use crate::import::source::Row;
use hawker_domain::person::PersonName;
use std::collections::HashMap;

/// An order as an export tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) order_no: String,
    /// The first row of it.
    pub(super) row: u64,
    /// With their rows, in the order of their SKUs and prices: each export has its own order.
    pub(super) lines: Vec<(u64, Line)>,
    pub(super) state: Said,
    pub(super) placed_at_us: i64,
    /// Masked.
    pub(super) buyer: String,
    /// What can't be read of it, or does not fit together: it does not land.
    pub(super) wrong: Vec<OrderProblem>,
    /// What is to be known of it when it landed.
    pub(super) notes: Vec<OrderProblem>,
}

impl Told {
    pub(super) fn problem(&self, message: String, is_taken: bool) -> OrderProblem {
        OrderProblem { row: self.row, order_no: self.order_no.clone(), message, is_taken }
    }
}

/// What rows say of one order, before it is put together.
#[derive(Default)]
struct Rows {
    row: u64,
    lines: Vec<(u64, Line)>,
    states: Vec<Said>,
    paid_at: Option<String>,
    buyer: Option<String>,
    wrong: Vec<OrderProblem>,
}

/// The orders of a table by their first row, and the rows whose order can't be told. The rows of an order stand together, so
/// the orders beside such a row may lack it: they do not land either.
pub(super) fn gather(
    columns: &OrderColumns,
    rows: impl Iterator<Item = Row>,
    how: &OrderImport,
    now_us: i64,
) -> (Vec<Told>, Vec<OrderProblem>) {
    let mut problems = Vec::new();
    let mut orders: Vec<(String, Rows)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut last, mut unread): (Option<usize>, Option<u64>) = (None, None);
    for Row { line: row, cells } in rows {
        let cells = cells.map_err(|wrong| wrong.message);
        let order_no = cells.as_ref().map_err(Clone::clone).and_then(|cells| columns.order_no(cells));
        let (Ok(cells), Ok(order_no)) = (&cells, &order_no) else {
            let message = order_no.as_ref().err().cloned().unwrap_or_default();
            problems.push(OrderProblem { row, order_no: String::new(), message, is_taken: false });
            if let Some((order_no, before)) = last.and_then(|last| orders.get_mut(last)) {
                before.wrong.push(beside(before.row, order_no, row));
            }
            unread = Some(row);
            continue;
        };
        let place = *places.entry(order_no.clone()).or_insert_with(|| {
            orders.push((order_no.clone(), Rows { row, ..Rows::default() }));
            orders.len() - 1
        });
        last = Some(place);
        let Some((_, order)) = orders.get_mut(place) else { continue };
        if let Some(unread) = unread.take() {
            order.wrong.push(beside(row, order_no, unread));
        }
        let wrong = |message: String| OrderProblem { row, order_no: order_no.clone(), message, is_taken: false };
        match columns.line(cells, how.currency) {
            Ok(line) => order.lines.push((row, line)),
            Err(why) => order.wrong.push(wrong(why)),
        }
        match columns.of_order(cells) {
            Ok(said) => {
                order.states.extend(said.state);
                order.paid_at = order.paid_at.take().or(said.paid_at);
                order.buyer = order.buyer.take().or(said.buyer);
            }
            Err(why) => order.wrong.push(wrong(why)),
        }
    }
    let unpaid_without_time = columns.time_says_paid();
    let told =
        orders.into_iter().map(|(order_no, rows)| rows.told(order_no, how, unpaid_without_time, now_us)).collect();
    (told, problems)
}

fn beside(row: u64, order_no: &str, unread: u64) -> OrderProblem {
    let message = format!("row {unread} beside it can't be read and may be a part of it; mend that row first");
    OrderProblem { row, order_no: order_no.to_owned(), message, is_taken: false }
}

impl Rows {
    fn told(mut self, order_no: String, how: &OrderImport, unpaid_without_time: bool, now_us: i64) -> Told {
        let mut notes = Vec::new();
        let problem =
            |message: String, is_taken| OrderProblem { row: self.row, order_no: order_no.clone(), message, is_taken };
        let placed_at_us = self.paid_at.as_deref().map(|text| moments::micros(text, how.utc_offset_s).ok_or(text));
        let placed_at_us = match placed_at_us {
            None => now_us,
            Some(Ok(moment)) => moment.min(now_us),
            Some(Err(text)) => {
                notes.push(problem(format!("\"{text}\" is no time; the order has that of the import"), true));
                now_us
            }
        };
        let state = match state(&self.states) {
            Ok(None) if unpaid_without_time && self.paid_at.is_none() => Said::Unpaid,
            Ok(state) => state.unwrap_or(Said::Paid),
            Err(why) => {
                let wrong = problem(why.to_owned(), false);
                self.wrong.push(wrong);
                Said::Paid
            }
        };
        if self
            .lines
            .iter()
            .any(|(_, line)| Some(line.price.currency) != self.lines.first().map(|(_, of)| of.price.currency))
        {
            let wrong = problem("its lines have prices in several currencies; enter it by hand".to_owned(), false);
            self.wrong.push(wrong);
        }
        self.lines.sort_by(|(_, a), (_, b)| (&a.sku, a.price.minor, a.qty).cmp(&(&b.sku, b.price.minor, b.qty)));
        Told {
            row: self.row,
            lines: self.lines,
            state,
            placed_at_us,
            buyer: PersonName::new(self.buyer.unwrap_or_default()).masked(),
            wrong: self.wrong,
            notes,
            order_no,
        }
    }
}

/// The state of an order by those of its rows: of several the one that is least far. None: nothing is said.
fn state(states: &[Said]) -> Result<Option<Said>, &'static str> {
    let off = states.iter().filter(|state| state.is_off()).count();
    match off {
        0 => Ok(states.iter().min().copied()),
        _ if off == states.len() => Ok(states.iter().max().copied()),
        _ => Err("a part of it is cancelled or refunded; enter what was sold by hand, or refund it here"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_order_is_as_far_as_its_slowest_part() {
        use Said::*;
        for (states, want) in [
            (&[][..], Ok(None)),
            (&[Shipped, Paid, Done], Ok(Some(Paid))),
            (&[Cancelled, Refunded], Ok(Some(Refunded))),
        ] {
            assert_eq!(state(states), want, "{states:?}");
        }
        assert!(state(&[Paid, Refunded]).is_err());
    }
}
