//! Offers: who pays which price, how often, and until when.

use crate::{
    body, failure,
    orders::{level, pay, shop},
    shows::{Updates, page},
};
use futures_util::future::join_all;
use hawker_domain::{
    Currency, Money, OfferId, Sku,
    offer::{Coupon, Offer},
    order::Order,
};
use hawker_platform::clock::Clock;
use hawker_test_support::{HandClock, TestPlatform, TestSeller, reserve};
use hawker_wire::{
    ErrorCode,
    feed::FeedEvent,
    ops::{OpPayload, OpResult, OpsApplied},
    show::ShowCreated,
    viewer::{Pay, Payment, Receipt, Reservation, Reserve, ReserveLine},
};
use reqwest::{Response, StatusCode};
use uuid::Uuid;

/// The shop's regular price, and the offer's.
pub(crate) const REGULAR: i64 = 1_580;
pub(crate) const LOW: i64 = 990;

pub(crate) fn offer(quantity: u32) -> Offer {
    Offer {
        offer_id: OfferId(Uuid::now_v7()),
        sku: Sku::new("A").unwrap(),
        price: Money::new(LOW, Currency::CNY),
        quantity,
        per_buyer: None,
        from_us: None,
        until_us: None,
        coupon: None,
    }
}

async fn send(seller: &TestSeller, payload: &OpPayload) -> OpResult {
    let answer: OpsApplied = body(seller.post_ops(vec![seller.op(payload)]).await).await;
    answer.results[0].clone()
}

pub(crate) async fn put(seller: &TestSeller, offer: &Offer) {
    assert_eq!(send(seller, &OpPayload::OfferPut { offer: offer.clone() }).await, OpResult::Applied);
}

async fn end(seller: &TestSeller, offer_id: OfferId) -> OpResult {
    send(seller, &OpPayload::OfferEnded { offer_id }).await
}

/// A page that asks for `qty` pieces of "A".
pub(crate) struct Page<'a> {
    pub(crate) platform: &'a TestPlatform,
    pub(crate) show: &'a ShowCreated,
    pub(crate) viewer: Option<&'a str>,
    pub(crate) coupon: Option<&'a str>,
}

impl<'a> Page<'a> {
    pub(crate) fn of(platform: &'a TestPlatform, show: &'a ShowCreated) -> Self {
        Self { platform, show, viewer: None, coupon: None }
    }

    async fn ask(&self, key: &str, qty: u32) -> Response {
        let form = Reserve {
            lines: vec![ReserveLine { sku: Sku::new("A").unwrap(), qty }],
            at: None,
            coupon: self.coupon.map(Into::into),
            viewer: self.viewer.map(Into::into),
        };
        let url = self.platform.url(&format!("/api/v1/public/shows/{}/reservations", self.show.show_id));
        self.platform.client.post(url).header("Idempotency-Key", key).json(&form).send().await.unwrap()
    }

    pub(crate) async fn hold(&self, key: &str, qty: u32) -> Reservation {
        body(self.ask(key, qty).await).await
    }
}

pub(crate) async fn pay_from(platform: &TestPlatform, held: &Reservation, phone: &str) -> Response {
    let form = Pay {
        secret: held.secret.clone(),
        card: "4242".into(),
        name: "张小雨".into(),
        phone: phone.into(),
        address: String::new(),
    };
    let url = platform.url(&format!("/api/v1/public/reservations/{}/pay", held.reservation_id));
    platform.client.post(url).header("Idempotency-Key", "p").json(&form).send().await.unwrap()
}

/// What the feed said last of an offer: pieces spent, and of these sold.
pub(crate) async fn spent(seller: &TestSeller, of: OfferId) -> Option<(i64, i64)> {
    let entries = seller.feed(0, 0).await.entries();
    entries.into_iter().rev().find_map(|entry| match entry.event {
        FeedEvent::OfferSpent { offer_id, spent, sold, .. } if offer_id == of => Some((spent, sold)),
        _ => None,
    })
}

async fn orders(seller: &TestSeller) -> Vec<Order> {
    let entries = seller.feed(0, 0).await.entries();
    let order = |event| if let FeedEvent::OrderPaid { order } = event { Some(order) } else { None };
    entries.into_iter().filter_map(|entry| order(entry.event)).collect()
}

