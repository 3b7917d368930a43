//! Which bitrate the shared encode gets, from how the primary destination takes it. Pure.
//!
//! Only one destination may steer: what others can't take is dropped in their own queues, so that one bad line does not
//! make every viewer's picture worse.

use std::time::Duration;

/// A queue this long means that the link does not take what is sent. Encoders follow within a second or two, in which it goes
/// on growing: asked at 400 it came to the 2 s at which pictures are dropped.
const FULL_MS: u64 = 300;
/// A queue this short means that it does.
const EMPTY_MS: u64 = 100;
/// Share of the measured throughput that is aimed at; the rest empties the queue.
const AIM: f64 = 0.8;
/// One second tells little about a link, so that a step never goes below this share of the bitrate before.
const LARGEST_STEP: f64 = 1.0 / 3.0;
/// After a step down the queue needs time to empty before it tells anything.
const HOLD: Duration = Duration::from_secs(3);
/// A queue that came down to this share of its longest since the last step is emptying: the step was enough.
const EMPTYING: f64 = 0.75;
const CLIMB_EVERY: Duration = Duration::from_secs(2);
const CLIMB: f64 = 1.05;

/// Between which bitrates of the picture it may choose, and what the sound takes beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub floor_bps: u32,
    pub ceiling_bps: u32,
    pub sound_bps: u32,
}

impl Limits {
    /// From what was asked for. Below a fifth, or 200 kbit/s, a picture is not worth sending.
    pub(crate) fn of(video_bps: u32, sound_bps: u32) -> Self {
        Self { floor_bps: (video_bps / 5).max(200_000).min(video_bps), ceiling_bps: video_bps, sound_bps }
    }
}

/// A receiver that misses more than this share has a way that is too narrow, not one with a click in it.
pub(crate) const LOSSY: f32 = 0.1;
/// And one that misses less than this has room.
pub(crate) const HARDLY_LOSSY: f32 = 0.02;

/// What a receiver reports of the way to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FarSide {
    /// Share of the packets that never came, 0 to 1.
    pub loss: f32,
    pub rtt_ms: Option<f64>,
}

/// Finds out how long packets wait on the way: what a round trip takes above the shortest of the last while. Ways change, so
/// that one of long ago says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OnTheWay {
    /// The shortest since `since`, and of the stretch before, milliseconds.
    least_ms: [Option<f64>; 2],
    since: Duration,
}

/// The shortest round trip is that of one to two such stretches.
const WAY: Duration = Duration::from_secs(15);

impl OnTheWay {
    /// Milliseconds; `at` as in [`Seen`].
    pub(crate) fn wait_ms(&mut self, at: Duration, rtt_ms: Option<f64>) -> u64 {
        let Some(rtt_ms) = rtt_ms.filter(|ms| ms.is_finite() && *ms > 0.0) else { return 0 };
        if at.saturating_sub(self.since) >= WAY {
            self.least_ms = [None, self.least_ms[0]];
            self.since = at;
        }
        let now = self.least_ms[0].map_or(rtt_ms, |least| least.min(rtt_ms));
        self.least_ms[0] = Some(now);
        (rtt_ms - self.least_ms[1].map_or(now, |before| before.min(now))) as u64
    }
}

/// What is known of the primary destination at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// Since any fixed moment.
    pub at: Duration,
    /// What left over the last second, picture and sound.
    pub throughput_bps: u64,
    /// What waits: here, or on the way where the receiver tells.
    pub queue_ms: u64,
    /// Share of what left that never came, 0 to 1; 0 where what is lost is sent again until it comes.
    pub loss: f32,
}

/// Decides the bitrate of the picture.
#[derive(Clone, Debug)]
pub(crate) struct Controller {
    limits: Limits,
    target_bps: u32,
    /// Nothing changes before.
    hold_until: Duration,
    /// No step up before.
    climb_at: Duration,
    /// The longest queue since it was empty or a step down was made, milliseconds.
    longest_ms: u64,
}

