//! ONNX Runtime: the model manifest, execution providers, sessions.
//!
//! Owns: finding and loading the runtime library, checking a model file against the manifest, choosing where it runs, running it.
//! Must not know: what a picture or a product is; tensors come and go as plain `f32`.
//! Entry points: [`Runtime::load`], [`Manifest::load`], [`ModelSession::load`], [`choice::measured`].
//! Invariant: nothing here panics on a missing library, a damaged file or a model of another shape; no file but the model itself is
//! ever read for it.

pub mod choice;
mod manifest;
mod onnx;
mod provider;
mod runtime;
mod session;
mod spec;

pub use manifest::{MANIFEST_FILE, Manifest, ManifestError};
pub use onnx::Refusal;
pub use provider::{Probe, Provider};
pub use runtime::{RUNTIME_VERSION, Runtime, RuntimeError, library_file_name};
pub use session::{ModelError, ModelSession, Output, SessionConfig};
pub use spec::{Activation, Colours, Dim, Fit, ModelSpec, Place, Role, TensorSpec};
