//! From the bytes of a photo to what is kept: upright, without metadata, in a size that serves. Pure.

use hawker_domain::product::PHOTO_PIXELS_MAX;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
    error::LimitError, imageops::FilterType,
};
use std::io::Cursor;

/// Longest side of a kept photo.
pub const PHOTO_SIDE_PX: u32 = 1600;
/// Longest side of a thumbnail.
pub const THUMBNAIL_SIDE_PX: u32 = 256;

const SIDE_MAX_PX: u32 = 30_000;
const DECODE_MAX_BYTES: u64 = 512 * 1024 * 1024;
pub(crate) const FILE_MAX_BYTES: usize = 48 * 1024 * 1024;

const PHOTO_QUALITY: u8 = 88;
const THUMBNAIL_QUALITY: u8 = 80;

/// A photo as it is stored.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) thumbnail: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Why bytes are no photo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    #[error("it is no JPEG, PNG or WebP picture ({0})")]
    NotAPicture(String),
    #[error("it is too large ({0})")]
    TooLarge(String),
}

/// Decodes under limits, turns as the camera noted, drops all metadata, shrinks (never enlarges), flattens
/// transparency onto white. Errors: [`PictureError`].
pub(crate) fn prepare(bytes: &[u8]) -> Result<Picture, PictureError> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err(PictureError::TooLarge(format!("{} MB, at most {}", bytes.len() >> 20, FILE_MAX_BYTES >> 20)));
    }
    let not_a_picture = |error: ImageError| match error {
        ImageError::Limits(limit) => too_large(&limit),
        other => PictureError::NotAPicture(other.to_string()),
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX_PX);
    limits.max_image_height = Some(SIDE_MAX_PX);
    limits.max_alloc = Some(DECODE_MAX_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| PictureError::NotAPicture(error.to_string()))?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(not_a_picture)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PHOTO_PIXELS_MAX {
        return Err(PictureError::TooLarge(format!("{width} x {height} pixels")));
    }
    let orientation = decoder.orientation().map_err(not_a_picture)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(not_a_picture)?;
    let mut photo = shrink(decoded, PHOTO_SIDE_PX);
    photo.apply_orientation(orientation);
    let photo = DynamicImage::ImageRgb8(flatten(photo));
    let (width, height) = (photo.width(), photo.height());
    let jpeg = encode(&photo, PHOTO_QUALITY)?;
    let thumbnail = encode(&shrink(photo, THUMBNAIL_SIDE_PX), THUMBNAIL_QUALITY)?;
    Ok(Picture { jpeg, thumbnail, width, height })
}

fn too_large(limit: &LimitError) -> PictureError {
    PictureError::TooLarge(limit.to_string())
}

/// Roughly first: the fine filter takes 16 bytes for every pixel of a row it has seen, which is much for a photo of a phone.
fn shrink(picture: DynamicImage, side_px: u32) -> DynamicImage {
    let side = |picture: &DynamicImage| picture.width().max(picture.height());
    if side(&picture) <= side_px {
        return picture;
    }
    let rough_px = side_px * 2;
    let picture = if side(&picture) > rough_px { picture.thumbnail(rough_px, rough_px) } else { picture };
    picture.resize(side_px, side_px, FilterType::CatmullRom)
}

/// JPEG has no transparency: shop pictures cut out of their background are seen on white.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0;
        let over = |c: u8| {
            let alpha = u32::from(alpha);
            ((u32::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([over(r), over(g), over(b)])
    })
}

