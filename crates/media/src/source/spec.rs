//! What a person may name as a source or microphone.

use super::CameraFormat;
use crate::{MediaError, redact};
use hawker_domain::{
    failure::{Thing, ThingKind},
    files,
};
use std::{fmt, path::PathBuf};
use url::Url;

/// Where the picture comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSpec {
    /// A camera by its id or its (unique) display name, and the format it is to deliver; without one the program chooses.
    Camera {
        id: String,
        format: Option<CameraFormat>,
    },
    /// The screen of this computer: all of it (on Windows and macOS the main one), or one of the monitors by its name;
    /// on Windows and macOS also by its number, from 0.
    Screen {
        monitor: Option<String>,
    },
    /// A window of this X display.
    Window(WindowName),
    /// A clip; its sound can be the microphone.
    File(PathBuf),
    Url(Url),
    /// A still picture.
    Image(PathBuf),
    /// A moving test pattern.
    Test,
}

/// How a window is named, also after it was closed and opened again: its program, and its title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowName {
    /// Empty where only the title is known.
    pub program: String,
    pub title: String,
}

impl WindowName {
    /// Reads `PROGRAM/TITLE`, or a title alone.
    pub(super) fn of(text: &str) -> Self {
        let (program, title) = text.split_once('/').unwrap_or(("", text));
        Self { program: program.to_owned(), title: title.to_owned() }
    }
}

/// As it is written behind `window:`.
impl fmt::Display for WindowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.program.as_str() {
            "" => f.write_str(&self.title),
            program => write!(f, "{program}/{}", self.title),
        }
    }
}

/// Where the sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MicSpec {
    Silence,
    /// The clip's own sound; silence where it has none.
    FromSource,
    /// A microphone by its id or its (unique) display name.
    Device(String),
    /// 440 Hz.
    TestTone,
}

impl SourceSpec {
    /// Reads `@ID`, `@ID#FORMAT`, `screen`, `screen:MONITOR`, `window:PROGRAM/TITLE`, `test`, a URL or a path. Errors:
    /// [`MediaError::BadSource`] for an empty text.
    pub fn parse(text: &str) -> Result<Self, MediaError> {
        let text = text.trim();
        if let Some(id) = text.strip_prefix('@') {
            // The cockpit once wrote it so.
            if id == "screen" {
                return Ok(Self::Screen { monitor: None });
            }
            return if id.is_empty() { Err(MediaError::BadSource(text.into())) } else { Ok(Self::of_camera(id)) };
        }
        match text {
            "" => return Err(MediaError::BadSource(text.into())),
            "screen" => return Ok(Self::Screen { monitor: None }),
            "test" => return Ok(Self::Test),
            _ => {}
        }
        match text.split_once(':') {
            Some(("screen", monitor)) if !monitor.is_empty() => {
                return Ok(Self::Screen { monitor: Some(monitor.to_owned()) });
            }
            Some(("window", name)) if !name.is_empty() => return Ok(Self::Window(WindowName::of(name))),
            _ => {}
        }
        if text.contains("://") {
            let url = Url::parse(text).map_err(|_| MediaError::BadSource(redact(text)))?;
            return match url.scheme() {
                "file" => url.to_file_path().map(Self::of_path).map_err(|()| MediaError::BadSource(redact(text))),
                _ => Ok(Self::Url(url)),
            };
        }
        Ok(Self::of_path(PathBuf::from(text)))
    }

    /// A camera, in whatever format suits the show.
    pub fn camera(id: impl Into<String>) -> Self {
        Self::Camera { id: id.into(), format: None }
    }

    /// A name may hold a `#` itself: what follows it is a format only if it reads as one.
    fn of_camera(text: &str) -> Self {
        let parts = text.rsplit_once('#').filter(|(id, _)| !id.is_empty());
        match parts.and_then(|(id, format)| Some((id, format.parse().ok()?))) {
            Some((id, format)) => Self::Camera { id: id.to_owned(), format: Some(format) },
            None => Self::camera(text),
        }
    }

    fn of_path(path: PathBuf) -> Self {
        if files::ends_in(&path, files::PICTURES) { Self::Image(path) } else { Self::File(path) }
    }
}

impl SourceSpec {
    /// What it is, by its name and without what is secret in an address.
    pub fn thing(&self) -> Thing {
        match self {
            Self::Camera { id, .. } => Thing::new(ThingKind::Camera, id),
            Self::Screen { monitor: None } => Thing::new(ThingKind::WholeScreen, ""),
            Self::Screen { monitor: Some(monitor) } => Thing::new(ThingKind::Screen, monitor),
            Self::Window(name) => Thing::new(ThingKind::Window, name),
            Self::File(path) => Thing::new(ThingKind::Clip, path.display()),
            Self::Url(url) => Thing::new(ThingKind::Stream, redact(url.as_str())),
            Self::Image(path) => Thing::new(ThingKind::Picture, path.display()),
            Self::Test => Thing::new(ThingKind::TestPicture, ""),
        }
    }
}

/// How messages name it; never a key.
impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.thing().fmt(f)
    }
}

/// How messages name it.
impl fmt::Display for MicSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence => f.write_str("silence"),
            Self::FromSource => f.write_str("the source's own sound"),
            Self::Device(id) => f.write_str(id),
            Self::TestTone => f.write_str("the test tone"),
        }
    }
}

impl MicSpec {
    /// Reads `silence`, `source`, `tone`, or a microphone's id, with or without a leading `@`.
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "" | "silence" | "none" => Self::Silence,
            "source" => Self::FromSource,
            "tone" | "test" => Self::TestTone,
            id => Self::Device(id.strip_prefix('@').unwrap_or(id).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sources_are_read_as_the_command_line_writes_them() {
        let window = |program: &str, title: &str| {
            SourceSpec::Window(WindowName { program: program.to_owned(), title: title.to_owned() })
        };
        let table = [
            ("@video0", SourceSpec::camera("video0")),
            ("@Cam #2", SourceSpec::camera("Cam #2")),
            ("@#mjpeg", SourceSpec::camera("#mjpeg")),
            (
                "@Cam #2#mjpeg-1280x720",
                SourceSpec::Camera { id: "Cam #2".into(), format: "mjpeg-1280x720".parse().ok() },
            ),
            ("screen", SourceSpec::Screen { monitor: None }),
            ("@screen", SourceSpec::Screen { monitor: None }),
            ("screen:HDMI-1", SourceSpec::Screen { monitor: Some("HDMI-1".into()) }),
            ("window:Chromium/a://b/c", window("Chromium", "a://b/c")),
            ("window:Price list", window("", "Price list")),
            ("window:", SourceSpec::File("window:".into())),
            (" test ", SourceSpec::Test),
            ("a/clip.mp4", SourceSpec::File("a/clip.mp4".into())),
            ("file:///tmp/a%20b.mp4", SourceSpec::File("/tmp/a b.mp4".into())),
            ("shelf.JPG", SourceSpec::Image("shelf.JPG".into())),
            ("shelf.webp", SourceSpec::Image("shelf.webp".into())),
            ("tape.ts", SourceSpec::File("tape.ts".into())),
            ("rtsp://cam/1", SourceSpec::Url(Url::parse("rtsp://cam/1").unwrap())),
        ];
        for (text, spec) in table {
            assert_eq!(SourceSpec::parse(text).unwrap(), spec, "{text}");
        }
        assert!(SourceSpec::parse("").is_err() && SourceSpec::parse("@").is_err());
    }
}
