//! Where skin is, by its colour: soft, so that no border shows.

use super::{
    guide::Blur,
    planes::{Cells, I420Mut},
};

/// Skin of every tone lies around a line in the plane of Cb and Cr that leads away from grey: pale near grey, tanned
/// far from it. Centre of that line, its direction, and how far it reaches along and across, in steps of 8-bit chroma.
const CENTRE: (f32, f32) = (108.0, 151.0);
const ALONG: (f32, f32) = (-0.62, 0.784);
const REACH: (f32, f32) = (25.0, 11.0);
/// In units of that ellipse: all skin inside the first, none outside the second.
const SURE: f32 = 0.7;
const NONE: f32 = 1.15;
/// Luma below which colour means nothing.
const DARK: (f32, f32) = (32.0, 52.0);

/// How much of each cell is skin, 0 to 1.
#[derive(Debug, Default)]
pub(super) struct SkinMask {
    share: Vec<f32>,
    blur: Blur,
}

impl SkinMask {
    /// Looks for skin; false where there is none at all.
    pub(super) fn find(&mut self, planes: &I420Mut<'_>, cells: Cells, means: &[f32]) -> bool {
        self.share.clear();
        let mut rows = planes.chroma_rows();
        let mut lumas = means.iter();
        for _ in 0..cells.down {
            let Some((cb, cr)) = rows.next() else { break };
            let (cb_below, cr_below) = rows.next().unwrap_or((cb, cr));
            let blue = cb.chunks(2).zip(cb_below.chunks(2)).map(|(a, b)| mean(a, b));
            let red = cr.chunks(2).zip(cr_below.chunks(2)).map(|(a, b)| mean(a, b));
            self.share.extend(blue.zip(red).zip(lumas.by_ref()).map(|((cb, cr), luma)| likeness(cb, cr, *luma)));
        }
        if self.share.iter().all(|share| *share <= 0.0) {
            return false;
        }
        self.blur.run(&mut self.share, cells, 1);
        true
    }

    /// The cells of row `row`.
    pub(super) fn row(&self, cells: Cells, row: usize) -> impl Iterator<Item = f32> {
        self.share.iter().copied().skip(row * cells.across).take(cells.across)
    }
}

fn mean(above: &[u8], below: &[u8]) -> f32 {
    let sum: u16 = above.iter().chain(below).map(|c| u16::from(*c)).sum();
    f32::from(sum) / (above.len() + below.len()).max(1) as f32
}

/// How much a colour is that of skin.
fn likeness(cb: f32, cr: f32, luma: f32) -> f32 {
    let (x, y) = (cb - CENTRE.0, cr - CENTRE.1);
    let along = (x * ALONG.0 + y * ALONG.1) / REACH.0;
    let across = (x * ALONG.1 - y * ALONG.0) / REACH.1;
    let distance = (along * along + across * across).sqrt();
    let near = ((NONE - distance) / (NONE - SURE)).clamp(0.0, 1.0);
    let bright = ((luma - DARK.0) / (DARK.1 - DARK.0)).clamp(0.0, 1.0);
    near * near * (3.0 - 2.0 * near) * bright
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BT.601, limited range.
    fn of(r: f32, g: f32, b: f32) -> f32 {
        let luma = 0.299 * r + 0.587 * g + 0.114 * b;
        let (cb, cr) = ((b - luma) / 1.772, (r - luma) / 1.402);
        likeness(128.0 + cb * 224.0 / 255.0, 128.0 + cr * 224.0 / 255.0, 16.0 + luma * 219.0 / 255.0)
    }

    #[test]
    fn skin_of_every_tone_is_skin_and_other_things_are_not() {
        let skin = [
            ("pale", 244, 215, 200),
            ("fair", 225, 172, 140),
            ("olive", 198, 145, 110),
            ("tanned", 190, 125, 90),
            ("brown", 141, 85, 56),
            ("dark", 96, 62, 46),
        ];
        for (name, r, g, b) in skin {
            let share = of(r as f32, g as f32, b as f32);
            assert!(share > 0.5, "{name}: {share}");
        }
        let others = [
            ("white", 250, 250, 250),
            ("grey", 128, 128, 128),
            ("black", 8, 8, 8),
            ("red", 220, 30, 30),
            ("lips", 180, 60, 75),
            ("green", 40, 160, 60),
            ("blue", 40, 80, 200),
            ("yellow", 240, 220, 40),
            ("hair", 25, 20, 18),
        ];
        for (name, r, g, b) in others {
            let share = of(r as f32, g as f32, b as f32);
            assert!(share < 0.01, "{name}: {share}");
        }
    }
}
