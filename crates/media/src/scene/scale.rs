//! Part of a plane at another size, by the vector code of `fast_image_resize`.

use super::{geometry::Window, planes::Plane};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images};

/// Scales planes one after the other; keeps its memory between them.
pub(crate) struct Scaler {
    resizer: Resizer,
    /// A plane without the padding of its rows.
    packed: Vec<u8>,
    out: Vec<u8>,
}

impl Scaler {
    pub(crate) fn new() -> Self {
        Self { resizer: Resizer::new(), packed: Vec::new(), out: Vec::new() }
    }

    /// The part `window` of `plane`, in its samples, as `width` x `height` samples without padding. None where the window
    /// reaches beyond the plane or nothing is left of it.
    ///
    /// Shrinking averages what falls together (a triangle as wide as the step), so fine patterns do not flicker.
    pub(crate) fn scaled(&mut self, plane: &Plane<'_>, window: Window, width: usize, height: usize) -> Option<&[u8]> {
        let (columns, rows) = (plane.width, plane.height);
        let source = if plane.stride == columns {
            plane.data.get(..columns * rows)?
        } else {
            self.packed.clear();
            (0..rows).for_each(|y| self.packed.extend_from_slice(plane.row(y)));
            &self.packed
        };
        let size = |n: usize| u32::try_from(n).ok();
        let source = images::ImageRef::new(size(columns)?, size(rows)?, source, PixelType::U8).ok()?;
        self.out.resize(width * height, 0);
        let mut target =
            images::Image::from_slice_u8(size(width)?, size(height)?, &mut self.out, PixelType::U8).ok()?;
        let Window { x, y, width: across, height: down } = within(window, columns as f64, rows as f64)?;
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
            .use_alpha(false)
            .crop(x, y, across, down);
        self.resizer.resize(&source, &mut target, &options).ok()?;
        Some(&self.out)
    }
}

/// The window without what rounding put over the edge.
fn within(window: Window, width: f64, height: f64) -> Option<Window> {
    let (x, y) = (window.x.clamp(0.0, width), window.y.clamp(0.0, height));
    let across = window.width.min(width - x);
    let down = window.height.min(height - y);
    (across > 0.0 && down > 0.0).then_some(Window { x, y, width: across, height: down })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_part_is_cut_out_and_scaled_and_padding_is_never_seen() {
        // Five columns of a ramp, padded with something loud.
        let rows = 4;
        let data: Vec<u8> = (0..rows).flat_map(|_| [10, 20, 30, 40, 50, 255, 255, 255]).collect();
        let plane = Plane { data: &data, stride: 8, width: 5, height: rows };
        let mut scaler = Scaler::new();
        let whole = Window { x: 0.0, y: 0.0, width: 5.0, height: 4.0 };
        assert_eq!(scaler.scaled(&plane, whole, 5, 1).unwrap(), [10, 20, 30, 40, 50]);
        let right = Window { x: 3.0, width: 2.0, ..whole };
        let wide = scaler.scaled(&plane, right, 8, 2).unwrap().to_vec();
        assert!(wide.iter().all(|v| (30..=50).contains(v)), "{wide:?}");
        assert!(wide.is_sorted() || wide[..8].is_sorted(), "a ramp stays a ramp: {wide:?}");
        let over = Window { x: 4.0, width: 3.0, ..whole };
        assert_eq!(scaler.scaled(&plane, over, 1, 1).unwrap(), [50], "what lies beyond is left out");
        assert!(scaler.scaled(&plane, Window { x: 5.0, ..whole }, 1, 1).is_none());
        let dot = Plane { data: &[77], stride: 1, width: 1, height: 1 };
        let all = scaler.scaled(&dot, Window { x: 0.0, y: 0.2, width: 1.0, height: 0.5 }, 6, 4).unwrap();
        assert!(all.iter().all(|v| *v == 77), "one pixel can be as large as one likes");
    }
}
