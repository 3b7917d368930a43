//! The catalogue behind a show as it is kept: opaque rows, one a product, and the basis they are made with.
//!
//! The database itself erases a row when its product's vectors change (migration 0007), so a row that is here is right.

use crate::{Store, StoreError, stock::sku_of};
use futures_util::{Stream, StreamExt};
use hawker_domain::{PhotoId, Sku};
use sha2::{Digest, Sha256};
use sqlx::Row;
use uuid::Uuid;

/// Bytes written at once: nobody who sells waits longer for the one writer than for this.
const PART_BYTES: usize = 1 << 20;

/// Names what rows are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasisId(Uuid);

/// A row to be kept, and the photos it was made of, in their order.
#[derive(Clone, Debug)]
pub struct Projected {
    pub sku: Sku,
    pub photos: Vec<PhotoId>,
    pub numbers: Vec<u8>,
}

impl Store {
    /// The basis of a model's rows. None: there is none, or it is damaged.
    pub async fn projection_basis(&self, model_id: &str) -> Result<Option<(BasisId, Vec<u8>)>, StoreError> {
        let row = sqlx::query("SELECT id, digest FROM projection_basis WHERE model_id = ?").bind(model_id);
        let Some(row) = row.fetch_optional(&self.reader).await? else { return Ok(None) };
        let (id, digest): (Uuid, Vec<u8>) = (row.try_get("id")?, row.try_get("digest")?);
        let parts = sqlx::query_scalar("SELECT bytes FROM projection_basis_part WHERE basis_id = ? ORDER BY position");
        let parts: Vec<Vec<u8>> = parts.bind(id).fetch_all(&self.reader).await?;
        let bytes = parts.concat();
        Ok((Sha256::digest(&bytes).as_slice() == digest).then_some((BasisId(id), bytes)))
    }

    /// Keeps another basis; every row that was made with another one is erased.
    pub async fn put_projection_basis(&self, model_id: &str, bytes: &[u8]) -> Result<BasisId, StoreError> {
        let (id, digest) = (Uuid::now_v7(), Sha256::digest(bytes).to_vec());
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM projection").execute(&mut *tx).await?;
        sqlx::query("DELETE FROM projection_basis").execute(&mut *tx).await?;
        let basis = sqlx::query("INSERT INTO projection_basis (id, model_id, digest) VALUES (?, ?, ?)");
        basis.bind(id).bind(model_id).bind(digest).execute(&mut *tx).await?;
        tx.commit().await?;
        // Until the last part is there its digest says that it is damaged.
        for (position, part) in bytes.chunks(PART_BYTES).enumerate() {
            sqlx::query("INSERT INTO projection_basis_part (basis_id, position, bytes) VALUES (?, ?, ?)")
                .bind(id)
                .bind(position as i64)
                .bind(part)
                .execute(&self.writer)
                .await?;
        }
        Ok(BasisId(id))
    }

    /// Every row that was made with this basis.
    pub fn projection(&self, basis: BasisId) -> impl Stream<Item = Result<(Sku, Vec<u8>), StoreError>> + '_ {
        let rows = sqlx::query("SELECT sku, numbers FROM projection WHERE basis_id = ?").bind(basis.0);
        rows.fetch(&self.reader).map(|row| {
            let row = row?;
            Ok((sku_of(&row)?, row.try_get("numbers")?))
        })
    }

    /// Products that have vectors of this model and no row made with this basis. None: no basis, all of them.
    pub async fn products_to_project(&self, model_id: &str, basis: Option<BasisId>) -> Result<Vec<Sku>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT p.sku FROM photo p
             WHERE EXISTS (SELECT 1 FROM photo_vector v WHERE v.photo_id = p.id AND v.model_id = ?)
             AND NOT EXISTS (SELECT 1 FROM projection r WHERE r.sku = p.sku AND r.basis_id = ?) ORDER BY p.sku",
        )
        .bind(model_id)
        .bind(basis.map(|basis| basis.0))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(sku_of).collect()
    }

    /// Keeps rows, each if its product's photos still are the ones it was made of; a row that is there gives way.
    pub async fn put_projected(&self, model_id: &str, basis: BasisId, rows: &[Projected]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for Projected { sku, photos, numbers } in rows {
            let made_of: String = photos.iter().map(|photo| photo.0.simple().to_string()).collect();
            sqlx::query(
                "INSERT OR REPLACE INTO projection (sku, basis_id, numbers) SELECT ?1, ?2, ?3 WHERE ?4 =
                 (SELECT group_concat(id, '') FROM (SELECT lower(hex(p.id)) AS id FROM photo p
                  JOIN photo_vector v ON v.photo_id = p.id WHERE p.sku = ?1 AND v.model_id = ?5 ORDER BY p.rowid))
                 AND EXISTS (SELECT 1 FROM projection_basis WHERE id = ?2)",
            )
            .bind(sku.as_str())
            .bind(basis.0)
            .bind(numbers.as_slice())
            .bind(made_of)
            .bind(model_id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
