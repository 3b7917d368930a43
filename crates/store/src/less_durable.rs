//! A store that is not safe from a power cut: what tests of cuts are tried on.

use crate::{Store, StoreError};

impl Store {
    /// Commits are durable at the next checkpoint alone, from now on. A test that can't tell this store from the real one
    /// proves nothing.
    pub async fn make_less_durable(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA synchronous = NORMAL").execute(&self.writer).await?;
        Ok(())
    }
}
