//! From scores to a probability that the best one is right.

use crate::gallery::Twins;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A logistic curve over the best score (how well it fits at all, against "none of these"), its lead over the second (whether
/// it is this one and not its neighbour), that lead against the one this product's own photos have, and how far the look is
/// from the middle of all products: one that is far from anything is less to be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub level: f32,
    pub margin: f32,
    pub relative: f32,
    pub distance: f32,
    /// Of the likeness in units of the one the product's own photos have, and of how like the thing is to the other products:
    /// what resembles many is less surely one of them. Asked of a single picture alone.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub fit: f32,
    #[serde(default, skip_serializing_if = "is_nought")]
    pub spread: f32,
    /// Log-odds that it is the best and not its nearest rival, for each unit of the lead over it: without a lead neither is pinned,
    /// however well both fit. 0: not asked. Asked of a single picture alone.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub rival: f32,
    pub offset: f32,
    /// Pairs whose lead counts otherwise, and usual leads; none where nobody measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twins: Option<Arc<Twins>>,
}

fn is_nought(value: &f32) -> bool {
    *value == 0.0
}

/// The distance of a look of which it is not known: that of most.
const USUAL_DISTANCE: f32 = 1.0;

/// Few photographs were nearer than this when the curve was fitted; nearer is no surer.
const LEAST_DISTANCE: f32 = 0.85;

impl Calibration {
    /// Products with several photos each. Fitted on one half of the grocery photographs: six draws of 65 of the 81 products with
    /// all their photos as the gallery, all pictures of the 81 as queries, so that a fifth of them is unknown. On the other half,
    /// looks alone: at 0.94 precision 0.98, coverage 0.55, unknown things rejected 0.97; level and lead alone covered 0.39.
    pub const MANY: Self = Self {
        level: 5.4,
        margin: 9.77,
        relative: 1.56,
        distance: -8.71,
        fit: 0.0,
        spread: 0.0,
        rival: 0.0,
        offset: 5.13,
        twins: None,
    };

    /// The same for a picture decided by itself, where all its looks are there at once: fitted on the same draws and the same
    /// half. On the other half, looks alone: at 0.94 precision 0.983, coverage 0.57, unknown things rejected 0.97; the curve above
    /// covers 0.51 there.
    pub const MANY_STILL: Self = Self {
        level: 9.75,
        margin: 4.24,
        relative: 1.47,
        distance: -11.65,
        fit: 1.89,
        spread: -19.65,
        rival: 80.0,
        offset: 7.91,
        twins: None,
    };

    /// Products with one photo each, fitted the same way with the shop's photos alone. Kept steeper than the best fit: between
    /// a shop's photo and a camera it is seldom sure, and must not be wrong then.
    pub const FEW: Self = Self {
        level: 4.0,
        margin: 12.8,
        relative: 0.0,
        distance: 0.0,
        fit: 0.0,
        spread: 0.0,
        rival: 0.0,
        offset: -3.2,
        twins: None,
    };

    /// For a gallery of so many products. Among few an unknown thing leads by more, as there is less for it to be near to, and
    /// more of what is shown is unknown.
    #[must_use]
    pub fn for_products(self, count: usize) -> Self {
        let products = count.clamp(FEWEST_PRODUCTS, FITTED_PRODUCTS);
        Self { offset: self.offset - SCARCITY * (FITTED_PRODUCTS as f32 / products as f32).ln(), ..self }
    }

    /// The same curve, with the look-alikes of a gallery.
    #[must_use]
    pub fn with_twins(self, twins: Arc<Twins>) -> Self {
        Self { twins: Some(twins), ..self }
    }

    /// What a lead of `index` over `rival` is worth.
    fn lead(&self, index: usize, rival: usize, lead: f32) -> f32 {
        lead * self.twins.as_ref().map_or(1.0, |twins| twins.stretch(index, rival))
    }

    /// Log-odds of `index` against a rival so alike that its lead is judged by itself.
    fn told(&self, index: usize, rival: usize, lead: f32) -> Option<f32> {
        self.twins.as_ref().and_then(|twins| twins.told(index, rival, lead))
    }

