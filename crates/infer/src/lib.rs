//! ONNX Runtime: the model manifest, execution providers, sessions.
//!
//! Owns: finding and loading the runtime library, checking a model file against the manifest, running it.
//! Must not know: what a picture or a product is; tensors come and go as plain `f32`.
//! Entry points: [`Runtime::load`], [`Manifest::load`], [`ModelSession::load`].
//! Invariant: nothing here panics on a missing library, a damaged file or a model of another shape.

mod manifest;
mod provider;
mod runtime;
mod session;

pub use manifest::{Activation, Colours, Dim, Fit, Manifest, ManifestError, ModelSpec, Place, Role, TensorSpec};
pub use provider::{Probe, Provider};
pub use runtime::{RUNTIME_VERSION, Runtime, RuntimeError, library_file_name};
pub use session::{ModelError, ModelSession, Output, SessionConfig};
