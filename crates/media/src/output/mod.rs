//! Destinations. Each is a thread and a disposable pipeline: what happens to one is felt by no other.

mod keeper;
mod pipeline;
mod retry;
mod state;

pub(crate) use keeper::{Output, OutputShared};

use crate::{MediaError, SecretUrl};
use hawker_domain::{CanvasShape, DestinationId};
use std::time::Duration;

/// One destination of a show.
#[derive(Clone, Debug)]
pub struct OutputConfig {
    pub id: DestinationId,
    /// Which of the program's canvases it gets.
    pub canvas: CanvasShape,
    /// `rtmp`, `rtmps` or `srt`.
    pub url: SecretUrl,
    /// Time after a loss until the platform closes the room; none if it waits for ever.
    pub deadline: Option<Duration>,
}

/// Refuses an address no element can serve. Errors: [`MediaError::Output`].
pub(crate) fn check(url: &SecretUrl) -> Result<(), MediaError> {
    let why = match url.scheme() {
        "rtmp" | "rtmps" if url.endpoint().is_some() => return Ok(()),
        "srt" if crate::elements::exists("srtsink") && crate::elements::exists("mpegtsmux") => return Ok(()),
        "srt" => "srt needs the package gstreamer1.0-plugins-bad".to_owned(),
        "rtmp" | "rtmps" => "the address names no host".to_owned(),
        other => format!("\"{other}\" addresses are not supported; use rtmp, rtmps or srt"),
    };
    Err(MediaError::Output { url: url.redacted(), why })
}
