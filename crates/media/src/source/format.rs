//! Which of a camera's formats to ask for, and which one when it does not deliver that.

use super::CameraFormat;
use gstreamer as gst;

/// How a chosen format has to be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decode {
    None,
    Jpeg,
    Any,
}

impl Decode {
    fn of(caps: &gst::CapsRef) -> Self {
        match caps.structure(0).map(|structure| structure.name().as_str()) {
            Some("video/x-raw") => Self::None,
            Some("image/jpeg") => Self::Jpeg,
            _ => Self::Any,
        }
    }
}

/// One way to ask a camera: the filter behind it (none takes whatever comes), and how to decode that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub filter: Option<gst::Caps>,
    pub decode: Decode,
}

/// The ways to ask a camera that offers `offered`, the best first: what was chosen (none where it is not offered); else raw
/// at full size and rate (nothing to decode), then motion JPEG, then either at a lower rate, then whatever there is. Cameras
/// lie, so the other coding, a small picture and anything at all come behind.
pub(crate) fn asks(
    offered: &gst::CapsRef,
    chosen: Option<&CameraFormat>,
    (width, height, fps): (u32, u32, u32),
) -> Vec<Option<Ask>> {
    let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let rates = |at_least: i32| gst::FractionRange::new(gst::Fraction::new(at_least, 1), gst::Fraction::new(120, 1));
    let sized = |name: &str, at_least: i32| {
        gst::Caps::builder(name)
            .field("width", whole(width))
            .field("height", whole(height))
            .field("framerate", rates(at_least))
            .build()
    };
    let any_size = |name: &str| gst::Caps::builder(name).field("framerate", rates(whole(fps))).build();
    let small = |name: &str| {
        let side = gst::IntRange::new(1, SMALL);
        gst::Caps::builder(name).field("width", side).field("height", side).build()
    };
    let (raw, jpeg) = ("video/x-raw", "image/jpeg");
    let wishes = [
        sized(raw, whole(fps)),
        sized(jpeg, whole(fps)),
        sized(raw, 15),
        sized(jpeg, 15),
        any_size(jpeg),
        any_size(raw),
        gst::Caps::new_empty_simple(jpeg),
        gst::Caps::new_empty_simple(raw),
    ];
    let fits = |caps: &gst::Caps| offered.can_intersect(caps);
    let ask = |caps: gst::Caps| Ask { decode: Decode::of(&caps), filter: Some(caps) };
    let mut asks: Vec<Option<Ask>> = Vec::new();
    if let Some(chosen) = chosen {
        asks.push(chosen.caps().into_iter().find(fits).map(ask));
    }
    let known: Vec<Ask> = wishes.into_iter().filter(fits).map(ask).collect();
    let first = known.first().map(|ask| ask.decode);
    let other = known.iter().find(|ask| Some(ask.decode) != first).cloned();
    let smaller = [raw, jpeg].map(small).into_iter().find(fits).map(ask);
    let anything = Ask { filter: None, decode: Decode::Any };
    for ask in known.first().cloned().into_iter().chain(other).chain(smaller).chain([anything]) {
        let ask = Some(ask);
        if !asks.contains(&ask) {
            asks.push(ask);
        }
    }
    asks
}

/// Longest side of what nearly every camera does right, pixels.
const SMALL: i32 = 640;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::str::FromStr;

    const BOTH: &str = "video/x-raw,format=YUY2,width=1280,height=720,framerate=30/1; \
        image/jpeg,width=1280,height=720,framerate=30/1; video/x-raw,format=NV12,width=640,height=480,framerate=30/1";

    fn asked(offered: &str, chosen: Option<&str>) -> Vec<Option<Ask>> {
        gst::init().unwrap();
        let chosen = chosen.map(|text| text.parse::<CameraFormat>().unwrap());
        asks(&gst::Caps::from_str(offered).unwrap(), chosen.as_ref(), (1280, 720, 30))
    }

    #[test]
    fn a_camera_is_asked_for_the_cheapest_format_that_is_fast_and_large_enough() {
        let table = [
            (BOTH, Decode::None),
            (
                "video/x-raw,width=1280,height=720,framerate=10/1; image/jpeg,width=1280,height=720,framerate=30/1",
                Decode::Jpeg,
            ),
            ("video/x-raw,width=640,height=480,framerate=30/1", Decode::None),
            ("video/x-raw,width=640,height=480", Decode::None),
            ("video/x-h264,width=1280,height=720,framerate=30/1", Decode::Any),
        ];
        for (offered, decode) in table {
            let asks: Vec<Ask> = asked(offered, None).into_iter().flatten().collect();
            assert_eq!(asks[0].decode, decode, "{offered}");
            let caps = gst::Caps::from_str(offered).unwrap();
            assert!(asks.iter().flat_map(|ask| &ask.filter).all(|filter| filter.can_intersect(&caps)), "{offered}");
        }
    }

    #[test]
    fn a_camera_that_does_not_keep_its_word_is_asked_for_its_other_formats_and_at_last_for_anything() {
        let decodes = |asks: &[Option<Ask>]| asks.iter().flatten().map(|ask| ask.decode).collect::<Vec<_>>();
        let all = asked(BOTH, None);
        assert_eq!(decodes(&all), [Decode::None, Decode::Jpeg, Decode::None, Decode::Any]);
        assert_eq!(all[3].as_ref().unwrap().filter, None, "anything at all");
        let h264 = asked("video/x-h264,width=1280,height=720", None);
        assert_eq!(decodes(&h264), [Decode::Any], "there is no other way");
    }

    #[test]
    fn what_was_chosen_comes_first_and_what_is_not_offered_is_refused_before_others_are_asked_for() {
        let first = |chosen| asked(BOTH, Some(chosen))[0].clone().map(|ask| (ask.decode, ask.filter.unwrap()));
        let (decode, caps) = first("mjpeg").unwrap();
        assert_eq!((decode, caps.to_string().as_str()), (Decode::Jpeg, "image/jpeg"));
        let (decode, caps) = first("nv12-640x480-30").unwrap();
        assert_eq!(decode, Decode::None);
        assert!(caps.to_string().contains("NV12") && caps.can_intersect(&gst::Caps::from_str(BOTH).unwrap()));
        assert_eq!(first("1280x720").unwrap().0, Decode::None, "raw where both would do");
        for missing in ["h264", "yuy2-640x480", "1280x720-60", "uyvy"] {
            assert_eq!(first(missing), None, "{missing}");
            assert_eq!(asked(BOTH, Some(missing))[1..], asked(BOTH, None), "{missing}: the show goes on with another");
        }
        let decode = asked("video/x-h264,width=1280,height=720", Some("h264"))[0].clone().unwrap().decode;
        assert_eq!(decode, Decode::Any);
    }
}
