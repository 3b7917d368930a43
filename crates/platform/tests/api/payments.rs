//! Payments on a provider's bad days: late, lost, doubled and reordered answers, and a platform that dies in between.

use crate::{
    body, failure,
    orders::{level, pay, shop},
};
use futures_util::future::join_all;
use hawker_domain::{
    OrderId,
    order::{Order, OrderEvent, OrderMove},
};
use hawker_platform::{
    clock::Clock,
    db::FeedRead,
    payment::{
        PaymentProvider, Sandbox, Told, WebhookEvent,
        sandbox::{Entry, Pace},
        signature,
    },
    services,
};
use hawker_test_support::{HandClock, TestPlatform, TestSeller, reserve};
use hawker_wire::{
    ErrorCode,
    feed::{FeedEvent, FeedPosition},
    ops::{OpPayload, OpResult, OpsApplied},
    show::ShowCreated,
    viewer::{AskPayment, Decline, Payment, Receipt, Reservation},
};
use reqwest::{Response, StatusCode};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

const MINUTE_MS: i64 = 60_000;
/// Cards of the sandbox, as its script has them.
const PAYS: &str = "4242424242424242";
const PENDING_THEN_REFUSED: &str = "4242424242429001";
const PENDING_THEN_PAID: &str = "4242424242429002";
const PAID_AND_SILENT: &str = "4242424242429004";
const TOLD_TWICE_AND_OUT_OF_ORDER: &str = "4242424242429006";
const FAILS: &str = "4242424242429008";
const NEVER_ARRIVES: &str = "4242424242429010";
const PAID_AND_NOT_TOLD: &str = "4242424242429012";
const TOLD_BEFORE_THE_ANSWER: &str = "4242424242429014";

/// A shop that sells "A", its bank, and the clock of both.
pub(crate) struct Market {
    pub(crate) clock: HandClock,
    pub(crate) bank: Sandbox,
    pub(crate) platform: TestPlatform,
    pub(crate) seller: TestSeller,
    pub(crate) show: ShowCreated,
}

impl Market {
    /// The platform waits for its provider for `patience`; what never comes, never comes.
    async fn open(stock: i64, patience: Duration) -> Self {
        let clock = HandClock::default();
        let bank = Sandbox::new(Pace { decides_after: Duration::ZERO, late: Duration::from_secs(86_400) });
        let (of_platform, provider) = (Arc::new(clock.clone()), Arc::new(bank.clone()));
        let platform = TestPlatform::start_with(move |config| {
            config.clock = of_platform;
            config.payments = provider;
            config.provider_timeout = patience;
        })
        .await;
        let (seller, show) = shop(&platform, stock).await;
        Self { clock, bank, platform, seller, show }
    }

    pub(crate) async fn impatient(stock: i64) -> Self {
        Self::open(stock, Duration::from_millis(100)).await
    }

    async fn try_reserve(&self, key: &str) -> Response {
        reserve(&self.platform.client, &self.platform.http(), self.show.show_id, key, &[("A", 1)]).await
    }

    pub(crate) async fn reserve(&self, key: &str) -> Reservation {
        body(self.try_reserve(key).await).await
    }

    pub(crate) async fn pay(&self, held: &Reservation, key: &str, card: &str) -> (StatusCode, Payment) {
        let response = pay(&self.platform, held, key, card).await;
        (response.status(), body(response).await)
    }

    async fn ask(&self, held: &Reservation) -> Response {
        let url = self.platform.url(&format!("/api/v1/public/reservations/{}/payment", held.reservation_id));
        self.platform.client.post(url).json(&AskPayment { secret: held.secret.clone() }).send().await.unwrap()
    }

    pub(crate) async fn look(&self, held: &Reservation) -> Payment {
        body(self.ask(held).await).await
    }

    /// Time passes, the provider is asked, and goods whose time is over go back.
    async fn later(&self, ms: i64) {
        self.clock.advance_ms(ms);
        self.platform.running().check_payments().await.unwrap();
        self.platform.running().run_jobs().await.unwrap();
    }

    async fn level(&self) -> (i64, i64) {
        level(&self.platform, &self.seller).await
    }

    /// The orders in the seller's feed.
    async fn orders(&self) -> Vec<Order> {
        let store = &self.platform.running().app().store;
        let read = store.feed_after(self.seller.seller_id, &FeedPosition::default(), None, 1_000).await.unwrap();
        let FeedRead::Page(page) = read else { panic!("the feed is its own") };
        let order = |event| if let FeedEvent::OrderPaid { order } = event { Some(order) } else { None };
        page.entries().into_iter().filter_map(|entry| order(entry.event)).collect()
    }

