//! Orders from comments: from "1" in the chat to goods that are held, waited for and paid.

use crate::{
    body, failure,
    orders::{level, pay, shop},
};
use futures_util::future::join_all;
use hawker_domain::{
    ChatId, ClaimId, Currency, Money, ShowMs, Sku,
    claim::{ClaimLine, Heard, RefusedWhy, ReservePolicy, Shipping},
    comment::Confidence,
    order::OrderSource,
};
use hawker_platform::{clock::Clock, db::NewChat, services::claims::viewer_id};
use hawker_test_support::{HandClock, TestPlatform, TestSeller};
use hawker_wire::{
    ErrorCode,
    claim::{
        AskClaims, ClaimRules, ClaimStand, ClaimToPay, GoodsNames, OwnClaim, OwnClaims, PayLink, PutClaimRules,
        VIEWER_HEADER,
    },
    feed::FeedEvent,
    show::ShowCreated,
    viewer::{Payment, PublicShow, Receipt, Reservation, Say},
};
use reqwest::{Method, Response, StatusCode};
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;

/// A show in which comments buy, with "A" pinned, on a clock driven by hand.
pub(crate) struct Stall {
    pub clock: HandClock,
    pub platform: TestPlatform,
    pub seller: TestSeller,
    pub show: ShowCreated,
}

/// A page.
pub(crate) fn viewer(number: usize) -> String {
    format!("viewer-{number:032}")
}

impl Stall {
    pub async fn open(stock: i64, policy: ReservePolicy) -> Self {
        Self::open_with(stock, ClaimRules { policy, ..ClaimRules::default() }).await
    }

    pub async fn open_with(stock: i64, rules: ClaimRules) -> Self {
        let clock = HandClock::default();
        let platform = TestPlatform::start_on(&clock).await;
        let (seller, show) = shop(&platform, stock).await;
        let stall = Self { clock, platform, seller, show };
        stall.rules(rules).await;
        stall.seller.pin(stall.show.show_id, Some("A"), 0).await;
        stall
    }

    pub async fn rules(&self, rules: ClaimRules) {
        let path = format!("/api/v1/shows/{}/claims", self.show.show_id);
        self.seller.done(Method::PUT, &path, &PutClaimRules { rules: Some(rules) }).await;
    }

    pub async fn say(&self, by: &str, text: &str) {
        self.say_as(by, text, ChatId(Uuid::now_v7()), None).await;
    }

    pub async fn say_as(&self, by: &str, text: &str, id: ChatId, at: Option<ShowMs>) {
        let say = Say { id: Some(id), from: "小雨".into(), text: text.into(), at };
        let url = self.platform.url(&format!("/api/v1/public/shows/{}/chat", self.show.show_id));
        let said = self.platform.client.post(url).header(VIEWER_HEADER, by).json(&say).send().await.unwrap();
        assert_eq!(said.status(), StatusCode::NO_CONTENT);
    }

    pub async fn ask(&self, by: &str, ask: &AskClaims) -> OwnClaims {
        let url = self.platform.url(&format!("/api/v1/public/shows/{}/claims", self.show.show_id));
        body(self.platform.client.post(url).header(VIEWER_HEADER, by).json(ask).send().await.unwrap()).await
    }

    /// The viewer's claims, the newest first.
    pub async fn claims(&self, by: &str) -> Vec<OwnClaim> {
        self.ask(by, &AskClaims::default()).await.claims
    }

    pub async fn stands(&self, by: &str) -> Vec<ClaimStand> {
        self.claims(by).await.into_iter().map(|claim| claim.stand).collect()
    }

    /// The token of the newest claim's pay link.
    pub async fn link(&self, by: &str) -> String {
        let url = self.claims(by).await.remove(0).pay_url.expect("it may be paid");
        url.strip_prefix("/pay/").unwrap().to_owned()
    }

    pub async fn post_link(&self, what: &str, link: &str) -> Response {
        let url = self.platform.url(&format!("/api/v1/public/claims/{what}"));
        self.platform.client.post(url).json(&PayLink { link: link.to_owned() }).send().await.unwrap()
    }

    pub async fn look(&self, link: &str) -> ClaimToPay {
        body(self.post_link("look", link).await).await
    }

