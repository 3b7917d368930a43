//! What both databases do alike: rows turned into records, and decisions about them.
//!
//! Must not know: SQL, or a database's types. One file per noun, named as those that hold its statements.

pub mod claims;
pub mod feed;
pub mod kept;
pub mod money_tasks;
pub mod offer_limits;
pub mod offers;
pub mod orders;
pub mod payments;
pub mod quarantine;
pub mod reservations;
pub mod rights;
pub mod shows;
pub mod stock;
pub mod till;

use super::StoreError;

/// The databases' integers are signed; a number beyond them is kept as the largest.
pub fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// None was ever stored below nought.
pub fn to_u64(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A stored number that was 32 bits wide when it was written. Errors: [`StoreError::Unreadable`], where it is not.
pub fn to_u32(what: &str, number: i64) -> Result<u32, StoreError> {
    read_back(what, u32::try_from(number))
}

/// A stored text that must have been valid when it was written.
pub fn read_back<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> Result<T, StoreError> {
    result.map_err(|error| StoreError::Unreadable(format!("{what}: {error}")))
}
