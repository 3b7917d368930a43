//! The compressor: above a threshold, more in makes less more out. Pure.

use super::{
    CHANNELS,
    decibel::{CONTROL_FRAMES, decibels, factor, peak, share, slide},
};
use hawker_domain::sound::Compressor as Settings;

/// The level falls this slowly while it is watched; longer than a wave, shorter than a syllable.
const FALL_MS: f32 = 30.0;
/// From here on a gain is none.
const NOTHING_DB: f32 = 0.001;

/// A compressor; out of the way without settings.
#[derive(Debug, Default)]
pub(super) struct Compressor {
    settings: Option<Settings>,
    envelope: f32,
    /// Taken away, and added to make up for it. Units: dB.
    reduction_db: f32,
    makeup_db: f32,
    gain: Option<f32>,
}

impl Compressor {
    pub(super) fn set(&mut self, settings: Option<Settings>) {
        self.settings = settings;
    }

    /// What is being taken away, dB, positive.
    pub(super) fn reduction_db(&self) -> f32 {
        self.reduction_db
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        if self.settings.is_none() && self.reduction_db == 0.0 && self.makeup_db == 0.0 {
            return;
        }
        for part in block.chunks_mut(CONTROL_FRAMES * CHANNELS) {
            let before = self.gain.unwrap_or(1.0);
            self.follow(peak(part), part.len() / CHANNELS);
            let gain = factor(self.makeup_db - self.reduction_db);
            slide(part, before, gain);
            self.gain = Some(gain);
        }
    }

    fn follow(&mut self, level: f32, frames: usize) {
        self.envelope = level.max(self.envelope * (1.0 - share(FALL_MS, frames)));
        let (want, makeup) = match &self.settings {
            Some(settings) => (reduction_db(settings, decibels(self.envelope)), settings.makeup_db),
            None => (0.0, 0.0),
        };
        let settings = self.settings.unwrap_or_default();
        let ms = if want > self.reduction_db { settings.attack_ms } else { settings.release_ms };
        self.reduction_db = towards(self.reduction_db, want, share(ms, frames));
        self.makeup_db = towards(self.makeup_db, makeup, share(settings.release_ms, frames));
    }
}

fn towards(from: f32, to: f32, share: f32) -> f32 {
    let next = from + (to - from) * share;
    if (to - next).abs() < NOTHING_DB { to } else { next }
}

/// The curve: what is taken away from a level, dB, positive. Bent over the knee, straight above.
fn reduction_db(settings: &Settings, level_db: f32) -> f32 {
    let slope = 1.0 - 1.0 / settings.ratio;
    let over = level_db - settings.threshold_db;
    let half = settings.knee_db / 2.0;
    if over <= -half {
        0.0
    } else if over < half {
        slope * (over + half).powi(2) / (2.0 * settings.knee_db)
    } else {
        slope * over
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::signal::{part, rms_db, tone};

    const PLAIN: Settings =
        Settings { threshold_db: -20.0, ratio: 4.0, knee_db: 0.0, attack_ms: 5.0, release_ms: 100.0, makeup_db: 0.0 };

    #[test]
    fn the_curve_is_the_one_of_its_ratio_and_knee() {
        let soft = Settings { knee_db: 10.0, ..PLAIN };
        let table = [
            (PLAIN, -30.0, 0.0),
            (PLAIN, -20.0, 0.0),
            (PLAIN, -12.0, 6.0),
            (PLAIN, 0.0, 15.0),
            (soft, -26.0, 0.0),
            // In the middle of the knee an eighth of it, times the slope.
            (soft, -20.0, 0.9375),
            (soft, -15.0, 3.75),
            (soft, -8.0, 9.0),
        ];
        for (settings, level, want) in table {
            let got = reduction_db(&settings, level);
            assert!((got - want).abs() < 1e-4, "{level} dBFS: {got}, not {want}");
        }
    }

    #[test]
    fn a_tone_comes_out_as_the_curve_says_with_the_makeup_on_top() {
        for (level, makeup, want) in [(-8.0, 0.0, -17.0), (-8.0, 6.0, -11.0), (-30.0, 6.0, -24.0)] {
            let mut compressor = Compressor::default();
            compressor.set(Some(Settings { makeup_db: makeup, ..PLAIN }));
            let mut heard = tone(1_000.0, factor(level), 1.5);
            heard.chunks_mut(644).for_each(|block| compressor.process(block));
            let out = rms_db(part(&heard, 1.2, 1.5)) + 3.01;
            assert!((out - want).abs() < 0.3, "{level} dBFS with {makeup} dB: {out}, not {want}");
        }
    }

    #[test]
    fn it_takes_hold_within_its_attack_and_lets_go_within_its_release() {
        let mut compressor = Compressor::default();
        compressor.set(Some(PLAIN));
        compressor.process(&mut tone(1_000.0, factor(-40.0), 0.5));
        compressor.process(&mut tone(1_000.0, factor(-8.0), 0.005));
        let early = compressor.reduction_db();
        assert!((early - 9.0 * 0.632).abs() < 0.6, "63 % of 9 dB after 5 ms: {early}");
        compressor.process(&mut tone(1_000.0, factor(-8.0), 0.3));
        assert!((compressor.reduction_db() - 9.0).abs() < 0.2);
        compressor.process(&mut tone(1_000.0, factor(-60.0), 0.6));
        assert!(compressor.reduction_db() < 0.2, "{}", compressor.reduction_db());
    }

    #[test]
    fn turned_on_and_off_it_makes_no_step() {
        let mut compressor = Compressor::default();
        let mut heard = Vec::new();
        for settings in [None, Some(Settings { makeup_db: 12.0, ..PLAIN }), None] {
            compressor.set(settings);
            let mut block = vec![0.05; 2 * 48_000];
            compressor.process(&mut block);
            heard.extend(block);
        }
        let steepest = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.001, "{steepest}");
        assert!((heard[heard.len() - 1] - 0.05).abs() < 1e-4, "what is off changes nothing");
    }
}
