//! Edits of the catalogue: recorded with the product they change, and what other devices did to it.

mod conflicts;

use crate::{Store, StoreError, error::unreadable, feed::Applied, outbox, products, search::Indexed, stock::sku_of};
use hawker_domain::{
    Product, ProductId, Sku,
    edit::{Here, Known, ProductEdit, Told},
};
use hawker_wire::{
    edits::{EditedProduct, outcome},
    ops::{OpEnvelope, OpPayload, Read},
};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// Most edits in one change: a table of 100,000 rows is some hundred changes.
const EDITS_AT_ONCE: usize = 200;
/// And most bytes of them, about: a request takes many changes, and a slow line has half a minute for it.
const BYTES_AT_ONCE: usize = 256 << 10;
/// Rows in one statement.
const ROWS_AT_ONCE: usize = 500;

/// Records what was put into the catalogue, and the ops that report it, within the caller's transaction: a few statements for
/// all. `before`: those of the products that were here.
pub(crate) async fn put(
    tx: &mut SqliteConnection,
    before: &HashMap<Sku, Product>,
    after: &[Product],
    now_us: i64,
) -> Result<(), StoreError> {
    let skus: Vec<&str> = after.iter().map(|product| product.sku.as_str()).collect();
    let known = known_of(tx, &skus).await?;
    let edit = |after: &Product| match (before.get(&after.sku), known.get(&after.sku)) {
        (Some(before), Some(known)) => known.change(before, after),
        (_, known) => Some(Known::creation(known, after)),
    };
    let edits = after.iter().filter_map(edit).collect();
    report(tx, edits, known, now_us).await
}

/// The same of a product that was taken out of it.
pub(crate) async fn remove(tx: &mut SqliteConnection, sku: &Sku, now_us: i64) -> Result<(), StoreError> {
    let known = known_of(tx, &[sku.as_str()]).await?;
    // What nobody was told of goes as quietly.
    let Some(edit) = known.get(sku).map(|known| known.removal(sku)) else { return Ok(()) };
    conflicts::is_decided(tx, sku, now_us).await?;
    report(tx, vec![edit], known, now_us).await
}

async fn report(
    tx: &mut SqliteConnection,
    edits: Vec<ProductEdit>,
    mut known: HashMap<Sku, Known>,
    now_us: i64,
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(edits.len());
    for part in parts(edits) {
        let op = outbox::enqueue(tx, &OpPayload::ProductEdited { edits: part.clone() }, now_us).await?;
        for edit in &part {
            let said = known.remove(edit.sku()).unwrap_or_default().said(op, edit);
            rows.push((edit.sku().clone(), said));
        }
    }
    write(tx, &rows).await
}

/// What the platform tells of edits, of this device's own too.
pub(crate) async fn told(
    tx: &mut SqliteConnection,
    op: &OpEnvelope,
    products: &[EditedProduct],
    now_us: i64,
) -> Result<Applied, StoreError> {
    let Some(outcome) = outcome(op, products) else { return Ok(Applied::Unread) };
    let device: Uuid = sqlx::query_scalar("SELECT device_id FROM device").fetch_one(&mut *tx).await?;
    let is_own = device == op.device_id.0;
    let said_here = "SELECT EXISTS (SELECT 1 FROM outbox WHERE op_id = ?)";
    let is_said_here = is_own && sqlx::query_scalar(said_here).bind(op.op_id.0).fetch_one(&mut *tx).await?;
    let skus: Vec<&str> = outcome.iter().map(|(edit, _)| edit.sku().as_str()).collect();
    let (known, here) = (known_of(tx, &skus).await?, products::read_all(tx, &skus).await?);
    let was_listed = conflicts::are_of(tx, op.op_id).await?;
    let (mut rows, mut put, mut is_news) = (Vec::new(), Vec::new(), !is_own);
    for (edit, current) in &outcome {
        let sku = edit.sku();
        let before = known.get(sku).cloned().unwrap_or_default();
        let new_id = ProductId(Uuid::now_v7());
        let told = Told { op: op.op_id, is_own, is_said_here, edit, current, new_id };
        let heard = before.hear(here.get(sku), &told);
        if before.is_disputed() && !heard.known.is_disputed() {
            conflicts::is_over(tx, sku).await?;
        }
        if was_listed {
            conflicts::take_off(tx, op.op_id, sku, &heard.won).await?;
        }
        conflicts::add(tx, &heard.lost, now_us).await?;
        is_news |= !heard.lost.is_empty() || heard.here != Here::Stays;
        match heard.here {
            Here::Stays => {}
            Here::Put(product) => put.push(*product),
            Here::Goes => {
                products::take_out(tx, sku).await?;
            }
        }
        rows.push((sku.clone(), heard.known));
    }
    for part in put.chunks(ROWS_AT_ONCE) {
        let with_words = part.iter().map(|product| (product.clone(), Indexed::of(product)));
        products::put_all(tx, with_words.collect(), now_us).await?;
    }
    write(tx, &rows).await?;
    Ok(if is_news { Applied::News } else { Applied::Known })
}

