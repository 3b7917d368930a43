//! How much of its time an encoder needs.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Weight of the newest picture in the smoothed load.
const NEWEST: f32 = 0.05;
/// The same in the time that the next picture will take: three slow pictures make a slow encoder, one does not.
const NEXT: u64 = 4;

/// Time for a picture against the time it has: smoothed for people, mean and peak since the last look for the governor.
///
/// Threads: one writes, any reads; a span whose numbers were written halfway differs by one picture at most.
#[derive(Debug, Default)]
pub struct EncodeLoad {
    smoothed: AtomicU32,
    peak: AtomicU32,
    sum_ns: AtomicU64,
    budget_ns: AtomicU64,
    recent_ns: AtomicU64,
}

/// One span of time, from a look to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadSpan {
    /// Mean time for a picture against its budget; 0 where none was encoded.
    pub mean: f32,
    /// The slowest.
    pub peak: f32,
}

impl EncodeLoad {
    /// A picture took `spent_ns` of the `budget_ns` from one picture to the next.
    pub fn took(&self, spent_ns: u64, budget_ns: u64) {
        let share = spent_ns as f32 / budget_ns.max(1) as f32;
        let smoothed = self.smoothed() * (1.0 - NEWEST) + share * NEWEST;
        self.smoothed.store(smoothed.to_bits(), Ordering::Relaxed);
        // Non-negative floats sort as their bits do.
        self.peak.fetch_max(share.to_bits(), Ordering::Relaxed);
        self.sum_ns.fetch_add(spent_ns, Ordering::Relaxed);
        self.budget_ns.fetch_add(budget_ns.max(1), Ordering::Relaxed);
        let recent = self.recent_ns();
        self.recent_ns.store(recent - recent / NEXT + spent_ns / NEXT, Ordering::Relaxed);
    }

    /// What a picture takes at the moment, over about the last four. Units: ns; 0 before the first.
    pub fn recent_ns(&self) -> u64 {
        self.recent_ns.load(Ordering::Relaxed)
    }

    /// Over about the last second.
    pub fn smoothed(&self) -> f32 {
        f32::from_bits(self.smoothed.load(Ordering::Relaxed))
    }

    /// What came since the last call; for one caller only.
    pub fn take(&self) -> LoadSpan {
        let (sum, budget) = (self.sum_ns.swap(0, Ordering::Relaxed), self.budget_ns.swap(0, Ordering::Relaxed));
        let peak = f32::from_bits(self.peak.swap(0, Ordering::Relaxed));
        LoadSpan { mean: if budget == 0 { 0.0 } else { sum as f32 / budget as f32 }, peak }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_its_mean_and_its_slowest_picture_and_ends_with_the_look() {
        let load = EncodeLoad::default();
        for spent in [10, 20, 90] {
            load.took(spent, 40);
        }
        assert_eq!(load.take(), LoadSpan { mean: 1.0, peak: 2.25 });
        assert_eq!(load.take(), LoadSpan::default());
        for _ in 0..200 {
            load.took(30, 40);
        }
        assert!((load.smoothed() - 0.75).abs() < 0.01, "{}", load.smoothed());
    }

    #[test]
    fn what_a_picture_takes_is_known_after_a_few() {
        let load = EncodeLoad::default();
        assert_eq!(load.recent_ns(), 0);
        (0..20).for_each(|_| load.took(12_000_000, 33_000_000));
        load.took(90_000_000, 33_000_000);
        assert!(load.recent_ns() < 40_000_000, "{}", load.recent_ns());
        (0..3).for_each(|_| load.took(90_000_000, 33_000_000));
        assert!(load.recent_ns() > 60_000_000, "{}", load.recent_ns());
    }
}
