//! One seller can neither read nor change what is another's.

use crate::failure;
use hawker_domain::{ShowMs, Sku, TagId};
use hawker_test_support::{TestPlatform, buy};
use hawker_wire::{
    ErrorCode,
    ops::PostOps,
    show::{CreateShow, PutPin, PutRunningOrder},
    viewer::PublicShow,
};
use reqwest::{Method, StatusCode};
use uuid::Uuid;

#[tokio::test]
async fn a_second_seller_sees_and_moves_nothing_of_the_first() {
    let platform = TestPlatform::start().await;
    let (ada, bob) = (platform.seller("ada").await, platform.seller("bob").await);
    for seller in [&ada, &bob] {
        seller.list("A", 100).await;
    }
    ada.receive("A", 5).await;
    let show = ada.show("Ada's").await;
    buy(&platform.client, &platform.http(), show.show_id, "A", 1).await;
    assert!(!ada.feed(0, 0).await.lines.is_empty());
    assert!(bob.feed(0, 0).await.lines.is_empty(), "orders are the seller's alone");

    let store = &platform.running().app().store;
    let sku = Sku::new("A").unwrap();
    let of = |seller| store.stock_level(seller, &sku);
    assert_eq!(of(bob.seller_id).await.unwrap().unwrap().on_hand, 0, "the same SKU is another product");

    // Bob speaks of Ada's show, as if it were his.
    let path = format!("/api/v1/shows/{}", show.show_id);
    let pin =
        PutPin { tag_id: TagId(Uuid::now_v7()), sku: Some(Sku::new("A").unwrap()), variants: vec![], at: ShowMs(1) };
    let pinned = bob.request(Method::PUT, &format!("{path}/pin")).json(&pin).send().await.unwrap();
    assert_eq!(failure(pinned).await.0, StatusCode::NOT_FOUND);
    let order = PutRunningOrder { running_order: vec![Sku::new("A").unwrap()] };
    let ordered = bob.request(Method::PUT, &format!("{path}/running-order")).json(&order).send().await.unwrap();
    assert_eq!(failure(ordered).await.0, StatusCode::NOT_FOUND);
    let ended = bob.request(Method::POST, &format!("{path}/end")).send().await.unwrap();
    assert_eq!(failure(ended).await.0, StatusCode::NOT_FOUND);
    let form = CreateShow { show_id: show.show_id, title: "mine now".into(), running_order: vec![] };
    let taken = bob.request(Method::POST, "/api/v1/shows").json(&form).send().await.unwrap();
    assert_eq!(failure(taken).await.1.code, ErrorCode::Conflict);

    // Bob takes his own goods off the shelf, of the same name.
    bob.delist(&["A"]).await;
    let page: PublicShow = platform
        .client
        .get(platform.url(&format!("/api/v1/public/shows/{}", show.show_id)))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(page.shelf.len(), 1, "hers are still sold");
    bob.list("A", 100).await;

    // Bob sends ops as Ada's device.
    let op = ada.op_of_text(r#"{"kind":"stock_moved"}"#.into(), 2);
    let sent = bob
        .request(Method::POST, "/api/v1/ops")
        .json(&PostOps { ops: vec![op], seen: None, acked_op: None })
        .send()
        .await
        .unwrap();
    assert_eq!(failure(sent).await.0, StatusCode::NOT_FOUND, "her device is not his");

    // A buyer in Bob's show can't take Ada's goods.
    let his = bob.show("Bob's").await;
    let held = hawker_test_support::reserve(&platform.client, &platform.http(), his.show_id, "k", &[("A", 1)]).await;
    assert_eq!(failure(held).await.1.code, ErrorCode::OutOfStock);
    assert_eq!(of(ada.seller_id).await.unwrap().unwrap().on_hand, 4, "nothing of Ada's moved");
}

#[tokio::test]
async fn two_sellers_may_use_the_same_keys_and_op_ids() {
    let platform = TestPlatform::start().await;
    let (ada, bob) = (platform.seller("ada").await, platform.seller("bob").await);
    let text =
        r#"{"kind":"stock_moved","movement":{"sku":"A","delta":3,"reason":"received","order_id":null}}"#.to_owned();
    let hers = ada.op_of_text(text.clone(), 1);
    let mut his = bob.op_of_text(text, 1);
    his.op_id = hers.op_id;
    assert!(ada.post_ops(vec![hers]).await.status().is_success());
    assert!(bob.post_ops(vec![his]).await.status().is_success(), "a dedupe across sellers would leak");
    for seller in [&ada, &bob] {
        seller.list("A", 100).await;
        let show = seller.show("show").await.show_id;
        let held = hawker_test_support::reserve(&platform.client, &platform.http(), show, "k", &[("A", 3)]).await;
        assert_eq!(held.status(), StatusCode::CREATED);
    }
}
