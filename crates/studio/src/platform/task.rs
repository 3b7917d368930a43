//! The link's task: it starts the embedded platform, signs in, tells what the studio wishes ([`super::tell`]), and runs the
//! sync. When anything breaks it starts over, with pauses, for ever.

use super::catalogue::{Refusals, RefusedListing};
use super::link::{AccountRequest, FAREWELL, LinkEvent, Wishes};
use super::place::Place;
use super::tell::ViewersAsked;
use super::{
    child::{Addresses, EmbeddedPlatform},
    session,
};
use crate::config::StudioConfig;
use hawker_domain::{ShowId, Sku};
use hawker_store::Store;
use hawker_sync::{PlatformClient, Sync, SyncEvent};
use hawker_wire::{ErrorCode, Failure, claim::PutClaimRules, show::PutPin};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Pauses between attempts; the last one repeats. Short first, since the usual cause is a start that overlaps ours.
const PAUSES_MS: [u64; 5] = [250, 500, 1_000, 2_000, 5_000];
/// A link that held this long was a good one: the next attempt comes at once again.
const STEADY: Duration = Duration::from_secs(10);
/// Failed connections in a row after which an embedded platform that still runs is taken for hung.
const HUNG_AFTER: u32 = 3;
/// A number that changes more often than this can't be read in passing.
const COUNT_VIEWERS_EVERY: Duration = Duration::from_secs(3);
/// Events of the sync wait here while the link is busy.
const SYNC_EVENTS_BOUND: usize = 256;

pub(super) struct Link {
    pub config: StudioConfig,
    pub store: Store,
    /// Where the link is.
    pub place: Place,
    /// Where it should be.
    pub wanted: watch::Receiver<Place>,
    pub accounts: mpsc::Receiver<AccountRequest>,
    pub shop_name: String,
    pub wishes: watch::Receiver<Wishes>,
    pub pin: watch::Receiver<Option<(ShowId, PutPin)>>,
    pub events: mpsc::Sender<LinkEvent>,
    /// State of the catalogue that the platform has.
    pub sent_catalogue: Option<u64>,
    /// Products that this platform refuses, as the host was told.
    pub refused_listings: Vec<RefusedListing>,
    /// What it refused, word for word: not asked again until it is another.
    pub refusals: Refusals,
    /// The show that this platform gave an address to. Asking again would change its key under a running stream.
    pub announced: Option<ShowId>,
    /// Its page asks which variant a buyer means.
    pub asks_variants: bool,
    /// Where the embedded platform listened when it was last started.
    pub listened: Option<Addresses>,
    /// The show that this platform does not take: the host knows, and asking again would be refused again.
    pub refused: Option<ShowId>,
    /// The running order it has for that show.
    pub sent_order: Vec<Sku>,
    /// The rules for comments it was told for that show over this connection: the seller's own change goes another way.
    pub sent_rules: Option<PutClaimRules>,
    /// How many of the shows that are over need not be told any more, or not here.
    pub ended: watch::Sender<u64>,
    /// The platform while it is connected: for questions that nobody else waits for.
    pub connected: watch::Sender<Option<PlatformClient>>,
    pub strikes: u32,
}

impl Link {
    pub async fn run(mut self, cancel: CancellationToken) {
        let mut attempt = 0;
        let mut child: Option<EmbeddedPlatform> = None;
        loop {
            if self.arrive(&mut child).await {
                attempt = 0;
            }
            let began = Instant::now();
            let result = tokio::select! {
                () = cancel.cancelled() => break,
                result = self.connect_and_serve(&mut child) => result,
            };
            if let Err(failure) = result {
                tracing::warn!(code = ?failure.code, "the platform is out of reach: {failure}");
                if self.events.send(LinkEvent::Offline(failure)).await.is_err() {
                    break;
                }
            }
            if *self.wanted.borrow() != self.place {
                continue;
            }
            attempt = if began.elapsed() > STEADY { 0 } else { attempt + 1 };
            let pause = PAUSES_MS.get(attempt).or(PAUSES_MS.last()).copied().unwrap_or(5_000);
            tokio::select! {
                () = cancel.cancelled() => break,
                () = tokio::time::sleep(Duration::from_millis(pause)) => {}
                () = changed(&mut self.wanted) => {}
                request = next(&mut self.accounts) => {
                    let base = self.base(&mut child).await;
                    if self.change_account(base, request).await {
                        attempt = 0;
                    }
                }
            }
        }
        if let Some(child) = child {
            child.stop().await;
        }
    }

