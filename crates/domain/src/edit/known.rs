//! The device's side: what it has seen of a product, what it says of it, and what it makes of what the platform tells.

use super::{Claim, Conflict, Current, FieldChange, FieldValue, ProductEdit, ProductField};
use crate::{OpId, Product, ProductId, Sku};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a device knows of a product beside the product itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// At the platform, as far as it was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_removed: bool,
    /// Of the product itself, and of every field that is not in `fields`.
    life: Seen,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<ProductField, Seen>,
    /// The change of this device that lost to a removal: the product stays here until somebody settles that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disputed: Option<OpId>,
}

/// Which versions a device has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The platform's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<OpId>,
    /// Its own newest, which the platform has not told yet. As long as there is one, what stands here stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpId>,
}

impl Seen {
    /// What the next edit is based on.
    pub fn base(self) -> Option<OpId> {
        self.open.or(self.told)
    }

    fn closed(self, op: OpId) -> Self {
        Self { open: self.open.filter(|open| *open != op), ..self }
    }
}

/// What becomes of the product on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Here {
    Stays,
    Put(Box<Product>),
    Goes,
}

/// What a device makes of what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub known: Known,
    pub here: Here,
    /// Goes to the list.
    pub lost: Vec<Conflict>,
    /// What the change said of these stands at the platform: it is on no list.
    pub won: Vec<Option<ProductField>>,
}

/// What the platform told of one product.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    pub op: OpId,
    /// The change is this device's.
    pub is_own: bool,
    /// And it is not one of a copy of the device, or from before the device was put back: what is said here since has seen it.
    pub is_said_here: bool,
    pub edit: &'a ProductEdit,
    /// The product after it; of one that was changed, the fields that were.
    pub current: &'a Current,
    /// For a product that is not here yet.
    pub new_id: ProductId,
}

impl Told<'_> {
    fn is_about(&self, field: ProductField) -> bool {
        !matches!(self.edit, ProductEdit::Changed { .. }) || self.current.life.is_removed || self.edit.has(field)
    }
}

impl Known {
    /// What is said of a product that is new here.
    pub fn creation(known: Option<&Self>, product: &Product) -> ProductEdit {
        let values = ProductField::ALL.map(|field| FieldValue::of(product, field)).into_iter();
        let is_said = |value: &FieldValue| matches!(value, FieldValue::Title(_)) || !value.is_blank();
        ProductEdit::Created {
            sku: product.sku.clone(),
            base_version: known.and_then(|known| known.life.base()),
            values: values.filter(is_said).collect(),
        }
    }

    /// What is said of a product that is another than `before`; none where it is not.
    pub fn change(&self, before: &Product, after: &Product) -> Option<ProductEdit> {
        let change = |field| {
            let value = FieldValue::of(after, field);
            let base_version = self.seen(field).base();
            (value != FieldValue::of(before, field)).then_some(FieldChange { value, base_version })
        };
        let changes: Vec<_> = ProductField::ALL.into_iter().filter_map(change).collect();
        (!changes.is_empty()).then(|| ProductEdit::Changed { sku: after.sku.clone(), changes })
    }

    /// What is said of a product that goes.
    pub fn removal(&self, sku: &Sku) -> ProductEdit {
        let fields = self.fields.iter().filter_map(|(field, seen)| Some((*field, seen.base()?))).collect();
        ProductEdit::Removed { sku: sku.clone(), base_version: self.life.base(), fields }
    }

    /// After this device has said `edit` by the change `op`.
    #[must_use]
    pub fn said(mut self, op: OpId, edit: &ProductEdit) -> Self {
        match edit {
            ProductEdit::Changed { changes, .. } => {
                for field in changes.iter().map(|change| change.value.field()) {
                    let seen = Seen { open: Some(op), ..self.seen(field) };
                    self.fields.insert(field, seen);
                }
                self
            }
            ProductEdit::Created { .. } | ProductEdit::Removed { .. } => Self {
                life: Seen { open: Some(op), ..self.life },
                fields: BTreeMap::new(),
                disputed: None,
                is_removed: self.is_removed,
            },
        }
    }

