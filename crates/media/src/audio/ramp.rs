//! A gain that moves without a click. Pure.

use super::{CHANNELS, RATE, decibel::slide};

/// A change takes this long: short enough to feel at once, long enough to be no click.
const RAMP_FRAMES: usize = RATE as usize * 15 / 1000;

/// A factor on its way to another one, in a line.
#[derive(Clone, Debug)]
pub(super) struct Ramp {
    now: f32,
    target: f32,
    left: usize,
}

impl Ramp {
    pub(super) fn at(factor: f32) -> Self {
        Self { now: factor, target: factor, left: 0 }
    }

    /// Goes to `factor` within 15 ms from wherever it is.
    pub(super) fn set(&mut self, factor: f32) {
        if factor != self.target {
            self.target = factor;
            self.left = RAMP_FRAMES;
        }
    }

    /// True once it is where it was sent.
    pub(super) fn settled(&self) -> bool {
        self.left == 0
    }

    pub(super) fn target(&self) -> f32 {
        self.target
    }

    /// Applies it to interleaved stereo.
    pub(super) fn process(&mut self, block: &mut [f32]) {
        let frames = (block.len() / CHANNELS).min(self.left);
        let (moving, rest) = block.split_at_mut(frames * CHANNELS);
        if frames > 0 {
            let to = self.now + (self.target - self.now) * frames as f32 / self.left as f32;
            slide(moving, self.now, to);
            self.left -= frames;
            self.now = if self.left == 0 { self.target } else { to };
        }
        if self.now == 0.0 {
            rest.fill(0.0);
        } else if self.now != 1.0 {
            rest.iter_mut().for_each(|sample| *sample *= self.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::decibel::factor;

    #[test]
    fn a_change_takes_15_ms_and_has_no_step_in_it() {
        let mut ramp = Ramp::at(1.0);
        ramp.set(factor(-20.0));
        let mut heard = vec![1.0];
        for length in [100, 2, 700, 1_000, 400] {
            let mut block = vec![1.0; length];
            ramp.process(&mut block);
            heard.extend(block.iter().step_by(CHANNELS));
        }
        let steepest = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.9 / RAMP_FRAMES as f32 * 1.01, "{steepest} is a step");
        assert!(heard[RAMP_FRAMES - 5] > 0.1 && (heard[RAMP_FRAMES + 5] - 0.1).abs() < 1e-4, "-20 dB is a tenth");
        assert!(ramp.settled());
    }

    #[test]
    fn a_change_on_the_way_starts_from_where_it_is() {
        let mut ramp = Ramp::at(0.0);
        ramp.set(1.0);
        let mut block = vec![1.0; RAMP_FRAMES];
        ramp.process(&mut block);
        let before = block[RAMP_FRAMES - 1];
        ramp.set(0.0);
        let mut block = vec![1.0; RAMP_FRAMES * 4];
        ramp.process(&mut block);
        assert!((block[0] - before).abs() < 0.01, "it turns round at {before}");
        assert_eq!(block[RAMP_FRAMES * 2 + 2..], vec![0.0; RAMP_FRAMES * 2 - 2], "and ends in silence");
    }
}
