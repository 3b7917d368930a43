//! `models/manifest.toml`: which models there are, what their tensors look like, and what their files must contain.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::spec::{ModelSpec, Role};
use crate::{ModelError, onnx};

/// The name of the manifest inside a folder of models.
pub const MANIFEST_FILE: &str = "manifest.toml";

/// The version of the manifest's form that this program reads.
const VERSION: u32 = 1;

/// The manifest of one folder of models.
#[derive(Clone, Debug)]
pub struct Manifest {
    folder: PathBuf,
    file: ManifestFile,
}

/// Why a manifest can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error(
        "can't read the list of models {path}: {source}; run `cargo xtask setup`, or give the folder that holds it"
    )]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the list of models {path} can't be understood: {source}")]
    Parse { path: PathBuf, source: Box<toml::de::Error> },
    #[error(
        "the list of models {path} is version {found}, this program reads version {VERSION}; update the program or the models"
    )]
    Version { path: PathBuf, found: u32 },
    #[error("the list of models {path} names no {role:?}; add one to its [roles]")]
    NoRole { path: PathBuf, role: Role },
    #[error("the list of models {path} has no model \"{name}\"")]
    NoModel { path: PathBuf, name: String },
}

#[derive(Clone, Debug, Deserialize)]
struct ManifestFile {
    version: u32,
    #[serde(default)]
    roles: BTreeMap<Role, String>,
    #[serde(default)]
    model: BTreeMap<String, ModelSpec>,
}

impl Manifest {
    /// Reads `folder/manifest.toml`. Model files are not looked at yet. Errors: [`ManifestError`].
    pub fn load(folder: &Path) -> Result<Self, ManifestError> {
        let path = folder.join(MANIFEST_FILE);
        let text =
            std::fs::read_to_string(&path).map_err(|source| ManifestError::Read { path: path.clone(), source })?;
        let file: ManifestFile = toml::from_str(&text)
            .map_err(|source| ManifestError::Parse { path: path.clone(), source: Box::new(source) })?;
        if file.version != VERSION {
            return Err(ManifestError::Version { path, found: file.version });
        }
        Ok(Self { folder: folder.to_owned(), file })
    }

    /// The name and description of the model in a role. Errors: no such role, or it names an unknown model.
    pub fn role(&self, role: Role) -> Result<(&str, &ModelSpec), ManifestError> {
        let path = || self.folder.join(MANIFEST_FILE);
        let name = self.file.roles.get(&role).ok_or_else(|| ManifestError::NoRole { path: path(), role })?;
        let spec =
            self.file.model.get(name).ok_or_else(|| ManifestError::NoModel { path: path(), name: name.clone() })?;
        Ok((name, spec))
    }

    /// Every model, by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &ModelSpec)> {
        self.file.model.iter().map(|(name, spec)| (name.as_str(), spec))
    }

    /// What a model is used for; nothing: no role names it.
    pub fn roles_of(&self, name: &str) -> Vec<Role> {
        self.file.roles.iter().filter(|(_, named)| *named == name).map(|(role, _)| *role).collect()
    }

    /// Where a model's file lies, or is to lie. Errors: outside the manifest's folder.
    pub fn path(&self, name: &str, spec: &ModelSpec) -> Result<PathBuf, ModelError> {
        let path = self.folder.join(&spec.file);
        if lies_inside(Path::new(&spec.file)) {
            return Ok(path);
        }
        Err(ModelError::Outside { name: name.to_owned(), path })
    }

    /// Reads a model's file and checks it against the manifest, and that it is whole in itself. Errors: missing or damaged
    /// file, one that does not lie in the manifest's folder, that keeps its weights elsewhere, or wants operators of others.
    pub fn read(&self, name: &str, spec: &ModelSpec) -> Result<Vec<u8>, ModelError> {
        let path = self.path(name, spec)?;
        let bytes = std::fs::read(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound if spec.url.is_some() => {
                ModelError::NotFetched { name: name.to_owned(), path: path.clone() }
            }
            std::io::ErrorKind::NotFound => ModelError::Missing { name: name.to_owned(), path: path.clone() },
            _ => ModelError::Read { path: path.clone(), source },
        })?;
        let hash = hex::encode(Sha256::digest(&bytes));
        if bytes.len() as u64 != spec.bytes || hash != spec.sha256 {
            return Err(ModelError::Damaged {
                path,
                want_bytes: spec.bytes,
                got_bytes: bytes.len() as u64,
                want_sha256: spec.sha256.clone(),
                got_sha256: hash,
            });
        }
        onnx::inspect(&bytes).map_err(|refusal| ModelError::Unsafe { name: name.to_owned(), refusal })?;
        Ok(bytes)
    }
}

/// True for a path that goes nowhere but down.
fn lies_inside(file: &Path) -> bool {
    file.components().next().is_some() && file.components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
