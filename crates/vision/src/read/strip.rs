//! One line of text cut out of a picture and laid flat.

use super::quad::Quad;
use crate::pixels::Patch;

/// A line taller than this share of its width is written downwards, or lies on its side; it is turned.
const UPRIGHT: f32 = 1.5;

/// Columns a strip may have; longer lines are squeezed.
const WIDEST: usize = 960;
const NARROWEST: usize = 16;

/// The box as it is read: one that stands upright is laid on its side.
pub fn laid(quad: Quad) -> Quad {
    let (width, height) = quad.size();
    if height >= width * UPRIGHT { quad.turned() } else { quad }
}

/// Columns of a strip of `height` rows.
pub fn columns(quad: &Quad, height: usize) -> usize {
    let (width, tall) = quad.size();
    ((height as f32 * width / tall.max(1.0)).ceil() as usize).clamp(NARROWEST, WIDEST)
}

/// The part of `picture` within `quad` (pixels of the picture), as `width` x `height`.
pub fn cut(picture: &Patch, quad: &Quad, width: usize, height: usize) -> Patch {
    let size = width * height;
    let mut data = vec![0.0; size * 3];
    let (from_width, from_height) = quad.size();
    // Several points a pixel where the picture is finer than the strip, so that thin strokes are not missed.
    let fine = |from: f32, to: usize| ((from / to.max(1) as f32).ceil() as usize).clamp(1, 4);
    let (fine_x, fine_y) = (fine(from_width, width), fine(from_height, height));
    let weight = 1.0 / (fine_x * fine_y) as f32;
    let planes = picture.planes();
    let planes = [planes.0, planes.1, planes.2];
    for y in 0..height {
        for x in 0..width {
            let mut sums = [0.0_f32; 3];
            for part in 0..fine_x * fine_y {
                let u = (x as f32 + ((part % fine_x) as f32 + 0.5) / fine_x as f32) / width as f32;
                let v = (y as f32 + ((part / fine_x) as f32 + 0.5) / fine_y as f32) / height as f32;
                let (px, py) = quad.at(u, v);
                let corners = corners(picture, px - 0.5, py - 0.5);
                for (sum, plane) in sums.iter_mut().zip(planes) {
                    *sum += corners.iter().filter_map(|(index, share)| Some(plane.get(*index)? * share)).sum::<f32>();
                }
            }
            for (plane, sum) in data.chunks_mut(size.max(1)).zip(sums) {
                if let Some(slot) = plane.get_mut(y * width + x) {
                    *slot = sum * weight;
                }
            }
        }
    }
    Patch { width, height, data }
}

/// The four pixels around a point and their shares; the edge repeats.
fn corners(picture: &Patch, x: f32, y: f32) -> [(usize, f32); 4] {
    let clamp = |value: f32, size: usize| value.clamp(0.0, size.saturating_sub(1) as f32);
    let (x, y) = (clamp(x, picture.width), clamp(y, picture.height));
    let (left, top) = (x.floor() as usize, y.floor() as usize);
    let (right, below) = ((left + 1).min(picture.width - 1), (top + 1).min(picture.height - 1));
    let (u, v) = (x.fract(), y.fract());
    [
        (top * picture.width + left, (1.0 - u) * (1.0 - v)),
        (top * picture.width + right, u * (1.0 - v)),
        (below * picture.width + left, (1.0 - u) * v),
        (below * picture.width + right, u * v),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose red is its column and whose green is its row.
    fn ramp(width: usize, height: usize) -> Patch {
        let pixel = |value: fn(usize, usize) -> usize| {
            (0..width * height).map(move |index| value(index % width, index / width) as f32)
        };
        let data = pixel(|x, _| x).chain(pixel(|_, y| y)).chain(pixel(|_, _| 0)).collect();
        Patch { width, height, data }
    }

    #[test]
    fn a_strip_follows_its_box_whichever_way_that_is_turned() {
        let picture = ramp(40, 30);
        let quad = Quad([(10.0, 10.0), (30.0, 10.0), (30.0, 14.0), (10.0, 14.0)]);
        let strip = cut(&picture, &quad, 20, 4);
        assert_eq!((strip.data[0], strip.data[19]), (10.0, 29.0), "from left to right");
        let upside_down = cut(&picture, &quad.turned().turned(), 20, 4);
        assert_eq!((upside_down.data[0], upside_down.data[19]), (29.0, 10.0));
        let tall = Quad([(10.0, 5.0), (14.0, 5.0), (14.0, 25.0), (10.0, 25.0)]);
        let strip = cut(&picture, &laid(tall), 20, 4);
        let green = &strip.data[80..];
        assert_eq!((green[0], green[19]), (5.0, 24.0), "what stands upright is read from above");
        assert_eq!((strip.data[0], strip.data[60]), (13.0, 10.0), "its right side becomes its top");
    }

    #[test]
    fn a_fine_picture_is_averaged_and_the_edge_repeats() {
        let picture = ramp(40, 30);
        let all = Quad([(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0)]);
        let strip = cut(&picture, &all, 10, 5);
        assert!((strip.data[0] - 1.5).abs() < 0.01, "mean of columns 0 to 3, got {}", strip.data[0]);
        let outside = Quad([(-20.0, 0.0), (-10.0, 0.0), (-10.0, 5.0), (-20.0, 5.0)]);
        assert!(cut(&picture, &outside, 4, 4).data.iter().take(16).all(|red| *red == 0.0));
    }

    #[test]
    fn strips_have_bounded_sizes() {
        let line = |width: f32, height: f32| Quad([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]);
        assert_eq!(columns(&line(100.0, 20.0), 48), 240);
        assert_eq!(columns(&line(5000.0, 10.0), 48), WIDEST);
        assert_eq!(columns(&line(1.0, 100.0), 48), NARROWEST);
    }
}
