//! The seller's feed: numbered inside the writing transaction, hence without gaps, and chained, so that no two feeds are
//! taken for the same.

use super::{SqliteStore, Tx, read_back, to_i64, to_u64};
use crate::db::{FeedRead, StoreError};
use futures_util::TryStreamExt;
use hawker_domain::SellerId;
use hawker_wire::feed::{
    FeedEvent, FeedLine, FeedPage, FeedParted, FeedPosition, OpsAcked, OpsForgotten, ReturnedEntry,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sqlx::{query, query_as, query_scalar};

/// What the code over the entries is made with. It lies in the database, so that it comes back with it.
pub struct FeedKey(Vec<u8>);

type Head = [u8; 32];

/// A page ends with the entry that reaches so many bytes: a table that was imported is told in large ones, and a slow line has
/// half a minute for a page.
const PAGE_BYTES: usize = 2 << 20;

/// Before the first entry, and of an entry that has none.
const NO_HEAD: Head = [0; 32];

impl FeedKey {
    pub async fn load(tx: &mut Tx) -> Result<Self, StoreError> {
        Ok(Self(query_scalar("SELECT key FROM feed_key").fetch_one(&mut **tx).await?))
    }

    fn mac(&self, seller: SellerId, before: &[u8], server_seq: u64, event: &str) -> Result<Hmac<Sha256>, StoreError> {
        let mac: Hmac<Sha256> = read_back("feed key", Hmac::new_from_slice(&self.0))?;
        // Every part but the last has a fixed length.
        let parts = [seller.0.as_bytes(), before, &server_seq.to_be_bytes(), event.as_bytes()];
        Ok(parts.into_iter().fold(mac, |mac, part| mac.chain_update(part)))
    }

    /// True when this platform wrote that entry of the seller's feed.
    pub fn wrote(&self, seller: SellerId, entry: &ReturnedEntry) -> Result<bool, StoreError> {
        let (mut before, mut head) = (NO_HEAD, NO_HEAD);
        let is_hex = hex::decode_to_slice(&entry.before, &mut before).is_ok()
            && hex::decode_to_slice(&entry.line.head, &mut head).is_ok();
        let mac = self.mac(seller, &before, entry.line.server_seq, &entry.line.event)?;
        Ok(is_hex && mac.verify_slice(&head).is_ok())
    }
}

/// Appends one event and answers its number.
pub async fn append(tx: &mut Tx, seller: SellerId, event: &FeedEvent, now_us: i64) -> Result<u64, StoreError> {
    let text = read_back("feed event", serde_json::to_string(event))?;
    let server_seq: i64 = query_scalar(
        "UPDATE sellers SET last_server_seq = last_server_seq + 1 WHERE seller_id = ? RETURNING last_server_seq",
    )
    .bind(seller.0)
    .fetch_one(&mut **tx)
    .await?;
    let before: Option<Option<Vec<u8>>> =
        query_scalar("SELECT head FROM feed WHERE seller_id = ? AND server_seq = ? - 1")
            .bind(seller.0)
            .bind(server_seq)
            .fetch_optional(&mut **tx)
            .await?;
    let before = before.flatten().unwrap_or_else(|| NO_HEAD.to_vec());
    let key = FeedKey::load(tx).await?;
    let head: Head = key.mac(seller, &before, to_u64(server_seq), &text)?.finalize().into_bytes().into();
    query("INSERT INTO feed (seller_id, server_seq, event, at_us, head) VALUES (?, ?, ?, ?, ?)")
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
    let tail: i64 = query_scalar("SELECT last_server_seq FROM sellers WHERE seller_id = ?")
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
    let own: Option<Option<Vec<u8>>> = query_scalar("SELECT head FROM feed WHERE seller_id = ? AND server_seq = ?")
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
    let here: Option<(u32, i64)> =
        query_as("SELECT epoch, last_seq FROM devices WHERE seller_id = ? AND device_id = ?")
            .bind(seller.0)
            .bind(acked.device_id.0)
            .fetch_optional(&mut **tx)
            .await?;
    let from = match here {
        Some((epoch, last_seq)) if epoch == acked.epoch => {
            (to_u64(last_seq) < acked.acked_seq).then_some(to_u64(last_seq) + 1)
        }
        // A copy of the device goes on under a later epoch: what this one was answered stands.
        Some((epoch, _)) if epoch > acked.epoch => None,
        Some(_) | None => Some(0),
    };
    Ok(from.map(|forgotten_from_seq| OpsForgotten { forgotten_from_seq }))
}

impl SqliteStore {
    pub(super) async fn read_feed(
        &self,
        seller: SellerId,
        seen: &FeedPosition,
        acked: Option<&OpsAcked>,
        limit: u32,
    ) -> Result<FeedRead, StoreError> {
        // One transaction: the entry that is compared and those after it belong to one state.
        let mut tx = self.read.begin().await?;
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
            "SELECT server_seq, event, head FROM feed WHERE seller_id = ? AND server_seq > ? ORDER BY server_seq LIMIT ?",
        )
        .bind(seller.0)
        .bind(to_i64(after))
        .bind(limit)
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

/// Says which numbers from `from` on were taken out before `next`, where there are such. It has no head: nobody stays at it.
fn past(from: u64, next: u64) -> Result<Option<FeedLine>, StoreError> {
    if from >= next {
        return Ok(None);
    }
    let event = read_back("feed event", serde_json::to_string(&FeedEvent::Past { from }))?;
    Ok(Some(FeedLine { server_seq: next - 1, event, head: String::new() }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn only_what_was_written_here_is_taken_back() {
        let key = FeedKey(vec![7; 32]);
        let seller = SellerId(Uuid::now_v7());
        let head = key.mac(seller, &[1; 32], 9, "{}").unwrap().finalize().into_bytes();
        let line = FeedLine { server_seq: 9, event: "{}".to_owned(), head: hex::encode(head) };
        let entry = ReturnedEntry { before: hex::encode([1; 32]), line };
        assert!(key.wrote(seller, &entry).unwrap());
        let forged = |change: fn(&mut ReturnedEntry)| {
            let mut forged = entry.clone();
            change(&mut forged);
            key.wrote(seller, &forged).unwrap()
        };
        assert!(!forged(|entry| entry.line.event.push(' ')));
        assert!(!forged(|entry| entry.line.server_seq = 10));
        assert!(!forged(|entry| entry.before = hex::encode([2; 32])));
        assert!(!forged(|entry| entry.before.clear()));
        assert!(!forged(|entry| entry.line.head.clear()));
        assert!(!key.wrote(SellerId(Uuid::now_v7()), &entry).unwrap(), "another seller's");
        assert!(!FeedKey(vec![8; 32]).wrote(seller, &entry).unwrap(), "another platform's");
    }
}
