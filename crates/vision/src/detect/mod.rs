//! Where something may be in the picture: a detector's boxes, whatever class they are, and what is held up in the middle.

pub mod detr;
mod family;
pub mod middle;
pub mod nanodet;
mod placement;
pub mod yolov8;
pub mod yolox;

use hawker_av::{Rect, VideoFrame};
use hawker_infer::{Manifest, ModelSession, ModelSpec, Role, Runtime, SessionConfig};

use crate::VisionError;
use crate::pixels::{self, Patch};
pub use family::{Family, Found, KNOWN};
use placement::Placement;

/// What a box was proposed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposer {
    /// The detector, as some class of goods.
    Detector,
    /// It differs from the rim of the picture and is near its middle.
    Middle,
}

/// A place where a product may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proposal {
    /// Pixels of the frame.
    pub rect: Rect,
    /// 0 to 1; comparable among boxes of the same proposer.
    pub score: f32,
    pub by: Proposer,
}

/// What a detector found in one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detections {
    /// Best first; boxes of one thing are merged.
    pub proposals: Vec<Proposal>,
    /// People: the scene, never goods. Pixels of the frame; likeliest first.
    pub people: Vec<Rect>,
    /// So many of them are people rather than what might be some.
    pub sure_people: usize,
    /// Share of the frame of a thing that is too large to be followed, 0 to 1; 0: there is none.
    pub filling: f32,
}

/// Limits of what counts as found.
#[derive(Clone, Copy, Debug)]
pub struct DetectConfig {
    /// Least class score. Low on purpose: a wrong box costs a crop, a missing one a product. Goods are rarely of a class the
    /// detector knows; a box of tea is a "cell phone" at 0.2.
    pub score: f32,
    /// Overlap above which two boxes are one thing.
    pub merge_iou: f32,
    /// Boxes smaller than this share of the frame stand on a shelf, larger ones are the room.
    pub smallest: f32,
    pub largest: f32,
    /// Most boxes handed on.
    pub most: usize,
}

impl Default for DetectConfig {
    fn default() -> Self {
        Self { score: 0.10, merge_iou: 0.6, smallest: 0.012, largest: 0.5, most: 3 }
    }
}

/// Class score from which a box tells what kind of shot a picture is, where a wrong one is worse than a missing one.
const SURE: f32 = 0.2;

/// A loaded detector. Threads: one at a time.
#[derive(Debug)]
pub struct Detector {
    name: String,
    session: ModelSession,
    spec: ModelSpec,
    family: Family,
    side: (usize, usize),
    tensor: Vec<f32>,
    config: DetectConfig,
    /// It has found something, with scores that are some.
    is_proven: bool,
}

impl Detector {
    /// Loads the manifest's detector. Errors: missing, damaged or unfit model.
    pub fn load(
        manifest: &Manifest,
        runtime: &Runtime,
        session: &SessionConfig,
        config: DetectConfig,
    ) -> Result<Self, VisionError> {
        let (name, spec) = manifest.role(Role::Detector)?;
        let unfit = |why: String| VisionError::Unfit { name: name.to_owned(), role: "detector", why };
        let [input] = spec.inputs.as_slice() else { return Err(unfit(one_input(spec.inputs.len()))) };
        let side = placement::side(input).map_err(unfit)?;
        let family = Family::of(name, spec, side)?;
        let session = ModelSession::load(runtime, manifest, name, spec, session)?;
        Ok(Self {
            name: name.to_owned(),
            session,
            spec: spec.clone(),
            family,
            side,
            tensor: vec![0.0; 3 * side.0 * side.1],
            config,
            is_proven: false,
        })
    }

    /// Where it runs.
    pub fn provider(&self) -> hawker_infer::Provider {
        self.session.provider()
    }

    /// Why the device it ran on last was given up; none: none ever was.
    pub fn lost(&self) -> Option<&str> {
        self.session.lost()
    }

    /// Boxes of goods and of people, and the shrunk picture they were found in. Errors: the model failed, or says what its
    /// entry does not.
    pub fn detect(&mut self, frame: &VideoFrame) -> Result<(Detections, Patch), VisionError> {
        let Some(input) = self.spec.inputs.first() else { return Ok(Default::default()) };
        let placement = Placement::new((frame.width, frame.height), self.side, input);
        let whole = Rect::new(0.0, 0.0, frame.width as f32, frame.height as f32);
        let patch = pixels::crop(frame, whole, placement.width, placement.height);
        let channels = self.tensor.chunks_mut((self.side.0 * self.side.1).max(1));
        for (((channel, pad), mean), scale) in channels.zip(input.pad).zip(input.mean).zip(input.scale) {
            channel.fill((pad - mean) / scale);
        }
        patch.write(input, &mut self.tensor, self.side, (placement.x, placement.y));
        let outputs = self.session.run(&self.tensor, &[1, 3, self.side.1, self.side.0])?;
        let mut boxes = self.family.decode(&outputs, self.config.score);
        // The first boxes tell whether the entry is right; a show is not left without recognition for one of a later frame.
        if !self.is_proven {
            are_probabilities(&boxes).map_err(|why| self.unfit(why))?;
            self.is_proven = !boxes.is_empty();
        }
        boxes.iter_mut().for_each(|found| found.score = found.score.min(1.0));
        Ok((self.sort_out(boxes, placement, whole), patch))
    }

    fn unfit(&self, why: String) -> VisionError {
        VisionError::Unfit { name: self.name.clone(), role: "detector", why }
    }

