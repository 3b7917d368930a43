//! A camera's part of its pipeline: asked in one of the ways that [`format`] knows, and decoded.

use super::{
    CameraFormat,
    build::{Size, Times, filter, link_source, link_when_decoded},
    change, format,
    tail::video_tail,
    taps::Taps,
};
use crate::{MediaError, device, elements};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::failure::{Thing, ThingKind};

/// Formats of a camera that a sentence names; some offer a hundred.
const OFFERS_SAID: usize = 6;

/// One of the ways to ask a camera.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// How many ways there are.
    pub ways: usize,
    src: gst::Element,
}

impl Asked {
    /// True once the camera has agreed on a format. One that another program holds alone never does.
    pub(super) fn is_agreed(&self) -> bool {
        self.src.static_pad("src").is_some_and(|pad| pad.has_current_caps())
    }
}

/// Whether a camera that failed so may deliver in another format. One that is held, forbidden or gone does not; of one that
/// is held PipeWire says no more than that it never `agreed` on a format.
pub(super) fn may_do_otherwise(error: &MediaError, agreed: bool) -> bool {
    match error {
        MediaError::SourceSilent { .. } => agreed,
        MediaError::Source { .. } | MediaError::Pipeline { .. } => true,
        _ => false,
    }
}

/// Why a camera is not there as it was asked, and what it could be asked for instead. Pure.
pub(super) fn with_offer(error: &MediaError) -> String {
    match error {
        MediaError::FormatNotOffered { offered, .. } if !offered.is_empty() => {
            let few: Vec<&str> = offered.iter().take(OFFERS_SAID).map(String::as_str).collect();
            format!("{error}; it offers {}", few.join(", "))
        }
        _ => error.to_string(),
    }
}

/// A camera, asked in one of the ways there are.
pub(super) fn camera(
    pipeline: &gst::Pipeline,
    (id, chosen, ask): (&str, Option<&CameraFormat>, usize),
    size: Size,
    time: &Times,
    taps: &Taps,
) -> Result<Asked, MediaError> {
    let shape = size.shape;
    let device = device::find(device::DeviceKind::Camera, id)?;
    let src = device.create_element(None).map_err(|e| MediaError::pipeline("camera", e))?;
    // The canvas keeps pictures for a while; PipeWire has few buffers, and a camera that waits for them stands still.
    elements::set_if_present(&src, "always-copy", "true");
    let offered = device.caps().unwrap_or_else(gst::Caps::new_any);
    let asks = format::asks(&offered, chosen, (shape.width, shape.height, shape.fps));
    let (ways, ask) = (asks.len(), asks.get(ask).or(asks.last()).cloned().flatten());
    let Some(ask) = ask else {
        return Err(MediaError::FormatNotOffered {
            what: Thing::new(ThingKind::Camera, id),
            format: chosen.map(ToString::to_string).unwrap_or_default(),
            offered: CameraFormat::all_of(&offered).iter().map(ToString::to_string).collect(),
        });
    };
    let format = ask.filter.as_ref().map_or_else(|| "whatever it has".to_owned(), ToString::to_string);
    tracing::info!(camera.id = id, format, decode = ?ask.decode, "camera format");
    let asked = Asked { ways, src: src.clone() };
    let tail = video_tail(pipeline, size, time, taps, false)?;
    if let Some(tap) = &taps.size {
        change::watch(&tail, tap.clone())?;
    }
    let mut row = vec![src];
    if let Some(wish) = &ask.filter {
        let filter = filter(wish)?;
        change::follow_announced(&filter)?;
        if ask.decode == format::Decode::None {
            change::follow_unannounced(&filter, &offered)?;
        }
        row.push(filter);
    }
    if ask.decode == format::Decode::Jpeg {
        row.push(elements::make("jpegdec")?);
    }
    if ask.decode == format::Decode::Any {
        let decoder = elements::make("decodebin")?;
        row.push(decoder.clone());
        elements::add_row(pipeline, &row.iter().collect::<Vec<_>>())?;
        link_when_decoded(&decoder, Some(tail), None);
        return Ok(asked);
    }
    link_source(pipeline, &row.iter().collect::<Vec<_>>(), &tail).map(|()| asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_camera_that_breaks_its_word_is_asked_for_another_format() {
        let (what, why) = (|| Thing::new(ThingKind::Camera, "c"), || "not negotiated".to_owned());
        let silent = || MediaError::SourceSilent { what: what(), seconds: 10 };
        let table = [
            (MediaError::Source { what: what(), why: why() }, false, true),
            (MediaError::Pipeline { what: "camera".into(), why: why() }, false, true),
            (silent(), true, true),
            (silent(), false, false),
            (MediaError::SourceBusy { what: what() }, true, false),
            (MediaError::SourceDenied { what: what() }, true, false),
            (MediaError::SourceNotFound { what: what() }, false, false),
        ];
        for (error, agreed, want) in table {
            assert_eq!(may_do_otherwise(&error, agreed), want, "{error}, agreed: {agreed}");
        }
    }

    #[test]
    fn what_a_camera_offers_instead_is_said_and_not_all_of_a_hundred() {
        let offered = |count: usize| (1..=count).map(|n| format!("yuy2-{n}x{n}-30")).collect();
        let not = |count| MediaError::FormatNotOffered {
            what: Thing::new(ThingKind::Camera, "c"),
            format: "nv12-8x8-30".into(),
            offered: offered(count),
        };
        for (error, ends) in [
            (not(2), "nv12-8x8-30; it offers yuy2-1x1-30, yuy2-2x2-30"),
            (not(100), "yuy2-6x6-30"),
            (not(0), "nv12-8x8-30"),
            (MediaError::SourceSilent { what: Thing::new(ThingKind::Camera, "c"), seconds: 10 }, "10 s"),
        ] {
            assert!(with_offer(&error).ends_with(ends), "{}", with_offer(&error));
        }
    }
}
