#![allow(clippy::unwrap_used)]

use super::super::{build, set_bitrate, table::Kind};
use super::*;
use hawker_domain::EncodeSpeed;
use std::collections::BTreeSet;

fn like(name: &'static str, plugin: &'static str) -> Kind {
    let template = named("x264enc").unwrap();
    Kind { name, plugin, settings: &[], superfast: &[], ..*template }
}

/// What one encoded picture was: its size in bytes, whether a keyframe, and the types of its slices.
struct Picture {
    bytes: usize,
    key: bool,
    pts_ns: u64,
    dts_ns: Option<u64>,
}

/// Encodes `seconds` of moving clouds at 30 pictures a second; `change` sets another bitrate before a picture. Clouds are
/// noise blown up: rich enough to fill any bitrate here, and soft enough to be squeezed into the lowest.
fn encoded(name: &str, wish: &VideoEncode, seconds: u64, change: Option<(u64, u32)>) -> Vec<Picture> {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("videotestsrc").build().unwrap();
    source.set_property_from_str("pattern", "snow");
    source.set_property("num-buffers", i32::try_from(seconds * 30).unwrap());
    let sized = |width: i32, height: i32| {
        let caps = gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("width", width)
            .field("height", height)
            .field("framerate", gst::Fraction::new(30, 1))
            .build();
        gst::ElementFactory::make("capsfilter").property("caps", &caps).build().unwrap()
    };
    let scale = gst::ElementFactory::make("videoconvertscale").build().unwrap();
    let (small, filter) = (sized(20, 11), sized(320, 176));
    let encoder = build::ready_made(named(name).unwrap(), wish).unwrap();
    let h264 = gst::Caps::builder("video/x-h264").field("stream-format", "byte-stream").build();
    let sink = gst_app::AppSink::builder().caps(&h264).sync(false).build();
    let row = [&source, &small, &scale, &filter, &encoder, sink.upcast_ref()];
    pipeline.add_many(row).unwrap();
    gst::Element::link_many(row).unwrap();
    if let Some((at, bps)) = change {
        let (target, count) = (encoder.clone(), std::sync::atomic::AtomicU64::new(0));
        encoder.static_pad("sink").unwrap().add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            if count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == at {
                set_bitrate(&target, bps).unwrap();
            }
            gst::PadProbeReturn::Ok
        });
    }
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut pictures = Vec::new();
    while let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_seconds(20)) {
        let buffer = sample.buffer().unwrap();
        pictures.push(Picture {
            bytes: buffer.size(),
            key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
            pts_ns: buffer.pts().unwrap().nseconds(),
            dts_ns: buffer.dts().map(gst::ClockTime::nseconds),
        });
    }
    let failed = pipeline.bus().unwrap().pop_filtered(&[gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(failed.is_none(), "{name}: {failed:?}");
    assert_eq!(pictures.len() as u64, seconds * 30, "{name} lost none");
    pictures
}

fn bps(pictures: &[Picture]) -> u64 {
    pictures.iter().map(|p| p.bytes as u64 * 8).sum::<u64>() * 30 / pictures.len() as u64
}

/// The software encoders, which any machine that runs these tests has.
const SOFTWARE: [&str; 2] = ["x264enc", "openh264enc"];

#[test]
fn pictures_come_in_order_with_a_keyframe_every_two_seconds() {
    gst::init().unwrap();
    for name in SOFTWARE {
        for speed in EncodeSpeed::ALL {
            let wish = VideoEncode { speed, ..VideoEncode::live(1_000_000, 30) };
            let pictures = encoded(name, &wish, 5, None);
            assert_eq!(pictures.len(), 150, "{name} {speed:?}");
            let keys: Vec<_> = (0..150).filter(|i| pictures[*i].key).collect();
            assert_eq!(keys, [0, 60, 120], "{name} {speed:?}");
            assert!(pictures.windows(2).all(|w| w[0].pts_ns < w[1].pts_ns), "{name}: no B-frames");
            assert!(
                pictures.iter().all(|p| p.dts_ns.is_none_or(|dts| dts == p.pts_ns)),
                "{name}: nothing is reordered"
            );
        }
    }
}

#[test]
fn the_bitrate_is_held_and_a_change_is_followed_within_two_seconds() {
    gst::init().unwrap();
    for name in SOFTWARE {
        for (first, then) in [(1_200_000, 500_000), (500_000, 1_200_000)] {
            let pictures = encoded(name, &VideoEncode::live(first, 30), 8, Some((120, then)));
            let (before, after) = (bps(&pictures[60..120]), bps(&pictures[180..240]));
            let near = |got: u64, want: u32| (f64::from(want) * 0.7..f64::from(want) * 1.25).contains(&(got as f64));
            assert!(near(before, first), "{name}: {before} instead of {first}");
            assert!(near(after, then), "{name}: {after} instead of {then}, two seconds after the change");
            // A buffer of a second bounds what a second can hold, whatever the picture does.
            let burst = pictures[..120].windows(30).map(bps).max().unwrap();
            assert!(burst < u64::from(first) * 2, "{name}: {burst} in a second at {first}");
        }
    }
}

#[test]
fn a_candidate_is_judged_by_what_it_does() {
    gst::init().unwrap();
    let table = [
        (like("no_such_encoder", "no_such_plugin"), EncoderVerdict::NotInstalled),
        (like("no_such_encoder", "x264"), EncoderVerdict::NoDevice),
        // Opens, and has no OpenMAX library to encode with.
        (like("avenc_h264_omx", "libav"), EncoderVerdict::NoPicture),
        (like("x264enc", "x264"), EncoderVerdict::Works),
        (like("openh264enc", "openh264"), EncoderVerdict::Works),
    ];
    for (kind, want) in table {
        let tried = attempt(&kind);
        assert_eq!(tried.verdict, want, "{tried:?}");
        assert!(tried.probe_ms < 3_500, "{tried:?}");
    }
}

#[test]
fn a_show_takes_the_first_that_works_and_says_what_became_of_the_others() {
    gst::init().unwrap();
    let report = all(&VideoCodec::Auto);
    let names: Vec<_> = report.tried.iter().map(|tried| tried.name).collect();
    assert_eq!(names, System::OWN.order());
    let first = report.tried.iter().find(|tried| tried.verdict.works()).unwrap();
    assert_eq!(report.chosen, Some(first.name));
    let short = choose(&VideoCodec::Auto);
    assert_eq!(short.chosen, report.chosen);
    assert_eq!(short.tried.last().map(|tried| tried.name), short.chosen, "it stops there");
    // No trial takes so long: what comes back with it was not tried again.
    verdicts().values_mut().for_each(|tried| tried.probe_ms = u64::MAX);
    let again = all(&VideoCodec::Auto);
    assert!(again.tried.iter().all(|tried| tried.probe_ms == u64::MAX), "nothing is tried twice: {again:?}");
    assert_eq!(again.chosen, report.chosen);
    // For whoever comes after it in this process.
    verdicts().clear();
}

#[test]
fn a_named_encoder_comes_first_and_one_that_is_not_there_costs_no_show() {
    gst::init().unwrap();
    let named = |name: &str| choose(&VideoCodec::Named(name.into())).chosen;
    assert_eq!(named("openh264enc"), Some("openh264enc"));
    assert_eq!(named("no_such_encoder"), choose(&VideoCodec::Auto).chosen);
    let own = System::OWN.order();
    for wish in ["x264enc", "nonsense", "vtenc_h264", "mfh264enc"] {
        let names: Vec<_> = order(&VideoCodec::Named(wish.into())).map(|kind| kind.name).collect();
        let known = super::named(wish).is_some();
        assert_eq!(names.first() == Some(&wish), known, "{wish}: {names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{wish}: each once, {names:?}");
        let others: Vec<_> = names.into_iter().filter(|name| *name != wish).collect();
        let rest: Vec<_> = own.iter().copied().filter(|name| *name != wish).collect();
        assert_eq!(others, rest, "{wish}: the others as always");
    }
}

#[test]
fn what_stands_in_for_a_named_encoder_is_said_with_the_reason_in_both_languages() {
    gst::init().unwrap();
    let wish = |name: &str| VideoCodec::Named(name.into());
    let said = |wish: &VideoCodec| choose(wish).instead_of(wish);
    assert_eq!(said(&wish("openh264enc")), None, "it works, so nothing stands in for it");
    assert_eq!(said(&VideoCodec::Auto), None, "nothing was asked for");
    // Made by Apple and by Microsoft: on every system that runs these tests one of them is foreign.
    let foreign = if cfg!(target_os = "macos") { "mfh264enc" } else { "vtenc_h264" };
    let (words, taken) = (said(&wish(foreign)).unwrap(), choose(&VideoCodec::Auto).chosen.unwrap());
    assert_eq!(words.en, format!("{foreign}: not on this system; the show uses {taken} instead"));
    assert_eq!(words.zh_cn, format!("{foreign}：本系统没有；直播改用 {taken}"));
}

#[test]
fn only_hardware_that_fails_on_air_is_left_out() {
    gst::init().unwrap();
    let software = gst::ElementFactory::make("openh264enc").build().unwrap();
    note_failure(Some(software.upcast_ref()));
    note_failure(None);
    assert!(verdict(named("openh264enc").unwrap()).verdict.works());
}

#[test]
fn an_element_that_is_no_encoder_has_no_bitrate_to_set() {
    gst::init().unwrap();
    let other = gst::ElementFactory::make("identity").build().unwrap();
    assert!(set_bitrate(&other, 1_000_000).is_err());
}

#[test]
fn a_value_that_a_version_does_not_know_is_left_out() {
    gst::init().unwrap();
    let encoder = gst::ElementFactory::make("x264enc").build().unwrap();
    assert!(!build::set(&encoder, "speed-preset", "instantaneous"));
    assert!(!build::set(&encoder, "no-such-property", "1"));
    assert!(build::set(&encoder, "speed-preset", "veryfast"));
}
