//! Which column of a provider's statement means what, and what stands in them. Pure.

use crate::import::source::Header;
use hawker_domain::{
    Currency, Money,
    till::{StatementLine, StatementWhy, check_reference},
};
use hawker_text::fold;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, format_description::well_known::Rfc3339};

const AMOUNTS: &[&str] = &[
    "amount",
    "gross",
    "total",
    "paid",
    "金额",
    "金额(元)",
    "交易金额",
    "交易金额(元)",
    "订单金额",
    "订单金额(元)",
    "收入金额",
    "收入金额(元)",
    "收入(+元)",
    "实收金额",
    "实收金额(元)",
];
const TIMES: &[&str] = &[
    "time",
    "date",
    "paid at",
    "created",
    "created at",
    "timestamp",
    "交易时间",
    "支付时间",
    "付款时间",
    "入账时间",
    "完成时间",
    "时间",
    "日期",
];
const REFERENCES: &[&str] = &[
    "reference",
    "ref",
    "id",
    "transaction",
    "transaction id",
    "payment id",
    "交易单号",
    "交易号",
    "支付宝交易号",
    "微信支付单号",
    "微信订单号",
    "业务流水号",
    "账务流水号",
    "流水号",
    "参考号",
    "检索参考号",
];
const CURRENCIES: &[&str] = &["currency", "币种", "货币种类"];

/// Where amount, time and reference stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StatementColumns {
    amount: usize,
    time: usize,
    reference: usize,
    currency: Option<usize>,
}

/// Why a row can't be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct WrongRow {
    pub(super) why: StatementWhy,
    /// What stands there instead; may be empty.
    pub(super) about: String,
    pub(super) message: String,
}

impl WrongRow {
    pub(super) fn new(why: StatementWhy, about: &str, message: impl Into<String>) -> Self {
        Self { why, about: about.to_owned(), message: message.into() }
    }
}

impl Header for StatementColumns {
    fn of(cells: &[String]) -> Result<Self, String> {
        let names: Vec<String> = cells.iter().map(|name| fold(bare(name)).replace('_', " ")).collect();
        let find = |known: &[&str]| known.iter().find_map(|name| names.iter().position(|found| found == name));
        let (amount, time, reference) = (find(AMOUNTS), find(TIMES), find(REFERENCES));
        if let (Some(amount), Some(time), Some(reference)) = (amount, time, reference) {
            return Ok(Self { amount, time, reference, currency: find(CURRENCIES) });
        }
        let missing = [(amount, "amount (交易金额)"), (time, "time (交易时间)"), (reference, "reference (交易单号)")];
        let missing: Vec<&str> = missing.iter().filter(|(at, _)| at.is_none()).map(|(_, name)| *name).collect();
        Err(missing.join(", "))
    }

    fn wants(&self, index: usize) -> bool {
        [self.amount, self.time, self.reference].contains(&index) || self.currency == Some(index)
    }
}

impl StatementColumns {
    /// What a row says; none of an empty one, as stands under many statements. Errors: what of it can't be read.
    pub(super) fn line(
        &self,
        cells: &[String],
        row: u64,
        currency: Option<Currency>,
        offset_s: Option<i32>,
    ) -> Result<Option<StatementLine>, WrongRow> {
        let cell = |at: usize| cells.get(at).map(|cell| bare(cell)).unwrap_or_default();
        let (amount, time, reference) = (cell(self.amount), cell(self.time), cell(self.reference));
        if amount.is_empty() && time.is_empty() && reference.is_empty() {
            return Ok(None);
        }
        let named = self.currency.map(cell).filter(|name| !name.is_empty());
        let currency = match named {
            Some("人民币" | "RMB") => Currency::CNY,
            Some(name) => name.parse().map_err(|why: hawker_domain::MoneyError| {
                WrongRow::new(StatementWhy::BadCurrency, name, why.to_string())
            })?,
            None => currency.ok_or_else(|| {
                let message = "the amount names no currency; give it with --currency";
                WrongRow::new(StatementWhy::NoCurrency, amount, message)
            })?,
        };
        let read = Money::parse(&fold(amount).replace(['+', ' '], ""), currency);
        let amount = read.map_err(|why| WrongRow::new(StatementWhy::BadAmount, amount, why.to_string()))?;
        let at_us = moment(time, offset_s)?;
        if reference.is_empty() {
            return Err(WrongRow::new(StatementWhy::NoReference, "", "the row has no reference"));
        }
        // Here, so that one such row is listed, and does not keep all others from being matched.
        check_reference(reference)
            .map_err(|why| WrongRow::new(StatementWhy::BadReference, reference, why.to_string()))?;
        Ok(Some(StatementLine { row, amount, at_us, reference: reference.to_owned() }))
    }
}

/// UTC, microseconds since 1970, of "2026-01-31 18:00:05", also with "/", "T", without seconds, or with an offset as in RFC 3339.
fn moment(text: &str, offset_s: Option<i32>) -> Result<i64, WrongRow> {
    let micros = |moment: OffsetDateTime| i64::try_from(moment.unix_timestamp_nanos() / 1_000).ok();
    if let Some(at_us) = OffsetDateTime::parse(text, &Rfc3339).ok().and_then(micros) {
        return Ok(at_us);
    }
    let wrong = || {
        let message = format!("\"{text}\" is no time; write it like 2026-01-31 18:00:05");
        WrongRow::new(StatementWhy::BadTime, text, message)
    };
    let local = local(text).ok_or_else(wrong)?;
    let offset_s = offset_s.ok_or_else(|| {
        let message = format!("\"{text}\" names no offset; give it with --utc-offset, as +08:00");
        WrongRow::new(StatementWhy::NoOffset, text, message)
    })?;
    let at_us = micros(local.assume_utc()).ok_or_else(wrong)?;
    Ok(at_us - i64::from(offset_s) * 1_000_000)
}

