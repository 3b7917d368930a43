//! What other devices changed, and what a platform that was put back needs again.

use crate::{Store, testing::*};
use hawker_domain::{
    DeviceId, OpId, SellerId,
    order::OrderSource,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::{
    feed::{FeedEvent, FeedLine},
    ops::{OpEnvelope, OpPayload, OpResult},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(super) fn line(server_seq: u64, event: &FeedEvent) -> FeedLine {
    FeedLine { server_seq, event: serde_json::to_string(event).unwrap(), head: format!("{server_seq:064}") }
}

fn received(delta: i64) -> StockMovement {
    StockMovement { sku: sku("A"), delta, reason: MovementReason::Received, order_id: None }
}

/// A change of another device.
fn elsewhere(payload: &str) -> OpEnvelope {
    OpEnvelope {
        op_id: OpId(Uuid::now_v7()),
        device_id: DeviceId(Uuid::now_v7()),
        epoch: 1,
        seq: 1,
        payload_version: 1,
        payload: payload.to_owned(),
        hash: hex::encode(Sha256::digest(payload.as_bytes())),
        signature: String::new(),
    }
}

fn moved(delta: i64) -> OpEnvelope {
    elsewhere(&serde_json::to_string(&OpPayload::stock_moved(received(delta))).unwrap())
}

async fn on_hand(store: &Store) -> i64 {
    store.level(&sku("A")).await.unwrap().on_hand
}

#[tokio::test]
async fn a_change_of_another_device_counts_once_and_is_not_sent_back() {
    let store = store().await;
    let sale = order(OrderSource::Venue, &[("A", 2)]);
    let sold =
        elsewhere(&serde_json::to_string(&OpPayload::VenueSale { order: sale.clone(), rights: Vec::new() }).unwrap());
    let (first, second) = (FeedEvent::Op { op: moved(10) }, FeedEvent::Op { op: sold });
    assert_eq!(store.apply_feed(&[line(1, &first), line(2, &second)]).await.unwrap().len(), 2);
    assert!(store.apply_feed(&[line(3, &first), line(4, &second)]).await.unwrap().is_empty(), "told again: no news");
    assert_eq!((on_hand(&store).await, store.order(sale.id).await.unwrap()), (8, sale));
    assert_eq!(store.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_own_change_that_comes_back_is_no_news() {
    let store = store().await;
    store.move_stock(&received(5)).await.unwrap();
    let own = store.pending_ops(1).await.unwrap().remove(0);
    assert!(store.apply_feed(&[line(1, &FeedEvent::Op { op: own })]).await.unwrap().is_empty());
    assert_eq!(on_hand(&store).await, 5);
    assert!(store.feed_tail(0, 9).await.unwrap().is_empty(), "this device sends it again by itself");
}

#[tokio::test]
async fn news_of_a_newer_version_waits_for_a_program_that_reads_it() {
    let store = store().await;
    let known = line(1, &FeedEvent::Op { op: moved(4) });
    store.apply_feed(std::slice::from_ref(&known)).await.unwrap();
    let later = FeedLine { event: r#"{"kind":"auction","lot":3}"#.to_owned(), ..line(2, &FeedEvent::Unknown) };
    assert_eq!(store.apply_feed(&[later]).await.unwrap().len(), 1);
    // What a program of a later version finds: an entry it can read, kept unread by the one before.
    let readable = serde_json::to_string(&FeedEvent::Op { op: moved(3) }).unwrap();
    sqlx::query("UPDATE feed_entry SET event = ?, is_read = 0 WHERE server_seq = 2")
        .bind(&readable)
        .execute(&store.writer)
        .await
        .unwrap();
    let dir = store.into_dir().await;
    let again = open(dir.path()).await.unwrap();
    assert_eq!(on_hand(&again).await, 7, "applied at the start, and the one before it not again");
    again.close().await;
    assert_eq!(on_hand(&open(dir.path()).await.unwrap()).await, 7, "once");
}

#[tokio::test]
async fn a_platform_put_back_gets_what_it_lost_and_this_device_sends_all_again() {
    let store = store().await;
    store.move_stock(&received(10)).await.unwrap();
    store.set_epoch(2).await.unwrap();
    let own = store.pending_ops(9).await.unwrap();
    store.settle_ops(&[(own[0].op_id, OpResult::Applied)]).await.unwrap();
    let paid = |seq| line(seq, &FeedEvent::OrderPaid { order: order(OrderSource::Page, &[("A", 1)]) });
    let held = |seq| line(seq, &FeedEvent::Reserved { sku: sku("A"), reserved: 2 });
    let lines = [paid(1), held(2), paid(3), held(4), paid(5)];
    store.apply_feed(&lines).await.unwrap();

    let tail = store.feed_tail(2, 9).await.unwrap();
    assert_eq!(tail.iter().map(|entry| &entry.line).collect::<Vec<_>>(), [&lines[2], &lines[4]]);
    assert_eq!(tail[0].before, lines[1].head, "with the head before it, which proves it");
    assert_eq!(store.feed_tail(0, 1).await.unwrap()[0].before, "0".repeat(64), "nothing is before the first");
    assert_eq!(store.feed_entry_at(4).await.unwrap().head, lines[3].head);

    store.rewind_feed(2).await.unwrap();
    let cursor = store.feed_cursor().await.unwrap();
    assert_eq!((cursor.server_seq, cursor.head.as_str()), (2, lines[1].head.as_str()));
    let again = store.pending_ops(9).await.unwrap();
    assert_eq!((again.len(), again[0].op_id, store.device().await.unwrap().epoch), (1, own[0].op_id, 0));
    let level = store.level(&sku("A")).await.unwrap();
    assert_eq!((level.on_hand, level.reserved), (7, 0), "what happened stays; what is held is told anew");
    // The platform tells the orders it got back under new numbers.
    let back = [FeedLine { server_seq: 3, ..lines[4].clone() }, FeedLine { server_seq: 4, ..lines[2].clone() }];
    assert!(store.apply_feed(&back).await.unwrap().is_empty());
    assert_eq!((on_hand(&store).await, store.order_count().await.unwrap()), (7, 3));
    store.rewind_feed(9).await.unwrap();
    assert_eq!(store.feed_cursor().await.unwrap().server_seq, 4, "nothing to go back to");
}

#[tokio::test]
async fn another_account_hears_of_the_other_devices_too() {
    let store = store().await;
    store.follow(SellerId(Uuid::now_v7())).await.unwrap();
    let told = moved(6);
    store.apply_feed(&[line(1, &FeedEvent::Op { op: told.clone() })]).await.unwrap();
    store.follow(SellerId(Uuid::now_v7())).await.unwrap();
    let waiting = store.pending_ops(9).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].op_id, &waiting[0].payload, &waiting[0].hash), (told.op_id, &told.payload, &told.hash));
    assert_eq!((on_hand(&store).await, store.feed_tail(0, 9).await.unwrap().len()), (6, 0));
}
