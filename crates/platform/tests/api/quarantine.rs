//! Changes that wait for a person.

use crate::{body, failure};
use hawker_domain::{
    Currency, Money, OrderId, ReturnId, Sku,
    order::{Order, OrderEvent, OrderLine, OrderMove, OrderSource, OrderState},
    stock::{MOVE_MAX, MovementReason, StockMovement},
    till::{ReturnedLine, SaleReturn, TenderKind},
};
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpPayload, OpResult, OpsApplied},
    quarantine::{Decide, HeldChange, Quarantine, Verdict},
};
use reqwest::{Method, Response, StatusCode};
use uuid::Uuid;

fn received(delta: i64) -> OpPayload {
    let (sku, reason) = (Sku::new("A").unwrap(), MovementReason::Received);
    OpPayload::stock_moved(StockMovement { sku, delta, reason, order_id: None })
}

fn sale(qty: u32) -> (OrderId, OpPayload) {
    let (id, unit_price) = (OrderId(Uuid::now_v7()), Money::new(100, Currency::CNY));
    let line = OrderLine { sku: Sku::new("A").unwrap(), title: "a".into(), qty, unit_price, price_override: None };
    let (source, state, total) = (OrderSource::Venue, OrderState::Paid, unit_price.times(qty).unwrap());
    let (show_id, at, lines, buyer) = (None, None, vec![line], String::new());
    let order = Order { id, source, state, show_id, at, total, lines, buyer, placed_at_us: 1, payment: None };
    (id, OpPayload::VenueSale { order, rights: Vec::new() })
}

async fn on_hand(platform: &TestPlatform, seller: &TestSeller) -> i64 {
    let store = &platform.running().app().store;
    store.stock_level(seller.seller_id, &Sku::new("A").unwrap()).await.unwrap().map_or(0, |level| level.on_hand)
}

async fn held(seller: &TestSeller) -> Vec<HeldChange> {
    body::<Quarantine>(seller.request(Method::GET, "/api/v1/quarantine").send().await.unwrap()).await.changes
}

async fn decide(seller: &TestSeller, change: &HeldChange, verdict: Verdict) -> Response {
    let form = Decide { verdict, at_device: Some(seller.device.device_id) };
    let path = format!("/api/v1/quarantine/{}", change.op.op_id);
    seller.request(Method::POST, &path).json(&form).send().await.unwrap()
}

#[tokio::test]
async fn what_can_hardly_be_right_waits_for_a_person_and_blocks_nothing() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let (order_id, many) = sale(200_000);
    let packed = OrderMove { order_id, event: OrderEvent::Pack, note: String::new(), at_us: 1 };
    let ops = vec![
        seller.op(&received(MOVE_MAX)),
        seller.op(&many),
        seller.op(&OpPayload::OrderMoved { moved: packed }),
        seller.op(&received(7)),
    ];
    let answer: OpsApplied = body(seller.post_ops(ops.clone()).await).await;
    let kept = OpResult::Kept;
    assert_eq!(answer.results, [kept.clone(), kept.clone(), kept, OpResult::Applied], "as an older studio reads it");
    assert_eq!((answer.wanted_seq, on_hand(&platform, &seller).await), (5, 7));
    let again: OpsApplied = body(seller.post_ops(ops.clone()).await).await;
    assert_eq!(again, answer);
    let waiting = held(&seller).await;
    let whole: Vec<_> = waiting.iter().map(|change| (&change.op, change.decided.is_none())).collect();
    assert_eq!(whole, [(&ops[1], true), (&ops[0], true)], "whole, the newest first");
    assert!(waiting[0].why.contains("200000") && waiting[0].device_name == "studio", "{waiting:?}");

    let applied: HeldChange = body(decide(&seller, &waiting[0], Verdict::Apply).await).await;
    let decided = applied.decided.unwrap();
    let who = (decided.by.as_str(), decided.at_device);
    assert_eq!(who, ("ada@example.org", Some(seller.device.device_id)));
    assert_eq!((decided.result.clone(), decided.at_us > 0), (OpResult::Applied, true));
    let discarded: HeldChange = body(decide(&seller, &waiting[1], Verdict::Discard).await).await;
    assert!(matches!(discarded.decided.unwrap().result, OpResult::Rejected { why, .. } if why.contains("discarded")));
    assert_eq!(on_hand(&platform, &seller).await, 7 - 200_000, "the sale counts, the delivery does not");

    let events: Vec<_> = seller.feed(0, 0).await.entries().into_iter().map(|entry| entry.event).collect();
    let told = |place: usize| events.iter().any(|event| matches!(event, FeedEvent::Op { op } if *op == ops[place]));
    assert_eq!([0, 1, 2, 3].map(told), [false, true, true, true], "as any change; and its step, which was kept for it");
    let decisions: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            FeedEvent::QuarantineDecided { op_id, result } => Some((*op_id, *result == OpResult::Applied)),
            _ => None,
        })
        .collect();
    assert_eq!(decisions, [(ops[1].op_id, true), (ops[0].op_id, false)]);
    let answer: OpsApplied = body(seller.post_ops(ops[..2].to_vec()).await).await;
    assert!(matches!(answer.results[..], [OpResult::Rejected { .. }, OpResult::Applied]), "{answer:?}");
}

#[tokio::test]
async fn a_return_of_as_many_pieces_waits_as_well() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let (order_id, many) = sale(200_000);
    let back = SaleReturn {
        return_id: ReturnId(Uuid::now_v7()),
        order_id,
        lines: vec![ReturnedLine { line: 0, qty: 150_000 }],
        goods_back: true,
        tender: TenderKind::Cash,
        amount: Money::new(15_000_000, Currency::CNY),
        reason: String::new(),
        at_us: 1,
    };
    let ops = vec![seller.op(&many), seller.op(&OpPayload::sale_returned(back))];
    let _: OpsApplied = body(seller.post_ops(ops).await).await;
    let waiting = held(&seller).await;
    assert!(waiting.len() == 2 && waiting[0].why.contains("150000"), "{waiting:?}");
    for change in waiting.iter().rev() {
        let applied: HeldChange = body(decide(&seller, change, Verdict::Apply).await).await;
        assert_eq!(applied.decided.unwrap().result, OpResult::Applied);
    }
    assert_eq!(on_hand(&platform, &seller).await, -50_000);
}

#[tokio::test]
async fn a_decision_is_made_once_and_by_the_seller_alone() {
    let platform = TestPlatform::start().await;
    let (seller, other) = (platform.seller("ada").await, platform.seller("bob").await);
    let _: OpsApplied = body(seller.post_ops(vec![seller.op(&received(MOVE_MAX))]).await).await;
    let change = held(&seller).await.remove(0);
    assert!(held(&other).await.is_empty());
    assert_eq!(failure(decide(&other, &change, Verdict::Apply).await).await.0, StatusCode::NOT_FOUND);
    let first: HeldChange = body(decide(&seller, &change, Verdict::Apply).await).await;
    let again: HeldChange = body(decide(&seller, &change, Verdict::Apply).await).await;
    assert_eq!(again, first);
    assert_eq!(on_hand(&platform, &seller).await, MOVE_MAX, "once");
    assert_eq!(failure(decide(&seller, &change, Verdict::Discard).await).await.0, StatusCode::CONFLICT);
    assert_eq!(held(&seller).await, [first], "it stays on the list");
}
