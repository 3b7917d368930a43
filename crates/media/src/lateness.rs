//! How late something is, smoothed: written by the thread that sees it, read by whoever asks.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Averaged over about this long.
const SMOOTH_S: f32 = 2.0;
/// What was last seen so long ago says nothing of now. Nanoseconds.
const STALE_NS: u64 = 2_000_000_000;

/// Threads: one writes, any reads.
#[derive(Debug, Default)]
pub(crate) struct Lateness {
    /// Milliseconds, the bits of an f32.
    mean: AtomicU32,
    /// When it was seen last, nanoseconds; 0 for never.
    seen_ns: AtomicU64,
}

impl Lateness {
    /// Sees that what belongs at `due_ns` is at `is_ns`; `now_ns` is a clock that never goes back.
    pub(crate) fn see(&self, due_ns: u64, is_ns: u64, now_ns: u64) {
        let late_ms = (i128::from(is_ns) - i128::from(due_ns)) as f32 / 1e6;
        let mean = match self.at(now_ns) {
            Some(mean) => {
                let passed_s = now_ns.saturating_sub(self.seen_ns.load(Ordering::Relaxed)) as f32 / 1e9;
                mean + (late_ms - mean) * passed_s / (SMOOTH_S + passed_s)
            }
            None => late_ms,
        };
        self.mean.store(mean.to_bits(), Ordering::Relaxed);
        self.seen_ns.store(now_ns.max(1), Ordering::Relaxed);
    }

    /// The mean; none where nothing was seen of late. Units: milliseconds, positive where it is late.
    pub(crate) fn at(&self, now_ns: u64) -> Option<f32> {
        let seen_ns = self.seen_ns.load(Ordering::Relaxed);
        let fresh = seen_ns > 0 && now_ns.saturating_sub(seen_ns) <= STALE_NS;
        fresh.then(|| f32::from_bits(self.mean.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn the_mean_follows_within_seconds_and_is_unknown_once_nothing_comes() {
        let late = Lateness::default();
        assert_eq!(late.at(0), None, "nothing was seen yet");
        let see = |ms: u64, by: i64| late.see(ms * MS, (ms * MS).saturating_add_signed(by * MS as i64), ms * MS);
        see(5_000, 12);
        assert_eq!(late.at(5_000 * MS), Some(12.0), "the first is the mean");
        (0..300).for_each(|n| see(5_000 + n * 33, if n % 2 == 0 { 0 } else { 24 }));
        let jitter = late.at(14_900 * MS).unwrap();
        assert!((jitter - 12.0).abs() < 1.0, "{jitter}: jitter is averaged away");
        (0..240).for_each(|n| see(15_000 + n * 33, -40));
        let early = late.at(22_950 * MS).unwrap();
        assert!((-40.0..-35.0).contains(&early), "{early} after eight seconds");
        assert_eq!(late.at(25_000 * MS), None, "two seconds of nothing");
        see(26_000, 5);
        assert_eq!(late.at(26_000 * MS), Some(5.0), "what came before a silence is forgotten");
    }
}
