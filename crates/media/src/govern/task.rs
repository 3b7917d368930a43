//! Between the governor and the show: measures, asks, and moves the levers.

use super::{CpuPressure, Governor, Nominal, Sample, Scale, Setpoint, Step};
use hawker_domain::{Words, overload::LeverSetting};
use std::time::Duration;

/// What a show lets the governor change. Each is called when it changes, from the thread that ticks.
pub trait Levers {
    /// Pictures a second for recognition.
    fn set_watch_fps(&mut self, fps: u32);
    /// Pictures a second for the host's window.
    fn set_preview_fps(&mut self, fps: u32);
    /// Whether skin may be smoothed.
    fn set_beauty_allowed(&mut self, allowed: bool);
    /// Pictures a second of every canvas.
    fn set_frame_rate(&mut self, fps: u32);
    /// Size of what is encoded, of every canvas.
    fn set_scale(&mut self, scale: Scale);
}

/// What the show counted, since it began or since the tick before as each says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// Mean time for a picture against its budget, since the tick before.
    pub encode_load: f32,
    /// The slowest picture since the tick before, against its budget.
    pub encode_peak: f32,
    /// Pictures lost to overload since the show began.
    pub dropped_total: u64,
}

/// How the governor stands, for statistics.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct GovernorState {
    /// Where every lever stands.
    pub setpoint: Setpoint,
    /// What is lowered; empty when all is well.
    pub lowered: Vec<LeverSetting>,
    /// Smoothed load of the encoder.
    pub load: f32,
    /// A warning holds.
    pub warned: bool,
    /// Steps down since the show began.
    pub steps_down: u64,
    /// What was said last.
    pub last: Option<Words>,
}

/// A governor with its hands on the levers. To be ticked about twice a second.
pub struct GovernorTask<L> {
    governor: Governor,
    levers: L,
    pressure: CpuPressure,
    dropped: Option<u64>,
    warned: bool,
    steps_down: u64,
    last: Option<Words>,
}

impl<L: Levers> GovernorTask<L> {
    /// For a show whose levers stand at `nominal` now.
    pub fn new(nominal: Nominal, levers: L) -> Self {
        Self {
            governor: Governor::new(nominal),
            levers,
            pressure: CpuPressure::default(),
            dropped: None,
            warned: false,
            steps_down: 0,
            last: None,
        }
    }

    /// Takes a reading at `now` (a clock that never goes back), moves the levers, and returns what is to be told.
    pub fn tick(&mut self, now: Duration, reading: Reading) -> Vec<Step> {
        let before = self.dropped.replace(reading.dropped_total).unwrap_or(reading.dropped_total);
        let sample = Sample {
            at: now,
            encode_load: reading.encode_load,
            encode_peak: reading.encode_peak,
            dropped: reading.dropped_total.saturating_sub(before),
            cpu_pressure: self.pressure.read(now),
        };
        let stood = self.governor.setpoint();
        let steps = self.governor.on(sample);
        for step in &steps {
            match step {
                Step::Warn { .. } => self.warned = true,
                Step::WarningOver => self.warned = false,
                Step::Lower { .. } => self.steps_down += 1,
                Step::Raise { .. } => {}
            }
            self.last = Some(step.words());
        }
        self.apply(stood);
        steps
    }

    /// Takes a reading that says nothing about how fast this computer is; no lever moves.
    pub fn pass(&mut self, reading: Reading) {
        self.dropped = Some(reading.dropped_total);
    }

    /// The host changed the show; the levers follow at once.
    pub fn retarget(&mut self, nominal: Nominal) {
        let stood = self.governor.setpoint();
        self.governor.retarget(nominal);
        self.apply(stood);
    }

    /// How it stands.
    pub fn state(&self) -> GovernorState {
        GovernorState {
            setpoint: self.governor.setpoint(),
            lowered: self.governor.lowered(),
            load: self.governor.load(),
            warned: self.warned,
            steps_down: self.steps_down,
            last: self.last.clone(),
        }
    }

    fn apply(&mut self, stood: Setpoint) {
        let now = self.governor.setpoint();
        if now.watch_fps != stood.watch_fps {
            self.levers.set_watch_fps(now.watch_fps);
        }
        if now.preview_fps != stood.preview_fps {
            self.levers.set_preview_fps(now.preview_fps);
        }
        if now.beauty_allowed != stood.beauty_allowed {
            self.levers.set_beauty_allowed(now.beauty_allowed);
        }
        if now.fps != stood.fps {
            self.levers.set_frame_rate(now.fps);
        }
        if now.scale != stood.scale {
            self.levers.set_scale(now.scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is told.
    #[derive(Default)]
    struct Log(Vec<String>);

    impl Levers for &mut Log {
        fn set_watch_fps(&mut self, fps: u32) {
            self.0.push(format!("watch {fps}"));
        }
        fn set_preview_fps(&mut self, fps: u32) {
            self.0.push(format!("preview {fps}"));
        }
        fn set_beauty_allowed(&mut self, allowed: bool) {
            self.0.push(format!("beauty {allowed}"));
        }
        fn set_frame_rate(&mut self, fps: u32) {
            self.0.push(format!("fps {fps}"));
        }
        fn set_scale(&mut self, scale: Scale) {
            self.0.push(format!("scale {scale:?}"));
        }
    }

    #[test]
    fn each_lever_is_moved_once_for_each_change_and_back() {
        let nominal = Nominal { watch_fps: 5, preview_fps: 15, beauty: false, fps: 30, short_side: 720 };
        let mut log = Log::default();
        let mut task = GovernorTask::new(nominal, &mut log);
        let mut now = Duration::ZERO;
        let mut tick = |task: &mut GovernorTask<&mut Log>, load: f32, dropped_total| {
            now += Duration::from_millis(500);
            task.tick(now, Reading { encode_load: load, encode_peak: load, dropped_total })
        };
        tick(&mut task, 0.3, 7);
        assert!(task.state().lowered.is_empty(), "what was lost before it was asked is no overload of now");
        tick(&mut task, 0.3, 17);
        let state = task.state();
        assert_eq!((state.steps_down, state.setpoint.fps), (4, 20), "many lost at once: {state:?}");
        assert!(state.last.is_some_and(|words| words.en.ends_with("lowered to 20")));
        for _ in 0..12 {
            tick(&mut task, 0.3, 17);
        }
        assert!(task.state().lowered.is_empty());
        let told = ["watch 1", "preview 5", "fps 20", "fps 30", "preview 15", "watch 2", "watch 5"];
        assert_eq!(log.0, told);
    }
}
