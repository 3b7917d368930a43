//! One pass at a time.

use crate::making::*;
use hawker_domain::order::Order;
use hawker_sync::{OpsAnswer, OpsStop, Sync};
use hawker_test_support::{TestPlatform, buy};
use hawker_wire::{
    ErrorCode,
    feed::FeedEvent,
    ops::{OpsApplied, PostOps},
};
use std::path::Path;

#[tokio::test]
async fn stock_goes_out_and_orders_come_back() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    store.move_stock(&received(10)).await.unwrap();
    store.record_venue_sale(&venue_sale(1)).await.unwrap();
    let sync = Sync::new(store.clone(), client);
    let first = sync.sync_once().await.unwrap();
    assert_eq!((first.sent, first.rejected), (2, 0));
    assert_eq!(on_shelf(&platform, &show).await, 9);
    let receipt = buy(&platform.client, &platform.http(), show.show_id, "MILK", 2).await;
    let second = sync.sync_once().await.unwrap();
    let orders: Vec<_> =
        second.applied.iter().filter(|entry| matches!(entry.event, FeedEvent::OrderPaid { .. })).collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(store.order(receipt.order_id).await.unwrap().lines[0].qty, 2);
    let level = store.level(&sku()).await.unwrap();
    assert_eq!((level.on_hand, level.reserved), (7, 0));
    assert_eq!(on_shelf(&platform, &show).await, 7, "both sides count the same");
    let third = sync.sync_once().await.unwrap();
    assert_eq!((third.sent, third.applied.len()), (0, 0));
    assert_eq!(store.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_answer_that_got_lost_doubles_nothing() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    store.move_stock(&received(10)).await.unwrap();
    store.follow(client.seller_id().unwrap()).await.unwrap();
    let device = client.register_device(&store.registration("studio").await.unwrap()).await.unwrap();
    store.set_epoch(device.epoch).await.unwrap();
    let ops = store.pending_ops(10).await.unwrap();
    // The platform applies them, the studio never hears of it.
    assert!(matches!(
        client.post_ops(&PostOps { ops, seen: None, acked_op: None }).await.unwrap(),
        OpsAnswer::Applied(OpsApplied { .. })
    ));
    store.move_stock(&received(5)).await.unwrap();
    assert_eq!(Sync::new(store.clone(), client).sync_once().await.unwrap().sent, 2);
    assert_eq!(on_shelf(&platform, &show).await, 15);
}

#[tokio::test]
async fn a_long_outbox_is_drained_in_order() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    for _ in 0..450 {
        store.move_stock(&received(1)).await.unwrap();
    }
    assert_eq!(Sync::new(store.clone(), client).sync_once().await.unwrap().sent, 450);
    assert_eq!(on_shelf(&platform, &show).await, 450);
}

#[tokio::test]
async fn a_refused_op_is_told_and_the_queue_goes_on() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((other, _other_dir), (store, _dir)) = (store().await, store().await);
    let sale = venue_sale(1);
    other.move_stock(&received(10)).await.unwrap();
    other.record_venue_sale(&sale).await.unwrap();
    Sync::new(other, client.clone()).sync_once().await.unwrap();
    // The same sale, told by another device in another version.
    let twisted = Order { id: sale.id, ..venue_sale(2) };
    store.record_venue_sale(&twisted).await.unwrap();
    store.move_stock(&received(3)).await.unwrap();
    let report = Sync::new(store.clone(), client).sync_once().await.unwrap();
    assert_eq!((report.sent, report.rejected), (2, 1));
    assert_eq!(on_shelf(&platform, &show).await, 12);
    assert!(store.rejected_ops(9).await.unwrap()[0].why.contains("other lines"));
}

