//! The noise gate: silence below a level, with room between opening and closing. Pure.

use super::{
    CHANNELS, RATE,
    decibel::{CONTROL_FRAMES, decibels, peak, share, slide},
};
use hawker_domain::sound::Gate as Settings;

/// The level falls this slowly while it is watched, so that a low voice does not open and close it with every wave.
const FALL_MS: f32 = 15.0;

/// A gate; open and out of the way without settings.
#[derive(Debug)]
pub(super) struct Gate {
    settings: Option<Settings>,
    /// The level as watched.
    envelope: f32,
    open: bool,
    hold_left: usize,
    gain: f32,
}

impl Default for Gate {
    fn default() -> Self {
        Self { settings: None, envelope: 0.0, open: true, hold_left: 0, gain: 1.0 }
    }
}

impl Gate {
    pub(super) fn set(&mut self, settings: Option<Settings>) {
        self.settings = settings;
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        if self.settings.is_none() && self.gain >= 1.0 {
            return;
        }
        for part in block.chunks_mut(CONTROL_FRAMES * CHANNELS) {
            let before = self.gain;
            self.follow(peak(part), part.len() / CHANNELS);
            if before != 1.0 || self.gain != 1.0 {
                slide(part, before, self.gain);
            }
        }
    }

    fn follow(&mut self, level: f32, frames: usize) {
        let settings = self.settings.unwrap_or_default();
        self.envelope = level.max(self.envelope * (1.0 - share(FALL_MS, frames)));
        let heard = decibels(self.envelope);
        let hold = (settings.hold_ms * RATE as f32 / 1000.0) as usize;
        if self.settings.is_none() || heard > settings.open_db {
            self.open = true;
            self.hold_left = hold;
        } else if heard >= settings.close_db && self.open {
            self.hold_left = hold;
        } else {
            self.hold_left = self.hold_left.saturating_sub(frames);
            self.open &= self.hold_left > 0;
        }
        let step = |ms: f32| frames as f32 / (ms * RATE as f32 / 1000.0);
        self.gain = if self.open {
            (self.gain + step(settings.attack_ms)).min(1.0)
        } else {
            (self.gain - step(settings.release_ms)).max(0.0)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{
        decibel::factor,
        signal::{part, rms_db, tone},
    };

    /// Plays tones of these levels, half a second each, and returns how loud each comes out in its last 100 ms.
    fn played(levels: &[f32]) -> Vec<f32> {
        let mut gate = Gate::default();
        gate.set(Some(Settings { open_db: -40.0, close_db: -46.0, attack_ms: 5.0, hold_ms: 100.0, release_ms: 50.0 }));
        let level = |db: &f32| {
            let mut heard = tone(200.0, factor(*db), 0.5);
            heard.chunks_mut(700).for_each(|block| gate.process(block));
            rms_db(part(&heard, 0.4, 0.5)) + 3.01
        };
        levels.iter().map(level).collect()
    }

    #[test]
    fn between_closing_and_opening_it_stays_as_it_was() {
        // (level, passes): each after the one before.
        let table = [(-60.0, false), (-43.0, false), (-38.0, true), (-43.0, true), (-48.0, false), (-43.0, false)];
        let out = played(&table.map(|(level, _)| level));
        for ((level, passes), heard) in table.iter().zip(out) {
            if *passes {
                assert!((heard - level).abs() < 0.1, "{level} dBFS passes untouched, not as {heard}");
            } else {
                assert!(heard < -150.0, "{level} dBFS is silenced, not {heard}");
            }
        }
    }

    #[test]
    fn it_holds_and_then_closes_within_its_release() {
        let mut gate = Gate::default();
        gate.set(Some(Settings { hold_ms: 100.0, release_ms: 50.0, ..Settings::default() }));
        gate.process(&mut tone(200.0, 0.5, 0.3));
        let mut after = tone(200.0, factor(-60.0), 0.4);
        gate.process(&mut after);
        let kept = rms_db(part(&after, 0.05, 0.09)) + 3.01;
        assert!((kept + 60.0).abs() < 0.2, "held open: {kept}");
        // The watched level needs about 80 ms to fall by 46 dB, then the hold, then the release.
        assert!(rms_db(part(&after, 0.26, 0.4)) < -150.0, "closed in the end");
    }

    #[test]
    fn turning_it_off_opens_it_without_a_step() {
        let mut gate = Gate::default();
        gate.set(Some(Settings::default()));
        gate.process(&mut tone(200.0, factor(-60.0), 1.0));
        gate.set(None);
        let mut heard = vec![0.5; 2 * 480];
        gate.process(&mut heard);
        let steepest = heard.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.01, "{steepest}");
        assert_eq!(heard.last(), Some(&0.5));
    }
}
