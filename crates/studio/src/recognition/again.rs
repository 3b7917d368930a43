//! When something that went wrong is tried again. Pure.

use std::time::{Duration, Instant};

/// Pauses before the next attempt; the last one repeats. A disk that is full for a moment is soon made good; what keeps failing must
/// not take the machine from the show.
const PAUSES_S: [u64; 4] = [5, 30, 120, 300];

/// Attempts at one thing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Again {
    /// In a row.
    failures: usize,
    due: Option<Instant>,
}

impl Again {
    /// It went wrong. Answers how often it has in a row.
    pub fn failed(&mut self, now: Instant) -> usize {
        let pause = PAUSES_S.get(self.failures).or(PAUSES_S.last()).copied().unwrap_or_default();
        self.failures += 1;
        self.due = now.checked_add(Duration::from_secs(pause));
        self.failures
    }

    pub fn worked(&mut self) {
        *self = Self::default();
    }

    /// When the next attempt is due; none: nothing waits for one.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The attempt is made.
    pub fn begin(&mut self) {
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_again_ever_later_and_soon_once_it_has_worked() {
        let now = Instant::now();
        let mut again = Again::default();
        assert_eq!(again.due(), None);
        for (count, seconds) in [(1, 5), (2, 30), (3, 120), (4, 300), (5, 300)] {
            assert_eq!(again.failed(now), count);
            assert_eq!(again.due(), now.checked_add(Duration::from_secs(seconds)));
            again.begin();
            assert_eq!(again.due(), None, "it is under way");
        }
        again.worked();
        assert_eq!(again.failed(now), 1);
    }
}
