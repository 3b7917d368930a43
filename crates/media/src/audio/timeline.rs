//! Puts the pieces of one input on an unbroken line of samples, in the program's time. Pure.

use super::{
    CHANNELS, RATE,
    declick::Declick,
    drift::{Drift, Follow},
    resample::Resampler,
};
use crate::source::FAR_OFF_NS;

/// Silence put in at once, at most; what is missing beyond it (the whole machine stood still) is left out of the line.
pub(super) const LONGEST_SILENCE_NS: u64 = 3_000_000_000;
/// A piece longer than this is cut: nobody captures so much at once.
const LONGEST_PIECE: usize = 3 * RATE as usize * CHANNELS;
const NS: u64 = 1_000_000_000;

/// The line. Position counts frames (one sample of every channel) since running time 0.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// None until the first piece or silence.
    position: Option<u64>,
    gap_frames: u64,
    /// Pieces stamped with a time far ahead, taken as of when they came.
    jumps: u64,
    /// False where the next piece follows nothing and is placed by its time alone.
    following: bool,
    /// The next correction was asked for and is no gap.
    moved: bool,
    drift: Drift,
    resampler: Resampler,
    join: Declick,
}

/// Sound in its place: samples and the frame of the first.
#[derive(Debug, PartialEq)]
pub(super) struct Piece {
    pub frame: u64,
    pub samples: Vec<f32>,
}

impl Piece {
    /// Running time of the first sample, nanoseconds.
    pub(super) fn at_ns(&self) -> u64 {
        nanoseconds(self.frame)
    }
}

impl Timeline {
    /// Takes a piece captured at `at_ns`, as it is said to be, that came at `now_ns`, and returns what follows on the line:
    /// silence first where there was a gap, the piece cut short where it overlaps.
    pub(super) fn place(&mut self, samples: &[f32], at_ns: u64, now_ns: u64) -> Option<Piece> {
        let samples = samples.get(..LONGEST_PIECE).unwrap_or(samples);
        let far_ahead = at_ns > now_ns.saturating_add(FAR_OFF_NS);
        self.jumps += u64::from(far_ahead);
        let captured_ns = if far_ahead { now_ns } else { at_ns };
        let position = self.reach(frames(captured_ns));
        let captured = captured_ns as f64 * f64::from(RATE) / NS as f64;
        let off_s = (captured - position as f64 - self.resampler.held()) / f64::from(RATE);
        let length_s = (samples.len() / CHANNELS) as f64 / f64::from(RATE);
        let follow = if self.following { self.drift.hear(off_s, length_s) } else { Follow::Anew };
        match follow {
            Follow::At(speed) => {
                if self.drift.engaged() && !self.resampler.engaged() {
                    self.resampler.engage();
                }
                let mut line = Vec::with_capacity(samples.len() + 8 * CHANNELS);
                self.resampler.process(samples, speed, &mut line);
                self.join.process(&mut line);
                self.emit(position, line)
            }
            Follow::Anew => self.place_anew(samples, frames(captured_ns), position),
        }
    }

    /// Puts a piece exactly where its time says, as far as that is not taken.
    fn place_anew(&mut self, samples: &[f32], captured: u64, position: u64) -> Option<Piece> {
        let missing = captured.saturating_sub(position);
        let taken = usize::try_from(position.saturating_sub(captured)).ok()?.checked_mul(CHANNELS)?;
        let take = samples.get(taken..).unwrap_or_default();
        if take.is_empty() {
            return None;
        }
        self.resampler.reset();
        let mut line = Vec::with_capacity(samples.len());
        if missing > 0 {
            self.gap_frames += if self.moved { 0 } else { missing };
            if self.following {
                self.join.broken();
            }
            line.resize(usize::try_from(missing).ok()?.checked_mul(CHANNELS)?, 0.0);
            self.join.process(&mut line);
        }
        self.moved = false;
        self.following = true;
        self.drift.placed();
        let silent = line.len();
        let speed = 1.0;
        self.resampler.process(take, speed, &mut line);
        self.join.broken();
        self.join.process(line.get_mut(silent..).unwrap_or_default());
        self.emit(position, line)
    }

    /// Silence up to `until_ns`, for a microphone that delivers nothing. `counted` if somebody expected sound.
    #[cfg(test)]
    pub(super) fn fill(&mut self, until_ns: u64, counted: bool) -> Option<Piece> {
        self.fill_to(frames(until_ns), counted)
    }

