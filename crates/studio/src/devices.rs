//! Cameras, screens, microphones and headphones of this machine.

use crate::errors::Outcome;
use crate::view::{DeviceKind, DeviceView};
use hawker_domain::failure::FailureWhy;
use hawker_media::{Device, MicSpec, SourceSpec};
use hawker_wire::{ErrorCode, Failure};

/// What the machine offers right now. Blocking for up to a second. Errors: `source_unavailable`.
pub fn devices() -> Outcome<Vec<DeviceView>> {
    Ok(present()?
        .into_iter()
        .map(|device| DeviceView {
            id: device.id,
            name: device.name,
            kind: match device.kind {
                hawker_media::DeviceKind::Camera => DeviceKind::Camera,
                hawker_media::DeviceKind::Microphone => DeviceKind::Microphone,
                hawker_media::DeviceKind::Screen => DeviceKind::Screen,
                hawker_media::DeviceKind::Window => DeviceKind::Window,
                hawker_media::DeviceKind::Speaker => DeviceKind::Speaker,
            },
            formats: device.formats,
            is_system_sound: device.is_loopback,
        })
        .collect())
}

/// What "choose by itself" stands for: the system's own camera, or else the first. Errors: `source_unavailable` where there
/// is none.
pub(crate) async fn own_camera() -> Outcome<SourceSpec> {
    let found = asked().await?;
    let camera = pick(&found, hawker_media::DeviceKind::Camera).ok_or_else(|| {
        Failure::new(ErrorCode::SourceUnavailable, "no camera is connected")
            .hint("connect one, or choose the screen, a clip or the test picture under Settings")
            .because(FailureWhy::NoCamera)
    })?;
    tracing::info!(camera.id = %camera.id, "camera chosen");
    Ok(SourceSpec::camera(camera.id.clone()))
}

/// The system's own microphone, or else the first; silence where there is none.
pub(crate) async fn own_microphone() -> MicSpec {
    let found = asked().await.unwrap_or_default();
    let Some(microphone) = pick(&found, hawker_media::DeviceKind::Microphone) else { return MicSpec::Silence };
    tracing::info!(microphone.id = %microphone.id, "microphone chosen");
    MicSpec::Device(microphone.id.clone())
}

/// Asking the system takes a moment, and GStreamer may load its plugins first.
pub(crate) async fn asked() -> Outcome<Vec<Device>> {
    let asked = tokio::task::spawn_blocking(present).await;
    asked.map_err(|error| crate::errors::internal("the devices can't be listed", error))?
}

fn present() -> Outcome<Vec<Device>> {
    hawker_media::init().map_err(crate::show_failure)?;
    hawker_media::devices().map_err(crate::show_failure)
}

/// The system's choice of a kind, or else the first. What plays on the loudspeakers is no microphone.
fn pick(devices: &[Device], kind: hawker_media::DeviceKind) -> Option<&Device> {
    let mut fit = devices.iter().filter(|device| device.kind == kind && !device.is_loopback);
    let first = fit.clone().next();
    fit.find(|device| device.is_default).or(first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_media::DeviceKind::{Camera, Microphone, Screen};

    fn device(id: &str, kind: hawker_media::DeviceKind, is_default: bool, is_loopback: bool) -> Device {
        Device { id: id.into(), name: id.into(), kind, formats: Vec::new(), is_default, is_loopback }
    }

    #[test]
    fn the_systems_own_choice_wins_and_loudspeakers_are_never_the_microphone() {
        let all = [
            device("screen", Screen, false, false),
            device("cam-a", Camera, false, false),
            device("cam-b", Camera, false, false),
            device("speakers", Microphone, true, true),
            device("mic-a", Microphone, false, false),
            device("mic-b", Microphone, true, false),
        ];
        let id = |devices: &[Device], kind| pick(devices, kind).map(|device| device.id.clone());
        assert_eq!(id(&all, Camera).as_deref(), Some("cam-a"), "without a choice of the system the first");
        assert_eq!(id(&all, Microphone).as_deref(), Some("mic-b"));
        assert_eq!(id(&all[..5], Microphone).as_deref(), Some("mic-a"));
        assert_eq!(id(&all[..4], Microphone), None);
        assert_eq!(id(&all[..1], Camera), None, "a screen is no camera");
    }
}
