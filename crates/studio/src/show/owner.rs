//! The owner task: waits for whatever comes next and hands it to the part that knows.

use super::{
    LivePlan, Request, ShowOutcome,
    finish::{Closing, next_step},
    pins::PinBoard,
    recording::RecordingOpened,
    run::ShowRun,
    run_through::RunningThrough,
};
use crate::channels::{ChannelNews, OwnFeed};
use crate::clips::PinClips;
use crate::config::StudioConfig;
use crate::errors::{Outcome, closing};
use crate::platform::{LinkEvent, Place, PlatformLink, Waiting};
use crate::recognition::{RecognitionEvent, RecognitionThread};
use crate::view::{BoxView, PlatformView, RecognitionView, Settings, Snapshot};
use hawker_domain::{
    Product, ShowMs, Sku, SourceId,
    reason::{NoticeWhy, SourceWhy},
    show::{DegradedWhy, ShowEvent, ShowState},
    sound::InputId,
    sound_change::MonitorOf,
    stock::StockLevel,
};
use hawker_media::{Leaves, MediaEvent, MediaEvents, Preview, Program, SoundDesk};
use hawker_store::Store;
use hawker_wire::live::{LiveEvent, LiveLine};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// The cockpit redraws at most ten times a second; five are enough for boxes that follow a hand.
const SNAPSHOT_EVERY: Duration = Duration::from_millis(200);
/// Recordings that are begun at the same time; one more waits for its turn.
const RECORDINGS_AT_ONCE: usize = 4;
/// Ticks between two counts of what waits for the platform: once a second.
const COUNT_EVERY: u64 = 5;

/// What the owner is made of.
pub struct OwnerParts {
    pub config: StudioConfig,
    pub store: Store,
    /// As they are at the start.
    pub settings: Settings,
    pub requests: mpsc::Receiver<Request>,
    pub events: broadcast::Sender<LiveLine>,
    pub snapshots: watch::Sender<Snapshot>,
    /// The newest preview source; none while no program runs.
    pub preview: watch::Sender<Option<Preview>>,
    /// Likewise of the scene that waits in studio mode; none while none waits.
    pub stage: watch::Sender<Option<Preview>>,
    /// What is heard; none while no program runs.
    pub desk: watch::Sender<Option<SoundDesk>>,
    /// Lines for the show ledger.
    pub ledger: mpsc::Sender<(hawker_domain::ShowId, LiveLine)>,
    pub clips: Arc<PinClips>,
    /// Where the platform's own chat goes to be read; none: straight to the show.
    pub own_chat: Option<OwnFeed>,
    /// What the channels say; none where none is read.
    pub channel_news: Option<mpsc::Receiver<ChannelNews>>,
}

/// The program pipeline while it runs, and what it was started with.
pub(super) struct Running {
    pub program: Program,
    pub plan: LivePlan,
    /// Name of the scene that is shown.
    pub scene: String,
    /// The one in the preview of studio mode.
    pub staged: Option<hawker_domain::scene::Scene>,
    /// The source that recognition watches.
    pub watched: SourceId,
    /// Sources that deliver nothing, and why.
    pub lost: BTreeMap<SourceId, (String, SourceWhy)>,
    /// Microphones that were chosen on air and are not heard yet.
    pub awaited: BTreeSet<InputId>,
}

