//! What a change that the platform holds is about, read from the change itself. Pure.

use crate::refused::answered;
use crate::view::{HeldState, HeldWhat, HeldWhy};
use hawker_domain::{
    Money, OrderId, Sku,
    order::{Order, OrderEvent},
    rights::RightsLine,
    stock::MovementReason,
};
use hawker_wire::{
    ops::{OpEnvelope, OpPayload, OpResult, Read},
    quarantine::{Decided, Verdict},
};

/// What a person has to know of a change to decide about it.
#[derive(Debug, PartialEq)]
pub(crate) struct About {
    pub(crate) what: HeldWhat,
    /// Below zero for pieces that went out; none where it names no number.
    pub(crate) goods: Vec<(Sku, Option<i64>)>,
    pub(crate) order: Option<OrderId>,
    pub(crate) amount: Option<Money>,
    pub(crate) reason: Option<MovementReason>,
    pub(crate) step: Option<OrderEvent>,
}

impl About {
    fn only(what: HeldWhat) -> Self {
        Self { what, goods: Vec::new(), order: None, amount: None, reason: None, step: None }
    }

    fn goods(what: HeldWhat, goods: Vec<(Sku, Option<i64>)>) -> Self {
        Self { goods, ..Self::only(what) }
    }
}

pub(crate) fn about(op: &OpEnvelope) -> About {
    match op.read() {
        Read::Known(OpPayload::StockMoved { movement, .. }) => About {
            order: movement.order_id,
            reason: Some(movement.reason),
            ..About::goods(HeldWhat::Stock, vec![(movement.sku, Some(movement.delta))])
        },
        Read::Known(OpPayload::VenueSale { order, .. }) => sale(HeldWhat::Sale, order),
        Read::Known(OpPayload::ChannelSale { sale: sold }) => sale(HeldWhat::ChannelSale, sold.order),
        Read::Known(OpPayload::OrderMoved { moved }) => {
            About { order: Some(moved.order_id), step: Some(moved.event), ..About::only(HeldWhat::Step) }
        }
        Read::Known(
            OpPayload::RightsAsked { lines }
            | OpPayload::RightsReturned { lines }
            | OpPayload::RightsStated { lines, .. },
        ) => {
            let pieces = |RightsLine { sku, pieces }| (sku, Some(i64::from(pieces)));
            About::goods(HeldWhat::Rights, lines.into_iter().map(pieces).collect())
        }
        Read::Known(OpPayload::ProductEdited { edits }) => {
            About::goods(HeldWhat::Products, edits.iter().map(|edit| (edit.sku().clone(), None)).collect())
        }
        Read::Known(OpPayload::PaymentMatched { found }) => {
            About { order: Some(found.order_id), ..About::only(HeldWhat::Payment) }
        }
        // Which products a return is of its order says.
        Read::Known(OpPayload::SaleReturned { back, .. }) => {
            About { order: Some(back.order_id), amount: Some(back.amount), ..About::only(HeldWhat::Returned) }
        }
        Read::Known(OpPayload::TillClosed { .. }) => About::only(HeldWhat::Till),
        Read::Known(OpPayload::ClaimAnswered { answer }) => {
            About::goods(HeldWhat::Claim, answered(answer.answer).into_iter().map(|sku| (sku, None)).collect())
        }
        Read::Known(OpPayload::OfferPut { offer }) => About {
            amount: Some(offer.price),
            ..About::goods(HeldWhat::Offer, vec![(offer.sku, Some(i64::from(offer.quantity)))])
        },
        Read::Known(OpPayload::OfferEnded { .. }) => About::only(HeldWhat::Offer),
        Read::Newer | Read::Bad(_) => About::only(HeldWhat::Unknown),
    }
}

fn sale(what: HeldWhat, order: Order) -> About {
    let goods = order.lines.into_iter().map(|line| (line.sku, Some(i64::from(line.qty))));
    About { order: Some(order.id), amount: Some(order.total), ..About::goods(what, goods.collect()) }
}

