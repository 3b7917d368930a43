//! What the platform told: applied together with the cursor, each entry once.

use crate::{Store, StoreError, orders, stock};
use hawker_wire::{
    ErrorCode, Failure,
    feed::{FeedEntry, FeedEvent},
};
use sqlx::SqliteConnection;

/// Why a page of the feed was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The feed is gapless, so a missing entry is a lost order; it is fetched again rather than skipped.
    #[error("the platform's feed jumps from {after} to {found}; entries between are missing, fetch them again")]
    Gap { after: u64, found: u64 },
    /// The platform's own count went back: it was restored from a backup.
    #[error("the platform's feed ends at {found}, this device has seen {seen}; the platform lost entries")]
    Rewound { seen: u64, found: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for FeedError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Store(error) => error.into(),
            FeedError::Gap { .. } => {
                let mut failure = Self::new(ErrorCode::Conflict, error.to_string());
                failure.retryable = true;
                failure
            }
            FeedError::Rewound { .. } => Self::new(ErrorCode::Conflict, error.to_string()),
        }
    }
}

impl Store {
    /// Applies a page that was asked for with `after` = [`Store::feed_cursor`]: orders, their stock and the cursor in
    /// one transaction. Entries seen before are passed over. Returns what was news, in order: not an order
    /// that is stored already. Chat is among it and is not stored. `last_seq` is the page's own. Errors: [`FeedError`].
    pub async fn apply_feed(&self, entries: &[FeedEntry], last_seq: u64) -> Result<Vec<FeedEntry>, FeedError> {
        let mut tx = self.begin().await?;
        let seen = cursor(&mut tx).await?;
        if last_seq < seen {
            return Err(FeedError::Rewound { seen, found: last_seq });
        }
        let mut news = Vec::new();
        let mut after = seen;
        for entry in entries.iter().filter(|entry| entry.server_seq > seen) {
            if entry.server_seq != after + 1 {
                return Err(FeedError::Gap { after, found: entry.server_seq });
            }
            if apply(&mut tx, &entry.event).await? {
                news.push(entry.clone());
            }
            after = entry.server_seq;
        }
        if entries.is_empty() && last_seq > seen {
            return Err(FeedError::Gap { after, found: last_seq });
        }
        if after != seen {
            sqlx::query("UPDATE feed SET last_seq = ?")
                .bind(i64::try_from(after).unwrap_or(i64::MAX))
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(news)
    }

    /// The last entry applied; 0 before the first.
    pub async fn feed_cursor(&self) -> Result<u64, StoreError> {
        cursor(&mut *self.reader.acquire().await?).await
    }
}

/// True when it was news.
async fn apply(tx: &mut SqliteConnection, event: &FeedEvent) -> Result<bool, StoreError> {
    match event {
        FeedEvent::OrderPaid { order } => {
            // Our own venue sale may come back through the feed: it is here already, and so is its stock.
            if orders::is_known(tx, order.id).await? {
                return Ok(false);
            }
            orders::write(tx, order).await?;
        }
        FeedEvent::Reserved { sku, reserved } => stock::set_reserved(tx, sku, *reserved).await?,
        FeedEvent::Chat { .. } | FeedEvent::Unknown => {}
    }
    Ok(true)
}

async fn cursor(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let seq: i64 = sqlx::query_scalar("SELECT last_seq FROM feed").fetch_one(connection).await?;
    Ok(seq.unsigned_abs())
}
