//! One source pipeline: `src ! decode ! I420 ! appsink`, and the same for sound.
//!
//! Pictures keep their shape and, up to what the canvases can show, their size. Devices and screens are taken as they
//! come; clips and addresses are played in real time by the appsinks (`sync`).

use super::{
    SourceSpec,
    anchor::{Anchors, FAR_OFF_NS, HELD_NS},
    camera::{Asked, camera},
    screen::screen,
    tail::{audio_tail, video_tail},
    taps::{HoldTap, RateTap, Taps},
};
use crate::{MediaError, clock::Timebase, device, elements};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::failure::{Thing, ThingKind};
use std::sync::{Arc, Mutex, atomic::AtomicU64};

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
pub(super) struct Size {
    pub shape: Shape,
    pub largest: u32,
}

impl Size {
    /// Any size up to the largest, in the canvas's colours.
    pub(super) fn caps(self) -> gst::Caps {
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

/// What both tails of a pipeline share to find their times in the program.
#[derive(Clone)]
pub(super) struct Times {
    pub program: Arc<Timebase>,
    pub anchors: Arc<Mutex<Anchors>>,
    pub jumps: Arc<AtomicU64>,
    /// How far ahead of now a stamp may be, nanoseconds.
    pub ahead_ns: u64,
    pub hold: Option<HoldTap>,
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
    /// The device that a microphone is.
    pub held: Option<device::Held>,
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
    /// What messages are about.
    pub(crate) fn thing(&self) -> Thing {
        match self {
            Self::Picture { spec, .. } => spec.thing(),
            Self::Microphone { id } => Thing::new(ThingKind::Microphone, id),
            Self::Tone => Thing::new(ThingKind::TestTone, ""),
        }
    }

    /// How messages name it.
    pub(crate) fn name(&self) -> String {
        self.thing().to_string()
    }

    /// True for what is plugged in and may be used by another program.
    pub(crate) fn is_device(&self) -> bool {
        matches!(self, Self::Microphone { .. } | Self::Picture { spec: SourceSpec::Camera { .. }, .. })
    }

    /// True for screens of this computer.
    pub(super) fn is_screen(&self) -> bool {
        matches!(self, Self::Picture { spec: SourceSpec::Screen { .. }, .. })
    }

    /// True for what the system shares only when the person says so, each time it is chosen.
    pub(crate) fn is_asked_for(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.is_screen() && super::portal::is_spoken();
        #[cfg(not(target_os = "linux"))]
        return false;
    }

    /// True for a file: it is played from its beginning, and is as slow as it was made to be.
    pub(super) fn is_clip(&self) -> bool {
        matches!(self, Self::Picture { spec: SourceSpec::File(_), .. })
    }

    /// True for what delivers all the time while it is there: it is waited for as a device is.
    pub(super) fn is_steady(&self) -> bool {
        self.is_device() || self.is_screen()
    }

    /// How long the device is listed. None for what is no device, or not there.
    pub(super) fn listed_for(&self) -> Option<std::time::Duration> {
        match self {
            Self::Microphone { id } => device::listed_for(device::DeviceKind::Microphone, id),
            Self::Picture { spec: SourceSpec::Camera { id, .. }, .. } => {
                device::listed_for(device::DeviceKind::Camera, id)
            }
            _ => None,
        }
    }

    /// True for devices, which may come back after they were lost.
    pub(crate) fn comes_back(&self) -> bool {
        match self {
            Self::Microphone { .. } | Self::Tone => true,
            Self::Picture { spec, repeat, .. } => !matches!(spec, SourceSpec::File(_)) || *repeat,
        }
    }

    /// True for what may be another after the computer slept: a device is found anew, a connection is dead. A clip goes on.
    pub(super) fn is_beyond_sleep(&self) -> bool {
        self.is_device() || matches!(self, Self::Picture { spec: SourceSpec::Url(_), .. })
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
        let ahead_ns = if self.is_clip() { HELD_NS } else { FAR_OFF_NS };
        let (program, hold, anchors) = (time.clone(), taps.hold.clone(), Arc::new(Anchors::reaching(ahead_ns).into()));
        let time = &Times { program, anchors, jumps: taps.jumps.clone(), ahead_ns, hold };
        let (mut asked, mut held) = (None, None);
        let clip = match self {
            Self::Microphone { id } => {
                held = device::hold(id);
                let src = match device::loopback(id)? {
                    Some(src) => src,
                    None => {
                        let device = device::find(device::DeviceKind::Microphone, id)?;
                        let src = device::source_of(&device)?;
                        device::hold_to_device(&src);
                        if let Some(tap) = &taps.rate {
                            watch_rate(&device, &src, tap.clone());
                        }
                        src
                    }
                };
                let tail = audio_tail(&pipeline, time, &until_pulled_out(taps, held.clone()), false)?;
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
        Ok(Built { pipeline, clip, asked, held })
    }
}

/// The same taps, and no sound that comes when the device is gone: it would be another one's.
fn until_pulled_out(taps: &Taps, held: Option<device::Held>) -> Taps {
    let (Some(tap), Some(held)) = (taps.audio.clone(), held) else { return taps.clone() };
    let audio = Arc::new(move |samples: &[f32], at: u64| {
        if !held.is_pulled_out() {
            tap(samples, at);
        }
    });
    Taps { audio: Some(audio), ..taps.clone() }
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
        SourceSpec::Screen { monitor } => screen(pipeline, monitor.as_deref(), size, time, taps).map(|()| false),
        #[cfg(target_os = "linux")]
        SourceSpec::Window(name) => super::x11::window(pipeline, name, size, time, taps).map(|()| false),
        #[cfg(not(target_os = "linux"))]
        SourceSpec::Window(_) => Err(MediaError::SourceNotFound { what: spec.thing() }),
        SourceSpec::Camera { id, format } => {
            *asked = Some(camera(pipeline, (id, format.as_ref(), ask), size, time, taps)?);
            Ok(false)
        }
        SourceSpec::Image(path) => {
            let src = super::still::still(path, size.largest)?;
            let convert = elements::make("videoconvertscale")?;
            let freeze = elements::make("imagefreeze")?;
            freeze.set_property("is-live", true);
            let tail = video_tail(pipeline, size, time, taps, false)?;
            let rate = gst::Caps::builder("video/x-raw").field("framerate", gst::Fraction::new(shape.fps as i32, 1));
            let (small, rate) = (filter(&size.caps())?, filter(&rate.build())?);
            elements::add_row(pipeline, &[src.upcast_ref(), &convert, &small, &freeze, &rate])?;
            rate.link(&tail).map_err(|e| MediaError::pipeline("imagefreeze", e))?;
            Ok(false)
        }
        SourceSpec::File(path) => {
            let path = path.canonicalize().map_err(|e| MediaError::Clip { path: path.clone(), why: e.to_string() })?;
            let uri = gst::glib::filename_to_uri(&path, None).map_err(|e| MediaError::pipeline("uridecodebin", e))?;
            decoded(pipeline, &uri, size, time, taps).map(|()| true)
        }
        SourceSpec::Url(url) => {
            crate::known::remember(&url.clone().into());
            decoded(pipeline, url.as_str(), size, time, taps).map(|()| false)
        }
    }
}

fn must_exist(path: &std::path::Path, spec: &SourceSpec) -> Result<(), MediaError> {
    match std::fs::File::open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(MediaError::SourceNotFound { what: spec.thing() }),
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(MediaError::FileDenied { what: spec.thing() })
        }
        Err(e) => Err(MediaError::Source { what: spec.thing(), why: e.to_string() }),
    }
}

fn decoded(pipeline: &gst::Pipeline, uri: &str, size: Size, time: &Times, taps: &Taps) -> Result<(), MediaError> {
    let decode = elements::make("uridecodebin")?;
    decode.set_property("uri", uri);
    super::apart::stay_with(&decode, uri);
    super::decoders::spare(pipeline.upcast_ref());
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

pub(super) fn link_when_decoded(decoder: &gst::Element, video: Option<gst::Element>, audio: Option<gst::Element>) {
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

pub(super) fn filter(caps: &gst::Caps) -> Result<gst::Element, MediaError> {
    let filter = elements::make("capsfilter")?;
    filter.set_property("caps", caps);
    Ok(filter)
}

pub(super) fn link_source(
    pipeline: &gst::Pipeline,
    row: &[&gst::Element],
    tail: &gst::Element,
) -> Result<(), MediaError> {
    elements::add_row(pipeline, row)?;
    match row.last() {
        Some(last) => last.link(tail).map_err(|e| MediaError::pipeline(&last.name(), e)),
        None => Ok(()),
    }
}