    pub async fn hold(&self, link: &str) -> Reservation {
        body(self.post_link("hold", link).await).await
    }

    pub async fn pay(&self, by: &str) -> Receipt {
        let held = self.hold(&self.link(by).await).await;
        body(pay(&self.platform, &held, "pay", "4242").await).await
    }

    pub async fn later(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.platform.running().run_jobs().await.unwrap();
    }

    pub async fn level(&self) -> (i64, i64) {
        level(&self.platform, &self.seller).await
    }
}

fn held(stand: &ClaimStand) -> bool {
    matches!(stand, ClaimStand::Reserved { .. })
}

#[tokio::test]
async fn thirty_comments_on_ten_pieces_hold_ten_and_queue_twenty_in_their_order() {
    let stall = Stall::open(10, ReservePolicy::default()).await;
    let viewers: Vec<String> = (0..30).map(viewer).collect();
    join_all(viewers.iter().map(|by| stall.say(by, "1"))).await;
    let stands: Vec<ClaimStand> = join_all(viewers.iter().map(|by| stall.stands(by))).await.concat();
    assert_eq!(stands.len(), 30, "one claim a comment: {stands:?}");
    assert_eq!(stands.iter().filter(|stand| held(stand)).count(), 10);
    let mut places: Vec<u32> = stands
        .iter()
        .filter_map(|stand| if let ClaimStand::Waiting { place } = stand { Some(*place) } else { None })
        .collect();
    places.sort_unstable();
    assert_eq!(places, (1..=20).collect::<Vec<_>>());
    assert_eq!(stall.level().await, (10, 10));

    // Eight pay; the other two let their time run out.
    let reserved: Vec<&String> =
        viewers.iter().zip(&stands).filter(|(_, stand)| held(stand)).map(|(by, _)| by).collect();
    for by in &reserved[..8] {
        stall.pay(by).await;
    }
    stall.later(10 * MINUTE_MS).await;
    for by in &reserved[8..] {
        assert_eq!(stall.stands(by).await, [ClaimStand::Expired]);
    }
    for (by, before) in viewers.iter().zip(&stands) {
        let ClaimStand::Waiting { place } = before else { continue };
        let now = stall.stands(by).await;
        match place {
            1 | 2 => assert!(held(&now[0]), "number {place} comes next: {now:?}"),
            _ => assert_eq!(now, [ClaimStand::Waiting { place: place - 2 }]),
        }
    }
    assert_eq!(stall.level().await, (2, 2), "what is there is promised, and no more");
}

#[tokio::test]
async fn a_comment_becomes_an_order_with_its_shipping_and_tells_the_seller_each_step() {
    let yuan = |minor| Money::new(minor, Currency::CNY);
    let shipping = Shipping { fee: yuan(800), free_from: Some(yuan(3_000)) };
    let stall = Stall::open_with(9, ClaimRules { shipping: Some(shipping), ..ClaimRules::default() }).await;
    let (one, two) = (viewer(1), viewer(2));
    stall.say(&one, "1").await;
    stall.say(&two, "要2件").await;
    let link = stall.link(&one).await;
    let to_pay = stall.look(&link).await;
    assert_eq!((to_pay.goods, to_pay.shipping, to_pay.total), (yuan(1_580), yuan(800), yuan(2_380)));
    assert_eq!((to_pay.lines[0].qty, to_pay.lines[0].unit_price), (1, yuan(1_580)));
    assert!(matches!(to_pay.stand, ClaimStand::Reserved { expires_in_ms } if expires_in_ms == 600_000));
    assert_eq!(stall.look(&stall.link(&two).await).await.total, yuan(3_160), "free from thirty");

    let receipt = stall.pay(&one).await;
    assert_eq!(receipt.total, yuan(2_380));
    assert_eq!(stall.look(&link).await.stand, ClaimStand::Paid);
    assert_eq!(stall.stands(&one).await, [ClaimStand::Paid]);
    assert_eq!(stall.level().await, (8, 2));

    let page = stall.seller.feed(0, 0).await;
    let mut states = Vec::new();
    let mut orders = Vec::new();
    for entry in page.entries() {
        match entry.event {
            FeedEvent::Claim { claim } if claim.text == "1" => states.push((claim.state.as_str(), claim.name)),
            FeedEvent::OrderPaid { order } => orders.push(order),
            _ => {}
        }
    }
    assert_eq!(states, [("reserved", "小*".to_owned()), ("paid", "小*".to_owned())], "a name is masked");
    assert_eq!((orders[0].source, orders[0].total, orders[0].lines[0].qty), (OrderSource::Comment, yuan(2_380), 1));
    let text = serde_json::to_string(&page).unwrap();
    assert!(!text.contains(&one) && !text.contains(&link), "neither a page's token nor a pay link reaches the seller");
}

