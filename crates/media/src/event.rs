//! What a running program reports.

use hawker_domain::{
    CanvasShape, DestinationId, SourceId, Words,
    reason::{OutputWhy, RecordingWhy, SourceWhy},
    sound::InputId,
};

/// Something happened to a part of the show. Texts are for people and hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaEvent {
    /// The show has begun: show time 0.
    FirstFrameEncoded,
    /// The source delivers nothing; viewers see the slate.
    SourceLost {
        id: SourceId,
        why: String,
        why_code: SourceWhy,
    },
    SourceBack {
        id: SourceId,
    },
    /// The computer slept, or did not run the program for seconds. Sources and destinations are opened again.
    Slept {
        words: Words,
    },
    /// The camera delivers, in another format than it was asked for.
    OtherFormat {
        id: SourceId,
        why: String,
    },
    /// The microphone delivers nothing; viewers hear silence in its place. It is never swapped for another one.
    MicLost {
        input: InputId,
        why: String,
        why_code: SourceWhy,
    },
    MicBack {
        input: InputId,
    },
    /// The microphone hears no more than a telephone: a Bluetooth headset that is asked to hear and play at once.
    MicNarrow {
        input: InputId,
        rate_hz: u32,
    },
    /// The microphone hears everything again.
    MicWide {
        input: InputId,
    },
    Output {
        id: DestinationId,
        state: OutputPhase,
        why: Option<String>,
        why_code: Option<OutputWhy>,
        /// Milliseconds until the platform closes the room, while reconnecting.
        deadline_ms: Option<u64>,
    },
    /// An encode failed: one canvas, or a further encode of it. The others go on.
    Encode {
        /// "16:9", "9:16 360p".
        name: String,
        phase: EncodePhase,
        why: Option<String>,
    },
    /// The encoder of the sound failed and was begun again; a moment of sound is missing.
    SoundMended {
        why: String,
    },
    /// This computer is busy, or no longer: what was lowered or raised, and why.
    Overload {
        /// It got worse.
        lowered: bool,
        words: Words,
    },
    /// Something of a scene can't be shown; the rest of it is.
    SceneIncomplete {
        /// The file.
        what: String,
        why: String,
    },
    /// The recording ended by itself (disk full, not writable); what is on disk stays.
    RecordingStopped {
        /// Whose pictures it had; that of another canvas goes on.
        canvas: CanvasShape,
        why: String,
        why_code: RecordingWhy,
    },
    /// The recording was to have a quality of its own and goes on with the pictures of the stream, for the rest of the show.
    RecordingShared {
        why: String,
        /// It never had an encode of its own: none could be had.
        from_start: bool,
    },
    /// There is little room left for the recording, which goes on.
    RecordingSpace {
        free_bytes: u64,
        /// Until it has to stop, at the rate of the last seconds.
        minutes_left: u64,
        /// Less than two minutes.
        critical: bool,
    },
    /// The program can't go on.
    Fatal {
        why: String,
    },
}

impl MediaEvent {
    /// A part of the show begins or ends for good: no later event says so again.
    fn is_said_once(&self) -> bool {
        match self {
            Self::FirstFrameEncoded
            | Self::RecordingStopped { .. }
            | Self::RecordingShared { .. }
            | Self::Fatal { .. } => true,
            Self::Output { state, .. } => matches!(state, OutputPhase::Failed | OutputPhase::Ended),
            Self::Encode { phase, .. } => *phase == EncodePhase::Lost,
            Self::SourceLost { .. }
            | Self::SourceBack { .. }
            | Self::Slept { .. }
            | Self::OtherFormat { .. }
            | Self::MicLost { .. }
            | Self::MicBack { .. }
            | Self::MicNarrow { .. }
            | Self::MicWide { .. }
            | Self::SoundMended { .. }
            | Self::Overload { .. }
            | Self::SceneIncomplete { .. }
            | Self::RecordingSpace { .. } => false,
        }
    }
}

/// State of one destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputPhase {
    Connecting,
    Live,
    Reconnecting,
    Failed,
    Ended,
}

/// What became of an encode that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EncodePhase {
    /// Another encoder has taken over; viewers missed a moment.
    Mended,
    /// It failed again and again: its viewers get nothing any more.
    Lost,
}

/// Events wait in this many places; a listener that stops reading loses the newest, and the loss is logged.
pub(crate) const EVENT_QUEUE: usize = 256;
/// Kept free for what is said once and never again: a show has a handful of destinations, recordings and encodes.
const FOR_ENDS: usize = 64;

/// The sending half, shared by all threads of a program. Never blocks.
#[derive(Clone)]
pub(crate) struct Events(tokio::sync::mpsc::Sender<MediaEvent>);

impl Events {
    pub(crate) fn channel() -> (Self, tokio::sync::mpsc::Receiver<MediaEvent>) {
        let (sender, receiver) = tokio::sync::mpsc::channel(EVENT_QUEUE);
        (Self(sender), receiver)
    }

    pub(crate) fn send(&self, event: MediaEvent) {
        use tokio::sync::mpsc::error::TrySendError;
        if self.0.capacity() <= FOR_ENDS && !event.is_said_once() {
            tracing::warn!(?event, "nobody reads the media events; one was lost");
            return;
        }
        if let Err(TrySendError::Full(event)) = self.0.try_send(event) {
            tracing::error!(?event, "nobody reads the media events; one that counts was lost");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_ends_for_good_is_heard_however_much_was_said_before_it() {
        let (events, mut receiver) = Events::channel();
        let id = DestinationId(uuid::Uuid::nil());
        let output = |state| MediaEvent::Output { id, state, why: None, why_code: None, deadline_ms: None };
        for _ in 0..10_000 {
            events.send(output(OutputPhase::Reconnecting));
        }
        let ends = [
            output(OutputPhase::Failed),
            MediaEvent::RecordingStopped {
                canvas: CanvasShape::Landscape,
                why: "full".into(),
                why_code: RecordingWhy::DiskFull,
            },
            MediaEvent::Fatal { why: "no encoder".into() },
        ];
        ends.iter().for_each(|event| events.send(event.clone()));
        let heard: Vec<_> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
        assert_eq!(heard.iter().rev().take(3).rev().cloned().collect::<Vec<_>>(), ends);
        assert!(heard.len() <= EVENT_QUEUE, "{} events waited", heard.len());
    }
}