/// What the page shows of the offer of "A": its price and pieces left.
pub(crate) async fn shown(platform: &TestPlatform, show: &ShowCreated) -> Option<(i64, u32)> {
    let product = page(platform, show).await.shelf.remove(0);
    assert_eq!(product.price.minor, REGULAR, "the regular price stands beside it");
    product.offer.map(|offer| (offer.price.minor, offer.left))
}

#[tokio::test]
async fn forty_buyers_of_ten_offered_pieces_pay_the_offers_price_exactly_ten_times() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 40).await;
    let offer = offer(10);
    put(&seller, &offer).await;
    assert_eq!(shown(&platform, &show).await, Some((LOW, 10)));
    let (client, http) = (&platform.client, platform.http());
    let buyers = (0..40).map(|buyer| {
        let (http, show) = (http.clone(), show.show_id);
        async move { reserve(client, &http, show, &format!("buyer-{buyer}"), &[("A", 1)]).await }
    });
    let held: Vec<Reservation> = join_all(join_all(buyers).await.into_iter().map(body)).await;
    let paid = join_all(held.iter().map(|held| pay(&platform, held, "p", "4242"))).await;
    for answer in paid {
        let _: Payment = body(answer).await;
    }
    let low = held.iter().filter(|held| held.total.minor == LOW).count();
    assert_eq!((low, held.iter().filter(|held| held.total.minor == REGULAR).count()), (10, 30));
    let orders = orders(&seller).await;
    let at_low = orders.iter().filter(|order| order.lines[0].unit_price.minor == LOW).count();
    assert_eq!((orders.len(), at_low), (40, 10), "an order keeps the price that was shown");
    assert_eq!(spent(&seller, offer.offer_id).await, Some((10, 10)));
    assert_eq!(shown(&platform, &show).await, None, "nothing is left of it");
    assert_eq!(level(&platform, &seller).await, (0, 0));
}

#[tokio::test]
async fn who_takes_more_than_is_left_pays_the_regular_price_for_the_rest() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 10).await;
    let (offer, lower) = (offer(2), Offer { price: Money::new(500, Currency::CNY), ..offer(1) });
    put(&seller, &offer).await;
    put(&seller, &lower).await;
    assert_eq!(shown(&platform, &show).await, Some((500, 1)), "the best of several");
    let held = Page::of(&platform, &show).hold("k", 5).await;
    assert_eq!(held.total.minor, 500 + 2 * LOW + 2 * REGULAR);
    let _: Receipt = body(pay(&platform, &held, "p", "4242").await).await;
    let order = orders(&seller).await.remove(0);
    let lines: Vec<_> = order.lines.iter().map(|line| (line.qty, line.unit_price.minor)).collect();
    assert_eq!(lines, [(1, 500), (2, LOW), (2, REGULAR)]);
    assert_eq!(level(&platform, &seller).await, (5, 0), "the pieces of all lines left the stock, once");
    assert_eq!(
        (spent(&seller, offer.offer_id).await, spent(&seller, lower.offer_id).await),
        (Some((2, 2)), Some((1, 1)))
    );
}

#[tokio::test]
async fn pieces_go_back_to_their_offer_when_the_time_to_pay_is_over() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let (seller, show) = shop(&platform, 5).await;
    let offer = offer(1);
    put(&seller, &offer).await;
    let page = Page::of(&platform, &show);
    assert_eq!(page.hold("k1", 1).await.total.minor, LOW);
    assert_eq!(page.hold("k2", 1).await.total.minor, REGULAR, "it is held for somebody");
    assert_eq!(spent(&seller, offer.offer_id).await, Some((1, 0)));
    let mut updates = Updates::of(&platform, &show).await;
    assert!(updates.offers().await.is_empty());
    clock.advance_ms(5 * 60_000);
    assert_eq!(platform.running().run_jobs().await.unwrap(), 2);
    assert_eq!(spent(&seller, offer.offer_id).await, Some((0, 0)), "the seller's devices hear of it");
    assert_eq!(updates.offers().await.len(), 1, "and so does the page");
    assert_eq!(page.hold("k3", 1).await.total.minor, LOW);
}

