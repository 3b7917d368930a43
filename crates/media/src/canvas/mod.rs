//! A canvas: one picture for every slot of the frame grid, whatever the sources do.
//!
//! A source that fills the canvas alone goes on by reference, which costs nothing per pixel; anything else is drawn by
//! [`crate::scene::Composer`]. There is one canvas for each shape that is streamed, each with a thread of its own; they
//! share the sources.

mod board;
mod effort;
mod grid;
mod looks;
mod slate;
mod tap;
mod thread;

pub(crate) use board::Board;
pub(crate) use effort::Effort;
pub(crate) use looks::{Looks, Seen};
pub(crate) use slate::slate;
pub(crate) use tap::{WatchTap, i420_frame};
pub(crate) use thread::{Canvas, CanvasCounters, CanvasInput, CanvasParts};
