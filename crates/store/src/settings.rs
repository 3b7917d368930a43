//! Settings and secrets by key. Both lie in the encrypted file; secrets in a table of their own that no export reads.

use crate::{Store, StoreError, error::unreadable};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

impl Store {
    /// A setting; none when it was never put. Errors: stored in a shape `T` can't read.
    pub async fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        text.map(|text| serde_json::from_str(&text).map_err(|why| unreadable(key, why))).transpose()
    }

    pub async fn put_setting<T: Serialize + Sync + ?Sized>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        let text = serde_json::to_string(value).map_err(|why| StoreError::BadInput(format!("{key}: {why}")))?;
        sqlx::query("INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
            .bind(key)
            .bind(text)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// A secret (a token, a password); none when it was never put.
    pub async fn secret(&self, key: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        let text: Option<String> =
            sqlx::query_scalar("SELECT value FROM secret WHERE key = ?").bind(key).fetch_optional(&self.reader).await?;
        Ok(text.map(Zeroizing::new))
    }

    pub async fn put_secret(&self, key: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO secret (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
            .bind(key)
            .bind(value)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub async fn remove_secret(&self, key: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM secret WHERE key = ?").bind(key).execute(&self.writer).await?;
        Ok(())
    }
}
