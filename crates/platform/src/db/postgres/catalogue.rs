//! Listings and their photos.

use super::{PostgresStore, Tx};
use crate::db::{CatalogueStore, StoreError};
use async_trait::async_trait;
use hawker_domain::{SellerId, Sku, stock::StockLevel};
use hawker_wire::catalogue::Listing;
use sqlx::{query, query_as, query_scalar};

#[async_trait]
impl CatalogueStore for PostgresStore {
    async fn put_listings(&self, seller: SellerId, listings: &[Listing]) -> Result<bool, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let before = sold(&mut tx, seller).await?;
        for listing in listings {
            query(
                "INSERT INTO listings (seller_id, sku, title, brand, category, description, price_minor, currency)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (seller_id, sku) DO UPDATE SET title = excluded.title, brand = excluded.brand,
                     category = excluded.category, description = excluded.description,
                     price_minor = excluded.price_minor, currency = excluded.currency, listed = TRUE",
            )
            .bind(seller.0)
            .bind(listing.sku.as_str())
            .bind(&listing.title)
            .bind(&listing.brand)
            .bind(&listing.category)
            .bind(&listing.description)
            .bind(listing.price.minor)
            .bind(listing.price.currency.as_str())
            .execute(&mut *tx)
            .await?;
            query("INSERT INTO stock (seller_id, sku) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                .bind(seller.0)
                .bind(listing.sku.as_str())
                .execute(&mut *tx)
                .await?;
        }
        // Nothing is taken away in here, so another number means more.
        let more = sold(&mut tx, seller).await? != before;
        tx.commit().await?;
        Ok(more)
    }

    async fn delist(&self, seller: SellerId, skus: &[Sku]) -> Result<bool, StoreError> {
        const GONE: [&str; 2] = [
            "DELETE FROM photos WHERE seller_id = $1 AND sku = $2",
            "UPDATE shows SET pin_sku = NULL WHERE seller_id = $1 AND pin_sku = $2",
        ];
        let mut tx = self.begin_for(seller).await?;
        let mut fewer = false;
        for sku in skus {
            let done = query("UPDATE listings SET listed = FALSE WHERE seller_id = $1 AND sku = $2 AND listed")
                .bind(seller.0)
                .bind(sku.as_str())
                .execute(&mut *tx)
                .await?;
            fewer |= done.rows_affected() > 0;
            for statement in GONE {
                query(statement).bind(seller.0).bind(sku.as_str()).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(fewer)
    }

    async fn put_photo(&self, seller: SellerId, sku: &Sku, photo_id: &str, jpeg: &[u8]) -> Result<bool, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let known: i64 = query_scalar("SELECT count(*) FROM listings WHERE seller_id = $1 AND sku = $2 AND listed")
            .bind(seller.0)
            .bind(sku.as_str())
            .fetch_one(&mut *tx)
            .await?;
        if known == 0 {
            return Ok(false);
        }
        query(
            "INSERT INTO photos (photo_id, seller_id, sku, jpeg) VALUES ($1, $2, $3, $4)
             ON CONFLICT (seller_id, sku) DO UPDATE SET photo_id = excluded.photo_id, jpeg = excluded.jpeg",
        )
        .bind(photo_id)
        .bind(seller.0)
        .bind(sku.as_str())
        .bind(jpeg)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove_photo(&self, seller: SellerId, sku: &Sku) -> Result<(), StoreError> {
        let mut tx = self.begin_for(seller).await?;
        query("DELETE FROM photos WHERE seller_id = $1 AND sku = $2")
            .bind(seller.0)
            .bind(sku.as_str())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn photo(&self, photo_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        // No text of PostgreSQL's has that sign, and asked with it, it fails.
        if photo_id.contains('\0') {
            return Ok(None);
        }
        Ok(query_scalar("SELECT jpeg FROM photos WHERE photo_id = $1")
            .bind(photo_id)
            .fetch_optional(&self.read)
            .await?)
    }

    async fn stock_level(&self, seller: SellerId, sku: &Sku) -> Result<Option<StockLevel>, StoreError> {
        let row: Option<(i64, i64)> = query_as(
            "SELECT pool + reserved - shortfall + (SELECT coalesce(sum(pieces), 0)::BIGINT FROM rights r
                 WHERE r.seller_id = s.seller_id AND r.sku = s.sku), reserved
             FROM stock s WHERE seller_id = $1 AND sku = $2",
        )
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|(on_hand, reserved)| StockLevel { on_hand, reserved }))
    }
}

/// How many products the seller sells.
async fn sold(tx: &mut Tx, seller: SellerId) -> Result<i64, StoreError> {
    let count: i64 = query_scalar("SELECT count(*) FROM listings WHERE seller_id = $1 AND listed")
        .bind(seller.0)
        .fetch_one(&mut **tx)
        .await?;
    Ok(count)
}
