//! Numbers of a running and of a finished show.

use crate::{EncoderReport, GovernorState, OutputPhase, record::RecordedPart};
use hawker_domain::{CanvasShape, DestinationId, reason::OutputWhy};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Why a frame was not shown, encoded or sent. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DropCause {
    /// The source delivered too late for its slot; the slot shows the picture before.
    SourceLate,
    /// The encoder could not keep up.
    Overload,
    /// A queue in front of the canvas was full: its inbox, or the one behind a camera or a screen.
    QueueFull,
    /// A further encode (a smaller picture, a recording's own quality) could not keep up: missing there and nowhere else.
    EncodeBehind,
    /// A destination could not take the data in time.
    OutputBehind,
    /// The disk could not take the recording in time: missing there and nowhere else.
    RecordingBehind,
}

/// Frames since the program began. `encoded` counts from on air.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct FrameCounts {
    pub captured: u64,
    pub composed: u64,
    /// Of all canvases.
    pub encoded: u64,
    pub by_canvas: BTreeMap<CanvasShape, u64>,
    /// Only causes that occurred.
    pub dropped: BTreeMap<DropCause, u64>,
}

impl DropCause {
    /// Every cause.
    pub const ALL: [Self; 6] = [
        Self::SourceLate,
        Self::Overload,
        Self::QueueFull,
        Self::EncodeBehind,
        Self::OutputBehind,
        Self::RecordingBehind,
    ];

    /// Its code, as in every JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::SourceLate => "source_late",
            Self::Overload => "overload",
            Self::QueueFull => "queue_full",
            Self::EncodeBehind => "encode_behind",
            Self::OutputBehind => "output_behind",
            Self::RecordingBehind => "recording_behind",
        }
    }
}

impl FrameCounts {
    /// How many were dropped for this cause.
    pub fn dropped_by(&self, cause: DropCause) -> u64 {
        self.dropped.get(&cause).copied().unwrap_or(0)
    }

    /// Sets how many were dropped for this cause.
    pub(crate) fn note(&mut self, cause: DropCause, count: u64) {
        if count > 0 {
            self.dropped.insert(cause, count);
        }
    }

    /// What came since `before`, an earlier count of the same program.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let dropped = self
            .dropped
            .iter()
            .map(|(cause, count)| (*cause, count.saturating_sub(before.dropped.get(cause).copied().unwrap_or(0))));
        Self {
            captured: self.captured.saturating_sub(before.captured),
            composed: self.composed.saturating_sub(before.composed),
            encoded: self.encoded.saturating_sub(before.encoded),
            by_canvas: self
                .by_canvas
                .iter()
                .map(|(shape, n)| (*shape, n.saturating_sub(*before.by_canvas.get(shape).unwrap_or(&0))))
                .collect(),
            dropped: dropped.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

/// One destination.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct OutputStats {
    pub id: DestinationId,
    /// Without the key.
    pub url: String,
    pub phase: OutputPhase,
    pub sent_bytes: u64,
    /// Pictures handed to the network.
    pub sent_pictures: u64,
    /// Over the last second.
    pub bitrate_bps: u64,
    /// Times it came back after it was live.
    pub reconnects: u32,
    /// Time it was wanted and not live after its first failure.
    pub down_ms: u64,
    /// Pictures waiting to be sent; it is full at 2,000.
    pub queue_ms: u64,
    /// Pictures left out since the way to the destination did not take them.
    pub dropped: u64,
    /// Pictures that came while there was no connection.
    pub missed: u64,
    /// Round trip to the destination, where it is measured: by SRT and WHIP, and of RTMP by the socket on Linux.
    pub rtt_ms: Option<f64>,
    /// Share of the packets that the receiver missed of late, 0 to 1, where it tells (WHIP).
    pub packet_loss: Option<f32>,
    /// The last trouble, even where it is over; without secrets.
    pub last_why: Option<String>,
    pub last_why_code: Option<OutputWhy>,
    /// After the last reconnect: when the first of the sound left that was found to be there again, counted from the moment the
    /// server let us publish; none until a second of it has left, or where nobody speaks.
    pub sound_back_ms: Option<u64>,
    /// Bitrate of the picture that this destination asks for, where it is the one that steers.
    pub steered_bps: Option<u32>,
    pub delay_ms: u64,
}

impl OutputStats {
    /// Of a destination that has done nothing yet. `url` is without its key.
    pub fn new(id: DestinationId, url: String) -> Self {
        Self {
            id,
            url,
            phase: OutputPhase::Connecting,
            sent_bytes: 0,
            bitrate_bps: 0,
            reconnects: 0,
            down_ms: 0,
            queue_ms: 0,
            dropped: 0,
            missed: 0,
            sent_pictures: 0,
            rtt_ms: None,
            packet_loss: None,
            last_why: None,
            last_why_code: None,
            sound_back_ms: None,
            steered_bps: None,
            delay_ms: 0,
        }
    }
}

/// One encode that runs: of a canvas.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct EncodeStats {
    /// Whose: "16:9", "9:16".
    pub name: String,
    /// Factory name of the encoder.
    pub encoder: String,
    /// Pictures since on air.
    pub encoded: u64,
    /// Pictures that a further encode had no time for; a canvas's own are counted by cause.
    pub dropped: u64,
    /// What it was asked for, now.
    pub bitrate_bps: u32,
    /// Of what is encoded, pixels; less than the canvas has while the computer is busy.
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    /// Time it takes for a picture, milliseconds, smoothed; the time it has is 1000 / `fps`.
    pub picture_ms: f32,
}

