//! Threads that listen to the bus of a pipeline, and the one for a pipeline that the show can't do without: one match; what
//! ends the program becomes one event.

use crate::{MediaEvent, elements, encode, event::Events};
use gst::prelude::*;
use gstreamer as gst;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// A thread that listens to a bus; it ends when this is stopped or dropped.
pub(super) struct Pulse {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pulse {
    pub(super) fn start(pipeline: &gst::Pipeline, events: Events) -> std::io::Result<Self> {
        let bus = pipeline.bus();
        Self::listen("hawker-bus", move |stopped| {
            let Some(bus) = bus else { return };
            while !stopped.load(Ordering::SeqCst) {
                let Some(message) = bus.timed_pop(gst::ClockTime::from_mseconds(100)) else { continue };
                match message.view() {
                    gst::MessageView::Error(error) => {
                        encode::note_failure(error.src());
                        let why = elements::error_text(error);
                        tracing::error!(why, "the program pipeline failed");
                        return events.send(MediaEvent::Fatal { why });
                    }
                    gst::MessageView::Warning(warning) => {
                        tracing::warn!(why = crate::redact(&warning.error().to_string()), "program pipeline");
                    }
                    _ => {}
                }
            }
        })
    }

    /// Runs `listener`, which returns soon after its flag is set, on a thread called `name`.
    pub(super) fn listen(name: &str, listener: impl FnOnce(&AtomicBool) + Send + 'static) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || listener(&stopped))?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Waits for its end.
    pub(super) fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.stop();
    }
}
