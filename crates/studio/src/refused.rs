//! Changes that the platform refused, and money of orders that it can't set right: both stay on one list until somebody has
//! seen to them.

use crate::errors::Outcome;
use crate::studio::Studio;
use crate::view::RefusedChange;
use hawker_domain::{OpId, Sku, claim::Answer, failure::FailureWhy};
use hawker_store::{MoneyTask, RejectedOp, StoreError};
use hawker_wire::{
    feed::MoneyWhy,
    ops::{OpPayload, Read},
};

/// The newest; a list this long tells of one cause.
const LISTED: u32 = 200;

impl Studio {
    /// Those that nobody has seen to, the newest first.
    pub async fn refused_changes(&self) -> Outcome<Vec<RefusedChange>> {
        let refused = self.store().rejected_ops(LISTED).await?.into_iter().map(view);
        let tasks = self.store().money_tasks(LISTED).await?.into_iter().map(task);
        let mut all: Vec<RefusedChange> = refused.chain(tasks).collect();
        all.sort_by_key(|change| std::cmp::Reverse(change.at_ms));
        Ok(all)
    }

    /// Somebody has seen to it. Errors: `not_found`.
    pub async fn see_to_refused(&self, id: OpId) -> Outcome<()> {
        match self.store().see_to_rejected(id).await {
            Err(StoreError::NotFound(_)) => Ok(self.store().see_to_money_task(id).await?),
            done => Ok(done?),
        }
    }
}

fn view(RejectedOp { op, why, reason, settled_at_us }: RejectedOp) -> RefusedChange {
    let (skus, order) = match op.read() {
        Read::Known(OpPayload::StockMoved { movement, .. }) => (vec![movement.sku], movement.order_id),
        Read::Known(OpPayload::VenueSale { order, .. }) => {
            (order.lines.into_iter().map(|line| line.sku).collect(), Some(order.id))
        }
        Read::Known(OpPayload::ChannelSale { sale }) => {
            (sale.order.lines.into_iter().map(|line| line.sku).collect(), Some(sale.order.id))
        }
        Read::Known(OpPayload::OrderMoved { moved }) => (Vec::new(), Some(moved.order_id)),
        Read::Known(
            OpPayload::RightsAsked { lines }
            | OpPayload::RightsReturned { lines }
            | OpPayload::RightsStated { lines, .. },
        ) => (lines.into_iter().map(|line| line.sku).collect(), None),
        Read::Known(OpPayload::ProductEdited { edits }) => {
            (edits.iter().map(|edit| edit.sku().clone()).collect(), None)
        }
        Read::Known(OpPayload::PaymentMatched { found }) => (Vec::new(), Some(found.order_id)),
        Read::Known(OpPayload::SaleReturned { back, .. }) => (Vec::new(), Some(back.order_id)),
        Read::Known(OpPayload::TillClosed { .. }) => (Vec::new(), None),
        Read::Known(OpPayload::ClaimAnswered { answer }) => (answered(answer.answer), None),
        Read::Known(OpPayload::OfferPut { offer }) => (vec![offer.sku], None),
        Read::Known(OpPayload::OfferEnded { .. }) | Read::Newer | Read::Bad(_) => (Vec::new(), None),
    };
    RefusedChange { id: op.op_id, skus, order, why, reason, at_ms: settled_at_us / 1_000 }
}

fn task(MoneyTask { id, order_id, why, at_us }: MoneyTask) -> RefusedChange {
    let reason = match why {
        MoneyWhy::NoPayment => FailureWhy::NoPayment,
        MoneyWhy::RefundRefused => FailureWhy::RefundRefused,
    };
    RefusedChange {
        id,
        skus: Vec::new(),
        order: Some(order_id),
        why: money_text(why).to_owned(),
        reason: Some(Box::new(reason.into())),
        at_ms: at_us / 1_000,
    }
}

/// What a person has to do.
pub(crate) fn money_text(why: MoneyWhy) -> &'static str {
    match why {
        MoneyWhy::NoPayment => {
            "the order is refunded, and the platform has no payment of it; give the money back by hand"
        }
        MoneyWhy::RefundRefused => {
            "the payment provider does not give the money back; do it by hand, or at the provider's"
        }
    }
}

/// The products that the desk named.
pub(crate) fn answered(answer: Answer) -> Vec<Sku> {
    match answer {
        Answer::Take { lines } => lines.into_iter().map(|line| line.sku).collect(),
        Answer::Drop => Vec::new(),
    }
}
