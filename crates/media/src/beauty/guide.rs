//! How much of each cell is smoothed, and towards what.

use super::{
    CELL,
    planes::{Cells, I420Mut},
};

/// Spread of luma (variance) up to which skin is evened out, at strength 0 and 100: the first is about the noise of a
/// camera, the second blemishes and pores. Lines, lashes and print have several hundred and more.
const EVEN_LEAST: f32 = 20.0;
const EVEN_MOST: f32 = 220.0;

/// Means over cells.
#[derive(Debug, Default)]
pub(super) struct Guide {
    mean: Vec<f32>,
    square: Vec<f32>,
    /// Share of the smoothed, and the smoothed luma times that share.
    share: Vec<f32>,
    target: Vec<f32>,
    /// How little the cell's own surroundings vary, 0 to 1.
    calm: Vec<f32>,
    columns: Vec<u16>,
    squares: Vec<u32>,
    blur: Blur,
}

impl Guide {
    /// Mean and mean square of the luma of each cell.
    pub(super) fn measure(&mut self, planes: &I420Mut<'_>, cells: Cells) {
        self.mean.clear();
        self.square.clear();
        let mut rows = planes.rows();
        for _ in 0..cells.down {
            self.columns.clear();
            self.columns.resize(planes.width(), 0);
            self.squares.clear();
            self.squares.resize(planes.width(), 0);
            let mut height = 0.0;
            for row in rows.by_ref().take(CELL) {
                height += 1.0;
                for ((sum, square), luma) in self.columns.iter_mut().zip(&mut self.squares).zip(row) {
                    let luma = u16::from(*luma);
                    *sum += luma;
                    *square += u32::from(luma * luma);
                }
            }
            for (sums, squares) in self.columns.chunks(CELL).zip(self.squares.chunks(CELL)) {
                let count = 1.0 / (height * sums.len() as f32);
                let sum: u16 = sums.iter().sum();
                let square: u32 = squares.iter().sum();
                self.mean.push(f32::from(sum) * count);
                self.square.push(square as f32 * count);
            }
        }
    }

    /// Mean luma of each cell; holds between [`Self::measure`] and [`Self::solve`].
    pub(super) fn means(&self) -> &[f32] {
        &self.mean
    }

    /// Turns the means into shares and targets.
    pub(super) fn solve(&mut self, cells: Cells, strength: f32) {
        let even = EVEN_LEAST + (EVEN_MOST - EVEN_LEAST) * strength;
        let even = even * even;
        self.blur.run(&mut self.mean, cells, cells.radius);
        self.blur.run(&mut self.square, cells, cells.radius);
        self.share.clear();
        self.target.clear();
        self.calm.clear();
        for (mean, square) in self.mean.iter().zip(&self.square) {
            let variance = (square - mean * mean).max(0.0);
            // The classic share falls with the variance; this one with its square, which leaves weak lines alone.
            let share = even / (variance * variance + even);
            self.share.push(share);
            self.target.push(share * mean);
            self.calm.push(share.sqrt());
        }
        self.blur.run(&mut self.share, cells, cells.radius);
        self.blur.run(&mut self.target, cells, cells.radius);
        // Beside an edge the means of both sides would meet in the pixels between them and take its contrast.
        for ((share, target), calm) in self.share.iter_mut().zip(&mut self.target).zip(&self.calm) {
            *share *= calm;
            *target *= calm;
        }
    }

    /// Share and target of each cell of row `row`.
    pub(super) fn row(&self, cells: Cells, row: usize) -> impl Iterator<Item = (f32, f32)> {
        let from = row * cells.across;
        self.share.iter().copied().zip(self.target.iter().copied()).skip(from).take(cells.across)
    }
}

/// A mean over a square of cells; the border's cells are repeated outwards.
#[derive(Debug, Default)]
pub(super) struct Blur {
    padded: Vec<f32>,
    across: Vec<f32>,
}

impl Blur {
    pub(super) fn run(&mut self, values: &mut [f32], cells: Cells, radius: usize) {
        self.across.clear();
        self.across.resize(values.len(), 0.0);
        let scale = 1.0 / ((2 * radius + 1) * (2 * radius + 1)) as f32;
        for (row, out) in values.chunks(cells.across).zip(self.across.chunks_mut(cells.across)) {
            let (Some(first), Some(last)) = (row.first(), row.last()) else { continue };
            self.padded.clear();
            self.padded.resize(radius, *first);
            self.padded.extend_from_slice(row);
            self.padded.resize(row.len() + 2 * radius, *last);
            for window in 0..=2 * radius {
                let Some(shifted) = self.padded.get(window..) else { continue };
                for (sum, value) in out.iter_mut().zip(shifted) {
                    *sum += value;
                }
            }
        }
        for (down, out) in values.chunks_mut(cells.across).enumerate() {
            out.fill(0.0);
            for window in 0..=2 * radius {
                let row = (down + window).saturating_sub(radius).min(cells.down.saturating_sub(1));
                let Some(sums) = self.across.get(row * cells.across..) else { continue };
                for (sum, value) in out.iter_mut().zip(sums) {
                    *sum += value;
                }
            }
            out.iter_mut().for_each(|sum| *sum *= scale);
        }
    }
}
