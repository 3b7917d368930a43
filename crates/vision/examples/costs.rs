//! What recognition costs: `costs frame|search|catalogue|photos|tensor ROUNDS` prints one line of JSON. Two threads, as two cores have.
//! `costs steps 0` names the steps before the models.
//! `costs catalogue ROUNDS FOLDER` also leaves the vectors there, for others to search: `products.f32` and `asked.f32`, rows of
//! as many numbers as a look has, and `answers.i64`, which row is the product that is asked for.

#![allow(clippy::print_stdout)]

use hawker_av::{PixelFormat, Plane, Rect, VideoFrame};
use hawker_domain::Sku;
use hawker_infer::{Manifest, Role, Runtime, SessionConfig};
use hawker_vision::detect::{DetectConfig, Detector, Proposal, Proposer};
use hawker_vision::embed::{LOOK_LEN, Look};
use hawker_vision::pre::Pre;
use hawker_vision::track::{TrackConfig, Tracker};
use hawker_vision::{Embedder, Gallery, PhotoVectors, photo, pixels};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

const THREADS: usize = 2;
const FULL_HD: (u32, u32) = (1920, 1080);

/// Products of a large show.
const PRODUCTS: usize = 5_000;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = words.get(1).map_or(Ok(60), |word| word.parse())?;
    let said = match words.first().map(String::as_str) {
        Some("frame") => frame(rounds)?,
        Some("search") => search(rounds)?,
        Some("catalogue") => catalogue(rounds, words.get(2).map(Path::new))?,
        Some("photos") => photos(rounds)?,
        Some("tensor") => tensor(rounds)?,
        Some("steps") => steps(),
        _ => return Err("say frame, search, catalogue, photos, tensor or steps, and how often".into()),
    };
    println!("{said}");
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn session() -> SessionConfig {
    SessionConfig { threads: THREADS, ..SessionConfig::default() }
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

/// Median and 95th percentile of what `work` takes.
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
    Ok(json!({ "p50_ms": at(0.5), "p95_ms": at(0.95), "n": spent.len() }))
}

/// Every frame: the detector, the tracker, and three crops embedded; a show does all of it on the busiest frames alone.
fn frame(rounds: usize) -> Outcome<Value> {
    let (runtime, models) = (Runtime::load(None)?, root().join("models"));
    let manifest = Manifest::load(&models)?;
    let mut detector = Detector::load(&manifest, &runtime, &session(), DetectConfig::default())?;
    let mut embedder = Embedder::load(&models, &runtime, THREADS)?;
    let mut tracker = Tracker::new(TrackConfig::default());
    let (picture, mut now_ms) = (picture(FULL_HD)?, 0);
    let boxes = [200.0, 800.0, 1400.0].map(|x| Rect::new(x, 300.0, 360.0, 480.0));
    let mut said = timed(rounds, || {
        let (found, _) = detector.detect(&picture)?;
        let three = boxes.map(|rect| Proposal { rect, score: 0.9, by: Proposer::Detector });
        let proposals: Vec<Proposal> = found.proposals.into_iter().chain(three).collect();
        now_ms += 125;
        tracker.update(&proposals, now_ms);
        let patches = boxes.map(|rect| embedder.patch(&picture, rect));
        embedder.embed(&patches.into_iter().collect::<Result<Vec<_>, _>>()?)?;
        Ok(())
    })?;
    if let Some(found) = said.as_object_mut() {
        found.insert("rss_mb".to_owned(), peak_mb().into());
    }
    Ok(said)
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

/// A look as unlike others as a photo of something else is. `seed`: which.
fn look(seed: u64) -> Option<Look> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let number = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / 16_777_216.0
    };
    Look::from_blocks(std::iter::repeat_with(number).take(LOOK_LEN).collect())
}

/// One look against every product of a show.
fn search(rounds: usize) -> Outcome<Value> {
    let product = |n: usize| {
        let vectors = PhotoVectors::new("costs", vec![look(n as u64 + 1)?]);
        Some((Sku::new(&format!("P{n}")).ok()?, vec![vectors]))
    };
    let products = (0..PRODUCTS).map(product).collect::<Option<Vec<_>>>().ok_or("a look of another length")?;
    let gallery = Gallery::build(products);
    let asked = look(17).ok_or("a look of another length")?;
    timed(rounds, || {
        let scores = gallery.scores(&asked);
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index);
        if best == Some(16) { Ok(()) } else { Err("another product was found than the one that was asked for".into()) }
    })
}

/// Products of a whole catalogue.
const CATALOGUE: usize = 100_000;

/// Photographs that a catalogue's products are made of: each product is two of them mixed, so that the catalogue has the traits
/// that real goods share. It is no crowd of 100,000 photographs: the best case, with which the cost is measured and how often the
/// short way finds what the long one does.
fn photographs() -> Outcome<Vec<[Look; 2]>> {
    let data = std::env::var_os("HAWKER_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in [data.join("grocery/query"), data.join("grocery/phone"), root().join("assets/demo/photos")] {
        for entry in std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
            files.push(entry?.path());
        }
    }
    files.sort();
    let mut embedder = Embedder::load(&root().join("models"), &Runtime::load(None)?, THREADS)?;
    let every = files.len().div_ceil(PHOTOGRAPHS).max(1);
    let mut looks = Vec::new();
    for file in files.iter().step_by(every) {
        let frame = photo::read(file)?;
        let (width, height) = (frame.width as f32, frame.height as f32);
        let whole = embedder.patch(&frame, Rect::new(0.0, 0.0, width, height))?;
        let inner = embedder.patch(&frame, Rect::new(width * 0.06, height * 0.06, width * 0.88, height * 0.88))?;
        let two = embedder.embed(&[whole, inner])?;
        looks.push(<[Look; 2]>::try_from(two).map_err(|_| "two crops give two looks")?);
    }
    Ok(looks)
}

