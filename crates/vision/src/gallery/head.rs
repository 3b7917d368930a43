//! The head of one catalogue: linear discriminant analysis, fitted on the catalogue's own photos in well under a second.
//!
//! Source: Fisher's discriminant with a covariance shrunk towards a multiple of the identity (Ledoit and Wolf 2004). There are
//! thousands of numbers and few photos, so the inverse is never formed: by Woodbury's identity everything is solved in the
//! space of the photos.
//!
//! With R the differences of photos from their product's mean (n rows), the covariance is S = a RᵀR + b I, and
//! S⁻¹x = (x - a Rᵀ K⁻¹ R x) / b with K = a RRᵀ + b I. The factor 1/b cancels in a cosine.

use super::rows::Rows;
use crate::wide::dot;
use ndarray::{Array1, Array2, Axis, s};

/// Products whose directions are worked out together: as products of matrices, not of a row each.
pub(super) const TOGETHER: usize = 128;

/// A fitted head.
#[derive(Clone, Debug)]
pub struct Head {
    centre: Array1<f32>,
    differences: Array2<f32>,
    share: f32,
    /// Lower triangle with K = L Lᵀ.
    lower: Array2<f32>,
    /// One row a product: b S⁻¹ (mean - centre), divided by its length.
    directions: Rows,
}

impl Head {
    /// Fits. `means`: one row a product; `differences`: rows as wide, of photos from their product's mean. `shrinkage`
    /// 0 to 1: how much of the covariance is replaced by its mean variance.
    pub(super) fn new(means: Array2<f32>, differences: Array2<f32>, shrinkage: f32) -> Self {
        let (products, width) = means.dim();
        // The centre of few products is not the centre of the world; with one product it would be the product itself.
        let centre = means.sum_axis(Axis(0)) / (products as f32 + 1.0);
        let count = differences.nrows().max(1) as f32;
        let spread = differences.iter().map(|value| value * value).sum::<f32>() / count;
        let share = (1.0 - shrinkage) / count;
        let level = (shrinkage * spread / width.max(1) as f32).max(1e-9);
        let mut gram = differences.dot(&differences.t()) * share;
        gram.diag_mut().mapv_inplace(|value| value + level);
        let lower = cholesky(gram);

        let directions = Rows::with_capacity(width, products);
        let mut head = Self { centre, differences, share, lower, directions };
        for first in (0..products).step_by(TOGETHER) {
            let means = means.slice(s![first..(first + TOGETHER).min(products), ..]);
            head.push(means.to_owned());
        }
        head
    }

    /// Adds the directions of products by their means, one a row, under the spread as it was fitted.
    pub(super) fn push(&mut self, means: Array2<f32>) {
        for direction in self.directions_of(means).rows() {
            self.directions.push(&direction.to_vec());
        }
    }

    /// The direction of a product by its mean, in the place of another's. Shape of `mean`: one row.
    pub(super) fn set(&mut self, place: usize, mean: Array2<f32>) {
        for direction in self.directions_of(mean).rows() {
            self.directions.set(place, &direction.to_vec());
        }
    }

    /// The direction of each mean, one a row: b S⁻¹ (mean - centre), divided by its length.
    pub(super) fn directions_of(&self, mut means: Array2<f32>) -> Array2<f32> {
        means -= &self.centre;
        let mut inside = means.dot(&self.differences.t());
        for mut row in inside.rows_mut() {
            let solved = back(&self.lower, forward(&self.lower, row.to_owned()));
            row.assign(&solved);
        }
        let away = inside.dot(&self.differences);
        let mut directions = &means - &(away * self.share);
        for (mut direction, mean) in directions.rows_mut().into_iter().zip(means.rows()) {
            let length = direction.dot(&mean).max(1e-12).sqrt();
            direction.mapv_inplace(|value| value / length);
        }
        directions
    }

    /// Centre, differences, their share, and the triangle: all but the products.
    pub(super) fn parts(&self) -> (&Array1<f32>, &Array2<f32>, f32, &Array2<f32>) {
        (&self.centre, &self.differences, self.share, &self.lower)
    }

    /// A head of no product, of such parts.
    pub(super) fn of_parts(centre: Array1<f32>, differences: Array2<f32>, share: f32, lower: Array2<f32>) -> Self {
        let directions = Rows::with_capacity(centre.len(), 0);
        Self { centre, differences, share, lower, directions }
    }

