//! What other devices changed, and what a platform that was put back needs again.

use crate::{FeedError, Store, testing::*};
use hawker_domain::{
    DeviceId, OpId, SellerId,
    failure::FailureWhy,
    order::OrderSource,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::{
    FailureReason,
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
pub(super) fn elsewhere(payload: &str) -> OpEnvelope {
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

#[tokio::test]
async fn numbers_that_the_platform_has_taken_out_are_no_gap() {
    let store = store().await;
    let op = |seq| line(seq, &FeedEvent::Op { op: moved(1) });
    let past = |from, to| FeedLine { head: String::new(), ..line(to, &FeedEvent::Past { from }) };
    let news = store.apply_feed(&[op(1), past(2, 40), op(41)]).await.unwrap();
    assert_eq!((news.len(), on_hand(&store).await, store.feed_cursor().await.unwrap().server_seq), (2, 2, 41));
    for gap in [past(43, 50), op(43), past(99, 40)] {
        let refused = store.apply_feed(&[gap, op(51)]).await;
        assert!(matches!(refused, Err(FeedError::Gap { after: 41, .. })), "{refused:?}");
    }
    // Read again from before, as after a platform was put back.
    assert_eq!(store.feed_entry_at(40).await.unwrap().server_seq, 1, "what is gone is nothing to compare");
}

#[tokio::test]
async fn a_change_that_was_kept_and_refused_later_is_on_the_list() {
    let store = store().await;
    store.move_stock(&received(5)).await.unwrap();
    store.set_epoch(1).await.unwrap();
    let own = store.pending_ops(1).await.unwrap().remove(0);
    store.settle_ops(&[(own.op_id, OpResult::Kept)]).await.unwrap();
    let reason = Some(Box::new(FailureReason::from(FailureWhy::StepNotAllowed).with("state", "refunded")));
    let refused = |op_id| FeedEvent::OpRefused { op_id, why: "no such order".to_owned(), reason: reason.clone() };
    let stranger = line(1, &refused(OpId(Uuid::now_v7())));
    assert!(store.apply_feed(&[stranger]).await.unwrap().is_empty(), "of another device");
    assert_eq!(store.apply_feed(&[line(2, &refused(own.op_id))]).await.unwrap().len(), 1);
    let listed = store.rejected_ops(9).await.unwrap();
    assert_eq!((listed.len(), listed[0].op.op_id, listed[0].why.as_str()), (1, own.op_id, "no such order"));
    assert_eq!(listed[0].reason, reason);
    store.see_to_rejected(own.op_id).await.unwrap();
    assert!(store.apply_feed(&[line(3, &refused(own.op_id))]).await.unwrap().is_empty(), "told again");
    assert!(store.rejected_ops(9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_that_overtakes_the_answer_stays() {
    let store = store().await;
    store.move_stock(&received(5)).await.unwrap();
    store.set_epoch(1).await.unwrap();
    let own = store.pending_ops(1).await.unwrap().remove(0);
    let refused = FeedEvent::OpRefused { op_id: own.op_id, why: "no".to_owned(), reason: None };
    store.apply_feed(&[line(1, &refused)]).await.unwrap();
    store.settle_ops(&[(own.op_id, OpResult::Kept)]).await.unwrap();
    assert_eq!(store.rejected_ops(9).await.unwrap().len(), 1);
}

const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// Chat, and at 200 a change of another device. Ten thousand of the newest stay whatever they are.
fn much_news() -> Vec<FeedLine> {
    let chat = |seq| {
        let show_id = hawker_domain::ShowId(Uuid::nil());
        line(seq, &FeedEvent::Chat { show_id, from: "ada".into(), text: "1".into(), at: None })
    };
    (1..=10_400).map(|seq| if seq == 200 { line(seq, &FeedEvent::Op { op: moved(1) }) } else { chat(seq) }).collect()
}

#[tokio::test]
async fn old_news_leave_only_what_a_platform_could_need_again() {
    let store = store().await;
    let lines = much_news();
    store.apply_feed(&lines).await.unwrap();
    let now_us = now_us();
    assert_eq!(
        store.forget_old_news(now_us).await.unwrap(),
        400 - 6 - 2,
        "six heads on the way, one entry and its proof"
    );
    assert_eq!(store.forget_old_news(now_us).await.unwrap(), 0);
    let tail = store.feed_tail(0, 9).await.unwrap();
    assert_eq!((tail.len(), tail[0].line.server_seq, &tail[0].before), (1, 200, &lines[198].head));
    assert_eq!(store.feed_entry_at(350).await.unwrap().server_seq, 320, "the nearest that has a head");
    assert_eq!(store.feed_entry_at(63).await.unwrap().server_seq, 0);
    for day in 1..=90 {
        store.forget_old_news(now_us + day * DAY_US).await.unwrap();
    }
    assert_eq!(store.feed_tail(0, 9).await.unwrap().len(), 1, "ninety days are not over");
    store.forget_old_news(now_us + 91 * DAY_US).await.unwrap();
    assert_eq!(store.feed_entry_at(400).await.unwrap().server_seq, 0, "no backup is as old");
    assert_eq!(store.feed_entry_at(401).await.unwrap().server_seq, 401);
}

#[tokio::test]
async fn a_clock_that_leaps_by_years_makes_news_older_by_a_day() {
    let clock = SetClock::default();
    let store = store_by(&clock).await;
    store.apply_feed(&much_news()).await.unwrap();
    for years in [2, -2, 0, 2] {
        clock.set_ahead(years * 365 * DAY_US);
        store.forget_old_news(store.clock.now_us()).await.unwrap();
        assert_eq!(store.feed_tail(0, 9).await.unwrap().len(), 1, "{years} years ahead: a platform may still need it");
    }
    let dir = store.into_dir().await;
    clock.set_ahead(-2 * 365 * DAY_US);
    let again = Store::open_by(dir.path(), passphrase("open sesame"), clock.clock()).await.unwrap();
    assert_eq!(again.feed_tail(0, 9).await.unwrap().len(), 1, "nor does a start forget it");
    assert_eq!(again.feed_cursor().await.unwrap().server_seq, 10_400);
}

#[tokio::test]
async fn all_that_was_done_is_numbered_anew_in_its_order() {
    let store = store().await;
    store.set_epoch(3).await.unwrap();
    for delta in 1..=200 {
        store.move_stock(&received(delta)).await.unwrap();
    }
    let before = store.pending_ops(1_000).await.unwrap();
    // Answers to every third leave numbers that others meet on their way.
    let answered: Vec<_> = before.iter().step_by(3).map(|op| (op.op_id, OpResult::Applied)).collect();
    store.settle_ops(&answered).await.unwrap();
    store.set_epoch(4).await.unwrap();
    let anew = store.pending_ops(1_000).await.unwrap();
    assert_eq!(
        anew.iter().map(|op| op.op_id).collect::<Vec<_>>(),
        before.iter().map(|op| op.op_id).collect::<Vec<_>>()
    );
    assert!(anew.iter().zip(1..).all(|(op, seq)| (op.epoch, op.seq) == (4, seq)), "from 1, without a gap");
    store.move_stock(&received(1)).await.unwrap();
    assert_eq!(store.pending_ops(1_000).await.unwrap().last().unwrap().seq, anew.len() as u64 + 1);

    // For another account: everything, its own and what others told, one after the other.
    store.follow(SellerId(Uuid::now_v7())).await.unwrap();
    let told: Vec<_> = (1..=3).map(moved).collect();
    for (seq, op) in (1..).zip(&told) {
        store.apply_feed(&[line(seq, &FeedEvent::Op { op: op.clone() })]).await.unwrap();
    }
    store.follow(SellerId(Uuid::now_v7())).await.unwrap();
    let all = store.pending_ops(1_000).await.unwrap();
    assert!(all.iter().zip(1..).all(|(op, seq)| (op.epoch, op.seq) == (0, seq)));
    let tail: Vec<_> = all[all.len() - 3..].iter().map(|op| op.op_id).collect();
    assert_eq!((all.len(), tail), (204, told.iter().map(|op| op.op_id).collect::<Vec<_>>()));
}
