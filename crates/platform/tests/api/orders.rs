//! From "buy" to the order in the seller's feed.

use crate::{body, failure};
use futures_util::future::join_all;
use hawker_domain::{Sku, order::OrderState};
use hawker_test_support::{HandClock, TestPlatform, TestSeller, buy, reserve};
use hawker_wire::{
    ErrorCode,
    feed::{FeedEntry, FeedEvent, FeedPage},
    show::ShowCreated,
    viewer::{Pay, Payment, PublicShow, Receipt, Reservation},
};
use reqwest::{Response, StatusCode};

/// A shop with `stock` pieces of "A" at 15.80.
pub(crate) async fn shop(platform: &TestPlatform, stock: i64) -> (TestSeller, ShowCreated) {
    let seller = platform.seller("ada").await;
    seller.list("A", 1_580).await;
    seller.receive("A", stock).await;
    let show = seller.show("First show").await;
    (seller, show)
}

pub(crate) async fn pay(platform: &TestPlatform, held: &Reservation, key: &str, card: &str) -> Response {
    pay_with(platform, held, key, card, &held.secret).await
}

async fn pay_with(platform: &TestPlatform, held: &Reservation, key: &str, card: &str, secret: &str) -> Response {
    let form = Pay {
        secret: secret.into(),
        card: card.into(),
        name: "张小雨".into(),
        phone: "13812348000".into(),
        address: "上海市静安区".into(),
    };
    let url = platform.url(&format!("/api/v1/public/reservations/{}/pay", held.reservation_id));
    platform.client.post(url).header("Idempotency-Key", key).json(&form).send().await.unwrap()
}

pub(crate) async fn level(platform: &TestPlatform, seller: &TestSeller) -> (i64, i64) {
    let store = &platform.running().app().store;
    let level = store.stock_level(seller.seller_id, &Sku::new("A").unwrap()).await.unwrap().unwrap();
    (level.on_hand, level.reserved)
}

/// What buyers did; the goods that came in are told as well.
fn of_buyers(page: &FeedPage) -> Vec<FeedEntry> {
    page.entries().into_iter().filter(|entry| !matches!(entry.event, FeedEvent::Op { .. })).collect()
}

async fn shelf_available(platform: &TestPlatform, show: &ShowCreated) -> i64 {
    let url = platform.url(&format!("/api/v1/public/shows/{}", show.show_id));
    let page: PublicShow = body(platform.client.get(url).send().await.unwrap()).await;
    page.shelf[0].available
}

#[tokio::test]
async fn a_paid_order_reaches_the_seller_and_the_stock_falls() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 10).await;
    let held: Reservation =
        body(reserve(&platform.client, &platform.http(), show.show_id, "k1", &[("A", 1), ("A", 2)]).await).await;
    assert_eq!(held.total.minor, 3 * 1_580, "the platform's own price, lines of one SKU summed");
    assert!(held.expires_in_ms <= 300_000 && held.expires_in_ms > 290_000);
    assert_eq!(level(&platform, &seller).await, (10, 3));
    assert_eq!(shelf_available(&platform, &show).await, 7);

    let receipt: Receipt = body(pay(&platform, &held, "p1", "4242424242424242").await).await;
    assert_eq!(receipt.total, held.total);
    assert_eq!(level(&platform, &seller).await, (7, 0));

    let page = seller.feed(0, 0).await;
    let entries = of_buyers(&page);
    let events: Vec<_> = entries.iter().map(|entry| &entry.event).collect();
    assert!(matches!(events[0], FeedEvent::Reserved { reserved: 3, .. }), "{events:?}");
    assert!(matches!(events[1], FeedEvent::Reserved { reserved: 0, .. }), "{events:?}");
    let FeedEvent::OrderPaid { order } = events[2] else { panic!("{events:?}") };
    assert_eq!((order.id, order.state, order.total), (receipt.order_id, OrderState::Paid, receipt.total));
    assert_eq!((order.lines.len(), order.lines[0].qty, order.lines[0].unit_price.minor), (1, 3, 1_580));
    assert_eq!(order.buyer, "张*", "the feed knows the buyer by mask alone");
    assert_eq!(order.show_id, Some(show.show_id));
    let feed = serde_json::to_string(&page).unwrap();
    assert!(!feed.contains("13812348000") && !feed.contains("小雨") && !feed.contains("静安"), "{feed}");
}

#[tokio::test]
async fn fifty_pieces_and_two_hundred_buyers_sell_exactly_fifty() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 50).await;
    let (client, http, id) = (&platform.client, platform.http(), show.show_id);
    let buyers = (0..200).map(|buyer| {
        let http = http.clone();
        async move { reserve(client, &http, id, &format!("buyer-{buyer}"), &[("A", 1)]).await }
    });
    let mut sold = 0;
    for response in join_all(buyers).await {
        if response.status() == StatusCode::CREATED {
            let held: Reservation = body(response).await;
            let _: Receipt = body(pay(&platform, &held, "pay", "4242").await).await;
            sold += 1;
        } else {
            assert_eq!(failure(response).await.1.code, ErrorCode::OutOfStock);
        }
    }
    assert_eq!(sold, 50);
    assert_eq!(level(&platform, &seller).await, (0, 0), "nothing is left, nothing is owed");
    let orders = of_buyers(&seller.feed(0, 0).await);
    let paid = orders.iter().filter(|entry| matches!(entry.event, FeedEvent::OrderPaid { .. })).count();
    assert_eq!(paid, 50, "each sale is in the feed once");
}