    fn sort_out(&self, boxes: Vec<Found>, placement: Placement, whole: Rect) -> Detections {
        let is_context = |class: usize| {
            self.spec.labels.get(class).is_some_and(|label| self.spec.context.iter().any(|context| context == label))
        };
        let is_person = |found: &&Found| self.spec.labels.get(found.class).is_some_and(|label| label == "person");
        let (context, goods): (Vec<_>, Vec<_>) = boxes.into_iter().partition(|found| is_context(found.class));
        let place = |found: &Found| placement.to_frame(found.rect).intersect(whole);
        let people = context.iter().filter(is_person).map(|found| (place(found), found.score));
        let people = suppress(people.collect(), self.config.merge_iou);
        let goods = goods.iter().map(|found| (place(found), found.score));
        let shares = goods.clone().filter(|(_, score)| *score >= SURE).map(|(rect, _)| rect.area() / whole.area());
        let filling = shares.filter(|share| *share >= self.config.largest).fold(0.0, f32::max);
        let sizes = self.config.smallest * whole.area()..self.config.largest * whole.area();
        let goods = goods.filter(|(rect, _)| sizes.contains(&rect.area()));
        let mut kept = suppress(goods.collect(), self.config.merge_iou);
        kept.iter_mut().for_each(|(rect, score)| *score *= held_up(*rect, whole));
        kept.sort_by(|a, b| b.1.total_cmp(&a.1));
        let proposals = kept.into_iter().take(self.config.most);
        Detections {
            proposals: proposals.map(|(rect, score)| Proposal { rect, score, by: Proposer::Detector }).collect(),
            sure_people: people.iter().filter(|(_, score)| *score >= SURE).count(),
            people: people.into_iter().map(|(rect, _)| rect).collect(),
            filling,
        }
    }
}

/// Why a model with so many inputs is refused.
fn one_input(count: usize) -> String {
    format!(
        "it has {count} inputs, and only a picture is fed; export it with the picture alone (a DETR without pixel_mask, \
         an RT-DETR without the picture's size)"
    )
}

/// Errors: a score is none from 0 to 1, and what to write into the manifest. Pure.
fn are_probabilities(boxes: &[Found]) -> Result<(), String> {
    // Rounding of the model's own.
    const LARGEST: f32 = 1.001;
    match boxes.iter().map(|found| found.score).find(|score| *score > LARGEST) {
        Some(score) => Err(format!("a score of {score} is no probability; say activation = \"sigmoid\" in its entry")),
        None => Ok(()),
    }
}

/// How likely a box is one that is held up rather than one that stands about: near the middle and not small. 0 to 1.
fn held_up(rect: Rect, whole: Rect) -> f32 {
    let (x, y) = rect.centre();
    let (dx, dy) = (x / whole.width.max(1.0) - 0.5, y / whole.height.max(1.0) - 0.5);
    let near = (-(dx * dx + dy * dy) / (2.0 * 0.22 * 0.22)).exp();
    near * (rect.area() / (0.03 * whole.area()).max(1.0)).min(1.0).sqrt()
}

/// More boxes than this no picture of a host has. A model that sees things everywhere would else cost as many comparisons as
/// the square of its cells.
const MOST_BOXES: usize = 1_000;

/// Keeps the best of boxes that overlap more than `iou`, of the best [`MOST_BOXES`]; best first.
pub fn suppress(mut boxes: Vec<(Rect, f32)>, iou: f32) -> Vec<(Rect, f32)> {
    boxes.sort_by(|a, b| b.1.total_cmp(&a.1));
    boxes.truncate(MOST_BOXES);
    let mut kept: Vec<(Rect, f32)> = Vec::new();
    for (rect, score) in boxes {
        if kept.iter().all(|(other, _)| other.iou(rect) <= iou) {
            kept.push((rect, score));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_boxes_on_one_thing_the_best_stays() {
        let (a, b, far) =
            (Rect::new(0.0, 0.0, 10.0, 10.0), Rect::new(1.0, 0.0, 10.0, 10.0), Rect::new(50.0, 0.0, 10.0, 10.0));
        assert_eq!(suppress(vec![(a, 0.5), (far, 0.4), (b, 0.9)], 0.6), [(b, 0.9), (far, 0.4)]);
    }

    #[test]
    fn a_score_that_is_no_probability_is_refused_with_what_to_write() {
        let found = |score| Found { rect: Rect::new(0.0, 0.0, 10.0, 10.0), class: 0, score };
        assert_eq!(are_probabilities(&[found(0.2), found(1.000_5)]), Ok(()));
        let why = are_probabilities(&[found(0.2), found(7.3)]).err().unwrap_or_default();
        assert!(why.contains("7.3") && why.contains("activation = \"sigmoid\""), "{why}");
    }

    #[test]
    fn a_model_that_sees_things_everywhere_costs_no_more_than_the_best_of_them() {
        let cells = 0..4 * MOST_BOXES;
        let boxes: Vec<_> =
            cells.map(|n| (Rect::new(n as f32 * 20.0, 0.0, 10.0, 10.0), 0.1 + n as f32 / 1e5)).collect();
        let (best, kept) = (boxes.last().copied(), suppress(boxes, 0.6));
        assert_eq!((kept.len(), kept.first().copied()), (MOST_BOXES, best));
    }

    #[test]
    fn a_thing_held_up_goes_before_what_stands_on_the_shelf() {
        let whole = Rect::new(0.0, 0.0, 1280.0, 720.0);
        let held = held_up(Rect::new(500.0, 200.0, 200.0, 300.0), whole);
        assert!(held > 0.8);
        assert!(held > 3.0 * held_up(Rect::new(1100.0, 200.0, 200.0, 300.0), whole), "far from the middle");
        assert!(held > 1.5 * held_up(Rect::new(600.0, 300.0, 60.0, 120.0), whole), "small");
    }
}
