//! News inside the running process: what viewers of a show hear, and the bells that wake a seller's feed and one viewer's
//! claims.
//!
//! Owns: bounded broadcasts by show, bells by seller and by viewer, who is publishing, and which bells rang since other platforms were
//! told of it. Must not know: the database, HTTP, or how others are told.
//! Locks are held for a few map operations, never over an await, one at a time.

use hawker_domain::{SellerId, ShowId, ViewerId};
use hawker_wire::viewer::ShowUpdate;
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, broadcast, watch};

/// Updates a page may be behind before it gets a fresh snapshot instead.
const UPDATES_BEHIND: usize = 256;

/// See the module.
#[derive(Default)]
pub struct Bus {
    shows: Mutex<HashMap<ShowId, Channel>>,
    bells: Mutex<HashMap<SellerId, watch::Sender<()>>>,
    claims: Mutex<HashMap<ViewerId, watch::Sender<()>>>,
    publishing: Mutex<Publishing>,
    /// None: there are no others to tell.
    outgoing: Mutex<Option<Rung>>,
    has_rung: Notify,
}

/// Bells that rang, each once however often: at most one for each seller and each viewer there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rung {
    /// Their feeds grew.
    pub sellers: HashSet<SellerId>,
    /// Something became of their claims.
    pub viewers: HashSet<ViewerId>,
}

struct Channel {
    seller: SellerId,
    updates: broadcast::Sender<ShowUpdate>,
    told_viewers: usize,
}

#[derive(Default)]
struct Publishing {
    claimed: HashSet<ShowId>,
    live: HashSet<ShowId>,
}

impl Bus {
    /// Listens to a show.
    pub fn listen(&self, show: ShowId, seller: SellerId) -> broadcast::Receiver<ShowUpdate> {
        let mut shows = lock(&self.shows);
        let channel = shows.entry(show).or_insert_with(|| Channel {
            seller,
            updates: broadcast::channel(UPDATES_BEHIND).0,
            told_viewers: 0,
        });
        channel.updates.subscribe()
    }

    /// Tells the viewers of one show.
    pub fn tell(&self, show: ShowId, update: ShowUpdate) {
        if let Some(channel) = lock(&self.shows).get(&show) {
            // An error means that nobody listens, which is nobody's loss.
            let _ = channel.updates.send(update);
        }
    }

    /// Tells the viewers of all shows of one seller.
    pub fn tell_all_of(&self, seller: SellerId, update: &ShowUpdate) {
        for channel in lock(&self.shows).values().filter(|channel| channel.seller == seller) {
            let _ = channel.updates.send(update.clone());
        }
    }

    /// The shows of one seller that somebody watches.
    pub fn shows_of(&self, seller: SellerId) -> Vec<ShowId> {
        lock(&self.shows).iter().filter(|(_, channel)| channel.seller == seller).map(|(show, _)| *show).collect()
    }

    /// Tells each show how many watch it, where that changed, and forgets shows nobody watches and claims nobody asks
    /// about. Called by a job, so that thousands of arrivals don't make millions of messages.
    pub fn count_viewers(&self) {
        lock(&self.shows).retain(|_, channel| {
            let count = channel.updates.receiver_count();
            if count > 0 && count != channel.told_viewers {
                channel.told_viewers = count;
                let _ = channel.updates.send(ShowUpdate::Viewers { count: count as u64 });
            }
            count > 0
        });
        lock(&self.claims).retain(|_, bell| bell.receiver_count() > 0);
    }

    /// Viewers of a show right now.
    pub fn viewers(&self, show: ShowId) -> u64 {
        lock(&self.shows).get(&show).map_or(0, |channel| channel.updates.receiver_count() as u64)
    }

