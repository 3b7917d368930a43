//! Recorded evidence, decided again: the same steps under the rules of today.

use hawker_domain::Sku;
use serde::Serialize;
use std::collections::HashMap;
use std::io::{BufRead, Error, ErrorKind};

use super::video::{TruthSpan, VideoReport, judge};
use crate::read::{Lexicon, Names};
use crate::shot::Shots;
use crate::tagger::{Calibration, Observation, Spoken, Step, TagChange, Tagger, TaggerConfig, Variants};

/// Why a record can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("line {line} of the evidence can't be read: {source}")]
    Read { line: usize, source: std::io::Error },
    #[error("line {line} of the evidence is no step: {source}; record it again")]
    Step { line: usize, source: serde_json::Error },
    #[error("line {line} of the evidence has {scores} scores for {products} products; record it again")]
    Scores { line: usize, scores: usize, products: usize },
}

/// What a replay gave. Keys are part of the command's contract.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReplayReport {
    pub looks: usize,
    pub readings: usize,
    pub spoken: usize,
    pub duration_ms: u64,
    /// Tags that began, were raised or were taken back now, and when it was recorded.
    pub tags: usize,
    pub recorded_tags: usize,
    /// True where both are the same, one for one.
    pub as_recorded: bool,
    /// The last line is not whole, as where the disk was full or the machine went down: it is left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut_short: bool,
    /// The first that is not; none where all are.
    pub first_difference: Option<Difference>,
    /// Against the clip's truth, where it is known.
    #[serde(flatten)]
    pub judged: Option<Judged>,
    #[serde(skip)]
    pub changes: Vec<TagChange>,
}

/// Two answers to one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The line of the record whose answers differ.
    pub line: usize,
    pub recorded: Vec<TagChange>,
    pub now: Vec<TagChange>,
}

/// The part of a clip's figures that evidence alone can tell.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    pub held: usize,
    pub pinned: usize,
    pub pin_coverage: f64,
    pub tag_latency_ms_p50: f32,
    pub tag_latency_ms_p95: f32,
    pub wrong_pins: usize,
    pub wrong_pins_per_hour: f64,
}

impl From<VideoReport> for Judged {
    fn from(report: VideoReport) -> Self {
        Self {
            held: report.held,
            pinned: report.pinned,
            pin_coverage: report.pin_coverage,
            tag_latency_ms_p50: report.tag_latency_ms_p50,
            tag_latency_ms_p95: report.tag_latency_ms_p95,
            wrong_pins: report.wrong_pins,
            wrong_pins_per_hour: report.wrong_pins_per_hour,
        }
    }
}

/// Decides what `record` holds again. Errors: a line that is no step, unless it is the last of several and was cut off.
pub fn replay(
    mut record: impl BufRead,
    config: TaggerConfig,
    truth: Option<&[TruthSpan]>,
) -> Result<ReplayReport, ReplayError> {
    let mut player = Player::new(config);
    let mut report = ReplayReport { as_recorded: true, ..ReplayReport::default() };
    // Answers to the newest step that asked something: those of the record follow it line by line.
    let (mut asked, mut recorded, mut now) = (0, Vec::new(), Vec::new());
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let count = record.read_until(b'\n', &mut bytes).map_err(|source| ReplayError::Read { line, source })?;
        if count == 0 {
            break;
        }
        // A first line that is none says that this is no record at all.
        let may_be_cut = line > 1 && !bytes.ends_with(b"\n");
        let step = match step(&bytes, line) {
            Ok(Some(step)) => step,
            Ok(None) => continue,
            Err(_) if may_be_cut => {
                report.cut_short = true;
                break;
            }
            Err(error) => return Err(error),
        };
        if let Step::Tag(change) = step {
            recorded.push(change);
            continue;
        }
        report.compare(asked, std::mem::take(&mut recorded), std::mem::take(&mut now));
        asked = line;
        match &step {
            Step::Look { at, scores, .. } => {
                report.looks += 1;
                report.duration_ms = report.duration_ms.max(at.0);
                if scores.len() != player.skus.len() {
                    return Err(ReplayError::Scores { line, scores: scores.len(), products: player.skus.len() });
                }
            }
            Step::Read { .. } => report.readings += 1,
            Step::Spoken(_) => report.spoken += 1,
            _ => {}
        }
        now = player.take(step);
        report.changes.extend(now.iter().cloned());
    }
    // Answers that are missing at a cut are no other answers.
    let is_cut_answer = report.cut_short && now.starts_with(&recorded);
    if is_cut_answer {
        now.truncate(recorded.len());
    }
    report.compare(asked, recorded, now);
    report.tags = report.changes.len();
    report.judged = truth.map(|truth| judge(report.changes.clone(), truth, report.duration_ms).into());
    Ok(report)
}

