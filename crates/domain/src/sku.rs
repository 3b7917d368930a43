//! The seller's own article number.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Longest SKU accepted, in characters: what common shop exports allow.
pub const SKU_MAX_CHARS: usize = 64;

/// A seller's article number: trimmed, 1 to 64 characters, no control characters and no `/` (it stands in URLs).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
pub struct Sku(String);

/// Why a text is no SKU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkuError {
    #[error("the sku is empty")]
    Empty,
    #[error("the sku \"{0}\" is longer than {SKU_MAX_CHARS} characters")]
    TooLong(String),
    #[error("the sku {0:?} contains a control character or \"/\"")]
    BadCharacter(String),
}

impl Sku {
    /// Checks and trims `text`. Errors: [`SkuError`].
    pub fn new(text: &str) -> Result<Self, SkuError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(SkuError::Empty);
        }
        if trimmed.chars().count() > SKU_MAX_CHARS {
            return Err(SkuError::TooLong(trimmed.to_owned()));
        }
        if trimmed.chars().any(|c| c.is_control() || c == '/') {
            return Err(SkuError::BadCharacter(trimmed.to_owned()));
        }
        Ok(Self(trimmed.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Sku {
    type Error = SkuError;
    fn try_from(text: String) -> Result<Self, SkuError> {
        Self::new(&text)
    }
}

impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sku_is_trimmed_and_checked() {
        assert_eq!(Sku::new("  A-1 ").unwrap().as_str(), "A-1");
        assert_eq!(Sku::new("  "), Err(SkuError::Empty));
        assert!(matches!(Sku::new("a/b"), Err(SkuError::BadCharacter(_))));
        assert!(matches!(Sku::new(&"x".repeat(65)), Err(SkuError::TooLong(_))));
    }
}
