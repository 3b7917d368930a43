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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_without_stock_shows_as_shortfall() {
        let sold =
            StockMovement { sku: Sku::new("A").unwrap(), delta: -3, reason: MovementReason::Sold, order_id: None };
        let level = StockLevel { on_hand: 1, reserved: 0 }.apply(&sold);
        assert_eq!((level.on_hand, level.shortfall()), (-2, 2), "the ledger keeps the truth, also an unpleasant one");
    }
}
