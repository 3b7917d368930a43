//! SVG and photo to pixels.

use super::{
    Card, fonts,
    layout::{self, Layout, Square},
};
use resvg::{tiny_skia, usvg};
use std::io::Cursor;

/// A drawn card: straight (not premultiplied) BGRA, as GStreamer's overlays want it on little-endian machines.
pub(super) struct Painted {
    pub bgra: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub at: (i32, i32),
}

/// Largest photo side accepted and memory its decoder may take: a photo of a phone, not a bomb.
const PHOTO_SIDE_MAX: u32 = 12_000;
const PHOTO_MEMORY_MAX: u64 = 256 << 20;

/// Draws `card` for a canvas of this size. None only if the size is absurd.
pub(super) fn paint(card: &Card, width: u32, height: u32) -> Option<Painted> {
    let layout = layout::lay_out(card, width, height, fonts::family());
    let mut pixels = draw(&layout.svg, layout.width, layout.height)?;
    if let (Some(square), Some(jpeg)) = (layout.photo, &card.photo_jpeg) {
        match photo(jpeg, square.side) {
            Ok(picture) => place(&mut pixels, &layout, square, &picture),
            Err(error) => tracing::warn!(%error, title = card.title, "the photo of a card cannot be shown"),
        }
    }
    for pixel in pixels.as_chunks_mut::<4>().0 {
        pixel.swap(0, 2);
    }
    Some(Painted { bgra: pixels, width: layout.width, height: layout.height, at: layout.at })
}

/// The slate, opaque RGBA.
pub(crate) fn slate_picture(width: u32, height: u32) -> Option<Vec<u8>> {
    let size = width.min(height) as f32 / 11.0;
    let (x, y) = (width as f32 / 2.0, height as f32 / 2.0);
    let family = layout::escape(fonts::family());
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#1b2430\"/>\
         <g font-family=\"{family}\" text-anchor=\"middle\" fill=\"#f2f4f7\">\
         <text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"700\">马上回来</text>\
         <text x=\"{x}\" y=\"{y2}\" font-size=\"{small}\" fill=\"#aeb8c4\">Back in a moment</text></g></svg>",
        y2 = y + size,
        small = size * 0.5,
    );
    draw(&svg, width, height)
}

/// SVG to straight RGBA.
fn draw(svg: &str, width: u32, height: u32) -> Option<Vec<u8>> {
    let tree = usvg::Tree::from_str(svg, &fonts::options())
        .map_err(|error| tracing::error!(%error, "a card has no valid layout"))
        .ok()?;
    let mut pixmap = tiny_skia::Pixmap::new(width, height)?;
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixmap.as_mut());
    let mut out = Vec::with_capacity(width as usize * height as usize * 4);
    for pixel in pixmap.pixels() {
        let c = pixel.demultiply();
        out.extend_from_slice(&[c.red(), c.green(), c.blue(), c.alpha()]);
    }
    Some(out)
}

fn photo(jpeg: &[u8], side: u32) -> Result<image::RgbaImage, image::ImageError> {
    let mut reader = image::ImageReader::new(Cursor::new(jpeg)).with_guessed_format()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(PHOTO_SIDE_MAX);
    limits.max_image_height = Some(PHOTO_SIDE_MAX);
    limits.max_alloc = Some(PHOTO_MEMORY_MAX);
    reader.limits(limits);
    let side = side.max(1);
    Ok(reader.decode()?.resize_to_fill(side, side, image::imageops::FilterType::Triangle).to_rgba8())
}

/// Puts the photo into its square, corners rounded.
fn place(pixels: &mut [u8], layout: &Layout, square: Square, picture: &image::RgbaImage) {
    for (x, y, colour) in picture.enumerate_pixels() {
        if !inside_rounded(x, y, square.side, square.radius) {
            continue;
        }
        let at = ((square.y + y) as usize * layout.width as usize + (square.x + x) as usize) * 4;
        if let Some(target) = pixels.get_mut(at..at + 4) {
            let [r, g, b, _] = colour.0;
            target.copy_from_slice(&[r, g, b, 255]);
        }
    }
}

fn inside_rounded(x: u32, y: u32, side: u32, radius: u32) -> bool {
    let corner = |v: u32| if v < radius { radius - v } else { (v + radius + 1).saturating_sub(side) };
    let (dx, dy) = (corner(x), corner(y));
    dx == 0 || dy == 0 || dx * dx + dy * dy <= radius * radius
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn red_photo() -> bytes::Bytes {
        let mut out = Cursor::new(Vec::new());
        image::RgbImage::from_pixel(90, 60, image::Rgb([250, 10, 10]))
            .write_to(&mut out, image::ImageFormat::Jpeg)
            .unwrap();
        out.into_inner().into()
    }

    #[test]
    fn a_card_has_see_through_ground_opaque_photo_and_visible_words() {
        let card = |title: &str| Card {
            title: title.into(),
            price: "¥ 39.90".into(),
            photo_jpeg: Some(red_photo()),
            ..Card::default()
        };
        let with = paint(&card("橄榄油"), 1280, 720).unwrap();
        let at = |x: u32, y: u32| {
            let i = ((y * with.width + x) * 4) as usize;
            [with.bgra[i], with.bgra[i + 1], with.bgra[i + 2], with.bgra[i + 3]]
        };
        assert_eq!(at(0, 0)[3], 0, "corners are round");
        let ground = at(with.width - 20, 8)[3];
        assert!((200..220).contains(&ground), "the ground lets 18 % through, alpha {ground}");
        let photo = at(80, 80);
        assert!(photo[2] > 200 && photo[0] < 60 && photo[3] == 255, "blue, green, red: {photo:?}");
        let without = paint(&card(""), 1280, 720).unwrap();
        let differing = with.bgra.iter().zip(&without.bgra).filter(|(a, b)| a != b).count();
        assert!(differing > 300, "the Chinese title is drawn, {differing} bytes differ");
    }

    #[test]
    fn a_photo_that_is_none_leaves_the_card_standing() {
        let card = Card {
            title: "T".into(),
            price: "1".into(),
            photo_jpeg: Some(bytes::Bytes::from_static(b"no jpeg")),
            ..Card::default()
        };
        assert!(paint(&card, 1280, 720).is_some());
    }
}
