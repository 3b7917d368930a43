//! Photos from outside: decoded under limits and encoded anew, so that what is served is a picture and nothing else.

use crate::error::ApiError;
use axum::body::Bytes;
use image::{DynamicImage, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType};
use std::io::Cursor;

/// Longest side taken in, pixels.
const MAX_SIDE_IN: u32 = 8_192;
/// Longest side served: sharp on a phone, light on the wire.
const MAX_SIDE_OUT: u32 = 1_200;
/// Memory one decode may take.
const MAX_ALLOC_BYTES: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 85;

/// The picture without metadata, turned upright. Errors: no readable JPEG, or too large.
pub async fn clean(body: Bytes) -> Result<Vec<u8>, ApiError> {
    let cleaned = tokio::task::spawn_blocking(move || clean_blocking(&body)).await;
    cleaned.map_err(|error| ApiError::internal(&error))?.map_err(|why| {
        ApiError::bad_input(format!("the photo can't be read: {why}"))
            .hint("send a JPEG of at most 2 MiB and 8,192 pixels a side")
    })
}

fn clean_blocking(body: &[u8]) -> Result<Vec<u8>, image::ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_IN);
    limits.max_image_height = Some(MAX_SIDE_IN);
    limits.max_alloc = Some(MAX_ALLOC_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(body), ImageFormat::Jpeg);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let turn = image::ImageDecoder::orientation(&mut decoder)?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(turn);
    if picture.width().max(picture.height()) > MAX_SIDE_OUT {
        picture = picture.resize(MAX_SIDE_OUT, MAX_SIDE_OUT, FilterType::Triangle);
    }
    let mut out = Vec::new();
    picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
        picture.write_with_encoder(JpegEncoder::new(&mut out)).unwrap();
        out
    }

    #[test]
    fn a_large_photo_comes_out_smaller_and_without_what_hung_on_it() {
        let mut dirty = jpeg(2_400, 1_000);
        dirty.extend_from_slice(b"<script>canary</script>");
        let clean = clean_blocking(&dirty).unwrap();
        let picture = image::load_from_memory(&clean).unwrap();
        assert_eq!((picture.width(), picture.height()), (1_200, 500));
        assert!(!clean.windows(6).any(|bytes| bytes == b"canary"));
    }

    #[test]
    fn what_is_no_jpeg_is_refused() {
        for garbage in [&b""[..], b"\xff\xd8\xff", b"GIF89a", &jpeg(64, 64)[..200]] {
            assert!(clean_blocking(garbage).is_err(), "{garbage:?}");
        }
    }
}
