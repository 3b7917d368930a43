//! Changes on their way from a device to the platform: `POST /api/v1/ops`.

use crate::feed::FeedPosition;
use hawker_domain::{
    DeviceId, OfferId, OpId,
    offer::Offer,
    order::{Order, OrderMove},
    stock::StockMovement,
};
use serde::{Deserialize, Serialize};

/// The version of [`OpPayload`] that this program writes. It goes up when a kind gets a field that an older platform must not
/// pass over; a new kind needs no new version.
pub const PAYLOAD_VERSION: u32 = 1;

/// One op. `seq` counts without gaps per device and epoch, from 1. `hash` is the SHA-256, hex, of the payload's JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpEnvelope {
    pub op_id: OpId,
    pub device_id: DeviceId,
    pub epoch: u32,
    pub seq: u64,
    /// Of the payload. A platform that knows only older ones keeps the op for later.
    #[serde(default = "first_version")]
    pub payload_version: u32,
    /// The payload's JSON as text: the hash is over these very bytes. Parsed as [`OpPayload`].
    pub payload: String,
    pub hash: String,
}

fn first_version() -> u32 {
    1
}

/// What an op does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpPayload {
    /// Goods moved on the device (received, counted, returned): the platform's pool follows.
    StockMoved { movement: StockMovement },
    /// A sale that happened at the seller's side. A fact: it is never rejected.
    VenueSale { order: Order },
    /// An order was packed, shipped, delivered or refunded.
    OrderMoved { moved: OrderMove },
    /// Pieces are to be sold at another price. The terms of an offer never change: another price is another offer.
    OfferPut { offer: Offer },
    /// Nothing more is sold at an offer's price; what is held at it stays.
    OfferEnded { offer_id: OfferId },
}

/// What a payload is to a program of this version.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    Known(OpPayload),
    /// Of a newer version: nothing is wrong with it.
    Newer,
    /// No payload of any version.
    Bad(String),
}

impl OpEnvelope {
    /// Reads the payload.
    pub fn read(&self) -> Read {
        #[derive(Deserialize)]
        struct Head {
            kind: String,
        }
        let head: Head = match serde_json::from_str(&self.payload) {
            Ok(head) => head,
            Err(error) => return Read::Bad(error.to_string()),
        };
        if self.payload_version > PAYLOAD_VERSION || !OpPayload::KINDS.contains(&head.kind.as_str()) {
            return Read::Newer;
        }
        serde_json::from_str(&self.payload).map_or_else(|error| Read::Bad(error.to_string()), Read::Known)
    }
}

impl OpPayload {
    /// The kinds there are, as they are written.
    const KINDS: &[&str] = &["stock_moved", "venue_sale", "order_moved", "offer_put", "offer_ended"];
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostOps {
    /// In `seq` order, at most 200.
    pub ops: Vec<OpEnvelope>,
    /// How far the device has read the feed. A platform whose feed is another one takes no op (409, reason `parted`): first
    /// the two have to come together again.
    #[serde(default)]
    pub seen: Option<FeedPosition>,
}

/// What became of one op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum OpResult {
    Applied,
    /// The op was understood and can't be applied; the queue moves on and the seller is told.
    Rejected {
        why: String,
    },
    /// The platform can't apply the op yet: it is of a newer version, or about an order that the platform has lost and not got
    /// back. It is kept, and applied as soon as it can be.
    Kept,
}

/// Results in the order of the request. HTTP 409 with `wanted_seq` answers a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsApplied {
    pub results: Vec<OpResult>,
    /// The next `seq` the platform expects of this device.
    pub wanted_seq: u64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Currency, Money, OrderId, Sku, offer::Coupon, order::OrderEvent, stock::MovementReason};
    use uuid::Uuid;

    fn op(payload: &str, payload_version: u32) -> OpEnvelope {
        let (op_id, device_id) = (OpId(Uuid::nil()), DeviceId(Uuid::nil()));
        OpEnvelope {
            op_id,
            device_id,
            epoch: 1,
            seq: 1,
            payload_version,
            payload: payload.to_owned(),
            hash: String::new(),
        }
    }

    #[test]
    fn every_kind_is_known_by_its_name() {
        let moved =
            OrderMove { order_id: OrderId(Uuid::nil()), event: OrderEvent::Pack, note: String::new(), at_us: 0 };
        let payload = OpPayload::OrderMoved { moved };
        let text = serde_json::to_string(&payload).unwrap();
        assert_eq!(op(&text, 1).read(), Read::Known(payload), "{text}");
        for kind in OpPayload::KINDS {
            let text = format!(r#"{{"kind":"{kind}"}}"#);
            assert!(matches!(op(&text, 1).read(), Read::Bad(why) if why.contains("missing field")), "{kind}");
        }
    }

    #[test]
    fn an_offer_looks_like_this_on_the_wire() {
        let offer_id = OfferId(Uuid::from_u128(7));
        let offer = Offer {
            offer_id,
            sku: Sku::new("TEA-1").unwrap(),
            price: Money::new(990, Currency::CNY),
            quantity: 10,
            per_buyer: Some(1),
            from_us: Some(1_700_000_000_000_000),
            until_us: Some(1_700_000_600_000_000),
            coupon: Some(Coupon::new("live10").unwrap()),
        };
        let all = [OpPayload::OfferPut { offer }, OpPayload::OfferEnded { offer_id }];
        let lines = all.each_ref().map(|payload| serde_json::to_string(payload).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"kind":"offer_put","offer":{"offer_id":"00000000-0000-0000-0000-000000000007","sku":"TEA-1","price":{"minor":990,"currency":"CNY"},"quantity":10,"per_buyer":1,"from_us":1700000000000000,"until_us":1700000600000000,"coupon":"LIVE10"}}
        {"kind":"offer_ended","offer_id":"00000000-0000-0000-0000-000000000007"}
        "#);
        assert_eq!(lines.map(|line| op(&line, 1).read()), all.map(Read::Known));
    }

    #[test]
    fn a_newer_change_is_told_from_a_bad_one() {
        let sku = Sku::new("A").unwrap();
        let movement = StockMovement { sku, delta: 1, reason: MovementReason::Received, order_id: None };
        let known = OpPayload::StockMoved { movement };
        let text = serde_json::to_string(&known).unwrap();
        assert_eq!(op(&text, 1).read(), Read::Known(known));
        assert_eq!(op(&text, PAYLOAD_VERSION + 1).read(), Read::Newer, "a field in it may change what it does");
        assert_eq!(op(r#"{"kind":"auction_won","lot":3}"#, 1).read(), Read::Newer);
        for bad in ["", "[]", "{}", r#"{"kind":"stock_moved","movement":3}"#] {
            assert!(matches!(op(bad, 1).read(), Read::Bad(_)), "{bad}");
        }
    }
}
