//! The stock ledger: movements are appended, levels are derived.

use crate::{OrderId, Sku};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why goods moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MovementReason {
    /// Goods came in.
    Received,
    /// Goods were sold.
    Sold,
    /// Sold goods came back.
    Returned,
    /// A count found another number than the ledger.
    Counted,
}

/// One line of the ledger. `delta` is positive for goods that come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StockMovement {
    pub sku: Sku,
    #[ts(type = "number")]
    pub delta: i64,
    pub reason: MovementReason,
    /// The order this belongs to; one order moves a SKU once.
    pub order_id: Option<OrderId>,
}

/// Most pieces one movement may name, either way: beyond it somebody mistyped, and sums stay far from overflow. Studio and
/// platform hold to the same bound, so that neither takes what the other refuses.
pub const MOVE_MAX: i64 = 1_000_000_000;

/// Why a movement can't be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MovementError {
    #[error("0 pieces of {0} move nothing; give the number that came in, or below zero the number that went out")]
    Nothing(Sku),
    #[error("{delta} pieces of {sku} are more than one movement may hold; check the number, {MOVE_MAX} is the most")]
    TooMany { sku: Sku, delta: i64 },
}

impl StockMovement {
    /// Errors: no pieces, or more than anybody has.
    pub fn check(&self) -> Result<(), MovementError> {
        match self.delta {
            0 => Err(MovementError::Nothing(self.sku.clone())),
            delta if delta.unsigned_abs() > MOVE_MAX.unsigned_abs() => {
                Err(MovementError::TooMany { sku: self.sku.clone(), delta })
            }
            _ => Ok(()),
        }
    }
}

/// The derived level of one SKU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StockLevel {
    /// Pieces in the seller's hands. Negative only after a sale without stock: a shortfall somebody has to settle.
    #[ts(type = "number")]
    pub on_hand: i64,
    /// Of these, pieces promised to buyers who have not paid yet.
    #[ts(type = "number")]
    pub reserved: i64,
}

impl StockLevel {
    /// Pieces that may still be promised.
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// The level after one movement; saturates rather than wraps.
    #[must_use]
    pub fn apply(self, movement: &StockMovement) -> Self {
        Self { on_hand: self.on_hand.saturating_add(movement.delta), ..self }
    }

    /// Pieces sold that were not there.
    pub fn shortfall(self) -> i64 {
        (-self.on_hand).max(0)
    }
}

/// From here on a buyer who waits may come too late, and is told so. Above it a number would only be noise on a small
/// screen, and "only 240 left" is a lie that costs trust.
pub const FEW_PIECES: i64 = 10;

/// What a shop says to buyers of the pieces left: on the card in the picture and on the page alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StockNote {
    SoldOut,
    /// Said with the number: "only 3 left".
    Few,
    /// Nothing is said.
    #[default]
    Plenty,
}

impl StockNote {
    /// The note for so many pieces that may still be promised.
    pub fn of(available: i64) -> Self {
        match available {
            ..=0 => Self::SoldOut,
            1..=FEW_PIECES => Self::Few,
            _ => Self::Plenty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movement_moves_something_and_no_more_than_anybody_has() {
        let check = |delta| {
            let sku = Sku::new("A").unwrap();
            StockMovement { sku, delta, reason: MovementReason::Counted, order_id: None }.check()
        };
        for delta in [1, -1, MOVE_MAX, -MOVE_MAX] {
            assert_eq!(check(delta), Ok(()), "{delta}");
        }
        assert!(matches!(check(0), Err(MovementError::Nothing(_))));
        for delta in [MOVE_MAX + 1, -MOVE_MAX - 1, i64::MAX, i64::MIN] {
            assert!(matches!(check(delta), Err(MovementError::TooMany { .. })), "{delta}");
        }
    }

    #[test]
    fn only_a_low_stock_is_talked_about() {
        let table = [
            (i64::MIN, StockNote::SoldOut),
            (-1, StockNote::SoldOut),
            (0, StockNote::SoldOut),
            (1, StockNote::Few),
            (10, StockNote::Few),
            (11, StockNote::Plenty),
            (240, StockNote::Plenty),
            (i64::MAX, StockNote::Plenty),
        ];
        for (available, note) in table {
            assert_eq!(StockNote::of(available), note, "{available} pieces");
        }
    }

    #[test]
    fn a_sale_without_stock_shows_as_shortfall() {
        let sold =
            StockMovement { sku: Sku::new("A").unwrap(), delta: -3, reason: MovementReason::Sold, order_id: None };
        let level = StockLevel { on_hand: 1, reserved: 0 }.apply(&sold);
        assert_eq!((level.on_hand, level.shortfall()), (-2, 2), "the ledger keeps the truth, also an unpleasant one");
    }
}
