//! How many threads a clip's decoder gets.
//!
//! FFmpeg's decoders take a thread more than there are cores, and each of them keeps pictures of its own: 20 MB at 1080p. One
//! thread decodes H.264 of that size at 30 frames a second in a third of its time; only what is larger or faster gets the others.

use gst::prelude::*;
use gstreamer as gst;

/// Pixels a second that are left to one thread: 1080p at 30 frames.
const ONE_THREAD: u64 = 1920 * 1088 * 30;
/// Frames a second of a stream that says nothing of them.
const USUAL_FPS: f64 = 30.0;

/// Decoders that are put into `bin` from now on get one thread where one is enough.
pub(super) fn spare(bin: &gst::Bin) {
    bin.connect_deep_element_added(|_, _, element| {
        if element.find_property("max-threads").is_none() {
            return;
        }
        let Some(pad) = element.static_pad("sink") else { return };
        let decoder = element.downgrade();
        // Before the decoder is opened, which is when it sees what it is to decode.
        pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
            let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view()) else {
                return gst::PadProbeReturn::Ok;
            };
            // A stream may become larger on its way.
            if let Some(decoder) = decoder.upgrade() {
                decoder.set_property_from_str("max-threads", if is_small(caps.caps()) { "1" } else { "0" });
            }
            gst::PadProbeReturn::Ok
        });
    });
}

fn is_small(caps: &gst::CapsRef) -> bool {
    let Some(stream) = caps.structure(0) else { return false };
    let side = |name: &str| stream.get::<i32>(name).ok().and_then(|side| u64::try_from(side).ok());
    let (Some(width), Some(height)) = (side("width"), side("height")) else { return false };
    let fps = stream.get::<gst::Fraction>("framerate").ok().filter(|fps| fps.numer() > 0);
    let fps = fps.map_or(USUAL_FPS, |fps| f64::from(fps.numer()) / f64::from(fps.denom()));
    (width * height) as f64 * fps <= ONE_THREAD as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn stream(width: i32, height: i32, fps: i32) -> gst::Caps {
        let caps = gst::Caps::builder("video/x-h264").field("width", width).field("height", height);
        if fps > 0 { caps.field("framerate", gst::Fraction::new(fps, 1)).build() } else { caps.build() }
    }

    #[test]
    fn only_what_one_thread_can_do_is_left_to_one() {
        gst::init().unwrap();
        for (width, height, fps, one) in [
            (1920, 1080, 30, true),
            (1920, 1088, 0, true),
            (1280, 720, 60, true),
            (1920, 1080, 60, false),
            (3840, 2160, 30, false),
        ] {
            assert_eq!(is_small(&stream(width, height, fps)), one, "{width}x{height} at {fps}");
        }
        assert!(!is_small(&gst::Caps::new_empty_simple("video/x-h264")), "of what is not known everything is kept");
    }

    #[test]
    fn a_decoder_of_a_small_stream_is_opened_with_one_thread_and_of_a_large_one_with_all() {
        gst::init().unwrap();
        for (width, height, threads) in [(640, 360, 1), (3840, 2160, 0)] {
            let pipeline = gst::Pipeline::new();
            spare(pipeline.upcast_ref());
            let decoder = gst::ElementFactory::make("avdec_h264").build().unwrap();
            pipeline.add(&decoder).unwrap();
            pipeline.set_state(gst::State::Paused).unwrap();
            let sink = decoder.static_pad("sink").unwrap();
            assert!(sink.send_event(gst::event::StreamStart::new("clip")));
            sink.send_event(gst::event::Caps::new(&stream(width, height, 30)));
            assert_eq!(decoder.property::<i32>("max-threads"), threads, "{width}x{height}");
            pipeline.set_state(gst::State::Null).unwrap();
        }
    }
}
