//! The limiter: no sample is louder than the ceiling, and the way down begins before the peak. Pure.
//!
//! It holds back just under 5 ms to see peaks coming. It stays out of the way, and holds back nothing, until it is told
//! to stand by or the first peak comes; from then on it stays.

use super::{
    CHANNELS, RATE,
    decibel::{decibels, factor, peak},
};
use std::collections::VecDeque;

/// Gain goes down over this many frames before a peak: 5 ms.
const AHEAD: usize = RATE as usize * 5 / 1000;
/// And comes back by 63 % in this.
const RELEASE_MS: f32 = 80.0;

#[derive(Debug)]
pub(super) struct Limiter {
    ceiling: f32,
    standing_by: bool,
    /// Frames that wait for what comes after them.
    waiting: VecDeque<[f32; CHANNELS]>,
    /// Gain that follows peaks down at once and up slowly.
    released: f32,
    /// The least of `released` over the last [`AHEAD`] frames: values with the frame they belong to, rising.
    least: VecDeque<(u64, f32)>,
    frame: u64,
    /// The last [`AHEAD`] of those, and their sum.
    mean: VecDeque<f32>,
    sum: f64,
    lowest: f32,
}

impl Limiter {
    pub(super) fn at(ceiling_db: f32) -> Self {
        Self {
            ceiling: factor(ceiling_db),
            standing_by: false,
            waiting: VecDeque::with_capacity(AHEAD),
            released: 1.0,
            least: VecDeque::with_capacity(AHEAD),
            frame: 0,
            mean: VecDeque::from(vec![1.0; AHEAD]),
            sum: AHEAD as f64,
            lowest: 1.0,
        }
    }

    pub(super) fn set_ceiling(&mut self, ceiling_db: f32) {
        self.ceiling = factor(ceiling_db);
    }

    /// From now on it looks ahead.
    pub(super) fn stand_by(&mut self) {
        self.standing_by = true;
    }

    /// Frames taken and not given back yet.
    pub(super) fn held(&self) -> usize {
        self.waiting.len()
    }

    /// The most that was taken away since this was asked last. Units: dB, positive.
    pub(super) fn taken_db(&mut self) -> f32 {
        -decibels(std::mem::replace(&mut self.lowest, 1.0))
    }

    /// Takes `block` and gives what is ready: in order, nothing lost, [`Self::held`] frames behind.
    pub(super) fn process(&mut self, block: Vec<f32>) -> Vec<f32> {
        if !self.standing_by && peak(&block) <= self.ceiling {
            return block;
        }
        self.standing_by = true;
        let back = 1.0 - (-1000.0 / (RELEASE_MS * RATE as f32)).exp();
        let mut ready = Vec::with_capacity(block.len());
        for frame in block.as_chunks::<CHANNELS>().0 {
            let loudest = peak(frame);
            let needed = if loudest > self.ceiling { self.ceiling / loudest } else { 1.0 };
            self.released = needed.min(self.released + (1.0 - self.released) * back);
            let gain = self.ahead();
            self.waiting.push_back(*frame);
            if self.waiting.len() >= AHEAD
                && let Some(late) = self.waiting.pop_front()
            {
                self.lowest = self.lowest.min(gain);
                // The clamp takes only what rounding leaves.
                ready.extend(late.map(|sample| (sample * gain).clamp(-self.ceiling, self.ceiling)));
            }
        }
        ready
    }

    /// Gives what it holds back: what comes next does not follow it.
    pub(super) fn flush(&mut self) -> Vec<f32> {
        let held = self.held();
        let mut ready = self.process(vec![0.0; AHEAD.saturating_sub(1) * CHANNELS]);
        ready.truncate(held * CHANNELS);
        self.waiting.clear();
        ready
    }

