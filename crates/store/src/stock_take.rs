//! A stock take: what somebody counted on the shelves against what the ledger says, by barcode or SKU.
//!
//! What is written is the difference to the ledger as it stood when the shelves were counted, not the number itself: what was sold
//! or came in since then stays sold and stays there. So the moment of the count must be known, and a product that was corrected
//! after it is left alone: the same file twice corrects once.

mod columns;
mod tally;

use crate::{
    ImportError, Store, StoreError,
    import::source,
    stock::{enum_text, move_and_report, sku_of},
};
use columns::CountColumns;
use hawker_domain::{
    Sku,
    stock::{MovementReason, StockMovement},
};
use serde::Serialize;
use sqlx::{Row, SqliteConnection};
use std::{collections::HashMap, path::Path};
use tally::{Codes, Tally};

/// What a stock take found and, where it was told to, wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StockTake {
    /// When the shelves were counted: UTC, microseconds since 1970.
    pub counted_at_us: i64,
    pub applied: bool,
    /// The sheet of a workbook that was read. None: the file is no workbook.
    pub sheet: Option<String>,
    /// By the line each product was first on.
    pub products: Vec<CountedProduct>,
    /// Products that should be there and are nowhere in the file. Nothing is written for them.
    pub unscanned: Vec<Unscanned>,
    pub problems: Vec<CountProblem>,
}

/// One product that was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountedProduct {
    pub row: u64,
    pub sku: Sku,
    pub title: String,
    /// Pieces by the ledger, at the time of the count.
    pub expected: i64,
    pub counted: i64,
    /// What came in (above zero) or went out since the count.
    pub moved_since: i64,
    /// What is, or would be, written. Zero where nothing is.
    pub correction: i64,
    /// Why nothing is written although the numbers differ.
    pub left_alone: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unscanned {
    pub sku: Sku,
    pub title: String,
    pub expected: i64,
}

/// Why a row does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountProblem {
    /// Line of the file, or row of the sheet, from 1.
    pub row: u64,
    pub code: String,
    pub message: String,
}

/// What the ledger says of one product about a moment.
#[derive(Clone, Copy, Default)]
struct Then {
    expected: i64,
    moved_since: i64,
    was_corrected: bool,
}

impl Store {
    /// Compares the counts in `path` with the stock as it stood at `counted_at_us` (UTC, microseconds since 1970) and, with
    /// `apply`, writes one correction for each product that differs, all of them or none. Errors: [`ImportError`]; also a moment
    /// that is yet to come.
    pub async fn take_stock(&self, path: &Path, counted_at_us: i64, apply: bool) -> Result<StockTake, ImportError> {
        let now_us = self.clock.now_us();
        if counted_at_us > now_us {
            return Err(StoreError::BadInput("the count lies in the future; say when it was made".to_owned()).into());
        }
        let (table, columns) = source::open::<CountColumns>(path).await?;
        // Who only looks keeps no sale waiting.
        let mut tx = if apply { self.begin().await? } else { self.reader.begin().await.map_err(StoreError::from)? };
        let (codes, titles) = catalogue(&mut tx).await?;
        let then = then(&mut tx, counted_at_us, now_us).await?;
        let of = |sku: &Sku| then.get(sku).copied().unwrap_or_default();
        let mut tally = Tally::default();
        for row in table.rows() {
            tally.add(&columns, &codes, row);
        }
        let mut products = Vec::with_capacity(tally.counted.len());
        for counted in &tally.counted {
            let title = titles.get(&counted.sku).cloned().unwrap_or_default();
            let product = compare(counted, title, &of(&counted.sku));
            if apply && product.correction != 0 {
                move_and_report(&mut tx, &movement(&product), now_us).await?;
            }
            products.push(product);
        }
        let mut unscanned = Vec::new();
        for (sku, title) in titles {
            if !tally.is_known(&sku) {
                let expected = of(&sku).expected;
                if expected != 0 {
                    unscanned.push(Unscanned { sku, title, expected });
                }
            }
        }
        unscanned.sort_by(|a, b| a.sku.cmp(&b.sku));
        if apply {
            tx.commit().await.map_err(StoreError::from)?;
            self.ops_waiting.notify_one();
        }
        let sheet = table.sheet().map(str::to_owned);
        Ok(StockTake { counted_at_us, applied: apply, sheet, products, unscanned, problems: tally.problems })
    }
}

