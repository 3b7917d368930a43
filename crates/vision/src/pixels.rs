//! From a frame's own planes straight to the small picture a model looks at: crop, resize and colour in one go.
//!
//! Only the part that is asked for is read, and colours are converted after shrinking, so a full frame is never made into RGB.
//! The resize is a triangle filter as wide as the step (what Pillow calls bilinear), which does not alias when shrinking.

use crate::wide;
use hawker_av::{PixelFormat, Plane, Rect, VideoFrame};
use hawker_infer::{Colours, TensorSpec};

/// A small RGB picture, planes one after the other. Units: 0 to 255.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    pub width: usize,
    pub height: usize,
    /// Shape: 3 x height x width.
    pub data: Vec<f32>,
}

impl Patch {
    /// The red, green and blue planes.
    pub fn planes(&self) -> (&[f32], &[f32], &[f32]) {
        let size = self.width * self.height;
        let (red, rest) = self.data.split_at(size.min(self.data.len()));
        let (green, blue) = rest.split_at(size.min(rest.len()));
        (red, green, blue)
    }

    /// Luma (BT.601 weights), one number a pixel, 0 to 255.
    pub fn luma(&self) -> Vec<f32> {
        let (red, green, blue) = self.planes();
        red.iter().zip(green).zip(blue).map(|((r, g), b)| 0.299 * r + 0.587 * g + 0.114 * b).collect()
    }

    /// Left and right exchanged.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let data = self.data.chunks(self.width.max(1)).flat_map(|row| row.iter().rev().copied()).collect();
        Self { data, ..*self }
    }

    /// Writes the patch into a tensor of `side` (width, height) with its corner at `at`, normalised as the model wants.
    /// Shape: `tensor` is 3 x height x width; what the patch does not cover is left as it is.
    pub fn write(&self, spec: &TensorSpec, tensor: &mut [f32], side: (usize, usize), at: (usize, usize)) {
        let (red, green, blue) = self.planes();
        let sources = match spec.colours {
            Colours::Rgb => [red, green, blue],
            Colours::Bgr => [blue, green, red],
        };
        let channels = tensor.chunks_mut((side.0 * side.1).max(1));
        for (((channel, source), mean), scale) in channels.zip(sources).zip(spec.mean).zip(spec.scale) {
            let rows = channel.chunks_mut(side.0.max(1)).skip(at.1);
            for (row, pixels) in rows.zip(source.chunks(self.width.max(1))) {
                for (to, from) in row.iter_mut().skip(at.0).zip(pixels) {
                    *to = (from - mean) / scale;
                }
            }
        }
    }
}

/// The part `rect` of a frame, resized to `width` x `height`. Parts outside the frame repeat its edge.
pub fn crop(frame: &VideoFrame, rect: Rect, width: usize, height: usize) -> Patch {
    let full = (frame.width as usize, frame.height as usize);
    let half = (full.0.div_ceil(2), full.1.div_ceil(2));
    let size = width * height;
    let mut data = vec![0.0; size * 3];
    let plane = |index: usize| frame.planes.get(index).copied().unwrap_or(Plane { offset: 0, stride: 0 });
    let chroma = rect.scaled(0.5, 0.5);
    match frame.format {
        PixelFormat::Rgb => {
            let mut outs = split(&mut data, size);
            resample::<3>(frame, plane(0), full, rect, (width, height), &mut outs);
        }
        PixelFormat::I420 => {
            let mut outs = split(&mut data, size);
            let [luma, blue, red] = &mut outs;
            resample::<1>(frame, plane(0), full, rect, (width, height), &mut [luma]);
            resample::<1>(frame, plane(1), half, chroma, (width, height), &mut [blue]);
            resample::<1>(frame, plane(2), half, chroma, (width, height), &mut [red]);
            to_rgb(outs, frame.height);
        }
        PixelFormat::Nv12 => {
            let mut outs = split(&mut data, size);
            let [luma, blue, red] = &mut outs;
            resample::<1>(frame, plane(0), full, rect, (width, height), &mut [luma]);
            resample::<2>(frame, plane(1), half, chroma, (width, height), &mut [blue, red]);
            to_rgb(outs, frame.height);
        }
    }
    Patch { width, height, data }
}

