//! Row 11: what each optional step before the models is worth: right at rank 1, words and codes read, time, with and without
//! it, on pictures as they are and on the same ones spoiled in the way the step is meant for. Which steps there are, and which are on
//! by themselves, the program says. The value is what switching one of them the other way would gain at most: a step that is off and
//! helps, or one that is on and harms, is switched wrongly.

use super::costs;
use super::lists::{groceries, thinned};
use super::pictures::{answer, program};
use crate::bench::figure::Measured;
use crate::bench::parts::stage::Stage;
use crate::exec::say;
use image::RgbImage;
use serde::Deserialize;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// How a picture is spoiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoiled {
    Not,
    Dark,
    Noisy,
    Warm,
}

/// A step of the program.
#[derive(Debug, Deserialize)]
struct Step {
    name: String,
    is_on: bool,
}

/// What the example says of all of them.
#[derive(Debug, Deserialize)]
struct Steps {
    steps: Vec<Step>,
}

const NONE: &str = "none";
const OF_WORDS: &str = "gray-words";

/// Every so many-th picture in a quick run and in a full one.
const EVERY: (usize, usize) = (16, 3);

/// What one run gave.
#[derive(Clone, Debug)]
struct Found {
    first: f64,
    /// Of each picture of a known product, in their order: its product came first.
    right: Vec<bool>,
    /// Pictures on which a line of words, and a code, was read.
    words: usize,
    codes: usize,
    ms: f64,
    images: u64,
}

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let data = groceries(stage)?;
    let folder = stage.folder("recognition-steps")?;
    let list = thinned(&data.join("queries.csv"), stage.pick(EVERY.0, EVERY.1), &folder)?;
    let catalogue = data.join("catalog_shop_phone.csv");
    let steps = costs::ask::<Steps>(stage, "steps", &[])?.steps;
    let (mut most, mut images) = (None::<f64>, 0);
    let (mut words, mut table) = (Vec::new(), Vec::new());
    for step in &steps {
        let Step { name, is_on } = step;
        let meant_for = Spoiled::of_step(name);
        let conditions = if meant_for == Spoiled::Not { vec![Spoiled::Not] } else { vec![Spoiled::Not, meant_for] };
        for spoiled in conditions {
            let list = if spoiled == Spoiled::Not { list.clone() } else { spoil(&list, spoiled, &folder)? };
            say(format!("measuring: {name}, pictures {}", spoiled.name()));
            let run = |chain: String| run(stage, (&catalogue, &list), &chain, name == OF_WORDS, &folder);
            let (without, with) = (run(chain(&steps, name, false))?, run(chain(&steps, name, true))?);
            let gain = with.first - without.first;
            if let Some(other_way) = gain_the_other_way(*is_on, spoiled, gain) {
                most = Some(most.map_or(other_way, |most| most.max(other_way)));
            }
            images += with.images;
            let (better, worse) = changed(&without.right, &with.right);
            let mut text = format!("{name} ({}), pictures {}: {gain:+.3}", on(*is_on), spoiled.name());
            let _ = write!(text, " (right with it alone {better}, without it alone {worse})");
            if name == OF_WORDS {
                let _ = write!(text, ", words on {} instead of {}", with.words, without.words);
                let _ = write!(text, ", codes {} instead of {}", with.codes, without.codes);
            }
            let _ = write!(text, ", {:+.1} ms", with.ms - without.ms);
            words.push(text);
            table.push(json!({
                "step": name, "on": is_on, "pictures": spoiled.name(), "images": with.images,
                "first_without": without.first, "first_with": with.first,
                "right_with_it_alone": better, "right_without_it_alone": worse,
                "words_without": without.words, "words_with": with.words,
                "codes_without": without.codes, "codes_with": with.codes,
                "ms_without": without.ms, "ms_with": with.ms,
            }));
        }
    }
    let value = most.ok_or("not measured: the program has no steps")?;
    let count = steps.iter().filter(|step| step.is_on).count();
    let note = Some(format!("{count} of {} are on; gain at rank 1 of each: {}", steps.len(), words.join("; ")));
    Ok(Measured { value, n: images, note, table: Some(json!(table)), ..Measured::default() })
}

