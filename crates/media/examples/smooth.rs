//! How long skin smoothing takes, and what it does to a photo.
//!
//! `cargo run --release -p hawker-media --example smooth` prints milliseconds a picture on one core, and what counts as one
//! line of JSON at the end;
//! with `IN OUT [STRENGTH]` it smooths a photo instead.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use hawker_media::{I420Mut, Plane, SkinSmoother};
use std::{error::Error, time::Instant};

/// A picture in I420, full-range BT.601 (that of JPEG).
struct Picture {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    chroma: [Vec<u8>; 2],
}

impl Picture {
    fn smooth(&mut self, smoother: &mut SkinSmoother, strength: u8) -> Result<(), Box<dyn Error>> {
        let stride = self.width.div_ceil(2);
        let chroma = self.chroma.each_ref().map(|data| Plane { data, stride });
        smoother.smooth(I420Mut::new((self.width, self.height), &mut self.luma, self.width, chroma)?, strength);
        Ok(())
    }

    /// Skin with noise, lines and a gradient over the whole picture: the most work there can be.
    fn all_skin(width: usize, height: usize) -> Self {
        let luma = (0..width * height).map(|i| {
            let (x, y) = (i % width, i / width);
            let noise = (i.wrapping_mul(2_654_435_761) >> 13) % 17;
            if x % 97 < 2 { 60 } else { (110 + noise + x * 40 / width + y * 20 / height) as u8 }
        });
        let chroma = width.div_ceil(2) * height.div_ceil(2);
        Self { width, height, luma: luma.collect(), chroma: [vec![108; chroma], vec![151; chroma]] }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [from, to] => photo(from, to, 50),
        [from, to, strength] => photo(from, to, strength.parse()?),
        _ => bench(),
    }
}

/// The median of many pictures, each a fresh copy: a smoothed one would be less work.
fn bench() -> Result<(), Box<dyn Error>> {
    let mut reported = serde_json::Value::Null;
    for (name, width, height) in [("720p", 1280, 720), ("1080p", 1920, 1080)] {
        for strength in [0_u8, 50, 100] {
            let (mut smoother, mut picture) = (SkinSmoother::new(), Picture::all_skin(width, height));
            let fresh = picture.luma.clone();
            let mut spent = Vec::new();
            for _ in 0..200 {
                picture.luma.copy_from_slice(&fresh);
                let began = Instant::now();
                picture.smooth(&mut smoother, strength)?;
                spent.push(began.elapsed());
            }
            spent.sort_unstable();
            let ms = |at: usize| spent.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3);
            println!("{name} strength {strength}: median {:.3} ms, p95 {:.3} ms", ms(100), ms(190));
            if (name, strength) == ("720p", 50) {
                reported = serde_json::json!({ "ms": ms(100), "p95_ms": ms(190), "n": spent.len() });
            }
        }
    }
    println!("{reported}");
    Ok(())
}

fn photo(from: &str, to: &str, strength: u8) -> Result<(), Box<dyn Error>> {
    let rgb = image::open(from)?.to_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let mut picture = Picture { width, height, luma: Vec::new(), chroma: [Vec::new(), Vec::new()] };
    let colour = |p: &image::Rgb<u8>| {
        let [r, g, b] = p.0.map(f32::from);
        let luma = 0.299 * r + 0.587 * g + 0.114 * b;
        (luma, (b - luma) / 1.772 + 128.0, (r - luma) / 1.402 + 128.0)
    };
    picture.luma = rgb.pixels().map(|p| colour(p).0.round() as u8).collect();
    for y in (0..rgb.height()).step_by(2) {
        for x in (0..rgb.width()).step_by(2) {
            let (_, cb, cr) = colour(rgb.get_pixel(x, y));
            for (plane, value) in picture.chroma.iter_mut().zip([cb, cr]) {
                plane.push(value.round() as u8);
            }
        }
    }
    let before = picture.luma.clone();
    picture.smooth(&mut SkinSmoother::new(), strength)?;
    // Only luma changes, so the change of luma is the change of every colour.
    let mut out = rgb;
    for (pixel, (now, then)) in out.pixels_mut().zip(picture.luma.iter().zip(&before)) {
        let by = i16::from(*now) - i16::from(*then);
        pixel.0 = pixel.0.map(|v| (i16::from(v) + by).clamp(0, 255) as u8);
    }
    out.save(to)?;
    Ok(())
}
