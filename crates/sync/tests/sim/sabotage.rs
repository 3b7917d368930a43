//! Rules broken on purpose: what a platform, a studio or a network without that rule would do.

use crate::act::Market;
use ed25519_dalek::{Signer, SigningKey};
use hawker_domain::{DeviceId, OpId, SellerId};
use hawker_sync::{FeedAnswer, OpsAnswer, OpsStop};
use hawker_wire::{
    account::{Device, RegisterDevice},
    feed::{FeedEvent, FeedPosition, OpsAcked, ReturnFeed},
    ops::{OpEnvelope, OpPayload, OpResult, OpsApplied, PostOps, Read},
    signature::signed_bytes,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    None,
    /// What the network lost counts as sent.
    LostIsSent,
    /// A number that was used by another op counts as answered.
    ForkIgnored,
    /// A device whose epoch is over goes on.
    FencedIgnored,
    /// A copy of a device keeps the epoch of the original.
    EpochKept,
    /// The device does not say which feed it has read.
    HeadLeftOut,
    /// The device does not say how far its own changes were answered.
    AckedLeftOut,
    /// What a platform lost is not given back.
    NothingReturned,
    /// An entry of the feed is passed over.
    EntryPassedOver,
    /// A change that is sent again is a new one.
    FreshOpIds,
    /// A grant counts twice.
    GrantTwice,
    /// A grant is everybody's.
    GrantOfAll,
    /// A device does not say what it has after the platform was put back.
    Unanswered,
    /// What a device says it has is not what it has.
    Misstated,
    /// Ops go out without their signature.
    SignatureStripped,
    /// Ops are signed with a key that is not the device's.
    SignedByAnother,
}

impl Sabotage {
    pub const ALL: [Self; 15] = [
        Self::LostIsSent,
        Self::ForkIgnored,
        Self::FencedIgnored,
        Self::EpochKept,
        Self::HeadLeftOut,
        Self::AckedLeftOut,
        Self::NothingReturned,
        Self::EntryPassedOver,
        Self::FreshOpIds,
        Self::GrantTwice,
        Self::GrantOfAll,
        Self::Unanswered,
        Self::Misstated,
        Self::SignatureStripped,
        Self::SignedByAnother,
    ];

    /// Where it shows soonest.
    pub fn market(self) -> Market {
        match self {
            Self::FreshOpIds | Self::GrantTwice | Self::GrantOfAll | Self::Unanswered | Self::Misstated => {
                Market::Whole
            }
            _ => Market::Before,
        }
    }

    /// Where ops are rewritten on their way the device has no key, as a studio from before signatures: else the platform takes none of
    /// them, and the rule that is broken is never reached.
    pub fn of_registration(self, form: &RegisterDevice) -> RegisterDevice {
        let mut form = form.clone();
        if matches!(self, Self::FreshOpIds | Self::Unanswered | Self::Misstated) {
            form.public_key = None;
        }
        form
    }

    pub fn of_post(self, seller: SellerId, mut form: PostOps) -> PostOps {
        match self {
            // An older studio says nothing either; without the head the platform can't know.
            Self::HeadLeftOut => (form.seen, form.acked_op) = (None, None),
            Self::AckedLeftOut | Self::LostIsSent | Self::ForkIgnored | Self::FencedIgnored => {
                form.acked_op = None;
            }
            Self::FreshOpIds => form.ops.iter_mut().for_each(|op| op.op_id = OpId(Uuid::now_v7())),
            Self::Unanswered | Self::Misstated => form.ops.iter_mut().for_each(|op| self.of_op(op)),
            Self::SignatureStripped => form.ops.iter_mut().for_each(|op| op.signature.clear()),
            Self::SignedByAnother => form.ops.iter_mut().for_each(|op| {
                let signature = SigningKey::from_bytes(&[9; 32]).sign(&signed_bytes(seller, op));
                op.signature = hex::encode(signature.to_bytes());
            }),
            _ => {}
        }
        form
    }

    fn of_op(self, op: &mut OpEnvelope) {
        let Read::Known(OpPayload::RightsStated { mut lines, read_seq, counted, challenge }) = op.read() else {
            return;
        };
        let challenge = challenge.filter(|_| self != Self::Unanswered);
        if self == Self::Misstated {
            lines.iter_mut().for_each(|line| line.pieces += 1);
        }
        let text = serde_json::to_string(&OpPayload::RightsStated { lines, read_seq, counted, challenge }).unwrap();
        op.hash = hex::encode(Sha256::digest(&text));
        op.payload = text;
    }

    pub fn of_answer(self, answer: OpsAnswer, sent: &[OpEnvelope]) -> OpsAnswer {
        let OpsAnswer::Stopped { reason, wanted_seq, .. } = &answer else { return answer };
        let is_ignored =
            matches!((self, reason), (Self::ForkIgnored, OpsStop::Fork) | (Self::FencedIgnored, OpsStop::Fenced));
        if is_ignored { taken(sent, *wanted_seq) } else { answer }
    }

    pub fn of_lost(self, sent: &[OpEnvelope]) -> Option<OpsAnswer> {
        (self == Self::LostIsSent).then(|| taken(sent, 0))
    }

    pub fn of_device(self, device: Device) -> Device {
        if self == Self::EpochKept { Device { epoch: 1, ..device } } else { device }
    }

    pub fn of_seen(self, seen: FeedPosition) -> FeedPosition {
        if self == Self::HeadLeftOut { FeedPosition { head: String::new(), ..seen } } else { seen }
    }

    pub fn of_acked(self, acked: Option<OpsAcked>) -> Option<OpsAcked> {
        match self {
            Self::AckedLeftOut => None,
            // By the op that it names the platform would find out.
            Self::LostIsSent | Self::ForkIgnored | Self::FencedIgnored => {
                acked.map(|acked| OpsAcked { acked_op: None, ..acked })
            }
            _ => acked,
        }
    }

    /// `to`: the device that reads.
    pub fn of_feed(self, mut answer: FeedAnswer, to: Option<DeviceId>) -> FeedAnswer {
        let FeedAnswer::Page(page) = &mut answer else { return answer };
        for line in &mut page.lines {
            if let FeedEvent::Granted { device_id, epoch, op_id, mut lines } = line.entry().event {
                if self == Self::GrantTwice {
                    lines.extend(lines.clone());
                }
                let device_id = to.filter(|_| self == Self::GrantOfAll).unwrap_or(device_id);
                line.event = serde_json::to_string(&FeedEvent::Granted { device_id, epoch, op_id, lines }).unwrap();
            }
            if self == Self::EntryPassedOver
                && matches!(line.entry().event, FeedEvent::OrderPaid { .. })
                && line.server_seq % 3 == 0
            {
                line.event =
                    r#"{"kind":"chat","show_id":"00000000-0000-0000-0000-000000000000","from":"","text":"","at":null}"#
                        .into();
            }
        }
        answer
    }

    pub fn of_return(self, mut form: ReturnFeed) -> ReturnFeed {
        if self == Self::NothingReturned {
            form.entries.clear();
        }
        form
    }
}

fn taken(sent: &[OpEnvelope], wanted_seq: u64) -> OpsAnswer {
    OpsAnswer::Applied(OpsApplied { results: vec![OpResult::Applied; sent.len()], wanted_seq })
}