fn encode(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let mut out = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut out, quality))
        .map_err(|error| PictureError::NotAPicture(error.to_string()))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::testing::{jpeg_with_exif, png};
    use image::GenericImageView;

    #[test]
    fn a_large_picture_is_shrunk_and_a_small_one_is_not_enlarged() {
        let large = prepare(&png(2000, 1000, [200, 30, 30, 255])).unwrap();
        assert_eq!((large.width, large.height), (1600, 800));
        let thumbnail = image::load_from_memory(&large.thumbnail).unwrap();
        assert_eq!(thumbnail.dimensions(), (256, 128));
        let small = prepare(&png(40, 30, [200, 30, 30, 255])).unwrap();
        assert_eq!((small.width, small.height), (40, 30));
    }

    #[test]
    fn a_picture_taken_sideways_stands_upright_and_loses_its_metadata() {
        // Orientation 6: the camera was turned, the picture is to be turned clockwise.
        let bytes = jpeg_with_exif(64, 32, 6, "GPS 52.5200 N");
        let kept = prepare(&bytes).unwrap();
        assert_eq!((kept.width, kept.height), (32, 64));
        for out in [&kept.jpeg, &kept.thumbnail] {
            assert!(!out.windows(4).any(|w| w == b"Exif"), "no EXIF block is left");
            assert!(!out.windows(7).any(|w| w == b"52.5200"), "the place is not given away");
        }
    }

    #[test]
    fn transparency_becomes_white() {
        let kept = prepare(&png(8, 8, [0, 0, 0, 0])).unwrap();
        let pixel = image::load_from_memory(&kept.jpeg).unwrap().get_pixel(4, 4);
        assert!(pixel.0.iter().all(|c| *c > 250), "{pixel:?}");
    }

    /// Red on the left, blue on the right, in the forms that shops and phones deliver.
    #[test]
    fn a_photo_for_print_a_grey_one_and_a_moving_one_are_kept_as_they_look() {
        let (red, blue) = ([200, 30, 30], [30, 30, 200]);
        let cases = [
            ("CMYK", include_bytes!("tests/photos/cmyk.jpg").as_slice(), red, blue),
            ("grey", include_bytes!("tests/photos/grey.jpg").as_slice(), [80; 3], [49; 3]),
            ("its first picture", include_bytes!("tests/photos/moving.webp").as_slice(), red, blue),
        ];
        for (what, bytes, left, right) in cases {
            let kept = image::load_from_memory(&prepare(bytes).unwrap().jpeg).unwrap();
            for (at, want) in [(2, left), (13, right)] {
                let image::Rgba([r, g, b, _]) = kept.get_pixel(at, 4);
                let near = [r, g, b].iter().zip(want).all(|(found, want)| found.abs_diff(want) < 16);
                assert!(near, "{what} at {at}: {:?}, not {want:?}", [r, g, b]);
            }
        }
        let gif = prepare(include_bytes!("tests/photos/moving.gif"));
        assert!(matches!(gif, Err(PictureError::NotAPicture(_))), "{gif:?}");
    }

    #[test]
    fn the_largest_photo_of_a_phone_is_taken() {
        let (width, height) = (12_032, 9_024);
        let mut bytes = Vec::new();
        let picture =
            image::GrayImage::from_fn(width, height, |x, _| image::Luma([if x < width / 2 { 20 } else { 220 }]));
        DynamicImage::ImageLuma8(picture).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 50)).unwrap();
        let kept = prepare(&bytes).unwrap();
        assert_eq!((kept.width, kept.height), (1600, 1200));
        let thumbnail = image::load_from_memory(&kept.thumbnail).unwrap().to_luma8();
        assert!(thumbnail.get_pixel(60, 90).0[0] < 40 && thumbnail.get_pixel(200, 90).0[0] > 200);
    }

    #[test]
    fn bytes_that_are_no_picture_are_named_so() {
        let cut: Vec<u8> = png(64, 64, [9, 9, 9, 255]).into_iter().take(60).collect();
        for bytes in [b"hello".as_slice(), b"", b"\xff\xd8\xff", &cut] {
            assert!(matches!(prepare(bytes), Err(PictureError::NotAPicture(_))), "{:?}", prepare(bytes));
        }
    }

    #[test]
    fn a_decompression_bomb_is_refused_before_it_is_decoded() {
        // A PNG header that claims 25,000 x 25,000 pixels; no data follow.
        let mut bytes = png(1, 1, [0, 0, 0, 255]);
        bytes[16..20].copy_from_slice(&25_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&25_000_u32.to_be_bytes());
        let crc = crate::testing::crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(matches!(prepare(&bytes), Err(PictureError::TooLarge(_))), "{:?}", prepare(&bytes));
    }
}
