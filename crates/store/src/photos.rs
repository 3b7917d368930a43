//! Photos of products: kept as upright JPEG without metadata, with a thumbnail.

use crate::{
    Store, StoreError,
    error::kept_of,
    picture::{self, Picture, PictureError},
    stock::sku_of,
};
use hawker_domain::{PhotoId, Sku};
use hawker_wire::{ErrorCode, Failure};
use sha2::{Digest, Sha256};
use sqlx::Row;
use std::collections::HashMap;
use uuid::Uuid;

/// Why a photo was not added.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    #[error("the file is not a picture this program reads ({0}); use JPEG, PNG or WebP")]
    NotAPicture(String),
    #[error("the picture is too large ({0}); make it smaller and add it again")]
    TooLarge(String),
    #[error("there is no product {0} to add a photo to; add the product first")]
    NoProduct(Sku),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PictureError> for PhotoError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::NotAPicture(why) => Self::NotAPicture(why),
            PictureError::TooLarge(why) => Self::TooLarge(why),
        }
    }
}

impl From<sqlx::Error> for PhotoError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<PhotoError> for Failure {
    fn from(error: PhotoError) -> Self {
        let code = match error {
            PhotoError::Store(error) => return error.into(),
            PhotoError::NoProduct(_) => ErrorCode::NotFound,
            PhotoError::NotAPicture(_) | PhotoError::TooLarge(_) => ErrorCode::BadInput,
        };
        Self::new(code, error.to_string())
    }
}

/// A photo that is known already, or was added just now.
pub(crate) struct Added {
    pub(crate) id: PhotoId,
    pub(crate) is_new: bool,
}

impl Store {
    /// The first photo of every product that has one.
    pub async fn first_photos(&self) -> Result<HashMap<Sku, PhotoId>, StoreError> {
        // SQLite takes the other columns from the row of the minimum.
        let rows = sqlx::query("SELECT sku, id, min(rowid) FROM photo GROUP BY sku").fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((sku_of(row)?, PhotoId(row.try_get("id")?)))).collect()
    }

    /// Adds a photo (JPEG, PNG or WebP). The same bytes again are the same photo. Errors: [`PhotoError`].
    pub async fn add_photo(&self, sku: &Sku, bytes: &[u8]) -> Result<PhotoId, PhotoError> {
        Ok(self.add_photo_once(sku, bytes).await?.id)
    }

    pub(crate) async fn add_photo_once(&self, sku: &Sku, bytes: &[u8]) -> Result<Added, PhotoError> {
        let digest = Sha256::digest(bytes).to_vec();
        if let Some(id) = self.photo_by_digest(sku, &digest).await? {
            return Ok(Added { id, is_new: false });
        }
        let picture = decode(bytes.to_vec()).await?;
        let id = Uuid::now_v7();
        let done = sqlx::query(
            "INSERT INTO photo (id, sku, digest, width, height, jpeg, thumbnail, added_at_us)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sku, digest) DO NOTHING",
        )
        .bind(id)
        .bind(sku.as_str())
        .bind(&digest)
        .bind(picture.width)
        .bind(picture.height)
        .bind(picture.jpeg)
        .bind(picture.thumbnail)
        .bind(self.clock.now_us())
        .execute(&self.writer)
        .await;
        let done = kept_of(done, || format!("product {sku}")).map_err(|error| match error {
            StoreError::NotFound(_) => PhotoError::NoProduct(sku.clone()),
            other => other.into(),
        })?;
        if done.rows_affected() == 1 {
            return Ok(Added { id: PhotoId(id), is_new: true });
        }
        // Somebody added the same bytes meanwhile.
        let known = self.photo_by_digest(sku, &digest).await?;
        let id = known.ok_or_else(|| StoreError::NotFound(format!("photo of {sku}")))?;
        Ok(Added { id, is_new: false })
    }

    pub(crate) async fn photo_by_digest(&self, sku: &Sku, digest: &[u8]) -> Result<Option<PhotoId>, StoreError> {
        let id: Option<Uuid> = sqlx::query_scalar("SELECT id FROM photo WHERE sku = ? AND digest = ?")
            .bind(sku.as_str())
            .bind(digest)
            .fetch_optional(&self.reader)
            .await?;
        Ok(id.map(PhotoId))
    }

    /// A photo as JPEG, longest side at most [`crate::PHOTO_SIDE_PX`]. Errors: [`StoreError::NotFound`].
    pub async fn photo(&self, id: PhotoId) -> Result<Vec<u8>, StoreError> {
        let jpeg = sqlx::query_scalar("SELECT jpeg FROM photo WHERE id = ?").bind(id.0);
        let jpeg = jpeg.fetch_optional(&self.reader).await?;
        jpeg.ok_or_else(|| StoreError::NotFound(format!("photo {id}")))
    }

    /// A photo's thumbnail as JPEG, longest side at most [`crate::THUMBNAIL_SIDE_PX`]. Errors:
    /// [`StoreError::NotFound`].
    pub async fn thumbnail(&self, id: PhotoId) -> Result<Vec<u8>, StoreError> {
        let jpeg = sqlx::query_scalar("SELECT thumbnail FROM photo WHERE id = ?").bind(id.0);
        let jpeg = jpeg.fetch_optional(&self.reader).await?;
        jpeg.ok_or_else(|| StoreError::NotFound(format!("photo {id}")))
    }

    /// The photos of a product, oldest first.
    pub async fn photos_of(&self, sku: &Sku) -> Result<Vec<PhotoId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM photo WHERE sku = ? ORDER BY rowid")
            .bind(sku.as_str())
            .fetch_all(&self.reader)
            .await?;
        Ok(ids.into_iter().map(PhotoId).collect())
    }

    /// Removes a photo and its vectors. Errors: [`StoreError::NotFound`].
    pub async fn remove_photo(&self, id: PhotoId) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM photo WHERE id = ?").bind(id.0).execute(&self.writer).await?;
        if done.rows_affected() == 0 { Err(StoreError::NotFound(format!("photo {id}"))) } else { Ok(()) }
    }
}

/// Decodes and shrinks where it may take its time.
pub(crate) async fn decode(bytes: Vec<u8>) -> Result<Picture, PhotoError> {
    let decoded = tokio::task::spawn_blocking(move || picture::prepare(&bytes)).await;
    decoded.map_err(|_| PhotoError::NotAPicture("its decoder failed".to_owned()))?.map_err(Into::into)
}
