//! What can go wrong before a show runs. Once it runs, losses are [`crate::MediaEvent`]s.

use hawker_domain::{
    failure::Thing,
    reason::{RecordingWhy, SourceWhy},
};
use std::path::PathBuf;

/// Why a media operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("gstreamer did not start: {0}")]
    Init(String),
    /// Elements a show can't do without; each with the Debian package that has it.
    #[error("gstreamer lacks {}", .missing.join(", "))]
    MissingElements { missing: Vec<String>, packages: Vec<String> },
    #[error("no usable {what} encoder on this machine (tried {})", .tried.join(", "))]
    NoEncoder { what: &'static str, tried: Vec<String>, package: &'static str },
    #[error("\"{0}\" is no source")]
    BadSource(String),
    #[error("{kind} \"{id}\" was not found")]
    DeviceNotFound { kind: &'static str, id: String, present: Vec<String> },
    #[error("{kind} name \"{id}\" fits several devices")]
    DeviceAmbiguous { kind: &'static str, id: String, matching: Vec<String> },
    #[error("{what} is in use by another program")]
    SourceBusy { what: Thing },
    #[error("the system denies access to {what}")]
    SourceDenied { what: Thing },
    /// The person was asked what to share, and shared nothing or ended it.
    #[error("no screen and no window is shared")]
    NotShared,
    #[error("this system shares no screen: {why}")]
    NoSharing { why: String },
    #[error("this user may not read {what}")]
    FileDenied { what: Thing },
    /// A device that is listed and opens, and then says nothing: PipeWire reports a camera that another program holds alone
    /// in no other way.
    #[error("{what} is there but gave nothing for {seconds} s")]
    SourceSilent { what: Thing, seconds: u64 },
    #[error("{what} does not offer {format}")]
    FormatNotOffered { what: Thing, format: String, offered: Vec<String> },
    #[error("{what} was not found")]
    SourceNotFound { what: Thing },
    #[error("{what} gives no picture: {why}")]
    Source { what: Thing, why: String },
    #[error("the media pipeline failed at {what}: {why}")]
    Pipeline { what: String, why: String },
    #[error("cannot record to {}: {why}", .path.display())]
    Recording { path: PathBuf, why: String },
    #[error("there is no room to record to {}", .path.display())]
    DiskFull { path: PathBuf },
    #[error("a recording is already running to {}", .0.display())]
    AlreadyRecording(PathBuf),
    #[error("nothing is being recorded")]
    NotRecording,
    #[error("cannot read the clip {}: {why}", .path.display())]
    Clip { path: PathBuf, why: String },
    /// Positions in a recording; `length_ms` where it is known.
    #[error("there is nothing from {} to {} s{}", seconds(*.from_ms), seconds(*.to_ms), ends_at(*.length_ms))]
    BadRange { from_ms: u64, to_ms: u64, length_ms: Option<u64> },
    #[error("no replay is kept")]
    NothingKept,
    #[error("cannot stream to {url}: {why}")]
    Output { url: String, why: String },
    #[error("a canvas of {width}x{height} at {fps} frames a second can't be made")]
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

impl MediaError {
    /// What it asks of the one who gets it.
    pub fn kind(&self) -> MediaErrorKind {
        match self {
            Self::DeviceNotFound { .. }
            | Self::DeviceAmbiguous { .. }
            | Self::SourceBusy { .. }
            | Self::SourceDenied { .. }
            | Self::SourceSilent { .. }
            | Self::NotShared
            | Self::NoSharing { .. }
            | Self::FileDenied { .. }
            | Self::FormatNotOffered { .. }
            | Self::SourceNotFound { .. }
            | Self::Source { .. } => MediaErrorKind::Source,
            Self::DiskFull { .. } => MediaErrorKind::DiskFull,
            Self::BadSource(_)
            | Self::BadCanvas { .. }
            | Self::BadRange { .. }
            | Self::Clip { .. }
            | Self::NothingKept
            | Self::AlreadyRecording(_)
            | Self::NotRecording
            | Self::Output { .. } => MediaErrorKind::BadInput,
            Self::Init(_)
            | Self::MissingElements { .. }
            | Self::NoEncoder { .. }
            | Self::Pipeline { .. }
            | Self::Recording { .. } => MediaErrorKind::Other,
        }
    }

    /// What to do about it, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Init(_) => "reinstall the gstreamer packages".into(),
            Self::MissingElements { packages, .. } => format!("install {}", packages.join(" ")),
            Self::NoEncoder { package, .. } => format!("install {package}"),
            Self::BadSource(_) => "give @CAMERA, screen, test, a file or a URL".into(),
            Self::DeviceNotFound { present, .. } if present.is_empty() => {
                "connect it; the system shows no such device now".into()
            }
            Self::DeviceNotFound { present, .. } => format!("connect it, or choose one of: {}", present.join(", ")),
            Self::DeviceAmbiguous { matching, .. } => format!("give one of the ids: {}", matching.join(", ")),
            Self::SourceBusy { .. } => "close that program and try again".into(),
            Self::SourceDenied { .. } => {
                "allow it in the system's privacy settings (or add the user to group video)".into()
            }
            Self::NotShared => "choose the source again, and what to share when the system asks".into(),
            Self::NoSharing { .. } => {
                "install xdg-desktop-portal with the part for your desktop (xdg-desktop-portal-gnome, -kde or -wlr)"
                    .into()
            }
            Self::FileDenied { .. } => "give it read permission or choose another file".into(),
            Self::SourceSilent { .. } => "close the program that uses it, or plug it in again".into(),
            Self::FormatNotOffered { offered, .. } if offered.is_empty() => "leave the format out".into(),
            Self::FormatNotOffered { offered, .. } => format!("choose one of: {}", offered.join(", ")),
            Self::SourceNotFound { .. } => "check the name and that it is still there".into(),
            Self::Source { .. } => "see whether another program can play it, or choose another source".into(),
            Self::Pipeline { .. } => {
                "try again; if it stays, `hawker doctor` and the log in the data directory say more".into()
            }
            Self::Recording { .. } => "choose another folder, one that can be written".into(),
            Self::DiskFull { .. } => "free some space or choose another folder".into(),
            Self::AlreadyRecording(_) => "end it first, with `hawker show record --stop`".into(),
            Self::NotRecording => "`hawker show record` begins a recording while a show is on air".into(),
            Self::BadRange { .. } => "give a beginning and a later end, both within the recording".into(),
            Self::NothingKept => {
                "switch the replay on under Settings and go on air; it keeps what comes from then on".into()
            }
            Self::Clip { .. } => "give a file that a player can play, such as an MP4".into(),
            Self::Output { .. } => "check the address; it looks like rtmp://host/app/key".into(),
            Self::BadCanvas { .. } => "use even sides of 64 to 4096 and 1 to 60 frames a second".into(),
        }
    }

    /// Why a source is not there, for one whose language is not English.
    pub fn source_why(&self) -> SourceWhy {
        match self {
            Self::SourceBusy { .. } => SourceWhy::Busy,
            Self::SourceDenied { .. } | Self::FileDenied { .. } => SourceWhy::Denied,
            Self::NotShared => SourceWhy::NotShared,
            Self::NoSharing { .. } => SourceWhy::NoSharing,
            Self::SourceSilent { .. } => SourceWhy::Silent,
            Self::FormatNotOffered { .. } => SourceWhy::WrongFormat,
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

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

fn ends_at(length_ms: Option<u64>) -> String {
    length_ms.map_or(String::new(), |length| format!(", it ends at {} s", seconds(length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_domain::failure::ThingKind;

    #[test]
    fn every_error_says_what_to_do_beside_what_failed() {
        let text = || "it".to_owned();
        let it = || Thing::new(ThingKind::Camera, "it");
        let path = || PathBuf::from("a/b.mkv");
        let everything = [
            MediaError::Init(text()),
            MediaError::MissingElements { missing: vec![text()], packages: vec!["package".into()] },
            MediaError::NoEncoder { what: "H.264", tried: vec![text()], package: "package" },
            MediaError::BadSource(text()),
            MediaError::DeviceNotFound { kind: "camera", id: text(), present: Vec::new() },
            MediaError::DeviceNotFound { kind: "camera", id: text(), present: vec!["other".into()] },
            MediaError::DeviceAmbiguous { kind: "camera", id: text(), matching: vec!["one".into(), "two".into()] },
            MediaError::SourceBusy { what: it() },
            MediaError::SourceDenied { what: it() },
            MediaError::NotShared,
            MediaError::NoSharing { why: text() },
            MediaError::FileDenied { what: it() },
            MediaError::SourceSilent { what: it(), seconds: 10 },
            MediaError::FormatNotOffered { what: it(), format: text(), offered: Vec::new() },
            MediaError::FormatNotOffered { what: it(), format: text(), offered: vec!["nv12".into()] },
            MediaError::SourceNotFound { what: it() },
            MediaError::Source { what: it(), why: text() },
            MediaError::Pipeline { what: text(), why: text() },
            MediaError::Recording { path: path(), why: text() },
            MediaError::DiskFull { path: path() },
            MediaError::AlreadyRecording(path()),
            MediaError::NotRecording,
            MediaError::Clip { path: path(), why: text() },
            MediaError::BadRange { from_ms: 1, to_ms: 0, length_ms: Some(5) },
            MediaError::NothingKept,
            MediaError::Output { url: text(), why: text() },
            MediaError::BadCanvas { width: 1, height: 1, fps: 0 },
        ];
        for error in everything {
            let (what, hint) = (error.to_string(), error.hint());
            assert!(!hint.is_empty() && !hint.ends_with('.'), "{error:?}: {hint:?}");
            assert!(!what.contains(&hint) && !what.contains(';'), "{error:?} says it twice: {what}");
        }
    }
}