pub struct Owner {
    pub(super) parts: OwnerParts,
    pub(super) state: ShowState,
    pub(super) running: Option<Running>,
    pub(super) media_events: Option<MediaEvents>,
    pub(super) link: Option<PlatformLink>,
    pub(super) link_events: Option<mpsc::Receiver<LinkEvent>>,
    pub(super) platform: PlatformView,
    /// Why the platform does not answer; said again at the start of every show.
    pub(super) platform_failure: Option<hawker_wire::Failure>,
    /// Another platform was chosen while on air: it takes over after the show.
    pub(super) platform_after_show: bool,
    /// Another platform was chosen, and takes over when this one has heard of every change.
    pub(super) move_waits: bool,
    /// What the host said of changes that wait, when the platform was chosen.
    pub(super) move_with: Waiting,
    pub(super) recognition: RecognitionThread,
    pub(super) recognition_events: mpsc::Receiver<RecognitionEvent>,
    pub(super) recognition_view: RecognitionView,
    /// Why recognition does not run; said again at the start of every show.
    pub(super) recognition_failure: Option<hawker_wire::Failure>,
    pub(super) board: PinBoard,
    pub(super) boxes: Vec<BoxView>,
    /// The thing in the picture that is held up, of those recognition looked at.
    pub(super) held_up: Option<u32>,
    /// Every thing in the picture recognition looked at last.
    pub(super) in_picture: BTreeSet<u32>,
    pub(super) show: Option<ShowRun>,
    /// Products are held up one after another; never while a show is on air.
    pub(super) through: Option<RunningThrough>,
    pub(super) products: HashMap<Sku, Product>,
    pub(super) levels: HashMap<Sku, StockLevel>,
    pub(super) thumbnails: HashMap<Sku, hawker_domain::PhotoId>,
    pub(super) running_order: Vec<Sku>,
    /// The order somebody chose; empty when nobody did, and then `running_order` is the whole catalogue.
    pub(super) chosen_order: Vec<Sku>,
    pub(super) waiting_to_sync: u64,
    /// Orders that came in since the start, of whatever show.
    pub(super) orders_heard: u64,
    /// What other devices did to the catalogue since the start.
    pub(super) edits_heard: u64,
    /// What became of claims from comments since the start.
    pub(super) claims_heard: u64,
    /// What was told of offers since the start.
    pub(super) offers_heard: u64,
    /// Some of it was not looked at yet: a table that was imported there comes in many pieces.
    pub(super) has_edits: bool,
    pub(super) waiters: Vec<oneshot::Sender<Outcome<ShowOutcome>>>,
    /// Who asked for the end.
    pub(super) enders: Vec<oneshot::Sender<Outcome<()>>>,
    /// Steps of a show that is being put down.
    pub(super) closing: Option<mpsc::Receiver<Closing>>,
    /// Files that recordings were to begin with, opened beside.
    pub(super) opened: (mpsc::Sender<RecordingOpened>, mpsc::Receiver<RecordingOpened>),
    pub(super) idle_plan: Option<LivePlan>,
    /// What the person said of screens that the system shares only then.
    pub(super) leaves: Leaves,
    pub(super) rates: super::snapshot::Rates,
    pub(super) losses: super::losses::Losses,
    pub(super) logged: super::figures::Logged,
    /// What the host wants to hear; it plays while a program runs.
    pub(super) monitored: Option<MonitorOf>,
    /// When the host chose the card that pinned products get.
    pub(super) card_chosen_at: ShowMs,
    /// What the card of which product lacks, as it was said.
    pub(super) card_told: Option<(String, NoticeWhy)>,
    /// The show's sync events may change the stock; the levels are read again before the next picture of it.
    pub(super) stale: bool,
    ticks: u64,
}

impl Owner {
    /// An owner with recognition and the platform link started.
    pub fn new(
        parts: OwnerParts,
        link: Option<(PlatformLink, mpsc::Receiver<LinkEvent>)>,
        (recognition, recognition_events): (RecognitionThread, mpsc::Receiver<RecognitionEvent>),
    ) -> Self {
        let (link, link_events) = link.unzip();
        let platform = link.as_ref().map_or(PlatformView::None, |link: &PlatformLink| connecting(&link.place()));
        let board = PinBoard::new(hand_hold(&parts.settings));
        Self {
            parts,
            state: ShowState::Idle,
            running: None,
            media_events: None,
            link,
            link_events,
            platform,
            platform_failure: None,
            platform_after_show: false,
            move_waits: false,
            move_with: Waiting::Stay,
            recognition,
            recognition_events,
            recognition_view: RecognitionView::Loading { learning: None },
            recognition_failure: None,
            board,
            boxes: Vec::new(),
            held_up: None,
            in_picture: BTreeSet::new(),
            show: None,
            through: None,
            products: HashMap::new(),
            levels: HashMap::new(),
            thumbnails: HashMap::new(),
            running_order: Vec::new(),
            chosen_order: Vec::new(),
            waiting_to_sync: 0,
            orders_heard: 0,
            edits_heard: 0,
            claims_heard: 0,
            offers_heard: 0,
            has_edits: false,
            waiters: Vec::new(),
            enders: Vec::new(),
            closing: None,
            opened: mpsc::channel(RECORDINGS_AT_ONCE),
            idle_plan: None,
            leaves: Leaves::default(),
            rates: super::snapshot::Rates::default(),
            losses: super::losses::Losses::default(),
            logged: super::figures::Logged::default(),
            monitored: None,
            card_chosen_at: ShowMs::default(),
            card_told: None,
            stale: true,
            ticks: 0,
        }
    }

