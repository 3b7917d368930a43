//! A platform that is put back to an earlier state: what it lost comes back from the devices.

use crate::making::*;
use hawker_domain::{
    OrderId,
    order::{OrderEvent, OrderMove, OrderState},
};
use hawker_store::{GoodsBack, Store};
use hawker_sync::{PlatformClient, Sync, SyncEvent};
use hawker_test_support::{TestPlatform, buy};
use hawker_wire::{ErrorCode, show::ShowCreated};
use std::{path::Path, time::Duration};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Copies what a stopped platform has.
pub async fn snapshot(platform: &mut TestPlatform) -> TempDir {
    let (http, dir) = (platform.http(), tempfile::tempdir().unwrap());
    platform.stop().await;
    platform.save(dir.path());
    platform.start_again(&http).await;
    dir
}

pub async fn put_back(platform: &mut TestPlatform, snapshot: &TempDir) {
    let http = platform.http();
    platform.stop().await;
    platform.put_back(snapshot.path());
    platform.start_again(&http).await;
}

pub fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A shop with 100 pieces, one order, and a picture of it; then a venue sale, more goods and two orders that the picture lacks.
struct Lost {
    platform: TestPlatform,
    show: ShowCreated,
    sync: Sync,
    store: Store,
    client: PlatformClient,
    /// An order that was packed after the picture.
    packed: OrderId,
    _dir: TempDir,
    picture: TempDir,
}

async fn lost() -> Lost {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, dir) = store().await;
    let sync = Sync::new(store.clone(), client.clone());
    store.move_stock(&received(100)).await.unwrap();
    sync.sync_once().await.unwrap();
    buy(&platform.client, &platform.http(), show.show_id, "MILK", 1).await;
    sync.sync_once().await.unwrap();
    let picture = snapshot(&mut platform).await;
    store.record_venue_sale(&venue_sale(2)).await.unwrap();
    sync.sync_once().await.unwrap();
    buy(&platform.client, &platform.http(), show.show_id, "MILK", 3).await;
    let order_id = buy(&platform.client, &platform.http(), show.show_id, "MILK", 4).await.order_id;
    sync.sync_once().await.unwrap();
    let packed = OrderMove { order_id, event: OrderEvent::Pack, note: String::new(), at_us: 1 };
    store.move_order(&packed, GoodsBack::No).await.unwrap();
    store.move_stock(&received(5)).await.unwrap();
    sync.sync_once().await.unwrap();
    assert_eq!(store.level(&sku()).await.unwrap().on_hand, 95);
    Lost { platform, show, sync, store, client, packed: order_id, _dir: dir, picture }
}

#[tokio::test]
async fn a_platform_put_back_gets_every_order_and_change_again() {
    let mut lost = lost().await;
    put_back(&mut lost.platform, &lost.picture).await;
    assert_eq!(on_shelf(&lost.platform, &lost.show).await, 99, "it has forgotten everything since");
    let report = lost.sync.sync_once().await.unwrap();
    assert_eq!(report.restored, Some(3), "two orders and the step of one; its other changes the device sends as ever");
    assert_eq!(on_shelf(&lost.platform, &lost.show).await, 95, "100 - 1 - 2 - 3 - 4 + 5");
    let level = lost.store.level(&sku()).await.unwrap();
    assert_eq!((level.on_hand, level.reserved, lost.store.order_count().await.unwrap()), (95, 0, 4));
    let (fresh, _fresh_dir) = store().await;
    Sync::new(fresh.clone(), lost.client.clone()).sync_once().await.unwrap();
    assert_eq!(fresh.order(lost.packed).await.unwrap().state, OrderState::Packed, "the platform knows the step again");
    assert_eq!(fresh.level(&sku()).await.unwrap().on_hand, 95);
    let again = lost.sync.sync_once().await.unwrap();
    assert_eq!((again.restored, again.sent, again.applied.len()), (None, 0, 0), "and all is quiet");
}

#[tokio::test]
async fn a_platform_that_went_on_differently_is_noticed_by_its_heads() {
    let mut lost = lost().await;
    put_back(&mut lost.platform, &lost.picture).await;
    // It sells on before the device comes back, under numbers that the device has read already; and further than it has read.
    for _ in 0..6 {
        buy(&lost.platform.client, &lost.platform.http(), lost.show.show_id, "MILK", 5).await;
    }
    let report = lost.sync.sync_once().await.unwrap();
    assert_eq!(report.restored, Some(3));
    assert_eq!(on_shelf(&lost.platform, &lost.show).await, 65, "95 less six times 5");
    let level = lost.store.level(&sku()).await.unwrap();
    assert_eq!((level.on_hand, lost.store.order_count().await.unwrap()), (65, 10), "no order of either is missing");
    assert_eq!(lost.sync.sync_once().await.unwrap().restored, None);
}

