//! The show's products as vectors, and how like each of them a crop is.

mod fitting;
mod head;
mod rows;
mod twins;

pub use fitting::Fitting;
pub use head::Head;
pub use twins::Twins;

use hawker_domain::Sku;
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

/// The products that can be recognised. Immutable once built; a correction builds a new one.
#[derive(Clone, Debug)]
pub struct Gallery {
    skus: Vec<Sku>,
    supply: Supply,
    /// Of every number of a look.
    weights: Vec<f32>,
    head: Head,
    twins: Arc<Twins>,
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
}

impl Default for GalleryBuilder {
    fn default() -> Self {
        Self { skus: Vec::new(), many: 0, fitting: Fitting::new(LOOK_LEN), samples: Some(Vec::new()) }
    }
}

impl GalleryBuilder {
    /// The next product with the vectors of its photos. One without any is left out: it can't be seen.
    pub fn add(&mut self, sku: Sku, photos: &[PhotoVectors]) {
        let views: Vec<&[f32]> = photos.iter().flat_map(PhotoVectors::views).map(Look::numbers).collect();
        if views.is_empty() {
            return;
        }
        self.fitting.add(&views);
        self.samples.take_if(|samples| samples.len() + views.len() > twins::MOST_VIEWS);
        if let Some(samples) = &mut self.samples {
            for (photo, vectors) in photos.iter().enumerate() {
                let mirrored = vectors.views().len() - vectors.upright_views().len();
                for (view, look) in vectors.views().iter().enumerate() {
                    let (label, numbers) = (self.skus.len(), look.numbers().to_vec());
                    samples.push(Sample { label, photo, upright: view >= mirrored, numbers });
                }
            }
        }
        self.many += usize::from(photos.len() >= MANY_PHOTOS);
        self.skus.push(sku);
    }

    /// The gallery. Takes up to two seconds for 5,000 products of one view.
    pub fn build(self) -> Gallery {
        let Self { skus, many, mut fitting, samples } = self;
        let supply = if !skus.is_empty() && many * 2 >= skus.len() { Supply::Many } else { Supply::Few };
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
        Gallery { skus, supply, weights, head: fitting.fit(shrinkage), twins: Arc::new(twins) }
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
        let mut numbers = look.numbers().to_vec();
        weigh(&mut numbers, &self.weights);
        self.head.scores(&numbers)
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

/// The weight of every number of a look.
fn weights(blocks: &[f32; BLOCKS.len()]) -> Vec<f32> {
    BLOCKS.iter().zip(blocks).flat_map(|(block, weight)| std::iter::repeat_n(*weight, block.range.len())).collect()
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
    fn an_empty_gallery_and_one_product_alone_are_no_trouble() {
        let none = Gallery::build(vec![(Sku::new("A").unwrap(), Vec::new())]);
        assert!(none.is_empty());
        assert!(none.scores(&look(1, 1)).is_empty());
        let one = gallery(1, 1);
        let (same, other) = (one.scores(&look(0, 77)), one.scores(&look(9, 3)));
        assert!(same[0] > other[0] + 0.1, "{same:?} {other:?}");
    }
}
