//! What the platform told: applied together with the cursor, each entry once.

mod tail;

use crate::{Store, StoreError, device, fulfilment, now_us, orders, rights, stock};
use hawker_wire::{
    ErrorCode, Failure,
    feed::{FeedEntry, FeedEvent, FeedLine, FeedPosition},
    ops::{OpEnvelope, OpPayload, Read},
};
use sqlx::SqliteConnection;

/// Why a page of the feed was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The feed is gapless, so a missing entry is a lost order; it is fetched again rather than skipped.
    #[error("the platform's feed jumps from {after} to {found}; entries between are missing, fetch them again")]
    Gap { after: u64, found: u64 },
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
        }
    }
}

/// What an entry came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applied {
    News,
    /// It was here already.
    Known,
    /// Of a newer version: it waits for a program that can read it.
    Unread,
}

impl Store {
    /// Applies a page that was asked for with [`Store::feed_cursor`]: orders, changes of other devices, their stock and the
    /// cursor in one transaction. Entries seen before are passed over. Returns what was news, in order: not an order or a
    /// change that is stored already. Chat is among it and is not stored. Errors: [`FeedError`].
    pub async fn apply_feed(&self, lines: &[FeedLine]) -> Result<Vec<FeedEntry>, FeedError> {
        let mut tx = self.begin().await?;
        let seen = cursor(&mut tx).await?.server_seq;
        let mut news = Vec::new();
        let mut last: Option<&FeedLine> = None;
        for line in lines.iter().filter(|line| line.server_seq > seen) {
            let after = last.map_or(seen, |line| line.server_seq);
            if line.server_seq != after + 1 {
                return Err(FeedError::Gap { after, found: line.server_seq });
            }
            let entry = line.entry();
            let applied = apply(&mut tx, &entry).await?;
            tail::keep(&mut tx, line, &entry.event, applied).await?;
            if applied != Applied::Known {
                news.push(entry);
            }
            last = Some(line);
        }
        if let Some(last) = last {
            move_cursor(&mut tx, last.server_seq, &last.head).await?;
            tx.commit().await?;
        }
        Ok(news)
    }

    /// Where the feed is read on from.
    pub async fn feed_cursor(&self) -> Result<FeedPosition, StoreError> {
        cursor(&mut *self.reader.acquire().await?).await
    }
}

async fn apply(tx: &mut SqliteConnection, entry: &FeedEntry) -> Result<Applied, StoreError> {
    match &entry.event {
        FeedEvent::OrderPaid { order } => {
            if orders::is_known(tx, order.id).await? {
                return Ok(Applied::Known);
            }
            orders::write(tx, order).await?;
        }
        FeedEvent::Reserved { sku, reserved } => stock::set_reserved(tx, sku, *reserved).await?,
        FeedEvent::Shortfall { sku, missing } => rights::set_shortfall(tx, sku, *missing).await?,
        FeedEvent::Granted { device_id, epoch, op_id, lines } => {
            let is_news = rights::granted(tx, (*device_id, *epoch), (*op_id, entry.server_seq), lines).await?;
            return Ok(if is_news { Applied::News } else { Applied::Known });
        }
        FeedEvent::RightsWithdrawn { device_id, epoch } => {
            let is_news = device::withdrawn(tx, *device_id, *epoch).await?;
            return Ok(if is_news { Applied::News } else { Applied::Known });
        }
        FeedEvent::Challenged { challenge } => rights::state(tx, entry.server_seq, Some(*challenge)).await?,
        FeedEvent::Op { op } => return apply_op(tx, op).await,
        FeedEvent::Chat { .. } => {}
        FeedEvent::Unknown => return Ok(Applied::Unread),
    }
    Ok(Applied::News)
}

