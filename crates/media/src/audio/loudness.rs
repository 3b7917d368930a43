//! Brings the mix slowly to a loudness, as EBU R 128 measures it. Pure.
//!
//! It follows speech, not silence: what is quiet for good, or much quieter than what was heard before, is a pause, and
//! in a pause the gain stays where it is.

use super::{
    CHANNELS, RATE,
    decibel::{factor, slide},
};
use ebur128::{EbuR128, Mode};
use hawker_domain::sound::Loudness as Settings;

/// The gain is worked out anew this often.
const STEP_FRAMES: usize = RATE as usize / 10;
const STEP_S: f32 = 0.1;
/// Quieter than this is silence, however quiet the show. Units: LUFS.
const SILENCE_LUFS: f64 = -45.0;
/// So much quieter than the speech before is a pause. Units: LU.
const PAUSE_LU: f64 = 12.0;
/// A pause longer than this is no pause: the show has become quieter. Units: steps.
const LONGEST_PAUSE: u32 = 100;
/// Speech is averaged over about this long.
const MEAN_S: f64 = 3.0;
/// Who looks once is shown the loudness for this long.
const WATCHED_FRAMES: usize = 5 * RATE as usize;
/// Up is slow, so that nobody hears it; down is faster, for loud hurts.
const UP_DB_PER_S: f32 = 0.75;
const DOWN_DB_PER_S: f32 = 3.0;

pub(super) struct Loudness {
    settings: Option<Settings>,
    /// None only if the library refuses 48 kHz stereo.
    measure: Option<EbuR128>,
    /// Frames for which somebody still wants to see the loudness.
    watched: usize,
    since_step: usize,
    /// Mean energy of what was taken for speech, and for how many steps it was heard.
    speech: f64,
    heard: u32,
    paused: u32,
    gain_db: f32,
    short_term: Option<f32>,
}

impl Default for Loudness {
    fn default() -> Self {
        Self {
            settings: None,
            measure: EbuR128::new(CHANNELS as u32, RATE, Mode::S).ok(),
            watched: 0,
            since_step: 0,
            speech: 0.0,
            heard: 0,
            paused: 0,
            gain_db: 0.0,
            short_term: None,
        }
    }
}

impl Loudness {
    pub(super) fn set(&mut self, settings: Option<Settings>) {
        self.settings = settings;
    }

    /// Somebody looks: the loudness is measured for some seconds, target or not.
    pub(super) fn watch(&mut self) {
        if self.watched == 0
            && self.settings.is_none()
            && let Some(measure) = &mut self.measure
        {
            measure.reset();
        }
        self.watched = WATCHED_FRAMES;
    }

    /// Gain in force. Units: dB.
    pub(super) fn gain_db(&self) -> f32 {
        self.gain_db
    }

    /// Loudness over the last three seconds, gain included; none while silent. Units: LUFS.
    pub(super) fn lufs(&self) -> Option<f32> {
        self.short_term.map(|lufs| lufs + self.gain_db)
    }

    pub(super) fn process(&mut self, block: &mut [f32]) {
        if self.settings.is_none() && self.watched == 0 && self.gain_db == 0.0 {
            self.short_term = None;
            return;
        }
        self.watched = self.watched.saturating_sub(block.len() / CHANNELS);
        let mut rest = block;
        while !rest.is_empty() {
            let frames = (STEP_FRAMES - self.since_step).min(rest.len() / CHANNELS).max(1);
            let at = (frames * CHANNELS).min(rest.len());
            let (part, after) = rest.split_at_mut(at);
            rest = after;
            if let Some(measure) = &mut self.measure {
                let _ = measure.add_frames_f32(part);
            }
            let before = self.gain_db;
            self.gain_db = towards(before, self.wanted_db(), frames as f32 / RATE as f32);
            if before != 0.0 || self.gain_db != 0.0 {
                slide(part, factor(before), factor(self.gain_db));
            }
            self.since_step += frames;
            if self.since_step >= STEP_FRAMES {
                self.since_step = 0;
                self.listen();
            }
        }
    }

    fn wanted_db(&self) -> f32 {
        let Some(settings) = self.settings else { return 0.0 };
        // Before two seconds of speech nothing is known; in a pause, the gain stays.
        if self.heard < 20 || self.paused > 0 {
            return self.gain_db.clamp(-settings.range_db, settings.range_db);
        }
        (settings.target_lufs - lufs(self.speech)).clamp(-settings.range_db, settings.range_db)
    }

