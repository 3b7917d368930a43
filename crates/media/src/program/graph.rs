//! The program pipeline:
//! `canvas appsrc ! overlaycomposition ! tee ! (gate ! encoder ! h264parse ! hub) (gate ! preview)` and
//! `audio appsrc ! gate ! AAC ! hub`.
//!
//! The encoder runs on the appsrc's thread, without a queue between: when it is too slow the appsrc fills up, and the
//! canvas drops whole frames there, where they are counted. The gates are pad probes that drop until on air.

use super::ProgramConfig;
use crate::{
    MediaError, MediaEvent,
    clock::Timebase,
    elements, encode,
    event::Events,
    hub::{Hub, Media, Packet},
    preview::{self, Preview},
    source::{Shape, audio_caps},
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Keyframes asked for by consumers are at least this far apart: a destination that flaps must not eat the others' bits.
const KEYFRAME_APART_NS: u64 = 1_000_000_000;

pub(super) struct Graph {
    pub pipeline: gst::Pipeline,
    pub video_in: gst_app::AppSrc,
    pub audio_in: gst_app::AppSrc,
    pub overlay: gst::Element,
    pub preview: Preview,
    pub encoder_name: String,
    pub encoder_report: Arc<encode::EncoderReport>,
    pub audio_encoder_name: String,
    pub counters: Arc<EncodeCounters>,
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Debug, Default)]
pub(super) struct EncodeCounters {
    pub encoded: AtomicU64,
    pub load: encode::EncodeLoad,
    began_ns: AtomicU64,
}

impl Graph {
    pub(super) fn build(
        config: &ProgramConfig,
        shape: Shape,
        time: &Arc<Timebase>,
        hub: &Arc<Hub>,
        on_air: &Arc<AtomicBool>,
        events: &Events,
    ) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let source = |name: &str, caps: &gst::Caps| {
            gst_app::AppSrc::builder()
                .name(name)
                .caps(caps)
                .format(gst::Format::Time)
                .is_live(true)
                .max_bytes(0)
                .build()
        };
        let video_in = source("canvas", &shape.caps(true));
        let audio_in = source("audio", &audio_caps());
        let overlay = elements::make("overlaycomposition")?;
        let tee = elements::make("tee")?;
        elements::add_row(&pipeline, &[video_in.upcast_ref(), &overlay, &tee])?;
        let preview = preview::branch(&pipeline, &tee, shape)?;
        let counters = Arc::new(EncodeCounters::default());

        let made = encode::video(&encode::VideoEncode::live(config.video_bitrate_bps, config.fps))?;
        let encoder = made.element;
        add_video(&pipeline, &tee, &encoder, hub)?;
        gate(&elements::pad(&encoder, "sink")?, on_air.clone(), Some((counters.clone(), time.clone())));
        stamp(
            &elements::pad(&encoder, "src")?,
            Stamp { time: time.clone(), events: events.clone(), counters: counters.clone(), shape },
        );

        let audio_encoder = encode::audio(config.audio_bitrate_bps)?;
        add_audio(&pipeline, &audio_in, &audio_encoder, hub)?;
        gate(&elements::pad(audio_in.upcast_ref(), "src")?, on_air.clone(), None);

