//! Destinations. Each is a thread and a disposable pipeline: what happens to one is felt by no other.

mod adapt;
mod away;
mod beside;
mod camera;
mod delay;
mod keeper;
mod losses;
mod meaning;
mod pipeline;
mod raw;
mod retry;
mod route;
mod socket;
mod sound;
mod srt;
mod state;
mod steer;
mod tls;
mod trouble;
mod verdict;
mod whip;
mod worker;

pub(crate) use beside::{Beside, Others, Road, Standing};
pub(crate) use keeper::{Output, OutputShared};
pub(crate) use raw::{RawTap, Taking};
pub use tls::trust;
pub(crate) use tls::trust_as_asked;

use crate::{MediaError, SecretUrl, elements};
use hawker_domain::{CanvasShape, DestinationId, Rendition};
use std::time::Duration;

/// Longest stream delay.
pub const LONGEST_DELAY_MS: u32 = 60_000;

/// One destination of a show.
#[derive(Clone, Debug)]
pub struct OutputConfig {
    pub id: DestinationId,
    /// Which of the program's canvases it gets.
    pub canvas: CanvasShape,
    /// A smaller encode of that canvas, shared by all who want it; none for the main one.
    pub rendition: Option<Rendition>,
    /// `rtmp`, `rtmps`, `srt`, `https` of a WHIP server with its token before the host, or `virtual-camera:NAME`.
    pub url: SecretUrl,
    /// Time after a loss until the platform closes the room; none if it waits for ever.
    pub deadline: Option<Duration>,
    /// The address serves one show: once the room is closed the host is asked for another. Otherwise the same address is
    /// tried on past the deadline. Without a deadline it means nothing.
    pub one_show: bool,
    /// It steers the bitrate of the encode that it shares. At most one destination of an encode should.
    pub primary: bool,
    /// Viewers see the show this much later, milliseconds, at most [`LONGEST_DELAY_MS`].
    pub delay_ms: u32,
}

impl OutputConfig {
    /// A destination of the wide canvas without a deadline and without a delay, that steers nothing.
    pub fn new(id: DestinationId, url: SecretUrl) -> Self {
        let canvas = CanvasShape::Landscape;
        Self { id, canvas, rendition: None, url, deadline: None, one_show: true, primary: false, delay_ms: 0 }
    }

    /// How much later viewers see the show.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(u64::from(self.delay_ms))
    }
}

/// True if the destination takes Opus, not AAC.
pub(crate) fn takes_opus(url: &SecretUrl) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Refuses what no element can serve. Errors: [`MediaError::Output`].
pub(crate) fn check(config: &OutputConfig) -> Result<(), MediaError> {
    let url = &config.url;
    let refuse = |why: String| Err(MediaError::Output { url: url.redacted(), why });
    if config.delay_ms > LONGEST_DELAY_MS {
        return refuse(format!("a delay of {} ms is too long, at most {LONGEST_DELAY_MS}", config.delay_ms));
    }
    match url.scheme() {
        "rtmp" | "rtmps" if url.endpoint().is_none() => refuse("the address names no host".into()),
        "rtmp" => Ok(()),
        "rtmps" if !tls::available() => refuse("rtmps needs the package glib-networking".into()),
        "rtmps" => Ok(()),
        "srt" if !(elements::exists("srtsink") && elements::exists("mpegtsmux")) => {
            refuse("srt needs the package gstreamer1.0-plugins-bad".into())
        }
        "srt" => srt::Address::read(url).map(drop).or_else(refuse),
        "http" | "https" => whip::check(url).or_else(refuse),
        SecretUrl::VIRTUAL_CAMERA if !elements::exists("pipewiresink") => {
            refuse("a virtual camera needs PipeWire and the package gstreamer1.0-pipewire".into())
        }
        SecretUrl::VIRTUAL_CAMERA if config.rendition.is_some() => {
            refuse("a virtual camera has the canvas's size".into())
        }
        SecretUrl::VIRTUAL_CAMERA if config.delay_ms > 0 => refuse("a virtual camera has no delay".into()),
        SecretUrl::VIRTUAL_CAMERA => camera::name(url).map(drop).or_else(refuse),
        other => refuse(format!(
            "\"{other}\" addresses are not supported, rtmp, rtmps, srt, https (WHIP) and virtual-camera are"
        )),
    }
}

/// Refuses a destination that would fight with one that is there. Errors: [`MediaError::Output`].
pub(crate) fn check_beside<'a>(
    config: &OutputConfig,
    mut others: impl Iterator<Item = &'a Output>,
) -> Result<(), MediaError> {
    let taken = others.any(|other| other.id() != config.id && other.url().is_same_place(&config.url));
    if !taken {
        return Ok(());
    }
    let why = "another destination already streams to this address with this key".to_owned();
    Err(MediaError::Output { url: config.url.redacted(), why })
}
