//! All inputs as one unbroken line of samples. Pure: time comes in, blocks go out.
//!
//! The mix goes on as far as the latest of its present inputs has come; it never waits for a missing one longer than
//! 150 ms, and for one that is known to be missing not at all. So an input alone is heard the moment it comes, and
//! several are late by the latest of them and no more.

use super::{
    CHANNELS, RATE,
    decibel::factor,
    lane::{Lane, PATIENCE_NS, louder},
    levels::Levels,
    limiter::Limiter,
    loudness::Loudness,
    meter::Meter,
    ramp::Ramp,
    timeline::{LONGEST_SILENCE_NS, Piece, frames, nanoseconds},
};
use hawker_domain::{
    sound::{InputId, InputSettings, MixSettings},
    sound_change::MonitorOf,
};

/// Frames of a block, at most: as many as the encoder takes at once.
const MOST_FRAMES: u64 = 1_024;
/// With several inputs, a block is no shorter than this: 5 ms.
const LEAST_FRAMES: u64 = RATE as u64 / 200;
/// Sound that is there before its time (a clip's, or one that is held back) is mixed no earlier than this.
const LEAD_NS: u64 = 100_000_000;

pub(super) struct Mix {
    lanes: Vec<(u64, Lane)>,
    /// The next frame to be mixed; none before the first sound.
    head: Option<u64>,
    picture_delay_ms: u32,
    gain: Ramp,
    loudness: Loudness,
    limiter: Limiter,
    needs_limiter: bool,
    meter: Meter,
    listening: Option<MonitorOf>,
    overheard: Vec<f32>,
    /// Gaps and jumps of inputs that have left.
    past_gap_ms: u64,
    past_jumps: u64,
}

impl Mix {
    pub(super) fn new(settings: &MixSettings) -> Self {
        let mut mix = Self {
            lanes: Vec::new(),
            head: None,
            picture_delay_ms: 0,
            gain: Ramp::at(factor(settings.gain_db)),
            loudness: Loudness::default(),
            limiter: Limiter::at(settings.ceiling_db),
            needs_limiter: false,
            meter: Meter::default(),
            listening: None,
            overheard: Vec::new(),
            past_gap_ms: 0,
            past_jumps: 0,
        };
        mix.set(settings);
        mix
    }

    pub(super) fn set(&mut self, settings: &MixSettings) {
        self.gain.set(factor(settings.gain_db));
        self.loudness.set(settings.loudness);
        self.limiter.set_ceiling(settings.ceiling_db);
        self.needs_limiter = settings.gain_db > 0.0 || settings.loudness.is_some();
    }

    /// Adds an input under a number of its own; one of the same name leaves.
    /// `expected`: somebody waits for its sound from the start.
    pub(super) fn add(&mut self, number: u64, id: InputId, expected: bool, settings: InputSettings) {
        self.remove(&id);
        self.lanes.push((number, Lane::new(id, expected, settings, self.picture_delay_ms)));
    }

    pub(super) fn remove(&mut self, id: &InputId) {
        self.lanes.iter_mut().filter(|(_, lane)| lane.id == *id).for_each(|(_, lane)| lane.leave());
    }

    pub(super) fn set_input(&mut self, id: &InputId, settings: &InputSettings) {
        self.lanes.iter_mut().filter(|(_, lane)| lane.id == *id).for_each(|(_, lane)| lane.set(settings.clone()));
    }

    pub(super) fn delay_by_picture(&mut self, delay_ms: u32) {
        self.picture_delay_ms = delay_ms;
        self.lanes.iter_mut().for_each(|(_, lane)| lane.delay_by_picture(delay_ms));
    }

    /// What is kept for [`Self::overheard`].
    pub(super) fn listen(&mut self, of: Option<MonitorOf>) {
        self.listening = of;
        self.overheard.clear();
    }

