//! Sounds for tests: tones, noise, something like speech. All the same every time.

pub(super) use super::hour::Chance;
use super::{CHANNELS, RATE};

fn stereo(mono: impl Iterator<Item = f32>) -> Vec<f32> {
    mono.flat_map(|sample| [sample; CHANNELS]).collect()
}

fn frames(seconds: f64) -> usize {
    (seconds * f64::from(RATE)).round() as usize
}

pub(super) fn silence(seconds: f64) -> Vec<f32> {
    vec![0.0; frames(seconds) * CHANNELS]
}

/// A sine of this frequency and amplitude.
pub(super) fn tone(hz: f64, amplitude: f32, seconds: f64) -> Vec<f32> {
    let phase = |n: usize| std::f64::consts::TAU * hz * n as f64 / f64::from(RATE);
    stereo((0..frames(seconds)).map(|n| phase(n).sin() as f32 * amplitude))
}

/// White noise; RMS is `amplitude` divided by the root of 3.
pub(super) fn noise(amplitude: f32, seconds: f64) -> Vec<f32> {
    let mut chance = Chance(7);
    stereo((0..frames(seconds)).map(|_| chance.next() as f32 * amplitude))
}

/// Voiced syllables, a quarter of a second each, and a pause as long after every third: harmonics of a gliding pitch
/// under three formants.
pub(super) fn speech(amplitude: f32, seconds: f64) -> Vec<f32> {
    let rate = f64::from(RATE);
    let mut phase = 0.0f64;
    stereo((0..frames(seconds)).map(move |n| {
        let t = n as f64 / rate;
        let pitch = 125.0 + 25.0 * (t * 2.1).sin();
        phase += std::f64::consts::TAU * pitch / rate;
        let syllable = (t * 4.0) as usize % 4;
        if syllable == 3 {
            return 0.0;
        }
        let within = (t * 4.0).fract();
        let envelope = (within * std::f64::consts::PI).sin().powf(0.6);
        let first = [500.0, 700.0, 350.0].get(syllable).copied().unwrap_or(500.0);
        let sum: f64 = (1..28)
            .map(|harmonic| {
                let hz = pitch * f64::from(harmonic);
                let formant = |centre: f64, width: f64| 1.0 / (1.0 + ((hz - centre) / width).powi(2));
                let weight = formant(first, 90.0) + 0.5 * formant(1_500.0, 120.0) + 0.25 * formant(2_600.0, 160.0);
                weight * (phase * f64::from(harmonic)).sin()
            })
            .sum();
        (sum * envelope) as f32 * amplitude * 0.4
    }))
}

/// RMS in dBFS.
pub(super) fn rms_db(samples: &[f32]) -> f32 {
    let mean = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64;
    super::decibel::decibels(mean.sqrt() as f32)
}

/// The part between two times, seconds.
pub(super) fn part(samples: &[f32], from: f64, to: f64) -> &[f32] {
    &samples[frames(from) * CHANNELS..frames(to) * CHANNELS]
}
