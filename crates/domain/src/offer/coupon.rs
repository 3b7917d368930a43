//! The code a buyer types to get an offer.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Longest code: more is not typed on a phone.
pub const COUPON_MAX_CHARS: usize = 32;

/// A code, folded: however it is typed, in small letters, in full-width ones or with blanks, it is the same code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
pub struct Coupon(String);

/// Why a text is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CouponError {
    #[error("the coupon code is empty")]
    Empty,
    #[error("the coupon code that begins with \"{0}\" is longer than {COUPON_MAX_CHARS} characters")]
    TooLong(String),
    #[error("the coupon code {0:?} contains a character that can't be typed")]
    BadCharacter(String),
}

impl Coupon {
    /// Folds and checks `typed`. Errors: [`CouponError`].
    pub fn new(typed: &str) -> Result<Self, CouponError> {
        let code: String = typed.chars().filter_map(seen).flat_map(char::to_uppercase).collect();
        if code.is_empty() {
            return Err(CouponError::Empty);
        }
        if code.chars().count() > COUPON_MAX_CHARS {
            return Err(CouponError::TooLong(code.chars().take(COUPON_MAX_CHARS).collect()));
        }
        if code.chars().any(char::is_control) {
            return Err(CouponError::BadCharacter(code));
        }
        Ok(Self(code))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The character as it counts: full-width forms are ASCII, and what nobody sees is not there.
fn seen(character: char) -> Option<char> {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        _ if character.is_whitespace() => None,
        _ => Some(character),
    }
}

impl fmt::Display for Coupon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Coupon {
    type Error = CouponError;
    fn try_from(typed: String) -> Result<Self, CouponError> {
        Self::new(&typed)
    }
}

impl From<Coupon> for String {
    fn from(coupon: Coupon) -> Self {
        coupon.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        for typed in ["LIVE10", "live10", " Live 10 ", "ｌｉｖｅ１０", "ＬＩＶＥ　１０", "li\u{200b}ve10\n"]
        {
            assert_eq!(Coupon::new(typed).unwrap().as_str(), "LIVE10", "{typed:?}");
        }
        assert_eq!(Coupon::new("开播红包").unwrap().as_str(), "开播红包");
        assert_ne!(Coupon::new("LIVE10").unwrap(), Coupon::new("LIVE1O").unwrap());
    }

    #[test]
    fn what_is_no_code_says_why() {
        assert_eq!(Coupon::new(" \u{3000}\t"), Err(CouponError::Empty));
        assert!(matches!(Coupon::new("a\u{7}b"), Err(CouponError::BadCharacter(_))));
        assert!(Coupon::new(&"x".repeat(32)).is_ok());
        assert!(matches!(Coupon::new(&"x".repeat(33)), Err(CouponError::TooLong(_))));
        assert!(matches!(Coupon::new(&"ß".repeat(17)), Err(CouponError::TooLong(_))), "two letters when it is large");
    }

    proptest! {
        #[test]
        fn a_folded_code_stays_as_it_is(typed in "\\PC{0,40}") {
            if let Ok(once) = Coupon::new(&typed) {
                prop_assert_eq!(Coupon::new(once.as_str()).unwrap(), once);
            }
        }
    }
}
