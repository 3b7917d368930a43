//! The server's clock, passed in so that tests drive it by hand. Every time is UTC, microseconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

pub const SECOND_US: i64 = 1_000_000;
pub const MINUTE_US: i64 = 60 * SECOND_US;
pub const DAY_US: i64 = 24 * 60 * MINUTE_US;

/// What time it is. Reservations, tokens and rate limits ask nothing else.
pub trait Clock: Send + Sync + 'static {
    /// UTC, microseconds since 1970.
    fn now_us(&self) -> i64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_us(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }
}
