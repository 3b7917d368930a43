//! From a publisher's clock to show time.
//!
//! In: RTMP timestamps (ms, any origin, wrapping at 32 bits) and the show time that our encoder writes into keyframes.
//! Out: show time in ms that never goes back, across reconnects and restarts of the publisher.

use hawker_domain::ShowMs;
use std::time::Duration;

/// An RTMP timestamp that lies less than this behind its predecessor is out of order, otherwise it wrapped.
const HALF_RANGE: u32 = 1 << 31;
/// FLV timestamps are read as signed 32 bits by some players: 24 days of show.
const MAX_SHOW_MS: u64 = i32::MAX as u64;
/// A keyframe may disagree with the running count by this much (rounding of both clocks) without moving it.
const TOLERANCE_MS: i64 = 2;

/// Where the show times of a stream come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShowClock {
    /// Nothing has arrived yet.
    #[default]
    Unknown,
    /// The encoder writes show time into its keyframes.
    Encoder,
    /// A foreign encoder: counted from its first tag.
    Counted,
}

/// Where a stream has arrived; kept when its publisher goes, so that the next one continues.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reached {
    /// The last show time handed out, ms.
    pub last_ms: Option<u64>,
}

/// The mapping for one publisher's connection.
pub(super) struct Timeline {
    reached: Reached,
    unwrapped: Option<i64>,
    /// Show time minus publisher time, ms.
    offset_ms: Option<i64>,
    clock: ShowClock,
}

impl Timeline {
    pub fn continuing(reached: Reached) -> Self {
        Self { reached, unwrapped: None, offset_ms: None, clock: ShowClock::Unknown }
    }

    pub fn reached(&self) -> Reached {
        self.reached
    }

    pub fn clock(&self) -> ShowClock {
        self.clock
    }

    /// Show time of a keyframe. `carried` is what the encoder wrote into it: the time of the picture, which a player
    /// shows `composition_ms` after the tag's own time. `silence` is how long nothing had arrived before it.
    pub fn keyframe(&mut self, timestamp: u32, composition_ms: i32, carried: Option<ShowMs>, silence: Duration) -> u64 {
        let time = self.unwrap(timestamp);
        let last = self.reached.last_ms.map(|ms| ms as i64);
        match carried.filter(|carried| carried.0 <= MAX_SHOW_MS) {
            Some(carried) => {
                let offset = carried.0 as i64 - i64::from(composition_ms) - time;
                // Show time never goes back; an encoder that says so was restarted, and is counted on from here.
                let goes_back = last.is_some_and(|last| time + offset + 1_000 < last);
                if goes_back {
                    self.count_from(time, last, silence);
                } else if self.offset_ms.is_none_or(|now| (now - offset).abs() > TOLERANCE_MS) {
                    self.offset_ms = Some(offset);
                }
                self.clock = if goes_back { ShowClock::Counted } else { ShowClock::Encoder };
            }
            None if self.offset_ms.is_none() => {
                self.count_from(time, last, silence);
                self.clock = ShowClock::Counted;
            }
            None => {}
        }
        self.emit(time)
    }

    /// Show time of anything else; none before the first keyframe, since nothing can be placed before it.
    pub fn other(&mut self, timestamp: u32) -> Option<u64> {
        let time = self.unwrap(timestamp);
        self.offset_ms?;
        Some(self.emit(time))
    }

    fn count_from(&mut self, time: i64, last: Option<i64>, silence: Duration) {
        let from = last.map_or(0, |last| last + i64::try_from(silence.as_millis()).unwrap_or(0).max(1));
        if self.offset_ms.is_none_or(|offset| time + offset < from) {
            self.offset_ms = Some(from - time);
        }
    }

    fn emit(&mut self, time: i64) -> u64 {
        let show = (time + self.offset_ms.unwrap_or(0)).max(0) as u64;
        let show = show.max(self.reached.last_ms.unwrap_or(0)).min(MAX_SHOW_MS);
        self.reached.last_ms = Some(show);
        show
    }

    fn unwrap(&mut self, timestamp: u32) -> i64 {
        let time = match self.unwrapped {
            None => i64::from(timestamp),
            Some(before) => {
                let step = timestamp.wrapping_sub(before as u32);
                before + if step < HALF_RANGE { i64::from(step) } else { i64::from(step) - (1 << 32) }
            }
        };
        self.unwrapped = Some(time);
        time
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn the_encoders_show_time_wins_over_its_rtmp_clock() {
        let mut line = Timeline::continuing(Reached::default());
        assert_eq!(line.other(4_990), None, "audio before the first picture has no place");
        assert_eq!(line.keyframe(5_000, 40, Some(ShowMs(120_040)), NOW), 120_000);
        assert_eq!(line.other(5_021), Some(120_021));
        assert_eq!(line.clock(), ShowClock::Encoder);
    }

    #[test]
    fn without_it_the_first_keyframe_is_zero() {
        let mut line = Timeline::continuing(Reached::default());
        assert_eq!(line.keyframe(7_777, 0, None, NOW), 0);
        assert_eq!(line.other(7_810), Some(33));
        assert_eq!(line.clock(), ShowClock::Counted);
    }

    #[test]
    fn a_publisher_that_comes_back_continues_by_show_time() {
        let mut first = Timeline::continuing(Reached::default());
        first.keyframe(0, 0, Some(ShowMs(60_000)), NOW);
        first.other(500);
        let mut again = Timeline::continuing(first.reached());
        assert_eq!(again.keyframe(0, 0, Some(ShowMs(63_500)), Duration::from_secs(3)), 63_500);
    }

    #[test]
    fn a_foreign_publisher_that_comes_back_continues_after_the_silence() {
        let mut first = Timeline::continuing(Reached::default());
        first.keyframe(0, 0, None, NOW);
        first.other(500);
        let mut again = Timeline::continuing(first.reached());
        assert_eq!(again.keyframe(90_000, 0, None, Duration::from_millis(2_500)), 3_000);
    }

    #[test]
    fn time_never_goes_back_whatever_the_publisher_says() {
        let mut line = Timeline::continuing(Reached::default());
        let mut last = 0;
        for (time, carried) in [(0, Some(900_000)), (40, None), (20, None), (2_000, Some(5)), (2_040, None)] {
            let show = match carried {
                Some(ms) => line.keyframe(time, 0, Some(ShowMs(ms)), NOW),
                None => line.other(time).unwrap(),
            };
            assert!(show >= last, "{show} after {last}");
            last = show;
        }
    }

    #[test]
    fn the_32_bit_wrap_is_no_jump() {
        let mut line = Timeline::continuing(Reached::default());
        line.keyframe(u32::MAX - 9, 0, Some(ShowMs(1_000)), NOW);
        assert_eq!(line.other(10), Some(1_020));
        assert_eq!(line.other(5), Some(1_020), "a little out of order is held, not wrapped");
    }
}
