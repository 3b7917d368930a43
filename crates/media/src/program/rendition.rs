//! A further encode of a canvas, for destinations that want it smaller or a recording that wants it better. It runs while
//! somebody holds it, and all who ask for the same share it.
//!
//! It takes the canvas's pictures from a tap, through a leaky queue into a pipeline and a hub of its own, so what happens
//! here is felt by no other encode. The sound is the one that all share.

use super::{
    graph::{EncodeCounters, Stamp, add_tail, dress, gate, leaky_source, play, steer_of},
    keyframes::Keyframes,
    mend::{self, Patient, Without},
    pulse::Pulse,
    seat::Seat,
};
use crate::{
    EncodeStats, MediaError,
    canvas::Effort,
    clock::Timebase,
    elements,
    encode::VideoEncode,
    event::Events,
    hub::{Hub, Media, Only},
    output::{RawTap, Taking},
    source::Shape,
};
use gst::prelude::*;
use gstreamer as gst;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Raw pictures that may wait for it. What it has no time for is left out: the main encode comes first.
const WAITING: u64 = 4;

/// What a further encode is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RenditionSpec {
    /// For statistics: "360p".
    pub name: String,
    /// Pixels; even.
    pub width: u32,
    pub height: u32,
    pub encode: VideoEncode,
}

/// What renditions need of their canvas.
pub(super) struct RenditionParts {
    /// Name of the canvas, for statistics.
    pub canvas: String,
    pub shape: Shape,
    pub raw: Arc<RawTap>,
    /// The canvas's hub, for the sound in it.
    pub sound: Arc<Hub>,
    pub time: Arc<Timebase>,
    pub on_air: Arc<AtomicBool>,
    pub effort: Arc<Effort>,
    pub events: Events,
    /// Pictures that these encodes had no time for, those that are over among them.
    pub behind: Arc<AtomicU64>,
}

/// All further encodes of one canvas.
pub(super) struct Renditions {
    parts: RenditionParts,
    running: Mutex<Vec<Weak<Rendition>>>,
}

/// One that runs; it ends when the last who holds it lets go.
pub(crate) struct Rendition {
    spec: RenditionSpec,
    /// Pictures of this encode, and the sound of the show.
    pub hub: Arc<Hub>,
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
    /// Sets the bitrate while it runs, bits a second.
    pub steer: Arc<dyn Fn(u32) + Send + Sync>,
    counters: Arc<EncodeCounters>,
    label: String,
    effort: Arc<Effort>,
    seat: Arc<Seat>,
    sound: (Arc<Hub>, Arc<Only>),
    /// Pictures that it had no time for.
    dropped: Arc<AtomicU64>,
    taking: Mutex<Option<Taking>>,
    mender: Mutex<Option<Pulse>>,
}

impl Renditions {
    pub(super) fn new(parts: RenditionParts) -> Self {
        Self { parts, running: Mutex::default() }
    }

    /// The encode that runs for `spec`, or a new one. Errors: encoder or elements.
    pub(super) fn take(&self, spec: &RenditionSpec) -> Result<Arc<Rendition>, MediaError> {
        let mut running = self.running();
        running.retain(|one| one.strong_count() > 0);
        if let Some(same) = running.iter().filter_map(Weak::upgrade).find(|one| one.spec == *spec) {
            return Ok(same);
        }
        let fresh = Arc::new(Rendition::start(spec, &self.parts)?);
        running.push(Arc::downgrade(&fresh));
        Ok(fresh)
    }

    /// Pictures that they had no time for since the program began.
    pub(super) fn behind(&self) -> u64 {
        self.parts.behind.load(Ordering::Relaxed)
    }

    /// What runs now.
    pub(super) fn stats(&self) -> Vec<EncodeStats> {
        let running: Vec<_> = self.running().iter().filter_map(Weak::upgrade).collect();
        running.iter().map(|one| one.stats()).collect()
    }