#[tokio::test]
async fn a_comment_that_arrives_again_is_one_claim_and_one_that_is_written_again_is_another() {
    let stall = Stall::open(10, ReservePolicy::default()).await;
    let (by, id) = (viewer(1), ChatId(Uuid::now_v7()));
    join_all((0..4).map(|_| stall.say_as(&by, "+1", id, None))).await;
    assert_eq!(stall.claims(&by).await.len(), 1);
    stall.say(&by, "+1").await;
    assert_eq!(stall.level().await, (10, 2), "said twice it is meant twice");
    stall.say(&by, "+1+1").await;
    assert_eq!(stall.level().await, (10, 3), "repeated in one comment it is meant once");
    let chats = stall.seller.feed(0, 0).await.entries().into_iter();
    assert_eq!(chats.filter(|entry| matches!(entry.event, FeedEvent::Chat { .. })).count(), 3);
}

#[tokio::test]
async fn a_buyer_s_limit_counts_claims_and_what_was_bought_by_the_button() {
    let stall = Stall::open(10, ReservePolicy { per_buyer: Some(2), ..ReservePolicy::default() }).await;
    let (by, other) = (viewer(1), viewer(2));
    let url = stall.platform.url(&format!("/api/v1/public/shows/{}/reservations", stall.show.show_id));
    let form = serde_json::json!({ "lines": [{ "sku": "A", "qty": 1 }] });
    let request = stall.platform.client.post(url).header(VIEWER_HEADER, &by).header("Idempotency-Key", "k").json(&form);
    let _: Reservation = body(request.send().await.unwrap()).await;
    stall.say(&by, "要2件").await;
    stall.say(&by, "1").await;
    stall.say(&by, "1").await;
    let stands = stall.stands(&by).await;
    let limit = ClaimStand::Refused { why: RefusedWhy::Limit };
    assert!(held(&stands[1]) && stands[0] == limit && stands[2] == limit, "{stands:?}");
    stall.say(&other, "要2件").await;
    assert!(held(&stall.stands(&other).await[0]), "another viewer has his own");
    stall.say(&by, "不要了").await;
    stall.say(&by, "1").await;
    assert!(held(&stall.stands(&by).await[0]), "what was taken back counts no more");
}

#[tokio::test]
async fn goods_that_are_held_keep_their_link_and_can_be_taken_back_however_much_is_said_after() {
    let stall = Stall::open(10, ReservePolicy { per_buyer: Some(1), ..ReservePolicy::default() }).await;
    let by = viewer(1);
    stall.say(&by, "1").await;
    for _ in 0..21 {
        stall.say(&by, "1").await;
    }
    let stands = stall.stands(&by).await;
    assert_eq!(stands.len(), 20);
    assert!(held(&stands[19]), "the oldest, and the one that can be paid: {stands:?}");
    assert_eq!(stands[..19], [ClaimStand::Refused { why: RefusedWhy::Limit }; 19]);
    stall.say(&by, "不要了").await;
    assert_eq!(stall.level().await, (10, 0));
}

#[tokio::test]
async fn a_cancelling_comment_lets_the_goods_go_to_who_waits() {
    let stall = Stall::open(2, ReservePolicy::default()).await;
    let (first, next) = (viewer(1), viewer(2));
    stall.say(&first, "要2件").await;
    stall.say(&next, "1").await;
    assert_eq!(stall.stands(&next).await, [ClaimStand::Waiting { place: 1 }]);
    stall.say(&first, "不要了").await;
    assert_eq!(stall.stands(&first).await, [ClaimStand::Dropped]);
    assert!(held(&stall.stands(&next).await[0]));
    assert_eq!(stall.level().await, (2, 1));
    stall.say(&next, "不要了").await;
    assert_eq!(stall.level().await, (2, 0));
}

