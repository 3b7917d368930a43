//! The scripted buyer: once a product is pinned, it opens the viewer page's API and buys one. Every product once.

use super::live::Line;
use super::shop::{Bought, BuyError, Shop};
use crate::exec::say;
use hawker_domain::tag::TagState;
use hawker_domain::{ShowId, ShowMs, Sku};
use hawker_wire::live::LiveEvent;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Wishes waiting for the buyer. Pins come seconds apart; a wish that finds it full is dropped and said.
const QUEUE: usize = 16;

/// The pin travels to the page within half a second; a studio that was offline may need some more.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);

/// One product to buy at one show time.
struct Wish {
    sku: Sku,
    at: ShowMs,
}

/// Watches a show's lines and buys. [`Buyer::finish`] gives what was bought.
#[derive(Debug, Default)]
pub struct Buyer {
    show: Option<Open>,
    wanted: BTreeSet<Sku>,
}

#[derive(Debug)]
struct Open {
    wishes: SyncSender<Wish>,
    purchases: JoinHandle<Vec<Bought>>,
}

impl Buyer {
    /// Takes one line of the show.
    pub fn see(&mut self, line: &Line) {
        let Some(live) = &line.event else { return };
        match &live.event {
            LiveEvent::OnAir { show_id, viewer_url: Some(url) } if self.show.is_none() => self.enter(url, *show_id),
            LiveEvent::Tag { sku, state: TagState::Pinned, .. } => self.want(sku, live.t_ms),
            _ => {}
        }
    }

    /// Waits for purchases under way. Empty if the show never had a page.
    pub fn finish(self) -> Vec<Bought> {
        let Some(Open { wishes, purchases }) = self.show else { return Vec::new() };
        drop(wishes);
        purchases.join().unwrap_or_default()
    }

    fn enter(&mut self, url: &str, show: ShowId) {
        match Shop::open(url, show) {
            Ok(shop) => {
                let (wishes, waiting) = sync_channel(QUEUE);
                let purchases = std::thread::spawn(move || serve(&shop, &waiting));
                self.show = Some(Open { wishes, purchases });
            }
            Err(error) => say(format!("buyer: {error}")),
        }
    }

    fn want(&mut self, sku: &Sku, at: ShowMs) {
        let Some(open) = &self.show else { return };
        if self.wanted.insert(sku.clone()) && open.wishes.try_send(Wish { sku: sku.clone(), at }).is_err() {
            say(format!("buyer: too many pins at once, {sku} is not bought"));
        }
    }
}

fn serve(shop: &Shop, wishes: &Receiver<Wish>) -> Vec<Bought> {
    let mut purchases = Vec::new();
    for wish in wishes {
        match buy(shop, &wish) {
            Ok(bought) => {
                say(format!("buyer: bought one {} (order {})", wish.sku, bought.order));
                purchases.push(bought);
            }
            Err(error) => say(format!("buyer: {} was not bought: {error}", wish.sku)),
        }
    }
    purchases
}

/// As a viewer does: waits until the page offers it, then buys.
fn buy(shop: &Shop, wish: &Wish) -> Result<Bought, BuyError> {
    let mut waited = Duration::ZERO;
    loop {
        let page = shop.look()?;
        let offered = page.shelf.iter().any(|product| product.sku == wish.sku && product.available > 0);
        if offered || waited >= PATIENCE {
            // The key is new for each wish, the same for its two requests.
            return shop.buy(&wish.sku, 1, Some(wish.at), &uuid::Uuid::now_v7().simple().to_string());
        }
        std::thread::sleep(PAUSE);
        waited += PAUSE;
    }
}
