//! Orders from comments: told, answered, told again.

use crate::{
    ClaimsOf, StoreError,
    testing::{sku, store},
};
use hawker_domain::{
    ChatId, ClaimId, ShowId, ViewerId,
    claim::{Answer, Claim, ClaimAnswer, ClaimLine, ClaimState, Question},
    comment::Open,
};
use hawker_wire::{
    feed::{FeedEvent, FeedLine},
    ops::{OpPayload, OpResult, Read},
};
use uuid::Uuid;

fn asked(show_id: ShowId, heard_at_us: i64) -> Claim {
    Claim {
        claim_id: ClaimId(Uuid::now_v7()),
        show_id,
        chat_id: ChatId(Uuid::now_v7()),
        viewer: ViewerId(Uuid::now_v7()),
        name: "小*".into(),
        text: "要红的".into(),
        lines: Vec::new(),
        confidence: None,
        question: Some(Question { why: Open::Option, ways: Vec::new() }),
        at: None,
        state: ClaimState::Asked,
        heard_at_us,
    }
}

fn line(server_seq: u64, claim: &Claim) -> FeedLine {
    let event = serde_json::to_string(&FeedEvent::Claim { claim: Box::new(claim.clone()) }).unwrap();
    FeedLine { server_seq, event, head: String::new() }
}

fn take(claim: &Claim, qty: u32) -> ClaimAnswer {
    let lines = vec![ClaimLine { sku: sku("A"), qty }];
    ClaimAnswer { claim_id: claim.claim_id, answer: Answer::Take { lines }, at_us: 5 }
}

#[tokio::test]
async fn a_question_is_kept_until_the_platform_says_what_came_of_its_answer() {
    let store = store().await;
    let show = ShowId(Uuid::now_v7());
    let (mut first, second) = (asked(show, 1), asked(ShowId(Uuid::now_v7()), 2));
    assert_eq!(store.apply_feed(&[line(1, &first), line(2, &second)]).await.unwrap().len(), 2, "both are news");
    let questions = ClaimsOf { show: None, questions: true };
    let listed = store.claims(questions, 10).await.unwrap();
    assert_eq!(listed.iter().map(|kept| &kept.claim).collect::<Vec<_>>(), [&first, &second], "the oldest first");
    let of_show = store.claims(ClaimsOf { show: Some(show), questions: false }, 10).await.unwrap();
    assert_eq!(of_show.len(), 1);

    store.answer_claim(&take(&first, 2)).await.unwrap();
    let op = store.pending_ops(10).await.unwrap().remove(0);
    assert_eq!(
        op.read(),
        Read::Known(OpPayload::ClaimAnswered { answer: take(&first, 2) }),
        "it waits for the platform"
    );
    assert!(store.claims(questions, 10).await.unwrap()[0].is_answered);
    let again = store.answer_claim(&take(&first, 1)).await.unwrap_err();
    assert!(matches!(&again, StoreError::Conflict(why) if why.contains("on its way")), "{again}");

    first.lines = vec![ClaimLine { sku: sku("A"), qty: 2 }];
    first.state = ClaimState::Reserved { until_us: 9 };
    store.apply_feed(&[line(3, &first)]).await.unwrap();
    let left = store.claims(questions, 10).await.unwrap();
    assert_eq!(left.iter().map(|kept| kept.claim.claim_id).collect::<Vec<_>>(), [second.claim_id]);
    let late = store.answer_claim(&take(&first, 1)).await.unwrap_err();
    assert!(matches!(&late, StoreError::Conflict(why) if why.contains("reserved")), "{late}");
}

#[tokio::test]
async fn an_answer_that_the_platform_refuses_leaves_the_question_open() {
    let store = store().await;
    let claim = asked(ShowId(Uuid::now_v7()), 1);
    store.apply_feed(&[line(1, &claim)]).await.unwrap();
    store.answer_claim(&take(&claim, 1)).await.unwrap();
    let op_id = store.pending_ops(1).await.unwrap()[0].op_id;
    store.settle_ops(&[(op_id, OpResult::rejected("the show has ended"))]).await.unwrap();
    let kept = store.claims(ClaimsOf { show: None, questions: true }, 10).await.unwrap();
    assert!(!kept[0].is_answered);
    let drop = ClaimAnswer { claim_id: claim.claim_id, answer: Answer::Drop, at_us: 6 };
    store.answer_claim(&drop).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_can_not_be_right_is_not_sent() {
    let store = store().await;
    let claim = asked(ShowId(Uuid::now_v7()), 1);
    let unknown = store.answer_claim(&take(&claim, 1)).await.unwrap_err();
    assert!(matches!(unknown, StoreError::NotFound(_)), "{unknown}");
    store.apply_feed(&[line(1, &claim)]).await.unwrap();
    let too_many = store.answer_claim(&take(&claim, 21)).await.unwrap_err();
    assert!(matches!(too_many, StoreError::BadInput(_)), "{too_many}");
    assert_eq!(store.pending_count().await.unwrap(), 0);
}
