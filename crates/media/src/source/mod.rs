//! Where pictures and sound come from. A source is a disposable pipeline of its own; its keeper rebuilds it.

mod anchor;
mod apart;
mod body;
mod build;
mod camera;
mod camera_format;
mod change;
mod decoders;
mod format;
mod keeper;
mod leave;
mod patience;
mod playback;
#[cfg(target_os = "linux")]
mod portal;
mod screen;
mod spec;
mod still;
mod tail;
mod taps;
#[cfg(target_os = "linux")]
mod x11;

pub(crate) use anchor::FAR_OFF_NS;
pub use apart::{DecoderProgram, decode_source};
pub(crate) use build::{Shape, SourcePlan, audio_caps};
pub use camera_format::CameraFormat;
pub(crate) use keeper::{Keeper, KeeperConfig, Kind, Wait};
pub use leave::Leaves;
pub(crate) use screen::on_display;
pub use spec::{MicSpec, SourceSpec, WindowName};
pub(crate) use taps::{AudioTap, RateTap, Taps};
