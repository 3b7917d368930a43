//! What stands on the photos: opaque text, kept so that a photo is read once by each reader.

use crate::{Store, StoreError, error::kept_of, stock::sku_of};
use hawker_domain::{PhotoId, Sku};
use sqlx::Row;
use uuid::Uuid;

impl Store {
    /// Keeps what was read on a photo; what it or another reader had read there before is erased. Errors: [`StoreError::NotFound`] for a photo that is gone.
    pub async fn put_photo_words(&self, id: PhotoId, reader_id: &str, lines: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM photo_words WHERE photo_id = ? AND reader_id <> ?")
            .bind(id.0)
            .bind(reader_id)
            .execute(&mut *tx)
            .await?;
        let done = sqlx::query(
            "INSERT INTO photo_words (photo_id, reader_id, lines) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET lines = excluded.lines",
        )
        .bind(id.0)
        .bind(reader_id)
        .bind(lines)
        .execute(&mut *tx)
        .await;
        kept_of(done, || format!("photo {id}"))?;
        Ok(tx.commit().await?)
    }

    /// What this reader has read, by product, each photo for itself.
    pub async fn photo_words(&self, reader_id: &str) -> Result<Vec<(Sku, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.sku, w.lines FROM photo_words w JOIN photo p ON p.id = w.photo_id
             WHERE w.reader_id = ? ORDER BY p.sku, p.rowid",
        )
        .bind(reader_id)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| Ok((sku_of(row)?, row.try_get("lines")?))).collect()
    }

    /// Photos of a product that this reader has not read, oldest first.
    pub async fn photos_without_words(&self, sku: &Sku, reader_id: &str) -> Result<Vec<PhotoId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT p.id FROM photo p WHERE p.sku = ?
             AND NOT EXISTS (SELECT 1 FROM photo_words w WHERE w.photo_id = p.id AND w.reader_id = ?) ORDER BY p.rowid",
        )
        .bind(sku.as_str())
        .bind(reader_id)
        .fetch_all(&self.reader)
        .await?;
        Ok(ids.into_iter().map(PhotoId).collect())
    }
}