/// The first plane of a part of a frame, resized: luma where the frame has it. Units: 0 to 255.
pub fn luma(frame: &VideoFrame, rect: Rect, width: usize, height: usize) -> Vec<f32> {
    let mut data = vec![0.0; width * height];
    let plane = frame.planes.first().copied().unwrap_or(Plane { offset: 0, stride: 0 });
    let full = (frame.width as usize, frame.height as usize);
    resample::<1>(frame, plane, full, rect, (width, height), &mut [&mut data]);
    data
}

fn split(data: &mut [f32], size: usize) -> [&mut [f32]; 3] {
    let (first, rest) = data.split_at_mut(size);
    let (second, third) = rest.split_at_mut(size);
    [first, second, third]
}

/// Limited-range YUV to full-range RGB, in place: BT.709 above 576 lines, else BT.601, as the frame's format says.
fn to_rgb([first, second, third]: [&mut [f32]; 3], lines: u32) {
    let (vr, ug, vg, ub) = if lines > 576 { (1.793, 0.213, 0.533, 2.112) } else { (1.596, 0.392, 0.813, 2.017) };
    for ((y, u), v) in first.iter_mut().zip(second.iter_mut()).zip(third.iter_mut()) {
        let (luma, cb, cr) = (1.164 * (*y - 16.0), *u - 128.0, *v - 128.0);
        *y = (luma + vr * cr).clamp(0.0, 255.0);
        *u = (luma - ug * cb - vg * cr).clamp(0.0, 255.0);
        *v = (luma + ub * cb).clamp(0.0, 255.0);
    }
}

/// Which source pixels one output pixel is made of.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// Weights along one axis: `count` outputs over `length` source pixels from `start`, cut to `0..limit`.
fn taps(start: f32, length: f32, count: usize, limit: usize) -> Vec<Taps> {
    let step = length / count.max(1) as f32;
    let reach = step.max(1.0);
    let last = limit.saturating_sub(1) as i64;
    (0..count)
        .map(|index| {
            let centre = start + (index as f32 + 0.5) * step;
            let (low, high) = ((centre - reach).floor() as i64, (centre + reach).ceil() as i64);
            let first = low.clamp(0, last) as usize;
            let mut weights = vec![0.0; high.clamp(0, last) as usize - first + 1];
            for source in low..=high {
                let weight = 1.0 - ((source as f32 + 0.5 - centre) / reach).abs();
                if let (true, Some(slot)) = (weight > 0.0, weights.get_mut(source.clamp(0, last) as usize - first)) {
                    *slot += weight;
                }
            }
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum.max(f32::EPSILON));
            Taps { first, weights }
        })
        .collect()
}

