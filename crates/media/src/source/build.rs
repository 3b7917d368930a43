//! One source pipeline: `src ! decode ! I420 ! appsink`, and the same for sound.
//!
//! Pictures keep their shape and, up to what the canvases can show, their size. Live sources are taken as they come; clips are played in real time by the
//! appsinks (`sync`).

use super::{
    CameraFormat, SourceSpec,
    anchor::{Anchors, FAR_OFF_NS, Stream},
    format,
};
use crate::{
    MediaError,
    clock::Timebase,
    device, elements,
    scene::{Layout, Look},
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Size, rate and colours of the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub width: u32,
    pub height: u32,
    pub fps: u32,
}

impl Shape {
    /// Its colours are BT.709, else BT.601, limited range: what decoders assume of untagged pictures.
    pub(crate) fn is_hd(self) -> bool {
        self.width.min(self.height) > 576
    }

    /// Caps of the canvas.
    pub(crate) fn caps(self) -> gst::Caps {
        self.coloured(self.is_hd())
    }

    /// As [`Self::caps`], with the colours of a larger canvas (`hd`) or of a small one.
    pub(crate) fn coloured(self, hd: bool) -> gst::Caps {
        gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("width", self.width as i32)
            .field("height", self.height as i32)
            .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
            .field("interlace-mode", "progressive")
            .field("colorimetry", colorimetry(hd))
            .field("framerate", gst::Fraction::new(self.fps as i32, 1))
            .build()
    }
}

fn colorimetry(hd: bool) -> &'static str {
    if hd { "bt709" } else { "bt601" }
}

/// How large the pictures of a source may be.
#[derive(Clone, Copy, Debug)]
struct Size {
    shape: Shape,
    largest: u32,
}

impl Size {
    /// Any size up to the largest, in the canvas's colours.
    fn caps(self) -> gst::Caps {
        let sides = gst::IntRange::new(1, i32::try_from(self.largest).unwrap_or(i32::MAX));
        gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("width", sides)
            .field("height", sides)
            .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
            .field("interlace-mode", "progressive")
            .field("colorimetry", colorimetry(self.shape.is_hd()))
            .build()
    }
}

/// Takes one picture and its running time in the program, nanoseconds. Called on a streaming thread; never blocks.
pub(crate) type VideoTap = Arc<dyn Fn(Look, u64) + Send + Sync>;
/// Takes sound, F32 interleaved stereo 48 kHz, and its running time in the program, nanoseconds.
pub(crate) type AudioTap = Arc<dyn Fn(&[f32], u64) + Send + Sync>;

/// Takes the rate at which a device itself delivers sound, Hz, whenever it is known anew.
pub(crate) type RateTap = Arc<dyn Fn(u32) + Send + Sync>;

/// Where a source delivers to.
#[derive(Clone, Default)]
pub(crate) struct Taps {
    pub video: Option<VideoTap>,
    pub audio: Option<AudioTap>,
    pub rate: Option<RateTap>,
    /// Counts the times a stream's clock jumped.
    pub jumps: Arc<AtomicU64>,
}

/// What both tails of a pipeline share to find their times in the program.
#[derive(Clone)]
struct Times {
    program: Arc<Timebase>,
    anchors: Arc<Mutex<Anchors>>,
    jumps: Arc<AtomicU64>,
}

/// What to build.
#[derive(Clone, Debug)]
pub(crate) enum SourcePlan {
    Picture {
        spec: SourceSpec,
        /// Of the main canvas: the rate and the colours of the pictures, and the size of those that have none of their own.
        shape: Shape,
        /// Longest side of a picture, pixels; larger ones are made smaller where they are decoded.
        largest: u32,
        repeat: bool,
        /// Which of the ways to ask a camera is tried, from 0, the best.
        ask: usize,
    },
    Microphone {
        id: String,
    },
    /// 440 Hz at a fifth of full scale.
    Tone,
}

/// A pipeline that is built and not yet started.
pub(crate) struct Built {
    pub pipeline: gst::Pipeline,
    /// A clip: its end is followed by its beginning, or by the slate.
    pub clip: bool,
    /// What a camera was asked for.
    pub asked: Option<Asked>,
}

/// One of the ways to ask a camera.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// In GStreamer's words.
    pub format: String,
    /// How many ways there are.
    pub ways: usize,
}

