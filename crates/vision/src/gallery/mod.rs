//! The show's products as vectors, and how like each of them a crop is.

mod behind;
mod fitting;
mod head;
mod kept;
mod lessons;
mod rows;
mod twins;

pub use behind::Behind;
pub use fitting::{Fitting, View};
pub use head::Head;
pub use lessons::Lesson;
pub use twins::Twins;

use hawker_domain::Sku;
use head::Prepared;
use lessons::Lessons;
use ndarray::Array2;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use twins::Sample;

use crate::embed::{BLOCKS, LOOK_LEN, Look, PhotoVectors};

/// Photos a product needs before its own spread is worth learning from.
const MANY_PHOTOS: usize = 3;

/// How much there is to learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Most products have one or two photos: only what turning and cropping changes is known.
    Few,
    /// Most products have three or more: what light, place and angle change is known too.
    Many,
}

/// The products that can be recognised. Other products or photos build a new one; a correction is taken in as it comes.
#[derive(Clone, Debug)]
pub struct Gallery {
    skus: Vec<Sku>,
    supply: Supply,
    /// Of every number of a look.
    weights: Vec<f32>,
    head: Head,
    twins: Arc<Twins>,
    lessons: Lessons,
    /// Places of the products that are known by what was taught of them alone.
    taught: Range<usize>,
}

/// Takes products one after another. Shape of what it keeps: a mean each, and what is learned from, however many photos
/// there are.
#[derive(Debug)]
pub struct GalleryBuilder {
    skus: Vec<Sku>,
    many: usize,
    fitting: Fitting,
    /// Every view, as long as they are few enough to look for look-alikes.
    samples: Option<Vec<Sample>>,
    lessons: Vec<Lesson>,
    supply: Option<Supply>,
}

impl Default for GalleryBuilder {
    fn default() -> Self {
        let (fitting, samples) = (Fitting::new(LOOK_LEN), Some(Vec::new()));
        Self { skus: Vec::new(), many: 0, fitting, samples, lessons: Vec::new(), supply: None }
    }
}

impl GalleryBuilder {
    /// The next product with the vectors of its photos. One without any is left out: it can't be seen.
    pub fn add(&mut self, sku: Sku, photos: &[PhotoVectors]) {
        let views: Vec<View<'_>> = photos.iter().flat_map(views_of).collect();
        if views.is_empty() {
            return;
        }
        self.fitting.add(&views);
        self.samples.take_if(|samples| samples.len() + views.len() > twins::MOST_VIEWS);
        if let Some(samples) = &mut self.samples {
            for (photo, vectors) in photos.iter().enumerate() {
                for view in views_of(vectors) {
                    let (label, numbers) = (self.skus.len(), view.numbers.to_vec());
                    samples.push(Sample { label, photo, upright: view.is_upright, numbers });
                }
            }
        }
        self.many += usize::from(photos.len() >= MANY_PHOTOS);
        self.skus.push(sku);
    }

    /// As if there were so much to learn from, whatever is added: for a part of a catalogue that stands for the whole.
    pub(crate) fn with_supply(self, supply: Supply) -> Self {
        Self { supply: Some(supply), ..self }
    }

    /// What was taught, oldest first.
    pub fn teach(&mut self, lesson: Lesson) {
        self.lessons.push(lesson);
    }

    /// The gallery. Takes up to two seconds for 5,000 products of one view. A product without photos is seen by what was
    /// taught of it.
    pub fn build(mut self) -> Gallery {
        let lessons = std::mem::take(&mut self.lessons);
        let known: HashSet<Sku> = self.skus.iter().cloned().collect();
        let mut taught: BTreeMap<&Sku, Vec<PhotoVectors>> = BTreeMap::new();
        for lesson in lessons.iter().filter(|lesson| !known.contains(&lesson.sku)) {
            let looks = taught.entry(&lesson.sku).or_default();
            // Its mean has nothing to hold against what was wrong: after a no it is learned from the start.
            if lesson.is_it { looks.push(lesson.looks.clone()) } else { looks.clear() }
        }
        let photographed = self.skus.len();
        taught.into_iter().for_each(|(sku, looks)| self.add(sku.clone(), &looks));
        let mut gallery = self.fit();
        gallery.taught = photographed..gallery.skus.len();
        for lesson in &lessons {
            gallery.teach(lesson);
        }
        gallery
    }

