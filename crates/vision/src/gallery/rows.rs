//! One direction a product, in a quarter of the memory, so that a look is held against thousands of them in a few
//! milliseconds: what that takes is mostly reading them.
//!
//! Every row is stored as whole numbers from -127 to 127 with a factor of its own. Directions have thousands of numbers
//! whose rounding errors cancel out: a cosine moves by less than 0.001.

use crate::wide::dot_whole;

/// Largest number of a row.
const ROW_MOST: f32 = 127.0;
/// Largest number of what is asked for. 127 times this, as often as a row may be wide, still fits 32 bits.
const ASKED_MOST: f32 = 2_047.0;
/// Widest row that [`ASKED_MOST`] is made for.
const WIDEST: usize = 8_192;

/// Rows of one width.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    width: usize,
    numbers: Vec<i8>,
    factors: Vec<f32>,
}

impl Rows {
    /// None yet, with room for so many.
    pub(super) fn with_capacity(width: usize, rows: usize) -> Self {
        let width = width.min(WIDEST);
        Self { width, numbers: Vec::with_capacity(width * rows), factors: Vec::with_capacity(rows) }
    }

    pub(super) fn len(&self) -> usize {
        self.factors.len()
    }

    /// Numbers of a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A row as it is used.
    pub(super) fn row(&self, place: usize) -> Vec<f32> {
        let numbers = self.numbers.chunks_exact(self.width.max(1)).nth(place).unwrap_or_default();
        let factor = self.factors.get(place).copied().unwrap_or(0.0);
        numbers.iter().map(|number| f32::from(*number) * factor).collect()
    }

    /// Puts a row at a place: in the stead of the one there, or as the next.
    pub(super) fn set(&mut self, place: usize, row: &[f32]) {
        let (factor, numbers) = rounded(row, self.width);
        let Some(known) = self.factors.get_mut(place) else { return self.push(row) };
        *known = factor;
        let start = place * self.width;
        if let Some(slots) = self.numbers.get_mut(start..start + self.width) {
            slots.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number);
        }
    }

    /// A row as it is stored. None: there is none.
    pub(super) fn whole(&self, place: usize) -> Option<Whole<'_>> {
        let factor = *self.factors.get(place)?;
        Some(Whole { factor, numbers: self.numbers.get(place * self.width..(place + 1) * self.width)? })
    }

    /// Puts a row at a place as it was stored. Shape: as wide as the rows.
    pub(super) fn set_whole(&mut self, place: usize, row: &Whole<'_>) {
        if place >= self.len() {
            self.push(&[]);
        }
        let start = place * self.width;
        if let Some((factor, slots)) = self.factors.get_mut(place).zip(self.numbers.get_mut(start..start + self.width))
        {
            *factor = row.factor;
            slots.iter_mut().zip(row.numbers).for_each(|(slot, number)| *slot = *number);
        }
    }

    /// Adds a row; numbers beyond the width are left out, missing ones count as 0.
    pub(super) fn push(&mut self, row: &[f32]) {
        let (factor, numbers) = rounded(row, self.width);
        self.numbers.extend(numbers);
        self.factors.push(factor);
    }

    /// The product of `asked` with every row. Shape: `asked` as wide as the rows.
    pub(super) fn dots(&self, asked: &[f32]) -> Vec<f32> {
        if asked.len() != self.width || self.width == 0 {
            return vec![0.0; self.len()];
        }
        let Asked { numbers, scale } = self.ask(asked);
        let rows = self.numbers.chunks_exact(self.width).zip(&self.factors);
        rows.map(|(row, factor)| dot_whole(row, &numbers) as f32 * factor * scale).collect()
    }

    /// What is held against rows, made ready once for many of them.
    pub(super) fn ask(&self, asked: &[f32]) -> Asked {
        let scale = largest(asked) / ASKED_MOST;
        let whole = |value: &f32| if scale > 0.0 { (value / scale).round() as i16 } else { 0 };
        Asked { numbers: asked.iter().map(whole).collect(), scale }
    }

    /// The product of what is asked with one row; 0 where there is none.
    pub(super) fn dot_at(&self, place: usize, asked: &Asked) -> f32 {
        let row = self.numbers.get(place * self.width..(place + 1) * self.width).unwrap_or_default();
        let factor = self.factors.get(place).copied().unwrap_or(0.0);
        dot_whole(row, &asked.numbers) as f32 * factor * asked.scale
    }
}

/// One row as it is stored.
#[derive(Debug)]
pub(super) struct Whole<'a> {
    pub factor: f32,
    pub numbers: &'a [i8],
}

/// What is held against rows: whole numbers with a factor.
#[derive(Debug)]
pub(super) struct Asked {
    numbers: Vec<i16>,
    scale: f32,
}

/// A row as whole numbers of one width, and their factor.
fn rounded(row: &[f32], width: usize) -> (f32, impl Iterator<Item = i8>) {
    let factor = largest(row) / ROW_MOST;
    let whole = move |value: &f32| if factor > 0.0 { (value / factor).round() as i8 } else { 0 };
    (factor, row.iter().map(whole).chain(std::iter::repeat(0)).take(width))
}

fn largest(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |most: f32, value| most.max(value.abs()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Numbers like those of a direction: most of them small.
    fn row(seed: u64, width: usize) -> Vec<f32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut number = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        };
        (0..width).map(|_| number().powi(3)).collect()
    }

    fn length(row: &[f32]) -> f32 {
        row.iter().map(|value| value * value).sum::<f32>().sqrt()
    }

    #[test]
    fn a_cosine_is_the_same_to_a_thousandth() {
        for width in [16, 100, 3_312] {
            let mut rows = Rows::with_capacity(width, 50);
            let all: Vec<Vec<f32>> = (1..50).map(|seed| row(seed, width)).collect();
            all.iter().for_each(|row| rows.push(row));
            let asked = row(99, width);
            for (row, found) in all.iter().zip(rows.dots(&asked)) {
                let exact: f32 = row.iter().zip(&asked).map(|(a, b)| a * b).sum();
                let apart = (exact - found).abs() / (length(row) * length(&asked));
                // Few numbers have less to cancel out.
                assert!(apart < if width < 1_000 { 0.005 } else { 0.001 }, "{width}: {exact} {found}");
            }
        }
    }

    #[test]
    fn the_largest_numbers_there_are_do_not_overflow() {
        let mut rows = Rows::with_capacity(WIDEST, 2);
        rows.push(&vec![3.0e30; WIDEST]);
        rows.push(&vec![0.0; WIDEST]);
        let found = rows.dots(&vec![2.0e3; WIDEST]);
        assert!((found[0] / (6.0e33 * WIDEST as f32) - 1.0).abs() < 1e-3 && found[1] == 0.0, "{found:?}");
        assert_eq!(rows.dots(&[1.0]), [0.0, 0.0], "of another width");
    }
}