/// Sound inside the program.
pub(crate) fn audio_caps() -> gst::Caps {
    gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", crate::audio::RATE as i32)
        .field("channels", 2i32)
        .field("channel-mask", gst::Bitmask::new(3))
        .build()
}

impl SourcePlan {
    /// How messages name it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Picture { spec, .. } => spec.to_string(),
            Self::Microphone { id } => format!("microphone \"{id}\""),
            Self::Tone => "the test tone".into(),
        }
    }

    /// True for what is plugged in and may be used by another program.
    pub(crate) fn is_device(&self) -> bool {
        matches!(self, Self::Microphone { .. } | Self::Picture { spec: SourceSpec::Camera { .. }, .. })
    }

    /// True for devices, which may come back after they were lost.
    pub(crate) fn comes_back(&self) -> bool {
        match self {
            Self::Microphone { .. } | Self::Tone => true,
            Self::Picture { spec, repeat, .. } => !matches!(spec, SourceSpec::File(_)) || *repeat,
        }
    }

    /// The same, with a camera asked in another way.
    pub(super) fn asking(&self, way: usize) -> Self {
        let mut plan = self.clone();
        if let Self::Picture { ask, .. } = &mut plan {
            *ask = way;
        }
        plan
    }

    /// Errors: the file it names is not there, or this user may not read it.
    pub(super) fn must_be_there(&self) -> Result<(), MediaError> {
        match self {
            Self::Picture { spec: spec @ (SourceSpec::Image(path) | SourceSpec::File(path)), .. } => {
                must_exist(path, spec)
            }
            _ => Ok(()),
        }
    }

    /// Builds the pipeline. Errors: device not found, file not found, elements missing.
    pub(crate) fn build(&self, time: &Arc<Timebase>, taps: &Taps) -> Result<Built, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply_clock(&pipeline);
        let time = &Times { program: time.clone(), anchors: Arc::default(), jumps: taps.jumps.clone() };
        let mut asked = None;
        let clip = match self {
            Self::Microphone { id } => {
                let device = device::find(device::DeviceKind::Microphone, id)?;
                let src = device.create_element(None).map_err(|e| MediaError::pipeline("microphone", e))?;
                if let Some(tap) = &taps.rate {
                    watch_rate(&device, &src, tap.clone());
                }
                let tail = audio_tail(&pipeline, time, taps, false)?;
                link_source(&pipeline, &[&src], &tail)?;
                false
            }
            Self::Tone => {
                let src = elements::make("audiotestsrc")?;
                src.set_property("is-live", true);
                src.set_property("freq", 440.0f64);
                src.set_property("volume", 0.2f64);
                src.set_property("samplesperbuffer", 480i32);
                let caps = filter(&audio_caps())?;
                let tail = audio_tail(&pipeline, time, taps, false)?;
                link_source(&pipeline, &[&src, &caps], &tail)?;
                false
            }
            Self::Picture { spec, shape, largest, ask, repeat: _ } => {
                let size = Size { shape: *shape, largest: *largest };
                let camera = (*ask, &mut asked);
                picture(&pipeline, spec, size, time, taps, camera)?
            }
        };
        Ok(Built { pipeline, clip, asked })
    }
}

/// Tells at which rate a microphone hears: by the codec of a headset, else by what its element delivers.
fn watch_rate(device: &gst::Device, src: &gst::Element, tap: RateTap) {
    let properties = device.properties();
    let codec = ["api.bluez5.codec", "bluetooth.codec"]
        .iter()
        .find_map(|key| properties.as_ref().and_then(|properties| properties.get::<String>(*key).ok()));
    if let Some(rate_hz) = codec.and_then(|codec| crate::audio::headset_rate(&codec)) {
        return tap(rate_hz);
    }
    let Some(pad) = src.static_pad("src") else { return };
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        if let Some(gst::PadProbeData::Event(event)) = &info.data
            && let gst::EventView::Caps(caps) = event.view()
            && let Some(rate) = caps.caps().structure(0).and_then(|format| format.get::<i32>("rate").ok())
        {
            tap(u32::try_from(rate).unwrap_or_default());
        }
        gst::PadProbeReturn::Ok
    });
}

