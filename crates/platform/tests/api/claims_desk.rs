//! Questions about comments: told to the seller, answered by an op, and what the viewer hears of it.

use crate::{
    body,
    claims::{Stall, viewer},
    failure,
};
use hawker_domain::{
    ClaimId, Currency, Sku,
    claim::{Answer, Claim, ClaimAnswer, ClaimLine, ReservePolicy},
    comment::Open,
    failure::FailureWhy,
};
use hawker_test_support::{TestSeller, reserve};
use hawker_wire::{
    ErrorCode,
    claim::{ClaimPayUrl, ClaimStand},
    feed::{FeedEvent, ReturnFeed},
    ops::{OpPayload, OpResult, OpsApplied, PostOps},
};
use reqwest::{Method, Response, StatusCode};

impl Stall {
    /// The questions in the seller's feed.
    async fn questions(&self) -> Vec<Claim> {
        let asked = |event| match event {
            FeedEvent::Claim { claim } if claim.question.is_some() && claim.state.as_str() == "asked" => Some(*claim),
            _ => None,
        };
        self.seller.feed(0, 0).await.entries().into_iter().filter_map(|entry| asked(entry.event)).collect()
    }

    async fn answer(&self, claim_id: ClaimId, answer: Answer) -> OpResult {
        let ops =
            vec![self.seller.op(&OpPayload::ClaimAnswered { answer: ClaimAnswer { claim_id, answer, at_us: 1 } })];
        let mut applied: OpsApplied =
            self.seller.ok(Method::POST, "/api/v1/ops", &PostOps { ops, seen: None, acked_op: None }).await;
        applied.results.remove(0)
    }
}

fn take(sku: &str, qty: u32) -> Answer {
    Answer::Take { lines: vec![ClaimLine { sku: Sku::new(sku).unwrap(), qty }] }
}

#[tokio::test]
async fn what_is_not_clear_goes_to_the_desk_and_its_answer_is_decided_like_a_claim() {
    let stall = Stall::open(3, ReservePolicy::default()).await;
    let (by, other) = (viewer(1), viewer(2));
    stall.say(&by, "可以给我留一个吗").await;
    stall.say(&other, "要几件").await;
    assert_eq!(stall.stands(&by).await, [ClaimStand::Asked]);
    assert_eq!(stall.level().await, (3, 0), "a question holds nothing");
    let asked = stall.questions().await;
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!((asked[0].text.as_str(), asked[1].text.as_str()), ("可以给我留一个吗", "要几件"));
    assert_eq!(asked[1].question.as_ref().unwrap().why, Open::Quantity);

    assert_eq!(stall.answer(asked[0].claim_id, take("A", 2)).await, OpResult::Applied);
    assert!(matches!(stall.stands(&by).await[0], ClaimStand::Reserved { .. }));
    assert_eq!(stall.level().await, (3, 2));
    assert_eq!(stall.answer(asked[1].claim_id, take("A", 2)).await, OpResult::Applied);
    assert_eq!(stall.stands(&other).await, [ClaimStand::Waiting { place: 1 }], "one piece is left, two are wanted");
    stall.pay(&by).await;
    stall.seller.receive("A", 1).await;
    stall.pay(&other).await;
    assert_eq!(stall.level().await, (0, 0));
}

async fn ask_link(seller: &TestSeller, claim: ClaimId) -> Response {
    seller.request(Method::GET, &format!("/api/v1/claims/{claim}/pay-link")).send().await.unwrap()
}

#[tokio::test]
async fn the_desk_gets_the_link_of_a_claim_that_may_be_paid_and_another_seller_gets_none() {
    let stall = Stall::open(1, ReservePolicy { hold_min: 10, ..ReservePolicy::default() }).await;
    let (by, next) = (viewer(1), viewer(2));
    stall.say(&by, "1").await;
    stall.say(&next, "1").await;
    let held = stall.claims(&by).await.remove(0);
    let url: ClaimPayUrl = body(ask_link(&stall.seller, held.claim_id).await).await;
    assert_eq!(
        url.pay_url,
        stall.platform.url(held.pay_url.as_deref().unwrap()).to_string(),
        "as the viewer's page has it"
    );

    let waits = stall.claims(&next).await.remove(0).claim_id;
    let (status, told) = failure(ask_link(&stall.seller, waits).await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::Conflict));
    assert!(told.message.contains("waiting"), "{told}");

    let foreign = stall.platform.seller("bob").await;
    for (seller, claim) in [(&foreign, held.claim_id), (&stall.seller, ClaimId(uuid::Uuid::now_v7()))] {
        let (status, told) = failure(ask_link(seller, claim).await).await;
        assert_eq!((status, told.code), (StatusCode::NOT_FOUND, ErrorCode::NotFound));
    }

    stall.later(11 * 60_000).await;
    let (status, told) = failure(ask_link(&stall.seller, held.claim_id).await).await;
    assert_eq!(status, StatusCode::CONFLICT, "its time is over: {told}");
}

