//! When to go down a rung and when up. Pure: a sample in, steps out.

use super::ladder::{Nominal, Rung, Setpoint, ladder, top};
use hawker_domain::{
    Words,
    overload::{Lever, LeverSetting, OverloadWhy},
};
use std::time::Duration;

/// Share of a picture's time at which a warning is due, and at which it is over.
const WARN: f32 = 0.75;
const WARN_OVER: f32 = 0.68;
/// At this share the next hiccup loses a picture.
const TOO_MUCH: f32 = 0.92;
/// At this share, or with so many pictures lost at once, everything that viewers do not see goes at one stroke.
const FAR_TOO_MUCH: f32 = 1.5;
const MANY_LOST: u64 = 5;
/// Work that waits for the processor so often means trouble soon, if the encoder has little to spare.
const PRESSURE: f32 = 0.8;
const PRESSURE_LOAD: f32 = 0.6;
/// A rung is climbed only if the load up there is expected to stay below this.
const ROOM: f32 = 0.8;
/// One picture that took so many times its own time is a stall, and no time to climb.
const STALL: f32 = 4.0;
/// A change that viewers see shows its effect within this time; before, it is not followed by another.
const SETTLE: Duration = Duration::from_millis(1_000);
/// How long it has to be calm before the first rung is climbed.
const CALM: Duration = Duration::from_millis(1_500);
/// Busy again so soon after a climb: the climb failed.
const FAILED_WITHIN: Duration = Duration::from_secs(3);
/// The longest that failed climbs make it wait.
const CALM_MOST: Duration = Duration::from_secs(30);
/// After so long without trouble, failed climbs are forgotten.
const FORGIVEN_AFTER: Duration = Duration::from_secs(60);
/// The same for the size: each change of it begins another file of the recording, so it is not tried every minute.
const SIZE_CALM: Duration = Duration::from_secs(3);
const SIZE_FAILED_WITHIN: Duration = Duration::from_secs(15);
const SIZE_CALM_MOST: Duration = Duration::from_secs(300);
const SIZE_FORGIVEN_AFTER: Duration = Duration::from_secs(900);
/// The same below this share of the load at which a climb failed: the load is another one now.
const FORGIVEN_BELOW: f32 = 0.7;
/// Weight of the newest sample in the smoothed load.
const NEWEST: f32 = 0.5;
/// What lies above is no measurement.
const LOAD_MOST: f32 = 100.0;

/// What was measured since the sample before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// When, on any clock that never goes back.
    pub at: Duration,
    /// Time the encoder took for a picture against the time it has at the rate in force, mean. Several encoders: the
    /// highest.
    pub encode_load: f32,
    /// The same for the slowest picture.
    pub encode_peak: f32,
    /// Pictures lost because this computer was too slow.
    pub dropped: u64,
    /// Share of the time in which work waited for the processor, 0 to 1. None where the system does not tell.
    pub cpu_pressure: Option<f32>,
}

/// Something the governor wants done or said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// The encoder needs more than three quarters of the time it has. Units: share.
    Warn {
        load: f32,
    },
    /// It no longer does.
    WarningOver,
    Lower {
        setting: LeverSetting,
        why: OverloadWhy,
    },
    Raise {
        setting: LeverSetting,
        why: OverloadWhy,
    },
}

impl Step {
    /// What happened and why, for the host.
    pub fn words(&self) -> Words {
        match self {
            Self::Warn { load } => {
                let percent = (load * 100.0).round();
                Words::new(
                    format!("编码已占用 {percent}% 的时间，电脑接近满负荷"),
                    format!("encoding takes {percent} % of its time; this computer is nearly full"),
                )
            }
            Self::WarningOver => Words::new("编码负荷恢复正常", "encoding has time to spare again"),
            Self::Lower { setting, why } => join(&why.words(), &setting.lowered(), "："),
            Self::Raise { setting, why } => join(&why.words(), &setting.raised(), "，"),
        }
    }
}

fn join(why: &Words, what: &Words, zh_mark: &str) -> Words {
    // A reason that has a colon of its own gets a semicolon behind it.
    let en_mark = if why.en.contains(':') { "; " } else { ": " };
    Words::new(format!("{}{zh_mark}{}", why.zh_cn, what.zh_cn), format!("{}{en_mark}{}", why.en, what.en))
}