fn picture(
    pipeline: &gst::Pipeline,
    spec: &SourceSpec,
    size: Size,
    time: &Times,
    taps: &Taps,
    (ask, asked): (usize, &mut Option<Asked>),
) -> Result<bool, MediaError> {
    let shape = size.shape;
    match spec {
        SourceSpec::Test => {
            let src = elements::make("videotestsrc")?;
            src.set_property("is-live", true);
            src.set_property_from_str("pattern", "smpte");
            src.set_property_from_str("horizontal-speed", "2");
            let filter = filter(&shape.caps())?;
            let tail = video_tail(pipeline, size, time, taps, false)?;
            link_source(pipeline, &[&src, &filter], &tail)?;
            Ok(false)
        }
        SourceSpec::Screen => {
            let src = elements::make("ximagesrc")?;
            src.set_property("use-damage", false);
            let caps =
                gst::Caps::builder("video/x-raw").field("framerate", gst::Fraction::new(shape.fps as i32, 1)).build();
            let filter = filter(&caps)?;
            let tail = video_tail(pipeline, size, time, taps, false)?;
            link_source(pipeline, &[&src, &filter], &tail)?;
            Ok(false)
        }
        SourceSpec::Camera { id, format } => {
            *asked = Some(camera(pipeline, (id, format.as_ref(), ask), size, time, taps)?);
            Ok(false)
        }
        SourceSpec::Image(path) => {
            let src = elements::make("filesrc")?;
            src.set_property("location", path.as_os_str().to_string_lossy().as_ref());
            let decode = elements::make("decodebin")?;
            let convert = elements::make("videoconvertscale")?;
            let freeze = elements::make("imagefreeze")?;
            freeze.set_property("is-live", true);
            let tail = video_tail(pipeline, size, time, taps, false)?;
            elements::add_row(pipeline, &[&src, &decode])?;
            let rate = gst::Caps::builder("video/x-raw").field("framerate", gst::Fraction::new(shape.fps as i32, 1));
            let (small, rate) = (filter(&size.caps())?, filter(&rate.build())?);
            elements::add_row(pipeline, &[&convert, &small, &freeze, &rate])?;
            rate.link(&tail).map_err(|e| MediaError::pipeline("imagefreeze", e))?;
            link_when_decoded(&decode, Some(convert), None);
            Ok(false)
        }
        SourceSpec::File(path) => {
            let path = path.canonicalize().map_err(|e| MediaError::Clip { path: path.clone(), why: e.to_string() })?;
            let uri = gst::glib::filename_to_uri(&path, None).map_err(|e| MediaError::pipeline("uridecodebin", e))?;
            decoded(pipeline, &uri, size, time, taps).map(|()| true)
        }
        SourceSpec::Url(url) => decoded(pipeline, url.as_str(), size, time, taps).map(|()| false),
    }
}

fn must_exist(path: &std::path::Path, spec: &SourceSpec) -> Result<(), MediaError> {
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(MediaError::SourceNotFound { what: spec.to_string() })
        }
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(MediaError::FileDenied { what: spec.to_string() })
        }
        Err(e) => Err(MediaError::Source { what: spec.to_string(), why: e.to_string() }),
    }
}

/// A camera, asked in one of the ways there are.
fn camera(
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
    let Some((ways, ask)) = asks.and_then(|asks| Some((asks.len(), asks.get(ask).or(asks.last())?.clone()))) else {
        return Err(MediaError::FormatNotOffered {
            what: format!("camera \"{id}\""),
            format: chosen.map(ToString::to_string).unwrap_or_default(),
            offered: CameraFormat::all_of(&offered).iter().map(ToString::to_string).collect(),
        });
    };
    let format = ask.filter.as_ref().map_or_else(|| "whatever it has".to_owned(), ToString::to_string);
    tracing::info!(camera.id = id, format, decode = ?ask.decode, "camera format");
    let asked = Asked { format, ways };
    let tail = video_tail(pipeline, size, time, taps, false)?;
    let mut row = vec![src];
    if let Some(wish) = &ask.filter {
        row.push(filter(wish)?);
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

fn decoded(pipeline: &gst::Pipeline, uri: &str, size: Size, time: &Times, taps: &Taps) -> Result<(), MediaError> {
    let decode = elements::make("uridecodebin")?;
    decode.set_property("uri", uri);
    super::apart::stay_with(&decode, uri);
    pipeline.add(&decode).map_err(|e| MediaError::pipeline("uridecodebin", e))?;
    let weak = pipeline.downgrade();
    let (time, taps) = (time.clone(), taps.clone());
    // Tails are made when the stream is known: one that never gets data would hold up the whole pipeline's preroll.
    decode.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        let media = pad.current_caps().or_else(|| Some(pad.query_caps(None)));
        let name = media.and_then(|caps| caps.structure(0).map(|s| s.name().to_string())).unwrap_or_default();
        let taken = |kind: &str| pipeline.by_name(kind).is_some();
        let tail = if name.starts_with("video/") && !taken("pictures") {
            video_tail(&pipeline, size, &time, &taps, true)
        } else if name.starts_with("audio/") && !taken("sound") && taps.audio.is_some() {
            audio_tail(&pipeline, &time, &taps, true)
        } else {
            return;
        };
        match tail.and_then(|tail| elements::pad(&tail, "sink")) {
            Ok(sink) => drop(pad.link(&sink)),
            Err(error) => tracing::warn!(%error, "a stream of the clip cannot be played"),
        }
    });
    Ok(())
}