        let name = |e: &gst::Element| e.factory().map(|f| f.name().to_string()).unwrap_or_default();
        Ok(Self {
            encoder_name: made.name.to_owned(),
            encoder_report: Arc::new(made.report),
            audio_encoder_name: name(&audio_encoder),
            want_keyframe: keyframes_of(&encoder, time.clone()),
            pipeline,
            video_in,
            audio_in,
            overlay,
            preview,
            counters,
        })
    }

    pub(super) fn play(&self) -> Result<(), MediaError> {
        self.pipeline.set_state(gst::State::Playing).map(drop).map_err(|e| MediaError::pipeline("program", e))
    }

    pub(super) fn stop(&self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn add_video(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    encoder: &gst::Element,
    hub: &Arc<Hub>,
) -> Result<(), MediaError> {
    let stream = |format: &str| {
        let caps = gst::Caps::builder("video/x-h264").field("stream-format", format).field("alignment", "au").build();
        elements::make("capsfilter").inspect(|filter| filter.set_property("caps", caps))
    };
    let (annex_b, parser, avc) = (stream("byte-stream")?, elements::make("h264parse")?, stream("avc")?);
    let sink = hub_sink(Media::Video, hub.clone());
    elements::add_row(pipeline, &[encoder, &annex_b, &parser, &avc, sink.upcast_ref()])?;
    tee.link(encoder).map_err(|e| MediaError::pipeline("encoder", e))
}

fn add_audio(
    pipeline: &gst::Pipeline,
    source: &gst_app::AppSrc,
    encoder: &gst::Element,
    hub: &Arc<Hub>,
) -> Result<(), MediaError> {
    let (convert, filter) = (elements::make("audioconvert")?, elements::make("capsfilter")?);
    let caps = gst::Caps::builder("audio/mpeg").field("mpegversion", 4i32).field("stream-format", "raw").build();
    filter.set_property("caps", caps);
    let sink = hub_sink(Media::Audio, hub.clone());
    elements::add_row(pipeline, &[source.upcast_ref(), &convert, encoder, &filter, sink.upcast_ref()])
}

fn hub_sink(media: Media, hub: Arc<Hub>) -> gst_app::AppSink {
    let sink = gst_app::AppSink::builder().sync(false).async_(false).max_buffers(8).build();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let Some(caps) = sample.caps() {
                    hub.set_caps(media, caps);
                }
                if let Some(packet) = packet(&sample) {
                    hub.push(media, &packet);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    sink
}

fn packet(sample: &gst::Sample) -> Option<Packet> {
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let running_ns = segment.to_running_time(buffer.pts()?)?.nseconds();
    let key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    Some(Packet { buffer, running_ns, key })
}

/// Lets nothing through until on air, and notes when each picture entered the encoder.
fn gate(pad: &gst::Pad, on_air: Arc<AtomicBool>, timed: Option<(Arc<EncodeCounters>, Arc<Timebase>)>) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
        if !on_air.load(Ordering::Relaxed) {
            return elements::SWALLOW;
        }
        if let Some((counters, time)) = &timed {
            counters.began_ns.store(time.now_ns(), Ordering::Relaxed);
        }
        gst::PadProbeReturn::Ok
    });
}

struct Stamp {
    time: Arc<Timebase>,
    events: Events,
    counters: Arc<EncodeCounters>,
    shape: Shape,
}

/// Counts encoded pictures, begins the show with the first, and puts the show time before every keyframe.
fn stamp(pad: &gst::Pad, stamp: Stamp) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data else { return gst::PadProbeReturn::Ok };
        let Some(running_ns) = running_ns(pad, buffer) else { return gst::PadProbeReturn::Ok };
        if stamp.time.begin_show(running_ns) {
            stamp.events.send(MediaEvent::FirstFrameEncoded);
        }
        let spent = stamp.time.now_ns().saturating_sub(stamp.counters.began_ns.load(Ordering::Relaxed));
        stamp.counters.load.took(spent, 1_000_000_000 / u64::from(stamp.shape.fps));
        stamp.counters.encoded.fetch_add(1, Ordering::Relaxed);
        if !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT) {
            let show_ms = stamp.time.show_ms_at(running_ns);
            match stamped(buffer, show_ms) {
                Some(with_time) => *buffer = with_time,
                None => tracing::warn!(%show_ms, "a keyframe without a slice; its show time is missing"),
            }
        }
        gst::PadProbeReturn::Ok
    });
}

fn running_ns(pad: &gst::Pad, buffer: &gst::Buffer) -> Option<u64> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = event.segment().downcast_ref::<gst::ClockTime>()?;
    segment.to_running_time(buffer.pts()?).map(gst::ClockTime::nseconds)
}

fn stamped(buffer: &gst::Buffer, show_ms: hawker_domain::ShowMs) -> Option<gst::Buffer> {
    let bytes = encode::with_show_time(buffer.map_readable().ok()?.as_slice(), show_ms)?;
    let mut with_time = gst::Buffer::from_mut_slice(bytes);
    let flags = gst::BufferCopyFlags::FLAGS | gst::BufferCopyFlags::TIMESTAMPS | gst::BufferCopyFlags::META;
    buffer.copy_into(with_time.get_mut()?, flags, ..).ok()?;
    Some(with_time)
}

fn keyframes_of(encoder: &gst::Element, time: Arc<Timebase>) -> Arc<dyn Fn() + Send + Sync> {
    let (encoder, last) = (encoder.downgrade(), AtomicU64::new(0));
    Arc::new(move || {
        let now = time.now_ns();
        let before = last.load(Ordering::SeqCst);
        if now < before + KEYFRAME_APART_NS
            || last.compare_exchange(before, now, Ordering::SeqCst, Ordering::SeqCst).is_err()
        {
            return;
        }
        if let Some(pad) = encoder.upgrade().and_then(|e| e.static_pad("src")) {
            pad.send_event(gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
        }
    })
}
