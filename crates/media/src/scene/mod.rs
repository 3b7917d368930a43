//! Puts the layers of a scene together into one picture of a canvas. I420 in, I420 out.
//!
//! Works on planes in plain memory: no element, no thread, no clock. [`Composer`] is used by the canvas for what viewers
//! see and by the preview for what the host prepares; both draw the same [`Staging`].

mod blend;
mod compose;
mod geometry;
mod key;
mod overlay;
mod planes;
mod scale;
mod staging;

pub(crate) use compose::{Composer, Look, Sources};
pub(crate) use geometry::{Fitted, fitted};
pub(crate) use key::ChromaKey;
pub(crate) use overlay::{Overlay, Pixels};
pub(crate) use planes::{I420, I420Mut, Layout};
pub(crate) use staging::{Showing, Staging};
