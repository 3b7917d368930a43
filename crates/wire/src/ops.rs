//! Changes on their way from a device to the platform: `POST /api/v1/ops`.

use crate::{
    error::{FailureReason, known_reason},
    feed::FeedPosition,
};
use hawker_domain::{
    ChallengeId, DeviceId, OfferId, OpId,
    channel::ChannelOrder,
    claim::ClaimAnswer,
    edit::{ProductEdit, ProductField},
    offer::Offer,
    order::{Order, OrderMove},
    rights::RightsLine,
    stock::StockMovement,
    till::{CashUp, PaymentMatch, SaleReturn},
};
use serde::{Deserialize, Serialize};

/// The newest version of [`OpPayload`] that this program reads. It goes up when a kind gets a field that an older platform must not
/// pass over; a new kind needs no new version. 2: the share of a device's rights in a movement or a sale. 3: what a product
/// costs its seller.
pub const PAYLOAD_VERSION: u32 = 3;

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
    /// Ed25519 by the device's key over [`crate::signature::signed_bytes`], hex. Empty: of a studio from before signatures.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

fn first_version() -> u32 {
    1
}

/// What an op does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpPayload {
    /// Goods moved on the device (received, counted, returned): the device's rights follow by `rights`, the platform's pool by the
    /// rest.
    StockMoved {
        movement: StockMovement,
        #[serde(default, skip_serializing_if = "is_zero")]
        rights: i64,
    },
    /// A sale that happened at the seller's side. A fact: it is never rejected. `rights`: the pieces of it that the device's own
    /// rights cover.
    VenueSale {
        order: Order,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rights: Vec<RightsLine>,
    },
    /// An order was packed, shipped, delivered or refunded.
    OrderMoved { moved: OrderMove },
    /// The device wants these pieces for itself, as many of them as the pool has. [`FeedEvent::Granted`] says how many those are.
    ///
    /// [`FeedEvent::Granted`]: crate::feed::FeedEvent::Granted
    RightsAsked { lines: Vec<RightsLine> },
    /// The device gives these pieces to the pool.
    RightsReturned { lines: Vec<RightsLine> },
    /// All the rights a device has, having read the feed up to entry `read_seq`: what both sides believe is compared and the device's
    /// counts. `counted`: the grants it counted last, by the ops that asked; one that a platform put back tells anew is
    /// among them or not. It answers a challenge where it names one, see [`FeedEvent::Challenged`].
    ///
    /// [`FeedEvent::Challenged`]: crate::feed::FeedEvent::Challenged
    RightsStated {
        lines: Vec<RightsLine>,
        read_seq: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        counted: Vec<OpId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        challenge: Option<ChallengeId>,
    },
    /// Products were edited: each once, many of them where a table was imported.
    ProductEdited { edits: Vec<ProductEdit> },
    /// The payment of a sale at the table was found at the provider.
    PaymentMatched { found: PaymentMatch },
    /// Goods of a sale at the table came back. Counts once by its return id. `rights`: the pieces of it that are the device's own.
    SaleReturned {
        back: SaleReturn,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rights: Vec<RightsLine>,
    },
    /// A till was counted and closed: its book.
    TillClosed { book: CashUp },
    /// A sale that happened on another platform. A kind of its own, so that an older platform keeps it for later, where it would refuse a
    /// sale of a source that it does not know.
    ChannelSale { sale: ChannelOrder },
    /// The desk said what a comment means, or that it means nothing.
    ClaimAnswered { answer: ClaimAnswer },
    /// Pieces are to be sold at another price. The terms of an offer never change: another price is another offer.
    OfferPut { offer: Offer },
    /// Nothing more is sold at an offer's price; what is held at it stays.
    OfferEnded { offer_id: OfferId },
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(rights: &i64) -> bool {
    *rights == 0
}

/// What a payload is to a program of this version.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "matched where it is made, and known in nearly all cases")]
pub enum Read {
    Known(OpPayload),
    /// Of a newer version: nothing is wrong with it.
    Newer,
    /// No payload of any version.
    Bad(String),
}

