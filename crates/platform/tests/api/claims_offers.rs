//! Orders from comments while an offer is open: its price, its pieces, and its limit for one buyer.

use crate::{
    body,
    claims::{Stall, viewer},
    failure,
    offers::{LOW, Page, REGULAR, offer, pay_from, put, shown, spent},
    shows::Updates,
};
use hawker_domain::{
    ChatId, ClaimId, Currency, Money, Sku,
    claim::{Heard, ReservePolicy, TakenBack},
    offer::Offer,
};
use hawker_platform::{clock::Clock, db::NewChat, services::claims::viewer_id};
use hawker_wire::{
    ErrorCode,
    claim::{ClaimStand, VIEWER_HEADER},
    viewer::{Receipt, Reservation, Reserve, ReserveLine, Say},
};
use reqwest::StatusCode;
use uuid::Uuid;

const HOLD_MS: i64 = 10 * 60_000;

impl Stall {
    /// A comment that takes back so many pieces.
    async fn take_back(&self, by: &str, pieces: u32) {
        let (show, id) = (self.show.show_id, Uuid::now_v7());
        let taken = TakenBack { skus: vec![Sku::new("A").unwrap()], qty: Some(pieces) };
        let chat = NewChat {
            seller: self.seller.seller_id,
            show,
            chat_id: ChatId(id),
            said: Say { id: None, from: "小雨".into(), text: "少要一点".into(), at: None },
            viewer: Some(viewer_id(show, by)),
            heard: Heard::Cancel { lines: vec![taken] },
            claim_id: ClaimId(id),
            now_us: self.clock.now_us(),
        };
        self.platform.running().app().store.hear(chat).await.unwrap().expect("it was not said before");
    }

    /// The same page's button.
    async fn press(&self, by: &str, key: &str, qty: u32) -> Reservation {
        let lines = vec![ReserveLine { sku: Sku::new("A").unwrap(), qty }];
        let form = Reserve { lines, at: None, coupon: None, viewer: Some(by.to_owned()) };
        let url = self.platform.url(&format!("/api/v1/public/shows/{}/reservations", self.show.show_id));
        let request = self.platform.client.post(url).header(VIEWER_HEADER, by).header("Idempotency-Key", key);
        body(request.json(&form).send().await.unwrap()).await
    }

    /// What the newest claim costs: pieces and their price.
    async fn prices(&self, by: &str) -> Vec<(u32, i64)> {
        let to_pay = self.look(&self.link(by).await).await;
        assert_eq!(to_pay.total, to_pay.goods, "no shipping here");
        to_pay.lines.iter().map(|line| (line.qty, line.unit_price.minor)).collect()
    }
}

#[tokio::test]
async fn a_comment_buys_at_an_offers_price_and_what_is_taken_back_goes_back_to_it() {
    let stall = Stall::open(9, ReservePolicy::default()).await;
    let offer = offer(2);
    put(&stall.seller, &offer).await;
    let (by, other) = (viewer(1), viewer(2));
    let mut updates = Updates::of(&stall.platform, &stall.show).await;
    assert_eq!(updates.offers().await.len(), 1);
    stall.say(&by, "要3件").await;
    assert!(updates.offers().await.is_empty(), "the pages hear that nothing is left of it");
    assert_eq!(stall.prices(&by).await, [(2, LOW), (1, REGULAR)]);
    assert_eq!(spent(&stall.seller, offer.offer_id).await, Some((2, 0)));

    stall.take_back(&by, 1).await;
    assert_eq!(stall.prices(&by).await, [(2, LOW)], "the dearest goes first");
    stall.take_back(&by, 1).await;
    assert_eq!(stall.prices(&by).await, [(1, LOW)]);
    assert_eq!((spent(&stall.seller, offer.offer_id).await, stall.level().await), (Some((1, 0)), (9, 1)));
    assert_eq!(stall.pay(&by).await.total.minor, LOW);
    assert_eq!((spent(&stall.seller, offer.offer_id).await, stall.level().await), (Some((1, 1)), (8, 0)));

    stall.say(&other, "1").await;
    assert_eq!(shown(&stall.platform, &stall.show).await, None);
    stall.say(&other, "不要了").await;
    assert_eq!(shown(&stall.platform, &stall.show).await, Some((LOW, 1)), "who cancels gives it back");
    stall.say(&other, "1").await;
    assert_eq!(stall.prices(&other).await, [(1, LOW)]);
    stall.later(HOLD_MS).await;
    assert_eq!(stall.stands(&other).await[0], ClaimStand::Expired);
    assert_eq!(shown(&stall.platform, &stall.show).await, Some((LOW, 1)), "and so does whose time is over");
    assert_eq!(spent(&stall.seller, offer.offer_id).await, Some((1, 1)));
}

