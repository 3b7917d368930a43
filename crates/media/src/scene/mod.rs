//! Puts the layers of a scene together into one picture of a canvas. I420 in, I420 out.
//!
//! Works on planes in plain memory: no element, no thread, no clock. [`Staging`] says what is to be seen at a moment,
//! [`Composer`] draws it.

mod blend;
mod compose;
mod geometry;
mod key;
mod overlay;
mod planes;
mod scale;
mod staging;

pub(crate) use compose::{Composer, Look};
pub(crate) use geometry::fitted;
pub(crate) use overlay::{Order, Overlay, Pixels};
pub(crate) use planes::{I420, I420Mut, Layout, yuv};
pub(crate) use staging::{Layers, Prepared, Showing, Staging};
