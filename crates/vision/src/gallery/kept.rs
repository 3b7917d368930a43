//! The catalogue behind a show as it is kept over a restart: what rows are made with, written once, and each row by itself.
//!
//! Everything read back is checked: what is damaged, of another form or of other widths is an error or refused, and is made anew.

use super::behind::Behind;
use super::head::Head;
use super::rows::{Rows, Whole};
use crate::VisionError;
use crate::embed::LOOK_LEN;
use hawker_domain::Sku;
use ndarray::{Array1, Array2};

/// First bytes of a kept basis; the digit is the version of its form and of how rows are made.
const MAGIC: &[u8; 4] = b"HBB1";

/// Shares of products, of those the basis was fitted on and of those shown now, that must be the same: with more of them others
/// the axes lie where the catalogue no longer differs most.
const SAME: usize = 2;

impl Behind {
    /// What rows are made with: `HBB1`, the products it was fitted on (count, then each with its length), numbers of a look,
    /// differences and axes (u32), then, as float32, share, weights, centre, differences, triangle and axes; all little-endian.
    /// None: no axes were found yet.
    pub fn basis(&self) -> Option<Vec<u8>> {
        let axes = self.axes.as_ref()?;
        let (centre, differences, share, lower) = self.head.parts();
        let mut out = Vec::with_capacity(4 * (2 * LOOK_LEN + differences.len() + lower.len() + axes.len()));
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&(self.fitted_on.len() as u32).to_le_bytes());
        for sku in &self.fitted_on {
            out.extend_from_slice(&(sku.as_str().len() as u16).to_le_bytes());
            out.extend_from_slice(sku.as_str().as_bytes());
        }
        for count in [LOOK_LEN, differences.nrows(), axes.nrows()] {
            out.extend_from_slice(&(count as u32).to_le_bytes());
        }
        let numbers = std::iter::once(&share).chain(&self.weights).chain(centre).chain(differences).chain(lower);
        numbers.chain(axes).for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
        Some(out)
    }

    /// A catalogue of nothing yet with a basis that was kept. Errors: of another form, cut short, or not numbers.
    pub fn from_basis(bytes: &[u8]) -> Result<Self, VisionError> {
        let mut left = Left(bytes);
        if left.take(MAGIC.len())? != MAGIC {
            return Err(bad("it is of another form"));
        }
        let mut fitted_on = Vec::new();
        for _ in 0..left.count()? {
            let length = u16::from_le_bytes(left.array()?);
            let text = std::str::from_utf8(left.take(usize::from(length))?).ok();
            let sku = text.and_then(|text| Sku::new(text).ok()).ok_or_else(|| bad("it names no product"))?;
            fitted_on.push(sku);
        }
        let [width, differences, axes] = [left.count()?, left.count()?, left.count()?];
        if width != LOOK_LEN {
            return Err(bad("looks are of another length now"));
        }
        let share = left.number()?;
        let (weights, centre) = (left.numbers(width)?, left.numbers(width)?);
        let differences = left.rows(differences, width)?;
        let lower = left.rows(differences.nrows(), differences.nrows())?;
        let axes = left.rows(axes, width)?;
        if !left.0.is_empty() || axes.nrows() == 0 {
            return Err(bad("it is of another length"));
        }
        let head = Head::of_parts(Array1::from(centre), differences, share, lower);
        Ok(Self::with_axes(head, weights, axes, fitted_on))
    }

    /// Whether what this was fitted on is still much of what is shown; `fresh`: as of the products shown now.
    pub fn fits(&self, fresh: &Self) -> bool {
        let shown: std::collections::HashSet<&Sku> = fresh.fitted_on.iter().collect();
        let same = self.fitted_on.iter().filter(|sku| shown.contains(sku)).count();
        self.weights == fresh.weights && same * SAME >= self.fitted_on.len().max(shown.len())
    }

    /// The products the basis is fitted on.
    pub fn fitted_on(&self) -> &[Sku] {
        &self.fitted_on
    }

    /// The row of a product, once it is settled: factor (float32) and numbers (one byte each) of the first axes, and those of the
    /// rest.
    pub fn row(&self, sku: &Sku) -> Option<Vec<u8>> {
        let place = *self.places.get(sku)?;
        let mut out = Vec::new();
        for Whole { factor, numbers } in [self.first.whole(place)?, self.rest.whole(place)?] {
            out.extend_from_slice(&factor.to_le_bytes());
            out.extend(numbers.iter().map(|number| number.to_le_bytes()[0]));
        }
        Some(out)
    }

    /// Puts a product in by its row, made with this basis. False: the row is of another length or not numbers.
    pub fn put_row(&mut self, sku: Sku, row: &[u8]) -> bool {
        let mut left = Left(row);
        let mut half = |rows: &Rows| -> Option<(f32, Vec<i8>)> {
            let factor = left.number().ok()?;
            let numbers = left.take(rows.width()).ok()?;
            Some((factor, numbers.iter().map(|number| i8::from_le_bytes([*number])).collect()))
        };
        let Some((first, rest)) = half(&self.first).zip(half(&self.rest)) else { return false };
        if !left.0.is_empty() {
            return false;
        }
        self.remove(&sku);
        let place = self.place_for(sku);
        self.first.set_whole(place, &Whole { factor: first.0, numbers: &first.1 });
        self.rest.set_whole(place, &Whole { factor: rest.0, numbers: &rest.1 });
        true
    }
}

fn bad(why: &str) -> VisionError {
    VisionError::Kept { why: why.to_owned() }
}

/// What was not read yet.
struct Left<'a>(&'a [u8]);

impl<'a> Left<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], VisionError> {
        let (taken, left) = self.0.split_at_checked(count).ok_or_else(|| bad("it is cut short"))?;
        self.0 = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], VisionError> {
        self.take(N)?.try_into().map_err(|_| bad("it is cut short"))
    }

    fn count(&mut self) -> Result<usize, VisionError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn number(&mut self) -> Result<f32, VisionError> {
        let number = f32::from_le_bytes(self.array()?);
        if number.is_finite() { Ok(number) } else { Err(bad("it holds what is no number")) }
    }

    fn numbers(&mut self, count: usize) -> Result<Vec<f32>, VisionError> {
        let bytes = self.take(count.checked_mul(4).ok_or_else(|| bad("it is cut short"))?)?;
        let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
        if numbers.iter().all(|number| number.is_finite()) {
            Ok(numbers)
        } else {
            Err(bad("it holds what is no number"))
        }
    }

    fn rows(&mut self, rows: usize, width: usize) -> Result<Array2<f32>, VisionError> {
        let numbers = self.numbers(rows.checked_mul(width).ok_or_else(|| bad("it is cut short"))?)?;
        Array2::from_shape_vec((rows, width), numbers).map_err(|_| bad("it is of another length"))
    }
}
