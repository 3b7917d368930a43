//! `models/manifest.toml`: which models there are, what their tensors look like, and what their files must contain.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::ModelError;

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

/// What a model is used for. A folder names at most one model for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Finds things in a picture.
    Detector,
    /// Turns the picture of a thing into vectors.
    Embedder,
    /// Finds lines of text in a picture.
    TextDetector,
    /// Tells whether a line of text stands upside down.
    TextAngle,
    /// Reads a line of text.
    TextReader,
}

/// One model, as the manifest describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct ModelSpec {
    /// How its outputs are to be read: `nanodet`, `yolox`, `yolov8`, `detr`, `features`, `db`, `angle`, `ctc`.
    pub family: String,
    /// File name inside the manifest's folder.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
    /// Hash of the file, lower-case hexadecimal.
    pub sha256: String,
    pub licence: String,
    /// Package and version it comes from.
    pub source: String,
    /// How the file was made from the source.
    pub obtained: String,
    pub inputs: Vec<TensorSpec>,
    pub outputs: Vec<TensorSpec>,
    /// Detectors: the name of every class, in the order of the output.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Detectors: labels that are the scene, never goods.
    #[serde(default)]
    pub context: Vec<String>,
    /// Detectors: pixels of the input between two cells, one number for each level.
    #[serde(default)]
    pub strides: Vec<usize>,
    /// NanoDet: numbers that describe the distance to one side of a box.
    #[serde(default)]
    pub bins: usize,
    /// Detectors: what is still to be done to the class scores. None: what exports of the family usually need.
    #[serde(default)]
    pub activation: Option<Activation>,
    /// YOLOX: boxes come in pixels of the input, not as offsets in their cell.
    #[serde(default)]
    pub decoded: bool,
}

/// One input or output.
#[derive(Clone, Debug, Deserialize)]
pub struct TensorSpec {
    pub name: String,
    pub shape: Vec<Dim>,
    /// Inputs with free sides: the height and width to use.
    #[serde(default)]
    pub r#use: Option<[usize; 2]>,
    #[serde(default)]
    pub colours: Colours,
    /// Subtracted from each channel's byte, in the order of `colours`.
    #[serde(default)]
    pub mean: [f32; 3],
    /// Divides what is left.
    #[serde(default = "one")]
    pub scale: [f32; 3],
    #[serde(default)]
    pub fit: Fit,
    /// Letterboxed inputs: where the picture lies.
    #[serde(default)]
    pub place: Place,
    /// Letterboxed inputs: the byte each channel has beside the picture, in the order of `colours`.
    #[serde(default)]
    pub pad: [f32; 3],
    /// Outputs: what the numbers mean.
    #[serde(default)]
    pub units: String,
}

impl TensorSpec {
    /// The shape as a message shows it: `[1, 3, h, w]`.
    pub fn shape_text(&self) -> String {
        let sides = self.shape.iter().map(|side| match side {
            Dim::Fixed(size) => size.to_string(),
            Dim::Free(word) => word.clone(),
        });
        format!("[{}]", sides.collect::<Vec<_>>().join(", "))
    }
}

/// One side of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Dim {
    Fixed(usize),
    /// Any size; the word only helps the reader.
    Free(String),
}

/// The order of an input's channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    #[default]
    Rgb,
    Bgr,
}

/// How a picture of another shape is brought into the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Each side is scaled by itself.
    #[default]
    Stretch,
    /// Scaled evenly; `place` and `pad` say where it lies and what is beside it.
    Letterbox,
}

/// Where a letterboxed picture lies in the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    #[default]
    Centre,
    TopLeft,
}

