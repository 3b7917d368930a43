//! From a paid order to a delivered one.

use crate::body;
use hawker_domain::{
    OrderId,
    failure::FailureWhy,
    order::{OrderEvent, OrderMove},
};
use hawker_test_support::{TestPlatform, TestSeller, buy};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpPayload, OpResult, OpsApplied, Read},
    order::{AskBuyers, Buyers},
};
use reqwest::{Method, StatusCode};
use uuid::Uuid;

/// A shop that sold one piece on its page.
async fn sold(platform: &TestPlatform, name: &str) -> (TestSeller, OrderId) {
    let seller = platform.seller(name).await;
    seller.list("A", 1_580).await;
    seller.receive("A", 5).await;
    let show = seller.show("First show").await;
    let receipt = buy(&platform.client, &platform.http(), show.show_id, "A", 1).await;
    (seller, receipt.order_id)
}

fn step(order_id: OrderId, event: OrderEvent, note: &str) -> OpPayload {
    OpPayload::OrderMoved { moved: OrderMove { order_id, event, note: note.to_owned(), at_us: 1 } }
}

async fn result(seller: &TestSeller, payload: &OpPayload) -> OpResult {
    let mut applied: OpsApplied = body(seller.post_ops(vec![seller.op(payload)]).await).await;
    applied.results.remove(0)
}

async fn buyers(seller: &TestSeller, order_ids: Vec<OrderId>) -> Buyers {
    seller.ok(Method::POST, "/api/v1/orders/buyers", &AskBuyers { order_ids }).await
}

#[tokio::test]
async fn who_packs_sees_the_address_and_nobody_else_does() {
    let platform = TestPlatform::start().await;
    let ((ada, order), (bob, _)) = (sold(&platform, "ada").await, sold(&platform, "bob").await);
    let told = buyers(&ada, vec![order, OrderId(Uuid::now_v7())]).await.buyers;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].order_id, order);
    assert!(!told[0].name.is_empty() && !told[0].name.contains('*') && !told[0].address.contains('*'), "in plain");
    assert!(!format!("{told:?}").contains(&told[0].name), "and never in a log");
    assert!(buyers(&bob, vec![order]).await.buyers.is_empty(), "another seller's order");
    let stranger = platform.client.post(platform.url("/api/v1/orders/buyers"));
    let refused = stranger.json(&AskBuyers { order_ids: vec![order] }).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let many = AskBuyers { order_ids: vec![order; 201] };
    let refused = ada.request(Method::POST, "/api/v1/orders/buyers").json(&many).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_order_goes_step_by_step_and_then_its_address_is_closed() {
    let platform = TestPlatform::start().await;
    let (seller, order) = sold(&platform, "ada").await;
    let refused = result(&seller, &step(order, OrderEvent::Ship, "")).await;
    let OpResult::Rejected { why, reason: Some(reason) } = &refused else { panic!("not packed yet: {refused:?}") };
    assert!(why.contains("Paid"), "{why}");
    assert_eq!(
        (reason.why, &reason.values["state"][..], &reason.values["step"][..]),
        (FailureWhy::StepNotAllowed, "paid", "ship")
    );
    for event in [OrderEvent::Pack, OrderEvent::Pack, OrderEvent::Ship] {
        assert_eq!(result(&seller, &step(order, event, "SF1")).await, OpResult::Applied, "{event:?}, also told twice");
    }
    assert_eq!(buyers(&seller, vec![order]).await.buyers.len(), 1, "a parcel on its way may come back");
    assert_eq!(result(&seller, &step(order, OrderEvent::Deliver, "")).await, OpResult::Applied);
    assert!(buyers(&seller, vec![order]).await.buyers.is_empty());
    for (event, note) in [(OrderEvent::Pay, ""), (OrderEvent::Cancel, ""), (OrderEvent::Refund, &*"x".repeat(201))] {
        let refused = result(&seller, &step(order, event, note)).await;
        assert!(matches!(refused, OpResult::Rejected { .. }), "{event:?}: {refused:?}");
    }
    assert_eq!(result(&seller, &step(order, OrderEvent::Refund, "broken")).await, OpResult::Applied);
    let told = seller.feed(0, 0).await.entries();
    let is_step = |event: &FeedEvent| matches!(event, FeedEvent::Op { op } if op.payload.contains("order_moved"));
    assert_eq!(told.iter().filter(|entry| is_step(&entry.event)).count(), 5, "what was refused is not told");
}

/// Two tables pack the same order with no network, and the first refunds it before the second is heard.
#[tokio::test]
async fn a_step_that_another_device_made_before_takes_no_order_back() {
    let platform = TestPlatform::start().await;
    let (seller, order) = sold(&platform, "ada").await;
    for event in [OrderEvent::Pack, OrderEvent::Refund, OrderEvent::Pack] {
        assert_eq!(result(&seller, &step(order, event, "")).await, OpResult::Applied, "{event:?}");
    }
    let told = seller.feed(0, 0).await.entries();
    let steps: Vec<OrderEvent> = told
        .iter()
        .filter_map(|entry| match &entry.event {
            FeedEvent::Op { op } => match op.read() {
                Read::Known(OpPayload::OrderMoved { moved }) => Some(moved.event),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(steps, [OrderEvent::Pack, OrderEvent::Refund], "the last step that is told is where the order is");
}

#[tokio::test]
async fn a_step_of_an_order_that_is_not_here_is_kept() {
    let platform = TestPlatform::start().await;
    let (seller, _) = sold(&platform, "ada").await;
    let elsewhere = step(OrderId(Uuid::now_v7()), OrderEvent::Pack, "");
    assert_eq!(
        result(&seller, &elsewhere).await,
        OpResult::Kept,
        "it may have been lost, and comes back from a device"
    );
}
