//! Ops that are signed, all the way; and who is not believed.

use crate::making::*;
use hawker_domain::{SellerId, failure::FailureWhy};
use hawker_store::Store;
use hawker_sync::{Api, FeedAnswer, OpsAnswer, PlatformClient, Sync, SyncEvent, plan::Wedge};
use hawker_test_support::TestPlatform;
use hawker_wire::{
    ErrorCode, Failure,
    account::{Device, LogIn, RegisterDevice},
    feed::{FeedPosition, FeedReturned, OpsAcked, ReturnFeed},
    ops::{OpPayload, PostOps},
    quarantine::{Decide, Verdict},
};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What changes ops, or whom they are told by, on their way.
#[derive(Clone)]
struct Between {
    client: PlatformClient,
    strips: bool,
    /// An older studio, which names no key.
    names_no_key: bool,
}

impl Api for Between {
    fn seller_id(&self) -> Option<SellerId> {
        self.client.seller_id()
    }

    async fn register_device(&self, form: &RegisterDevice) -> Result<Device, Failure> {
        let mut form = form.clone();
        form.public_key = form.public_key.filter(|_| !self.names_no_key);
        self.client.register_device(&form).await
    }

    async fn post_ops(&self, form: &PostOps) -> Result<OpsAnswer, Failure> {
        let mut form = form.clone();
        if self.strips {
            form.ops.iter_mut().for_each(|op| op.signature.clear());
        }
        self.client.post_ops(&form).await
    }

    async fn feed(&self, seen: &FeedPosition, acked: Option<OpsAcked>, wait: Duration) -> Result<FeedAnswer, Failure> {
        self.client.feed(seen, acked, wait).await
    }

    async fn return_feed(&self, form: &ReturnFeed) -> Result<FeedReturned, Failure> {
        self.client.return_feed(form).await
    }
}

async fn log_in(platform: &TestPlatform, name: &str) -> PlatformClient {
    let client = PlatformClient::new(platform.http(), None);
    let form = LogIn { email: format!("{name}@example.org"), password: "a long enough password".into() };
    client.log_in(&form).await.unwrap();
    client
}

async fn received_and_sent(store: &Store, client: &PlatformClient, delta: i64) {
    store.move_stock(&received(delta)).await.unwrap();
    Sync::new(store.clone(), client.clone()).sync_once().await.unwrap();
}

#[tokio::test]
async fn what_lost_its_signature_on_the_way_changes_nothing_and_the_device_says_so() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    received_and_sent(&store, &client, 10).await;
    store.record_venue_sale(&venue_sale(1)).await.unwrap();
    let stripped = Between { client: client.clone(), strips: true, names_no_key: false };
    let why = Sync::new(store.clone(), stripped.clone()).sync_once().await.unwrap_err();
    assert!(why.message.contains("signature"), "{why}");
    let (events, mut told) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(Sync::new(store.clone(), stripped).run(cancel.clone(), events));
    while told.recv().await.expect("it is told") != (SyncEvent::Wedged { wedge: Wedge::BadSignature }) {}
    cancel.cancel();
    running.await.unwrap();
    assert_eq!((on_shelf(&platform, &show).await, store.pending_count().await.unwrap()), (10, 1));
    assert_eq!(store.device().await.unwrap().epoch, 1, "its key is the same: nothing was numbered anew");
    Sync::new(store.clone(), client).sync_once().await.unwrap();
    assert_eq!((on_shelf(&platform, &show).await, store.pending_count().await.unwrap()), (9, 0));
}

#[tokio::test]
async fn a_studio_that_is_updated_signs_from_its_next_registration_on() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    store.move_stock(&received(10)).await.unwrap();
    let older = Between { client: client.clone(), strips: true, names_no_key: true };
    Sync::new(store.clone(), older).sync_once().await.unwrap();
    // The update: what it sends is signed before the platform knows by which key.
    received_and_sent(&store, &client, 1).await;
    assert!(!client.devices().await.unwrap().devices[0].has_key);
    client.register_device(&store.registration("studio").await.unwrap()).await.unwrap();
    received_and_sent(&store, &client, 1).await;
    assert!(client.devices().await.unwrap().devices[0].has_key);
    assert_eq!((on_shelf(&platform, &show).await, store.device().await.unwrap().epoch), (12, 1));
}

