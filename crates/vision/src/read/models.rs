//! The models that read, described and checked at once, loaded when there is something to read.

use hawker_infer::{Manifest, ModelSession, ModelSpec, Role, Runtime, SessionConfig};

use super::{Reader, ctc};
use crate::VisionError;
use crate::pre::Pre;

/// Everything a [`Reader`] is loaded from.
#[derive(Clone, Debug)]
pub struct ReaderModels {
    manifest: Manifest,
    runtime: Runtime,
    config: SessionConfig,
    pre: Pre,
}

/// Changes when lines are found, cut or decoded otherwise.
const RECIPE: u32 = 1;

/// Characters of a sum that tell files apart.
const SUM: usize = 16;

/// Which model does what, and how its outputs are read.
const ROLES: [(Role, &str); 3] = [(Role::TextDetector, "db"), (Role::TextAngle, "angle"), (Role::TextReader, "ctc")];

impl ReaderModels {
    /// Errors: the manifest has no model for one of the three, or one of another family. Files are not looked at yet.
    pub fn new(manifest: &Manifest, runtime: &Runtime, config: &SessionConfig) -> Result<Self, VisionError> {
        // They run seldom and on pictures of every size.
        let mut config = SessionConfig { keeps_memory: false, ..config.clone() };
        config.providers.retain(|provider| !provider.wants_one_size());
        let models = Self { manifest: manifest.clone(), runtime: runtime.clone(), config, pre: Pre::default() };
        ROLES.iter().try_for_each(|(role, family)| models.spec(*role, family).map(|_| ()))?;
        Ok(models)
    }

    /// Names the models and how they are used; what another one has read may be something else. `side`: see [`ReaderModels::load`].
    pub fn id(&self, side: f32) -> String {
        let sums = ROLES.iter().filter_map(|(role, family)| self.spec(*role, family).ok());
        let sums: Vec<&str> = sums.map(|(_, spec)| spec.sha256.get(..SUM).unwrap_or(&spec.sha256)).collect();
        format!("{}/{side}/{:?}/{RECIPE}", sums.join("-"), self.pre)
    }

    /// The same with other steps before the models.
    #[must_use]
    pub fn with_pre(self, pre: Pre) -> Self {
        Self { pre, ..self }
    }

    /// Loads the three. `side`: the longer side of the picture lines are looked for in, pixels. Errors: one is missing or damaged,
    /// or brings no characters.
    pub fn load(&self, side: f32) -> Result<Reader, VisionError> {
        let [detector, angle, reader] = ROLES.map(|(role, family)| {
            let (name, spec) = self.spec(role, family)?;
            let session = ModelSession::load(&self.runtime, &self.manifest, name, spec, &self.config)?;
            Ok::<_, VisionError>((session, spec.clone()))
        });
        let (detector, angle, reader) = (detector?, angle?, reader?);
        let classes = ctc::classes(&reader.0.metadata("character").unwrap_or_default());
        // A blank and a space are no alphabet.
        if classes.len() <= 2 {
            let why = "its file brings no characters under \"character\"".to_owned();
            return Err(VisionError::Unfit { name: reader.1.file, role: "text_reader", why });
        }
        Ok(Reader { detector, angle, reader, classes, side, pre: self.pre })
    }

    fn spec(&self, role: Role, family: &'static str) -> Result<(&str, &ModelSpec), VisionError> {
        let (name, spec) = self.manifest.role(role)?;
        if spec.family != family {
            let (name, found) = (name.to_owned(), spec.family.clone());
            return Err(VisionError::Family { name, family: found, known: family });
        }
        Ok((name, spec))
    }
}
