//! The chain over a feed's entries, and how a page tells of entries that were taken out.

use super::read_back;
use crate::db::StoreError;
use hawker_domain::SellerId;
use hawker_wire::feed::{FeedEvent, FeedLine, ReturnedEntry};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What the code over the entries is made with. It lies in the database, so that it comes back with it.
pub struct FeedKey(Vec<u8>);

pub type Head = [u8; 32];

/// A page ends with the entry that reaches so many bytes: a table that was imported is told in large ones, and a slow line has
/// half a minute for a page.
pub const PAGE_BYTES: usize = 2 << 20;

/// Before the first entry, and of an entry that has none.
pub const NO_HEAD: Head = [0; 32];

impl FeedKey {
    pub fn new(stored: Vec<u8>) -> Self {
        Self(stored)
    }

    /// The head of an entry that follows the one with the head `before`.
    pub fn head(&self, seller: SellerId, before: &[u8], server_seq: u64, event: &str) -> Result<Head, StoreError> {
        Ok(self.mac(seller, before, server_seq, event)?.finalize().into_bytes().into())
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

/// Says which numbers from `from` on were taken out before `next`, where there are such. It has no head: nobody stays at it.
pub fn past(from: u64, next: u64) -> Result<Option<FeedLine>, StoreError> {
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
        let head = key.head(seller, &[1; 32], 9, "{}").unwrap();
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
