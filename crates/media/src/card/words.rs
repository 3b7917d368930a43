//! The words that cards add themselves, in both languages.

use super::CardLanguage::{self, En, ZhCn};
use hawker_domain::stock::StockNote;

/// A number with the words around it: "only", "3", "left".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub before: &'static str,
    pub number: String,
    pub after: &'static str,
}

/// More pieces than this are not counted out: five digits tell a buyer nothing.
const COUNTED_MAX: i64 = 99_999;

/// Said on a price card; none where there is plenty.
pub(super) fn stock_note(left: i64, language: CardLanguage) -> Option<String> {
    match StockNote::of(left) {
        StockNote::SoldOut => Some(sold_out(language).to_owned()),
        StockNote::Few => {
            let count = count(left, language);
            Some(format!("{} {} {}", count.before, count.number, count.after))
        }
        StockNote::Plenty => None,
    }
}

/// The pieces left, however many.
pub(super) fn count(left: i64, language: CardLanguage) -> Count {
    let few = StockNote::of(left) != StockNote::Plenty;
    let (before, after) = match (language, few) {
        (ZhCn, true) => ("仅剩", "件"),
        (ZhCn, false) => ("现货", "件"),
        (En, true) => ("Only", "left"),
        (En, false) => ("", "in stock"),
    };
    let shown = left.clamp(0, COUNTED_MAX);
    let more = if left > COUNTED_MAX { "+" } else { "" };
    Count { before, number: format!("{}{more}", grouped(shown)), after }
}

pub(super) fn sold_out(language: CardLanguage) -> &'static str {
    match language {
        ZhCn => "已售罄",
        En => "Sold out",
    }
}

pub(super) fn ends_in(language: CardLanguage) -> &'static str {
    match language {
        ZhCn => "距结束",
        En => "Ends in",
    }
}

pub(super) fn over(language: CardLanguage) -> &'static str {
    match language {
        ZhCn => "已结束",
        En => "Offer ended",
    }
}

pub(super) fn days(days: u64, language: CardLanguage) -> String {
    match language {
        ZhCn => format!("{days} 天"),
        En => format!("{days} d"),
    }
}

pub(super) fn size_chart(language: CardLanguage) -> &'static str {
    match language {
        ZhCn => "尺码表",
        En => "Size chart",
    }
}

pub(super) fn more_rows(rows: usize, language: CardLanguage) -> String {
    match language {
        ZhCn => format!("还有 {rows} 个尺码"),
        En if rows == 1 => "1 more size".to_owned(),
        En => format!("{rows} more sizes"),
    }
}

pub(super) fn scan(language: CardLanguage) -> &'static str {
    match language {
        ZhCn => "扫码购买",
        En => "Scan to buy",
    }
}

/// Digits in groups of three.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_price_card_counts_pieces_only_when_few_are_left() {
        let table = [
            (0, ZhCn, Some("已售罄")),
            (-4, En, Some("Sold out")),
            (3, ZhCn, Some("仅剩 3 件")),
            (3, En, Some("Only 3 left")),
            (11, ZhCn, None),
            (11, En, None),
        ];
        for (left, language, words) in table {
            assert_eq!(stock_note(left, language).as_deref(), words, "{left} in {language:?}");
        }
    }

    #[test]
    fn a_stock_card_counts_any_number() {
        let table = [
            (10, ZhCn, "仅剩|10|件"),
            (1_240, ZhCn, "现货|1,240|件"),
            (7, En, "Only|7|left"),
            (99_999, En, "|99,999|in stock"),
            (100_000, En, "|99,999+|in stock"),
        ];
        for (left, language, words) in table {
            let Count { before, number, after } = count(left, language);
            assert_eq!(format!("{before}|{number}|{after}"), words, "{left}");
        }
    }
}
