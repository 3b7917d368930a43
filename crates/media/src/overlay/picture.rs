//! A picture file as a layer: read with limits, turned upright, scaled with its transparency.

use super::{Painted, Spot};
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, RgbaImage, imageops::FilterType};
use std::io::Cursor;

/// Longest side accepted, and most pixels: a phone's best photo or a wide panorama, not a bomb.
const SIDE_MAX: u32 = 12_000;
const PIXELS_MAX: u64 = 64_000_000;

/// Memory that a decoder may take for a picture, bytes: four for each of the pixels.
const MEMORY_MAX: u64 = 4 * PIXELS_MAX;

/// A side shorter than this shows nothing; such files are counters of web pages.
const SIDE_MIN: u32 = 2;

/// Why a file is no picture for the show.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("the file is empty; choose another one")]
    Empty,
    #[error("the file is no PNG, JPEG or WebP; save the picture as one of these")]
    Format,
    #[error("the picture has {width}x{height} pixels; choose one of at most {SIDE_MAX} a side and 64 million in all")]
    TooLarge { width: u32, height: u32 },
    #[error("the picture has {width}x{height} pixels and would show nothing; choose a larger one")]
    TooSmall { width: u32, height: u32 },
    #[error("the picture is damaged ({0}); save it again or choose another one")]
    Broken(String),
}

/// Draws a picture file (PNG, JPEG, WebP) as large as `spot` allows, whole and in the spot's middle.
///
/// Units: `width` and `height` are the canvas's pixels. Errors: [`PictureError`].
pub fn paint_picture(file: &[u8], spot: Spot, width: u32, height: u32) -> Result<Painted, PictureError> {
    let picture = decode(file)?;
    let (x, y, room_width, room_height) = spot.pixels(width, height);
    let (new_width, new_height) = fit(picture.width(), picture.height(), room_width, room_height);
    let scaled = scale(&picture, new_width, new_height);
    let at = (x + (room_width - new_width) as i32 / 2, y + (room_height - new_height) as i32 / 2);
    Ok(Painted::from_rgba(scaled.into_raw(), new_width, new_height, at))
}

/// Reads a picture and turns it as its EXIF data says. Errors: [`PictureError`].
pub(crate) fn decode(file: &[u8]) -> Result<DynamicImage, PictureError> {
    decode_from(file, SIDE_MIN)
}

/// As [`decode`], of pictures whose sides have `side_min` pixels at least. Errors: [`PictureError`].
pub(crate) fn decode_from(file: &[u8], side_min: u32) -> Result<DynamicImage, PictureError> {
    if file.is_empty() {
        return Err(PictureError::Empty);
    }
    let broken = |error: ImageError| match error {
        ImageError::Unsupported(_) => PictureError::Format,
        error => PictureError::Broken(error.to_string()),
    };
    let reader = ImageReader::new(Cursor::new(file));
    let reader = reader.with_guessed_format().map_err(|error| PictureError::Broken(error.to_string()))?;
    if reader.format().is_none() {
        return Err(PictureError::Format);
    }
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(PictureError::TooLarge { width, height });
    }
    if width.min(height) < side_min {
        return Err(PictureError::TooSmall { width, height });
    }
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MEMORY_MAX);
    decoder.set_limits(limits).map_err(broken)?;
    // A picture whose EXIF data is damaged is still a picture.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The largest size of the same shape that has room, pixels.
pub(crate) fn fit(width: u32, height: u32, room_width: u32, room_height: u32) -> (u32, u32) {
    let (w, h) = (u64::from(width), u64::from(height));
    let (room_w, room_h) = (u64::from(room_width), u64::from(room_height));
    let rounded = |a: u64, b: u64| ((a + b / 2) / b.max(1)).max(1) as u32;
    if room_w * h <= room_h * w {
        (room_width, rounded(room_w * h, w).min(room_height))
    } else {
        (rounded(room_h * w, h).min(room_width), room_height)
    }
}

