//! Shows, their pins, and what viewers say and do in them.

use super::{PostgresStore, Tx, claims, read_back, to_i64};
use crate::db::{
    ChangeShowError, CreateShowError, Hash, ShowPage, ShowStore, StoreError,
    shared::shows::{SHELF_MAX, ShelfRow, action, pin, shelf},
};
use async_trait::async_trait;
use hawker_domain::{SellerId, ShowId, Sku};
use hawker_wire::{
    show::{CreateShow, PutPin},
    viewer::{Behaviour, PublicPin, PublicProduct},
};
use sqlx::{Postgres, postgres::PgArguments, query, query::Query, query_as, query_scalar};
use std::collections::HashSet;
use uuid::Uuid;

#[async_trait]
impl ShowStore for PostgresStore {
    async fn create_show(
        &self,
        seller: SellerId,
        show: &CreateShow,
        publish: Hash,
        now_us: i64,
    ) -> Result<(), CreateShowError> {
        let mut tx = self.begin_for(seller).await?;
        match owner(&mut tx, show.show_id).await? {
            Some((owner, _)) if owner != seller => return Err(CreateShowError::Taken),
            Some((_, true)) => return Err(CreateShowError::Ended),
            _ => {}
        }
        let running_order = read_back("running order", serde_json::to_string(&show.running_order))?;
        let done = query(
            "INSERT INTO shows (show_id, seller_id, title, running_order, publish_hash, created_us)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (show_id) DO UPDATE SET title = excluded.title, running_order = excluded.running_order,
                 publish_hash = excluded.publish_hash WHERE shows.seller_id = excluded.seller_id",
        )
        .bind(show.show_id.0)
        .bind(seller.0)
        .bind(&show.title)
        .bind(running_order)
        .bind(&publish[..])
        .bind(now_us)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        // Another seller was faster, whose lock is another one.
        if done.rows_affected() == 0 {
            return Err(CreateShowError::Taken);
        }
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    async fn end_show(&self, seller: SellerId, show: ShowId, now_us: i64) -> Result<bool, ChangeShowError> {
        let mut tx = self.begin_for(seller).await?;
        let ended = owned(&mut tx, seller, show).await?;
        claims::end_waiting(&mut tx, seller, show, now_us).await?;
        let change = query(
            "UPDATE shows SET ended_us = coalesce(ended_us, $1), publish_hash = NULL, pin_sku = NULL
             WHERE show_id = $2 AND seller_id = $3",
        )
        .bind(now_us)
        .bind(show.0)
        .bind(seller.0);
        finish(tx, change).await?;
        Ok(!ended)
    }

    async fn put_running_order(&self, seller: SellerId, show: ShowId, order: &[Sku]) -> Result<bool, ChangeShowError> {
        let mut tx = self.begin_for(seller).await?;
        owned_and_running(&mut tx, seller, show).await?;
        let order = read_back("running order", serde_json::to_string(order))?;
        let change =
            query("UPDATE shows SET running_order = $1 WHERE show_id = $2 AND seller_id = $3 AND running_order <> $1")
                .bind(order)
                .bind(show.0)
                .bind(seller.0);
        Ok(finish(tx, change).await? > 0)
    }

    async fn listed(&self, seller: SellerId, skus: &[Sku]) -> Result<HashSet<Sku>, StoreError> {
        let rows: Vec<String> =
            query_scalar("SELECT l.sku FROM listings l WHERE l.seller_id = $1 AND l.listed AND l.sku = ANY ($2)")
                .bind(seller.0)
                .bind(skus.iter().map(Sku::as_str).collect::<Vec<_>>())
                .fetch_all(&self.read)
                .await?;
        rows.iter().map(|sku| read_back("sku", Sku::new(sku))).collect()
    }

    async fn put_pin(&self, seller: SellerId, show: ShowId, pin: &PutPin, now_us: i64) -> Result<(), ChangeShowError> {
        let mut tx = self.begin_for(seller).await?;
        owned_and_running(&mut tx, seller, show).await?;
        if let Some(sku) = pin.sku.as_ref()
            && !listed(&mut tx, seller, sku).await?
        {
            return Err(ChangeShowError::NoListing(sku.clone()));
        }
        write_pin(&mut tx, seller, show, pin, now_us).await?;
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    async fn show_by_publish_token(&self, publish: Hash) -> Result<Option<ShowId>, StoreError> {
        let show: Option<Uuid> = query_scalar("SELECT show_id FROM shows WHERE publish_hash = $1 AND ended_us IS NULL")
            .bind(&publish[..])
            .fetch_optional(&self.read)
            .await?;
        Ok(show.map(ShowId))
    }

    async fn show_owner(&self, show: ShowId) -> Result<Option<(SellerId, bool)>, StoreError> {
        let row: Option<(Uuid, bool)> =
            query_as("SELECT seller_id, ended_us IS NOT NULL FROM shows WHERE show_id = $1")
                .bind(show.0)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.map(|(seller, ended)| (SellerId(seller), ended)))
    }

    async fn show_page(&self, show: ShowId) -> Result<Option<ShowPage>, StoreError> {
        self.read_page(show).await
    }

    async fn add_behaviour(
        &self,
        seller: SellerId,
        show: ShowId,
        seen: &Behaviour,
        now_us: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query("INSERT INTO behaviour (seller_id, show_id, action, sku, at_ms, at_us) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(seller.0)
            .bind(show.0)
            .bind(action(seen.action))
            .bind(seen.sku.as_ref().map(Sku::as_str))
            .bind(seen.at.map(|at| to_i64(at.0)))
            .bind(now_us)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

type PageRow = (Uuid, String, String, String, Option<String>, String, i64, bool);

impl PostgresStore {
    async fn read_page(&self, show: ShowId) -> Result<Option<ShowPage>, StoreError> {
        let row: Option<PageRow> = query_as(
            "SELECT s.seller_id, s.title, l.shop_name, s.running_order, s.pin_sku, s.pin_variants, s.pin_at_ms,
                    s.ended_us IS NOT NULL
             FROM shows s JOIN sellers l USING (seller_id) WHERE s.show_id = $1",
        )
        .bind(show.0)
        .fetch_optional(&self.read)
        .await?;
        let Some((seller, title, shop_name, running_order, pin_sku, variants, pin_at_ms, ended)) = row else {
            return Ok(None);
        };
        let seller = SellerId(seller);
        let running_order: Vec<Sku> = read_back("running order", serde_json::from_str(&running_order))?;
        let pin = pin(pin_sku, &variants, pin_at_ms)?;
        let shelf = self.read_shelf(seller, show, running_order, pin.as_ref()).await?;
        Ok(Some(ShowPage { seller, title, shop_name, shelf, pin, ended }))
    }

    /// The running order, whatever was pinned, and the variants of that; without a running order, the catalogue. Where that is too
    /// much, what is pinned now stays, then the running order, then what was pinned before.
    pub(super) async fn read_shelf(
        &self,
        seller: SellerId,
        show: ShowId,
        running_order: Vec<Sku>,
        pin: Option<&PublicPin>,
    ) -> Result<Vec<PublicProduct>, StoreError> {
        const SHELF: &str = "WITH pinned (sku) AS (
                 SELECT n.sku FROM pins n WHERE n.show_id = $3 AND n.seller_id = $1
                 UNION SELECT v.sku FROM pins n, jsonb_array_elements_text(n.variants::JSONB) v (sku)
                 WHERE n.show_id = $3 AND n.seller_id = $1)
             SELECT l.sku, l.title, l.description, l.price_minor, l.currency, s.pool, p.photo_id
             FROM listings l JOIN stock s USING (seller_id, sku) LEFT JOIN photos p USING (seller_id, sku)
             WHERE l.seller_id = $1 AND l.listed
                 AND (cardinality($2::TEXT[]) = 0 OR l.sku = ANY ($2) OR l.sku IN (SELECT sku FROM pinned))
             ORDER BY CASE WHEN l.sku = ANY ($4) THEN 0 WHEN l.sku = ANY ($2) THEN 1
                 WHEN l.sku IN (SELECT sku FROM pinned) THEN 2 ELSE 3 END, l.title, l.sku LIMIT $5";
        let now: Vec<&str> = pin.iter().flat_map(|pin| pin.sku.iter().chain(&pin.variants)).map(Sku::as_str).collect();
        let rows: Vec<ShelfRow> = query_as(SHELF)
            .bind(seller.0)
            .bind(running_order.iter().map(Sku::as_str).collect::<Vec<_>>())
            .bind(show.0)
            .bind(now)
            .bind(to_i64((SHELF_MAX + running_order.len()) as u64))
            .fetch_all(&self.read)
            .await?;
        shelf(rows, &running_order)
    }
}

/// Who owns the show and whether it has ended, inside the transaction.
pub(super) async fn owner(tx: &mut Tx, show: ShowId) -> Result<Option<(SellerId, bool)>, StoreError> {
    let row: Option<(Uuid, bool)> = query_as("SELECT seller_id, ended_us IS NOT NULL FROM shows WHERE show_id = $1")
        .bind(show.0)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|(seller, ended)| (SellerId(seller), ended)))
}

/// Whether a show of this seller has ended. Errors: `NoShow`.
async fn owned(tx: &mut Tx, seller: SellerId, show: ShowId) -> Result<bool, ChangeShowError> {
    match owner(tx, show).await? {
        Some((owner, ended)) if owner == seller => Ok(ended),
        _ => Err(ChangeShowError::NoShow),
    }
}

pub(super) async fn owned_and_running(tx: &mut Tx, seller: SellerId, show: ShowId) -> Result<(), ChangeShowError> {
    if owned(tx, seller, show).await? { Err(ChangeShowError::Ended) } else { Ok(()) }
}

/// Makes the transaction's last change and ends it; returns how many rows it changed.
async fn finish(mut tx: Tx, change: Query<'_, Postgres, PgArguments>) -> Result<u64, StoreError> {
    let rows = change.execute(&mut *tx).await?.rows_affected();
    tx.commit().await?;
    Ok(rows)
}

async fn listed(tx: &mut Tx, seller: SellerId, sku: &Sku) -> Result<bool, StoreError> {
    let count: i64 = query_scalar("SELECT count(*) FROM listings WHERE seller_id = $1 AND sku = $2 AND listed")
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_one(&mut **tx)
        .await?;
    Ok(count > 0)
}

async fn write_pin(tx: &mut Tx, seller: SellerId, show: ShowId, pin: &PutPin, now_us: i64) -> Result<(), StoreError> {
    let variants = read_back("pinned variants", serde_json::to_string(&pin.variants))?;
    query("UPDATE shows SET pin_sku = $1, pin_variants = $2, pin_at_ms = $3 WHERE show_id = $4 AND seller_id = $5")
        .bind(pin.sku.as_ref().map(Sku::as_str))
        .bind(&variants)
        .bind(to_i64(pin.at.0))
        .bind(show.0)
        .bind(seller.0)
        .execute(&mut **tx)
        .await?;
    query("INSERT INTO pins (seller_id, show_id, tag_id, sku, variants, at_ms, at_us) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(seller.0)
        .bind(show.0)
        .bind(pin.tag_id.0)
        .bind(pin.sku.as_ref().map(Sku::as_str))
        .bind(&variants)
        .bind(to_i64(pin.at.0))
        .bind(now_us)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
