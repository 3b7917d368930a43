//! One input of the mix: its line in time, its filters, its fader, its numbers. Pure.

use super::{
    CHANNELS, RATE,
    chain::Chain,
    decibel::factor,
    duck::Duck,
    levels::InputLevel,
    meter::Meter,
    mixer::InputKind,
    ramp::Ramp,
    strip::Strip,
    timeline::{Timeline, nanoseconds},
};
use hawker_domain::sound::{InputId, InputSettings};

/// An input that has said nothing for this long is missing; so long the others wait for it.
pub(super) const PATIENCE_NS: u64 = 150_000_000;
/// An input whose sound always comes late is waited for longer, up to this.
const MOST_PATIENCE_NS: u64 = 500_000_000;
/// And by this much more than it needs.
const PATIENCE_MARGIN_NS: u64 = 30_000_000;
/// An input that leaves is given this long: 20 ms.
const LAST_FRAMES: u64 = RATE as u64 / 50;
/// Far beyond full scale; a sample above is broken, and would push everything else down.
const LOUDEST: f32 = 8.0;

pub(super) struct Lane {
    pub id: InputId,
    /// Somebody waits for its sound from the start; what it lacks before it begins is a gap.
    expected: bool,
    settings: InputSettings,
    /// What the picture is held back by, and all sound with it.
    picture_delay_ms: u32,
    line: Timeline,
    chain: Chain,
    strip: Strip,
    /// When it was heard last.
    heard_ns: Option<u64>,
    patience_ns: u64,
    gain: Ramp,
    mute: Ramp,
    pub duck: Duck,
    meter: Meter,
    leaving: bool,
}

impl Lane {
    pub(super) fn new(id: InputId, expected: bool, settings: InputSettings, picture_delay_ms: u32) -> Self {
        let mut lane = Self {
            id,
            expected,
            picture_delay_ms,
            line: Timeline::default(),
            chain: Chain::default(),
            strip: Strip::default(),
            heard_ns: None,
            patience_ns: PATIENCE_NS,
            gain: Ramp::at(factor(settings.gain_db)),
            mute: Ramp::at(if settings.muted == Some(true) { 0.0 } else { 1.0 }),
            duck: Duck::default(),
            meter: Meter::default(),
            leaving: false,
            settings: InputSettings::default(),
        };
        lane.set(settings);
        lane
    }

    pub(super) fn set(&mut self, settings: InputSettings) {
        self.gain.set(factor(settings.gain_db));
        self.mute.set(if settings.muted == Some(true) || self.leaving { 0.0 } else { 1.0 });
        self.chain.set(&settings.filters);
        self.duck.set(settings.duck.clone());
        let before = self.delay_ns();
        self.settings = settings;
        self.move_if(before);
    }

    pub(super) fn delay_by_picture(&mut self, picture_delay_ms: u32) {
        let before = self.delay_ns();
        self.picture_delay_ms = picture_delay_ms;
        self.move_if(before);
    }

    fn move_if(&mut self, before_ns: u64) {
        if self.delay_ns() != before_ns {
            self.line.move_next();
        }
    }

    /// What is added to the times of its sound. Sound cannot be heard before it is made, so this is never negative.
    fn delay_ns(&self) -> u64 {
        let ms = i64::from(self.settings.offset_ms) + i64::from(self.picture_delay_ms);
        ms.max(0).unsigned_abs() * 1_000_000
    }

    /// Fades it out; it may be dropped once [`Self::gone`].
    pub(super) fn leave(&mut self) {
        if self.leaving {
            return;
        }
        // What it said last dies away, where nothing of it is left to be faded.
        let end = self.line.end().map(|end| end + LAST_FRAMES + self.chain.held() as u64);
        if let Some(last) = end.and_then(|end| self.line.fill_to(end, false)) {
            self.queue(last.frame, last.samples);
        }
        self.leaving = true;
        self.mute.set(0.0);
    }

    /// It has delivered sound.
    pub(super) fn began(&self) -> bool {
        self.heard_ns.is_some()
    }

    pub(super) fn gone(&self) -> bool {
        self.leaving && (self.mute.settled() || self.strip.is_empty())
    }

    /// True where it is no plain voice at its own loudness, so that the mix may become louder than full scale.
    pub(super) fn may_be_loud(&self) -> bool {
        self.settings.gain_db > 0.0 || self.settings.filters.compressor.is_some_and(|c| c.makeup_db > 0.0)
    }

