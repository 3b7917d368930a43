//! All that a seller has in a store, to be compared before and after.

use hawker_store::{Store, StoreError};
use std::collections::BTreeSet;

/// Each thing as a text of its own, photos as their bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    products: BTreeSet<String>,
    orders: BTreeSet<String>,
    ops: BTreeSet<String>,
    levels: BTreeSet<String>,
    photos: BTreeSet<Vec<u8>>,
}

impl Content {
    /// Errors: what the store says when it can't be read.
    pub async fn of(store: &Store) -> Result<Self, StoreError> {
        let products = store.all_products().await?;
        let mut photos = BTreeSet::new();
        for product in &products {
            for id in store.photos_of(&product.sku).await? {
                photos.insert([store.photo(id).await?, store.thumbnail(id).await?].concat());
            }
        }
        Ok(Self {
            products: products.iter().map(|product| format!("{product:?}")).collect(),
            orders: store.orders(u32::MAX).await?.iter().map(|order| format!("{order:?}")).collect(),
            ops: store.ops_from(0, u32::MAX).await?.iter().map(|op| format!("{op:?}")).collect(),
            levels: store.levels().await?.iter().map(|level| format!("{level:?}")).collect(),
            photos,
        })
    }

    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// What of this is not in `now`, in words.
    pub fn lost(&self, now: &Self) -> String {
        let count = |before: &BTreeSet<String>, now: &BTreeSet<String>| before.difference(now).count();
        let parts = [
            ("products", count(&self.products, &now.products)),
            ("orders", count(&self.orders, &now.orders)),
            ("ops", count(&self.ops, &now.ops)),
            ("levels", count(&self.levels, &now.levels)),
            ("photos", self.photos.difference(&now.photos).count()),
        ];
        let lost: Vec<String> =
            parts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
        if lost.is_empty() { "something was added".to_owned() } else { lost.join(", ") }
    }
}
