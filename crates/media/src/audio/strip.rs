//! Sound that waits for its turn in the mix, at its place in time. Pure.

use super::CHANNELS;
use std::collections::VecDeque;

/// An unbroken run of frames; its place counts frames since running time 0.
#[derive(Debug, Default)]
pub(super) struct Strip {
    front: u64,
    samples: VecDeque<f32>,
}

impl Strip {
    /// Where it ends.
    pub(super) fn end(&self) -> u64 {
        self.front + (self.samples.len() / CHANNELS) as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Where it begins.
    pub(super) fn front(&self) -> u64 {
        self.front
    }

    /// Adds sound that lies at `at`; what does not follow the end takes the place of everything.
    pub(super) fn push(&mut self, at: u64, samples: &[f32]) {
        if self.samples.is_empty() || at != self.end() {
            self.samples.clear();
            self.front = at;
        }
        self.samples.extend(samples);
    }

    /// Takes out `frames` from `at`, silence where there are none; what lies before is dropped.
    pub(super) fn take(&mut self, at: u64, frames: usize) -> Vec<f32> {
        let passed = usize::try_from(at.saturating_sub(self.front)).unwrap_or(usize::MAX);
        let passed = passed.saturating_mul(CHANNELS).min(self.samples.len());
        self.samples.drain(..passed);
        self.front += (passed / CHANNELS) as u64;
        let before = usize::try_from(self.front.saturating_sub(at)).unwrap_or(usize::MAX);
        let before = if self.samples.is_empty() { frames } else { before.min(frames) };
        let mut taken = Vec::with_capacity(frames * CHANNELS);
        taken.resize(before * CHANNELS, 0.0);
        let there = ((frames - before) * CHANNELS).min(self.samples.len());
        taken.extend(self.samples.drain(..there));
        self.front += (there / CHANNELS) as u64;
        taken.resize(frames * CHANNELS, 0.0);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(taken: &[f32]) -> Vec<f32> {
        taken.iter().step_by(CHANNELS).copied().collect()
    }

    fn numbered(frames: std::ops::Range<u8>) -> Vec<f32> {
        frames.flat_map(|n| [f32::from(n); CHANNELS]).collect()
    }

    #[test]
    fn frames_come_out_at_their_place_and_silence_where_there_are_none() {
        let mut strip = Strip::default();
        strip.push(100, &numbered(1..6));
        strip.push(105, &numbered(6..9));
        assert_eq!(strip.end(), 108);
        assert_eq!(left(&strip.take(98, 4)), [0.0, 0.0, 1.0, 2.0], "silence before it begins");
        assert_eq!(left(&strip.take(104, 2)), [5.0, 6.0], "what was passed over is dropped");
        assert_eq!(left(&strip.take(106, 4)), [7.0, 8.0, 0.0, 0.0], "and silence behind its end");
        assert!(strip.is_empty());
        assert_eq!(left(&strip.take(110, 2)), [0.0, 0.0]);
    }

    #[test]
    fn what_does_not_follow_takes_the_place_of_everything() {
        let mut strip = Strip::default();
        strip.push(0, &numbered(1..3));
        strip.push(50, &numbered(3..5));
        assert_eq!((strip.front(), strip.end()), (50, 52));
        assert_eq!(left(&strip.take(49, 3)), [0.0, 3.0, 4.0]);
    }
}
