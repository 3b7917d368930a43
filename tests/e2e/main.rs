//! From a camera to a paid order, with everything real: PipeWire, nginx, Chromium, WebKitGTK.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod camera;
mod claim;
mod display;
mod first_show;
mod sharing;
mod window;
