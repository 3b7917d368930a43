//! What a destination's network is made to do on purpose.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

const LOOK: Duration = Duration::from_millis(10);

/// The faults of one destination. They act in front of its sink, as a network does behind it.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    inside: Mutex<Inside>,
    cut: AtomicBool,
}

#[derive(Debug, Default)]
struct Inside {
    /// Nothing leaves until then.
    stalled_until: Option<Instant>,
    narrow: Option<Narrow>,
}

/// A token bucket without depth: each piece waits until those before it have had their time.
#[derive(Clone, Copy, Debug)]
struct Narrow {
    rate_bps: u64,
    /// None: until the end of the show.
    until: Option<Instant>,
    free_at: Instant,
}

impl Narrow {
    /// When a piece of `size` may leave. None once the narrowness is over.
    fn turn(&mut self, size: usize, now: Instant) -> Option<Instant> {
        if self.until.is_some_and(|until| now >= until) {
            return None;
        }
        let turn = self.free_at.max(now);
        self.free_at = turn + Duration::from_secs_f64(size as f64 * 8.0 / self.rate_bps.max(1) as f64);
        Some(turn)
    }
}

impl Trouble {
    /// Lets nothing leave for `length`.
    pub(super) fn stall(&self, length: Duration) {
        self.lock().stalled_until = Some(Instant::now() + length);
    }

    /// Lets no more than `rate_bps` leave, for `length` or the rest of the show.
    pub(super) fn narrow(&self, rate_bps: u64, length: Option<Duration>) {
        let now = Instant::now();
        self.lock().narrow = Some(Narrow { rate_bps, until: length.map(|length| now + length), free_at: now });
    }

    /// Cuts the connection.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    /// True once for every cut.
    pub(super) fn was_cut(&self) -> bool {
        self.cut.swap(false, Ordering::SeqCst)
    }

    /// Waits while a piece of `size` bytes may not leave, or until `given_up`.
    pub(super) fn wait(&self, size: usize, given_up: &AtomicBool) {
        let turn = {
            let mut inside = self.lock();
            let turn = inside.narrow.as_mut().map(|narrow| narrow.turn(size, Instant::now()));
            if turn == Some(None) {
                inside.narrow = None;
            }
            turn.flatten()
        };
        let waits = || {
            let until = self.lock().stalled_until.max(turn)?;
            until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        };
        while let Some(left) = waits() {
            if given_up.load(Ordering::SeqCst) {
                return;
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_link_gives_each_piece_its_turn() {
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        let mut narrow = Narrow { rate_bps: 8_000, until: Some(at(3_000)), free_at: now };
        assert_eq!(narrow.turn(1_000, now), Some(now), "the first finds it free");
        assert_eq!(narrow.turn(500, at(10)), Some(at(1_000)), "1,000 bytes take a second");
        assert_eq!(narrow.turn(500, at(2_000)), Some(at(2_000)), "time that nobody used is lost");
        assert_eq!(narrow.turn(500, at(3_000)), None, "it is over");
    }

    #[test]
    fn nobody_waits_for_a_pipeline_that_is_given_up() {
        let trouble = Trouble::default();
        trouble.stall(Duration::from_secs(60));
        let began = Instant::now();
        trouble.wait(1, &AtomicBool::new(true));
        assert!(began.elapsed() < Duration::from_secs(1));
        trouble.cut();
        assert!(trouble.was_cut() && !trouble.was_cut(), "a cut cuts once");
    }
}