#[tokio::test]
async fn new_stock_goes_to_who_waited_longest() {
    let stall = Stall::open(0, ReservePolicy::default()).await;
    for number in 0..3 {
        stall.say(&viewer(number), "1").await;
    }
    stall.seller.receive("A", 2).await;
    assert!(held(&stall.stands(&viewer(0)).await[0]) && held(&stall.stands(&viewer(1)).await[0]));
    assert_eq!(stall.stands(&viewer(2)).await, [ClaimStand::Waiting { place: 1 }]);
    let path = format!("/api/v1/shows/{}/end", stall.show.show_id);
    stall.seller.done(Method::POST, &path, &()).await;
    assert_eq!(stall.stands(&viewer(2)).await, [ClaimStand::Expired], "nobody waits in a show that is over");
    stall.pay(&viewer(0)).await;
}

#[tokio::test]
async fn without_a_waiting_list_sold_out_is_said_at_once() {
    let stall = Stall::open(0, ReservePolicy { waiting_list: false, ..ReservePolicy::default() }).await;
    stall.say(&viewer(1), "1").await;
    assert_eq!(stall.stands(&viewer(1)).await, [ClaimStand::Refused { why: RefusedWhy::SoldOut }]);
}

#[tokio::test]
async fn where_the_first_to_pay_is_served_nothing_is_held_before() {
    let stall = Stall::open(1, ReservePolicy { first_paid: true, ..ReservePolicy::default() }).await;
    let (slow, quick, third) = (viewer(1), viewer(2), viewer(3));
    for by in [&slow, &quick, &third] {
        stall.say(by, "1").await;
        assert!(matches!(stall.stands(by).await[0], ClaimStand::Invited { .. }));
    }
    assert_eq!(stall.level().await, (1, 0));
    stall.pay(&quick).await;
    let (status, told) = failure(stall.post_link("hold", &stall.link(&slow).await).await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::OutOfStock));
    assert_eq!(stall.stands(&slow).await, [ClaimStand::Waiting { place: 1 }], "who came too late waits");
    stall.seller.receive("A", 1).await;
    assert!(held(&stall.stands(&slow).await[0]), "who waited has it held");
    stall.later(10 * MINUTE_MS).await;
    assert_eq!(stall.stands(&third).await, [ClaimStand::Expired]);
}

#[tokio::test]
async fn the_page_of_a_pay_link_says_how_many_come_first_by_now() {
    let stall = Stall::open(1, ReservePolicy { first_paid: true, ..ReservePolicy::default() }).await;
    let (first, second, quick) = (viewer(1), viewer(2), viewer(3));
    for by in [&first, &second, &quick] {
        stall.say(by, "1").await;
    }
    stall.pay(&quick).await;
    let link = stall.link(&second).await;
    for late in [&stall.link(&first).await, &link] {
        assert_eq!(failure(stall.post_link("hold", late).await).await.1.code, ErrorCode::OutOfStock);
    }
    assert_eq!(stall.look(&link).await.stand, ClaimStand::Waiting { place: 2 });
    stall.say(&first, "不要了").await;
    assert_eq!(stall.look(&link).await.stand, ClaimStand::Waiting { place: 1 });
}

#[tokio::test]
async fn nobody_begins_to_wait_in_a_show_that_is_over() {
    let stall = Stall::open(1, ReservePolicy { first_paid: true, ..ReservePolicy::default() }).await;
    let (slow, quick, late) = (viewer(1), viewer(2), viewer(3));
    stall.say(&slow, "1").await;
    stall.say(&quick, "1").await;
    stall.pay(&quick).await;
    let link = stall.link(&slow).await;
    stall.seller.done(Method::POST, &format!("/api/v1/shows/{}/end", stall.show.show_id), &()).await;
    let (status, told) = failure(stall.post_link("hold", &link).await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::OutOfStock));
    assert_eq!(stall.stands(&slow).await, [ClaimStand::Refused { why: RefusedWhy::SoldOut }]);

    // Let in while the show ran, and kept after its end.
    let (show, id) = (stall.show.show_id, Uuid::now_v7());
    let chat = NewChat {
        seller: stall.seller.seller_id,
        show,
        chat_id: ChatId(id),
        said: Say { id: None, from: "小雨".into(), text: "1".into(), at: None },
        viewer: Some(viewer_id(show, &late)),
        heard: Heard::Claim {
            lines: vec![ClaimLine { sku: Sku::new("A").unwrap(), qty: 1 }],
            confidence: Confidence::Custom,
        },
        claim_id: ClaimId(id),
        now_us: stall.clock.now_us(),
    };
    stall.platform.running().app().store.hear(chat).await.unwrap().expect("it was not said before");
    assert!(stall.claims(&late).await.is_empty());
    stall.seller.receive("A", 1).await;
    assert_eq!(stall.level().await, (1, 0), "goods that come later are held for nobody");
}

