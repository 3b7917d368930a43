//! Edits of the catalogue: recorded with the product, told by the platform, lost and settled.

use crate::{Store, StoreError, testing::*};
use hawker_domain::{
    ConflictId, Currency, Money, OpId, Product, SellerId, Sku,
    edit::{Claim, Current, FieldValue, Keep, ProductEdit, ProductField, merge},
};
use hawker_wire::{
    edits::to_tell,
    feed::{FeedEvent, FeedLine},
    ops::{OpEnvelope, OpPayload, OpResult, Read},
};
use std::{
    collections::{HashMap, HashSet},
    fs,
};
use uuid::Uuid;

/// The part of a platform that merges and tells.
#[derive(Default)]
struct Platform {
    products: HashMap<Sku, Current>,
    ops: HashSet<OpId>,
    feed: Vec<FeedLine>,
}

fn edits_of(op: &OpEnvelope) -> Vec<ProductEdit> {
    match op.read() {
        Read::Known(OpPayload::ProductEdited { edits }) => edits,
        other => panic!("{other:?}"),
    }
}

impl Platform {
    /// Takes all that waits.
    async fn take(&mut self, store: &Store) {
        let ops = store.pending_ops(u32::MAX).await.unwrap();
        let settled: Vec<_> = ops.iter().map(|op| (op.op_id, OpResult::Applied)).collect();
        for op in ops.into_iter().filter(|op| self.ops.insert(op.op_id)) {
            let mut outcome = Vec::new();
            for edit in edits_of(&op) {
                let current = merge(self.products.get(edit.sku()), op.op_id, &edit).unwrap();
                self.products.insert(edit.sku().clone(), current.clone());
                outcome.push((edit, current));
            }
            let products = to_tell(op.op_id, outcome);
            let event = serde_json::to_string(&FeedEvent::ProductsEdited { op, products }).unwrap();
            let server_seq = self.feed.len() as u64 + 1;
            self.feed.push(FeedLine { server_seq, event, head: format!("{server_seq:064}") });
        }
        store.settle_ops(&settled).await.unwrap();
    }

    /// Tells all that is new; the number of news.
    async fn tell(&self, store: &Store) -> usize {
        store.apply_feed(&self.feed).await.unwrap().len()
    }

    async fn sync(&mut self, store: &Store) {
        self.take(store).await;
        self.tell(store).await;
    }
}

fn priced(title: &str, minor: i64) -> Product {
    Product { price: Money::new(minor, Currency::CNY), ..product("A", title) }
}

async fn here(store: &Store) -> Option<(String, i64)> {
    store.product(&sku("A")).await.unwrap().map(|product| (product.title, product.price.minor))
}

fn some(title: &str, minor: i64) -> Option<(String, i64)> {
    Some((title.to_owned(), minor))
}

/// Two devices that both have A.
async fn both() -> (Platform, TestStore, TestStore) {
    let (mut platform, home, stall) = (Platform::default(), store().await, store().await);
    home.put_product(&priced("Milk", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    assert_eq!(here(&stall).await, some("Milk", 990));
    (platform, home, stall)
}

async fn only_conflict(store: &Store) -> ConflictId {
    let listed = store.conflicts().await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    listed[0].id
}

#[tokio::test]
async fn what_was_changed_is_recorded_and_nothing_else() {
    let store = store().await;
    store.put_product(&priced("Milk", 990)).await.unwrap();
    store.put_product(&priced("Milk", 990)).await.unwrap();
    store.put_product(&priced("Oat", 990)).await.unwrap();
    store.remove_product(&sku("A")).await.unwrap();
    let ops = store.pending_ops(9).await.unwrap();
    assert_eq!(ops.len(), 3, "a product put as it was is no edit");
    let [made, changed, removed] = [0, 1, 2].map(|at: usize| edits_of(&ops[at]).remove(0));
    let ProductEdit::Created { base_version: None, values, .. } = made else { panic!("{made:?}") };
    let fields: Vec<_> = values.iter().map(FieldValue::field).collect();
    assert_eq!(fields, [ProductField::Title, ProductField::Price], "what is blank says nothing");
    let ProductEdit::Changed { changes, .. } = changed else { panic!("{changed:?}") };
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].base_version, Some(ops[0].op_id), "on the change before it, which has no answer yet");
    let ProductEdit::Removed { base_version, fields, .. } = removed else { panic!("{removed:?}") };
    assert_eq!((base_version, fields), (Some(ops[0].op_id), [(ProductField::Title, ops[1].op_id)].into()));
}

