//! Keeps one source alive: builds it, watches it, rebuilds it when it is lost.
//!
//! A thread of its own. A source is lost when its pipeline reports an error, when it ends, or when no picture arrives
//! for a second: pipewiresrc says nothing at all when its camera is unplugged.
//! (More than 400 lines: the life of one thread, in the order in which it passes.)

use super::{
    DecoderProgram, SourcePlan, Taps,
    body::{Body, Failed},
    camera, change,
    leave::Leave,
    patience,
    taps::{Heard, RateTap},
};
use crate::{MediaError, MediaEvent, clock::Timebase, device, event::Events, sleep::said};
use hawker_domain::{SourceId, reason::SourceWhy, sound::InputId};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Pause between attempts to get a lost source back. A camera that re-appears is tried as soon as it has settled.
const RETRY: Duration = Duration::from_millis(700);
/// A show waits this long for its microphone, and then begins in silence.
const BRIEFLY: Duration = Duration::from_secs(2);
/// A camera that comes back is opened so often in the format that it had before another is asked for.
const PATIENT_TRIES: u32 = 2;
const POLL: Duration = Duration::from_millis(50);

/// Which of a program's sources it is; decides the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Picture(SourceId),
    Microphone(InputId),
}

pub(crate) struct KeeperConfig {
    pub kind: Kind,
    pub plan: SourcePlan,
    pub taps: Taps,
    /// Shows clips, addresses and screens from a process of their own; none: from this one.
    pub decoder: Option<DecoderProgram>,
    pub wait: Wait,
    /// What it takes the place of, already told to end (see [`Keeper::retire`]): this one waits for it, nobody else.
    pub former: Option<Keeper>,
    /// It counts as lost until it delivers, and that it does is told as its coming back. `lost` of a picture is set already then.
    pub begins_lost: bool,
    /// Set while the source is lost and its stand-in has to be shown.
    pub lost: Arc<AtomicBool>,
}

/// Whether whoever starts a source waits for what it delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For as long as it takes: nothing begins without it, and it fails with it.
    Needed,
    /// For a moment. One that is not there is told as lost, and taken when it comes.
    Briefly,
    /// Not at all; else the same.
    Not,
}

enum Command {
    /// The source goes silent, as an unplugged camera does, and cannot be reached for this long.
    Vanish(Duration),
    Stop,
}

/// The handle of a kept source. Dropping it does not stop the source; [`Keeper::stop`] does.
pub(crate) struct Keeper {
    commands: mpsc::SyncSender<Command>,
    thread: Option<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
    retired: Arc<Retired>,
}

/// Set once another one takes its place. Whoever tells something of it holds it meanwhile, so nothing is told afterwards.
/// Lock order: this, then the events.
#[derive(Default)]
struct Retired(Mutex<bool>);

