//! The pipelines of a program: one for each canvas, `appsrc ! tee ! (gate ! size ! encoder ! h264parse ! hub) (gate ! preview)`, and
//! one for the sound of all, `appsrc ! gate ! AAC ! hubs`.
//!
//! The encoder runs on the appsrc's thread, without a queue between: when it is too slow the appsrc fills up, and the
//! canvas drops whole frames there, where they are counted. The gates are pad probes that drop until on air.

use super::{
    keyframes::Keyframes,
    opus::{OpusBranch, OpusParts},
    seat::Seat,
    silence::SoundLine,
    size::Sizer,
};
use crate::{
    MediaError, MediaEvent,
    canvas::Effort,
    clock::Timebase,
    elements, encode,
    event::Events,
    hub::{Hub, Media, Packet},
    output::RawTap,
    preview::{self, Preview},
    source::{Shape, audio_caps},
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Picture of one canvas.
pub(super) struct VideoGraph {
    pub input: gst_app::AppSrc,
    pub preview: Preview,
    pub seat: Arc<Seat>,
    pub counters: Arc<EncodeCounters>,
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
    /// Sets the picture's bitrate while the encoder runs, bits a second.
    pub steer: Arc<dyn Fn(u32) + Send + Sync>,
    pub raw: Arc<RawTap>,
    pub sizer: Sizer,
}

/// Sound of all canvases, encoded once; as Opus too while somebody takes it.
pub(super) struct AudioGraph {
    pub pipeline: gst::Pipeline,
    pub input: gst_app::AppSrc,
    pub encoder_name: String,
    /// What is encoded passes here, or silence instead.
    pub line: Arc<SoundLine>,
    pub opus: OpusBranch,
}

/// What both kinds share.
pub(super) struct Common<'a> {
    pub time: &'a Arc<Timebase>,
    pub on_air: &'a Arc<AtomicBool>,
    pub events: &'a Events,
}

#[derive(Debug, Default)]
pub(super) struct EncodeCounters {
    pub encoded: AtomicU64,
    /// The canvas goes by it too.
    pub load: Arc<encode::EncodeLoad>,
    began_ns: AtomicU64,
}

impl VideoGraph {
    pub(super) fn build(
        wish: encode::VideoEncode,
        shape: Shape,
        (hub, effort): (&Arc<Hub>, &Arc<Effort>),
        Common { time, on_air, events }: &Common<'_>,
    ) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let input = source("canvas", &shape.caps());
        let tee = elements::make("tee")?;
        elements::add_row(&pipeline, &[input.upcast_ref(), &tee])?;
        let preview = preview::branch(&pipeline, &tee, shape, None)?;
        let counters = Arc::new(EncodeCounters::default());
        let (sizer, (entrance, exit)) = Sizer::insert(&pipeline, shape, &tee)?;
        gate(&elements::pad(&entrance, "sink")?, (*on_air).clone(), Some((counters.clone(), (*time).clone())));
        let tail = add_tail(&pipeline, hub)?;
        let (told, counted, effort) = (((*time).clone(), (*events).clone()), counters.clone(), effort.clone());
        let keys = Arc::<Keyframes>::default();
        let worn = keys.clone();
        let dress = move |encoder: &gst::Element| {
            let (time, events) = told.clone();
            let stamped = Stamp { time, events: Some(events), counters: counted.clone(), effort: effort.clone() };
            dress(encoder, &worn, stamped)
        };
        let seat = Seat::fill(&pipeline, (&exit, &tail), wish, Box::new(dress))?;
        Ok(Self {
            want_keyframe: keys.asker(),
            steer: steer_of(&seat),
            seat,
            raw: RawTap::watch(&elements::pad(&tee, "sink")?, shape.caps()),
            sizer,
            input,
            preview,
            counters,
        })
    }
}

impl AudioGraph {
    pub(super) fn build(
        bitrate_bps: u32,
        hubs: Vec<Arc<Hub>>,
        Common { time, on_air, events }: &Common<'_>,
    ) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let input = source("audio", &audio_caps());
        let encoder = encode::audio(bitrate_bps)?;
        let line = SoundLine::new(hubs);
        add_audio(&pipeline, &input, &encoder, line.clone())?;
        let exit = elements::pad(input.upcast_ref(), "src")?;
        gate(&exit, (*on_air).clone(), None);
        let raw = RawTap::watch(&exit, audio_caps());
        let opus = OpusBranch::new(OpusParts { raw, time: (*time).clone(), bitrate_bps, events: (*events).clone() });
        Ok(Self { encoder_name: name_of(&encoder), pipeline, input, line, opus })
    }
}

pub(super) fn play(pipeline: &gst::Pipeline) -> Result<(), MediaError> {
    pipeline.set_state(gst::State::Playing).map(drop).map_err(|e| MediaError::pipeline("program", e))
}

fn source(name: &str, caps: &gst::Caps) -> gst_app::AppSrc {
    live_source(name, caps).build()
}

/// As the sources of the main encodes, for a further one: what it has no time for is left out, the oldest of `waiting` first.
pub(super) fn leaky_source(name: &str, caps: &gst::Caps, waiting: u64) -> gst_app::AppSrc {
    live_source(name, caps).max_buffers(waiting).leaky_type(gst_app::AppLeakyType::Downstream).build()
}

