//! What can go wrong between a frame and a tag.

use hawker_infer::{ManifestError, ModelError};
use std::path::PathBuf;

/// Why recognition can't be started, or failed on a frame. The show goes on without tags.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("the model {name} is of the family \"{family}\", which is not known here; take one of {known}")]
    Family { name: String, family: String, known: &'static str },
    #[error("the model {name} can't be used as {role}: {why}; correct models/manifest.toml")]
    Unfit { name: String, role: &'static str, why: String },
    #[error("stored photo vectors can't be read: {why}; the photo has to be embedded again")]
    Vectors { why: String },
    #[error("the kept catalogue can't be read: {why}; it has to be made again")]
    Kept { why: String },
    #[error("the frame is empty: {width}x{height}")]
    EmptyFrame { width: u32, height: u32 },
    #[error("can't read the photo {path}: {source}")]
    ReadPhoto { path: PathBuf, source: std::io::Error },
    #[error("{what} is not a photo that can be read: {why}; use JPEG, PNG or WebP")]
    NotAPhoto { what: String, why: String },
    #[error("{what} is {width}x{height}, more than {limit} pixels are not read; make it smaller")]
    PhotoTooLarge { what: String, width: u32, height: u32, limit: u64 },
}
