//! Offers, made here and told by others.

use crate::{Store, StoreError, testing::*};
use hawker_domain::{
    Currency, DeviceId, Money, OfferId, OpId, SellerId,
    offer::{Coupon, Offer},
};
use hawker_wire::{
    feed::{FeedEvent, FeedLine},
    ops::{OpEnvelope, OpPayload},
};
use uuid::Uuid;

fn offer(minor: i64) -> Offer {
    Offer {
        offer_id: OfferId(Uuid::now_v7()),
        sku: sku("A"),
        price: Money::new(minor, Currency::CNY),
        quantity: 10,
        per_buyer: Some(2),
        from_us: Some(5),
        until_us: Some(9),
        coupon: Some(Coupon::new("live10").unwrap()),
    }
}

async fn told(store: &Store, event: &FeedEvent) -> usize {
    let event = serde_json::to_string(event).unwrap();
    let server_seq = store.feed_cursor().await.unwrap().server_seq + 1;
    let line = FeedLine { server_seq, event, head: format!("{server_seq:064}") };
    store.apply_feed(&[line]).await.unwrap().len()
}

/// A change of another device.
fn elsewhere(payload: &OpPayload) -> FeedEvent {
    let op = OpEnvelope {
        op_id: OpId(Uuid::now_v7()),
        device_id: DeviceId(Uuid::now_v7()),
        epoch: 1,
        seq: 1,
        payload_version: 1,
        payload: serde_json::to_string(payload).unwrap(),
        hash: String::new(),
        signature: String::new(),
    };
    FeedEvent::Op { op }
}

fn spent(offer_id: OfferId, spent: i64, sold: i64) -> FeedEvent {
    FeedEvent::OfferSpent { offer_id, spent, sold, at: None }
}

#[tokio::test]
async fn an_offer_is_kept_as_it_was_made_and_told_once() {
    let store = store().await;
    let (first, second) =
        (offer(990), Offer { coupon: None, per_buyer: None, from_us: None, until_us: None, ..offer(890) });
    for offer in [&first, &second, &first] {
        store.put_offer(offer).await.unwrap();
    }
    let kept = store.offers().await.unwrap();
    assert_eq!(kept.iter().map(|kept| &kept.offer).collect::<Vec<_>>(), [&second, &first], "the newest first");
    let other = store.put_offer(&Offer { quantity: 11, ..first.clone() }).await;
    assert!(matches!(&other, Err(StoreError::Conflict(why)) if why.contains("other terms")), "{other:?}");
    let nothing = store.put_offer(&Offer { quantity: 0, ..offer(1) }).await;
    assert!(matches!(nothing, Err(StoreError::BadInput(_))));
    let waiting = store.pending_ops(9).await.unwrap();
    assert_eq!(waiting.len(), 2);
    assert_eq!(waiting[0].payload, serde_json::to_string(&OpPayload::OfferPut { offer: first.clone() }).unwrap());

    assert!(store.end_offer(first.offer_id).await.unwrap().is_ended);
    assert!(store.end_offer(first.offer_id).await.unwrap().is_ended, "twice is as good as once");
    assert_eq!(store.pending_count().await.unwrap(), 3);
    let nobodys = store.end_offer(OfferId(Uuid::now_v7())).await;
    assert!(matches!(nobodys, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn the_last_price_is_the_newest_that_everybody_was_offered() {
    let store = store().await;
    assert_eq!(store.last_offer_price(&sku("A")).await.unwrap(), None);
    for minor in [990, 890] {
        store.put_offer(&Offer { coupon: None, ..offer(minor) }).await.unwrap();
    }
    store.put_offer(&offer(100)).await.unwrap();
    let last = store.last_offer_price(&sku("A")).await.unwrap();
    assert_eq!(last, Some(Money::new(890, Currency::CNY)), "a price for a code is not everybody's");
    assert_eq!(store.last_offer_price(&sku("B")).await.unwrap(), None);
}

#[tokio::test]
async fn what_other_devices_offer_and_end_is_known_here_and_what_is_spent_is_the_platforms_to_say() {
    let store = store().await;
    let offer = offer(990);
    assert_eq!(told(&store, &elsewhere(&OpPayload::OfferPut { offer: offer.clone() })).await, 1);
    for (gone, sold) in [(3, 0), (3, 2), (2, 2)] {
        told(&store, &spent(offer.offer_id, gone, sold)).await;
        let kept = store.offers().await.unwrap().remove(0);
        assert_eq!((&kept.offer, kept.spent, kept.sold), (&offer, gone, sold), "absolute numbers");
    }
    told(&store, &spent(OfferId(Uuid::now_v7()), 1, 1)).await;
    told(&store, &elsewhere(&OpPayload::OfferEnded { offer_id: offer.offer_id })).await;
    let kept = store.offers().await.unwrap();
    assert!(kept.len() == 1 && kept[0].is_ended, "{kept:?}");
    assert_eq!(store.pending_count().await.unwrap(), 0, "nothing of it is sent back");
}

#[tokio::test]
async fn a_platform_that_went_back_gets_the_offers_and_what_was_sold_of_them() {
    let store = store().await;
    let offer = offer(990);
    store.put_offer(&offer).await.unwrap();
    let own = store.pending_ops(1).await.unwrap().remove(0);
    assert_eq!(told(&store, &FeedEvent::Op { op: own.clone() }).await, 0, "its own");
    told(&store, &spent(offer.offer_id, 4, 3)).await;
    let tail = store.feed_tail(0, 9).await.unwrap();
    let events: Vec<FeedEvent> = tail.iter().map(|entry| entry.line.entry().event).collect();
    assert_eq!(
        events,
        [FeedEvent::Op { op: own }, spent(offer.offer_id, 4, 3)],
        "the offer before what was sold of it"
    );
    told(&store, &spent(offer.offer_id, 5, 4)).await;
    store.rewind_feed(1).await.unwrap();
    assert_eq!(store.offers().await.unwrap()[0].spent, 0, "it is told anew");
}

#[tokio::test]
async fn another_account_is_told_of_all_offers_and_has_sold_nothing_of_them() {
    let store = store().await;
    store.follow(SellerId(Uuid::now_v7())).await.unwrap();
    let (own, others) = (offer(990), offer(890));
    store.put_offer(&own).await.unwrap();
    told(&store, &elsewhere(&OpPayload::OfferPut { offer: others })).await;
    told(&store, &spent(own.offer_id, 4, 3)).await;
    store.follow(SellerId(Uuid::now_v7())).await.unwrap();
    assert_eq!(store.pending_count().await.unwrap(), 2);
    assert!(store.offers().await.unwrap().iter().all(|kept| (kept.spent, kept.sold) == (0, 0)));
}
