//! A clock that moves when a test says so.

use hawker_platform::clock::Clock;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Starts at a fixed moment; clones show the same time.
#[derive(Clone, Debug)]
pub struct HandClock(Arc<AtomicI64>);

impl Default for HandClock {
    fn default() -> Self {
        // 2026-01-01T00:00:00Z: any moment will do, as long as it is always the same.
        Self(Arc::new(AtomicI64::new(1_767_225_600_000_000)))
    }
}

impl HandClock {
    /// Moves the clock on by so many milliseconds.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms * 1_000, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}