impl Controller {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            target_bps: limits.ceiling_bps,
            hold_until: Duration::ZERO,
            climb_at: Duration::ZERO,
            longest_ms: 0,
        }
    }

    pub(crate) fn target_bps(&self) -> u32 {
        self.target_bps
    }

    /// The new bitrate, where it changes.
    pub(crate) fn see(&mut self, seen: Seen) -> Option<u32> {
        self.longest_ms = if seen.queue_ms < EMPTY_MS { 0 } else { self.longest_ms.max(seen.queue_ms) };
        if seen.at < self.hold_until {
            return None;
        }
        let next = if seen.queue_ms > FULL_MS || seen.loss > LOSSY {
            self.climb_at = seen.at + CLIMB_EVERY;
            if seen.loss <= LOSSY && (seen.queue_ms as f64) < self.longest_ms as f64 * EMPTYING {
                return None;
            }
            // A link that takes nothing at all is not slow but broken, which is not the encoder's to mend.
            let came_bps = (seen.throughput_bps as f64 * f64::from(1.0 - seen.loss)) as u64;
            (seen.throughput_bps > 0).then(|| self.lower(came_bps))?
        } else if seen.queue_ms < EMPTY_MS && seen.loss < HARDLY_LOSSY && seen.at >= self.climb_at {
            self.climb_at = seen.at + CLIMB_EVERY;
            (f64::from(self.target_bps) * CLIMB) as u32
        } else {
            return None;
        };
        let next = next.clamp(self.limits.floor_bps, self.limits.ceiling_bps);
        if next < self.target_bps {
            self.hold_until = seen.at + HOLD;
            self.longest_ms = 0;
            self.climb_at = seen.at + HOLD + CLIMB_EVERY;
        }
        (next != self.target_bps).then(|| {
            self.target_bps = next;
            next
        })
    }

    /// Never above the bitrate now: a queue that is long for another reason must not raise it.
    fn lower(&self, throughput_bps: u64) -> u32 {
        let room = throughput_bps as f64 * AIM - f64::from(self.limits.sound_bps);
        let least = f64::from(self.target_bps) * LARGEST_STEP;
        (room.max(least) as u32).min(self.target_bps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { floor_bps: 300_000, ceiling_bps: 1_500_000, sound_bps: 100_000 };

    fn seen(at_ms: u64, throughput_bps: u64, queue_ms: u64) -> Seen {
        Seen { at: Duration::from_millis(at_ms), throughput_bps, queue_ms, loss: 0.0 }
    }

    #[test]
    fn the_bitrate_follows_what_the_link_takes() {
        // What is seen, and what the encoder is told.
        let table: &[(Seen, Option<u32>)] = &[
            (seen(0, 1_600_000, 0), None),
            (seen(500, 1_600_000, 300), None),
            (seen(1_000, 900_000, 450), Some(620_000)),
            // Held, whatever happens.
            (seen(1_500, 900_000, 900), None),
            (seen(3_900, 100_000, 1_900), None),
            // After three seconds it is shorter, though far from empty; then it grows again.
            (seen(4_000, 500_000, 900), None),
            (seen(4_500, 700_000, 1_600), Some(460_000)),
            (seen(7_000, 560_000, 50), None),
            (seen(9_500, 560_000, 50), Some(483_000)),
            (seen(10_500, 560_000, 0), None),
            (seen(11_500, 560_000, 0), Some(507_150)),
            (seen(13_500, 560_000, 200), None),
        ];
        let mut controller = Controller::new(LIMITS);
        for (seen, want) in table {
            assert_eq!(controller.see(*seen), *want, "{seen:?}");
        }
    }

    #[test]
    fn it_stays_between_floor_and_ceiling_and_falls_in_steps() {
        let mut controller = Controller::new(LIMITS);
        assert_eq!(controller.see(seen(0, 1, 2_000)), Some(500_000), "never below a third at once");
        assert_eq!(controller.see(seen(3_000, 1, 2_000)), Some(300_000));
        assert_eq!(controller.see(seen(6_000, 1, 2_000)), None, "the floor");
        assert_eq!(controller.see(seen(9_000, 0, 2_000)), None, "a link that takes nothing is broken, not slow");
        let mut last = 300_000;
        for at in (11_000..200_000).step_by(500) {
            last = controller.see(seen(at, 5_000_000, 0)).unwrap_or(last);
        }
        assert_eq!(last, 1_500_000);
        assert_eq!(controller.see(seen(300_000, 5_000_000, 0)), None, "the ceiling");
    }

    #[test]
    fn a_queue_that_is_long_on_a_fast_link_changes_nothing() {
        let mut controller = Controller::new(LIMITS);
        assert_eq!(controller.see(seen(0, 8_000_000, 1_500)), None);
        assert_eq!(controller.target_bps(), 1_500_000);
    }

    #[test]
    fn limits_are_sane_for_every_bitrate() {
        for video_bps in [50_000, 200_000, 800_000, 4_000_000, 20_000_000] {
            let limits = Limits::of(video_bps, 96_000);
            assert!(limits.floor_bps <= limits.ceiling_bps && limits.ceiling_bps == video_bps, "{limits:?}");
        }
    }

    #[test]
    fn what_a_receiver_misses_lowers_the_bitrate_and_keeps_it_from_climbing() {
        let lossy = |at_ms, loss| Seen { loss, ..seen(at_ms, 1_500_000, 0) };
        let table: &[(Seen, Option<u32>)] = &[
            (lossy(0, 0.0), None),
            (lossy(500, 0.1), None),
            // 1,500 left, 900 came.
            (lossy(1_000, 0.4), Some(620_000)),
            (lossy(3_000, 0.9), None),
            (lossy(5_900, 0.0), None),
            (lossy(6_000, 0.05), None),
            (lossy(8_000, 0.01), Some(651_000)),
            (lossy(9_000, 1.0), Some(300_000)),
        ];
        let mut empties = Controller::new(LIMITS);
        empties.see(seen(0, 0, 500));
        let lossy_and_emptying = Seen { loss: 0.4, ..seen(500, 1_500_000, 150) };
        assert_eq!(
            empties.see(lossy_and_emptying),
            Some(620_000),
            "what is lost counts, however short the queue becomes"
        );
        let mut controller = Controller::new(LIMITS);
        for (seen, want) in table {
            assert_eq!(controller.see(*seen), *want, "{seen:?}");
        }
    }

    #[test]
    fn packets_wait_on_the_way_for_what_a_round_trip_takes_above_the_shortest() {
        let mut way = OnTheWay::default();
        let mut wait = |at_s, rtt_ms| way.wait_ms(Duration::from_secs(at_s), rtt_ms);
        let trips = [None, Some(40.0), Some(35.0), Some(420.0), Some(f64::NAN), Some(0.0), Some(36.0)];
        assert_eq!(trips.map(|rtt| wait(1, rtt)), [0, 0, 0, 385, 0, 0, 1]);
        // Another way, which takes longer for good: known as such within half a minute.
        let later = [(14, 165), (16, 165), (30, 165), (32, 0), (40, 0)];
        assert_eq!(later.map(|(at_s, _)| wait(at_s, Some(200.0))), later.map(|(_, ms)| ms));
        assert_eq!(wait(41, Some(36.0)), 0, "back on the short one");
    }
}
