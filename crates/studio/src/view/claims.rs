//! Claims from comments, and how comments buy, as the desk sees them.

use crate::claims::ClaimSettings;
use hawker_domain::{
    ClaimId, Money, ShowId, ShowMs,
    claim::{ClaimLine, ClaimState},
    comment::{Confidence, Open},
};
use hawker_store::KeptClaim;
use hawker_wire::live::OrderedLine;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A claim as a person sees it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ClaimView {
    pub id: ClaimId,
    pub show_id: ShowId,
    /// Who wrote it, masked.
    pub from: String,
    pub text: String,
    /// What was taken of it; empty while it is a question.
    pub lines: Vec<OrderedLine>,
    /// How sure that is; none where the desk said it.
    pub confidence: Option<Confidence>,
    /// Why it is a question, or was one.
    pub question: Option<Open>,
    /// The ways to take it.
    pub ways: Vec<Vec<OrderedLine>>,
    /// The desk has answered; the platform has not yet said what came of it.
    pub is_answered: bool,
    /// The moment of the show that the viewer saw.
    pub at_ms: Option<ShowMs>,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub heard_at_ms: i64,
    #[serde(flatten)]
    pub state: ClaimState,
}

impl ClaimView {
    pub(crate) fn of(KeptClaim { claim, is_answered }: KeptClaim) -> Self {
        let (question, ways) = claim.question.map_or((None, Vec::new()), |asked| (Some(asked.why), asked.ways));
        Self {
            id: claim.claim_id,
            show_id: claim.show_id,
            from: claim.name,
            text: claim.text,
            lines: ordered(claim.lines),
            confidence: claim.confidence,
            question,
            ways: ways.into_iter().map(ordered).collect(),
            is_answered,
            at_ms: claim.at,
            heard_at_ms: claim.heard_at_us / 1_000,
            state: claim.state,
        }
    }
}

fn ordered(lines: Vec<ClaimLine>) -> Vec<OrderedLine> {
    lines.into_iter().map(|line| OrderedLine { sku: line.sku, qty: line.qty }).collect()
}

/// How comments buy in the seller's shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClaimRulesView {
    /// Comments buy at all.
    pub taken: bool,
    /// `claim=WORD|WORD`, `bare=off|quantity|number`, or both joined by `;`; empty is as usual.
    pub keywords: String,
    /// Minutes to pay in.
    pub hold_min: u32,
    /// Nothing is held: whoever pays first has the goods.
    pub first_paid: bool,
    /// Sold out means waiting rather than nothing.
    pub waiting_list: bool,
    /// Pieces of one product that one viewer may have in a show; none: as many as there are.
    pub per_buyer: Option<u32>,
    /// What sending one claim costs; none: nothing.
    pub shipping: Option<Money>,
    /// From this worth of goods on it costs nothing; none: never free.
    pub free_from: Option<Money>,
}

impl From<ClaimSettings> for ClaimRulesView {
    fn from(ClaimSettings { taken, rules }: ClaimSettings) -> Self {
        Self {
            taken,
            keywords: rules.keywords,
            hold_min: rules.policy.hold_min,
            first_paid: rules.policy.first_paid,
            waiting_list: rules.policy.waiting_list,
            per_buyer: rules.policy.per_buyer,
            shipping: rules.shipping.map(|shipping| shipping.fee),
            free_from: rules.shipping.and_then(|shipping| shipping.free_from),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{
        ChatId, Sku, ViewerId,
        claim::{Claim, Question, RefusedWhy},
    };
    use uuid::Uuid;

    #[test]
    fn a_question_that_was_refused_says_why_it_was_asked_and_why_it_was_refused() {
        let line = ClaimLine { sku: Sku::new("A").unwrap(), qty: 2 };
        let claim = Claim {
            claim_id: ClaimId(Uuid::nil()),
            show_id: ShowId(Uuid::nil()),
            chat_id: ChatId(Uuid::nil()),
            viewer: ViewerId(Uuid::nil()),
            name: "小*".into(),
            text: "2?".into(),
            lines: vec![line.clone()],
            confidence: None,
            question: Some(Question { why: Open::Quantity, ways: vec![vec![line]] }),
            at: None,
            state: ClaimState::Refused { why: RefusedWhy::Limit },
            heard_at_us: 7_000,
        };
        let view = ClaimView::of(KeptClaim { claim, is_answered: false });
        let said = serde_json::to_value(&view).unwrap();
        for (key, want) in [("question", "quantity"), ("state", "refused"), ("why", "limit")] {
            assert_eq!(said[key], want, "{said}");
        }
        assert_eq!(said["ways"][0][0]["qty"], 2);
        assert_eq!(said["heard_at_ms"], 7);
    }
}
