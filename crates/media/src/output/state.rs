//! What is counted of one destination, over all its connections.

use super::pipeline::Attempt;
use crate::OutputPhase;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// A connected server that takes nothing for this long is treated as gone.
pub(super) const STUCK: Duration = Duration::from_secs(8);

pub(super) struct State {
    pub phase: OutputPhase,
    /// Of connections that are over.
    pub sent_before: u64,
    pub sent_now: u64,
    pub bitrate_bps: u64,
    pub reconnects: u32,
    pub down: Duration,
    pub down_since: Option<Instant>,
    pub queue_ms: u64,
    pub dropped_before: u64,
    pub dropped_now: u64,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            phase: OutputPhase::Connecting,
            sent_before: 0,
            sent_now: 0,
            bitrate_bps: 0,
            reconnects: 0,
            down: Duration::ZERO,
            down_since: None,
            queue_ms: 0,
            dropped_before: 0,
            dropped_now: 0,
        }
    }

    /// Time it has been down; begins to count the first time.
    pub(super) fn mark_down(&mut self) -> Duration {
        self.bitrate_bps = 0;
        self.down_since.get_or_insert_with(Instant::now).elapsed()
    }

    pub(super) fn mark_up(&mut self) {
        self.down += self.down_since.take().map(|since| since.elapsed()).unwrap_or_default();
    }

    pub(super) fn connection_runs(&mut self, sent: u64, bitrate: Option<u64>, attempt: &Attempt) {
        self.sent_now = sent;
        self.bitrate_bps = bitrate.unwrap_or(self.bitrate_bps);
        self.queue_ms = attempt.feed.level_ms();
        self.dropped_now = attempt.feed.dropped.load(Ordering::Relaxed);
    }

    pub(super) fn connection_over(&mut self, attempt: &Attempt) {
        self.sent_before += attempt.sent_bytes().max(self.sent_now);
        self.dropped_before += attempt.feed.dropped.load(Ordering::Relaxed);
        (self.sent_now, self.dropped_now, self.queue_ms, self.bitrate_bps) = (0, 0, 0, 0);
    }
}

/// Watches that bytes flow.
pub(super) struct Progress {
    bytes: u64,
    moved: Instant,
    second: (Instant, u64),
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { bytes: 0, moved: Instant::now(), second: (Instant::now(), 0) }
    }

    /// Bits a second, once a second.
    pub(super) fn update(&mut self, bytes: u64) -> Option<u64> {
        if bytes != self.bytes {
            (self.bytes, self.moved) = (bytes, Instant::now());
        }
        let (since, before) = self.second;
        let elapsed = since.elapsed();
        (elapsed >= Duration::from_secs(1)).then(|| {
            self.second = (Instant::now(), bytes);
            (bytes.saturating_sub(before) as f64 * 8.0 / elapsed.as_secs_f64()) as u64
        })
    }

    pub(super) fn stuck(&self) -> bool {
        self.moved.elapsed() > STUCK
    }
}
