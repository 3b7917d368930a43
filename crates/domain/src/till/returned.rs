//! Goods of a sale that come back at the table: some pieces of some lines, each time under an id of its own, so that a
//! return that is told twice counts once and two returns of one product count twice.

use super::{REASON_MAX, TenderKind};
use crate::{
    Money, MoneyError, OrderId, ReturnId, Sku,
    order::{Order, OrderSource, OrderState},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Pieces of one line of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReturnedLine {
    /// Its place among the order's lines, from 0.
    pub line: u32,
    pub qty: u32,
}

/// What came back, and what was given for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SaleReturn {
    pub return_id: ReturnId,
    pub order_id: OrderId,
    pub lines: Vec<ReturnedLine>,
    /// The goods can be sold again.
    pub goods_back: bool,
    /// How the money went back, whatever it came by.
    pub tender: TenderKind,
    pub amount: Money,
    /// May be empty.
    #[serde(default)]
    pub reason: String,
    /// UTC, microseconds since 1970, by the clock of the device; for display.
    #[ts(type = "number")]
    pub at_us: i64,
}

/// Why something can't come back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnError {
    #[error("order {0} was not sold at the table; refund it instead")]
    NotVenue(OrderId),
    #[error("order {0} is given back already")]
    IsOver(OrderId),
    #[error("nothing comes back; name at least one piece")]
    Nothing,
    #[error("order {order_id} has no line {}", .line + 1)]
    NoLine { order_id: OrderId, line: u32 },
    #[error("line {} is there twice; name it once", .0 + 1)]
    Twice(u32),
    #[error("{qty} of {sku} can't come back: {left} of {sold} are left with the buyer")]
    TooMany { sku: Sku, qty: u32, left: i64, sold: u32 },
    #[error("{amount} is not what these pieces cost, which is {cost}")]
    OtherAmount { amount: Money, cost: Money },
    #[error("a reason of {0} characters is too long; {REASON_MAX} are the most")]
    LongReason(usize),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl SaleReturn {
    /// Holds a return to its order and what came back before. Errors: [`ReturnError`].
    pub fn check(&self, order: &Order, before: &[Self]) -> Result<(), ReturnError> {
        if order.source != OrderSource::Venue {
            return Err(ReturnError::NotVenue(order.id));
        }
        if matches!(order.state, OrderState::Refunded | OrderState::Cancelled) {
            return Err(ReturnError::IsOver(order.id));
        }
        if self.lines.is_empty() || self.lines.iter().any(|back| back.qty == 0) {
            return Err(ReturnError::Nothing);
        }
        let length = self.reason.chars().count();
        if length > REASON_MAX {
            return Err(ReturnError::LongReason(length));
        }
        let gone = pieces(before);
        let mut seen = BTreeMap::new();
        for back in &self.lines {
            let line = order.lines.get(back.line as usize);
            let line = line.ok_or(ReturnError::NoLine { order_id: order.id, line: back.line })?;
            if seen.insert(back.line, ()).is_some() {
                return Err(ReturnError::Twice(back.line));
            }
            let left = i64::from(line.qty) - gone.get(&back.line).copied().unwrap_or_default();
            if i64::from(back.qty) > left {
                return Err(ReturnError::TooMany { sku: line.sku.clone(), qty: back.qty, left, sold: line.qty });
            }
        }
        let cost = cost(order, &self.lines)?;
        if cost != self.amount {
            return Err(ReturnError::OtherAmount { amount: self.amount, cost });
        }
        Ok(())
    }

    /// Pieces of each product. Lines that the order does not have count for nothing.
    pub fn by_sku<'a>(&self, order: &'a Order) -> BTreeMap<&'a Sku, i64> {
        let mut pieces = BTreeMap::new();
        for back in &self.lines {
            if let Some(line) = order.lines.get(back.line as usize) {
                *pieces.entry(&line.sku).or_default() += i64::from(back.qty);
            }
        }
        pieces
    }

    /// What these pieces cost. Errors: [`ReturnError`].
    pub fn cost(order: &Order, lines: &[ReturnedLine]) -> Result<Money, ReturnError> {
        cost(order, lines)
    }

    /// True when with these returns nothing is left with the buyer: the order is refunded.
    pub fn is_all(order: &Order, returns: &[Self]) -> bool {
        let back = pieces(returns);
        (0..).zip(&order.lines).all(|(at, line)| back.get(&at).copied().unwrap_or_default() >= i64::from(line.qty))
    }
}

