//! Something drawn once that lies over the picture: a card, a text, an image. Turned from RGB into the planes of the canvas
//! when it changes, so that a frame costs no more than its blending.

use super::{
    blend,
    planes::{I420Mut, yuv},
};

/// A drawing as its painter made it: straight (not premultiplied) colours, four bytes a pixel.
pub(crate) struct Pixels<'a> {
    pub data: &'a [u8],
    pub width: u32,
    pub height: u32,
    /// Its corner on the canvas, pixels; it may lie over the edge.
    pub at: (i32, i32),
    pub order: Order,
}

/// Which byte of a pixel is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Rgba,
    Bgra,
}

/// A drawing in the canvas's own planes. Its corner and sides are even, and all of it lies on the canvas.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overlay {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    planes: [Vec<u8>; 3],
    /// For luma.
    alpha: Vec<u8>,
    /// For chroma: the mean of four.
    alpha_half: Vec<u8>,
}

impl Overlay {
    /// None if nothing of it lies on a canvas of this size. `hd` as in [`yuv`].
    pub(crate) fn new(pixels: &Pixels<'_>, canvas: (usize, usize), hd: bool) -> Option<Self> {
        let side = |at: i32, length: u32, limit: usize| -> Option<(usize, usize)> {
            let (first, last) = (i64::from(at), i64::from(at) + i64::from(length));
            let first = first.max(0) & !1;
            let last = (last + 1).min(limit as i64) & !1;
            (last > first).then_some((first as usize, (last - first) as usize))
        };
        let (x, width) = side(pixels.at.0, pixels.width, canvas.0)?;
        let (y, height) = side(pixels.at.1, pixels.height, canvas.1)?;
        let half = width / 2 * (height / 2);
        let mut made = Self {
            x,
            y,
            width,
            height,
            planes: [vec![16; width * height], vec![128; half], vec![128; half]],
            alpha: vec![0; width * height],
            alpha_half: vec![0; half],
        };
        for row in 0..height / 2 {
            for column in 0..width / 2 {
                made.set_block(pixels, column, row, hd);
            }
        }
        Some(made)
    }

    /// Four pixels and the colour they share.
    fn set_block(&mut self, pixels: &Pixels<'_>, column: usize, row: usize, hd: bool) {
        let (mut blue, mut red, mut weight) = (0u32, 0u32, 0u32);
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let (x, y) = (column * 2 + dx, row * 2 + dy);
            let Some([rgb @ .., alpha]) = pixels.at(self.x + x, self.y + y) else { continue };
            let [luma, cb, cr] = yuv(rgb, hd);
            let at = y * self.width + x;
            let [plane, ..] = &mut self.planes;
            if let (Some(to), Some(mask)) = (plane.get_mut(at), self.alpha.get_mut(at)) {
                (*to, *mask) = (luma, alpha);
            }
            let share = u32::from(alpha);
            blue += u32::from(cb) * share;
            red += u32::from(cr) * share;
            weight += share;
        }
        let at = row * (self.width / 2) + column;
        let [_, cb, cr] = &mut self.planes;
        if let (Some(cb), Some(cr), Some(mask)) = (cb.get_mut(at), cr.get_mut(at), self.alpha_half.get_mut(at))
            && weight > 0
        {
            (*cb, *cr, *mask) = ((blue / weight) as u8, (red / weight) as u8, (weight / 4) as u8);
        }
    }

    /// Blends it into `target`, which has the size of the canvas it was made for. `alpha` is 0 to 256.
    pub(crate) fn draw(&self, target: &mut I420Mut<'_>, alpha: u16) {
        for (index, (plane, to)) in self.planes.iter().zip(&mut target.planes).enumerate() {
            let (shift, mask) = if index == 0 { (0, &self.alpha) } else { (1, &self.alpha_half) };
            let (x, y, width, height) = (self.x >> shift, self.y >> shift, self.width >> shift, self.height >> shift);
            let rows = plane.chunks_exact(width).zip(mask.chunks_exact(width)).take(height);
            for (line, (above, mask)) in rows.enumerate() {
                blend::mix_masked(to.row(y + line, x, width), above, mask, alpha);
            }
        }
    }
}

