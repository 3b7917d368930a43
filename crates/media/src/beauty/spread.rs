//! From cells back to pixels: share and target are interpolated and mixed into the luma.
//!
//! All in 16-bit integers, eight pixels to a vector even on the oldest 64-bit processor: shares in 1/32768, luma and
//! targets in 1/128.

use super::{
    CELL,
    guide::Guide,
    planes::{Cells, I420Mut},
    skin::SkinMask,
};

/// How much of a neighbouring cell goes into the pixel rows or columns of one, in 1/8; the rest is its own.
const NEIGHBOUR: [i32; CELL] = [3, 1, 1, 3];
const SHARE_ONE: f32 = 32_767.0;
const LUMA_ONE: f32 = 128.0;

/// One row of cells at the width of the picture.
#[derive(Debug, Default)]
struct Wide {
    share: Vec<i16>,
    target: Vec<i16>,
    /// Anything is to be done.
    any: bool,
}

#[derive(Debug, Default)]
pub(super) struct Spreader {
    above: Wide,
    here: Wide,
    below: Wide,
    narrow: Vec<(i32, i32)>,
}

impl Spreader {
    pub(super) fn spread(
        &mut self,
        planes: &mut I420Mut<'_>,
        cells: Cells,
        guide: &Guide,
        mask: &SkinMask,
        strength: f32,
    ) {
        // Full strength is reached slowly: the last tenth of a blemish is what looks natural.
        let blend = strength * (2.0 - strength);
        let width = planes.width();
        fill(&mut self.here, &mut self.narrow, width, blend, cells, 0, guide, mask);
        fill(&mut self.above, &mut self.narrow, width, blend, cells, 0, guide, mask);
        let mut rows = planes.rows_mut();
        for down in 0..cells.down {
            let next = (down + 1).min(cells.down - 1);
            fill(&mut self.below, &mut self.narrow, width, blend, cells, next, guide, mask);
            let touched = self.above.any || self.here.any || self.below.any;
            for (at, row) in rows.by_ref().take(CELL).enumerate() {
                if touched {
                    let other = if at < CELL / 2 { &self.above } else { &self.below };
                    // Rows 0 and 3 are nearer to the neighbour than 1 and 2.
                    if at == 0 || at == CELL - 1 {
                        mix::<{ 3 << 13 }>(row, &self.here, other);
                    } else {
                        mix::<{ 1 << 13 }>(row, &self.here, other);
                    }
                }
            }
            std::mem::swap(&mut self.above, &mut self.here);
            std::mem::swap(&mut self.here, &mut self.below);
        }
    }
}

/// Luma one row of pixels; `WEIGHT` is that of the neighbour's values, in 1/65536.
fn mix<const WEIGHT: i32>(row: &mut [u8], own: &Wide, other: &Wide) {
    let between = |own: i16, other: i16| {
        let apart = i32::from(other.wrapping_sub(own));
        own.wrapping_add(((apart * WEIGHT) >> 16) as i16) as u16
    };
    let shares = own.share.iter().zip(&other.share);
    let targets = own.target.iter().zip(&other.target);
    for ((luma, (share, share_2)), (target, target_2)) in row.iter_mut().zip(shares).zip(targets) {
        let (share, target) = (between(*share, *share_2), between(*target, *target_2));
        let value = u16::from(*luma);
        let taken = ((u32::from(share) * u32::from(value << 8)) >> 16) as u16;
        let mixed = (value << 7).wrapping_sub(taken).wrapping_add(target).wrapping_add(64) >> 7;
        *luma = mixed.min(255) as u8;
    }
}

#[expect(clippy::too_many_arguments, reason = "buffers and what fills them; a struct would only rename them")]
fn fill(
    wide: &mut Wide,
    narrow: &mut Vec<(i32, i32)>,
    width: usize,
    blend: f32,
    cells: Cells,
    row: usize,
    guide: &Guide,
    mask: &SkinMask,
) {
    narrow.clear();
    let values = guide.row(cells, row).zip(mask.row(cells, row));
    narrow.extend(values.map(|((share, target), skin)| {
        let skin = skin * blend;
        ((share * skin * SHARE_ONE) as i32, (target * skin * LUMA_ONE) as i32)
    }));
    wide.any = narrow.iter().any(|(share, _)| *share > 0);
    wide.share.resize(cells.across * CELL, 0);
    wide.target.resize(cells.across * CELL, 0);
    if !wide.any {
        wide.share.fill(0);
        wide.target.fill(0);
        return;
    }
    let last = narrow.last().copied().unwrap_or_default();
    let mut left = narrow.first().copied().unwrap_or_default();
    let rights = narrow.iter().skip(1).copied().chain([last]);
    let out = wide.share.chunks_exact_mut(CELL).zip(wide.target.chunks_exact_mut(CELL));
    for ((own, right), (shares, targets)) in narrow.iter().copied().zip(rights).zip(out) {
        let others = [left, left, right, right];
        for (((share, target), weight), other) in shares.iter_mut().zip(targets).zip(NEIGHBOUR).zip(others) {
            *share = (own.0 + (((other.0 - own.0) * weight) >> 3)) as i16;
            *target = (own.1 + (((other.1 - own.1) * weight) >> 3)) as i16;
        }
        left = own;
    }
    wide.share.truncate(width.max(1));
    wide.target.truncate(width.max(1));
}
