//! A picture file as a source. It is read as a scene's pictures are: by decoders written in Rust, with limits, which a broken or
//! hostile file can make fail and nothing else. So it needs no process of its own, and no GStreamer decoder sees it.

use super::SourceSpec;
use crate::{
    MediaError,
    overlay::{
        PictureError,
        picture::{decode_from, fit, scale},
    },
};
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::{Mutex, PoisonError},
};

/// Largest file that is read, bytes: as many as the pixels of the largest picture take.
const FILE_MAX: u64 = 256 * 1024 * 1024;
/// A line of pixels is a picture here: it fills the canvas with its colour.
const SIDE_MIN: u32 = 1;

/// An element that gives the picture once, no side of it longer than `largest`, turned upright as its EXIF data says. What can be
/// seen through shows black. Errors: [`MediaError::Source`], with what is wrong with the file and what to do.
pub(super) fn still(path: &Path, largest: u32) -> Result<gst_app::AppSrc, MediaError> {
    let (pixels, (width, height)) = read(path)
        .and_then(|file| paint(&file, largest).map_err(|why| why.to_string()))
        .map_err(|why| MediaError::Source { what: SourceSpec::Image(path.to_owned()).thing(), why })?;
    let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "RGBx")
        .field("width", side(width))
        .field("height", side(height))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("framerate", gst::Fraction::new(0, 1))
        .build();
    let mut buffer = gst::Buffer::from_mut_slice(pixels);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(gst::ClockTime::ZERO);
    }
    let source = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).max_bytes(0).build();
    let once = Mutex::new(Some(buffer));
    let give = move |source: &gst_app::AppSrc, _: u32| {
        if let Some(buffer) = once.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = source.push_buffer(buffer);
            let _ = source.end_of_stream();
        }
    };
    source.set_callbacks(gst_app::AppSrcCallbacks::builder().need_data(give).build());
    Ok(source)
}

/// The bytes of a file. Errors: a sentence for people.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    // Before it is opened: a pipe would be waited for.
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is no file; choose a PNG, JPEG or WebP".into());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let too_long = || format!("the file has more than {} MB; choose a smaller picture", FILE_MAX / (1024 * 1024));
    if about.len() > FILE_MAX {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    // It may have grown since.
    if bytes.len() as u64 > FILE_MAX { Err(too_long()) } else { Ok(bytes) }
}

/// Shape: four bytes a pixel (red, green, blue, one of no meaning), and width and height. Errors: [`PictureError`].
fn paint(file: &[u8], largest: u32) -> Result<(Vec<u8>, (u32, u32)), PictureError> {
    let picture = decode_from(file, SIDE_MIN)?;
    let (width, height) = (picture.width(), picture.height());
    let mut pixels = if width.max(height) > largest {
        let (width, height) = fit(width, height, largest, largest);
        scale(&picture, width, height)
    } else {
        picture.into_rgba8()
    };
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let seen = |v: u8| ((u32::from(v) * u32::from(alpha) + 127) / 255) as u8;
        pixel.0 = [seen(red), seen(green), seen(blue), u8::MAX];
    }
    let size = pixels.dimensions();
    Ok((pixels.into_raw(), size))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::{ImageFormat, Rgba, RgbaImage};
    use std::io::Cursor;

    fn png(picture: &RgbaImage) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_picture_keeps_its_size_up_to_what_a_canvas_can_show_and_its_shape_beyond() {
        let of =
            |width, height| paint(&png(&RgbaImage::from_pixel(width, height, Rgba([200, 40, 40, 255]))), 640).unwrap();
        for (size, seen) in
            [((1, 1), (1, 1)), ((640, 33), (640, 33)), ((1_280, 720), (640, 360)), ((2_000, 1), (640, 1))]
        {
            let (pixels, painted) = of(size.0, size.1);
            assert_eq!(painted, seen, "{size:?}");
            assert!(pixels.chunks(4).all(|pixel| pixel == [200, 40, 40, 255]), "{size:?}");
        }
    }

    #[test]
    fn what_can_be_seen_through_shows_black() {
        let half = RgbaImage::from_fn(2, 1, |x, _| Rgba([255, 0, 0, if x == 0 { 0 } else { 51 }]));
        assert_eq!(paint(&png(&half), 640).unwrap().0, [0, 0, 0, 255, 51, 0, 0, 255]);
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).is_err_and(|why| why.contains("no file")));
        assert!(read(&dir.path().join("none.png")).is_err());
        let long = dir.path().join("long.png");
        File::create(&long).unwrap().set_len(FILE_MAX + 1).unwrap();
        assert!(read(&long).is_err_and(|why| why.contains("256 MB")));
    }
}