    /// Silence up to the frame `until`, likewise.
    pub(super) fn fill_to(&mut self, until: u64, counted: bool) -> Option<Piece> {
        let position = self.reach(until);
        let missing = until.checked_sub(position).filter(|n| *n > 0)?;
        if counted {
            self.gap_frames += missing;
        }
        if std::mem::take(&mut self.following) {
            self.join.broken();
        }
        let mut silence = vec![0.0; usize::try_from(missing).ok()?.checked_mul(CHANNELS)?];
        self.join.process(&mut silence);
        self.emit(position, silence)
    }

    /// The next piece belongs somewhere else than what came before, because somebody wants it so.
    pub(super) fn move_next(&mut self) {
        if self.following {
            self.join.broken();
        }
        self.moved = true;
        self.following = false;
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
    pub(super) fn jumps(&self) -> u64 {
        self.jumps
    }

    /// Where the line ends, frames.
    pub(super) fn end(&self) -> Option<u64> {
        self.position
    }

    /// Silence put in for sound that did not come, milliseconds.
    pub(super) fn gap_ms(&self) -> u64 {
        self.gap_frames * 1000 / u64::from(RATE)
    }

    /// The clock of the device against the program's.
    pub(super) fn drift(&self) -> &Drift {
        &self.drift
    }

    fn emit(&mut self, position: u64, samples: Vec<f32>) -> Option<Piece> {
        if samples.is_empty() {
            return None;
        }
        self.position = Some(position + (samples.len() / CHANNELS) as u64);
        Some(Piece { frame: position, samples })
    }
}

/// Whole frames until a time in nanoseconds.
pub(super) fn frames(ns: u64) -> u64 {
    (u128::from(ns) * u128::from(RATE) / u128::from(NS)) as u64
}

/// The time of a frame, nanoseconds.
pub(super) fn nanoseconds(frames: u64) -> u64 {
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
            assert!(end.is_none_or(|e: u64| piece.at_ns().abs_diff(e) < 30_000), "pieces follow each other");
            end = Some(piece.at_ns() + 10 * MS);
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
        assert_eq!(line.end().map(nanoseconds), Some(320 * MS));
    }

    #[test]
    fn sound_that_comes_after_its_silence_is_cut_not_added() {
        let mut line = Timeline::default();
        place(&mut line, 0).unwrap();
        line.fill(510 * MS, true).unwrap();
        assert_eq!(place(&mut line, 10 * MS), None, "its place is taken");
        assert_eq!(line.end().map(nanoseconds), Some(510 * MS));
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
        assert_eq!(line.end().map(nanoseconds), Some(hour));
        assert_eq!(line.gap_ms(), 3_600_000 - 10, "what is left out is counted all the same");
    }

    #[test]
    fn a_jump_asked_for_is_no_gap_and_has_no_step() {
        let mut line = Timeline::default();
        let mut heard = place(&mut line, 0).unwrap().samples;
        line.move_next();
        heard.extend(line.place(&sound(10), 210 * MS, 10 * MS).unwrap().samples);
        line.move_next();
        heard.extend(line.place(&sound(300), 20 * MS, 20 * MS).unwrap().samples);
        assert_eq!(line.gap_ms(), 0);
        assert_eq!(line.end(), Some(320 * 48), "each lies where its time says");
        let step = heard.windows(4).map(|w| (w[2] - w[0]).abs()).fold(0.0, f32::max);
        assert!(step < 0.01, "{step} is a click");
    }

    #[test]
    fn sound_that_comes_back_lies_exactly_where_its_time_says() {
        let mut line = Timeline::default();
        place(&mut line, 0).unwrap();
        line.fill(500 * MS, true).unwrap();
        let piece = place(&mut line, 495 * MS).unwrap();
        assert_eq!(piece.samples.len(), sound(5).len(), "what overlaps the silence is cut, not pushed back");
        assert_eq!(line.end(), Some(505 * 48));
    }

    #[test]
    fn a_source_that_slips_is_told_by_how_much_until_it_is_caught_up_with() {
        let mut line = Timeline::default();
        let mut told = Vec::new();
        for n in 0..9_000u64 {
            // Three seconds in, all that follows was captured 15 ms later than it would have been: too little to be a gap.
            let at = 1_000 * MS + n * 10 * MS + if n >= 300 { 15 * MS } else { 0 };
            place(&mut line, at).unwrap();
            told.push(line.drift().off_ms());
        }
        assert!(told[299].abs() < 0.5, "{} ms before", told[299]);
        let most = told.iter().copied().fold(0.0, f32::max);
        assert!((8.0..15.5).contains(&most), "{most} ms is what a listener hears too early");
        assert!(told[8_999].abs() < 1.0, "{} ms a minute and a half later", told[8_999]);
        assert_eq!(line.gap_ms(), 0);
    }
}
