//! The kept catalogue: right or gone.

use crate::{BasisId, Projected, Store, StoreError, testing::*};
use futures_util::TryStreamExt;
use hawker_domain::{PhotoId, Sku};
use std::collections::BTreeMap;

const PRODUCTS: [&str; 3] = ["A", "B", "C"];

/// A store in which every product has a photo with a vector.
async fn stocked() -> (TestStore, BTreeMap<Sku, PhotoId>) {
    let (store, mut photos) = (store().await, BTreeMap::new());
    for (n, code) in PRODUCTS.iter().enumerate() {
        store.put_product(&product(code, code)).await.unwrap();
        let photo = store.add_photo(&sku(code), &png(4, 4, [n as u8, 2, 3, 255])).await.unwrap();
        store.put_vector(photo, "m1", &[n as u8]).await.unwrap();
        photos.insert(sku(code), photo);
    }
    (store, photos)
}

fn row(code: &str, photos: &[PhotoId], number: u8) -> Projected {
    Projected { sku: sku(code), photos: photos.to_vec(), numbers: vec![number] }
}

async fn kept(store: &Store, basis: BasisId) -> Vec<(Sku, Vec<u8>)> {
    let mut rows: Vec<_> = store.projection(basis).try_collect().await.unwrap();
    rows.sort();
    rows
}

async fn filled(store: &Store, photos: &BTreeMap<Sku, PhotoId>) -> BasisId {
    let basis = store.put_projection_basis("m1", &[7; 3_000_000]).await.unwrap();
    let rows: Vec<_> = PRODUCTS.iter().map(|code| row(code, &[photos[&sku(code)]], 1)).collect();
    store.put_projected("m1", basis, &rows).await.unwrap();
    assert_eq!(kept(store, basis).await.len(), 3);
    assert!(store.products_to_project("m1", Some(basis)).await.unwrap().is_empty());
    basis
}

#[tokio::test]
async fn a_basis_comes_back_whole_over_a_restart_and_for_its_own_model_alone() {
    let (store, photos) = stocked().await;
    assert_eq!(store.projection_basis("m1").await.unwrap(), None);
    assert_eq!(store.products_to_project("m1", None).await.unwrap(), [sku("A"), sku("B"), sku("C")]);
    let basis = filled(&store, &photos).await;
    let dir = store.into_dir().await;
    let store = open(dir.path()).await.unwrap();
    assert_eq!(store.projection_basis("m1").await.unwrap(), Some((basis, vec![7; 3_000_000])));
    assert_eq!(store.projection_basis("m2").await.unwrap(), None);
    assert_eq!(kept(&store, basis).await.len(), 3);
    let other = store.put_projection_basis("m2", &[8]).await.unwrap();
    assert!(kept(&store, basis).await.is_empty() && kept(&store, other).await.is_empty());
    assert_eq!(store.projection_basis("m1").await.unwrap(), None);
    // What was under way for the basis of before reaches nobody.
    store.put_projected("m1", basis, &[row("A", &[photos[&sku("A")]], 1)]).await.unwrap();
    assert!(kept(&store, basis).await.is_empty());
}

#[tokio::test]
async fn a_basis_that_lost_a_part_or_was_changed_is_none() {
    let (store, photos) = stocked().await;
    for damage in [
        "DELETE FROM projection_basis_part WHERE position = 1",
        "UPDATE projection_basis_part SET bytes = x'00' WHERE position = 0",
        "DELETE FROM projection_basis_part",
    ] {
        filled(&store, &photos).await;
        sqlx::query(sqlx::AssertSqlSafe(damage)).execute(&store.writer).await.unwrap();
        assert_eq!(store.projection_basis("m1").await.unwrap(), None, "{damage}");
    }
}

#[tokio::test]
async fn a_row_is_gone_with_the_vectors_it_was_made_of() {
    let (store, photos) = stocked().await;
    let of = |code: &str| photos[&sku(code)];
    let left = |store: &Store, basis| {
        let store = store.clone();
        async move { store.products_to_project("m1", Some(basis)).await.unwrap() }
    };

    let basis = filled(&store, &photos).await;
    let more = store.add_photo(&sku("A"), &png(4, 4, [99, 2, 3, 255])).await.unwrap();
    assert_eq!(left(&store, basis).await, [], "a photo without vectors changes nothing");
    store.put_vector(more, "m1", &[9]).await.unwrap();
    store.put_vector(of("B"), "m1", &[9]).await.unwrap();
    assert_eq!(left(&store, basis).await, [sku("A"), sku("B")], "one more, and another");

    store.put_projected("m1", basis, &[row("A", &[of("A")], 2), row("B", &[of("B")], 2)]).await.unwrap();
    assert_eq!(left(&store, basis).await, [sku("A")], "what was made before the second photo came is not kept");
    store.put_projected("m1", basis, &[row("A", &[of("A"), more], 3)]).await.unwrap();
    assert_eq!(kept(&store, basis).await, [(sku("A"), vec![3]), (sku("B"), vec![2]), (sku("C"), vec![1])]);

    store.remove_photo(of("A")).await.unwrap();
    assert_eq!(left(&store, basis).await, [sku("A")]);
    store.remove_photo(of("B")).await.unwrap();
    store.remove_product(&sku("C")).await.unwrap();
    assert_eq!(left(&store, basis).await, [sku("A")], "the others have nothing to be made of");
    assert!(kept(&store, basis).await.is_empty());
    let gone = store.put_projected("m1", basis, &[row("C", &[of("C")], 4)]).await;
    assert!(gone.is_ok() && kept(&store, basis).await.is_empty(), "{gone:?}");
    assert!(matches!(store.put_vector(of("A"), "m1", &[1]).await, Err(StoreError::NotFound(_))));
}