impl Retired {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// Starts the source and waits for its first delivery as its [`Wait`] says. Errors: why what is needed can't be had.
    pub(crate) fn start(config: KeeperConfig, time: Arc<Timebase>, events: Events) -> Result<Self, MediaError> {
        let (commands, inbox) = mpsc::sync_channel(4);
        let (first, started) = mpsc::sync_channel(1);
        let (stopping, retired) = (Arc::new(AtomicBool::new(false)), Arc::<Retired>::default());
        let wait = config.wait;
        let begins_lost = config.begins_lost;
        let heard = Heard { time: time.clone(), at_ns: Arc::default(), size: Arc::default(), epoch: Arc::default() };
        let watched = Watched {
            config,
            time,
            events,
            stopping: stopping.clone(),
            retired: retired.clone(),
            heard,
            ask: AtomicUsize::new(0),
            told: AtomicU64::new(0),
            size: AtomicU64::new(0),
            away: AtomicBool::new(begins_lost),
        };
        let thread = std::thread::Builder::new()
            .name("hawker-source".into())
            .spawn(move || watched.run(&inbox, &first))
            .map_err(|e| MediaError::pipeline("source thread", e))?;
        let first = match wait {
            Wait::Not => Err(mpsc::RecvTimeoutError::Timeout),
            Wait::Needed => started.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            Wait::Briefly => started.recv_timeout(BRIEFLY),
        };
        match first {
            Ok(Ok(())) | Err(mpsc::RecvTimeoutError::Timeout) => {
                Ok(Self { commands, thread: Some(thread), stopping, retired })
            }
            Ok(Err(error)) => {
                let _ = thread.join();
                Err(error)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(MediaError::pipeline("source thread", "it ended early")),
        }
    }

    /// Loses the source on purpose, for this long.
    pub(crate) fn vanish(&self, away: Duration) {
        let _ = self.commands.try_send(Command::Vanish(away));
    }

    /// Tells it to end for another one that takes its place, and does not wait: [`KeeperConfig::former`] does. Nothing is told
    /// of it from now on.
    pub(crate) fn retire(&self) {
        *self.retired.lock() = true;
        self.stopping.store(true, Ordering::SeqCst);
        let _ = self.commands.try_send(Command::Stop);
    }

    /// Its thread has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    pub(crate) fn stop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = self.commands.try_send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Watched {
    config: KeeperConfig,
    time: Arc<Timebase>,
    events: Events,
    /// Ends every wait.
    stopping: Arc<AtomicBool>,
    /// Another one takes its place, and may want the same device.
    retired: Arc<Retired>,
    heard: Heard,
    /// Which of the ways to ask a camera has delivered.
    ask: AtomicUsize,
    /// A bit for each of the other ways that the host was told of.
    told: AtomicU64,
    /// The size of the pictures that the host knows of, as [`Heard::size`].
    size: AtomicU64,
    /// It was told that the source is lost.
    away: AtomicBool,
}

/// The bit of a way to ask that is not what was asked for first; of that one none, for there is nothing to tell. Pure.
fn other_format(ask: usize) -> u64 {
    if ask == 0 { 0 } else { 1 << ask.min(63) }
}

/// How a watch ended.
enum Ended {
    Stopped,
    Lost { why: String, why_code: SourceWhy, away: Duration },
}

impl Watched {
    fn run(mut self, inbox: &mpsc::Receiver<Command>, first: &mpsc::SyncSender<Result<(), MediaError>>) {
        if let Some(mut former) = self.config.former.take() {
            former.stop();
        }
        self.tell_asked();
        let needed = self.config.wait == Wait::Needed;
        let mut body = match (self.open(patience::first(self.config.plan.is_asked_for()), true), needed) {
            (Ok(body), _) => {
                let _ = first.send(Ok(()));
                if self.away.load(Ordering::SeqCst) {
                    self.tell_back();
                }
                body
            }
            (Err(error), true) => return drop(first.send(Err(error))),
            (Err(error), false) => {
                let _ = first.send(Ok(()));
                self.tell_failed(&error);
                let Some(body) = self.wait_until_back(inbox, Duration::ZERO, RETRY) else { return };
                self.tell_back();
                body
            }
        };
        loop {
            let ended = self.watch(&mut body, inbox);
            self.heard.epoch.fetch_add(1, Ordering::SeqCst);
            let (why, why_code, away) = match ended {
                Ended::Stopped => return body.close(self.until_let_go(self.is_retired())),
                Ended::Lost { why, why_code, away } => (why, why_code, away),
            };
            if why_code == SourceWhy::NotShared {
                // What would open it again is of no use to a person who has just ended it.
                self.config.taps.leave.set(Leave::Gone);
            }
            self.tell_lost(why, why_code);
            let slept = why_code == SourceWhy::Slept;
            body.close(self.until_let_go(slept));
            let pause = if slept { Duration::ZERO } else { RETRY };
            let Some(again) = self.wait_until_back(inbox, away, pause) else { return };
            body = again;
            self.tell_back();
        }
    }

    /// How long its closing is waited for. A device that is opened again at once is held by the old pipeline until then.
    fn until_let_go(&self, opened_at_once: bool) -> Duration {
        if opened_at_once && self.config.plan.is_device() { patience::CLOSED } else { Duration::ZERO }
    }

    /// Says that a person has to answer first, where the next attempt asks one; whether it does.
    fn tell_asked(&self) -> bool {
        let taps = &self.config.taps;
        let asks = self.config.plan.is_asked_for() && taps.leave.get() == Leave::Unasked;
        if asks {
            self.tell_lost("the system asks what to share".into(), SourceWhy::Asked);
        }
        asks
    }

    /// What was given up because the show ends is nothing to tell.
    fn tell_failed(&self, error: &MediaError) {
        if !self.stopping.load(Ordering::SeqCst) {
            self.tell_lost(error.to_string(), error.source_why());
        }
    }

    /// Of one whose place was taken there is nothing to tell any more.
    fn tell(&self, event: MediaEvent) {
        let retired = self.retired.lock();
        if !*retired {
            self.events.send(event);
        }
    }

    fn is_retired(&self) -> bool {
        *self.retired.lock()
    }

    fn tell_lost(&self, why: String, why_code: SourceWhy) {
        tracing::warn!(source = %self.config.plan.name(), why, "source lost");
        self.config.lost.store(true, Ordering::SeqCst);
        self.away.store(true, Ordering::SeqCst);
        self.tell(match &self.config.kind {
            Kind::Picture(id) => MediaEvent::SourceLost { id: id.clone(), why, why_code },
            Kind::Microphone(input) => MediaEvent::MicLost { input: input.clone(), why, why_code },
        });
    }

