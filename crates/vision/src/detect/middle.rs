//! What is held up in the middle, whatever it is.
//!
//! A detector knows its classes; goods are often none of them. So the colours near the middle that the rim of the picture does
//! not have are boxed, which is crude and quick and finds a thing before a plain backdrop; and fixed windows in the middle,
//! left and right of it are looked at, for a host before a busy one. Whether it is a product is decided later.

use hawker_av::Rect;

use super::{Proposal, Proposer};
use crate::pixels::Patch;

/// Size of the grid the picture is reduced to. Large enough to place a hand-sized thing, small enough to cost nothing.
const COLUMNS: usize = 52;
const ROWS: usize = 30;

/// Colours are told apart in this many steps a channel.
const STEPS: usize = 6;

/// Share of the picture below which the thing is a speck, and above which it is the room.
const SMALLEST: f32 = 0.012;
const LARGEST: f32 = 0.55;

/// Side of the fixed windows, as a share of the shorter side, and how far the outer ones are moved, as a share of the width.
const WINDOW_SIDE: f32 = 0.62;
const WINDOW_SHIFT: f32 = 0.13;

/// The thing that stands out in the middle of a picture, if one does. `patch` shows the whole frame; the answer is in pixels of
/// a frame of `frame` size.
pub fn standing_out(patch: &Patch, frame: (u32, u32)) -> Option<Proposal> {
    let (sx, sy) = (frame.0 as f32 / COLUMNS as f32, frame.1 as f32 / ROWS as f32);
    blob(patch).map(|cells| Proposal { rect: cells.scaled(sx, sy), score: 0.5, by: Proposer::Middle })
}

/// The fixed windows of a frame: middle, left, right.
pub fn windows(frame: (u32, u32)) -> [Proposal; 3] {
    let (width, height) = (frame.0 as f32, frame.1 as f32);
    let side = WINDOW_SIDE * width.min(height);
    [0.0, -WINDOW_SHIFT, WINDOW_SHIFT].map(|shift| {
        let x = (width - side) / 2.0 + shift * width;
        let rect = Rect::new(x, (height - side) / 2.0, side, side);
        Proposal { rect, score: 0.1, by: Proposer::Middle }
    })
}

/// The box, in cells, of the largest patch of cells that look unlike the rim and lie near the middle.
fn blob(patch: &Patch) -> Option<Rect> {
    let cells = reduce(patch);
    let mut middle = vec![1e-3_f32; STEPS * STEPS * STEPS];
    let mut rim = vec![1e-3_f32; STEPS * STEPS * STEPS];
    for (index, colour) in cells.iter().enumerate() {
        let near = nearness(index);
        let is_rim = near < 0.12;
        let (counts, weight) = if is_rim { (&mut rim, 1.0) } else { (&mut middle, near) };
        if let Some(count) = counts.get_mut(*colour) {
            *count += weight;
        }
    }
    let (middle_sum, rim_sum): (f32, f32) = (middle.iter().sum(), rim.iter().sum());
    let belongs = |index: usize, colour: usize| {
        let inside = middle.get(colour).copied().unwrap_or(0.0) / middle_sum;
        let outside = rim.get(colour).copied().unwrap_or(0.0) / rim_sum;
        // Nearness counts as a prior: at the rim a colour must be far more typical of the middle.
        inside * (0.25 + nearness(index)) > outside * 1.3
    };
    let mask: Vec<bool> = cells.iter().enumerate().map(|(index, colour)| belongs(index, *colour)).collect();
    let (rect, weight) = largest_component(&mask)?;
    let share = rect.area() / (COLUMNS * ROWS) as f32;
    (weight > 0.0 && (SMALLEST..=LARGEST).contains(&share)).then_some(rect)
}

/// 1 in the middle, falling to about 0 at the corners.
fn nearness(index: usize) -> f32 {
    let x = (index % COLUMNS) as f32 / COLUMNS as f32 - 0.5;
    let y = (index / COLUMNS) as f32 / ROWS as f32 - 0.5;
    (-(x * x + y * y) / (2.0 * 0.2 * 0.2)).exp()
}

