//! Edits of the catalogue: what a device says of a product, what comes of it at the platform, and what a device makes of
//! what it is told. Pure.
//!
//! Each field of a product has a version: the id of the change that wrote it. An edit names the version that its author saw. Where
//! that is what stands at the platform, the edit counts; where it is not, what stands there stays, and the edit goes to a list
//! that somebody settles. Nothing is ever overwritten that its author has not seen, and no clock decides anything.
//!
//! A version is no number, since a platform that was put back to an earlier state would give the same number to another value.
//!
//! Photos are no part of it, and neither are the ids of products: what devices have in common is the SKU.

mod field;
mod known;
mod merge;

pub use field::{FieldValue, ProductField};
pub use known::{Heard, Here, Known, Seen, Told};
pub use merge::{Current, Life, Standing, merge};

use crate::{ConflictId, OpId, Sku};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// One product, edited on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ProductEdit {
    /// It is new on the device, or older than the platform. A field that is left out says nothing.
    Created {
        sku: Sku,
        /// The removal that the device knew of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base_version: Option<OpId>,
        values: Vec<FieldValue>,
    },
    Changed {
        sku: Sku,
        changes: Vec<FieldChange>,
    },
    Removed {
        sku: Sku,
        /// How the device knew it: the version of the product itself and of every field that is not in `fields`.
        base_version: Option<OpId>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        fields: BTreeMap<ProductField, OpId>,
    },
}

/// Another value in one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    #[serde(flatten)]
    pub value: FieldValue,
    /// The version that was seen; none: none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_version: Option<OpId>,
}

/// Why edits can't be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("the change names no product; name at least one")]
    Nothing,
    #[error("the change names {0} twice; put both into one")]
    Twice(Sku),
    #[error("the change of {sku} names its {field:?} twice; put both into one")]
    FieldTwice { sku: Sku, field: ProductField },
    #[error("the new product {0} has no title or no price; give both")]
    NoTitleOrPrice(Sku),
}

/// Errors: [`EditError`], of the edits of one change.
pub fn check(edits: &[ProductEdit]) -> Result<(), EditError> {
    let mut skus = BTreeSet::new();
    for edit in edits {
        let sku = edit.sku();
        if !skus.insert(sku) {
            return Err(EditError::Twice(sku.clone()));
        }
        let mut fields = BTreeSet::new();
        if let Some(field) = edit.fields().find(|field| !fields.insert(*field)) {
            return Err(EditError::FieldTwice { sku: sku.clone(), field });
        }
        let has_both = [ProductField::Title, ProductField::Price].iter().all(|field| fields.contains(field));
        if matches!(edit, ProductEdit::Created { .. }) && !has_both {
            return Err(EditError::NoTitleOrPrice(sku.clone()));
        }
    }
    if skus.is_empty() { Err(EditError::Nothing) } else { Ok(()) }
}

impl ProductEdit {
    pub fn sku(&self) -> &Sku {
        match self {
            Self::Created { sku, .. } | Self::Changed { sku, .. } | Self::Removed { sku, .. } => sku,
        }
    }

    /// What it puts where.
    pub fn values(&self) -> impl Iterator<Item = &FieldValue> {
        let (created, changed): (&[FieldValue], &[FieldChange]) = match self {
            Self::Created { values, .. } => (values, &[]),
            Self::Changed { changes, .. } => (&[], changes),
            Self::Removed { .. } => (&[], &[]),
        };
        created.iter().chain(changed.iter().map(|change| &change.value))
    }

    /// True where it says something of the field, or which version of it was seen.
    pub fn mentions(&self, field: ProductField) -> bool {
        self.has(field) || matches!(self, Self::Removed { fields, .. } if fields.contains_key(&field))
    }

    fn has(&self, field: ProductField) -> bool {
        self.fields().any(|one| one == field)
    }

    fn fields(&self) -> impl Iterator<Item = ProductField> {
        self.values().map(FieldValue::field)
    }

    /// Roughly the bytes it takes on its way.
    pub fn size_bytes(&self) -> usize {
        200 + self.values().map(FieldValue::size_bytes).sum::<usize>()
    }
}

/// What one side of a conflict says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "claim", rename_all = "snake_case")]
pub enum Claim {
    /// This value of a field.
    Value(FieldValue),
    /// The product is in the catalogue.
    Present,
    /// The product was removed.
    Removed,
}

/// An edit that did not count, since somebody else's came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub sku: Sku,
    /// None: whether there is such a product.
    pub field: Option<ProductField>,
    /// What this device said.
    pub mine: Claim,
    /// What stands.
    pub theirs: Claim,
    /// What this device had seen.
    pub base_version: Option<OpId>,
    /// The change that did not count.
    pub op_id: OpId,
}

/// A conflict on the list of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedConflict {
    pub id: ConflictId,
    /// With what stands by now, which others may have changed since.
    pub conflict: Conflict,
    /// By which the product is told; none where it is gone.
    pub title: Option<String>,
    /// UTC, microseconds since 1970.
    pub at_us: i64,
}

/// How a conflict is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// What this device said: as a new edit, which has seen what stands.
    Mine,
    /// What stands.
    Theirs,
}
