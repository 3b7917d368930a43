//! What the platform told: applied together with the cursor, each entry once.

mod tail;

use crate::{
    Store, StoreError, channel_orders, claims, device, edits, fulfilment, money_tasks, offers, orders, outbox, rights,
    rights::Fills, stock, till,
};
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
pub(crate) enum Applied {
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
        let now_us = self.clock.now_us();
        let mut tx = self.begin().await?;
        let seen = cursor(&mut tx).await?.server_seq;
        let mut news = Vec::new();
        let mut last: Option<&FeedLine> = None;
        let (own, ..) = device::place(&mut tx).await?;
        let mut fills = Fills::default();
        for line in lines.iter().filter(|line| line.server_seq > seen) {
            let after = last.map_or(seen, |line| line.server_seq);
            let entry = line.entry();
            let first = first_of(&entry);
            if first > after + 1 || line.server_seq <= after {
                return Err(FeedError::Gap { after, found: first });
            }
            let applied = apply(&mut tx, &entry, Turn::InTime, now_us).await?;
            tail::keep(&mut tx, line, &entry.event, applied).await?;
            fills.note(&entry.event, own);
            if applied != Applied::Known {
                news.push(entry);
            }
            last = Some(line);
        }
        if let Some(last) = last {
            let asks = rights::cover_promises(&mut tx, &fills, now_us).await?;
            move_cursor(&mut tx, last.server_seq, &last.head).await?;
            tx.commit().await?;
            if asks {
                self.ops_waiting.notify_one();
            }
        }
        Ok(news)
    }

    /// Forgets what no usable backup of a platform could lack any more, and chat of long ago. Returns how many entries went.
    /// For once a day; in short steps, between which others write.
    pub async fn forget_old_news(&self, now_us: i64) -> Result<u64, StoreError> {
        tail::prune(self, now_us).await
    }

    /// Where the feed is read on from.
    pub async fn feed_cursor(&self) -> Result<FeedPosition, StoreError> {
        cursor(&mut *self.reader.acquire().await?).await
    }
}

/// The first entry that a line stands for.
fn first_of(entry: &FeedEntry) -> u64 {
    match entry.event {
        FeedEvent::Past { from } => from,
        _ => entry.server_seq,
    }
}

/// When an entry is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    InTime,
    /// It waited for a version that reads it, and entries after it were applied before.
    Late,
}

async fn apply(tx: &mut SqliteConnection, entry: &FeedEntry, turn: Turn, now_us: i64) -> Result<Applied, StoreError> {
    match &entry.event {
        FeedEvent::OrderPaid { order } => {
            if orders::is_known(tx, order.id).await? {
                return Ok(Applied::Known);
            }
            orders::write(tx, order, now_us).await?;
        }
        // The number is absolute: a later entry has told a newer one.
        FeedEvent::Reserved { .. } if turn == Turn::Late => return Ok(Applied::Known),
        FeedEvent::Reserved { sku, reserved } => stock::set_reserved(tx, sku, *reserved).await?,
        FeedEvent::Shortfall { .. } if turn == Turn::Late => return Ok(Applied::Known),
        FeedEvent::Shortfall { sku, missing } => rights::set_shortfall(tx, sku, *missing).await?,
        FeedEvent::Granted { device_id, epoch, op_id, lines } => {
            let is_news = rights::granted(tx, (*device_id, *epoch), (*op_id, entry.server_seq), lines).await?;
            return Ok(if is_news { Applied::News } else { Applied::Known });
        }
        FeedEvent::RightsWithdrawn { device_id, epoch } => {
            let is_news = device::withdrawn(tx, *device_id, *epoch, now_us).await?;
            return Ok(if is_news { Applied::News } else { Applied::Known });
        }
        FeedEvent::Challenged { challenge } => rights::state(tx, entry.server_seq, Some(*challenge), now_us).await?,
        FeedEvent::OfferSpent { offer_id, spent, sold, .. } => offers::set_spent(tx, *offer_id, *spent, *sold).await?,
        FeedEvent::Op { op } => return apply_op(tx, op, turn, now_us).await,
        FeedEvent::ProductsEdited { op, products } => return edits::told(tx, op, products, now_us).await,
        FeedEvent::OpRefused { op_id, why, reason } => {
            if !outbox::refused_after_all(tx, *op_id, why, reason.as_deref(), now_us).await? {
                return Ok(Applied::Known);
            }
        }
        FeedEvent::MoneyTask { order_id, why } => {
            if !money_tasks::keep(tx, *order_id, *why, now_us).await? {
                return Ok(Applied::Known);
            }
        }
        FeedEvent::Claim { claim } => {
            // Late, it may be from before the claim's end.
            if turn == Turn::Late && claims::is_over(tx, claim.claim_id).await? {
                return Ok(Applied::Known);
            }
            claims::told(tx, claim).await?;
        }
        FeedEvent::QuarantineDecided { op_id, result } => {
            let is_own = outbox::decided(tx, *op_id, result, now_us).await?;
            return Ok(if is_own { Applied::News } else { Applied::Known });
        }
        FeedEvent::Chat { .. } | FeedEvent::DeviceKeyReplaced { .. } => {}
        FeedEvent::Past { .. } => return Ok(Applied::Known),
        FeedEvent::Unknown => return Ok(Applied::Unread),
    }
    Ok(Applied::News)
}

