//! Makes a set encoder that takes the canvas's pictures.

use super::{
    EncoderReport, VideoEncode, probe, rate,
    table::{Kind, named},
};
use crate::MediaError;
use gst::prelude::*;
use gstreamer as gst;

/// A video encoder that is ready to be linked behind the canvas.
pub(crate) struct VideoEncoder {
    /// Takes I420, gives H.264. A bin where the encoder itself wants another format.
    pub element: gst::Element,
    /// Factory name of the encoder.
    pub name: &'static str,
    /// What was tried before it.
    pub report: EncoderReport,
}

/// The encoder that `wish` asks for, or the next that works. Errors: [`MediaError::NoEncoder`] naming what was tried.
pub(crate) fn video(wish: &VideoEncode) -> Result<VideoEncoder, MediaError> {
    let report = probe::choose(&wish.codec);
    let Some(kind) = report.chosen.and_then(named) else {
        return Err(MediaError::NoEncoder {
            what: "H.264",
            tried: report.lines(),
            package: "gstreamer1.0-plugins-ugly or gstreamer1.0-plugins-bad",
        });
    };
    for tried in report.tried.iter().filter(|tried| !tried.verdict.works()) {
        tracing::debug!(encoder = tried.name, why = tried.words.en, "not used");
    }
    let element = ready_made(kind, wish)?;
    Ok(VideoEncoder { element, name: kind.name, report })
}

/// An encoder of this kind with all its settings, in a bin with a converter if it does not take I420.
pub(super) fn ready_made(kind: &Kind, wish: &VideoEncode) -> Result<gst::Element, MediaError> {
    let encoder = crate::elements::make(kind.name)?;
    for (name, value) in kind.settings.iter().chain(kind.speed(wish.speed)) {
        set(&encoder, name, value);
    }
    set(&encoder, kind.keyframes, &wish.keyframe_frames().to_string());
    rate::apply(&encoder, kind, wish.bitrate_bps);
    if takes_i420(&encoder) { Ok(encoder) } else { converting(&encoder) }
}

/// Sets a property from its text, if the element has it and knows the value: versions differ.
pub(super) fn set(element: &gst::Element, name: &str, text: &str) -> bool {
    let Some(property) = element.find_property(name) else { return false };
    match gst::glib::Value::deserialize_with_pspec(text, &property) {
        Ok(value) => {
            element.set_property_from_value(name, &value);
            true
        }
        Err(_) => {
            tracing::debug!(encoder = %element.name(), name, text, "a setting this version does not know");
            false
        }
    }
}

fn takes_i420(encoder: &gst::Element) -> bool {
    let i420 = gst::Caps::builder("video/x-raw").field("format", "I420").build();
    encoder.static_pad("sink").is_some_and(|pad| pad.query_caps(None).can_intersect(&i420))
}

fn converting(encoder: &gst::Element) -> Result<gst::Element, MediaError> {
    let convert = crate::elements::make("videoconvert")?;
    let bin = gst::Bin::new();
    let failed = |e: gst::glib::BoolError| MediaError::pipeline("encoder", e);
    bin.add_many([&convert, encoder]).map_err(failed)?;
    convert.link(encoder).map_err(failed)?;
    for (owner, name) in [(&convert, "sink"), (encoder, "src")] {
        let ghost = gst::GhostPad::with_target(&crate::elements::pad(owner, name)?).map_err(failed)?;
        ghost.set_property("name", name);
        bin.add_pad(&ghost).map_err(failed)?;
    }
    Ok(bin.upcast())
}