    fn fit(self) -> Gallery {
        let Self { skus, many, mut fitting, samples, supply, .. } = self;
        let counted = if !skus.is_empty() && many * 2 >= skus.len() { Supply::Many } else { Supply::Few };
        let supply = supply.unwrap_or(counted);
        let (blocks, shrinkage) = supply.recipe();
        let weights = weights(&blocks);
        fitting.weigh(&weights);
        let twins = match samples {
            Some(mut samples) if supply == Supply::Many => {
                samples.iter_mut().for_each(|sample| weigh(&mut sample.numbers, &weights));
                Twins::measure(&samples, skus.len(), shrinkage)
            }
            _ => Twins::default(),
        };
        let (head, lessons) = (fitting.fit(shrinkage), Lessons::new(LOOK_LEN));
        let taught = skus.len()..skus.len();
        Gallery { skus, supply, weights, head, twins: Arc::new(twins), lessons, taught }
    }
}

impl Gallery {
    /// A gallery of products with the vectors of their photos.
    pub fn build(items: Vec<(Sku, Vec<PhotoVectors>)>) -> Self {
        let mut builder = GalleryBuilder::default();
        for (sku, photos) in items {
            builder.add(sku, &photos);
        }
        builder.build()
    }

    /// Products that look alike, as far as their photos tell.
    pub fn twins(&self) -> Arc<Twins> {
        self.twins.clone()
    }

    pub fn is_empty(&self) -> bool {
        self.skus.is_empty()
    }

    /// True for a product with photos. What is taught of another one changes more than a lesson: the gallery is built anew.
    pub fn has_photos(&self, sku: &Sku) -> bool {
        self.place(sku).is_some_and(|place| !self.taught.contains(&place))
    }

    fn place(&self, sku: &Sku) -> Option<usize> {
        self.skus.iter().position(|known| known == sku)
    }

    /// Adds a product by the vectors of its photos, last in the order. What its photos would change about the others is left for
    /// the next gallery. Takes milliseconds. False: it is there already, or has no photo.
    pub fn add(&mut self, sku: Sku, photos: &[PhotoVectors]) -> bool {
        self.add_all([(sku, photos)]) == 1
    }

    /// Adds several, which is quicker than one by one; how many were added.
    pub fn add_all<P: AsRef<[PhotoVectors]>>(&mut self, items: impl IntoIterator<Item = (Sku, P)>) -> usize {
        let mut known: HashSet<Sku> = self.skus.iter().cloned().collect();
        let (before, mut means) = (self.skus.len(), Vec::new());
        for (sku, photos) in items {
            let Some(mean) = weighed_mean(photos.as_ref(), &self.weights) else { continue };
            if known.insert(sku.clone()) {
                self.skus.push(sku);
                means.extend(mean);
                self.push_means(&mut means, head::TOGETHER);
            }
        }
        self.push_means(&mut means, 1);
        self.skus.len() - before
    }

    /// A product in the place of another, of which nothing is known any more. False: that one is not here, or the new one is, or
    /// has no photo.
    pub fn replace(&mut self, other: &Sku, sku: Sku, photos: &[PhotoVectors]) -> bool {
        let Some(place) = self.place(other).filter(|place| !self.taught.contains(place)) else { return false };
        let Some(mean) = weighed_mean(photos, &self.weights) else { return false };
        let Ok(mean) = Array2::from_shape_vec((1, self.weights.len()), mean) else { return false };
        if self.place(&sku).is_some() {
            return false;
        }
        self.head.set(place, mean);
        self.lessons.forget_product(place);
        self.skus.get_mut(place).into_iter().for_each(|known| *known = sku.clone());
        true
    }