/// What is to be written for a product. Pure.
fn compare(counted: &tally::Counted, title: String, then: &Then) -> CountedProduct {
    let difference = counted.pieces.saturating_sub(then.expected);
    let left_alone = if difference == 0 {
        None
    } else if counted.is_spoiled {
        Some("another row of it can't be read; mend that row first".to_owned())
    } else if then.was_corrected {
        Some("it was counted again since; the later count stays".to_owned())
    } else {
        None
    };
    let mut product = CountedProduct {
        row: counted.row,
        sku: counted.sku.clone(),
        title,
        expected: then.expected,
        counted: counted.pieces,
        moved_since: then.moved_since,
        correction: if left_alone.is_some() { 0 } else { difference },
        left_alone,
    };
    if product.correction != 0
        && let Err(why) = movement(&product).check()
    {
        product.left_alone = Some(why.to_string());
        product.correction = 0;
    }
    product
}

fn movement(product: &CountedProduct) -> StockMovement {
    let (sku, delta) = (product.sku.clone(), product.correction);
    StockMovement { sku, delta, reason: MovementReason::Counted, order_id: None }
}

/// Every code of the catalogue, and every product's title.
async fn catalogue(tx: &mut SqliteConnection) -> Result<(Codes, HashMap<Sku, String>), StoreError> {
    let mut codes = Codes::default();
    let mut titles = HashMap::new();
    for row in sqlx::query("SELECT sku, barcode, title FROM product").fetch_all(tx).await? {
        let sku = sku_of(&row)?;
        codes.add(&sku, row.try_get("barcode")?);
        titles.insert(sku, row.try_get("title")?);
    }
    Ok((codes, titles))
}

/// What the ledger says of every product about a moment. Pieces that are paid on the page and not packed have left the ledger
/// and lie on the shelf all the same. What is dated beyond now was written while this clock or another one ran ahead: it has happened, and
/// no later than the count.
async fn then(tx: &mut SqliteConnection, at_us: i64, now_us: i64) -> Result<HashMap<Sku, Then>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.sku AS sku, l.on_hand - coalesce(m.since, 0) + coalesce(p.pieces, 0) AS expected,
                coalesce(m.since, 0) - coalesce(p.pieces, 0) AS since, coalesce(m.corrections, 0) AS corrections
         FROM stock_level l
         LEFT JOIN (SELECT sku, sum(delta) AS since, sum(reason = ?2) AS corrections FROM stock_movement
                    WHERE at_us > ?1 AND at_us <= ?3 GROUP BY sku) m ON m.sku = l.sku
         LEFT JOIN (SELECT line.sku AS sku, sum(line.qty) AS pieces FROM sale_order o
                    JOIN sale_order_line line ON line.order_id = o.id
                    WHERE o.source <> 'venue' AND (o.placed_at_us <= ?1 OR o.placed_at_us > ?3) AND (o.state = 'paid' OR EXISTS (
                        SELECT 1 FROM order_move step WHERE step.order_id = o.id AND step.event = 'pack'
                        AND step.at_us > ?1 AND step.at_us <= ?3))
                    GROUP BY line.sku) p ON p.sku = l.sku",
    )
    .bind(at_us)
    .bind(enum_text(&MovementReason::Counted)?)
    .bind(now_us)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            let was_corrected = row.try_get::<i64, _>("corrections")? > 0;
            let then = Then { expected: row.try_get("expected")?, moved_since: row.try_get("since")?, was_corrected };
            Ok((sku_of(row)?, then))
        })
        .collect()
}
