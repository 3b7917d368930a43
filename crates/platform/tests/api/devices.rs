//! Devices: what they sign, and what is left of one that was revoked.

use crate::{body, failure};
use ed25519_dalek::{Signer, SigningKey};
use hawker_domain::{
    DeviceId, Sku,
    failure::FailureWhy,
    stock::{MovementReason, StockMovement},
};
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{
    ErrorCode,
    account::{Device, Devices, ListedDevice, LogIn, RegisterDevice},
    feed::{FeedEvent, FeedPage},
    ops::{OpEnvelope, OpPayload, OpResult, OpsApplied},
    signature::signed_bytes,
};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use std::time::Instant;
use uuid::Uuid;

const OWN: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

fn public(key: [u8; 32]) -> Option<String> {
    Some(hex::encode(SigningKey::from_bytes(&key).verifying_key().to_bytes()))
}

/// The seller's device names this key.
async fn register(seller: &mut TestSeller, key: Option<[u8; 32]>) -> u32 {
    let form = RegisterDevice { public_key: key.and_then(public), ..seller.registration() };
    seller.device = seller.ok(Method::POST, "/api/v1/devices", &form).await;
    seller.device.epoch
}

fn received(seller: &TestSeller, delta: i64, seq: u64) -> OpEnvelope {
    let (sku, reason) = (Sku::new("A").unwrap(), MovementReason::Received);
    let payload = OpPayload::stock_moved(StockMovement { sku, delta, reason, order_id: None });
    seller.op_of_text(serde_json::to_string(&payload).unwrap(), seq)
}

fn signed(seller: &TestSeller, op: OpEnvelope, key: [u8; 32]) -> OpEnvelope {
    let signature = SigningKey::from_bytes(&key).sign(&signed_bytes(seller.seller_id, &op));
    OpEnvelope { signature: hex::encode(signature.to_bytes()), ..op }
}

async fn on_hand(platform: &TestPlatform, seller: &TestSeller) -> i64 {
    let store = &platform.running().app().store;
    store.stock_level(seller.seller_id, &Sku::new("A").unwrap()).await.unwrap().map_or(0, |level| level.on_hand)
}