    fn listen(&mut self) {
        let Some(measure) = &self.measure else { return };
        let shown = |lufs: f64| (lufs > -70.0).then_some(lufs as f32);
        self.short_term = measure.loudness_shortterm().ok().and_then(shown);
        let now = measure.loudness_momentary().unwrap_or(f64::NEG_INFINITY);
        let quiet = self.heard > 0 && now < f64::from(lufs(self.speech)) - PAUSE_LU;
        if now < SILENCE_LUFS || (quiet && self.paused < LONGEST_PAUSE) {
            self.paused = self.paused.saturating_add(u32::from(now >= SILENCE_LUFS)).max(1);
            return;
        }
        if quiet {
            self.heard = 0;
        }
        self.paused = 0;
        self.heard = self.heard.saturating_add(1);
        let energy = 10f64.powf(now / 10.0);
        let share = (f64::from(STEP_S) / MEAN_S).max(1.0 / f64::from(self.heard));
        self.speech += (energy - self.speech) * share;
    }
}

fn lufs(energy: f64) -> f32 {
    (10.0 * energy.max(1e-12).log10()) as f32
}

fn towards(from_db: f32, to_db: f32, seconds: f32) -> f32 {
    if to_db > from_db {
        (from_db + UP_DB_PER_S * seconds).min(to_db)
    } else {
        (from_db - DOWN_DB_PER_S * seconds).max(to_db)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::signal::{noise, rms_db, silence, speech, tone};

    fn aimed() -> Loudness {
        let mut loudness = Loudness::default();
        loudness.set(Some(Settings::default()));
        loudness
    }

    fn play(loudness: &mut Loudness, samples: &[f32]) -> Vec<f32> {
        let mut heard = samples.to_vec();
        heard.chunks_mut(1_000).for_each(|block| loudness.process(block));
        heard
    }

    /// What the library says of the last `seconds` of `samples`.
    fn measured(samples: &[f32]) -> f64 {
        let mut measure = EbuR128::new(2, RATE, Mode::I).unwrap();
        measure.add_frames_f32(samples).unwrap();
        measure.loudness_global().unwrap()
    }

    #[test]
    fn a_quiet_and_a_loud_voice_end_at_the_target() {
        for amplitude in [0.15, 0.9] {
            let heard = play(&mut aimed(), &speech(amplitude, 40.0));
            let end = measured(&heard[heard.len() - 10 * 96_000..]);
            assert!((end + 16.0).abs() < 1.0, "a voice of {amplitude} ends at {end} LUFS");
        }
    }

    #[test]
    fn what_would_need_more_than_its_range_gets_its_range() {
        let mut loudness = aimed();
        play(&mut loudness, &tone(1_000.0, 0.012, 40.0));
        assert_eq!(loudness.gain_db(), 12.0);
        let mut loudness = aimed();
        loudness.set(Some(Settings { target_lufs: -30.0, range_db: 5.0 }));
        play(&mut loudness, &tone(1_000.0, 0.9, 40.0));
        assert_eq!(loudness.gain_db(), -5.0);
    }

    #[test]
    fn silence_and_the_noise_of_a_pause_are_never_pumped_up() {
        let mut loudness = aimed();
        play(&mut loudness, &noise(0.003, 20.0));
        assert_eq!(loudness.gain_db(), 0.0, "a quiet room before the first word");
        play(&mut loudness, &speech(0.3, 30.0));
        let settled = loudness.gain_db();
        for pause in [noise(0.02, 8.0), silence(30.0), noise(0.003, 30.0)] {
            let heard = play(&mut loudness, &pause);
            let moved = loudness.gain_db() - settled;
            assert!(moved.abs() < 0.8, "the gain moved by {moved} dB in a pause of {} dBFS", rms_db(&heard));
        }
    }

    #[test]
    fn a_show_that_becomes_quieter_for_good_is_followed() {
        let mut loudness = aimed();
        play(&mut loudness, &tone(1_000.0, 0.5, 20.0));
        let before = loudness.gain_db();
        play(&mut loudness, &tone(1_000.0, 0.05, 40.0));
        assert!(loudness.gain_db() > before + 15.0, "{} after {before}", loudness.gain_db());
    }

    #[test]
    fn it_moves_too_slowly_to_be_heard_and_not_at_all_when_off() {
        let mut loudness = aimed();
        play(&mut loudness, &speech(0.08, 4.0));
        let before = loudness.gain_db();
        play(&mut loudness, &speech(0.08, 2.0));
        let per_second = (loudness.gain_db() - before) / 2.0;
        assert!((0.1..=0.76).contains(&per_second), "{per_second} dB a second");
        let mut off = Loudness::default();
        let voice = speech(0.08, 10.0);
        assert_eq!(play(&mut off, &voice), voice);
    }
}
