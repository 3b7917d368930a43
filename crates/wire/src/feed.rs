//! What the platform tells a seller's devices: `GET /api/v1/feed?after=N&head=H&wait_ms=M` (long poll).
//!
//! Each entry carries a *head*: a code of the platform's over the head before it, the number and the event. Two feeds with
//! the same head at one number are the same up to there, so a device that names its head learns at once when the platform
//! was put back to an earlier state and went on differently (409). What the device had of the lost entries it gives
//! back by `POST /api/v1/feed/return`.

use crate::{
    edits::EditedProduct,
    error::{FailureReason, known_reason},
    ops::{OpEnvelope, OpResult},
};
use hawker_domain::{
    ChallengeId, DeviceId, OfferId, OpId, OrderId, ShowId, ShowMs, Sku, claim::Claim, order::Order, rights::RightsLine,
};
use serde::{Deserialize, Serialize};

/// One entry as a reader understands it. `server_seq` is gapless per seller, from 1; [`FeedEvent::Past`] stands for several.
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
    /// Pieces of an offer that are gone, sold or held for buyers; absolute numbers.
    OfferSpent {
        offer_id: OfferId,
        spent: i64,
        /// Of these, pieces that were paid. What is held is lost with a platform's database; what was sold is not.
        #[serde(default)]
        sold: i64,
        /// The moment of the show the buyer acted on, where known.
        #[serde(default)]
        at: Option<ShowMs>,
    },
    /// A viewer wrote something.
    Chat { show_id: ShowId, from: String, text: String, at: Option<ShowMs> },
    /// What a viewer's comment asks for, each time something becomes of it.
    Claim { claim: Box<Claim> },
    /// A change that one of the seller's devices sent and the platform applied, as it was sent. The sender knows it by its
    /// op id.
    Op { op: OpEnvelope },
    /// Edits of the catalogue that one of the seller's devices sent, and what came of them: a value that does not stand in `products`
    /// (or, where the product is not among them, in the op itself) has lost to what does.
    ProductsEdited { op: OpEnvelope, products: Vec<EditedProduct> },
    /// The platform refused a change that it had kept until it could apply it: its sender had an answer and hears of it here.
    OpRefused {
        op_id: OpId,
        why: String,
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_reason")]
        reason: Option<Box<FailureReason>>,
    },
    /// Money that only a person can set right.
    MoneyTask { order_id: OrderId, why: MoneyWhy },
    /// The entries from `from` up to this number are gone: they were older than any backup of the platform, and what they
    /// told (chat) is of no use any more. Whoever has read up to `from` - 1 goes on behind this one and misses nothing.
    Past { from: u64 },
    /// A device named another key than the one it had: somebody put back or copied its data without the key, or poses as it.
    DeviceKeyReplaced { device_id: DeviceId, name: String },
    /// A person decided about a held change: what came of it.
    QuarantineDecided { op_id: OpId, result: OpResult },
    /// Something a newer platform sends; kept until a newer studio can read it.
    #[serde(other)]
    Unknown,
}

/// Why the platform can't set the money of an order right by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoneyWhy {
    /// The order was refunded, and the platform has no payment of it: it has lost it, or never had it.
    NoPayment,
    /// The payment has to go back, and its provider does not give it back.
    RefundRefused,
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

/// How far a device's own changes were answered: `device_id`, `epoch`, `acked_seq` and `acked_op` of a question for the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsAcked {
    pub device_id: DeviceId,
    pub epoch: u32,
    /// The number of the last op that has its answer.
    pub acked_seq: u64,
    /// And which it is: on a platform that was put back, a copy of the device may have taken its number. None: nothing was answered
    /// yet, or the device is older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_op: Option<OpId>,
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
    fn every_event_looks_like_this_on_the_wire() {
        let op_id = OpId(uuid::Uuid::from_u128(7));
        let show_id = ShowId(uuid::Uuid::from_u128(8));
        let events = [
            FeedEvent::Reserved { sku: Sku::new("A").unwrap(), reserved: 2 },
            FeedEvent::Chat { show_id, from: "ada".into(), text: "hi".into(), at: Some(ShowMs(3)) },
            FeedEvent::OpRefused { op_id, why: "no".into(), reason: None },
            FeedEvent::MoneyTask { order_id: OrderId(uuid::Uuid::from_u128(9)), why: MoneyWhy::NoPayment },
            FeedEvent::Past { from: 4 },
        ];
        let lines = events.each_ref().map(|event| serde_json::to_string(event).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"kind":"reserved","sku":"A","reserved":2}
        {"kind":"chat","show_id":"00000000-0000-0000-0000-000000000008","from":"ada","text":"hi","at":3}
        {"kind":"op_refused","op_id":"00000000-0000-0000-0000-000000000007","why":"no"}
        {"kind":"money_task","order_id":"00000000-0000-0000-0000-000000000009","why":"no_payment"}
        {"kind":"past","from":4}
        "#);
        for (line, event) in lines.iter().zip(events) {
            assert_eq!(serde_json::from_str::<FeedEvent>(line).unwrap(), event);
        }
    }

    #[test]
    fn what_becomes_of_keys_and_held_changes_is_told_like_this() {
        use uuid::Uuid;
        const NIL: &str = "00000000-0000-0000-0000-000000000000";
        let result = OpResult::rejected("discarded");
        for (event, text) in [
            (
                FeedEvent::DeviceKeyReplaced { device_id: DeviceId(Uuid::nil()), name: "stall".into() },
                format!(r#"{{"kind":"device_key_replaced","device_id":"{NIL}","name":"stall"}}"#),
            ),
            (
                FeedEvent::QuarantineDecided { op_id: OpId(Uuid::nil()), result },
                format!(
                    r#"{{"kind":"quarantine_decided","op_id":"{NIL}","result":{{"result":"rejected","why":"discarded"}}}}"#
                ),
            ),
        ] {
            assert_eq!(serde_json::to_string(&event).unwrap(), text);
            assert_eq!(serde_json::from_str::<FeedEvent>(&text).unwrap(), event);
        }
    }

    #[test]
    fn what_this_version_can_not_read_is_unknown() {
        let line = |event: &str| FeedLine { server_seq: 3, event: event.to_owned(), head: String::new() };
        for later in [r#"{"kind":"auction","bids":[1]}"#, r#"{"kind":"reserved","sku":7}"#, "[]", ""] {
            assert_eq!(line(later).entry().event, FeedEvent::Unknown, "{later}");
        }
        let spent =
            r#"{"kind":"offer_spent","offer_id":"00000000-0000-0000-0000-000000000007","spent":3,"sold":1,"at":1500}"#;
        let offer_id = OfferId(uuid::Uuid::from_u128(7));
        let event = FeedEvent::OfferSpent { offer_id, spent: 3, sold: 1, at: Some(ShowMs(1_500)) };
        assert_eq!((line(spent).entry().event, serde_json::to_string(&event).unwrap().as_str()), (event, spent));
        let now = FeedEvent::Reserved { sku: Sku::new("A").unwrap(), reserved: 2 };
        assert_eq!(line(&serde_json::to_string(&now).unwrap()).entry(), FeedEntry { server_seq: 3, event: now });
    }
}
