//! Some rows of a table, landed together: what is known of their SKUs is asked once, and what changes is written in a few statements.

use super::{columns::Columns, table::Row};
use crate::{
    StoreError, edits, products,
    search::Indexed,
    stock::{count_and_report, levels_of},
};
use hawker_domain::{
    Product, Sku,
    stock::{StockLevel, StockMovement},
};
use sqlx::SqliteConnection;
use std::collections::HashMap;

/// Rows in one statement: SQLite takes 32,766 values, a product has 15. Of one length, so that one statement is prepared for all.
const ROWS_A_STATEMENT: usize = 500;

/// Of one transaction, or a part of it.
pub(super) struct Batch {
    /// The products of before.
    pub(super) known: HashMap<Sku, Product>,
    levels: HashMap<Sku, StockLevel>,
    /// What is to be written, each SKU once.
    pub(super) changed: Vec<Product>,
    pub(super) counted: Vec<StockMovement>,
}

impl Batch {
    /// Asks for what is known of the SKUs of `rows`, in the transaction that will write them.
    pub(super) async fn of(tx: &mut SqliteConnection, columns: &Columns, rows: &[Row]) -> Result<Self, StoreError> {
        let texts = rows.iter().filter_map(|row| columns.sku_text(row.cells.as_ref().ok()?));
        let skus: Vec<Sku> = texts.filter_map(|text| Sku::new(&text).ok()).collect();
        let skus: Vec<&str> = skus.iter().map(Sku::as_str).collect();
        let known = products::read_all(tx, &skus).await?;
        let levels = levels_of(tx, &skus).await?;
        Ok(Self { known, levels, changed: Vec::new(), counted: Vec::new() })
    }

    /// Before this batch.
    pub(super) fn level(&self, sku: &Sku) -> StockLevel {
        self.levels.get(sku).copied().unwrap_or_default()
    }

    /// Writes products, index, ledger and outbox. Words are cut on another thread while ledger and outbox are written.
    pub(super) async fn write(self, tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
        let Self { known, changed, counted, levels } = self;
        let to_cut = changed.clone();
        let cut = tokio::task::spawn_blocking(move || {
            let with_words = to_cut.into_iter().map(|product| {
                let indexed = Indexed::of(&product);
                (product, indexed)
            });
            parts(with_words.collect())
        });
        for part in parts(counted) {
            count_and_report(tx, part, &levels, now_us).await?;
        }
        edits::put(tx, &known, &changed, now_us).await?;
        let cut = cut.await.map_err(|why| StoreError::BadInput(format!("the words could not be cut: {why}")))?;
        for part in cut {
            products::put_all(tx, part, now_us).await?;
        }
        Ok(())
    }
}

fn parts<T>(all: Vec<T>) -> Vec<Vec<T>> {
    let mut rest = all.into_iter();
    let parts = std::iter::from_fn(|| {
        let part: Vec<T> = rest.by_ref().take(ROWS_A_STATEMENT).collect();
        (!part.is_empty()).then_some(part)
    });
    parts.collect()
}
