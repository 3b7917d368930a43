//! What can go wrong before a show runs. Once it runs, losses are [`crate::MediaEvent`]s.

use hawker_domain::reason::{RecordingWhy, SourceWhy};
use std::path::PathBuf;

/// Why a media operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("gstreamer did not start: {0}; reinstall the gstreamer packages")]
    Init(String),
    /// Elements a show can't do without; each with the Debian package that has it.
    #[error("gstreamer lacks {}; install {}", .missing.join(", "), .packages.join(" "))]
    MissingElements { missing: Vec<String>, packages: Vec<String> },
    #[error("no usable {what} encoder on this machine (tried {}); install {package}", .tried.join(", "))]
    NoEncoder { what: &'static str, tried: Vec<String>, package: &'static str },
    #[error("\"{0}\" is no source; give @CAMERA, screen, test, a file or a URL")]
    BadSource(String),
    #[error("{kind} \"{id}\" was not found; connect it, or choose one of: {}", list(.present))]
    DeviceNotFound { kind: &'static str, id: String, present: Vec<String> },
    #[error("{kind} name \"{id}\" fits several devices; give one of the ids: {}", list(.matching))]
    DeviceAmbiguous { kind: &'static str, id: String, matching: Vec<String> },
    #[error("{what} is in use by another program; close that program and try again")]
    SourceBusy { what: String },
    #[error(
        "the system denies access to {what}; allow it in the system's privacy settings (or add the user to group video)"
    )]
    SourceDenied { what: String },
    #[error("this user may not read {what}; give it read permission or choose another file")]
    FileDenied { what: String },
    /// A device that is listed and opens, and then says nothing: PipeWire reports a camera that another program holds alone
    /// in no other way.
    #[error("{what} is there but gave nothing for {seconds} s; close the program that uses it, or plug it in again")]
    SourceSilent { what: String, seconds: u64 },
    #[error("{what} was not found; check the name and that it is still there")]
    SourceNotFound { what: String },
    #[error("{what} gives no picture: {why}")]
    Source { what: String, why: String },
    #[error("the media pipeline failed at {what}: {why}")]
    Pipeline { what: String, why: String },
    #[error("cannot record to {}: {why}; choose another folder or free some space", .path.display())]
    Recording { path: PathBuf, why: String },
    #[error("there is no room to record to {}; free some space or choose another folder", .path.display())]
    DiskFull { path: PathBuf },
    #[error("a recording is already running to {}; stop the show first", .0.display())]
    AlreadyRecording(PathBuf),
    #[error("cannot read the clip {}: {why}", .path.display())]
    Clip { path: PathBuf, why: String },
    #[error("cannot stream to {url}: {why}")]
    Output { url: String, why: String },
    #[error("width, height and frame rate must be even sizes of 64 to 4096 and 1 to 60, got {width}x{height} at {fps}")]
    BadCanvas { width: u32, height: u32, fps: u32 },
}

/// What an error asks of the person or program that gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaErrorKind {
    /// A camera, microphone, clip or screen can't be had.
    Source,
    /// There is no room for the recording.
    DiskFull,
    /// What was asked for makes no sense.
    BadInput,
    Other,
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none present".into() } else { names.join(", ") }
}

impl MediaError {
    /// What it asks of the one who gets it.
    pub fn kind(&self) -> MediaErrorKind {
        match self {
            Self::DeviceNotFound { .. }
            | Self::DeviceAmbiguous { .. }
            | Self::SourceBusy { .. }
            | Self::SourceDenied { .. }
            | Self::SourceSilent { .. }
            | Self::FileDenied { .. }
            | Self::SourceNotFound { .. }
            | Self::Source { .. } => MediaErrorKind::Source,
            Self::DiskFull { .. } => MediaErrorKind::DiskFull,
            Self::BadSource(_) | Self::BadCanvas { .. } | Self::Clip { .. } | Self::Output { .. } => {
                MediaErrorKind::BadInput
            }
            Self::Init(_)
            | Self::MissingElements { .. }
            | Self::NoEncoder { .. }
            | Self::Pipeline { .. }
            | Self::Recording { .. }
            | Self::AlreadyRecording(_) => MediaErrorKind::Other,
        }
    }

    /// Why a source is not there, for one whose language is not English.
    pub fn source_why(&self) -> SourceWhy {
        match self {
            Self::SourceBusy { .. } => SourceWhy::Busy,
            Self::SourceDenied { .. } | Self::FileDenied { .. } => SourceWhy::Denied,
            Self::SourceSilent { .. } => SourceWhy::Silent,
            Self::SourceNotFound { .. } | Self::DeviceNotFound { .. } => SourceWhy::NotFound,
            _ => SourceWhy::Broken,
        }
    }

    /// Why nothing is recorded, likewise.
    pub fn recording_why(&self) -> RecordingWhy {
        match self {
            Self::DiskFull { .. } => RecordingWhy::DiskFull,
            _ => RecordingWhy::Io,
        }
    }

    /// A pipeline failure at `what`.
    pub(crate) fn pipeline(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Pipeline { what: what.to_owned(), why: crate::redact(&why.to_string()) }
    }
}
