//! The thread that keeps one destination connected.

use super::{
    OutputConfig,
    adapt::{self, Controller, OnTheWay},
    beside::{Road, Standing},
    delay::Delay,
    keeper::{OutputShared, give_back, lock},
    losses::{LossWatch, Missing},
    pipeline::{Attempt, Means},
    retry::{Failure, History, Next},
    route::LookOut,
    sound::{Heard, Sound, SoundWatch},
    state::{Progress, Running, STUCK, State},
    trouble::Trouble,
    whip,
};
use crate::{MediaEvent, OutputPhase, SecretUrl, hub::Hub, sleep::Sleeps};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::reason::OutputWhy;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub(super) const POLL: Duration = Duration::from_millis(50);
/// Shorter where every moment is one that viewers miss.
const CONNECT_POLL: Duration = Duration::from_millis(5);

pub(super) struct Worker {
    pub(super) config: OutputConfig,
    pub(super) shared: OutputShared,
    /// Where this destination's media comes from: the program's hub, or the end of its delay.
    hub: Arc<Hub>,
    delay: Option<Arc<Delay>>,
    stop: Arc<AtomicBool>,
    pub(super) state: Arc<Mutex<State>>,
    trouble: Arc<Trouble>,
    pub(super) history: History,
    pub(super) began: Instant,
    /// Only one that leads has one.
    pub(super) controller: Option<Controller>,
    losses: LossWatch,
    missing: Missing,
    /// The computer's sleeps when the attempt began.
    sleeps: Sleeps,
    /// Pictures of the hub when the last connection ended.
    away_since: Option<u64>,
    /// What a WHIP server told on an earlier connection.
    helpers: whip::Helpers,
}

/// How far a connection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connecting,
    /// Pictures are on offer for this long, and none is known to have been taken.
    Unproven(Duration),
    Live,
}

/// How an attempt ended.
pub(super) enum Ended {
    Stopped,
    Failed(Failure),
}

impl Worker {
    pub(super) fn new(
        config: OutputConfig,
        shared: OutputShared,
        (stop, state, trouble): (Arc<AtomicBool>, Arc<Mutex<State>>, Arc<Trouble>),
    ) -> Self {
        let delay = (config.delay_ms > 0).then(|| Delay::new(config.delay_ms));
        let hub = delay.as_ref().map_or_else(|| shared.hub.clone(), |delay| delay.onward().clone());
        Self {
            hub,
            delay,
            stop,
            state,
            trouble,
            history: History::default(),
            began: Instant::now(),
            controller: None,
            losses: LossWatch::default(),
            missing: Missing::default(),
            sleeps: shared.time.sleeps(),
            away_since: None,
            helpers: Default::default(),
            config,
            shared,
        }
    }

    pub(super) fn run(mut self) {
        // It waited for its former self, and was asked to end meanwhile.
        if self.stopped() {
            return self.say_the_end(OutputPhase::Ended, None);
        }
        self.enter(OutputPhase::Connecting, None);
        if let Some(delay) = &self.delay {
            self.shared.hub.attach(delay.clone());
        }
        let (last, why) = self.keep_connected();
        if let Some(delay) = &self.delay {
            self.shared.hub.detach(delay);
        }
        // Before anybody hears of the end: whoever leads next begins with the full bitrate.
        give_back(&mut lock(&self.state), self.shared.video_bitrate_bps, &self.shared.steer);
        self.say_the_end(last, why);
    }

    fn say_the_end(&self, last: OutputPhase, why: Option<(String, OutputWhy)>) {
        if !lock(&self.state).handed_over {
            self.enter(last, why);
        }
    }

    /// This is a destination that was there before, at `url`. `took`: it took pictures there.
    pub(super) fn follows(&mut self, url: &SecretUrl, took: bool) {
        self.history.may_be_held = took && *url == self.config.url;
    }

