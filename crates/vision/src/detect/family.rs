//! The families of detectors: which there are, whether a manifest's entry fits one, and how its outputs become boxes.

use hawker_av::Rect;
use hawker_infer::{Activation, Dim, ModelSpec, Output};

use super::{detr, nanodet, yolov8, yolox};
use crate::VisionError;

/// The names of all families, as a message lists them.
pub const KNOWN: &str = "nanodet, yolox, yolov8, detr";

/// How the outputs of one detector are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Family {
    Nanodet(nanodet::Grid),
    Yolox(yolox::Grid),
    Yolov8(yolov8::Columns),
    Detr(detr::Queries),
}

/// One box. Units: pixels of the model's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub rect: Rect,
    pub class: usize,
    /// 0 to 1.
    pub score: f32,
}

impl Family {
    /// The family of the model `name`, with what its entry says; `side`: width and height of its input. Errors: an unknown
    /// family, or an entry that does not fit its own.
    pub fn of(name: &str, spec: &ModelSpec, side: (usize, usize)) -> Result<Self, VisionError> {
        let family = match spec.family.as_str() {
            "nanodet" => nanodet::Grid::of(spec, side).map(Self::Nanodet),
            "yolox" => yolox::Grid::of(spec, side).map(Self::Yolox),
            "yolov8" => yolov8::Columns::of(spec).map(Self::Yolov8),
            "detr" => detr::Queries::of(spec, side).map(Self::Detr),
            _ => {
                let (name, family) = (name.to_owned(), spec.family.clone());
                return Err(VisionError::Family { name, family, known: KNOWN });
            }
        };
        family.map_err(|why| VisionError::Unfit { name: name.to_owned(), role: "detector", why })
    }

    /// Every box whose best class reaches `least`, in no order and overlapping as the model gave them. `outputs` in the
    /// manifest's order; one that is missing or short gives fewer boxes.
    pub fn decode(&self, outputs: &[Output], least: f32) -> Vec<Found> {
        match (self, outputs) {
            (Self::Nanodet(grid), [scores, distances]) => grid.decode(&scores.data, &distances.data, least),
            (Self::Yolox(grid), [rows]) => grid.decode(&rows.data, least),
            (Self::Yolov8(columns), [output]) => {
                columns.decode(&output.data, output.shape.last().copied().unwrap_or(0), least)
            }
            (Self::Detr(queries), [logits, boxes]) => queries.decode(&logits.data, &boxes.data, least),
            _ => Vec::new(),
        }
    }
}

impl Found {
    /// None: something is no number, or the box has no area.
    pub(super) fn new(rect: Rect, class: usize, score: f32) -> Option<Self> {
        let is_finite = [rect.x, rect.y, rect.width, rect.height, score].iter().all(|number| number.is_finite());
        (is_finite && rect.width > 0.0 && rect.height > 0.0).then_some(Self { rect, class, score })
    }
}

/// A box by its middle and size.
pub(super) fn about(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect::new(x - width / 2.0, y - height / 2.0, width, height)
}

/// The largest score and its class, the first where two are equal. What is no number is no score.
pub(super) fn best(scores: impl IntoIterator<Item = f32>) -> Option<(usize, f32)> {
    let scores = scores.into_iter().enumerate().filter(|(_, score)| !score.is_nan());
    scores.reduce(|best, other| if other.1 > best.1 { other } else { best })
}

/// The probability of a number that stands for itself alone. A softmax needs the whole row, see [`detr`].
pub(super) fn probability(activation: Activation, score: f32) -> f32 {
    match activation {
        Activation::Sigmoid => 1.0 / (1.0 + (-score).exp()),
        Activation::Identity | Activation::Softmax => score,
    }
}

/// Column, row and stride of every cell: level after level, each row by row.
pub(super) fn cells(side: (usize, usize), strides: &[usize]) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
    strides.iter().map(|stride| (*stride).max(1)).flat_map(move |stride| {
        let (columns, rows) = (side.0.div_ceil(stride), side.1.div_ceil(stride));
        (0..rows).flat_map(move |row| (0..columns).map(move |column| (column, row, stride)))
    })
}

/// The number of cells, and the strides they lie at. Errors: there are none.
pub(super) fn grid(spec: &ModelSpec, side: (usize, usize)) -> Result<(usize, Vec<usize>), String> {
    if spec.strides.is_empty() || spec.strides.contains(&0) {
        return Err("strides are missing or 0; say strides = [8, 16, 32], or what the model has".to_owned());
    }
    let count = spec.strides.iter().map(|stride| side.0.div_ceil(*stride) * side.1.div_ceil(*stride)).sum();
    Ok((count, spec.strides.clone()))
}

/// The number of labels. Errors: there are none.
pub(super) fn classes(spec: &ModelSpec) -> Result<usize, String> {
    match spec.labels.len() {
        0 => Err("labels are missing; name every class in the order of the output".to_owned()),
        count => Ok(count),
    }
}

/// The activation of a family whose scores stand for themselves: the manifest's, else none. Errors: a softmax.
pub(super) fn own_activation(spec: &ModelSpec) -> Result<Activation, String> {
    match spec.activation {
        Some(Activation::Softmax) => {
            Err(format!("the family {} has no activation \"softmax\"; take \"none\" or \"sigmoid\"", spec.family))
        }
        said => Ok(said.unwrap_or(Activation::Identity)),
    }
}

/// What a side of an output must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// As large as this, and said so: rows are cut by it.
    Exactly(usize),
    /// As large as this, or left free.
    Count(usize),
    Any(&'static str),
}

/// Compares the outputs with what a family wants: their number, and of each the two sides behind the batch. Errors: what is
/// wanted, with `meaning` for its numbers, and what the manifest says.
pub(super) fn expect(spec: &ModelSpec, wanted: &[[Side; 2]], meaning: &str) -> Result<(), String> {
    let fits = |side: &Dim, want: &Side| match (side, want) {
        (Dim::Fixed(size), Side::Exactly(want) | Side::Count(want)) => size == want,
        (Dim::Free(_), Side::Exactly(_)) => false,
        (Dim::Free(_), Side::Count(_)) | (_, Side::Any(_)) => true,
    };
    let all_fit = spec.outputs.iter().zip(wanted).all(|(output, want)| match output.shape.as_slice() {
        [Dim::Fixed(1) | Dim::Free(_), sides @ ..] => {
            sides.len() == want.len() && sides.iter().zip(want).all(|(side, want)| fits(side, want))
        }
        _ => false,
    });
    if all_fit && spec.outputs.len() == wanted.len() {
        return Ok(());
    }
    let shape = |sides: &[Side; 2]| {
        let sides = sides.map(|side| match side {
            Side::Exactly(size) | Side::Count(size) => size.to_string(),
            Side::Any(word) => word.to_owned(),
        });
        format!("[1, {}]", sides.join(", "))
    };
    let want: Vec<_> = wanted.iter().map(shape).collect();
    let said: Vec<_> = spec.outputs.iter().map(|output| output.shape_text()).collect();
    let said = if said.is_empty() { "none".to_owned() } else { said.join(" and ") };
    let family = &spec.family;
    Err(format!("the outputs of a {family} are to be {} ({meaning}), the manifest says {said}", want.join(" and ")))
}

#[cfg(test)]
#[path = "family_tests.rs"]
mod tests;