const PHOTOGRAPHS: usize = 1_200;

/// Looks that a catalogue is asked for at least: one of a hundred more or less is not told by fewer.
const LEAST_ASKED: usize = 400;

/// How often the best of a whole catalogue is the best that comparing everything finds, what a search takes, and its memory.
/// `into`: a folder for the vectors.
fn catalogue(rounds: usize, into: Option<&Path>) -> Outcome<Value> {
    let photographs = photographs()?;
    let count = photographs.len();
    // The same product each time: two photographs and how much of the second.
    let mixed = |product: usize, view: usize| {
        let (one, other) = (product % count, (product / count * 131 + product * 7 + 1) % count);
        let share = 0.25 + (product.wrapping_mul(2_654_435_761) >> 7 & 0xff) as f32 / 1_020.0;
        Some(photographs.get(one)?.get(view)?.blend(photographs.get(other)?.get(view)?, share))
    };
    let product =
        |n: usize| Some((Sku::new(&format!("P{n}")).ok()?, vec![PhotoVectors::new("costs", vec![mixed(n, 0)?])]));
    let shown = (CATALOGUE..CATALOGUE + PRODUCTS).map(product).collect::<Option<Vec<_>>>().ok_or("no such product")?;
    let mut gallery = Gallery::build(shown);
    let before_mb = resident_mb();
    let mut behind = gallery.behind();
    let begun = Instant::now();
    for n in 0..CATALOGUE {
        let (sku, photos) = product(n).ok_or("no such product")?;
        behind.put(sku, &photos);
    }
    behind.settle();
    let build_s = begun.elapsed().as_secs_f64();
    let memory_mb = resident_mb() - before_mb;
    // Asked by the other view of products behind the show.
    let wanted: Vec<usize> = (0..rounds.max(LEAST_ASKED)).map(|n| n * 19_937 % CATALOGUE).collect();
    let asked: Vec<Look> = wanted.iter().filter_map(|n| mixed(*n, 1)).collect();
    let mut asking = asked.iter().cycle();
    let mut said = timed(rounds, || {
        behind.nearest(asking.next().ok_or("nothing to ask")?, 4);
        Ok(())
    })?;
    let found: Vec<Option<Sku>> =
        asked.iter().map(|look| behind.nearest(look, 1).first().map(|(sku, _)| sku.clone())).collect();
    if let Some(folder) = into {
        leave(folder, (0..CATALOGUE).filter_map(|n| mixed(n, 0)), &asked, &wanted)?;
    }
    // Everything compared in full: by a gallery of all of them.
    gallery.add_all((0..CATALOGUE).filter_map(product));
    let best = |look: &Look| {
        let scores = gallery.scores(look);
        let behind = scores.iter().enumerate().skip(PRODUCTS);
        behind.max_by(|a, b| a.1.total_cmp(b.1)).and_then(|(place, _)| gallery.skus().get(place).cloned())
    };
    let same = asked.iter().zip(&found).filter(|(look, found)| best(look) == **found).count();
    let named = |n: &usize| Sku::new(&format!("P{n}")).ok();
    let right = wanted.iter().zip(&found).filter(|(n, found)| named(n) == **found).count();
    let share = |part: usize| part as f64 / asked.len().max(1) as f64;
    if let (Some(said), Value::Object(more)) = (
        said.as_object_mut(),
        json!({
            "hit_at_1": share(same), "right_at_1": share(right), "asked": asked.len(), "memory_mb": memory_mb,
            "build_s": build_s, "products": CATALOGUE, "photographs": count,
        }),
    ) {
        said.extend(more);
    }
    Ok(said)
}

/// Writes rows of numbers for others to search.
fn leave(folder: &Path, products: impl Iterator<Item = Look>, asked: &[Look], wanted: &[usize]) -> Outcome<()> {
    let file = |name: &str| std::fs::File::create(folder.join(name)).map(BufWriter::new);
    let write = |to: &mut BufWriter<std::fs::File>, look: &Look| {
        let bytes: Vec<u8> = look.numbers().iter().flat_map(|number| number.to_le_bytes()).collect();
        to.write_all(&bytes)
    };
    let (mut rows, mut questions, mut answers) = (file("products.f32")?, file("asked.f32")?, file("answers.i64")?);
    for look in products {
        write(&mut rows, &look)?;
    }
    for look in asked {
        write(&mut questions, look)?;
    }
    for row in wanted {
        answers.write_all(&(*row as i64).to_le_bytes())?;
    }
    rows.flush()?;
    questions.flush()?;
    Ok(answers.flush()?)
}

/// Catalogue photos from their files to vectors.
fn photos(rounds: usize) -> Outcome<Value> {
    let mut embedder = Embedder::load(&root().join("models"), &Runtime::load(None)?, THREADS)?;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(root().join("assets/demo/photos"))? {
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
