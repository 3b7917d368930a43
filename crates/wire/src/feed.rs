//! What the platform tells a seller's devices: `GET /api/v1/feed?after=N&head=H&wait_ms=M` (long poll).
//!
//! Each entry carries a *head*: a code of the platform's over the head before it, the number and the event. Two feeds with
//! the same head at one number are the same up to there, so a device that names its head learns at once when the platform
//! was put back to an earlier state and went on differently (409). What the device had of the lost entries it gives
//! back by `POST /api/v1/feed/return`.

use crate::ops::OpEnvelope;
use hawker_domain::{ChallengeId, DeviceId, OpId, ShowId, ShowMs, Sku, order::Order, rights::RightsLine};
use serde::{Deserialize, Serialize};

/// One entry as a reader understands it. `server_seq` is gapless per seller, from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedEntry {
    pub server_seq: u64,
    pub event: FeedEvent,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeedEvent {
    /// An order was paid on the platform; its lines leave the stock.
    OrderPaid { order: Order },
    /// Pieces held for, or given back by, buyers who have not paid; absolute number.
    Reserved { sku: Sku, reserved: i64 },
    /// Pieces sold that were not there, for somebody to settle; absolute number.
    Shortfall { sku: Sku, missing: i64 },
    /// Pieces that this device alone may sell from now on, as the op asked. The epoch is the one the device had then: rights of a
    /// former one went back.
    Granted { device_id: DeviceId, epoch: u32, op_id: OpId, lines: Vec<RightsLine> },
    /// What the device had for itself before this epoch went to the pool: it was declared lost, or there is a copy of it.
    RightsWithdrawn { device_id: DeviceId, epoch: u32 },
    /// This platform was put back to an earlier state: every device states what rights it has ([`OpPayload::RightsStated`]), behind
    /// all it did before. Until those with rights have, buyers of the page are asked to wait.
    ///
    /// [`OpPayload::RightsStated`]: crate::ops::OpPayload::RightsStated
    Challenged { challenge: ChallengeId },
    /// A viewer wrote something.
    Chat { show_id: ShowId, from: String, text: String, at: Option<ShowMs> },
    /// A change that one of the seller's devices sent and the platform applied, as it was sent. The sender knows it by its
    /// op id.
    Op { op: OpEnvelope },
    /// Something a newer platform sends; kept until a newer studio can read it.
    #[serde(other)]
    Unknown,
}

/// One entry as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedLine {
    pub server_seq: u64,
    /// The event's JSON as text: the head is over these very bytes.
    pub event: String,
    /// Hex.
    pub head: String,
}

impl FeedLine {
    /// The entry; one that this version can't read is [`FeedEvent::Unknown`].
    pub fn entry(&self) -> FeedEntry {
        FeedEntry {
            server_seq: self.server_seq,
            event: serde_json::from_str(&self.event).unwrap_or(FeedEvent::Unknown),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    pub lines: Vec<FeedLine>,
    /// Pass as `after` next time.
    pub last_seq: u64,
}

impl FeedPage {
    /// The entries of all lines.
    pub fn entries(&self) -> Vec<FeedEntry> {
        self.lines.iter().map(FeedLine::entry).collect()
    }
}

/// An entry that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPosition {
    /// 0 before the first.
    pub server_seq: u64,
    /// Its head; empty where there is none.
    pub head: String,
}

/// How far a device's own changes were answered: `device_id`, `epoch` and `acked_seq` of a question for the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsAcked {
    pub device_id: DeviceId,
    pub epoch: u32,
    /// The last op that has its answer.
    pub acked_seq: u64,
}

/// Beside the failure of a 409: the platform has answered ops of this device that it does not know any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsForgotten {
    /// Those from here on are to be sent again; 0: all, the platform does not know this epoch either.
    pub forgotten_from_seq: u64,
}

/// Beside the failure of a 409: the platform's feed and the device's are not the same at the number it named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedParted {
    /// The last number of the platform's feed.
    pub tail_seq: u64,
}

/// Entries a device read that the platform has lost, oldest first, at most 200: `POST /api/v1/feed/return`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnFeed {
    pub entries: Vec<ReturnedEntry>,
    /// Nothing follows: the platform tells anew what is held for buyers.
    pub is_last: bool,
    /// The last entry both have; none from a studio that can't answer a challenge.
    #[serde(default)]
    pub common: Option<u64>,
}

/// One of them. The platform takes only what it wrote itself, which the head proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedEntry {
    /// The head of the entry before.
    pub before: String,
    #[serde(flatten)]
    pub line: FeedLine,
}

/// Answer: how many of them were news to the platform and hold again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedReturned {
    pub restored: u32,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_this_version_can_not_read_is_unknown() {
        let line = |event: &str| FeedLine { server_seq: 3, event: event.to_owned(), head: String::new() };
        for later in [r#"{"kind":"auction","bids":[1]}"#, r#"{"kind":"reserved","sku":7}"#, "[]", ""] {
            assert_eq!(line(later).entry().event, FeedEvent::Unknown, "{later}");
        }
        let now = FeedEvent::Reserved { sku: Sku::new("A").unwrap(), reserved: 2 };
        assert_eq!(line(&serde_json::to_string(&now).unwrap()).entry(), FeedEntry { server_seq: 3, event: now });
    }
}