fn live_source<'a>(name: &'a str, caps: &'a gst::Caps) -> gst_app::app_src::AppSrcBuilder<'a> {
    gst_app::AppSrc::builder().name(name).caps(caps).format(gst::Format::Time).is_live(true).max_bytes(0)
}

fn name_of(element: &gst::Element) -> String {
    element.factory().map(|factory| factory.name().to_string()).unwrap_or_default()
}

/// Adds `h264parse ! hub`, what follows every encoder, and returns its first element.
pub(super) fn add_tail(pipeline: &gst::Pipeline, hub: &Arc<Hub>) -> Result<gst::Element, MediaError> {
    let stream = |format: &str| {
        let caps = gst::Caps::builder("video/x-h264").field("stream-format", format).field("alignment", "au").build();
        elements::make("capsfilter").inspect(|filter| filter.set_property("caps", caps))
    };
    let (annex_b, parser, avc) = (stream("byte-stream")?, elements::make("h264parse")?, stream("avc")?);
    let sink = hub_sink(Media::Video, vec![hub.clone()]);
    elements::add_row(pipeline, &[&annex_b, &parser, &avc, sink.upcast_ref()])?;
    Ok(annex_b)
}

fn add_audio(
    pipeline: &gst::Pipeline,
    source: &gst_app::AppSrc,
    encoder: &gst::Element,
    line: Arc<SoundLine>,
) -> Result<(), MediaError> {
    let (convert, filter) = (elements::make("audioconvert")?, elements::make("capsfilter")?);
    let caps = gst::Caps::builder("audio/mpeg").field("mpegversion", 4i32).field("stream-format", "raw").build();
    filter.set_property("caps", caps);
    let sink = sound_sink(line);
    elements::add_row(pipeline, &[source.upcast_ref(), &convert, encoder, &filter, sink.upcast_ref()])
}

/// Hands what is encoded to hubs.
pub(super) fn hub_sink(media: Media, hubs: Vec<Arc<Hub>>) -> gst_app::AppSink {
    packet_sink(move |caps, packet| {
        for hub in &hubs {
            caps.into_iter().for_each(|caps| hub.set_caps(media, caps));
            packet.iter().for_each(|packet| hub.push(media, packet));
        }
    })
}

/// Hands what is encoded to a line.
pub(super) fn sound_sink(line: Arc<SoundLine>) -> gst_app::AppSink {
    packet_sink(move |caps, packet| {
        caps.into_iter().for_each(|caps| line.set_caps(caps));
        packet.iter().for_each(|packet| line.take(packet));
    })
}

/// Hands on what is encoded, and what it is.
fn packet_sink(give: impl Fn(Option<&gst::CapsRef>, Option<Packet>) + Send + 'static) -> gst_app::AppSink {
    let sink = gst_app::AppSink::builder().sync(false).async_(false).max_buffers(8).build();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                give(sample.caps(), packet(&sample));
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
pub(super) fn gate(pad: &gst::Pad, on_air: Arc<AtomicBool>, timed: Option<(Arc<EncodeCounters>, Arc<Timebase>)>) {
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

pub(super) struct Stamp {
    pub time: Arc<Timebase>,
    /// Where the first picture is told, which begins the show; none for a further encode.
    pub events: Option<Events>,
    pub counters: Arc<EncodeCounters>,
    /// Fewer pictures have more time each.
    pub effort: Arc<Effort>,
}

/// Counts encoded pictures, begins the show with the first, and puts the show time before every keyframe.
fn stamp(pad: &gst::Pad, stamp: Stamp) {
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
        let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data else { return gst::PadProbeReturn::Ok };
        let Some(running_ns) = running_ns(pad, buffer) else { return gst::PadProbeReturn::Ok };
        if let Some(events) = stamp.events.as_ref().filter(|_| stamp.time.begin_show(running_ns)) {
            events.send(MediaEvent::FirstFrameEncoded);
        }
        let spent = stamp.time.now_ns().saturating_sub(stamp.counters.began_ns.load(Ordering::Relaxed));
        stamp.counters.load.took(spent, 1_000_000_000 / u64::from(stamp.effort.fps()));
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

pub(super) fn running_ns(pad: &gst::Pad, buffer: &gst::BufferRef) -> Option<u64> {
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

/// What every encoder of pictures wears, whichever sits there.
pub(super) fn dress(encoder: &gst::Element, keys: &Arc<Keyframes>, stamped: Stamp) -> Result<(), MediaError> {
    keys.watch(&elements::pad(encoder, "sink")?, &elements::pad(encoder, "src")?);
    stamp(&elements::pad(encoder, "src")?, stamped);
    Ok(())
}

/// Sets the bitrate of the encoder that sits there, bits a second.
pub(super) fn steer_of(seat: &Arc<Seat>) -> Arc<dyn Fn(u32) + Send + Sync> {
    let seat = Arc::downgrade(seat);
    Arc::new(move |bitrate_bps| seat.upgrade().iter().for_each(|seat| seat.steer(bitrate_bps)))
}
