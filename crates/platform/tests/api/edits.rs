//! Edits of the catalogue, as devices send them and hear of them.

use crate::body;
use hawker_domain::{
    Currency, Money, OpId, Sku,
    edit::{Current, FieldChange, FieldValue, ProductEdit, ProductField},
};
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{
    edits::outcome,
    feed::FeedEvent,
    ops::{OpEnvelope, OpPayload, OpResult, OpsApplied},
};
use reqwest::Method;
use serde_json::json;

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn title(text: &str) -> FieldValue {
    FieldValue::Title(text.to_owned())
}

fn made(text: &str) -> ProductEdit {
    let values = vec![title(text), FieldValue::Price(Money::new(990, Currency::CNY))];
    ProductEdit::Created { sku: sku(text), base_version: None, values }
}

fn changed(text: &str, value: FieldValue, base_version: OpId) -> ProductEdit {
    ProductEdit::Changed { sku: sku(text), changes: vec![FieldChange { value, base_version: Some(base_version) }] }
}

fn op(seller: &TestSeller, edits: Vec<ProductEdit>) -> OpEnvelope {
    seller.op(&OpPayload::ProductEdited { edits })
}

async fn sent(seller: &TestSeller, ops: Vec<OpEnvelope>) -> Vec<OpResult> {
    let answer: OpsApplied = body(seller.post_ops(ops).await).await;
    answer.results
}

/// All that the feed tells of edits.
async fn told(seller: &TestSeller) -> Vec<(OpId, ProductEdit, Current)> {
    let mut told = Vec::new();
    for entry in seller.feed(0, 0).await.entries() {
        let FeedEvent::ProductsEdited { op, products } = entry.event else { panic!("{entry:?}") };
        let of = outcome(&op, &products).unwrap();
        told.extend(of.into_iter().map(|(edit, current)| (op.op_id, edit, current)));
    }
    told
}

#[tokio::test]
async fn edits_are_merged_and_what_lost_is_told() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let first = op(&seller, vec![made("MILK"), made("TEA")]);
    let (second, third) = (
        op(&seller, vec![changed("MILK", title("Oat"), first.op_id)]),
        op(&seller, vec![changed("MILK", title("Soy"), first.op_id)]),
    );
    let all = vec![first.clone(), second.clone(), third.clone()];
    assert_eq!(sent(&seller, all.clone()).await, vec![OpResult::Applied; 3], "an edit that lost is no refusal");
    let heard = told(&seller).await;
    let of: Vec<_> = heard.iter().map(|(op, edit, _)| (*op, edit.sku().as_str())).collect();
    assert_eq!(of, [(first.op_id, "MILK"), (first.op_id, "TEA"), (second.op_id, "MILK"), (third.op_id, "MILK")]);
    let (_, _, last) = &heard[3];
    assert_eq!((last.value(ProductField::Title), last.version(ProductField::Title)), (title("Oat"), second.op_id));
    assert!(last.lacks(&title("Soy")), "who said it reads that it lost");
    assert_eq!(sent(&seller, all).await, vec![OpResult::Applied; 3]);
    assert_eq!(told(&seller).await, heard, "delivered twice, told once");
}

#[tokio::test]
async fn what_a_piece_costs_is_told_to_the_sellers_devices_and_to_nobody_else() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let cost = Money::new(61_728, Currency::CNY);
    let first = op(&seller, vec![made("MILK")]);
    let edits = vec![changed("MILK", FieldValue::Cost(Some(cost)), first.op_id)];
    let second = OpEnvelope { payload_version: 3, ..op(&seller, edits) };
    assert_eq!(sent(&seller, vec![first, second]).await, [OpResult::Applied, OpResult::Applied]);
    let heard = told(&seller).await;
    let (_, _, last) = heard.last().unwrap();
    assert_eq!(last.value(ProductField::Cost), FieldValue::Cost(Some(cost)));

    // Also where a studio says too much.
    let price = Money::new(990, Currency::CNY);
    let listing = json!({ "sku": "MILK", "title": "Milk", "price": price, "cost": cost });
    seller.done(Method::PUT, "/api/v1/catalogue", &json!({ "listings": [listing] })).await;
    seller.receive("MILK", 5).await;
    let show = seller.show("a").await;
    seller.pin(show.show_id, Some("MILK"), 1_200).await;
    let page = platform.url(&format!("/api/v1/public/shows/{}", show.show_id));
    let text = platform.client.get(page).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("MILK") && text.contains("990"), "{text}");
    assert!(!text.contains("cost") && !text.contains("61728"), "{text}");
}

