//! Levels of goods, and what the ledger calls a movement.

use crate::db::StockNews;
use hawker_domain::{DeviceId, Sku, stock::MovementReason};

/// Pieces that may be promised, and pieces held.
pub struct Level {
    pub pool: i64,
    pub reserved: i64,
}

impl Level {
    pub fn news(&self, sku: &Sku) -> StockNews {
        StockNews { sku: sku.clone(), available: self.pool, offer_moved: false }
    }
}

/// The part of a movement that is a device's own.
#[derive(Clone, Copy)]
pub struct Share {
    pub device: DeviceId,
    /// By how much its rights change; the pool follows with the rest.
    pub rights: i64,
}

/// As the ledger has it.
pub fn reason(reason: MovementReason) -> &'static str {
    match reason {
        MovementReason::Received => "received",
        MovementReason::Sold => "sold",
        MovementReason::Returned => "returned",
        MovementReason::Counted => "counted",
    }
}
