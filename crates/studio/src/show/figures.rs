//! The show's numbers in its log, so that a show that went badly can be looked into afterwards.

use super::owner::Owner;
use crate::process;
use hawker_media::{EncodeStats, Figures, Levels, MediaStats, OutputStats, ProcessUse, Program, RecordingStats};
use std::time::Duration;

/// A line for the show and one for each of its encodes, canvases, recordings, sounds and destinations: some 1,800 in a show of three
/// hours.
const EVERY: Duration = Duration::from_secs(60);

/// Which minute of the show was logged last.
#[derive(Debug, Default)]
pub(super) struct Logged(u64);

impl Logged {
    /// True once in every minute of a show but the first; `now` is show time, and begins again with every show.
    fn is_due(&mut self, now: Duration) -> bool {
        let minute = now.as_secs() / EVERY.as_secs();
        std::mem::replace(&mut self.0, minute) != minute && minute > 0
    }
}

fn process_use() -> ProcessUse {
    ProcessUse { cpu: process::cpu_time(), resident_bytes: process::rss_bytes() }
}

/// All numbers of a running show for Prometheus.
pub(super) fn page(program: &Program) -> String {
    let (stats, sound) = (program.stats(), program.desk().levels());
    hawker_media::prometheus(Figures { stats: &stats, sound: &sound, process: Some(process_use()) })
}

impl Owner {
    /// Once a minute while on air.
    pub(super) fn log_figures(&mut self, stats: &MediaStats) {
        let on_air = self.show.as_ref().is_some_and(|show| show.on_air_since.is_some() && show.ended_at.is_none());
        if on_air && self.logged.is_due(Duration::from_millis(self.now().0)) {
            let sound = self.running.as_ref().map(|running| running.program.desk().levels()).unwrap_or_default();
            log(stats, &sound, process_use());
        }
    }
}

fn log(stats: &MediaStats, sound: &Levels, process: ProcessUse) {
    let frames = &stats.frames;
    tracing::info!(
        fps = stats.fps,
        encode_load = stats.encode_load,
        captured = frames.captured,
        composed = frames.composed,
        encoded = frames.encoded,
        dropped = ?frames.dropped,
        av_offset_ms = stats.av_offset_ms,
        sound_leaves_ms = stats.sync.first().and_then(|main| main.sound_leaves_ms),
        audio_gap_ms = stats.audio_gap_ms,
        recording_bytes = stats.recording_bytes,
        cpu_s = process.cpu.as_secs_f64(),
        resident_bytes = process.resident_bytes,
        "figures of the show"
    );
    for EncodeStats { name, encoder, encoded, dropped, picture_ms, fps, bitrate_bps, width, height } in &stats.encodes {
        let budget_ms = 1e3 / f64::from((*fps).max(1));
        tracing::info!(
            encode.name = %name, encoder, encoded, dropped, picture_ms, budget_ms, bitrate_bps, width, height,
            "figures of an encode"
        );
    }
    for sync in &stats.sync {
        tracing::info!(
            sync.canvas = %sync.canvas, offset_ms = sync.offset_ms, sound_leaves_ms = sync.sound_leaves_ms,
            "figures of picture and sound"
        );
    }
    for RecordingStats { canvas, size_bytes, duration_ms, queue_ms, lost_pictures, stopped, .. } in
        stats.recording.iter().chain(&stats.upright)
    {
        tracing::info!(
            recording.canvas = %canvas, size_bytes, duration_ms, queue_ms, lost_pictures, stopped, "figures of a recording"
        );
    }
    for (id, input) in &sound.inputs {
        tracing::info!(
            sound.input = %id, present = input.present, muted = input.muted, rms_db = input.level.rms_db,
            gap_ms = input.gap_ms, lost_pieces = input.lost_pieces, drift_ppm = input.drift_ppm, "figures of a sound"
        );
    }
    for OutputStats {
        id,
        url,
        phase,
        sent_pictures,
        sent_bytes,
        bitrate_bps,
        queue_ms,
        rtt_ms,
        packet_loss,
        dropped,
        missed,
        reconnects,
        steered_bps,
        ..
    } in &stats.outputs
    {
        tracing::info!(
            output.id = %id, %url, ?phase, sent_pictures, sent_bytes, bitrate_bps, queue_ms, rtt_ms, packet_loss,
            dropped, missed, reconnects, steered_bps, "figures of a destination"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_due_once_a_minute_and_not_before_a_show_has_any() {
        let mut logged = Logged::default();
        let seconds = [0, 1, 59, 60, 61, 119, 121, 2, 30, 62];
        let due = seconds.map(|second| logged.is_due(Duration::from_secs(second)));
        assert_eq!(due, [false, false, false, true, false, false, true, false, false, true]);
    }
}