    fn running(&self) -> MutexGuard<'_, Vec<Weak<Rendition>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rendition {
    fn start(spec: &RenditionSpec, parts: &RenditionParts) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        parts.time.apply(&pipeline);
        let (hub, counters) = (Arc::new(Hub::default()), Arc::new(EncodeCounters::default()));
        let source = leaky_source("canvas", parts.raw.caps(), WAITING);
        let (scaler, size) = (elements::make("videoconvertscale")?, elements::make("capsfilter")?);
        size.set_property("caps", sized(parts.shape, spec));
        elements::add_row(&pipeline, &[source.upcast_ref(), &scaler, &size])?;
        let tail = add_tail(&pipeline, &hub)?;
        gate(&elements::pad(&scaler, "sink")?, parts.on_air.clone(), Some((counters.clone(), parts.time.clone())));
        let (time, counted, effort) = (parts.time.clone(), counters.clone(), parts.effort.clone());
        let keys = Arc::<Keyframes>::default();
        let worn = keys.clone();
        let dressed = move |encoder: &gst::Element| {
            let stamped = Stamp { time: time.clone(), events: None, counters: counted.clone(), effort: effort.clone() };
            dress(encoder, &worn, stamped)
        };
        let seat = Seat::fill(&pipeline, (&size, &tail), spec.encode.clone(), Box::new(dressed))?;
        let label = format!("{} {}", parts.canvas, spec.name);
        let patient = Patient::Picture(seat.clone());
        let mender = mend::start(patient, label.clone(), Without::This, parts.events.clone())
            .map_err(|e| MediaError::pipeline("rendition", e))?;
        let forward = Arc::new(Only::new(Media::Audio, hub.clone()));
        parts.sound.attach(forward.clone());
        let rendition = Self {
            want_keyframe: keys.asker(),
            steer: steer_of(&seat),
            spec: spec.clone(),
            hub,
            counters,
            label,
            effort: parts.effort.clone(),
            sound: (parts.sound.clone(), forward),
            dropped: Arc::default(),
            taking: Mutex::new(None),
            mender: Mutex::new(Some(mender)),
            seat,
        };
        play(rendition.seat.pipeline())?;
        let (dropped, behind) = (rendition.dropped.clone(), parts.behind.clone());
        let count = move |lost: u64| {
            for all in [&dropped, &behind] {
                all.fetch_add(lost, Ordering::Relaxed);
            }
        };
        *lock(&rendition.taking) = Some(parts.raw.attach(&source, count));
        tracing::info!(encode = rendition.label, encoder = rendition.seat.name(), "a further encode begins");
        Ok(rendition)
    }

    /// What it was asked for at the start, bits a second.
    pub(super) fn bitrate_bps(&self) -> u32 {
        self.spec.encode.bitrate_bps
    }

    /// Pictures so far, and the time one takes against the time it has.
    pub(super) fn effort(&self) -> (u64, f32) {
        (self.counters.encoded.load(Ordering::Relaxed), self.counters.load.smoothed())
    }

    fn stats(&self) -> EncodeStats {
        let fps = self.effort.fps();
        EncodeStats {
            name: self.label.clone(),
            encoder: self.seat.name().to_owned(),
            width: self.spec.width,
            height: self.spec.height,
            encoded: self.counters.encoded.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            bitrate_bps: self.seat.asked_bps(),
            fps,
            picture_ms: self.counters.load.smoothed() * 1000.0 / fps as f32,
        }
    }
}

impl Drop for Rendition {
    fn drop(&mut self) {
        lock(&self.taking).take();
        let (hub, forward) = &self.sound;
        hub.detach(forward);
        lock(&self.mender).take();
        self.seat.stop();
        tracing::info!(encode = self.label, "a further encode ends");
    }
}

/// Caps of what is encoded. Only the size changes: the colours stay those of the canvas.
fn sized(canvas: Shape, spec: &RenditionSpec) -> gst::Caps {
    Shape { width: spec.width, height: spec.height, ..canvas }.coloured(canvas.is_hd())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
