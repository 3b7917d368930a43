//! Products that look alike, and what their own photos say about telling them apart.
//!
//! Among most products a right guess leads by a wide margin, and the curve from lead to probability was fitted on those. Two
//! flavours of one brand lead each other by little, even on a perfect picture. How little is measured: every photo is held out
//! once, a head is fitted without it, and the lead of its own product over the look-alike is noted. Where the photos of both
//! are told apart every time, a lead is judged against the one that is usual for that pair. Where two are near-identical, which
//! of the two it is is asked apart from whether it is one of them, see [`Twins::told`].

use super::fitting::{Fitting, View};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Photos are held out in this many turns; each turn fits a head.
const FOLDS: usize = 4;

/// Lead of a photo that belongs to no pair of look-alikes; below it a pair is looked into.
const USUAL_LEAD: f32 = 0.45;

/// Mean lead below which a pair is a question of its own, and not one of stretching a lead: a quarter of the usual one.
const CLOSE_LEAD: f32 = USUAL_LEAD / 4.0;

/// How much wider leads spread before a camera than among a catalogue's own few photos.
const UNSEEN: f32 = 1.5;

/// Standard deviations by which the mean lead must be above nought in both directions, or the photos don't tell the two apart:
/// one view in a thousand is on the wrong side then.
const SURE: f32 = 3.0;

/// Views of all photos together up to which leads are measured, and up to which pairs are told from the rest by them. It costs
/// four fits and a millisecond a view, on the thread that recognises; a larger gallery goes without.
pub(super) const MOST_VIEWS: usize = 2_400;
const MOST_VIEWS_OF_PAIRS: usize = 1_000;

/// The lead over every other product that photos of groceries have on average. It stands for a product's own where that was not
/// measured or is more: photos of unlike goods lead by far more than a camera's picture of them will. The least that is taken
/// for one; and the most that is made of a lead in units of it.
const LEAD_OF_MOST: f32 = 0.134;
const LEAST_LEAD: f32 = 0.05;
const MOST_RELATIVE: f32 = 1.5;

/// How like its product a held-out photo of groceries is on average. It stands for a product's own where that was not measured;
/// and the least that is taken for one.
const LEVEL_OF_MOST: f32 = 0.48;
const LEAST_LEVEL: f32 = 0.2;

/// Views held out that must exist for either product before their leads count for anything.
const LEAST_VIEWS: usize = 6;

/// One view of a photo of the gallery.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub label: usize,
    /// Which of the product's photos it is a view of.
    pub photo: usize,
    /// A view that a camera could see. Mirrored ones are for learning only: nobody holds up mirror writing.
    pub upright: bool,
    pub numbers: Vec<f32>,
}

impl Sample {
    fn view(&self) -> View<'_> {
        View { numbers: &self.numbers, is_upright: self.upright }
    }
}

/// How much a lead of one product over another is worth, for the pairs where it differs from the usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Twins {
    stretch: HashMap<(usize, usize), f32>,
    close: HashMap<(usize, usize), Close>,
    /// For each product: by how much its held-out photos lead every other. Not measured where it is missing or not above 0.
    usual: Vec<f32>,
    /// For each product: how like it its own held-out photos are. Not measured where it is missing or not above 0.
    levels: Vec<f32>,
}

/// The same as it is written down: a pair is no key there.
#[derive(Serialize, Deserialize)]
struct Written {
    stretch: Vec<(usize, usize, f32)>,
    close: Vec<(usize, usize, Close)>,
    #[serde(default)]
    usual: Vec<f32>,
    #[serde(default)]
    levels: Vec<f32>,
}

impl From<Twins> for Written {
    fn from(twins: Twins) -> Self {
        let mut stretch: Vec<_> = twins.stretch.into_iter().map(|((a, b), factor)| (a, b, factor)).collect();
        let mut close: Vec<_> = twins.close.into_iter().map(|((a, b), close)| (a, b, close)).collect();
        stretch.sort_by_key(|(a, b, _)| (*a, *b));
        close.sort_by_key(|(a, b, _)| (*a, *b));
        Self { stretch, close, usual: twins.usual, levels: twins.levels }
    }
}

impl From<Written> for Twins {
    fn from(written: Written) -> Self {
        Self {
            stretch: written.stretch.into_iter().map(|(a, b, factor)| ((a, b), factor)).collect(),
            close: written.close.into_iter().map(|(a, b, close)| ((a, b), close)).collect(),
            usual: written.usual,
            levels: written.levels,
        }
    }
}

impl Twins {
    /// Factor for the lead of product `index` over `rival`: 1, or more for look-alikes whose photos tell them apart.
    pub fn stretch(&self, index: usize, rival: usize) -> f32 {
        self.stretch.get(&(index, rival)).copied().unwrap_or(1.0)
    }

