//! The sound's encoder: software everywhere, so that it opens is proof enough.

use super::build::set;
use crate::MediaError;
use gst::prelude::*;
use gstreamer as gst;

const AUDIO: &[&str] = &["avenc_aac", "fdkaacenc", "voaacenc"];

/// A set AAC encoder. Errors: [`MediaError::NoEncoder`].
pub(crate) fn audio(bitrate_bps: u32) -> Result<gst::Element, MediaError> {
    let Some(element) = AUDIO.iter().find_map(|name| opens(name)) else {
        let tried = AUDIO.iter().map(|name| (*name).to_owned()).collect();
        return Err(MediaError::NoEncoder { what: "AAC", tried, package: "gstreamer1.0-libav" });
    };
    set(&element, "bitrate", &bitrate_bps.to_string());
    Ok(element)
}

/// Names of those that open.
pub(super) fn working() -> impl Iterator<Item = &'static str> {
    AUDIO.iter().copied().filter(|name| opens(name).is_some())
}

/// A new instance, if one can be brought to READY.
fn opens(name: &str) -> Option<gst::Element> {
    gst::ElementFactory::find(name)?;
    let element = gst::ElementFactory::make(name).build().ok()?;
    let opened = element.set_state(gst::State::Ready).is_ok();
    let _ = element.set_state(gst::State::Null);
    opened.then_some(element)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_encoder_that_is_not_installed_does_not_open() {
        gst::init().unwrap();
        assert!(opens("no_such_encoder").is_none());
        assert!(working().next().is_some(), "this machine has at least one");
    }
}
