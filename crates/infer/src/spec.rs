//! One model as the manifest describes it: its file, its tensors, what it is for.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek};

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

impl Role {
    /// Its name, as in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detector => "detector",
            Self::Embedder => "embedder",
            Self::TextDetector => "text_detector",
            Self::TextAngle => "text_angle",
            Self::TextReader => "text_reader",
        }
    }
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
    /// Where the file can be fetched from, for models that are too large to come along.
    #[serde(default)]
    pub url: Option<String>,
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

impl ModelSpec {
    /// Whether a file has the size and the sha256 of this model. Reads it from its beginning, a piece at a time; one of another size
    /// is not read at all. Errors: it can't be read.
    pub fn is(&self, file: &mut File) -> io::Result<bool> {
        if file.metadata()?.len() != self.bytes {
            return Ok(false);
        }
        file.rewind()?;
        let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
        loop {
            let count = file.read(&mut piece)?;
            let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { break };
            hash.update(read);
        }
        Ok(hex::encode(hash.finalize()) == self.sha256)
    }
}

/// Bytes read at once.
const PIECE: usize = 1 << 20;

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

fn one() -> [f32; 3] {
    [1.0; 3]
}