    /// What the bank has in its books.
    fn booked(&self) -> Vec<(OrderId, Entry)> {
        self.bank.ledger().borrow().iter().map(|(key, entry)| (*key, *entry)).collect()
    }

    /// A webhook that says when it was signed and by whom.
    pub(crate) async fn hook(&self, text: &str, signed: &str) -> StatusCode {
        let url = self.platform.url("/api/v1/payments/webhook");
        let request = self.platform.client.post(url).header(signature::HEADER, signed).body(text.to_owned());
        request.send().await.unwrap().status()
    }

    pub(crate) fn sign(&self, text: &str) -> String {
        signature::sign(&self.platform.running().app().webhook_key, self.now_s(), text.as_bytes())
    }

    fn now_s(&self) -> i64 {
        self.clock.now_us() / 1_000_000
    }

    /// One order for `held`, one charge, and the goods of one.
    async fn assert_sold_once(&self, held: &Reservation, stock: i64) {
        let (orders, booked) = (self.orders().await, self.booked());
        assert_eq!((orders.len(), booked.len()), (1, 1), "{orders:?} {booked:?}");
        assert_eq!((booked[0].1.told, booked[0].1.asked), (Told::Captured, 1), "charged once");
        assert_eq!(booked[0].0, orders[0].id, "for this order");
        assert_eq!(self.level().await, (stock - 1, 0), "one piece left the stock");
        let Payment::Paid(receipt) = self.look(held).await else { panic!("the buyer sees it paid") };
        assert_eq!(receipt.order_id, orders[0].id);
        assert_eq!(orders[0].buyer, "张*", "the buyer who pressed the button");
    }
}

