//! A crop as numbers: what a thing looks like, comparable by cosine.

mod colour;
mod vectors;

pub use vectors::{BLOCKS, LOOK_LEN, Look, PhotoVectors};

use hawker_av::{Rect, VideoFrame};
use hawker_infer::{Manifest, ModelSession, ModelSpec, Role, Runtime, SessionConfig};
use std::path::Path;

use crate::VisionError;
use crate::pixels::{self, Patch};
use crate::pre::Pre;

/// Raised whenever the same photo would give other numbers, so that stored vectors are made again.
const RECIPE: u32 = 1;

/// Side the embedder looks at when the manifest names none.
const DEFAULT_SIDE: usize = 288;

/// Narrowest a crop is made before it is stretched to a square: the shorter side is at least this share of the longer.
const NARROWEST: f32 = 2.0 / 3.0;

/// Part of a photo shown by its second view; the rim of a photo is mostly background.
const INNER: f32 = 0.8;

/// Turns crops and photos into vectors. Threads: one at a time.
#[derive(Debug)]
pub struct Embedder {
    session: ModelSession,
    spec: ModelSpec,
    model_id: String,
    side: usize,
    pre: Pre,
    tensor: Vec<f32>,
}

impl Embedder {
    /// Loads the embedder of a folder of models. `threads`: inside one operation. Errors: missing, damaged or unfit model.
    pub fn load(models_dir: &Path, runtime: &Runtime, threads: usize) -> Result<Self, VisionError> {
        let manifest = Manifest::load(models_dir)?;
        Self::from_manifest(&manifest, runtime, &SessionConfig { threads, ..SessionConfig::default() })
    }

    pub(crate) fn from_manifest(
        manifest: &Manifest,
        runtime: &Runtime,
        config: &SessionConfig,
    ) -> Result<Self, VisionError> {
        let (name, spec) = manifest.role(Role::Embedder)?;
        if spec.family != "features" {
            return Err(VisionError::Family { name: name.to_owned(), family: spec.family.clone(), known: "features" });
        }
        let wanted = BLOCKS.iter().filter(|block| block.name != "hsv");
        if !wanted.clone().map(|block| block.name).eq(spec.outputs.iter().map(|output| output.name.as_str())) {
            let names: Vec<_> = wanted.map(|block| block.name).collect();
            let why = format!("its outputs are not {}", names.join(", "));
            return Err(VisionError::Unfit { name: name.to_owned(), role: "embedder", why });
        }
        let side = spec.inputs.first().and_then(|input| input.r#use).map_or(DEFAULT_SIDE, |[height, _]| height);
        let model_id = format!("{}/{RECIPE}", spec.sha256);
        let session = ModelSession::load(runtime, manifest, name, spec, config)?;
        let (spec, pre, tensor) = (spec.clone(), Pre::default(), Vec::new());
        Ok(Self { session, spec, model_id, side, pre, tensor })
    }

    /// The same with other steps before the model. Vectors made with other steps can't be compared.
    #[must_use]
    pub fn with_pre(self, pre: Pre) -> Self {
        let recipe = self.model_id.split('+').next().unwrap_or_default();
        // The recipe stands for the default steps.
        let steps = pre.of_vectors();
        let is_default = steps == Pre::default().of_vectors();
        let model_id = if is_default { recipe.to_owned() } else { format!("{recipe}+{steps}") };
        Self { model_id, pre, ..self }
    }

    /// Names model and recipe; vectors with another id can't be compared with these.
    pub fn model_id(&self) -> &str {
        &self.model_id
    }

    /// Pixels on each side of what the model looks at.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Where it runs.
    pub fn provider(&self) -> hawker_infer::Provider {
        self.session.provider()
    }

    /// Why the device it ran on last was given up; none: none ever was.
    pub fn lost(&self) -> Option<&str> {
        self.session.lost()
    }

    /// The vectors of a catalogue photo: whole and inner part, each also mirrored. Errors: the model failed.
    pub fn embed_photo(&mut self, photo: &VideoFrame) -> Result<PhotoVectors, VisionError> {
        let whole = self.patch(photo, whole_of(photo))?;
        let inner = self.patch(photo, inner_of(whole_of(photo), INNER))?;
        let views = [whole.mirrored(), inner.mirrored(), whole, inner];
        let looks = self.embed(&views)?;
        Ok(PhotoVectors::new(&self.model_id, looks))
    }

    /// The crop a box is judged by: a little wider where the box is narrow, as the model wants a square. Errors: empty frame.
    pub fn patch(&self, frame: &VideoFrame, rect: Rect) -> Result<Patch, VisionError> {
        if frame.width == 0 || frame.height == 0 {
            return Err(VisionError::EmptyFrame { width: frame.width, height: frame.height });
        }
        Ok(pixels::crop(frame, widened(rect), self.side, self.side))
    }

    /// One look for each patch. Patches must come from [`Embedder::patch`]. Errors: the model failed.
    pub fn embed(&mut self, patches: &[Patch]) -> Result<Vec<Look>, VisionError> {
        patches.iter().map(|patch| self.look(patch)).collect()
    }

    /// One patch at a time: on one core several at once are no quicker, and the runtime would keep the memory that the largest
    /// number of them ever took.
    fn look(&mut self, patch: &Patch) -> Result<Look, VisionError> {
        let unfit = || VisionError::Vectors { why: "the model gave vectors of another length".to_owned() };
        let input = self.spec.inputs.first().ok_or_else(unfit)?;
        self.tensor.resize(3 * self.side * self.side, 0.0);
        let patch = &*self.pre.crop(patch);
        patch.write(input, &mut self.tensor, (self.side, self.side), (0, 0));
        let outputs = self.session.run(&self.tensor, &[1, 3, self.side, self.side])?;
        let mut numbers = Vec::with_capacity(LOOK_LEN);
        outputs.iter().for_each(|output| numbers.extend_from_slice(&output.data));
        numbers.extend(colour::histogram(patch));
        Look::from_blocks(numbers).ok_or_else(unfit)
    }
}

/// The whole of a frame.
pub(crate) fn whole_of(frame: &VideoFrame) -> Rect {
    Rect::new(0.0, 0.0, frame.width as f32, frame.height as f32)
}

/// The middle of a box, `share` of its sides.
pub(crate) fn inner_of(rect: Rect, share: f32) -> Rect {
    let (width, height) = (rect.width * share, rect.height * share);
    Rect::new(rect.x + (rect.width - width) / 2.0, rect.y + (rect.height - height) / 2.0, width, height)
}

/// A box whose shorter side is at least [`NARROWEST`] of the longer, about the same centre.
pub(crate) fn widened(rect: Rect) -> Rect {
    let least = rect.width.max(rect.height) * NARROWEST;
    let (width, height) = (rect.width.max(least), rect.height.max(least));
    let (x, y) = rect.centre();
    Rect::new(x - width / 2.0, y - height / 2.0, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_box_is_widened_about_its_centre() {
        let bottle = widened(Rect::new(100.0, 0.0, 30.0, 90.0));
        assert_eq!((bottle.width, bottle.height), (60.0, 90.0));
        assert_eq!(bottle.centre(), (115.0, 45.0));
        let square = Rect::new(1.0, 2.0, 10.0, 9.0);
        assert_eq!(widened(square), square);
        assert_eq!(inner_of(Rect::new(0.0, 0.0, 100.0, 50.0), 0.8), Rect::new(10.0, 5.0, 80.0, 40.0));
    }
}
