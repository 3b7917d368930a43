//! Edits of the catalogue: merged field by field, and what came of them told in the feed.

use super::{Tx, feed, kept, read_back};
use crate::db::StoreError;
use hawker_domain::{
    SellerId, Sku,
    edit::{self, Current, ProductEdit, merge},
};
use hawker_wire::{
    edits::to_tell,
    feed::FeedEvent,
    ops::{OpEnvelope, OpResult},
};
use sqlx::{query, query_scalar};

/// Merges the edits of one change, all or none, and tells every device, also the one that sent it, how the products stand. A change of a
/// product that was never heard of is kept: this database has lost what came before, and a device brings it back.
pub async fn apply(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    edits: Vec<ProductEdit>,
    now_us: i64,
) -> Result<OpResult, StoreError> {
    if let Err(why) = edit::check(&edits) {
        return Ok(OpResult::rejected(why.to_string()));
    }
    let mut outcome = Vec::with_capacity(edits.len());
    for edit in edits {
        let before = find(tx, seller, edit.sku()).await?;
        let Some(current) = merge(before.as_ref(), op.op_id, &edit) else {
            kept::keep(tx, seller, op, now_us).await?;
            return Ok(OpResult::Kept);
        };
        outcome.push((edit, current));
    }
    for (edit, current) in &outcome {
        put(tx, seller, edit.sku(), current).await?;
    }
    let products = to_tell(op.op_id, outcome);
    feed::append(tx, seller, &FeedEvent::ProductsEdited { op: op.clone(), products }, now_us).await?;
    Ok(OpResult::Applied)
}

async fn find(tx: &mut Tx, seller: SellerId, sku: &Sku) -> Result<Option<Current>, StoreError> {
    let body: Option<String> = query_scalar("SELECT body FROM products WHERE seller_id = $1 AND sku = $2")
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    body.map(|body| read_back("product", serde_json::from_str(&body))).transpose()
}

async fn put(tx: &mut Tx, seller: SellerId, sku: &Sku, current: &Current) -> Result<(), StoreError> {
    query(
        "INSERT INTO products (seller_id, sku, body) VALUES ($1, $2, $3)
         ON CONFLICT (seller_id, sku) DO UPDATE SET body = excluded.body",
    )
    .bind(seller.0)
    .bind(sku.as_str())
    .bind(read_back("product", serde_json::to_string(current))?)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
