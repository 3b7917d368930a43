//! When to read what: seldom, only what is held still, and not at all while the machine is behind.

use std::collections::HashMap;

/// A thing in the picture that could be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    pub track_id: u32,
    /// How long it has been held still, up to this frame.
    pub still_ms: u64,
    /// It is pinned, and it is known which variant it is: a reading would change nothing.
    pub settled: bool,
}

/// Held still at least this long: what is being moved is blurred, and gone before it is read.
const STILL_MS: u64 = 400;

/// Readings of one thing, and the least time between two of them. What three readings did not show is not to be read.
const MOST_READINGS: u32 = 3;
const AGAIN_MS: u64 = 1500;

/// After each reading so many times as long as it took nothing is read: reading takes a fifth of one core at most.
const REST: u64 = 4;

/// Frames further apart than this, on average, show that the machine is behind: looking comes before reading. It is taken up
/// again a little below, so that it does not go on and off.
const BEHIND_MS: f32 = 320.0;
const CAUGHT_UP_MS: f32 = 220.0;

/// Share of the newest gap in the mean, and a gap that is a pause and no load.
const FOLLOW: f32 = 0.15;
const PAUSE_MS: u64 = 3_000;

/// Chooses. Pure: times are those of the frames, in ms of their own clock.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    readings: HashMap<u32, (u32, u64)>,
    free_at_ms: u64,
    last_frame_ms: Option<u64>,
    gap_ms: f32,
    behind: bool,
}

impl Pace {
    /// A frame was looked at.
    pub fn frame(&mut self, now_ms: u64) {
        let gap = self.last_frame_ms.map(|last| now_ms.saturating_sub(last));
        self.last_frame_ms = Some(now_ms);
        let Some(gap) = gap.filter(|gap| *gap < PAUSE_MS) else { return };
        self.gap_ms += (gap as f32 - self.gap_ms) * FOLLOW;
        self.behind = self.gap_ms > if self.behind { CAUGHT_UP_MS } else { BEHIND_MS };
    }

    /// What to read now, of things in the order of their importance.
    pub fn choose(&self, now_ms: u64, candidates: &[Candidate]) -> Option<u32> {
        if self.behind || now_ms < self.free_at_ms {
            return None;
        }
        let due = |candidate: &&Candidate| {
            let (count, last_ms) = self.readings.get(&candidate.track_id).copied().unwrap_or_default();
            candidate.still_ms >= STILL_MS
                && !candidate.settled
                && count < MOST_READINGS
                && (count == 0 || now_ms.saturating_sub(last_ms) >= AGAIN_MS)
        };
        // What was never read comes first.
        let count = |candidate: &&Candidate| self.readings.get(&candidate.track_id).map_or(0, |(count, _)| *count);
        candidates.iter().filter(due).min_by_key(count).map(|candidate| candidate.track_id)
    }

    /// Reading of a thing begins.
    pub fn begun(&mut self, track_id: u32, now_ms: u64) {
        let (count, last_ms) = self.readings.entry(track_id).or_default();
        (*count, *last_ms) = (*count + 1, now_ms);
    }

    /// A reading that took so long is done.
    pub fn done(&mut self, now_ms: u64, took_ms: u64) {
        self.free_at_ms = now_ms + took_ms * REST;
    }

    /// A thing has left the picture.
    pub fn ended(&mut self, track_id: u32) {
        self.readings.remove(&track_id);
    }

    /// What was read counts no more, whatever it was read on.
    pub fn read_again(&mut self) {
        self.readings.clear();
    }

    /// Frames come too seldom; nothing is read.
    #[cfg(test)]
    fn is_behind(&self) -> bool {
        self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(track_id: u32) -> Candidate {
        Candidate { track_id, still_ms: 500, settled: false }
    }

    #[test]
    fn only_what_is_held_still_and_not_settled_is_read() {
        let pace = Pace::default();
        let moving = Candidate { still_ms: 200, ..still(1) };
        let settled = Candidate { settled: true, ..still(2) };
        assert_eq!(pace.choose(0, &[moving, settled]), None);
        assert_eq!(pace.choose(0, &[moving, settled, still(3), still(4)]), Some(3), "the more important one");
    }

    #[test]
    fn a_thing_is_read_three_times_with_rests_between() {
        let mut pace = Pace::default();
        let mut read_at = Vec::new();
        for now_ms in (0..60_000).step_by(125) {
            if let Some(track_id) = pace.choose(now_ms, &[still(1)]) {
                pace.begun(track_id, now_ms);
                pace.done(now_ms + 250, 250);
                read_at.push(now_ms);
            }
        }
        assert_eq!(read_at, [0, 1500, 3000]);
        pace.ended(1);
        assert_eq!(pace.choose(60_000, &[still(1)]), Some(1), "its number is another thing's now");
    }

    #[test]
    fn what_was_read_for_other_products_is_read_again_at_once() {
        let mut pace = Pace::default();
        (0..MOST_READINGS).for_each(|n| [1, 2].into_iter().for_each(|id| pace.begun(id, u64::from(n) * 2_000)));
        assert_eq!(pace.choose(9_000, &[still(1), still(2)]), None, "each was read as often as it may be");
        pace.read_again();
        assert_eq!(pace.choose(9_000, &[still(1), still(2)]), Some(1));
        pace.begun(1, 9_000);
        assert_eq!(pace.choose(9_000, &[still(1), still(2)]), Some(2));
    }

    #[test]
    fn reading_takes_a_fifth_of_the_time_at_most() {
        let mut pace = Pace::default();
        let (mut busy_ms, mut now_ms, mut next) = (0, 0, 0);
        while now_ms < 60_000 {
            // Always something new to read.
            if let Some(track_id) = pace.choose(now_ms, &[still(next)]) {
                next += 1;
                pace.begun(track_id, now_ms);
                (busy_ms, now_ms) = (busy_ms + 300, now_ms + 300);
                pace.done(now_ms, 300);
            }
            now_ms += 50;
        }
        assert!((6_000..=12_500).contains(&busy_ms), "{busy_ms} of 60,000 ms");
    }

    #[test]
    fn a_machine_that_is_behind_reads_nothing_until_it_has_caught_up() {
        let mut pace = Pace::default();
        let run = |pace: &mut Pace, from_ms: u64, gap_ms: u64| {
            (1..=40).for_each(|step| pace.frame(from_ms + step * gap_ms));
            from_ms + 40 * gap_ms
        };
        let now_ms = run(&mut pace, 0, 125);
        assert_eq!((pace.is_behind(), pace.choose(now_ms, &[still(1)])), (false, Some(1)));
        let now_ms = run(&mut pace, now_ms, 500);
        assert_eq!((pace.is_behind(), pace.choose(now_ms, &[still(1)])), (true, None));
        let now_ms = run(&mut pace, now_ms, 280);
        assert!(pace.is_behind(), "a little better is not enough");
        let now_ms = run(&mut pace, now_ms, 150);
        assert!(!pace.is_behind());
        pace.frame(now_ms + 10_000);
        assert!(!pace.is_behind(), "a pause is no load");
    }
}
