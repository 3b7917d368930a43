//! What the host hears in his headphones: a pipeline of its own, fed by what the mix can spare.
//!
//! It may be slow, it may die: it loses sound then, and the show loses nothing. It never plays where the show listens.

use super::{CHANNELS, RATE, levels::MonitorState, mixer::InputKind};
use crate::{DeviceKind, MediaError, device, elements, source::audio_caps};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::sound_change::MonitorOf;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

/// Blocks that wait for the headphones; what comes when they are full is dropped.
const WAITING: usize = 16;
/// Sound kept in front of the device, at most: who hears himself later than this stumbles.
const KEPT: gst::ClockTime = gst::ClockTime::from_mseconds(80);
const POLL: Duration = Duration::from_millis(50);
/// Headphones of PipeWire that are pulled out say nothing of it; they are looked for this often.
const LOOK: Duration = Duration::from_secs(1);
/// How often in a row headphones that take no sound are opened anew. PipeWire 0.3.65 now and then leaves a new stream suspended
/// for good, with all its links in place; the next one plays.
const MOST_RESTARTS: u32 = 5;
/// Looks at a stream before it is given up: Bluetooth headphones take a second or two to wake. Each restart gets one more.
const OPENING_LOOKS: u32 = 3;

/// What to play, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorConfig {
    /// Name of the device; none plays where the system plays.
    pub device: Option<String>,
    pub of: MonitorOf,
}

/// Why nothing is played.
#[derive(Debug, thiserror::Error)]
pub enum MonitorRefused {
    /// The device; `None` for whatever the system plays on.
    #[error("the show takes in what plays on {}; choose other headphones, or take that input out of the mix", played_on(.0))]
    WouldLoop(Option<String>),
    #[error(transparent)]
    Device(#[from] MediaError),
}

fn played_on(device: &Option<String>) -> &str {
    device.as_deref().unwrap_or("the system's own device")
}

/// Says whether a device may play the show: not one whose sound is an input, nor one that may be it.
pub(super) fn may_monitor<'a>(
    device: Option<&str>,
    inputs: impl IntoIterator<Item = &'a InputKind>,
) -> Result<(), MonitorRefused> {
    let heard = inputs.into_iter().filter_map(|kind| match kind {
        InputKind::Loopback { sink } => Some(sink.as_deref()),
        InputKind::Captured | InputKind::Own => None,
    });
    for sink in heard {
        if sink.is_none() || device.is_none() || sink == device {
            return Err(MonitorRefused::WouldLoop(sink.or(device).map(str::to_owned)));
        }
    }
    Ok(())
}

fn sink(wanted: Option<&str>) -> Result<gst::Element, MonitorRefused> {
    let Some(wanted) = wanted else { return Ok(elements::make("autoaudiosink")?) };
    let device = device::find(DeviceKind::Speaker, wanted)?;
    let sink = device.create_element(None).map_err(|e| MediaError::pipeline("headphones", e))?;
    device::hold_to_device(&sink);
    Ok(sink)
}

/// The running monitor; dropping it ends it in the background.
pub(super) struct Monitor {
    state: Arc<Mutex<MonitorState>>,
    /// Dropped to end the thread.
    _alive: mpsc::SyncSender<()>,
}

impl Monitor {
    /// Starts to play; sound goes into the sender. Errors: the device is not there, an element is missing.
    pub(super) fn start(device: Option<&str>) -> Result<(Self, mpsc::SyncSender<Vec<f32>>), MonitorRefused> {
        let pipeline = gst::Pipeline::new();
        let source = gst_app::AppSrc::builder()
            .caps(&audio_caps())
            .format(gst::Format::Time)
            .is_live(true)
            .do_timestamp(true)
            .max_time(KEPT)
            .leaky_type(gst_app::AppLeakyType::Downstream)
            .build();
        let (convert, resample) = (elements::make("audioconvert")?, elements::make("audioresample")?);
        let sink = sink(device)?;
        // Played as it comes: waiting for a time would only add to what he hears late.
        elements::set_if_present(&sink, "sync", "false");
        elements::set_if_present(&sink, "buffer-time", "60000");
        elements::add_row(&pipeline, &[source.upcast_ref(), &convert, &resample, &sink])?;
        let (sender, sound) = mpsc::sync_channel(WAITING);
        let (alive, ended) = mpsc::sync_channel(0);
        let state = Arc::new(Mutex::new(MonitorState::Playing));
        let device = device.map(str::to_owned);
        let player = Player::new(pipeline, source, device, state.clone());
        std::thread::Builder::new()
            .name("hawker-monitor".into())
            .spawn(move || player.run(&sound, &ended))
            .map_err(|e| MediaError::pipeline("headphones", e))?;
        Ok((Self { state, _alive: alive }, sender))
    }

