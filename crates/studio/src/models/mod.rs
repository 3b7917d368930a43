//! The models of recognition: which of them are there, and fetching those that are too large to come along.
//!
//! Owns: the list, the download. Must not know: what a model computes.
//! Invariant: a file takes its place only when its size and sha256 are those of the manifest.

mod address;
mod download;
mod error;
mod part;

use crate::config::StudioConfig;
use crate::errors::{Outcome, bad_input, chain, internal};
use download::{Wanted, fetch};
use hawker_infer::{Manifest, ModelError, ModelSpec};
use hawker_wire::{ErrorCode, Failure};
use serde::Serialize;
use std::fs::File;
use std::io;
use std::path::Path;

/// One model of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelLine {
    pub name: String,
    /// What it is used for; nothing: no role names it.
    pub roles: Vec<&'static str>,
    pub family: String,
    pub bytes: u64,
    pub licence: String,
    pub state: ModelState,
    /// What is wrong and what to do, where something is.
    pub why: Option<String>,
    /// It can be fetched from here.
    pub url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    Present,
    Missing,
    /// Its size or sha256 is not that of the manifest, or it can't be read.
    Damaged,
    /// It is the one of the manifest, and is not given to ONNX Runtime all the same.
    Refused,
}

impl ModelState {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Refused => "refused",
        }
    }
}

/// What became of a model that was to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PulledModel {
    pub name: String,
    pub bytes: u64,
    /// False: it was there and right.
    pub fetched: bool,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullProgress<'a> {
    pub name: &'a str,
    pub bytes: u64,
    pub total: u64,
}

/// Every model of the manifest, by name, with the state of its file. Blocking: the files are read. Errors: `model_unavailable`
/// where there is no manifest.
pub fn list_models(config: &StudioConfig) -> Outcome<Vec<ModelLine>> {
    let manifest = manifest(config)?;
    Ok(manifest.models().map(|(name, spec)| line(&manifest, name, spec)).collect())
}

fn line(manifest: &Manifest, name: &str, spec: &ModelSpec) -> ModelLine {
    let (state, why) = match manifest.read(name, spec) {
        Ok(_) => (ModelState::Present, None),
        Err(error) => (state(&error), Some(chain(&error))),
    };
    ModelLine {
        name: name.to_owned(),
        roles: manifest.roles_of(name).into_iter().map(|role| role.as_str()).collect(),
        family: spec.family.clone(),
        bytes: spec.bytes,
        licence: spec.licence.clone(),
        state,
        why,
        url: spec.url.clone(),
    }
}

fn state(error: &ModelError) -> ModelState {
    match error {
        ModelError::Missing { .. } | ModelError::NotFetched { .. } => ModelState::Missing,
        ModelError::Unsafe { .. } | ModelError::Outside { .. } => ModelState::Refused,
        _ => ModelState::Damaged,
    }
}

/// Fetches these models, or all that have an address; those that are there and right are left alone. `tell` hears of every piece.
/// A download that broke off goes on where it stopped. Errors: the first model that could not be fetched; those before it stay.
pub async fn pull_models(
    config: &StudioConfig,
    names: &[String],
    tell: &mut (dyn FnMut(PullProgress<'_>) + Send),
) -> Outcome<Vec<PulledModel>> {
    let manifest = manifest(config)?;
    let mut pulled = Vec::new();
    for (name, spec) in chosen(&manifest, names)? {
        let fetched = pull(&manifest, name, spec, tell).await?;
        pulled.push(PulledModel { name: name.to_owned(), bytes: spec.bytes, fetched });
    }
    Ok(pulled)
}

fn chosen<'a>(manifest: &'a Manifest, names: &[String]) -> Outcome<Vec<(&'a str, &'a ModelSpec)>> {
    if names.is_empty() {
        return Ok(manifest.models().filter(|(_, spec)| spec.url.is_some()).collect());
    }
    let known = || manifest.models().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
    let unknown = |name: &str| {
        Failure::new(ErrorCode::NotFound, format!("there is no model {name:?}")).hint(format!("there are {}", known()))
    };
    let find = |name: &String| manifest.models().find(|(known, _)| known == name).ok_or_else(|| unknown(name));
    names.iter().map(find).collect()
}

/// True: it was fetched; false: it was there.
async fn pull(
    manifest: &Manifest,
    name: &str,
    spec: &ModelSpec,
    tell: &mut (dyn FnMut(PullProgress<'_>) + Send),
) -> Outcome<bool> {
    let path = manifest.path(name, spec).map_err(|error| bad_input(chain(&error)))?;
    let there = is_there(spec, &path).await;
    if there.map_err(|error| bad_input(format!("can't read the model {}: {error}", path.display())))? {
        return Ok(false);
    }
    let Some(url) = &spec.url else {
        return Err(bad_input(format!("the model {name} has no address to fetch it from")).hint(
            "in a checkout `git checkout -- models` brings it back, else set HAWKER_MODELS to the folder that holds the models",
        ));
    };
    let url = address::allowed(url).map_err(|why| {
        bad_input(format!("the model {name} can't be fetched from {url:?}: {why}"))
            .hint("correct its url in manifest.toml")
    })?;
    let fetched = fetch(&Wanted { name, url: &url, path: &path, spec }, tell).await?;
    let (manifest, owned, spec) = (manifest.clone(), name.to_owned(), spec.clone());
    let read = tokio::task::spawn_blocking(move || manifest.read(&owned, &spec).map(|_| ())).await;
    match read.map_err(|error| internal("looking into the model broke off", error))? {
        Ok(()) => Ok(fetched),
        // What is of no use is said now, not at the next show.
        Err(error) => Err(Failure::new(ErrorCode::ModelUnavailable, chain(&error))),
    }
}

/// Whether a file is this model; false where there is none. Errors: it is there and can't be read.
async fn is_there(spec: &ModelSpec, path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Ok(file) => is_model(spec, file).await,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

async fn is_model(spec: &ModelSpec, mut file: File) -> io::Result<bool> {
    let spec = spec.clone();
    tokio::task::spawn_blocking(move || spec.is(&mut file)).await.map_err(io::Error::other)?
}

fn manifest(config: &StudioConfig) -> Outcome<Manifest> {
    Manifest::load(&config.models_dir).map_err(|error| {
        Failure::new(ErrorCode::ModelUnavailable, chain(&error)).hint("HAWKER_MODELS names the folder")
    })
}
