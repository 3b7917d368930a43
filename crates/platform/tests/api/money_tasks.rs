//! Money that only a person can set right: kept, and told to whom it concerns.

use crate::{
    body,
    payments::{Market, event},
};
use hawker_domain::{
    Currency, Money, OrderId, Sku,
    order::{Order, OrderEvent, OrderLine, OrderMove, OrderSource, OrderState},
};
use hawker_platform::{db::MoneyTaskWhy, payment::Told, services};
use hawker_wire::{
    feed::{FeedEvent, MoneyWhy},
    ops::{OpPayload, OpResult, OpsApplied},
    viewer::{Decline, Payment},
};
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;
/// A card of the sandbox, as its script has it.
const NEVER_GIVEN_BACK: &str = "4242424242429016";

/// The tasks in the seller's feed.
async fn told(market: &Market) -> Vec<FeedEvent> {
    let entries = market.seller.feed(0, 0).await.entries();
    entries.into_iter().map(|entry| entry.event).filter(|event| matches!(event, FeedEvent::MoneyTask { .. })).collect()
}

#[tokio::test]
async fn a_refund_that_the_provider_refuses_becomes_a_task_and_is_asked_for_no_more() {
    let market = Market::impatient(5).await;
    let held = market.reserve("k").await;
    let (_, paid) = market.pay(&held, "p", NEVER_GIVEN_BACK).await;
    let Payment::Paid(receipt) = paid else { panic!("{paid:?}") };
    let app = market.platform.running().app();
    services::payments::refund(app, market.seller.seller_id, receipt.order_id).await.unwrap();
    let mut asked = 0;
    for _ in 0..10 {
        market.clock.advance_ms(MINUTE_MS);
        asked += market.platform.running().check_payments().await.unwrap();
    }
    assert_eq!(asked, 3, "a refusal is no outage");
    assert_eq!(market.look(&held).await, Payment::Refunding, "it is still owed");
    let why = MoneyWhy::RefundRefused;
    assert_eq!(told(&market).await, [FeedEvent::MoneyTask { order_id: receipt.order_id, why }], "told once");
    let listed = app.store.money_tasks(Some(market.seller.seller_id), 9).await.unwrap();
    assert_eq!((listed.len(), listed[0].why), (1, MoneyTaskWhy::Seller(why)));
}

#[tokio::test]
async fn an_order_that_came_back_without_its_payment_is_a_task_of_its_seller() {
    let market = Market::impatient(5).await;
    let order = Order {
        id: OrderId(Uuid::now_v7()),
        source: OrderSource::Page,
        state: OrderState::Paid,
        show_id: None,
        at: None,
        lines: vec![OrderLine {
            sku: Sku::new("A").unwrap(),
            title: "a".into(),
            qty: 1,
            unit_price: Money::new(1_580, Currency::CNY),
            price_override: None,
        }],
        total: Money::new(1_580, Currency::CNY),
        buyer: String::new(),
        placed_at_us: 1,
        payment: None,
    };
    // As a device tells it of whom the platform knows no more.
    let sale = market.seller.op(&OpPayload::VenueSale { order: order.clone(), rights: Vec::new() });
    let moved = OrderMove { order_id: order.id, event: OrderEvent::Refund, note: String::new(), at_us: 1 };
    let _: OpsApplied = body(market.seller.post_ops(vec![sale]).await).await;
    let refund = market.seller.op(&OpPayload::OrderMoved { moved });
    let applied: OpsApplied = body(market.seller.post_ops(vec![refund]).await).await;
    assert_eq!(applied.results, [OpResult::Applied], "the step holds");
    let why = MoneyWhy::NoPayment;
    assert_eq!(told(&market).await, [FeedEvent::MoneyTask { order_id: order.id, why }]);
}

#[tokio::test]
async fn money_that_nobody_here_asked_for_is_kept_for_the_operator() {
    let market = Market::impatient(1).await;
    let key = OrderId(Uuid::now_v7());
    for (id, told) in [
        ("e1", Told::Captured),
        ("e1", Told::Captured),
        ("e2", Told::Captured),
        ("e3", Told::Declined { why: Decline::Refused }),
    ] {
        let text = event(id, key, told);
        assert!(market.hook(&text, &market.sign(&text)).await.is_success(), "{id}");
    }
    let store = &market.platform.running().app().store;
    let listed = store.money_tasks(None, 9).await.unwrap();
    assert_eq!(listed.len(), 1, "once, however often it is told: {listed:?}");
    assert_eq!((listed[0].seller, listed[0].order_id, listed[0].why), (None, key, MoneyTaskWhy::UnknownCapture));
    assert!(store.money_tasks(Some(market.seller.seller_id), 9).await.unwrap().is_empty(), "it is nobody's");
}
