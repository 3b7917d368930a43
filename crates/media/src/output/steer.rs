//! What a destination does to the bitrate of the encode that all share, and to the kernel's queue below it.

use super::{
    adapt::{Controller, Seen},
    keeper::lock,
    pipeline::Attempt,
    worker::Worker,
};

impl Worker {
    /// Keeps the kernel from taking more of the show than the line does.
    pub(super) fn wait_in_the_queue(&self, attempt: &Attempt) {
        let target_bps = self.controller.as_ref().map_or(self.shared.video_bitrate_bps, Controller::target_bps);
        attempt.wait_in_the_queue(target_bps.saturating_add(self.shared.audio_bitrate_bps));
    }

    /// `way_ms` and `loss`: what waits and what is lost on the way, where the receiver says it. True if it changed the bitrate.
    pub(super) fn steer(&mut self, throughput_bps: u64, way_ms: u64, loss: f32) -> bool {
        // Held until the bitrate is set: whoever takes the lead away gives the bitrate back under the same lock.
        let mut state = lock(&self.state);
        if !state.leads {
            self.controller = None;
            return false;
        }
        let limits = self.shared.limits();
        let controller = self.controller.get_or_insert_with(|| Controller::new(limits));
        let queue_ms = state.queue_ms.max(way_ms);
        let seen = Seen { at: self.began.elapsed(), throughput_bps, queue_ms, loss };
        let changed = controller.see(seen);
        state.steered_bps = Some(controller.target_bps());
        if let Some(target_bps) = changed {
            tracing::info!(output.id = %self.config.id, target_bps, throughput_bps, queue_ms, loss, "bitrate steered");
            (self.shared.steer)(target_bps);
        }
        changed.is_some()
    }
}