pub(crate) fn event(id: &str, key: OrderId, told: Told) -> String {
    serde_json::to_string(&WebhookEvent { id: id.into(), key, told }).unwrap()
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_becomes_one_paid_order() {
    let market = Market::impatient(5).await;
    let held = market.reserve("k").await;
    let (status, told) = market.pay(&held, "p", PAID_AND_SILENT).await;
    assert_eq!((status, told), (StatusCode::ACCEPTED, Payment::Checking), "neither paid nor refused");
    assert_eq!(market.look(&held).await, Payment::Checking);

    for key in ["p", "another"] {
        assert_eq!(market.pay(&held, key, PAID_AND_SILENT).await.1, Payment::Checking, "{key}: no second charge");
    }
    market.clock.advance_ms(10 * MINUTE_MS);
    assert_eq!(market.platform.running().run_jobs().await.unwrap(), 0, "what may be paid is not given to others");
    assert_eq!(market.level().await, (5, 1));

    market.later(0).await;
    market.assert_sold_once(&held, 5).await;
    market.later(MINUTE_MS).await;
    let (status, again) = market.pay(&held, "p", PAID_AND_SILENT).await;
    assert!(status == StatusCode::OK && matches!(again, Payment::Paid(_)), "{again:?}");
    market.assert_sold_once(&held, 5).await;
}

#[tokio::test]
async fn a_charge_that_never_arrived_is_called_off_and_the_goods_are_free() {
    for card in [NEVER_ARRIVES, FAILS] {
        let market = Market::impatient(5).await;
        let held = market.reserve("k").await;
        assert_eq!(market.pay(&held, "p", card).await, (StatusCode::ACCEPTED, Payment::Checking), "{card}");
        market.later(10_000).await;
        assert_eq!(market.look(&held).await, Payment::Checking, "it is not asked about while it may be on its way");
        market.later(10 * MINUTE_MS).await;
        let not_charged = Payment::Declined { why: Decline::NotCharged };
        assert_eq!(market.look(&held).await, not_charged, "{card}");
        assert_eq!((market.level().await, market.orders().await.len()), ((5, 0), 0), "{card}");
        let (status, told) = failure(pay(&market.platform, &held, "p", PAYS).await).await;
        assert_eq!((status, told.code), (StatusCode::GONE, ErrorCode::ReservationExpired));

        // The request was only slow, and arrives now.
        let (key, entry) = market.booked()[0];
        let charge = hawker_platform::payment::Charge { key, amount: entry.amount, card: PAYS };
        let answer = market.bank.charge(charge).await.unwrap();
        assert_eq!(answer, Told::Declined { why: Decline::NotCharged }, "what is called off stays so");
    }
}

#[tokio::test]
async fn what_is_not_charged_may_be_paid_again_while_it_is_held() {
    let market = Market::impatient(5).await;
    let held = market.reserve("k").await;
    market.pay(&held, "p", NEVER_ARRIVES).await;
    market.later(20_000).await;
    assert_eq!(market.look(&held).await, Payment::Declined { why: Decline::NotCharged });
    assert_eq!(market.level().await, (5, 1), "still this buyer's");
    let (status, _) = market.pay(&held, "p", PAYS).await;
    assert_eq!(status, StatusCode::OK, "the key is free for another card");
    assert_eq!((market.level().await, market.orders().await.len()), ((4, 0), 1));
}

#[tokio::test]
async fn a_platform_that_dies_after_the_charge_pays_once_when_it_is_back() {
    let mut market = Market::open(5, Duration::from_secs(86_400)).await;
    let held = market.reserve("k").await;
    let (client, http, buyer) = (market.platform.client.clone(), market.platform.http(), held.clone());
    let waiting = tokio::spawn(async move {
        let url = http.join(&format!("/api/v1/public/reservations/{}/pay", buyer.reservation_id)).unwrap();
        let form = serde_json::json!({ "secret": buyer.secret, "card": PAID_AND_SILENT, "name": "张小雨" });
        client.post(url).header("Idempotency-Key", "p").json(&form).send().await
    });
    market.bank.ledger().wait_for(|ledger| !ledger.is_empty()).await.unwrap();
    assert_eq!(market.booked()[0].1.told, Told::Captured, "the money is taken");
    market.platform.crash().await;
    assert!(waiting.await.unwrap().is_err(), "the buyer got no answer");

    assert_eq!((market.level().await, market.orders().await.len()), ((5, 1), 0), "nothing is sold yet");
    assert_eq!(market.look(&held).await, Payment::Checking);
    market.later(10 * MINUTE_MS).await;
    market.assert_sold_once(&held, 5).await;
}

#[tokio::test]
async fn webhooks_that_come_twice_and_out_of_order_sell_once() {
    let market = Market::impatient(5).await;
    market.bank.hold(true);
    let held = market.reserve("k").await;
    let (status, told) = market.pay(&held, "p", TOLD_TWICE_AND_OUT_OF_ORDER).await;
    assert_eq!((status, told), (StatusCode::ACCEPTED, Payment::Pending));
    market.later(10 * MINUTE_MS).await;
    assert_eq!(market.look(&held).await, Payment::Pending, "asking a provider that has not decided changes nothing");
    assert_eq!(market.level().await, (5, 1));
    market.bank.hold(false);
    market.bank.all_told().await;
    market.assert_sold_once(&held, 5).await;
}

#[tokio::test]
async fn a_webhook_before_the_answer_sells_once() {
    let market = Market::open(5, Duration::from_secs(60)).await;
    let held = market.reserve("k").await;
    let (status, told) = market.pay(&held, "p", TOLD_BEFORE_THE_ANSWER).await;
    assert!(status == StatusCode::OK && matches!(told, Payment::Paid(_)), "{told:?}");
    market.assert_sold_once(&held, 5).await;
}

#[tokio::test]
async fn a_lost_webhook_is_made_up_for_by_asking() {
    let market = Market::impatient(5).await;
    let held = market.reserve("k").await;
    assert_eq!(market.pay(&held, "p", PAID_AND_NOT_TOLD).await.1, Payment::Pending);
    market.later(20_000).await;
    market.assert_sold_once(&held, 5).await;
}

#[tokio::test]
async fn a_refusal_that_comes_later_frees_the_key_and_then_the_goods() {
    let market = Market::impatient(1).await;
    let held = market.reserve("k").await;
    assert_eq!(market.pay(&held, "p", PENDING_THEN_REFUSED).await.1, Payment::Pending);
    market.bank.all_told().await;
    assert_eq!(market.look(&held).await, Payment::Declined { why: Decline::Refused });
    let (status, told) = failure(pay(&market.platform, &held, "p", "4241").await).await;
    assert_eq!((status, told.code), (StatusCode::PAYMENT_REQUIRED, ErrorCode::PaymentRefused));
    assert_eq!(market.level().await, (1, 1), "held until its time is over");
    market.later(5 * MINUTE_MS).await;
    assert_eq!((market.level().await, market.orders().await.len()), ((1, 0), 0));
}

#[tokio::test]
async fn what_stays_pending_is_called_off_in_the_end() {
    let market = Market::impatient(1).await;
    market.bank.hold(true);
    let held = market.reserve("k").await;
    market.pay(&held, "p", PENDING_THEN_PAID).await;
    market.later(14 * MINUTE_MS).await;
    assert_eq!((market.look(&held).await, market.level().await), (Payment::Pending, (1, 1)));
    market.later(2 * MINUTE_MS).await;
    assert_eq!(market.look(&held).await, Payment::Declined { why: Decline::NotCharged });
    assert_eq!(market.level().await, (1, 0));
    market.bank.hold(false);
    market.bank.all_told().await;
    assert_eq!(market.orders().await.len(), 0, "the bank does not charge what was called off");
}

#[tokio::test]
async fn pressing_twice_at_once_charges_once() {
    for card in [PAYS, PENDING_THEN_PAID] {
        let market = Market::open(5, Duration::from_secs(60)).await;
        let held = market.reserve("k").await;
        let keys: Vec<String> = (0..8).map(|number| format!("p{}", number / 2)).collect();
        let presses = join_all(keys.iter().map(|key| market.pay(&held, key, card))).await;
        for (status, told) in presses {
            let as_said = if matches!(told, Payment::Paid(_)) { StatusCode::OK } else { StatusCode::ACCEPTED };
            assert_eq!(status, as_said, "{told:?}");
        }
        market.bank.all_told().await;
        market.assert_sold_once(&held, 5).await;
    }
}

#[tokio::test]
async fn goods_under_a_pending_payment_are_nobody_elses() {
    let market = Market::impatient(3).await;
    market.bank.hold(true);
    let mut buyers = Vec::new();
    for (number, card) in [PENDING_THEN_PAID, PENDING_THEN_REFUSED, PENDING_THEN_PAID].into_iter().enumerate() {
        let held = market.reserve(&format!("k{number}")).await;
        assert_eq!(market.pay(&held, "p", card).await.1, Payment::Pending);
        buyers.push(held);
    }
    for ms in [0, 10 * MINUTE_MS] {
        market.later(ms).await;
        let rest = join_all((0..10).map(|number| {
            let (market, key) = (&market, format!("late-{ms}-{number}"));
            async move { market.try_reserve(&key).await }
        }));
        for response in rest.await {
            assert_eq!(failure(response).await.1.code, ErrorCode::OutOfStock);
        }
        assert_eq!(market.level().await, (3, 3), "what is being paid for counts as held");
    }
    market.bank.hold(false);
    market.bank.all_told().await;
    market.later(0).await;
    assert_eq!(market.level().await, (1, 0), "two are sold, the refused one is free");
    let next = market.reserve("next").await;
    assert!(matches!(market.pay(&next, "p", PAYS).await.1, Payment::Paid(_)));
    assert_eq!((market.level().await, market.orders().await.len()), ((0, 0), 3), "never more than there was");
    assert_eq!(failure(market.try_reserve("too-late").await).await.1.code, ErrorCode::OutOfStock);
}

#[tokio::test]
async fn only_a_webhook_with_a_good_signature_counts_and_only_once() {
    let market = Market::impatient(5).await;
    market.bank.hold(true);
    let held = market.reserve("k").await;
    market.pay(&held, "p", PENDING_THEN_PAID).await;
    let key = market.booked()[0].0;
    let text = event("e1", key, Told::Captured);
    let good = market.sign(&text);
    let own = &market.platform.running().app().webhook_key;
    let at = |at_s| signature::sign(own, at_s, text.as_bytes());
    let forged = [
        String::new(),
        "t=1,v1=00".to_owned(),
        signature::sign(&[7; 32], market.now_s(), text.as_bytes()),
        at(market.now_s() - 301),
        at(market.now_s() + 301),
        market.sign(&event("e2", key, Told::Captured)),
    ];
    for signed in forged {
        assert_eq!(market.hook(&text, &signed).await, StatusCode::UNAUTHORIZED, "{signed}");
    }
    let other = event("e1", OrderId(Uuid::now_v7()), Told::Captured);
    assert_eq!(market.hook(&other, &good).await, StatusCode::UNAUTHORIZED, "the signature is of another body");
    assert_eq!(market.look(&held).await, Payment::Pending, "nothing of that counted");

    let unknown = event("e0", OrderId(Uuid::now_v7()), Told::Captured);
    assert_eq!(market.hook(&unknown, &market.sign(&unknown)).await, StatusCode::ACCEPTED, "kept, and of no effect");
    for bad in ["{", "{}", &event("", key, Told::Captured), &event(&"x".repeat(65), key, Told::Captured)] {
        assert_eq!(market.hook(bad, &market.sign(bad)).await, StatusCode::BAD_REQUEST, "{bad}");
    }
    let large = " ".repeat(17 * 1024);
    assert_eq!(market.hook(&large, &market.sign(&large)).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(market.orders().await.len(), 0);

    for _ in 0..3 {
        assert_eq!(market.hook(&text, &good).await, StatusCode::ACCEPTED);
    }
    // The same id with other news is the same event.
    let twisted = event("e1", key, Told::Declined { why: Decline::Refused });
    assert_eq!(market.hook(&twisted, &market.sign(&twisted)).await, StatusCode::ACCEPTED);
    assert!(matches!(market.look(&held).await, Payment::Paid(_)));
    assert_eq!((market.orders().await.len(), market.level().await), (1, (4, 0)));
}

#[tokio::test]
async fn money_that_comes_after_all_goes_back() {
    let market = Market::impatient(1).await;
    let held = market.reserve("k").await;
    market.pay(&held, "p", NEVER_ARRIVES).await;
    market.later(10 * MINUTE_MS).await;
    let key = market.booked()[0].0;
    let other = market.reserve("other").await;
    assert!(matches!(market.pay(&other, "p", PAYS).await.1, Payment::Paid(_)), "the piece went to somebody else");

    let text = event("late", key, Told::Captured);
    assert_eq!(market.hook(&text, &market.sign(&text)).await, StatusCode::ACCEPTED);
    assert_eq!(market.look(&held).await, Payment::Refunding, "the buyer is told");
    assert_eq!(market.pay(&held, "p", PAYS).await, (StatusCode::ACCEPTED, Payment::Refunding), "and not charged again");
    market.later(0).await;
    assert_eq!(market.look(&held).await, Payment::Refunded);
    assert_eq!((market.orders().await.len(), market.level().await), (1, (0, 0)), "the other buyer's order stands");
}

#[tokio::test]
async fn a_paid_order_is_given_back_once_and_by_its_seller_alone() {
    let market = Market::open(5, Duration::from_secs(60)).await;
    let held = market.reserve("k").await;
    let receipt: Receipt = body(pay(&market.platform, &held, "p", PAYS).await).await;
    let stranger = market.platform.seller("eve").await;
    let app = market.platform.running().app();
    let refused = services::payments::refund(app, stranger.seller_id, receipt.order_id).await;
    assert!(refused.is_err(), "an order of another seller is none");
    for _ in 0..2 {
        services::payments::refund(app, market.seller.seller_id, receipt.order_id).await.unwrap();
    }
    assert_eq!(market.look(&held).await, Payment::Refunding);
    market.later(0).await;
    market.later(MINUTE_MS).await;
    assert_eq!(market.look(&held).await, Payment::Refunded);
    assert_eq!(market.booked()[0].1.refunded, Some(receipt.total), "all of it");
    services::payments::refund(app, market.seller.seller_id, receipt.order_id).await.unwrap();
    assert_eq!(market.look(&held).await, Payment::Refunded, "what went back stays there");
}

#[tokio::test]
async fn only_who_reserved_is_told() {
    let market = Market::impatient(1).await;
    let held = market.reserve("k").await;
    let (status, told) = failure(market.ask(&held).await).await;
    assert_eq!((status, told.code), (StatusCode::NOT_FOUND, ErrorCode::NotFound), "nothing was paid yet");
    let guessed = Reservation { secret: "guessed".into(), ..held };
    let (status, told) = failure(market.ask(&guessed).await).await;
    assert_eq!((status, told.code), (StatusCode::FORBIDDEN, ErrorCode::Forbidden));
}

#[tokio::test]
async fn an_order_that_the_seller_refunds_gives_the_money_back() {
    let market = Market::impatient(5).await;
    let held = market.reserve("k").await;
    let (_, paid) = market.pay(&held, "p", "4242").await;
    let Payment::Paid(receipt) = paid else { panic!("{paid:?}") };
    let moved = OrderMove { order_id: receipt.order_id, event: OrderEvent::Refund, note: "broken".into(), at_us: 1 };
    let op = market.seller.op(&OpPayload::OrderMoved { moved });
    let applied: OpsApplied = body(market.seller.post_ops(vec![op.clone()]).await).await;
    assert_eq!(applied.results, [OpResult::Applied]);
    let again: OpsApplied = body(market.seller.post_ops(vec![op]).await).await;
    assert_eq!(again.results, [OpResult::Applied]);
    market.later(MINUTE_MS).await;
    assert_eq!(market.look(&held).await, Payment::Refunded);
    assert_eq!(market.booked()[0].1.refunded, Some(receipt.total), "once, and all of it");
    assert_eq!(market.level().await, (4, 0), "the goods are the seller's to take back");
}
