//! Variants of one product: which products they are, and which of them a thing is.
//!
//! The product is decided first: its variants are no rivals of each other then. A variant is named only where something speaks
//! for it: a code, the word it is told apart by, or looks, and those only where every variant has photos of its own. Else the
//! tag names them all. Pure.

use hawker_domain::Sku;
use std::collections::{HashMap, HashSet};

use super::Decision;
use super::calibration::{Calibration, Field, Ranked, probability_of, rank};
use super::said::REASON;

/// The variants of the products that can be recognised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variants {
    /// Of each product that has several, all of them in the catalogue's order.
    pub families: Vec<Vec<Sku>>,
    /// Those of them without a photo of their own: they look like the others, as far as anybody knows.
    pub bare: Vec<Sku>,
}

/// The same by place: for products in a given order.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    /// Of each product, the place of the first of its family; its own where it has none.
    first: Vec<usize>,
    /// The family of each product that has one, as its place in `named`.
    family: HashMap<usize, usize>,
    named: Vec<Vec<Sku>>,
    /// The places of each family, in their order.
    places: Vec<Vec<usize>>,
    /// Whether each family has photos of all its variants.
    pictured: Vec<bool>,
    /// Places of variants that look as the first of their family does, as far as anybody knows.
    alike: HashSet<usize>,
}

impl Families {
    pub fn new(variants: &Variants, skus: &[Sku]) -> Self {
        let place_of: HashMap<&Sku, usize> = skus.iter().enumerate().map(|(index, sku)| (sku, index)).collect();
        let bare: HashSet<&Sku> = variants.bare.iter().collect();
        let mut first: Vec<usize> = (0..skus.len()).collect();
        let (mut family, mut places, mut pictured, mut alike) =
            (HashMap::new(), Vec::new(), Vec::new(), HashSet::new());
        for (number, members) in variants.families.iter().enumerate() {
            let mut found: Vec<usize> = members.iter().filter_map(|sku| place_of.get(sku).copied()).collect();
            found.sort_unstable();
            let least = found.first().copied();
            for index in &found {
                if let (Some(own), Some(least)) = (first.get_mut(*index), least) {
                    (*own, _) = (least, family.insert(*index, number));
                }
            }
            let has_no_looks =
                |index: &usize| Some(*index) != least && skus.get(*index).is_some_and(|sku| bare.contains(sku));
            alike.extend(found.iter().copied().filter(has_no_looks));
            pictured.push(found.len() == members.len() && !members.iter().any(|sku| bare.contains(sku)));
            places.push(found);
        }
        Self { first, family, named: variants.families.clone(), places, pictured, alike }
    }

    /// The place that stands for a product, whichever of its variants is meant.
    pub fn product(&self, index: usize) -> usize {
        self.first.get(index).copied().unwrap_or(index)
    }

    /// False for a variant without photos that looks as another one does.
    pub fn has_own_looks(&self, index: usize) -> bool {
        !self.alike.contains(&index)
    }

    /// True for one of several variants.
    pub fn has_variants(&self, index: usize) -> bool {
        self.family.contains_key(&index)
    }

    /// All variants of a product that has several.
    pub fn members(&self, index: usize) -> Option<&[Sku]> {
        self.named.get(*self.family.get(&index)?).map(Vec::as_slice)
    }

    /// The places of all variants of a product that has several, its own among them.
    pub fn siblings(&self, index: usize) -> &[usize] {
        self.family.get(&index).and_then(|family| self.places.get(*family)).map_or(&[], Vec::as_slice)
    }

    /// True where every variant of a product that has several has photos of its own.
    pub fn is_pictured(&self, index: usize) -> bool {
        self.family.get(&index).and_then(|family| self.pictured.get(*family)).copied().unwrap_or(false)
    }

    /// What a tag names: one product, and where it is not known which variant, all of them.
    pub fn named(&self, decision: &Decision, skus: &[Sku]) -> (Sku, Vec<Sku>) {
        if let Some(variant) = &decision.variant {
            return (variant.clone(), Vec::new());
        }
        let index = skus.iter().position(|sku| *sku == decision.sku);
        let members = index.and_then(|index| self.members(index)).unwrap_or_default();
        (decision.sku.clone(), members.to_vec())
    }

    /// The likeliest product, its own variants left out of the comparison. `index` is that of its likeliest variant.
    pub fn rank(
        &self,
        field: &Field<'_>,
        calibration: &Calibration,
        barred: &impl Fn(usize) -> bool,
    ) -> Option<Ranked> {
        let ranked = rank(field, calibration, barred)?;
        if !self.has_variants(ranked.index) {
            return Some(ranked);
        }
        Some(Ranked { probability: self.probability(ranked.index, field, calibration, barred), ..ranked })
    }

    /// How likely it is the product of a variant, whichever of them.
    pub fn probability(
        &self,
        index: usize,
        field: &Field<'_>,
        calibration: &Calibration,
        barred: &impl Fn(usize) -> bool,
    ) -> f32 {
        let product = self.product(index);
        probability_of(index, field, calibration, &|other| barred(other) || self.product(other) == product)
    }

    /// The likeliest variant of a product.
    pub fn likeliest(&self, product: usize, field: &Field<'_>, calibration: &Calibration) -> Option<usize> {
        let mixed = field.mixed(calibration);
        let own = mixed.iter().enumerate().filter(|(index, _)| self.product(*index) == product);
        // Of equals the first.
        own.rev().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index)
    }

    /// True where what was read or said is of this variant and of no other: by as much as a word says that is a reason for
    /// any product. `told`: see [`super::Said::told`].
    pub fn is_said(&self, index: usize, told: &[f32]) -> bool {
        let told_of = |index: usize| told.get(index).copied().unwrap_or(0.0);
        // Asked of every product at every look: most of them end here.
        if told_of(index) < REASON {
            return false;
        }
        let others = self.siblings(index).iter().copied().filter(|other| *other != index);
        let most = others.map(told_of).fold(0.0, f32::max);
        self.has_variants(index) && told_of(index) - most >= REASON
    }
}

#[cfg(test)]
#[path = "variants_tests.rs"]
mod tests;
