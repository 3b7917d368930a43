//! The owner's handle on the one task that keeps the studio and its platform in touch ([`super::task`]).
//!
//! Invariant: the owner never waits for it. What the owner wants is one value, [`Wishes`]; the link compares it with what
//! is done already, so that nothing queues up while there is no network and nothing is forgotten when it comes back.

use super::account::AccountChange;
use super::catalogue::{Refusals, RefusedListing};
use super::place::Place;
use super::task::Link;
use crate::config::StudioConfig;
use crate::errors::Outcome;
use hawker_domain::{ShowId, Sku};
use hawker_store::Store;
use hawker_sync::{PlatformClient, plan::Wedge};
use hawker_wire::{
    ErrorCode, Failure,
    feed::FeedEntry,
    show::{CreateShow, PutPin},
};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// Events wait here while the owner is busy; a full channel makes the link wait, which loses nothing.
const EVENTS_BOUND: usize = 256;
/// A person changes one account at a time; whoever comes on top of this many is told to wait.
const ACCOUNT_CHANGES_BOUND: usize = 4;
/// How long a platform that is left, or a closing studio, waits for the end of its show to be heard.
pub(super) const FAREWELL: Duration = Duration::from_secs(3);

/// What the owner wants of the platform.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// Counts changes of the catalogue.
    pub catalogue: u64,
    pub show: Option<CreateShow>,
    /// Counts shows that are over. Which ones, the store knows: those the platform was told of and that are not `show`.
    pub over: u64,
}

/// A change of the account, and who hears what came of it.
pub(super) type AccountRequest = (AccountChange, oneshot::Sender<Outcome<()>>);

/// What the link tells the owner.
pub enum LinkEvent {
    /// Another platform or another account takes over; what was said before counts no more.
    Moved(Place),
    Online,
    Offline(Failure),
    /// The platform knows the show. The ingest URL holds the publish token.
    ShowReady {
        show_id: ShowId,
        ingest_urls: Vec<String>,
        viewer_url: String,
    },
    /// The platform does not take the show, and will not: it goes on without its page.
    ShowRefused {
        show_id: ShowId,
        why: Failure,
    },
    /// Products the platform does not take; all others are sold. Each is told once, until it changes.
    ListingsRefused(Vec<RefusedListing>),
    /// How many watch the show.
    Viewers {
        show_id: ShowId,
        count: u64,
    },
    Feed(Box<FeedEntry>),
    /// The platform does not take a change of these products.
    OpRejected {
        skus: Vec<Sku>,
        why: String,
    },
    /// The platform had been put back to an earlier state; so many orders and changes that it had lost hold again.
    PlatformRestored {
        restored: u32,
    },
    /// Changes, or news, no longer get through, and somebody has to act.
    Wedged(Wedge),
}

/// The owner's handle. None of its calls but `stop` waits.
pub struct PlatformLink {
    wishes: watch::Sender<Wishes>,
    pin: watch::Sender<Option<(ShowId, PutPin)>>,
    place: watch::Sender<Place>,
    accounts: mpsc::Sender<AccountRequest>,
    ended: watch::Receiver<u64>,
    client: watch::Receiver<Option<PlatformClient>>,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl PlatformLink {
    /// Starts the task.
    pub fn start(
        config: StudioConfig,
        store: Store,
        place: Place,
        shop_name: String,
    ) -> (Self, mpsc::Receiver<LinkEvent>) {
        let (wishes, wishes_rx) = watch::channel(Wishes::default());
        let (pin, pin_rx) = watch::channel(None);
        let (place_tx, place_rx) = watch::channel(place.clone());
        let (accounts, account_rx) = mpsc::channel(ACCOUNT_CHANGES_BOUND);
        let (events, event_rx) = mpsc::channel(EVENTS_BOUND);
        let (ended_tx, ended) = watch::channel(0);
        let (connected, client) = watch::channel(None);
        let cancel = CancellationToken::new();
        let link = Link {
            config,
            store,
            place,
            wanted: place_rx,
            accounts: account_rx,
            shop_name,
            wishes: wishes_rx,
            pin: pin_rx,
            events,
            sent_catalogue: None,
            refused_listings: Vec::new(),
            refusals: Refusals::default(),
            announced: None,
            asks_variants: false,
            listened: None,
            refused: None,
            sent_order: Vec::new(),
            sent_rules: None,
            ended: ended_tx,
            connected,
            strikes: 0,
        };
        let task = tokio::spawn(link.run(cancel.clone()));
        (Self { wishes, pin, place: place_tx, accounts, ended, client, cancel, task }, event_rx)
    }

    /// The platform as it can be asked right now; none while it is out of reach.
    pub fn client(&self) -> watch::Receiver<Option<PlatformClient>> {
        self.client.clone()
    }

    /// Where the platform is, or will be as soon as the link has left the one before.
    pub fn place(&self) -> Place {
        self.place.borrow().clone()
    }

    /// Leaves the platform for another; an embedded one ends first. Not for a moment at which a show is published.
    pub fn move_to(&self, place: Place) {
        self.place.send_replace(place);
    }

    /// Changes the account; the platform's answer goes to `reply`. Not for a moment at which a show is published.
    pub fn change_account(&self, change: AccountChange, reply: oneshot::Sender<Outcome<()>>) {
        if let Err(error) = self.accounts.try_send((change, reply)) {
            let (_, reply) = error.into_inner();
            let busy = Failure::new(ErrorCode::RateLimited, "another change of the account is on its way");
            let _ = reply.send(Err(busy.hint("wait for it, then try again")));
        }
    }

    /// Products, prices or photos changed.
    pub fn catalogue_changed(&self) {
        self.wishes.send_modify(|wishes| wishes.catalogue += 1);
    }

    pub fn publish(&self, show: CreateShow) {
        self.wishes.send_modify(|wishes| wishes.show = Some(show));
    }

    /// The order of the show's shelf from now on. Nothing to do where no show is published.
    pub fn running_order(&self, running_order: Vec<Sku>) {
        self.wishes.send_if_modified(|wishes| match &mut wishes.show {
            Some(show) if show.running_order != running_order => {
                show.running_order = running_order;
                true
            }
            _ => false,
        });
    }

    /// The show is over. A platform that is away hears it when it is back, also after a restart of the studio.
    pub fn end(&self, show_id: ShowId) {
        self.wishes.send_modify(|wishes| {
            wishes.show.take_if(|show| show.show_id == show_id);
            wishes.over += 1;
        });
    }

    /// The newest pin wins: one that was overtaken before it was sent is never sent.
    pub fn pin(&self, show_id: ShowId, pin: PutPin) {
        self.pin.send_replace(Some((show_id, pin)));
    }

    /// Lets the platform hear that shows are over, for a moment, then ends the task and the embedded platform.
    pub async fn stop(mut self) {
        let over = self.wishes.borrow().over;
        let heard = self.ended.wait_for(|ended| *ended >= over);
        if tokio::time::timeout(FAREWELL, heard).await.is_err() {
            tracing::warn!("the platform did not hear the end of the show; it does at the next start");
        }
        self.cancel.cancel();
        let _ = self.task.await;
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
