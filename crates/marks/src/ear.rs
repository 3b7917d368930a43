//! Finding the beeps in sound. Pure.

/// Samples of the loudness' one step: a millisecond at 48 kHz.
const STEP: usize = 48;
/// Quieter than this is silence, of full scale 1.
const FLOOR: f64 = 0.02;
/// Beeps are further apart than this, and coding smears none so far. Steps.
const QUIET: usize = 150;

/// How loud sound is, step by step, from samples that come in pieces: 16 bits, little-endian, one channel at 48 kHz.
#[derive(Debug, Default)]
pub(crate) struct Loudness {
    levels: Vec<f64>,
    /// Of the step that is not full yet.
    squares: f64,
    count: usize,
    /// The first half of a sample whose other half comes with the next piece.
    half: Option<u8>,
}

impl Loudness {
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(low) => self.sample(f64::from(i16::from_le_bytes([low, *byte])) / f64::from(i16::MAX)),
            }
        }
    }

    fn sample(&mut self, sample: f64) {
        self.squares += sample * sample;
        self.count += 1;
        if self.count == STEP {
            self.step();
        }
    }

    fn step(&mut self) {
        self.levels.push((self.squares / self.count as f64).sqrt());
        (self.squares, self.count) = (0.0, 0);
    }

    /// RMS of each step, of full scale 1; the last may be shorter.
    pub(crate) fn finish(mut self) -> Vec<f64> {
        if self.count > 0 {
            self.step();
        }
        self.levels
    }
}

/// The time of every sample, by blocks: (index of the first sample, seconds).
pub(crate) fn placed(blocks: &[(f64, usize)], rate_hz: u32) -> impl Fn(usize) -> f64 {
    let mut starts = Vec::with_capacity(blocks.len());
    let mut index = 0;
    for (start_s, count) in blocks {
        starts.push((index, *start_s));
        index += count;
    }
    move |sample| {
        let at = starts.partition_point(|(first, _)| *first <= sample).saturating_sub(1);
        let (first, start_s) = starts.get(at).copied().unwrap_or((0, 0.0));
        start_s + (sample.saturating_sub(first)) as f64 / f64::from(rate_hz)
    }
}

/// Where each beep begins, and the RMS inside of them: half of its loudness is reached there, so that the smear of a lossy
/// coder does not count.
pub(crate) fn beeps(loudness: &[f64], time_s: &impl Fn(usize) -> f64) -> (Vec<f64>, f64) {
    let peak = loudness.iter().copied().fold(0.0, f64::max);
    if peak < FLOOR {
        return (Vec::new(), 0.0);
    }
    let half = peak / 2.0;
    let mut begins = Vec::new();
    let mut quiet = QUIET;
    let (mut squares, mut loud) = (0.0, 0_usize);
    for (index, level) in loudness.iter().enumerate() {
        if *level > half {
            if quiet >= QUIET {
                begins.push(time_s(index * STEP));
            }
            quiet = 0;
            squares += level * level;
            loud += 1;
        } else {
            quiet += 1;
        }
    }
    (begins, (squares / loud.max(1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seconds with a beep of a tenth at the start of each, in pieces of `piece` bytes.
    fn loudness(piece: usize) -> Vec<f64> {
        let tone = |n: usize| if n < 4_800 { ((n as f64) * 0.13).sin() * 0.5 } else { 0.0 };
        let sample = |n: usize| ((tone(n % 48_000) * f64::from(i16::MAX)) as i16).to_le_bytes();
        let bytes: Vec<u8> = (0..96_000).flat_map(sample).collect();
        let mut loudness = Loudness::default();
        bytes.chunks(piece).for_each(|bytes| loudness.take(bytes));
        loudness.finish()
    }

    #[test]
    fn a_beep_begins_where_its_block_is_stamped() {
        // The second block is stamped a tenth of a second late: there was a hole.
        let (found, rms) = beeps(&loudness(4_096), &placed(&[(1.0, 48_000), (2.1, 48_000)], 48_000));
        assert_eq!(found.len(), 2);
        assert!((found[0] - 1.0).abs() < 0.002 && (found[1] - 2.1).abs() < 0.002, "{found:?}");
        assert!((rms - 0.35).abs() < 0.03, "{rms}");
    }

    #[test]
    fn pieces_may_end_inside_a_sample() {
        let whole = loudness(192_000);
        assert_eq!(whole.len(), 2_000);
        for piece in [1, 7, 4_095] {
            assert_eq!(loudness(piece), whole, "pieces of {piece} bytes");
        }
    }
}
