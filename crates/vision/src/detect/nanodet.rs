//! Reading NanoDet's output: class scores and, for each side of a box, a distribution over distances.
//!
//! Source: RangiLyu/nanodet, generalised focal loss heads (arXiv 2006.04388): the distance to a side is the expectation of a
//! softmax over bins, in strides.

use hawker_av::Rect;

/// How the rows of the output are laid over the input.
#[derive(Clone, Copy, Debug)]
pub struct Grid<'a> {
    /// Pixels between two cells, one number a level; levels follow each other in the rows.
    pub strides: &'a [usize],
    /// Numbers for one side of a box.
    pub bins: usize,
    /// Width and height of the input.
    pub side: (usize, usize),
}

/// One box. Units: pixels of the model's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub rect: Rect,
    pub class: usize,
    pub score: f32,
}

/// Every cell whose best class reaches `least`. Shapes: scores are cells x classes, distances cells x 4 x bins; rows that
/// are missing are no cells.
pub fn decode(scores: &[f32], distances: &[f32], classes: usize, grid: &Grid<'_>, least: f32) -> Vec<Found> {
    let mut cells = scores.chunks_exact(classes.max(1)).zip(distances.chunks_exact((grid.bins * 4).max(1)));
    let mut found = Vec::new();
    for stride in grid.strides.iter().map(|stride| (*stride).max(1)) {
        let (columns, rows) = (grid.side.0.div_ceil(stride), grid.side.1.div_ceil(stride));
        for (index, (scores, distances)) in cells.by_ref().take(columns * rows).enumerate() {
            let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let Some((class, score)) = best.filter(|(_, score)| **score >= least) else { continue };
            let offset = (stride - 1) as f32 / 2.0;
            let x = (index % columns * stride) as f32 + offset;
            let y = (index / columns * stride) as f32 + offset;
            let mut sides = distances.chunks_exact(grid.bins).map(|bins| expectation(bins) * stride as f32);
            let mut side = || sides.next().unwrap_or(0.0);
            let (left, top, right, bottom) = (side(), side(), side(), side());
            let rect = Rect::new(x - left, y - top, left + right, top + bottom);
            found.push(Found { rect, class, score: *score });
        }
    }
    found
}

/// The mean bin under a softmax.
fn expectation(bins: &[f32]) -> f32 {
    let largest = bins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut weighted) = (0.0_f32, 0.0_f32);
    for (index, value) in bins.iter().enumerate() {
        let weight = (value - largest).exp();
        sum += weight;
        weighted += weight * index as f32;
    }
    if sum > 0.0 { weighted / sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const GRID: Grid<'_> = Grid { strides: &[8, 16], bins: 3, side: (32, 16) };

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
        let found = decode(&scores, &distances, 2, &GRID, 0.3);
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
    fn an_output_cut_short_gives_fewer_boxes_and_no_panic() {
        let (scores, distances) = output(&[(0, 0, 0.9), (9, 0, 0.9)]);
        assert_eq!(decode(&scores[..12], &distances, 2, &GRID, 0.3).len(), 1);
        assert_eq!(decode(&scores, &[], 2, &GRID, 0.3), []);
    }
}