/// The platform could not read an op: what it said is waited for no more.
pub(crate) async fn refused(tx: &mut SqliteConnection, op: &OpEnvelope) -> Result<(), StoreError> {
    let Read::Known(OpPayload::ProductEdited { edits }) = op.read() else { return Ok(()) };
    let skus: Vec<&str> = edits.iter().map(|edit| edit.sku().as_str()).collect();
    let known = known_of(tx, &skus).await?;
    let rows: Vec<_> = known.into_iter().map(|(sku, known)| (sku, known.refused(op.op_id))).collect();
    write(tx, &rows).await
}

/// Tells of products that were never told of: those that are older than edits, at the first start with them. Returns how many.
pub(crate) async fn tell_untold(store: &Store) -> Result<u64, StoreError> {
    let (mut after, mut count) = (0, 0);
    loop {
        let mut tx = store.begin().await?;
        let Some((last, told)) = tell_some(&mut tx, after, store.clock.now_us()).await? else { return Ok(count) };
        tx.commit().await?;
        (after, count) = (last, count + told);
    }
}

/// Another account knows nothing of this catalogue, and the versions of the one before mean nothing to it.
pub(crate) async fn tell_anew(tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
    const STEPS: [&str; 2] =
        [r#"DELETE FROM outbox WHERE payload LIKE '{"kind":"product_edited"%'"#, "DELETE FROM product_edit"];
    for step in STEPS {
        sqlx::query(step).execute(&mut *tx).await?;
    }
    let mut after = 0;
    while let Some((last, _)) = tell_some(tx, after, now_us).await? {
        after = last;
    }
    Ok(())
}

/// Tells of some untold products behind the row `after`. Returns the last row and how many they are; none: there are no more.
async fn tell_some(tx: &mut SqliteConnection, after: i64, now_us: i64) -> Result<Option<(i64, u64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM product WHERE row > ? AND NOT EXISTS (SELECT 1 FROM product_edit e WHERE e.sku = product.sku)
         ORDER BY row LIMIT ?",
    )
    .bind(after)
    .bind(i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX))
    .fetch_all(&mut *tx)
    .await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let last = last.try_get("row")?;
    let untold = rows.iter().map(products::product_of).collect::<Result<Vec<_>, _>>()?;
    put(tx, &HashMap::new(), &untold, now_us).await?;
    Ok(Some((last, untold.len() as u64)))
}

async fn known_of(connection: &mut SqliteConnection, skus: &[&str]) -> Result<HashMap<Sku, Known>, StoreError> {
    let skus = serde_json::to_string(skus).map_err(|why| StoreError::BadInput(why.to_string()))?;
    let rows = sqlx::query("SELECT sku, known FROM product_edit WHERE sku IN (SELECT value FROM json_each(?))")
        .bind(skus)
        .fetch_all(connection)
        .await?;
    let known = |text: &str| serde_json::from_str(text).map_err(|why| unreadable("what is known of a product", why));
    rows.iter().map(|row| Ok((sku_of(row)?, known(row.try_get("known")?)?))).collect()
}

async fn write(tx: &mut SqliteConnection, rows: &[(Sku, Known)]) -> Result<(), StoreError> {
    for part in rows.chunks(ROWS_AT_ONCE) {
        let texts = part
            .iter()
            .map(|(sku, known)| Ok((sku.as_str(), serde_json::to_string(known)?)))
            .collect::<Result<Vec<_>, serde_json::Error>>()
            .map_err(|why| StoreError::BadInput(why.to_string()))?;
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO product_edit (sku, known) ");
        insert.push_values(texts, |mut row, (sku, known)| {
            row.push_bind(sku).push_bind(known);
        });
        insert.push(" ON CONFLICT (sku) DO UPDATE SET known = excluded.known");
        insert.build().execute(&mut *tx).await?;
    }
    Ok(())
}

/// In their order, none too large.
fn parts(edits: Vec<ProductEdit>) -> Vec<Vec<ProductEdit>> {
    let mut parts: Vec<Vec<ProductEdit>> = Vec::new();
    let mut bytes = 0;
    for edit in edits {
        let more = edit.size_bytes();
        match parts.last_mut() {
            Some(part) if part.len() < EDITS_AT_ONCE && bytes + more <= BYTES_AT_ONCE => {
                bytes += more;
                part.push(edit);
            }
            _ => {
                bytes = more;
                parts.push(vec![edit]);
            }
        }
    }
    parts
}
