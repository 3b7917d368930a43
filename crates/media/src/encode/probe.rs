//! Tries encoders: is it installed, does it open, does it encode? Each verdict is kept for the life of the process.

use super::{
    EncoderReport, EncoderTried, EncoderVerdict, VideoCodec, VideoEncode,
    build::ready_made,
    report,
    table::{Kind, System, named, preferred},
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Size of the test pictures: a usual canvas, so that a device with too little memory for it is found out.
const WIDTH: u32 = 1280;
const HEIGHT: u32 = 720;
/// The first shows that it encodes at all, the second that it goes on.
const PICTURES: u64 = 2;
/// A driver that has to start its device takes a second; one that takes longer hangs.
const PATIENCE: gst::ClockTime = gst::ClockTime::from_seconds(3);

static VERDICTS: Mutex<BTreeMap<&'static str, EncoderTried>> = Mutex::new(BTreeMap::new());

/// Tries candidates until one works.
pub(super) fn choose(wish: &VideoCodec) -> EncoderReport {
    let mut report = EncoderReport::default();
    for kind in order(wish) {
        let tried = verdict(kind);
        let works = tried.verdict.works();
        report.tried.push(tried);
        if works {
            report.chosen = Some(kind.name);
            break;
        }
    }
    report
}

/// Tries every candidate.
pub(super) fn all(wish: &VideoCodec) -> EncoderReport {
    let tried: Vec<_> = order(wish).map(verdict).collect();
    let chosen = tried.iter().find(|tried| tried.verdict.works()).map(|tried| tried.name);
    EncoderReport { chosen, tried }
}

/// An element of the program failed. If it is an encoder in hardware, it is not taken again: software that fails once is
/// still the best there is.
pub(crate) fn note_failure(source: Option<&gst::Object>) {
    let factory = source.and_then(|object| object.downcast_ref::<gst::Element>()).and_then(gst::Element::factory);
    let Some(kind) = factory.and_then(|factory| named(&factory.name())).filter(|kind| kind.hardware.is_some()) else {
        return;
    };
    tracing::warn!(encoder = kind.name, "failed on air; another takes its place");
    let failed = report::tried(kind, EncoderVerdict::FailedOnAir, None, Duration::ZERO);
    verdicts().insert(kind.name, failed);
}

/// The named one first, then those of this system in their order.
fn order(wish: &VideoCodec) -> impl Iterator<Item = &'static Kind> {
    let first = match wish {
        VideoCodec::Auto => None,
        VideoCodec::Named(name) => named(name),
    };
    let others = preferred(System::OWN).filter(move |kind| first.is_none_or(|first| first.name != kind.name));
    first.into_iter().chain(others)
}

fn verdict(kind: &'static Kind) -> EncoderTried {
    // Held during the trial: two shows that start at once must not open one device twice.
    let mut known = verdicts();
    known.entry(kind.name).or_insert_with(|| attempt(kind)).clone()
}

fn attempt(kind: &Kind) -> EncoderTried {
    let started = Instant::now();
    let (verdict, why) = examine(kind);
    report::tried(kind, verdict, why.as_deref(), started.elapsed())
}

fn examine(kind: &Kind) -> (EncoderVerdict, Option<String>) {
    if gst::ElementFactory::find(kind.name).is_none() {
        let plugin = gst::Registry::get().find_plugin(kind.plugin).is_some();
        return (if plugin { EncoderVerdict::NoDevice } else { EncoderVerdict::NotInstalled }, None);
    }
    let element = match ready_made(kind, &VideoEncode::live(1_000_000, 30)) {
        Ok(element) => element,
        Err(error) => return (EncoderVerdict::DoesNotOpen, Some(error.to_string())),
    };
    let opened = element.set_state(gst::State::Ready).is_ok();
    let _ = element.set_state(gst::State::Null);
    if !opened {
        return (EncoderVerdict::DoesNotOpen, None);
    }
    match encode(&element) {
        Ok(true) => (EncoderVerdict::Works, None),
        Ok(false) => (EncoderVerdict::NoKeyframe, None),
        Err(why) => (EncoderVerdict::NoPicture, why),
    }
}

/// Encodes the test pictures; whether the first of them came as a keyframe. Errors: they did not all come, and why.
fn encode(encoder: &gst::Element) -> Result<bool, Option<String>> {
    let say = |e: gst::glib::BoolError| Some(e.to_string());
    let info = gstreamer_video::VideoInfo::builder(gstreamer_video::VideoFormat::I420, WIDTH, HEIGHT)
        .fps(gst::Fraction::new(30, 1))
        .build()
        .map_err(say)?;
    let caps = info.to_caps().map_err(say)?;
    let source = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build();
    let h264 =
        gst::Caps::builder("video/x-h264").field("stream-format", "byte-stream").field("alignment", "au").build();
    let sink = gst_app::AppSink::builder().caps(&h264).sync(false).build();
    let pipeline = gst::Pipeline::new();
    let row = [source.upcast_ref(), encoder, sink.upcast_ref()];
    pipeline.add_many(row).map_err(say)?;
    let result = gst::Element::link_many(row).map_err(say).and_then(|()| run(&pipeline, &source, &sink, info.size()));
    let _ = pipeline.set_state(gst::State::Null);
    result
}

fn run(
    pipeline: &gst::Pipeline,
    source: &gst_app::AppSrc,
    sink: &gst_app::AppSink,
    size: usize,
) -> Result<bool, Option<String>> {
    pipeline.set_state(gst::State::Playing).map_err(|e| Some(e.to_string()))?;
    for number in 0..PICTURES {
        // Mid grey: zeros would be a green that some devices refuse as out of range.
        let mut buffer = gst::Buffer::from_mut_slice(vec![128_u8; size]);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_mseconds(number * 33));
            buffer.set_duration(gst::ClockTime::from_mseconds(33));
        }
        source.push_buffer(buffer).map_err(|_| complaint(pipeline))?;
    }
    source.end_of_stream().map_err(|_| complaint(pipeline))?;
    let mut begins_with_key = None;
    for _ in 0..PICTURES {
        let sample = sink.try_pull_sample(PATIENCE).ok_or_else(|| complaint(pipeline))?;
        let delta = sample.buffer().is_some_and(|buffer| buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
        begins_with_key.get_or_insert(!delta);
    }
    Ok(begins_with_key.unwrap_or(false))
}

/// The first error on the bus, redacted.
fn complaint(pipeline: &gst::Pipeline) -> Option<String> {
    let message = pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
    match message.view() {
        gst::MessageView::Error(error) => Some(crate::elements::error_text(error)),
        _ => None,
    }
}

fn verdicts() -> MutexGuard<'static, BTreeMap<&'static str, EncoderTried>> {
    VERDICTS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
