//! Changes that the platform refused: they stay on a list until somebody has seen to them.

use crate::errors::Outcome;
use crate::studio::Studio;
use crate::view::RefusedChange;
use hawker_domain::{OpId, Sku, claim::Answer};
use hawker_store::RejectedOp;
use hawker_wire::ops::{OpPayload, Read};

/// The newest; a list this long tells of one cause.
const LISTED: u32 = 200;

impl Studio {
    /// Those that nobody has seen to, the newest first.
    pub async fn refused_changes(&self) -> Outcome<Vec<RefusedChange>> {
        Ok(self.store().rejected_ops(LISTED).await?.into_iter().map(view).collect())
    }

    /// Somebody has seen to it. Errors: `not_found`.
    pub async fn see_to_refused(&self, id: OpId) -> Outcome<()> {
        Ok(self.store().see_to_rejected(id).await?)
    }
}

fn view(RejectedOp { op, why, settled_at_us }: RejectedOp) -> RefusedChange {
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
        Read::Known(OpPayload::ClaimAnswered { answer }) => (answered(answer.answer), None),
        Read::Known(OpPayload::OfferPut { offer }) => (vec![offer.sku], None),
        Read::Known(OpPayload::OfferEnded { .. }) | Read::Newer | Read::Bad(_) => (Vec::new(), None),
    };
    RefusedChange { id: op.op_id, skus, order, why, at_ms: settled_at_us / 1_000 }
}

fn answered(answer: Answer) -> Vec<Sku> {
    match answer {
        Answer::Take { lines } => lines.into_iter().map(|line| line.sku).collect(),
        Answer::Drop => Vec::new(),
    }
}
