//! Noise suppression: RNNoise, in its pure-Rust form. Pure.
//!
//! It works on frames of 10 ms and answers one frame late, so it holds back 10 to 20 ms of sound. What it holds back is
//! told, so that sound keeps its place in time; the untouched sound is held back alike, and turning it on or off is a
//! fade between the two.

use super::{CHANNELS, ramp::Ramp};
use nnnoiseless::DenoiseState;

const FRAME: usize = DenoiseState::FRAME_SIZE;
/// It is made for samples of 16 bits.
const SCALE: f32 = 32_768.0;

/// Takes noise away from a voice; out of the way at a share of 0.
pub(super) struct Denoise {
    state: Option<Box<DenoiseState<'static>>>,
    wet: Ramp,
    /// Sound that does not make a frame yet.
    waiting: Vec<f32>,
    /// The frame whose answer comes with the next one.
    dry: Vec<f32>,
}

impl Default for Denoise {
    fn default() -> Self {
        Self { state: None, wet: Ramp::at(0.0), waiting: Vec::new(), dry: Vec::new() }
    }
}

impl Denoise {
    /// Takes away this share of the noise, 0 to 1.
    pub(super) fn set(&mut self, share: f32) {
        self.wet.set(share.clamp(0.0, 1.0));
        if self.wet.target() > 0.0 && self.state.is_none() {
            self.state = Some(DenoiseState::new());
        }
    }

    /// Frames taken and not given back yet.
    pub(super) fn held(&self) -> usize {
        (self.waiting.len() + self.dry.len()) / CHANNELS
    }

    /// Takes `samples` and gives what is ready: in order, nothing lost, [`Self::held`] frames behind.
    pub(super) fn process(&mut self, samples: Vec<f32>) -> Vec<f32> {
        let Some(state) = &mut self.state else { return samples };
        self.waiting.extend_from_slice(&samples);
        let mut ready = Vec::with_capacity(samples.len() + FRAME * CHANNELS);
        let whole = self.waiting.len() / (FRAME * CHANNELS) * (FRAME * CHANNELS);
        let (mut mono, mut clean) = ([0.0; FRAME], [0.0; FRAME]);
        for frame in self.waiting.get(..whole).unwrap_or_default().chunks_exact(FRAME * CHANNELS) {
            for (mono, both) in mono.iter_mut().zip(frame.as_chunks::<CHANNELS>().0) {
                *mono = both.iter().sum::<f32>() / CHANNELS as f32 * SCALE;
            }
            state.process_frame(&mut clean, &mono);
            if !self.dry.is_empty() {
                fade(&self.dry, &clean, &mut self.wet, &mut ready);
            }
            self.dry.clear();
            self.dry.extend_from_slice(frame);
        }
        self.waiting.drain(..whole);
        if self.wet.target() == 0.0 && self.wet.settled() {
            ready.append(&mut self.dry);
            ready.append(&mut self.waiting);
            self.state = None;
        }
        ready
    }

    /// Forgets what it holds: what comes next does not follow it.
    pub(super) fn reset(&mut self) {
        self.waiting.clear();
        self.dry.clear();
    }
}

/// Adds `dry` to `ready`, as far replaced by `clean` as the fade is.
fn fade(dry: &[f32], clean: &[f32], wet: &mut Ramp, ready: &mut Vec<f32>) {
    let mut replaced: Vec<f32> = dry
        .as_chunks::<CHANNELS>()
        .0
        .iter()
        .zip(clean)
        .flat_map(|(both, clean)| both.map(|sample| clean / SCALE - sample))
        .collect();
    wet.process(&mut replaced);
    ready.extend(dry.iter().zip(replaced).map(|(dry, change)| dry + change));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::signal::{noise, part, rms_db, silence, speech};

    fn through(denoise: &mut Denoise, samples: &[f32]) -> Vec<f32> {
        samples.chunks(882).flat_map(|piece| denoise.process(piece.to_vec())).collect()
    }

    fn mixed(a: &[f32], b: &[f32]) -> Vec<f32> {
        a.iter().zip(b).map(|(a, b)| a + b).collect()
    }

    fn on() -> Denoise {
        let mut denoise = Denoise::default();
        denoise.set(1.0);
        denoise
    }

    #[test]
    fn noise_alone_goes_down_by_18_db() {
        let noisy = noise(0.02, 6.0);
        let clean = through(&mut on(), &noisy);
        let (before, after) = (rms_db(part(&noisy, 3.0, 5.9)), rms_db(part(&clean, 3.0, 5.9)));
        assert!(before - after > 18.0, "{before} dBFS becomes {after}");
    }

    #[test]
    fn under_speech_the_noise_goes_and_the_voice_stays() {
        let voice = speech(0.4, 6.0);
        let clean = through(&mut on(), &mixed(&voice, &noise(0.02, 6.0)));
        // Pauses: the last quarter of every second. Their first 100 ms are the filter's own time to let go.
        let pauses: Vec<f32> =
            (2..5).flat_map(|s| part(&clean, f64::from(s) + 0.87, f64::from(s) + 0.98).to_vec()).collect();
        assert!(rms_db(&pauses) < rms_db(&noise(0.02, 1.0)) - 12.0, "pauses are at {} dBFS", rms_db(&pauses));
        let (said, heard) = (rms_db(part(&voice, 2.0, 5.0)), rms_db(part(&clean, 2.0, 5.0)));
        assert!((said - heard).abs() < 3.0, "the voice was {said} dBFS and is {heard}");
    }

    #[test]
    fn what_comes_out_lies_where_it_lay() {
        let voice = speech(0.4, 3.0);
        let clean = through(&mut on(), &voice);
        let left = |samples: &[f32]| samples.iter().step_by(CHANNELS).copied().collect::<Vec<_>>();
        let (voice, clean) = (left(&voice), left(&clean));
        let likeness = |shift: i64| -> f64 {
            (60_000..90_000i64).map(|n| f64::from(voice[n as usize]) * f64::from(clean[(n + shift) as usize])).sum()
        };
        let best = (-600..600).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap_or(600);
        assert!(best.abs() <= 24, "the voice is moved by {best} frames; half a millisecond is the filter's own bend");
    }

    #[test]
    fn on_and_off_lose_no_frame_and_make_no_step() {
        let mut denoise = Denoise::default();
        let voice = speech(0.4, 1.0);
        let mut heard = Vec::new();
        for (n, piece) in voice.chunks(882).enumerate() {
            denoise.set(if (10..60).contains(&n) { 1.0 } else { 0.0 });
            heard.extend(denoise.process(piece.to_vec()));
            let so_far = (882 * (n + 1)).min(voice.len());
            assert_eq!(heard.len() + denoise.held() * CHANNELS, so_far, "piece {n}");
        }
        assert_eq!(denoise.held(), 0, "what is off holds nothing back");
        assert_eq!(heard[..882 * 9], voice[..882 * 9], "before it is on, nothing is touched");
        assert_eq!(heard[882 * 70..], voice[882 * 70..heard.len()], "nor after it is off");
        let step = |samples: &[f32]| samples.windows(4).map(|w| (w[2] - w[0]).abs()).fold(0.0, f32::max);
        assert!(step(&heard) < 1.3 * step(&voice), "{} against {}", step(&heard), step(&voice));
    }

    #[test]
    fn silence_stays_silence() {
        assert!(rms_db(&through(&mut on(), &silence(1.0))) < -100.0);
    }
}
