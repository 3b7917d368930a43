//! Listens to the bus of a pipeline with an encoder in it, and begins it again when it fails. The rest of the show goes on.

use super::{pulse::Pulse, seat::Seat};
use crate::{EncodePhase, MediaEvent, elements, encode, event::Events};
use gst::prelude::*;
use gstreamer as gst;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// An encoder that fails more often than this within [`WINDOW`] is not tried again.
const MOST: usize = 3;
const WINDOW: Duration = Duration::from_secs(60);
const LISTEN: gst::ClockTime = gst::ClockTime::from_mseconds(100);

/// Counts failures. Pure.
#[derive(Debug, Default)]
struct Tries(VecDeque<Duration>);

impl Tries {
    /// It failed at `at`: whether it is worth another try.
    fn failed(&mut self, at: Duration) -> bool {
        self.0.retain(|then| at.saturating_sub(*then) < WINDOW);
        self.0.push_back(at);
        self.0.len() <= MOST
    }
}

/// Begins to listen. `name` is how the encode is called.
pub(super) fn start(seat: &Arc<Seat>, name: String, events: Events) -> std::io::Result<Pulse> {
    let seat = seat.clone();
    Pulse::listen("hawker-mender", move |stopped| {
        let Some(why) = listen(&seat, stopped, &name, &events) else { return };
        tracing::error!(encode = name, why, "this encode is given up");
        events.send(MediaEvent::Encode { name, phase: EncodePhase::Lost, why: Some(why) });
    })
}

/// Until it is stopped; or why nothing helps any more.
fn listen(seat: &Seat, stopped: &AtomicBool, name: &str, events: &Events) -> Option<String> {
    let (bus, began, mut tries) = (seat.pipeline().bus()?, Instant::now(), Tries::default());
    while !stopped.load(Ordering::SeqCst) {
        let Some(message) = bus.timed_pop(LISTEN) else { continue };
        let mut why = match message.view() {
            gst::MessageView::Error(error) => {
                encode::note_failure(error.src());
                elements::error_text(error)
            }
            gst::MessageView::Warning(warning) => {
                tracing::warn!(encode = name, why = crate::redact(&warning.error().to_string()), "encoding");
                continue;
            }
            _ => continue,
        };
        loop {
            if stopped.load(Ordering::SeqCst) {
                return None;
            }
            if !tries.failed(began.elapsed()) {
                seat.stop();
                return Some(why);
            }
            tracing::error!(encode = name, why, "an encode failed and is begun again");
            match seat.replace() {
                Ok(()) => break,
                Err(error) => why = error.to_string(),
            }
        }
        events.send(MediaEvent::Encode { name: name.to_owned(), phase: EncodePhase::Mended, why: Some(why) });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoder_is_tried_again_a_few_times_in_a_minute() {
        let mut tries = Tries::default();
        let table = [(0, true), (5, true), (10, true), (20, false), (62, false), (63, false), (200, true)];
        for (second, again) in table {
            assert_eq!(tries.failed(Duration::from_secs(second)), again, "{second}");
        }
    }
}