#[tokio::test]
async fn an_offer_opens_and_closes_by_the_servers_clock() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let (seller, show) = shop(&platform, 9).await;
    let from = clock.now_us() + 60_000_000;
    let timed = Offer { from_us: Some(from), until_us: Some(from + 60_000_000), ..offer(9) };
    put(&seller, &timed).await;
    let mut updates = Updates::of(&platform, &show).await;
    assert!(updates.offers().await.is_empty(), "not open yet");
    let asked = Page::of(&platform, &show);
    for (ms, is_open) in [(59_999, false), (1, true), (59_999, true), (1, false)] {
        clock.advance_ms(ms);
        platform.running().run_jobs().await.unwrap();
        let total = asked.hold(&clock.now_us().to_string(), 1).await.total.minor;
        assert_eq!(total, if is_open { LOW } else { REGULAR }, "{} us after it opens", clock.now_us() - from);
        assert_eq!(shown(&platform, &show).await.is_some(), is_open);
        let seen = page(&platform, &show).await;
        assert_eq!(seen.now_us, clock.now_us(), "what a page counts down by");
        let until = seen.shelf[0].offer.as_ref().and_then(|offer| offer.until_us);
        assert_eq!(until, timed.until_us.filter(|_| is_open));
    }
    let mut told = Vec::new();
    while told.last() != Some(&0) || told.len() < 2 {
        told.push(updates.offers().await.len());
    }
    assert!(told.contains(&1), "the open page heard of the beginning and of the end: {told:?}");
}

#[tokio::test]
async fn what_is_held_at_a_price_is_paid_at_it_though_the_offer_ends() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 5).await;
    let offer = offer(5);
    put(&seller, &offer).await;
    let page = Page::of(&platform, &show);
    let held = page.hold("k1", 2).await;
    for _ in 0..2 {
        assert_eq!(end(&seller, offer.offer_id).await, OpResult::Applied);
    }
    assert_eq!(shown(&platform, &show).await, None);
    assert_eq!(page.hold("k2", 1).await.total.minor, REGULAR);
    let receipt: Receipt = body(pay(&platform, &held, "p", "4242").await).await;
    assert_eq!(receipt.total.minor, 2 * LOW);
    assert_eq!(spent(&seller, offer.offer_id).await, Some((2, 2)));
}

#[tokio::test]
async fn a_limit_for_one_buyer_holds_for_a_page_and_for_a_phone_number() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 20).await;
    let offer = Offer { per_buyer: Some(2), ..offer(9) };
    put(&seller, &offer).await;
    let anna = Page { viewer: Some("page-of-anna-0001"), ..Page::of(&platform, &show) };
    let held = anna.hold("k1", 3).await;
    assert_eq!(held.total.minor, 2 * LOW + REGULAR, "what is beyond the limit costs the regular price");
    // She changes the number: what she held goes back first, to her as well.
    let held = anna.hold("k2", 1).await;
    assert_eq!((held.total.minor, spent(&seller, offer.offer_id).await), (LOW, Some((1, 0))));
    assert_eq!(level(&platform, &seller).await, (20, 1));
    let _: Receipt = body(pay_from(&platform, &held, "138 1234 8000").await).await;
    assert_eq!(anna.hold("k3", 2).await.total.minor, LOW + REGULAR, "one she has had");

    // Another browser, the same phone: one of two pieces is left to it.
    let page = Page { viewer: Some("another-browser-of-anna"), ..Page::of(&platform, &show) };
    let held = page.hold("k4", 2).await;
    assert_eq!(held.total.minor, 2 * LOW);
    let (status, told) = failure(pay_from(&platform, &held, "+8613812348000").await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::Conflict));
    assert!(told.message.contains("at most 2") && told.hint.is_some(), "{told}");
    let (status, _) = failure(pay_from(&platform, &held, "").await).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a limit that an empty field gets around is none");
    // From then on it is known who buys there.
    assert_eq!(page.hold("k5", 2).await.total.minor, LOW + REGULAR);
    let held = page.hold("k6", 1).await;
    assert_eq!(held.total.minor, LOW);
    let _: Receipt = body(pay_from(&platform, &held, "+8613812348000").await).await;
    // Somebody else is somebody else.
    let _: Receipt =
        body(pay_from(&platform, &Page::of(&platform, &show).hold("k7", 2).await, "13900000000").await).await;
}

