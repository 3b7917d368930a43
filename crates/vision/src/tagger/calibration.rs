//! From scores to a probability that the best one is right.

use crate::gallery::Twins;
use std::sync::Arc;

/// A logistic curve over the best score (how well it fits at all, against "none of these") and its lead over the second
/// (whether it is this one and not its neighbour).
#[derive(Clone, Debug)]
pub struct Calibration {
    pub level: f32,
    pub margin: f32,
    pub offset: f32,
    /// Pairs whose lead counts otherwise; none where nobody measured.
    pub twins: Option<Arc<Twins>>,
}

impl Calibration {
    /// Products with several photos each. Fitted on the grocery photographs: four draws of 65 of the 81 products with all their
    /// photos as the gallery, all pictures of the 81 as queries, so that a fifth of them is unknown. At 0.97: precision 0.99,
    /// unknown things rejected 0.985.
    pub const MANY: Self = Self { level: 6.8, margin: 16.4, offset: -3.3, twins: None };

    /// Products with one photo each, fitted the same way with the shop's photos alone. Kept steeper than the best fit: between
    /// a shop's photo and a camera it is seldom sure, and must not be wrong then.
    pub const FEW: Self = Self { level: 4.0, margin: 12.8, offset: -3.2, twins: None };

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

    /// Log-odds that the best is right.
    pub fn log_odds(&self, level: f32, margin: f32) -> f32 {
        self.level * level + self.margin * margin + self.offset
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

/// The best of some scores, those in `barred` left out of the choice but not of the comparison's field.
pub fn rank(
    scores: &[f32],
    priors: &[f32],
    calibration: &Calibration,
    barred: impl Fn(usize) -> bool,
) -> Option<Ranked> {
    let mut free: Vec<(usize, f32)> = scores.iter().copied().enumerate().filter(|(index, _)| !barred(*index)).collect();
    free.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (index, best) = *free.first()?;
    Some(Ranked { index, probability: probability_of(index, best, scores, priors, calibration, &barred) })
}

/// The probability that one given product is it.
pub fn probability_of(
    index: usize,
    score: f32,
    scores: &[f32],
    priors: &[f32],
    calibration: &Calibration,
    barred: &impl Fn(usize) -> bool,
) -> f32 {
    let rivals = scores.iter().enumerate().filter(|(other, _)| *other != index && !barred(*other));
    // With a single product there is no rival: what an unknown thing scores, 0, stands in for it.
    let (mut lead, mut told) = (score, 1.0);
    for (other, rival) in rivals {
        // Whether it is one of two look-alikes, and which of the two, are two questions.
        match calibration.told(index, other, score - rival) {
            Some(log_odds) => told *= logistic(log_odds),
            None => lead = lead.min(calibration.lead(index, other, score - rival)),
        }
    }
    let prior = priors.get(index).copied().unwrap_or(0.0);
    logistic(calibration.log_odds(score, lead) + prior) * told
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
            let probability =
                rank(&scores, &[], &Calibration::MANY, |_| false).map_or(f32::NAN, |best| best.probability);
            assert!((least..=most).contains(&probability), "{scores:?} gives {probability}");
        }
    }

    #[test]
    fn the_same_scores_are_worth_less_among_few_products() {
        let sure = |count: usize| Calibration::MANY.for_products(count).log_odds(0.4, 0.25);
        assert!(sure(8) < sure(24) && sure(24) < sure(65));
        assert_eq!((sure(1), sure(65)), (sure(8), sure(5000)));
    }

    #[test]
    fn a_barred_product_is_not_chosen() {
        let best = rank(&[0.8, 0.3, 0.1], &[], &Calibration::MANY, |index| index == 0);
        assert_eq!(best.map(|best| best.index), Some(1));
        assert_eq!(rank(&[0.8], &[], &Calibration::MANY, |_| true), None);
    }
}
