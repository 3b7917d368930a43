//! What happened, by its own mark: each thing that moves goods has an id, so that copies of it are known for what they are.

use crate::world::{SKUS, UNMARKED};
use hawker_domain::{OrderId, Sku, order::OrderState, stock::MovementReason};
use hawker_store::Store;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One movement of one product, by the order or delivery it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    pub of: OrderId,
    pub reason: Reason,
    /// Place of its product in [`SKUS`].
    pub sku: usize,
    pub delta: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Received,
    Sold,
    Returned,
    Counted,
}

impl From<MovementReason> for Reason {
    fn from(reason: MovementReason) -> Self {
        match reason {
            MovementReason::Received => Self::Received,
            MovementReason::Sold => Self::Sold,
            MovementReason::Returned => Self::Returned,
            MovementReason::Counted => Self::Counted,
        }
    }
}

/// No two unmarked deliveries of a run have the same number of pieces.
pub fn mark_of(delta: i64) -> OrderId {
    OrderId(Uuid::from_u128(u128::from(delta.unsigned_abs())))
}

/// All that a store knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub facts: BTreeSet<Fact>,
    pub orders: BTreeMap<OrderId, OrderState>,
    /// On hand and reserved, of each product.
    pub levels: Vec<(i64, i64)>,
    /// What stands in the ledger more than once.
    pub doubled: Vec<Fact>,
}

impl Known {
    pub async fn of(store: &Store) -> Self {
        let mut known = Self::default();
        for (place, text) in SKUS.iter().chain([&UNMARKED]).enumerate() {
            let sku = Sku::new(text).unwrap();
            for (_, movement) in store.movements(&sku, u32::MAX).await.unwrap() {
                let of = movement.order_id.unwrap_or_else(|| mark_of(movement.delta));
                let fact = Fact { of, reason: movement.reason.into(), sku: place, delta: movement.delta };
                if !known.facts.insert(fact) {
                    known.doubled.push(fact);
                }
            }
            let level = store.level(&sku).await.unwrap();
            known.levels.push((level.on_hand, level.reserved));
        }
        known.orders = store.orders(u32::MAX).await.unwrap().into_iter().map(|order| (order.id, order.state)).collect();
        known
    }
}
