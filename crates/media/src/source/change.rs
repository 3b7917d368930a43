//! A camera that changes its format while it delivers: a phone that is turned, a capture card whose signal changes.
//!
//! What was asked for holds until the first picture. After that the camera is followed: into a format that it announces,
//! and into one that it does not.

use super::{CameraFormat, taps::SizeTap};
use crate::{MediaError, elements};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_video::{VideoFormat, VideoInfo, VideoMeta};
use std::sync::atomic::{AtomicBool, Ordering};

/// Sizes in which cameras deliver, for one that does not say its own; no two have as many pixels.
const SIZES: &[(u32, u32)] = &[
    (3840, 2160),
    (2560, 1440),
    (1920, 1080),
    (1600, 1200),
    (1600, 900),
    (1280, 1024),
    (1280, 960),
    (1280, 720),
    (1024, 768),
    (1024, 576),
    (960, 540),
    (800, 600),
    (848, 480),
    (720, 576),
    (720, 480),
    (640, 480),
    (640, 360),
    (352, 288),
    (320, 240),
    (320, 180),
    (176, 144),
    (160, 120),
];

/// Lets pass what a camera announces after its first picture, in the coding that was asked for. Nobody asks the camera
/// anew for that: it would choose again by itself.
pub(super) fn follow_announced(filter: &gst::Element) -> Result<(), MediaError> {
    let weak = filter.downgrade();
    elements::pad(filter, "src")?.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        if let Some(filter) = weak.upgrade() {
            let asked = filter.property::<gst::Caps>("caps");
            if let Some(coding) = asked.structure(0).map(|asked| asked.name()) {
                filter.set_property("caps", gst::Caps::new_empty_simple(coding));
            }
        }
        gst::PadProbeReturn::Remove
    });
    elements::pad(filter, "sink")?.add_probe(gst::PadProbeType::EVENT_UPSTREAM, |_, info| match &info.data {
        Some(gst::PadProbeData::Event(event)) if event.type_() == gst::EventType::Reconfigure => elements::SWALLOW,
        _ => gst::PadProbeReturn::Ok,
    });
    Ok(())
}

/// Behind `last`, raw pictures are as large as their caps say. A camera that PipeWire 0.3's own sink provides goes on under
/// the caps of its first picture when its size changes; read as what they say, such pictures are whatever lay in memory
/// before. Of one with fewer bytes whose size can't be told nothing is shown.
pub(super) fn follow_unannounced(last: &gst::Element, offered: &gst::CapsRef) -> Result<(), MediaError> {
    let offered = CameraFormat::all_of(offered).into_iter().filter_map(|format| format.size);
    let sizes: Vec<(u32, u32)> = offered.chain(SIZES.iter().copied()).collect();
    let told = AtomicBool::new(false);
    elements::pad(last, "src")?.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let Some(gst::PadProbeData::Buffer(buffer)) = &info.data else { return gst::PadProbeReturn::Ok };
        let Some(mut caps) = pad.current_caps() else { return gst::PadProbeReturn::Ok };
        let Ok(said) = VideoInfo::from_caps(&caps) else { return gst::PadProbeReturn::Ok };
        // Its own lines of another length are said there.
        if buffer.meta::<VideoMeta>().is_some() {
            return gst::PadProbeReturn::Ok;
        }
        match fits(said.format(), (said.width(), said.height()), buffer.size(), &sizes) {
            Fits::AsSaid => gst::PadProbeReturn::Ok,
            Fits::As((width, height)) => {
                tracing::warn!(width, height, "the camera changed its size without a word");
                let whole = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
                caps.make_mut().set("width", whole(width));
                caps.make_mut().set("height", whole(height));
                if pad.push_event(gst::event::Caps::new(&caps)) { gst::PadProbeReturn::Ok } else { elements::SWALLOW }
            }
            Fits::Nothing => {
                if !told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(bytes = buffer.size(), "the camera's pictures have no size that is known");
                }
                elements::SWALLOW
            }
        }
    });
    Ok(())
}

