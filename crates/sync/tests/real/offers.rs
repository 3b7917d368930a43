//! Offers, from one device over the platform to the buyers and the other devices.

use crate::{
    making::*,
    put_back::{put_back, snapshot},
};
use hawker_domain::{Currency, Money, OfferId, offer::Offer};
use hawker_sync::Sync;
use hawker_test_support::{TestPlatform, buy};
use hawker_wire::{show::ShowCreated, viewer::PublicShow};
use uuid::Uuid;

fn offer(quantity: u32) -> Offer {
    Offer {
        offer_id: OfferId(Uuid::now_v7()),
        sku: sku(),
        price: Money::new(790, Currency::CNY),
        quantity,
        per_buyer: None,
        from_us: None,
        until_us: None,
        coupon: None,
    }
}

/// Pieces left at an offer's price, as the page shows it.
async fn left(platform: &TestPlatform, show: &ShowCreated) -> Option<u32> {
    let url = platform.url(&format!("/api/v1/public/shows/{}", show.show_id));
    let page: PublicShow = platform.client.get(url).send().await.unwrap().json().await.unwrap();
    page.shelf.into_iter().find(|product| product.sku == sku()).unwrap().offer.map(|offer| offer.left)
}

#[tokio::test]
async fn an_offer_made_without_a_network_reaches_buyers_and_devices_and_ends_from_any_of_them() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((stall, _stall_dir), (home, _home_dir)) = (store().await, store().await);
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client));
    home.move_stock(&received(10)).await.unwrap();
    let offer = offer(3);
    home.put_offer(&offer).await.unwrap();
    assert_eq!(left(&platform, &show).await, None, "nothing is told yet");
    at_home.sync_once().await.unwrap();
    assert_eq!(left(&platform, &show).await, Some(3));
    let total = buy(&platform.client, &platform.http(), show.show_id, "MILK", 2).await.total;
    assert_eq!(total.minor, 2 * 790);
    for sync in [&at_home, &at_stall] {
        sync.sync_once().await.unwrap();
    }
    for store in [&home, &stall] {
        let kept = store.offers().await.unwrap().remove(0);
        assert_eq!((&kept.offer, kept.spent, kept.sold, kept.is_ended), (&offer, 2, 2, false));
    }
    stall.end_offer(offer.offer_id).await.unwrap();
    at_stall.sync_once().await.unwrap();
    at_home.sync_once().await.unwrap();
    assert!(home.offers().await.unwrap()[0].is_ended);
    assert_eq!(left(&platform, &show).await, None);
    let total = buy(&platform.client, &platform.http(), show.show_id, "MILK", 1).await.total;
    assert_eq!(total.minor, 990, "the regular price again");
}

#[tokio::test]
async fn a_platform_put_back_does_not_sell_the_same_offered_pieces_again() {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    let sync = Sync::new(store.clone(), client.clone());
    store.move_stock(&received(20)).await.unwrap();
    let (before, after) = (offer(5), Offer { price: Money::new(890, Currency::CNY), ..offer(4) });
    store.put_offer(&before).await.unwrap();
    sync.sync_once().await.unwrap();
    let picture = snapshot(&mut platform).await;
    store.put_offer(&after).await.unwrap();
    sync.sync_once().await.unwrap();
    buy(&platform.client, &platform.http(), show.show_id, "MILK", 7).await;
    sync.sync_once().await.unwrap();
    let kept = |offers: Vec<hawker_store::KeptOffer>, of: &Offer| {
        let kept = offers.into_iter().find(|kept| kept.offer.offer_id == of.offer_id).unwrap();
        (kept.spent, kept.sold)
    };
    assert_eq!(kept(store.offers().await.unwrap(), &after), (2, 2));

    put_back(&mut platform, &picture).await;
    assert_eq!(left(&platform, &show).await, Some(5), "it has forgotten what it sold");
    sync.sync_once().await.unwrap();
    assert_eq!(left(&platform, &show).await, Some(2), "five of one are sold, and two of the other");
    sync.sync_once().await.unwrap();
    let offers = store.offers().await.unwrap();
    assert_eq!((kept(offers.clone(), &before), kept(offers, &after)), ((5, 5), (2, 2)));
    let total = buy(&platform.client, &platform.http(), show.show_id, "MILK", 3).await.total;
    assert_eq!(total.minor, 2 * 890 + 990);
}
