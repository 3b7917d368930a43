//! What recognition costs: `costs frame|observe|search|catalogue|photos|tensor ROUNDS` prints one line of JSON. `frame` and `photos` take
//! two threads, as two cores have; a show looks on one, which `frame` tells beside it and `observe` is measured on.
//! `costs steps 0` names the steps before the models.
//! `costs catalogue ROUNDS FOLDER` also leaves the vectors there, for others to search: `products.f32` and `asked.f32`, rows of
//! as many numbers as a look has, and `answers.i64`, which row is the product that is asked for.

#![allow(clippy::print_stdout)]

mod search;
mod show;

use hawker_av::{PixelFormat, Plane, Rect, VideoFrame};
use hawker_infer::{Manifest, Role, Runtime, SessionConfig};
use hawker_vision::detect::{DetectConfig, Detector, Proposal, Proposer};
use hawker_vision::pre::Pre;
use hawker_vision::track::{TrackConfig, Tracker};
use hawker_vision::{Embedder, photo, pixels};
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

const THREADS: usize = 2;
const FULL_HD: (u32, u32) = (1920, 1080);

/// Products of a large show.
const PRODUCTS: usize = 5_000;

/// Folder of the demo's photos, `PRODUCT-NUMBER.jpg`.
const PHOTOS: &str = "assets/demo/photos";

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = words.get(1).map_or(Ok(60), |word| word.parse())?;
    let said = match words.first().map(String::as_str) {
        Some("frame") => frame(rounds)?,
        Some("observe") => show::observe(rounds)?,
        Some("search") => search::show(rounds)?,
        Some("catalogue") => search::catalogue(rounds, words.get(2).map(Path::new))?,
        Some("photos") => photos(rounds)?,
        Some("tensor") => tensor(rounds)?,
        Some("steps") => steps(),
        _ => return Err("say frame, observe, search, catalogue, photos, tensor or steps, and how often".into()),
    };
    println!("{said}");
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A camera's picture with something everywhere.
fn picture((width, height): (u32, u32)) -> Outcome<VideoFrame> {
    let (w, h) = (width as usize, height as usize);
    let luma = (0..w * h).map(|i| (60 + (i % w) * 120 / w + (i.wrapping_mul(2_654_435_761) >> 13) % 40) as u8);
    let data: Vec<u8> = luma.chain((0..w * h / 2).map(|i| 100 + (i % 57) as u8)).collect();
    let plane = |offset, stride| Plane { offset, stride };
    let planes = vec![plane(0, w), plane(w * h, w / 2), plane(w * h * 5 / 4, w / 2)];
    Ok(VideoFrame::new(PixelFormat::I420, (width, height), data.into(), planes, Arc::from("camera"))?)
}

/// Mean, median and 95th percentile of what `work` takes.
fn timed(rounds: usize, mut work: impl FnMut() -> Outcome<()>) -> Outcome<Value> {
    for _ in 0..5 {
        work()?;
    }
    let mut spent = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begun = Instant::now();
        work()?;
        spent.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    spent.sort_by(f64::total_cmp);
    let at = |share: f64| spent.get(((spent.len() as f64 * share) as usize).min(spent.len().saturating_sub(1)));
    let mean = spent.iter().sum::<f64>() / spent.len().max(1) as f64;
    Ok(json!({ "mean_ms": mean, "p50_ms": at(0.5), "p95_ms": at(0.95), "n": spent.len() }))
}

/// Every frame: the detector, the tracker, and three crops embedded; a show does all of it on the busiest frames alone.
fn frame(rounds: usize) -> Outcome<Value> {
    let mut said = frame_on(THREADS, rounds)?;
    let memory = peak_mb();
    let alone = frame_on(1, rounds)?;
    if let Some(found) = said.as_object_mut() {
        found.insert("rss_mb".to_owned(), memory.into());
        found.insert("one_thread".to_owned(), alone);
    }
    Ok(said)
}

fn frame_on(threads: usize, rounds: usize) -> Outcome<Value> {
    let (runtime, models) = (Runtime::load(None)?, root().join("models"));
    let manifest = Manifest::load(&models)?;
    let session = SessionConfig { threads, ..SessionConfig::default() };
    let mut detector = Detector::load(&manifest, &runtime, &session, DetectConfig::default())?;
    let mut embedder = Embedder::load(&models, &runtime, threads)?;
    let mut tracker = Tracker::new(TrackConfig::default());
    let (picture, mut now_ms) = (picture(FULL_HD)?, 0);
    let boxes = [200.0, 800.0, 1400.0].map(|x| Rect::new(x, 300.0, 360.0, 480.0));
    timed(rounds, || {
        let (found, _) = detector.detect(&picture)?;
        let three = boxes.map(|rect| Proposal { rect, score: 0.9, by: Proposer::Detector });
        let proposals: Vec<Proposal> = found.proposals.into_iter().chain(three).collect();
        now_ms += 125;
        tracker.update(&proposals, now_ms);
        let patches = boxes.map(|rect| embedder.patch(&picture, rect));
        embedder.embed(&patches.into_iter().collect::<Result<Vec<_>, _>>()?)?;
        Ok(())
    })
}

/// Most memory so far; 0 where the system does not tell.
fn peak_mb() -> f64 {
    status_mb("VmHWM:")
}

/// Memory at the moment; 0 where the system does not tell.
fn resident_mb() -> f64 {
    status_mb("VmRSS:")
}

fn status_mb(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1024.0 / 1e6
}

/// Catalogue photos from their files to vectors.
fn photos(rounds: usize) -> Outcome<Value> {
    let mut embedder = Embedder::load(&root().join("models"), &Runtime::load(None)?, THREADS)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(root().join(PHOTOS))? {
        files.push(entry?.path());
    }
    files.sort();
    let begun = Instant::now();
    for file in files.iter().cycle().take(rounds) {
        embedder.embed_photo(&photo::read(file)?)?;
    }
    Ok(json!({ "per_s": rounds as f64 / begun.elapsed().as_secs_f64(), "n": rounds }))
}

/// A full-HD picture to the detector's tensor.
fn tensor(rounds: usize) -> Outcome<Value> {
    let manifest = Manifest::load(&root().join("models"))?;
    let (_, spec) = manifest.role(Role::Detector)?;
    let input = spec.inputs.first().ok_or("the detector has no input")?;
    let (picture, whole) = (picture(FULL_HD)?, Rect::new(0.0, 0.0, FULL_HD.0 as f32, FULL_HD.1 as f32));
    let mut tensor = vec![0.0; 3 * 416 * 416];
    timed(rounds, || {
        pixels::crop(&picture, whole, 416, 234).write(input, &mut tensor, (416, 416), (0, 91));
        Ok(())
    })
}

/// The optional steps before the models, and which of them are on by themselves.
fn steps() -> Value {
    let steps = Pre::default().steps().map(|(name, is_on)| json!({ "name": name, "is_on": is_on }));
    json!({ "steps": steps })
}