    /// Turns means into directions where there are so many.
    fn push_means(&mut self, means: &mut Vec<f32>, least: usize) {
        let (width, count) = (self.weights.len(), means.len() / self.weights.len().max(1));
        if count >= least
            && let Ok(means) = Array2::from_shape_vec((count, width), std::mem::take(means))
        {
            self.head.push(means);
        }
    }

    /// What a catalogue behind these products is searched with; empty yet.
    pub fn behind(&self) -> Behind {
        Behind::new(&self.head, &self.weights, &self.skus)
    }

    /// The products, in the order in which [`Gallery::scores`] speaks of them.
    pub fn skus(&self) -> &[Sku] {
        &self.skus
    }

    pub fn supply(&self) -> Supply {
        self.supply
    }

    /// How like each product a look is: the cosine with the product's mean, in a space where the differences between photos of
    /// one product are shrunk. Range: -1 to 1, about 0 for a thing that is none of them.
    pub fn scores(&self, look: &Look) -> Vec<f32> {
        let Some(sample) = self.prepare(look) else { return Vec::new() };
        let mut scores = self.head.scores(&sample);
        if !self.lessons.is_empty() {
            let likenesses = self.lessons.likenesses(&sample.centred, sample.length);
            self.lessons.apply(&mut scores, &likenesses);
        }
        scores
    }

    /// How far a look is from the middle of all products, in the space of the looks as they are weighed. 1: as far as the
    /// products' own photos are.
    pub fn distance(&self, look: &Look) -> f32 {
        let numbers = look.numbers().iter().zip(&self.weights).map(|(value, weight)| value * weight);
        let blocks = BLOCKS.iter().filter_map(|block| self.weights.get(block.range.start));
        // Each block of a look has a length of 1.
        let look_squared = blocks.map(|weight| weight * weight).sum();
        self.head.distance(numbers) / self.head.usual_distance(look_squared)
    }

    /// Takes in what a host has taught; it counts from the next look on. Takes milliseconds. False: the product is not among
    /// those of the gallery, which has to be built anew.
    pub fn teach(&mut self, lesson: &Lesson) -> bool {
        let Some(product) = self.place(&lesson.sku) else { return false };
        for look in lesson.looks.views() {
            let Some(sample) = self.prepare(look) else { continue };
            let likenesses = self.lessons.likenesses(&sample.centred, sample.length);
            self.lessons.push(&self.head.direction(&sample), product, lesson.is_it, &likenesses);
        }
        true
    }

    fn prepare(&self, look: &Look) -> Option<Prepared> {
        let mut numbers = look.numbers().to_vec();
        weigh(&mut numbers, &self.weights);
        self.head.prepare(&numbers)
    }
}

impl Supply {
    /// Weight of each block (gap, gem, mid_a, mid_b, hsv) and the shrinkage of the head. Chosen on the grocery photographs:
    /// between a clean shop photo and a camera colours and texture mislead, so with few photos they count less.
    fn recipe(self) -> ([f32; BLOCKS.len()], f32) {
        match self {
            Self::Few => ([1.0, 1.0, 0.3, 0.3, 0.3], 0.8),
            Self::Many => ([1.0, 1.0, 0.7, 0.7, 0.7], 0.2),
        }
    }
}

/// The views of a photo, mirrored ones first.
fn views_of(photo: &PhotoVectors) -> impl Iterator<Item = View<'_>> {
    let mirrored = photo.views().len() - photo.upright_views().len();
    photo.views().iter().enumerate().map(move |(n, look)| View { numbers: look.numbers(), is_upright: n >= mirrored })
}

/// The weight of every number of a look.
fn weights(blocks: &[f32; BLOCKS.len()]) -> Vec<f32> {
    BLOCKS.iter().zip(blocks).flat_map(|(block, weight)| std::iter::repeat_n(*weight, block.range.len())).collect()
}

/// The mean of a product's views, weighed. None: it has no photo.
fn weighed_mean(photos: &[PhotoVectors], weights: &[f32]) -> Option<Vec<f32>> {
    let views: Vec<&[f32]> = photos.iter().flat_map(PhotoVectors::views).map(Look::numbers).collect();
    let mut mean = vec![0.0; weights.len()];
    for view in &views {
        mean.iter_mut().zip(*view).for_each(|(mean, value)| *mean += value / views.len() as f32);
    }
    weigh(&mut mean, weights);
    (!views.is_empty()).then_some(mean)
}