#[tokio::test]
async fn a_device_restored_from_a_backup_gets_a_new_epoch_and_loses_nothing() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, dir) = store().await;
    store.move_stock(&received(100)).await.unwrap();
    Sync::new(store.clone(), client.clone()).sync_once().await.unwrap();
    store.move_stock(&received(10)).await.unwrap();
    store.close().await;
    let backup = tempfile::tempdir().unwrap();
    copy(dir.path(), backup.path());
    // The original goes on: the op of 10 and one more reach the platform.
    let original = open(dir.path()).await;
    original.record_venue_sale(&venue_sale(1)).await.unwrap();
    Sync::new(original, client.clone()).sync_once().await.unwrap();
    assert_eq!(on_shelf(&platform, &show).await, 109);
    // The restored one waits with the op of 10, which the platform knows, and numbers new ones as the original did.
    let restored = open(backup.path()).await;
    restored.move_stock(&received(5)).await.unwrap();
    restored.record_venue_sale(&venue_sale(2)).await.unwrap();
    let before = restored.device().await.unwrap().epoch;
    Sync::new(restored.clone(), client).sync_once().await.unwrap();
    assert_eq!(restored.device().await.unwrap().epoch, before + 1);
    assert_eq!(restored.pending_count().await.unwrap(), 0);
    assert_eq!(on_shelf(&platform, &show).await, 112, "100 + 10 - 1 + 5 - 2, each once");
    let level = restored.level(&sku()).await.unwrap();
    assert_eq!((level.on_hand, restored.order_count().await.unwrap()), (112, 2), "what the backup lacked came back");
}

#[tokio::test]
async fn another_platform_hears_everything_and_the_first_one_nothing_twice() {
    let (first, second) = (TestPlatform::start().await, TestPlatform::start().await);
    let (at_first, show) = seller(first.http(), "anna").await;
    let (at_second, other_show) = seller(second.http(), "anna").await;
    let (store, _dir) = store().await;
    store.move_stock(&received(10)).await.unwrap();
    store.record_venue_sale(&venue_sale(1)).await.unwrap();
    let here = Sync::new(store.clone(), at_first.clone());
    here.sync_once().await.unwrap();
    buy(&first.client, &first.http(), show.show_id, "MILK", 3).await;
    here.sync_once().await.unwrap();
    Sync::new(store.clone(), at_second).sync_once().await.unwrap();
    assert_eq!(on_shelf(&second, &other_show).await, 6, "what the first sold is missing at the second too");
    buy(&second.client, &second.http(), other_show.show_id, "MILK", 2).await;
    here.sync_once().await.unwrap();
    assert_eq!(on_shelf(&first, &show).await, 6, "the second's order is not here yet: its feed was not read");
    assert_eq!((store.level(&sku()).await.unwrap().on_hand, store.order_count().await.unwrap()), (6, 2));
}

#[tokio::test]
async fn a_gap_and_an_unknown_device_are_told_apart() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    store.follow(client.seller_id().unwrap()).await.unwrap();
    store.set_epoch(1).await.unwrap();
    for delta in 1..=3 {
        store.move_stock(&received(delta)).await.unwrap();
    }
    let late = PostOps { ops: store.ops_from(3, 1).await.unwrap(), seen: None, acked_op: None };
    let OpsAnswer::Stopped { reason, .. } = client.post_ops(&late).await.unwrap() else { panic!("not registered") };
    assert_eq!(reason, OpsStop::UnknownDevice);
    client.register_device(&store.registration("studio").await.unwrap()).await.unwrap();
    let OpsAnswer::Stopped { reason, wanted_seq, failure } = client.post_ops(&late).await.unwrap() else {
        panic!("ops 1 and 2 are missing")
    };
    assert_eq!((reason, wanted_seq, failure.code), (OpsStop::Gap, 1, ErrorCode::Conflict));
    // Ops 1 and 2 count as answered here, yet the platform has lost them: they are sent again.
    let lost: Vec<_> = store.pending_ops(2).await.unwrap();
    let settled: Vec<_> = lost.iter().map(|op| (op.op_id, hawker_wire::ops::OpResult::Applied)).collect();
    store.settle_ops(&settled).await.unwrap();
    Sync::new(store.clone(), client).sync_once().await.unwrap();
    assert_eq!(store.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_platform_that_is_down_is_unreachable_and_nothing_is_lost() {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    store.move_stock(&received(4)).await.unwrap();
    let sync = Sync::new(store.clone(), client);
    let (http, url) = (platform.http(), platform.url("/"));
    platform.stop().await;
    let failure = sync.sync_once().await.unwrap_err();
    assert_eq!((failure.code, failure.retryable), (ErrorCode::Unreachable, true), "{url} {http}: {failure}");
    assert_eq!(store.pending_count().await.unwrap(), 1);
    drop((sync, show));
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