#[tokio::test]
async fn a_store_that_came_back_without_its_key_goes_on_under_a_new_epoch() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    received_and_sent(&store, &client, 10).await;
    // As a database from before there were keys gets one at its next start.
    store.put_secret("device.key", &"11".repeat(32)).await.unwrap();
    store.record_venue_sale(&venue_sale(1)).await.unwrap();
    Sync::new(store.clone(), client).sync_once().await.unwrap();
    assert_eq!((on_shelf(&platform, &show).await, store.device().await.unwrap().epoch), (9, 2));
    assert_eq!(store.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_held_change_of_this_device_is_on_its_list_until_somebody_decides() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    let sync = Sync::new(store.clone(), client.clone());
    received_and_sent(&store, &client, 10).await;
    for _ in 0..2 {
        store.move_stock(&received(20_000_000)).await.unwrap();
    }
    store.move_stock(&received(1)).await.unwrap();
    let report = sync.sync_once().await.unwrap();
    assert_eq!((report.sent, report.rejected, on_shelf(&platform, &show).await), (3, 2, 11));
    assert_eq!((store.rejected_ops(9).await.unwrap().len(), store.pending_count().await.unwrap()), (2, 0));
    let held = client.quarantine().await.unwrap().changes;
    for (change, verdict) in held.iter().zip([Verdict::Apply, Verdict::Discard]) {
        client.decide(change.op.op_id, &Decide { verdict, at_device: None }).await.unwrap();
    }
    sync.sync_once().await.unwrap();
    assert_eq!(on_shelf(&platform, &show).await, 20_000_011);
    let listed = store.rejected_ops(9).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(listed[0].op.op_id == held[1].op.op_id && listed[0].why.contains("discarded"), "{listed:?}");
    let unanswered = client.decide(held[1].op.op_id, &Decide { verdict: Verdict::Apply, at_device: None }).await;
    assert_eq!(unanswered.unwrap_err().code, ErrorCode::Conflict);
}

#[tokio::test]
async fn a_revoked_device_hands_over_what_it_sold_hears_nothing_and_a_person_decides() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((home, _home_dir), (stall, _dir)) = (store().await, store().await);
    let at_stall = log_in(&platform, "anna").await;
    received_and_sent(&home, &client, 10).await;
    received_and_sent(&stall, &at_stall, 1).await;
    let id = stall.device().await.unwrap().device_id;
    client.revoke_device(id).await.unwrap();
    let sale = venue_sale(2);
    stall.record_venue_sale(&sale).await.unwrap();
    let sync = Sync::new(stall.clone(), at_stall.clone());
    let why = sync.sync_once().await.unwrap_err();
    assert_eq!(why.code, ErrorCode::Forbidden, "{why}");
    assert!(why.message.contains("revoked") && why.hint.is_some(), "{why}");
    assert_eq!(
        why.reason.as_ref().map(|reason| reason.why),
        Some(FailureWhy::DeviceRevoked),
        "as any reader can be told"
    );
    assert_eq!(sync.hand_over().await.unwrap().sent, 0, "it was sent all the same");
    assert_eq!((stall.pending_count().await.unwrap(), on_shelf(&platform, &show).await), (0, 11));
    assert!(stall.rejected_ops(9).await.unwrap()[0].why.contains("revoked"));
    // Signed in anew, it is still the device it was.
    let again = log_in(&platform, "anna").await;
    assert!(again.register_device(&stall.registration("stall").await.unwrap()).await.unwrap().is_revoked);
    let why = Sync::new(stall.clone(), again).sync_once().await.unwrap_err();
    assert_eq!(why.code, ErrorCode::Forbidden, "{why}");

    let held = client.quarantine().await.unwrap().changes.remove(0);
    let payload: OpPayload = serde_json::from_str(&held.op.payload).unwrap();
    assert_eq!(payload, OpPayload::VenueSale { order: sale.clone(), rights: Vec::new() }, "the sale is whole");
    client.decide(held.op.op_id, &Decide { verdict: Verdict::Apply, at_device: None }).await.unwrap();
    Sync::new(home.clone(), client).sync_once().await.unwrap();
    assert_eq!((on_shelf(&platform, &show).await, home.order(sale.id).await.unwrap()), (9, sale));
}