/// A change of another device. One of this device's own comes back as well: it is known, unless this store was put back to
/// a state before it.
async fn apply_op(tx: &mut SqliteConnection, op: &OpEnvelope) -> Result<Applied, StoreError> {
    let is_known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE op_id = ?1) OR EXISTS (SELECT 1 FROM told_op WHERE op_id = ?1)",
    )
    .bind(op.op_id.0)
    .fetch_one(&mut *tx)
    .await?;
    if is_known {
        // Its place among the steps of others is the platform's to say.
        if let Read::Known(OpPayload::OrderMoved { moved }) = op.read() {
            fulfilment::confirmed(tx, op.op_id, &moved).await?;
        }
        return Ok(Applied::Known);
    }
    let read = op.read();
    if let Read::Known(payload) = &read
        && device::is_own(tx, op.device_id).await?
        && device::is_in_epoch(tx, op.device_id, op.epoch).await?
    {
        rights::follow_own(tx, payload).await?;
    }
    match read {
        Read::Known(OpPayload::StockMoved { movement, .. }) => match stock::append(tx, &movement).await {
            // The order's own entry came first.
            Ok(()) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        },
        Read::Known(OpPayload::VenueSale { order, .. }) => {
            if !orders::is_known(tx, order.id).await? {
                orders::write(tx, &order).await?;
            }
        }
        Read::Known(OpPayload::OrderMoved { moved }) => fulfilment::told(tx, op.op_id, &moved).await?,
        // Between the platform and that device alone, and not to be told to another account.
        Read::Known(
            OpPayload::RightsAsked { .. } | OpPayload::RightsReturned { .. } | OpPayload::RightsStated { .. },
        ) => return Ok(Applied::Known),
        Read::Newer => return Ok(Applied::Unread),
        // The platform applied it, so it is not bad there; a program of the same version reads it alike.
        Read::Bad(why) => {
            tracing::warn!(op.id = %op.op_id, why, "a change of another device can't be read");
            return Ok(Applied::Unread);
        }
    }
    sqlx::query("INSERT INTO told_op (op_id, payload_version, payload, hash) VALUES (?, ?, ?, ?)")
        .bind(op.op_id.0)
        .bind(op.payload_version)
        .bind(&op.payload)
        .bind(&op.hash)
        .execute(tx)
        .await?;
    Ok(Applied::News)
}

async fn cursor(connection: &mut SqliteConnection) -> Result<FeedPosition, StoreError> {
    let (seq, head): (i64, String) = sqlx::query_as("SELECT last_seq, head FROM feed").fetch_one(connection).await?;
    Ok(FeedPosition { server_seq: seq.unsigned_abs(), head })
}

async fn move_cursor(tx: &mut SqliteConnection, server_seq: u64, head: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE feed SET last_seq = ?, head = ?").bind(number(server_seq)).bind(head).execute(tx).await?;
    Ok(())
}

fn number(server_seq: u64) -> i64 {
    i64::try_from(server_seq).unwrap_or(i64::MAX)
}

/// Applies what was kept for a newer version and can be read by now, in its order. Returns how many.
pub(crate) async fn read_kept(store: &Store) -> Result<u32, StoreError> {
    let waiting: Vec<(i64, String)> = sqlx::query_as(
        "SELECT server_seq, event FROM feed_entry WHERE is_read = 0 AND event IS NOT NULL ORDER BY server_seq",
    )
    .fetch_all(&store.reader)
    .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let mut tx = store.begin().await?;
    let mut read = 0;
    for (server_seq, event) in waiting {
        let event = serde_json::from_str(&event).unwrap_or(FeedEvent::Unknown);
        let entry = FeedEntry { server_seq: server_seq.unsigned_abs(), event };
        if apply(&mut tx, &entry).await? != Applied::Unread {
            sqlx::query("UPDATE feed_entry SET is_read = 1 WHERE server_seq = ?")
                .bind(server_seq)
                .execute(&mut *tx)
                .await?;
            read += 1;
        }
    }
    tx.commit().await?;
    Ok(read)
}

/// Forgets entries that no usable backup of a platform could lack any more.
pub(crate) async fn prune(store: &Store) -> Result<(), StoreError> {
    tail::prune(store, now_us()).await
}
