//! The picture viewers see while the source is lost: dark, with a word in both languages.

use crate::{
    card,
    scene::{I420Mut, Layout, Order, Overlay, Pixels, yuv},
    source::Shape,
};
use gstreamer as gst;

/// The slate as one I420 buffer in the canvas's layout. Plain where no font can be drawn.
pub(crate) fn slate(shape: Shape) -> Option<gst::Buffer> {
    let picture = card::slate_picture(shape.width, shape.height)?;
    to_i420(&picture, shape)
}

/// RGBA (opaque) to I420 in GStreamer's default plane layout, limited range.
fn to_i420(rgba: &[u8], shape: Shape) -> Option<gst::Buffer> {
    let layout = Layout::new(shape.width, shape.height);
    let mut bytes = vec![0u8; layout.size];
    let mut picture = I420Mut::new(&mut bytes, &layout)?;
    picture.fill(yuv([0; 3], shape.is_hd()));
    let pixels = Pixels { data: rgba, width: shape.width, height: shape.height, at: (0, 0), order: Order::Rgba };
    Overlay::new(&pixels, (layout.width, layout.height), shape.is_hd())?.draw(&mut picture, 256);
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