    /// The platform could not read the change `op`: nothing is heard of it any more.
    #[must_use]
    pub fn refused(self, op: OpId) -> Self {
        let fields = self.fields.into_iter().map(|(field, seen)| (field, seen.closed(op))).collect();
        Self { life: self.life.closed(op), fields, ..self }
    }

    /// The product is kept here against a removal.
    pub fn is_disputed(&self) -> bool {
        self.disputed.is_some()
    }

    /// The removal stands: somebody said so.
    #[must_use]
    pub fn given_up(self) -> Self {
        Self { disputed: None, ..self }
    }

    fn seen(&self, field: ProductField) -> Seen {
        self.fields.get(&field).copied().unwrap_or(self.life)
    }

    fn is_open(&self) -> bool {
        self.life.open.is_some() || self.fields.values().any(|seen| seen.open.is_some())
    }

    /// What the platform told: all of it counts, but where this device has said something that is not told yet.
    pub fn hear(&self, here: Option<&Product>, told: &Told<'_>) -> Heard {
        let mut known = self.told(told);
        let mut lost = Vec::new();
        let is_removed = told.current.life.is_removed;
        let becomes = match here {
            None if is_removed || known.life.open.is_some() => Here::Stays,
            // What made it or removed it is told anew, after this.
            None if matches!(told.edit, ProductEdit::Changed { .. }) => Here::Stays,
            None => Here::Put(Box::new(told.current.product(told.new_id, told.edit.sku().clone()))),
            Some(_) if is_removed => {
                let is_lost = told.is_said_here && !matches!(told.edit, ProductEdit::Removed { .. });
                known.disputed = self.disputed.or_else(|| (is_lost && known.life.open.is_none()).then_some(told.op));
                if known.is_open() || known.is_disputed() { Here::Stays } else { Here::Goes }
            }
            Some(product) => {
                if let Some(op) = self.disputed {
                    lost.extend(known.given_way(product, told, op));
                }
                let next = known.laid_over(product, told);
                if next == *product { Here::Stays } else { Here::Put(Box::new(next)) }
            }
        };
        let mut won = Vec::new();
        if told.is_own {
            for fate in known.fate(told, here) {
                match fate {
                    Fate::Lost(conflict) => lost.push(conflict),
                    Fate::Won(about) => won.push(about),
                }
            }
        }
        Heard { known, here: becomes, lost, won }
    }

    fn told(&self, told: &Told<'_>) -> Self {
        let current = told.current;
        let life = Seen { told: Some(current.life.version), ..self.life.closed(told.op) };
        let field = |field| {
            let before = self.seen(field).closed(told.op);
            let seen =
                if told.is_about(field) { Seen { told: Some(current.version(field)), ..before } } else { before };
            (seen != life).then_some((field, seen))
        };
        let fields = ProductField::ALL.into_iter().filter_map(field).collect();
        Self { is_removed: current.life.is_removed, life, fields, disputed: None }
    }

    /// What stands, and over it what this device said since.
    fn laid_over(&self, product: &Product, told: &Told<'_>) -> Product {
        let mut next = product.clone();
        let is_theirs = |field: &ProductField| told.is_about(*field) && self.seen(*field).open.is_none();
        for field in ProductField::ALL.into_iter().filter(is_theirs) {
            told.current.value(field).put_into(&mut next);
        }
        next
    }

    /// A product that was kept against its removal is there again, as somebody else made it: what it was here goes to the list.
    fn given_way(&self, product: &Product, told: &Told<'_>, op_id: OpId) -> Vec<Conflict> {
        let field = |field| {
            let (mine, theirs) = (FieldValue::of(product, field), told.current.value(field));
            let is_lost = told.is_about(field) && self.seen(field).open.is_none() && !mine.is_blank() && mine != theirs;
            is_lost.then(|| Conflict {
                sku: product.sku.clone(),
                field: Some(field),
                mine: Claim::Value(mine),
                theirs: Claim::Value(theirs),
                base_version: None,
                op_id,
            })
        };
        ProductField::ALL.into_iter().filter_map(field).collect()
    }

