//! Edits of the catalogue that did not count.

use hawker_domain::{
    ConflictId, Sku,
    edit::{Claim, ProductField},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An edit of this device that did not count, since another device's came first: until somebody settles it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ConflictView {
    pub id: ConflictId,
    pub sku: Sku,
    /// By which the product is told; its SKU where it is gone.
    pub title: String,
    /// None: whether there is the product.
    pub field: Option<ProductField>,
    /// What this device said.
    pub mine: Claim,
    /// What stands by now.
    pub theirs: Claim,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: i64,
}

/// The first of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ConflictPage {
    pub conflicts: Vec<ConflictView>,
    /// There are more than these.
    pub more: bool,
}
