//! Reading NanoDet's output: class scores and, for each side of a box, a distribution over distances.
//!
//! Source: RangiLyu/nanodet, generalised focal loss heads (arXiv 2006.04388): the distance to a side is the expectation of a
//! softmax over bins, in strides.

use hawker_av::Rect;
use hawker_infer::{Activation, ModelSpec};

use super::family::{self, Found, Side, best, cells, probability};

/// Numbers for one side of a box; models have 8 or 16.
const MOST_BINS: usize = 64;

/// How the rows of the output are laid over the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Pixels between two cells, one number a level; levels follow each other in the rows.
    pub strides: Vec<usize>,
    /// Numbers for one side of a box.
    pub bins: usize,
    /// Width and height of the input.
    pub side: (usize, usize),
    pub classes: usize,
    pub activation: Activation,
}

impl Grid {
    /// As the manifest describes it. Errors: what the family wants and the entry does not say.
    pub(super) fn of(spec: &ModelSpec, side: (usize, usize)) -> Result<Self, String> {
        let (classes, (count, strides)) = (family::classes(spec)?, family::grid(spec, side)?);
        if !(2..=MOST_BINS).contains(&spec.bins) {
            return Err(format!(
                "bins are missing or too many; say how many numbers describe one side of a box, 2 to {MOST_BINS}"
            ));
        }
        let rows = |columns| [Side::Count(count), Side::Exactly(columns)];
        let meaning = format!("cells x {classes} labels, cells x 4 sides x {} bins", spec.bins);
        family::expect(spec, &[rows(classes), rows(4 * spec.bins)], &meaning)?;
        Ok(Self { strides, bins: spec.bins, side, classes, activation: family::own_activation(spec)? })
    }

    /// Every cell whose best class reaches `least`. Shapes: scores are cells x classes, distances cells x 4 x bins; rows that
    /// are missing are no cells.
    pub fn decode(&self, scores: &[f32], distances: &[f32], least: f32) -> Vec<Found> {
        let bins = self.bins.max(1);
        let rows = scores.chunks_exact(self.classes.max(1)).zip(distances.chunks_exact(bins * 4));
        let found = rows.zip(cells(self.side, &self.strides)).filter_map(|((scores, distances), cell)| {
            let (class, score) = best(scores.iter().copied())?;
            let score = probability(self.activation, score);
            if score < least {
                return None;
            }
            let (column, row, stride) = cell;
            let offset = (stride - 1) as f32 / 2.0;
            let (x, y) = ((column * stride) as f32 + offset, (row * stride) as f32 + offset);
            let mut sides = distances.chunks_exact(bins).map(|bins| expectation(bins) * stride as f32);
            let (left, top, right, bottom) = (sides.next()?, sides.next()?, sides.next()?, sides.next()?);
            Found::new(Rect::new(x - left, y - top, left + right, top + bottom), class, score)
        });
        found.collect()
    }
}

/// The mean bin under a softmax. NaN where one of them is.
fn expectation(bins: &[f32]) -> f32 {
    let largest = bins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut weighted) = (0.0_f32, 0.0_f32);
    for (index, value) in bins.iter().enumerate() {
        let weight = (value - largest).exp();
        sum += weight;
        weighted += weight * index as f32;
    }
    weighted / sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        Grid { strides: vec![8, 16], bins: 3, side: (32, 16), classes: 2, activation: Activation::Identity }
    }

    /// 4 x 2 cells of stride 8, then 2 x 1 of stride 16; the sides of every box are at bin 1.
    fn output(hits: &[(usize, usize, f32)]) -> (Vec<f32>, Vec<f32>) {
        let mut scores = vec![0.01; 10 * 2];
        for (cell, class, score) in hits {
            scores[cell * 2 + class] = *score;
        }
        (scores, [-50.0, 0.0, -50.0].repeat(4 * 10))
    }

    #[test]
    fn cells_of_every_level_are_placed_by_their_stride() {
        let (scores, distances) = output(&[(5, 1, 0.7), (9, 0, 0.6), (0, 0, 0.2)]);
        let found = grid().decode(&scores, &distances, 0.3);
        // Cell 5 of stride 8 is column 1, row 1: centre (11.5, 11.5). Cell 9 is the second of stride 16: centre (23.5, 7.5).
        let want = [
            Found { rect: Rect::new(3.5, 3.5, 16.0, 16.0), class: 1, score: 0.7 },
            Found { rect: Rect::new(7.5, -8.5, 32.0, 32.0), class: 0, score: 0.6 },
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn a_side_between_two_bins_is_their_mean() {
        assert!((expectation(&[0.0, 0.0]) - 0.5).abs() < 1e-6);
        assert!((expectation(&[-50.0, 3.0, 3.0, -50.0]) - 1.5).abs() < 1e-6);
    }

    #[test]
    fn scores_before_their_sigmoid_are_read_where_the_manifest_says_so() {
        let (scores, distances) = output(&[(5, 1, 2.0)]);
        let raw = Grid { activation: Activation::Sigmoid, ..grid() };
        let found = raw.decode(&scores, &distances, 0.6);
        assert!(matches!(found.as_slice(), [one] if (one.score - 0.880_797).abs() < 1e-5), "{found:?}");
    }

    #[test]
    fn an_output_cut_short_gives_fewer_boxes_and_no_panic() {
        let (scores, distances) = output(&[(0, 0, 0.9), (9, 0, 0.9)]);
        assert_eq!(grid().decode(&scores[..12], &distances, 0.3).len(), 1);
        assert_eq!(grid().decode(&scores, &[], 0.3), []);
    }

    #[test]
    fn what_is_no_number_is_no_box() {
        let (mut scores, mut distances) = output(&[(0, 0, f32::NAN), (1, 0, 0.9), (2, 1, 0.9)]);
        scores[1] = f32::NAN;
        distances[12 + 4] = f32::NAN;
        let found = grid().decode(&scores, &distances, 0.3);
        assert!(matches!(found.as_slice(), [one] if one.class == 1), "neither the score nor the side: {found:?}");
    }
}
