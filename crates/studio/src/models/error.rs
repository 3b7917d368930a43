//! Why a model was not fetched.

use hawker_wire::{ErrorCode, Failure};
use std::io;
use std::path::PathBuf;

/// Why a model was not fetched. Only the manifest's address is ever shown: where a server sends us on to may hold a key.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("{url} does not answer: {why}; check the network, then run the same again")]
    Unreachable { url: String, why: String },
    #[error("{url} answers {status}; correct the url of {name} in manifest.toml, or update the program and its models")]
    Status { name: String, url: String, status: u16 },
    #[error("{url} answers {status}, which may pass; run the same again later")]
    Later { url: String, status: u16 },
    #[error(
        "{url} sends us on to another place, which is not gone to: {why}; correct the url of {name} in manifest.toml"
    )]
    Redirect { name: String, url: String, why: String },
    #[error(
        "what {url} gives is no {want} bytes but {got}; correct the url of {name} in manifest.toml, or update the program and its models"
    )]
    Size { name: String, url: String, want: u64, got: u64 },
    #[error(
        "{url} gives more than the {want} bytes of {name}, so nothing of it is kept; correct the url or the size in manifest.toml"
    )]
    TooLong { name: String, url: String, want: u64 },
    #[error("{url} broke off after {have} of {want} bytes of {name}; run the same again, it goes on from there")]
    Cut { name: String, url: String, have: u64, want: u64 },
    #[error(
        "what {url} gives is not the {name} of the manifest: its sha256 differs, so nothing of it is kept; run the same again, and if it stays, correct the url in manifest.toml"
    )]
    Hash { name: String, url: String },
    #[error(
        "{name} needs {needed} MB in {folder}, {free} MB are free; free some space, or set HAWKER_MODELS to another disk"
    )]
    NoSpace { name: String, folder: PathBuf, needed: u64, free: u64 },
    #[error("{name} is being fetched by another hawker; wait for that one")]
    Busy { name: String },
    #[error("can't write {path}: {source}; set HAWKER_MODELS to a folder of models you may write to")]
    Write { path: PathBuf, source: io::Error },
    #[error("the network can't be used: {0}")]
    Network(String),
}

impl From<PullError> for Failure {
    fn from(error: PullError) -> Self {
        let code = match &error {
            PullError::Unreachable { .. } | PullError::Cut { .. } => ErrorCode::Unreachable,
            PullError::Status { status: 404 | 410, .. } => ErrorCode::NotFound,
            PullError::Later { status: 429, .. } => ErrorCode::RateLimited,
            PullError::Later { .. } => ErrorCode::Unreachable,
            PullError::Status { .. } | PullError::Redirect { .. } => ErrorCode::BadInput,
            PullError::Size { .. } | PullError::TooLong { .. } | PullError::Hash { .. } => ErrorCode::Damaged,
            PullError::NoSpace { .. } => ErrorCode::DiskFull,
            PullError::Busy { .. } => ErrorCode::Conflict,
            PullError::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => ErrorCode::DiskFull,
            PullError::Write { .. } => ErrorCode::BadInput,
            PullError::Network(_) => ErrorCode::Internal,
        };
        Failure::new(code, crate::errors::chain(&error))
    }
}
