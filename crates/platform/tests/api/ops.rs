//! The rules by which the platform takes a device's changes.

use crate::body;
use hawker_domain::{
    Currency, DeviceId, Money, OpId, OrderId, Sku,
    channel::{ChannelId, ChannelOrder},
    order::{Order, OrderEvent, OrderLine, OrderMove, OrderSource, OrderState},
    rights::RightsLine,
    stock::{MovementReason, StockMovement},
};
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{
    account::{Device, RegisterDevice},
    feed::{FeedEvent, ReturnFeed},
    ops::{OpEnvelope, OpPayload, OpResult, OpsApplied, PAYLOAD_VERSION},
    rights::RightsReport,
};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

fn received(sku: &str, delta: i64) -> OpPayload {
    let (sku, reason) = (Sku::new(sku).unwrap(), MovementReason::Received);
    OpPayload::stock_moved(StockMovement { sku, delta, reason, order_id: None })
}

fn sale(id: OrderId, qty: u32) -> OpPayload {
    let unit_price = Money::new(100, Currency::CNY);
    let line = OrderLine { sku: Sku::new("A").unwrap(), title: "a".into(), qty, unit_price, price_override: None };
    OpPayload::VenueSale {
        order: Order {
            id,
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            total: unit_price.times(qty).unwrap(),
            lines: vec![line],
            buyer: String::new(),
            placed_at_us: 1,
            payment: None,
        },
        rights: Vec::new(),
    }
}

/// The same sale as another platform's order.
fn channel_sale(id: OrderId, qty: u32) -> OpPayload {
    let OpPayload::VenueSale { order, .. } = sale(id, qty) else { panic!("a sale is a sale") };
    let order = Order { source: OrderSource::Channel, ..order };
    let sale = ChannelOrder { channel: ChannelId::new("douyin").unwrap(), order_no: "6917".into(), order };
    OpPayload::ChannelSale { sale }
}

async fn on_hand(platform: &TestPlatform, seller: &TestSeller) -> i64 {
    let store = &platform.running().app().store;
    store.stock_level(seller.seller_id, &Sku::new("A").unwrap()).await.unwrap().map_or(0, |level| level.on_hand)
}

/// Status, reason and wanted_seq of a refusal.
async fn refusal(response: reqwest::Response) -> (u16, String, u64) {
    let (status, value): (_, Value) = (response.status().as_u16(), response.json().await.unwrap());
    (status, value["reason"].as_str().unwrap().to_owned(), value["wanted_seq"].as_u64().unwrap())
}

