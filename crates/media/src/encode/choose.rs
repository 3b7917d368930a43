//! Choice of encoder: the factory must be there *and* an instance must open. A driver may be installed without the
//! hardware, so the factory alone proves nothing.

use crate::{MediaError, elements};
use gst::prelude::*;
use gstreamer as gst;

/// Unit in which an encoder wants its bitrate.
#[derive(Clone, Copy)]
enum Rate {
    Kilobits,
    Bits,
}

/// One encoder and its settings for live use: constant bitrate, no B-frames, a keyframe every two seconds.
struct VideoEncoder {
    name: &'static str,
    rate: Rate,
    /// Name of the property that holds frames between keyframes.
    keyframes: &'static str,
    settings: &'static [(&'static str, &'static str)],
}

/// In order of preference: hardware first, then x264 (where the system has it; it is GPL and never bundled), then
/// openh264. Property names are those of GStreamer 1.22; one an element lacks is skipped.
const VIDEO: &[VideoEncoder] = &[
    VideoEncoder {
        name: "vtenc_h264",
        rate: Rate::Kilobits,
        keyframes: "max-keyframe-interval",
        settings: &[("realtime", "true"), ("allow-frame-reordering", "false")],
    },
    VideoEncoder {
        name: "mfh264enc",
        rate: Rate::Kilobits,
        keyframes: "gop-size",
        settings: &[("rc-mode", "cbr"), ("low-latency", "true"), ("bframes", "0")],
    },
    VideoEncoder {
        name: "nvh264enc",
        rate: Rate::Kilobits,
        keyframes: "gop-size",
        settings: &[("rc-mode", "cbr"), ("preset", "low-latency"), ("zerolatency", "true"), ("bframes", "0")],
    },
    VideoEncoder {
        name: "qsvh264enc",
        rate: Rate::Kilobits,
        keyframes: "gop-size",
        settings: &[("rate-control", "cbr"), ("low-latency", "true"), ("b-frames", "0")],
    },
    VideoEncoder {
        name: "amfh264enc",
        rate: Rate::Kilobits,
        keyframes: "gop-size",
        settings: &[("rate-control", "cbr"), ("usage", "ultra-low-latency")],
    },
    VideoEncoder {
        name: "vah264enc",
        rate: Rate::Kilobits,
        keyframes: "key-int-max",
        settings: &[("rate-control", "cbr"), ("b-frames", "0")],
    },
    VideoEncoder {
        name: "x264enc",
        rate: Rate::Kilobits,
        keyframes: "key-int-max",
        // Scene cuts would add keyframes at the cost of the constant rate; the VBV of one second bounds the burst.
        settings: &[
            ("speed-preset", "superfast"),
            ("tune", "zerolatency"),
            ("pass", "cbr"),
            ("bframes", "0"),
            ("vbv-buf-capacity", "1000"),
            ("option-string", "scenecut=0"),
        ],
    },
    VideoEncoder {
        name: "openh264enc",
        rate: Rate::Bits,
        keyframes: "gop-size",
        settings: &[
            ("rate-control", "bitrate"),
            ("complexity", "low"),
            ("usage-type", "camera"),
            ("scene-change-detection", "false"),
        ],
    },
];

const AUDIO: &[&str] = &["avenc_aac", "fdkaacenc", "voaacenc"];

/// Seconds between keyframes: what platforms ask for, and the longest a late viewer waits.
const KEYFRAME_SECONDS: u32 = 2;

/// A set video encoder. Errors: [`MediaError::NoEncoder`] naming what was tried.
pub(crate) fn video(bitrate_bps: u32, fps: u32) -> Result<gst::Element, MediaError> {
    let usable = VIDEO.iter().find_map(|kind| opens(kind.name).map(|element| (kind, element)));
    let Some((kind, element)) = usable else {
        let tried = VIDEO.iter().map(|kind| kind.name.to_owned()).collect();
        return Err(MediaError::NoEncoder {
            what: "H.264",
            tried,
            package: "gstreamer1.0-plugins-ugly or gstreamer1.0-plugins-bad",
        });
    };
    for (name, value) in kind.settings {
        elements::set_if_present(&element, name, value);
    }
    set_bitrate(&element, bitrate_bps);
    elements::set_if_present(&element, kind.keyframes, &(fps * KEYFRAME_SECONDS).to_string());
    Ok(element)
}

/// Sets the bitrate of an encoder that [`video`] made, also while it runs.
pub(crate) fn set_bitrate(encoder: &gst::Element, bitrate_bps: u32) {
    let name = encoder.factory().map(|factory| factory.name());
    let kind = VIDEO.iter().find(|kind| name.as_deref() == Some(kind.name));
    let rate = match kind.map(|kind| kind.rate) {
        Some(Rate::Kilobits) => bitrate_bps / 1000,
        Some(Rate::Bits) | None => bitrate_bps,
    };
    elements::set_if_present(encoder, "bitrate", &rate.to_string());
}

/// A set AAC encoder. Errors: [`MediaError::NoEncoder`].
pub(crate) fn audio(bitrate_bps: u32) -> Result<gst::Element, MediaError> {
    let Some(element) = AUDIO.iter().find_map(|name| opens(name)) else {
        let tried = AUDIO.iter().map(|name| (*name).to_owned()).collect();
        return Err(MediaError::NoEncoder { what: "AAC", tried, package: "gstreamer1.0-libav" });
    };
    elements::set_if_present(&element, "bitrate", &bitrate_bps.to_string());
    Ok(element)
}

/// Names of the encoders that open on this machine, the one a show would take first.
pub fn encoders() -> Result<Vec<String>, MediaError> {
    crate::init()?;
    let names = VIDEO.iter().map(|kind| kind.name).chain(AUDIO.iter().copied());
    Ok(names.filter(|name| opens(name).is_some()).map(str::to_owned).collect())
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
        assert!(!encoders().unwrap().is_empty(), "this machine has at least a software encoder");
    }
}