    /// The mean, over the frames between a peak and its turn, of the least gain needed: a way down that is as deep as it
    /// must be when the peak comes, and has no corner.
    fn ahead(&mut self) -> f32 {
        while self.least.back().is_some_and(|(_, gain)| *gain >= self.released) {
            self.least.pop_back();
        }
        self.least.push_back((self.frame, self.released));
        while self.least.front().is_some_and(|(frame, _)| frame + AHEAD as u64 <= self.frame) {
            self.least.pop_front();
        }
        self.frame += 1;
        let least = self.least.front().map_or(1.0, |(_, gain)| *gain);
        self.sum += f64::from(least) - f64::from(self.mean.pop_front().unwrap_or(1.0));
        self.mean.push_back(least);
        (self.sum / AHEAD as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::signal::{Chance, part, rms_db, tone};

    fn through(limiter: &mut Limiter, samples: &[f32], lengths: &[usize]) -> Vec<f32> {
        let (mut heard, mut rest, mut n) = (Vec::new(), samples, 0);
        while !rest.is_empty() {
            let (block, after) = rest.split_at((lengths[n % lengths.len()] * CHANNELS).min(rest.len()));
            heard.extend(limiter.process(block.to_vec()));
            (rest, n) = (after, n + 1);
        }
        heard
    }

    #[test]
    fn no_sample_is_above_the_ceiling_wherever_the_peak_falls() {
        let ceiling = factor(-1.0);
        let mut chance = Chance(3);
        let mut wild = tone(313.0, 0.9, 4.0);
        // Single peaks of up to 18 dB over, and a burst, everywhere, edges of blocks included.
        for n in (0..wild.len()).step_by(1_234) {
            wild[n] = (chance.next() * 8.0) as f32;
        }
        wild[96_000..98_000].iter_mut().for_each(|sample| *sample *= 5.0);
        for lengths in [&[480usize][..], &[1, 7, 480, 33], &[617], &[1_024]] {
            let mut limiter = Limiter::at(-1.0);
            limiter.stand_by();
            let mut heard = through(&mut limiter, &wild, lengths);
            heard.extend(limiter.flush());
            assert_eq!(heard.len(), wild.len(), "nothing is lost");
            assert!(peak(&heard) <= ceiling, "{} is above {ceiling}", peak(&heard));
        }
        let mut limiter = Limiter::at(-1.0);
        assert!(peak(&through(&mut limiter, &wild, &[480])) <= ceiling, "nor when the first peak wakes it");
    }

    #[test]
    fn below_the_ceiling_it_changes_nothing_and_holds_back_nothing() {
        let quiet = tone(1_000.0, 0.85, 1.0);
        let mut limiter = Limiter::at(-1.0);
        assert_eq!(through(&mut limiter, &quiet, &[480]), quiet);
        assert_eq!(limiter.held(), 0);
        limiter.stand_by();
        let heard = through(&mut limiter, &quiet, &[480]);
        assert_eq!(limiter.held(), AHEAD - 1, "it looks just under 5 ms ahead");
        let same = heard.iter().zip(&quiet).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(same, "what is quiet passes as it is, only later");
        assert_eq!(limiter.taken_db(), 0.0);
    }

    #[test]
    fn a_loud_tone_comes_down_to_the_ceiling_as_a_tone() {
        let mut limiter = Limiter::at(-1.0);
        let heard = through(&mut limiter, &tone(1_000.0, 2.0, 1.0), &[480]);
        let rms = rms_db(part(&heard, 0.5, 0.9)) + 3.01;
        assert!((rms + 1.0).abs() < 0.2, "a sine at -1 dBFS, not {rms}: flattened tops would be louder");
        assert!((limiter.taken_db() - 7.02).abs() < 0.2);
    }

    #[test]
    fn the_way_down_has_no_step_and_the_way_back_is_slow() {
        let mut limiter = Limiter::at(-6.0);
        limiter.stand_by();
        let mut steady = vec![0.4; 48_000];
        steady[20_000] = 2.0;
        let heard = through(&mut limiter, &steady, &[480]);
        let shape: Vec<f32> = heard.iter().skip(1).step_by(2).copied().collect();
        let steepest = shape.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.4 / AHEAD as f32 * 1.5, "{steepest} would be heard");
        let lowest = shape.iter().fold(1.0f32, |least, sample| least.min(*sample));
        assert!((lowest - 0.4 * 0.25).abs() < 0.01, "a quarter at the peak: {lowest}");
        let after_release = shape[10_000 + 3_840 + AHEAD];
        assert!((after_release - 0.4 * (1.0 - 0.75 * 0.368)).abs() < 0.03, "63 % back after 80 ms: {after_release}");
    }
}