/// Scales with a sharp filter. Colours are weighted by their alpha on the way: what is invisible must not bleed into the
/// edge of what is seen.
pub(crate) fn scale(picture: &DynamicImage, width: u32, height: u32) -> RgbaImage {
    // Most of a large photo goes by a cheap mean first; the good filter then has twice what it needs.
    let picture = if picture.width() > width * 4 && picture.height() > height * 4 {
        picture.thumbnail_exact(width * 2, height * 2)
    } else {
        picture.clone()
    };
    if !picture.color().has_alpha() {
        return picture.resize_exact(width, height, FilterType::Lanczos3).to_rgba8();
    }
    let mut weighted = picture.to_rgba8();
    for pixel in weighted.pixels_mut() {
        let [r, g, b, a] = pixel.0.map(u32::from);
        let weigh = |v: u32| ((v * a + 127) / 255) as u8;
        pixel.0 = [weigh(r), weigh(g), weigh(b), a as u8];
    }
    let mut scaled = image::imageops::resize(&weighted, width, height, FilterType::Lanczos3);
    for pixel in scaled.pixels_mut() {
        let [r, g, b, a] = pixel.0.map(u32::from);
        let full = |v: u32| (v * 255 + a / 2).checked_div(a).unwrap_or(0).min(255) as u8;
        pixel.0 = [full(r), full(g), full(b), a as u8];
    }
    scaled
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::{ImageEncoder, ImageFormat, Rgba, codecs::jpeg::JpegEncoder};

    const WHOLE: Spot = Spot { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// Left half red and there, right half green and invisible.
    fn half() -> DynamicImage {
        RgbaImage::from_fn(80, 40, |x, _| if x < 40 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 255, 0, 0]) }).into()
    }

    fn at(painted: &Painted, x: u32, y: u32) -> [u8; 4] {
        let i = ((y * painted.width + x) * 4) as usize;
        [painted.bgra[i + 2], painted.bgra[i + 1], painted.bgra[i], painted.bgra[i + 3]]
    }

    #[test]
    fn transparency_is_kept_and_what_is_invisible_does_not_bleed() {
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            let spot = Spot { width: 0.05, height: 1.0, ..WHOLE };
            let painted = paint_picture(&encoded(&half(), format), spot, 640, 360).unwrap();
            assert_eq!((painted.width, painted.height), (32, 16));
            assert_eq!(at(&painted, 4, 8), [255, 0, 0, 255]);
            assert_eq!(at(&painted, 28, 8)[3], 0);
            for x in 0..32 {
                let [red, green, _, alpha] = at(&painted, x, 8);
                assert!(alpha < 8 || red > 250 && green < 8, "the edge is red, however thin: {:?}", at(&painted, x, 8));
            }
        }
    }

    #[test]
    fn a_picture_fits_its_spot_whole_and_in_the_middle() {
        let table = [((80, 40), (100, 100), (100, 50)), ((40, 80), (100, 100), (50, 100)), ((9, 1), (3, 3), (3, 1))];
        for ((w, h), (room_w, room_h), expected) in table {
            assert_eq!(fit(w, h, room_w, room_h), expected, "{w}x{h} in {room_w}x{room_h}");
        }
        assert_eq!(fit(12_000, 2, 1280, 720), (1280, 1), "never nothing");
        let spot = Spot { x: 0.5, y: 0.25, width: 0.25, height: 0.5 };
        let painted = paint_picture(&encoded(&half(), ImageFormat::Png), spot, 640, 360).unwrap();
        assert_eq!((painted.width, painted.height, painted.at), (160, 80, (320, 90 + 50)));
    }

    #[test]
    fn a_photo_taken_upright_stands_upright() {
        // Orientation 6: the camera was turned, so the left half belongs on top.
        let exif = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        let mut out = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut out, 95);
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
        let rgb = image::RgbImage::from_fn(80, 40, |x, _| image::Rgb(if x < 40 { [255, 0, 0] } else { [0, 0, 255] }));
        encoder.write_image(&rgb, 80, 40, image::ExtendedColorType::Rgb8).unwrap();
        let painted = paint_picture(&out, WHOLE, 640, 640).unwrap();
        assert_eq!((painted.width, painted.height), (320, 640));
        let (top, bottom) = (at(&painted, 160, 100), at(&painted, 160, 540));
        assert!(top[0] > 240 && top[2] < 16 && bottom[2] > 240, "{top:?} above {bottom:?}");
    }

    #[test]
    fn files_that_are_no_pictures_say_what_they_are() {
        let name = |file: &[u8]| match paint_picture(file, WHOLE, 640, 360) {
            Ok(_) => "picture",
            Err(PictureError::Empty) => "empty",
            Err(PictureError::Format) => "format",
            Err(PictureError::TooLarge { width: 12_000, height: 12_000 }) => "12000x12000",
            Err(PictureError::TooLarge { .. }) => "too large",
            Err(PictureError::TooSmall { width: 1, height: 1 }) => "1x1",
            Err(PictureError::TooSmall { .. }) => "too small",
            Err(PictureError::Broken(_)) => "broken",
        };
        let png = encoded(&half(), ImageFormat::Png);
        let jpeg = encoded(&DynamicImage::from(half().to_rgb8()), ImageFormat::Jpeg);
        let webp = encoded(&half(), ImageFormat::WebP);
        let of_size = |w, h| encoded(&DynamicImage::new_luma8(w, h), ImageFormat::Png);
        let table: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b"no picture at all", "format"),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "format"),
            (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "format"),
            (&png[..png.len() / 2], "broken"),
            (&png[..20], "broken"),
            (&webp[..webp.len() / 2], "broken"),
            (&jpeg[..30], "broken"),
            (&of_size(1, 1), "1x1"),
            (&of_size(1, 400), "too small"),
            (&of_size(12_000, 12_000), "12000x12000"),
            (&of_size(12_001, 2), "too large"),
            (&png, "picture"),
        ];
        for (file, expected) in table {
            assert_eq!(name(file), *expected, "{:?}", &file[..file.len().min(24)]);
        }
    }
}
