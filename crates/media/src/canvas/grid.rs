//! Which slot of the frame grid a picture belongs to. Pure.

use crate::source::FAR_OFF_NS;

/// Frames of the canvas lie on a grid: slot `n` is at `n * frame_ns`, running time.
///
/// A picture keeps its slot while it is less than three quarters of a frame off, not half: a camera whose pictures
/// fall on the border between two slots would otherwise alternate between doubled and dropped frames.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    fps: u64,
    last: Option<u64>,
    last_was_repeat: bool,
    /// The first slot after the last break.
    resumed: u64,
}

/// What to do with a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Repeat the previous picture for the slots `from..slot`, then put this one into `slot`.
    Fill { from: u64, slot: u64 },
    /// The source is faster than the canvas.
    Surplus,
    /// Its slot was already filled by a repeat: it came too late.
    Late,
    /// From before a break: what nobody took then.
    Old,
    /// It is stamped with a time that is far ahead: nothing is waited for it.
    FarAhead,
}

const NS: u64 = 1_000_000_000;
/// Seconds made up for at most. More than this is a break, not a gap: the computer slept, and nothing is repeated for it.
const LONGEST_FILL_S: u64 = 3;

impl Grid {
    pub(crate) fn new(fps: u32) -> Self {
        Self { fps: u64::from(fps.max(1)), last: None, last_was_repeat: false, resumed: 0 }
    }

    /// Running time of a slot, nanoseconds; rounded down, so that errors never add up.
    pub(crate) fn slot_ns(&self, slot: u64) -> u64 {
        (u128::from(slot) * u128::from(NS) / u128::from(self.fps)) as u64
    }

    /// The slot that runs at `running_ns`.
    fn slot_of(&self, running_ns: u64) -> u64 {
        (u128::from(running_ns) * u128::from(self.fps) / u128::from(NS)) as u64
    }

    pub(crate) fn frame_ns(&self) -> u64 {
        NS / self.fps
    }

    /// Places a picture captured at `running_ns`, as it is said to be, that came at `now_ns`.
    pub(crate) fn place(&mut self, running_ns: u64, now_ns: u64) -> Place {
        if running_ns > now_ns.saturating_add(FAR_OFF_NS) {
            return Place::FarAhead;
        }
        let Some(last) = self.last else {
            let slot = self.slot_of(running_ns + self.frame_ns() / 2);
            self.took(slot, false);
            return Place::Fill { from: slot, slot };
        };
        let next = last + 1;
        let (frame, tolerance) = (i128::from(self.frame_ns()), i128::from(self.frame_ns()) * 3 / 4);
        let off = i128::from(running_ns) - i128::from(self.slot_ns(next));
        if off < -tolerance {
            return match self.last_was_repeat {
                _ if running_ns < self.slot_ns(self.resumed) => Place::Old,
                true => Place::Late,
                false => Place::Surplus,
            };
        }
        let ahead = if off <= tolerance { 0 } else { ((off - tolerance + frame - 1) / frame) as u64 };
        let slot = next + ahead;
        let from = self.after_break(next, slot);
        self.took(slot, false);
        Place::Fill { from, slot }
    }

    /// The next slot, if it is overdue at `now_ns` by more than `patience_ns`: it has to be filled without a picture.
    pub(crate) fn overdue(&mut self, now_ns: u64, patience_ns: u64) -> Option<u64> {
        let next = self.last.map_or_else(|| self.slot_of(now_ns), |last| last + 1);
        if now_ns < self.slot_ns(next) + patience_ns {
            return None;
        }
        let newest = self.slot_of(now_ns.saturating_sub(patience_ns));
        let slot = self.after_break(next, newest);
        self.took(slot, true);
        Some(slot)
    }

    /// Somebody else's pictures follow. Those of the first moment may lie before what is filled already; nobody lost them.
    pub(crate) fn another_pace(&mut self) {
        self.last_was_repeat = false;
    }

    /// Nanoseconds until [`Self::overdue`] has to be asked again.
    pub(crate) fn due_in(&self, now_ns: u64, patience_ns: u64) -> u64 {
        let next = self.last.map_or(0, |last| last + 1);
        (self.slot_ns(next) + patience_ns).saturating_sub(now_ns)
    }

    /// The first slot to fill where `next` is due and `newest` is there.
    fn after_break(&mut self, next: u64, newest: u64) -> u64 {
        if newest.saturating_sub(next) <= LONGEST_FILL_S * self.fps {
            return next;
        }
        self.resumed = newest;
        newest
    }