#[tokio::test]
async fn a_reservation_takes_all_its_lines_or_none() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 5).await;
    seller.list("B", 100).await;
    let lines = [("A", 1), ("B", 1)];
    let (status, told) = failure(reserve(&platform.client, &platform.http(), show.show_id, "k", &lines).await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::OutOfStock));
    assert_eq!(level(&platform, &seller).await, (5, 0), "the line that was there went back");
    assert!(of_buyers(&seller.feed(0, 0).await).is_empty(), "what did not happen is not told");
}

#[tokio::test]
async fn the_same_key_means_the_same_thing() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 5).await;
    let (client, http) = (&platform.client, platform.http());
    let first: Reservation = body(reserve(client, &http, show.show_id, "k", &[("A", 2)]).await).await;
    let again: Reservation = body(reserve(client, &http, show.show_id, "k", &[("A", 2)]).await).await;
    assert_eq!((first.reservation_id, &first.secret), (again.reservation_id, &again.secret));
    assert_eq!(level(&platform, &seller).await, (5, 2), "held once");
    let (status, _) = failure(reserve(client, &http, show.show_id, "k", &[("A", 1)]).await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "another body under the same key is a mistake");

    let tries = (0..8).map(|_| pay(&platform, &first, "p", "4242"));
    let mut paid = Vec::new();
    for response in join_all(tries).await {
        match body::<Payment>(response).await {
            Payment::Paid(receipt) => paid.push(receipt.order_id),
            other => assert_eq!(other, Payment::Checking, "at most told to ask again"),
        }
    }
    paid.push(body::<Receipt>(pay(&platform, &first, "p", "4242").await).await.order_id);
    paid.dedup();
    assert_eq!(paid.len(), 1, "one order, however often it is paid");
    assert_eq!(level(&platform, &seller).await, (3, 0));
    let (status, _) = failure(pay(&platform, &first, "p", "5556").await).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn goods_go_back_when_the_time_is_over_and_not_before() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let (seller, show) = shop(&platform, 1).await;
    let (client, http) = (&platform.client, platform.http());
    let held: Reservation = body(reserve(client, &http, show.show_id, "k1", &[("A", 1)]).await).await;
    clock.advance_ms(5 * 60_000 - 1);
    assert_eq!(platform.running().run_jobs().await.unwrap(), 0);
    let (_, told) = failure(reserve(client, &http, show.show_id, "k2", &[("A", 1)]).await).await;
    assert_eq!(told.code, ErrorCode::OutOfStock);

    clock.advance_ms(1);
    let (status, told) = failure(pay(&platform, &held, "p", "4242").await).await;
    assert_eq!((status, told.code), (StatusCode::GONE, ErrorCode::ReservationExpired), "the server's clock decides");
    platform.running().run_jobs().await.unwrap();
    assert_eq!(level(&platform, &seller).await, (1, 0));
    let last = seller.feed(0, 0).await.entries().pop().unwrap();
    assert!(matches!(last.event, FeedEvent::Reserved { reserved: 0, .. }), "the seller's devices hear of it");
    buy(client, &http, show.show_id, "A", 1).await;
    let (_, told) = failure(reserve(client, &http, show.show_id, "k1", &[("A", 1)]).await).await;
    assert_eq!(told.code, ErrorCode::ReservationExpired, "the old key does not hold new goods");
}

#[tokio::test]
async fn a_refused_card_keeps_the_goods_and_another_one_pays() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 1).await;
    let held: Reservation =
        body(reserve(&platform.client, &platform.http(), show.show_id, "k", &[("A", 1)]).await).await;
    let (status, told) = failure(pay(&platform, &held, "p", "4241").await).await;
    assert_eq!((status, told.code), (StatusCode::PAYMENT_REQUIRED, ErrorCode::PaymentRefused));
    let (status, _) = failure(pay(&platform, &held, "p", "no card").await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, told) = failure(pay_with(&platform, &held, "p", "4242", "guessed").await).await;
    assert_eq!((status, told.code), (StatusCode::FORBIDDEN, ErrorCode::Forbidden), "only who reserved pays");
    assert_eq!(level(&platform, &seller).await, (1, 1), "still held");
    let _: Receipt = body(pay(&platform, &held, "p", "4242").await).await;
    assert_eq!(level(&platform, &seller).await, (0, 0));
}

#[tokio::test]
async fn what_cannot_be_reserved_is_refused_with_a_reason() {
    let platform = TestPlatform::start().await;
    let (_seller, show) = shop(&platform, 500).await;
    let (client, http) = (&platform.client, platform.http());
    let table: [&[(&str, u32)]; 6] =
        [&[], &[("A", 0)], &[("A", 100)], &[("A", 50), ("A", 50)], &[("nothing", 1)], &[("A", u32::MAX), ("A", 2)]];
    for (number, lines) in table.into_iter().enumerate() {
        let (status, told) = failure(reserve(client, &http, show.show_id, &format!("k{number}"), lines).await).await;
        assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput), "{lines:?}");
    }
    for key in ["", "with space", &"x".repeat(65)] {
        let (status, _) = failure(reserve(client, &http, show.show_id, key, &[("A", 1)]).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "key {key:?}");
    }
    let nowhere = hawker_domain::ShowId(uuid::Uuid::now_v7());
    let (status, _) = failure(reserve(client, &http, nowhere, "k", &[("A", 1)]).await).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_restart_forgets_nothing_that_was_answered() {
    let mut platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 5).await;
    let (client, http) = (platform.client.clone(), platform.http());
    let held: Reservation = body(reserve(&client, &http, show.show_id, "k", &[("A", 2)]).await).await;
    buy(&client, &http, show.show_id, "A", 1).await;
    platform.restart().await;
    assert_eq!(level(&platform, &seller).await, (4, 2));
    let _: Receipt = body(pay(&platform, &held, "p", "4242").await).await;
    assert_eq!(level(&platform, &seller).await, (2, 0), "the buyer pays after the restart with the same secret");
}