/// The picture as a small grid of colour numbers.
fn reduce(patch: &Patch) -> Vec<usize> {
    let (red, green, blue) = patch.planes();
    let mean = |plane: &[f32], column: usize, row: usize| {
        let (x0, x1) = (column * patch.width / COLUMNS, ((column + 1) * patch.width).div_ceil(COLUMNS));
        let (y0, y1) = (row * patch.height / ROWS, ((row + 1) * patch.height).div_ceil(ROWS));
        let (mut sum, mut count) = (0.0_f32, 0.0_f32);
        for line in plane.chunks(patch.width.max(1)).take(y1).skip(y0) {
            for value in line.iter().take(x1).skip(x0) {
                sum += value;
                count += 1.0;
            }
        }
        sum / count.max(1.0)
    };
    let step = |value: f32| ((value / 256.0 * STEPS as f32) as usize).min(STEPS - 1);
    (0..COLUMNS * ROWS)
        .map(|index| {
            let (column, row) = (index % COLUMNS, index / COLUMNS);
            let [r, g, b] = [red, green, blue].map(|plane| step(mean(plane, column, row)));
            (r * STEPS + g) * STEPS + b
        })
        .collect()
}

/// Box and weight (cells, counted by how near the middle they are) of the heaviest connected part.
fn largest_component(mask: &[bool]) -> Option<(Rect, f32)> {
    let mut open = mask.to_vec();
    let mut best: Option<(Rect, f32)> = None;
    for start in 0..open.len() {
        let mut stack = vec![start];
        let (mut left, mut top, mut right, mut bottom, mut weight) = (COLUMNS, ROWS, 0, 0, 0.0);
        while let Some(index) = stack.pop() {
            match open.get_mut(index) {
                Some(cell) if *cell => *cell = false,
                _ => continue,
            }
            let (x, y) = (index % COLUMNS, index / COLUMNS);
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1));
            weight += nearness(index);
            if x > 0 {
                stack.push(index - 1);
            }
            if x + 1 < COLUMNS {
                stack.push(index + 1);
            }
            if y > 0 {
                stack.push(index - COLUMNS);
            }
            stack.push(index + COLUMNS);
        }
        if best.is_none_or(|(_, heaviest)| weight > heaviest) && right > left {
            let rect = Rect::new(left as f32, top as f32, (right - left) as f32, (bottom - top) as f32);
            best = Some((rect, weight));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn picture(pixel: impl Fn(usize, usize) -> [f32; 3]) -> Patch {
        let (width, height) = (416, 234);
        let plane = |channel: usize| {
            let pixel = &pixel;
            (0..height).flat_map(move |y| (0..width).map(move |x| pixel(x, y)[channel]))
        };
        Patch { width, height, data: plane(0).chain(plane(1)).chain(plane(2)).collect() }
    }

    #[test]
    fn a_thing_no_class_knows_is_found_by_its_colour() {
        let held = Rect::new(160.0, 60.0, 90.0, 110.0);
        let inside = |x: usize, y: usize| held.intersect(Rect::new(x as f32, y as f32, 1.0, 1.0)).area() > 0.5;
        let patch =
            picture(|x, y| if inside(x, y) { [220.0, 40.0, 30.0] } else { [90.0, 90.0 + (x / 40) as f32, 100.0] });
        let proposal = standing_out(&patch, (1280, 720)).unwrap();
        let want = held.scaled(1280.0 / 416.0, 720.0 / 234.0);
        assert!(proposal.rect.iou(want) > 0.75, "{proposal:?}, held at {want:?}");
    }

    #[test]
    fn nothing_stands_out_of_a_plain_picture_and_the_windows_lie_in_the_frame() {
        assert_eq!(standing_out(&picture(|_, _| [120.0; 3]), (1280, 720)), None);
        for size in [(1280, 720), (720, 1280)] {
            let whole = Rect::new(0.0, 0.0, size.0 as f32, size.1 as f32);
            for window in windows(size) {
                assert!(window.rect.intersect(whole).iou(window.rect) > 0.999, "{size:?}");
            }
        }
    }
}
