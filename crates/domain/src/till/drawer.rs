//! What lies in the drawer: entries while a till is open, their sums, and the count that closes it.

use super::TenderKind;
use crate::{Currency, Money, MoneyError, OrderId, TillId, order::NOTE_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Most minor units of one entry: beyond it somebody mistyped.
pub const DRAWER_MAX: i64 = 100_000_000_000;

/// Why an amount stands in the till's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DrawerKind {
    /// Change that lay in the drawer when it was opened.
    Float,
    Sale,
    /// Money given back for goods.
    Returned,
    /// Cash put in that no goods were sold for.
    PayIn,
    /// Cash taken out: wages, the bank, a coffee.
    PayOut,
}

/// One line of the till's book. The amount is never below zero; the kind says which way it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DrawerEntry {
    pub kind: DrawerKind,
    pub tender: TenderKind,
    pub amount: Money,
    /// What for.
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub order_id: Option<OrderId>,
    /// UTC, microseconds since 1970.
    #[ts(type = "number")]
    pub at_us: i64,
}

/// Why an amount does not go into the book.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawerError {
    #[error("{0} is no amount for a drawer; give one above zero")]
    BadAmount(Money),
    #[error("{0} is more than any drawer holds; check the amount")]
    TooMuch(Money),
    #[error("say what the money is for")]
    NoNote,
    #[error("a note of {0} characters is too long; {NOTE_MAX} are the most")]
    LongNote(usize),
}

impl DrawerEntry {
    /// Errors: an amount that can't be right; cash in or out with no word what for, or with too many.
    pub fn check(&self) -> Result<(), DrawerError> {
        let least = match self.kind {
            DrawerKind::PayIn | DrawerKind::PayOut => 1,
            // An empty drawer; something given away.
            DrawerKind::Float | DrawerKind::Sale | DrawerKind::Returned => 0,
        };
        if self.amount.minor < least {
            return Err(DrawerError::BadAmount(self.amount));
        }
        if self.amount.minor > DRAWER_MAX {
            return Err(DrawerError::TooMuch(self.amount));
        }
        let length = self.note.chars().count();
        match self.kind {
            DrawerKind::PayIn | DrawerKind::PayOut if self.note.trim().is_empty() => Err(DrawerError::NoNote),
            _ if length > NOTE_MAX => Err(DrawerError::LongNote(length)),
            _ => Ok(()),
        }
    }
}

/// What was taken and given back in one tender and currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TenderSum {
    pub tender: TenderKind,
    pub sales: u32,
    pub sold: Money,
    pub returns: u32,
    pub returned: Money,
}

/// The cash of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DrawerSum {
    pub opening: Money,
    pub paid_in: Money,
    pub paid_out: Money,
    pub sold: Money,
    pub returned: Money,
    /// What must lie there.
    pub expected: Money,
    /// What lies there; none while the till is open.
    #[serde(default)]
    pub counted: Option<Money>,
    /// Counted less expected.
    #[serde(default)]
    pub difference: Option<Money>,
}

/// The book of one time that a till was open. `closed_at_us` is none while it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CashUp {
    pub till_id: TillId,
    /// UTC, microseconds since 1970, by the clock of the device.
    #[ts(type = "number")]
    pub opened_at_us: i64,
    #[serde(default)]
    #[ts(type = "number | null")]
    pub closed_at_us: Option<i64>,
    pub tenders: Vec<TenderSum>,
    pub drawer: Vec<DrawerSum>,
    /// Why what was counted is not what was expected.
    #[serde(default)]
    pub note: String,
}

/// Why a till is not closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CashUpError {
    #[error("count the {0} as well: {1} should lie in the drawer")]
    NotCounted(Currency, Money),
    #[error("the {0} are there twice; count them once")]
    Twice(Currency),
    #[error("{0} is no count; give what lies in the drawer, 0 for nothing")]
    BadCount(Money),
    #[error("{counted} lie in the drawer and {expected} should, a difference of {difference}; say why with a note")]
    NoNote { counted: Money, expected: Money, difference: Money },
    #[error("a note of {0} characters is too long; {NOTE_MAX} are the most")]
    LongNote(usize),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Sums up a till's book. Tenders and currencies come in a fixed order. Errors: sums beyond any number.