/// A change of another device. One of this device's own comes back as well: it is known, unless this store was put back to
/// a state before it.
async fn apply_op(tx: &mut SqliteConnection, op: &OpEnvelope, turn: Turn, now_us: i64) -> Result<Applied, StoreError> {
    let is_known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE op_id = ?1) OR EXISTS (SELECT 1 FROM told_op WHERE op_id = ?1)",
    )
    .bind(op.op_id.0)
    .fetch_one(&mut *tx)
    .await?;
    if is_known {
        // Its place among the steps of others is the platform's to say, unless others came after it.
        if turn == Turn::InTime
            && let Read::Known(OpPayload::OrderMoved { moved }) = op.read()
        {
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
        Read::Known(OpPayload::StockMoved { movement, .. }) => match stock::append(tx, &movement, now_us).await {
            // The order's own entry came first.
            Ok(()) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        },
        Read::Known(OpPayload::VenueSale { order, .. }) => {
            if !orders::is_known(tx, order.id).await? {
                orders::write(tx, &order, now_us).await?;
            }
        }
        Read::Known(OpPayload::ChannelSale { sale }) => {
            if !orders::is_known(tx, sale.order.id).await? {
                channel_orders::write(tx, &sale, now_us).await?;
            }
        }
        Read::Known(OpPayload::OrderMoved { moved }) if turn == Turn::Late => fulfilment::told_late(tx, &moved).await?,
        Read::Known(OpPayload::OrderMoved { moved }) => fulfilment::told(tx, op.op_id, &moved).await?,
        // Between the platform and that device alone, and not to be told to another account.
        Read::Known(
            OpPayload::RightsAsked { .. } | OpPayload::RightsReturned { .. } | OpPayload::RightsStated { .. },
        ) => return Ok(Applied::Known),
        // Told by an event of its own, with what came of it.
        Read::Known(OpPayload::ProductEdited { .. }) => return Ok(Applied::Known),
        Read::Known(OpPayload::PaymentMatched { found }) => till::match_told(tx, &found).await?,
        Read::Known(OpPayload::SaleReturned { back, .. }) => till::return_told(tx, &back, now_us).await?,
        Read::Known(OpPayload::TillClosed { book }) => till::book_told(tx, &book).await?,
        // What came of it the platform tells by the claim.
        Read::Known(OpPayload::ClaimAnswered { .. }) => {}
        Read::Known(OpPayload::OfferPut { offer }) => offers::put(tx, &offer).await?,
        Read::Known(OpPayload::OfferEnded { offer_id }) => offers::end(tx, offer_id).await?,
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

/// Applies what was kept for a newer version and can be read by now, in its order; what later entries have told meanwhile
/// stays as they told it. Returns how many.
pub(crate) async fn read_kept(store: &Store) -> Result<u32, StoreError> {
    let waiting: Vec<(i64, String)> = sqlx::query_as(
        "SELECT server_seq, event FROM feed_entry WHERE is_read = 0 AND event IS NOT NULL ORDER BY server_seq",
    )
    .fetch_all(&store.reader)
    .await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let now_us = store.clock.now_us();
    let mut tx = store.begin().await?;
    let (own, ..) = device::place(&mut tx).await?;
    let mut fills = Fills::default();
    let mut read = 0;
    for (server_seq, event) in waiting {
        let event = serde_json::from_str(&event).unwrap_or(FeedEvent::Unknown);
        let entry = FeedEntry { server_seq: server_seq.unsigned_abs(), event };
        if apply(&mut tx, &entry, Turn::Late, now_us).await? != Applied::Unread {
            sqlx::query("UPDATE feed_entry SET is_read = 1 WHERE server_seq = ?")
                .bind(server_seq)
                .execute(&mut *tx)
                .await?;
            fills.note(&entry.event, own);
            read += 1;
        }
    }
    let asks = rights::cover_promises(&mut tx, &fills, now_us).await?;
    tx.commit().await?;
    if asks {
        store.ops_waiting.notify_one();
    }
    Ok(read)
}
