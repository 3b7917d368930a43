//! The place of an encoder in a pipeline: when the pipeline fails, another encoder takes it and everything goes on, with
//! the same source in front and the same hub behind.

use crate::{
    EncoderReport, MediaError,
    encode::{self, VideoEncode},
};
use gst::prelude::*;
use gstreamer as gst;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering},
};

/// Hangs probes on a new encoder. Errors: a pad is missing.
pub(super) type Dress = Box<dyn Fn(&gst::Element) -> Result<(), MediaError> + Send + Sync>;

/// One encoder between two elements of a pipeline.
pub(super) struct Seat {
    pipeline: gst::Pipeline,
    /// In front of it and behind it.
    between: (gst::Element, gst::Element),
    wish: VideoEncode,
    dress: Dress,
    now: Mutex<Sitting>,
    /// What it was asked for last, bits a second; the next encoder begins with it.
    asked_bps: AtomicU32,
}

struct Sitting {
    element: gst::Element,
    name: &'static str,
    report: Arc<EncoderReport>,
}

impl Seat {
    /// Makes an encoder as wished and links it. Errors: there is none, or it can't be linked.
    pub(super) fn fill(
        pipeline: &gst::Pipeline,
        between: (&gst::Element, &gst::Element),
        wish: VideoEncode,
        dress: Dress,
    ) -> Result<Arc<Self>, MediaError> {
        let between = (between.0.clone(), between.1.clone());
        let sitting = sit(pipeline, &between, (&wish, wish.bitrate_bps), &dress)?;
        let (pipeline, asked_bps) = (pipeline.clone(), AtomicU32::new(wish.bitrate_bps));
        Ok(Arc::new(Self { pipeline, between, wish, dress, now: Mutex::new(sitting), asked_bps }))
    }

    /// Stops the pipeline, puts a new encoder in, and runs it again. Blocking. Errors: there is none that works; the
    /// pipeline stands still then.
    pub(super) fn replace(&self) -> Result<(), MediaError> {
        let _ = self.pipeline.set_state(gst::State::Null);
        let mut now = self.now();
        let (before, behind) = &self.between;
        before.unlink(&now.element);
        now.element.unlink(behind);
        // A former try that found no encoder has taken it out already.
        let _ = self.pipeline.remove(&now.element);
        let wish = (&self.wish, self.asked_bps.load(Ordering::Relaxed));
        *now = sit(&self.pipeline, &self.between, wish, &self.dress)?;
        drop(now);
        super::graph::play(&self.pipeline)
    }

    /// Stands still.
    pub(super) fn stop(&self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }

    pub(super) fn pipeline(&self) -> &gst::Pipeline {
        &self.pipeline
    }

    pub(super) fn element(&self) -> gst::Element {
        self.now().element.clone()
    }

    /// Factory name of the encoder.
    pub(super) fn name(&self) -> &'static str {
        self.now().name
    }

    /// What was tried before it was taken.
    pub(super) fn report(&self) -> Arc<EncoderReport> {
        self.now().report.clone()
    }

    /// Lets the encoder fail as a driver does that is reset: it says so, and takes no picture any more.
    pub(super) fn fail(&self) {
        let encoder = self.element();
        let Some(pad) = encoder.static_pad("sink") else { return };
        pad.add_probe(gst::PadProbeType::BUFFER, |_, info| {
            info.flow_res = Err(gst::FlowError::Error);
            gst::PadProbeReturn::Handled
        });
        encoder.post_error_message(gst::error_msg!(gst::StreamError::Encode, ["made to fail on purpose"]));
    }

    /// Sets the bitrate while it runs, bits a second.
    pub(super) fn steer(&self, bitrate_bps: u32) {
        self.asked_bps.store(bitrate_bps, Ordering::Relaxed);
        if let Err(error) = encode::set_bitrate(&self.element(), bitrate_bps) {
            tracing::warn!(%error, bitrate_bps, "the encoder keeps its bitrate");
        }
    }

    /// What it was asked for last, bits a second.
    pub(super) fn asked_bps(&self) -> u32 {
        self.asked_bps.load(Ordering::Relaxed)
    }

    fn now(&self) -> MutexGuard<'_, Sitting> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sit(
    pipeline: &gst::Pipeline,
    (before, behind): &(gst::Element, gst::Element),
    (wish, bitrate_bps): (&VideoEncode, u32),
    dress: &Dress,
) -> Result<Sitting, MediaError> {
    let made = encode::video(&VideoEncode { bitrate_bps, ..wish.clone() })?;
    let element = made.element;
    pipeline.add(&element).map_err(|e| MediaError::pipeline("encoder", e))?;
    let linked = gst::Element::link_many([before, &element, behind]).map_err(|e| MediaError::pipeline("encoder", e));
    if let Err(error) = linked.and_then(|()| dress(&element)) {
        // The next try finds the place empty.
        let _ = element.set_state(gst::State::Null);
        let _ = pipeline.remove(&element);
        return Err(error);
    }
    Ok(Sitting { element, name: made.name, report: Arc::new(made.report) })
}