async fn reason(response: Response) -> (u16, String) {
    let (status, value): (_, Value) = (response.status().as_u16(), response.json().await.unwrap());
    (status, value["reason"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_op_of_a_device_with_a_key_is_taken_with_its_signature_alone() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    let mallory = platform.seller("mallory").await;
    assert_eq!(register(&mut seller, Some(OWN)).await, 1, "the first key stays in the epoch");
    let op = received(&seller, 5, 1);
    let moved = OpEnvelope { seq: 2, ..signed(&seller, op.clone(), OWN) };
    let of_another_seller = OpEnvelope { signature: signed(&mallory, op.clone(), OWN).signature, ..op.clone() };
    let cut = OpEnvelope { signature: signed(&seller, op.clone(), OWN).signature[2..].to_owned(), ..op.clone() };
    for bad in [op.clone(), signed(&seller, op.clone(), OTHER), moved, of_another_seller, cut] {
        let answer = reason(seller.post_ops(vec![bad.clone()]).await).await;
        assert_eq!(answer, (422, "bad_signature".to_owned()), "{bad:?}");
        assert_eq!(on_hand(&platform, &seller).await, 0, "{bad:?}");
    }
    let good = signed(&seller, op.clone(), OWN);
    let answer: OpsApplied = body(seller.post_ops(vec![good.clone()]).await).await;
    assert_eq!(answer, OpsApplied { results: vec![OpResult::Applied], wanted_seq: 2 });
    // What is known is answered, but no stranger moves the device's count by it.
    let again = OpEnvelope { seq: 2, ..good };
    assert_eq!(reason(seller.post_ops(vec![again]).await).await.1, "bad_signature");
    let next = signed(&seller, received(&seller, 1, 2), OWN);
    let answer: OpsApplied = body(seller.post_ops(vec![next]).await).await;
    assert_eq!((answer.wanted_seq, on_hand(&platform, &seller).await), (3, 6));
    let told = seller.feed(0, 0).await.entries();
    assert!(told.iter().all(|entry| matches!(entry.event, FeedEvent::Op { .. })), "nothing else happened: {told:?}");
}

#[tokio::test]
async fn a_device_from_before_keys_goes_on_and_is_held_to_its_key_from_then_on() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    let unsigned: OpsApplied = body(seller.post_ops(vec![received(&seller, 5, 1)]).await).await;
    assert_eq!(unsigned.results, [OpResult::Applied]);
    // A studio that signs before its platform knows the key is understood.
    let signed_early = signed(&seller, received(&seller, 1, 2), OWN);
    let _: OpsApplied = body(seller.post_ops(vec![signed_early]).await).await;
    assert_eq!(register(&mut seller, Some(OWN)).await, 1);
    assert_eq!(reason(seller.post_ops(vec![received(&seller, 1, 3)]).await).await.1, "bad_signature");
    let next = signed(&seller, received(&seller, 1, 3), OWN);
    let _: OpsApplied = body(seller.post_ops(vec![next]).await).await;
    assert_eq!(on_hand(&platform, &seller).await, 7);
    assert_eq!(register(&mut seller, None).await, 1, "who names no key takes none away");
    assert_eq!(reason(seller.post_ops(vec![received(&seller, 1, 4)]).await).await.1, "bad_signature");
}

#[tokio::test]
async fn another_key_opens_a_new_epoch_and_is_told() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    register(&mut seller, Some(OWN)).await;
    let first = signed(&seller, received(&seller, 5, 1), OWN);
    let _: OpsApplied = body(seller.post_ops(vec![first]).await).await;
    let late = signed(&seller, received(&seller, 1, 2), OWN);
    assert_eq!(register(&mut seller, Some(OTHER)).await, 2);
    assert_eq!(register(&mut seller, Some(OTHER)).await, 2, "it has that key now");
    assert_eq!(reason(seller.post_ops(vec![late]).await).await, (409, "fenced".to_owned()));
    let next = signed(&seller, received(&seller, 1, 1), OTHER);
    let _: OpsApplied = body(seller.post_ops(vec![next]).await).await;
    assert_eq!(on_hand(&platform, &seller).await, 6);
    let told: Vec<_> = seller.feed(0, 0).await.entries().into_iter().map(|entry| entry.event).collect();
    let device_id = seller.device.device_id;
    assert!(told.contains(&FeedEvent::DeviceKeyReplaced { device_id, name: "studio".into() }), "{told:?}");
    let form = RegisterDevice { restored: true, public_key: public(OTHER), ..seller.registration() };
    let restored: Device = seller.ok(Method::POST, "/api/v1/devices", &form).await;
    assert_eq!(restored.epoch, 3, "an older copy of the data gets a new one before it forks");
    for bad in ["", "zz", &"00".repeat(31)] {
        let form = RegisterDevice { public_key: Some(bad.to_owned()), ..seller.registration() };
        let answer = seller.request(Method::POST, "/api/v1/devices").json(&form).send().await.unwrap();
        assert_eq!(failure(answer).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_full_batch_of_signed_ops_is_quick() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    register(&mut seller, Some(OWN)).await;
    let ops: Vec<_> = (1..=200).map(|seq| signed(&seller, received(&seller, 1, seq), OWN)).collect();
    let begun = Instant::now();
    let answer: OpsApplied = body(seller.post_ops(ops).await).await;
    eprintln!("200 signed ops: {:?}", begun.elapsed());
    assert_eq!((answer.wanted_seq, on_hand(&platform, &seller).await), (201, 200));
}

/// The seller with another log-in, which no device has registered by.
async fn elsewhere(platform: &TestPlatform, seller: &TestSeller, name: &str) -> TestSeller {
    let form = LogIn { email: seller.email.clone(), password: TestSeller::PASSWORD.into() };
    let response = platform.client.post(platform.url("/api/v1/sessions")).json(&form).send().await.unwrap();
    let mut elsewhere = platform.seller(name).await;
    elsewhere.tokens = body(response).await;
    elsewhere.seller_id = seller.seller_id;
    elsewhere
}

#[tokio::test]
async fn a_revoked_device_hears_nothing_and_what_it_sells_is_held() {
    let platform = TestPlatform::start().await;
    let stall = platform.seller("ada").await;
    let home = elsewhere(&platform, &stall, "home").await;
    let path = format!("/api/v1/devices/{}", stall.device.device_id);
    let waiting = stall.request(
        Method::GET,
        &format!("/api/v1/feed?wait_ms=20000&device_id={}&epoch=1&acked_seq=0", stall.device.device_id),
    );
    let (heard, revoked) = tokio::join!(waiting.send(), async {
        body::<ListedDevice>(home.request(Method::DELETE, &path).send().await.unwrap()).await
    });
    assert!(revoked.revoked_at_us.is_some());
    let (status, told) = failure(heard.unwrap()).await;
    assert_eq!((status, told.code), (StatusCode::FORBIDDEN, ErrorCode::Forbidden), "also one that waits for news");
    assert!(told.message.contains("revoked"), "{told}");
    assert_eq!(told.reason.map(|reason| reason.why), Some(FailureWhy::DeviceRevoked), "as any reader can be told");
    let device = stall.device.device_id;
    let with_a_new_log_in = elsewhere(&platform, &stall, "again").await;
    let by_name = format!("/api/v1/feed?device_id={device}&epoch=1&acked_seq=0");
    for (who, path) in [
        (&stall, "/api/v1/feed"),
        (&stall, "/api/v1/quarantine"),
        (&stall, "/api/v1/devices"),
        (&with_a_new_log_in, by_name.as_str()),
    ] {
        let (status, _) = failure(who.request(Method::GET, path).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    // It does not come back under another name, or with its own registration.
    let another = RegisterDevice { device_id: DeviceId(Uuid::now_v7()), ..stall.registration() };
    let refused = stall.request(Method::POST, "/api/v1/devices").json(&another).send().await.unwrap();
    assert_eq!(failure(refused).await.0, StatusCode::FORBIDDEN);
    let again: Device = stall.ok(Method::POST, "/api/v1/devices", &stall.registration()).await;
    assert_eq!(again, Device { is_revoked: true, ..stall.device.clone() });
    let answer: OpsApplied = body(stall.post_ops(vec![received(&stall, 5, 1)]).await).await;
    assert_eq!(answer, OpsApplied { results: vec![OpResult::Kept], wanted_seq: 2 }, "as an older studio reads it");
    assert_eq!(on_hand(&platform, &stall).await, 0);

    let listed: Devices = body(home.request(Method::GET, "/api/v1/devices").send().await.unwrap()).await;
    let [one] = listed.devices.as_slice() else { panic!("one device is registered: {listed:?}") };
    assert!(one.seen_at_us >= one.revoked_at_us, "what it hands over tells that it is still used: {one:?}");
    let listed: Vec<_> = listed.devices.iter().map(|one| (one.device_id, one.last_seq, one.has_key)).collect();
    assert_eq!(listed, [(device, 1, false)]);
    let page: FeedPage = body(home.request(Method::GET, "/api/v1/feed").send().await.unwrap()).await;
    assert!(page.lines.is_empty(), "the others hear of it when it counts: {page:?}");
    let nobody = format!("/api/v1/devices/{}", Uuid::now_v7());
    assert_eq!(failure(home.request(Method::DELETE, &nobody).send().await.unwrap()).await.0, StatusCode::NOT_FOUND);
}
