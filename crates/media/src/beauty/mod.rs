//! Skin smoothing (自动美颜): evens out skin and leaves eyes, hair, lines and print as they are. In place, on I420.
//!
//! Luma only: a self-guided edge-preserving mean, computed for cells of 4 x 4 pixels and spread over the pixels again,
//! is mixed in where the colour is that of skin. Nothing here is per picture but the picture: one smoother may serve any
//! sizes in turn. Must not know: GStreamer.
//!
//! Source: the fast variant (He & Sun, arXiv 1505.00996) of the guided filter (He, Sun & Tang, ECCV 2010), with a
//! steeper step from smoothed to kept.

mod guide;
mod planes;
mod skin;
mod spread;

pub use planes::{BadPlanes, I420Mut, Plane};

use guide::Guide;
use skin::SkinMask;
use spread::Spreader;

/// Side of a cell, pixels.
const CELL: usize = 4;

/// Smooths skin. Keeps its buffers from picture to picture; each thread has its own.
#[derive(Debug, Default)]
pub struct SkinSmoother {
    guide: Guide,
    mask: SkinMask,
    spreader: Spreader,
}

impl SkinSmoother {
    /// Makes one; buffers grow with the first picture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Smooths the luma of one picture in place.
    ///
    /// Units: `strength` 0 (nothing is changed) to 100; more counts as 100. A picture without skin is not changed either.
    pub fn smooth(&mut self, mut planes: I420Mut<'_>, strength: u8) {
        let strength = f32::from(strength.min(100)) / 100.0;
        if strength <= 0.0 {
            return;
        }
        let cells = planes.cells();
        self.guide.measure(&planes, cells);
        if !self.mask.find(&planes, cells, self.guide.means()) {
            return;
        }
        self.guide.solve(cells, strength);
        self.spreader.spread(&mut planes, cells, &self.guide, &self.mask, strength);
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
