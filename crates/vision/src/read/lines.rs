//! Where the lines of text are: from the detector's map of probabilities to turned boxes.
//!
//! The map marks the kernel of each line, shrunken so that neighbours do not touch; every blob is boxed and grown back.
//! Source: Liao et al., "Real-time Scene Text Detection with Differentiable Binarization" (AAAI 2020), section 3.4.

use super::quad::{Point, Quad, smallest_around};

/// A pixel belongs to a kernel above this probability, a box is kept above that mean; both as PP-OCR is run with.
const KERNEL: f32 = 0.3;
const BOX: f32 = 0.5;

/// How far a box is grown: area times this, by its circumference. The inverse of the shrinking the model was taught.
const GROW: f32 = 1.6;

/// A kernel, and a grown box, thinner than this is noise. Units: pixels of the map.
const THINNEST_KERNEL: f32 = 3.0;
const THINNEST: f32 = 5.0;

/// Boxes looked at in one picture: a page of small print has no more.
const MOST: usize = 200;

/// One line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineBox {
    /// Pixels of the map.
    pub quad: Quad,
    /// Mean probability within the kernel's box, 0 to 1.
    pub score: f32,
}

/// The lines of a map of `width` columns, largest first. A map that is not of that width has none.
pub fn lines(map: &[f32], width: usize) -> Vec<LineBox> {
    if width == 0 || !map.len().is_multiple_of(width) {
        return Vec::new();
    }
    let mut found: Vec<LineBox> = blobs(&mask(map, width), width)
        .into_iter()
        .filter_map(|outline| {
            let kernel = smallest_around(outline)?;
            let (w, h) = kernel.size();
            let score = mean_within(map, width, &kernel);
            if w.min(h) < THINNEST_KERNEL || score.is_nan() || score < BOX {
                return None;
            }
            let quad = kernel.grown(kernel.area() * GROW / (2.0 * (w + h)));
            let (w, h) = quad.size();
            (w.min(h) >= THINNEST).then_some(LineBox { quad, score })
        })
        .collect();
    found.sort_by(|a, b| b.quad.area().total_cmp(&a.quad.area()));
    found.truncate(MOST);
    found
}

/// Pixels of kernels, spread by one to the right and down so that thin strokes hold together.
fn mask(map: &[f32], width: usize) -> Vec<bool> {
    let mut mask = vec![false; map.len()];
    for (index, _) in map.iter().enumerate().filter(|(_, value)| **value > KERNEL) {
        let last_column = index % width + 1 == width;
        let spread = [Some(0), (!last_column).then_some(1), Some(width), (!last_column).then_some(width + 1)];
        for step in spread.into_iter().flatten() {
            if let Some(pixel) = mask.get_mut(index + step) {
                *pixel = true;
            }
        }
    }
    mask
}

/// The outline of each blob (neighbours also across corners): its leftmost and rightmost pixel in every row.
fn blobs(mask: &[bool], width: usize) -> Vec<Vec<Point>> {
    let mut left = mask.to_vec();
    let mut found = Vec::new();
    let mut waiting = Vec::new();
    for start in 0..mask.len() {
        if !left.get(start).copied().unwrap_or(false) {
            continue;
        }
        let mut rows: std::collections::BTreeMap<usize, (usize, usize)> = std::collections::BTreeMap::new();
        take(&mut left, start, &mut waiting);
        while let Some(pixel) = waiting.pop() {
            let (x, y) = (pixel % width, pixel / width);
            let span = rows.entry(y).or_insert((x, x));
            *span = (span.0.min(x), span.1.max(x));
            for row in [y.checked_sub(1), Some(y), Some(y + 1)].into_iter().flatten() {
                for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    take(&mut left, row * width + column, &mut waiting);
                }
            }
        }
        let ends = |(y, (from, to)): (usize, (usize, usize))| [(from as f32, y as f32), (to as f32, y as f32)];
        found.push(rows.into_iter().flat_map(ends).collect());
    }
    found
}

