//! The use cases of the studio and the task that owns a show.
//!
//! Joins store, sync, media and vision; everything above (command line, window) calls [`Studio`] and shows [`view`].
//! Errors leave as [`hawker_wire::Failure`].

pub mod bindings;
pub mod view;
