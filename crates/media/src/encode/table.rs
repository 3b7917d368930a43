//! The encoders we know, which of them a system prefers, and what each calls its settings. Data only.
//!
//! Hardware first, then x264 (where the system has it; it is GPL and never bundled), then openh264. Property names and
//! values are those of GStreamer 1.22 and later; one that an element lacks is skipped.

use hawker_domain::EncodeSpeed;

/// A system by the encoders it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    MacOs,
    Windows,
    /// Linux, and whatever else is built as it is.
    Linux,
}

impl System {
    /// The one this program runs on.
    pub(super) const OWN: Self = if cfg!(target_os = "macos") {
        Self::MacOs
    } else if cfg!(target_os = "windows") {
        Self::Windows
    } else {
        Self::Linux
    };

    /// Names of what a show takes there, the first that works.
    ///
    /// Windows: its own interface reaches whatever hardware has a driver, the makers' own ones stand in where it fails.
    /// Linux: VA-API comes before NVIDIA's interface, for the chip in the processor leaves the graphics card to games and
    /// models; Quick Sync needs VA-API there, so it adds nothing.
    pub(super) const fn order(self) -> &'static [&'static str] {
        match self {
            Self::MacOs => &["vtenc_h264", "x264enc", "openh264enc"],
            Self::Windows => &["mfh264enc", "nvh264enc", "qsvh264enc", "amfh264enc", "x264enc", "openh264enc"],
            Self::Linux => &["vah264enc", "nvh264enc", "x264enc", "openh264enc"],
        }
    }
}

/// Unit in which an encoder wants a bitrate or the size of its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Kilobits,
    Bits,
}

impl Unit {
    pub(super) fn of(self, bits: u32) -> u32 {
        match self {
            Self::Kilobits => bits / 1000,
            Self::Bits => bits,
        }
    }
}

/// Settings as text, by property.
type Settings = &'static [(&'static str, &'static str)];