/// Decides from samples, about two a second, which lever is lowered or raised.
///
/// Promises: what was given up is back within ten seconds after a load is gone; while climbs fail (the computer is busy
/// again within three seconds) the next one waits twice as long, at most thirty seconds.
#[derive(Clone, Debug)]
pub struct Governor {
    nominal: Nominal,
    rungs: Vec<Rung>,
    /// Rungs gone down.
    depth: usize,
    load: Option<f32>,
    warned: bool,
    calm_since: Option<Duration>,
    changed: Option<Duration>,
    /// When a rung was climbed last, the load before it, and for how long trouble means that it failed.
    climbed: Option<(Duration, f32, Duration)>,
    lowered: Option<Duration>,
    failed: u32,
    failed_load: f32,
}

impl Governor {
    /// A governor of a show that runs at its nominal setting.
    pub fn new(nominal: Nominal) -> Self {
        Self {
            nominal,
            rungs: ladder(&nominal),
            depth: 0,
            load: None,
            warned: false,
            calm_since: None,
            changed: None,
            climbed: None,
            lowered: None,
            failed: 0,
            failed_load: 0.0,
        }
    }

    /// Where every lever has to stand now.
    pub fn setpoint(&self) -> Setpoint {
        self.depth.checked_sub(1).and_then(|i| self.rungs.get(i)).map_or(top(&self.nominal), |rung| rung.at)
    }

    /// What is lowered now, one entry a lever, in the order in which it was given up.
    pub fn lowered(&self) -> Vec<LeverSetting> {
        let mut lowered: Vec<LeverSetting> = Vec::new();
        for rung in self.rungs.iter().take(self.depth) {
            lowered.retain(|setting| setting.lever() != rung.lowered.lever());
            lowered.push(rung.lowered);
        }
        lowered
    }

    /// The host changed the nominal setting: the same levers stay lowered, each by as many rungs, as far as they still can
    /// be.
    pub fn retarget(&mut self, nominal: Nominal) {
        let deepest = self.depth.checked_sub(1).and_then(|i| self.rungs.get(i)).map(|rung| rung.lowered.lever());
        let of = |lever| move |rung: &&Rung| rung.lowered.lever() == lever;
        let within = deepest.map_or(0, |lever| self.rungs.iter().take(self.depth).filter(of(lever)).count());
        (self.nominal, self.rungs) = (nominal, ladder(&nominal));
        self.depth = deepest.map_or(0, |lever| {
            let before = self.rungs.iter().filter(|rung| rung.lowered.lever() < lever).count();
            before + self.rungs.iter().filter(of(lever)).count().min(within)
        });
    }

    /// Smoothed load of the encoder.
    pub fn load(&self) -> f32 {
        self.load.unwrap_or(0.0)
    }

    /// Takes one measurement. The steps are in the order in which they are to be done.
    pub fn on(&mut self, sample: Sample) -> Vec<Step> {
        let load = self.smooth(sample.encode_load);
        let mut steps = self.warning(load);
        match trouble(&sample, load) {
            Some(why) => {
                self.calm_since = None;
                self.go_down(&sample, load, why, &mut steps);
            }
            None => self.go_up(&sample, load, &mut steps),
        }
        steps
    }

    fn smooth(&mut self, measured: f32) -> f32 {
        let measured = if measured.is_finite() { measured.clamp(0.0, LOAD_MOST) } else { self.load() };
        let load = self.load.map_or(measured, |before| before * (1.0 - NEWEST) + measured * NEWEST);
        self.load = Some(load);
        load
    }

    fn warning(&mut self, load: f32) -> Vec<Step> {
        if !self.warned && load >= WARN {
            self.warned = true;
            return vec![Step::Warn { load }];
        }
        if self.warned && load < WARN_OVER {
            self.warned = false;
            return vec![Step::WarningOver];
        }
        Vec::new()
    }

