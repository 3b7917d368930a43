//! Looks at the disk of a recording while it is written, and warns once when little room is left.

use super::disk::{self, Level};
use crate::MediaEvent;
use std::time::{Duration, Instant};

/// What was seen of the disk so far.
#[derive(Default)]
pub(super) struct DiskWatch {
    level: Level,
    /// When it was looked at, and what had been recorded by then.
    before: Option<(Instant, u64)>,
    bytes_per_s: f64,
    pub left: Option<Duration>,
    /// Room is made right now.
    pub short: bool,
}

/// Share of the newest second in the rate: about the last ten seconds count.
const NEWEST: f64 = 0.1;

impl DiskWatch {
    /// Some warning where one is due.
    pub(super) fn look(&mut self, free_bytes: u64, bytes: u64, remuxing: bool) -> Option<MediaEvent> {
        let now = Instant::now();
        if let Some((then, before)) = self.before.replace((now, bytes)) {
            let rate = bytes.saturating_sub(before) as f64 / now.duration_since(then).as_secs_f64().max(0.001);
            let share = if self.bytes_per_s == 0.0 { 1.0 } else { NEWEST };
            self.bytes_per_s += (rate - self.bytes_per_s) * share;
        }
        // What an MP4 takes while it is made comes back.
        if remuxing {
            return None;
        }
        self.left = disk::time_left(free_bytes, self.bytes_per_s as u64);
        // What is left is told in minutes, so nothing is told before the rate is known.
        let left = self.left?;
        let level = disk::level(self.level, free_bytes, left);
        if std::mem::replace(&mut self.level, level) >= level {
            return None;
        }
        let (minutes_left, critical) = (left.as_secs() / 60, level == Level::Critical);
        tracing::warn!(free_bytes, minutes_left, "little room is left for the recording");
        Some(MediaEvent::RecordingSpace { free_bytes, minutes_left, critical })
    }
}
