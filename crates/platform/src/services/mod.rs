//! What the platform does, one module per noun: checks, asks the store, tells those who wait.

pub mod accounts;
pub mod catalogue;
pub mod feed;
pub mod gate;
pub mod ops;
pub mod orders;
pub mod passwords;
pub mod photo;
pub mod shows;
pub mod updates;

use crate::error::ApiError;

/// A text a person wrote: trimmed, without control characters, `min` to `max` characters.
fn text(field: &str, value: &str, min: usize, max: usize) -> Result<String, ApiError> {
    let trimmed = value.trim();
    let length = trimmed.chars().count();
    if length < min || length > max || trimmed.chars().any(|c| c.is_control() && c != '\n') {
        return Err(ApiError::bad_input(format!("\"{field}\" must have {min} to {max} characters")));
    }
    Ok(trimmed.to_owned())
}