    /// Log-odds that it is `index` and not `rival`, given that it is one of the two and the first leads by `lead`. None: the two
    /// are not so alike that this is a question of its own.
    pub fn told(&self, index: usize, rival: usize, lead: f32) -> Option<f32> {
        self.close.get(&(index, rival)).map(|close| close.log_odds(lead))
    }

    /// A lead of `index` over every other product, in units of the one that its own photos have.
    pub fn relative(&self, index: usize, lead: f32) -> f32 {
        let usual = self.usual.get(index).copied().filter(|usual| *usual > 0.0).unwrap_or(LEAD_OF_MOST);
        (lead / usual.clamp(LEAST_LEAD, LEAD_OF_MOST)).min(MOST_RELATIVE)
    }

    /// A likeness to `index` in units of the one that its own photos have.
    pub fn fit(&self, index: usize, likeness: f32) -> f32 {
        let level = self.levels.get(index).copied().filter(|level| *level > 0.0).unwrap_or(LEVEL_OF_MOST);
        likeness / level.max(LEAST_LEVEL)
    }

    /// Measures every pair. `samples` by product; `products` says for each the first that is a variant of the same. Heads are
    /// fitted as the gallery's own is.
    pub(super) fn measure(samples: &[Sample], products: &[usize], shrinkage: f32) -> Self {
        let classes = products.len();
        let mut leads: HashMap<(usize, usize), Vec<f32>> = HashMap::new();
        let mut own = vec![Own::default(); classes];
        let folds = if samples.len() <= MOST_VIEWS { FOLDS } else { 0 };
        for fold in 0..folds {
            let (held, kept): (Vec<&Sample>, Vec<&Sample>) =
                samples.iter().partition(|sample| sample.photo % FOLDS == fold);
            if held.is_empty() || kept.is_empty() {
                continue;
            }
            let mut fitting = Fitting::new(kept.first().map_or(0, |sample| sample.numbers.len()));
            for label in 0..classes {
                let of_label = kept.iter().filter(|sample| sample.label == label);
                fitting.add(&of_label.map(|sample| sample.view()).collect::<Vec<_>>());
            }
            let head = fitting.fit(shrinkage);
            for sample in held.into_iter().filter(|sample| sample.upright) {
                let scores = head.prepare(&sample.numbers).map(|sample| head.scores(&sample)).unwrap_or_default();
                note(sample.label, &scores, &mut leads);
                let score = scores.get(sample.label);
                if let (Some(own), Some(lead), Some(level)) =
                    (own.get_mut(sample.label), lead(sample.label, &scores, products), score)
                {
                    *own = Own { lead: own.lead + lead, level: own.level + level, count: own.count + 1.0 };
                }
            }
        }
        // A product whose photos don't know each other has the least lead there is, not none that was measured.
        let mean = |own: &Own, sum: f32, least: f32| if own.count > 0.0 { (sum / own.count).max(least) } else { 0.0 };
        let usual = own.iter().map(|own| mean(own, own.lead, LEAST_LEAD)).collect();
        let levels = own.iter().map(|own| mean(own, own.level, LEAST_LEVEL)).collect();
        if samples.len() > MOST_VIEWS_OF_PAIRS {
            return Self { usual, levels, ..Self::default() };
        }
        let of = |a: usize, b: usize| leads.get(&(a, b)).and_then(|leads| Lead::of(leads));
        let pairs = leads.keys().filter_map(|(a, b)| Some(((*a, *b), of(*a, *b)?, of(*b, *a)?)));
        let pairs: Vec<_> = pairs.collect();
        let close = pairs.iter().filter_map(|(pair, there, back)| Some((*pair, Close::of(*there, *back)?))).collect();
        let sure = |(_, there, back): &&((usize, usize), Lead, Lead)| {
            there.is_sure() && back.is_sure() && (CLOSE_LEAD..USUAL_LEAD).contains(&there.mean)
        };
        let stretch = pairs.iter().filter(sure).map(|(pair, there, _)| (*pair, USUAL_LEAD / there.mean)).collect();
        Self { stretch, close, usual, levels }
    }
}

/// Two products so alike that what tells them from all others says nothing about which of the two it is. The leads of either
/// product's held-out photos are two bell curves of one width; which is likelier for a lead gives the log-odds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Close {
    own: f32,
    rival: f32,
    deviation: f32,
}

