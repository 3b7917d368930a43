//! The thread that keeps one destination connected.

use super::{
    OutputConfig,
    pipeline::{Attempt, absence},
    retry::{Failure, History, Next},
    state::{Progress, STUCK, State},
};
use crate::{MediaEvent, OutputPhase, OutputStats, clock::Timebase, elements, event::Events, hub::Hub};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::reason::OutputWhy;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

const POLL: Duration = Duration::from_millis(50);
/// Shorter where every moment is one that viewers miss.
const CONNECT_POLL: Duration = Duration::from_millis(5);
/// A server that has not let us publish after this won't.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for the last pictures to leave at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// What outputs need of their program.
#[derive(Clone)]
pub(crate) struct OutputShared {
    pub hub: Arc<Hub>,
    pub time: Arc<Timebase>,
    pub events: Events,
    pub on_air: Arc<AtomicBool>,
    /// Asks the encoder for a keyframe, so that a new consumer need not wait.
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
}

/// The handle. [`Output::end`] asks it to end, [`Output::join`] waits for it.
pub(crate) struct Output {
    config: OutputConfig,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    state: Arc<Mutex<State>>,
    trouble: Arc<Trouble>,
}

/// What a destination's network is made to do on purpose.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// Nothing leaves until then.
    stalled_until: Mutex<Option<Instant>>,
    cut: AtomicBool,
}

impl Trouble {
    /// Waits while nothing may leave, or until `given_up`.
    pub(super) fn wait(&self, given_up: &AtomicBool) {
        let stalled = || *self.stalled_until.lock().unwrap_or_else(PoisonError::into_inner);
        while stalled().is_some_and(|until| Instant::now() < until) && !given_up.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Output {
    pub(crate) fn start(config: OutputConfig, shared: OutputShared) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let state = Arc::new(Mutex::new(State::new()));
        let trouble = Arc::new(Trouble::default());
        let worker = Worker {
            config: config.clone(),
            trouble: trouble.clone(),
            shared,
            stop: stop.clone(),
            state: state.clone(),
            history: History::default(),
        };
        let thread = std::thread::Builder::new().name("hawker-output".into()).spawn(move || worker.run())?;
        Ok(Self { config, stop, thread: Some(thread), state, trouble })
    }

    pub(crate) fn id(&self) -> hawker_domain::DestinationId {
        self.config.id
    }

    /// Lets nothing leave for `length`, on purpose.
    pub(crate) fn stall(&self, length: Duration) {
        *self.trouble.stalled_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + length);
    }

    /// Cuts the connection, on purpose.
    pub(crate) fn cut(&self) {
        self.trouble.cut.store(true, Ordering::SeqCst);
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
        let down = state.down + state.down_since.map(|since| since.elapsed()).unwrap_or_default();
        OutputStats {
            phase: state.phase,
            sent_bytes: state.sent_before + state.sent_now,
            bitrate_bps: state.bitrate_bps,
            reconnects: state.reconnects,
            down_ms: u64::try_from(down.as_millis()).unwrap_or(u64::MAX),
            queue_ms: state.queue_ms,
            dropped: state.dropped_before + state.dropped_now,
            ..OutputStats::new(self.config.id, self.config.url.redacted())
        }
    }
}

struct Worker {
    config: OutputConfig,
    shared: OutputShared,
    stop: Arc<AtomicBool>,
    state: Arc<Mutex<State>>,
    history: History,
    trouble: Arc<Trouble>,
}

/// How an attempt ended.
enum Ended {
    Stopped,
    Failed(Failure),
}

