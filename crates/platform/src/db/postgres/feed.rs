//! The seller's feed: numbered inside the writing transaction, hence without gaps, and chained, so that no two feeds are
//! taken for the same.

use super::{PostgresStore, Tx, ops, read_back, to_i64, to_u64};
use crate::db::{
    FeedRead, StoreError,
    shared::feed::{FeedKey, NO_HEAD, PAGE_BYTES, past},
};
use futures_util::TryStreamExt;
use hawker_domain::SellerId;
use hawker_wire::feed::{FeedEvent, FeedLine, FeedPage, FeedParted, FeedPosition, OpsAcked, OpsForgotten};
use sqlx::{query, query_as, query_scalar};

/// See [`FeedKey`].
pub async fn key(tx: &mut Tx) -> Result<FeedKey, StoreError> {
    Ok(FeedKey::new(query_scalar("SELECT key FROM feed_key").fetch_one(&mut **tx).await?))
}

/// Appends one event and answers its number.
pub async fn append(tx: &mut Tx, seller: SellerId, event: &FeedEvent, now_us: i64) -> Result<u64, StoreError> {
    let text = read_back("feed event", serde_json::to_string(event))?;
    let server_seq: i64 = query_scalar(
        "UPDATE sellers SET last_server_seq = last_server_seq + 1 WHERE seller_id = $1 RETURNING last_server_seq",
    )
    .bind(seller.0)
    .fetch_one(&mut **tx)
    .await?;
    let before: Option<Option<Vec<u8>>> =
        query_scalar("SELECT head FROM feed WHERE seller_id = $1 AND server_seq = $2 - 1")
            .bind(seller.0)
            .bind(server_seq)
            .fetch_optional(&mut **tx)
            .await?;
    let before = before.flatten().unwrap_or_else(|| NO_HEAD.to_vec());
    let head = key(tx).await?.head(seller, &before, to_u64(server_seq), &text)?;
    query("INSERT INTO feed (seller_id, server_seq, event, at_us, head) VALUES ($1, $2, $3, $4, $5)")
        .bind(seller.0)
        .bind(server_seq)
        .bind(text)
        .bind(now_us)
        .bind(&head[..])
        .execute(&mut **tx)
        .await?;
    Ok(to_u64(server_seq))
}

/// Where this is not the feed that was read up to `seen`.
pub async fn parted(tx: &mut Tx, seller: SellerId, seen: &FeedPosition) -> Result<Option<FeedParted>, StoreError> {
    let tail: i64 = query_scalar("SELECT last_server_seq FROM sellers WHERE seller_id = $1")
        .bind(seller.0)
        .fetch_one(&mut **tx)
        .await?;
    let parted = Some(FeedParted { tail_seq: to_u64(tail) });
    if seen.server_seq > to_u64(tail) {
        return Ok(parted);
    }
    if seen.server_seq == 0 || seen.head.is_empty() {
        return Ok(None);
    }
    let own: Option<Option<Vec<u8>>> = query_scalar("SELECT head FROM feed WHERE seller_id = $1 AND server_seq = $2")
        .bind(seller.0)
        .bind(to_i64(seen.server_seq))
        .fetch_optional(&mut **tx)
        .await?;
    let is_other = own.flatten().is_some_and(|own| !hex::encode(own).eq_ignore_ascii_case(&seen.head));
    Ok(parted.filter(|_| is_other))
}

/// Where ops that a device has an answer to are not here. A device that has read nothing of the feed since they were applied
/// learns it in no other way that the platform was put back.
async fn forgotten(tx: &mut Tx, seller: SellerId, acked: &OpsAcked) -> Result<Option<OpsForgotten>, StoreError> {
    let here: Option<(i64, i64)> =
        query_as("SELECT epoch, last_seq FROM devices WHERE seller_id = $1 AND device_id = $2")
            .bind(seller.0)
            .bind(acked.device_id.0)
            .fetch_optional(&mut **tx)
            .await?;
    // As many numbers do not mean the same ops: a copy of the device may have taken them.
    let is_lost = ops::is_lost(tx, seller, acked.acked_op).await?;
    let from = match here {
        Some((epoch, last_seq)) if epoch == i64::from(acked.epoch) => {
            let is_short = to_u64(last_seq) < acked.acked_seq;
            is_short.then_some(to_u64(last_seq) + 1).or(if is_lost { Some(0) } else { None })
        }
        // A copy of the device goes on under a later epoch: what this one was answered stands, unless the platform was put back before.
        Some((epoch, _)) if !is_lost && epoch > i64::from(acked.epoch) => None,
        Some(_) | None => Some(0),
    };
    Ok(from.map(|forgotten_from_seq| OpsForgotten { forgotten_from_seq }))
}

impl PostgresStore {
    pub(super) async fn read_feed(
        &self,
        seller: SellerId,
        seen: &FeedPosition,
        acked: Option<&OpsAcked>,
        limit: u32,
    ) -> Result<FeedRead, StoreError> {
        // One transaction: the entry that is compared and those after it belong to one state.
        let mut tx = self.begin_to_read().await?;
        if let Some(parted) = parted(&mut tx, seller, seen).await? {
            return Ok(FeedRead::Parted(parted));
        }
        if let Some(acked) = acked
            && let Some(forgotten) = forgotten(&mut tx, seller, acked).await?
        {
            return Ok(FeedRead::Forgotten(forgotten));
        }
        let after = seen.server_seq;
        let mut found = query_as::<_, (i64, String, Option<Vec<u8>>)>(
            "SELECT server_seq, event, head FROM feed WHERE seller_id = $1 AND server_seq > $2 ORDER BY server_seq LIMIT $3",
        )
        .bind(seller.0)
        .bind(to_i64(after))
        .bind(i64::from(limit))
        .fetch(&mut *tx);
        let (mut lines, mut last_seq, mut bytes) = (Vec::new(), after, 0);
        while let Some((seq, event, head)) = found.try_next().await? {
            bytes += event.len();
            let server_seq = to_u64(seq);
            lines.extend(past(last_seq + 1, server_seq)?);
            lines.push(FeedLine { server_seq, event, head: hex::encode(head.unwrap_or_default()) });
            last_seq = server_seq;
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        drop(found);
        Ok(FeedRead::Page(FeedPage { lines, last_seq }))
    }
}