impl Close {
    /// None: not that alike, or the photos of either don't lean to their own side.
    fn of(there: Lead, back: Lead) -> Option<Self> {
        let alike = there.mean.min(back.mean) < CLOSE_LEAD && there.mean > 0.0 && back.mean > 0.0;
        let variance = (there.deviation.powi(2) + back.deviation.powi(2)) / 2.0;
        let deviation = variance.sqrt().max(1e-3) * UNSEEN;
        alike.then_some(Self { own: there.mean, rival: back.mean, deviation })
    }

    fn log_odds(&self, lead: f32) -> f32 {
        // A lead beyond what either's own photos have says no more than those do.
        let lead = lead.clamp(-self.rival, self.own);
        (lead - (self.own - self.rival) / 2.0) * (self.own + self.rival) / self.deviation.powi(2)
    }
}

/// What a product's held-out photos come to together.
#[derive(Clone, Copy, Debug, Default)]
struct Own {
    lead: f32,
    level: f32,
    count: f32,
}

/// By how much photos of one product lead over another.
#[derive(Clone, Copy, Debug)]
struct Lead {
    mean: f32,
    deviation: f32,
}

impl Lead {
    /// None: too few to say anything.
    fn of(leads: &[f32]) -> Option<Self> {
        if leads.len() < LEAST_VIEWS {
            return None;
        }
        let count = leads.len() as f32;
        let mean = leads.iter().sum::<f32>() / count;
        let squares: f32 = leads.iter().map(|lead| (lead - mean).powi(2)).sum();
        Some(Self { mean, deviation: (squares / (count - 1.0)).sqrt() })
    }

    fn is_sure(&self) -> bool {
        self.mean > SURE * self.deviation.max(1e-4)
    }
}

/// By how much the right product leads the best of the others; none where there is no other. Its variants are no others.
fn lead(label: usize, scores: &[f32], products: &[usize]) -> Option<f32> {
    let is_other = |other: usize| products.get(other) != products.get(label);
    let others = scores.iter().enumerate().filter(|(other, _)| is_other(*other)).map(|(_, score)| *score);
    Some(scores.get(label)? - others.max_by(f32::total_cmp)?)
}