    /// A bell that rings when the seller's feed grew. Listen first, then read, then wait: nothing slips between.
    pub fn bell(&self, seller: SellerId) -> watch::Receiver<()> {
        lock(&self.bells).entry(seller).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// Wakes the seller's waiting feeds, here and at other platforms.
    pub fn ring(&self, seller: SellerId) {
        self.ring_seller(seller);
        self.note(|rung| {
            rung.sellers.insert(seller);
        });
    }

    /// Forgets the bell when nobody waits.
    fn ring_seller(&self, seller: SellerId) {
        let mut bells = lock(&self.bells);
        let Some(bell) = bells.get(&seller) else { return };
        if bell.send(()).is_err() {
            bells.remove(&seller);
        }
    }

    /// A bell that rings when something became of the viewer's claims. As with [`Self::bell`]: listen, read, wait.
    pub fn claims_bell(&self, viewer: ViewerId) -> watch::Receiver<()> {
        lock(&self.claims).entry(viewer).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// Wakes the viewer's page, where it listens, here and at other platforms.
    pub fn ring_claims(&self, viewer: ViewerId) {
        self.ring_viewer(viewer);
        self.note(|rung| {
            rung.viewers.insert(viewer);
        });
    }

    fn ring_viewer(&self, viewer: ViewerId) {
        if let Some(bell) = lock(&self.claims).get(&viewer) {
            // An error means that nobody listens: whoever comes back reads how things are.
            let _ = bell.send(());
        }
    }

    /// From now on what rings is remembered for [`Self::rung`].
    pub fn tell_others(&self) {
        lock(&self.outgoing).get_or_insert_default();
    }

    /// What rang since this was asked last; waits until something has. For one who asks.
    pub async fn rung(&self) -> Rung {
        loop {
            let rung = lock(&self.outgoing).as_mut().map(std::mem::take).unwrap_or_default();
            if rung != Rung::default() {
                return rung;
            }
            // What rang since the look left its mark here.
            self.has_rung.notified().await;
        }
    }

    /// Others could not be told of it: it is among what [`Self::rung`] answers next.
    pub fn not_told(&self, before: Rung) {
        self.note(|rung| {
            rung.sellers.extend(before.sellers);
            rung.viewers.extend(before.viewers);
        });
    }

    /// Rings what rang at another platform. Nobody is told of it again.
    pub fn ring_here(&self, rung: &Rung) {
        rung.sellers.iter().for_each(|seller| self.ring_seller(*seller));
        rung.viewers.iter().for_each(|viewer| self.ring_viewer(*viewer));
    }

    /// Wakes everybody who waits here: nobody knows what they have not heard.
    pub fn ring_all(&self) {
        lock(&self.bells).retain(|_, bell| bell.send(()).is_ok());
        for bell in lock(&self.claims).values() {
            let _ = bell.send(());
        }
    }

    fn note(&self, change: impl FnOnce(&mut Rung)) {
        let mut outgoing = lock(&self.outgoing);
        let Some(rung) = outgoing.as_mut() else { return };
        change(rung);
        self.has_rung.notify_one();
    }

    /// Claims a show for one publisher. False: somebody has it.
    pub fn claim(&self, show: ShowId) -> bool {
        lock(&self.publishing).claimed.insert(show)
    }

    /// The stream delivers, or is gone and the claim with it. True: this is news.
    pub fn set_live(&self, show: ShowId, live: bool) -> bool {
        let mut publishing = lock(&self.publishing);
        if live {
            return publishing.live.insert(show);
        }
        publishing.claimed.remove(&show);
        publishing.live.remove(&show)
    }

    pub fn is_live(&self, show: ShowId) -> bool {
        lock(&self.publishing).live.contains(&show)
    }
}

/// A panic while a map was changed leaves it usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_show_has_one_publisher_until_the_stream_is_gone() {
        let (bus, show) = (Bus::default(), ShowId(Uuid::now_v7()));
        assert!(bus.claim(show));
        assert!(!bus.claim(show), "the second publisher is turned away");
        assert!(bus.set_live(show, true) && bus.is_live(show));
        assert!(!bus.set_live(show, true), "said twice is no news");
        assert!(bus.set_live(show, false) && !bus.is_live(show));
        assert!(bus.claim(show), "the same encoder may come back");
    }

    #[test]
    fn stock_reaches_all_shows_of_the_seller_and_no_other() {
        let bus = Bus::default();
        let (seller, other) = (SellerId(Uuid::now_v7()), SellerId(Uuid::now_v7()));
        let mut own = bus.listen(ShowId(Uuid::now_v7()), seller);
        let mut foreign = bus.listen(ShowId(Uuid::now_v7()), other);
        bus.tell_all_of(seller, &ShowUpdate::Ended);
        assert_eq!(own.try_recv().unwrap(), ShowUpdate::Ended);
        assert!(foreign.try_recv().is_err());
    }

    #[tokio::test]
    async fn what_rings_is_told_to_others_once_and_what_they_told_is_not_told_back() {
        let bus = Bus::default();
        let (seller, viewer) = (SellerId(Uuid::now_v7()), ViewerId(Uuid::now_v7()));
        bus.ring(seller);
        bus.tell_others();
        let (mut feed, mut claims) = (bus.bell(seller), bus.claims_bell(viewer));
        let told = Rung { sellers: [seller].into(), viewers: [viewer].into() };
        bus.ring_here(&told);
        assert!(feed.has_changed().unwrap() && claims.has_changed().unwrap());
        feed.mark_unchanged();
        claims.mark_unchanged();
        let (rung, ()) = tokio::join!(bus.rung(), async {
            bus.ring(seller);
            bus.ring(seller);
            bus.ring_claims(viewer);
        });
        assert_eq!(rung, told, "neither what rang while there were no others, nor what they told");
        assert!(feed.has_changed().unwrap() && claims.has_changed().unwrap());
        bus.not_told(rung);
        assert_eq!(bus.rung().await, told, "told again");
        feed.mark_unchanged();
        claims.mark_unchanged();
        bus.ring_all();
        assert!(feed.has_changed().unwrap() && claims.has_changed().unwrap());
    }

    #[test]
    fn viewers_are_counted_once_per_change_and_empty_shows_forgotten() {
        let (bus, show) = (Bus::default(), ShowId(Uuid::now_v7()));
        let mut page = bus.listen(show, SellerId(Uuid::now_v7()));
        bus.count_viewers();
        bus.count_viewers();
        assert_eq!(page.try_recv().unwrap(), ShowUpdate::Viewers { count: 1 });
        assert!(page.try_recv().is_err(), "an unchanged count is no news");
        drop(page);
        bus.count_viewers();
        assert!(lock(&bus.shows).is_empty());
    }
}
