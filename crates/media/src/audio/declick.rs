//! Where sound does not follow what came before, the join is rounded off. Pure.

use super::{CHANNELS, RATE};

/// The last value dies away, and what follows comes up, within this: 5 ms.
const JOIN_FRAMES: u32 = RATE * 5 / 1000;

#[derive(Debug, Default)]
pub(super) struct Declick {
    /// The frame that came last.
    last: [f32; CHANNELS],
    /// The frame the join starts from.
    from: [f32; CHANNELS],
    left: u32,
}

impl Declick {
    /// What comes next does not follow what came last.
    pub(super) fn broken(&mut self) {
        self.from = self.last;
        self.left = JOIN_FRAMES;
    }

    /// Rounds off the join, where one is due.
    pub(super) fn process(&mut self, block: &mut [f32]) {
        let frames = block.as_chunks_mut::<CHANNELS>().0;
        if self.left > 0 {
            for frame in frames.iter_mut() {
                let old = self.left as f32 / JOIN_FRAMES as f32;
                for (sample, from) in frame.iter_mut().zip(self.from) {
                    *sample = from * old + *sample * (1.0 - old);
                }
                self.left = self.left.saturating_sub(1);
                if self.left == 0 {
                    break;
                }
            }
        }
        if let Some(last) = frames.last() {
            self.last = *last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest step from sample to sample of the left channel.
    fn steepest(samples: &[f32]) -> f32 {
        let left: Vec<f32> = samples.iter().step_by(CHANNELS).copied().collect();
        left.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn sound_that_breaks_off_and_comes_back_has_no_step() {
        let mut join = Declick::default();
        let mut heard = Vec::new();
        for (level, broken) in [(0.0, false), (0.8, true), (0.0, true), (-0.8, true), (0.8, true)] {
            // 250 frames: the second join is still under way when the third begins.
            if broken {
                join.broken();
            }
            for length in [100, 400] {
                let mut block = vec![level; length];
                join.process(&mut block);
                heard.extend(block);
            }
        }
        assert!(steepest(&heard) < 1.7 / JOIN_FRAMES as f32, "{} is a click", steepest(&heard));
        assert!((heard[heard.len() - 1] - 0.8).abs() < 1e-6, "in the end nothing is changed");
    }

    #[test]
    fn sound_without_a_break_passes_untouched() {
        let mut join = Declick::default();
        let mut block: Vec<f32> = (0..2_000).map(|n| (n as f32).sin()).collect();
        let before = block.clone();
        join.process(&mut block);
        assert_eq!(block, before);
    }
}