    /// What was heard since this was asked last.
    pub(super) fn overheard(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.overheard)
    }

    /// Takes sound of an input.
    pub(super) fn hear(&mut self, number: u64, samples: &[f32], at_ns: u64, now_ns: u64) {
        let head = self.head;
        if let Some((_, lane)) = self.lanes.iter_mut().find(|(n, _)| *n == number) {
            lane.hear(samples, at_ns, now_ns, head);
        }
    }

    /// Hands out every block that can be mixed by now, in order.
    pub(super) fn run(&mut self, now_ns: u64, mut out: impl FnMut(Piece)) {
        while let Some((head, until)) = self.ready(now_ns) {
            let mut head = self.reach(head, until, &mut out);
            while head < until {
                let frames = (until - head).min(MOST_FRAMES);
                if let Some(piece) = self.block(head, frames as usize) {
                    out(piece);
                }
                head += frames;
            }
            self.head = Some(head);
            self.let_go();
        }
    }

    /// From where to where the mix can go on; none while it has to wait.
    fn ready(&mut self, now_ns: u64) -> Option<(u64, u64)> {
        let now = frames(now_ns);
        let begun = || self.lanes.iter().filter_map(|(_, lane)| lane.front()).min();
        let after = |ns: u64| now_ns.checked_sub(ns).map(frames);
        if self.lanes.iter().all(|(_, lane)| lane.gone()) {
            let head = *self.head.get_or_insert(now);
            return (head < now).then_some((head, now));
        }
        // Once everything is missing, the line follows at half the patience, so that sound which comes back finds its
        // place free.
        let following = after(PATIENCE_NS / 2);
        let head = self.head.or_else(begun).or(after(PATIENCE_NS).and(following))?;
        self.head = Some(head);
        let limit = frames(now_ns.saturating_add(LEAD_NS));
        let least = if self.heard() > 1 { LEAST_FRAMES } else { 1 };
        let due = self.lanes.iter().filter(|(_, lane)| lane.is_due(head, now_ns, least));
        let until = match due.map(|(_, lane)| lane.end()).min() {
            Some(latest) => Some(latest.min(limit)).filter(|until| *until >= head + least),
            None => {
                let there = self.lanes.iter().map(|(_, lane)| lane.end()).max().unwrap_or(0).min(limit);
                let waited = nanoseconds(head).saturating_add(PATIENCE_NS) <= now_ns;
                let missing = following.filter(|_| waited).unwrap_or(0);
                Some(there.max(missing)).filter(|until| *until > head)
            }
        };
        until.map(|until| (head, until))
    }

    /// Where the next block begins: at the head, or, when that is too far back, so near that the silence is bounded.
    fn reach(&mut self, head: u64, until: u64, out: &mut impl FnMut(Piece)) -> u64 {
        let nearest = until.saturating_sub(frames(LONGEST_SILENCE_NS));
        if head >= nearest {
            return head;
        }
        let held = self.limiter.held() as u64;
        let samples = self.limiter.flush();
        if !samples.is_empty() {
            out(Piece { frame: head.saturating_sub(held), samples });
        }
        nearest
    }

    fn block(&mut self, head: u64, frames: usize) -> Option<Piece> {
        let loud = self.heard() > 1 || self.lanes.iter().any(|(_, lane)| lane.may_be_loud());
        let mut blocks: Vec<Vec<f32>> = Vec::with_capacity(self.lanes.len());
        for (_, lane) in &mut self.lanes {
            let mut block = lane.take(head, frames);
            if matches!(&self.listening, Some(MonitorOf::Input(id)) if *id == lane.id) {
                self.overheard.extend_from_slice(&block);
            }
            lane.fade(&mut block);
            blocks.push(block);
        }
        self.duck(&mut blocks, frames);
        let mut blocks = blocks.into_iter();
        let mut sum = blocks.next().unwrap_or_else(|| vec![0.0; frames * CHANNELS]);
        for block in blocks {
            sum.iter_mut().zip(block).for_each(|(sum, sample)| *sum += sample);
        }
        self.gain.process(&mut sum);
        self.loudness.process(&mut sum);
        if loud || self.needs_limiter {
            self.limiter.stand_by();
        }
        let frame = head.saturating_sub(self.limiter.held() as u64);
        let samples = self.limiter.process(sum);
        self.meter.hear(&samples);
        if self.listening == Some(MonitorOf::Mix) {
            self.overheard.extend_from_slice(&samples);
        }
        (!samples.is_empty()).then_some(Piece { frame, samples })
    }

    /// Inputs that have delivered sound.
    fn heard(&self) -> usize {
        self.lanes.iter().filter(|(_, lane)| lane.began()).count()
    }

    /// Lowers what is to be lowered, by what the others say in the same moment.
    fn duck(&mut self, blocks: &mut [Vec<f32>], frames: usize) {
        if !self.lanes.iter().any(|(_, lane)| lane.duck.active()) {
            return;
        }
        let keys: Vec<Vec<f32>> = self.lanes.iter().map(|(_, lane)| self.key(lane, blocks, frames)).collect();
        for (((_, lane), block), key) in self.lanes.iter_mut().zip(blocks).zip(keys) {
            if lane.duck.active() {
                lane.duck.process(block, &key);
            }
        }
    }

    fn key(&self, lane: &Lane, blocks: &[Vec<f32>], frames: usize) -> Vec<f32> {
        let mut key = vec![0.0; frames];
        let by = lane.duck.settings().map(|settings| settings.by.as_slice()).unwrap_or_default();
        for ((_, other), block) in self.lanes.iter().zip(blocks) {
            if other.id != lane.id && by.contains(&other.id) {
                louder(&mut key, block);
            }
        }
        key
    }

    fn let_go(&mut self) {
        for (_, lane) in self.lanes.extract_if(.., |(_, lane)| lane.gone()) {
            self.past_gap_ms += lane.gap_ms();
            self.past_jumps += lane.jumps();
        }
    }

    /// Silence put in for all inputs so far.
    pub(super) fn gap_ms(&self) -> u64 {
        self.past_gap_ms + self.lanes.iter().map(|(_, lane)| lane.gap_ms()).sum::<u64>()
    }

    pub(super) fn jumps(&self) -> u64 {
        self.past_jumps + self.lanes.iter().map(|(_, lane)| lane.jumps()).sum::<u64>()
    }

    /// Somebody looks at the desk.
    pub(super) fn watch(&mut self) {
        self.loudness.watch();
    }

    /// How much of the mix so far could be heard. Milliseconds.
    pub(super) fn audible_ms(&self) -> u64 {
        self.meter.audible_ms()
    }

    /// Writes what the desk shows; the monitor's state is not known here.
    pub(super) fn show(&mut self, levels: &mut Levels, now_ns: u64) {
        levels.mix = self.meter.level();
        levels.loudness_lufs = self.loudness.lufs();
        levels.loudness_gain_db = self.loudness.gain_db();
        levels.limited_db = self.limiter.taken_db();
        levels.inputs = self.lanes.iter().map(|(_, lane)| (lane.id.clone(), lane.level(now_ns))).collect();
    }
}
