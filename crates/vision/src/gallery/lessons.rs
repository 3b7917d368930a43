//! What a host has taught: a look, and the product it is or is not.
//!
//! A lesson is no photo of the product: one that was wrong must not move the product's mean, and one has to count at once and
//! be taken back without a trace. So each is a direction of its own beside those of the products.

use super::rows::Rows;
use crate::PhotoVectors;
use hawker_domain::Sku;

/// One correction.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    pub sku: Sku,
    /// The looks show this product; false: they show something else.
    pub is_it: bool,
    /// The boxes of one thing, each seen once. Views of one picture, the first of them the one that was corrected.
    pub looks: PhotoVectors,
}

/// From this likeness on a lesson is about the same view of the same thing as an older one, and takes its place: what a host
/// says last counts. Two looks at one thing held still have 0.9 and more.
const SAME_VIEW: f32 = 0.8;

/// Lessons as directions. Shape: rows as wide as a look.
#[derive(Clone, Debug, Default)]
pub(super) struct Lessons {
    rows: Rows,
    /// Of each row: the product's place among the gallery's, and whether it is it. None: taken back.
    says: Vec<Option<(usize, bool)>>,
}

impl Lessons {
    pub(super) fn new(width: usize) -> Self {
        Self { rows: Rows::with_capacity(width, 0), says: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.says.is_empty()
    }

    /// Another product has this place: what was taught of the one before is no word about it.
    pub(super) fn forget_product(&mut self, place: usize) {
        self.says.iter_mut().for_each(|says| _ = says.take_if(|(of, _)| *of == place));
    }

    /// How like each row a look is. `centred`, `length`: see [`super::head::Prepared`].
    pub(super) fn likenesses(&self, centred: &[f32], length: f32) -> Vec<f32> {
        let mut likenesses = self.rows.dots(centred);
        likenesses.iter_mut().for_each(|likeness| *likeness /= length);
        likenesses
    }

    /// Takes in one look. `likenesses`: of that look to the rows so far. What is one product is no other: being told so takes
    /// back that the same view was another, too.
    pub(super) fn push(&mut self, direction: &[f32], product: usize, is_it: bool, likenesses: &[f32]) {
        for (says, likeness) in self.says.iter_mut().zip(likenesses) {
            let contradicts =
                |(of, said): (usize, bool)| (of == product && said != is_it) || (of != product && said && is_it);
            if *likeness >= SAME_VIEW && says.is_some_and(contradicts) {
                *says = None;
            }
        }
        // Where one was taken back is room: a product that comes and goes must not make every look dearer.
        let place = self.says.iter().position(Option::is_none).unwrap_or(self.says.len());
        self.rows.set(place, direction);
        match self.says.get_mut(place) {
            Some(says) => *says = Some((product, is_it)),
            None => self.says.push(Some((product, is_it))),
        }
    }

    /// Corrects the scores of a look. What is near something that was taught to be a product is that near to the product. What
    /// is nearer to something that was taught to be none than to the product itself loses as much as it is nearer, and of the
    /// same view nothing is left but what it differs by: however sure the product was, the host said no.
    pub(super) fn apply(&self, scores: &mut [f32], likenesses: &[f32]) {
        let said = || self.says.iter().zip(likenesses).filter_map(|(says, likeness)| Some(((*says)?, *likeness)));
        for ((product, is_it), likeness) in said() {
            if let Some(score) = scores.get_mut(product).filter(|_| is_it) {
                *score = score.max(likeness);
            }
        }
        let mut left = scores.to_vec();
        for ((product, is_it), likeness) in said() {
            if let (Some(left), Some(score)) = (left.get_mut(product).filter(|_| !is_it), scores.get(product)) {
                let most = if likeness >= SAME_VIEW { 1.0 - likeness } else { *score };
                *left = left.min(2.0 * score - likeness).min(most);
            }
        }
        scores.copy_from_slice(&left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_is_taught_comes_and_goes_and_the_rows_do_not_grow() {
        let mut lessons = Lessons::new(2);
        let none = |lessons: &Lessons| vec![0.0; lessons.rows.len()];
        lessons.push(&[1.0, 0.0], 0, true, &[]);
        for _ in 0..5 {
            lessons.push(&[0.0, 1.0], 1, true, &none(&lessons));
            assert_eq!((lessons.rows.len(), lessons.says.len()), (2, 2));
            let mut scores = [0.1, 0.1];
            lessons.apply(&mut scores, &lessons.likenesses(&[0.0, 1.0], 1.0));
            assert!(scores[0] < 0.2 && scores[1] > 0.9, "{scores:?}");
            lessons.forget_product(1);
        }
    }
}