    /// Goes where the link should be: the embedded platform ends unless it is wanted. True: it is another place now.
    async fn arrive(&mut self, child: &mut Option<EmbeddedPlatform>) -> bool {
        let wanted = self.wanted.borrow_and_update().clone();
        if wanted == self.place {
            return false;
        }
        if wanted != Place::Embedded
            && let Some(running) = child.take()
        {
            running.stop().await;
        }
        self.place = wanted;
        self.begin_afresh();
        self.tell(LinkEvent::Moved(self.place.clone())).await;
        true
    }

    /// Nothing of what was told so far is known where the link is now.
    fn begin_afresh(&mut self) {
        self.announced = None;
        self.refused = None;
        self.refused_listings.clear();
        self.refusals = Refusals::default();
        self.sent_order.clear();
        self.sent_rules = None;
        self.strikes = 0;
        let over = self.wishes.borrow().over;
        if *self.ended.borrow() < over {
            tracing::warn!(
                "a platform was left that did not hear the end of its show; it does when the studio is back"
            );
        }
        self.ended.send_replace(over);
    }

    async fn connect_and_serve(&mut self, child: &mut Option<EmbeddedPlatform>) -> Result<(), Failure> {
        let Some(key) = self.place.key() else {
            tokio::select! {
                () = changed(&mut self.wanted) => {}
                request = next(&mut self.accounts) => {
                    let nowhere = no_platform("no platform is set up").hint("set its address under Settings first");
                    self.change_account(Err(nowhere), request).await;
                }
            }
            return Ok(());
        };
        let base = self.base(child).await?;
        let connected = self.connect(&base, &key).await;
        if connected.is_err() {
            self.strikes += 1;
            if self.strikes >= HUNG_AFTER && child.take().is_some() {
                self.strikes = 0;
            }
        } else {
            self.strikes = 0;
        }
        let client = connected?;
        self.tell(LinkEvent::Online).await;
        self.connected.send_replace(Some(client.clone()));
        let result = self.serve_beside(&client, child).await;
        self.connected.send_replace(None);
        result
    }

    /// Until something breaks, or the embedded platform ends.
    async fn serve_beside(
        &mut self,
        client: &PlatformClient,
        child: &mut Option<EmbeddedPlatform>,
    ) -> Result<(), Failure> {
        match child.as_mut().filter(|_| self.place == Place::Embedded) {
            Some(running) => {
                let gone = tokio::select! {
                    result = self.serve(client) => return result,
                    () = running.gone() => no_platform("the embedded platform ended unexpectedly"),
                };
                *child = None;
                Err(gone)
            }
            None => self.serve(client).await,
        }
    }

    /// Address of the platform; an embedded one is started if it does not run.
    async fn base(&mut self, child: &mut Option<EmbeddedPlatform>) -> Result<Url, Failure> {
        if let Place::At(url) = &self.place {
            return Ok(url.clone());
        }
        // Its sockets may close a moment before its end is noticed: then the sync breaks first, and a dead one is held here.
        if child.as_mut().is_some_and(EmbeddedPlatform::is_gone) {
            *child = None;
        }
        if child.is_none() {
            let Some(program) = &self.config.platform_program else {
                return Err(no_platform("there is no hawker-platform program beside hawker"));
            };
            let (data, logs) = (self.config.data_dir.join("platform"), self.config.logs_dir());
            let started = EmbeddedPlatform::start(program, &data, &logs).await?;
            // Where it listens as the one before it did, streams find it by themselves: the show's key is in its database.
            if self.listened.replace(started.at.clone()).as_ref() != Some(&started.at) {
                self.announced = None;
            }
            *child = Some(started);
        }
        let http = child.as_ref().map(|running| running.at.http.clone());
        http.ok_or_else(|| no_platform("the embedded platform is gone"))
    }

    async fn connect(&mut self, base: &Url, key: &str) -> Result<PlatformClient, Failure> {
        let embedded = self.place == Place::Embedded;
        let client = session::open(&self.store, base, key, embedded, &self.shop_name).await?;
        self.sent_catalogue = None;
        self.sent_rules = None;
        Ok(client)
    }

    /// Runs the sync beside wishes and pins until something breaks, then keeps what the sync still has to say.
    async fn serve(&mut self, client: &PlatformClient) -> Result<(), Failure> {
        let (sync_events, mut from_sync) = mpsc::channel(SYNC_EVENTS_BOUND);
        let stop_sync = CancellationToken::new();
        let sync = Sync::new(self.store.clone(), client.clone());
        let running = tokio::spawn(sync.run(stop_sync.clone(), sync_events));
        let _stop_with_us = stop_sync.clone().drop_guard();
        let mut photos = None;
        let result = self.follow(client, &mut from_sync, &mut photos).await;
        if let Some(photos) = photos {
            photos.abort();
        }
        stop_sync.cancel();
        // What is in the store already must be told too: the feed will not bring it again.
        while let Some(event) = from_sync.recv().await {
            match event {
                SyncEvent::Applied(entry) => self.tell(LinkEvent::Feed(Box::new(entry))).await,
                SyncEvent::OpRejected { why, skus, .. } => self.tell(LinkEvent::OpRejected { skus, why }).await,
                SyncEvent::PlatformRestored { restored } => self.tell(LinkEvent::PlatformRestored { restored }).await,
                // The next connection finds out anew what stands still, and why the platform is away is said there.
                SyncEvent::Wedged { .. } | SyncEvent::Online | SyncEvent::Offline { .. } => {}
            }
        }
        let _ = running.await;
        result
    }

