//! The handle of one destination, and what it needs of its program.

use super::{Beside, OutputConfig, RawTap, adapt::Limits, state::State, trouble::Trouble, worker::Worker};
use crate::{
    OutputStats,
    clock::Timebase,
    event::Events,
    hub::Hub,
    program::{Fate, Rendition, WithOpus},
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// What outputs need of their program.
#[derive(Clone)]
pub(crate) struct OutputShared {
    pub hub: Arc<Hub>,
    pub time: Arc<Timebase>,
    pub events: Events,
    pub on_air: Arc<AtomicBool>,
    /// Asks the encoder for a keyframe, so that a new consumer need not wait.
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
    /// Sets the bitrate of the picture while the encoder runs, bits a second. Only the primary destination calls it.
    pub steer: Arc<dyn Fn(u32) + Send + Sync>,
    /// How much of the mix before the encoder could be heard so far, milliseconds.
    pub audible_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// What the encoders were asked for, picture and sound.
    pub video_bitrate_bps: u32,
    pub audio_bitrate_bps: u32,
    pub raw: Arc<RawTap>,
    /// Of the canvas that it shows.
    pub fate: Arc<Fate>,
    /// How all destinations of the program fare.
    pub beside: Arc<Beside>,
    /// Held while the destination takes a smaller encode.
    pub _rendition: Option<Arc<Rendition>>,
    /// Held while the destination takes Opus.
    pub _opus: Option<Arc<WithOpus>>,
}

impl OutputShared {
    pub(super) fn limits(&self) -> Limits {
        Limits::of(self.video_bitrate_bps, self.audio_bitrate_bps)
    }
}

/// The handle. [`Output::end`] asks it to end, [`Output::join`] waits for it.
pub(crate) struct Output {
    config: OutputConfig,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    state: Arc<Mutex<State>>,
    trouble: Arc<Trouble>,
    steer: Arc<dyn Fn(u32) + Send + Sync>,
    full_bps: u32,
}

impl Output {
    /// `former`: the same destination as it was; it has let go before this one connects.
    pub(crate) fn start(config: OutputConfig, shared: OutputShared, former: Option<Self>) -> std::io::Result<Self> {
        crate::known::remember(&config.url);
        let stop = Arc::new(AtomicBool::new(false));
        let state = Arc::new(Mutex::new(State::new(config.primary)));
        let trouble = Arc::new(Trouble::default());
        let full_bps = shared.video_bitrate_bps;
        let steer = shared.steer.clone();
        let mut worker = Worker::new(config.clone(), shared, (stop.clone(), state.clone(), trouble.clone()));
        let run = move || {
            if let Some(mut former) = former {
                former.join();
                worker.follows(&former.config.url, former.stats().sent_pictures > 0);
            }
            worker.run();
        };
        let thread = std::thread::Builder::new().name("hawker-output".into()).spawn(run)?;
        Ok(Self { config, stop, thread: Some(thread), state, trouble, steer, full_bps })
    }

    pub(crate) fn id(&self) -> hawker_domain::DestinationId {
        self.config.id
    }

    pub(super) fn url(&self) -> &crate::SecretUrl {
        &self.config.url
    }

    /// Lets nothing leave for `length`, on purpose.
    pub(crate) fn stall(&self, length: Duration) {
        self.trouble.stall(length);
    }

    /// Lets no more than `rate_bps` leave, on purpose; without a length for the rest of the show.
    pub(crate) fn narrow(&self, rate_bps: u64, length: Option<Duration>) {
        self.trouble.narrow(rate_bps, length);
    }

    /// Cuts the connection, on purpose.
    pub(crate) fn cut(&self) {
        self.trouble.cut();
    }

    /// Whether this destination steers the bitrate of the encode that it shares. One that does no longer leaves it at what
    /// was asked for.
    pub(crate) fn lead(&self, leads: bool) {
        let mut state = lock(&self.state);
        state.leads = leads;
        if !leads {
            give_back(&mut state, self.full_bps, &self.steer);
        }
    }

    /// Its end is not told: another one follows it under the same name.
    pub(crate) fn hand_over(&self) {
        lock(&self.state).handed_over = true;
    }

    /// Its thread has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    pub(crate) fn end(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Waits for the end; at most a little over five seconds.
    pub(crate) fn join(&mut self) {
        self.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    pub(crate) fn stats(&self) -> OutputStats {
        let state = lock(&self.state);
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let down = state.down + state.down_since.map(|since| since.elapsed()).unwrap_or_default();
        let (last_why, last_why_code) = state.last_why.clone().unzip();
        OutputStats {
            phase: state.phase,
            sent_bytes: state.sent_before + state.sent_now,
            sent_pictures: state.pictures(),
            bitrate_bps: state.bitrate_bps,
            reconnects: state.reconnects,
            down_ms: ms(down),
            queue_ms: state.queue_ms,
            dropped: state.dropped(),
            missed: state.missed,
            rtt_ms: state.rtt_ms,
            packet_loss: state.packet_loss,
            last_why,
            last_why_code,
            sound_back_ms: state.sound_back.map(ms),
            steered_bps: state.steered_bps,
            delay_ms: u64::from(self.config.delay_ms),
            ..OutputStats::new(self.config.id, self.config.url.redacted())
        }
    }
}

/// Full bitrate for all, if it was lowered for this one.
pub(super) fn give_back(state: &mut State, full_bps: u32, steer: &Arc<dyn Fn(u32) + Send + Sync>) {
    if state.steered_bps.take().is_some_and(|lowered| lowered < full_bps) {
        steer(full_bps);
    }
}

pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
