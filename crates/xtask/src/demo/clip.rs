//! Renders the whole clip with its truth, or only some stills of it.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::encode::Encoder;
use super::error::DemoError;
use super::film::Film;
use super::label::Printer;
use super::script::{self, Cast, FPS, Shot, Truth};
use super::sound;
use super::stage::{HEIGHT, WIDTH};

/// What is to be filmed.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    pub cast: &'a Cast,
    pub seconds: f32,
    pub seed: u64,
    /// Another kind of shot for each thing.
    pub angles: bool,
    pub out: &'a Path,
    pub cutouts: &'a Path,
}

/// Frames made at a time: enough for every core, few enough for the memory.
const BATCH: usize = 16;

impl Order<'_> {
    fn plan(&self) -> Vec<Shot> {
        let shots = script::plan(self.cast, self.seed, self.seconds);
        if self.angles { script::with_angles(shots) } else { shots }
    }
}

/// The truth of the usual film without rendering it.
pub fn truth(cast: &Cast, seconds: f32, seed: u64) -> Result<String, DemoError> {
    truth_of(&script::plan(cast, seed, seconds))
}

fn truth_of(shots: &[Shot]) -> Result<String, DemoError> {
    let truths: Vec<Truth> = shots.iter().map(Shot::truth).collect();
    let lines: Vec<String> = truths.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(format!("[\n  {}\n]\n", lines.join(",\n  ")))
}

/// Renders `clip.mp4` and `clip.truth.json`.
pub fn render(order: Order<'_>, printer: &Printer, say: &mut dyn FnMut(&str)) -> Result<(), DemoError> {
    let film = Film::new(order.seed, order.seconds, order.plan(), printer, order.cutouts)?;
    std::fs::create_dir_all(order.out).map_err(DemoError::file(order.out))?;
    let sound_path = order.out.join("clip.wav.tmp");
    std::fs::write(&sound_path, sound::wav(&sound::track(order.seed, order.seconds)))
        .map_err(DemoError::file(&sound_path))?;
    let encoded = encode(&film, order, &sound_path, say);
    std::fs::remove_file(&sound_path).map_err(DemoError::file(&sound_path))?;
    encoded?;
    let path = order.out.join("clip.truth.json");
    std::fs::write(&path, truth_of(&order.plan())?).map_err(DemoError::file(&path))
}

fn encode(film: &Film, order: Order<'_>, sound_path: &Path, say: &mut dyn FnMut(&str)) -> Result<(), DemoError> {
    let frames = (order.seconds * FPS as f32) as usize;
    let mut encoder = Encoder::start(sound_path, &order.out.join("clip.mp4"))?;
    for first in (0..frames).step_by(BATCH) {
        let batch: Vec<Vec<u8>> = (first..(first + BATCH).min(frames)).into_par_iter().map(|i| film.frame(i)).collect();
        for frame in &batch {
            encoder.frame(frame)?;
        }
        if first % (BATCH * 20) == 0 {
            say(&format!("frame {first} of {frames}"));
        }
    }
    encoder.finish()
}

/// Renders `count` stills, evenly spread, as PNG. Returns the files.
pub fn stills(order: Order<'_>, count: usize, printer: &Printer) -> Result<Vec<PathBuf>, DemoError> {
    let film = Film::new(order.seed, order.seconds, order.plan(), printer, order.cutouts)?;
    std::fs::create_dir_all(order.out).map_err(DemoError::file(order.out))?;
    (0..count)
        .into_par_iter()
        .map(|i| {
            let index = ((i as f32 + 0.5) / count as f32 * order.seconds * FPS as f32) as usize;
            let path = order.out.join(format!("still-{index:05}.png"));
            let bytes = film.frame(index);
            image::save_buffer(&path, &bytes, WIDTH as u32, HEIGHT as u32, image::ExtendedColorType::Rgb8)
                .map_err(|source| DemoError::Picture { path: path.clone(), source })?;
            Ok(path)
        })
        .collect()
}