#[tokio::test]
async fn ops_follow_their_table() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let text = serde_json::to_string(&received("A", 5)).unwrap();
    let first = seller.op_of_text(text.clone(), 1);
    let answer: OpsApplied = body(seller.post_ops(vec![first.clone()]).await).await;
    assert_eq!(answer, OpsApplied { results: vec![OpResult::Applied], wanted_seq: 2 });

    let again: OpsApplied = body(seller.post_ops(vec![first.clone()]).await).await;
    assert_eq!(again, OpsApplied { results: vec![OpResult::Applied], wanted_seq: 2 }, "a known op answers its result");
    assert_eq!(on_hand(&platform, &seller).await, 5, "and has its effect once");

    let mut other_payload = seller.op_of_text(serde_json::to_string(&received("A", 6)).unwrap(), 2);
    other_payload.op_id = first.op_id;
    let mut bad_hash = seller.op_of_text(text.clone(), 2);
    bad_hash.hash = "00".repeat(32);
    let mut fenced = seller.op_of_text(text.clone(), 2);
    fenced.epoch += 1;
    let mut stranger = seller.op_of_text(text.clone(), 2);
    stranger.device_id = hawker_domain::DeviceId(Uuid::now_v7());
    let table = [
        (other_payload, 422, "other_payload"),
        (bad_hash, 422, "bad_hash"),
        (fenced, 409, "fenced"),
        (seller.op_of_text(text.clone(), 3), 409, "gap"),
        (seller.op_of_text(text.clone(), u64::MAX), 409, "gap"),
        (seller.op_of_text(text.clone(), 1), 409, "fork"),
        (seller.op_of_text(text.clone(), 0), 409, "fork"),
    ];
    for (op, status, reason) in table {
        assert_eq!(refusal(seller.post_ops(vec![op]).await).await, (status, reason.to_owned(), 2), "{reason}");
        assert_eq!(on_hand(&platform, &seller).await, 5, "{reason} changes nothing");
    }
    assert_eq!(seller.post_ops(vec![stranger]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(seller.post_ops(vec![]).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_came_before_a_gap_stays_applied() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let text = serde_json::to_string(&received("A", 1)).unwrap();
    let ops = [1, 2, 4].map(|seq| seller.op_of_text(text.clone(), seq));
    assert_eq!(refusal(seller.post_ops(ops.to_vec()).await).await, (409, "gap".into(), 3));
    assert_eq!(on_hand(&platform, &seller).await, 2);
    let missing = seller.op_of_text(text, 3);
    let [one, two, four] = ops;
    let answer: OpsApplied = body(seller.post_ops(vec![one, two, missing, four]).await).await;
    assert_eq!((answer.results.len(), answer.wanted_seq), (4, 5));
    assert_eq!(on_hand(&platform, &seller).await, 4);
}

#[tokio::test]
async fn a_poison_op_is_a_stored_result_and_the_queue_moves_on() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let poison = [
        "not json".to_owned(),
        r#"{"kind":"stock_moved","movement":{"sku":"","delta":1,"reason":"received","order_id":null}}"#.to_owned(),
        serde_json::to_string(&received("A", 0)).unwrap(),
        serde_json::to_string(&received("A", i64::MIN)).unwrap(),
        serde_json::to_string(&received("A", i64::MAX)).unwrap(),
        serde_json::to_string(&sale(OrderId(Uuid::now_v7()), u32::MAX)).unwrap(),
    ];
    let count = poison.len() as u64;
    let mut ops: Vec<_> = (1..).zip(poison).map(|(seq, text)| seller.op_of_text(text, seq)).collect();
    ops.push(seller.op_of_text(serde_json::to_string(&received("A", 7)).unwrap(), count + 1));
    let answer: OpsApplied = body(seller.post_ops(ops.clone()).await).await;
    let (last, rejected) = answer.results.split_last().unwrap();
    assert!(rejected.iter().all(|result| matches!(result, OpResult::Rejected { .. })), "{rejected:?}");
    assert_eq!((last, answer.wanted_seq), (&OpResult::Applied, count + 2));
    assert_eq!(on_hand(&platform, &seller).await, 7);
    let again: OpsApplied = body(seller.post_ops(ops).await).await;
    assert_eq!(again, answer, "a rejection is remembered word by word");
}

#[tokio::test]
async fn a_change_of_a_newer_version_is_kept_and_blocks_nothing() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let unknown = seller.op_of_text(r#"{"kind":"from_the_future","x":1}"#.to_owned(), 1);
    let mut later = seller.op_of_text(serde_json::to_string(&received("A", 4)).unwrap(), 2);
    later.payload_version = PAYLOAD_VERSION + 1;
    let now = seller.op_of_text(serde_json::to_string(&received("A", 7)).unwrap(), 3);
    let answer: OpsApplied = body(seller.post_ops(vec![unknown.clone(), later, now]).await).await;
    assert_eq!(answer.results, [OpResult::Kept, OpResult::Kept, OpResult::Applied]);
    assert_eq!(on_hand(&platform, &seller).await, 7);
    let told = seller.feed(0, 0).await.entries();
    assert_eq!(told.len(), 1, "other devices hear of it when it is applied: {told:?}");
    let again: OpsApplied = body(seller.post_ops(vec![unknown]).await).await;
    assert_eq!(again.results, [OpResult::Kept]);
}

#[tokio::test]
async fn a_kept_change_that_turns_out_wrong_is_told_to_its_device() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let id = OrderId(Uuid::now_v7());
    let shipped = OrderMove { order_id: id, event: OrderEvent::Ship, note: String::new(), at_us: 1 };
    let step = seller.op(&OpPayload::OrderMoved { moved: shipped });
    let answer: OpsApplied = body(seller.post_ops(vec![step.clone()]).await).await;
    assert_eq!(answer.results, [OpResult::Kept], "its order may come back");
    let _: OpsApplied = body(seller.post_ops(vec![seller.op(&sale(id, 1))]).await).await;
    let told = seller.feed(0, 0).await.entries();
    let refused = told.iter().filter_map(|entry| match &entry.event {
        FeedEvent::OpRefused { op_id, why, reason } => Some((*op_id, why.as_str(), reason.is_some())),
        _ => None,
    });
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), 1, "{told:?}");
    assert_eq!((refused[0].0, refused[0].2), (step.op_id, true));
    assert!(refused[0].1.contains("Ship"), "{refused:?}");
    let again: OpsApplied = body(seller.post_ops(vec![step]).await).await;
    assert!(matches!(again.results[..], [OpResult::Rejected { .. }]), "and answered so from now on");
    assert_eq!(seller.feed(0, 0).await.lines.len(), told.len(), "told once");
}

#[tokio::test]
async fn rights_asked_for_while_the_pool_is_closed_are_there_when_it_opens_but_for_no_lost_device() {
    for (is_own_lost, granted) in [(false, 2), (true, 0)] {
        let platform = TestPlatform::start().await;
        let seller = platform.seller("ada").await;
        let other = RegisterDevice { device_id: DeviceId(Uuid::now_v7()), ..seller.registration() };
        let _: Device = seller.ok(Method::POST, "/api/v1/devices", &other).await;
        seller.receive("A", 5).await;
        let form = ReturnFeed { entries: Vec::new(), is_last: true, common: Some(0) };
        platform.running().app().store.take_back(seller.seller_id, &form, 1).await.unwrap();
        let lines = vec![RightsLine { sku: Sku::new("A").unwrap(), pieces: 2 }];
        let asked = seller.op(&OpPayload::RightsAsked { lines });
        let answer: OpsApplied = body(seller.post_ops(vec![asked]).await).await;
        assert_eq!(answer.results, [OpResult::Kept], "what is in the pool is not known yet");
        let lost = if is_own_lost { seller.device.device_id } else { other.device_id };
        let path = format!("/api/v1/devices/{lost}/lost");
        let report: RightsReport = body(seller.request(Method::POST, &path).send().await.unwrap()).await;
        let held: u32 = report.devices.iter().flat_map(|device| &device.lines).map(|line| line.pieces).sum();
        assert_eq!((report.is_open, held), (true, granted), "without a change from any device: {report:?}");
    }
}

