//! What the platform does, one module per noun: checks, asks the store, tells those who wait.

pub mod accounts;
pub mod catalogue;
pub mod claims;
pub mod devices;
pub mod feed;
pub mod fulfilment;
pub mod gate;
pub mod offers;
pub mod ops;
pub mod orders;
pub mod passwords;
pub mod pay_link;
pub mod payments;
pub mod photo;
pub mod quarantine;
pub mod rights;
pub mod shows;
pub mod updates;

use crate::error::ApiError;

/// One line a person wrote: trimmed, without control characters, `min` to `max` characters.
fn text(field: &str, value: &str, min: usize, max: usize) -> Result<String, ApiError> {
    checked(field, value, min, max, |_| false)
}

/// A text that may have several lines.
fn prose(field: &str, value: &str, min: usize, max: usize) -> Result<String, ApiError> {
    checked(field, value, min, max, |c| matches!(c, '\n' | '\r' | '\t'))
}

fn checked(field: &str, value: &str, min: usize, max: usize, also: fn(char) -> bool) -> Result<String, ApiError> {
    let trimmed = value.trim();
    let length = trimmed.chars().count();
    if length < min || length > max {
        return Err(ApiError::bad_input(format!("\"{field}\" must have {min} to {max} characters")));
    }
    if trimmed.chars().any(|c| c.is_control() && !also(c)) {
        return Err(ApiError::bad_input(format!("\"{field}\" contains a character that can't be shown")));
    }
    Ok(trimmed.to_owned())
}