impl Pixels<'_> {
    /// Red, green, blue and alpha at a point of the canvas.
    fn at(&self, x: usize, y: usize) -> Option<[u8; 4]> {
        let inside = |v: usize, corner: i32, length: u32| {
            let v = i64::try_from(v).ok()? - i64::from(corner);
            (0..i64::from(length)).contains(&v).then_some(v as usize)
        };
        let (x, y) = (inside(x, self.at.0, self.width)?, inside(y, self.at.1, self.height)?);
        let start = (y * self.width as usize + x) * 4;
        let [first, second, third, alpha] = *self.data.get(start..start + 4)?.first_chunk::<4>()?;
        Some(match self.order {
            Order::Rgba => [first, second, third, alpha],
            Order::Bgra => [third, second, first, alpha],
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::planes::{BLACK, I420, Layout};
    use super::*;

    const CANVAS: (usize, usize) = (16, 8);

    fn drawn(at: (i32, i32), size: (u32, u32), pixel: [u8; 4], order: Order, alpha: u16) -> Vec<u8> {
        let layout = Layout::new(16, 8);
        let mut bytes = vec![0; layout.size];
        let mut target = I420Mut::new(&mut bytes, &layout).unwrap();
        target.fill(BLACK);
        let data = pixel.repeat((size.0 * size.1) as usize);
        let pixels = Pixels { data: &data, width: size.0, height: size.1, at, order };
        if let Some(overlay) = Overlay::new(&pixels, CANVAS, true) {
            overlay.draw(&mut target, alpha);
        }
        bytes
    }

    fn luma(bytes: &[u8], x: usize, y: usize) -> u8 {
        I420::new(bytes, &Layout::new(16, 8)).unwrap().planes[0].row(y)[x]
    }

    #[test]
    fn an_opaque_drawing_covers_its_place_and_nothing_else() {
        let bytes = drawn((4, 2), (6, 4), [255, 255, 255, 255], Order::Rgba, 256);
        for y in 0..8 {
            for x in 0..16 {
                let inside = (4..10).contains(&x) && (2..6).contains(&y);
                assert_eq!(luma(&bytes, x, y), if inside { 235 } else { 16 }, "{x},{y}");
            }
        }
    }

    #[test]
    fn half_transparent_is_half_of_both_in_brightness_and_in_colour() {
        let bytes = drawn((0, 0), (16, 8), [255, 0, 0, 128], Order::Rgba, 256);
        let picture = I420::new(&bytes, &Layout::new(16, 8)).unwrap();
        let [y, u, v] = picture.planes.map(|plane| i32::from(plane.row(1)[1]));
        let [ry, ru, rv] = yuv([255, 0, 0], true).map(i32::from);
        for (got, red, black) in [(y, ry, 16), (u, ru, 128), (v, rv, 128)] {
            assert!((got - (red + black) / 2).abs() <= 1, "{got} lies between {red} and {black}");
        }
        let dimmed = drawn((0, 0), (16, 8), [255, 255, 255, 255], Order::Rgba, 64);
        assert_eq!(luma(&dimmed, 3, 3), 71, "a quarter of the way from 16 to 235");
    }

    #[test]
    fn odd_corners_lie_where_they_are_and_edges_cut_off_what_is_beyond() {
        let bytes = drawn((3, 1), (2, 2), [255, 255, 255, 255], Order::Rgba, 256);
        let white: Vec<(usize, usize)> =
            (0..8).flat_map(|y| (0..16).map(move |x| (x, y))).filter(|(x, y)| luma(&bytes, *x, *y) == 235).collect();
        assert_eq!(white, [(3, 1), (4, 1), (3, 2), (4, 2)]);
        let over = drawn((-2, -2), (4, 4), [255, 255, 255, 255], Order::Rgba, 256);
        assert_eq!((luma(&over, 1, 1), luma(&over, 2, 2)), (235, 16));
        let beyond = drawn((16, 0), (4, 4), [255, 255, 255, 255], Order::Rgba, 256);
        assert!((0..8).all(|y| (0..16).all(|x| luma(&beyond, x, y) == 16)));
    }

    #[test]
    fn the_order_of_colours_is_respected() {
        let rgba = drawn((0, 0), (4, 4), [255, 0, 0, 255], Order::Rgba, 256);
        let bgra = drawn((0, 0), (4, 4), [0, 0, 255, 255], Order::Bgra, 256);
        assert_eq!(rgba, bgra);
    }
}
