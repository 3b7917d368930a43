//! `hawker recognise`: the recogniser measured on labelled photos, on a clip with its truth, or on evidence that was recorded.

use crate::config::StudioConfig;
use crate::errors::{Outcome, bad_input, chain};
use crate::recognition::provider::{self, Measure};
use crate::{recognition_runtime as load_runtime, recognition_unavailable as unavailable, show_failure};
use hawker_infer::Runtime;
use hawker_media::MediaError;
use hawker_vision::{
    CatalogueItem, Gallery, GalleryBuilder, Recogniser, RecogniserConfig, VisionError,
    catalogue_csv::{load_catalogue, read_queries},
    evaluate::{self, Case, EvaluateError, ImageDecision, Products, Reliability, ShotSpan, TruthSpan},
    pre::Pre,
    read::Words,
    tagger::{Record, Spoken, TaggerConfig},
};
use hawker_wire::Failure;
use serde::Serialize;
use serde_json::json;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Frames a second looked at in a clip: the rate of a live show.
pub(crate) const VIDEO_FPS: u32 = 8;
/// Nothing else runs beside a measurement. A show looks on one, and decides the same.
const THREADS: usize = 2;

/// What to measure.
pub struct Recognise {
    /// Folder of `catalog.csv`, or the file itself.
    pub catalogue: PathBuf,
    /// Every decision is written here, one JSON line each.
    pub per_image: Option<PathBuf>,
    /// The same figures by stratum, and how reliable probabilities are, are written here as JSON.
    pub report: Option<PathBuf>,
    /// The diagram of that is written here as SVG: of single pictures, or of the likeliest thing in each picture of a clip.
    pub reliability: Option<PathBuf>,
    /// Words and codes are read too.
    pub words: bool,
    /// What is done to a picture before the models; none: what is usual.
    pub pre: Option<Pre>,
}

/// Measures on the pictures that `list` names (`path,sku`). Blocking. Errors: `bad_input`, `model_unavailable`.
pub fn recognise_images(config: &StudioConfig, what: &Recognise, list: &Path) -> Outcome<serde_json::Value> {
    let items = catalogue(what)?;
    let queries = read_queries(list).map_err(wrong_input)?;
    let runtime = load_runtime(config.onnxruntime.as_deref())?;
    let report =
        evaluate::images(&config.models_dir, &runtime, recogniser_config(config, &runtime, what), &items, &queries);
    let report = report.map_err(|error| match error {
        EvaluateError::Vision(error) => unavailable(error),
        EvaluateError::EmptyCatalogue => wrong_input(error),
    })?;
    for why in report.per_image.iter().filter_map(|image| image.unreadable.as_ref()) {
        tracing::warn!("nothing is said about a picture: {why}");
    }
    write_decisions(what.per_image.as_deref(), &report.per_image)?;
    let cases: Vec<Case> = report.per_image.iter().map(ImageDecision::case).collect();
    let reliability = evaluate::reliability_of(&report.per_image);
    write_report(what, &cases, &reliability)?;
    to_json(&report)
}

/// A clip to measure on.
pub struct RecogniseClip {
    pub clip: PathBuf,
    pub truth: PathBuf,
    /// What is said in it: a JSON list of `{words, t0, t1}`, in ms of the clip.
    pub spoken: Option<PathBuf>,
    /// The evidence is written here, for [`recognise_evidence`].
    pub record: Option<PathBuf>,
}

/// Measures on a clip with its truth. Blocking. Errors as above.
pub fn recognise_video(config: &StudioConfig, what: &Recognise, on: &RecogniseClip) -> Outcome<serde_json::Value> {
    let items = catalogue(what)?;
    let truth = read_truth(&on.truth)?;
    let spoken = on.spoken.as_deref().map_or_else(|| Ok(Vec::new()), read_spoken)?;
    let record = on.record.as_deref().map(record).transpose()?;
    let runtime = load_runtime(config.onnxruntime.as_deref())?;
    let mut recogniser = Recogniser::load(
        &config.models_dir,
        &runtime,
        recogniser_config(config, &runtime, what),
        Gallery::build(Vec::new()),
    )
    .map_err(unavailable)?;
    let gallery = gallery(&mut recogniser, &items)?;
    let products = Products::of(&items, &gallery);
    recogniser.set_gallery(gallery);
    let names = evaluate::names(&mut recogniser, &items).map_err(unavailable)?;
    recogniser.set_names(names);
    if let Some(record) = record {
        recogniser.record(record);
    }
    let frames = hawker_media::read_video(&on.clip, VIDEO_FPS).map_err(show_failure)?;
    let frames = frames.map(|frame| frame.map_err(ClipError::Media));
    let report = evaluate::video(&mut recogniser, frames, &spoken, &truth).map_err(|error| match error {
        ClipError::Media(error) => show_failure(error),
        ClipError::Vision(error) => unavailable(error),
    })?;
    recogniser.end_record().map_err(|error| bad_input(format!("the evidence can't be written: {error}")))?;
    write_decisions(what.per_image.as_deref(), &report.events)?;
    let reliability = evaluate::reliability_of_clip(&report.likeliest, &truth);
    write_report(what, &evaluate::held_cases(&report.events, &truth, &products), &reliability)?;
    let mut json = to_json(&report)?;
    let shots = read_shots(&on.truth)?;
    if let (Some(fields), false) = (json.as_object_mut(), shots.is_empty()) {
        fields.insert("shots".to_owned(), to_json(&evaluate::judge_shots(&report.shots, &shots))?);
    }
    Ok(json)
}

