//! Every view of every product, for a picture that is decided alone.
//!
//! A product's mean says how like the product a thing is; the view that it is most like says whether anybody has seen it from
//! there. Of a single picture that is worth knowing; in a clip the next look comes anyway, and the memory is better spent.

use super::head::{Head, Prepared, TOGETHER};
use super::rows::Rows;
use super::twins::Sample;
use ndarray::Array2;

/// The directions of the views, and of which product each is.
#[derive(Clone, Debug)]
pub(super) struct Views {
    directions: Rows,
    products: Vec<usize>,
}

impl Views {
    /// `samples`: weighed as those the head was fitted on.
    pub(super) fn new(head: &Head, samples: &[Sample]) -> Self {
        let width = samples.first().map_or(0, |sample| sample.numbers.len());
        let mut views = Self { directions: Rows::with_capacity(width, samples.len()), products: Vec::new() };
        for samples in samples.chunks(TOGETHER) {
            let numbers = samples.iter().flat_map(|sample| sample.numbers.iter().copied()).collect();
            let Ok(numbers) = Array2::from_shape_vec((samples.len(), width), numbers) else { continue };
            head.directions_of(numbers).rows().into_iter().for_each(|row| views.directions.push(&row.to_vec()));
            views.products.extend(samples.iter().map(|sample| sample.label));
        }
        views
    }

    /// For each of so many products the largest cosine with one of its views, the mean over `looks` of one thing being taken
    /// first: what only one crop of a picture is like is chance. A product without views has -1.
    pub(super) fn nearest(&self, looks: &[Prepared], products: usize) -> Vec<f32> {
        let mut likenesses = vec![0.0_f32; self.products.len()];
        for look in looks {
            let part = 1.0 / (look.length * looks.len() as f32);
            let dots = self.directions.dots(&look.centred);
            likenesses.iter_mut().zip(dots).for_each(|(sum, dot)| *sum += dot * part);
        }
        let mut nearest = vec![-1.0_f32; products];
        for (product, likeness) in self.products.iter().zip(likenesses) {
            if let Some(most) = nearest.get_mut(*product) {
                *most = most.max(likeness);
            }
        }
        nearest
    }
}
