//! Reading the outputs of DETR and its kin: one row a query, with a score for each class and a box.
//!
//! Source: DETR (arXiv 2005.12872), section 3: a softmax over the classes and one more, "no object"; boxes are middle and size
//! as shares of the picture. Deformable DETR and RT-DETR (arXiv 2304.08069) have no such column and a sigmoid for each class.

use hawker_infer::{Activation, ModelSpec};

use super::family::{self, Found, Side, about, best, probability};

/// What the rows of the outputs are.
#[derive(Clone, Debug, PartialEq)]
pub struct Queries {
    /// Width and height of the input.
    pub side: (usize, usize),
    /// Without "no object".
    pub classes: usize,
    pub activation: Activation,
}

impl Queries {
    /// As the manifest describes it. Errors: what the family wants and the entry does not say.
    pub(super) fn of(spec: &ModelSpec, side: (usize, usize)) -> Result<Self, String> {
        let classes = family::classes(spec)?;
        let queries = Self { side, classes, activation: spec.activation.unwrap_or(Activation::Softmax) };
        let meaning = if queries.activation == Activation::Softmax {
            format!(
                "queries x {classes} labels and \"no object\", queries x 4 of a box; without \"no object\" say activation = \"sigmoid\""
            )
        } else {
            format!("queries x {classes} labels, queries x 4 of a box; with \"no object\" say activation = \"softmax\"")
        };
        let rows = |columns| [Side::Any("queries"), Side::Exactly(columns)];
        family::expect(spec, &[rows(queries.columns()), rows(4)], &meaning)?;
        Ok(queries)
    }

    fn columns(&self) -> usize {
        self.classes + usize::from(self.activation == Activation::Softmax)
    }

    /// Every query whose best class reaches `least`. Shapes: logits are queries x (classes, and one more with a softmax),
    /// boxes queries x 4; rows that are missing are no queries.
    pub fn decode(&self, logits: &[f32], boxes: &[f32], least: f32) -> Vec<Found> {
        let (wide, high) = (self.side.0 as f32, self.side.1 as f32);
        let rows = logits.chunks_exact(self.columns().max(1)).zip(boxes.chunks_exact(4));
        let found = rows.filter_map(|(logits, shares)| {
            let [x, y, width, height] = shares else { return None };
            let (class, logit) = best(logits.iter().copied().take(self.classes))?;
            let score = match self.activation {
                Activation::Softmax => share(logit, logits),
                other => probability(other, logit),
            };
            if score < least {
                return None;
            }
            Found::new(about(*x, *y, *width, *height).scaled(wide, high), class, score)
        });
        found.collect()
    }
}

/// One logit's part of the softmax over all.
fn share(logit: f32, all: &[f32]) -> f32 {
    // Divided by the largest, nothing overflows.
    let largest = all.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (logit - largest).exp() / all.iter().map(|other| (other - largest).exp()).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_av::Rect;

    const SOFTMAX: Queries = Queries { side: (200, 100), classes: 2, activation: Activation::Softmax };
    const SIGMOID: Queries = Queries { activation: Activation::Sigmoid, ..SOFTMAX };
    const BOXES: [f32; 8] = [0.5, 0.5, 0.2, 0.4, 0.1, 0.9, 0.1, 0.2];

    #[test]
    fn a_query_that_is_mostly_no_object_is_none() {
        let seen = SOFTMAX.decode(&[2.0, 1.0, 0.0, 2.0, 1.0, 4.0], &BOXES, 0.3);
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!((seen[0].score - 0.665_241).abs() < 1e-5, "e^2 of e^2 + e + 1: {seen:?}");
        assert!(seen[0].class == 0 && seen[0].rect.iou(Rect::new(80.0, 30.0, 40.0, 40.0)) > 0.9999, "{seen:?}");
        let huge = SOFTMAX.decode(&[900.0, 0.0, 0.0], &BOXES, 0.3);
        assert!(matches!(huge.as_slice(), [one] if one.score == 1.0), "{huge:?}");
    }

    #[test]
    fn with_a_sigmoid_every_column_is_a_class() {
        let seen = SIGMOID.decode(&[-3.0, 1.0, 0.0, -3.0], &BOXES, 0.4);
        let classes: Vec<_> = seen.iter().map(|found| (found.class, (found.score * 1e4).round())).collect();
        assert_eq!(classes, [(1, 7311.0), (0, 5000.0)]);
        let done = Queries { activation: Activation::Identity, ..SOFTMAX };
        assert_eq!(done.decode(&[0.1, 0.8], &BOXES, 0.4)[0].score, 0.8, "probabilities are left alone");
    }

    #[test]
    fn outputs_cut_short_give_fewer_boxes_and_no_panic() {
        let logits = [5.0, 0.0, 0.0, 5.0, 0.0, 0.0];
        let count = |rows: usize, numbers: usize| SOFTMAX.decode(&logits[..rows], &BOXES[..numbers], 0.3).len();
        assert_eq!([count(6, 8), count(5, 8), count(6, 7), count(2, 8), count(6, 0), count(0, 0)], [2, 1, 1, 0, 0, 0]);
    }

    #[test]
    fn what_is_no_number_is_no_box() {
        for logits in [[f32::NAN, 9.0, 0.0], [9.0, 0.0, f32::NAN], [f32::INFINITY, 0.0, 0.0], [f32::NAN; 3]] {
            assert_eq!(SOFTMAX.decode(&logits, &BOXES, 0.0), [], "{logits:?}");
        }
        for shares in [[f32::NAN, 0.5, 0.5, 0.5], [0.5, 0.5, f32::INFINITY, 0.5], [0.5, 0.5, 0.5, 0.0]] {
            assert_eq!(SOFTMAX.decode(&[9.0, 0.0, 0.0], &shares, 0.0), [], "{shares:?}");
        }
        assert_eq!(SIGMOID.decode(&[f32::NAN; 2], &BOXES, 0.0), []);
    }
}