/// Resizes one plane of `C` interleaved channels: first down the columns, row by row, then along [`wide::ROWS`] rows at once.
fn resample<const C: usize>(
    frame: &VideoFrame,
    plane: Plane,
    (plane_width, plane_height): (usize, usize),
    rect: Rect,
    (width, height): (usize, usize),
    outs: &mut [&mut [f32]; C],
) {
    let columns = taps(rect.x, rect.width, width, plane_width);
    let rows = taps(rect.y, rect.height, height, plane_height);
    let left = columns.iter().map(|taps| taps.first).min().unwrap_or(0);
    let right = columns.iter().map(|taps| taps.first + taps.weights.len()).max().unwrap_or(0);
    let span = (right - left) * C;
    let (mut lines, mut turned) = (vec![0.0_f32; span * wide::ROWS], vec![[0.0_f32; wide::ROWS]; span]);
    for (block, rows) in rows.chunks(wide::ROWS).enumerate() {
        lines.fill(0.0);
        for (line, row) in lines.chunks_exact_mut(span.max(1)).zip(rows) {
            for (source, weight) in (row.first..).zip(&row.weights).filter(|(_, weight)| **weight != 0.0) {
                let from = plane.offset + source * plane.stride + left * C;
                let Some(bytes) = frame.data.get(from..from + span) else { continue };
                wide::add_weighted(line, bytes, *weight);
            }
        }
        wide::turn(&lines, &mut turned);
        for (x, column) in columns.iter().enumerate() {
            let from = (column.first - left) * C;
            for (channel, out) in outs.iter_mut().enumerate() {
                let Some(pixels) = turned.get(from + channel..from + column.weights.len() * C) else { continue };
                let sums = wide::weigh(pixels, C, &column.weights);
                for (row, sum) in sums.into_iter().enumerate().take(rows.len()) {
                    if let Some(slot) = out.get_mut((block * wide::ROWS + row) * width + x) {
                        *slot = sum;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;

    fn rgb(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> VideoFrame {
        let data: Vec<u8> =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| pixel(x, y)).collect();
        VideoFrame::rgb(width, height, data.into()).unwrap()
    }

    fn yuv(format: PixelFormat, [y, u, v]: [u8; 3]) -> VideoFrame {
        let mut data = vec![y; 8 * 8];
        let planes = match format {
            PixelFormat::I420 => {
                data.extend([u; 16]);
                data.extend([v; 16]);
                vec![Plane { offset: 0, stride: 8 }, Plane { offset: 64, stride: 4 }, Plane { offset: 80, stride: 4 }]
            }
            _ => {
                data.extend([u, v].repeat(16));
                vec![Plane { offset: 0, stride: 8 }, Plane { offset: 64, stride: 8 }]
            }
        };
        VideoFrame::new(format, (8, 8), data.into(), planes, Arc::from("test")).unwrap()
    }

    #[test]
    fn shrinking_averages_what_it_leaves_out() {
        let stripes = rgb(64, 64, |x, _| if x % 2 == 0 { [255; 3] } else { [0; 3] });
        let patch = crop(&stripes, Rect::new(0.0, 0.0, 64.0, 64.0), 8, 8);
        assert!(
            patch.data.iter().all(|value| (value - 127.5).abs() < 20.0),
            "one pixel stripes become grey, a little off where the edge is repeated"
        );
    }

    #[test]
    fn a_crop_shows_the_part_asked_for_and_repeats_the_edge_outside() {
        let halves = rgb(20, 10, |x, _| if x < 10 { [10, 20, 30] } else { [200, 100, 50] });
        let left = crop(&halves, Rect::new(0.0, 0.0, 8.0, 10.0), 4, 4);
        assert_eq!(left.planes().0.iter().map(|v| v.round() as u8).collect::<Vec<_>>(), [10; 16]);
        let outside = crop(&halves, Rect::new(18.0, -5.0, 30.0, 30.0), 3, 3);
        assert!(outside.planes().2.iter().all(|value| (value - 50.0).abs() < 0.01), "{outside:?}");
    }

    #[test]
    fn planar_and_interleaved_chroma_give_the_same_colours() {
        // BT.601 limited range: 81, 90, 240 is pure red.
        let rect = Rect::new(0.0, 0.0, 8.0, 8.0);
        let planar = crop(&yuv(PixelFormat::I420, [81, 90, 240]), rect, 4, 4);
        assert_eq!(planar, crop(&yuv(PixelFormat::Nv12, [81, 90, 240]), rect, 4, 4));
        let (red, green, blue) = planar.planes();
        assert!(red[0] > 250.0 && green[0] < 3.0 && blue[0] < 3.0, "{} {} {}", red[0], green[0], blue[0]);
    }

    #[test]
    fn a_patch_is_normalised_in_the_models_channel_order() {
        let spec: TensorSpec =
            serde_json::from_str(r#"{"name":"image","shape":[],"colours":"bgr","mean":[1,2,3],"scale":[10,10,10]}"#)
                .unwrap();
        let patch = Patch { width: 1, height: 1, data: vec![13.0, 22.0, 31.0] };
        let mut tensor = vec![9.0; 3 * 4];
        patch.write(&spec, &mut tensor, (2, 2), (1, 1));
        assert_eq!(tensor, [9.0, 9.0, 9.0, 3.0, 9.0, 9.0, 9.0, 2.0, 9.0, 9.0, 9.0, 1.0]);
    }

    #[test]
    fn mirroring_twice_is_nothing() {
        let patch = crop(&rgb(9, 5, |x, y| [x as u8 * 9, y as u8, 7]), Rect::new(0.0, 0.0, 9.0, 5.0), 6, 4);
        assert_ne!(patch.mirrored(), patch);
        assert_eq!(patch.mirrored().mirrored(), patch);
    }
}