    /// How it ended, and why.
    fn keep_connected(&mut self) -> (OutputPhase, Option<(String, OutputWhy)>) {
        while !self.shared.on_air.load(Ordering::SeqCst) {
            if self.stopped() {
                return (OutputPhase::Ended, None);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        loop {
            let mut look_out = LookOut::new();
            let failure = match self.attempt(&mut look_out) {
                Ended::Stopped => return (OutputPhase::Ended, None),
                Ended::Failed(failure) => failure,
            };
            self.away_since.get_or_insert_with(|| self.hub.pictures());
            let down = match failure {
                Failure::Slept(length) => lock(&self.state).mark_slept(length),
                _ => lock(&self.state).mark_down(),
            };
            let deadline = self.config.deadline.filter(|_| self.config.one_show);
            match self.history.failed(failure, down, deadline, luck()) {
                Next::GiveUp { why, why_code } => {
                    tracing::warn!(output.id = %self.config.id, url = %self.config.url, why, "output failed");
                    return (OutputPhase::Failed, Some((why, why_code)));
                }
                Next::Again { after, why, why_code } => {
                    tracing::info!(output.id = %self.config.id, url = %self.config.url, why, "output lost");
                    self.enter(OutputPhase::Reconnecting, Some((why, why_code)));
                    if !self.pause(after, look_out) {
                        return (OutputPhase::Ended, None);
                    }
                }
            }
        }
    }

    fn attempt(&mut self, look_out: &mut LookOut) -> Ended {
        self.sleeps = self.shared.time.sleeps();
        if let Some(failure) = self.has_no_picture() {
            return Ended::Failed(failure);
        }
        // The pause ended with the room: nobody is there to be asked.
        if let Some(ended) = self.out_of_time() {
            return ended;
        }
        if self.config.url.scheme() == SecretUrl::VIRTUAL_CAMERA {
            return self.be_a_camera();
        }
        let means = Means {
            time: &self.shared.time,
            trouble: self.trouble.clone(),
            helpers: self.helpers.clone(),
            want_keyframe: self.keyframe_now(),
        };
        let attempt = match Attempt::build(&self.config.url, means) {
            Ok(attempt) => attempt,
            Err(error) => return Ended::Failed(Failure::Unreachable(self.config.url.scrub(&error.to_string()))),
        };
        attempt.begin();
        if let Some(ended) = self.connect(&attempt, look_out) {
            return ended;
        }
        self.wait_in_the_queue(&attempt);
        self.hub.attach(attempt.feed.clone());
        if let Some(then) = self.away_since.take() {
            lock(&self.state).missed += self.hub.pictures().saturating_sub(then);
        }
        let ended = self.watch(&attempt);
        self.hub.detach(&attempt.feed);
        self.shared.beside.leave(self.config.id);
        if matches!(ended, Ended::Stopped | Ended::Failed(Failure::NoPicture(_))) {
            attempt.drain();
        }
        let sent = attempt.sent_bytes();
        lock(&self.state).connection_over(sent);
        ended
    }

    /// Waits until the server takes a publisher. Until then no keyframe is asked of the encoder that all share. Some end if
    /// it doesn't.
    fn connect(&self, attempt: &Attempt, look_out: &mut LookOut) -> Option<Ended> {
        let bus = attempt.pipeline.bus()?;
        let began = Instant::now();
        if attempt.listens() {
            let why = format!("waiting for somebody to connect to {}", self.config.url);
            self.enter(OutputPhase::Connecting, Some((why, OutputWhy::NobodyCalled)));
        }
        while !attempt.may_send() {
            if self.stopped() {
                return Some(Ended::Stopped);
            }
            if let Some(ended) = self.cut_or_failed(&bus, CONNECT_POLL, Stage::Connecting) {
                return Some(ended);
            }
            if let Some(ended) = self.out_of_time() {
                return Some(ended);
            }
            // Who listens, listens on every way.
            if !attempt.listens()
                && let Some(ended) = self.way_is_gone(look_out)
            {
                return Some(ended);
            }
            match attempt.refusal() {
                Some(failure @ Failure::HungUp(_)) => return Some(self.failed_to_connect(failure)),
                Some(failure) => return Some(Ended::Failed(failure)),
                None => {}
            }
            if !attempt.listens() && began.elapsed() > attempt.patience() {
                // It says something now and then, or its silence would have ended this.
                let why = format!("the server let nobody publish within {} s", attempt.patience().as_secs());
                return Some(self.failed_to_connect(Failure::Behind(why)));
            }
        }
        None
    }

    pub(super) fn cut_or_failed(&self, bus: &gst::Bus, wait: Duration, stage: Stage) -> Option<Ended> {
        let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
        let wait = gst::ClockTime::from_mseconds(wait.as_millis() as u64);
        let message = bus.timed_pop_filtered(wait, &wanted);
        if let Some(failure) = self.has_no_picture() {
            return Some(Ended::Failed(failure));
        }
        if let Some(length) = self.slept() {
            return Some(Ended::Failed(Failure::Slept(length)));
        }
        if self.trouble.was_cut() {
            return Some(Ended::Failed(Failure::Unreachable("the connection was cut (on purpose)".into())));
        }
        message.map(|message| self.meaning(&message, stage))
    }

    /// The canvas was given up.
    pub(super) fn has_no_picture(&self) -> Option<Failure> {
        self.shared.fate.given_up().map(|why| Failure::NoPicture(why.to_owned()))
    }

    /// How long the computer slept since the attempt began, where that ends it: other programs on it slept as long.
    pub(super) fn slept(&self) -> Option<Duration> {
        let sleeps = self.shared.time.sleeps();
        (sleeps != self.sleeps && self.config.url.scheme() != SecretUrl::VIRTUAL_CAMERA).then_some(sleeps.length)
    }

    fn watch(&mut self, attempt: &Attempt) -> Ended {
        let Some(bus) = attempt.pipeline.bus() else { return Ended::Stopped };
        let began = Instant::now();
        let mut live = false;
        // After every reconnect; what was found after the one before says nothing about this.
        let mut sound = self.history.succeeded.then(|| SoundWatch::new(self.config.delay()));
        lock(&self.state).sound_back = None;
        let (mut progress, mut way) = (Progress::new(), OnTheWay::default());
        let want_keyframe = self.keyframe_now();
        loop {
            if self.stopped() {
                return Ended::Stopped;
            }
            if !attempt.feed.has_begun() {
                (want_keyframe)();
            }
            let stage = if live { Stage::Live } else { Stage::Unproven(began.elapsed()) };
            if let Some(ended) = self.cut_or_failed(&bus, POLL, stage) {
                return ended;
            }
            // A connection that waits for our own keyframe does not wait for the server.
            if !live
                && attempt.feed.has_begun()
                && let Some(ended) = self.out_of_time()
            {
                return ended;
            }
            if attempt.is_deserted() {
                return Ended::Failed(Failure::Unreachable("the receiver has left".into()));
            }
            let sent = attempt.sent_bytes();
            let throughput_bps = progress.update(sent, Instant::now());
            if !attempt.feed.has_begun() {
                // There is nothing to take yet: a delay fills, or the keyframe is on its way.
                progress.excuse();
            }
            let seen = Running { sent, bitrate_bps: throughput_bps, rtt_ms: attempt.rtt_ms(), live };
            lock(&self.state).connection_runs(&seen, &attempt.feed);
            if !live && attempt.is_live() {
                live = true;
                self.went_live();
            }
            if live {
                let far = attempt.far_side();
                let way_ms = far.map_or(0, |far| way.wait_ms(self.began.elapsed(), far.rtt_ms));
                let loss = far.map_or(0.0, |far| far.loss);
                lock(&self.state).packet_loss = far.map(|far| far.loss);
                if self.steer(throughput_bps, way_ms, loss) {
                    self.wait_in_the_queue(attempt);
                }
                self.warn_of_losses(loss);
                if let Some(watch) = &mut sound {
                    self.look_for_sound(watch, began, attempt);
                }
            }
            if progress.stuck() {
                return Ended::Failed(Failure::Behind(format!("the server took nothing for {} s", STUCK.as_secs())));
            }
        }
    }

    /// Asks the encoder for a keyframe; behind a delay it would come too late to help.
    fn keyframe_now(&self) -> Arc<dyn Fn() + Send + Sync> {
        if self.delay.is_some() { Arc::new(|| {}) } else { self.shared.want_keyframe.clone() }
    }

    pub(super) fn went_live(&mut self) {
        {
            let mut state = lock(&self.state);
            state.reconnects += u32::from(self.history.succeeded);
            state.mark_up();
        }
        self.history.live();
        // What an earlier connection lost was said then.
        (self.losses, self.missing) = Default::default();
        tracing::info!(output.id = %self.config.id, url = %self.config.url, "output live");
        self.enter(OutputPhase::Live, None);
    }

    /// `loss`: what a receiver misses, where it tells.
    fn warn_of_losses(&mut self, loss: f32) {
        let Some(road) = Road::to(&self.config.url) else { return };
        let (sent, lost, queue_ms, taken_bps) = {
            let state = lock(&self.state);
            (state.pictures(), state.dropped(), state.queue_ms, state.bitrate_bps)
        };
        let missing = self.missing.look(sent, loss);
        self.losses.look(self.began.elapsed(), sent, lost + missing);
        let loses_nothing = !self.losses.loses() && loss <= adapt::LOSSY;
        let others = self.shared.beside.note(self.config.id, Standing { road, loses_nothing, queue_ms, taken_bps });
        if let Some(verdict) = self.losses.judge(others) {
            self.enter(OutputPhase::Live, verdict.why());
        }
    }

    /// Looks whether sound came back with the connection that began at `began`.
    fn look_for_sound(&self, watch: &mut SoundWatch, began: Instant, attempt: &Attempt) {
        let (first, pieces, bytes) = attempt.sound();
        let first = first.map(|at| at.saturating_duration_since(began));
        let (pictures, audible_ms) = (attempt.feed.pictures(), (self.shared.audible_ms)());
        match watch.look(Heard { at: began.elapsed(), first, pieces, bytes, pictures, audible_ms }) {
            None => {}
            Some(Sound::Back(after)) => {
                lock(&self.state).sound_back = Some(after);
                if watch.was_missing() {
                    self.enter(OutputPhase::Live, None);
                }
            }
            Some(Sound::Missing) => {
                let why = "the connection is back but carries no sound; publish to this destination again";
                self.enter(OutputPhase::Live, Some((why.to_owned(), OutputWhy::NoSound)));
            }
        }
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn enter(&self, phase: OutputPhase, why: Option<(String, OutputWhy)>) {
        let deadline_ms = {
            let mut state = lock(&self.state);
            state.phase = phase;
            if why.is_some() {
                state.last_why.clone_from(&why);
            }
            let down = state.down_since.map(|since| since.elapsed());
            match (phase, self.config.deadline, down, self.history.succeeded) {
                // An address that outlives the room has nothing to count down to once it is closed.
                (OutputPhase::Reconnecting, Some(deadline), Some(down), true)
                    if self.config.one_show || down < deadline =>
                {
                    Some(u64::try_from(deadline.saturating_sub(down).as_millis()).unwrap_or(u64::MAX))
                }
                _ => None,
            }
        };
        let (why, why_code) = why.unzip();
        self.shared.events.send(MediaEvent::Output { id: self.config.id, state: phase, why, why_code, deadline_ms });
    }
}

/// A number between 0 and 1 that differs from studio to studio.
fn luck() -> f64 {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.subsec_nanos());
    f64::from(nanos % 1000) / 1000.0
}
