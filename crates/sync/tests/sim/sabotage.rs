//! Rules broken on purpose: what a platform, a studio or a network without that rule would do.

use hawker_domain::OpId;
use hawker_sync::{FeedAnswer, OpsAnswer, OpsStop};
use hawker_wire::{
    account::Device,
    feed::{FeedEvent, FeedPosition, OpsAcked, ReturnFeed},
    ops::{OpEnvelope, OpResult, OpsApplied, PostOps},
};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    None,
    /// Each sending of an op is another op.
    FreshOpIds,
    /// What the network lost counts as sent.
    LostIsSent,
    /// A platform that lacks ops takes later ones.
    GapIgnored,
    /// A number that was used by another op counts as answered.
    ForkIgnored,
    /// A device whose epoch is over goes on.
    FencedIgnored,
    /// A copy of a device keeps the epoch of the original.
    EpochKept,
    /// The device does not say which feed it has read.
    HeadLeftOut,
    /// Ops are sent to a platform that lacks what came before them.
    SeenLeftOut,
    /// The device does not say how far its own changes were answered.
    AckedLeftOut,
    /// What a platform lost is not given back.
    NothingReturned,
    /// After a platform was put back a device's own changes are not sent again.
    NotSentAgain,
    /// An entry of the feed is passed over.
    EntryPassedOver,
    /// A device takes its own changes for those of others.
    EchoIsNews,
}

impl Sabotage {
    pub const ALL: [Self; 13] = [
        Self::FreshOpIds,
        Self::LostIsSent,
        Self::GapIgnored,
        Self::ForkIgnored,
        Self::FencedIgnored,
        Self::EpochKept,
        Self::HeadLeftOut,
        Self::SeenLeftOut,
        Self::AckedLeftOut,
        Self::NothingReturned,
        Self::NotSentAgain,
        Self::EntryPassedOver,
        Self::EchoIsNews,
    ];

    pub fn of_post(self, mut form: PostOps) -> PostOps {
        match self {
            Self::FreshOpIds => form.ops.iter_mut().for_each(|op| op.op_id = OpId(Uuid::now_v7())),
            // An older studio says nothing either; without the head the platform can't know.
            Self::SeenLeftOut | Self::HeadLeftOut => form.seen = None,
            _ => {}
        }
        form
    }

    pub fn of_answer(self, answer: OpsAnswer, sent: &[OpEnvelope]) -> OpsAnswer {
        let OpsAnswer::Stopped { reason, wanted_seq, .. } = &answer else { return answer };
        let is_ignored = matches!(
            (self, reason),
            (Self::GapIgnored, OpsStop::Gap)
                | (Self::ForkIgnored, OpsStop::Fork)
                | (Self::FencedIgnored, OpsStop::Fenced)
        );
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
        acked.filter(|_| self != Self::AckedLeftOut)
    }

    pub fn of_feed(self, mut answer: FeedAnswer) -> FeedAnswer {
        let FeedAnswer::Page(page) = &mut answer else { return answer };
        for line in &mut page.lines {
            match (self, line.entry().event) {
                (Self::EntryPassedOver, FeedEvent::OrderPaid { .. }) if line.server_seq % 3 == 0 => {
                    line.event = r#"{"kind":"chat","show_id":"00000000-0000-0000-0000-000000000000","from":"","text":"","at":null}"#.into();
                }
                (Self::EchoIsNews, FeedEvent::Op { op }) => {
                    let op = OpEnvelope { op_id: OpId(Uuid::now_v7()), ..op };
                    line.event = serde_json::to_string(&FeedEvent::Op { op }).unwrap();
                }
                _ => {}
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
