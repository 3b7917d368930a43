//! What this device says is known for its own.

use crate::{Store, testing::*};
use ed25519_dalek::{Signature, VerifyingKey};
use hawker_domain::{
    SellerId,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::{
    feed::{FeedEvent, FeedLine},
    ops::{OpEnvelope, OpResult},
    signature::signed_bytes,
};
use uuid::Uuid;

const SELLER: SellerId = SellerId(Uuid::from_u128(7));

async fn receive(store: &Store, delta: i64) {
    let movement = StockMovement { sku: sku("A"), delta, reason: MovementReason::Received, order_id: None };
    store.move_stock(&movement).await.unwrap();
}

async fn key(store: &Store) -> String {
    store.registration("studio").await.unwrap().public_key.unwrap()
}

fn is_signed(seller: SellerId, key: &str, op: &OpEnvelope) -> bool {
    let (mut bytes, mut signature) = ([0; 32], [0; 64]);
    hex::decode_to_slice(key, &mut bytes).unwrap();
    hex::decode_to_slice(&op.signature, &mut signature).unwrap();
    let key = VerifyingKey::from_bytes(&bytes).unwrap();
    key.verify_strict(&signed_bytes(seller, op), &Signature::from_bytes(&signature)).is_ok()
}

#[tokio::test]
async fn a_key_is_made_once_and_another_store_has_another() {
    let (store, other) = (store().await, store().await);
    let first = key(&store).await;
    assert_ne!(first, key(&other).await);
    let dir = store.into_dir().await;
    assert_eq!(key(&open(dir.path()).await.unwrap()).await, first);
}

#[tokio::test]
async fn ops_are_signed_for_the_account_they_go_to_and_anew_under_another_number() {
    let store = store().await;
    receive(&store, 1).await;
    receive(&store, 2).await;
    assert!(store.pending_ops(9).await.unwrap().iter().all(|op| op.signature.is_empty()), "there is no account yet");
    store.follow(SELLER).await.unwrap();
    store.set_epoch(1).await.unwrap();
    let key = key(&store).await;
    let first = store.pending_ops(9).await.unwrap();
    assert!(first.iter().all(|op| is_signed(SELLER, &key, op)));
    assert_eq!(store.ops_from(1, 9).await.unwrap(), first);
    store.settle_ops(&[(first[0].op_id, OpResult::Applied)]).await.unwrap();
    store.set_epoch(2).await.unwrap();
    let renumbered = store.pending_ops(9).await.unwrap();
    assert_eq!((renumbered[1].op_id, renumbered[1].epoch), (first[1].op_id, 2));
    assert!(is_signed(SELLER, &key, &renumbered[1]));
    assert!(!is_signed(SELLER, &key, &OpEnvelope { signature: first[1].signature.clone(), ..renumbered[1].clone() }));
    let other = SellerId(Uuid::from_u128(8));
    store.follow(other).await.unwrap();
    let again = store.pending_ops(9).await.unwrap();
    assert_eq!(again.len(), 2, "all is news to another account");
    assert!(again.iter().all(|op| is_signed(other, &key, op) && !is_signed(SELLER, &key, op)));
}

#[tokio::test]
async fn a_held_change_is_on_the_list_until_the_word_about_it_comes() {
    let store = store().await;
    for delta in 1..=3 {
        receive(&store, delta).await;
    }
    let ops = store.pending_ops(9).await.unwrap();
    let held = OpResult::Quarantined { why: "too many".into() };
    let answers: Vec<_> = ops.iter().map(|op| (op.op_id, held.clone())).collect();
    store.settle_ops(&answers).await.unwrap();
    assert_eq!(store.pending_count().await.unwrap(), 0, "it blocks nothing");
    let listed = store.rejected_ops(9).await.unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|op| op.why.contains("too many") && op.why.contains("person")), "{listed:?}");
    // Seen to by somebody, and told of again when there is news of it.
    store.see_to_rejected(ops[1].op_id).await.unwrap();
    let told = |server_seq: u64, place: usize, result: OpResult| {
        let event = FeedEvent::QuarantineDecided { op_id: ops[place].op_id, result };
        let (event, head) = (serde_json::to_string(&event).unwrap(), String::new());
        FeedLine { server_seq, event, head }
    };
    let discarded = OpResult::rejected("a person discarded it");
    let lines = [told(1, 0, OpResult::Applied), told(2, 1, discarded.clone()), told(3, 0, discarded)];
    let news = store.apply_feed(&lines).await.unwrap();
    assert_eq!(news.len(), 2, "the first word stands");
    let listed = store.rejected_ops(9).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|op| (op.op.op_id, op.why.contains("discarded"))).collect();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.contains(&(ops[1].op_id, true)) && listed.contains(&(ops[2].op_id, false)), "{listed:?}");
}
