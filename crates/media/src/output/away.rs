//! A destination that is away: how long it is waited for.

use super::{
    keeper::lock,
    retry::Failure,
    route::LookOut,
    worker::{Ended, Worker},
};
use std::time::{Duration, Instant};

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

    /// The end of an attempt that began on a way out that is gone, while there is another: what it sent there nobody answers.
    pub(super) fn way_is_gone(&self, look_out: &mut LookOut) -> Option<Ended> {
        let gone = look_out.has_lost_its_way();
        gone.then(|| Ended::Failed(Failure::Unreachable("the network changed during the attempt".into())))
    }

    /// Waits for `time`, until the room closes, or until `look_out` finds another way out: the network is back. False if the
    /// show ends meanwhile.
    pub(super) fn pause(&self, time: Duration, mut look_out: LookOut) -> bool {
        let until = Instant::now() + time;
        let until = self.room_closes().map_or(until, |closes| until.min(closes));
        while Instant::now() < until {
            if self.stopped() {
                return false;
            }
            if self.slept().is_some() || self.has_no_picture().is_some() {
                return true;
            }
            if look_out.finds_a_way() {
                tracing::info!(output.id = %self.config.id, "the network is back, or another one");
                return true;
            }
            std::thread::sleep(Duration::from_millis(10).min(until.saturating_duration_since(Instant::now())));
        }
        true
    }
}
