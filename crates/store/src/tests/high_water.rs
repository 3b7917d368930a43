//! A database that was put back beside a file that knows better.

use crate::{Store, testing::*};
use hawker_domain::{
    SellerId,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::ops::OpResult;
use std::{fs, path::Path};
use tempfile::TempDir;
use uuid::Uuid;

const FILE: &str = "high-water.json";
const DATABASE: &str = "hawker.db";

async fn receive(store: &Store, delta: i64) {
    let movement = StockMovement { sku: sku("A"), delta, reason: MovementReason::Received, order_id: None };
    store.move_stock(&movement).await.unwrap();
}

/// What a sync does before it sends, as far as the file goes.
async fn send(store: &Store) {
    let ops = store.pending_ops(200).await.unwrap();
    store.note_sent(&ops).await.unwrap();
}

async fn is_behind(store: &Store) -> bool {
    let says_so = store.registration("studio").await.unwrap().restored;
    assert_eq!(says_so, store.device().await.unwrap().epoch > 1 << 31, "it leaves its epoch");
    says_so
}

/// A closed store in epoch 3 that sent two changes after the copy of its database was made, and that copy.
async fn sent_on() -> (TempDir, Vec<u8>) {
    let store = store().await;
    store.follow(SellerId(Uuid::from_u128(7))).await.unwrap();
    store.set_epoch(3).await.unwrap();
    receive(&store, 1).await;
    send(&store).await;
    let dir = store.into_dir().await;
    let copy = fs::read(dir.path().join(DATABASE)).unwrap();
    let store = open(dir.path()).await.unwrap();
    assert!(!is_behind(&store).await, "its own file tells it nothing");
    receive(&store, 2).await;
    send(&store).await;
    store.close().await;
    (dir, copy)
}

async fn opened(dir: &Path) -> Store {
    open(dir).await.unwrap()
}

#[tokio::test]
async fn an_older_database_beside_a_newer_file_leaves_its_epoch_until_it_has_a_new_one() {
    let (dir, copy) = sent_on().await;
    fs::write(dir.path().join(DATABASE), copy).unwrap();
    let store = opened(dir.path()).await;
    assert!(is_behind(&store).await);
    // It goes past the number in the file without a network, and still knows.
    for delta in 3..9 {
        receive(&store, delta).await;
    }
    send(&store).await;
    store.close().await;
    let store = opened(dir.path()).await;
    assert!(is_behind(&store).await);
    store.set_epoch(4).await.unwrap();
    assert!(!is_behind(&store).await);
    let waiting = store.pending_ops(99).await.unwrap();
    assert_eq!(
        waiting.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(),
        (1..8).map(|seq| (4, seq)).collect::<Vec<_>>()
    );
    store.close().await;
    assert!(!is_behind(&opened(dir.path()).await).await, "the file is of the epoch before");
}

#[tokio::test]
async fn without_the_file_or_with_one_that_came_along_nothing_is_known() {
    let (dir, copy) = sent_on().await;
    fs::write(dir.path().join(DATABASE), &copy).unwrap();
    fs::remove_file(dir.path().join(FILE)).unwrap();
    assert!(!is_behind(&opened(dir.path()).await).await, "a new machine");
    let (dir, copy) = sent_on().await;
    let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
    let came_along = text.replace("\"sent_seq\":2", "\"sent_seq\":1");
    assert_ne!(came_along, text);
    fs::write(dir.path().join(FILE), came_along).unwrap();
    fs::write(dir.path().join(DATABASE), &copy).unwrap();
    assert!(!is_behind(&opened(dir.path()).await).await, "the platform finds the fork");
}

#[tokio::test]
async fn a_file_that_is_garbage_or_of_another_device_or_account_is_passed_over_and_written_anew() {
    let (dir, _) = sent_on().await;
    let good = fs::read_to_string(dir.path().join(FILE)).unwrap();
    let nobody = Uuid::nil().to_string();
    let store = opened(dir.path()).await;
    let (device, seller) = (store.device().await.unwrap().device_id.to_string(), Uuid::from_u128(7).to_string());
    store.close().await;
    let of_another = |id: &str| good.replace(id, &nobody).replace("\"sent_seq\":2", "\"sent_seq\":99");
    for bad in [String::new(), "{}".to_owned(), of_another(&device), of_another(&seller)] {
        fs::write(dir.path().join(FILE), &bad).unwrap();
        let store = opened(dir.path()).await;
        assert!(!is_behind(&store).await, "{bad}");
        send(&store).await;
        assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), good, "{bad}");
        store.close().await;
    }
}

#[tokio::test]
async fn one_file_is_written_for_a_batch_and_none_for_what_was_sent_before() {
    let store = store().await;
    store.follow(SellerId(Uuid::from_u128(7))).await.unwrap();
    store.set_epoch(1).await.unwrap();
    for delta in 1..=5 {
        receive(&store, delta).await;
    }
    let file = store.dir.path().join(FILE);
    assert!(!file.exists(), "what is not sent is nobody's business");
    let ops = store.pending_ops(200).await.unwrap();
    store.note_sent(&ops).await.unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("\"sent_seq\":5"));
    fs::remove_file(&file).unwrap();
    store.note_sent(&ops[..3]).await.unwrap();
    assert!(!file.exists(), "it went out before");
}

#[tokio::test]
async fn a_device_that_sends_all_again_is_no_older_copy_neither_before_it_registers_nor_after() {
    let (dir, copy) = sent_on().await;
    let store = opened(dir.path()).await;
    // The platform was put back to before it knew any of this.
    store.send_again(0).await.unwrap();
    store.close().await;
    let store = opened(dir.path()).await;
    assert_eq!((is_behind(&store).await, store.device().await.unwrap().epoch), (false, 0));
    send(&store).await;
    // It gives an epoch that was there before, and the program ends before anything goes out under it.
    store.set_epoch(2).await.unwrap();
    store.close().await;
    let store = opened(dir.path()).await;
    assert_eq!((is_behind(&store).await, store.device().await.unwrap().epoch), (false, 2));
    let waiting = store.pending_ops(99).await.unwrap();
    assert_eq!(waiting.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(), [(2, 1), (2, 2)]);
    store.set_epoch(4).await.unwrap();
    send(&store).await;
    store.close().await;
    fs::write(dir.path().join(DATABASE), copy).unwrap();
    assert!(is_behind(&opened(dir.path()).await).await, "an older one is told as ever");
}

#[tokio::test]
async fn under_an_earlier_epoch_every_change_waits_again_and_no_number_is_met_twice() {
    let store = store().await;
    store.follow(SellerId(Uuid::from_u128(7))).await.unwrap();
    for epoch in [1, 2] {
        store.set_epoch(epoch).await.unwrap();
        receive(&store, 1).await;
        send(&store).await;
        let sent = store.pending_ops(9).await.unwrap();
        let answers: Vec<_> = sent.iter().map(|op| (op.op_id, OpResult::Applied)).collect();
        store.settle_ops(&answers).await.unwrap();
    }
    // As a platform gives it that was put back to a state of then.
    store.set_epoch(1).await.unwrap();
    receive(&store, 5).await;
    let waiting = store.pending_ops(9).await.unwrap();
    let places: Vec<_> = waiting.iter().map(|op| (op.epoch, op.seq)).collect();
    assert_eq!(places, [(1, 1), (1, 2), (1, 3)], "each has one of its own");
    send(&store).await;
    let dir = store.into_dir().await;
    assert!(!is_behind(&opened(dir.path()).await).await, "the numbers of the later epoch are no measure any more");
}
