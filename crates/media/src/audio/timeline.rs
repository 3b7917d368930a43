//! Puts pieces of sound on an unbroken line of samples. Pure.

use super::{CHANNELS, RATE};
use crate::source::FAR_OFF_NS;

/// A piece may be this far from its place before the line is corrected: clocks of cameras and sound cards differ, and
/// a correction is a click.
const TOLERANCE_NS: i64 = 60_000_000;
/// Silence put in at once, at most; what is missing beyond it (the whole machine stood still) is left out of the line.
const LONGEST_SILENCE_NS: u64 = 3_000_000_000;
const NS: u64 = 1_000_000_000;

/// The line. Position counts frames (one sample of every channel) since running time 0.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// None until the first piece or silence.
    position: Option<u64>,
    gap_frames: u64,
    /// Pieces stamped with a time far ahead, taken as of when they came.
    jumps: u64,
}

/// Sound ready to be encoded: samples and the running time of the first, nanoseconds.
#[derive(Debug, PartialEq)]
pub(crate) struct Piece {
    pub at_ns: u64,
    pub samples: Vec<f32>,
}

impl Timeline {
    /// Takes a piece captured at `at_ns`, as it is said to be, that came at `now_ns`, and returns what follows on the line:
    /// silence first where there was a gap, the piece cut short where it overlaps.
    pub(crate) fn place(&mut self, samples: &[f32], at_ns: u64, now_ns: u64) -> Option<Piece> {
        let far_ahead = at_ns > now_ns.saturating_add(FAR_OFF_NS);
        self.jumps += u64::from(far_ahead);
        let captured = frames(if far_ahead { now_ns } else { at_ns });
        let position = self.reach(captured);
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
        let position = self.reach(until);
        let missing = until.checked_sub(position).filter(|n| *n > 0)?;
        if counted {
            self.gap_frames += missing;
        }
        self.emit(position, vec![0.0; usize::try_from(missing).ok()?.checked_mul(CHANNELS)?])
    }

    /// Where the line goes on towards `frame`: at its end, or, when that is too far back, so near that the silence between
    /// is bounded.
    fn reach(&mut self, frame: u64) -> u64 {
        let position = self.position.get_or_insert(frame);
        let nearest = frame.saturating_sub(frames(LONGEST_SILENCE_NS));
        if *position < nearest {
            self.gap_frames += nearest - *position;
            *position = nearest;
        }
        *position
    }

    /// Pieces whose time had jumped far ahead.
    pub(crate) fn jumps(&self) -> u64 {
        self.jumps
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

    /// Ten milliseconds of sound that come when they are stamped.
    fn place(line: &mut Timeline, at_ns: u64) -> Option<Piece> {
        line.place(&sound(10), at_ns, at_ns)
    }

    #[test]
    fn jitter_moves_nothing_and_nothing_is_lost() {
        let mut line = Timeline::default();
        let mut end = None;
        for n in 0..100u64 {
            let piece = place(&mut line, 1000 * MS + n * 10 * MS + (n % 7) * 3 * MS).unwrap();
            assert_eq!(piece.samples.len(), sound(10).len(), "a late piece is not padded");
            assert!(end.is_none_or(|e: u64| piece.at_ns.abs_diff(e) < 30_000), "pieces follow each other");
            end = Some(piece.at_ns + 10 * MS);
        }
        assert_eq!(line.gap_ms(), 0);
    }

    #[test]
    fn a_gap_becomes_silence_of_the_same_length() {
        let mut line = Timeline::default();
        place(&mut line, 0).unwrap();
        let piece = place(&mut line, 310 * MS).unwrap();
        assert_eq!(piece.samples.len(), sound(310).len());
        assert_eq!(line.gap_ms(), 300);
        assert_eq!(line.end_ns(), Some(320 * MS));
    }

    #[test]
    fn sound_that_comes_after_its_silence_is_cut_not_added() {
        let mut line = Timeline::default();
        place(&mut line, 0).unwrap();
        line.fill(510 * MS, true).unwrap();
        assert_eq!(place(&mut line, 10 * MS), None, "its place is taken");
        assert_eq!(line.end_ns(), Some(510 * MS));
        assert_eq!(line.gap_ms(), 500);
    }

    #[test]
    fn a_time_far_off_makes_neither_an_hour_of_silence_nor_silence_for_ever() {
        // (stamped, came, milliseconds of the piece that follows, jumps), each after sound that ended at 5,000 ms.
        let hour = 3_600_000 * MS;
        let table = [
            (5_000 * MS, 5_010 * MS, Some(10), 0),
            (6_500 * MS, 5_010 * MS, Some(1_510), 0),
            (hour, 5_010 * MS, Some(10), 1),
            (u64::MAX, 5_010 * MS, Some(10), 1),
            (hour, hour, Some(3_010), 0),
            (0, 5_010 * MS, None, 0),
        ];
        for (stamped, came, want_ms, jumps) in table {
            let mut line = Timeline::default();
            place(&mut line, 4_990 * MS).unwrap();
            let piece = line.place(&sound(10), stamped, came);
            let got = piece.as_ref().map(|piece| (piece.samples.len() / CHANNELS) as u64 * 1000 / u64::from(RATE));
            assert_eq!((got, line.jumps()), (want_ms, jumps), "{stamped} at {came}");
            let next = place(&mut line, came + 2_000 * MS).map(|piece| piece.samples.len());
            assert!(next.is_some_and(|samples| samples <= sound(3_010).len()), "the sound goes on after {stamped}");
        }
        let mut line = Timeline::default();
        place(&mut line, 0).unwrap();
        let filled = line.fill(hour, true).unwrap();
        assert_eq!(filled.samples.len(), sound(3_000).len(), "a machine that stood still owes no hour of silence");
        assert_eq!(line.end_ns(), Some(hour));
        assert_eq!(line.gap_ms(), 3_600_000 - 10, "what is left out is counted all the same");
    }
}