    /// A lead of `index` in units of the lead that its own photos have.
    fn relative(&self, index: usize, lead: f32) -> f32 {
        self.twins.as_ref().map_or_else(|| Twins::default().relative(index, lead), |twins| twins.relative(index, lead))
    }

    /// What is added for how well `index` fits by its own measure, and for how like the thing is to the others.
    fn resemblance(&self, index: usize, scores: &[f32]) -> f32 {
        if self.fit == 0.0 && self.spread == 0.0 {
            return 0.0;
        }
        let score = scores.get(index).copied().unwrap_or(0.0);
        let others = scores.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, score)| score * score);
        let spread = (others.sum::<f32>() / (scores.len().saturating_sub(1)).max(1) as f32).sqrt();
        let fit =
            self.twins.as_ref().map_or_else(|| Twins::default().fit(index, score), |twins| twins.fit(index, score));
        self.fit * fit + self.spread * spread
    }

    /// Log-odds that the best is right. `distance` 0: not known.
    pub fn log_odds(&self, level: f32, margin: f32, relative: f32, distance: f32) -> f32 {
        let distance = if distance > 0.0 { distance.max(LEAST_DISTANCE) } else { USUAL_DISTANCE };
        self.level * level + self.margin * margin + self.relative * relative + self.distance * distance + self.offset
    }
}

/// How many products the curves were fitted with, and the number below which nothing more is taken off.
const FITTED_PRODUCTS: usize = 65;
const FEWEST_PRODUCTS: usize = 8;

/// Log-odds taken off for each e-fold fewer products. With 24 of the 81 groceries, all others unknown: 1.0 rejects 0.98 of the
/// unknown, 0.6 rejects 0.97, nothing 0.94; what a clear product loses in time at 1.0 is seconds.
const SCARCITY: f32 = 0.6;

/// The best product and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    pub index: usize,
    pub probability: f32,
}

/// What is known of every product at one moment, in their order. A list that is too short counts as 0 for the rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field<'a> {
    /// How like each product the thing looks.
    pub scores: &'a [f32],
    /// What makes each likelier whatever else is there, as log-odds.
    pub priors: &'a [f32],
    /// What is read on the thing, as log-odds: it tells products from each other, not from what is none of them, as a brand
    /// stands on goods that nobody sells here too.
    pub said: &'a [f32],
    /// How far the look is from the middle of all products; see [`crate::Gallery::distance`]. 0: not known. It is asked of a
    /// single picture alone: a box in a clip holds more than the thing and is further off whatever it shows. On two clips that
    /// cost pins and prevented nothing.
    pub distance: f32,
}

impl Field<'_> {
    fn prior(&self, index: usize) -> f32 {
        self.priors.get(index).copied().unwrap_or(0.0)
    }

    fn said(&self, index: usize) -> f32 {
        self.said.get(index).copied().unwrap_or(0.0)
    }

    /// Looks and what was read on one scale, that of the scores.
    pub fn mixed(&self, calibration: &Calibration) -> Vec<f32> {
        let scores = self.scores.iter().enumerate();
        scores.map(|(index, score)| score + self.said(index) / calibration.margin).collect()
    }
}

/// The best of a field, those in `barred` left out of the choice but not of the comparison's field.
pub fn rank(field: &Field<'_>, calibration: &Calibration, barred: impl Fn(usize) -> bool) -> Option<Ranked> {
    let mixed = field.mixed(calibration);
    let free = mixed.iter().enumerate().filter(|(index, _)| !barred(*index));
    // Of equals the first.
    let (index, _) = free.rev().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some(Ranked { index, probability: probability_of(index, field, calibration, &barred) })
}