fn local(text: &str) -> Option<PrimitiveDateTime> {
    let (date, clock) = text.trim().split_once([' ', 'T'])?;
    let mut parts = date.split(['-', '/']);
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    let mut clock_parts = clock.trim().split(':');
    let hour = clock_parts.next()?.parse().ok()?;
    let minute = clock_parts.next()?.parse().ok()?;
    // Fractions of a second are no matter.
    let second = clock_parts.next().map_or(Some(0), |second| second.split('.').next()?.parse().ok())?;
    if parts.next().is_some() || clock_parts.next().is_some() {
        return None;
    }
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    Some(PrimitiveDateTime::new(date, Time::from_hms(hour, minute, second).ok()?))
}

/// A cell without what providers put before long numbers so that a spreadsheet leaves them alone: `` ` ``, a tab, `="…"`.
fn bare(cell: &str) -> &str {
    let cell = cell.trim().trim_start_matches(['\u{feff}', '`', '\'', '\t']).trim();
    cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).map_or(cell, str::trim)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_header_is_known_in_both_languages() {
        let columns = |amount, time, reference, currency| Ok(StatementColumns { amount, time, reference, currency });
        for (header, want) in [
            (&["Time", "Amount", "Reference"][..], columns(1, 0, 2, None)),
            (&["交易时间", "商户号", "微信订单号", "订单金额", "货币种类"], columns(3, 0, 2, Some(4))),
            (&["\u{feff}入账时间", "支付宝交易号", "收入（+元）"], columns(2, 0, 1, None)),
            (&["id", "created_at", "currency", "gross"], columns(3, 1, 0, Some(2))),
        ] {
            assert_eq!(StatementColumns::of(&cells(header)), want, "{header:?}");
        }
        let missing = StatementColumns::of(&cells(&["time", "note"])).unwrap_err();
        assert_eq!(missing, "amount (交易金额), reference (交易单号)");
    }

    #[test]
    fn a_row_is_an_amount_a_time_and_a_reference() {
        let columns = StatementColumns { amount: 0, time: 1, reference: 2, currency: Some(3) };
        let read = |texts: &[&str]| columns.line(&cells(texts), 7, Some(Currency::CNY), Some(8 * 3_600));
        let line = read(&["￥15.80", "`2026-01-31 18:00:05", "`4200001234", ""]).unwrap().unwrap();
        assert_eq!(
            (line.row, line.amount, line.reference.as_str()),
            (7, Money::new(1580, Currency::CNY), "4200001234")
        );
        assert_eq!(line.at_us, moment("2026-01-31T10:00:05Z", None).unwrap(), "eight hours ahead");
        let euros = read(&["+3.00", "2026-01-31T10:00:05Z", "x", "eur"]).unwrap().unwrap();
        assert_eq!(euros.amount, Money::new(300, Currency::EUR));
        let spaced = read(&["15.80", "2026-01-31T10:00:05Z", "=\"42001 \"", ""]).unwrap().unwrap();
        assert_eq!(spaced.reference, "42001");
        for (reference, why) in [(&*"9".repeat(101), "too long"), ("42\u{7}01", "can't be printed")] {
            let refused = read(&["15.80", "2026-01-31T10:00:05Z", reference, ""]).unwrap_err();
            assert_eq!(refused.why, StatementWhy::BadReference);
            assert!(refused.message.contains(why), "{}", refused.message);
        }
        assert_eq!(read(&["", " ", "", ""]), Ok(None));
        assert_eq!(read(&[]), Ok(None));
        for (texts, why, about, message) in [
            (&["15.8x", "2026-01-31 18:00", "x", ""][..], StatementWhy::BadAmount, "15.8x", "no amount"),
            (&["15.80", "yesterday", "x", ""], StatementWhy::BadTime, "yesterday", "no time"),
            (&["15.80", "2026-02-30 18:00", "x", ""], StatementWhy::BadTime, "2026-02-30 18:00", "no time"),
            (&["15.80", "2026-01-31 18:00", "", ""], StatementWhy::NoReference, "", "no reference"),
            (&["15.80", "2026-01-31 18:00", "x", "gold"], StatementWhy::BadCurrency, "gold", "no currency"),
        ] {
            let wrong = read(texts).unwrap_err();
            assert_eq!((wrong.why, wrong.about.as_str()), (why, about), "{texts:?}");
            assert!(wrong.message.contains(message), "{texts:?}");
        }
        let nowhere = columns.line(&cells(&["15.80", "2026-01-31 18:00", "x"]), 1, None, None).unwrap_err();
        assert_eq!(nowhere.why, StatementWhy::NoCurrency);
        assert!(nowhere.message.contains("--currency"));
        let nowhen = columns.line(&cells(&["15.80", "2026-01-31 18:00", "x"]), 1, Some(Currency::CNY), None);
        let nowhen = nowhen.unwrap_err();
        assert_eq!(nowhen.why, StatementWhy::NoOffset);
        assert!(nowhen.message.contains("--utc-offset"));
    }
}
