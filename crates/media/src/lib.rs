//! GStreamer: sources, canvas, cards, encoding, outputs, recording, statistics.
//!
//! Owns every pipeline of a show. Entry point: [`Program::start`]. Must not know: the catalogue, the platform, the
//! store. A pipeline for each canvas and one for the sound run from start to stop; each source and each destination is a disposable pipeline of
//! its own beside it, so nothing that happens to one reaches another. All run on one clock, see docs/timestamps.md.
//!
//! Invariants: nothing pushes back into capture; every queue is bounded and its drops are counted; no location with a
//! key leaves this crate unredacted.

mod audio;
mod beauty;
mod canvas;
mod card;
mod clip;
mod clock;
mod device;
mod elements;
mod encode;
mod error;
mod event;
mod fault;
mod feed;
mod figures;
mod flv;
mod govern;
mod hub;
mod known;
mod lateness;
mod leaks;
mod order;
mod output;
mod overlay;
mod preview;
mod program;
mod record;
mod scene;
mod secret;
mod sleep;
mod source;
mod stats;
pub mod voices;

pub use audio::{
    HourOfSound, InputKind, InputLevel, Level, Levels, MonitorConfig, MonitorRefused, MonitorState, SoundCost,
    hours_of_sound, sound_costs,
};
pub use beauty::{BadPlanes, I420Mut, Plane, SkinSmoother};
pub use card::{Card, CardLanguage, CardTemplate, Drawn, SizeChart, paint_card, print_font};
pub use clip::read_video;
pub use device::{Device, DeviceKind, devices};
pub use elements::{init, version};
pub use encode::{
    EncodeLoad, EncoderChoice, EncoderReport, EncoderTried, EncoderVerdict, LoadSpan, VideoCodec, VideoEncode,
    encoder_report, encoders, set_bitrate,
};
pub use error::{MediaError, MediaErrorKind};
pub use event::{EncodePhase, MediaEvent, MediaEvents, OutputPhase};
pub use fault::{BadFault, Fault, FaultAt, FaultPlan};
pub use figures::{Diagnosis, Figures, LossWatch, ProcessUse, diagnose, prometheus};
pub use govern::{
    CpuPressure, Governor, GovernorState, GovernorTask, Levers, Nominal, Reading, Sample, Scale, Setpoint, Step,
};
pub use output::{LONGEST_DELAY_MS, OutputConfig, trust};
pub use overlay::{Painted, PictureError, Spot, paint_picture, paint_text};
pub use preview::{Preview, PreviewJpeg};
pub use program::{
    CanvasConfig, MicKinds, OpenRecording, OpenedRecording, Program, ProgramConfig, SoundDesk, SourceOnCanvas, Stopped,
    WaitForMp4s, mic_input,
};
pub use record::{
    BadSplit, Clipped, PIN_CLIP_LONGEST_MS, PinClip, PinSpan, RecordedPart, Recovered, SavedReplay, SplitEvery, clip,
    pin_clips, pin_clips_folder, recover_recordings,
};
pub use secret::{BadUrl, SecretUrl, redact};
pub use source::{CameraFormat, DecoderProgram, Leaves, MicSpec, SourceSpec, decode_source};
pub use stats::{
    DropCause, EncodeStats, FrameCounts, MediaStats, MediaSummary, OutputStats, RecordingStats, RecordingSummary,
    SyncStats,
};
