//! The bitrate of an encoder, also while it runs.

use super::{
    build::set,
    settings::sane_bitrate,
    table::{Kind, named},
};
use crate::MediaError;
use gst::prelude::*;
use gstreamer as gst;

/// Changes the bitrate of a video encoder that may be running; it follows within two seconds. Brought into the range of
/// 100 kbit/s to 50 Mbit/s. Errors: [`MediaError::Pipeline`] for an element that is none of our encoders.
pub fn set_bitrate(element: &gst::Element, bitrate_bps: u32) -> Result<(), MediaError> {
    let Some((encoder, kind)) = encoder_in(element) else {
        return Err(MediaError::pipeline(&element.name(), "it is no video encoder whose bitrate can be changed"));
    };
    apply(&encoder, kind, bitrate_bps);
    Ok(())
}

/// The encoder that `element` is or holds.
fn encoder_in(element: &gst::Element) -> Option<(gst::Element, &'static Kind)> {
    let kind = |element: &gst::Element| named(&element.factory()?.name());
    if let Some(kind) = kind(element) {
        return Some((element.clone(), kind));
    }
    let inside = element.downcast_ref::<gst::Bin>()?.children();
    inside.into_iter().find_map(|child| kind(&child).map(|kind| (child, kind)))
}

/// Rate, peak and buffer. A peak below the rate is refused by some, so it moves first when it rises.
pub(super) fn apply(encoder: &gst::Element, kind: &Kind, bitrate_bps: u32) {
    let bps = sane_bitrate(bitrate_bps);
    let now = encoder.find_property("bitrate").map(|_| encoder.property_value("bitrate"));
    let rises = now.and_then(|v| v.get::<u32>().ok()).is_none_or(|before| kind.bitrate.of(bps) >= before);
    let rate = || set(encoder, "bitrate", &kind.bitrate.of(bps).to_string());
    let peak = || kind.peak.is_some_and(|(name, unit)| set(encoder, name, &unit.of(bps).to_string()));
    if rises {
        peak();
        rate();
    } else {
        rate();
        peak();
    }
    if let Some((name, unit)) = kind.buffer {
        set(encoder, name, &unit.of(bps).to_string());
    }
}
