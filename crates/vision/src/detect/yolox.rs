//! Reading YOLOX's output: one row a cell, with a box, how likely something is there, and a score for each class.
//!
//! Source: YOLOX (arXiv 2107.08430), section 2 and its export: a box is an offset from its cell's corner and the logarithm of
//! a size, both in strides; the score of a class counts times that of there being anything. Exports that have done this
//! themselves (`decoded`) give middle and size in pixels, as do YOLOv5, v6 and v7 with their own heads.

use hawker_infer::{Activation, ModelSpec};

use super::family::{self, Found, Side, about, best, cells, probability};

/// How the rows of the output are laid over the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Pixels between two cells, one number a level; levels follow each other in the rows. Decoded boxes need none.
    pub strides: Vec<usize>,
    /// Width and height of the input.
    pub side: (usize, usize),
    pub classes: usize,
    /// Boxes are in pixels already.
    pub decoded: bool,
    pub activation: Activation,
}

impl Grid {
    /// As the manifest describes it. Errors: what the family wants and the entry does not say.
    pub(super) fn of(spec: &ModelSpec, side: (usize, usize)) -> Result<Self, String> {
        let classes = family::classes(spec)?;
        let (rows, strides) = if spec.decoded {
            (Side::Any("cells"), Vec::new())
        } else {
            let (count, strides) = family::grid(spec, side)?;
            (Side::Count(count), strides)
        };
        let meaning = format!("cells x 4 of a box, 1 for anything at all, {classes} labels");
        family::expect(spec, &[[rows, Side::Exactly(5 + classes)]], &meaning)?;
        let activation = family::own_activation(spec)?;
        Ok(Self { strides, side, classes, decoded: spec.decoded, activation })
    }

    /// Every cell whose best class reaches `least`. Shape: cells x (4 + 1 + classes); rows that are missing are no cells.
    pub fn decode(&self, output: &[f32], least: f32) -> Vec<Found> {
        let rows = output.chunks_exact(5 + self.classes);
        if self.decoded {
            rows.filter_map(|row| self.read(row, None, least)).collect()
        } else {
            let rows = rows.zip(cells(self.side, &self.strides));
            rows.filter_map(|(row, cell)| self.read(row, Some(cell), least)).collect()
        }
    }

    /// One row; `cell`: column, row and stride where the box is still to be placed by them.
    fn read(&self, row: &[f32], cell: Option<(usize, usize, usize)>, least: f32) -> Option<Found> {
        let [x, y, width, height, anything, scores @ ..] = row else { return None };
        let (class, score) = best(scores.iter().copied())?;
        let score = probability(self.activation, *anything) * probability(self.activation, score);
        if score < least {
            return None;
        }
        let rect = match cell {
            None => about(*x, *y, *width, *height),
            Some((column, row, stride)) => {
                about(x + column as f32, y + row as f32, width.exp(), height.exp()).scaled(stride as f32, stride as f32)
            }
        };
        Found::new(rect, class, score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_av::Rect;

    fn grid() -> Grid {
        Grid { strides: vec![8, 16], side: (32, 16), classes: 2, decoded: false, activation: Activation::Identity }
    }

    /// 4 x 2 cells of stride 8, then 2 x 1 of stride 16, of which some say something.
    fn output(hits: &[(usize, [f32; 7])]) -> Vec<f32> {
        let mut rows = [0.0, 0.0, 0.0, 0.0, 0.01, 0.5, 0.5].repeat(10);
        for (cell, row) in hits {
            rows[cell * 7..][..7].copy_from_slice(row);
        }
        rows
    }

    #[test]
    fn boxes_are_placed_by_their_cell_and_their_score_is_a_product() {
        let two = 2_f32.ln();
        let hits = [(5, [0.5, 0.25, two, 0.0, 0.8, 0.1, 0.5]), (9, [0.0, 0.5, 0.0, 0.0, 0.5, 0.9, 0.1])];
        let found = grid().decode(&output(&hits), 0.3);
        // Cell 5 of stride 8 is column 1, row 1: middle (12, 10). Cell 9 is the second of stride 16: middle (16, 8).
        let want = [
            Found { rect: Rect::new(4.0, 6.0, 16.0, 8.0), class: 1, score: 0.4 },
            Found { rect: Rect::new(8.0, 0.0, 16.0, 16.0), class: 0, score: 0.45 },
        ];
        assert_eq!(found.len(), want.len(), "{found:?}");
        for (found, want) in found.iter().zip(want) {
            let is_near = found.rect.iou(want.rect) > 0.9999 && (found.score - want.score).abs() < 1e-6;
            assert!(is_near && found.class == want.class, "{found:?}, not {want:?}");
        }
    }

    #[test]
    fn decoded_boxes_stay_where_they_are() {
        let decoded = Grid { decoded: true, strides: Vec::new(), ..grid() };
        let found = decoded.decode(&output(&[(7, [16.0, 8.0, 10.0, 6.0, 1.0, 0.2, 0.9])]), 0.3);
        assert_eq!(found, [Found { rect: Rect::new(11.0, 5.0, 10.0, 6.0), class: 1, score: 0.9 }]);
    }

    #[test]
    fn an_output_cut_short_gives_fewer_boxes_and_no_panic() {
        let whole = output(&[(0, [0.0, 0.0, 0.0, 0.0, 1.0, 0.9, 0.0]), (9, [0.0, 0.0, 0.0, 0.0, 1.0, 0.9, 0.0])]);
        assert_eq!(grid().decode(&whole, 0.3).len(), 2);
        assert_eq!(grid().decode(&whole[..69], 0.3).len(), 1);
        assert_eq!(grid().decode(&[0.9; 6], 0.3), []);
        assert_eq!(grid().decode(&[], 0.3), []);
        assert_eq!(grid().decode(&[0.9; 7 * 20], 0.3).len(), 10, "rows beyond the grid are no cells");
    }

    #[test]
    fn what_is_no_number_is_no_box() {
        let sure = [0.0, 0.0, 0.0, 0.0, 1.0, 0.9, 0.0];
        let changed = |place: usize, number: f32| {
            let mut row = sure;
            row[place] = number;
            row
        };
        for row in [changed(0, f32::NAN), changed(2, f32::NAN), changed(4, f32::NAN), changed(3, 200.0)] {
            assert_eq!(grid().decode(&output(&[(0, row)]), 0.3), [], "{row:?}");
        }
        let other = grid().decode(&output(&[(0, changed(6, f32::NAN))]), 0.3);
        assert!(matches!(other.as_slice(), [one] if one.class == 0), "the class that has a number: {other:?}");
    }
}