/// Notes by how much the right product leads each other one.
fn note(label: usize, scores: &[f32], leads: &mut HashMap<(usize, usize), Vec<f32>>) {
    let Some(own) = scores.get(label) else { return };
    for (other, score) in scores.iter().enumerate().filter(|(other, _)| *other != label) {
        leads.entry((label, other)).or_default().push(own - score);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 8;

    /// Four photos, two views each, of a product that is mostly `kind` and has `own` of a number that its twin has not.
    fn photos(label: usize, kind: usize, own: f32, noise: f32) -> Vec<Sample> {
        (0..8)
            .map(|n| {
                let mut numbers = vec![0.1; WIDTH];
                let shake = |seed: usize| ((seed * 2_654_435_761) % 1_000) as f32 / 500.0 - 1.0;
                numbers.iter_mut().enumerate().for_each(|(i, value)| *value += 0.02 * shake(i + n * 31 + label * 7));
                if let Some(value) = numbers.get_mut(kind) {
                    *value += 1.0;
                }
                if let Some(value) = numbers.get_mut(WIDTH - 1) {
                    *value += own + noise * shake(n * 13 + label);
                }
                Sample { label, photo: n / 2, upright: true, numbers }
            })
            .collect()
    }

    fn measured(samples: Vec<Sample>) -> Twins {
        Twins::measure(&samples, &[0, 1, 2], 0.2)
    }

    #[test]
    fn look_alikes_that_differ_every_time_have_their_lead_stretched() {
        let twins = measured([photos(0, 0, 0.2, 0.0), photos(1, 0, -0.2, 0.0), photos(2, 1, 0.0, 0.0)].concat());
        assert!(twins.stretch(0, 1) > 1.0 && twins.stretch(1, 0) > 1.0, "{twins:?}");
        assert!(twins.stretch(0, 1) <= USUAL_LEAD / CLOSE_LEAD, "{twins:?}");
        assert_eq!((twins.stretch(0, 2), twins.stretch(2, 1)), (1.0, 1.0), "what is unlike needs no help");
    }

    #[test]
    fn look_alikes_that_their_photos_do_not_tell_apart_stay_as_they_are() {
        let twins = measured([photos(0, 0, 0.0, 0.3), photos(1, 0, 0.0, 0.3), photos(2, 1, 0.0, 0.3)].concat());
        assert_eq!((twins.stretch(0, 1), twins.stretch(1, 0)), (1.0, 1.0), "{twins:?}");
    }

    #[test]
    fn a_lead_is_measured_by_that_of_the_product_s_own_photos() {
        let twins = measured([photos(0, 0, 0.2, 0.0), photos(1, 0, -0.2, 0.0), photos(2, 1, 0.0, 0.0)].concat());
        assert!(matches!(twins.usual.as_slice(), [twin, _, clear] if *twin > 0.0 && twin < clear), "{twins:?}");
        let three = Twins { usual: vec![0.06, 0.5, 0.0], ..Twins::default() };
        let relative = [0, 1, 2].map(|product| three.relative(product, 0.067));
        assert_eq!(
            relative.map(|of| (of * 100.0).round()),
            [112.0, 50.0, 50.0],
            "a wide lead, and one nobody measured, are usual"
        );
        assert_eq!(three.relative(0, 9.0), MOST_RELATIVE);
        assert!((Twins::default().relative(7, LEAD_OF_MOST) - 1.0).abs() < 1e-6, "nobody measured");
        let text = serde_json::to_string(&twins).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Twins>(&text).ok(), Some(twins), "it reads back as it was written");
    }

    #[test]
    fn the_usual_lead_is_that_over_other_products_and_not_over_variants_of_the_same() {
        let samples = [photos(0, 0, 0.2, 0.0), photos(1, 0, -0.2, 0.0), photos(2, 1, 0.0, 0.0)].concat();
        let usual = |products: &[usize]| Twins::measure(&samples, products, 0.2).usual;
        let (apart, variants) = (usual(&[0, 1, 2]), usual(&[0, 0, 2]));
        assert!(variants[0] > 1.5 * apart[0] && variants[1] > 1.5 * apart[1], "{variants:?} {apart:?}");
        assert_eq!(variants[2], apart[2]);
        assert_eq!(usual(&[0, 0, 0]), [0.0; 3], "of one product alone nothing is measured");
    }

    #[test]
    fn a_likeness_is_measured_by_that_of_the_product_s_own_photos() {
        let twins = measured([photos(0, 0, 0.0, 0.0), photos(1, 1, 0.0, 0.9), photos(2, 2, 0.0, 0.0)].concat());
        assert!(
            matches!(twins.levels.as_slice(), [steady, varied, _] if steady > varied && *varied > 0.0),
            "{twins:?}"
        );
        assert!(twins.fit(0, 0.5) < twins.fit(1, 0.5), "what varies is known by less: {twins:?}");
        let two = Twins { levels: vec![0.05, 0.0], ..Twins::default() };
        let fits = [0, 1, 2].map(|product| (two.fit(product, 0.48) * 100.0).round());
        assert_eq!(fits, [240.0, 100.0, 100.0], "no level is below the least, one nobody measured is usual");
    }

    #[test]
    fn mirrored_views_and_large_galleries_say_nothing() {
        let mirrored = |mut sample: Sample| {
            sample.upright = false;
            sample
        };
        let all = [photos(0, 0, 0.2, 0.0), photos(1, 0, -0.2, 0.0), photos(2, 1, 0.0, 0.0)].concat();
        let twins = measured(all.iter().cloned().map(mirrored).collect());
        assert_eq!(twins.stretch(0, 1), 1.0);
        let many = |count: usize| measured(all.iter().cycle().take(count).cloned().collect());
        assert_eq!(many(MOST_VIEWS_OF_PAIRS + 1).stretch(0, 1), 1.0);
        assert_eq!((many(MOST_VIEWS_OF_PAIRS + 1).usual.len(), many(MOST_VIEWS + 1).usual), (3, vec![0.0; 3]));
    }

    #[test]
    fn which_of_two_near_identical_products_it_is_is_a_question_of_its_own() {
        let close = |own: (f32, f32), rival: (f32, f32)| {
            let lead = |(mean, deviation)| Lead { mean, deviation };
            Close::of(lead(own), lead(rival))
        };
        let told = close((0.02, 0.005), (0.014, 0.007));
        let odds = |lead: f32| told.map_or(f32::NAN, |told| told.log_odds(lead));
        assert!(odds(0.015) > 3.0 && odds(-0.01) < -3.0, "{} {}", odds(0.015), odds(-0.01));
        assert!(odds(0.003).abs() < 1e-4, "halfway between the two nothing is known: {}", odds(0.003));
        assert_eq!(odds(0.5), odds(0.02), "more than any photo shows is no more certain");
        let loose = close((0.02, 0.05), (0.014, 0.07)).map_or(f32::NAN, |told| told.log_odds(0.02));
        assert!((0.0..0.2).contains(&loose), "photos that hardly tell them apart: {loose}");
        assert_eq!(close((0.3, 0.01), (0.3, 0.01)), None, "unlike enough for a lead");
        assert_eq!(close((0.02, 0.01), (-0.01, 0.01)), None, "photos of one lean to the other");
    }
}