#[tokio::test]
async fn an_epoch_from_before_is_taken_when_the_feed_has_told_what_is_lost() {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    let sync = Sync::new(store.clone(), client.clone());
    store.move_stock(&received(100)).await.unwrap();
    sync.sync_once().await.unwrap();
    let picture = snapshot(&mut platform).await;
    client.declare_lost(store.device().await.unwrap().device_id).await.unwrap();
    store.record_venue_sale(&venue_sale(2)).await.unwrap();
    // It reads nothing of the feed that the picture lacks.
    sync.hand_over().await.unwrap();
    assert_eq!(store.device().await.unwrap().epoch, 2);
    put_back(&mut platform, &picture).await;
    store.record_venue_sale(&venue_sale(3)).await.unwrap();
    let why = sync.hand_over().await.unwrap_err();
    assert_eq!((why.code, store.device().await.unwrap().epoch), (ErrorCode::Conflict, 2), "{why}");
    assert_eq!(sync.sync_once().await.unwrap().restored, Some(0));
    assert_eq!((on_shelf(&platform, &show).await, store.pending_count().await.unwrap()), (95, 0));
    assert!(client.rights().await.unwrap().is_open, "it was asked what it has, and has answered");
}

#[tokio::test]
async fn what_a_platform_lost_of_a_device_that_got_another_epoch_since_is_told_again() {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    let sync = Sync::new(store.clone(), client.clone());
    store.move_stock(&received(100)).await.unwrap();
    sync.sync_once().await.unwrap();
    let picture = snapshot(&mut platform).await;
    store.record_venue_sale(&venue_sale(2)).await.unwrap();
    // Answered, and nothing of the feed was read since: no head tells the two apart.
    sync.hand_over().await.unwrap();
    put_back(&mut platform, &picture).await;
    // Somebody who waits for it no longer: under its next epoch the platform does not look at what it was answered before.
    client.declare_lost(store.device().await.unwrap().device_id).await.unwrap();
    store.move_stock(&received(5)).await.unwrap();
    sync.sync_once().await.unwrap();
    assert_eq!((store.device().await.unwrap().epoch, store.pending_count().await.unwrap()), (2, 0));
    assert_eq!(on_shelf(&platform, &show).await, 103, "100 - 2 + 5");
    assert_eq!(store.level(&sku()).await.unwrap().on_hand, 103, "each once");
}

#[tokio::test]
async fn a_second_device_gives_back_what_the_first_one_changed() {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((stall, stall_dir), (home, _home_dir)) = (store().await, store().await);
    let at_home = Sync::new(home.clone(), client.clone());
    home.move_stock(&received(20)).await.unwrap();
    at_home.sync_once().await.unwrap();
    let picture = snapshot(&mut platform).await;
    stall.record_venue_sale(&venue_sale(6)).await.unwrap();
    let at_stall = Sync::new(stall.clone(), client);
    at_stall.sync_once().await.unwrap();
    at_home.sync_once().await.unwrap();
    put_back(&mut platform, &picture).await;
    // The stall's computer is gone, or comes last: what it sold is known at home.
    assert_eq!(at_home.sync_once().await.unwrap().restored, Some(1));
    assert_eq!(on_shelf(&platform, &show).await, 14);
    at_stall.sync_once().await.unwrap();
    assert_eq!(on_shelf(&platform, &show).await, 14, "told by both, sold once");
    for store in [&home, &stall] {
        assert_eq!(store.level(&sku()).await.unwrap().on_hand, 14);
    }
    drop(stall_dir);
}

#[tokio::test]
async fn a_studio_that_runs_says_that_the_platform_was_put_back() {
    let mut lost = lost().await;
    put_back(&mut lost.platform, &lost.picture).await;
    let (events, mut told) = mpsc::channel(64);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(lost.sync.run(cancel.clone(), events));
    let restored = async {
        loop {
            if let SyncEvent::PlatformRestored { restored } = told.recv().await.unwrap() {
                return restored;
            }
        }
    };
    assert_eq!(tokio::time::timeout(Duration::from_secs(40), restored).await.unwrap(), 3);
    let sent = async {
        while lost.store.pending_count().await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), sent).await.unwrap();
    assert_eq!(on_shelf(&lost.platform, &lost.show).await, 95);
    cancel.cancel();
    running.await.unwrap();
}