    fn tell_back(&self) {
        tracing::info!(source = %self.config.plan.name(), "source back");
        self.config.lost.store(false, Ordering::SeqCst);
        self.away.store(false, Ordering::SeqCst);
        self.tell(match &self.config.kind {
            Kind::Picture(id) => MediaEvent::SourceBack { id: id.clone() },
            Kind::Microphone(input) => MediaEvent::MicBack { input: input.clone() },
        });
    }

    /// Builds and starts the source, and waits so long for its first delivery. A camera that does not keep its word is asked
    /// for its `others`, if it may be; one that does not offer what was chosen is at once. Errors: why it does not deliver what it
    /// was asked for first.
    fn open(&self, patience: Duration, others: bool) -> Result<Body, MediaError> {
        let first = self.ask.load(Ordering::SeqCst);
        let Failed { error, mut ways } = match self.open_as(first, patience) {
            Ok(body) => return Ok(body),
            Err(failed) => failed,
        };
        // Nothing was opened yet where the camera does not even offer what was chosen.
        let refused = matches!(error, MediaError::FormatNotOffered { .. });
        if !refused && !others {
            return Err(error);
        }
        let patience = if refused { patience } else { patience::OTHER_FORMAT };
        let mut ask = 0;
        while ask < ways && !self.stopping.load(Ordering::SeqCst) {
            if ask != first {
                tracing::warn!(ask, why = %error, "another of the camera's formats is tried");
                match self.open_as(ask, patience) {
                    Ok(body) => {
                        self.ask.store(ask, Ordering::SeqCst);
                        self.tell_format(ask, &error);
                        return Ok(body);
                    }
                    Err(failed) if refused && failed.ways == 0 => return Err(failed.error),
                    Err(failed) => ways = ways.max(failed.ways),
                }
            }
            ask += 1;
        }
        Err(error)
    }

    /// Says when a camera delivers in another size than before.
    fn tell_size(&self) {
        let now = self.heard.size.load(Ordering::Relaxed);
        let before = self.size.swap(now, Ordering::Relaxed);
        if let (true, Kind::Picture(id)) = (self.config.plan.is_device(), &self.config.kind)
            && let Some([before, now]) = change::other_size(before, now)
        {
            tracing::info!(source = %id, ?before, ?now, "the camera's size changed");
            self.tell(MediaEvent::OtherSize { id: id.clone(), before, now });
        }
    }

    /// Says, once for each of them, that the source is there in another format than it was asked for first, and why.
    fn tell_format(&self, ask: usize, error: &MediaError) {
        let bit = other_format(ask);
        let known = self.told.fetch_or(bit, Ordering::SeqCst) & bit == bit;
        if let (Kind::Picture(id), false) = (&self.config.kind, known) {
            // Another size is said with it.
            self.size.store(self.heard.size.load(Ordering::Relaxed), Ordering::Relaxed);
            self.tell(MediaEvent::OtherFormat { id: id.clone(), why: camera::with_offer(error) });
        }
    }

    fn open_as(&self, ask: usize, patience: Duration) -> Result<Body, Failed> {
        let epoch = self.heard.epoch.fetch_add(1, Ordering::SeqCst) + 1;
        self.heard.at_ns.store(0, Ordering::SeqCst);
        let (plan, decoder) = (self.config.plan.asking(ask), self.config.decoder.as_ref());
        let rate = self.config.taps.rate.clone().map(|tap| {
            let retired = self.retired.clone();
            Arc::new(move |hz: u32| {
                let retired = retired.lock();
                if !*retired {
                    tap(hz);
                }
            }) as RateTap
        });
        let given = Taps { rate, stopping: self.stopping.clone(), ..self.config.taps.clone() };
        let taps = self.heard.guard(&given, epoch, plan.is_clip());
        let mut body = Body::open(&plan, decoder, &self.time, &taps)?;
        match body.wake(patience, || self.heard.at_ns.load(Ordering::SeqCst) > 0, &self.stopping) {
            Ok(()) => Ok(body),
            Err(error) => {
                self.heard.epoch.fetch_add(1, Ordering::SeqCst);
                let asked = body.asked().filter(|asked| camera::may_do_otherwise(&error, asked.is_agreed()));
                let ways = asked.map_or(0, |asked| asked.ways);
                body.close(Duration::ZERO);
                Err(Failed { error, ways })
            }
        }
    }

