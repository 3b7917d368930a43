//! The loops: the outbox drained as soon as something waits, the feed held open, pauses where something fails.

use crate::{
    api::Api,
    client::PlatformClient,
    feed_lane::{FeedLane, Heard},
    lanes::{Did, LaneState, OutboxLane},
    plan::Wedge,
};
use hawker_domain::{OpId, Sku, claim::Answer, failure::FailureWhy};
use hawker_store::Store;
use hawker_wire::{
    ErrorCode, Failure,
    feed::{FeedEntry, FeedEvent},
    ops::{OpPayload, OpResult},
};
use std::{sync::Mutex, sync::PoisonError, time::Duration};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long the platform may hold an empty answer back: below the minute after which proxies cut a silent connection.
const POLL_WAIT: Duration = Duration::from_secs(25);
/// Keeps a platform that answers "nothing" at once from being asked in a tight circle.
const EMPTY_PAUSE: Duration = Duration::from_millis(100);
/// The outbox is looked at this often without being rung, for ops that another process wrote.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What happened, for whoever shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum SyncEvent {
    /// Both directions get through.
    Online,
    /// Something fails and is tried again, or (signed out) can't be.
    Offline { why: Failure },
    /// News from the platform; it is in the store already.
    Applied(FeedEntry),
    /// The platform refused a change, at once or after it had kept it for a while, or holds it for a person; it stays visible in
    /// the store, the queue goes on.
    OpRejected {
        op_id: OpId,
        why: String,
        /// What it was about.
        skus: Vec<Sku>,
    },
    /// The platform had been put back to an earlier state. What it had lost was sent to it again: `restored` orders and changes
    /// that the feed had told, and every change of this device that it did not know.
    PlatformRestored { restored: u32 },
    /// One direction stopped and needs a person; the other goes on.
    Wedged { wedge: Wedge },
}

/// What one pass did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SyncReport {
    /// Ops that got an answer.
    pub sent: u64,
    /// Of these, refused or held for a person.
    pub rejected: u64,
    /// News applied from the feed, in order.
    pub applied: Vec<FeedEntry>,
    /// The platform had been put back to an earlier state; so many of the orders and changes it had lost hold again.
    pub restored: Option<u32>,
}

/// Store and platform, brought into step.
pub struct Sync<A = PlatformClient> {
    store: Store,
    client: A,
    device_name: String,
}

impl<A: Api> Sync<A> {
    pub fn new(store: Store, client: A) -> Self {
        Self { store, client, device_name: "Hawker".to_owned() }
    }

    /// The name under which the platform lists this installation.
    #[must_use]
    pub fn device_name(mut self, name: impl Into<String>) -> Self {
        self.device_name = name.into();
        self
    }

    /// Sends everything that waits and applies everything the platform has, once. Errors: the first failure; what got
    /// through before it stays done.
    pub async fn sync_once(&self) -> Result<SyncReport, Failure> {
        self.follow().await?;
        let mut report = SyncReport::default();
        // A platform that was put back is noticed first; then everything waits again for it. A feed with a hole
        // keeps nothing from being sent.
        let pulled = self.pull_once(&mut report).await;
        self.send_once(&mut report).await?;
        pulled?;
        self.pull_once(&mut report).await?;
        Ok(report)
    }

    /// Sends everything that waits and hears nothing: what a device that was revoked may still do. Errors: as
    /// [`Self::sync_once`].
    pub async fn hand_over(&self) -> Result<SyncReport, Failure> {
        self.follow().await?;
        let mut report = SyncReport::default();
        self.send_once(&mut report).await?;
        Ok(report)
    }

    async fn send_once(&self, report: &mut SyncReport) -> Result<(), Failure> {
        let mut outbox = self.outbox();
        loop {
            match outbox.step().await {
                Did::Done(answered) => {
                    report.sent += answered.len() as u64;
                    report.rejected += answered.iter().filter(|(_, result)| objection(result).is_some()).count() as u64;
                }
                Did::Rest => return Ok(()),
                Did::Pause { why, .. } => return Err(why),
                Did::Stop(wedge) => return Err(failure_of(wedge)),
            }
        }
    }

