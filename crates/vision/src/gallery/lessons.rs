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
    /// Of two lessons about one view the later counts. Units: microseconds since 1970, UTC.
    pub made_at_us: i64,
}

/// The looks by which a product without photos is known: of what was taught of it, oldest first, every yes since the last no. Its mean
/// has nothing to hold against what was wrong, so after a no it is learned from the start.
pub(super) fn known_by<'a>(lessons: impl IntoIterator<Item = &'a Lesson>) -> Vec<PhotoVectors> {
    let mut lessons: Vec<&Lesson> = lessons.into_iter().collect();
    lessons.sort_by_key(|lesson| lesson.made_at_us);
    let mut looks = Vec::new();
    for lesson in lessons {
        if lesson.is_it { looks.push(lesson.looks.clone()) } else { looks.clear() }
    }
    looks
}

/// From this likeness on a lesson is about the same view of the same thing as an older one, which counts no more: what a host
/// says last counts. Two looks at one thing held still have 0.9 and more.
const SAME_VIEW: f32 = 0.8;

/// Lessons as directions. Shape: rows as wide as a look.
#[derive(Clone, Debug, Default)]
pub(super) struct Lessons {
    rows: Rows,
    /// What each row says. None: of a product that is none of the gallery's any more.
    says: Vec<Option<Says>>,
}

/// What one row says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Says {
    /// The place among the gallery's products.
    product: usize,
    is_it: bool,
    made_at_us: i64,
    /// No later one contradicts it. One that is overruled stays: it may overrule an older one that comes after it.
    stands: bool,
}

impl Says {
    /// About one view both can't be true. What is one product is no other.
    fn contradicts(&self, other: &Self) -> bool {
        if self.product == other.product { self.is_it != other.is_it } else { self.is_it && other.is_it }
    }
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
        self.says.iter_mut().for_each(|says| _ = says.take_if(|says| says.product == place));
    }

    /// How like each row a look is. `centred`, `length`: see [`super::head::Prepared`].
    pub(super) fn likenesses(&self, centred: &[f32], length: f32) -> Vec<f32> {
        let mut likenesses = self.rows.dots(centred);
        likenesses.iter_mut().for_each(|likeness| *likeness /= length);
        likenesses
    }

    /// When the latest was made.
    pub(super) fn latest_us(&self) -> Option<i64> {
        self.says.iter().flatten().map(|says| says.made_at_us).max()
    }

    /// Takes in one look. `likenesses`: of that look to the rows so far. Of two that contradict each other about one view the one that
    /// was made later stands, whichever is taken in first; of two made at once the one that is taken in last.
    pub(super) fn push(
        &mut self,
        direction: &[f32],
        (product, is_it, made_at_us): (usize, bool, i64),
        likenesses: &[f32],
    ) {
        let mut new = Says { product, is_it, made_at_us, stands: true };
        for (known, likeness) in self.says.iter_mut().zip(likenesses) {
            let Some(known) = known.as_mut().filter(|known| *likeness >= SAME_VIEW && known.contradicts(&new)) else {
                continue;
            };
            let overruled = if known.made_at_us > made_at_us { &mut new } else { known };
            overruled.stands = false;
        }
        // Where one was is room: a product that comes and goes must not make every look dearer.
        let place = self.says.iter().position(Option::is_none).unwrap_or(self.says.len());
        self.rows.set(place, direction);
        match self.says.get_mut(place) {
            Some(says) => *says = Some(new),
            None => self.says.push(Some(new)),
        }
    }

    /// Corrects the scores of a look. What is near something that was taught to be a product is that near to the product. What
    /// is nearer to something that was taught to be none than to the product itself loses as much as it is nearer, and of the
    /// same view nothing is left but what it differs by: however sure the product was, the host said no.
    pub(super) fn apply(&self, scores: &mut [f32], likenesses: &[f32]) {
        let said = || {
            let said = self.says.iter().zip(likenesses).filter_map(|(says, likeness)| Some(((*says)?, *likeness)));
            said.filter(|(says, _)| says.stands)
        };
        for (Says { product, is_it, .. }, likeness) in said() {
            if let Some(score) = scores.get_mut(product).filter(|_| is_it) {
                *score = score.max(likeness);
            }
        }
        let mut left = scores.to_vec();
        for (Says { product, is_it, .. }, likeness) in said() {
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
        lessons.push(&[1.0, 0.0], (0, true, 1), &[]);
        for _ in 0..5 {
            lessons.push(&[0.0, 1.0], (1, true, 1), &none(&lessons));
            assert_eq!((lessons.rows.len(), lessons.says.len()), (2, 2));
            let mut scores = [0.1, 0.1];
            lessons.apply(&mut scores, &lessons.likenesses(&[0.0, 1.0], 1.0));
            assert!(scores[0] < 0.2 && scores[1] > 0.9, "{scores:?}");
            lessons.forget_product(1);
        }
    }

    #[test]
    fn the_later_of_two_about_one_view_counts_whatever_order_they_come_in() {
        // In the order in which they were made: what was said of which product, always of the same view.
        type Case<'a> = (&'a str, &'a [(usize, bool)], [bool; 2]);
        let table: [Case<'_>; 5] = [
            ("the other one after all", &[(0, true), (1, true)], [false, true]),
            ("it is not", &[(0, true), (0, false)], [false, false]),
            ("it is after all", &[(0, false), (0, true)], [true, false]),
            ("neither", &[(0, true), (1, true), (1, false)], [false, false]),
            ("back to the first", &[(0, true), (1, true), (0, true)], [true, false]),
        ];
        for (case, said, is) in table {
            let made: Vec<_> = said.iter().zip(0..).map(|((product, is_it), n)| (*product, *is_it, n)).collect();
            // Every order there is of up to three.
            for turn in 0..6 {
                let mut order = made.clone();
                order.rotate_left(turn % made.len());
                if turn >= 3 {
                    order.reverse();
                }
                let mut lessons = Lessons::new(2);
                for one in &order {
                    let likenesses = lessons.likenesses(&[1.0, 0.0], 1.0);
                    lessons.push(&[1.0, 0.0], *one, &likenesses);
                }
                let mut scores = [0.3, 0.3];
                lessons.apply(&mut scores, &lessons.likenesses(&[1.0, 0.0], 1.0));
                assert_eq!(scores.map(|score| score > 0.9), is, "{case}: {order:?} {scores:?}");
            }
        }
    }
}