    /// Takes sound captured at `at_ns`, which came at `now_ns`; `head` is where the mix has come to.
    pub(super) fn hear(&mut self, samples: &[f32], at_ns: u64, now_ns: u64, head: Option<u64>) {
        if self.leaving {
            return;
        }
        self.heard_ns = Some(now_ns);
        self.meter.watch_clipping(samples);
        let whole = samples.iter().all(|sample| sample.abs() <= LOUDEST);
        let mended: Vec<f32>;
        let samples = if whole {
            samples
        } else {
            mended = samples.iter().map(|s| if s.is_finite() { s.clamp(-LOUDEST, LOUDEST) } else { 0.0 }).collect();
            &mended
        };
        let at_ns = at_ns.saturating_add(self.delay_ns());
        if let Some(piece) = self.line.place(samples, at_ns, now_ns) {
            self.queue(piece.frame, piece.samples);
        } else if head.is_some_and(|head| self.end() <= head) {
            let late_ns = now_ns.saturating_sub(at_ns).saturating_add(PATIENCE_MARGIN_NS);
            if late_ns <= MOST_PATIENCE_NS {
                self.patience_ns = self.patience_ns.max(late_ns);
            }
        }
    }

    fn queue(&mut self, frame: u64, samples: Vec<f32>) {
        let held = self.chain.held() as u64;
        if !self.strip.is_empty() && frame != self.strip.end() + held {
            self.chain.reset();
        }
        let start = frame.saturating_sub(self.chain.held() as u64);
        let ready = self.chain.process(samples);
        self.strip.push(start, &ready);
    }

    /// Where its sound ends, frames.
    pub(super) fn end(&self) -> u64 {
        self.strip.end()
    }

    /// Where its sound begins; none while there is none.
    pub(super) fn front(&self) -> Option<u64> {
        (!self.strip.is_empty()).then(|| self.strip.front())
    }

    /// True if the mix has to wait for it before it goes on from `head`.
    pub(super) fn is_due(&self, head: u64, now_ns: u64, least_frames: u64) -> bool {
        let heard = self.heard_ns.is_some_and(|heard| now_ns.saturating_sub(heard) <= PATIENCE_NS);
        let overdue = self.end() < head + least_frames && now_ns >= nanoseconds(head).saturating_add(self.patience_ns);
        heard && !self.leaving && !overdue
    }

    /// Its sound from `head`, silence counted where it is missing: after filters and before the fader.
    pub(super) fn take(&mut self, head: u64, frames: usize) -> Vec<f32> {
        let until = head + frames as u64;
        if self.end() < until && !self.leaving && (self.expected || self.began()) {
            // What never began is missing from where the mix is.
            if self.line.end().is_none() {
                self.line.fill_to(head, false);
            }
            let filled = self.line.fill_to(until + self.chain.held() as u64, true);
            if let Some(piece) = filled {
                self.queue(piece.frame, piece.samples);
            }
        }
        self.strip.take(head, frames)
    }

    /// Applies gain and mute, and measures between the two: who is muted still sees that he speaks.
    pub(super) fn fade(&mut self, block: &mut [f32]) {
        self.gain.process(block);
        self.meter.hear(block);
        self.mute.process(block);
    }

    pub(super) fn gap_ms(&self) -> u64 {
        self.line.gap_ms()
    }

    pub(super) fn jumps(&self) -> u64 {
        self.line.jumps()
    }

    pub(super) fn level(&self, now_ns: u64) -> InputLevel {
        InputLevel {
            level: self.meter.level(),
            present: self.heard_ns.is_some_and(|heard| now_ns.saturating_sub(heard) <= PATIENCE_NS),
            muted: self.settings.muted == Some(true),
            began: self.began(),
            gap_ms: self.line.gap_ms(),
            lost_pieces: 0,
            time_jumps: self.line.jumps(),
            drift_ppm: self.line.drift().ppm(),
            off_ms: self.line.drift().off_ms(),
            reduction_db: self.chain.reduction_db(),
            ducked_db: self.duck.lowered_db(),
            rate_hz: None,
            kind: InputKind::default(),
        }
    }
}

/// The loudest of both channels, frame by frame, is added to `key` where it is louder.
pub(super) fn louder(key: &mut [f32], block: &[f32]) {
    for (key, frame) in key.iter_mut().zip(block.as_chunks::<CHANNELS>().0) {
        *key = frame.iter().fold(*key, |loudest, sample| loudest.max(sample.abs()));
    }
}