    /// The same without any product.
    pub(super) fn without_directions(&self) -> Self {
        Self { directions: Rows::with_capacity(self.centre.len(), 0), ..self.clone() }
    }

    /// At most so many directions, spread evenly over all. Shape: one row each.
    pub(super) fn sample(&self, most: usize) -> Array2<f32> {
        let (count, width) = (self.directions.len(), self.centre.len());
        let rows = (0..count).step_by(count.div_ceil(most.max(1)).max(1)).flat_map(|place| self.directions.row(place));
        let rows: Vec<f32> = rows.collect();
        Array2::from_shape_vec((rows.len() / width.max(1), width), rows).unwrap_or_else(|_| Array2::zeros((0, width)))
    }

    /// A sample as it is held against directions. None: of another width, or no product.
    pub(super) fn prepare(&self, sample: &[f32]) -> Option<Prepared> {
        if self.directions.len() == 0 { None } else { self.prepare_alone(sample) }
    }

    /// The same, whether or not there are products.
    pub(super) fn prepare_alone(&self, sample: &[f32]) -> Option<Prepared> {
        if sample.len() != self.centre.len() {
            return None;
        }
        let centred: Vec<f32> = sample.iter().zip(&self.centre).map(|(value, centre)| value - centre).collect();
        let inside = forward(&self.lower, self.along(&centred));
        let length = (dot(&centred, &centred) - self.share * inside.dot(&inside)).max(1e-12).sqrt();
        Some(Prepared { centred, inside, length })
    }

    /// How far samples of the products are from the centre on average, as the root of the mean square. `squared`: of the length
    /// of every sample. Their mean is the centre, but for the one product that is counted into it.
    pub(super) fn usual_distance(&self, squared: f32) -> f32 {
        let products = self.directions.len().max(1) as f32;
        let centre = self.centre.dot(&self.centre);
        (squared - centre * (1.0 + 2.0 / products)).max(1e-6).sqrt()
    }

    /// How far a sample is from the centre.
    pub(super) fn distance(&self, sample: impl Iterator<Item = f32>) -> f32 {
        sample.zip(&self.centre).map(|(value, centre)| (value - centre) * (value - centre)).sum::<f32>().sqrt()
    }

    /// The cosine with every product's mean under the inverse covariance.
    pub(super) fn scores(&self, sample: &Prepared) -> Vec<f32> {
        let mut scores = self.directions.dots(&sample.centred);
        scores.iter_mut().for_each(|score| *score /= sample.length);
        scores
    }

    /// The direction of one sample, as those of the means are: its product with a centred sample, divided by that one's
    /// length, is the cosine of the two.
    pub(super) fn direction(&self, sample: &Prepared) -> Vec<f32> {
        let solved = back(&self.lower, sample.inside.clone());
        let mut direction = Array1::from(sample.centred.clone());
        for (difference, share) in self.differences.rows().into_iter().zip(&solved) {
            direction.scaled_add(-share * self.share, &difference);
        }
        (direction / sample.length).to_vec()
    }

    /// R x.
    fn along(&self, centred: &[f32]) -> Array1<f32> {
        let differences = self.differences.rows().into_iter();
        differences.map(|row| row.as_slice().map_or(0.0, |row| dot(row, centred))).collect()
    }
}

/// A sample less the centre, what of it lies inside the spread of photos (L⁻¹ R x), and its length under the inverse
/// covariance.
pub(super) struct Prepared {
    pub centred: Vec<f32>,
    inside: Array1<f32>,
    pub length: f32,
}

/// K = L Lᵀ for a positive definite K.
fn cholesky(mut matrix: Array2<f32>) -> Array2<f32> {
    let size = matrix.nrows();
    for i in 0..size {
        let (done, mut rest) = matrix.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        for j in 0..i {
            let other = done.row(j);
            let sum = row.slice(s![..j]).dot(&other.slice(s![..j]));
            if let (Some(value), Some(pivot)) = (row.get_mut(j), other.get(j)) {
                *value = (*value - sum) / pivot;
            }
        }
        let squares: f32 = row.slice(s![..i]).iter().map(|value| value * value).sum();
        if let Some(pivot) = row.get_mut(i) {
            *pivot = (*pivot - squares).max(1e-12).sqrt();
        }
        row.slice_mut(s![i + 1..]).fill(0.0);
    }
    matrix
}