    pub(super) fn state(&self) -> MonitorState {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Player {
    pipeline: gst::Pipeline,
    source: gst_app::AppSrc,
    /// What it plays on; none follows the system's choice.
    device: Option<String>,
    state: Arc<Mutex<MonitorState>>,
    /// Blocks that went on their way to the headphones since they were counted last.
    sent: Arc<AtomicU64>,
}

/// Whether sound goes where it is sent, as of the last look.
#[derive(Debug, Default)]
struct Flow {
    /// Looks in a row at which sound was given and too little of it taken.
    idle_looks: u32,
    /// Since sound was last taken.
    restarts: u32,
}

/// What is to be done about the headphones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    GoOn,
    OpenAnew,
    GiveUp,
}

impl Flow {
    /// Judges by the blocks given and taken since the last look. Where none is given, nothing is known; and the first block of a
    /// stream is on its way also where nothing takes it, so one of many is not a flow.
    fn look(&mut self, given: u64, taken: u64) -> Verdict {
        if given < 2 {
            return Verdict::GoOn;
        }
        if taken * 2 >= given {
            *self = Self::default();
            return Verdict::GoOn;
        }
        self.idle_looks += 1;
        if self.idle_looks < OPENING_LOOKS + self.restarts {
            return Verdict::GoOn;
        }
        if self.restarts == MOST_RESTARTS {
            return Verdict::GiveUp;
        }
        *self = Self { idle_looks: 0, restarts: self.restarts + 1 };
        Verdict::OpenAnew
    }
}

impl Player {
    fn new(
        pipeline: gst::Pipeline,
        source: gst_app::AppSrc,
        device: Option<String>,
        state: Arc<Mutex<MonitorState>>,
    ) -> Self {
        let sent = Arc::new(AtomicU64::new(0));
        if let Some(pad) = source.static_pad("src") {
            let sent = sent.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                sent.fetch_add(1, Ordering::Relaxed);
                gst::PadProbeReturn::Ok
            });
        }
        Self { pipeline, source, device, state, sent }
    }

    fn run(self, sound: &mpsc::Receiver<Vec<f32>>, ended: &mpsc::Receiver<()>) {
        let bus = self.pipeline.bus();
        let mut failed = self.pipeline.set_state(gst::State::Playing).err().map(|e| e.to_string());
        let (mut looked, mut given, mut flow) = (Instant::now(), 0, Flow::default());
        while failed.is_none() && ended.try_recv() != Err(mpsc::TryRecvError::Disconnected) {
            if let Ok(samples) = sound.recv_timeout(POLL) {
                given += 1;
                self.play(&samples);
            }
            let error = bus.as_ref().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
            if let Some(gst::MessageView::Error(error)) = error.as_ref().map(|message| message.view()) {
                failed = Some(elements::error_text(error));
            } else if looked.elapsed() >= LOOK {
                failed = self.gone().or_else(|| self.keep_flowing(&mut flow, given));
                (looked, given) = (Instant::now(), 0);
            }
        }
        let _ = self.pipeline.set_state(gst::State::Null);
        if let Some(why) = failed {
            tracing::warn!(why, "the monitor ended; the show goes on");
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = MonitorState::Failed { why };
        }
    }

    fn play(&self, samples: &[f32]) {
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut buffer = gst::Buffer::from_mut_slice(bytes);
        if let Some(buffer) = buffer.get_mut() {
            let frames = (samples.len() / CHANNELS) as u64;
            let length = frames * 1_000_000_000 / u64::from(RATE);
            buffer.set_duration(gst::ClockTime::from_nseconds(length));
        }
        let _ = self.source.push_buffer(buffer);
    }

    /// Opens the headphones anew where blocks were given and not taken. Says why not, when that has not helped either.
    fn keep_flowing(&self, flow: &mut Flow, given: u64) -> Option<String> {
        match flow.look(given, self.sent.swap(0, Ordering::Relaxed)) {
            Verdict::GoOn => None,
            Verdict::GiveUp => {
                Some("the headphones take no sound; unplug them and put them back, or choose others".to_owned())
            }
            Verdict::OpenAnew => {
                tracing::info!(restarts = flow.restarts, "the headphones take no sound; they are opened anew");
                let _ = self.pipeline.set_state(gst::State::Null);
                self.pipeline.set_state(gst::State::Playing).err().map(|e| e.to_string())
            }
        }
    }

    /// That the headphones are no longer there.
    fn gone(&self) -> Option<String> {
        let device = self.device.as_deref()?;
        device::listed_for(DeviceKind::Speaker, device).is_none().then(|| format!("headphone \"{device}\" is gone"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monitor_never_plays_where_the_show_listens() {
        let of = |sink: Option<&str>| InputKind::Loopback { sink: sink.map(str::to_owned) };
        let table = [
            (None, vec![], true),
            (None, vec![InputKind::Captured], true),
            (Some("phones"), vec![InputKind::Captured, of(Some("speakers"))], true),
            (Some("phones"), vec![of(Some("phones"))], false),
            (Some("phones"), vec![of(Some("speakers")), of(None)], false),
            (None, vec![of(Some("speakers"))], false),
        ];
        for (device, inputs, allowed) in table {
            assert_eq!(may_monitor(device, &inputs).is_ok(), allowed, "{device:?} beside {inputs:?}");
        }
    }

    #[test]
    fn the_sound_of_a_loudspeaker_is_known_by_its_name() {
        let loopback = |sink: &str| InputKind::Loopback { sink: Some(sink.to_owned()) };
        assert_eq!(InputKind::of_device("alsa_output.hdmi.monitor", false), loopback("alsa_output.hdmi"));
        assert_eq!(InputKind::of_device("alsa_output.hdmi", true), loopback("alsa_output.hdmi"));
        assert_eq!(InputKind::of_device("usb-microphone", false), InputKind::Captured);
    }

    /// What a row of looks comes to, each at so many blocks given and taken.
    fn verdicts(looks: impl IntoIterator<Item = (u64, u64)>) -> Vec<Verdict> {
        let mut flow = Flow::default();
        looks.into_iter().map(|(given, taken)| flow.look(given, taken)).collect()
    }

    #[test]
    fn headphones_are_opened_anew_only_where_sound_is_given_and_not_taken() {
        type Look = (u64, u64);
        use Verdict::{GoOn, OpenAnew};
        let table: [(&[Look], &[Verdict]); 6] = [
            (&[(100, 100), (100, 98), (100, 50)], &[GoOn, GoOn, GoOn]),
            (&[(0, 0), (1, 1), (0, 0), (1, 0)], &[GoOn; 4]),
            // The first block, and then no more.
            (&[(100, 1), (100, 0), (100, 0), (100, 0)], &[GoOn, GoOn, OpenAnew, GoOn]),
            (&[(100, 0), (100, 0), (100, 100), (100, 0), (100, 0)], &[GoOn; 5]),
            // Nobody spoke for a while.
            (&[(100, 0), (100, 0), (0, 0), (100, 0)], &[GoOn, GoOn, GoOn, OpenAnew]),
            (
                &[(100, 0), (100, 0), (100, 0), (100, 1), (100, 0), (100, 0), (100, 0)],
                &[GoOn, GoOn, OpenAnew, GoOn, GoOn, GoOn, OpenAnew],
            ),
        ];
        for (looks, wanted) in table {
            assert_eq!(verdicts(looks.iter().copied()), wanted, "{looks:?}");
        }
    }

    #[test]
    fn headphones_that_never_take_sound_are_given_up_after_the_last_restart() {
        let verdicts = verdicts(std::iter::repeat_n((100, 1), 60));
        let given_up = verdicts.iter().position(|verdict| *verdict == Verdict::GiveUp).unwrap();
        let restarts = verdicts[..given_up].iter().filter(|verdict| **verdict == Verdict::OpenAnew).count();
        assert_eq!(restarts, MOST_RESTARTS as usize);
        assert!((20..45).contains(&given_up), "{given_up} s until the host is told");
    }

    /// Plays into a sink that takes nothing in its first run.
    #[test]
    fn headphones_that_take_no_sound_are_opened_anew() {
        gst::init().unwrap();
        let pipeline = gst::Pipeline::new();
        let source = gst_app::AppSrc::builder().caps(&audio_caps()).is_live(true).max_time(KEPT).build();
        source.set_leaky_type(gst_app::AppLeakyType::Downstream);
        let sink = elements::make("fakesink").unwrap();
        elements::add_row(&pipeline, &[source.upcast_ref(), &sink]).unwrap();
        let (runs, taken) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = taken.clone();
        let held = gst::PadProbeType::BLOCK | gst::PadProbeType::BUFFER;
        sink.static_pad("sink").unwrap().add_probe(held, move |_, _| {
            if counted.load(Ordering::SeqCst) == 0 && runs.fetch_add(1, Ordering::SeqCst) == 0 {
                return gst::PadProbeReturn::Ok;
            }
            counted.fetch_add(1, Ordering::SeqCst);
            gst::PadProbeReturn::Pass
        });
        let state = Arc::new(Mutex::new(MonitorState::Playing));
        let player = Player::new(pipeline, source, None, state.clone());
        let (sender, sound) = mpsc::sync_channel(WAITING);
        let (alive, ended) = mpsc::sync_channel(0);
        let running = std::thread::spawn(move || player.run(&sound, &ended));
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until && taken.load(Ordering::SeqCst) == 0 && !running.is_finished() {
            let _ = sender.try_send(vec![0.1; RATE as usize / 100 * CHANNELS]);
            std::thread::park_timeout(Duration::from_millis(10));
        }
        drop((alive, sender));
        running.join().unwrap();
        assert!(taken.load(Ordering::SeqCst) > 0, "sound flows again");
        let state = state.lock().unwrap().clone();
        assert!(matches!(state, MonitorState::Playing), "{state:?}");
    }

    #[test]
    fn headphones_that_are_not_there_are_named() {
        gst::init().unwrap();
        let Err(error) = Monitor::start(Some("no such phones")) else { panic!("it plays on nothing") };
        assert!(error.to_string().contains("no such phones"), "{error}");
    }
}
