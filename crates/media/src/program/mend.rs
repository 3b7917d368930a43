//! Listens to the bus of a pipeline with an encoder in it, and begins it again when it fails. The rest of the show goes on.

use super::{fate::Fate, graph::play, pulse::Pulse, seat::Seat};
use crate::{EncodePhase, MediaError, MediaEvent, elements, encode, event::Events};
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
/// Between tries of which none came up.
const PAUSE: Duration = Duration::from_millis(400);
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

/// What is listened to and begun again.
pub(super) enum Patient {
    /// Another encoder takes the place of the one that failed.
    Picture(Arc<Seat>),
    /// The same encoder begins anew: there is no other kind.
    Sound(gst::Pipeline),
}

/// What goes when nothing helps any more.
#[derive(Clone, Debug)]
pub(super) enum Without {
    /// The rest of the show goes on.
    This,
    /// The canvas, while another one runs; with the last one the show ends.
    Canvas(Arc<Fate>),
    /// There is no show without it.
    Nothing,
}

impl Without {
    /// What is told when `name` is given up, and done about it.
    fn it(&self, name: String, why: String) -> MediaEvent {
        let goes_on = match self {
            Self::This => true,
            Self::Canvas(fate) => fate.give_up(&format!("the encoder of {name} failed again and again: {why}")),
            Self::Nothing => false,
        };
        if goes_on {
            MediaEvent::Encode { name, phase: EncodePhase::Lost, why: Some(why) }
        } else {
            MediaEvent::Fatal { why }
        }
    }
}

impl Patient {
    fn pipeline(&self) -> &gst::Pipeline {
        match self {
            Self::Picture(seat) => seat.pipeline(),
            Self::Sound(pipeline) => pipeline,
        }
    }

    /// What could not be begun is not taken again, where there is another.
    fn blame(&self) {
        if let Self::Picture(seat) = self {
            encode::note_failure(Some(seat.element().upcast_ref()));
        }
    }

    /// Blocking. Errors: nothing works; the pipeline stands still then.
    fn begin_again(&self) -> Result<(), MediaError> {
        match self {
            Self::Picture(seat) => seat.replace(),
            Self::Sound(pipeline) => {
                let _ = pipeline.set_state(gst::State::Null);
                play(pipeline)
            }
        }
    }
}

/// Begins to listen. `name` is how the encode is called.
pub(super) fn start(patient: Patient, name: String, without: Without, events: Events) -> std::io::Result<Pulse> {
    Pulse::listen("hawker-mender", move |stopped| {
        let Some(why) = listen(&patient, stopped, &name, &events) else { return };
        tracing::error!(encode = name, why, "this encode is given up");
        events.send(without.it(name, why));
    })
}

/// Until it is stopped; or why nothing helps any more.
fn listen(patient: &Patient, stopped: &AtomicBool, name: &str, events: &Events) -> Option<String> {
    let (bus, began, mut tries) = (patient.pipeline().bus()?, Instant::now(), Tries::default());
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
                let _ = patient.pipeline().set_state(gst::State::Null);
                return Some(why);
            }
            tracing::error!(encode = name, why, "an encode failed and is begun again");
            match patient.begin_again() {
                Ok(()) => break,
                Err(error) => why = error.to_string(),
            }
            patient.blame();
            // A driver that is reset needs a moment. The mender is stopped by its flag, which is looked at then.
            std::thread::sleep(PAUSE);
        }
        events.send(match patient {
            Patient::Picture(_) => {
                MediaEvent::Encode { name: name.to_owned(), phase: EncodePhase::Mended, why: Some(why) }
            }
            Patient::Sound(_) => MediaEvent::SoundMended { why },
        });
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::audio::RATE;

    #[test]
    fn the_sound_goes_on_after_its_encoder_failed_and_ends_the_show_when_it_keeps_failing() {
        crate::init().unwrap();
        let pipeline = gst::Pipeline::new();
        let source =
            gstreamer_app::AppSrc::builder().caps(&crate::source::audio_caps()).format(gst::Format::Time).build();
        let (encoder, sink) = (encode::audio(128_000).unwrap(), gstreamer_app::AppSink::builder().sync(false).build());
        let convert = elements::make("audioconvert").unwrap();
        elements::add_row(&pipeline, &[source.upcast_ref(), &convert, &encoder, sink.upcast_ref()]).unwrap();
        play(&pipeline).unwrap();
        let (events, mut told) = Events::channel();
        let mut mender = start(Patient::Sound(pipeline.clone()), "sound".to_owned(), Without::Nothing, events).unwrap();
        let mut turn = 0_u64;
        let mut encodes = || {
            for _ in 0..20 {
                turn += 1;
                let mut buffer = gst::Buffer::from_mut_slice(vec![0_u8; RATE as usize / 50 * 8]);
                buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(turn * 20));
                source.push_buffer(buffer).unwrap();
            }
            sink.try_pull_sample(gst::ClockTime::from_seconds(5)).is_some()
        };
        assert!(encodes());
        for _ in 0..MOST {
            encoder.post_error_message(gst::error_msg!(gst::StreamError::Encode, ["made to fail"]));
            assert!(matches!(told.blocking_recv(), Some(MediaEvent::SoundMended { .. })));
            assert!(encodes(), "after it was begun again");
        }
        encoder.post_error_message(gst::error_msg!(gst::StreamError::Encode, ["made to fail"]));
        assert!(matches!(told.blocking_recv(), Some(MediaEvent::Fatal { .. })), "there is no show without sound");
        mender.stop();
        let _ = pipeline.set_state(gst::State::Null);
    }

    #[test]
    fn an_encoder_is_tried_again_a_few_times_in_a_minute() {
        let mut tries = Tries::default();
        let table = [(0, true), (5, true), (10, true), (20, false), (62, false), (63, false), (200, true)];
        for (second, again) in table {
            assert_eq!(tries.failed(Duration::from_secs(second)), again, "{second}");
        }
    }
}