    /// What became of an own change. Where this device has said something newer, that one will be told, and it had seen this one:
    /// unless it was another copy of the device that said this one, or one that was put back since.
    fn fate(&self, told: &Told<'_>, here: Option<&Product>) -> Vec<Fate> {
        let Told { op, edit, current, .. } = *told;
        let product = |mine, theirs, base_version| Conflict {
            sku: edit.sku().clone(),
            field: None,
            mine,
            theirs,
            base_version,
            op_id: op,
        };
        let is_told_by_a_newer = told.is_said_here && self.life.open.is_some();
        // The product that is kept here may show what others said in the meantime.
        let not_shown = |product: &Product| -> Vec<Fate> {
            let is_shown = |value: &&FieldValue| {
                FieldValue::of(product, value.field()) == **value || self.seen(value.field()).open.is_some()
            };
            let values = edit.values().filter(|value| !is_shown(value));
            values.map(|value| Fate::Lost(lost(told, value, None, Claim::Removed))).collect()
        };
        match edit {
            ProductEdit::Removed { .. } if current.life.is_removed => vec![Fate::Won(None)],
            // A device that was put back has forgotten that it said this, and a copy never knew: only the values are left.
            _ if current.life.is_removed && !(here.is_some() && told.is_said_here) => {
                let values = edit.values().filter(|_| !is_told_by_a_newer);
                values.map(|value| Fate::Lost(lost(told, value, None, Claim::Removed))).collect()
            }
            ProductEdit::Removed { base_version, .. } => {
                let lost = || Fate::Lost(product(Claim::Removed, Claim::Present, *base_version));
                (!is_told_by_a_newer).then(lost).into_iter().collect()
            }
            ProductEdit::Created { base_version, .. } if current.life.is_removed => {
                let lost = || Fate::Lost(product(Claim::Present, Claim::Removed, *base_version));
                (!is_told_by_a_newer).then(lost).into_iter().chain(here.into_iter().flat_map(not_shown)).collect()
            }
            ProductEdit::Changed { changes, .. } if current.life.is_removed => {
                let base_version = changes.iter().find_map(|change| change.base_version);
                let lost = || Fate::Lost(product(Claim::Present, Claim::Removed, base_version));
                (!is_told_by_a_newer).then(lost).into_iter().chain(here.into_iter().flat_map(not_shown)).collect()
            }
            ProductEdit::Created { values, .. } => {
                let fates = values.iter().filter_map(|value| self.fate_of(value, None, told));
                std::iter::once(Fate::Won(None)).chain(fates).collect()
            }
            ProductEdit::Changed { changes, .. } => {
                let fates = changes.iter().filter_map(|change| self.fate_of(&change.value, change.base_version, told));
                std::iter::once(Fate::Won(None)).chain(fates).collect()
            }
        }
    }

    fn fate_of(&self, value: &FieldValue, base_version: Option<OpId>, told: &Told<'_>) -> Option<Fate> {
        let field = value.field();
        if !told.current.lacks(value) {
            return Some(Fate::Won(Some(field)));
        }
        let theirs = Claim::Value(told.current.value(field));
        let is_told_by_a_newer = told.is_said_here && self.seen(field).open.is_some();
        (!is_told_by_a_newer).then(|| Fate::Lost(lost(told, value, base_version, theirs)))
    }
}

fn lost(told: &Told<'_>, value: &FieldValue, base_version: Option<OpId>, theirs: Claim) -> Conflict {
    Conflict {
        sku: told.edit.sku().clone(),
        field: Some(value.field()),
        mine: Claim::Value(value.clone()),
        theirs,
        base_version,
        op_id: told.op,
    }
}

enum Fate {
    Lost(Conflict),
    Won(Option<ProductField>),
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
