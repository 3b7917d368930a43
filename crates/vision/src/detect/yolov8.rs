//! Reading the output of YOLOv8 and those that export like it (YOLO11, anchor-free YOLOv5u, YOLOv9): one column a cell.
//!
//! Source: the shape and meaning of such an export: the rows are middle x, middle y, width and height in pixels of the input,
//! then a probability for each class; boxes overlap as the model gave them.

use hawker_infer::{Activation, ModelSpec};

use super::family::{self, Found, Side, about, probability};

/// What the rows of the output are.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    pub classes: usize,
    pub activation: Activation,
}

impl Columns {
    /// As the manifest describes it. Errors: what the family wants and the entry does not say.
    pub(super) fn of(spec: &ModelSpec) -> Result<Self, String> {
        let classes = family::classes(spec)?;
        let meaning = format!("4 of a box and {classes} labels x cells");
        family::expect(spec, &[[Side::Exactly(4 + classes), Side::Any("cells")]], &meaning)?;
        Ok(Self { classes, activation: family::own_activation(spec)? })
    }

    /// Every cell whose best class reaches `least`. Shape: (4 + classes) x cells; classes that are missing are not seen.
    pub fn decode(&self, output: &[f32], cells: usize, least: f32) -> Vec<Found> {
        let cells = cells.clamp(1, output.len().max(1));
        let mut rows = output.chunks(cells);
        let (Some(x), Some(y), Some(width), Some(height)) = (rows.next(), rows.next(), rows.next(), rows.next()) else {
            return Vec::new();
        };
        // Row by row, as they lie in memory: a column at a time every number would be fetched anew.
        let mut best = vec![(0, f32::NEG_INFINITY); cells];
        for (class, scores) in rows.take(self.classes).enumerate() {
            for (best, score) in best.iter_mut().zip(scores) {
                if *score > best.1 {
                    *best = (class, *score);
                }
            }
        }
        let boxes = x.iter().zip(y).zip(width.iter().zip(height));
        let found = boxes.zip(best).filter(|(_, (_, score))| score.is_finite());
        let found = found.filter_map(|(((x, y), (width, height)), (class, score))| {
            let score = probability(self.activation, score);
            if score < least { None } else { Found::new(about(*x, *y, *width, *height), class, score) }
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_av::Rect;

    const COLUMNS: Columns = Columns { classes: 2, activation: Activation::Identity };

    /// Three cells: x, y, width, height, then the scores of two classes.
    const OUTPUT: [f32; 18] = [
        10.0, 40.0, 70.0, 20.0, 30.0, 40.0, 8.0, 6.0, 4.0, 4.0, 10.0, 2.0, //
        0.7, 0.1, 0.0, //
        0.2, 0.2, 0.9,
    ];

    #[test]
    fn a_column_is_a_box_about_its_middle() {
        let want = [
            Found { rect: Rect::new(6.0, 18.0, 8.0, 4.0), class: 0, score: 0.7 },
            Found { rect: Rect::new(68.0, 39.0, 4.0, 2.0), class: 1, score: 0.9 },
        ];
        assert_eq!(COLUMNS.decode(&OUTPUT, 3, 0.3), want);
    }

    #[test]
    fn an_output_cut_short_gives_fewer_boxes_and_no_panic() {
        let count = |numbers: usize, cells: usize| COLUMNS.decode(&OUTPUT[..numbers], cells, 0.3).len();
        assert_eq!([count(18, 3), count(17, 3), count(15, 3)], [2, 1, 1]);
        assert_eq!([count(12, 3), count(11, 3), count(9, 3), count(0, 3), count(0, 0)], [0; 5]);
        assert_eq!(count(18, usize::MAX), 0, "fewer numbers than cells");
    }

    #[test]
    fn what_is_no_number_is_no_box() {
        let changed = |place: usize, number: f32| {
            let mut output = OUTPUT;
            output[place] = number;
            COLUMNS.decode(&output, 3, 0.3).len()
        };
        assert_eq!([changed(0, f32::NAN), changed(6, f32::INFINITY), changed(12, f32::NAN)], [1; 3]);
        assert_eq!([changed(6, 0.0), changed(6, -8.0)], [1; 2], "neither is what has no area");
        let raw = Columns { activation: Activation::Sigmoid, ..COLUMNS };
        assert_eq!(raw.decode(&OUTPUT[..12], 3, 0.0), [], "nor what has no score");
    }
}
