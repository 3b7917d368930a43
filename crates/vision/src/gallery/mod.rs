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
use std::collections::{BTreeMap, HashMap, HashSet};
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
    taught: HashSet<usize>,
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
    /// What each product is a variant of; those that are none are missing.
    variant_of: HashMap<Sku, String>,
}

impl Default for GalleryBuilder {
    fn default() -> Self {
        let (fitting, samples) = (Fitting::new(LOOK_LEN), Some(Vec::new()));
        Self {
            skus: Vec::new(),
            many: 0,
            fitting,
            samples,
            lessons: Vec::new(),
            supply: None,
            variant_of: HashMap::new(),
        }
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

    /// What products are variants of, by the seller's own name for that: variants of one product are no rivals of each other.
    pub fn variants(&mut self, variant_of: HashMap<Sku, String>) {
        self.variant_of = variant_of;
    }

    /// What was taught, in any order.
    pub fn teach(&mut self, lesson: Lesson) {
        self.lessons.push(lesson);
    }

    /// The gallery. Takes up to two seconds for 5,000 products of one view. A product without photos is seen by what was
    /// taught of it.
    pub fn build(mut self) -> Gallery {
        let lessons = std::mem::take(&mut self.lessons);
        let known: HashSet<Sku> = self.skus.iter().cloned().collect();
        let mut taught: BTreeMap<&Sku, Vec<&Lesson>> = BTreeMap::new();
        for lesson in lessons.iter().filter(|lesson| !known.contains(&lesson.sku)) {
            taught.entry(&lesson.sku).or_default().push(lesson);
        }
        let photographed = self.skus.len();
        taught.into_iter().for_each(|(sku, lessons)| self.add(sku.clone(), &lessons::known_by(lessons)));
        let mut gallery = self.fit();
        gallery.taught = (photographed..gallery.skus.len()).collect();
        for lesson in &lessons {
            gallery.teach(lesson);
        }
        gallery
    }

    fn fit(self) -> Gallery {
        let Self { skus, many, mut fitting, samples, supply, variant_of, .. } = self;
        let counted = if !skus.is_empty() && many * 2 >= skus.len() { Supply::Many } else { Supply::Few };
        let supply = supply.unwrap_or(counted);
        let (blocks, shrinkage) = supply.recipe();
        let weights = weights(&blocks);
        fitting.weigh(&weights);
        let twins = match samples {
            Some(mut samples) if supply == Supply::Many => {
                samples.iter_mut().for_each(|sample| weigh(&mut sample.numbers, &weights));
                Twins::measure(&samples, &products(&skus, &variant_of), shrinkage)
            }
            _ => Twins::default(),
        };
        let (head, lessons) = (fitting.fit(shrinkage), Lessons::new(LOOK_LEN));
        Gallery { skus, supply, weights, head, twins: Arc::new(twins), lessons, taught: HashSet::new() }
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
        self.place(sku).is_some_and(|place| self.is_photographed(place))
    }

    /// The same of a place in the order of the products.
    pub(crate) fn is_photographed(&self, place: usize) -> bool {
        !self.taught.contains(&place)
    }

    /// True for a product that is one of these.
    pub fn holds(&self, sku: &Sku) -> bool {
        self.place(sku).is_some()
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

    /// Takes in a product with what was taught of it; one without photos is seen by that. It comes last in the order, or in the place of
    /// another, of which nothing is known any more. Answers its place. Takes milliseconds. None: it is there already or the other
    /// one is not, or there is nothing to know it by.
    pub fn take_in(
        &mut self,
        (sku, photos, lessons): (&Sku, &[PhotoVectors], &[Lesson]),
        in_place_of: Option<&Sku>,
    ) -> Option<usize> {
        let is_taught = photos.is_empty();
        let looks = if is_taught { lessons::known_by(lessons) } else { Vec::new() };
        let looks = if is_taught { looks.as_slice() } else { photos };
        let place = in_place_of.map_or(Some(self.skus.len()), |other| self.place(other))?;
        let is_in = match in_place_of {
            None => self.add(sku.clone(), looks),
            Some(_) => self.replace(place, sku, looks),
        };
        if !is_in {
            return None;
        }
        if is_taught {
            self.taught.insert(place);
        }
        lessons.iter().for_each(|lesson| _ = self.teach(lesson));
        Some(place)
    }

    /// False: the product is here already, or has no photo.
    fn replace(&mut self, place: usize, sku: &Sku, photos: &[PhotoVectors]) -> bool {
        let Some(mean) = weighed_mean(photos, &self.weights) else { return false };
        let Ok(mean) = Array2::from_shape_vec((1, self.weights.len()), mean) else { return false };
        if self.holds(sku) {
            return false;
        }
        self.head.set(place, mean);
        self.lessons.forget_product(place);
        self.taught.remove(&place);
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
            let says = (product, lesson.is_it, lesson.made_at_us);
            self.lessons.push(&self.head.direction(&sample), says, &likenesses);
        }
        true
    }

    /// When the latest lesson was made; see [`Lesson::made_at_us`].
    pub(crate) fn latest_lesson_us(&self) -> Option<i64> {
        self.lessons.latest_us()
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

/// For each of them the place of the first that is a variant of the same product; its own where it is none.
fn products(skus: &[Sku], variant_of: &HashMap<Sku, String>) -> Vec<usize> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    let product = |(place, sku)| variant_of.get(sku).map_or(place, |of| *first.entry(of).or_insert(place));
    skus.iter().enumerate().map(product).collect()
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
#[path = "tests.rs"]
mod tests;
