//! How a host knows what is seen and heard: by the name that stands on the device or the file, not by what the system calls it
//! inside.

use hawker_media::{CardLanguage, Device, DeviceKind, MicSpec, SourceSpec, redact};
use std::{collections::BTreeMap, path::Path};

/// Names of the cameras and microphones that were there when the show was planned.
#[derive(Clone, Debug, Default)]
pub struct Names {
    devices: BTreeMap<String, String>,
    language: CardLanguage,
}

impl Names {
    /// Those of `devices`; what has no name of its own is called in `language`.
    pub(crate) fn of(devices: &[Device], language: CardLanguage) -> Self {
        let named = |kind| {
            let mut named: Vec<&Device> = devices.iter().filter(|device| device.kind == kind).collect();
            named.sort_by(|a, b| a.id.cmp(&b.id));
            named
        };
        let devices =
            [DeviceKind::Camera, DeviceKind::Microphone].into_iter().flat_map(|kind| told_apart(&named(kind)));
        Self { devices: devices.collect(), language }
    }

    /// As [`Names::of`], and the system is asked only where one of these is a device: it takes a moment.
    pub(crate) async fn found(sources: &[SourceSpec], mics: &[MicSpec], language: CardLanguage) -> Self {
        let asks = sources.iter().any(|source| matches!(source, SourceSpec::Camera { .. }))
            || mics.iter().any(|mic| matches!(mic, MicSpec::Device(_)));
        let devices = if asks { crate::devices::asked().await.unwrap_or_default() } else { Vec::new() };
        Self::of(&devices, language)
    }

    /// Knows these as well; what was plugged in once keeps its name.
    pub(crate) fn learn(&mut self, more: Self) {
        self.devices.extend(more.devices);
    }

    /// A picture. Never a key.
    pub(crate) fn source(&self, spec: &SourceSpec) -> String {
        match spec {
            SourceSpec::Camera { id, .. } => self.device(id),
            SourceSpec::File(path) | SourceSpec::Image(path) => file(path),
            SourceSpec::Url(url) => redact(url.as_str()),
            SourceSpec::Window(name) => name.title.clone(),
            SourceSpec::Screen { monitor: Some(monitor) } => monitor.clone(),
            SourceSpec::Screen { monitor: None } => self.word("屏幕", "the screen"),
            SourceSpec::Test => self.word("测试画面", "the test picture"),
        }
    }

    /// A camera that is chosen when the show begins.
    pub(crate) fn automatic_camera(&self) -> String {
        self.word("自动选择的摄像头", "the camera found by itself")
    }

    /// A sound.
    pub(crate) fn mic(&self, spec: &MicSpec) -> String {
        match spec {
            MicSpec::Device(id) => self.device(id),
            MicSpec::TestTone => self.word("测试音", "the test tone"),
            MicSpec::Silence | MicSpec::FromSource => spec.to_string(),
        }
    }

    /// One that is not plugged in is known by its id alone.
    fn device(&self, id: &str) -> String {
        self.devices.get(id).map_or(id, String::as_str).to_owned()
    }

    fn word(&self, chinese: &str, english: &str) -> String {
        if self.language == CardLanguage::ZhCn { chinese } else { english }.to_owned()
    }
}

/// Ids and names; two of one model are numbered, in the order of their ids.
fn told_apart(devices: &[&Device]) -> Vec<(String, String)> {
    let of_name = |name: &str, among: &[&Device]| among.iter().filter(|device| device.name == name).count();
    let named = devices.iter().enumerate().map(|(at, device)| {
        let name = match of_name(&device.name, devices) {
            0 | 1 => device.name.clone(),
            _ => format!("{} {}", device.name, of_name(&device.name, devices.get(..=at).unwrap_or_default())),
        };
        (device.id.clone(), name)
    });
    named.collect()
}

fn file(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_seen_and_heard_is_called_as_a_host_knows_it() {
        let device = |id: &str, name: &str, kind| Device {
            id: id.into(),
            name: name.into(),
            kind,
            formats: Vec::new(),
            is_default: false,
            is_loopback: false,
        };
        let devices = [
            device("v4l2_input.pci-0000_00_14.0", "Logitech C920", DeviceKind::Camera),
            device("alsa_input.usb-1", "RØDE NT-USB", DeviceKind::Microphone),
            device("alsa_input.usb-1", "Headphones of the same name inside", DeviceKind::Speaker),
            device("usb-9", "Twin", DeviceKind::Camera),
            device("usb-2", "Twin", DeviceKind::Camera),
            device("usb-4", "Twin", DeviceKind::Microphone),
        ];
        let english = Names::of(&devices, CardLanguage::En);
        let table = [
            ("@v4l2_input.pci-0000_00_14.0", "Logitech C920"),
            ("@v4l2_input.pci-0000_00_14.0#mjpeg-1280x720-30", "Logitech C920"),
            ("@pulled-out", "pulled-out"),
            ("@usb-2", "Twin 1"),
            ("@usb-9", "Twin 2"),
            ("/home/a/clips/clip.mp4", "clip.mp4"),
            ("logo.png", "logo.png"),
            ("window:Gimp/prices", "prices"),
            ("screen:HDMI-1", "HDMI-1"),
            ("screen", "the screen"),
            ("test", "the test picture"),
        ];
        for (text, want) in table {
            assert_eq!(english.source(&SourceSpec::parse(text).unwrap()), want, "{text}");
        }
        let stream = english.source(&SourceSpec::parse("rtsp://ada:s3cret@cam.example/key").unwrap());
        assert!(stream.contains("cam.example") && !stream.contains("s3cret") && !stream.contains("key"), "{stream}");
        assert_eq!(english.mic(&MicSpec::Device("alsa_input.usb-1".into())), "RØDE NT-USB");
        assert_eq!(english.mic(&MicSpec::Device("usb-4".into())), "Twin");
        let chinese = Names::of(&[], CardLanguage::ZhCn);
        assert_eq!(chinese.source(&SourceSpec::Test), "测试画面");
        assert_eq!(chinese.mic(&MicSpec::TestTone), "测试音");
    }
}