    fn go_down(&mut self, sample: &Sample, load: f32, why: OverloadWhy, steps: &mut Vec<Step>) {
        self.lowered = Some(sample.at);
        let far = load >= FAR_TOO_MUCH || sample.dropped >= MANY_LOST;
        loop {
            let Some(rung) = self.rungs.get(self.depth).copied() else { return };
            let seen = rung.lowered.lever().is_seen_by_viewers();
            let settled = self.changed.is_none_or(|at| sample.at.saturating_sub(at) >= SETTLE);
            // Pressure alone costs viewers nothing: the encoder still has room.
            if seen && (why == OverloadWhy::ProcessorBusy || !settled) {
                return;
            }
            self.climb_failed(sample.at);
            self.step_to(self.depth + 1);
            steps.push(Step::Lower { setting: rung.lowered, why });
            if seen {
                self.changed = Some(sample.at);
            }
            if seen || !far {
                return;
            }
        }
    }

    /// Something is given up again: a climb just before has failed. Trouble that costs nothing is no failure.
    fn climb_failed(&mut self, now: Duration) {
        let soon = |(at, _, within): &mut (Duration, f32, Duration)| now.saturating_sub(*at) <= *within;
        if let Some((_, before, _)) = self.climbed.take_if(soon) {
            self.failed = self.failed.saturating_add(1);
            self.failed_load = before;
        }
    }

    fn go_up(&mut self, sample: &Sample, load: f32, steps: &mut Vec<Step>) {
        let Some(rung) = self.depth.checked_sub(1).and_then(|i| self.rungs.get(i)).copied() else {
            self.forget_failures(sample.at, load, FORGIVEN_AFTER);
            return;
        };
        let of_size = rung.lowered.lever() == Lever::Resolution;
        let (calm, calm_most, failed_within, forgiven_after) = if of_size {
            (SIZE_CALM, SIZE_CALM_MOST, SIZE_FAILED_WITHIN, SIZE_FORGIVEN_AFTER)
        } else {
            (CALM, CALM_MOST, FAILED_WITHIN, FORGIVEN_AFTER)
        };
        let above = self.depth.checked_sub(2).and_then(|i| self.rungs.get(i)).map_or(top(&self.nominal), |r| r.at);
        let expected = load * above.work_against(&rung.at);
        if expected >= ROOM || sample.encode_peak >= STALL {
            self.calm_since = None;
            return;
        }
        self.forget_failures(sample.at, load, forgiven_after);
        let calm_since = *self.calm_since.get_or_insert(sample.at);
        let settled = self.changed.is_none_or(|at| sample.at.saturating_sub(at) >= SETTLE);
        let seen = rung.lowered.lever().is_seen_by_viewers();
        let patience = self.patience(calm, calm_most);
        if sample.at.saturating_sub(calm_since) < patience || (seen && !settled) {
            return;
        }
        self.step_to(self.depth - 1);
        self.climbed = Some((sample.at, load, failed_within));
        if seen {
            self.changed = Some(sample.at);
        }
        steps.push(Step::Raise { setting: rung.before, why: OverloadWhy::LoadGone });
    }

    /// Moves to `depth` and turns the remembered load into what it is expected to be there, so that the next samples are
    /// not judged by pictures that were encoded before.
    fn step_to(&mut self, depth: usize) {
        let before = self.setpoint();
        self.depth = depth;
        let change = self.setpoint().work_against(&before);
        self.load = self.load.map(|load| load * change);
    }

    fn forget_failures(&mut self, now: Duration, load: f32, after: Duration) {
        let long_ago = self.lowered.is_none_or(|at| now.saturating_sub(at) >= after);
        if long_ago || load < self.failed_load * FORGIVEN_BELOW {
            self.failed = 0;
        }
    }

    /// How long it has to be calm before a climb.
    fn patience(&self, calm: Duration, most: Duration) -> Duration {
        calm.saturating_mul(2_u32.saturating_pow(self.failed.min(8))).min(most)
    }
}

