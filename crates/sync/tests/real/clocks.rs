//! A stall whose clock is a year off sells, holds, counts its till and meets the others as if it were right.

use crate::making::*;
use hawker_domain::{
    Currency, Money,
    order::{Order, OrderState},
    rights::{Promise, RightsLine},
    till::{PaymentTaken, TenderKind},
};
use hawker_store::{Clock, KeyPolicy, Store, StoreError};
use hawker_sync::Sync;
use hawker_test_support::{TestPlatform, buy, reserve};
use reqwest::StatusCode;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use zeroize::Zeroizing;

const YEAR_US: i64 = 365 * 24 * 3_600 * 1_000_000;

/// A clock that is so far ahead of the machine's.
#[derive(Clone)]
struct OffClock(Arc<AtomicI64>);

impl OffClock {
    fn by(us: i64) -> Self {
        Self(Arc::new(AtomicI64::new(us)))
    }

    fn now_us(&self) -> i64 {
        Clock::default().now_us() + self.0.load(Ordering::SeqCst)
    }

    fn set_right(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

async fn open_by(clock: &OffClock, dir: &Path) -> Store {
    let policy = KeyPolicy { passphrase: Some(Zeroizing::new("open sesame".to_owned())), use_keychain: false };
    let clock = clock.clone();
    Store::open_by(dir, policy, Clock::new(move || clock.now_us())).await.unwrap()
}

fn paid(qty: u32, placed_at_us: i64) -> Order {
    let order = venue_sale(qty);
    Order { payment: PaymentTaken::take(TenderKind::Cash, order.total, None).ok(), placed_at_us, ..order }
}

fn reserved(qty: u32, now_us: i64) -> Promise {
    let order = Order { state: OrderState::Reserved, placed_at_us: now_us, ..venue_sale(qty) };
    Promise { order, until_us: now_us + 3_600_000_000 }
}

async fn a_market_day_at_a_stall_that_is_off_by(off_us: i64) {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((home, _home_dir), stall_dir) = (store().await, tempfile::tempdir().unwrap());
    let clock = OffClock::by(off_us);
    let stall = open_by(&clock, stall_dir.path()).await;
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client));
    home.move_stock(&received(20)).await.unwrap();
    at_home.sync_once().await.unwrap();
    stall.ask_rights(&[RightsLine { sku: sku(), pieces: 4 }]).await.unwrap();
    at_stall.sync_once().await.unwrap();
    assert_eq!(on_shelf(&platform, &show).await, 16);

    // No network at the stall; at home and on the page the day goes on.
    let (float, opened_us) = (Money::new(10_000, Currency::CNY), clock.now_us());
    stall.open_till(&[float], opened_us).await.unwrap();
    let sale = paid(2, clock.now_us());
    stall.record_venue_sale(&sale).await.unwrap();
    let promise = reserved(2, clock.now_us());
    stall.put_aside(&promise).await.unwrap();
    let more = stall.put_aside(&reserved(1, clock.now_us())).await;
    assert!(matches!(more, Err(StoreError::Conflict(_))), "all it may promise is promised: {more:?}");
    buy(&platform.client, &platform.http(), show.show_id, "MILK", 3).await;
    let held = reserve(&platform.client, &platform.http(), show.show_id, "held", &[("MILK", 2)]).await;
    assert_eq!(held.status(), StatusCode::CREATED);
    for sync in [&at_stall, &at_home, &at_stall] {
        sync.sync_once().await.unwrap();
    }
    assert_eq!(stall.level(&sku()).await.unwrap().reserved, 2, "what a buyer holds is the platform's to say");

    // Who comes back finds the goods; then somebody sets the clock right, and the till is counted by that.
    let kept = stall.promises().await.unwrap();
    assert_eq!(kept.iter().map(|one| one.order.id).collect::<Vec<_>>(), [promise.order.id]);
    stall.collect(promise.order.id, TenderKind::Cash, clock.now_us()).await.unwrap();
    clock.set_right();
    stall.record_venue_sale(&paid(1, clock.now_us())).await.unwrap();
    let expected = stall.open_book().await.unwrap().unwrap().drawer[0].expected;
    assert_eq!(expected, Money::new(10_000 + 5 * 990, Currency::CNY));
    stall.close_till(&[expected], "", clock.now_us()).await.unwrap();
    for sync in [&at_stall, &at_home, &at_stall] {
        sync.sync_once().await.unwrap();
    }

    let feed = home.feed_cursor().await.unwrap();
    for store in [&home, &stall] {
        let level = store.level(&sku()).await.unwrap();
        assert_eq!((level.on_hand, level.reserved), (12, 2), "20 came, 2, 3, 2 and 1 were sold");
        assert_eq!((store.order_count().await.unwrap(), store.pending_count().await.unwrap()), (4, 0));
        assert!(store.rejected_ops(9).await.unwrap().is_empty());
        let told = store.order(sale.id).await.unwrap();
        assert_eq!((told.placed_at_us, told.state), (sale.placed_at_us, OrderState::Paid), "as the stall has said it");
        let book = store.books(9).await.unwrap().remove(0);
        assert_eq!((book.opened_at_us, book.drawer[0].difference.unwrap().minor), (opened_us, 0));
        assert_eq!(
            store.feed_cursor().await.unwrap(),
            feed,
            "the same entries in the same order, whatever the clocks say"
        );
    }
    assert_eq!(on_shelf(&platform, &show).await, 10);
    assert_eq!(stall.holdings().await.unwrap().get(&sku()).map_or(0, |held| held.rights), 0, "all it had is sold");
}

#[tokio::test]
async fn a_stall_a_year_ahead_sells_and_syncs_as_one_that_is_right() {
    a_market_day_at_a_stall_that_is_off_by(YEAR_US).await;
}

#[tokio::test]
async fn a_stall_a_year_behind_sells_and_syncs_as_one_that_is_right() {
    a_market_day_at_a_stall_that_is_off_by(-YEAR_US).await;
}
