//! Words and pictures that a scene lays over the camera's picture. Each is drawn once, when it changes.
//!
//! Entry points: [`paint_text`], [`paint_picture`]. Both are pure: no files are opened, no clock is read.

pub(crate) mod picture;
mod text;

pub use crate::card::paint::Painted;
pub use picture::{PictureError, paint_picture};
pub use text::paint_text;

/// A place on the canvas, in shares of its width and height; 0, 0 is the top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Spot {
    /// In pixels of a canvas, sides of at least one pixel and at most the canvas. Numbers that are none become 0.
    pub(crate) fn pixels(self, width: u32, height: u32) -> (i32, i32, u32, u32) {
        // Far outside is as good as just outside, and stays within what pixels can count.
        let share = |v: f32| if v.is_finite() { v.clamp(-2.0, 2.0) } else { 0.0 };
        let length = |v: f32, whole: u32| ((share(v) * whole as f32).round() as u32).clamp(1, whole.max(1));
        let place = |v: f32, whole: u32| (share(v) * whole as f32).round() as i32;
        (place(self.x, width), place(self.y, height), length(self.width, width), length(self.height, height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_of_nonsense_stays_countable() {
        let spot = |x, y, width, height| Spot { x, y, width, height }.pixels(1280, 720);
        assert_eq!(spot(0.25, 0.5, 0.5, 0.25), (320, 360, 640, 180));
        assert_eq!(spot(-0.1, 0.0, 9.0, -1.0), (-128, 0, 1280, 1));
        assert_eq!(spot(f32::NAN, f32::INFINITY, f32::NAN, 0.0), (0, 0, 1, 1));
        assert_eq!(spot(1e30, -1e30, 1.0, 1.0), (2560, -1440, 1280, 720));
    }
}