    async fn pull_once(&self, report: &mut SyncReport) -> Result<(), Failure> {
        let mut feed = self.feed();
        loop {
            let before = self.store.feed_cursor().await?;
            match feed.step(Duration::ZERO).await {
                Did::Done(Heard { news, restored }) => {
                    report.applied.extend(news);
                    report.restored = restored.or(report.restored);
                    if restored.is_none() && self.store.feed_cursor().await? == before {
                        return Ok(());
                    }
                }
                Did::Rest => {}
                Did::Pause { why, .. } => return Err(why),
                Did::Stop(wedge) => return Err(failure_of(wedge)),
            }
        }
    }

    /// Keeps both sides in step until `cancel`, or until nobody listens, or both directions need a person. Safe to
    /// cancel at any moment: what was not answered is sent again, what was not applied is fetched again.
    pub async fn run(self, cancel: CancellationToken, on_event: mpsc::Sender<SyncEvent>) {
        let health = Health { events: on_event, state: Mutex::default() };
        let both = async {
            while let Err(why) = self.follow().await {
                health.down(Lane::Feed, why).await?;
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            tokio::try_join!(self.run_outbox(&health), self.run_feed(&health)).map(|_| ())
        };
        tokio::select! {
            () = cancel.cancelled() => {}
            _ = both => {}
        }
    }

    async fn run_outbox(&self, health: &Health) -> Result<(), Ended> {
        let mut lane = self.outbox();
        loop {
            match lane.step().await {
                Did::Done(answered) => {
                    if !answered.is_empty() {
                        health.up(Lane::Outbox).await?;
                    }
                    for (op, result) in answered {
                        if let Some(why) = objection(&result) {
                            let skus = skus_of(&op.payload);
                            health.tell(SyncEvent::OpRejected { op_id: op.op_id, why, skus }).await?;
                        }
                    }
                }
                Did::Rest => {
                    let _ = tokio::time::timeout(LOOK_AGAIN, self.store.op_waits()).await;
                }
                Did::Pause { after, why } => {
                    health.down(Lane::Outbox, why).await?;
                    tokio::time::sleep(jittered(after)).await;
                }
                Did::Stop(wedge) => return health.stopped(Lane::Outbox, wedge).await,
            }
        }
    }

    async fn run_feed(&self, health: &Health) -> Result<(), Ended> {
        let mut lane = self.feed();
        // The first answer after a start or a failure is wanted at once: it tells that the platform is there.
        let mut wait = Duration::ZERO;
        loop {
            match lane.step(wait).await {
                Did::Done(Heard { news, restored }) => {
                    health.up(Lane::Feed).await?;
                    if let Some(restored) = restored {
                        health.tell(SyncEvent::PlatformRestored { restored }).await?;
                    }
                    if news.is_empty() && !wait.is_zero() {
                        tokio::time::sleep(EMPTY_PAUSE).await;
                    }
                    wait = POLL_WAIT;
                    for entry in news {
                        if let FeedEvent::OpRefused { op_id, why, .. } = &entry.event {
                            let event = self.refused_after_all(*op_id, why).await;
                            health.tell(event).await?;
                        }
                        health.tell(SyncEvent::Applied(entry)).await?;
                    }
                }
                Did::Rest => {}
                Did::Pause { after, why } => {
                    health.down(Lane::Feed, why).await?;
                    wait = Duration::ZERO;
                    tokio::time::sleep(jittered(after)).await;
                }
                Did::Stop(wedge) => return health.stopped(Lane::Feed, wedge).await,
            }
        }
    }

    async fn follow(&self) -> Result<(), Failure> {
        match self.client.seller_id() {
            Some(seller) => Ok(self.store.follow(seller).await?),
            None => Ok(()),
        }
    }

    /// The store has it on its list; a store that can't be read now only leaves out what it was about.
    async fn refused_after_all(&self, op_id: OpId, why: &str) -> SyncEvent {
        let op = self.store.op(op_id).await.ok().flatten();
        let skus = op.map(|op| skus_of(&op.payload)).unwrap_or_default();
        SyncEvent::OpRejected { op_id, why: why.to_owned(), skus }
    }

    fn outbox(&self) -> OutboxLane<A> {
        OutboxLane {
            store: self.store.clone(),
            client: self.client.clone(),
            device_name: self.device_name.clone(),
            state: LaneState::default(),
        }
    }

    fn feed(&self) -> FeedLane<A> {
        FeedLane { store: self.store.clone(), client: self.client.clone(), state: LaneState::default() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    Outbox,
    Feed,
}

/// Nobody listens any more, so there is nobody to work for.
struct Ended;

/// Tells of changes only: each failing try of a long outage would be the same news.
struct Health {
    events: mpsc::Sender<SyncEvent>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    outbox_down: bool,
    feed_down: bool,
    /// None before the first answer.
    told_online: Option<bool>,
}

impl Health {
    async fn tell(&self, event: SyncEvent) -> Result<(), Ended> {
        self.events.send(event).await.map_err(|_| Ended)
    }

    async fn up(&self, lane: Lane) -> Result<(), Ended> {
        match self.note(lane, false) {
            Some(true) => self.tell(SyncEvent::Online).await,
            _ => Ok(()),
        }
    }

    async fn down(&self, lane: Lane, why: Failure) -> Result<(), Ended> {
        match self.note(lane, true) {
            Some(false) => self.tell(SyncEvent::Offline { why }).await,
            _ => Ok(()),
        }
    }

    async fn stopped(&self, lane: Lane, wedge: Wedge) -> Result<(), Ended> {
        tracing::warn!(%wedge, "the sync stopped in one direction");
        if wedge == Wedge::SignedOut {
            self.down(lane, failure_of(wedge)).await?;
        }
        self.tell(SyncEvent::Wedged { wedge }).await
    }

    /// The new state, where it is news. The lock is never held over an await.
    fn note(&self, lane: Lane, is_down: bool) -> Option<bool> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match lane {
            Lane::Outbox => state.outbox_down = is_down,
            Lane::Feed => state.feed_down = is_down,
        }
        let online = !state.outbox_down && !state.feed_down;
        if state.told_online == Some(online) {
            return None;
        }
        state.told_online = Some(online);
        Some(online)
    }
}

fn failure_of(wedge: Wedge) -> Failure {
    let code = match wedge {
        Wedge::Revoked => return revoked(),
        Wedge::SignedOut => ErrorCode::Unauthorized,
        _ => ErrorCode::Conflict,
    };
    Failure::new(code, wedge.to_string())
}

/// What is said at a device that was revoked, and what to do there.
pub fn revoked() -> Failure {
    Failure::new(ErrorCode::Forbidden, Wedge::Revoked.to_string())
        .hint("--data-dir DIR begins anew in another folder")
        .because(FailureWhy::DeviceRevoked)
}

/// Why a change does not count at the platform, or not yet.
fn objection(result: &OpResult) -> Option<String> {
    match result {
        OpResult::Rejected { why, .. } => Some(why.clone()),
        OpResult::Quarantined { why } => Some(format!("it waits at the platform for a person's word: {why}")),
        OpResult::Applied | OpResult::Kept => None,
    }
}

/// The products of a change; none where its text can't be read.
fn skus_of(payload: &str) -> Vec<Sku> {
    match serde_json::from_str(payload) {
        Ok(OpPayload::StockMoved { movement, .. }) => vec![movement.sku],
        Ok(OpPayload::VenueSale { order, .. }) => order.lines.into_iter().map(|line| line.sku).collect(),
        Ok(
            OpPayload::RightsAsked { lines }
            | OpPayload::RightsReturned { lines }
            | OpPayload::RightsStated { lines, .. },
        ) => lines.into_iter().map(|line| line.sku).collect(),
        Ok(OpPayload::ProductEdited { edits }) => edits.iter().map(|edit| edit.sku().clone()).collect(),
        Ok(OpPayload::ChannelSale { sale }) => sale.order.lines.into_iter().map(|line| line.sku).collect(),
        Ok(OpPayload::ClaimAnswered { answer }) => match answer.answer {
            Answer::Take { lines } => lines.into_iter().map(|line| line.sku).collect(),
            Answer::Drop => Vec::new(),
        },
        Ok(OpPayload::OfferPut { offer }) => vec![offer.sku],
        Ok(
            OpPayload::OrderMoved { .. }
            | OpPayload::OfferEnded { .. }
            | OpPayload::PaymentMatched { .. }
            | OpPayload::SaleReturned { .. }
            | OpPayload::TillClosed { .. },
        )
        | Err(_) => Vec::new(),
    }
}

/// A quarter more or less, so that many studios do not come back to a platform in step.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.75..1.25))
}