#[tokio::test]
async fn an_op_known_from_another_numbering_uses_up_its_number() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    let text = serde_json::to_string(&received("A", 1)).unwrap();
    let ops: Vec<_> = (1..=3).map(|seq| seller.op_of_text(text.clone(), seq)).collect();
    let _: OpsApplied = body(seller.post_ops(ops[..2].to_vec()).await).await;
    let fork = seller.op_of_text(text.clone(), 1);
    assert_eq!(refusal(seller.post_ops(vec![fork]).await).await.1, "fork");
    let form = seller.registration();
    seller.device = seller.ok(Method::POST, "/api/v1/devices", &form).await;
    let renumbered = ops.into_iter().map(|op| OpEnvelope { epoch: seller.device.epoch, ..op }).collect();
    let answer: OpsApplied = body(seller.post_ops(renumbered).await).await;
    assert_eq!((answer.results.len(), answer.wanted_seq), (3, 4), "two it knew, one it did not");
    assert_eq!(on_hand(&platform, &seller).await, 3);
}

#[tokio::test]
async fn a_venue_sale_is_a_fact_and_missing_stock_a_shortfall() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.receive("A", 2).await;
    let id = OrderId(Uuid::now_v7());
    let told_twice = vec![seller.op(&sale(id, 5)), seller.op(&sale(id, 5)), seller.op(&sale(id, 1))];
    let answer: OpsApplied = body(seller.post_ops(told_twice).await).await;
    assert_eq!(answer.results[..2], [OpResult::Applied, OpResult::Applied], "the same sale under two ops");
    assert!(matches!(answer.results[2], OpResult::Rejected { .. }), "another sale under the same order id");
    assert_eq!(on_hand(&platform, &seller).await, -3, "sold once, three pieces owed");
    seller.receive("A", 4).await;
    assert_eq!(on_hand(&platform, &seller).await, 1, "what comes in settles what is owed first");
}

#[tokio::test]
async fn a_device_that_forked_gets_a_new_epoch_and_the_old_one_is_fenced() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    seller.receive("A", 5).await;
    let old = seller.op_of_text(serde_json::to_string(&received("A", 1)).unwrap(), 1);
    assert_eq!(refusal(seller.post_ops(vec![old]).await).await.1, "fork");
    let form = seller.registration();
    let before = seller.device.epoch;
    let device: Device = seller.ok(Method::POST, "/api/v1/devices", &form).await;
    assert_eq!(device.epoch, before + 1);
    let unchanged: Device = seller.ok(Method::POST, "/api/v1/devices", &form).await;
    assert_eq!(unchanged, device, "registering again without a fork changes nothing");
    let late = seller.op_of_text(serde_json::to_string(&received("A", 1)).unwrap(), 2);
    assert_eq!(refusal(seller.post_ops(vec![late]).await).await, (409, "fenced".into(), 1));
    seller.device = device;
    let fresh = seller.op_of_text(serde_json::to_string(&received("A", 1)).unwrap(), 1);
    let _: OpsApplied = body(seller.post_ops(vec![fresh]).await).await;
    assert_eq!(on_hand(&platform, &seller).await, 6);
}

#[tokio::test]
async fn the_same_op_sent_by_many_at_once_has_one_effect() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let mut op = seller.op(&received("A", 3));
    op.op_id = OpId(Uuid::now_v7());
    let posts = (0..20).map(|_| seller.post_ops(vec![op.clone()]));
    for response in futures_util::future::join_all(posts).await {
        let answer: OpsApplied = body(response).await;
        assert_eq!(answer.results, [OpResult::Applied]);
    }
    assert_eq!(on_hand(&platform, &seller).await, 3);
}

#[tokio::test]
async fn an_order_of_another_platform_sells_once_and_its_refund_moves_no_money_here() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let id = OrderId(Uuid::now_v7());
    let moved = OrderMove { order_id: id, event: OrderEvent::Refund, note: String::new(), at_us: 2 };
    let ops = [received("A", 5), channel_sale(id, 2), channel_sale(id, 2), OpPayload::OrderMoved { moved }];
    let ops = (1..).zip(&ops).map(|(seq, op)| seller.op_of_text(serde_json::to_string(op).unwrap(), seq)).collect();
    let answer: OpsApplied = body(seller.post_ops(ops).await).await;
    assert_eq!(answer.results, vec![OpResult::Applied; 4], "told by two devices it still sold once");
    assert_eq!(on_hand(&platform, &seller).await, 3);
}