fn take(left: &mut [bool], pixel: usize, waiting: &mut Vec<usize>) {
    if let Some(there) = left.get_mut(pixel).filter(|there| **there) {
        *there = false;
        waiting.push(pixel);
    }
}

/// Mean of the map over the pixels within a box.
fn mean_within(map: &[f32], width: usize, quad: &Quad) -> f32 {
    let xs = quad.0.map(|corner| corner.0);
    let ys = quad.0.map(|corner| corner.1);
    let low = |values: [f32; 4]| values.into_iter().fold(f32::MAX, f32::min).floor().max(0.0) as usize;
    let high = |values: [f32; 4]| values.into_iter().fold(0.0, f32::max).ceil() as usize;
    let (mut sum, mut count) = (0.0_f32, 0_u32);
    for (y, row) in map.chunks(width).enumerate().take(high(ys) + 1).skip(low(ys)) {
        for (x, value) in row.iter().enumerate().take(high(xs) + 1).skip(low(xs)) {
            if quad.holds((x as f32, y as f32)) {
                sum += value;
                count += 1;
            }
        }
    }
    sum / count as f32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The detector's map of `tests/words/tea.png`, as bytes, and the boxes that rapidocr-onnxruntime 1.4.4 makes of it.
    fn recorded() -> (Vec<f32>, usize, Vec<(Quad, f32)>) {
        let map = image::load_from_memory(include_bytes!("../../tests/words/map.png")).unwrap().to_luma8();
        let width = map.width() as usize;
        let json: serde_json::Value = serde_json::from_slice(include_bytes!("../../tests/words/boxes.json")).unwrap();
        let boxes: Vec<([Point; 4], f32)> = serde_json::from_value(json["boxes"].clone()).unwrap();
        let boxes = boxes.into_iter().map(|(corners, score)| (Quad(corners), score)).collect();
        (map.into_raw().iter().map(|byte| f32::from(*byte) / 255.0).collect(), width, boxes)
    }

    #[test]
    fn boxes_are_those_of_the_original_to_two_pixels() {
        let (map, width, want) = recorded();
        let found = lines(&map, width);
        assert_eq!(found.len(), want.len());
        for (quad, score) in want {
            let apart = |line: &LineBox| {
                let pairs = line.quad.0.iter().zip(quad.0);
                pairs.map(|(a, b)| (a.0 - b.0).abs().max((a.1 - b.1).abs())).fold(0.0, f32::max)
            };
            let nearest = found.iter().min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap();
            assert!(apart(nearest) <= 2.5, "{quad:?} is {:?} here", nearest.quad);
            // The original cuts corners to whole pixels before it takes the mean.
            assert!((nearest.score - score).abs() < 0.04, "{score} is {} here", nearest.score);
        }
    }

    #[test]
    fn neighbours_stay_apart_and_noise_is_dropped() {
        let mut map = vec![0.0; 100 * 60];
        let mut fill = |xs: std::ops::Range<usize>, ys: std::ops::Range<usize>, value: f32| {
            for y in ys {
                xs.clone().for_each(|x| map[y * 100 + x] = value);
            }
        };
        fill(5..60, 10..20, 0.9);
        fill(5..60, 30..40, 0.9);
        fill(80..82, 5..7, 0.9);
        fill(70..95, 40..50, 0.4);
        let found = lines(&map, 100);
        assert_eq!(found.len(), 2, "two lines; a speck and a doubtful patch are none: {found:?}");
        assert!(found.iter().all(|line| line.quad.size().1 > 14.0), "grown back to the height of the letters");
    }

    #[test]
    fn odd_maps_have_no_lines() {
        for (map, width) in [(vec![], 0), (vec![1.0; 7], 3), (vec![f32::NAN; 64], 8), (vec![0.0; 64], 8)] {
            assert_eq!(lines(&map, width), []);
        }
        assert_eq!(lines(&[1.0; 64 * 64], 64).len(), 1, "all text is one line");
    }
}