impl Worker {
    fn run(mut self) {
        self.enter(OutputPhase::Connecting, None);
        while !self.shared.on_air.load(Ordering::SeqCst) {
            if self.stopped() {
                return self.enter(OutputPhase::Ended, None);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        loop {
            let failure = match self.attempt() {
                Ended::Stopped => return self.enter(OutputPhase::Ended, None),
                Ended::Failed(failure) => failure,
            };
            let down = lock(&self.state).mark_down();
            match self.history.failed(failure, down, self.config.deadline, luck()) {
                Next::GiveUp { why, why_code } => {
                    tracing::warn!(output.id = %self.config.id, url = %self.config.url, why, "output failed");
                    return self.enter(OutputPhase::Failed, Some((why, why_code)));
                }
                Next::Again { after, why, why_code } => {
                    tracing::info!(output.id = %self.config.id, url = %self.config.url, why, "output lost");
                    self.enter(OutputPhase::Reconnecting, Some((why, why_code)));
                    if !self.pause(after) {
                        return self.enter(OutputPhase::Ended, None);
                    }
                }
            }
        }
    }

    fn attempt(&mut self) -> Ended {
        let attempt = match Attempt::build(&self.config.url, &self.shared.time, self.trouble.clone()) {
            Ok(attempt) => attempt,
            Err(error) => return Ended::Failed(Failure::Unreachable(self.config.url.scrub(&error.to_string()))),
        };
        let _ = attempt.pipeline.set_state(gst::State::Playing);
        if let Some(ended) = self.connect(&attempt) {
            return ended;
        }
        self.shared.hub.attach(attempt.feed.clone());
        let ended = self.watch(&attempt);
        self.shared.hub.detach(&attempt.feed);
        if matches!(ended, Ended::Stopped) {
            drain(&attempt);
        }
        lock(&self.state).connection_over(&attempt);
        ended
    }

    /// Waits until the server takes a publisher. Until then no keyframe is asked of the encoder that all share. Some end if
    /// it doesn't.
    fn connect(&self, attempt: &Attempt) -> Option<Ended> {
        let bus = attempt.pipeline.bus()?;
        let began = Instant::now();
        while !attempt.may_send() {
            if self.stopped() {
                return Some(Ended::Stopped);
            }
            if let Some(failure) = self.cut_or_failed(&bus, CONNECT_POLL, false) {
                return Some(failure);
            }
            if began.elapsed() > CONNECT {
                let why = format!("the server let nobody publish within {} s", CONNECT.as_secs());
                return Some(self.failed_to_connect(Failure::Behind(why)));
            }
        }
        None
    }

    fn cut_or_failed(&self, bus: &gst::Bus, wait: Duration, live: bool) -> Option<Ended> {
        if self.trouble.cut.swap(false, Ordering::SeqCst) {
            return Some(Ended::Failed(Failure::Unreachable("the connection was cut (on purpose)".into())));
        }
        let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
        let wait = gst::ClockTime::from_mseconds(wait.as_millis() as u64);
        bus.timed_pop_filtered(wait, &wanted).map(|message| self.meaning(&message, live))
    }

    fn watch(&mut self, attempt: &Attempt) -> Ended {
        let Some(bus) = attempt.pipeline.bus() else { return Ended::Stopped };
        let mut live = false;
        let mut progress = Progress::new();
        loop {
            if self.stopped() {
                return Ended::Stopped;
            }
            if !attempt.feed.has_begun() {
                (self.shared.want_keyframe)();
            }
            if let Some(ended) = self.cut_or_failed(&bus, POLL, live) {
                return ended;
            }
            let sent = attempt.sent_bytes();
            let bitrate = progress.update(sent);
            lock(&self.state).connection_runs(sent, bitrate, attempt);
            if !live && attempt.is_live() {
                live = true;
                self.went_live();
            }
            if progress.stuck() {
                return Ended::Failed(Failure::Behind(format!("the server took nothing for {} s", STUCK.as_secs())));
            }
        }
    }

    fn went_live(&mut self) {
        {
            let mut state = lock(&self.state);
            state.reconnects += u32::from(self.history.succeeded);
            state.mark_up();
        }
        self.history.live();
        tracing::info!(output.id = %self.config.id, url = %self.config.url, "output live");
        self.enter(OutputPhase::Live, None);
    }

    /// What the end of a connection means. The first message counts: after an error an EOS follows.
    fn meaning(&self, message: &gst::Message, live: bool) -> Ended {
        let gst::MessageView::Error(error) = message.view() else {
            let why = "the server closed the connection".to_owned();
            return Ended::Failed(if live { Failure::Unreachable(why) } else { Failure::HungUp(why) });
        };
        let why = self.config.url.scrub(&elements::error_text(error));
        let lower = why.to_lowercase();
        let said_no = error.error().kind::<gst::ResourceError>() == Some(gst::ResourceError::NotAuthorized)
            || ["denied", "badname", "unauthorized", "authorization", "rejected"]
                .iter()
                .any(|word| lower.contains(word));
        // GLib's words follow the system's language, its numbers don't: 24 is a time-out.
        let silent = lower.contains("g-io-error-quark, code 24") || lower.contains("timed out");
        match (live, said_no) {
            (true, _) => Ended::Failed(Failure::Unreachable(why)),
            (false, true) => Ended::Failed(Failure::Denied(why)),
            // SRT tells no reasons, so a refusal looks like an absence.
            (false, false) if silent || self.config.url.scheme() == "srt" => Ended::Failed(Failure::Unreachable(why)),
            (false, false) => self.failed_to_connect(Failure::HungUp(why)),
        }
    }

    /// What it means depends on whether anybody is there. A name server may take long to answer, and a show that ends does
    /// not wait for it.
    fn failed_to_connect(&self, if_somebody_is: Failure) -> Ended {
        let (sender, found) = mpsc::sync_channel(1);
        let url = self.config.url.clone();
        let look = move || {
            let _ = sender.send(absence(&url));
        };
        if std::thread::Builder::new().name("hawker-lookup".into()).spawn(look).is_err() {
            return Ended::Failed(if_somebody_is);
        }
        loop {
            match found.recv_timeout(POLL) {
                Ok(Some(absent)) => return Ended::Failed(Failure::Unreachable(absent)),
                Ok(None) | Err(mpsc::RecvTimeoutError::Disconnected) => return Ended::Failed(if_somebody_is),
                Err(mpsc::RecvTimeoutError::Timeout) if self.stopped() => return Ended::Stopped,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// False if the show ends meanwhile.
    fn pause(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if self.stopped() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10).min(until.saturating_duration_since(Instant::now())));
        }
        true
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn enter(&self, phase: OutputPhase, why: Option<(String, OutputWhy)>) {
        let deadline_ms = {
            let mut state = lock(&self.state);
            state.phase = phase;
            let down = state.down_since.map(|since| since.elapsed());
            match (phase, self.config.deadline, down, self.history.succeeded) {
                (OutputPhase::Reconnecting, Some(deadline), Some(down), true) => {
                    Some(u64::try_from(deadline.saturating_sub(down).as_millis()).unwrap_or(u64::MAX))
                }
                _ => None,
            }
        };
        let (why, why_code) = why.unzip();
        self.shared.events.send(MediaEvent::Output { id: self.config.id, state: phase, why, why_code, deadline_ms });
    }
}

/// Lets what waits leave, then the end-of-stream message: the server closes the show, not a timeout.
fn drain(attempt: &Attempt) {
    attempt.feed.finish();
    if let Some(bus) = attempt.pipeline.bus() {
        let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
        let _ = bus.timed_pop_filtered(gst::ClockTime::from_seconds(DRAIN.as_secs()), &wanted);
    }
}

/// A number between 0 and 1 that differs from studio to studio.
fn luck() -> f64 {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.subsec_nanos());
    f64::from(nanos % 1000) / 1000.0
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
