//! Stock, orders, outbox and feed: each change once, and all of it or nothing.

use crate::{FeedError, StoreError, testing::*};
use hawker_domain::{
    OrderId, SellerId,
    order::OrderSource,
    stock::{MovementReason, StockLevel, StockMovement},
};
use hawker_wire::{
    feed::{FeedEntry, FeedEvent, FeedLine},
    ops::{OpPayload, OpResult},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

fn received(text: &str, delta: i64) -> StockMovement {
    StockMovement { sku: sku(text), delta, reason: MovementReason::Received, order_id: None }
}

fn line(server_seq: u64, event: &FeedEvent) -> FeedLine {
    FeedLine { server_seq, event: serde_json::to_string(event).unwrap(), head: format!("head {server_seq}") }
}

fn paid(server_seq: u64, lines: &[(&str, u32)]) -> FeedLine {
    line(server_seq, &FeedEvent::OrderPaid { order: order(OrderSource::Page, lines) })
}

async fn cursor(store: &crate::Store) -> u64 {
    store.feed_cursor().await.unwrap().server_seq
}

fn entries(lines: &[FeedLine]) -> Vec<FeedEntry> {
    lines.iter().map(FeedLine::entry).collect()
}

#[tokio::test]
async fn a_movement_changes_the_level_and_waits_in_the_outbox() {
    let store = store().await;
    store.move_stock(&received("A", 10)).await.unwrap();
    store.move_stock(&received("A", -3)).await.unwrap();
    assert_eq!(store.level(&sku("A")).await.unwrap(), StockLevel { on_hand: 7, reserved: 0 });
    assert_eq!(store.level(&sku("B")).await.unwrap(), StockLevel::default());
    let ops = store.pending_ops(10).await.unwrap();
    assert_eq!(ops.iter().map(|op| op.seq).collect::<Vec<_>>(), [1, 2]);
    for op in &ops {
        assert_eq!(op.hash, hex::encode(Sha256::digest(op.payload.as_bytes())));
        assert_eq!(op.device_id, store.device().await.unwrap().device_id);
    }
    let first: OpPayload = serde_json::from_str(&ops[0].payload).unwrap();
    assert_eq!(first, OpPayload::stock_moved(received("A", 10)));
    assert_eq!(store.movements(&sku("A"), 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_ledger_can_not_be_rewritten() {
    let store = store().await;
    store.move_stock(&received("A", 10)).await.unwrap();
    for change in ["UPDATE stock_movement SET delta = 1", "DELETE FROM stock_movement"] {
        assert!(sqlx::query(change).execute(&store.writer).await.is_err(), "{change}");
    }
    for absurd in [i64::MAX, i64::MIN, 1_000_000_001, 0] {
        let refused = store.move_stock(&received("A", absurd)).await;
        assert!(matches!(refused, Err(StoreError::BadInput(_))), "{absurd}: {refused:?}");
    }
    let absurd = order(OrderSource::Venue, &[("A", 600_000_000), ("A", 600_000_000)]);
    let refused = store.record_venue_sale(&absurd).await;
    assert!(matches!(refused, Err(StoreError::BadInput(_))), "the platform would refuse it: {refused:?}");
    assert_eq!((store.level(&sku("A")).await.unwrap().on_hand, store.pending_count().await.unwrap()), (10, 1));
}

#[tokio::test]
async fn a_venue_sale_is_recorded_once_even_without_stock() {
    let store = store().await;
    store.move_stock(&received("A", 2)).await.unwrap();
    let sale = order(OrderSource::Venue, &[("A", 1), ("A", 4)]);
    store.record_venue_sale(&sale).await.unwrap();
    store.record_venue_sale(&sale).await.unwrap();
    let level = store.level(&sku("A")).await.unwrap();
    assert_eq!((level.on_hand, level.shortfall()), (-3, 3), "the goods are gone, so the ledger says so");
    assert_eq!(store.pending_count().await.unwrap(), 2);
    assert_eq!(store.orders(10).await.unwrap(), std::slice::from_ref(&sale));
    assert_eq!(store.order(sale.id).await.unwrap(), sale);
    let mut other = sale.clone();
    other.buyer = "李*".to_owned();
    assert!(matches!(store.record_venue_sale(&other).await, Err(StoreError::Conflict(_))));
    let empty = order(OrderSource::Venue, &[]);
    assert!(matches!(store.record_venue_sale(&empty).await, Err(StoreError::BadInput(_))));
    assert_eq!(store.order_count().await.unwrap(), 1);
}

#[tokio::test]
async fn a_sale_that_fails_half_way_leaves_no_trace() {
    let store = store().await;
    sqlx::query("CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'refused'); END")
        .execute(&store.writer)
        .await
        .unwrap();
    assert!(store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await.is_err());
    assert_eq!(store.order_count().await.unwrap(), 0);
    assert_eq!(store.level(&sku("A")).await.unwrap(), StockLevel::default());
    sqlx::query("DROP TRIGGER refuse").execute(&store.writer).await.unwrap();
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await.unwrap();
    assert_eq!(store.pending_ops(9).await.unwrap()[0].seq, 1, "the failed sale used up no number");
}

#[tokio::test]
async fn a_page_of_the_feed_is_applied_once() {
    let store = store().await;
    store.move_stock(&received("A", 10)).await.unwrap();
    let page = [
        paid(1, &[("A", 2)]),
        line(2, &FeedEvent::Reserved { sku: sku("A"), reserved: 3 }),
        FeedLine { event: r#"{"kind":"auction"}"#.to_owned(), ..line(3, &FeedEvent::Unknown) },
    ];
    assert_eq!(store.apply_feed(&page).await.unwrap(), entries(&page));
    assert!(store.apply_feed(&page).await.unwrap().is_empty(), "delivered twice, applied once");
    let level = store.level(&sku("A")).await.unwrap();
    assert_eq!((level, level.available()), (StockLevel { on_hand: 8, reserved: 3 }, 5));
    assert_eq!((cursor(&store).await, store.order_count().await.unwrap()), (3, 1));
    assert_eq!(store.pending_count().await.unwrap(), 1, "what the platform told is not reported back");
    let next = [page[2].clone(), paid(4, &[("A", 1)])];
    assert_eq!(store.apply_feed(&next).await.unwrap().len(), 1, "an overlapping page gives its new part");
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, 7);
}

#[tokio::test]
async fn an_order_known_by_another_way_moves_stock_once() {
    let store = store().await;
    let sale = order(OrderSource::Venue, &[("A", 1)]);
    store.record_venue_sale(&sale).await.unwrap();
    let echo = line(1, &FeedEvent::OrderPaid { order: sale });
    assert!(store.apply_feed(&[echo]).await.unwrap().is_empty(), "it is no news");
    assert_eq!((store.level(&sku("A")).await.unwrap().on_hand, store.order_count().await.unwrap()), (-1, 1));
}

#[tokio::test]
async fn a_feed_with_a_hole_is_refused_whole() {
    let store = store().await;
    store.apply_feed(&[paid(1, &[("A", 1)])]).await.unwrap();
    let hole = [paid(2, &[("A", 1)]), paid(4, &[("A", 1)])];
    assert!(matches!(store.apply_feed(&hole).await, Err(FeedError::Gap { after: 2, found: 4 })));
    assert!(matches!(store.apply_feed(&hole[1..]).await, Err(FeedError::Gap { after: 1, found: 4 })));
    assert!(store.apply_feed(&[]).await.unwrap().is_empty());
    assert_eq!((cursor(&store).await, store.order_count().await.unwrap()), (1, 1));
}

#[tokio::test]
async fn an_odd_order_from_the_platform_does_not_block_the_feed() {
    let store = store().await;
    let page = [paid(1, &[]), paid(2, &[("NOT-IN-CATALOGUE", u32::MAX)]), paid(3, &[("A", 1)])];
    assert_eq!(store.apply_feed(&page).await.unwrap().len(), 3);
    assert_eq!(store.order_count().await.unwrap(), 3);
}

#[tokio::test]
async fn refused_ops_leave_the_queue_and_stay_visible() {
    let store = store().await;
    for delta in [1, 2, 3] {
        store.move_stock(&received("A", delta)).await.unwrap();
    }
    let ops = store.pending_ops(10).await.unwrap();
    let refused = OpResult::rejected("unknown sku");
    store.settle_ops(&[(ops[0].op_id, OpResult::Applied), (ops[1].op_id, refused)]).await.unwrap();
    assert_eq!(store.pending_ops(10).await.unwrap(), &ops[2..]);
    let rejected = store.rejected_ops(10).await.unwrap();
    assert_eq!((rejected[0].op.op_id, rejected[0].why.as_str()), (ops[1].op_id, "unknown sku"));
    store.settle_ops(&[(ops[1].op_id, OpResult::Applied)]).await.unwrap();
    assert_eq!(store.rejected_ops(10).await.unwrap().len(), 1, "an answer is not changed by a later one");
    store.see_to_rejected(ops[1].op_id).await.unwrap();
    assert!(store.rejected_ops(10).await.unwrap().is_empty());
    assert!(matches!(store.see_to_rejected(ops[0].op_id).await, Err(StoreError::NotFound(_))), "it was applied");
    assert_eq!(store.ops_from(2, 10).await.unwrap(), &ops[1..], "settled ops can be sent again when asked for");
}

#[tokio::test]
async fn a_new_epoch_numbers_all_that_was_done_from_one_and_keeps_the_ids() {
    let store = store().await;
    for delta in [1, 2, 3] {
        store.move_stock(&received("A", delta)).await.unwrap();
    }
    let before = store.pending_ops(10).await.unwrap();
    store.settle_ops(&[(before[0].op_id, OpResult::Applied)]).await.unwrap();
    store.set_epoch(4).await.unwrap();
    store.set_epoch(4).await.unwrap();
    store.move_stock(&received("A", 4)).await.unwrap();
    let after = store.pending_ops(10).await.unwrap();
    assert_eq!(after.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(), [(4, 1), (4, 2), (4, 3), (4, 4)]);
    assert_eq!(after[0].op_id, before[0].op_id, "what was answered may be lost where the new epoch came from");
    assert_eq!(after[2].payload, before[2].payload);
}

#[tokio::test]
async fn sales_and_feed_at_once_add_up() {
    let store = store().await;
    store.move_stock(&received("A", 100)).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = crate::Store::clone(&store);
        tasks.spawn(async move { store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await.unwrap() });
    }
    for seq in 1..=10 {
        store.apply_feed(&[paid(seq, &[("A", 2)])]).await.unwrap();
    }
    tasks.join_all().await;
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, 60);
    let sum: i64 = sqlx::query_scalar("SELECT sum(delta) FROM stock_movement").fetch_one(&store.reader).await.unwrap();
    assert_eq!(sum, 60, "the level is the sum of the ledger");
    let seqs: Vec<u64> = store.pending_ops(100).await.unwrap().iter().map(|op| op.seq).collect();
    assert_eq!(seqs, (1..=21).collect::<Vec<_>>(), "op numbers have no gap");
    assert!(matches!(store.order(OrderId(Uuid::nil())).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn another_account_hears_everything_again_and_the_same_one_does_not() {
    let store = store().await;
    let (first, second) = (SellerId(Uuid::now_v7()), SellerId(Uuid::now_v7()));
    store.move_stock(&received("A", 5)).await.unwrap();
    store.follow(first).await.unwrap();
    store.set_epoch(3).await.unwrap();
    let ops = store.pending_ops(9).await.unwrap();
    store.settle_ops(&[(ops[0].op_id, OpResult::Applied)]).await.unwrap();
    store.apply_feed(&[paid(1, &[("A", 1)])]).await.unwrap();
    store.follow(first).await.unwrap();
    assert_eq!((store.pending_count().await.unwrap(), cursor(&store).await), (0, 1));
    store.move_stock(&received("A", 6)).await.unwrap();
    store.follow(second).await.unwrap();
    assert_eq!((store.device().await.unwrap().epoch, cursor(&store).await), (0, 0));
    store.set_epoch(1).await.unwrap();
    let again = store.pending_ops(9).await.unwrap();
    assert_eq!(again.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(), [(1, 1), (1, 2), (1, 3)]);
    let told: OpPayload = serde_json::from_str(&again[2].payload).unwrap();
    let OpPayload::StockMoved { movement, .. } = told else { panic!("{told:?}") };
    assert!(
        movement.delta == -1 && movement.order_id.is_some(),
        "what the first account sold is missing at the second"
    );
    assert_eq!((again[0].op_id, &again[0].payload), (ops[0].op_id, &ops[0].payload));
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, 10, "the stock itself does not change");
}

#[tokio::test]
async fn an_order_is_found_by_the_end_of_its_id() {
    let store = store().await;
    let sold: Vec<_> = (0..3).map(|_| order(OrderSource::Venue, &[("A", 1)])).collect();
    for order in &sold {
        store.record_venue_sale(order).await.unwrap();
    }
    let digits = sold[1].id.0.simple().to_string();
    for end in [&digits[26..], digits[26..].to_uppercase().as_str(), &digits[10..], digits.as_str()] {
        assert_eq!(store.orders_ending_in(end, 2).await.unwrap(), [sold[1].id], "{end}");
    }
    assert_eq!(store.orders_ending_in("", 2).await.unwrap().len(), 2, "no more than are asked for");
    for nothing in ["%", "_", "zz12", "1'; --"] {
        assert!(store.orders_ending_in(nothing, 2).await.unwrap().is_empty(), "{nothing}");
    }
}