#[tokio::test]
async fn edits_that_can_not_be_right_are_refused_and_change_nothing() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let untitled = ProductEdit::Created { sku: sku("MILK"), base_version: None, values: vec![title("Milk")] };
    let twice = ProductEdit::Created {
        sku: sku("MILK"),
        base_version: None,
        values: vec![title("a"), title("b"), FieldValue::Price(Money::new(1, Currency::CNY))],
    };
    let bad = [vec![], vec![made("A"), made("A")], vec![made("A"), untitled], vec![twice]];
    let ops = bad.into_iter().map(|edits| op(&seller, edits)).collect();
    for result in sent(&seller, ops).await {
        assert!(matches!(result, OpResult::Rejected { .. }), "{result:?}");
    }
    assert!(told(&seller).await.is_empty());
}

#[tokio::test]
async fn an_edit_of_a_product_that_was_lost_waits_for_it() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let mut first = op(&seller, vec![made("MILK")]);
    let edited = seller.op_of_text(
        serde_json::to_string(&OpPayload::ProductEdited {
            edits: vec![changed("MILK", title("Oat"), first.op_id), made("TEA")],
        })
        .unwrap(),
        1,
    );
    assert_eq!(sent(&seller, vec![edited.clone()]).await, [OpResult::Kept]);
    assert!(told(&seller).await.is_empty(), "all of it or nothing");
    first.seq = 2;
    assert_eq!(sent(&seller, vec![first]).await, [OpResult::Applied]);
    let heard = told(&seller).await;
    assert_eq!(heard.len(), 3, "the product, and then what waited: {heard:?}");
    assert_eq!(heard[1].2.value(ProductField::Title), title("Oat"));
    assert_eq!(sent(&seller, vec![edited]).await, [OpResult::Applied]);
}

#[tokio::test]
async fn one_sellers_edits_are_nothing_to_another() {
    let platform = TestPlatform::start().await;
    let (ada, bob) = (platform.seller("ada").await, platform.seller("bob").await);
    let hers = op(&ada, vec![made("MILK")]);
    let his = op(&bob, vec![changed("MILK", title("Mine"), hers.op_id)]);
    assert_eq!(sent(&ada, vec![hers]).await, [OpResult::Applied]);
    assert_eq!(sent(&bob, vec![his]).await, [OpResult::Kept], "there is no such product of his");
    assert_eq!((told(&ada).await.len(), told(&bob).await.len()), (1, 0));
}

#[tokio::test]
async fn a_page_of_the_feed_is_never_too_large_for_a_slow_line() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    for part in 0..10 {
        let long = |number: u32| ProductEdit::Created {
            sku: sku(&format!("S{part}-{number}")),
            base_version: None,
            values: vec![
                title("long"),
                FieldValue::Price(Money::new(1, Currency::CNY)),
                FieldValue::Description("长".repeat(2_000)),
            ],
        };
        assert_eq!(sent(&seller, vec![op(&seller, (0..60).map(long).collect())]).await, [OpResult::Applied]);
    }
    let (mut seen, mut pages) = (0, 0);
    loop {
        let page = seller.feed(seen, 0).await;
        if page.lines.is_empty() {
            break;
        }
        let bytes: usize = page.lines.iter().map(|line| line.event.len()).sum();
        assert!(bytes < 4 << 20, "{bytes}");
        assert_eq!(page.lines.first().map(|line| line.server_seq), Some(seen + 1), "without a gap");
        (seen, pages) = (page.last_seq, pages + 1);
    }
    assert_eq!(seen, 10);
    assert!(pages > 1, "it was cut");
}
