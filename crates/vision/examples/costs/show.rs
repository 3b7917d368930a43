//! A frame of a show, all of it: what a program that shows one product after another costs recognition, frame by frame.

use super::{FULL_HD, Outcome, PHOTOS, PRODUCTS, picture, root, timed};
use hawker_av::{Plane, VideoFrame};
use hawker_domain::{ShowMs, Sku};
use hawker_infer::Runtime;
use hawker_vision::embed::{LOOK_LEN, Look};
use hawker_vision::read::Words;
use hawker_vision::{Embedder, Gallery, PhotoVectors, Recogniser, RecogniserConfig, photo};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Products of a usual show, all of them with photos.
const USUAL: usize = 20;

/// Products that are held up one after the other, and for so many frames each: two seconds.
const HELD: usize = 8;
const FRAMES_EACH: u64 = 16;
const FRAME_MS: u64 = 125;

/// From so many photos of most products on their gallery learns from each product's own.
const PHOTOS_EACH: usize = 3;

/// Sides of what is held up, pixels.
const SIDE: usize = 560;

/// What one call of [`Recogniser::observe`] takes with few and with many products, as a show makes it: one thread, no words.
pub fn observe(rounds: usize) -> Outcome<Value> {
    let mut embedder = Embedder::load(&root().join("models"), &Runtime::load(None)?, 1)?;
    let (mut products, mut frames) = (Vec::new(), Vec::new());
    for (name, files) in photos()?.into_iter().take(USUAL) {
        let photos = files.iter().map(|file| photo::read(file)).collect::<Result<Vec<_>, _>>()?;
        let looks = photos.iter().map(|photo| embedder.embed_photo(photo)).collect::<Result<Vec<_>, _>>()?;
        products.push((Sku::new(&name)?, looks));
        if let (true, Some(held)) = (frames.len() < HELD, photos.last()) {
            frames.push(held_up(held)?);
        }
    }
    drop(embedder);
    let usual = with_products(&frames, products.clone(), rounds)?;
    let more = (products.len()..PRODUCTS).map(|n| {
        let photos = vec![PhotoVectors::new("costs", vec![strange(n as u64 + 1)?])];
        Some((Sku::new(&format!("P{n}")).ok()?, photos))
    });
    products.extend(more.collect::<Option<Vec<_>>>().ok_or("a look of another length")?);
    let many = with_products(&frames, products, rounds)?;
    Ok(json!({ "shows": [usual, many] }))
}

fn with_products(frames: &[VideoFrame], products: Vec<(Sku, Vec<PhotoVectors>)>, rounds: usize) -> Outcome<Value> {
    let count = products.len();
    let config = RecogniserConfig { threads: 1, words: Words::Off, ..RecogniserConfig::default() };
    let models = root().join("models");
    let mut recogniser = Recogniser::load(&models, &Runtime::load(None)?, config, Gallery::build(products))?;
    let (mut shown, mut changes) = (0, 0);
    let mut said = timed(rounds, || {
        let turn = (shown / FRAMES_EACH) as usize % frames.len().max(1);
        let mut frame = frames.get(turn).ok_or("nothing is held up")?.clone();
        (frame.show_ms, frame.running_time_ns) = (ShowMs(shown * FRAME_MS), shown * FRAME_MS * 1_000_000);
        shown += 1;
        changes += recogniser.observe(&frame)?.changes.len();
        Ok(())
    })?;
    if let Some(said) = said.as_object_mut() {
        said.insert("products".to_owned(), count.into());
        said.insert("changes".to_owned(), changes.into());
    }
    Ok(said)
}

/// The demo's photos by product.
fn photos() -> Outcome<BTreeMap<String, Vec<PathBuf>>> {
    let mut products: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(root().join(PHOTOS))? {
        let path = entry?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some((product, _)) = name.rsplit_once('-') {
            products.entry(product.to_owned()).or_default().push(path);
        }
    }
    products.values_mut().for_each(|files| files.sort());
    products.retain(|_, files| files.len() >= PHOTOS_EACH);
    Ok(products)
}

/// A camera's picture with a photo in its middle.
fn held_up(photo: &VideoFrame) -> Outcome<VideoFrame> {
    let room = picture(FULL_HD)?;
    let mut data = room.data.to_vec();
    let (left, top) = ((FULL_HD.0 as usize - SIDE) / 2, (FULL_HD.1 as usize - SIDE) / 2);
    let (width, height) = (photo.width as usize, photo.height as usize);
    let Plane { offset, stride } = *photo.planes.first().ok_or("a photo has a plane")?;
    let [luma, blue, red] = room.planes.as_slice() else { return Err("a camera's picture has three planes".into()) };
    for y in 0..SIDE {
        for x in 0..SIDE {
            let from = offset + y * height / SIDE * stride + x * width / SIDE * 3;
            let Some([r, g, b]) = photo.data.get(from..from + 3).and_then(|rgb| <[u8; 3]>::try_from(rgb).ok()) else {
                continue;
            };
            let [r, g, b] = [r, g, b].map(f32::from);
            let bright = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            let mut put = |plane: &Plane, (x, y): (usize, usize), value: f32| {
                if let Some(slot) = data.get_mut(plane.offset + y * plane.stride + x) {
                    *slot = value as u8;
                }
            };
            put(luma, (left + x, top + y), 16.0 + bright * 219.0 / 255.0);
            let half = ((left + x) / 2, (top + y) / 2);
            put(blue, half, 128.0 + (b - bright) / 1.8556 * 224.0 / 255.0);
            put(red, half, 128.0 + (r - bright) / 1.5748 * 224.0 / 255.0);
        }
    }
    Ok(VideoFrame::new(room.format, FULL_HD, data.into(), room.planes.clone(), "camera".into())?)
}

/// A look as unlike others as a photo of something else is. `seed`: which.
fn strange(seed: u64) -> Option<Look> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let number = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / 16_777_216.0
    };
    Look::from_blocks(std::iter::repeat_with(number).take(LOOK_LEN).collect())
}