/// Why it is held. `at_us`: when it came; `revoked_us`: when its machine was revoked, both by the platform's clock. What comes
/// of a revoked machine is held for that, whatever it is; of the rest only what moves pieces is doubted.
pub(crate) fn why(what: HeldWhat, at_us: i64, revoked_us: Option<i64>) -> HeldWhy {
    let moves = matches!(what, HeldWhat::Stock | HeldWhat::Sale | HeldWhat::ChannelSale | HeldWhat::Returned);
    match revoked_us {
        Some(revoked_us) if revoked_us <= at_us => HeldWhy::Revoked,
        _ if moves => HeldWhy::Doubted,
        _ => HeldWhy::Other,
    }
}

/// What became of it.
pub(crate) fn state(decided: Option<&Decided>) -> HeldState {
    match decided.map(|decided| (decided.verdict, &decided.result)) {
        None => HeldState::Waits,
        Some((Verdict::Discard, _)) => HeldState::Discarded,
        Some((Verdict::Apply, OpResult::Rejected { .. })) => HeldState::Refused,
        Some((Verdict::Apply, OpResult::Kept)) => HeldState::Kept,
        Some((Verdict::Apply, OpResult::Applied | OpResult::Quarantined { .. })) => HeldState::Applied,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{order::OrderMove, stock::StockMovement};

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    fn op(payload: &str) -> OpEnvelope {
        OpEnvelope {
            op_id: NIL.parse().unwrap(),
            device_id: NIL.parse().unwrap(),
            epoch: 1,
            seq: 1,
            payload_version: 1,
            payload: payload.to_owned(),
            hash: String::new(),
            signature: String::new(),
        }
    }

    fn read(payload: &OpPayload) -> About {
        about(&op(&serde_json::to_string(payload).unwrap()))
    }

    #[test]
    fn a_change_is_told_by_what_it_moves() {
        let sku = Sku::new("A").unwrap();
        let movement = StockMovement { sku: sku.clone(), delta: -3, reason: MovementReason::Counted, order_id: None };
        let moved = read(&OpPayload::stock_moved(movement));
        assert_eq!((moved.what, moved.reason), (HeldWhat::Stock, Some(MovementReason::Counted)));
        assert_eq!(moved.goods, [(sku.clone(), Some(-3))]);
        let step = OrderMove { order_id: NIL.parse().unwrap(), event: OrderEvent::Ship, note: String::new(), at_us: 0 };
        let step = read(&OpPayload::OrderMoved { moved: step });
        assert_eq!((step.what, step.step), (HeldWhat::Step, Some(OrderEvent::Ship)));
        let asked = read(&OpPayload::RightsAsked { lines: vec![RightsLine { sku: sku.clone(), pieces: 4 }] });
        assert_eq!((asked.what, asked.goods), (HeldWhat::Rights, vec![(sku, Some(4))]));
        assert_eq!(about(&op(r#"{"kind":"of_tomorrow"}"#)), About::only(HeldWhat::Unknown));
        assert_eq!(about(&op("nothing")), About::only(HeldWhat::Unknown));
    }

    #[test]
    fn what_comes_of_a_revoked_machine_is_held_for_that() {
        assert_eq!(why(HeldWhat::Stock, 9, Some(9)), HeldWhy::Revoked);
        assert_eq!(why(HeldWhat::Stock, 8, Some(9)), HeldWhy::Doubted, "it came before");
        assert_eq!(why(HeldWhat::Sale, 8, None), HeldWhy::Doubted);
        assert_eq!(why(HeldWhat::Unknown, 8, None), HeldWhy::Other, "the platform has a reason that is not known here");
    }

    #[test]
    fn a_change_that_was_taken_may_still_be_refused() {
        let after =
            |verdict, result| state(Some(&Decided { verdict, by: String::new(), at_device: None, at_us: 1, result }));
        assert_eq!(state(None), HeldState::Waits);
        assert_eq!(after(Verdict::Discard, OpResult::rejected("gone")), HeldState::Discarded);
        assert_eq!(after(Verdict::Apply, OpResult::rejected("gone")), HeldState::Refused);
        assert_eq!(after(Verdict::Apply, OpResult::Kept), HeldState::Kept);
        assert_eq!(after(Verdict::Apply, OpResult::Applied), HeldState::Applied);
    }
}