    async fn follow(
        &mut self,
        client: &PlatformClient,
        from_sync: &mut mpsc::Receiver<SyncEvent>,
        photos: &mut Option<AbortHandle>,
    ) -> Result<(), Failure> {
        // What was wished and pinned while we were away is still the newest truth.
        self.wishes.mark_changed();
        self.pin.mark_changed();
        let mut asked: Option<ViewersAsked> = None;
        let mut count = tokio::time::interval(COUNT_VIEWERS_EVERY);
        count.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            // Where and who we are comes first: a show must not be published by an account that is about to be left.
            tokio::select! {
                biased;
                () = changed(&mut self.wanted) => {
                    self.leave(client).await;
                    return Ok(());
                }
                request = next(&mut self.accounts) => {
                    self.leave(client).await;
                    if self.change_account(Ok(client.base().clone()), request).await {
                        return Ok(());
                    }
                }
                changed = self.wishes.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    self.fulfil(client, photos).await?;
                }
                changed = self.pin.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    self.send_pin(client).await?;
                }
                // Asked beside everything else, one question at a time: pins and orders do not wait for a number.
                _ = count.tick(), if self.announced.is_some() && asked.is_none() => asked = self.ask_viewers(client),
                heard = answer(&mut asked) => {
                    asked = None;
                    self.tell_viewers(heard).await;
                }
                event = from_sync.recv() => match event {
                    Some(SyncEvent::Applied(entry)) => self.tell(LinkEvent::Feed(Box::new(entry))).await,
                    Some(SyncEvent::OpRejected { why, skus, .. }) => self.tell(LinkEvent::OpRejected { skus, why }).await,
                    Some(SyncEvent::PlatformRestored { restored }) => {
                        self.tell(LinkEvent::PlatformRestored { restored }).await;
                    }
                    Some(SyncEvent::Wedged { wedge }) => self.tell(LinkEvent::Wedged(wedge)).await,
                    Some(SyncEvent::Offline { why }) => return Err(why),
                    Some(SyncEvent::Online) => {}
                    None => return Err(no_platform("the sync ended")),
                },
            }
        }
    }

    /// Says what this platform still has to hear, for a moment, before it is left.
    async fn leave(&mut self, client: &PlatformClient) {
        let wishes = self.wishes.borrow().clone();
        // What was not heard is noticed where the link begins afresh.
        let _ = tokio::time::timeout(FAREWELL, self.tell_ends(client, &wishes)).await;
    }

    /// True: the studio is somebody else now, and has to connect anew.
    async fn change_account(&mut self, base: Result<Url, Failure>, (change, reply): AccountRequest) -> bool {
        let changed = match (base, self.place.key()) {
            (Ok(base), Some(key)) => session::change(&self.store, &base, &key, change).await,
            (Err(failure), _) => Err(failure),
            (Ok(_), None) => Err(no_platform("no platform is set up")),
        };
        let is_other = changed.is_ok();
        if is_other {
            self.begin_afresh();
            self.tell(LinkEvent::Moved(self.place.clone())).await;
        }
        // Whoever asked may be gone; what came of it holds all the same.
        let _ = reply.send(changed);
        is_other
    }

    pub(super) async fn tell(&self, event: LinkEvent) {
        let _ = self.events.send(event).await;
    }
}

/// Resolves when another value was put in; never when nobody can put one in any more.
async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        std::future::pending().await
    }
}

/// The answer to a question that was asked; never when none was.
async fn answer<T>(asked: &mut Option<impl Future<Output = T> + Unpin>) -> T {
    match asked {
        Some(asked) => asked.await,
        None => std::future::pending().await,
    }
}

/// The next request; never when nobody can ask any more.
async fn next<T>(receiver: &mut mpsc::Receiver<T>) -> T {
    match receiver.recv().await {
        Some(request) => request,
        None => std::future::pending().await,
    }
}

fn no_platform(why: &str) -> Failure {
    Failure::new(ErrorCode::Unreachable, why).hint("orders and pins wait here until it is back")
}
