//! Where pictures and sound come from. A source is a disposable pipeline of its own; its keeper rebuilds it.

mod anchor;
mod apart;
mod body;
mod build;
mod camera;
mod camera_format;
mod format;
mod keeper;
mod patience;
mod playback;
mod screen;
mod spec;
mod tail;
#[cfg(target_os = "linux")]
mod x11;

pub(crate) use anchor::FAR_OFF_NS;
pub use apart::{DecoderProgram, decode_source};
pub(crate) use build::{AudioTap, RateTap, Shape, SourcePlan, Taps, VideoTap, audio_caps};
pub use camera_format::CameraFormat;
pub(crate) use keeper::{Keeper, KeeperConfig, Kind};
pub use spec::{MicSpec, SourceSpec, WindowName};
#[cfg(target_os = "linux")]
pub(crate) use x11::devices as on_display;
