//! A device's clock: wrong, by minutes or by years, and otherwise after every start.

use hawker_store::Clock;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Makes another seed of a run's own.
const CLOCKS: u64 = 0x636c_6f63_6b73;
const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;

/// Dice of its own: what happens under a seed does not depend on what time it is.
pub struct DeviceClock {
    ahead_us: Arc<AtomicI64>,
    dice: StdRng,
}

impl DeviceClock {
    /// The first of a run; the devices' are others.
    pub fn of_run(seed: u64) -> Self {
        Self::new(seed ^ CLOCKS)
    }

    fn new(seed: u64) -> Self {
        let mut clock = Self { ahead_us: Arc::default(), dice: StdRng::seed_from_u64(seed) };
        clock.leap();
        clock
    }

    /// As a store reads it; it follows every leap.
    pub fn clock(&self) -> Clock {
        let (right, ahead_us) = (Clock::default(), self.ahead_us.clone());
        Clock::new(move || right.now_us() + ahead_us.load(Ordering::SeqCst))
    }

    /// It stands otherwise from now on: a battery is empty, a person sets it, the network does.
    pub fn leap(&mut self) {
        let wrong = match self.dice.random_range(0..4) {
            0 => 0,
            1 => self.dice.random_range(MINUTE_US..60 * MINUTE_US),
            2 => self.dice.random_range(DAY_US..30 * DAY_US),
            _ => self.dice.random_range(300 * DAY_US..730 * DAY_US),
        };
        let is_behind = self.dice.random_bool(0.5);
        self.ahead_us.store(if is_behind { -wrong } else { wrong }, Ordering::SeqCst);
    }

    /// That of another machine.
    pub fn other(&mut self) -> Self {
        Self::new(self.dice.random())
    }
}