#[tokio::test]
async fn a_viewers_name_is_one_that_nobody_guesses() {
    let platform = TestPlatform::start().await;
    let (_seller, show) = shop(&platform, 5).await;
    for viewer in ["", "anna", "with a space in it", &"x".repeat(65), "观众观众观众观众"] {
        let page = Page { viewer: Some(viewer), ..Page::of(&platform, &show) };
        let (status, told) = failure(page.ask("k", 1).await).await;
        assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput), "{viewer:?}");
    }
}

#[tokio::test]
async fn a_code_gives_its_offer_however_it_is_typed_and_a_wrong_one_is_refused() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 9).await;
    let offer = Offer { coupon: Some(Coupon::new("LIVE10").unwrap()), ..offer(1) };
    put(&seller, &offer).await;
    assert_eq!(shown(&platform, &show).await, None, "who has no code is told of nothing");
    let page = |coupon| Page { coupon, ..Page::of(&platform, &show) };
    assert_eq!(page(None).hold("k1", 1).await.total.minor, REGULAR);
    assert_eq!(page(Some("  ")).hold("k2", 1).await.total.minor, REGULAR, "nothing was typed");
    let long = "x".repeat(33);
    for wrong in ["LIVE11", "LIVE", &long] {
        let (status, told) = failure(page(Some(wrong)).ask("k3", 1).await).await;
        assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput), "{wrong}");
    }
    assert_eq!(level(&platform, &seller).await, (9, 2), "what is refused holds nothing");
    assert_eq!(page(Some("ｌｉｖｅ １０")).hold("k4", 1).await.total.minor, LOW);
    let (_, told) = failure(page(Some("live10")).ask("k5", 1).await).await;
    assert!(told.message.contains("LIVE10"), "its one piece is gone: {told}");
}

#[tokio::test]
async fn an_offer_is_one_offer_of_one_seller_however_often_it_is_told() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 9).await;
    let stranger = platform.seller("bob").await;
    let offer = offer(3);
    put(&seller, &offer).await;
    put(&seller, &offer).await;
    let other = Offer { quantity: 9, ..offer.clone() };
    let refused = send(&seller, &OpPayload::OfferPut { offer: other }).await;
    assert!(matches!(&refused, OpResult::Rejected { why, .. } if why.contains("other terms")), "{refused:?}");
    let nothing = send(&seller, &OpPayload::OfferPut { offer: Offer { quantity: 0, ..offer.clone() } }).await;
    assert!(matches!(&nothing, OpResult::Rejected { why, .. } if why.contains("0 pieces")), "{nothing:?}");
    assert_eq!(end(&stranger, offer.offer_id).await, OpResult::Kept, "of his own there is none yet");
    assert_eq!(shown(&platform, &show).await, Some((LOW, 3)));
    // An end that came before its offer is not forgotten.
    put(&stranger, &offer).await;
    let entries = stranger.feed(0, 0).await.entries();
    let told = |entry: &hawker_wire::feed::FeedEntry| matches!(entry.event, FeedEvent::Op { .. });
    assert_eq!(entries.iter().filter(|entry| told(entry)).count(), 2, "the offer, and then its end");
}

#[tokio::test]
async fn nobody_pays_more_because_of_an_offer() {
    let platform = TestPlatform::start().await;
    let (seller, show) = shop(&platform, 9).await;
    put(&seller, &Offer { price: Money::new(REGULAR + 1, Currency::CNY), ..offer(9) }).await;
    put(&seller, &Offer { price: Money::new(1, Currency::EUR), ..offer(9) }).await;
    assert_eq!(shown(&platform, &show).await, None);
    assert_eq!(Page::of(&platform, &show).hold("k", 1).await.total.minor, REGULAR);
}