fn trouble(sample: &Sample, load: f32) -> Option<OverloadWhy> {
    if sample.dropped > 0 {
        return Some(OverloadWhy::FramesDropped);
    }
    if load >= TOO_MUCH {
        return Some(OverloadWhy::EncoderSlow);
    }
    let waits = sample.cpu_pressure.is_some_and(|share| share >= PRESSURE);
    (waits && load >= PRESSURE_LOAD).then_some(OverloadWhy::ProcessorBusy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOMINAL: Nominal = Nominal { watch_fps: 5, preview_fps: 15, beauty: true, fps: 30, short_side: 720 };

    /// Feeds `count` samples like `sample`, half a second apart, from `from`.
    fn feed(governor: &mut Governor, from: &mut Duration, count: usize, sample: Sample) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..count {
            *from += Duration::from_millis(500);
            steps.extend(governor.on(Sample { at: *from, ..sample }));
        }
        steps
    }

    fn levers(steps: &[Step]) -> Vec<LeverSetting> {
        steps.iter().filter_map(|s| if let Step::Lower { setting, .. } = s { Some(*setting) } else { None }).collect()
    }

    #[test]
    fn one_sample_decides_by_what_it_shows() {
        use OverloadWhy::{EncoderSlow, FramesDropped, ProcessorBusy};
        let calm = Sample { encode_load: 0.5, encode_peak: 0.7, ..Sample::default() };
        let table = [
            ("half the time", calm, None),
            ("just under", Sample { encode_load: 0.9, ..calm }, None),
            ("nearly all", Sample { encode_load: 0.95, ..calm }, Some((EncoderSlow, 1))),
            ("one slow picture", Sample { encode_peak: 9.0, ..calm }, None),
            ("a lost picture", Sample { dropped: 1, ..calm }, Some((FramesDropped, 1))),
            ("many lost", Sample { dropped: 9, ..calm }, Some((FramesDropped, 5))),
            ("far too slow", Sample { encode_load: 2.0, ..calm }, Some((EncoderSlow, 5))),
            ("pressure, but room", Sample { cpu_pressure: Some(0.95), ..calm }, None),
            (
                "pressure and little room",
                Sample { cpu_pressure: Some(0.95), encode_load: 0.7, ..calm },
                Some((ProcessorBusy, 1)),
            ),
            ("no number", Sample { encode_load: f32::NAN, ..calm }, None),
            ("no number either", Sample { encode_load: f32::INFINITY, ..calm }, None),
        ];
        for (name, sample, want) in table {
            let mut governor = Governor::new(NOMINAL);
            let steps: Vec<_> = governor
                .on(sample)
                .into_iter()
                .filter(|s| matches!(s, Step::Lower { .. } | Step::Raise { .. }))
                .collect();
            let got = steps.first().map(|step| match step {
                Step::Lower { why, .. } => (*why, steps.len()),
                other => panic!("{name}: {other:?}"),
            });
            assert_eq!(got, want, "{name}");
        }
    }

    #[test]
    fn levers_go_down_in_order_and_come_back_in_the_opposite_order() {
        let mut governor = Governor::new(NOMINAL);
        let mut now = Duration::ZERO;
        let lost = Sample { encode_load: 0.5, dropped: 1, ..Sample::default() };
        let down = levers(&feed(&mut governor, &mut now, 30, lost));
        assert_eq!(down.len(), 8, "to the last rung and no further: {down:?}");
        assert!(down.windows(2).all(|w| w[0].lever() <= w[1].lever()));
        assert_eq!(governor.lowered().len(), 5, "one entry a lever");
        let up: Vec<_> = feed(&mut governor, &mut now, 20, Sample { encode_load: 0.1, ..Sample::default() })
            .into_iter()
            .filter_map(|s| if let Step::Raise { setting, .. } = s { Some(setting) } else { None })
            .collect();
        assert_eq!(up.len(), 8, "all of it within ten seconds: {up:?}");
        assert!(up.windows(2).all(|w| w[0].lever() >= w[1].lever()));
        assert_eq!(governor.setpoint(), top(&NOMINAL));
        assert!(governor.lowered().is_empty());
    }

    #[test]
    fn pressure_alone_never_costs_viewers_anything() {
        let mut governor = Governor::new(NOMINAL);
        let mut now = Duration::ZERO;
        let pressed = Sample { encode_load: 0.7, cpu_pressure: Some(1.0), ..Sample::default() };
        let down = levers(&feed(&mut governor, &mut now, 40, pressed));
        assert_eq!(down.len(), 4, "{down:?}");
        assert!(down.iter().all(|setting| !setting.lever().is_seen_by_viewers()));
    }

    #[test]
    fn a_size_that_does_not_hold_is_tried_again_only_after_minutes() {
        let mut governor = Governor::new(NOMINAL);
        let mut now = Duration::ZERO;
        let lost = Sample { encode_load: 0.5, dropped: 1, ..Sample::default() };
        feed(&mut governor, &mut now, 30, lost);
        let mut sizes = 0;
        // An hour in which every size above the least is too much.
        for _ in 0..7_200 {
            let much = governor.setpoint().scale != super::super::Scale::Half;
            let sample = Sample { encode_load: if much { 0.95 } else { 0.3 }, ..Sample::default() };
            let steps = feed(&mut governor, &mut now, 1, sample);
            let of_size = |step: &&Step| {
                matches!(step, Step::Lower { setting, .. } | Step::Raise { setting, .. }
                    if setting.lever() == Lever::Resolution)
            };
            sizes += steps.iter().filter(of_size).count();
        }
        assert!(sizes <= 60, "a recording of an hour in {sizes} pieces is none");
    }

    #[test]
    fn a_warning_comes_once_and_goes_once() {
        let mut governor = Governor::new(NOMINAL);
        let mut now = Duration::ZERO;
        let at = |encode_load| Sample { encode_load, ..Sample::default() };
        let mut steps = feed(&mut governor, &mut now, 10, at(0.8));
        steps.extend(feed(&mut governor, &mut now, 10, at(0.72)));
        steps.extend(feed(&mut governor, &mut now, 10, at(0.5)));
        assert_eq!(steps, [Step::Warn { load: 0.8 }, Step::WarningOver]);
    }

    #[test]
    fn a_host_who_changes_the_show_keeps_what_is_lowered() {
        let mut governor = Governor::new(NOMINAL);
        let mut now = Duration::ZERO;
        feed(&mut governor, &mut now, 6, Sample { encode_load: 0.5, dropped: 1, ..Sample::default() });
        assert_eq!(governor.setpoint().fps, 20);
        governor.retarget(Nominal { beauty: false, ..NOMINAL });
        assert_eq!(governor.setpoint().fps, 20, "who stops smoothing skin asks for no fewer pictures");
        governor.retarget(NOMINAL);
        assert_eq!(governor.setpoint().fps, 20);
        governor.retarget(Nominal { beauty: false, fps: 60, ..NOMINAL });
        assert_eq!((governor.setpoint().watch_fps, governor.setpoint().preview_fps), (1, 5));
        assert_eq!(governor.setpoint().scale, super::super::Scale::Full);
        assert_eq!(governor.setpoint().fps, 40, "one rung down, as before");
        governor.retarget(Nominal { watch_fps: 0, preview_fps: 5, beauty: false, fps: 10, short_side: 270 });
        assert!(governor.lowered().is_empty(), "nothing can be lowered there");
    }

    #[test]
    fn a_lever_stands_as_many_rungs_down_after_a_change_as_before() {
        let bare = Nominal { beauty: false, ..NOMINAL };
        let one_rung = Nominal { watch_fps: 2, ..NOMINAL };
        // Rungs gone down, the new setting, and the rungs of it that are gone down then.
        let table = [
            (1, bare, 1),
            (2, bare, 2),
            (4, bare, 3),
            (5, bare, 4),
            (6, bare, 5),
            (7, bare, 6),
            (8, bare, 7),
            (2, one_rung, 1),
            (5, one_rung, 4),
        ];
        for (depth, nominal, want) in table {
            let mut governor = Governor::new(NOMINAL);
            governor.depth = depth;
            governor.retarget(nominal);
            assert_eq!(governor.depth, want, "{depth} rungs down, then {nominal:?}");
        }
    }

    #[test]
    fn every_step_says_what_and_why_in_both_languages() {
        let setting = LeverSetting::FrameRate { per_second: 20 };
        let words = Step::Lower { setting, why: OverloadWhy::EncoderSlow }.words();
        assert_eq!(words.en, "this computer is busy: encoding takes too long; pictures per second lowered to 20");
        assert_eq!(words.zh_cn, "电脑太忙，编码跟不上：帧率降到每秒 20 帧");
        let words =
            Step::Raise { setting: LeverSetting::FrameRate { per_second: 30 }, why: OverloadWhy::LoadGone }.words();
        assert_eq!(words.en, "this computer has time again: pictures per second back at 30");
        assert!(Step::Warn { load: 0.8 }.words().zh_cn.contains("80%"));
    }
}
