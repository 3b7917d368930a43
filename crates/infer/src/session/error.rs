//! Why a model can't be loaded or run.

use std::path::PathBuf;

use crate::onnx::Refusal;

/// Why a model can't be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(
        "the model {name} is missing: {path} does not exist; in a checkout `git checkout -- models` brings it back, else set HAWKER_MODELS to the folder that holds the models"
    )]
    Missing { name: String, path: PathBuf },
    #[error("the model {name} was not fetched yet: {path} does not exist; `hawker models pull {name}` fetches it")]
    NotFetched { name: String, path: PathBuf },
    #[error("can't read the model {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the model {path} is damaged: {got_bytes} bytes with sha256 {got_sha256}, expected {want_bytes} bytes with {want_sha256}; in a checkout `git checkout -- models` brings it back, else set HAWKER_MODELS to the folder that holds the models"
    )]
    Damaged { path: PathBuf, want_bytes: u64, got_bytes: u64, want_sha256: String, got_sha256: String },
    #[error("the model {name} is not given to onnx runtime: {refusal}")]
    Unsafe { name: String, refusal: Refusal },
    #[error("onnx runtime refuses the model {name}: {why}")]
    Refused { name: String, why: String },
    #[error(
        "the model {name} has no tensor \"{tensor}\"; it has {present}; correct models/manifest.toml or take the model it describes"
    )]
    NoTensor { name: String, tensor: String, present: String },
    #[error(
        "tensor \"{tensor}\" of the model {name} is {got}, the manifest says {want}; correct models/manifest.toml or take the model it describes"
    )]
    Shape { name: String, tensor: String, want: String, got: String },
    #[error(
        "the model {name} has the inputs {present}, of which only \"{fed}\" is fed; export it again with that input alone"
    )]
    MoreInputs { name: String, fed: String, present: String },
    #[error(
        "the model {name} is to be read from {path}, outside its folder; models lie beside the manifest or below it"
    )]
    Outside { name: String, path: PathBuf },
    #[error(
        "the model {name} gave something that is no number in \"{tensor}\"; it is damaged, or made for other input"
    )]
    NoNumber { name: String, tensor: String },
    #[error("running the model {name} failed: {why}")]
    Run { name: String, why: String },
}
