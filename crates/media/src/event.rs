//! What a running program reports.

mod queue;

pub(crate) use queue::Events;
pub use queue::MediaEvents;

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
    /// The camera delivers in another size than before. Units: pixels, width and height.
    OtherSize {
        id: SourceId,
        before: (u32, u32),
        now: (u32, u32),
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
    /// The encoder of the sound fails again and again: viewers hear silence, and it is tried on. Everything else goes on.
    SoundLost {
        why: String,
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

/// What an event speaks of. Of one subject the newest event says how it is now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    /// A part of the show begins or ends for good: no later event says so again.
    Once,
    Source(SourceId),
    SourceFormat(SourceId),
    SourceSize(SourceId),
    Mic(InputId),
    MicRate(InputId),
    Output(DestinationId),
    /// It failed or ended, which its next connection does not take back.
    OutputEnd(DestinationId, OutputPhase),
    Encode(String),
    Sound,
    Sleep,
    Overload,
    Scene(String),
    RecordingSpace,
}

impl MediaEvent {
    fn subject(&self) -> Subject {
        match self {
            Self::FirstFrameEncoded
            | Self::RecordingStopped { .. }
            | Self::RecordingShared { .. }
            | Self::Fatal { .. }
            | Self::Encode { phase: EncodePhase::Lost, .. } => Subject::Once,
            Self::SourceLost { id, .. } | Self::SourceBack { id } => Subject::Source(id.clone()),
            Self::OtherFormat { id, .. } => Subject::SourceFormat(id.clone()),
            Self::OtherSize { id, .. } => Subject::SourceSize(id.clone()),
            Self::MicLost { input, .. } | Self::MicBack { input } => Subject::Mic(input.clone()),
            Self::MicNarrow { input, .. } | Self::MicWide { input } => Subject::MicRate(input.clone()),
            Self::Output { id, state: end @ (OutputPhase::Failed | OutputPhase::Ended), .. } => {
                Subject::OutputEnd(*id, *end)
            }
            Self::Output { id, .. } => Subject::Output(*id),
            Self::Encode { name, phase: EncodePhase::Mended, .. } => Subject::Encode(name.clone()),
            Self::SoundLost { .. } | Self::SoundMended { .. } => Subject::Sound,
            Self::Slept { .. } => Subject::Sleep,
            Self::Overload { .. } => Subject::Overload,
            Self::SceneIncomplete { what, .. } => Subject::Scene(what.clone()),
            Self::RecordingSpace { .. } => Subject::RecordingSpace,
        }
    }
}

/// State of one destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
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