    fn watch(&self, body: &mut Body, inbox: &mpsc::Receiver<Command>) -> Ended {
        // Nothing could be heard before.
        let (mut listens_from_ns, mut sleeps) = (0, self.time.sleeps());
        loop {
            if self.stopping.load(Ordering::SeqCst) {
                return Ended::Stopped;
            }
            match inbox.try_recv() {
                Ok(Command::Stop) | Err(mpsc::TryRecvError::Disconnected) => return Ended::Stopped,
                Ok(Command::Vanish(away)) => return self.fall_silent(body, away),
                Err(mpsc::TryRecvError::Empty) => {}
            }
            let trouble = body.trouble(POLL);
            self.tell_size();
            let (before, now_ns) = (sleeps, self.time.now_ns());
            sleeps = self.time.sleeps();
            if sleeps != before {
                if self.config.plan.is_beyond_sleep() {
                    let why = said(sleeps.length);
                    return Ended::Lost { why, why_code: SourceWhy::Slept, away: Duration::ZERO };
                }
                listens_from_ns = now_ns;
            }
            if let Some((why, why_code)) = trouble {
                return Ended::Lost { why, why_code, away: Duration::ZERO };
            }
            let age = now_ns.saturating_sub(self.heard.at_ns.load(Ordering::SeqCst).max(listens_from_ns));
            if Duration::from_nanos(age) > patience::silence(self.config.plan.is_steady()) {
                return self.silent(age / 1_000_000, Duration::ZERO);
            }
        }
    }

    /// Stops delivery without a word, then waits for the watchdog as a real loss would.
    fn fall_silent(&self, body: &Body, away: Duration) -> Ended {
        self.heard.epoch.fetch_add(1, Ordering::SeqCst);
        body.fall_silent();
        // Whatever it still meant to hold.
        let heard = self.heard.at_ns.load(Ordering::SeqCst).min(self.time.now_ns());
        let age = || Duration::from_nanos(self.time.now_ns().saturating_sub(heard));
        while age() <= patience::silence(self.config.plan.is_steady()) && !self.stopping.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.silent(u64::try_from(age().as_millis()).unwrap_or(u64::MAX), away)
    }

    /// A source that says nothing counts as lost; why, and what to do.
    fn silent(&self, age_ms: u64, away: Duration) -> Ended {
        let look = if self.config.plan.is_device() { "; check its cable" } else { "" };
        let why = format!("{} has delivered nothing for {age_ms} ms{look}", self.config.plan.name());
        Ended::Lost { why, why_code: SourceWhy::Silent, away }
    }

    /// Nobody is asked again by himself for what he did not share, or shares no more.
    fn may_come_back(&self) -> bool {
        let plan = &self.config.plan;
        plan.comes_back() && !(plan.is_asked_for() && self.config.taps.leave.get() == Leave::Gone)
    }

    /// The rebuilt source, first tried after `pause`, or none when the show ends first.
    fn wait_until_back(&self, inbox: &mpsc::Receiver<Command>, away: Duration, pause: Duration) -> Option<Body> {
        let mut devices = device::watch();
        let (returns_at, is_steady) = (Instant::now() + away, self.config.plan.is_steady());
        // What the system shares is opened by several other programs, and its leave holds for one attempt.
        let is_steady = is_steady && !self.config.plan.is_asked_for();
        let mut sleeps = self.time.sleeps();
        let mut next_try = Instant::now() + pause;
        // How often it was there and delivered nothing.
        let mut in_vain = 0;
        loop {
            while Instant::now() < next_try {
                match inbox.recv_timeout(POLL) {
                    Ok(Command::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return None,
                    Ok(Command::Vanish(_)) | Err(mpsc::RecvTimeoutError::Timeout) => {}
                }
                if self.stopping.load(Ordering::SeqCst) {
                    return None;
                }
                if devices.something_came() {
                    in_vain = 0;
                    next_try = Instant::now();
                }
                if std::mem::replace(&mut sleeps, self.time.sleeps()) != sleeps {
                    next_try = Instant::now();
                }
            }
            if let Some(rest) = self.config.plan.listed_for().and_then(patience::unsettled) {
                next_try = Instant::now() + rest;
                continue;
            }
            if Instant::now() >= returns_at && self.may_come_back() {
                let (began, asked) = (Instant::now(), self.tell_asked());
                let patience = if asked { patience::first(true) } else { patience::back(is_steady, in_vain) };
                match self.open(patience, in_vain >= PATIENT_TRIES) {
                    Ok(body) => return Some(body),
                    Err(error) if asked => self.tell_failed(&error),
                    Err(error) => tracing::debug!(%error, "source still lost"),
                }
                in_vain += u32::from(began.elapsed() >= patience);
            }
            next_try = Instant::now() + RETRY;
        }
    }
}