/// The step of one line; none where it is empty.
fn step(bytes: &[u8], line: usize) -> Result<Option<Step>, ReplayError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ReplayError::Read { line, source: Error::new(ErrorKind::InvalidData, error) })?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|source| ReplayError::Step { line, source })
}

impl ReplayReport {
    fn compare(&mut self, line: usize, recorded: Vec<TagChange>, now: Vec<TagChange>) {
        self.recorded_tags += recorded.len();
        if recorded != now && self.first_difference.is_none() {
            self.as_recorded = false;
            self.first_difference = Some(Difference { line, recorded, now });
        }
    }
}

/// A tagger that is told what another one was told.
#[derive(Debug)]
struct Player {
    config: TaggerConfig,
    skus: Vec<Sku>,
    calibration: Calibration,
    order: Vec<Sku>,
    variants: Variants,
    names: HashMap<Sku, Names>,
    lexicon: Lexicon,
    shots: Shots,
    tagger: Tagger,
}

impl Player {
    fn new(config: TaggerConfig) -> Self {
        let calibration = Calibration::MANY;
        let tagger = Tagger::new(Vec::new(), calibration.clone(), config);
        let (skus, order, names, lexicon) = (Vec::new(), Vec::new(), HashMap::new(), Lexicon::default());
        let (variants, shots) = (Variants::default(), Shots::default());
        Self { config, skus, calibration, order, variants, names, lexicon, shots, tagger }
    }

    fn take(&mut self, step: Step) -> Vec<TagChange> {
        match step {
            Step::Products { skus, calibration } => {
                self.tagger.set_products(skus.clone(), calibration.clone());
                self.tagger.set_running_order(&self.order);
                (self.skus, self.calibration) = (skus, calibration);
                self.lexicon = Lexicon::build(&self.skus, &self.names);
            }
            Step::Product { sku, in_place_of: None } => {
                let skus = self.skus.iter().cloned().chain([sku]).collect();
                self.line_up(skus);
            }
            Step::Product { sku, in_place_of: Some(other) } => {
                let in_place = |known: &Sku| if *known == other { sku.clone() } else { known.clone() };
                let skus = self.skus.iter().map(in_place).collect();
                self.line_up(skus);
            }
            Step::Lineup { skus } => self.line_up(skus),
            Step::Variants { families, bare } => {
                self.variants = Variants { families, bare };
                self.tagger.set_variants(self.variants.clone());
            }
            Step::Names { names } => {
                self.names.extend(names);
                self.lexicon = Lexicon::build(&self.skus, &self.names);
            }
            Step::Order { skus } => {
                self.tagger.set_running_order(&skus);
                self.order = skus;
            }
            Step::Look { track_id, now_ms, at, scores, weight, relatives } => {
                let (scores, relatives) = (scores.as_slice(), relatives.as_slice());
                let seen = Observation { track_id, now_ms, at, scores, weight, relatives };
                return self.tagger.observe(&seen);
            }
            Step::Reading { track_id } => self.tagger.begin_reading(track_id),
            Step::Read { track_id, reading } => self.tagger.read(track_id, &self.lexicon.evidence(&reading)),
            Step::Unread => self.tagger.unread(),
            Step::Spoken(Spoken { words, t0, t1 }) => self.tagger.hear(t0, t1, &self.lexicon.spoken(&words)),
            Step::Shot { now_ms, at, clues, main, .. } => {
                let label = self.shots.take(&clues, now_ms, at);
                self.tagger.set_shot(label.map(|label| label.shot), main);
            }
            Step::Reject { track_id, sku } => self.tagger.reject(track_id, &sku),
            Step::Accept { track_id } => self.tagger.accept(track_id),
            Step::End { track_id, at } => return self.tagger.end(track_id, at).into_iter().collect(),
            Step::Back { track_id } => self.tagger.back(track_id),
            Step::StartOver => {
                self.tagger = Tagger::new(self.skus.clone(), self.calibration.clone(), self.config);
                self.tagger.set_variants(self.variants.clone());
                self.tagger.set_running_order(&self.order);
                self.shots = Shots::default();
            }
            Step::Tag(_) => {}
        }
        Vec::new()
    }

    fn line_up(&mut self, skus: Vec<Sku>) {
        self.tagger.rearrange(skus.clone());
        self.tagger.set_running_order(&self.order);
        self.skus = skus;
        self.lexicon = Lexicon::build(&self.skus, &self.names);
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
