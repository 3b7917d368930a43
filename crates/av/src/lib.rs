//! Frames, formats and boxes that media, infer and vision hand to each other.
//!
//! Must not know: gstreamer, onnx, threads. Coordinates are pixels of the frame they belong to, origin top left.

mod frame;
mod rect;

pub use frame::{FrameError, PixelFormat, Plane, VideoFrame};
pub use rect::Rect;