fn link_when_decoded(decoder: &gst::Element, video: Option<gst::Element>, audio: Option<gst::Element>) {
    let (video, audio) = (video.map(|e| e.downgrade()), audio.map(|e| e.downgrade()));
    decoder.connect_pad_added(move |_, pad| {
        let name = pad.query_caps(None).structure(0).map(|s| s.name().to_string()).unwrap_or_default();
        let target = if name.starts_with("audio/") { &audio } else { &video };
        let sink = target.as_ref().and_then(|t| t.upgrade()).and_then(|t| t.static_pad("sink"));
        if let Some(sink) = sink.filter(|s| !s.is_linked()) {
            let _ = pad.link(&sink);
        }
    });
}

fn filter(caps: &gst::Caps) -> Result<gst::Element, MediaError> {
    let filter = elements::make("capsfilter")?;
    filter.set_property("caps", caps);
    Ok(filter)
}

fn link_source(pipeline: &gst::Pipeline, row: &[&gst::Element], tail: &gst::Element) -> Result<(), MediaError> {
    elements::add_row(pipeline, row)?;
    match row.last() {
        Some(last) => last.link(tail).map_err(|e| MediaError::pipeline(&last.name(), e)),
        None => Ok(()),
    }
}

/// `queue ! I420 ! appsink` into the video tap; returns the queue.
fn video_tail(
    pipeline: &gst::Pipeline,
    size: Size,
    times: &Times,
    taps: &Taps,
    clip: bool,
) -> Result<gst::Element, MediaError> {
    let queue = elements::make("queue")?;
    if !clip {
        queue.set_property_from_str("leaky", "downstream");
    }
    queue.set_property("max-size-buffers", 3u32);
    let convert = elements::make("videoconvertscale")?;
    let caps = filter(&size.caps())?;
    let sink = gst_app::AppSink::builder().name("pictures").sync(clip).max_buffers(2).build();
    sink.set_property("qos", false);
    let tap = taps.video.clone();
    let time = times.clone();
    let clip_taps = taps.audio.is_some();
    tracing::debug!(clip, with_sound = clip_taps, "picture tail built");
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                let layout = sample.caps().and_then(layout_of);
                if let (Some(tap), Some(layout), Some((buffer, at))) =
                    (&tap, layout, timed(sink, &sample, &time.program))
                {
                    tap(Look { buffer, layout }, at);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    keep_near_now(&sink, Stream::Picture, times)?;
    finish_tail(pipeline, &[&queue, &convert, &caps, sink.upcast_ref()])?;
    Ok(queue)
}

/// `queue ! convert ! resample ! appsink` into the audio tap; returns the queue.
fn audio_tail(pipeline: &gst::Pipeline, times: &Times, taps: &Taps, clip: bool) -> Result<gst::Element, MediaError> {
    let queue = elements::make("queue")?;
    let convert = elements::make("audioconvert")?;
    let resample = elements::make("audioresample")?;
    let caps = filter(&audio_caps())?;
    let sink = gst_app::AppSink::builder().name("sound").sync(clip).max_buffers(50).build();
    let tap = taps.audio.clone();
    let time = times.clone();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let (Some(tap), Some((buffer, at))) = (&tap, timed(sink, &sample, &time.program)) {
                    let map = buffer.map_readable().map_err(|_| gst::FlowError::Error)?;
                    let samples: Vec<f32> =
                        map.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
                    tap(&samples, at);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    keep_near_now(&sink, Stream::Sound, times)?;
    finish_tail(pipeline, &[&queue, &convert, &resample, &caps, sink.upcast_ref()])?;
    Ok(queue)
}

fn finish_tail(pipeline: &gst::Pipeline, row: &[&gst::Element]) -> Result<(), MediaError> {
    elements::add_row(pipeline, row)?;
    for element in row.iter().rev() {
        element.sync_state_with_parent().map_err(|e| MediaError::pipeline(&element.name(), e))?;
    }
    Ok(())
}

/// Moves pictures or sound whose time has jumped far off to now, before the sink waits for that time.
fn keep_near_now(sink: &gst_app::AppSink, stream: Stream, times: &Times) -> Result<(), MediaError> {
    let (weak, times) = (sink.downgrade(), times.clone());
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    elements::pad(sink.upcast_ref(), "sink")?.add_probe(kinds, move |pad, info| {
        let Some(sink) = weak.upgrade() else { return gst::PadProbeReturn::Ok };
        match &mut info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => {
                if let Some(pts) = moved(pad, &sink, buffer, stream, &times) {
                    buffer.make_mut().set_pts(pts);
                }
                gst::PadProbeReturn::Ok
            }
            Some(gst::PadProbeData::Event(event)) if is_far_gap(pad, &sink, event, &times) => elements::SWALLOW,
            _ => gst::PadProbeReturn::Ok,
        }
    });
    Ok(())
}

/// True for word of a gap far ahead: where one stream jumps, demuxers tell the others to wait for it.
fn is_far_gap(pad: &gst::Pad, sink: &gst_app::AppSink, event: &gst::EventRef, times: &Times) -> bool {
    let gst::EventView::Gap(gap) = event.view() else { return false };
    let at = in_program(pad, sink, gap.get().0, times);
    at.is_some_and(|at| at > times.program.now_ns().saturating_add(FAR_OFF_NS))
}

/// The time of a stamp in the program, nanoseconds. None until the sink plays: before, it has no base time that holds, and
/// what it takes is its first, which is shown at once.
fn in_program(pad: &gst::Pad, sink: &gst_app::AppSink, pts: gst::ClockTime, times: &Times) -> Option<u64> {
    if sink.current_state() != gst::State::Playing || sink.pending_state() != gst::State::VoidPending {
        return None;
    }
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let running = event.segment().downcast_ref::<gst::ClockTime>()?.to_running_time_full(pts)?.positive()?;
    Some(times.program.program_ns(running, sink.base_time()?))
}

/// The stamp a buffer gets instead of its own; none where its own is good.
fn moved(
    pad: &gst::Pad,
    sink: &gst_app::AppSink,
    buffer: &gst::BufferRef,
    stream: Stream,
    times: &Times,
) -> Option<gst::ClockTime> {
    let pts = buffer.pts()?;
    let at = in_program(pad, sink, pts, times)?;
    let placed = {
        let mut anchors = times.anchors.lock().unwrap_or_else(PoisonError::into_inner);
        let before = anchors.jumps;
        let placed = anchors.place(stream, at, times.program.now_ns());
        if anchors.jumps != before {
            times.jumps.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(?stream, jumps = anchors.jumps, "the source's clock jumped; it counts from now on");
        }
        placed
    };
    let shifted = i128::from(pts.nseconds()) + i128::from(placed) - i128::from(at);
    u64::try_from(shifted).ok().filter(|_| placed != at).map(gst::ClockTime::from_nseconds)
}

fn layout_of(caps: &gst::CapsRef) -> Option<Layout> {
    let structure = caps.structure(0)?;
    let side = |name: &str| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
    Some(Layout::new(side("width")?, side("height")?))
}

/// The buffer of a sample and its running time in the program.
fn timed(sink: &gst_app::AppSink, sample: &gst::Sample, time: &Timebase) -> Option<(gst::Buffer, u64)> {
    let buffer = sample.buffer_owned()?;
    // PipeWire's virtual cameras stamp nothing: then it was captured when it came.
    let Some(pts) = buffer.pts() else { return Some((buffer, time.now_ns())) };
    let running = sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_running_time(pts)?;
    Some((buffer, time.program_ns(running, sink.base_time()?)))
}
