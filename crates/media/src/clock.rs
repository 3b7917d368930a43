//! The one clock of a program and what is measured on it. docs/timestamps.md tells the whole story.

use crate::sleep::{SleepWatch, Sleeps};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::ShowMs;
use std::sync::atomic::{AtomicU64, Ordering};

const NOT_ON_AIR: u64 = u64::MAX;

/// Clock and base time shared by all pipelines of one program, and the running time at which the show began.
pub(crate) struct Timebase {
    clock: gst::Clock,
    base: gst::ClockTime,
    on_air_ns: AtomicU64,
    sleep: SleepWatch,
}

impl Timebase {
    /// Running time 0 is now.
    pub(crate) fn new() -> Self {
        let clock = gst::SystemClock::obtain();
        let base = clock.time();
        Self { clock, base, on_air_ns: AtomicU64::new(NOT_ON_AIR), sleep: SleepWatch::new() }
    }

    /// Makes `pipeline` measure running time as this program does.
    pub(crate) fn apply(&self, pipeline: &gst::Pipeline) {
        self.apply_clock(pipeline);
        pipeline.set_start_time(gst::ClockTime::NONE);
        pipeline.set_base_time(self.base);
    }

    /// Gives `pipeline` the clock, and leaves it its own base time (see [`Self::program_ns`]).
    pub(crate) fn apply_clock(&self, pipeline: &gst::Pipeline) {
        pipeline.use_clock(Some(&self.clock));
    }

    /// Running time of the program, now. Units: nanoseconds.
    pub(crate) fn now_ns(&self) -> u64 {
        self.clock.time().saturating_sub(self.base).nseconds()
    }

    /// What the machine's monotonic clock reads at a running time of the program; nanoseconds. The same in every process.
    pub(crate) fn clock_ns(&self, running_ns: u64) -> u64 {
        self.base.nseconds().saturating_add(running_ns)
    }

    /// The running time of the program at a reading of the machine's clock; nanoseconds.
    pub(crate) fn running_ns(&self, clock_ns: u64) -> u64 {
        clock_ns.saturating_sub(self.base.nseconds())
    }

    /// Converts a running time of a pipeline with another base time, but this clock, into the program's. Nanoseconds.
    pub(crate) fn program_ns(&self, running: gst::ClockTime, base: gst::ClockTime) -> u64 {
        (running + base).saturating_sub(self.base).nseconds()
    }

    /// From now on sleeps of the computer are counted; the caller promises to ask for them every
    /// [`crate::sleep::LOOK_EVERY`].
    pub(crate) fn watch_sleep(&self) {
        self.sleep.begin();
    }

    /// The computer's sleeps until now.
    pub(crate) fn sleeps(&self) -> Sleeps {
        self.sleep.look()
    }

    /// Marks `running_ns` as show time 0, the first time it is called; true then.
    pub(crate) fn begin_show(&self, running_ns: u64) -> bool {
        self.on_air_ns.compare_exchange(NOT_ON_AIR, running_ns, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// True from show time 0 on.
    pub(crate) fn is_on_air(&self) -> bool {
        self.on_air_ns.load(Ordering::SeqCst) != NOT_ON_AIR
    }

    /// Show time at a running time; 0 before the show.
    pub(crate) fn show_ms_at(&self, running_ns: u64) -> ShowMs {
        match self.on_air_ns.load(Ordering::SeqCst) {
            NOT_ON_AIR => ShowMs(0),
            began => ShowMs(running_ns.saturating_sub(began) / 1_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn show_time_begins_once_and_never_runs_before_zero() {
        gst::init().unwrap();
        let time = Timebase::new();
        assert_eq!(time.show_ms_at(5_000_000_000), ShowMs(0), "nothing is on air yet");
        assert!(time.begin_show(2_000_000_000));
        assert!(!time.begin_show(9_000_000_000), "a reconnect must not reset it");
        assert_eq!(time.show_ms_at(5_000_000_000), ShowMs(3000));
        assert_eq!(time.show_ms_at(1_000_000_000), ShowMs(0));
    }
}