    /// Runs until closed. Nothing in here may wait for a person or a network.
    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(SNAPSHOT_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                request = self.parts.requests.recv() => match request {
                    Some(Request::Close(done)) => {
                        self.close().await;
                        let _ = done.send(());
                        return;
                    }
                    Some(request) => self.on_request(request).await,
                    None => return self.close().await,
                },
                Some(event) = next_report(&mut self.media_events) => self.on_media(event).await,
                step = next_step(&mut self.closing) => self.on_closing(step).await,
                Some(opened) = self.opened.1.recv() => self.on_opened(opened).await,
                Some(event) = self.recognition_events.recv() => self.on_recognition(event).await,
                Some(event) = next(&mut self.link_events) => self.on_link(event).await,
                Some(news) = next(&mut self.parts.channel_news) => self.on_channel(news),
                _ = tick.tick() => {
                    self.ticks += 1;
                    let counts = self.ticks.is_multiple_of(COUNT_EVERY);
                    self.stale |= counts;
                    if counts && self.move_waits {
                        self.move_platform().await;
                    }
                    if counts && std::mem::take(&mut self.has_edits) {
                        self.edits_heard += 1;
                        self.catalogue_changed(true).await;
                    }
                    self.tick_pins().await;
                    self.inject_faults();
                    self.publish_snapshot().await;
                }
            }
        }
    }

    async fn on_request(&mut self, request: Request) {
        match request {
            Request::GoLive(plan, reply) => {
                let outcome = self.go_live(*plan).await;
                let _ = reply.send(outcome);
            }
            Request::End(reply) => self.end(reply).await,
            Request::WaitEnd(reply) if self.show.is_some() => self.waiters.push(reply),
            Request::WaitEnd(reply) => {
                let _ = reply.send(Err(super::finish::not_live()));
            }
            Request::Pin(sku, reply) => {
                let outcome = self.hand_pin(sku).await;
                let _ = reply.send(outcome);
            }
            Request::Unpin(reply) => {
                let outcome = self.hand(super::pins::PinEvent::HandUnpin).await;
                let _ = reply.send(outcome);
            }
            Request::Undo(reply) => {
                let outcome = self.hand(super::pins::PinEvent::Undo).await;
                let _ = reply.send(outcome);
            }
            Request::Name(track_id, sku, reply) => {
                let outcome = self.hand_name(track_id, sku).await;
                let _ = reply.send(outcome);
            }
            Request::LessonsChanged => self.recognition.reload(),
            Request::Confirm(tag_id, reply) => {
                let outcome = self.hand(super::pins::PinEvent::Confirm(tag_id)).await;
                let _ = reply.send(outcome);
            }
            Request::Scene(name, how, reply) => {
                let outcome = self.show_scene(&name, how);
                self.seen(reply, outcome).await;
            }
            Request::Stage(what, reply) => {
                let outcome = self.stage(what);
                self.seen(reply, outcome).await;
            }
            Request::Sources(reply) => {
                let running = self.running.as_ref();
                let _ = reply.send(running.map(|running| running.plan.sources.clone()).unwrap_or_default());
            }
            Request::Take(how, reply) => {
                let outcome = self.take(how);
                self.seen(reply, outcome).await;
            }
            Request::Publish(what, reply) => {
                let outcome = self.publish(*what);
                self.seen(reply, outcome).await;
            }
            Request::RunningOrder(order, reply) => {
                let outcome = self.set_running_order(order).await;
                let _ = reply.send(outcome);
            }
            Request::Replay(path, reply) => {
                let _ = reply.send(self.take_replay(&path));
            }
            Request::Record(path, reply) => {
                self.record(&path, reply);
            }
            Request::StopRecording(reply) => {
                let outcome = self.stop_recording();
                self.publish_snapshot().await;
                let _ = reply.send(outcome);
            }
            Request::Announce(event) => self.announce(*event),
            Request::CatalogueChanged { photos } => self.catalogue_changed(photos).await,
            Request::StockMoved => self.stock_moved().await,
            Request::Metrics(reply) => {
                let numbers = self.running.as_ref().map(|running| super::figures::page(&running.program));
                let _ = reply.send(numbers.ok_or_else(super::finish::not_live));
            }
            Request::Moment(reply) => {
                let _ = reply.send(self.show.as_ref().map(|show| (show.show_id, self.now())));
            }
            Request::Sold(order) => self.order_paid(*order).await,
            Request::Account(change, reply) => self.change_account(change, reply).await,
            Request::Client(reply) => {
                let _ = reply.send(self.link.as_ref().map(PlatformLink::client));
            }
            Request::Platform(reply) => {
                let _ = reply.send(self.platform_status().await);
            }
            Request::Choose(choice, reply) => {
                let outcome = self.choose(*choice);
                self.seen(reply, outcome).await;
            }
            Request::SettingsChanged(settings, waiting) => self.settings_changed(*settings, waiting).await,
            Request::SoundChanged(sound) => self.sound_changed(*sound),
            Request::Monitor(of, reply) => self.monitor(of, reply),
            Request::Preview(plan, reply) => {
                let outcome = self.preview(*plan).await;
                let _ = reply.send(outcome);
            }
            Request::RunThrough(plan, reply) => {
                let outcome = self.run_through(*plan).await;
                self.seen(reply, outcome).await;
            }
            Request::RunThroughSay(said, at, reply) => {
                let outcome = self.run_through_say(said, at);
                self.seen(reply, outcome).await;
            }
            Request::EndRunThrough(reply) => {
                let outcome = self.end_run_through().await;
                self.seen(reply, outcome).await;
            }
            // Handled in `run`, which ends with it.
            Request::Close(done) => {
                let _ = done.send(());
            }
        }
    }

    /// Answers when everybody can see what was done: whoever asked looks next.
    async fn seen<T>(&mut self, reply: oneshot::Sender<Outcome<T>>, outcome: Outcome<T>) {
        self.publish_snapshot().await;
        let _ = reply.send(outcome);
    }

    /// What a running show can take over at once; the rest counts from the next show on.
    async fn settings_changed(&mut self, settings: Settings, waiting: Waiting) {
        self.board.set_hand_hold(hand_hold(&settings));
        self.sound_changed(settings.sound.clone());
        if let Some(running) = self.running.as_mut() {
            running.program.set_beauty(settings.beauty);
            running.plan.beauty = settings.beauty;
        }
        if let Some(running) = &self.running {
            self.scenes_changed(super::scenes::offered(&running.plan.sources, &settings.scenes));
        }
        self.further_sources_changed(&settings);
        self.watch(settings.watched.as_ref()).await;
        let another_card = settings.card != self.parts.settings.card;
        if settings.studio_mode != self.parts.settings.studio_mode {
            self.follow_studio_mode(settings.studio_mode);
        }
        // What was said of one address holds for that address, whatever else is set later.
        if settings.platform_url != self.parts.settings.platform_url || waiting == Waiting::GoAlong {
            self.move_with = waiting;
        }
        self.parts.settings = settings;
        if another_card {
            self.card_chosen().await;
        }
        self.move_platform().await;
    }

    /// There is a platform that shows go to.
    pub(super) fn has_platform(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.place() != Place::Nowhere)
    }

    /// Show time now; 0 while nothing is on air.
    pub(super) fn now(&self) -> ShowMs {
        let ended_at = self.show.as_ref().and_then(|show| show.ended_at);
        ended_at.or_else(|| Some(self.running.as_ref()?.program.show_ms())).unwrap_or_default()
    }

    /// Sends one line to everybody who listens and to the show's ledger.
    pub(super) fn announce(&mut self, event: LiveEvent) {
        let line = LiveLine { t_ms: self.now(), event };
        if let Some(show) = &mut self.show {
            show.pin_log.note(&line);
        }
        if let Some(show) = &self.show
            && self.parts.ledger.try_send((show.show_id, line.clone())).is_err()
        {
            tracing::error!(show.id = %show.show_id, "the show ledger is full or gone; an event is not kept");
        }
        // Nobody listening is fine.
        let _ = self.parts.events.send(line);
    }

    pub(super) fn notice(&mut self, failure: &hawker_wire::Failure) {
        self.notice_of(None, failure);
    }

    pub(super) fn notice_of(&mut self, why_code: Option<NoticeWhy>, failure: &hawker_wire::Failure) {
        self.notice_about(None, why_code, failure);
    }

    /// `about`: the things by name.
    pub(super) fn notice_about(
        &mut self,
        about: Option<String>,
        why_code: Option<NoticeWhy>,
        failure: &hawker_wire::Failure,
    ) {
        let code = serde_json::to_value(failure.code).ok().and_then(|value| value.as_str().map(str::to_owned));
        let event = LiveEvent::Notice {
            code: code.unwrap_or_default(),
            why_code,
            about,
            message: failure.message.clone(),
            hint: failure.hint.clone(),
            reason: failure.reason.clone(),
        };
        self.announce(event);
    }

    /// Feeds the state table. What has to be done about it is the caller's to do.
    pub(super) fn apply(&mut self, event: ShowEvent) -> Vec<hawker_domain::show::ShowEffect> {
        let (next, effects) = std::mem::replace(&mut self.state, ShowState::Idle).on(event);
        self.state = next;
        effects
    }

    /// Notes that something is missing or back.
    pub(super) fn health(&mut self, why: DegradedWhy, back: bool) {
        let event = if back { ShowEvent::Back(why) } else { ShowEvent::Lost(why) };
        self.apply(event);
    }

    /// True if a destination that should be live is not.
    pub(super) fn output_down(&self) -> bool {
        use hawker_wire::live::OutputState as S;
        self.show
            .as_ref()
            .is_some_and(|show| show.outputs.iter().any(|output| matches!(output.state, S::Reconnecting | S::Failed)))
    }

    async fn close(&mut self) {
        self.idle_plan = None;
        if self.show.is_some() {
            let (reply, ended) = oneshot::channel();
            self.end(reply).await;
            while self.closing.is_some() {
                tokio::select! {
                    biased;
                    Some(event) = next_report(&mut self.media_events) => self.on_media(event).await,
                    step = next_step(&mut self.closing) => self.on_closing(step).await,
                    // Orders of the last minutes count, and a link that can't speak can't listen either.
                    Some(event) = next(&mut self.link_events) => self.on_link(event).await,
                    Some(news) = next(&mut self.parts.channel_news) => self.on_channel(news),
                }
            }
            drop(ended);
        }
        self.stop_program().await;
        self.parts.requests.close();
        while let Ok(request) = self.parts.requests.try_recv() {
            refuse(request);
        }
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(Err(closing()));
        }
        for ender in self.enders.drain(..) {
            let _ = ender.send(Err(closing()));
        }
        // Nobody reads reports any more; a closed channel lets the thread out of whatever it is saying.
        self.recognition_events.close();
        self.recognition.stop().await;
        // Nobody reads what the link says any more; a closed channel lets it out of whatever it is saying.
        self.link_events = None;
        self.parts.channel_news = None;
        if let Some(link) = self.link.take() {
            link.stop().await;
        }
    }
}

