//! What a model made of a photo: opaque bytes, kept so that a photo is embedded once per model.

use crate::{Store, StoreError, error::kept_of, stock::sku_of};
use futures_util::{Stream, StreamExt};
use hawker_domain::{PhotoId, Sku};
use sqlx::Row;

impl Store {
    /// Keeps the vector of a photo, or replaces it. Errors: [`StoreError::NotFound`] for a photo that is gone.
    pub async fn put_vector(&self, id: PhotoId, model_id: &str, vector: &[u8]) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO photo_vector (photo_id, model_id, vector) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET vector = excluded.vector",
        )
        .bind(id.0)
        .bind(model_id)
        .bind(vector)
        .execute(&self.writer)
        .await;
        kept_of(done, || format!("photo {id}")).map(|_| ())
    }

    /// Erases the vector of a photo, which counts as one this model has not seen from then on. One that is gone already is no error.
    pub async fn remove_vector(&self, id: PhotoId, model_id: &str) -> Result<(), StoreError> {
        let gone =
            sqlx::query("DELETE FROM photo_vector WHERE photo_id = ? AND model_id = ?").bind(id.0).bind(model_id);
        gone.execute(&self.writer).await?;
        Ok(())
    }

    /// Every vector of one model, by product, one after another: a catalogue's are too many to hold at once.
    // A plain join may begin with the vectors, and would sort all of them in memory before the first comes.
    pub fn vectors<'a>(
        &'a self,
        model_id: &'a str,
    ) -> impl Stream<Item = Result<(Sku, PhotoId, Vec<u8>), StoreError>> + 'a {
        let rows = sqlx::query(
            "SELECT p.sku, v.photo_id, v.vector FROM photo p CROSS JOIN photo_vector v ON v.photo_id = p.id
             WHERE v.model_id = ? ORDER BY p.sku, p.rowid",
        )
        .bind(model_id)
        .fetch(&self.reader);
        rows.map(|row| {
            let row = row?;
            Ok((sku_of(&row)?, PhotoId(row.try_get("photo_id")?), row.try_get("vector")?))
        })
    }

    /// The vectors of one product's photos, in their order.
    pub async fn vectors_of(&self, sku: &Sku, model_id: &str) -> Result<Vec<(PhotoId, Vec<u8>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT v.photo_id, v.vector FROM photo_vector v JOIN photo p ON p.id = v.photo_id
             WHERE p.sku = ? AND v.model_id = ? ORDER BY p.rowid",
        )
        .bind(sku.as_str())
        .bind(model_id)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| Ok((PhotoId(row.try_get("photo_id")?), row.try_get("vector")?))).collect()
    }

    /// Photos this model has not seen, by product.
    pub async fn photos_without_vector(&self, model_id: &str) -> Result<Vec<(Sku, PhotoId)>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.sku, p.id FROM photo p
             WHERE NOT EXISTS (SELECT 1 FROM photo_vector v WHERE v.photo_id = p.id AND v.model_id = ?)
             ORDER BY p.sku, p.rowid",
        )
        .bind(model_id)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(|row| Ok((sku_of(row)?, PhotoId(row.try_get("id")?)))).collect()
    }
}