/// The probability that one given product is it.
pub fn probability_of(
    index: usize,
    field: &Field<'_>,
    calibration: &Calibration,
    barred: &impl Fn(usize) -> bool,
) -> f32 {
    let score = field.scores.get(index).copied().unwrap_or(0.0);
    let rivals = field.scores.iter().enumerate().filter(|(other, _)| *other != index && !barred(*other));
    // With a single product there is no rival: what an unknown thing scores, 0, stands in for it.
    let (mut lead, mut told, mut nearest) = (score, 1.0, f32::INFINITY);
    for (other, rival) in rivals {
        let said = field.said(index) - field.said(other);
        nearest = nearest.min(calibration.rival * (score - rival) + said);
        // Whether it is one of two look-alikes, and which of the two, are two questions.
        match calibration.told(index, other, score - rival) {
            Some(log_odds) => told *= logistic(log_odds + said),
            None => lead = lead.min(calibration.lead(index, other, score - rival) + said / calibration.margin),
        }
    }
    let relative = calibration.relative(index, lead);
    if calibration.rival > 0.0 {
        told *= logistic(nearest);
    }
    let odds = calibration.log_odds(score, lead, relative, field.distance);
    logistic(odds + calibration.resemblance(index, field.scores) + field.prior(index)) * told
}

/// Log-odds to probability.
pub fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_lead_is_sure_a_narrow_one_and_a_poor_fit_are_not() {
        let cases = [
            (vec![0.8, 0.1, 0.0], 0.99, 1.0),
            (vec![0.8, 0.79, 0.0], 0.0, 0.92),
            (vec![0.15, 0.05, 0.0], 0.0, 0.5),
            (vec![0.8], 0.99, 1.0),
        ];
        for (scores, least, most) in cases {
            let field = Field { scores: &scores, ..Field::default() };
            let probability = rank(&field, &Calibration::MANY, |_| false).map_or(f32::NAN, |best| best.probability);
            assert!((least..=most).contains(&probability), "{scores:?} gives {probability}");
        }
    }

    #[test]
    fn the_same_scores_are_worth_less_among_few_products() {
        let sure = |count: usize| Calibration::MANY.for_products(count).log_odds(0.4, 0.25, 1.0, 0.0);
        assert!(sure(8) < sure(24) && sure(24) < sure(65));
        assert_eq!((sure(1), sure(65)), (sure(8), sure(5000)));
    }

    #[test]
    fn what_resembles_many_products_is_less_surely_one_of_them_and_each_fits_by_its_own_measure() {
        let sure = |scores: &[f32]| {
            let field = Field { scores, distance: 1.0, ..Field::default() };
            rank(&field, &Calibration::MANY_STILL, |_| false).map_or(f32::NAN, |best| best.probability)
        };
        let (alone, among) = (sure(&[0.6, 0.3, 0.0, 0.0, 0.0]), sure(&[0.6, 0.3, 0.3, 0.3, 0.3]));
        assert!(alone > among && among > 0.0, "{alone} {among}");
        assert!(sure(&[0.9, 0.9, 0.0, 0.0, 0.0]) <= 0.5, "one of two that are the same");
        assert!(sure(&[0.9, 0.0, 0.0, 0.0, 0.0]) > 0.99);
        let plain = Calibration::MANY;
        assert_eq!(plain.resemblance(0, &[0.6, 0.3]), 0.0, "a clip asks nothing of it");
    }

    #[test]
    fn a_barred_product_is_not_chosen() {
        let field = |scores| Field { scores, ..Field::default() };
        let best = rank(&field(&[0.8, 0.3, 0.1]), &Calibration::MANY, |index| index == 0);
        assert_eq!(best.map(|best| best.index), Some(1));
        assert_eq!(rank(&field(&[0.8]), &Calibration::MANY, |_| true), None);
    }

    #[test]
    fn what_is_read_decides_between_look_alikes_but_makes_nothing_of_what_fits_none() {
        let best = |scores, said| rank(&Field { scores, said, ..Field::default() }, &Calibration::MANY, |_| false);
        let alike: &[f32] = &[0.60, 0.58, 0.0];
        assert!(best(alike, &[]).is_some_and(|best| best.index == 0 && best.probability < 0.8));
        assert!(best(alike, &[0.0, 6.0]).is_some_and(|best| best.index == 1 && best.probability > 0.96));
        let poor: &[f32] = &[0.10, 0.08, 0.0];
        assert!(best(poor, &[0.0, 4.0]).is_some_and(|best| best.index == 1 && best.probability < 0.3));
        let both = best(alike, &[4.0, 4.0]);
        assert_eq!(both, best(alike, &[]), "a brand on both tells nothing");
    }
}