pub fn sum_up(till_id: TillId, opened_at_us: i64, entries: &[DrawerEntry]) -> Result<CashUp, MoneyError> {
    let mut tenders: BTreeMap<(TenderKind, String), TenderSum> = BTreeMap::new();
    let mut drawer: BTreeMap<String, DrawerSum> = BTreeMap::new();
    for entry in entries {
        let (currency, amount) = (entry.amount.currency, entry.amount);
        let zero = Money::new(0, currency);
        if matches!(entry.kind, DrawerKind::Sale | DrawerKind::Returned) {
            let empty = TenderSum { tender: entry.tender, sales: 0, sold: zero, returns: 0, returned: zero };
            let sum = tenders.entry((entry.tender, currency.to_string())).or_insert(empty);
            if entry.kind == DrawerKind::Sale {
                (sum.sales, sum.sold) = (sum.sales.saturating_add(1), sum.sold.plus(amount)?);
            } else {
                (sum.returns, sum.returned) = (sum.returns.saturating_add(1), sum.returned.plus(amount)?);
            }
        }
        if entry.tender != TenderKind::Cash {
            continue;
        }
        let sum = drawer.entry(currency.to_string()).or_insert_with(|| DrawerSum {
            opening: zero,
            paid_in: zero,
            paid_out: zero,
            sold: zero,
            returned: zero,
            expected: zero,
            counted: None,
            difference: None,
        });
        let (of_kind, goes_out) = match entry.kind {
            DrawerKind::Float => (&mut sum.opening, false),
            DrawerKind::PayIn => (&mut sum.paid_in, false),
            DrawerKind::Sale => (&mut sum.sold, false),
            DrawerKind::PayOut => (&mut sum.paid_out, true),
            DrawerKind::Returned => (&mut sum.returned, true),
        };
        *of_kind = of_kind.plus(amount)?;
        sum.expected = sum.expected.plus(if goes_out { less(amount)? } else { amount })?;
    }
    let (tenders, drawer) = (tenders.into_values().collect(), drawer.into_values().collect());
    Ok(CashUp { till_id, opened_at_us, closed_at_us: None, tenders, drawer, note: String::new() })
}

/// Closes a till's book by what was counted, an amount for each currency. One that nothing is expected of may be left out.
/// Errors: [`CashUpError`].
pub fn close(mut book: CashUp, counted: &[Money], note: &str, at_us: i64) -> Result<CashUp, CashUpError> {
    for (at, count) in counted.iter().enumerate() {
        if !(0..=DRAWER_MAX).contains(&count.minor) {
            return Err(CashUpError::BadCount(*count));
        }
        if counted.iter().take(at).any(|other| other.currency == count.currency) {
            return Err(CashUpError::Twice(count.currency));
        }
        if !book.drawer.iter().any(|sum| sum.expected.currency == count.currency) {
            let zero = Money::new(0, count.currency);
            let (opening, paid_in, paid_out, sold, returned) = (zero, zero, zero, zero, zero);
            let (expected, counted, difference) = (zero, None, None);
            book.drawer.push(DrawerSum { opening, paid_in, paid_out, sold, returned, expected, counted, difference });
        }
    }
    let note = note.trim();
    let length = note.chars().count();
    if length > NOTE_MAX {
        return Err(CashUpError::LongNote(length));
    }
    for sum in &mut book.drawer {
        let expected = sum.expected;
        let found = counted.iter().find(|count| count.currency == expected.currency).copied();
        let count = match found {
            Some(count) => count,
            None if expected.minor == 0 => expected,
            None => return Err(CashUpError::NotCounted(expected.currency, expected)),
        };
        let difference = count.plus(less(expected)?)?;
        if difference.minor != 0 && note.is_empty() {
            return Err(CashUpError::NoNote { counted: count, expected, difference });
        }
        (sum.counted, sum.difference) = (Some(count), Some(difference));
    }
    book.note = note.to_owned();
    book.closed_at_us = Some(at_us);
    Ok(book)
}

