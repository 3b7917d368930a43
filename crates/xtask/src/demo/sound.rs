//! The clip's sound: a soft plucked tune and a voice-like murmur in phrases. Synthesised here, so it has no owner but us.

use super::maths::{Dice, smooth};

/// Samples a second.
pub const RATE: usize = 44_100;
/// Pentatonic steps above A3, in semitones.
const SCALE: [i32; 10] = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21];

/// Mono samples, -1..1.
pub fn track(seed: u64, seconds: f32) -> Vec<f32> {
    let mut out = vec![0.0f32; (seconds * RATE as f32) as usize];
    tune(&mut out, &mut Dice::new(seed, 21), seconds);
    murmur(&mut out, &mut Dice::new(seed, 22), seconds);
    for v in &mut out {
        // Well below full scale, and rounded off where tune and voice meet.
        *v = 0.5 * (0.8 * *v).tanh();
    }
    out
}

fn tune(out: &mut [f32], dice: &mut Dice, seconds: f32) {
    let beat = 60.0 / 92.0 / 2.0;
    let (mut t, mut step) = (0.2f32, 4i32);
    while t < seconds {
        if dice.between(0.0, 1.0) < 0.72 {
            step = (step + (dice.next() % 5) as i32 - 2).clamp(0, SCALE.len() as i32 - 1);
            let semitone = SCALE.get(step as usize).copied().unwrap_or(0);
            pluck(out, t, 220.0 * 2.0f32.powf(semitone as f32 / 12.0), 0.10);
        }
        if ((t / beat) as usize).is_multiple_of(8) {
            pluck(out, t, 110.0 * if dice.next() & 1 == 0 { 1.0 } else { 1.5 }, 0.12);
        }
        t += beat;
    }
}

fn pluck(out: &mut [f32], at: f32, hertz: f32, loud: f32) {
    let start = (at * RATE as f32) as usize;
    for (i, v) in out.iter_mut().skip(start).take(RATE * 3 / 2).enumerate() {
        let t = i as f32 / RATE as f32;
        let phase = t * hertz * std::f32::consts::TAU;
        let tone =
            phase.sin() + 0.5 * (2.0 * phase).sin() * (-t * 4.0).exp() + 0.25 * (3.0 * phase).sin() * (-t * 8.0).exp();
        *v += loud * tone * (-t * 3.2).exp() * (t * 300.0).min(1.0);
    }
}

/// Syllables: a buzz of falling pitch through two resonances that wander as vowels do.
fn murmur(out: &mut [f32], dice: &mut Dice, seconds: f32) {
    let mut t = 0.6f32;
    while t < seconds - 1.0 {
        let syllables = 4 + dice.next() % 8;
        let mut pitch = dice.between(185.0, 225.0);
        for _ in 0..syllables {
            let length = dice.between(0.11, 0.24);
            syllable(out, t, length, pitch, (dice.between(350.0, 850.0), dice.between(1000.0, 2300.0)));
            pitch *= dice.between(0.94, 1.04);
            t += length + dice.between(0.01, 0.05);
        }
        t += dice.between(0.4, 1.3);
    }
}

fn syllable(out: &mut [f32], at: f32, length: f32, pitch: f32, formants: (f32, f32)) {
    let start = (at * RATE as f32) as usize;
    let count = (length * RATE as f32) as usize;
    let (mut low, mut high) = (Resonance::new(formants.0, 90.0), Resonance::new(formants.1, 140.0));
    let mut phase = 0.0f32;
    for (i, v) in out.iter_mut().skip(start).take(count).enumerate() {
        let t = i as f32 / count as f32;
        phase = (phase + pitch * (1.06 - 0.12 * t) / RATE as f32).fract();
        let buzz = 1.0 - 2.0 * phase;
        let shape = smooth(0.0, 0.18, t) * smooth(1.0, 0.6, t);
        *v += 0.22 * shape * (low.next(buzz) + 0.6 * high.next(buzz));
    }
}

/// A two-pole resonance.
struct Resonance {
    a: f32,
    b: f32,
    gain: f32,
    one: f32,
    two: f32,
}

impl Resonance {
    fn new(hertz: f32, width: f32) -> Self {
        let r = (-std::f32::consts::PI * width / RATE as f32).exp();
        let a = 2.0 * r * (std::f32::consts::TAU * hertz / RATE as f32).cos();
        Self { a, b: -r * r, gain: (1.0 - r) * 2.0, one: 0.0, two: 0.0 }
    }
    fn next(&mut self, x: f32) -> f32 {
        let y = self.gain * x + self.a * self.one + self.b * self.two;
        (self.two, self.one) = (self.one, y);
        y
    }
}

/// The samples as a 16-bit mono WAV file.
pub fn wav(samples: &[f32]) -> Vec<u8> {
    let data = (samples.len() * 2) as u32;
    let mut bytes = Vec::with_capacity(44 + samples.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    for field in [1u16, 1] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [RATE as u32, RATE as u32 * 2] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [2u16, 16] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|v| ((v.clamp(-1.0, 1.0) * 32767.0) as i16).to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_track_is_heard_throughout_and_never_clips() {
        let samples = track(1, 6.0);
        for second in samples.chunks(RATE) {
            let rms = (second.iter().map(|v| v * v).sum::<f32>() / second.len() as f32).sqrt();
            assert!(rms > 0.01, "a second of near silence: {rms}");
        }
        assert!(samples.iter().all(|v| v.abs() <= 1.0));
    }
}
