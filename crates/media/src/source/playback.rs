//! One source's pipeline while it runs: woken, listened to, begun again at its end.

use super::{SourcePlan, Taps, build::Built, camera::Asked};
use crate::{MediaError, clock::Timebase, device::Held, elements};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::reason::SourceWhy;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

/// A pipeline that delivers, or is about to.
pub(super) struct Playback {
    plan: SourcePlan,
    built: Built,
    closed: Arc<AtomicBool>,
}

impl Playback {
    /// Builds it. Errors: device not found, file not found, elements missing.
    pub(super) fn open(plan: &SourcePlan, time: &Arc<Timebase>, taps: &Taps) -> Result<Self, MediaError> {
        Ok(Self { plan: plan.clone(), built: plan.build(time, taps)?, closed: Arc::default() })
    }

    /// Starts it and waits so long until `heard`. Errors: why nothing comes.
    pub(super) fn wake(
        &self,
        patience: Duration,
        heard: impl Fn() -> bool,
        stopping: &AtomicBool,
    ) -> Result<(), MediaError> {
        let pipeline = &self.built.pipeline;
        let deadline = Instant::now() + patience;
        let wait_for = |ready: &dyn Fn() -> bool| self.wait_for((deadline, patience), stopping, ready);
        if self.built.clip {
            let _ = pipeline.set_state(gst::State::Paused);
            wait_for(&|| pipeline.current_state() == gst::State::Paused)?;
            // A segment seek ends in SEGMENT_DONE instead of EOS, so the clip can begin again without a flush. One that
            // plays once needs its EOS: it comes when the last picture was shown, not when it was read.
            if self.repeats() && self.knows_segments() && !self.seek(gst::SeekFlags::FLUSH | gst::SeekFlags::SEGMENT) {
                tracing::debug!("the clip cannot be looped without a flush");
            }
        }
        self.begin();
        wait_for(&heard)
    }

    /// Begins a clip again; false if it can't.
    fn seek(&self, flags: gst::SeekFlags) -> bool {
        let (start, open) = (gst::ClockTime::ZERO, gst::ClockTime::NONE);
        self.built.pipeline.seek(1.0, flags, gst::SeekType::Set, start, gst::SeekType::None, open).is_ok()
    }

    /// False where the demuxer is one that refuses such a seek only after its flush has emptied the pipeline: nothing would
    /// come any more.
    fn knows_segments(&self) -> bool {
        let mut elements = self.built.pipeline.iterate_recurse().into_iter().flatten();
        !elements.any(|element| {
            element.factory().is_some_and(|factory| matches!(factory.name().as_str(), "tsdemux" | "mpegpsdemux"))
        })
    }

    fn wait_for(
        &self,
        (deadline, patience): (Instant, Duration),
        stopping: &AtomicBool,
        ready: impl Fn() -> bool,
    ) -> Result<(), MediaError> {
        let bus = self.built.pipeline.bus().ok_or_else(|| MediaError::pipeline("source", "it has no bus"))?;
        // A short clip is read to its end before its first picture is shown.
        let mut read = None;
        while !ready() {
            if Instant::now() > deadline || stopping.load(Ordering::SeqCst) {
                return Err(nothing_came(&self.plan, patience));
            }
            if self.is_pulled_out() {
                return Err(MediaError::SourceNotFound { what: self.plan.thing() });
            }
            let wanted = [gst::MessageType::Error, gst::MessageType::Eos, gst::MessageType::SegmentDone];
            if let Some(message) = bus.timed_pop_filtered(gst::ClockTime::from_mseconds(10), &wanted) {
                return Err(match message.view() {
                    gst::MessageView::SegmentDone(_) => {
                        read = Some(message);
                        continue;
                    }
                    gst::MessageView::Error(error) => self.typed(error),
                    _ => MediaError::Source { what: self.plan.thing(), why: "it is empty".into() },
                });
            }
        }
        // Whoever watches the clip from now on begins it again.
        read.map_or(Ok(()), |message| bus.post(message).map_err(|e| MediaError::pipeline("source", e)))
    }

    /// A microphone was, since it was opened.
    fn is_pulled_out(&self) -> bool {
        self.built.held.as_ref().is_some_and(Held::is_pulled_out)
    }

    /// What a camera was asked for.
    pub(super) fn asked(&self) -> Option<&Asked> {
        self.built.asked.as_ref()
    }

