//! Stretches sound by a few parts in ten thousand, so that a device with a clock of its own keeps the program's time.
//! Pure.
//!
//! Windowed sinc, so that nothing below 20 kHz is touched. At a phase of 0 it hands every sample through as it is:
//! until it is engaged it only copies, and when it is, there is no seam.

use super::CHANNELS;
use std::sync::OnceLock;

/// Frames on each side that a sample is made of; so many are held back while it is engaged.
const HALF: usize = 16;
const TAPS: usize = 2 * HALF;
/// Kernels between two frames; between two kernels it goes in a line.
const PHASES: usize = 256;
/// Shape of the Kaiser window: what is folded back lies 80 dB down.
const BETA: f64 = 8.0;

type Kernel = [f32; TAPS];

#[derive(Debug)]
pub(super) struct Resampler {
    /// Interleaved; begins with frames that were used already and are still needed.
    input: Vec<f32>,
    /// Where the next frame is taken from: whole frames of `input`, and the part of a frame behind.
    at: usize,
    part: f64,
    engaged: bool,
}

impl Default for Resampler {
    fn default() -> Self {
        Self { input: vec![0.0; HALF * CHANNELS], at: HALF, part: 0.0, engaged: false }
    }
}

impl Resampler {
    /// From now on the speed counts.
    pub(super) fn engage(&mut self) {
        self.engaged = true;
    }

    pub(super) fn engaged(&self) -> bool {
        self.engaged
    }

    /// Frames of input between the next frame that comes out and the next that goes in.
    pub(super) fn held(&self) -> f64 {
        (self.input.len() / CHANNELS).saturating_sub(self.at) as f64 - self.part
    }

    /// Forgets what it holds: what comes next does not follow it.
    pub(super) fn reset(&mut self) {
        *self = Self { engaged: self.engaged, ..Self::default() };
    }

    /// Takes `samples` and adds to `out` what is ready. `speed` is frames in for one frame out, close to 1.
    pub(super) fn process(&mut self, samples: &[f32], speed: f64, out: &mut Vec<f32>) {
        self.input.extend_from_slice(samples);
        if self.engaged {
            self.stretch(speed, out);
        } else {
            out.extend_from_slice(samples);
            self.at = self.input.len() / CHANNELS;
        }
        let done = self.at.saturating_sub(HALF);
        self.input.drain(..done * CHANNELS);
        self.at -= done;
    }

    fn stretch(&mut self, speed: f64, out: &mut Vec<f32>) {
        let kernels = kernels();
        let frames = self.input.as_chunks::<CHANNELS>().0;
        while let Some(around) = frames.get(self.at + 1 - HALF..=self.at + HALF) {
            let phase = self.part * PHASES as f64;
            let between = phase.fract() as f32;
            let Some([lower, upper]) = kernels.get(phase as usize..).and_then(|k| k.first_chunk::<2>()) else { return };
            out.extend(weigh(around, lower, upper, between));
            self.part += speed;
            let whole = self.part as usize;
            self.part -= whole as f64;
            self.at += whole;
        }
    }
}

/// Four sums at a time: one alone would wait for itself.
fn weigh(around: &[[f32; CHANNELS]], lower: &Kernel, upper: &Kernel, between: f32) -> [f32; CHANNELS] {
    let mut sums = [[0.0f32; CHANNELS]; 4];
    let weights = lower.as_chunks::<4>().0.iter().zip(upper.as_chunks::<4>().0);
    for (frames, (lower, upper)) in around.as_chunks::<4>().0.iter().zip(weights) {
        for (((sum, frame), low), high) in sums.iter_mut().zip(frames).zip(lower).zip(upper) {
            let weight = low + (high - low) * between;
            let [left, right] = sum;
            let [l, r] = frame;
            *left += l * weight;
            *right += r * weight;
        }
    }
    let [[a, e], [b, f], [c, g], [d, h]] = sums;
    [(a + b) + (c + d), (e + f) + (g + h)]
}

/// One kernel for each part of a frame, and one more for the whole.
fn kernels() -> &'static [Kernel] {
    static KERNELS: OnceLock<Vec<Kernel>> = OnceLock::new();
    KERNELS.get_or_init(|| (0..=PHASES + 1).map(kernel).collect())
}

fn kernel(phase: usize) -> Kernel {
    let part = phase as f64 / PHASES as f64;
    let weight = |tap: usize| {
        let distance = tap as f64 + 1.0 - HALF as f64 - part;
        let x = std::f64::consts::PI * distance;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
        let edge = 1.0 - (distance / HALF as f64).powi(2);
        sinc * if edge <= 0.0 { 0.0 } else { bessel(BETA * edge.sqrt()) / bessel(BETA) }
    };
    let raw: [f64; TAPS] = std::array::from_fn(weight);
    // The sum is 1, so that no phase is louder than another.
    let sum: f64 = raw.iter().sum();
    raw.map(|weight| (weight / sum) as f32)
}

/// The modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..40 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{
        RATE,
        signal::{rms_db, tone},
    };

    fn stretched(samples: &[f32], speed: f64) -> Vec<f32> {
        let (mut resampler, mut out) = (Resampler::default(), Vec::new());
        resampler.engage();
        for piece in samples.chunks(962) {
            resampler.process(piece, speed, &mut out);
        }
        out
    }

    #[test]
    fn a_stretched_tone_is_the_tone_of_the_new_speed_and_nothing_else() {
        // (Hz, speed, how far down everything else lies).
        for (hz, speed, clean_db) in [(440.0, 1.0002, -85.0), (1_000.0, 0.9995, -85.0), (10_000.0, 1.0002, -75.0)] {
            let out = stretched(&tone(hz, 0.5, 2.0), speed);
            let expected = std::f64::consts::TAU * hz * speed / f64::from(RATE);
            let error: Vec<f32> = (out.iter().step_by(CHANNELS).enumerate().skip(1_000))
                .map(|(n, sample)| sample - 0.5 * (expected * n as f64).sin() as f32)
                .collect();
            let left = rms_db(&error) - rms_db(&tone(hz, 0.5, 0.1));
            assert!(left < clean_db, "{hz} Hz at {speed}: {left} dB");
        }
    }

    #[test]
    fn the_length_is_the_speeds_own_and_what_is_held_is_told() {
        let samples = tone(440.0, 0.5, 10.0);
        let (mut resampler, mut out) = (Resampler::default(), Vec::new());
        resampler.engage();
        resampler.process(&samples, 1.0002, &mut out);
        let whole = (out.len() / CHANNELS) as f64 * 1.0002 + resampler.held();
        assert!((whole - 480_000.0).abs() < 0.01, "{whole} frames went in");
    }

    #[test]
    fn until_it_is_engaged_it_copies_and_then_begins_without_a_seam() {
        let samples = tone(1_000.0, 0.5, 1.0);
        let (mut resampler, mut out) = (Resampler::default(), Vec::new());
        for (n, piece) in samples.chunks(960).enumerate() {
            if n == 50 {
                assert_eq!(out, samples[..out.len()], "a copy so far");
                assert_eq!(resampler.held(), 0.0, "and nothing held back");
                resampler.engage();
            }
            resampler.process(piece, 1.000_3, &mut out);
        }
        let left: Vec<f32> = out.iter().step_by(CHANNELS).copied().collect();
        let bend = left.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max);
        let smooth = 0.5 * (std::f32::consts::TAU * 1_000.0 / 48_000.0).powi(2);
        assert!(bend < smooth * 1.02, "{bend} against {smooth}: a click");
    }
}
