//! The dependency rule as data. docs/architecture.md draws the same; a line is added here together with an ADR.

/// What a crate of ours may depend on among ours.
pub const EDGES: &[(&str, &[&str])] = &[
    ("hawker-domain", &[]),
    ("hawker-text", &[]),
    // Show time and its SEI live in domain: ADR 0002.
    ("hawker-av", &["hawker-domain"]),
    ("hawker-wire", &["hawker-domain"]),
    ("hawker-insight", &["hawker-domain", "hawker-text"]),
    ("hawker-store", &["hawker-domain", "hawker-text", "hawker-wire"]),
    ("hawker-sync", &["hawker-domain", "hawker-store", "hawker-wire"]),
    // Makes and reads clips with the ffmpeg program: what tests and figures compare media by.
    ("hawker-marks", &[]),
    ("hawker-media", &["hawker-av", "hawker-domain"]),
    ("hawker-infer", &["hawker-av"]),
    ("hawker-vision", &["hawker-av", "hawker-domain", "hawker-infer", "hawker-text"]),
    (
        "hawker-studio",
        &[
            "hawker-av",
            "hawker-domain",
            "hawker-infer",
            "hawker-insight",
            "hawker-media",
            "hawker-store",
            "hawker-sync",
            "hawker-text",
            "hawker-vision",
            "hawker-wire",
        ],
    ),
    ("hawker-cli", &["hawker-domain", "hawker-studio", "hawker-wire"]),
    ("hawker", &["hawker-cli", "hawker-domain", "hawker-studio", "hawker-wire"]),
    ("hawker-platform", &["hawker-domain", "hawker-insight", "hawker-text", "hawker-wire"]),
    ("hawker-test-support", &["hawker-domain", "hawker-platform", "hawker-wire"]),
    // Reads JSON lines and buys over HTTP, so it needs the messages; and the bad networks of the tests (ADR 0015).
    ("hawker-xtask", &["hawker-domain", "hawker-marks", "hawker-test-support", "hawker-wire"]),
    // Whole parts against each other, but never through Tauri.
    (
        "hawker-tests",
        &[
            "hawker-domain",
            "hawker-media",
            "hawker-platform",
            "hawker-store",
            "hawker-studio",
            "hawker-sync",
            "hawker-test-support",
            "hawker-wire",
        ],
    ),
];

/// Crates of ours that tests of any other may use.
pub const FOR_TESTS: &[&str] = &["hawker-marks", "hawker-test-support", "hawker-text"];

/// Layer 0: no IO, no async, no system library. These crates take packages from [`PURE`] alone.
pub const LAYER_0: &[&str] = &["hawker-domain", "hawker-text", "hawker-av", "hawker-wire", "hawker-insight"];

/// Pure-Rust packages of data, mathematics and text.
pub const PURE: &[&str] = &[
    "base64",
    "bytes",
    "encoding_rs",
    "faer",
    "fast2s",
    "half",
    "hex",
    "indexmap",
    "jieba-rs",
    "ndarray",
    "pinyin",
    "rand",
    "rand_chacha",
    "rayon",
    "serde",
    "serde_json",
    "sha2",
    "smallvec",
    "sprs",
    "thiserror",
    "time",
    "ts-rs",
    "unicode-normalization",
    "unicode-segmentation",
    "url",
    "uuid",
    "zeroize",
];

/// A heavy or fallible package stops at these crates. `prefix` covers the families around it.
pub struct Confined {
    pub prefix: &'static [&'static str],
    pub inside: &'static [&'static str],
    pub why: &'static str,
}

pub const CONFINED: &[Confined] = &[
    Confined { prefix: &["tauri"], inside: &["hawker"], why: "tauri stays in src-tauri" },
    Confined {
        prefix: &["gstreamer", "gst-plugin", "gst"],
        inside: &["hawker-media"],
        why: "gstreamer stays in media",
    },
    Confined { prefix: &["ort"], inside: &["hawker-infer"], why: "onnx runtime stays in infer" },
    Confined {
        prefix: &["sqlx", "libsqlite3-sys", "rusqlite"],
        inside: &["hawker-store", "hawker-platform"],
        why: "databases stay in store and platform",
    },
    Confined { prefix: &["axum"], inside: &["hawker-platform"], why: "the web server stays in platform" },
];
