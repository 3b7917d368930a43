//! What each account on a platform was told: of the catalogue, and of shows. A product that is here and no longer in the
//! catalogue has to be taken off that account's shelf; a show that is here and no longer on air has to be ended there.

use crate::{Store, StoreError, stock::sku_of};
use hawker_domain::{SellerId, ShowId, Sku};
use sqlx::Row;
use std::collections::HashMap;
use uuid::Uuid;

impl Store {
    /// The products an account was told of, each with the hash of the photo it got.
    pub async fn published(&self, account: SellerId) -> Result<HashMap<Sku, Option<String>>, StoreError> {
        let rows = sqlx::query("SELECT sku, photo FROM published WHERE seller_id = ?")
            .bind(account.0)
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(|row| Ok((sku_of(row)?, row.try_get("photo")?))).collect()
    }

    /// Notes products that are about to be told. Noted before they are sent: what was sent without a note could never be
    /// taken back, and taking back what never arrived does no harm.
    pub async fn note_published(&self, account: SellerId, skus: &[Sku]) -> Result<(), StoreError> {
        self.note("INSERT INTO published (seller_id, sku) VALUES (?, ?) ON CONFLICT DO NOTHING", account, skus).await
    }

    /// Notes that products were taken off the shelf, and that their photos went with them.
    pub async fn note_delisted(&self, account: SellerId, skus: &[Sku]) -> Result<(), StoreError> {
        self.note("DELETE FROM published WHERE seller_id = ? AND sku = ?", account, skus).await
    }

    /// Notes the photo an account has now, unless the product was taken off the shelf meanwhile; none: it was taken away.
    pub async fn note_photo(&self, account: SellerId, sku: &Sku, hash: Option<&str>) -> Result<(), StoreError> {
        sqlx::query("UPDATE published SET photo = ? WHERE seller_id = ? AND sku = ?")
            .bind(hash)
            .bind(account.0)
            .bind(sku.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Shows an account was told of and does not know to be over, oldest first.
    pub async fn published_shows(&self, account: SellerId) -> Result<Vec<ShowId>, StoreError> {
        let ids: Vec<Uuid> =
            sqlx::query_scalar("SELECT show_id FROM published_show WHERE seller_id = ? ORDER BY show_id")
                .bind(account.0)
                .fetch_all(&self.reader)
                .await?;
        Ok(ids.into_iter().map(ShowId).collect())
    }

    /// Notes a show that is about to be told. Noted before it is sent, as products are: an end that nobody asked for does
    /// no harm.
    pub async fn note_show_published(&self, account: SellerId, show: ShowId) -> Result<(), StoreError> {
        self.note_show(
            "INSERT INTO published_show (seller_id, show_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            account,
            show,
        )
        .await
    }

    /// Notes that an account heard the end of a show.
    pub async fn note_end_heard(&self, account: SellerId, show: ShowId) -> Result<(), StoreError> {
        self.note_show("DELETE FROM published_show WHERE seller_id = ? AND show_id = ?", account, show).await
    }

    async fn note_show(&self, statement: &'static str, account: SellerId, show: ShowId) -> Result<(), StoreError> {
        sqlx::query(statement).bind(account.0).bind(show.0).execute(&self.writer).await?;
        Ok(())
    }

    async fn note(&self, statement: &'static str, account: SellerId, skus: &[Sku]) -> Result<(), StoreError> {
        if skus.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for sku in skus {
            sqlx::query(statement).bind(account.0).bind(sku.as_str()).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }
}
