//! The platform, its goods, its buyers and its disk.

use crate::{
    device::{copy, folder},
    facts::Known,
    world::{SKUS, UNMARKED},
};
use hawker_domain::{Currency, Money, OrderId, ShowId, Sku};
use hawker_sync::{FeedAnswer, PlatformClient};
use hawker_test_support::{HandClock, TestPlatform, pay, reserve};
use hawker_wire::{
    catalogue::{Listing, PutCatalogue},
    feed::FeedPosition,
    rights::RightsReport,
    show::CreateShow,
    viewer::Reservation,
};
use std::{fs, time::Duration};
use tempfile::TempDir;
use uuid::Uuid;

/// Longer than goods are held for a buyer.
const HOLD_OVER_MS: i64 = 6 * 60_000;

pub struct Server {
    platform: TestPlatform,
    pub client: PlatformClient,
    clock: HandClock,
    show: ShowId,
    backup: Option<TempDir>,
    buyers: u32,
}

impl Server {
    pub async fn new() -> Self {
        let clock = HandClock::default();
        let its = std::sync::Arc::new(clock.clone());
        let platform = TestPlatform::start_in(folder(), move |config| config.clock = its).await;
        let tokens = platform.account("anna").await;
        let client = PlatformClient::new(platform.http(), Some(tokens));
        let listing = |sku: &&str| Listing {
            sku: Sku::new(sku).unwrap(),
            title: (*sku).to_owned(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(990, Currency::CNY),
        };
        client.put_catalogue(&PutCatalogue { listings: SKUS.iter().map(listing).collect() }).await.unwrap();
        let form = CreateShow { show_id: ShowId(Uuid::now_v7()), title: "Friday".into(), running_order: vec![] };
        let show = client.create_show(&form).await.unwrap().show_id;
        Self { platform, client, clock, show, backup: None, buyers: 0 }
    }

    /// What a buyer got, if there was enough. `pays`: else the goods are only held.
    pub async fn buy(&mut self, sku: usize, qty: u32, pays: bool) -> Option<OrderId> {
        self.buyers += 1;
        let key = format!("buyer-{}", self.buyers);
        let (client, http) = (&self.platform.client, self.platform.http());
        let held = reserve(client, &http, self.show, &key, &[(SKUS[sku], qty)]).await;
        if !held.status().is_success() {
            return None;
        }
        let held: Reservation = held.json().await.unwrap();
        if pays { Some(pay(client, &http, &held, &key).await.order_id) } else { None }
    }

    /// What is held and not paid goes back.
    pub async fn let_holds_expire(&self) {
        self.clock.advance_ms(HOLD_OVER_MS);
        self.platform.running().run_jobs().await.unwrap();
    }

    /// On hand and reserved, of each product.
    pub async fn levels(&self) -> Vec<(i64, i64)> {
        let store = &self.platform.running().app().store;
        let seller = self.client.seller_id().unwrap();
        let mut levels = Vec::new();
        for text in SKUS.into_iter().chain([UNMARKED]) {
            let level = store.stock_level(seller, &Sku::new(text).unwrap()).await.unwrap().unwrap_or_default();
            levels.push((level.on_hand, level.reserved));
        }
        levels
    }

    /// The seller says that a device does not come back.
    pub async fn declare_lost(&self, device: &hawker_store::Store) {
        let id = device.device().await.unwrap().device_id;
        // Not found: it was never here.
        let _ = self.client.declare_lost(id).await;
    }

    /// Who has what, and whether buyers can order.
    pub async fn rights(&self) -> RightsReport {
        let store = &self.platform.running().app().store;
        store.rights(self.client.seller_id().unwrap()).await.unwrap()
    }

    /// All it knows, as a device that was never there before hears it.
    pub async fn known(&self) -> Known {
        let dir = folder();
        let store = hawker_store::Store::open_keyed(dir.path(), [1; 32]).await.unwrap();
        hawker_sync::Sync::new(store.clone(), self.client.clone()).sync_once().await.unwrap();
        Known::of(&store).await
    }

    /// All it tells, as it travels.
    pub async fn feed(&self) -> Vec<(u64, String)> {
        let (mut lines, mut seen) = (Vec::new(), FeedPosition::default());
        while let Ok(FeedAnswer::Page(page)) = self.client.feed(&seen, None, Duration::ZERO).await
            && let Some(last) = page.lines.last()
        {
            seen = FeedPosition { server_seq: last.server_seq, head: last.head.clone() };
            lines.extend(page.lines.into_iter().map(|line| (line.server_seq, line.event)));
        }
        lines
    }

    pub fn has_backup(&self) -> bool {
        self.backup.is_some()
    }

    pub fn make_backup(&mut self) {
        let dir = folder();
        copy(&self.platform.data_dir(), dir.path());
        self.backup = Some(dir);
    }

    /// The machine dies and starts again on what was on the disk.
    pub async fn crash(&mut self) {
        let dir = folder();
        copy(&self.platform.data_dir(), dir.path());
        self.go_on_with(&dir).await;
    }

    pub async fn put_back(&mut self) {
        let backup = self.backup.take().expect("a backup");
        self.go_on_with(&backup).await;
        self.backup = Some(backup);
    }

    async fn go_on_with(&mut self, dir: &TempDir) {
        let http = self.platform.http();
        self.platform.stop().await;
        for entry in fs::read_dir(self.platform.data_dir()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        copy(dir.path(), &self.platform.data_dir());
        self.platform.start_again(&http).await;
    }
}
