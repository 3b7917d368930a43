//! The show's sound as Opus, for WebRTC. It is encoded once for all who take it, and only while somebody does.

use super::{
    graph::{hub_sink, leaky_source, play},
    mend::{self, Patient, Without},
    pulse::Pulse,
};
use crate::{
    MediaError,
    clock::Timebase,
    elements,
    event::Events,
    hub::{Hub, Media, Only},
    output::{RawTap, Taking},
};
use gst::prelude::*;
use gstreamer as gst;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Pieces of raw sound that may wait for the encoder, which takes a hundredth of their time.
const WAITING: u64 = 50;
/// What Opus is made for; more is not heard.
const MOST_BPS: u32 = 256_000;

/// What the encode needs of its program.
pub(super) struct OpusParts {
    pub raw: Arc<RawTap>,
    pub time: Arc<Timebase>,
    pub bitrate_bps: u32,
    pub events: Events,
}

/// The encode that runs, if one does.
pub(super) struct OpusBranch {
    parts: OpusParts,
    running: Mutex<Weak<Opus>>,
}

/// One that runs; it ends when the last who holds it lets go.
struct Opus {
    hub: Arc<Hub>,
    pipeline: gst::Pipeline,
    taking: Option<Taking>,
    mender: Option<Pulse>,
}

/// The pictures of an encode with Opus beside them, in a hub of its own. It ends when it is dropped.
pub(crate) struct WithOpus {
    pub hub: Arc<Hub>,
    pictures: Arc<Hub>,
    opus: Arc<Opus>,
    /// Pictures, then sound.
    forward: [Arc<Only>; 2],
}

impl OpusBranch {
    pub(super) fn new(parts: OpusParts) -> Self {
        Self { parts, running: Mutex::default() }
    }

    /// The pictures in `pictures` with the show's sound as Opus. Errors: encoder or elements.
    pub(super) fn beside(&self, pictures: &Arc<Hub>) -> Result<WithOpus, MediaError> {
        let opus = self.take()?;
        let hub = Arc::new(Hub::default());
        let forward = [Media::Video, Media::Audio].map(|media| Arc::new(Only::new(media, hub.clone())));
        let [video, audio] = &forward;
        pictures.attach(video.clone());
        opus.hub.attach(audio.clone());
        Ok(WithOpus { hub, pictures: pictures.clone(), opus, forward })
    }

    fn take(&self) -> Result<Arc<Opus>, MediaError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = running.upgrade() {
            return Ok(same);
        }
        let fresh = Arc::new(Opus::start(&self.parts)?);
        *running = Arc::downgrade(&fresh);
        Ok(fresh)
    }
}

impl Drop for WithOpus {
    fn drop(&mut self) {
        let [video, audio] = &self.forward;
        self.pictures.detach(video);
        self.opus.hub.detach(audio);
    }
}

impl Opus {
    fn start(parts: &OpusParts) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        parts.time.apply(&pipeline);
        let source = leaky_source("sound", parts.raw.caps(), WAITING);
        let (convert, encoder) = (elements::make("audioconvert")?, elements::make("opusenc")?);
        encoder.set_property("bitrate", i32::try_from(parts.bitrate_bps.min(MOST_BPS)).unwrap_or_default());
        let hub = Arc::new(Hub::default());
        let sink = hub_sink(Media::Audio, vec![hub.clone()]);
        elements::add_row(&pipeline, &[source.upcast_ref(), &convert, &encoder, sink.upcast_ref()])?;
        let patient = Patient::Sound(pipeline.clone());
        let mender = mend::start(patient, "Opus".to_owned(), Without::This, parts.events.clone())
            .map_err(|e| MediaError::pipeline("Opus", e))?;
        play(&pipeline)?;
        let lost = |pieces: u64| tracing::warn!(pieces, "sound is missing in Opus: its encoder has no time for it");
        let taking = Some(parts.raw.attach(&source, lost));
        tracing::info!(bitrate_bps = parts.bitrate_bps, "sound is encoded as Opus too");
        Ok(Self { hub, pipeline, taking, mender: Some(mender) })
    }
}

impl Drop for Opus {
    fn drop(&mut self) {
        self.taking.take();
        self.mender.take();
        let _ = self.pipeline.set_state(gst::State::Null);
        tracing::info!("nobody takes Opus any more");
    }
}
