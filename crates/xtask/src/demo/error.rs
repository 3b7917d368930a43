//! What can go wrong while the demo is rendered.

use std::path::PathBuf;

/// Why the demo could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error("file {path} cannot be used: {source}; check that it exists and that its folder can be written")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("picture {path} cannot be used: {source}")]
    Picture {
        path: PathBuf,
        #[source]
        source: image::ImageError,
    },
    #[error("label of {sku} is not a valid drawing: {source}")]
    Label {
        sku: String,
        #[source]
        source: resvg::usvg::Error,
    },
    #[error("drawing {path} is not a valid SVG: {source}")]
    Svg {
        path: PathBuf,
        #[source]
        source: resvg::usvg::Error,
    },
    #[error("font {0} is not installed, labels would be empty; install it (Debian: apt install fonts-noto-cjk)")]
    Font(&'static str),
    #[error("no room for a picture of {width} x {height} pixels")]
    Size { width: u32, height: u32 },
    #[error("ffmpeg could not be started: {0}; install it (Debian: apt install ffmpeg)")]
    NoEncoder(#[source] std::io::Error),
    #[error("ffmpeg ended with {status}: {said}")]
    Encoder { status: String, said: String },
    #[error("frames could not be handed to ffmpeg: {0}")]
    Pipe(#[source] std::io::Error),
    #[error("{path} differs from what this command renders; render it again and commit both")]
    Differs { path: PathBuf },
    #[error("truth cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("unknown option {0}; see cargo xtask demo-clip --help")]
    Option(String),
}

impl DemoError {
    /// For `map_err`: a file error that names its file.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
