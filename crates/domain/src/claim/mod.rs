//! Orders from comments: what follows when a comment asks for goods.
//!
//! Owns: a claim and its states, who gets goods first ([`policy`], [`queue`]), what a cancelling comment takes back
//! ([`cancel`]), and which products a comment of a show means ([`shelf`]). Must not know: where a claim is kept, how its
//! viewer is told, who pays.
//! Entry points: [`shelf::ClaimShelf::read`], [`policy::decide`], [`ClaimState::on`], [`queue::promoted`].

pub mod cancel;
pub mod policy;
pub mod queue;
pub mod shelf;
mod state;

pub use cancel::{TakenBack, take_away};
pub use policy::{BadPolicy, Decision, ReservePolicy, Shipping, Situation, WAITING_MAX, decide};
pub use queue::{Waiter, place, promoted};
pub use shelf::{ClaimShelf, Goods, Heard};
pub use state::{ClaimEvent, ClaimState, ClaimTransitionError, RefusedWhy};

use crate::{
    ChatId, ClaimId, ShowId, ShowMs, Sku, ViewerId,
    comment::{Confidence, MOST_PIECES, Open},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most different products in one claim.
pub const LINES_MAX: usize = 20;

/// So many pieces of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimLine {
    pub sku: Sku,
    pub qty: u32,
}

/// What one comment asks for, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub claim_id: ClaimId,
    pub show_id: ShowId,
    /// The message it was read from; one message is one claim, however often it arrives.
    pub chat_id: ChatId,
    pub viewer: ViewerId,
    /// What the viewer calls himself, masked.
    pub name: String,
    pub text: String,
    /// Each product once. Empty while it is a question.
    pub lines: Vec<ClaimLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// What the desk has to find out; kept when it is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// The moment of the show that the viewer saw.
    pub at: Option<ShowMs>,
    pub state: ClaimState,
    /// UTC, microseconds since 1970, by the platform's clock.
    pub heard_at_us: i64,
}

/// Why a claim is for the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub why: Open,
    /// Ways to take the comment, as far as they name products of the show.
    pub ways: Vec<Vec<ClaimLine>>,
}

/// What the desk says to a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimAnswer {
    pub claim_id: ClaimId,
    pub answer: Answer,
    /// UTC, microseconds since 1970, by the clock of the device; for display.
    pub at_us: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The viewer means this. It is decided as if he had written it now.
    Take { lines: Vec<ClaimLine> },
    /// It comes to nothing.
    Drop,
}

/// Why an answer can't be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    #[error("an answer names 1 to {LINES_MAX} different products; it names {0}")]
    Lines(usize),
    #[error("\"{sku}\": {qty} pieces; a claim is for 1 to {MOST_PIECES}")]
    Quantity { sku: Sku, qty: u32 },
    #[error("\"{0}\" stands in it twice; give one line with the sum")]
    Twice(Sku),
}

impl ClaimAnswer {
    /// Errors: no products or too many, one of them twice, a quantity that no comment can order.
    pub fn check(&self) -> Result<(), BadAnswer> {
        let Answer::Take { lines } = &self.answer else { return Ok(()) };
        if lines.is_empty() || lines.len() > LINES_MAX {
            return Err(BadAnswer::Lines(lines.len()));
        }
        let mut seen = BTreeSet::new();
        for ClaimLine { sku, qty } in lines {
            if !(1..=MOST_PIECES).contains(qty) {
                return Err(BadAnswer::Quantity { sku: sku.clone(), qty: *qty });
            }
            if !seen.insert(sku) {
                return Err(BadAnswer::Twice(sku.clone()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_answer_names_each_product_once_and_as_many_pieces_as_a_comment_may() {
        let sku = |name: &str| Sku::new(name).unwrap();
        let answer = |lines: &[(&str, u32)]| ClaimAnswer {
            claim_id: ClaimId(Uuid::nil()),
            answer: Answer::Take {
                lines: lines.iter().map(|(name, qty)| ClaimLine { sku: sku(name), qty: *qty }).collect(),
            },
            at_us: 0,
        };
        for (lines, want) in [
            (&[("A", 1), ("B", 20)][..], Ok(())),
            (&[], Err(BadAnswer::Lines(0))),
            (&[("A", 0)], Err(BadAnswer::Quantity { sku: sku("A"), qty: 0 })),
            (&[("A", 21)], Err(BadAnswer::Quantity { sku: sku("A"), qty: 21 })),
            (&[("A", 1), ("A", 1)], Err(BadAnswer::Twice(sku("A")))),
        ] {
            assert_eq!(answer(lines).check(), want, "{lines:?}");
        }
        let dropped = ClaimAnswer { claim_id: ClaimId(Uuid::nil()), answer: Answer::Drop, at_us: 0 };
        assert_eq!(dropped.check(), Ok(()));
    }
}