#[tokio::test]
async fn a_claim_is_answered_once_and_dropping_it_lets_its_goods_go() {
    let stall = Stall::open(1, ReservePolicy::default()).await;
    let (by, other) = (viewer(1), viewer(2));
    stall.say(&by, "可以给我留一个吗").await;
    let claim_id = stall.questions().await[0].claim_id;
    assert_eq!(stall.answer(claim_id, take("A", 1)).await, OpResult::Applied);
    let OpResult::Rejected { why, reason } = stall.answer(claim_id, take("A", 1)).await else {
        panic!("answered twice")
    };
    assert!(why.contains("reserved"), "{why}");
    assert_eq!(reason.map(|reason| reason.why), Some(FailureWhy::ClaimDecided), "said in the reader's language");
    stall.say(&other, "1").await;
    assert_eq!(stall.answer(claim_id, Answer::Drop).await, OpResult::Applied);
    assert_eq!(stall.answer(claim_id, Answer::Drop).await, OpResult::Applied, "told by two devices it happened once");
    assert_eq!(stall.stands(&by).await, [ClaimStand::Dropped]);
    assert!(matches!(stall.stands(&other).await[0], ClaimStand::Reserved { .. }), "who waited has it");
    stall.pay(&other).await;
    let paid = stall.seller.feed(0, 0).await.entries().into_iter().rev().find_map(|entry| match entry.event {
        FeedEvent::Claim { claim } => Some(claim.claim_id),
        _ => None,
    });
    let OpResult::Rejected { why, .. } = stall.answer(paid.unwrap(), Answer::Drop).await else {
        panic!("paid is paid")
    };
    assert!(why.contains("paid"), "{why}");
}

#[tokio::test]
async fn a_question_that_nobody_answered_is_over_with_its_show() {
    let stall = Stall::open(1, ReservePolicy::default()).await;
    let by = viewer(1);
    stall.say(&by, "要几件").await;
    let claim_id = stall.questions().await[0].claim_id;
    assert_eq!(stall.stands(&by).await, [ClaimStand::Asked]);
    stall.seller.done(Method::POST, &format!("/api/v1/shows/{}/end", stall.show.show_id), &()).await;
    assert_eq!(stall.stands(&by).await, [ClaimStand::Expired], "the viewer does not wait for an answer for ever");
    let last = stall.seller.feed(0, 0).await.entries().into_iter().rev().find_map(|entry| match entry.event {
        FeedEvent::Claim { claim } if claim.claim_id == claim_id => Some(claim.state.as_str()),
        _ => None,
    });
    assert_eq!(last, Some("expired"), "and the desk has one question less");
    let OpResult::Rejected { why, .. } = stall.answer(claim_id, take("A", 1)).await else { panic!("it is over") };
    assert!(why.contains("expired"), "{why}");
    assert_eq!(stall.level().await, (1, 0));
}

#[tokio::test]
async fn an_answer_that_can_not_be_followed_is_refused_and_blocks_nothing() {
    let stall = Stall::open(2, ReservePolicy::default()).await;
    let by = viewer(1);
    stall.say(&by, "要几件").await;
    let claim_id = stall.questions().await[0].claim_id;
    for bad in [take("A", 0), take("A", 21), Answer::Take { lines: Vec::new() }] {
        assert!(matches!(stall.answer(claim_id, bad.clone()).await, OpResult::Rejected { .. }), "{bad:?}");
    }
    let unknown = ClaimId(uuid::Uuid::now_v7());
    assert!(matches!(stall.answer(unknown, Answer::Drop).await, OpResult::Rejected { .. }));
    let foreign = stall.platform.seller("bob").await;
    let answer = ClaimAnswer { claim_id, answer: Answer::Drop, at_us: 1 };
    let ops = vec![foreign.op(&OpPayload::ClaimAnswered { answer })];
    let applied: OpsApplied =
        foreign.ok(Method::POST, "/api/v1/ops", &PostOps { ops, seen: None, acked_op: None }).await;
    assert!(matches!(applied.results[0], OpResult::Rejected { .. }), "another seller's claim is none of his");
    assert_eq!(stall.stands(&by).await, [ClaimStand::Asked]);

    let (client, http) = (&stall.platform.client, stall.platform.http());
    let bought = reserve(client, &http, stall.show.show_id, "k", &[("A", 2)]).await;
    assert_eq!(bought.status(), StatusCode::CREATED);
    assert_eq!(stall.answer(claim_id, take("A", 1)).await, OpResult::Applied);
    assert_eq!(stall.stands(&by).await, [ClaimStand::Waiting { place: 1 }]);
}