    fn took(&mut self, slot: u64, repeat: bool) {
        self.last = Some(slot);
        self.last_was_repeat = repeat;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds pictures at these times and returns the filled slots, a repeat as a negative number.
    fn run(fps: u32, times_ns: impl IntoIterator<Item = u64>) -> Vec<i64> {
        let mut grid = Grid::new(fps);
        let mut slots = Vec::new();
        for at in times_ns {
            if let Place::Fill { from, slot } = grid.place(at, at) {
                slots.extend((from..slot).map(|s| -(s as i64)));
                slots.push(slot as i64);
            }
        }
        slots
    }

    #[test]
    fn a_source_at_the_canvas_rate_is_neither_doubled_nor_dropped() {
        let frame = NS / 30;
        let jitter = [0i64, 7, -9, 3, 8, -6, 10, -10, 2, -4];
        for phase_ms in 0..33u64 {
            let times = (0..300u64).map(|n| {
                let wobble = jitter[(n % 10) as usize] * 700_000;
                (NS + n * frame + phase_ms * 1_000_000).saturating_add_signed(wobble)
            });
            let slots = run(30, times);
            let repeats = slots.iter().filter(|s| **s < 0).count();
            // The first picture fixes the phase; at worst one correction follows when it was the most off.
            assert!(repeats <= 1 && slots.len() >= 299, "phase {phase_ms}: {repeats} repeats, {} slots", slots.len());
        }
    }

    #[test]
    fn a_slow_source_is_filled_up_and_a_fast_one_thinned_out() {
        let slow = run(30, (0..250u64).map(|n| NS + n * NS / 25));
        assert!((297..=301).contains(&slow.len()), "10 s at 25 fps are 300 slots, got {}", slow.len());
        let fast = run(30, (0..600u64).map(|n| NS + n * NS / 60));
        assert!((299..=302).contains(&fast.len()), "10 s at 60 fps are 300 slots, got {}", fast.len());
        assert!(fast.iter().all(|s| *s > 0), "nothing has to be repeated");
    }

    #[test]
    fn every_slot_is_filled_once_in_order() {
        let mut grid = Grid::new(30);
        let mut seen = Vec::new();
        for step in 0..3000u64 {
            let now = NS + step * 4_000_000;
            while let Some(slot) = grid.overdue(now, 60_000_000) {
                seen.push(slot);
            }
            if step % 50 < 20
                && step % 9 == 0
                && let Place::Fill { from, slot } = grid.place(now, now)
            {
                seen.extend(from..=slot);
            }
        }
        assert!(seen.windows(2).all(|w| w[1] == w[0] + 1), "no slot twice, none left out");
    }

    #[test]
    fn a_picture_whose_slot_was_repeated_is_late() {
        let mut grid = Grid::new(30);
        assert!(matches!(grid.place(NS, NS), Place::Fill { .. }));
        assert_eq!(grid.overdue(NS + 200_000_000, 60_000_000), Some(31));
        assert_eq!(grid.overdue(NS + 200_000_000, 60_000_000), Some(32));
        assert_eq!(grid.place(NS + 33_000_000, NS + 200_000_000), Place::Late);
    }

    #[test]
    fn pictures_of_another_source_that_come_behind_the_clock_are_not_lost_ones() {
        let mut grid = Grid::new(30);
        assert_eq!(grid.overdue(NS, 0), Some(30), "the clock fills its slot at once");
        grid.another_pace();
        assert_eq!(grid.place(NS - 40_000_000, NS), Place::Surplus);
        assert_eq!(grid.place(NS + 33_333_334, NS + 60_000_000), Place::Fill { from: 31, slot: 31 });
    }

    #[test]
    fn a_time_far_off_takes_no_slot_that_others_need() {
        // (stamped, came, taken as), each after a picture at one second.
        let table = [
            (NS + 3 * NS, NS + NS, Place::Fill { from: 31, slot: 120 }),
            (NS + 4 * NS, NS + NS, Place::FarAhead),
            (3600 * NS, NS + NS, Place::FarAhead),
            (u64::MAX, NS + NS, Place::FarAhead),
            (0, NS + NS, Place::Surplus),
        ];
        for (stamped, came, want) in table {
            let mut grid = Grid::new(30);
            assert_eq!(grid.place(NS, NS), Place::Fill { from: 30, slot: 30 });
            assert_eq!(grid.place(stamped, came), want, "{stamped} at {came}");
        }
        let mut grid = Grid::new(30);
        grid.place(NS, NS);
        grid.place(3600 * NS, NS + 33_333_334);
        let next = grid.place(NS + 66_666_667, NS + 66_666_667);
        assert_eq!(next, Place::Fill { from: 31, slot: 32 }, "the picture goes on");
    }

    #[test]
    fn three_seconds_are_made_up_for_at_any_rate_and_more_is_a_break() {
        for fps in [24u32, 30, 60] {
            for (missed, made_up) in
                [(2 * u64::from(fps), true), (3 * u64::from(fps), true), (3 * u64::from(fps) + 1, false)]
            {
                let mut grid = Grid::new(fps);
                let Place::Fill { slot: first, .. } = grid.place(NS, NS) else {
                    panic!("the first picture has a slot")
                };
                let slot = first + 1 + missed;
                let at = grid.slot_ns(slot) + 1;
                let from = if made_up { first + 1 } else { slot };
                assert_eq!(grid.place(at, at), Place::Fill { from, slot }, "{missed} slots at {fps} fps");
            }
        }
    }

    #[test]
    fn nothing_is_made_up_for_a_sleep_and_what_comes_of_it_afterwards_is_old() {
        let woken = NS + 12 * NS;
        for by_clock in [true, false] {
            let mut grid = Grid::new(30);
            grid.place(NS, NS);
            if by_clock {
                assert_eq!(grid.overdue(woken + 60_000_000, 60_000_000), Some(390));
            } else {
                assert_eq!(grid.place(woken, woken), Place::Fill { from: 390, slot: 390 });
            }
            assert_eq!(grid.place(6 * NS, woken), Place::Old, "by the clock: {by_clock}");
            let next = woken + 33_333_334;
            assert_eq!(grid.place(next, next), Place::Fill { from: 391, slot: 391 }, "by the clock: {by_clock}");
        }
    }
}
