//! Photos from files: decoded, turned upright, within limits.

use hawker_av::VideoFrame;
use hawker_domain::product::PHOTO_PIXELS_MAX;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader};
use std::io::Cursor;
use std::path::Path;

use crate::VisionError;

/// Longest side kept. The embedder looks at 288 pixels; more only costs memory.
const KEPT_SIDE: u32 = 1600;

/// Reads a photo file. Errors: unreadable, no photo, too large.
pub fn read(path: &Path) -> Result<VideoFrame, VisionError> {
    let bytes = std::fs::read(path).map_err(|source| VisionError::ReadPhoto { path: path.to_owned(), source })?;
    decode(&path.display().to_string(), &bytes)
}

/// Decodes a photo to an upright RGB frame; transparent parts become white, as shops show them. `what` names it in errors.
pub fn decode(what: &str, bytes: &[u8]) -> Result<VideoFrame, VisionError> {
    let bad = |error: image::ImageError| VisionError::NotAPhoto { what: what.to_owned(), why: error.to_string() };
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| VisionError::NotAPhoto { what: what.to_owned(), why: error.to_string() })?;
    let mut decoder = reader.into_decoder().map_err(bad)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PHOTO_PIXELS_MAX {
        return Err(VisionError::PhotoTooLarge { what: what.to_owned(), width, height, limit: PHOTO_PIXELS_MAX });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(bad)?;
    picture.apply_orientation(orientation);
    if picture.width().max(picture.height()) > KEPT_SIDE {
        picture = picture.thumbnail(KEPT_SIDE, KEPT_SIDE);
    }
    let (width, height) = (picture.width(), picture.height());
    let data: Vec<u8> =
        if picture.color().has_alpha() { on_white(&picture.to_rgba8()) } else { picture.into_rgb8().into_raw() };
    VideoFrame::rgb(width, height, data.into())
        .map_err(|error| VisionError::NotAPhoto { what: what.to_owned(), why: error.to_string() })
}

fn on_white(picture: &image::RgbaImage) -> Vec<u8> {
    let blend = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u32::from(colour), u32::from(alpha));
        ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    picture.pixels().flat_map(|image::Rgba([r, g, b, a])| [blend(*r, *a), blend(*g, *a), blend(*b, *a)]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn transparent_parts_of_a_photo_become_white() {
        let picture = image::RgbaImage::from_fn(2, 1, |x, _| image::Rgba([200, 0, 0, if x == 0 { 255 } else { 0 }]));
        let mut png = Vec::new();
        picture.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        let frame = decode("two pixels", &png).unwrap();
        assert_eq!(frame.data.as_ref(), [200, 0, 0, 255, 255, 255]);
    }

    #[test]
    fn a_file_that_is_no_photo_is_named_in_the_error() {
        let error = decode("shop/1.jpg", b"<html>not found</html>").unwrap_err();
        assert!(error.to_string().starts_with("shop/1.jpg is not a photo"), "{error}");
        assert!(matches!(read(Path::new("/nowhere.jpg")), Err(VisionError::ReadPhoto { .. })));
    }
}
