//! The thread that mixes, and the handles to it.
//!
//! Inputs offer sound from streaming threads and never wait: each has room for [`INBOX`] pieces, and what finds none is
//! counted. Commands are few and are put in a list of their own.

use super::{
    CHANNELS,
    levels::{InputLevel, Levels, MonitorState},
    mix::Mix,
    monitor::{Monitor, MonitorConfig, MonitorRefused, may_monitor},
    rate::{RateHistory, RateNotice},
    timeline::Piece,
};
use crate::{MediaEvent, clock::Timebase};
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::{
    heard::Heard,
    sound::{AudioSettings, BadSound, InputId, InputSettings, MixSettings},
    sound_change::MonitorOf,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Pieces of one input that wait for the mix: at 10 ms each, more than a second.
const INBOX: usize = 128;
/// Pieces of all inputs together.
const ALL_INBOXES: usize = 1_024;
/// Where no sound comes, silence keeps up with the picture in steps of this.
const STEP: Duration = Duration::from_millis(10);
/// What the desk shows is renewed this often, nanoseconds.
const SHOW_NS: u64 = 50_000_000;

/// What kind of sound an input is.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InputKind {
    /// A microphone.
    #[default]
    Captured,
    /// A clip's or a stream's own sound; there may be none.
    Own,
    /// What plays on this computer: the name of the device it plays on, none where that is the system's choice.
    Loopback { sink: Option<String> },
}

impl InputKind {
    /// The kind of a microphone by its id: sound servers offer what plays on a device as a microphone of its own.
    pub fn of_device(id: &str, is_loopback: bool) -> Self {
        match id.strip_suffix(".monitor") {
            Some(sink) => Self::Loopback { sink: Some(sink.to_owned()) },
            None if is_loopback => Self::Loopback { sink: Some(id.to_owned()) },
            None => Self::Captured,
        }
    }
}

enum Message {
    Sound {
        number: u64,
        samples: Vec<f32>,
        at_ns: u64,
    },
    /// There are commands.
    Wake,
}

enum Command {
    Add { number: u64, id: InputId, expected: bool, settings: InputSettings },
    Remove(InputId),
    Set(InputId, InputSettings),
    SetMix(MixSettings),
    PictureDelay(u32),
    Monitor(Option<(MonitorOf, mpsc::SyncSender<Vec<f32>>)>),
}

/// Where an input puts its sound. Never blocks; clones put theirs into the same input.
#[derive(Clone)]
pub(crate) struct AudioInput {
    number: u64,
    id: InputId,
    sender: mpsc::SyncSender<Message>,
    state: Arc<InputState>,
}

#[derive(Default)]
struct InputState {
    waiting: AtomicUsize,
    lost: AtomicU64,
    rates: Mutex<RateHistory>,
}