/// Decides recorded evidence again, and judges it where the truth is known. Blocking. Errors: `bad_input`.
pub fn recognise_evidence(
    evidence: &Path,
    truth: Option<&Path>,
    decisions: Option<&Path>,
) -> Outcome<serde_json::Value> {
    let truth = truth.map(read_truth).transpose()?;
    let file = std::fs::File::open(evidence)
        .map_err(|error| bad_input(format!("the evidence {} can't be read: {error}", evidence.display())))?;
    let report = evaluate::replay(BufReader::new(file), TaggerConfig::default(), truth.as_deref());
    let report = report.map_err(wrong_input)?;
    write_decisions(decisions, &report.changes)?;
    to_json(&report)
}

fn record(path: &Path) -> Outcome<Record> {
    crate::evidence_file::check(path, None)?;
    let file = crate::evidence_file::create(path);
    let file = file.map_err(|error| bad_input(format!("can't write {}: {error}", path.display())))?;
    Ok(Record::new(Box::new(BufWriter::new(file))))
}

fn read_spoken(path: &Path) -> Outcome<Vec<Spoken>> {
    let unreadable = |why: String| bad_input(format!("what was said, {}, can't be read: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

/// Why a clip was not measured to its end.
enum ClipError {
    Media(MediaError),
    Vision(VisionError),
}

impl From<VisionError> for ClipError {
    fn from(error: VisionError) -> Self {
        Self::Vision(error)
    }
}

fn recogniser_config(config: &StudioConfig, runtime: &Runtime, what: &Recognise) -> RecogniserConfig {
    // Inline, so that the same pictures give the same figures on a busy machine.
    let words = if what.words { Words::Inline } else { Words::Off };
    let usual = RecogniserConfig::default();
    // Where a show would run them.
    let providers = provider::order(config, runtime, Measure::Never);
    RecogniserConfig { threads: THREADS, providers, words, pre: what.pre.unwrap_or(usual.pre), ..usual }
}

fn catalogue(what: &Recognise) -> Outcome<Vec<CatalogueItem>> {
    let file = if what.catalogue.is_dir() { what.catalogue.join("catalog.csv") } else { what.catalogue.clone() };
    let loaded = load_catalogue(&file).map_err(wrong_input)?;
    loaded.left_out.iter().for_each(|why| tracing::warn!("a photo is left out: {why}"));
    Ok(loaded.items)
}

fn gallery(recogniser: &mut Recogniser, items: &[CatalogueItem]) -> Outcome<Gallery> {
    let mut builder = GalleryBuilder::default();
    let variants = items.iter().filter(|item| !item.variant_of.is_empty());
    builder.variants(variants.map(|item| (item.sku.clone(), item.variant_of.clone())).collect());
    for item in items {
        let photos: Result<Vec<_>, _> = item.photos.iter().map(|photo| recogniser.embed_photo(photo)).collect();
        builder.add(item.sku.clone(), &photos.map_err(unavailable)?);
    }
    Ok(builder.build())
}

/// The stretches of a truth file that say what kind of shot they are.
fn read_shots(path: &Path) -> Outcome<Vec<ShotSpan>> {
    let unreadable = |why: String| bad_input(format!("the truth {} can't be read: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let rows = rows.into_iter().filter(|row| row.get("shot").is_some());
    rows.map(|row| serde_json::from_value(row).map_err(|error| unreadable(error.to_string()))).collect()
}

pub(crate) fn read_truth(path: &Path) -> Outcome<Vec<TruthSpan>> {
    let unreadable = |why: String| bad_input(format!("the truth {} can't be read: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

fn wrong_input(error: impl std::error::Error) -> Failure {
    bad_input(chain(&error))
}

fn write_decisions<T: Serialize>(path: Option<&Path>, decisions: &[T]) -> Outcome<()> {
    let Some(path) = path else { return Ok(()) };
    let lines: Result<Vec<String>, _> = decisions.iter().map(serde_json::to_string).collect();
    write_text(path, &(lines.map_err(|error| bad_input(error.to_string()))?.join("\n") + "\n"))
}

/// The figures of each stratum, what strata are told by, and how reliable probabilities are; that drawn, too, where it is wanted.
fn write_report(what: &Recognise, cases: &[Case], reliability: &Reliability) -> Outcome<()> {
    if let Some(path) = &what.report {
        let (axes, strata) = (evaluate::axes(cases), evaluate::strata(cases));
        let report = json!({ "axes": axes, "strata": strata, "reliability": to_json(reliability)? });
        let text = serde_json::to_string_pretty(&report).map_err(|error| bad_input(error.to_string()))?;
        write_text(path, &(text + "\n"))?;
    }
    what.reliability.as_ref().map_or(Ok(()), |path| write_text(path, &evaluate::diagram(reliability)))
}

fn write_text(path: &Path, text: &str) -> Outcome<()> {
    std::fs::write(path, text).map_err(|error| bad_input(format!("can't write {}: {error}", path.display())))
}

fn to_json(report: &impl Serialize) -> Outcome<serde_json::Value> {
    serde_json::to_value(report).map_err(|error| bad_input(error.to_string()))
}