/// The steps that are on by themselves, with or without one of them, as `--pre` takes them.
fn chain(steps: &[Step], name: &str, with: bool) -> String {
    let of = steps.iter().filter(|step| if step.name == name { with } else { step.is_on });
    let names: Vec<&str> = of.map(|step| step.name.as_str()).collect();
    if names.is_empty() { NONE.to_owned() } else { names.join(",") }
}

/// What switching a step the other way would gain, where that says something: a step that is off is asked of pictures as they are, as
/// most of a show is; one that is on may harm nowhere.
fn gain_the_other_way(is_on: bool, spoiled: Spoiled, gain: f64) -> Option<f64> {
    match (is_on, spoiled) {
        (true, _) => Some(-gain),
        (false, Spoiled::Not) => Some(gain),
        (false, _) => None,
    }
}

/// Pictures right in the second run alone, and in the first alone.
fn changed(first: &[bool], second: &[bool]) -> (usize, usize) {
    let count = |of: (bool, bool)| first.iter().zip(second).filter(|(first, second)| (**first, **second) == of).count();
    (count((false, true)), count((true, false)))
}

fn on(is_on: bool) -> &'static str {
    if is_on { "on" } else { "off" }
}

fn run(
    stage: &Stage,
    (catalogue, list): (&Path, &Path),
    step: &str,
    read: bool,
    folder: &Path,
) -> Result<Found, String> {
    #[derive(Deserialize)]
    struct Report {
        images: u64,
        top1: f64,
        ms_per_image_p50: f64,
    }
    #[derive(Deserialize)]
    struct Decision {
        sku: Option<String>,
        ranking: Vec<(String, f32)>,
        #[serde(default)]
        read: Option<Reading>,
    }
    #[derive(Deserialize)]
    struct Reading {
        lines: Vec<serde_json::Value>,
        codes: Vec<String>,
    }
    let decisions = folder.join("decisions.jsonl");
    let mut command = program(stage);
    command.args(["recognise", "--json", "--pre", step, "--catalog"]).arg(catalogue).arg("--images").arg(list);
    command.arg("--per-image").arg(&decisions);
    if !read {
        command.arg("--no-words");
    }
    let report: Report = serde_json::from_str(&answer(&mut command)?).map_err(|error| error.to_string())?;
    let text = fs::read_to_string(&decisions).map_err(|error| format!("{}: {error}", decisions.display()))?;
    let all = text.lines().map(serde_json::from_str).collect::<Result<Vec<Decision>, _>>();
    let all = all.map_err(|error| format!("a decision can't be read: {error}"))?;
    let readings = || all.iter().filter_map(|decision| decision.read.as_ref());
    let is_first = |decision: &Decision| {
        let sku = decision.sku.as_ref()?;
        Some(decision.ranking.first().is_some_and(|(first, _)| first == sku))
    };
    Ok(Found {
        first: report.top1,
        right: all.iter().filter_map(is_first).collect(),
        words: readings().filter(|reading| !reading.lines.is_empty()).count(),
        codes: readings().filter(|reading| !reading.codes.is_empty()).count(),
        ms: report.ms_per_image_p50,
        images: report.images,
    })
}

