//! What is counted of one destination, over all its connections.

use crate::{OutputPhase, feed::Feed};
use hawker_domain::reason::OutputWhy;
use std::{
    collections::VecDeque,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// A connected server that takes nothing for this long is treated as gone.
pub(super) const STUCK: Duration = Duration::from_secs(8);
/// Over which throughput is measured.
const SECOND: Duration = Duration::from_secs(1);

pub(super) struct State {
    pub phase: OutputPhase,
    /// Another worker goes on under the same name.
    pub handed_over: bool,
    /// Of connections that are over.
    pub sent_before: u64,
    pub sent_now: u64,
    pub pictures_before: u64,
    pub pictures_now: u64,
    pub bitrate_bps: u64,
    pub reconnects: u32,
    pub down: Duration,
    pub down_since: Option<Instant>,
    pub queue_ms: u64,
    pub dropped_before: u64,
    pub dropped_now: u64,
    pub missed: u64,
    pub rtt_ms: Option<f64>,
    pub packet_loss: Option<f32>,
    pub last_why: Option<(String, OutputWhy)>,
    pub sound_back: Option<Duration>,
    pub steered_bps: Option<u32>,
    /// It steers the bitrate of the encode that it shares.
    pub leads: bool,
}

/// What was read of a running connection. A sink may take its time to answer, so it is asked before the state is locked.
pub(super) struct Running {
    /// Bytes.
    pub sent: u64,
    pub bitrate_bps: u64,
    pub rtt_ms: Option<f64>,
    pub live: bool,
}

impl State {
    pub(super) fn new(leads: bool) -> Self {
        Self {
            phase: OutputPhase::Connecting,
            handed_over: false,
            sent_before: 0,
            sent_now: 0,
            pictures_before: 0,
            pictures_now: 0,
            bitrate_bps: 0,
            reconnects: 0,
            down: Duration::ZERO,
            down_since: None,
            queue_ms: 0,
            dropped_before: 0,
            dropped_now: 0,
            missed: 0,
            rtt_ms: None,
            packet_loss: None,
            last_why: None,
            sound_back: None,
            steered_bps: None,
            leads,
        }
    }

    /// Time it has been down; begins to count the first time.
    pub(super) fn mark_down(&mut self) -> Duration {
        self.bitrate_bps = 0;
        self.down_since.get_or_insert_with(Instant::now).elapsed()
    }

    /// As [`Self::mark_down`], for what was lost so long ago without anybody being awake to see it.
    pub(super) fn mark_slept(&mut self, length: Duration) -> Duration {
        let since = Instant::now().checked_sub(length).unwrap_or_else(Instant::now);
        self.down_since = Some(self.down_since.map_or(since, |known| known.min(since)));
        self.mark_down()
    }

    pub(super) fn mark_up(&mut self) {
        self.down += self.down_since.take().map(|since| since.elapsed()).unwrap_or_default();
    }

    pub(super) fn pictures(&self) -> u64 {
        self.pictures_before + self.pictures_now
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped_before + self.dropped_now
    }

    pub(super) fn connection_runs(&mut self, seen: &Running, feed: &Feed) {
        self.sent_now = seen.sent;
        self.bitrate_bps = seen.bitrate_bps;
        self.queue_ms = feed.level_ms();
        self.pictures_now = feed.pictures();
        // What a connection that is still being made does not take is not lost by a slow one.
        self.dropped_now = if seen.live { feed.dropped.load(Ordering::Relaxed) } else { 0 };
        self.rtt_ms = seen.rtt_ms;
    }

    /// `sent` is what went over the connection, bytes.
    pub(super) fn connection_over(&mut self, sent: u64) {
        self.sent_before += sent.max(self.sent_now);
        self.pictures_before += self.pictures_now;
        self.dropped_before += self.dropped_now;
        (self.sent_now, self.pictures_now, self.dropped_now, self.queue_ms, self.bitrate_bps) = (0, 0, 0, 0, 0);
        (self.rtt_ms, self.packet_loss) = (None, None);
    }
}

/// Watches that bytes flow.
pub(super) struct Progress {
    bytes: u64,
    moved: Instant,
    /// What had been sent when, over the last second.
    second: VecDeque<(Instant, u64)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { bytes: 0, moved: Instant::now(), second: VecDeque::new() }
    }

    /// Bits a second, over the last second.
    pub(super) fn update(&mut self, bytes: u64, now: Instant) -> u64 {
        if bytes != self.bytes {
            (self.bytes, self.moved) = (bytes, now);
        }
        self.second.push_back((now, bytes));
        let old =
            |seen: &VecDeque<(Instant, u64)>| seen.get(1).is_some_and(|(then, _)| now.duration_since(*then) >= SECOND);
        while old(&self.second) {
            self.second.pop_front();
        }
        let Some((then, before)) = self.second.front().copied() else { return 0 };
        // A connection that is younger than a second has its rate over a second all the same.
        let elapsed = now.duration_since(then).max(SECOND);
        (bytes.saturating_sub(before) as f64 * 8.0 / elapsed.as_secs_f64()) as u64
    }

    /// Nothing could flow until now.
    pub(super) fn excuse(&mut self) {
        self.moved = Instant::now();
    }

    pub(super) fn stuck(&self) -> bool {
        self.moved.elapsed() > STUCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_is_that_of_the_last_second() {
        let (mut progress, began) = (Progress::new(), Instant::now());
        let mut rates = Vec::new();
        for tick in 0..=60u64 {
            // 1,000 bytes every 50 ms, from the second second on 2,000.
            let bytes = tick * 1_000 + tick.saturating_sub(20) * 1_000;
            rates.push(progress.update(bytes, began + Duration::from_millis(tick * 50)));
        }
        assert_eq!((rates[0], rates[10], rates[20], rates[40], rates[60]), (0, 80_000, 160_000, 320_000, 320_000));
    }
}
