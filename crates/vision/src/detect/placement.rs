//! Where a frame lies in a model's input, and where a box of the input lies in the frame.

use hawker_av::Rect;
use hawker_infer::{Dim, Fit, Place, TensorSpec};

/// Longest side of an input, pixels. Detectors take 320 to 1280; what is far beyond is a slip of the pen, and its memory is
/// taken before anybody notices.
const LONGEST: usize = 4096;

/// How a frame lies in an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placement {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
    /// Pixels of the frame for one of the input, along and down.
    scale: (f32, f32),
}

impl Placement {
    /// `frame` and `side` are width and height.
    pub fn new(frame: (u32, u32), side: (usize, usize), input: &TensorSpec) -> Self {
        let each = (frame.0 as f32 / side.0 as f32, frame.1 as f32 / side.1 as f32);
        if input.fit == Fit::Stretch {
            return Self { x: 0, y: 0, width: side.0, height: side.1, scale: each };
        }
        let scale = each.0.max(each.1).max(f32::EPSILON);
        let fit = |length: u32, limit: usize| ((length as f32 / scale).round() as usize).clamp(1, limit);
        let (width, height) = (fit(frame.0, side.0), fit(frame.1, side.1));
        let (x, y) = match input.place {
            Place::Centre => ((side.0 - width) / 2, (side.1 - height) / 2),
            Place::TopLeft => (0, 0),
        };
        Self { x, y, width, height, scale: (scale, scale) }
    }

    /// A box of the input, in pixels of the frame.
    pub fn to_frame(self, rect: Rect) -> Rect {
        Rect { x: rect.x - self.x as f32, y: rect.y - self.y as f32, ..rect }.scaled(self.scale.0, self.scale.1)
    }
}

/// Width and height of an input that is one picture. Errors: it is none, or a free side has no size.
pub(super) fn side(input: &TensorSpec) -> Result<(usize, usize), String> {
    let [Dim::Free(_) | Dim::Fixed(1), Dim::Fixed(3), height, width] = input.shape.as_slice() else {
        return Err(format!("its input is to be [1, 3, height, width], the manifest says {}", input.shape_text()));
    };
    let size = |side: &Dim, free: Option<usize>| match side {
        Dim::Fixed(size) => Some(*size),
        Dim::Free(_) => free,
    };
    let [high, wide] = input.r#use.map_or([None, None], |used| used.map(Some));
    match (size(width, wide), size(height, high)) {
        (Some(width), Some(height)) if [width, height].iter().all(|side| (1..=LONGEST).contains(side)) => {
            Ok((width, height))
        }
        (Some(width), Some(height)) => {
            Err(format!("its input is {width}x{height}, sides are to be 1 to {LONGEST} pixels"))
        }
        _ => Err("its input has a free side; say which to take with use = [height, width]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn input(more: &str) -> TensorSpec {
        serde_json::from_str(&format!(r#"{{"name": "image", "shape": [1, 3, 416, 416] {more}}}"#)).unwrap()
    }

    #[test]
    fn a_box_found_in_the_letterbox_lies_where_it_was_in_the_frame() {
        let letterbox = input(r#", "fit": "letterbox""#);
        let wide = Placement::new((1280, 720), (416, 416), &letterbox);
        assert_eq!((wide.x, wide.y, wide.width, wide.height), (0, 91, 416, 234));
        let back = wide.to_frame(Rect::new(208.0, 91.0, 208.0, 117.0));
        assert!((back.x - 640.0).abs() < 0.1 && back.y.abs() < 0.1 && (back.width - 640.0).abs() < 0.1, "{back:?}");
        let tall = Placement::new((720, 1280), (416, 416), &letterbox);
        assert_eq!((tall.x, tall.y), (91, 0));
    }

    #[test]
    fn in_a_corner_nothing_is_moved_and_stretched_both_sides_have_their_own_scale() {
        let corner = Placement::new((1280, 720), (640, 640), &input(r#", "fit": "letterbox", "place": "top_left""#));
        assert_eq!((corner.x, corner.y, corner.width, corner.height), (0, 0, 640, 360));
        assert_eq!(corner.to_frame(Rect::new(10.0, 20.0, 30.0, 40.0)), Rect::new(20.0, 40.0, 60.0, 80.0));
        let stretched = Placement::new((1280, 720), (640, 640), &input(""));
        assert_eq!((stretched.x, stretched.y, stretched.width, stretched.height), (0, 0, 640, 640));
        assert_eq!(stretched.to_frame(Rect::new(10.0, 20.0, 30.0, 40.0)), Rect::new(20.0, 22.5, 60.0, 45.0));
    }

    #[test]
    fn the_side_is_what_is_fixed_and_else_what_is_to_be_used() {
        let of = |text: &str| side(&serde_json::from_str(text).unwrap());
        let table = [
            (r#"{"name": "x", "shape": [1, 3, 64, 96]}"#, Ok((96, 64))),
            (r#"{"name": "x", "shape": ["n", 3, "h", "w"], "use": [64, 96]}"#, Ok((96, 64))),
            (r#"{"name": "x", "shape": ["n", 3, 64, "w"], "use": [32, 96]}"#, Ok((96, 64))),
            (r#"{"name": "x", "shape": ["n", 3, "h", "w"]}"#, Err("use = [height, width]")),
            (r#"{"name": "x", "shape": [1, 64, 96, 3]}"#, Err("[1, 3, height, width]")),
            (r#"{"name": "x", "shape": [2, 3, 64, 96]}"#, Err("[2, 3, 64, 96]")),
            (r#"{"name": "x", "shape": [1, 3, 0, 96]}"#, Err("96x0")),
            (r#"{"name": "x", "shape": [1, 3, 64000, 96]}"#, Err("96x64000")),
        ];
        for (text, want) in table {
            match (of(text), want) {
                (Ok(found), Ok(want)) => assert_eq!(found, want, "{text}"),
                (Err(why), Err(word)) => assert!(why.contains(word), "{text}: {why}"),
                (found, want) => assert!(found.is_ok() == want.is_ok(), "{text}: {found:?}"),
            }
        }
    }
}
