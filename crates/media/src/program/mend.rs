//! Listens to the bus of a pipeline with an encoder in it, and begins it again when it fails. The rest of the show goes on.

use super::{fate::Fate, graph::play, pulse::Pulse, seat::Seat, silence::SoundLine};
use crate::{EncodePhase, MediaError, MediaEvent, clock::Timebase, elements, encode, event::Events};
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
/// Between tries of the sound's encoder once silence stands in its place, and how long one is waited for.
const SILENT: Duration = Duration::from_secs(5);
const SOUNDS: Duration = Duration::from_secs(2);
/// How often silence is put in.
const FILL: gst::ClockTime = gst::ClockTime::from_mseconds(20);
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
#[derive(Clone)]
pub(super) enum Without {
    /// The rest of the show goes on.
    This,
    /// The canvas, while another one runs; with the last one the show ends.
    Canvas(Arc<Fate>),
    /// Silence takes the place of the sound, and its encoder is tried again now and then.
    Silence(Arc<SoundLine>, Arc<Timebase>),
}

impl Without {
    /// What is told when `name` is given up, and done about it.
    fn it(&self, name: String, why: String) -> MediaEvent {
        let goes_on = match self {
            Self::This | Self::Silence(..) => true,
            Self::Canvas(fate) => fate.give_up(&format!("the encoder of {name} failed again and again: {why}")),
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
        while let Some(why) = listen(&patient, stopped, &name, &events) {
            tracing::error!(encode = name, why, "this encode is given up");
            let Without::Silence(line, time) = &without else { return events.send(without.it(name, why)) };
            events.send(MediaEvent::SoundLost { why: why.clone() });
            if !be_silent(&patient, stopped, (line, time)) {
                return;
            }
            tracing::info!(encode = name, "sound is encoded again");
            events.send(MediaEvent::SoundMended { why });
        }
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

/// Puts silence in the place of the sound until an encoder delivers again; false if it is stopped before.
fn be_silent(patient: &Patient, stopped: &AtomicBool, (line, time): (&SoundLine, &Timebase)) -> bool {
    let Some(bus) = patient.pipeline().bus() else { return false };
    let ended = || stopped.load(Ordering::SeqCst);
    // Until it sounds, fails, or has had its time.
    let wait = |length: Duration, encoded: Option<u64>| {
        let began = Instant::now();
        while !ended() && began.elapsed() < length {
            if encoded.is_some_and(|encoded| line.encoded() > encoded) {
                return true;
            }
            line.fill(time.now_ns());
            if bus.timed_pop_filtered(FILL, &[gst::MessageType::Error]).is_some() && encoded.is_some() {
                return false;
            }
        }
        false
    };
    while !ended() {
        wait(SILENT, None);
        let encoded = line.encoded();
        if !ended() && patient.begin_again().is_ok() && wait(SOUNDS, Some(encoded)) {
            return true;
        }
        let _ = patient.pipeline().set_state(gst::State::Null);
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        audio::RATE,
        hub::{Consumer, Hub, Media, Packet},
    };
    use std::sync::atomic::AtomicU64;

    #[test]
    fn the_sound_goes_on_after_its_encoder_failed_and_silence_takes_its_place_while_it_keeps_failing() {
        crate::init().unwrap();
        let (pipeline, time) = (gst::Pipeline::new(), Arc::new(Timebase::new()));
        time.apply(&pipeline);
        let source =
            gstreamer_app::AppSrc::builder().caps(&crate::source::audio_caps()).format(gst::Format::Time).build();
        let encoder = encode::audio(128_000).unwrap();
        let (hub, heard) = (Arc::new(Hub::default()), Arc::new(Heard::default()));
        hub.attach(heard.clone());
        let line = SoundLine::new(vec![hub.clone()]);
        let sink = super::super::graph::sound_sink(line.clone());
        let convert = elements::make("audioconvert").unwrap();
        elements::add_row(&pipeline, &[source.upcast_ref(), &convert, &encoder, sink.upcast_ref()]).unwrap();
        play(&pipeline).unwrap();
        let without = Without::Silence(line.clone(), time.clone());
        let (events, mut told) = Events::channel();
        let mut mender = start(Patient::Sound(pipeline.clone()), "sound".to_owned(), without, events).unwrap();
        // As a microphone does: sound of now.
        let feed = || {
            let mut buffer = gst::Buffer::from_mut_slice(vec![0x3c_u8; RATE as usize / 50 * 8]);
            buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_nseconds(time.now_ns()));
            let _ = source.push_buffer(buffer);
        };
        let until = |what: &str, ready: &dyn Fn() -> bool| {
            let began = Instant::now();
            while !ready() {
                assert!(began.elapsed() < Duration::from_secs(30), "{what}");
                feed();
                std::thread::park_timeout(Duration::from_millis(20));
            }
        };
        let sounds = |what: &str| {
            let before = line.encoded();
            until(what, &|| line.encoded() > before + 5);
        };
        sounds("it is encoded");
        for _ in 0..MOST {
            encoder.post_error_message(gst::error_msg!(gst::StreamError::Encode, ["made to fail"]));
            assert!(matches!(told.blocking_recv(), Some(MediaEvent::SoundMended { .. })));
            sounds("after it was begun again");
        }
        encoder.post_error_message(gst::error_msg!(gst::StreamError::Encode, ["made to fail"]));
        assert!(matches!(told.blocking_recv(), Some(MediaEvent::SoundLost { .. })), "nothing ends with it");
        let silent = || heard.silent.load(Ordering::SeqCst);
        until("silence comes in its place", &|| silent() > 10);
        sounds("it is tried again");
        assert!(matches!(told.blocking_recv(), Some(MediaEvent::SoundMended { .. })));
        mender.stop();
        let _ = pipeline.set_state(gst::State::Null);
    }

    /// Counts silent blocks.
    #[derive(Default)]
    struct Heard {
        silent: AtomicU64,
    }

    impl Consumer for Heard {
        fn set_caps(&self, _: Media, _: &gst::Caps) {}
        fn push(&self, _: Media, packet: Packet) {
            self.silent.fetch_add(u64::from(packet.buffer.size() == 6), Ordering::SeqCst);
        }
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
