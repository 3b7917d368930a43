//! The part of the feed that was read: for a platform that was put back to an earlier state and needs it again.

use super::{Applied, cursor, move_cursor, number};
use crate::{Store, StoreError, device, now_us};
use hawker_wire::feed::{FeedEvent, FeedLine, FeedPosition, ReturnedEntry};
use sqlx::SqliteConnection;

/// How long entries are kept: longer than anybody keeps a backup of a platform that he would still put back.
const KEPT_US: i64 = 90 * 24 * 3_600 * 1_000_000;
/// So many of the newest are kept however old they are.
const KEPT_ENTRIES: i64 = 10_000;

/// Notes that an entry was read.
pub(super) async fn keep(
    tx: &mut SqliteConnection,
    line: &FeedLine,
    event: &FeedEvent,
    applied: Applied,
) -> Result<(), StoreError> {
    let is_needed = match event {
        FeedEvent::OrderPaid { .. } | FeedEvent::Granted { .. } | FeedEvent::Unknown => true,
        // This device sends its own changes again by itself. Steps of orders are given back by all, so that a step of another
        // device does not come before one of this.
        FeedEvent::Op { op } => applied != Applied::Known || op.payload.contains("order_moved"),
        FeedEvent::Reserved { .. }
        | FeedEvent::Shortfall { .. }
        | FeedEvent::Challenged { .. }
        | FeedEvent::RightsWithdrawn { .. }
        | FeedEvent::Chat { .. } => false,
    };
    sqlx::query("INSERT OR REPLACE INTO feed_entry (server_seq, head, event, is_read, at_us) VALUES (?, ?, ?, ?, ?)")
        .bind(number(line.server_seq))
        .bind(&line.head)
        .bind(is_needed.then_some(line.event.as_str()))
        .bind(applied != Applied::Unread)
        .bind(now_us())
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn prune(store: &Store, now_us: i64) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM feed_entry WHERE at_us < ? AND is_read = 1
         AND server_seq <= (SELECT last_seq FROM feed) - ?",
    )
    .bind(now_us - KEPT_US)
    .bind(KEPT_ENTRIES)
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
    /// hold is told anew. Orders and stock stay as they are.
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
        device::send_all_again(&mut tx).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }
}
