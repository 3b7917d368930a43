//! Why a change is refused: as a sentence, and as a code with its particulars, by which the cockpit says it in its reader's
//! language. Pure.

use hawker_domain::{
    ClaimId, OrderId, Sku,
    claim::ClaimState,
    failure::FailureWhy,
    order::{NOTE_MAX, Order, OrderMoveError, OrderTransitionError},
    stock::{MovementError, StockMovement},
    till::{MatchError, ReturnError},
};
use hawker_wire::{FailureReason, ops::OpResult};

pub fn unreadable(why: &str) -> OpResult {
    let reason = FailureReason::from(FailureWhy::ChangeUnreadable).with("why", why);
    OpResult::rejected_because(format!("the platform can't read this change: {why}"), reason)
}

pub fn movement(error: &MovementError) -> OpResult {
    let reason = match error {
        MovementError::Nothing(sku) => FailureReason::from(FailureWhy::MovesNothing).with("sku", sku),
        MovementError::TooMany { sku, delta } => {
            FailureReason::from(FailureWhy::MovesTooMuch).with("sku", sku).with("pieces", delta.unsigned_abs())
        }
    };
    OpResult::rejected_because(error.to_string(), reason)
}

pub fn sale_too_large(sku: &Sku, qty: i64) -> OpResult {
    let reason = FailureReason::from(FailureWhy::SaleTooLarge).with("sku", sku).with("pieces", qty);
    OpResult::rejected_because(format!("a sale of {qty} pieces of \"{sku}\" can't be right"), reason)
}

pub fn sold_otherwise(order: &Order) -> OpResult {
    OpResult::rejected_because(
        format!("the order {} is here already with other lines", order.id),
        FailureWhy::SoldOtherwise,
    )
}

pub fn step(error: &OrderMoveError) -> OpResult {
    let reason = match error {
        OrderMoveError::NotSellers => FailureReason::from(FailureWhy::StepNotSellers),
        OrderMoveError::LongNote(_) => FailureReason::from(FailureWhy::NoteTooLong).with("most", NOTE_MAX),
    };
    OpResult::rejected_because(error.to_string(), reason)
}

pub fn not_allowed(order: &Order, error: &OrderTransitionError) -> OpResult {
    let reason = FailureReason::from(FailureWhy::StepNotAllowed)
        .with("state", code(&error.from))
        .with("step", code(&error.event));
    OpResult::rejected_because(format!("order {}: {error}", order.id), reason)
}

pub fn claim_gone(claim: ClaimId) -> OpResult {
    OpResult::rejected_because(format!("there is no claim {claim}"), FailureWhy::ClaimGone)
}

/// It is no question any more, or over.
pub fn claim_decided(state: ClaimState) -> OpResult {
    let why = format!("the claim is {} by now", state.as_str());
    OpResult::rejected_because(why, FailureWhy::ClaimDecided)
}

pub fn claim_of_a_show_that_is_over() -> OpResult {
    OpResult::rejected_because("the show has ended", FailureWhy::ClaimDecided)
}

pub fn claim_being_paid() -> OpResult {
    OpResult::rejected_because("the claim is being paid just now", FailureWhy::ClaimBeingPaid)
}

pub fn claim_mixed() -> OpResult {
    OpResult::rejected_because("products in two currencies can't be paid together", FailureWhy::ClaimMixed)
}

/// What a studio refuses by itself comes in words alone: no cockpit ever shows it.
pub fn not_matched(error: &MatchError) -> OpResult {
    let MatchError::Matched { reference, .. } = error else { return OpResult::rejected(error.to_string()) };
    let reason = FailureReason::from(FailureWhy::PaymentMatched).with("reference", reference);
    OpResult::rejected_because(error.to_string(), reason)
}

pub fn reference_taken(reference: &str, other: OrderId) -> OpResult {
    let reason = FailureReason::from(FailureWhy::ReferenceTaken).with("reference", reference).with("order", other);
    OpResult::rejected_because(format!("the reference {reference} is that of order {other} already"), reason)
}

/// As [`not_matched`].
pub fn not_taken_back(error: &ReturnError) -> OpResult {
    match error {
        ReturnError::TooMany { .. } | ReturnError::IsOver(_) => {
            OpResult::rejected_because(error.to_string(), FailureWhy::ReturnedBefore)
        }
        _ => OpResult::rejected(error.to_string()),
    }
}

pub fn beyond_returned(movement: &StockMovement) -> OpResult {
    let why = format!(
        "{} pieces of \"{}\" can't come back with this refund: some of them came back before",
        movement.delta, movement.sku
    );
    OpResult::rejected_because(why, FailureWhy::ReturnedBefore)
}

/// As the wire has it.
fn code(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