#[tokio::test]
async fn who_waits_for_what_can_not_be_paid_together_any_more_keeps_nobody_from_his_goods() {
    let stall = Stall::open(0, ReservePolicy::default()).await;
    stall.seller.list("B", 900).await;
    let (both, one) = (viewer(1), viewer(2));
    stall.say(&both, "可以给我留一个吗").await;
    let lines = ["A", "B"].map(|sku| ClaimLine { sku: Sku::new(sku).unwrap(), qty: 1 }).to_vec();
    let claim_id = stall.questions().await[0].claim_id;
    assert_eq!(stall.answer(claim_id, Answer::Take { lines }).await, OpResult::Applied);
    stall.say(&one, "1").await;
    assert_eq!(stall.stands(&both).await, [ClaimStand::Waiting { place: 1 }]);
    assert_eq!(stall.stands(&one).await, [ClaimStand::Waiting { place: 2 }]);

    stall.seller.list_in("B", 200, Currency::USD).await;
    stall.seller.receive("A", 1).await;
    assert_eq!(stall.stands(&one).await, [ClaimStand::Waiting { place: 2 }], "nobody knows yet that it can't be paid");
    stall.seller.receive("B", 1).await;
    assert_eq!(stall.stands(&both).await, [ClaimStand::Expired]);
    assert!(matches!(stall.stands(&one).await[0], ClaimStand::Reserved { .. }), "who came next has it");
    assert_eq!(stall.level().await, (1, 1));
    // What runs out is still put back, of this seller and of every other.
    stall.later(10 * 60_000).await;
    assert_eq!(stall.stands(&one).await, [ClaimStand::Expired]);
    assert_eq!(stall.level().await, (1, 0));
}

#[tokio::test]
async fn an_invitation_to_what_can_not_be_paid_together_any_more_says_so_and_is_over() {
    let stall = Stall::open(1, ReservePolicy { first_paid: true, ..ReservePolicy::default() }).await;
    stall.seller.list("B", 900).await;
    stall.seller.receive("B", 1).await;
    let by = viewer(1);
    stall.say(&by, "可以给我留一个吗").await;
    let lines = ["A", "B"].map(|sku| ClaimLine { sku: Sku::new(sku).unwrap(), qty: 1 }).to_vec();
    let claim_id = stall.questions().await[0].claim_id;
    assert_eq!(stall.answer(claim_id, Answer::Take { lines }).await, OpResult::Applied);
    let link = stall.link(&by).await;
    assert_eq!(stall.look(&link).await.total.minor, 2_480);
    stall.seller.list_in("B", 200, Currency::USD).await;
    assert!(stall.look(&link).await.lines.is_empty(), "no sum is made up");
    let (status, told) = failure(stall.post_link("hold", &link).await).await;
    assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput));
    assert_eq!(stall.stands(&by).await, [ClaimStand::Expired]);
    assert_eq!(stall.level().await, (1, 0));
}

#[tokio::test]
async fn while_a_platform_that_was_put_back_asks_its_devices_a_claim_waits_and_then_it_is_held() {
    let stall = Stall::open(2, ReservePolicy { waiting_list: false, ..ReservePolicy::default() }).await;
    let by = viewer(1);
    let form = ReturnFeed { entries: Vec::new(), is_last: true, common: Some(0) };
    stall.platform.running().app().store.take_back(stall.seller.seller_id, &form, 1).await.unwrap();
    stall.say(&by, "1").await;
    stall.later(1_000).await;
    assert_eq!(stall.stands(&by).await, [ClaimStand::Waiting { place: 1 }], "nobody knows yet what is there");
    assert_eq!(stall.level().await, (2, 0));

    let challenge = stall.seller.feed(0, 0).await.entries().into_iter().find_map(|entry| match entry.event {
        FeedEvent::Challenged { challenge } => Some(challenge),
        _ => None,
    });
    assert!(challenge.is_some());
    let stated = OpPayload::RightsStated { lines: Vec::new(), read_seq: 0, counted: Vec::new(), challenge };
    let ops = vec![stall.seller.op(&stated)];
    let applied: OpsApplied =
        stall.seller.ok(Method::POST, "/api/v1/ops", &PostOps { ops, seen: None, acked_op: None }).await;
    assert_eq!(applied.results, [OpResult::Applied]);
    assert!(matches!(stall.stands(&by).await[0], ClaimStand::Reserved { .. }), "who waited has it");
}