    /// What an element's error means for the person who chose the source.
    fn typed(&self, error: &gst::message::Error) -> MediaError {
        let what = self.plan.thing();
        let text = elements::error_text(error);
        let lower = format!("{text} {}", error.debug().unwrap_or_default()).to_lowercase();
        let glib_error = error.error();
        match glib_error.kind::<gst::ResourceError>() {
            Some(gst::ResourceError::Busy) => MediaError::SourceBusy { what },
            Some(gst::ResourceError::NotAuthorized) if self.plan.is_asked_for() => MediaError::NotShared,
            Some(gst::ResourceError::NotAuthorized) => MediaError::SourceDenied { what },
            Some(gst::ResourceError::NotFound) => MediaError::SourceNotFound { what },
            _ if lower.contains("resource busy") => MediaError::SourceBusy { what },
            _ if lower.contains("permission denied") || lower.contains("access denied") => {
                MediaError::SourceDenied { what }
            }
            _ => MediaError::Source { what, why: text },
        }
    }

    /// Waits for at most `wait` for its end; why it ended. A clip that repeats begins again.
    pub(super) fn trouble(&self, wait: gst::ClockTime) -> Option<(String, SourceWhy)> {
        let message = self.built.pipeline.bus()?.timed_pop(wait);
        if self.is_pulled_out() {
            return Some((format!("{} was pulled out", self.plan.name()), SourceWhy::NotFound));
        }
        let message = message?;
        match message.view() {
            gst::MessageView::Error(error) => {
                let why = format!("{}: {}", self.plan.name(), elements::error_text(error));
                Some((why, self.typed(error).source_why()))
            }
            gst::MessageView::SegmentDone(_) | gst::MessageView::Eos(_) if self.repeats() => {
                let mut flags = gst::SeekFlags::empty();
                flags.set(gst::SeekFlags::SEGMENT, self.knows_segments());
                flags.set(gst::SeekFlags::FLUSH, message.type_() == gst::MessageType::Eos);
                let again = self.seek(flags);
                (!again).then(|| ("the clip cannot be started again".to_owned(), SourceWhy::Ended))
            }
            gst::MessageView::SegmentDone(_) | gst::MessageView::Eos(_) => {
                Some((format!("{} has ended", self.plan.name()), SourceWhy::Ended))
            }
            _ => None,
        }
    }

    fn repeats(&self) -> bool {
        matches!(self.plan, SourcePlan::Picture { repeat: true, .. })
    }

    /// Delivers nothing more, as a device that was pulled out.
    pub(super) fn fall_silent(&self) {
        let _ = self.built.pipeline.set_state(gst::State::Paused);
    }

    /// Lets it play. PipeWire waits half a minute for a camera that another program holds, and nobody waits with it.
    fn begin(&self) {
        let (pipeline, closed) = (self.built.pipeline.clone(), self.closed.clone());
        apart("hawker-open", move || {
            let _ = pipeline.set_state(gst::State::Playing);
            // It was taken down before it began.
            if closed.load(Ordering::SeqCst) {
                let _ = pipeline.set_state(gst::State::Null);
            }
        });
    }

    /// Takes it down, and waits so long for it; an element that hangs on a dead device must not hold up the show.
    pub(super) fn close(self, wait: Duration) {
        self.closed.store(true, Ordering::SeqCst);
        let pipeline = self.built.pipeline;
        let (done, closed) = mpsc::sync_channel(1);
        apart("hawker-close", move || {
            let _ = pipeline.set_state(gst::State::Null);
            let _ = done.try_send(());
        });
        if !wait.is_zero() {
            let _ = closed.recv_timeout(wait);
        }
    }
}

/// Does what may hang on a thread of its own; here where the system gives none.
fn apart(name: &str, what: impl Fn() + Send + Sync + 'static) {
    let what = Arc::new(what);
    let there = what.clone();
    if std::thread::Builder::new().name(name.to_owned()).spawn(move || there()).is_err() {
        what();
    }
}

/// A source that is there and says nothing for so long.
pub(super) fn nothing_came(plan: &SourcePlan, patience: Duration) -> MediaError {
    let (what, seconds) = (plan.thing(), patience.as_secs());
    if plan.is_asked_for() {
        MediaError::NotShared
    } else if plan.is_device() {
        MediaError::SourceSilent { what, seconds }
    } else {
        MediaError::Source { what, why: format!("nothing arrived within {seconds} s") }
    }
}
