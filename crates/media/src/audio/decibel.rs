//! Decibels, and how fast things follow. Pure.

use super::RATE;

/// The factor of a gain in decibels.
pub(super) fn factor(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// A level in dBFS; -180 for silence.
pub(super) fn decibels(level: f32) -> f32 {
    20.0 * level.max(1e-9).log10()
}

/// Share of the way that is gone in `frames` by what needs `ms` for 63 % of it.
pub(super) fn share(ms: f32, frames: usize) -> f32 {
    1.0 - (-(frames as f32) / (ms.max(0.01) * RATE as f32 / 1000.0)).exp()
}

/// The loudest sample.
pub(super) fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()))
}

/// Controls are worked out once for this many frames: a third of a millisecond.
pub(super) const CONTROL_FRAMES: usize = 16;

/// Multiplies every frame with a gain that goes in a line from `from` to `to`, which it reaches with the last frame.
pub(super) fn slide(samples: &mut [f32], from: f32, to: f32) {
    let frames = samples.as_chunks_mut::<2>().0;
    let step = (to - from) / frames.len().max(1) as f32;
    let mut gain = from;
    for frame in frames {
        gain += step;
        *frame = frame.map(|sample| sample * gain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_and_factors_are_each_others_inverse() {
        for (db, want) in [(0.0, 1.0), (-6.020_6, 0.5), (20.0, 10.0), (-40.0, 0.01)] {
            assert!((factor(db) - want).abs() < want * 1e-4, "{db} dB");
            assert!((decibels(want) - db).abs() < 1e-3, "{want}");
        }
        assert_eq!(decibels(0.0), -180.0, "silence is a number too");
    }

    #[test]
    fn a_follower_is_at_63_per_cent_after_its_time() {
        assert!((share(10.0, 480) - 0.632).abs() < 1e-3);
        let in_steps = 1.0 - (1.0 - share(10.0, 16)).powi(30);
        assert!((in_steps - 0.632).abs() < 1e-3, "the size of the steps changes nothing");
    }

    #[test]
    fn a_slide_ends_where_it_should() {
        let mut samples = vec![1.0; 20];
        slide(&mut samples, 0.0, 1.0);
        assert!((samples[18] - 1.0).abs() < 1e-6 && (samples[0] - 0.1).abs() < 1e-6);
    }
}