#[tokio::test]
async fn what_a_piece_costs_reaches_the_other_device_in_a_version_of_its_own_and_can_be_in_conflict() {
    let (mut platform, home, stall) = both().await;
    let costs = |minor: i64| Product { cost: Some(Money::new(minor, Currency::CNY)), ..priced("Milk", 990) };
    home.put_product(&costs(600)).await.unwrap();
    let told = home.pending_ops(9).await.unwrap();
    assert_eq!(told.iter().map(|op| op.payload_version).collect::<Vec<_>>(), [3], "no older platform passes it over");
    stall.put_product(&priced("Oat", 990)).await.unwrap();
    stall.put_product(&Product { title: "Oat".into(), ..costs(650) }).await.unwrap();
    for store in [&home, &stall, &home] {
        platform.sync(store).await;
    }
    for store in [&home, &stall] {
        let product = store.product(&sku("A")).await.unwrap().unwrap();
        assert_eq!((product.title.as_str(), product.cost), ("Oat", costs(600).cost), "the first who said it");
    }
    let id = only_conflict(&stall).await;
    stall.settle_conflict(id, Keep::Mine).await.unwrap();
    platform.sync(&stall).await;
    platform.sync(&home).await;
    assert_eq!(home.product(&sku("A")).await.unwrap().unwrap().cost, costs(650).cost);
    home.put_product(&priced("Oat", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    assert_eq!(stall.product(&sku("A")).await.unwrap().unwrap().cost, None, "it can be taken out again");
}

#[tokio::test]
async fn another_device_gets_the_catalogue_its_search_and_every_edit() {
    let (mut platform, home, stall) = both().await;
    let more = Product { aliases: vec!["牛奶".into()], brand: "Acme".into(), ..priced("Milk", 1_200) };
    home.put_product(&more).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    let told = stall.product(&sku("A")).await.unwrap().unwrap();
    assert_eq!(Product { id: more.id, ..told }, more);
    assert_eq!(stall.products("niunai", 0, 9).await.unwrap().1, 1, "it is found by its new words");
    home.remove_product(&sku("A")).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    assert_eq!((here(&stall).await, stall.products("niunai", 0, 9).await.unwrap().1), (None, 0));
    assert_eq!(platform.tell(&stall).await, 0, "each entry once");
    assert_eq!(stall.pending_count().await.unwrap(), 0, "what was told is not sent back");
}

#[tokio::test]
async fn disjoint_fields_merge_and_the_same_field_is_a_conflict_of_who_came_later() {
    let (mut platform, home, stall) = both().await;
    home.put_product(&priced("Oat", 990)).await.unwrap();
    stall.put_product(&priced("Soy", 1_200)).await.unwrap();
    platform.take(&home).await;
    platform.tell(&stall).await;
    assert_eq!(here(&stall).await, some("Soy", 1_200), "what this device said stays until it is answered");
    platform.sync(&stall).await;
    platform.sync(&home).await;
    for store in [&home, &stall] {
        assert_eq!(here(store).await, some("Oat", 1_200));
    }
    assert!(home.conflicts().await.unwrap().is_empty());
    let listed = stall.conflicts().await.unwrap();
    let conflict = &listed[0].conflict;
    let title = |text: &str| Claim::Value(FieldValue::Title(text.to_owned()));
    assert_eq!((listed.len(), conflict.field), (1, Some(ProductField::Title)));
    assert_eq!((&conflict.mine, &conflict.theirs), (&title("Soy"), &title("Oat")));
    // Mine: said anew, which wins, as it has seen what stood.
    stall.settle_conflict(listed[0].id, Keep::Mine).await.unwrap();
    let again = stall.settle_conflict(listed[0].id, Keep::Mine).await;
    assert!(matches!(again, Err(StoreError::NotFound(_))), "{again:?}");
    platform.sync(&stall).await;
    platform.sync(&home).await;
    for store in [&home, &stall] {
        assert_eq!((here(store).await, store.conflicts().await.unwrap().len()), (some("Soy", 1_200), 0));
    }
}

#[tokio::test]
async fn a_conflict_tells_what_stands_by_now() {
    let (mut platform, home, stall) = both().await;
    home.put_product(&priced("Oat", 990)).await.unwrap();
    stall.put_product(&priced("Soy", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    home.put_product(&priced("Rice", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    let listed = stall.conflicts().await.unwrap().remove(0);
    assert_eq!(listed.conflict.theirs, Claim::Value(FieldValue::Title("Rice".into())), "that is what stays");
    assert_eq!(listed.title.as_deref(), Some("Rice"));
    stall.remove_product(&sku("A")).await.unwrap();
    let listed = stall.conflicts().await.unwrap().remove(0);
    assert_eq!((listed.conflict.theirs, listed.title), (Claim::Removed, None));
}

#[tokio::test]
async fn conflicts_come_by_pages_without_those_that_say_what_stands() {
    let (mut platform, home, stall) = (Platform::default(), store().await, store().await);
    let named = |number: usize, title: &str| product(&format!("A{number:03}"), title);
    // Beyond what is looked at in one go.
    let all = |title: &str| (0..120).map(|number| named(number, title)).collect::<Vec<_>>();
    for product in all("Milk") {
        home.put_product(&product).await.unwrap();
    }
    platform.sync(&home).await;
    platform.sync(&stall).await;
    for (store, title) in [(&home, "Oat"), (&stall, "Soy")] {
        for product in all(title) {
            store.put_product(&product).await.unwrap();
        }
    }
    platform.sync(&home).await;
    platform.sync(&stall).await;
    // The first says what this device said after all.
    home.put_product(&named(0, "Soy")).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    let whole = stall.conflicts().await.unwrap();
    assert_eq!((whole.len(), whole[0].conflict.sku.as_str()), (119, "A001"));
    for (limit, more) in [(0, true), (1, true), (118, true), (119, false), (9_999, false)] {
        let page = stall.conflict_page(limit).await.unwrap();
        assert_eq!((&page.0[..], page.1), (&whole[..whole.len().min(limit as usize)], more), "{limit}");
    }
}

#[tokio::test]
async fn theirs_leaves_all_as_it_stands() {
    let (mut platform, home, stall) = both().await;
    home.put_product(&priced("Oat", 990)).await.unwrap();
    stall.put_product(&priced("Soy", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    stall.settle_conflict(only_conflict(&stall).await, Keep::Theirs).await.unwrap();
    assert_eq!((here(&stall).await, stall.conflicts().await.unwrap().len()), (some("Oat", 990), 0));
    assert_eq!(stall.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_product_removed_here_and_edited_there_is_a_conflict_either_way() {
    for keep in [Keep::Mine, Keep::Theirs] {
        let (mut platform, home, stall) = both().await;
        home.remove_product(&sku("A")).await.unwrap();
        stall.put_product(&priced("Soy", 990)).await.unwrap();
        let photo = stall.add_photo(&sku("A"), &png(4, 4, [1, 2, 3, 255])).await.unwrap();
        platform.sync(&home).await;
        platform.sync(&stall).await;
        assert_eq!(here(&stall).await, some("Soy", 990), "it stays until somebody settles that");
        stall.settle_conflict(only_conflict(&stall).await, keep).await.unwrap();
        platform.sync(&stall).await;
        platform.sync(&home).await;
        let want = if keep == Keep::Mine { some("Soy", 990) } else { None };
        assert_eq!((here(&home).await, here(&stall).await), (want.clone(), want), "{keep:?}");
        assert_eq!(stall.photo(photo).await.is_ok(), keep == Keep::Mine, "its photos are still there");
    }
    for keep in [Keep::Mine, Keep::Theirs] {
        let (mut platform, home, stall) = both().await;
        home.put_product(&priced("Oat", 990)).await.unwrap();
        stall.remove_product(&sku("A")).await.unwrap();
        platform.sync(&home).await;
        platform.sync(&stall).await;
        assert_eq!(here(&stall).await, some("Oat", 990), "what was edited unseen is not removed");
        stall.settle_conflict(only_conflict(&stall).await, keep).await.unwrap();
        platform.sync(&stall).await;
        platform.sync(&home).await;
        let want = if keep == Keep::Mine { None } else { some("Oat", 990) };
        assert_eq!((here(&home).await, here(&stall).await), (want.clone(), want), "{keep:?}");
    }
}

#[tokio::test]
async fn a_field_of_a_product_that_is_gone_can_not_be_kept() {
    let (mut platform, home, stall) = both().await;
    home.put_product(&priced("Oat", 990)).await.unwrap();
    stall.put_product(&priced("Soy", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    stall.remove_product(&sku("A")).await.unwrap();
    let id = only_conflict(&stall).await;
    let refused = stall.settle_conflict(id, Keep::Mine).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict(why) if why.contains("enter it again")), "{refused:?}");
    stall.settle_conflict(id, Keep::Theirs).await.unwrap();
}

#[tokio::test]
async fn two_catalogues_made_apart_come_together() {
    let (mut platform, home, stall) = (Platform::default(), store().await, store().await);
    home.put_product(&Product { brand: "Acme".into(), ..priced("Milk", 990) }).await.unwrap();
    stall.put_product(&Product { barcode: "47".into(), ..priced("Milk", 1_200) }).await.unwrap();
    stall.put_product(&Product { barcode: "47".into(), ..priced("Milch", 1_200) }).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    platform.sync(&home).await;
    for store in [&home, &stall] {
        let all = store.product(&sku("A")).await.unwrap().unwrap();
        let of = (all.title.as_str(), all.brand.as_str(), all.barcode.as_str(), all.price.minor);
        assert_eq!(of, ("Milch", "Acme", "47", 990), "what was left out is filled in; who said the same saw the same");
    }
    let lost: Vec<_> = stall.conflicts().await.unwrap().into_iter().map(|one| one.conflict.field).collect();
    assert_eq!(lost, [Some(ProductField::Price)]);
}

#[tokio::test]
async fn a_catalogue_from_before_edits_is_told_once() {
    let store = store().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("goods.csv");
    let rows: String = (0..1_200).map(|number| format!("S{number},Cup {number},3\n")).collect();
    fs::write(&file, format!("sku,title,price\n{rows}")).unwrap();
    store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    // As it was before: the products, and nothing told of them.
    for step in ["DELETE FROM outbox", "DELETE FROM product_edit", "UPDATE device SET next_seq = 1"] {
        sqlx::query(step).execute(&store.writer).await.unwrap();
    }
    let dir = store.into_dir().await;
    for _ in 0..2 {
        let again = open(dir.path()).await.unwrap();
        let ops = again.pending_ops(99).await.unwrap();
        let told: HashSet<Sku> = ops.iter().flat_map(edits_of).map(|edit| edit.sku().clone()).collect();
        assert_eq!((told.len(), ops.iter().map(|op| edits_of(op).len()).sum::<usize>()), (1_200, 1_200));
        again.close().await;
    }
}

#[tokio::test]
async fn an_import_is_told_in_few_changes_and_again_only_what_differs() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("goods.csv");
    let table = |price: u32| {
        let rows: String = (0..1_000).map(|n| format!("S{n},Cup {n},{}\n", if n == 7 { price } else { 3 })).collect();
        format!("sku,title,price\n{rows}")
    };
    fs::write(&file, table(3)).unwrap();
    store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!(store.pending_count().await.unwrap(), 5);
    fs::write(&file, table(4)).unwrap();
    store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let ops = store.pending_ops(99).await.unwrap();
    let last = edits_of(&ops[5]);
    assert_eq!((ops.len(), last.len()), (6, 1));
    assert!(matches!(&last[0], ProductEdit::Changed { changes, .. } if changes.len() == 1), "{last:?}");
}

#[tokio::test]
async fn another_account_hears_the_catalogue_as_it_is_now() {
    let (mut platform, home, _stall) = both().await;
    home.follow(SellerId(Uuid::now_v7())).await.unwrap();
    home.put_product(&priced("Oat", 990)).await.unwrap();
    platform.sync(&home).await;
    home.follow(SellerId(Uuid::now_v7())).await.unwrap();
    let ops = home.pending_ops(9).await.unwrap();
    assert_eq!(ops.len(), 1, "not how it came to be so");
    let edit = edits_of(&ops[0]).remove(0);
    assert!(edit.values().any(|value| *value == FieldValue::Title("Oat".into())), "{edit:?}");
    assert!(matches!(edit, ProductEdit::Created { base_version: None, .. }));
    let mut other = Platform::default();
    other.sync(&home).await;
    home.put_product(&priced("Soy", 990)).await.unwrap();
    other.sync(&home).await;
    assert_eq!((here(&home).await, home.conflicts().await.unwrap().len()), (some("Soy", 990), 0));
}

#[tokio::test]
async fn a_refused_edit_is_waited_for_no_more() {
    let (mut platform, home, stall) = both().await;
    home.put_product(&priced("Oat", 990)).await.unwrap();
    let op = home.pending_ops(1).await.unwrap().remove(0);
    home.settle_ops(&[(op.op_id, OpResult::rejected("no"))]).await.unwrap();
    stall.put_product(&priced("Soy", 990)).await.unwrap();
    platform.sync(&stall).await;
    platform.sync(&home).await;
    assert_eq!(here(&home).await, some("Soy", 990), "what others say is taken again");
    assert_eq!(home.rejected_ops(9).await.unwrap().len(), 1, "and the refusal is on its list");
}

#[tokio::test]
async fn a_platform_that_was_put_back_may_decide_otherwise() {
    let (mut platform, home, stall) = both().await;
    home.put_product(&priced("Oat", 990)).await.unwrap();
    stall.put_product(&priced("Soy", 990)).await.unwrap();
    platform.sync(&home).await;
    platform.sync(&stall).await;
    only_conflict(&stall).await;
    // It has forgotten both, and hears of the stall's first.
    let first = platform.feed.remove(0);
    let mut put_back = Platform::default();
    put_back.products.insert(sku("A"), merge(None, op_of(&first).op_id, &edits_of(&op_of(&first))[0]).unwrap());
    put_back.ops.insert(op_of(&first).op_id);
    put_back.feed.push(first);
    for store in [&home, &stall] {
        store.rewind_feed(1).await.unwrap();
    }
    put_back.sync(&stall).await;
    put_back.sync(&home).await;
    assert_eq!((here(&home).await, here(&stall).await), (some("Soy", 990), some("Soy", 990)));
    assert!(stall.conflicts().await.unwrap().is_empty(), "it counts now");
    only_conflict(&home).await;
    let tail = stall.feed_tail(0, 9).await.unwrap();
    assert_eq!(tail.len(), 2, "what it told is given back, also this device's own");
}

fn op_of(line: &FeedLine) -> OpEnvelope {
    match line.entry().event {
        FeedEvent::ProductsEdited { op, .. } => op,
        other => panic!("{other:?}"),
    }
}