/// The pictures of a list as copies that are spoiled, and their list.
fn spoil(list: &Path, spoiled: Spoiled, folder: &Path) -> Result<PathBuf, String> {
    let into = folder.join(spoiled.name());
    fs::create_dir_all(&into).map_err(|error| format!("{}: {error}", into.display()))?;
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let mut out = "path,sku\n".to_owned();
    for (number, row) in text.lines().skip(1).enumerate() {
        let Some((path, sku)) = row.rsplit_once(',') else { continue };
        let copy = into.join(format!("{number:04}.png"));
        let picture = image::open(path).map_err(|error| format!("{path}: {error}"))?.into_rgb8();
        let saved = spoiled.picture(picture, number as u32).save(&copy);
        saved.map_err(|error| format!("{}: {error}", copy.display()))?;
        let _ = writeln!(out, "{},{sku}", copy.display());
    }
    let file = into.join("list.csv");
    fs::write(&file, out).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

impl Spoiled {
    /// What a step is meant for; one that is not known here is asked of pictures as they are.
    fn of_step(name: &str) -> Self {
        match name {
            "denoise" => Self::Noisy,
            "low-light" => Self::Dark,
            "white-balance" => Self::Warm,
            _ => Self::Not,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Not => "as they are",
            Self::Dark => "dark",
            Self::Noisy => "noisy",
            Self::Warm => "in warm light",
        }
    }

    /// A sixth of the light, a camera's noise at high gain, or a lamp at 2,700 K.
    fn picture(self, mut picture: RgbImage, seed: u32) -> RgbImage {
        let (gains, noise) = match self {
            Self::Not => ([1.0; 3], 0.0),
            Self::Dark => ([0.44; 3], 4.0),
            Self::Noisy => ([1.0; 3], 22.0),
            Self::Warm => ([1.12, 0.94, 0.62], 0.0),
        };
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        for value in picture.pixels_mut() {
            for (channel, gain) in value.0.iter_mut().zip(gains) {
                let shake = noise * bell(&mut state);
                *channel = (f32::from(*channel) * gain + shake).clamp(0.0, 255.0).round() as u8;
            }
        }
        picture
    }
}

/// About a normal deviate: the sum of three even ones, scaled to a deviation of 1. The same for the same state.
fn bell(state: &mut u32) -> f32 {
    let mut even = || {
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *state as f32 / u32::MAX as f32 - 0.5
    };
    (even() + even() + even()) * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn a_step_that_is_off_and_helps_and_one_that_is_on_and_harms_are_switched_wrongly() {
        let cases = [
            (false, Spoiled::Not, 0.03, Some(0.03)),
            (false, Spoiled::Dark, 0.30, None),
            (true, Spoiled::Not, 0.03, Some(-0.03)),
            (true, Spoiled::Dark, -0.05, Some(0.05)),
        ];
        for (is_on, spoiled, gain, want) in cases {
            assert_eq!(gain_the_other_way(is_on, spoiled, gain), want, "{is_on} {spoiled:?} {gain}");
        }
        assert_eq!(changed(&[true, false, false, true], &[false, true, true, true]), (2, 1));
    }

    #[test]
    fn a_step_is_compared_beside_all_others_as_they_are_by_themselves() {
        let step = |name: &str, is_on| Step { name: name.to_owned(), is_on };
        let none_on = [step("a", false), step("b", false)];
        assert_eq!((chain(&none_on, "a", true), chain(&none_on, "a", false)), ("a".to_owned(), NONE.to_owned()));
        let one_on = [step("a", true), step("b", false)];
        assert_eq!((chain(&one_on, "b", true), chain(&one_on, "b", false)), ("a,b".to_owned(), "a".to_owned()));
        assert_eq!(chain(&one_on, "a", false), NONE);
    }

    #[test]
    fn pictures_are_spoiled_as_their_names_say_and_each_time_alike() {
        let plain = RgbImage::from_pixel(64, 64, Rgb([120, 120, 120]));
        let mean = |picture: &RgbImage, channel: usize| {
            picture.pixels().map(|pixel| f64::from(pixel.0[channel])).sum::<f64>() / 4_096.0
        };
        let of = |spoiled: Spoiled| spoiled.picture(plain.clone(), 7);
        assert!((mean(&of(Spoiled::Dark), 1) - 52.8).abs() < 1.0);
        assert!(mean(&of(Spoiled::Warm), 0) > 1.5 * mean(&of(Spoiled::Warm), 2));
        let noisy = of(Spoiled::Noisy);
        let spread = noisy.pixels().map(|pixel| (f64::from(pixel.0[0]) - 120.0).powi(2)).sum::<f64>() / 4_096.0;
        assert!((18.0..26.0).contains(&spread.sqrt()), "{}", spread.sqrt());
        assert_eq!(of(Spoiled::Noisy), noisy);
        assert_eq!(of(Spoiled::Not), plain);
    }
}
