//! The numbers of one look, and of one photo as they are stored.

use half::f16;
use std::ops::Range;

use super::colour;
use crate::VisionError;

/// One part of a look, with a length of 1 for itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub name: &'static str,
    pub range: Range<usize>,
}

/// The parts of a look, in order: the model's outputs, then colours.
pub const BLOCKS: [Block; 5] = [
    Block { name: "gap", range: 0..1280 },
    Block { name: "gem", range: 1280..2560 },
    Block { name: "mid_a", range: 2560..2768 },
    Block { name: "mid_b", range: 2768..3120 },
    Block { name: "hsv", range: 3120..LOOK_LEN },
];

/// Numbers in one look.
pub const LOOK_LEN: usize = 3120 + colour::BINS;

/// What one crop looks like. Shape: the blocks of [`BLOCKS`] one after the other, each of length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Look(Vec<f32>);

impl Look {
    /// Scales every block to length 1. None: not [`LOOK_LEN`] numbers.
    pub fn from_blocks(mut numbers: Vec<f32>) -> Option<Self> {
        if numbers.len() != LOOK_LEN {
            return None;
        }
        for block in &BLOCKS {
            let part = numbers.get_mut(block.range.clone())?;
            let length = part.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-9);
            part.iter_mut().for_each(|value| *value /= length);
        }
        Some(Self(numbers))
    }

    /// All numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.0
    }

    /// This look with a `share` of another mixed in.
    #[must_use]
    pub fn blend(&self, other: &Self, share: f32) -> Self {
        let mixed = self.0.iter().zip(&other.0).map(|(a, b)| a + (b - a) * share).collect();
        Self::from_blocks(mixed).unwrap_or_else(|| self.clone())
    }

    /// Cosine of the model's averaged features and colours: whether two crops show the same thing. 0 to 1 in practice.
    pub fn likeness(&self, other: &Self) -> f32 {
        let cosine = |block: &Block| match (self.0.get(block.range.clone()), other.0.get(block.range.clone())) {
            (Some(a), Some(b)) => a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>(),
            _ => 0.0,
        };
        let [gap, _, _, _, hsv] = &BLOCKS;
        0.7 * cosine(gap) + 0.3 * cosine(hsv)
    }
}

/// The looks of one catalogue photo, as the store keeps them.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoVectors {
    model_id: String,
    views: Vec<Look>,
}

/// The first views of a photo are mirrored ones. See [`super::Embedder::embed_photo`].
const MIRRORED_VIEWS: usize = 2;

/// First bytes of a stored blob; the digit is the version of its form.
const MAGIC: &[u8; 4] = b"HPV1";

impl PhotoVectors {
    /// Looks as [`super::Embedder::embed_photo`] orders them, made by the model of that id.
    pub fn new(model_id: &str, views: Vec<Look>) -> Self {
        Self { model_id: model_id.to_owned(), views }
    }

    /// The looks, one a view.
    pub fn views(&self) -> &[Look] {
        &self.views
    }

    /// The looks of the photo as it is: what a camera sees is never mirrored.
    pub fn upright_views(&self) -> &[Look] {
        self.views.get(MIRRORED_VIEWS..).unwrap_or_default()
    }

    /// Which model and recipe made them; see [`super::Embedder::model_id`].
    pub fn model_id(&self) -> &str {
        &self.model_id
    }

    /// A blob: `HPV1`, length of the model's id (u16) and the id, number of views (u16), numbers a view (u32), then every
    /// number as float16; all little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(12 + self.model_id.len() + self.views.len() * LOOK_LEN * 2);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&(self.model_id.len() as u16).to_le_bytes());
        out.extend_from_slice(self.model_id.as_bytes());
        out.extend_from_slice(&(self.views.len() as u16).to_le_bytes());
        out.extend_from_slice(&(LOOK_LEN as u32).to_le_bytes());
        for value in self.views.iter().flat_map(Look::numbers) {
            out.extend_from_slice(&f16::from_f32(*value).to_le_bytes());
        }
        out
    }

    /// Reads a blob back. Errors: of another form, another length, or cut short.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VisionError> {
        let bad = |why: &str| VisionError::Vectors { why: why.to_owned() };
        let cut = || bad("they are cut short");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| bad("they are of another form"))?;
        let (len, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let (id, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*len))).ok_or_else(cut)?;
        let model_id = std::str::from_utf8(id).map_err(|_| bad("the model's name is not text"))?.to_owned();
        let (views, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let (len, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let views = usize::from(u16::from_le_bytes(*views));
        if u32::from_le_bytes(*len) as usize != LOOK_LEN || rest.len() != views * LOOK_LEN * 2 {
            return Err(bad("they are of another length"));
        }
        let read = |chunk: &[u8]| {
            let numbers: Vec<f32> =
                chunk.as_chunks::<2>().0.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect();
            if !numbers.iter().all(|number| number.is_finite()) {
                return Err(bad("they hold what is no number"));
            }
            Look::from_blocks(numbers).ok_or_else(cut)
        };
        let views = rest.chunks_exact(LOOK_LEN * 2).map(read).collect::<Result<_, _>>()?;
        Ok(Self { model_id, views })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn look(seed: usize) -> Look {
        Look::from_blocks((0..LOOK_LEN).map(|i| ((i * 31 + seed * 7) % 97) as f32).collect()).unwrap()
    }

    #[test]
    fn stored_vectors_read_back_within_half_precision() {
        let photo = PhotoVectors::new("sha/1", vec![look(1), look(2)]);
        let back = PhotoVectors::from_bytes(&photo.to_bytes()).unwrap();
        assert_eq!((back.model_id(), back.views().len()), ("sha/1", 2));
        for (a, b) in photo.views().iter().zip(back.views()) {
            assert!(a.numbers().iter().zip(b.numbers()).all(|(a, b)| (a - b).abs() < 1e-3));
        }
    }

    #[test]
    fn a_damaged_blob_is_an_error_at_every_length() {
        let blob = PhotoVectors::new("sha/1", vec![look(1)]).to_bytes();
        for length in (0..40).chain([blob.len() - 1]) {
            assert!(PhotoVectors::from_bytes(&blob[..length]).is_err(), "{length} bytes");
        }
        let mut other = blob.clone();
        other[3] = b'2';
        assert!(PhotoVectors::from_bytes(&other).is_err(), "a later form is not misread");
        let mut other = blob.clone();
        other[blob.len() - 2..].copy_from_slice(&f16::NAN.to_le_bytes());
        assert!(PhotoVectors::from_bytes(&other).is_err(), "it would be likest to everything");
    }

    #[test]
    fn blocks_have_length_one_and_cover_the_look() {
        let look = look(3);
        let mut next = 0;
        for block in &BLOCKS {
            assert_eq!(block.range.start, next);
            next = block.range.end;
            let length: f32 = look.numbers()[block.range.clone()].iter().map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-4, "{}", block.name);
        }
        assert_eq!(next, LOOK_LEN);
        assert!((look.likeness(&look) - 1.0).abs() < 1e-4);
    }
}