impl EncodeStats {
    /// Time it takes against the time it has; a warning is due at 0.75.
    pub fn load(&self) -> f32 {
        self.picture_ms * self.fps as f32 / 1000.0
    }
}

/// Sound against picture of one canvas.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SyncStats {
    pub canvas: CanvasShape,
    /// How much later sound is heard than the picture of the same moment of capture is shown, averaged over two seconds, of
    /// the audible input that is farthest off; none while no new picture or no sound comes. Holds the wait for a place in
    /// the canvas's grid and what drift correction is off by. Leaves out the offset that a host sets, and what a device does
    /// before it stamps. Units: milliseconds.
    pub offset_ms: Option<f32>,
    /// How much later the sound of a moment leaves its encoder than the picture does: what a player has to wait for. It is
    /// no error of lip-sync. Units: milliseconds.
    pub sound_leaves_ms: Option<f32>,
}

/// The recording while it runs, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RecordingStats {
    /// Whose pictures it has.
    pub canvas: CanvasShape,
    /// The first of its files; it becomes an MP4 while a further one is written.
    pub first: PathBuf,
    /// The file that is written now.
    pub path: PathBuf,
    /// Of all its files.
    pub size_bytes: u64,
    pub duration_ms: u64,
    /// Files so far, the one that is written among them.
    pub parts: u32,
    /// Until the disk has no room for it; none while that is not known.
    pub minutes_left: Option<u64>,
    /// Pictures that are missing in it since the disk did not take them.
    pub lost_pictures: u64,
    /// Pictures that wait for the disk; at 10,000 they are left out.
    pub queue_ms: u64,
    /// None while it runs; else why it stopped.
    pub stopped: Option<String>,
}

/// A snapshot; cheap to take.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct MediaStats {
    pub frames: FrameCounts,
    pub outputs: Vec<OutputStats>,
    /// Of the main canvas.
    pub recording: Option<RecordingStats>,
    /// Of the canvas beside it, where it has one.
    pub upright: Option<RecordingStats>,
    /// Size of both recordings, 0 without one.
    pub recording_bytes: u64,
    /// Loudness of the sound, dBFS RMS; none while silent.
    pub audio_rms_db: Option<f32>,
    /// Silence put in for sound that did not come.
    pub audio_gap_ms: u64,
    /// How often the clock of a source jumped far off; it counted from then on.
    pub time_jumps: u64,
    pub encoder: String,
    pub audio_encoder: String,
    /// Frames composed a second, over the last second.
    pub fps: f32,
    /// Time the encoder takes for a picture against the time it has; a warning is due at 0.75.
    pub encode_load: f32,
    /// Every encode that runs.
    pub encodes: Vec<EncodeStats>,
    /// Why this encoder and no other.
    pub encoder_report: Arc<EncoderReport>,
    /// Of the main canvas, see [`SyncStats::offset_ms`].
    pub av_offset_ms: Option<f32>,
    /// Of every canvas, the main one first.
    pub sync: Vec<SyncStats>,
    /// What is given up for want of time; none where no governor runs.
    pub governor: Option<GovernorState>,
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RecordingSummary {
    /// The MP4, or the Matroska file where no MP4 could be made; of several the first.
    pub path: PathBuf,
    /// Of all its files.
    pub duration_ms: u64,
    /// Why it ended early or has no MP4.
    pub problem: Option<String>,
    /// Every file, in order; at least one.
    pub parts: Vec<RecordedPart>,
    /// Pictures that are missing since the disk did not take them.
    pub lost_pictures: u64,
}

/// What a show came to.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct MediaSummary {
    pub on_air_ms: u64,
    pub frames: FrameCounts,
    pub outputs: Vec<OutputStats>,
    /// Of the main canvas.
    pub recording: Option<RecordingSummary>,
    /// Of the upright canvas beside it.
    pub upright: Option<Box<RecordingSummary>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_the_show_is_no_part_of_it() {
        let counts = |captured, late| FrameCounts {
            captured,
            composed: captured,
            encoded: 0,
            by_canvas: BTreeMap::new(),
            dropped: BTreeMap::from([(DropCause::SourceLate, late)]),
        };
        let preview = counts(100, 3);
        let shown = counts(250, 3).since(&preview);
        assert_eq!((shown.captured, shown.composed), (150, 150));
        assert!(shown.dropped.is_empty(), "nothing was dropped on air");
        assert_eq!(counts(250, 5).since(&preview).dropped, BTreeMap::from([(DropCause::SourceLate, 2)]));
    }
}