/// L⁻¹ x.
fn forward(lower: &Array2<f32>, mut x: Array1<f32>) -> Array1<f32> {
    for (i, row) in lower.rows().into_iter().enumerate() {
        let sum = row.slice(s![..i]).dot(&x.slice(s![..i]));
        if let (Some(value), Some(pivot)) = (x.get_mut(i), row.get(i)) {
            *value = (*value - sum) / pivot;
        }
    }
    x
}

/// (Lᵀ)⁻¹ x.
fn back(lower: &Array2<f32>, mut x: Array1<f32>) -> Array1<f32> {
    for i in (0..x.len()).rev() {
        let row = lower.row(i);
        let Some(solved) = x.get(i).zip(row.get(i)).map(|(value, pivot)| value / pivot) else { continue };
        if let Some(value) = x.get_mut(i) {
            *value = solved;
        }
        let mut above = x.slice_mut(s![..i]);
        above.scaled_add(-solved, &row.slice(s![..i]));
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::{Fitting, View};
    use ndarray::array;

    fn upright(numbers: &[f32]) -> View<'_> {
        View { numbers, is_upright: true }
    }

    fn scores(head: &Head, sample: &[f32]) -> Vec<f32> {
        head.prepare(sample).map(|sample| head.scores(&sample)).unwrap_or_default()
    }

    #[test]
    fn the_direction_of_a_sample_has_cosine_one_with_itself_and_that_of_a_mean_is_the_mean_s_own() {
        let rows = [[0.0, 3.0, 1.0], [0.5, -3.0, 0.0], [1.0, 3.0, 0.0], [1.0, -3.0, 2.0_f32]];
        let mut fitting = Fitting::new(3);
        let [a, b, c, d] = &rows;
        fitting.add(&[upright(a), upright(b)]);
        fitting.add(&[upright(c), upright(d)]);
        let head = fitting.fit(0.1);
        let Some((mean, other)) = head.prepare(&[0.25, 0.0, 0.5]).zip(head.prepare(&[0.7, 1.0, -0.5])) else {
            unreachable!("both are as wide as the head")
        };
        let cosine = |a: &Prepared, b: &Prepared| dot(&head.direction(a), &b.centred) / b.length;
        assert!((cosine(&other, &other) - 1.0).abs() < 1e-4);
        assert!((cosine(&mean, &other) - cosine(&other, &mean)).abs() < 1e-4);
        let first = head.scores(&other).first().copied().unwrap_or_default();
        assert!((cosine(&mean, &other) - first).abs() < 0.01, "the first product's mean is that sample: {first}");
    }

    #[test]
    fn the_triangle_times_itself_is_the_matrix_and_solves_it() {
        let matrix = array![[4.0_f32, 2.0, 0.6], [2.0, 5.0, 1.0], [0.6, 1.0, 3.0]];
        let lower = cholesky(matrix.clone());
        let product = lower.dot(&lower.t());
        assert!((&product - &matrix).iter().all(|difference| difference.abs() < 1e-5), "{product}");
        let x = back(&lower, forward(&lower, matrix.dot(&array![1.0, -2.0, 0.5])));
        assert!((&x - &array![1.0_f32, -2.0, 0.5]).iter().all(|difference| difference.abs() < 1e-5), "{x}");
    }

    #[test]
    fn a_direction_in_which_one_product_varies_counts_less() {
        // Two products differ in the first number by 1; the second number varies by 3 within each.
        let rows = [[0.0, 3.0], [0.0, -3.0], [1.0, 3.0], [1.0, -3.0_f32]];
        let mut fitting = Fitting::new(2);
        let [a, b, c, d] = &rows;
        fitting.add(&[upright(a), upright(b)]);
        fitting.add(&[upright(c), upright(d)]);
        let head = fitting.fit(0.05);
        let scores = scores(&head, &[0.9, -3.0]);
        let [first, second] = scores.as_slice() else { unreachable!("two products, {scores:?}") };
        assert!(second > first, "plain cosine is lost in the second number: {scores:?}");
    }

    #[test]
    fn samples_that_do_not_vary_are_no_division_by_nought() {
        let mut fitting = Fitting::new(2);
        fitting.add(&[upright(&[1.0, 0.0])]);
        fitting.add(&[upright(&[0.0, 1.0])]);
        let head = fitting.fit(0.5);
        let scores = scores(&head, &[1.0, 0.1]);
        assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
    }
}
