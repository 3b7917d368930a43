//! Amounts of money: minor units and a currency, never a float.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use ts_rs::TS;

/// An ISO 4217 currency code, three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    pub const CNY: Self = Self(*b"CNY");
    pub const EUR: Self = Self(*b"EUR");
    pub const JPY: Self = Self(*b"JPY");
    pub const USD: Self = Self(*b"USD");

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point. Source: ISO 4217, table A.1, for the currencies without cents in wide use.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" => 0,
            b"KWD" | b"BHD" | b"OMR" | b"JOD" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|l| l.is_ascii_alphabetic()) => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()]))
            }
            _ => Err(MoneyError::BadCurrency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount. `minor` counts the currency's smallest unit (fen, cent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Money {
    #[ts(type = "number")]
    pub minor: i64,
    pub currency: Currency,
}

/// Why two amounts don't add up, or a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("\"{0}\" is no currency code; use three letters such as CNY")]
    BadCurrency(String),
    #[error("\"{0}\" is no amount; write it like 15.80")]
    BadAmount(String),
    #[error("{0} and {1} can't be added up")]
    Mixed(Currency, Currency),
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Sum of two amounts of one currency. Errors: [`MoneyError::Mixed`], [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        Ok(Self { minor: self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?, ..self })
    }

    /// `quantity` times this price. Errors: [`MoneyError::Overflow`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        Ok(Self { minor: self.minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?, ..self })
    }

    /// Reads "15.80", "15", "¥15.8" or "1,280.00" exactly. Errors: [`MoneyError::BadAmount`], also for more digits than
    /// the currency has, since rounding a price silently would change it, and for a comma that does not set off
    /// thousands: "12,5" may mean 12.50, and guessing would sell it for ten times the price or a tenth. So may "1.200", and a
    /// sign of another currency.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError::BadAmount(text.to_owned());
        let trimmed = text.trim();
        let unsigned = trimmed.strip_prefix(['¥', '￥', '$', '€']).unwrap_or(trimmed);
        if trimmed.chars().next().is_some_and(|sign| unsigned != trimmed && !is_sign_of(sign, currency)) {
            return Err(bad());
        }
        let spaceless = unsigned.replace(' ', "");
        let (negative, digits) = match spaceless.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, spaceless.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = ungrouped(whole).ok_or_else(bad)?;
        let width = currency.minor_digits() as usize;
        // "1.200" is a thousand and two hundred where points stand between thousands.
        if width < 3 && fraction.len() == 3 {
            return Err(bad());
        }
        let fraction = fraction.trim_end_matches('0');
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(&whole) || !all_digits(fraction) || fraction.len() > width {
            return Err(bad());
        }
        let scaled = format!("{whole}{fraction:0<width$}");
        let minor: i64 = scaled.parse().map_err(|_| bad())?;
        Ok(Self { minor: if negative { -minor } else { minor }, currency })
    }
}

/// Whether a sign before an amount can be of this currency.
fn is_sign_of(sign: char, currency: Currency) -> bool {
    match sign {
        '¥' | '￥' => matches!(currency.as_str(), "CNY" | "JPY"),
        '€' => currency == Currency::EUR,
        _ => currency.as_str().ends_with('D') || matches!(currency.as_str(), "MXN" | "ARS" | "CLP" | "COP" | "BRL"),
    }
}

/// The digits without the commas between thousands; none where a comma stands anywhere else.
pub fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if first.is_empty() || first.len() > 3 || group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.currency.minor_digits() as usize;
        let scale = 10_u64.pow(self.currency.minor_digits());
        let sign = if self.minor < 0 { "-" } else { "" };
        let magnitude = self.minor.unsigned_abs();
        match width {
            0 => write!(f, "{sign}{magnitude} {}", self.currency),
            _ => write!(f, "{sign}{}.{:0width$} {}", magnitude / scale, magnitude % scale, self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, currency, want) in [
            ("15.80", Currency::CNY, Some(1580)),
            ("¥15.8", Currency::CNY, Some(1580)),
            ("1,280", Currency::CNY, Some(128_000)),
            ("¥1,299.00", Currency::CNY, Some(129_900)),
            ("12,345,678.9", Currency::CNY, Some(1_234_567_890)),
            ("$15.80", Currency::CNY, None),
            ("$15.80", Currency::USD, Some(1580)),
            ("€3", Currency::EUR, Some(300)),
            ("¥120", Currency::JPY, Some(120)),
            ("1.200", Currency::CNY, None),
            ("120.000", Currency::JPY, None),
            ("15.8000", Currency::CNY, Some(1580)),
            ("12,5", Currency::CNY, None),
            ("12,50", Currency::CNY, None),
            ("1,2,3", Currency::CNY, None),
            ("1234,567", Currency::CNY, None),
            (",500", Currency::CNY, None),
            ("1,", Currency::CNY, None),
            ("1.5,000", Currency::CNY, None),
            ("12.345,67", Currency::CNY, None),
            ("-3.05", Currency::EUR, Some(-305)),
            ("120", Currency::JPY, Some(120)),
            ("120.5", Currency::JPY, None),
            ("1.234", Currency::CNY, None),
            ("", Currency::CNY, None),
            (".5", Currency::CNY, None),
            ("12a", Currency::CNY, None),
            ("99999999999999999999", Currency::CNY, None),
        ] {
            assert_eq!(Money::parse(text, currency).ok().map(|m| m.minor), want, "{text}");
        }
    }

    #[test]
    fn mixed_currencies_do_not_add_up() {
        let sum = Money::new(1, Currency::CNY).plus(Money::new(1, Currency::EUR));
        assert_eq!(sum, Err(MoneyError::Mixed(Currency::CNY, Currency::EUR)));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            for currency in [Currency::CNY, Currency::JPY] {
                let money = Money::new(minor, currency);
                let text = money.to_string();
                let amount = text.split(' ').next().unwrap();
                prop_assert_eq!(Money::parse(amount, currency).unwrap(), money);
            }
        }
    }
}