#[tokio::test]
async fn a_pay_link_is_good_for_one_claim_in_its_time_and_for_nothing_else() {
    let stall = Stall::open(5, ReservePolicy::default()).await;
    let (by, other) = (viewer(1), viewer(2));
    stall.say(&by, "1").await;
    let link = stall.link(&by).await;
    assert!(stall.claims(&other).await.is_empty(), "only the page that wrote it sees the link");
    let flipped = if link.starts_with('A') { 'B' } else { 'A' };
    let altered = format!("{flipped}{}", link.get(1..).unwrap());
    for bad in [altered.as_str(), "", "x", link.get(..link.len() - 2).unwrap(), &Uuid::now_v7().to_string()] {
        for what in ["look", "hold"] {
            let (status, told) = failure(stall.post_link(what, bad).await).await;
            assert_eq!((status, told.code), (StatusCode::FORBIDDEN, ErrorCode::Forbidden), "{what} {bad}");
        }
    }
    let page = stall.platform.client.get(stall.platform.url(&format!("/pay/{link}"))).send().await.unwrap();
    assert_ne!(page.status(), StatusCode::NOT_FOUND, "the link has a page");

    // Forwarded and opened by two, it pays once.
    let (one, same) = (stall.hold(&link).await, stall.hold(&link).await);
    assert_eq!((one.reservation_id, &one.secret), (same.reservation_id, &same.secret));
    let paid: Receipt = body(pay(&stall.platform, &one, "mine", "4242").await).await;
    let again: Payment = body(pay(&stall.platform, &same, "yours", "4444").await).await;
    assert_eq!(again, Payment::Paid(paid));
    assert_eq!(stall.level().await, (4, 0));

    stall.say(&by, "1").await;
    let late = stall.link(&by).await;
    stall.later(10 * MINUTE_MS).await;
    assert_eq!(stall.look(&late).await.stand, ClaimStand::Expired, "it says what happened, and where to claim again");
    let (status, told) = failure(stall.post_link("hold", &late).await).await;
    assert_eq!((status, told.code), (StatusCode::GONE, ErrorCode::ReservationExpired));
    stall.say(&by, "1").await;
    stall.pay(&by).await;
}

#[tokio::test]
async fn the_moment_that_the_viewer_saw_says_what_was_meant() {
    let stall = Stall::open(5, ReservePolicy::default()).await;
    stall.seller.list("B", 900).await;
    stall.seller.receive("B", 5).await;
    stall.seller.pin(stall.show.show_id, Some("B"), 60_000).await;
    let by = viewer(1);
    stall.say_as(&by, "1", ChatId(Uuid::now_v7()), Some(ShowMs(59_999))).await;
    stall.say_as(&by, "1", ChatId(Uuid::now_v7()), Some(ShowMs(60_000))).await;
    let skus: Vec<_> = stall.claims(&by).await.into_iter().map(|claim| claim.lines[0].sku.to_string()).collect();
    assert_eq!(skus, ["B", "A"]);
}

#[tokio::test]
async fn a_page_hears_at_once_what_became_of_its_claim() {
    let stall = Stall::open(1, ReservePolicy::default()).await;
    let (first, next) = (viewer(1), viewer(2));
    stall.say(&first, "1").await;
    stall.say(&next, "1").await;
    let seen = stall.ask(&next, &AskClaims::default()).await.version;
    let waiting = AskClaims { seen, wait_ms: 20_000 };
    let (told, ()) = tokio::join!(stall.ask(&next, &waiting), stall.say(&first, "不要了"));
    assert!(held(&told.claims[0].stand), "{told:?}");
}