/// How a platform looks before it said anything.
pub(super) fn connecting(place: &Place) -> PlatformView {
    if *place == Place::Nowhere { PlatformView::None } else { PlatformView::Connecting }
}

pub(super) fn hand_hold(settings: &Settings) -> Duration {
    Duration::from_secs(u64::from(settings.hand_hold_s))
}

fn refuse(request: Request) {
    match request {
        Request::GoLive(_, reply)
        | Request::End(reply)
        | Request::Pin(_, reply)
        | Request::Unpin(reply)
        | Request::Undo(reply)
        | Request::Name(_, _, reply)
        | Request::Confirm(_, reply)
        | Request::Scene(_, _, reply)
        | Request::Stage(_, reply)
        | Request::Take(_, reply)
        | Request::Choose(_, reply)
        | Request::RunningOrder(_, reply)
        | Request::Publish(_, reply)
        | Request::Account(_, reply)
        | Request::Monitor(_, reply)
        | Request::Preview(_, reply)
        | Request::RunThrough(_, reply)
        | Request::RunThroughSay(_, _, reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::WaitEnd(reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::EndRunThrough(reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::Platform(reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::Close(done) => {
            let _ = done.send(());
        }
        Request::Moment(reply) => {
            let _ = reply.send(None);
        }
        Request::Client(reply) => {
            let _ = reply.send(None);
        }
        Request::Sources(reply) => {
            let _ = reply.send(Vec::new());
        }
        Request::Metrics(reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::Replay(_, reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::Record(_, reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::StopRecording(reply) => {
            let _ = reply.send(Err(closing()));
        }
        Request::Announce(_)
        | Request::CatalogueChanged { .. }
        | Request::LessonsChanged
        | Request::SettingsChanged(..)
        | Request::SoundChanged(_)
        | Request::StockMoved
        | Request::Sold(_) => {}
    }
}

/// The next event of a channel that may not exist; a closed one is forgotten.
async fn next<T>(channel: &mut Option<mpsc::Receiver<T>>) -> Option<T> {
    let Some(receiver) = channel else { return std::future::pending().await };
    let event = receiver.recv().await;
    if event.is_none() {
        *channel = None;
    }
    event
}

/// The next report of a program that may not run.
async fn next_report(events: &mut Option<MediaEvents>) -> Option<MediaEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}
