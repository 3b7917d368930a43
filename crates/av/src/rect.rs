use serde::{Deserialize, Serialize};

/// A box. Units: pixels of the picture it belongs to (or 0..1 of its sides where a field says so).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Rect {
    pub fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    pub fn area(self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    pub fn centre(self) -> (f32, f32) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The common part; empty boxes have width or height 0.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        let (x, y) = (self.x.max(other.x), self.y.max(other.y));
        let right = (self.x + self.width).min(other.x + other.width);
        let bottom = (self.y + self.height).min(other.y + other.height);
        Self { x, y, width: (right - x).max(0.0), height: (bottom - y).max(0.0) }
    }

    /// Intersection over union, 0..1.
    pub fn iou(self, other: Self) -> f32 {
        let common = self.intersect(other).area();
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }

    /// Grown by `share` of its size on every side, then cut to `bounds`.
    #[must_use]
    pub fn padded(self, share: f32, bounds: Self) -> Self {
        let (dx, dy) = (self.width * share, self.height * share);
        Self::new(self.x - dx, self.y - dy, self.width + 2.0 * dx, self.height + 2.0 * dy).intersect(bounds)
    }

    /// Every coordinate multiplied.
    #[must_use]
    pub fn scaled(self, sx: f32, sy: f32) -> Self {
        Self::new(self.x * sx, self.y * sy, self.width * sx, self.height * sy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_measured_against_the_union() {
        let a = Rect::new(0.0, 0.0, 10.0, 10.0);
        assert_eq!(a.iou(a), 1.0);
        assert_eq!(a.iou(Rect::new(20.0, 0.0, 5.0, 5.0)), 0.0);
        assert!((a.iou(Rect::new(5.0, 0.0, 10.0, 10.0)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(Rect::default().iou(Rect::default()), 0.0, "two empty boxes have nothing in common");
    }
}