/// One encoder.
#[derive(Debug)]
pub(super) struct Kind {
    pub name: &'static str,
    /// The GStreamer plugin it is in. A plugin that is there without the encoder found no device.
    pub plugin: &'static str,
    /// The Debian package of the plugin; none where no Debian package has it.
    pub package: Option<&'static str>,
    /// The hardware it drives, for people; none for software.
    pub hardware: Option<&'static str>,
    pub bitrate: Unit,
    /// The peak rate: held at the bitrate, which makes it constant.
    pub peak: Option<(&'static str, Unit)>,
    /// Size of the buffer that bounds a burst, set to one second of the bitrate.
    pub buffer: Option<(&'static str, Unit)>,
    /// Frames between keyframes.
    pub keyframes: &'static str,
    /// Constant bitrate, no B-frames, as little delay as it can.
    pub settings: Settings,
    pub ultrafast: Settings,
    pub superfast: Settings,
    pub veryfast: Settings,
}

impl Kind {
    pub(super) fn speed(&self, speed: EncodeSpeed) -> Settings {
        match speed {
            EncodeSpeed::Ultrafast => self.ultrafast,
            EncodeSpeed::Superfast => self.superfast,
            EncodeSpeed::Veryfast => self.veryfast,
        }
    }
}

/// What a kind leaves open.
const PLAIN: Kind = Kind {
    name: "",
    plugin: "",
    package: None,
    hardware: None,
    bitrate: Unit::Kilobits,
    peak: None,
    buffer: None,
    keyframes: "gop-size",
    settings: &[],
    ultrafast: &[],
    superfast: &[],
    veryfast: &[],
};

/// Every encoder, of whatever system.
pub(super) const VIDEO: &[Kind] = &[
    Kind {
        name: "vtenc_h264",
        plugin: "applemedia",
        hardware: Some("Apple VideoToolbox"),
        keyframes: "max-keyframe-interval",
        settings: &[("realtime", "true"), ("allow-frame-reordering", "false"), ("rate-control", "cbr")],
        ..PLAIN
    },
    Kind {
        name: "mfh264enc",
        plugin: "mediafoundation",
        hardware: Some("Windows Media Foundation"),
        peak: Some(("max-bitrate", Unit::Kilobits)),
        settings: &[("rc-mode", "cbr"), ("low-latency", "true"), ("bframes", "0")],
        ..PLAIN
    },
    Kind {
        name: "nvh264enc",
        plugin: "nvcodec",
        package: Some("gstreamer1.0-plugins-bad"),
        hardware: Some("NVIDIA"),
        peak: Some(("max-bitrate", Unit::Kilobits)),
        buffer: Some(("vbv-buffer-size", Unit::Kilobits)),
        settings: &[("rc-mode", "cbr"), ("zerolatency", "true"), ("bframes", "0")],
        ultrafast: &[("preset", "low-latency-hp")],
        superfast: &[("preset", "low-latency")],
        veryfast: &[("preset", "low-latency-hq")],
        ..PLAIN
    },
    Kind {
        name: "qsvh264enc",
        plugin: "qsv",
        package: Some("gstreamer1.0-plugins-bad"),
        hardware: Some("Intel Quick Sync"),
        peak: Some(("max-bitrate", Unit::Kilobits)),
        settings: &[("rate-control", "cbr"), ("low-latency", "true"), ("b-frames", "0")],
        ultrafast: &[("target-usage", "7")],
        superfast: &[("target-usage", "6")],
        veryfast: &[("target-usage", "4")],
        ..PLAIN
    },
    Kind {
        name: "amfh264enc",
        plugin: "amfcodec",
        hardware: Some("AMD"),
        peak: Some(("max-bitrate", Unit::Kilobits)),
        settings: &[("rate-control", "cbr"), ("usage", "ultra-low-latency")],
        ultrafast: &[("preset", "speed")],
        superfast: &[("preset", "speed")],
        veryfast: &[("preset", "balanced")],
        ..PLAIN
    },
    Kind {
        name: "vah264enc",
        plugin: "va",
        package: Some("gstreamer1.0-plugins-bad"),
        hardware: Some("VA-API"),
        buffer: Some(("cpb-size", Unit::Kilobits)),
        keyframes: "key-int-max",
        settings: &[("rate-control", "cbr"), ("b-frames", "0")],
        ultrafast: &[("target-usage", "7")],
        superfast: &[("target-usage", "6")],
        veryfast: &[("target-usage", "4")],
        ..PLAIN
    },
    Kind {
        name: "x264enc",
        plugin: "x264",
        package: Some("gstreamer1.0-plugins-ugly"),
        keyframes: "key-int-max",
        // Scene cuts would add keyframes at the cost of the constant rate; the buffer is given as a length of time.
        settings: &[
            ("tune", "zerolatency"),
            ("pass", "cbr"),
            ("bframes", "0"),
            ("vbv-buf-capacity", "1000"),
            ("option-string", "scenecut=0"),
        ],
        ultrafast: &[("speed-preset", "ultrafast")],
        superfast: &[("speed-preset", "superfast")],
        veryfast: &[("speed-preset", "veryfast")],
        ..PLAIN
    },
    Kind {
        name: "openh264enc",
        plugin: "openh264",
        package: Some("gstreamer1.0-plugins-bad"),
        bitrate: Unit::Bits,
        peak: Some(("max-bitrate", Unit::Bits)),
        settings: &[("rate-control", "bitrate"), ("usage-type", "camera"), ("scene-change-detection", "false")],
        ultrafast: &[("complexity", "low"), ("adaptive-quantization", "false"), ("background-detection", "false")],
        superfast: &[("complexity", "low")],
        veryfast: &[("complexity", "medium")],
        ..PLAIN
    },
];

/// What a show on this system takes, the first that works.
pub(super) fn preferred(system: System) -> impl Iterator<Item = &'static Kind> {
    system.order().iter().filter_map(|name| named(name))
}

/// The kind with this factory name.
pub(super) fn named(name: &str) -> Option<&'static Kind> {
    VIDEO.iter().find(|kind| kind.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_tries_its_own_hardware_first_then_x264_then_openh264() {
        let table: [(System, &[&str]); 3] = [
            (System::MacOs, &["vtenc_h264", "x264enc", "openh264enc"]),
            (System::Windows, &["mfh264enc", "nvh264enc", "qsvh264enc", "amfh264enc", "x264enc", "openh264enc"]),
            (System::Linux, &["vah264enc", "nvh264enc", "x264enc", "openh264enc"]),
        ];
        for (system, want) in table {
            let names: Vec<_> = preferred(system).map(|kind| kind.name).collect();
            assert_eq!(names, want, "{system:?}: each of them is a kind we know how to set");
            let hardware = names.len() - 2;
            assert!(preferred(system).take(hardware).all(|kind| kind.hardware.is_some()), "{system:?}");
            assert!(preferred(system).skip(hardware).all(|kind| kind.hardware.is_none()), "{system:?}");
        }
        let orphan = VIDEO.iter().find(|kind| {
            ![System::MacOs, System::Windows, System::Linux].iter().any(|system| system.order().contains(&kind.name))
        });
        assert!(orphan.is_none(), "no system takes {orphan:?}");
        #[cfg(target_os = "linux")]
        assert_eq!(System::OWN, System::Linux);
    }

    #[test]
    fn bitrates_are_given_in_each_encoders_unit() {
        assert_eq!(named("x264enc").unwrap().bitrate.of(2_500_000), 2_500);
        assert_eq!(named("openh264enc").unwrap().bitrate.of(2_500_000), 2_500_000);
        assert!(named("no_such_encoder").is_none());
    }
}
