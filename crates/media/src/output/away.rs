//! A destination that is away: how long it is waited for.

use super::{
    keeper::lock,
    retry::Failure,
    route::Way,
    worker::{Ended, Worker},
};
use std::time::{Duration, Instant};

/// How often the table of routes is looked at meanwhile.
const LOOK_OUT: Duration = Duration::from_millis(250);

impl Worker {
    /// When the platform closes the room for good, while the destination is away.
    fn room_closes(&self) -> Option<Instant> {
        let deadline = self.config.deadline.filter(|_| self.config.one_show && self.history.succeeded)?;
        lock(&self.state).down_since?.checked_add(deadline)
    }

    /// The end of an attempt that is still under way when the room closes.
    pub(super) fn out_of_time(&self) -> Option<Ended> {
        let closed = self.room_closes().is_some_and(|closes| Instant::now() >= closes);
        closed.then(|| Ended::Failed(Failure::Behind("no connection before the room was closed".into())))
    }

    /// Waits for `time`, until the room closes, or until there is another way out than `before`: the network is back. False
    /// if the show ends meanwhile.
    pub(super) fn pause(&self, time: Duration, before: Way) -> bool {
        let until = Instant::now() + time;
        let until = self.room_closes().map_or(until, |closes| until.min(closes));
        let mut look_at = Instant::now();
        // A way that went during the attempt counts from now on.
        let mut known = before;
        while Instant::now() < until {
            if self.stopped() {
                return false;
            }
            if self.slept().is_some() {
                return true;
            }
            if Instant::now() >= look_at {
                look_at += LOOK_OUT;
                let now = Way::now();
                if now.is_new_since(known) {
                    tracing::info!(output.id = %self.config.id, "the network is back, or another one");
                    return true;
                }
                known = now;
            }
            std::thread::sleep(Duration::from_millis(10).min(until.saturating_duration_since(Instant::now())));
        }
        true
    }
}