#[tokio::test]
async fn every_product_of_a_long_running_order_may_have_names() {
    let stall = Stall::open(5, ReservePolicy::default()).await;
    let called = |number: usize| GoodsNames {
        sku: Sku::new(&format!("S{number}")).unwrap(),
        aliases: vec!["长".repeat(60), format!("number {number}")],
        variant: None,
    };
    let mut names: Vec<_> = (1..500).map(called).collect();
    names.push(GoodsNames { sku: Sku::new("A").unwrap(), aliases: vec!["马克杯".to_owned()], variant: None });
    stall.rules(ClaimRules { names, ..ClaimRules::default() }).await;
    stall.say(&viewer(1), "马克杯两个").await;
    assert_eq!(stall.level().await, (5, 2));
}

#[tokio::test]
async fn who_waits_when_the_rules_are_taken_back_gets_the_goods_by_those_rules() {
    let yuan = |minor| Money::new(minor, Currency::CNY);
    let shipping = Some(Shipping { fee: yuan(800), free_from: None });
    let policy = ReservePolicy { hold_min: 3, ..ReservePolicy::default() };
    let stall = Stall::open_with(0, ClaimRules { shipping, policy, ..ClaimRules::default() }).await;
    let by = viewer(1);
    stall.say(&by, "1").await;
    let path = format!("/api/v1/shows/{}/claims", stall.show.show_id);
    for _ in 0..2 {
        stall.seller.done(Method::PUT, &path, &PutClaimRules { rules: None }).await;
    }
    stall.say(&viewer(2), "1").await;
    assert!(stall.claims(&viewer(2)).await.is_empty(), "comments buy nothing any more");
    stall.seller.receive("A", 1).await;
    assert_eq!(stall.stands(&by).await, [ClaimStand::Reserved { expires_in_ms: 180_000 }]);
    assert_eq!(stall.look(&stall.link(&by).await).await.shipping, yuan(800), "sending costs what it did");
    assert_eq!(stall.pay(&by).await.total, yuan(2_380));
}

#[tokio::test]
async fn comments_buy_nothing_where_they_were_not_told_to() {
    let stall = Stall::open(5, ReservePolicy::default()).await;
    let path = format!("/api/v1/shows/{}/claims", stall.show.show_id);
    let public = format!("/api/v1/public/shows/{}", stall.show.show_id);
    let read = || async {
        body::<PublicShow>(stall.platform.client.get(stall.platform.url(&public)).send().await.unwrap()).await
    };
    stall.seller.done(Method::PUT, &path, &PutClaimRules { rules: None }).await;
    stall.say(&viewer(1), "1").await;
    assert!(stall.claims(&viewer(1)).await.is_empty());
    assert_eq!(stall.level().await, (5, 0));
    let order = serde_json::json!({ "running_order": ["A"] });
    stall.seller.done(Method::PUT, &format!("/api/v1/shows/{}/running-order", stall.show.show_id), &order).await;
    assert_eq!(read().await.shelf[0].number, None);
    stall.rules(ClaimRules { keywords: "bare=number".into(), ..ClaimRules::default() }).await;
    assert_eq!(read().await.shelf[0].number, Some(1), "pages show what comments may say");
    stall.say(&viewer(2), "1").await;
    assert_eq!(stall.level().await, (5, 1));

    for bad in [
        serde_json::json!({ "rules": { "keywords": "bare=maybe" } }),
        serde_json::json!({ "rules": { "policy": { "hold_min": 0 } } }),
        serde_json::json!({ "rules": { "shipping": { "fee": { "minor": -1, "currency": "CNY" } } } }),
    ] {
        let request = stall.seller.request(Method::PUT, &path).json(&bad);
        let (status, told) = failure(request.send().await.unwrap()).await;
        assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput), "{bad}");
    }
    let foreign = stall.platform.seller("bob").await;
    let request = foreign.request(Method::PUT, &path).json(&PutClaimRules { rules: None });
    assert_eq!(failure(request.send().await.unwrap()).await.0, StatusCode::NOT_FOUND, "another seller's show");
}