fn weigh(numbers: &mut [f32], weights: &[f32]) {
    numbers.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A look that is mostly `kind`, with a disturbance of its own.
    fn look(kind: usize, disturbance: usize) -> Look {
        let value = |i: usize| {
            let own = if i % 13 == kind { 6.0 } else { 1.0 };
            own + ((i * 2_654_435_761 + disturbance * 40_503) % 1000) as f32 / 500.0
        };
        Look::from_blocks((0..LOOK_LEN).map(value).collect()).unwrap()
    }

    fn photos(kind: usize, count: usize) -> Vec<PhotoVectors> {
        (0..count).map(|i| PhotoVectors::new("m", vec![look(kind, i * 7 + kind), look(kind, i * 11 + 3)])).collect()
    }

    fn gallery(products: usize, photos_each: usize) -> Gallery {
        Gallery::build((0..products).map(|k| (Sku::new(&format!("P{k}")).unwrap(), photos(k, photos_each))).collect())
    }

    #[test]
    fn a_new_view_is_nearest_to_its_own_product_and_an_unknown_thing_to_none() {
        for photos_each in [1, 4] {
            let gallery = gallery(6, photos_each);
            for kind in 0..6 {
                let scores = gallery.scores(&look(kind, 990 + kind));
                let best = (0..6).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
                assert_eq!(best, kind, "{scores:?}");
                assert!(scores[kind] > 0.5, "{scores:?}");
            }
            let unknown = gallery.scores(&look(11, 5));
            assert!(unknown.iter().all(|score| *score < 0.35), "{unknown:?}");
        }
    }

    #[test]
    fn the_recipe_follows_the_number_of_photos() {
        assert_eq!(gallery(4, 1).supply(), Supply::Few);
        assert_eq!(gallery(4, 3).supply(), Supply::Many);
    }

    #[test]
    fn a_product_s_own_photos_are_at_a_distance_of_one() {
        for (products, photos_each) in [(6, 1), (6, 4), (40, 4)] {
            let gallery = gallery(products, photos_each);
            let photos: Vec<PhotoVectors> = (0..products).flat_map(|kind| photos(kind, photos_each)).collect();
            let squares: Vec<f32> =
                photos.iter().flat_map(PhotoVectors::views).map(|look| gallery.distance(look).powi(2)).collect();
            let mean = squares.iter().sum::<f32>() / squares.len() as f32;
            assert!((mean - 1.0).abs() < 0.02, "{products} products: {mean}");
        }
    }

    fn lesson(kind: usize, disturbance: usize, of: usize, is_it: bool) -> Lesson {
        let looks = PhotoVectors::new("m", vec![look(kind, disturbance)]);
        Lesson { sku: Sku::new(&format!("P{of}")).unwrap(), is_it, looks }
    }

    #[test]
    fn a_correction_counts_at_once_for_this_view_and_leaves_the_others_alone() {
        let mut gallery = gallery(6, 4);
        let (strange, own) = (look(11, 5), look(2, 77));
        let before = gallery.scores(&own);
        assert!(gallery.teach(&lesson(11, 6, 3, true)));
        let scores = gallery.scores(&strange);
        assert!(scores[3] > 0.8 && scores.iter().enumerate().all(|(i, score)| i == 3 || *score < 0.35), "{scores:?}");
        let still_own = |scores: Vec<f32>| {
            let others = scores.iter().enumerate().filter(|(product, _)| *product != 2);
            (scores[2] - before[2]).abs() < 0.01 && others.map(|(_, score)| *score).fold(-1.0, f32::max) < 0.35
        };
        assert!(still_own(gallery.scores(&own)), "{:?}", gallery.scores(&own));
        // The host thinks again.
        assert!(gallery.teach(&lesson(11, 7, 3, false)));
        assert!(gallery.scores(&strange)[3] < 0.0, "{:?}", gallery.scores(&strange));
        assert!(still_own(gallery.scores(&own)), "{:?}", gallery.scores(&own));
        // And once more.
        assert!(gallery.teach(&lesson(11, 8, 3, true)));
        assert!(gallery.scores(&strange)[3] > 0.8, "{:?}", gallery.scores(&strange));
        assert!(!gallery.teach(&lesson(1, 1, 99, true)), "nobody sells it");
    }

    #[test]
    fn what_a_product_was_wrongly_taken_for_is_taken_for_it_no_more_and_the_product_still_is() {
        let mut gallery = gallery(6, 4);
        let taken_for_it = look(2, 900).blend(&look(11, 900), 0.5);
        // The same thing a moment later.
        let again = taken_for_it.blend(&look(7, 3), 0.1);
        assert!(gallery.scores(&again)[2] > 0.35, "{:?}", gallery.scores(&again));
        let looks = PhotoVectors::new("m", vec![taken_for_it]);
        gallery.teach(&Lesson { sku: Sku::new("P2").unwrap(), is_it: false, looks });
        assert!(gallery.scores(&again)[2] < 0.2, "{:?}", gallery.scores(&again));
        assert!(gallery.scores(&look(2, 77))[2] > 0.5, "{:?}", gallery.scores(&look(2, 77)));
    }

    #[test]
    fn a_product_without_photos_is_known_by_what_was_taught_of_it() {
        let mut builder = GalleryBuilder::default();
        (0..5).for_each(|kind| builder.add(Sku::new(&format!("P{kind}")).unwrap(), &photos(kind, 4)));
        builder.teach(lesson(9, 3, 9, true));
        builder.teach(lesson(9, 4, 0, false));
        let gallery = builder.build();
        let scores = gallery.scores(&look(9, 50));
        assert!(gallery.has_photos(&Sku::new("P4").unwrap()) && !gallery.has_photos(&Sku::new("P9").unwrap()));
        assert_eq!(gallery.skus().last(), Some(&Sku::new("P9").unwrap()));
        assert!(scores[5] > 0.7 && scores[..5].iter().all(|score| *score < 0.35), "{scores:?}");
    }

    #[test]
    fn what_a_product_without_photos_was_wrongly_said_to_be_leaves_nothing_behind() {
        let mut builder = GalleryBuilder::default();
        (0..5).for_each(|kind| builder.add(Sku::new(&format!("P{kind}")).unwrap(), &photos(kind, 4)));
        builder.teach(lesson(9, 3, 9, true));
        builder.teach(lesson(9, 4, 9, false));
        let gallery = builder.build();
        assert!(gallery.scores(&look(9, 50)).iter().all(|score| *score < 0.35), "{:?}", gallery.scores(&look(9, 50)));
    }

    #[test]
    fn a_sure_product_is_unsaid_as_well_and_of_two_names_for_one_view_the_later_counts() {
        let mut gallery = gallery(6, 4);
        assert!(gallery.scores(&look(2, 77))[2] > 0.6);
        gallery.teach(&Lesson { looks: PhotoVectors::new("m", vec![look(2, 77)]), ..lesson(2, 0, 2, false) });
        assert!(gallery.scores(&look(2, 77))[2] < 0.05, "{:?}", gallery.scores(&look(2, 77)));
        for of in [3, 4] {
            gallery.teach(&Lesson { looks: PhotoVectors::new("m", vec![look(11, 5)]), ..lesson(0, 0, of, true) });
        }
        let scores = gallery.scores(&look(11, 5));
        assert!(scores[4] > 0.9 && scores[3] < 0.35, "{scores:?}");
    }

    #[test]
    fn an_empty_gallery_and_one_product_alone_are_no_trouble() {
        let none = Gallery::build(vec![(Sku::new("A").unwrap(), Vec::new())]);
        assert!(none.is_empty());
        assert!(none.scores(&look(1, 1)).is_empty());
        let one = gallery(1, 1);
        let (same, other) = (one.scores(&look(0, 77)), one.scores(&look(9, 3)));
        assert!(same[0] > other[0] + 0.1, "{same:?} {other:?}");
    }
}
