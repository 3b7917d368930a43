//! The seller's feed: numbered inside the writing transaction, hence without gaps.

use super::{SqliteStore, Tx, read_back, to_i64, to_u64};
use crate::db::StoreError;
use hawker_domain::SellerId;
use hawker_wire::feed::{FeedEntry, FeedEvent, FeedPage};
use sqlx::{query, query_as, query_scalar};

/// Appends one event and answers its number.
pub async fn append(tx: &mut Tx, seller: SellerId, event: &FeedEvent, now_us: i64) -> Result<u64, StoreError> {
    let server_seq: i64 = query_scalar(
        "UPDATE sellers SET last_server_seq = last_server_seq + 1 WHERE seller_id = ? RETURNING last_server_seq",
    )
    .bind(seller.0)
    .fetch_one(&mut **tx)
    .await?;
    query("INSERT INTO feed (seller_id, server_seq, event, at_us) VALUES (?, ?, ?, ?)")
        .bind(seller.0)
        .bind(server_seq)
        .bind(read_back("feed event", serde_json::to_string(event))?)
        .bind(now_us)
        .execute(&mut **tx)
        .await?;
    Ok(to_u64(server_seq))
}

impl SqliteStore {
    pub(super) async fn read_feed(&self, seller: SellerId, after: u64, limit: u32) -> Result<FeedPage, StoreError> {
        let rows: Vec<(i64, String)> = query_as(
            "SELECT server_seq, event FROM feed WHERE seller_id = ? AND server_seq > ? ORDER BY server_seq LIMIT ?",
        )
        .bind(seller.0)
        .bind(to_i64(after))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        let entry = |(seq, event): (i64, String)| {
            let event = read_back("feed event", serde_json::from_str(&event))?;
            Ok(FeedEntry { server_seq: to_u64(seq), event })
        };
        let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>, StoreError>>()?;
        let last_seq = entries.last().map_or(after, |entry| entry.server_seq);
        Ok(FeedPage { entries, last_seq })
    }
}
