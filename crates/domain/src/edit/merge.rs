//! The platform's decision: what of an edit counts.

use super::{FieldChange, FieldValue, ProductEdit, ProductField};
use crate::{Currency, Money, OpId, Product, ProductId, Sku};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A product as it stands at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    pub life: Life,
    /// What was filled in; a field that is not here is blank since the product was made. Each once, in the order of the fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Standing>,
}

/// Whether there is the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_removed: bool,
    /// The change that made or removed it.
    pub version: OpId,
    /// Changes that said the same without knowing of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    same: Vec<OpId>,
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    #[serde(flatten)]
    pub value: FieldValue,
    pub version: OpId,
    /// Changes that said the same without knowing of it: who saw one of them saw this value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    same: Vec<OpId>,
}

impl Life {
    fn is(&self, seen: Option<OpId>) -> bool {
        seen.is_some_and(|seen| self.version == seen || self.same.contains(&seen))
    }
}

impl Standing {
    fn is(&self, seen: Option<OpId>) -> bool {
        seen.is_some_and(|seen| self.version == seen || self.same.contains(&seen))
    }
}

/// The product after `edit`, which the change `op` brought. None: it is of a product that was never heard of, so what came before
/// is missing.
///
/// Disjoint fields merge. In one field the edit counts if it saw what stands; saying the same is as good. Else what stands
/// stays, and [`Current::lacks`] tells.
pub fn merge(current: Option<&Current>, op: OpId, edit: &ProductEdit) -> Option<Current> {
    match (current, edit) {
        (None, ProductEdit::Created { values, .. }) => Some(Current::made(op, values)),
        (None, ProductEdit::Changed { .. } | ProductEdit::Removed { .. }) => None,
        (Some(current), ProductEdit::Created { base_version, values, .. }) => {
            Some(current.clone().created(op, *base_version, values))
        }
        (Some(current), ProductEdit::Changed { changes, .. }) => Some(current.clone().changed(op, changes)),
        (Some(current), ProductEdit::Removed { base_version, fields, .. }) => {
            Some(current.clone().removed(op, *base_version, fields))
        }
    }
}

impl Current {
    fn made(op: OpId, values: &[FieldValue]) -> Self {
        let life = Life { is_removed: false, version: op, same: Vec::new() };
        let mut made = Self { life, fields: Vec::new() };
        for value in values {
            made.put(value.clone(), op);
        }
        made
    }

    /// What stands in a field that was ever filled in.
    pub fn standing(&self, field: ProductField) -> Option<&Standing> {
        self.fields.iter().find(|standing| standing.value.field() == field)
    }

    pub fn value(&self, field: ProductField) -> FieldValue {
        self.standing(field).map_or_else(|| FieldValue::blank(field), |standing| standing.value.clone())
    }

    /// The version of a field.
    pub fn version(&self, field: ProductField) -> OpId {
        self.standing(field).map_or(self.life.version, |standing| standing.version)
    }

    /// What has to be told of it after `edit`: of a product that was changed, the fields that were.
    #[must_use]
    pub fn after(mut self, edit: &ProductEdit) -> Self {
        if let ProductEdit::Changed { changes, .. } = edit {
            let is_in = |standing: &Standing| changes.iter().any(|one| one.value.field() == standing.value.field());
            self.fields.retain(is_in);
        }
        self
    }

    /// True where another value stands in the field than this one.
    pub fn lacks(&self, value: &FieldValue) -> bool {
        self.value(value.field()) != *value
    }

    /// The product as a device puts it into its catalogue.
    pub fn product(&self, id: ProductId, sku: Sku) -> Product {
        let price = Money::new(0, Currency::CNY);
        let mut product = Product {
            id,
            sku,
            title: String::new(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price,
            cost: None,
            barcode: String::new(),
            aliases: Vec::new(),
            variant: None,
        };
        for standing in &self.fields {
            standing.value.clone().put_into(&mut product);
        }
        product
    }

    fn created(self, op: OpId, base: Option<OpId>, values: &[FieldValue]) -> Self {
        if self.life.is_removed {
            // Who knew of the removal makes it anew; who did not has lost to it.
            return if self.life.is(base) { Self::made(op, values) } else { self };
        }
        let mut both = self;
        both.life.same.push(op);
        for value in values {
            match both.standing_mut(value.field()) {
                Some(standing) if standing.value == *value => standing.same.push(op),
                Some(_) => {}
                // Blank since it was made: nobody said anything of it.
                None if value.is_blank() => {}
                None => both.put(value.clone(), op),
            }
        }
        both
    }

    fn changed(mut self, op: OpId, changes: &[FieldChange]) -> Self {
        if self.life.is_removed {
            return self;
        }
        for FieldChange { value, base_version } in changes {
            let is_seen = match self.standing(value.field()) {
                Some(standing) => standing.is(*base_version),
                None => self.life.is(*base_version),
            };
            match self.standing_mut(value.field()) {
                Some(standing) if standing.value == *value => standing.same.push(op),
                _ if is_seen => self.put(value.clone(), op),
                _ => {}
            }
        }
        self
    }

    fn removed(mut self, op: OpId, base: Option<OpId>, seen: &BTreeMap<ProductField, OpId>) -> Self {
        if self.life.is_removed {
            self.life.same.push(op);
            return self;
        }
        let is_seen = |standing: &Standing| standing.is(seen.get(&standing.value.field()).copied().or(base));
        if self.life.is(base) && self.fields.iter().all(is_seen) {
            return Self { life: Life { is_removed: true, version: op, same: Vec::new() }, fields: Vec::new() };
        }
        self
    }

    fn standing_mut(&mut self, field: ProductField) -> Option<&mut Standing> {
        self.fields.iter_mut().find(|standing| standing.value.field() == field)
    }

    fn put(&mut self, value: FieldValue, op: OpId) {
        let field = value.field();
        self.fields.retain(|standing| standing.value.field() != field);
        self.fields.push(Standing { value, version: op, same: Vec::new() });
        self.fields.sort_by_key(|standing| standing.value.field());
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
