//! Cameras, screens and microphones of this machine.

use crate::errors::Outcome;
use crate::view::{DeviceKind, DeviceView};

/// What the machine offers right now. Blocking for up to a second. Errors: `source_unavailable`.
pub fn devices() -> Outcome<Vec<DeviceView>> {
    hawker_media::init().map_err(crate::show_failure)?;
    let found = hawker_media::devices().map_err(crate::show_failure)?;
    Ok(found
        .into_iter()
        .map(|device| DeviceView {
            id: device.id,
            name: device.name,
            kind: match device.kind {
                hawker_media::DeviceKind::Camera => DeviceKind::Camera,
                hawker_media::DeviceKind::Microphone => DeviceKind::Microphone,
                hawker_media::DeviceKind::Screen => DeviceKind::Screen,
            },
            formats: device.formats,
        })
        .collect())
}
