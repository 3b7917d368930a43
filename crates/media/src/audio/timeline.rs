//! Puts pieces of sound on an unbroken line of samples. Pure.

use super::{CHANNELS, RATE};

/// A piece may be this far from its place before the line is corrected: clocks of cameras and sound cards differ, and
/// a correction is a click.
const TOLERANCE_NS: i64 = 60_000_000;
const NS: u64 = 1_000_000_000;

/// The line. Position counts frames (one sample of every channel) since running time 0.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// None until the first piece or silence.
    position: Option<u64>,
    gap_frames: u64,
}

/// Sound ready to be encoded: samples and the running time of the first, nanoseconds.
#[derive(Debug, PartialEq)]
pub(crate) struct Piece {
    pub at_ns: u64,
    pub samples: Vec<f32>,
}

impl Timeline {
    /// Takes a piece captured at `at_ns` and returns what follows on the line: silence first where there was a gap,
    /// the piece cut short where it overlaps.
    pub(crate) fn place(&mut self, samples: &[f32], at_ns: u64) -> Option<Piece> {
        let captured = frames(at_ns);
        let position = *self.position.get_or_insert(captured);
        let off = i64::try_from(captured).ok()? - i64::try_from(position).ok()?;
        let mut line = Vec::with_capacity(samples.len());
        let mut take = samples;
        if off.unsigned_abs() > tolerance_frames() {
            if off > 0 {
                self.gap_frames += off.unsigned_abs();
                line.resize(usize::try_from(off).ok()?.checked_mul(CHANNELS)?, 0.0);
            } else {
                let skip = usize::try_from(off.unsigned_abs()).ok()?.checked_mul(CHANNELS)?;
                take = samples.get(skip..).unwrap_or_default();
            }
        }
        line.extend_from_slice(take);
        self.emit(position, line)
    }

    /// Silence up to `until_ns`, for a microphone that delivers nothing. `counted` if somebody expected sound.
    pub(crate) fn fill(&mut self, until_ns: u64, counted: bool) -> Option<Piece> {
        let until = frames(until_ns);
        let position = *self.position.get_or_insert(until);
        let missing = until.checked_sub(position).filter(|n| *n > 0)?;
        if counted {
            self.gap_frames += missing;
        }
        self.emit(position, vec![0.0; usize::try_from(missing).ok()?.checked_mul(CHANNELS)?])
    }

    /// Where the line ends, running time in nanoseconds.
    pub(crate) fn end_ns(&self) -> Option<u64> {
        self.position.map(nanoseconds)
    }

    /// Silence put in for sound that did not come, milliseconds.
    pub(crate) fn gap_ms(&self) -> u64 {
        self.gap_frames * 1000 / u64::from(RATE)
    }

    fn emit(&mut self, position: u64, samples: Vec<f32>) -> Option<Piece> {
        if samples.is_empty() {
            return None;
        }
        self.position = Some(position + (samples.len() / CHANNELS) as u64);
        Some(Piece { at_ns: nanoseconds(position), samples })
    }
}

fn tolerance_frames() -> u64 {
    frames(TOLERANCE_NS.unsigned_abs())
}

fn frames(ns: u64) -> u64 {
    (u128::from(ns) * u128::from(RATE) / u128::from(NS)) as u64
}

fn nanoseconds(frames: u64) -> u64 {
    (u128::from(frames) * u128::from(NS) / u128::from(RATE)) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: u64 = 1_000_000;

    fn sound(ms: u64) -> Vec<f32> {
        vec![0.5; (u64::from(RATE) * ms / 1000) as usize * CHANNELS]
    }

    #[test]
    fn jitter_moves_nothing_and_nothing_is_lost() {
        let mut line = Timeline::default();
        let mut end = None;
        for n in 0..100u64 {
            let piece = line.place(&sound(10), 1000 * MS + n * 10 * MS + (n % 7) * 3 * MS).unwrap();
            assert_eq!(piece.samples.len(), sound(10).len(), "a late piece is not padded");
            assert!(end.is_none_or(|e: u64| piece.at_ns.abs_diff(e) < 30_000), "pieces follow each other");
            end = Some(piece.at_ns + 10 * MS);
        }
        assert_eq!(line.gap_ms(), 0);
    }

    #[test]
    fn a_gap_becomes_silence_of_the_same_length() {
        let mut line = Timeline::default();
        line.place(&sound(10), 0).unwrap();
        let piece = line.place(&sound(10), 310 * MS).unwrap();
        assert_eq!(piece.samples.len(), sound(310).len());
        assert_eq!(line.gap_ms(), 300);
        assert_eq!(line.end_ns(), Some(320 * MS));
    }

    #[test]
    fn sound_that_comes_after_its_silence_is_cut_not_added() {
        let mut line = Timeline::default();
        line.place(&sound(10), 0).unwrap();
        line.fill(510 * MS, true).unwrap();
        assert_eq!(line.place(&sound(10), 10 * MS), None, "its place is taken");
        assert_eq!(line.end_ns(), Some(510 * MS));
        assert_eq!(line.gap_ms(), 500);
    }
}
