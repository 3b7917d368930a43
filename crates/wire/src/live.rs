//! The JSON lines of `hawker live --json`, also pushed to the cockpit. Every line has `t_ms`, the show time.

use crate::FailureReason;
use hawker_domain::{
    Currency, DestinationId, LessonId, OrderId, ShowId, ShowMs, Sku, TagId,
    order::OrderSource,
    reason::{NoticeWhy, OutputWhy, SourceWhy},
    tag::{Clue, TagState},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LiveLine {
    pub t_ms: ShowMs,
    #[serde(flatten)]
    pub event: LiveEvent,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum LiveEvent {
    OnAir {
        show_id: ShowId,
        viewer_url: Option<String>,
    },
    Source {
        id: String,
        state: SourceState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        why: Option<String>,
        /// The reason as a code; absent where none fits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        why_code: Option<SourceWhy>,
    },
    Output {
        id: DestinationId,
        name: String,
        /// Without the key.
        url: String,
        canvas: String,
        state: OutputState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        why: Option<String>,
        /// The reason as a code; absent where none fits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        why_code: Option<OutputWhy>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        deadline_ms: Option<u64>,
    },
    Tag {
        tag_id: TagId,
        track_id: Option<u32>,
        sku: Sku,
        /// All variants of the product, where it is not known which of them it is; `sku` is one of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        variants: Vec<Sku>,
        state: TagState,
        confidence: f32,
        why: Vec<Clue>,
        link: Option<String>,
    },
    /// A correction by the host was learned: it counts from now on, also after a restart, until it is taken back.
    Learned {
        lesson_id: LessonId,
        sku: Sku,
        /// What was shown is this product; false: it is something else.
        is_it: bool,
    },
    Order {
        id: OrderId,
        source: OrderSource,
        lines: Vec<OrderedLine>,
        #[ts(type = "number")]
        total_minor: i64,
        currency: Currency,
    },
    Chat {
        from: String,
        text: String,
        /// The channel it came by; absent for the platform's own chat.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        channel: Option<String>,
    },
    /// Something is missing (or back): the show goes on.
    Notice {
        code: String,
        /// What it is about, where the code says too little.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        why_code: Option<NoticeWhy>,
        /// The things the code is about, by name; absent where it is about none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        about: Option<String>,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        hint: Option<String>,
        /// What `message` and `hint` say, for a reader of another language.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::error::known_reason")]
        #[ts(optional)]
        reason: Option<Box<FailureReason>>,
    },
    Summary(Summary),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    Lost,
    Back,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutputState {
    Connecting,
    Live,
    Reconnecting,
    Failed,
    Ended,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderedLine {
    pub sku: Sku,
    pub qty: u32,
}

/// Why a frame was not encoded or not sent. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DropCause {
    /// The source delivered too late for its slot.
    SourceLate,
    /// The machine could not keep up.
    Overload,
    /// A queue before the encoder was full.
    QueueFull,
    /// A further encode (a smaller picture, a recording's own quality) could not keep up: missing there and nowhere else.
    EncodeBehind,
    /// A destination could not take the data in time.
    OutputBehind,
    /// The disk could not take the recording in time: missing there and nowhere else.
    RecordingBehind,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Frames {
    #[ts(type = "number")]
    pub captured: u64,
    #[ts(type = "number")]
    pub composed: u64,
    #[ts(type = "number")]
    pub encoded: u64,
    #[ts(type = "Record<string, number>")]
    pub dropped: BTreeMap<DropCause, u64>,
    /// Encoded frames of each canvas ("16:9").
    #[ts(type = "Record<string, number>")]
    pub by_canvas: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OutputSummary {
    pub id: DestinationId,
    pub url: String,
    #[ts(type = "number")]
    pub sent_bytes: u64,
    pub reconnects: u32,
    #[ts(type = "number")]
    pub down_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecordingSummary {
    /// Of several files the first.
    pub path: String,
    /// Of all files.
    #[ts(type = "number")]
    pub duration_ms: u64,
    /// Every file, in order.
    #[serde(default)]
    pub parts: Vec<RecordedPart>,
    /// Where a clip of each pin is made in the background; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub clips: Option<String>,
    /// The recording of the upright canvas, where both canvases ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub upright: Option<Box<RecordingSummary>>,
    /// Pictures that are missing in it since the disk did not take them.
    #[serde(default)]
    #[ts(type = "number")]
    pub lost_pictures: u64,
    /// Why it ended early, or stays a Matroska file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<String>,
}

/// One file of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecordedPart {
    pub path: String,
    /// Show time of its first picture.
    pub began: ShowMs,
    #[ts(type = "number")]
    pub duration_ms: u64,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Summary {
    pub on_air_s: f64,
    pub frames: Frames,
    pub outputs: Vec<OutputSummary>,
    pub recording: Option<RecordingSummary>,
    #[ts(type = "number")]
    pub pins: u64,
    #[ts(type = "number")]
    pub orders: u64,
    /// CPU of this process while on air, milliseconds per encoded frame.
    pub cpu_ms_per_frame: f64,
    pub viewer_url: Option<String>,
}
