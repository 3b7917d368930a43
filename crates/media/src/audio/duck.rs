//! Ducking: one input goes down while another speaks. Pure.

use super::{
    CHANNELS, RATE,
    decibel::{CONTROL_FRAMES, decibels, factor, peak, share, slide},
};
use hawker_domain::sound::Duck as Settings;

/// The level of who speaks falls this slowly while it is watched.
const FALL_MS: f32 = 40.0;
/// Without settings, what was lowered comes back this fast.
const LET_GO_DB_PER_S: f32 = 40.0;

/// Lowers a block by what is heard in another one.
#[derive(Debug, Default)]
pub(super) struct Duck {
    settings: Option<Settings>,
    envelope: f32,
    hold_left: usize,
    /// How far it is lowered now. Units: dB, positive.
    lowered_db: f32,
}

impl Duck {
    pub(super) fn set(&mut self, settings: Option<Settings>) {
        self.settings = settings;
    }

    /// True while it has something to do.
    pub(super) fn active(&self) -> bool {
        self.settings.is_some() || self.lowered_db > 0.0
    }

    pub(super) fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref()
    }

    pub(super) fn lowered_db(&self) -> f32 {
        self.lowered_db
    }

    /// Lowers `block` by what is heard in `key`: as many frames, one sample a frame, the loudest of all who speak.
    pub(super) fn process(&mut self, block: &mut [f32], key: &[f32]) {
        let parts = block.chunks_mut(CONTROL_FRAMES * CHANNELS).zip(key.chunks(CONTROL_FRAMES));
        for (part, key) in parts {
            let before = factor(-self.lowered_db);
            self.follow(peak(key), key.len());
            slide(part, before, factor(-self.lowered_db));
        }
    }

    fn follow(&mut self, level: f32, frames: usize) {
        let seconds = frames as f32 / RATE as f32;
        let Some(settings) = &self.settings else {
            self.lowered_db = (self.lowered_db - LET_GO_DB_PER_S * seconds).max(0.0);
            return;
        };
        self.envelope = level.max(self.envelope * (1.0 - share(FALL_MS, frames)));
        if decibels(self.envelope) > settings.threshold_db {
            self.hold_left = (settings.hold_ms * RATE as f32 / 1000.0) as usize + frames;
        }
        self.hold_left = self.hold_left.saturating_sub(frames);
        let want = if self.hold_left > 0 { settings.depth_db } else { 0.0 };
        let most = |ms: f32| settings.depth_db.max(1.0) * seconds * 1000.0 / ms;
        self.lowered_db = if want > self.lowered_db {
            (self.lowered_db + most(settings.attack_ms)).min(want)
        } else {
            (self.lowered_db - most(settings.release_ms)).max(want)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::signal::{part, rms_db, tone};

    /// Music under `key`, heard at ten places a second.
    fn under(duck: &mut Duck, key: &[f32]) -> Vec<f32> {
        let key: Vec<f32> = key.iter().step_by(CHANNELS).copied().collect();
        let mut music = tone(3_000.0, 0.5, key.len() as f64 / f64::from(RATE));
        let blocks = music.chunks_mut(1_000).zip(key.chunks(500));
        blocks.for_each(|(block, key)| duck.process(block, key));
        music
    }

    fn ducked() -> Duck {
        let mut duck = Duck::default();
        let times = Settings { attack_ms: 100.0, hold_ms: 300.0, release_ms: 500.0, ..Settings::default() };
        duck.set(Some(Settings { depth_db: 14.0, threshold_db: -40.0, ..times }));
        duck
    }

    #[test]
    fn it_goes_down_by_its_depth_in_its_attack_and_comes_back_after_hold_and_release() {
        let mut duck = ducked();
        let mut speech = tone(200.0, 0.1, 1.0);
        speech.extend(vec![0.0; 2 * 96_000]);
        let music = under(&mut duck, &speech);
        let level = |from, to| rms_db(part(&music, from, to)) + 9.03;
        assert!((level(0.045, 0.055) + 7.0).abs() < 0.5, "half way after half the attack: {}", level(0.045, 0.055));
        assert!((level(0.15, 1.0) + 14.0).abs() < 0.1, "lowered by 14 dB: {}", level(0.15, 1.0));
        // 0.1 falls under -40 dBFS 92 ms after the last word.
        assert!((level(1.05, 1.35) + 14.0).abs() < 0.1, "held: {}", level(1.05, 1.35));
        assert!((level(1.63, 1.65) + 7.0).abs() < 0.6, "half way back: {}", level(1.63, 1.65));
        assert!(level(1.95, 3.0).abs() < 0.05, "all the way back: {}", level(1.95, 3.0));
    }

    #[test]
    fn who_whispers_below_the_threshold_lowers_nothing() {
        let music = under(&mut ducked(), &tone(200.0, factor(-43.0), 1.0));
        assert!((rms_db(&music) + 9.03).abs() < 0.05);
    }

    #[test]
    fn turned_off_while_it_is_down_it_comes_back_without_a_step() {
        let mut duck = ducked();
        under(&mut duck, &tone(200.0, 0.1, 0.5));
        duck.set(None);
        assert!(duck.active(), "it is on its way back");
        let music = under(&mut duck, &tone(200.0, 0.1, 0.5));
        let first = rms_db(part(&music, 0.0, 0.01)) + 9.03;
        assert!((first + 14.0).abs() < 0.5, "it begins where it was: {first}");
        assert!(!duck.active());
    }
}