/// What makes a probability of a number a model gives for a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Nothing: it is one.
    #[serde(rename = "none")]
    Identity,
    /// Each by itself.
    Sigmoid,
    /// All of a row together; the last stands for no class.
    Softmax,
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

    /// Reads a model's file and checks it against the manifest. Errors: missing or damaged file, or one that does not
    /// lie in the manifest's folder.
    pub fn read(&self, name: &str, spec: &ModelSpec) -> Result<Vec<u8>, ModelError> {
        let path = self.folder.join(&spec.file);
        if !lies_inside(Path::new(&spec.file)) {
            return Err(ModelError::Outside { name: name.to_owned(), path });
        }
        let bytes = std::fs::read(&path).map_err(|source| match source.kind() {
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
        Ok(bytes)
    }
}

/// True for a path that goes nowhere but down.
fn lies_inside(file: &Path) -> bool {
    file.components().next().is_some() && file.components().all(|part| matches!(part, Component::Normal(_)))
}

fn one() -> [f32; 3] {
    [1.0; 3]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn models() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
    }

    #[test]
    fn every_model_we_ship_is_the_one_the_manifest_describes() {
        let manifest = Manifest::load(&models()).unwrap();
        let mut total = 0;
        for (name, spec) in manifest.models() {
            total += manifest.read(name, spec).unwrap().len();
            assert!(!spec.licence.is_empty() && !spec.source.is_empty() && !spec.obtained.is_empty(), "{name}");
        }
        assert!(total <= 28_000_000, "the models together may weigh 28 MB, they weigh {total}");
        let (_, detector) = manifest.role(Role::Detector).unwrap();
        assert_eq!(detector.labels.len(), 80);
        assert!(detector.context.iter().all(|label| detector.labels.contains(label)));
    }

    #[test]
    fn an_entry_of_before_is_read_as_before_and_a_new_one_says_more() {
        let tensor = |text: &str| toml::from_str::<TensorSpec>(text).unwrap();
        let plain = tensor("name = \"image\"\nshape = [1, 3, \"h\", \"w\"]\nlayout = \"nchw\"");
        assert_eq!((plain.fit, plain.place, plain.pad), (Fit::Stretch, Place::Centre, [0.0; 3]));
        assert_eq!(plain.shape_text(), "[1, 3, h, w]");
        let gray = tensor("name = \"x\"\nshape = []\nfit = \"letterbox\"\nplace = \"top_left\"\npad = [114, 114.5, 0]");
        assert_eq!((gray.place, gray.pad), (Place::TopLeft, [114.0, 114.5, 0.0]));
        let manifest = Manifest::load(&models()).unwrap();
        assert!(manifest.models().all(|(_, spec)| spec.activation.is_none() && !spec.decoded));
        #[derive(Deserialize)]
        struct Said {
            activation: Activation,
        }
        let said = |word: &str| toml::from_str::<Said>(&format!("activation = \"{word}\"")).map(|said| said.activation);
        assert_eq!(said("none").unwrap(), Activation::Identity);
        assert_eq!(said("softmax").unwrap(), Activation::Softmax);
        let wrong = said("soft-max").unwrap_err().to_string();
        assert!(wrong.contains("sigmoid"), "it says what there is: {wrong}");
    }

    #[test]
    fn a_missing_or_damaged_file_says_which_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(models().join(MANIFEST_FILE), folder.path().join(MANIFEST_FILE)).unwrap();
        let manifest = Manifest::load(folder.path()).unwrap();
        let (name, spec) = manifest.role(Role::Embedder).unwrap();
        let missing = manifest.read(name, spec).unwrap_err();
        assert!(matches!(missing, ModelError::Missing { .. }));
        assert!(missing.to_string().contains("efficientnet_lite2_multi.onnx"), "{missing}");

        let mut bytes = std::fs::read(models().join(&spec.file)).unwrap();
        bytes[1000] ^= 1;
        std::fs::write(folder.path().join(&spec.file), bytes).unwrap();
        let damaged = manifest.read(name, spec).unwrap_err();
        assert!(matches!(damaged, ModelError::Damaged { .. }), "one flipped bit must not go unseen");
        assert!(damaged.to_string().contains("git checkout -- models"), "{damaged}");
    }

    #[test]
    fn a_model_is_read_from_nowhere_but_its_folder() {
        let manifest = Manifest::load(&models()).unwrap();
        let (name, spec) = manifest.role(Role::Embedder).unwrap();
        for (file, inside) in [("a.onnx", true), ("more/a.onnx", true), ("../a.onnx", false), ("more/../../a", false)]
            .into_iter()
            .chain([("/etc/passwd", false), ("", false), (".", false)])
        {
            let spec = ModelSpec { file: file.to_owned(), ..spec.clone() };
            let outside = matches!(manifest.read(name, &spec), Err(ModelError::Outside { .. }));
            assert_eq!(outside, !inside, "{file}");
        }
    }

    #[test]
    fn a_manifest_that_is_missing_broken_or_of_the_future_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            std::fs::write(folder.path().join(MANIFEST_FILE), text).unwrap();
            Manifest::load(folder.path())
        };
        assert!(matches!(Manifest::load(&folder.path().join("nowhere")), Err(ManifestError::Read { .. })));
        assert!(matches!(load("version = "), Err(ManifestError::Parse { .. })));
        assert!(matches!(load("version = 9"), Err(ManifestError::Version { found: 9, .. })));
        assert!(matches!(load("version = 1").unwrap().role(Role::Detector), Err(ManifestError::NoRole { .. })));
        let dangling = load("version = 1\n[roles]\ndetector = \"x\"").unwrap();
        assert!(matches!(dangling.role(Role::Detector), Err(ManifestError::NoModel { .. })));
    }
}