fn less(amount: Money) -> Result<Money, MoneyError> {
    Ok(Money::new(amount.minor.checked_neg().ok_or(MoneyError::Overflow)?, amount.currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    fn entry(kind: DrawerKind, tender: TenderKind, amount: Money) -> DrawerEntry {
        DrawerEntry { kind, tender, amount, note: "why".into(), order_id: None, at_us: 1 }
    }

    fn day() -> CashUp {
        use {DrawerKind as K, TenderKind as T};
        let entries = [
            entry(K::Float, T::Cash, cny(20_000)),
            entry(K::Sale, T::Cash, cny(1_580)),
            entry(K::Sale, T::Cash, cny(990)),
            entry(K::Sale, T::Qr, cny(5_000)),
            entry(K::Sale, T::Cash, Money::new(700, Currency::EUR)),
            entry(K::Returned, T::Cash, cny(990)),
            entry(K::Returned, T::Qr, cny(2_500)),
            entry(K::PayIn, T::Cash, cny(3_000)),
            entry(K::PayOut, T::Cash, cny(10_000)),
        ];
        sum_up(TillId(Uuid::nil()), 1, &entries).unwrap()
    }

    #[test]
    fn the_drawer_holds_what_came_in_less_what_went_out() {
        let book = day();
        let sums: Vec<_> = book.drawer.iter().map(|sum| sum.expected.to_string()).collect();
        assert_eq!(sums, ["145.80 CNY", "7.00 EUR"], "200 + 15.80 + 9.90 - 9.90 + 30 - 100");
        let tenders: Vec<_> = book
            .tenders
            .iter()
            .map(|sum| (sum.tender, sum.sales, sum.sold.to_string(), sum.returns, sum.returned.minor))
            .collect();
        assert_eq!(
            tenders,
            [
                (TenderKind::Cash, 2, "25.70 CNY".to_owned(), 1, 990),
                (TenderKind::Cash, 1, "7.00 EUR".to_owned(), 0, 0),
                (TenderKind::Qr, 1, "50.00 CNY".to_owned(), 1, 2_500),
            ]
        );
    }

    #[test]
    fn every_currency_is_counted_and_a_difference_needs_a_note() {
        let euros = Money::new(700, Currency::EUR);
        let closed = close(day(), &[cny(14_580), euros], "", 9).unwrap();
        assert_eq!(closed.drawer.iter().map(|sum| sum.difference.unwrap().minor).collect::<Vec<_>>(), [0, 0]);
        assert_eq!(closed.closed_at_us, Some(9));
        let why = close(day(), &[cny(14_580)], "", 9).unwrap_err().to_string();
        assert_eq!(why, "count the EUR as well: 7.00 EUR should lie in the drawer");
        let why = close(day(), &[cny(14_000), euros], " ", 9).unwrap_err().to_string();
        assert!(why.contains("a difference of -5.80 CNY; say why"), "{why}");
        let short = close(day(), &[cny(14_000), euros], "wrong change", 9).unwrap();
        assert_eq!(short.drawer[0].difference, Some(cny(-580)));
        assert!(matches!(close(day(), &[cny(-1), euros], "x", 9), Err(CashUpError::BadCount(_))));
        assert!(matches!(close(day(), &[cny(1), cny(1), euros], "x", 9), Err(CashUpError::Twice(_))));
        let found = close(day(), &[cny(14_580), euros, Money::new(100, Currency::USD)], "a tip", 9).unwrap();
        assert_eq!(found.drawer[2].difference.unwrap().minor, 100, "money that nobody expected");
        let long = close(day(), &[cny(14_580), euros], &"长".repeat(201), 9);
        assert_eq!(long, Err(CashUpError::LongNote(201)), "a book goes to the seller's other devices");
        let empty = sum_up(TillId(Uuid::nil()), 1, &[]).unwrap();
        assert!(close(empty, &[], "", 9).unwrap().drawer.is_empty(), "a day without cash");
    }

    #[test]
    fn an_entry_has_an_amount_and_says_what_for() {
        use {DrawerKind as K, TenderKind as T};
        assert_eq!(entry(K::PayOut, T::Cash, cny(1)).check(), Ok(()));
        assert!(matches!(entry(K::PayOut, T::Cash, cny(0)).check(), Err(DrawerError::BadAmount(_))));
        assert!(matches!(entry(K::Float, T::Cash, cny(-1)).check(), Err(DrawerError::BadAmount(_))));
        assert_eq!(entry(K::Float, T::Cash, cny(0)).check(), Ok(()), "an empty drawer");
        assert!(matches!(entry(K::PayIn, T::Cash, cny(i64::MAX)).check(), Err(DrawerError::TooMuch(_))));
        let silent = DrawerEntry { note: " ".into(), ..entry(K::PayOut, T::Cash, cny(1)) };
        assert_eq!(silent.check(), Err(DrawerError::NoNote));
        let note = |length: usize| DrawerEntry { note: "长".repeat(length), ..entry(K::PayOut, T::Cash, cny(1)) };
        assert_eq!((note(200).check(), note(201).check()), (Ok(()), Err(DrawerError::LongNote(201))));
        let many = [entry(K::Sale, T::Cash, cny(i64::MAX)), entry(K::Sale, T::Cash, cny(1))];
        assert_eq!(sum_up(TillId(Uuid::nil()), 1, &many), Err(MoneyError::Overflow));
    }
}