#[derive(Deserialize)]
struct Head {
    kind: String,
}

impl OpEnvelope {
    /// True for edits of the catalogue, also where this version can't read them: what came of them is told by an event of its own.
    pub fn is_edit(&self) -> bool {
        serde_json::from_str(&self.payload).is_ok_and(|head: Head| head.kind == "product_edited")
    }

    /// Reads the payload.
    pub fn read(&self) -> Read {
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
    const KINDS: &[&str] = &[
        "stock_moved",
        "venue_sale",
        "order_moved",
        "rights_asked",
        "rights_returned",
        "rights_stated",
        "product_edited",
        "payment_matched",
        "sale_returned",
        "till_closed",
        "channel_sale",
        "claim_answered",
        "offer_put",
        "offer_ended",
    ];

    /// A movement that no rights have a share in.
    pub fn stock_moved(movement: StockMovement) -> Self {
        Self::StockMoved { movement, rights: 0 }
    }

    /// A return that no rights have a share in.
    pub fn sale_returned(back: SaleReturn) -> Self {
        Self::SaleReturned { back, rights: Vec::new() }
    }

    /// The oldest version that means the same by it.
    pub fn version(&self) -> u32 {
        match self {
            Self::StockMoved { rights: 0, .. } => 1,
            Self::VenueSale { rights, .. } | Self::SaleReturned { rights, .. } if rights.is_empty() => 1,
            Self::StockMoved { .. } | Self::VenueSale { .. } | Self::SaleReturned { .. } => 2,
            Self::ProductEdited { edits } if edits.iter().any(|edit| edit.mentions(ProductField::Cost)) => 3,
            _ => 1,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostOps {
    /// In `seq` order, at most 200.
    pub ops: Vec<OpEnvelope>,
    /// How far the device has read the feed. A platform whose feed is another one takes no op (409, reason `parted`): first
    /// the two have to come together again.
    #[serde(default)]
    pub seen: Option<FeedPosition>,
    /// The op before these that the device had an answer to; none of the first. A platform that does not know it was put back, and
    /// whoever has its number there is a copy of the device: a fork.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_op: Option<OpId>,
}

/// What became of one op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum OpResult {
    Applied,
    /// The op was understood and can't be applied; the queue moves on and the seller is told.
    Rejected {
        why: String,
        /// The same as a code, for a reader of another language; none of an older platform.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_reason")]
        reason: Option<Box<FailureReason>>,
    },
    /// The platform can't apply the op yet: it is of a newer version, or about an order that the platform has lost and not got
    /// back. It is kept, and applied as soon as it can be.
    Kept,
    /// The platform has the op whole and does nothing with it before a person has decided. Answered to studios that sign their
    /// ops; an older one can't read this and is told [`OpResult::Kept`].
    Quarantined {
        why: String,
    },
}

impl OpResult {
    /// A refusal in words alone.
    pub fn rejected(why: impl Into<String>) -> Self {
        Self::Rejected { why: why.into(), reason: None }
    }

    /// A refusal in words and as a code.
    pub fn rejected_because(why: impl Into<String>, reason: impl Into<FailureReason>) -> Self {
        Self::Rejected { why: why.into(), reason: Some(Box::new(reason.into())) }
    }
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
    #![allow(clippy::unwrap_used, clippy::panic)]
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
            signature: String::new(),
        }
    }

    #[test]
    fn an_op_from_before_signatures_stays_readable_and_unsigned() {
        const NIL: &str = "00000000-0000-0000-0000-000000000000";
        let old = format!(
            r#"{{"op_id":"{NIL}","device_id":"{NIL}","epoch":1,"seq":1,"payload_version":1,"payload":"{{}}","hash":""}}"#
        );
        let read: OpEnvelope = serde_json::from_str(&old).unwrap();
        assert_eq!(read, op("{}", 1));
        assert_eq!(serde_json::to_string(&read).unwrap(), old);
    }

    #[test]
    fn a_held_op_is_answered_like_this() {
        let held = OpResult::Quarantined { why: "too many".into() };
        assert_eq!(serde_json::to_string(&held).unwrap(), r#"{"result":"quarantined","why":"too many"}"#);
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

    /// As they lie in outboxes and feeds; what is written here is read for ever.
    #[test]
    fn changes_of_the_till_look_like_this_on_the_wire() {
        let id = "00000000-0000-0000-0000-000000000000";
        let order = format!(r#""id":"{id}","source":"venue","state":"paid","show_id":null,"at":null"#);
        let lines = r#""lines":[{"sku":"A","title":"a","qty":2,"unit_price":{"minor":900,"currency":"CNY"},"price_override":{"shown":{"minor":1000,"currency":"CNY"},"reason":"box damaged"}}]"#;
        let total = r#""total":{"minor":1800,"currency":"CNY"},"buyer":"","placed_at_us":7"#;
        let payment = r#""payment":{"tender":"cash","amount":{"minor":1800,"currency":"CNY"},"received":{"minor":2000,"currency":"CNY"},"change":{"minor":200,"currency":"CNY"},"verified_by":{"by":"cash"}}"#;
        let sums = r#""tenders":[{"tender":"qr","sales":1,"sold":{"minor":5,"currency":"CNY"},"returns":0,"returned":{"minor":0,"currency":"CNY"}}],"drawer":[{"opening":{"minor":1,"currency":"CNY"},"paid_in":{"minor":0,"currency":"CNY"},"paid_out":{"minor":0,"currency":"CNY"},"sold":{"minor":0,"currency":"CNY"},"returned":{"minor":0,"currency":"CNY"},"expected":{"minor":1,"currency":"CNY"},"counted":{"minor":1,"currency":"CNY"},"difference":{"minor":0,"currency":"CNY"}}]"#;
        for text in [
            format!(r#"{{"kind":"venue_sale","order":{{{order},{lines},{total}}}}}"#),
            format!(r#"{{"kind":"venue_sale","order":{{{order},{lines},{total},{payment}}}}}"#),
            format!(
                r#"{{"kind":"payment_matched","found":{{"order_id":"{id}","proof":{{"by":"hand","reference":"4200"}},"at_us":7}}}}"#
            ),
            format!(
                r#"{{"kind":"sale_returned","back":{{"return_id":"{id}","order_id":"{id}","lines":[{{"line":0,"qty":1}}],"goods_back":true,"tender":"cash","amount":{{"minor":900,"currency":"CNY"}},"reason":"too small","at_us":7}}}}"#
            ),
            format!(
                r#"{{"kind":"till_closed","book":{{"till_id":"{id}","opened_at_us":1,"closed_at_us":9,{sums},"note":""}}}}"#
            ),
        ] {
            let Read::Known(payload) = op(&text, 1).read() else { panic!("{text} is not known") };
            assert_eq!(serde_json::to_string(&payload).unwrap(), text);
        }
    }

    #[test]
    fn a_share_of_rights_is_not_for_those_who_would_pass_it_over() {
        let sku = Sku::new("A").unwrap();
        let movement = StockMovement { sku, delta: 3, reason: MovementReason::Received, order_id: None };
        let plain = OpPayload::stock_moved(movement.clone());
        assert_eq!(plain.version(), 1, "an older platform applies it as ever");
        assert!(!serde_json::to_string(&plain).unwrap().contains("rights"));
        let sku = movement.sku.clone();
        assert_eq!(OpPayload::StockMoved { movement, rights: 3 }.version(), 2);
        let text = r#"{"return_id":"00000000-0000-0000-0000-000000000000","order_id":"00000000-0000-0000-0000-000000000000","lines":[],"goods_back":true,"tender":"cash","amount":{"minor":0,"currency":"CNY"},"at_us":1}"#;
        let back: SaleReturn = serde_json::from_str(text).unwrap();
        assert_eq!(OpPayload::sale_returned(back.clone()).version(), 1);
        assert_eq!(OpPayload::SaleReturned { back, rights: vec![RightsLine { sku, pieces: 1 }] }.version(), 2);
    }

    #[test]
    fn what_a_product_costs_its_seller_is_not_for_those_who_would_pass_it_over() {
        use hawker_domain::edit::{FieldChange, FieldValue};
        let said = |value| {
            let changes = vec![FieldChange { value, base_version: None }];
            OpPayload::ProductEdited { edits: vec![ProductEdit::Changed { sku: Sku::new("A").unwrap(), changes }] }
        };
        let cost = Money::new(600, Currency::CNY);
        assert_eq!(said(FieldValue::Price(cost)).version(), 1, "an older platform applies it as ever");
        for (value, written) in [(Some(cost), r#"{"minor":600,"currency":"CNY"}"#), (None, "null")] {
            let payload = said(FieldValue::Cost(value));
            assert_eq!(payload.version(), 3);
            let text = serde_json::to_string(&payload).unwrap();
            let change = format!(r#"{{"field":"cost","value":{written}}}"#);
            let edit = format!(r#"{{"act":"changed","sku":"A","changes":[{change}]}}"#);
            assert_eq!(text, format!(r#"{{"kind":"product_edited","edits":[{edit}]}}"#));
            assert_eq!(op(&text, 3).read(), Read::Known(payload));
        }
        let fields = [(ProductField::Cost, OpId(Uuid::nil()))].into();
        let gone = ProductEdit::Removed { sku: Sku::new("A").unwrap(), base_version: None, fields };
        assert_eq!(OpPayload::ProductEdited { edits: vec![gone] }.version(), 3);
    }

    #[test]
    fn every_result_looks_like_this_on_the_wire_and_an_older_one_is_read() {
        use hawker_domain::failure::FailureWhy;
        let reason = FailureReason::from(FailureWhy::MovesNothing).with("sku", "A");
        let results =
            [OpResult::Applied, OpResult::Kept, OpResult::rejected("no"), OpResult::rejected_because("no", reason)];
        let lines = results.each_ref().map(|result| serde_json::to_string(result).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"result":"applied"}
        {"result":"kept"}
        {"result":"rejected","why":"no"}
        {"result":"rejected","why":"no","reason":{"why":"moves_nothing","values":{"sku":"A"}}}
        "#);
        for (line, result) in lines.iter().zip(results) {
            assert_eq!(serde_json::from_str::<OpResult>(line).unwrap(), result);
        }
        let later = r#"{"result":"rejected","why":"no","reason":{"why":"from_the_future"}}"#;
        assert_eq!(serde_json::from_str::<OpResult>(later).unwrap(), OpResult::rejected("no"), "its words are read");
    }

    #[test]
    fn a_sale_of_another_platform_is_written_like_this_for_ever() {
        let text = concat!(
            r#"{"kind":"channel_sale","sale":{"channel":"douyin","order_no":"6917","order":{"id":"60d7a232-4a83-8c7e-8f3c-102ab27739df","#,
            r#""source":"channel","state":"paid","show_id":null,"at":null,"lines":[{"sku":"A","title":"红茶","qty":2,"#,
            r#""unit_price":{"minor":1580,"currency":"CNY"}}],"total":{"minor":3160,"currency":"CNY"},"buyer":"张*","#,
            r#""placed_at_us":1769853600000000}}}"#
        );
        let Read::Known(payload) = op(text, 1).read() else { panic!("{text}") };
        assert_eq!(serde_json::to_string(&payload).unwrap(), text);
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
        let known = OpPayload::stock_moved(movement);
        let text = serde_json::to_string(&known).unwrap();
        assert_eq!(op(&text, 1).read(), Read::Known(known));
        assert_eq!(op(&text, PAYLOAD_VERSION + 1).read(), Read::Newer, "a field in it may change what it does");
        assert_eq!(op(r#"{"kind":"auction_won","lot":3}"#, 1).read(), Read::Newer);
        for bad in ["", "[]", "{}", r#"{"kind":"stock_moved","movement":3}"#] {
            assert!(matches!(op(bad, 1).read(), Read::Bad(_)), "{bad}");
        }
    }
}