impl AudioInput {
    /// Puts in sound, F32 interleaved stereo 48 kHz, captured at the running time `at_ns`.
    pub(crate) fn offer(&self, samples: &[f32], at_ns: u64) {
        let room = self.state.waiting.fetch_add(1, Ordering::AcqRel) < INBOX;
        let message = Message::Sound { number: self.number, samples: samples.to_vec(), at_ns };
        if !room || self.sender.try_send(message).is_err() {
            self.state.waiting.fetch_sub(1, Ordering::AcqRel);
            self.state.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Hears at which rate the device itself delivers, before resampling; returns what has to be said about it.
    pub(crate) fn source_rate(&self, rate_hz: u32) -> Option<MediaEvent> {
        let input = self.id.clone();
        let notice = self.state.rates.lock().unwrap_or_else(PoisonError::into_inner).on(rate_hz)?;
        Some(match notice {
            RateNotice::Narrow { rate_hz } => MediaEvent::MicNarrow { input, rate_hz },
            RateNotice::Wide => MediaEvent::MicWide { input },
        })
    }
}

/// All sound of a program. Every method may be called from any thread; only [`Mixer::monitor`] and [`Mixer::stop`] wait.
pub(crate) struct Mixer {
    sender: mpsc::SyncSender<Message>,
    shared: Arc<Shared>,
    desk: Mutex<Desk>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Lock order: desk, then commands or levels.
#[derive(Default)]
struct Desk {
    settings: AudioSettings,
    inputs: BTreeMap<InputId, Known>,
    /// Inputs whose sources the scene shows.
    shown: BTreeSet<InputId>,
    next: u64,
    monitor: Option<Monitor>,
    /// Counts what was asked of the monitor.
    monitor_turn: u64,
    monitor_device: Option<String>,
    refused: Option<String>,
}

/// An input that is there.
struct Known {
    kind: InputKind,
    heard: Heard,
}

impl Desk {
    /// How an input is set, with its mute resolved.
    fn effective(&self, id: &InputId) -> InputSettings {
        let mut settings = self.settings.inputs.get(id).cloned().unwrap_or_default();
        let heard = self.inputs.get(id).map_or(Heard::Always, |known| known.heard);
        settings.muted = Some(heard.mutes(settings.muted, self.shown.contains(id)));
        settings
    }

    fn kinds(&self) -> impl Iterator<Item = &InputKind> {
        self.inputs.values().map(|known| &known.kind)
    }
}

#[derive(Default)]
struct Shared {
    commands: Mutex<Vec<Command>>,
    levels: Mutex<Levels>,
    inputs: Mutex<BTreeMap<u64, (InputId, Arc<InputState>)>>,
    gap_ms: AtomicU64,
    jumps: AtomicU64,
    audible_ms: AtomicU64,
    /// Somebody has looked at the levels.
    looked: AtomicBool,
    stop: AtomicBool,
}

impl Mixer {
    /// Starts a mix without inputs: silence, until one is added. Errors: no thread can be started.
    pub(crate) fn start(
        target: gst_app::AppSrc,
        time: Arc<Timebase>,
        settings: AudioSettings,
    ) -> std::io::Result<Self> {
        let (sender, inbox) = mpsc::sync_channel(ALL_INBOXES);
        let shared = Arc::new(Shared::default());
        let running =
            Running { mix: Mix::new(&settings.mix), shared: shared.clone(), time, target, monitor: None, shown_ns: 0 };
        let thread = std::thread::Builder::new().name("hawker-audio".into()).spawn(move || running.run(&inbox))?;
        let desk = Mutex::new(Desk { settings, ..Desk::default() });
        Ok(Self { sender, shared, desk, thread: Mutex::new(Some(thread)) })
    }

    /// Adds an input, with the settings that were last made for its name; one of the same name leaves. `heard`: when it is
    /// heard where nobody set it. A loopback of the device that the monitor plays on ends the monitor.
    pub(crate) fn add(&self, id: InputId, kind: InputKind, heard: Heard) -> AudioInput {
        let mut desk = self.desk();
        desk.next += 1;
        let number = desk.next;
        let expected = kind != InputKind::Own;
        desk.inputs.insert(id.clone(), Known { kind, heard });
        if desk.monitor.is_some()
            && let Err(refused) = may_monitor(desk.monitor_device.as_deref(), desk.kinds())
        {
            tracing::warn!(%refused, "the monitor is turned off");
            desk.refused = Some(refused.to_string());
            desk.monitor = None;
            self.tell(Command::Monitor(None));
        }
        let state = Arc::new(InputState::default());
        let mut inputs = self.shared.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        inputs.retain(|_, (other, _)| *other != id);
        inputs.insert(number, (id.clone(), state.clone()));
        drop(inputs);
        let settings = desk.effective(&id);
        self.tell(Command::Add { number, id: id.clone(), expected, settings });
        AudioInput { number, id, sender: self.sender.clone(), state }
    }

    /// When an input is heard from now on where nobody set it; one that is not there changes nothing.
    pub(crate) fn hear_when(&self, id: &InputId, heard: Heard) {
        let mut desk = self.desk();
        if let Some(known) = desk.inputs.get_mut(id) {
            known.heard = heard;
            self.tell(Command::Set(id.clone(), desk.effective(id)));
        }
    }

    /// Fades an input out; its settings are kept for when it comes again.
    pub(crate) fn remove(&self, id: &InputId) {
        self.desk().inputs.remove(id);
        self.shared.inputs.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (other, _)| other != id);
        self.tell(Command::Remove(id.clone()));
    }

    /// Sets one input, there or not yet. Errors: a value out of its bounds; nothing is changed then.
    pub(crate) fn set(&self, id: &InputId, settings: InputSettings) -> Result<(), BadSound> {
        let settings = settings.checked()?;
        let mut desk = self.desk();
        desk.settings.inputs.insert(id.clone(), settings);
        self.tell(Command::Set(id.clone(), desk.effective(id)));
        Ok(())
    }

    /// The scene shows the sources of these inputs, and no others.
    pub(crate) fn shown(&self, shown: BTreeSet<InputId>) {
        let mut desk = self.desk();
        let before = std::mem::replace(&mut desk.shown, shown);
        let changed = before.symmetric_difference(&desk.shown).filter(|id| desk.inputs.contains_key(id));
        changed.for_each(|id| self.tell(Command::Set(id.clone(), desk.effective(id))));
    }

    /// Sets the mix. Errors: as [`Self::set`].
    pub(crate) fn set_mix(&self, settings: MixSettings) -> Result<(), BadSound> {
        let settings = settings.checked()?;
        self.desk().settings.mix = settings.clone();
        self.tell(Command::SetMix(settings));
        Ok(())
    }

    /// Everything as it is set.
    pub(crate) fn settings(&self) -> AudioSettings {
        self.desk().settings.clone()
    }

    /// The picture is held back by this much from now on, and all sound with it. Units: milliseconds.
    pub(crate) fn picture_delayed(&self, delay_ms: u32) {
        self.tell(Command::PictureDelay(delay_ms));
    }

    /// The number of a request to [`Self::monitor`].
    pub(crate) fn monitor_turn(&self) -> u64 {
        let mut desk = self.desk();
        desk.monitor_turn += 1;
        desk.monitor_turn
    }

    /// Plays the mix, or one input, on a device of this computer; none ends it. Blocking while devices are looked up.
    /// Errors: the device is not there, or would be heard in the show. Does nothing where something else was asked since.
    pub(crate) fn monitor(&self, config: Option<MonitorConfig>, turn: u64) -> Result<(), MonitorRefused> {
        // Without the desk's lock: nobody who looks at the meters waits for a device.
        let started = config.map(|config| self.start_monitor(config)).transpose();
        let mut desk = self.desk();
        if desk.monitor_turn != turn {
            return Ok(());
        }
        (desk.monitor, desk.refused) = (None, None);
        // An input may have come meanwhile.
        let started = started.and_then(|started| {
            let device = started.as_ref().map(|(config, ..)| config.device.as_deref());
            device.map_or(Ok(()), |device| may_monitor(device, desk.kinds())).map(|()| started)
        });
        let (told, outcome) = match started {
            Ok(None) => (None, Ok(())),
            Ok(Some((config, monitor, sender))) => {
                (desk.monitor, desk.monitor_device) = (Some(monitor), config.device);
                (Some((config.of, sender)), Ok(()))
            }
            Err(refused) => {
                desk.refused = Some(refused.to_string());
                (None, Err(refused))
            }
        };
        self.tell(Command::Monitor(told));
        outcome
    }

    fn start_monitor(
        &self,
        config: MonitorConfig,
    ) -> Result<(MonitorConfig, Monitor, mpsc::SyncSender<Vec<f32>>), MonitorRefused> {
        may_monitor(config.device.as_deref(), self.desk().kinds())?;
        let (monitor, sender) = Monitor::start(config.device.as_deref())?;
        Ok((config, monitor, sender))
    }

    /// RMS of the mix, dBFS; none while silent.
    pub(crate) fn rms_db(&self) -> Option<f32> {
        self.shared.levels.lock().unwrap_or_else(PoisonError::into_inner).mix.rms_db
    }

    /// How much of the mix so far could be heard; it stands still while nothing is. Milliseconds.
    pub(crate) fn audible_ms(&self) -> u64 {
        self.shared.audible_ms.load(Ordering::Relaxed)
    }

    /// How much later than it was captured the sound of each audible input lies, less what was set by hand; cheap. Units:
    /// milliseconds.
    pub(crate) fn late_ms(&self) -> Vec<f32> {
        let levels = self.shared.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let audible = levels.inputs.values().filter(|input| input.present && !input.muted);
        audible.map(|input| -input.off_ms).collect()
    }

    /// What the desk shows; cheap. The loudness is measured only while somebody asks.
    pub(crate) fn levels(&self) -> Levels {
        self.shared.looked.store(true, Ordering::Relaxed);
        let desk = self.desk();
        let monitor = match (&desk.monitor, &desk.refused) {
            (Some(monitor), _) => monitor.state(),
            (None, Some(why)) => MonitorState::Failed { why: why.clone() },
            (None, None) => MonitorState::Off,
        };
        let kinds: BTreeMap<_, _> = desk.inputs.iter().map(|(id, known)| (id.clone(), known.kind.clone())).collect();
        drop(desk);
        let mut levels = self.shared.levels.lock().unwrap_or_else(PoisonError::into_inner).clone();
        levels.monitor = monitor;
        // One that fades out as it leaves is there no more.
        levels.inputs.retain(|id, _| kinds.contains_key(id));
        for (id, state) in self.shared.inputs.lock().unwrap_or_else(PoisonError::into_inner).values() {
            let level: &mut InputLevel = levels.inputs.entry(id.clone()).or_default();
            level.lost_pieces = state.lost.load(Ordering::Relaxed);
            level.rate_hz = state.rates.lock().unwrap_or_else(PoisonError::into_inner).last_hz();
        }
        for (id, kind) in kinds {
            levels.inputs.entry(id).or_default().kind = kind;
        }
        levels
    }

    /// Silence put in for all inputs so far, milliseconds.
    pub(crate) fn gap_ms(&self) -> u64 {
        self.shared.gap_ms.load(Ordering::Relaxed)
    }

    /// How often an input's clock jumped far ahead.
    pub(crate) fn jumps(&self) -> u64 {
        self.shared.jumps.load(Ordering::Relaxed)
    }

    /// Ends the thread and the monitor; the second time there is nothing to do.
    pub(crate) fn stop(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.desk().monitor = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    fn tell(&self, command: Command) {
        self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner).push(command);
        // Where there is no room, it is awake.
        let _ = self.sender.try_send(Message::Wake);
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mixer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the thread owns.
struct Running {
    mix: Mix,
    shared: Arc<Shared>,
    time: Arc<Timebase>,
    target: gst_app::AppSrc,
    monitor: Option<mpsc::SyncSender<Vec<f32>>>,
    shown_ns: u64,
}

impl Running {
    fn run(mut self, inbox: &mpsc::Receiver<Message>) {
        while !self.shared.stop.load(Ordering::SeqCst) {
            let first = inbox.recv_timeout(STEP);
            self.obey();
            match first {
                Ok(message) => self.hear(message),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(STEP),
            }
            for message in inbox.try_iter().take(INBOX) {
                self.hear(message);
            }
            let now_ns = self.time.now_ns();
            self.mix.run(now_ns, |piece| push(&self.target, piece));
            if let Some(monitor) = &self.monitor {
                let heard = self.mix.overheard();
                // A monitor that is behind, or dead, loses sound; nobody else does.
                let _ = if heard.is_empty() { Ok(()) } else { monitor.try_send(heard) };
            }
            self.show(now_ns);
        }
    }

    fn obey(&mut self) {
        let commands = std::mem::take(&mut *self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner));
        for command in commands {
            match command {
                Command::Add { number, id, expected, settings } => self.mix.add(number, id, expected, settings),
                Command::Remove(id) => self.mix.remove(&id),
                Command::Set(id, settings) => self.mix.set_input(&id, &settings),
                Command::SetMix(settings) => self.mix.set(&settings),
                Command::PictureDelay(delay_ms) => self.mix.delay_by_picture(delay_ms),
                Command::Monitor(monitor) => {
                    let (of, sender) = monitor.unzip();
                    self.mix.listen(of);
                    self.monitor = sender;
                }
            }
        }
    }

    fn hear(&mut self, message: Message) {
        let Message::Sound { number, samples, at_ns } = message else { return };
        let inputs = self.shared.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, state)) = inputs.get(&number) {
            state.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        drop(inputs);
        self.mix.hear(number, &samples, at_ns, self.time.now_ns());
    }

    fn show(&mut self, now_ns: u64) {
        self.shared.audible_ms.store(self.mix.audible_ms(), Ordering::Relaxed);
        if now_ns.saturating_sub(self.shown_ns) < SHOW_NS {
            return;
        }
        // Who reads the levels must not hold up the sound: then they are renewed the next time.
        let Ok(mut levels) = self.shared.levels.try_lock() else { return };
        self.shown_ns = now_ns;
        if self.shared.looked.swap(false, Ordering::Relaxed) {
            self.mix.watch();
        }
        self.mix.show(&mut levels, now_ns);
        drop(levels);
        self.shared.gap_ms.store(self.mix.gap_ms(), Ordering::Relaxed);
        self.shared.jumps.store(self.mix.jumps(), Ordering::Relaxed);
    }
}

fn push(target: &gst_app::AppSrc, piece: Piece) {
    let (at_ns, frames) = (piece.at_ns(), (piece.samples.len() / CHANNELS) as u64);
    let _ = target.push_buffer(buffer(&piece.samples, at_ns, frames));
}

fn buffer(samples: &[f32], at_ns: u64, frames: u64) -> gst::Buffer {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(gst::ClockTime::from_nseconds(at_ns));
        buffer.set_duration(gst::ClockTime::from_nseconds(super::timeline::nanoseconds(frames)));
    }
    buffer
}