fn cost(order: &Order, lines: &[ReturnedLine]) -> Result<Money, ReturnError> {
    lines.iter().try_fold(Money::new(0, order.total.currency), |sum, back| {
        let line = order.lines.get(back.line as usize);
        let line = line.ok_or(ReturnError::NoLine { order_id: order.id, line: back.line })?;
        Ok(sum.plus(line.unit_price.times(back.qty)?)?)
    })
}

/// Pieces of each line that came back.
fn pieces(returns: &[SaleReturn]) -> BTreeMap<u32, i64> {
    let mut pieces = BTreeMap::new();
    for back in returns.iter().flat_map(|back| &back.lines) {
        *pieces.entry(back.line).or_default() += i64::from(back.qty);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Currency, order::OrderLine};
    use uuid::Uuid;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    /// Three pieces of A at 10.00, two more at 8.00.
    fn order() -> Order {
        let line = |qty, minor| OrderLine {
            sku: Sku::new("A").unwrap(),
            title: "a".into(),
            qty,
            unit_price: cny(minor),
            price_override: None,
        };
        Order {
            id: OrderId(Uuid::nil()),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            lines: vec![line(3, 1000), line(2, 800)],
            total: cny(4600),
            buyer: String::new(),
            placed_at_us: 0,
            payment: None,
        }
    }

    fn back(lines: &[(u32, u32)], minor: i64) -> SaleReturn {
        SaleReturn {
            return_id: ReturnId(Uuid::now_v7()),
            order_id: OrderId(Uuid::nil()),
            lines: lines.iter().map(|(line, qty)| ReturnedLine { line: *line, qty: *qty }).collect(),
            goods_back: true,
            tender: TenderKind::Cash,
            amount: cny(minor),
            reason: String::new(),
            at_us: 0,
        }
    }

    #[test]
    fn pieces_come_back_bit_by_bit_and_no_more_than_were_sold() {
        let order = order();
        let first = back(&[(0, 2)], 2000);
        assert_eq!(first.check(&order, &[]), Ok(()));
        let before = [first];
        assert_eq!(back(&[(0, 1)], 1000).check(&order, &before), Ok(()));
        let many = back(&[(0, 2)], 2000).check(&order, &before).unwrap_err();
        assert_eq!(many.to_string(), "2 of A can't come back: 1 of 3 are left with the buyer");
        assert!(!SaleReturn::is_all(&order, &before));
        let rest = back(&[(0, 1), (1, 2)], 2600);
        assert_eq!(rest.check(&order, &before), Ok(()));
        assert_eq!(rest.by_sku(&order).into_values().collect::<Vec<_>>(), [3], "lines of one product are one movement");
        assert!(SaleReturn::is_all(&order, &[&before[..], &[rest]].concat()));
    }

    #[test]
    fn what_can_not_be_right_is_named() {
        let order = order();
        let refused = |back: SaleReturn| back.check(&order, &[]).unwrap_err();
        assert_eq!(refused(back(&[], 0)), ReturnError::Nothing);
        assert_eq!(refused(back(&[(0, 0)], 0)), ReturnError::Nothing);
        assert!(refused(back(&[(2, 1)], 800)).to_string().contains("no line 3"));
        assert_eq!(refused(back(&[(1, 1), (1, 1)], 1600)), ReturnError::Twice(1));
        assert!(refused(back(&[(1, u32::MAX)], 0)).to_string().contains("2 of 2 are left"));
        assert!(refused(back(&[(1, 1)], 1000)).to_string().contains("which is 8.00 CNY"));
        let long = SaleReturn { reason: "长".repeat(201), ..back(&[(1, 1)], 800) };
        assert_eq!(refused(long), ReturnError::LongReason(201));
        let paged = Order { source: OrderSource::Page, ..order.clone() };
        assert!(matches!(back(&[(1, 1)], 800).check(&paged, &[]), Err(ReturnError::NotVenue(_))));
        let over = Order { state: OrderState::Refunded, ..order.clone() };
        assert!(matches!(back(&[(1, 1)], 800).check(&over, &[]), Err(ReturnError::IsOver(_))));
    }
}
