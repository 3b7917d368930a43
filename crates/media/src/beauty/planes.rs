//! A picture in memory, checked once so that nothing behind has to.

use super::CELL;

/// One plane that is only read.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// An I420 picture whose luma may be changed. Shape: `height` rows of `width` luma, chroma half of each, rounded up.
#[derive(Debug)]
pub struct I420Mut<'a> {
    width: usize,
    height: usize,
    luma: &'a mut [u8],
    luma_stride: usize,
    chroma: [Plane<'a>; 2],
}

/// The planes don't hold a picture of the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the planes are too small for {width}x{height}")]
pub struct BadPlanes {
    pub width: usize,
    pub height: usize,
}

/// Size in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    pub across: usize,
    pub down: usize,
    /// How many cells to each side one is compared with: about a hundredth of the picture.
    pub radius: usize,
}

impl<'a> I420Mut<'a> {
    /// Puts planes together. Errors: [`BadPlanes`] where a plane is too small, or the picture empty.
    pub fn new(
        (width, height): (usize, usize),
        luma: &'a mut [u8],
        luma_stride: usize,
        chroma: [Plane<'a>; 2],
    ) -> Result<Self, BadPlanes> {
        let holds = |len: usize, stride: usize, w: usize, h: usize| {
            stride >= w
                && h.checked_sub(1).and_then(|rows| rows.checked_mul(stride)?.checked_add(w)).is_some_and(|n| n <= len)
        };
        let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
        let fits = width > 0
            && holds(luma.len(), luma_stride, width, height)
            && chroma.iter().all(|plane| holds(plane.data.len(), plane.stride, cw, ch));
        if fits { Ok(Self { width, height, luma, luma_stride, chroma }) } else { Err(BadPlanes { width, height }) }
    }

    pub(super) fn cells(&self) -> Cells {
        let short = self.width.min(self.height);
        Cells {
            across: self.width.div_ceil(CELL),
            down: self.height.div_ceil(CELL),
            radius: (short / CELL).div_ceil(90).clamp(1, 6),
        }
    }

    /// Luma rows, each of the picture's width.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.luma.chunks(self.luma_stride).take(self.height).map(|row| row.get(..self.width).unwrap_or(row))
    }

    /// The same, to be written.
    pub(super) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let width = self.width;
        self.luma.chunks_mut(self.luma_stride).take(self.height).map(move |row| {
            let width = width.min(row.len());
            row.split_at_mut(width).0
        })
    }

    /// Rows of Cb and Cr together.
    pub(super) fn chroma_rows(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let [cb, cr] = self.chroma;
        let rows = move |plane: Plane<'a>| {
            plane.data.chunks(plane.stride).take(height).map(move |row| row.get(..width).unwrap_or(row))
        };
        rows(cb).zip(rows(cr))
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }
}
