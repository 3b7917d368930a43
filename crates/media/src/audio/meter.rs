//! How loud something is: peak, mean, and whether it clipped. Pure.

use super::{
    CHANNELS, RATE,
    decibel::{decibels, peak, share},
};

/// The mean is taken over about this long.
const MEAN_MS: f32 = 400.0;
/// The peak falls back by this much a second, so that an eye can read it.
const FALL_DB_PER_S: f32 = 20.0;
/// A sample from here on is at the end of what the converter can say.
const FULL_SCALE: f32 = 0.999;
/// The clip lamp stays on for this long.
const CLIP_SHOWN_FRAMES: u64 = 2 * RATE as u64;
/// Quieter than this counts as silence.
const SILENCE_DB: f32 = -90.0;
/// A block from here on has something in it that nobody takes for silence. Units: dBFS.
const AUDIBLE_DB: f32 = -70.0;

/// Loudness of one input, or of the mix.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Level {
    /// The loudest sample, falling back by 20 dB a second; none below -90. Units: dBFS.
    pub peak_db: Option<f32>,
    /// RMS over 400 ms; none below -90. Units: dBFS.
    pub rms_db: Option<f32>,
    /// A sample reached full scale within the last two seconds.
    pub clipped: bool,
}

#[derive(Debug, Default)]
pub(super) struct Meter {
    mean_square: f32,
    peak: f32,
    clip_left: u64,
    audible_frames: u64,
}

impl Meter {
    pub(super) fn hear(&mut self, block: &[f32]) {
        let frames = block.len() / CHANNELS;
        if frames == 0 {
            return;
        }
        let now = block.iter().map(|sample| sample * sample).sum::<f32>() / block.len() as f32;
        self.mean_square += (now - self.mean_square) * share(MEAN_MS, frames);
        if decibels(now.max(0.0).sqrt()) > AUDIBLE_DB {
            self.audible_frames += frames as u64;
        }
        let fallen = self.peak * super::decibel::factor(-FALL_DB_PER_S * frames as f32 / RATE as f32);
        self.peak = peak(block).max(fallen);
    }

    /// Notes samples at full scale, where they come in.
    pub(super) fn watch_clipping(&mut self, block: &[f32]) {
        let passed = (block.len() / CHANNELS) as u64;
        self.clip_left =
            if peak(block) >= FULL_SCALE { CLIP_SHOWN_FRAMES } else { self.clip_left.saturating_sub(passed) };
    }

    /// How much of what came so far could be heard, block for block: unlike a mean it stands still with the first
    /// silent one. Milliseconds.
    pub(super) fn audible_ms(&self) -> u64 {
        self.audible_frames * 1_000 / u64::from(RATE)
    }

    pub(super) fn level(&self) -> Level {
        let shown = |db: f32| (db > SILENCE_DB).then_some(db);
        Level {
            peak_db: shown(decibels(self.peak)),
            rms_db: shown(decibels(self.mean_square.max(0.0).sqrt())),
            clipped: self.clip_left > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::audio::signal::{silence, tone};

    fn heard(meter: &mut Meter, samples: &[f32]) -> Level {
        for block in samples.chunks(960) {
            meter.hear(block);
            meter.watch_clipping(block);
        }
        meter.level()
    }

    #[test]
    fn a_tone_of_known_size_reads_as_that_and_its_mean_3_db_lower() {
        let level = heard(&mut Meter::default(), &tone(1_000.0, 0.5, 3.0));
        let (peak, rms) = (level.peak_db.unwrap(), level.rms_db.unwrap());
        assert!((peak + 6.02).abs() < 0.05, "{peak}");
        assert!((rms + 9.03).abs() < 0.05, "{rms}");
        assert!(!level.clipped);
    }

    #[test]
    fn the_peak_falls_back_20_db_a_second_and_silence_is_none() {
        let mut meter = Meter::default();
        heard(&mut meter, &tone(1_000.0, 1.0, 1.0));
        let later = heard(&mut meter, &silence(1.0));
        assert!((later.peak_db.unwrap() + 20.0).abs() < 0.1, "{later:?}");
        assert_eq!(heard(&mut meter, &silence(10.0)), Level::default());
    }

    #[test]
    fn what_can_be_heard_stands_still_with_the_first_silent_block() {
        let mut meter = Meter::default();
        heard(&mut meter, &tone(1_000.0, 0.5, 2.0));
        assert_eq!(meter.audible_ms(), 2_000);
        let level = heard(&mut meter, &silence(1.0));
        assert!(level.rms_db.is_some(), "the mean falls slowly");
        assert_eq!(meter.audible_ms(), 2_000);
        heard(&mut meter, &tone(1_000.0, 0.000_1, 1.0));
        assert_eq!(meter.audible_ms(), 2_000, "so faint that it was turned off");
    }

    #[test]
    fn the_clip_lamp_comes_on_at_full_scale_and_goes_out_after_two_seconds() {
        let mut meter = Meter::default();
        assert!(heard(&mut meter, &[0.0, 1.0]).clipped, "one sample is enough");
        assert!(heard(&mut meter, &silence(1.9)).clipped);
        assert!(!heard(&mut meter, &silence(0.2)).clipped);
    }
}
