//! The part of the feed that was read: for a platform that was put back to an earlier state and needs it again.

use super::{Applied, cursor, move_cursor, number};
use crate::{Store, StoreError, device, offers};
use hawker_wire::feed::{FeedEvent, FeedLine, FeedPosition, ReturnedEntry};
use sqlx::SqliteConnection;

/// How long entries are kept, in days on which the store looked: longer than anybody keeps a backup of a platform that he would
/// still put back.
const KEPT_DAYS: i64 = 90;
const DAY_US: i64 = 24 * 3_600 * 1_000_000;
/// So many of the newest are kept however old they are.
const KEPT_ENTRIES: i64 = 10_000;
/// Numbers looked at in one statement: some milliseconds.
const STEP: i64 = 5_000;
/// Of entries that are not given back, one in so many keeps its head: so many are read again at most.
const HEAD_EVERY: i64 = 64;

/// Notes that an entry was read.
pub(super) async fn keep(
    tx: &mut SqliteConnection,
    line: &FeedLine,
    event: &FeedEvent,
    applied: Applied,
) -> Result<(), StoreError> {
    let is_needed = match event {
        // It stands for others and has no head of its own.
        FeedEvent::Past { .. } => return Ok(()),
        FeedEvent::OrderPaid { .. } | FeedEvent::Granted { .. } | FeedEvent::Unknown => true,
        // Also this device's own, so that all of them are merged again in the order in which they were.
        FeedEvent::ProductsEdited { .. } => true,
        // This device sends its own changes again by itself.
        FeedEvent::Op { op } => applied != Applied::Known || is_given_back_by_all(&op.payload),
        // What was sold of an offer; a platform that lost it would sell the same pieces again.
        FeedEvent::OfferSpent { .. } => true,
        FeedEvent::Reserved { .. }
        | FeedEvent::Shortfall { .. }
        | FeedEvent::Challenged { .. }
        | FeedEvent::RightsWithdrawn { .. }
        | FeedEvent::Claim { .. }
        | FeedEvent::Chat { .. }
        | FeedEvent::OpRefused { .. }
        | FeedEvent::MoneyTask { .. }
        | FeedEvent::DeviceKeyReplaced { .. }
        | FeedEvent::QuarantineDecided { .. } => false,
    };
    sqlx::query(
        "INSERT OR REPLACE INTO feed_entry (server_seq, head, event, is_read, day)
         VALUES (?, ?, ?, ?, (SELECT day FROM feed))",
    )
    .bind(number(line.server_seq))
    .bind(&line.head)
    .bind(is_needed.then_some(line.event.as_str()))
    .bind(applied != Applied::Unread)
    .execute(tx)
    .await?;
    Ok(())
}

/// Steps of orders, so that a step of another device does not come before one of this; offers, so that what was sold of one does not
/// come before the offer.
fn is_given_back_by_all(payload: &str) -> bool {
    payload.contains("order_moved") || payload.contains("offer_put")
}

/// Forgets what a platform that was put back could not need: entries that are older than any backup of it, and, of those behind
/// the newest, the numbers and heads of what is not given back. A head stays where it proves the entry after it, and every
/// so often, so that the last entry two feeds share is found near. In short steps: whoever else writes waits for one of
/// them at most. Returns how many went.
pub(super) async fn prune(store: &Store, now_us: i64) -> Result<u64, StoreError> {
    begin_day(store, now_us).await?;
    let (first, last): (i64, i64) =
        sqlx::query_as("SELECT coalesce((SELECT min(server_seq) FROM feed_entry), 0), (SELECT last_seq FROM feed) - ?")
            .bind(KEPT_ENTRIES)
            .fetch_one(&store.reader)
            .await?;
    let mut gone = 0;
    let mut from = first;
    while from <= last {
        let to = last.min(from + STEP - 1);
        let done = sqlx::query(
            "DELETE FROM feed_entry WHERE server_seq BETWEEN ?1 AND ?2 AND is_read = 1
             AND (day < (SELECT day FROM feed) - ?3 OR (event IS NULL AND server_seq % ?4 <> 0 AND NOT EXISTS
                 (SELECT 1 FROM feed_entry after WHERE after.server_seq = feed_entry.server_seq + 1
                  AND after.event IS NOT NULL)))",
        )
        .bind(from)
        .bind(to)
        .bind(KEPT_DAYS)
        .bind(HEAD_EVERY)
        .execute(&store.writer)
        .await?;
        gone += done.rows_affected();
        from = to + 1;
    }
    Ok(gone)
}

/// Counts one day more where the clock says that one has gone by, whichever way and however far it went. By the clock itself entries
/// would be as old as it says: one that leaps two years ahead would make all of them go, and a platform that is put back the
/// next day would lack them. So a leap costs a day, and a store that is seldom opened keeps them longer.
async fn begin_day(store: &Store, now_us: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE feed SET day = day + 1, day_began_us = ?1 WHERE abs(day_began_us - ?1) >= ?2")
        .bind(now_us)
        .bind(DAY_US)
        .execute(&store.writer)
        .await?;
    Ok(())
}

impl Store {
    /// The newest entry at or before `server_seq` that is still kept; the beginning where there is none.
    pub async fn feed_entry_at(&self, server_seq: u64) -> Result<FeedPosition, StoreError> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "SELECT server_seq, head FROM feed_entry WHERE server_seq <= ? ORDER BY server_seq DESC LIMIT 1",
        )
        .bind(number(server_seq))
        .fetch_optional(&self.reader)
        .await?;
        Ok(row.map_or_else(FeedPosition::default, |(seq, head)| FeedPosition { server_seq: seq.unsigned_abs(), head }))
    }

    /// What a platform that lost every entry after `after` needs back, oldest first, at most `limit`.
    pub async fn feed_tail(&self, after: u64, limit: u32) -> Result<Vec<ReturnedEntry>, StoreError> {
        let rows: Vec<(i64, String, String, Option<String>)> = sqlx::query_as(
            "SELECT e.server_seq, e.head, e.event, before.head FROM feed_entry e
             LEFT JOIN feed_entry before ON before.server_seq = e.server_seq - 1
             WHERE e.server_seq > ? AND e.event IS NOT NULL AND e.head <> '' ORDER BY e.server_seq LIMIT ?",
        )
        .bind(number(after))
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        let entry = |(seq, head, event, before): (i64, String, String, Option<String>)| ReturnedEntry {
            // The first entry, and one whose forerunner is from before there were heads.
            before: before.filter(|head| !head.is_empty()).unwrap_or_else(|| "0".repeat(64)),
            line: FeedLine { server_seq: seq.unsigned_abs(), event, head },
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Goes on behind `common`, the last entry that this device and a platform put back to an earlier state both have. The
    /// platform lost this device's changes since as well: all of them wait again, and it knows those it has by their ids. What buyers
    /// hold and have spent of offers is told anew. Orders and stock stay as they are.
    pub async fn rewind_feed(&self, common: u64) -> Result<(), StoreError> {
        let entry = self.feed_entry_at(common).await?;
        let mut tx = self.begin().await?;
        let seen = cursor(&mut tx).await?;
        if entry.server_seq >= seen.server_seq {
            return Ok(());
        }
        sqlx::query("DELETE FROM feed_entry WHERE server_seq > ?")
            .bind(number(entry.server_seq))
            .execute(&mut *tx)
            .await?;
        move_cursor(&mut tx, entry.server_seq, &entry.head).await?;
        sqlx::query("UPDATE stock_level SET reserved = 0, shortfall = 0").execute(&mut *tx).await?;
        offers::forget_spent(&mut tx).await?;
        device::send_all_again(&mut tx).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }
}
