//! The picture viewers see while the source is lost: dark, with a word in both languages.

use crate::{card, source::Shape};
use gstreamer as gst;

/// The slate as one I420 buffer in the canvas's layout. Plain where no font can be drawn.
pub(crate) fn slate(shape: Shape) -> Option<gst::Buffer> {
    let picture = card::slate_picture(shape.width, shape.height)?;
    to_i420(&picture, shape)
}

/// Weights of R, G and B in luma.
fn weights(shape: Shape) -> (f32, f32) {
    if shape.is_hd() { (0.2126, 0.0722) } else { (0.299, 0.114) }
}

/// RGBA (opaque) to I420 in GStreamer's default plane layout, limited range.
fn to_i420(rgba: &[u8], shape: Shape) -> Option<gst::Buffer> {
    use gstreamer_video::VideoFormat;
    let info = gstreamer_video::VideoInfo::builder(VideoFormat::I420, shape.width, shape.height).build().ok()?;
    let mut bytes = vec![0u8; info.size()];
    let (kr, kb) = weights(shape);
    let (width, height) = (shape.width as usize, shape.height as usize);
    let pixel = |x: usize, y: usize| -> Option<(f32, f32, f32)> {
        let at = (y * width + x) * 4;
        let p = rgba.get(at..at + 3)?;
        Some((f32::from(*p.first()?), f32::from(*p.get(1)?), f32::from(*p.get(2)?)))
    };
    let [offset_y, offset_u, offset_v] = *info.offset().first_chunk::<3>()?;
    let [stride_y, stride_u, stride_v] = *info.stride().first_chunk::<3>()?;
    for y in 0..height {
        for x in 0..width {
            let (r, g, b) = pixel(x, y)?;
            let luma = kr * r + (1.0 - kr - kb) * g + kb * b;
            *bytes.get_mut(offset_y + y * stride_y as usize + x)? = (16.0 + luma * 219.0 / 255.0).round() as u8;
            if x % 2 == 0 && y % 2 == 0 {
                let (cb, cr) = ((b - luma) / (2.0 * (1.0 - kb)), (r - luma) / (2.0 * (1.0 - kr)));
                let chroma = |c: f32| (128.0 + c * 224.0 / 255.0).round().clamp(16.0, 240.0) as u8;
                *bytes.get_mut(offset_u + y / 2 * stride_u as usize + x / 2)? = chroma(cb);
                *bytes.get_mut(offset_v + y / 2 * stride_v as usize + x / 2)? = chroma(cr);
            }
        }
    }
    Some(gst::Buffer::from_slice(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn white_and_black_become_the_limits_of_the_range() {
        gst::init().unwrap();
        let shape = Shape { width: 64, height: 64, fps: 30 };
        let half: Vec<u8> = (0..64 * 64).flat_map(|i| if i < 32 * 64 { [255; 4] } else { [0, 0, 0, 255] }).collect();
        let buffer = to_i420(&half, shape).unwrap();
        let map = buffer.map_readable().unwrap();
        assert_eq!((map[0], map[63 * 64]), (235, 16));
        assert_eq!((map[64 * 64], map[64 * 64 + 32 * 32]), (128, 128), "grey has no colour");
    }
}