#[tokio::test]
async fn an_offers_limit_counts_a_pages_comments_and_its_button_together() {
    let stall = Stall::open(9, ReservePolicy::default()).await;
    put(&stall.seller, &Offer { per_buyer: Some(1), ..offer(9) }).await;
    let (by, other) = (viewer(1), viewer(2));
    stall.say(&by, "1").await;
    assert_eq!(stall.prices(&by).await, [(1, LOW)]);
    stall.say(&by, "1").await;
    assert_eq!(stall.prices(&by).await, [(1, REGULAR)], "one for each buyer");
    assert_eq!(stall.press(&by, "k1", 1).await.total.minor, REGULAR);
    assert_eq!(stall.level().await, (9, 3), "the button lets go of nothing that a comment ordered");

    assert_eq!(stall.press(&other, "k2", 1).await.total.minor, LOW, "somebody else has his own");
    stall.say(&other, "1").await;
    assert_eq!(stall.prices(&other).await, [(1, REGULAR)]);
}

#[tokio::test]
async fn whose_phone_number_has_had_its_share_pays_the_regular_price_by_the_same_link() {
    let stall = Stall::open(9, ReservePolicy::default()).await;
    let offer = Offer { per_buyer: Some(1), ..offer(9) };
    put(&stall.seller, &offer).await;
    let phone = "13812348000";
    let elsewhere = Page { viewer: Some("another-browser-of-anna"), ..Page::of(&stall.platform, &stall.show) };
    let first = elsewhere.hold("k", 1).await;
    let _: Receipt = body(pay_from(&stall.platform, &first, phone).await).await;

    let by = viewer(1);
    stall.say(&by, "1").await;
    let link = stall.link(&by).await;
    let held = stall.hold(&link).await;
    assert_eq!(held.total.minor, LOW, "nobody knows yet who it is");
    let (status, told) = failure(pay_from(&stall.platform, &held, phone).await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::Conflict));
    let again = stall.hold(&link).await;
    assert_eq!((again.reservation_id, again.total.minor), (held.reservation_id, REGULAR));
    assert_eq!(stall.prices(&by).await, [(1, REGULAR)]);
    assert_eq!(spent(&stall.seller, offer.offer_id).await, Some((1, 1)), "the piece is for somebody else");
    let receipt: Receipt = body(pay_from(&stall.platform, &again, phone).await).await;
    assert_eq!((receipt.total.minor, stall.level().await), (REGULAR, (7, 0)));
}

#[tokio::test]
async fn goods_that_are_priced_anew_cost_the_currency_they_were_held_in() {
    let stall = Stall::open(9, ReservePolicy::default()).await;
    put(&stall.seller, &Offer { per_buyer: Some(1), ..offer(9) }).await;
    let phone = "13812348000";
    let elsewhere = Page { viewer: Some("another-browser-of-anna"), ..Page::of(&stall.platform, &stall.show) };
    let first = elsewhere.hold("k", 1).await;
    let _: Receipt = body(pay_from(&stall.platform, &first, phone).await).await;

    let by = viewer(1);
    stall.say(&by, "要2件").await;
    let link = stall.link(&by).await;
    let held = stall.hold(&link).await;
    assert_eq!(held.total, Money::new(LOW + REGULAR, Currency::CNY));
    assert_eq!(failure(pay_from(&stall.platform, &held, phone).await).await.0, StatusCode::CONFLICT);
    stall.seller.list_in("A", 2, Currency::USD).await;
    assert_eq!(stall.hold(&link).await.total, Money::new(2 * REGULAR, Currency::CNY), "two cents are not two fen");
}

#[tokio::test]
async fn where_the_first_to_pay_is_served_the_link_says_what_it_costs_now() {
    let stall = Stall::open(5, ReservePolicy { first_paid: true, ..ReservePolicy::default() }).await;
    let offer = offer(1);
    put(&stall.seller, &offer).await;
    let (quick, slow) = (viewer(1), viewer(2));
    for by in [&quick, &slow] {
        stall.say(by, "1").await;
        assert_eq!(stall.prices(by).await, [(1, LOW)]);
    }
    assert_eq!(spent(&stall.seller, offer.offer_id).await, None, "an invitation spends nothing");
    assert_eq!(stall.pay(&quick).await.total.minor, LOW);
    assert_eq!(stall.prices(&slow).await, [(1, REGULAR)]);
    assert_eq!(stall.pay(&slow).await.total.minor, REGULAR);
}

#[tokio::test]
async fn what_a_buyer_takes_less_of_at_the_button_goes_to_who_waits() {
    let stall = Stall::open(2, ReservePolicy::default()).await;
    let (buyer, waiter) = (viewer(1), viewer(2));
    stall.press(&buyer, "k1", 2).await;
    stall.say(&waiter, "1").await;
    assert_eq!(stall.stands(&waiter).await, [ClaimStand::Waiting { place: 1 }]);
    stall.press(&buyer, "k2", 1).await;
    assert!(matches!(stall.stands(&waiter).await[0], ClaimStand::Reserved { .. }));
    assert_eq!(stall.level().await, (2, 2));
}
