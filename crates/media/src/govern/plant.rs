//! The governor against a model of a computer: load comes and goes at random, and what the levers do changes what is
//! measured next.

use super::{Governor, Nominal, Sample, Setpoint, Step};
use proptest::prelude::*;
use std::time::Duration;

const NOMINAL: Nominal = Nominal { watch_fps: 5, preview_fps: 15, beauty: true, fps: 30, short_side: 720 };
const TICK: Duration = Duration::from_millis(500);

/// A computer that needs `base` of a picture's time for encoding while nothing else runs.
struct Plant {
    governor: Governor,
    base: f32,
    now: Duration,
    /// Which way each change went: true is up.
    changes: Vec<(Duration, bool)>,
}

impl Plant {
    fn new(base: f32) -> Self {
        Self { governor: Governor::new(NOMINAL), base, now: Duration::ZERO, changes: Vec::new() }
    }

    /// Encoder load at `at` while other programs make everything `busy` times slower. Smaller pictures save less than
    /// the governor hopes; what runs beside the encoder slows it down.
    fn load(&self, at: Setpoint, busy: f32) -> f32 {
        let size = match at.scale {
            super::Scale::Full => 1.0,
            super::Scale::ThreeQuarters => 0.85,
            super::Scale::Half => 0.4,
        };
        let beside = 0.2 * at.watch_fps as f32 / 5.0
            + 0.05 * at.preview_fps as f32 / 15.0
            + 0.1 * f32::from(u8::from(at.beauty_allowed));
        self.base * busy * size * at.fps as f32 / 30.0 * (1.0 + beside) / 1.35
    }

    fn tick(&mut self, busy: f32) {
        self.now += TICK;
        let load = self.load(self.governor.setpoint(), busy);
        // The queue before the encoder swallows nothing for longer than half a second.
        let dropped = if load > 1.0 { ((1.0 - 1.0 / load) * 15.0) as u64 } else { 0 };
        let sample = Sample {
            at: self.now,
            encode_load: load,
            encode_peak: load * 1.4,
            dropped,
            cpu_pressure: Some((1.0 - 1.0 / busy).clamp(0.0, 1.0)),
        };
        for step in self.governor.on(sample) {
            match step {
                Step::Lower { .. } => self.changes.push((self.now, false)),
                Step::Raise { .. } => self.changes.push((self.now, true)),
                Step::Warn { .. } | Step::WarningOver => {}
            }
        }
    }

    fn run(&mut self, length: Duration, busy: f32) {
        let until = self.now + length;
        while self.now < until {
            self.tick(busy);
        }
    }

    fn is_nominal(&self) -> bool {
        self.governor.lowered().is_empty()
    }

    /// How often it turned from up to down, which viewers would call flapping.
    fn relapses(&self) -> usize {
        self.changes.windows(2).filter(|w| w[0].1 && !w[1].1).count()
    }
}

fn seconds(s: u64) -> Duration {
    Duration::from_secs(s)
}

#[test]
fn twenty_seconds_without_a_processor_are_over_ten_seconds_later() {
    for busy in [1.6, 2.0, 3.0, 5.0, 20.0] {
        let mut plant = Plant::new(0.6);
        plant.run(seconds(5), 1.0);
        assert!(plant.is_nominal() && plant.changes.is_empty());
        plant.run(seconds(20), busy);
        assert!(!plant.is_nominal(), "busy {busy}: something was given up");
        plant.run(seconds(10), 1.0);
        assert!(plant.is_nominal(), "busy {busy}: {:?} is still lowered", plant.governor.lowered());
    }
}

#[test]
fn what_is_given_up_brings_the_load_down() {
    let mut plant = Plant::new(0.6);
    plant.run(seconds(20), 3.0);
    let load = plant.load(plant.governor.setpoint(), 3.0);
    assert!(load < 0.92, "after twenty seconds the encoder keeps up: {load}");
}

#[test]
fn a_load_that_never_changes_does_not_make_it_swing() {
    for tenths in 10..60 {
        let busy = tenths as f32 / 10.0;
        let mut plant = Plant::new(0.6);
        plant.run(seconds(600), busy);
        // One try every thirty seconds at most, once the first have failed.
        assert!(plant.relapses() <= 600 / 30 + 5, "busy {busy}: {} relapses", plant.relapses());
        let seen = plant.changes.iter().filter(|(at, _)| *at > seconds(60)).count();
        assert!(seen <= 2 * (540 / 30) + 2, "busy {busy}: {seen} changes after the first minute");
    }
}

/// Work waits for the processor just after the size was raised, and the encoder has room: nothing is given up for that, so
/// it is no reason to wait twice as long with the next.
#[test]
fn a_climb_that_nothing_was_given_up_for_has_not_failed() {
    let mut plant = Plant::new(0.382);
    for busy in [4.3, 2.0, 9.1, 11.5, 8.5, 8.3, 7.2, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 7.75] {
        plant.tick(busy);
    }
    plant.run(seconds(10), 1.0);
    assert!(plant.is_nominal(), "{:?} is still lowered", plant.governor.lowered());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_long_load_is_over_ten_seconds_after_its_end(
        base in 0.1f32..0.65,
        jitter in prop::collection::vec(2.0f32..12.0, 10..120),
    ) {
        let mut plant = Plant::new(base);
        for busy in jitter {
            plant.tick(busy);
        }
        plant.run(seconds(10), 1.0);
        prop_assert!(plant.is_nominal(), "{:?} is still lowered", plant.governor.lowered());
    }

    #[test]
    fn any_load_at_all_is_over_in_the_end(
        base in 0.1f32..0.65,
        phases in prop::collection::vec((1u64..12, 1.0f32..8.0), 1..30),
    ) {
        let mut plant = Plant::new(base);
        for (length, busy) in phases {
            plant.run(TICK * u32::try_from(length).unwrap(), busy);
        }
        plant.run(seconds(45), 1.0);
        prop_assert!(plant.is_nominal(), "{:?} is still lowered", plant.governor.lowered());
    }

    #[test]
    fn a_lever_never_goes_up_less_than_a_second_and_a_half_after_one_went_down(
        base in 0.1f32..1.5,
        ticks in prop::collection::vec(0.5f32..10.0, 1..300),
    ) {
        let mut plant = Plant::new(base);
        for busy in ticks {
            plant.tick(busy);
        }
        for pair in plant.changes.windows(2) {
            if !pair[0].1 && pair[1].1 {
                prop_assert!(pair[1].0 - pair[0].0 >= Duration::from_millis(1_500), "{pair:?}");
            }
        }
    }
}