/// Tells `tap` the size of the pictures that reach `next`.
pub(super) fn watch(next: &gst::Element, tap: SizeTap) -> Result<(), MediaError> {
    elements::pad(next, "sink")?.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(gst::PadProbeData::Event(event)) = &info.data
            && let gst::EventView::Caps(caps) = event.view()
            && let Ok(said) = VideoInfo::from_caps(caps.caps())
        {
            tap(said.width(), said.height());
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// What a picture of so many bytes is.
#[derive(Debug, PartialEq, Eq)]
enum Fits {
    AsSaid,
    As((u32, u32)),
    Nothing,
}

/// Pure. More bytes than a picture needs are padding, unless they are exactly another one. A picture that is turned has as
/// many bytes as before: that can't be told. Of two sizes that fit, one that lies as before is likelier.
fn fits(format: VideoFormat, said: (u32, u32), bytes: usize, sizes: &[(u32, u32)]) -> Fits {
    let needs =
        |(width, height): (u32, u32)| VideoInfo::builder(format, width, height).build().ok().map(|it| it.size());
    let lies = |(width, height): (u32, u32)| width >= height;
    let way = lies(said);
    let Some(said) = needs(said) else { return Fits::AsSaid };
    if bytes == said {
        return Fits::AsSaid;
    }
    let fit = || sizes.iter().filter(|size| needs(**size) == Some(bytes));
    match fit().find(|size| lies(**size) == way).or_else(|| fit().next()) {
        Some(size) => Fits::As(*size),
        None if bytes > said => Fits::AsSaid,
        None => Fits::Nothing,
    }
}

/// The sizes of a camera whose pictures had one and have another: before and now. None where they have the same, or none
/// yet. Width and height lie in the upper and lower half of a number. Pure.
pub(super) fn other_size(before: u64, now: u64) -> Option<[(u32, u32); 2]> {
    let sides = |size: u64| ((size >> 32) as u32, size as u32);
    (before != 0 && now != 0 && before != now).then(|| [sides(before), sides(now)])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gstreamer_app as gst_app;
    use std::str::FromStr;

    #[test]
    fn the_size_of_a_picture_is_told_by_its_bytes() {
        crate::init().unwrap();
        let (hd, vga) = ((1280, 720), (640, 480));
        let table = [
            (VideoFormat::I420, hd, 1280 * 720 * 3 / 2, Fits::AsSaid),
            (VideoFormat::I420, hd, 640 * 480 * 3 / 2, Fits::As(vga)),
            (VideoFormat::I420, vga, 1280 * 720 * 3 / 2, Fits::As(hd)),
            (VideoFormat::Yuy2, hd, 640 * 480 * 2, Fits::As(vga)),
            (VideoFormat::Yuy2, hd, 333 * 222 * 2, Fits::Nothing),
            (VideoFormat::Yuy2, hd, 500 * 400 * 2, Fits::As((500, 400))),
            (VideoFormat::Nv12, (1920, 1080), 1920 * 1088 * 3 / 2, Fits::AsSaid),
            (VideoFormat::I420, hd, 0, Fits::Nothing),
            (VideoFormat::I420, vga, 1920 * 1080 * 3 / 2, Fits::As((1920, 1080))),
            (VideoFormat::I420, (480, 640), 1920 * 1080 * 3 / 2, Fits::As((1080, 1920))),
        ];
        let sizes: Vec<_> = [(500, 400), (1080, 1920)].into_iter().chain(SIZES.iter().copied()).collect();
        for (format, said, bytes, want) in table {
            assert_eq!(fits(format, said, bytes, &sizes), want, "{format:?} {said:?} of {bytes} bytes");
        }
        let pixels: std::collections::BTreeSet<u32> = SIZES.iter().map(|(width, height)| width * height).collect();
        assert_eq!(pixels.len(), SIZES.len(), "a number of pixels is one size");
    }

    /// Pushes pictures through both, each with the caps that it is announced with (none: those before) and its bytes; the
    /// sizes that come out.
    fn followed(pictures: &[(Option<&str>, usize)]) -> Vec<(i32, i32)> {
        crate::init().unwrap();
        let asked = gst::Caps::from_str("video/x-raw,width=1280,height=720,framerate=[30/1,120/1]").unwrap();
        let (pipeline, source) = (gst::Pipeline::new(), gst_app::AppSrc::builder().format(gst::Format::Time).build());
        let (filter, sink) =
            (super::super::build::filter(&asked).unwrap(), gst_app::AppSink::builder().sync(false).build());
        elements::add_row(&pipeline, &[source.upcast_ref(), &filter, sink.upcast_ref()]).unwrap();
        follow_announced(&filter).unwrap();
        follow_unannounced(&filter, &asked).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        for (announced, bytes) in pictures {
            if let Some(caps) = announced {
                source.set_caps(Some(&gst::Caps::from_str(&format!("video/x-raw,format=I420,{caps}")).unwrap()));
            }
            let _ = source.push_buffer(gst::Buffer::from_mut_slice(vec![0_u8; *bytes]));
        }
        let _ = source.end_of_stream();
        let seen = std::iter::from_fn(|| sink.try_pull_sample(gst::ClockTime::from_seconds(2)));
        let size = |sample: gst::Sample| {
            let about = sample.caps().unwrap().structure(0).unwrap().to_owned();
            assert_eq!(sample.buffer().unwrap().size(), VideoInfo::from_caps(sample.caps().unwrap()).unwrap().size());
            (about.get("width").unwrap(), about.get("height").unwrap())
        };
        let seen = seen.map(size).collect();
        pipeline.set_state(gst::State::Null).unwrap();
        seen
    }

    #[test]
    fn a_camera_is_followed_into_another_format_whether_it_announces_it_or_not() {
        let (hd, vga) = (1280 * 720 * 3 / 2, 640 * 480 * 3 / 2);
        let (as_hd, as_vga) = ("width=1280,height=720,framerate=30/1", "width=640,height=480,framerate=25/1");
        type Row<'a> = (&'a str, &'a [(Option<&'a str>, usize)], &'a [(i32, i32)]);
        let table: &[Row<'_>] = &[
            (
                "announced",
                &[(Some(as_hd), hd), (Some(as_vga), vga), (Some(as_hd), hd)],
                &[(1280, 720), (640, 480), (1280, 720)],
            ),
            (
                "not announced",
                &[(Some(as_hd), hd), (None, vga), (None, vga), (None, hd)],
                &[(1280, 720), (640, 480), (640, 480), (1280, 720)],
            ),
            ("no size at all", &[(Some(as_hd), hd), (None, 1_000), (None, hd)], &[(1280, 720), (1280, 720)]),
            ("not what was asked for", &[(Some(as_vga), vga)], &[]),
        ];
        for (what, pictures, want) in table {
            assert_eq!(followed(pictures), *want, "{what}");
        }
    }

    #[test]
    fn a_new_size_is_told_once_there_was_another() {
        let size = |width: u64, height: u64| width << 32 | height;
        let table = [
            (0, size(1280, 720), None),
            (size(1280, 720), 0, None),
            (size(1280, 720), size(1280, 720), None),
            (size(1280, 720), size(720, 1280), Some([(1280, 720), (720, 1280)])),
        ];
        for (before, now, want) in table {
            assert_eq!(other_size(before, now), want);
        }
    }
}
