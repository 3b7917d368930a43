//! What packing an order takes: `POST /api/v1/orders/buyers`.

use hawker_domain::OrderId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose names and addresses are wanted, at most 200 orders. The platform writes down that they were asked for, when and for which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskBuyers {
    pub order_ids: Vec<OrderId>,
}

/// Answer: those of the orders that are to be packed or on their way; of others the platform tells nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyers {
    pub buyers: Vec<Buyer>,
}

/// Who bought it, in plain. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    pub order_id: OrderId,
    pub name: String,
    pub phone: String,
    pub address: String,
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buyer").field("order_id", &self.order_id).finish_non_exhaustive()
    }
}
