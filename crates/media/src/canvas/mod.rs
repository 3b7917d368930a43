//! The canvas: one picture for every slot of the frame grid, whatever the source does.
//!
//! There is one full-canvas source, so no `compositor` element stands here: the source's I420 frame *is* the canvas and
//! goes on by reference, which costs nothing per pixel. Pictures in pictures will need a compositor between.

mod grid;
mod slate;
mod tap;
mod thread;

pub(crate) use slate::slate;
pub(crate) use tap::{WatchTap, i420_frame};
pub(crate) use thread::{Canvas, CanvasCounters, CanvasParts};
