//! Which of a camera's formats to ask for.

use gstreamer as gst;

/// How a chosen format has to be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decode {
    None,
    Jpeg,
    Any,
}

/// The filter to put behind a camera that offers `offered`, and how to decode it. Raw at full size and rate is best
/// (nothing to decode), then motion JPEG, then either at a lower rate, then whatever there is.
pub(crate) fn choose(offered: &gst::CapsRef, width: u32, height: u32, fps: u32) -> (Option<gst::Caps>, Decode) {
    let (width, height) = (i32::try_from(width).unwrap_or(i32::MAX), i32::try_from(height).unwrap_or(i32::MAX));
    let fps = i32::try_from(fps).unwrap_or(i32::MAX);
    let sized = |name: &str, at_least: i32| {
        gst::Caps::builder(name)
            .field("width", width)
            .field("height", height)
            .field("framerate", gst::FractionRange::new(gst::Fraction::new(at_least, 1), gst::Fraction::new(120, 1)))
            .build()
    };
    let any_size = |name: &str| {
        let range = gst::FractionRange::new(gst::Fraction::new(fps, 1), gst::Fraction::new(120, 1));
        gst::Caps::builder(name).field("framerate", range).build()
    };
    let wishes = [
        (sized("video/x-raw", fps), Decode::None),
        (sized("image/jpeg", fps), Decode::Jpeg),
        (sized("video/x-raw", 15), Decode::None),
        (sized("image/jpeg", 15), Decode::Jpeg),
        (any_size("image/jpeg"), Decode::Jpeg),
        (any_size("video/x-raw"), Decode::None),
        (gst::Caps::new_empty_simple("image/jpeg"), Decode::Jpeg),
        (gst::Caps::new_empty_simple("video/x-raw"), Decode::None),
    ];
    wishes
        .into_iter()
        .find(|(wish, _)| offered.can_intersect(wish))
        .map_or((None, Decode::Any), |(wish, decode)| (Some(wish), decode))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::str::FromStr;

    #[test]
    fn a_camera_is_asked_for_the_cheapest_format_that_is_fast_and_large_enough() {
        gst::init().unwrap();
        let table = [
            (
                "video/x-raw,width=1280,height=720,framerate=30/1; image/jpeg,width=1280,height=720,framerate=30/1",
                Decode::None,
            ),
            (
                "video/x-raw,width=1280,height=720,framerate=10/1; image/jpeg,width=1280,height=720,framerate=30/1",
                Decode::Jpeg,
            ),
            ("video/x-raw,width=640,height=480,framerate=30/1", Decode::None),
            ("video/x-raw,width=640,height=480", Decode::None),
            ("video/x-h264,width=1280,height=720,framerate=30/1", Decode::Any),
        ];
        for (offered, decode) in table {
            let caps = gst::Caps::from_str(offered).unwrap();
            let (filter, chosen) = choose(&caps, 1280, 720, 30);
            assert_eq!(chosen, decode, "{offered}");
            assert!(filter.is_none_or(|f| f.can_intersect(&caps)), "{offered}");
        }
    }
}
