//! A model on one provider, as ONNX Runtime runs it.

use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

use super::{ModelError, Output, SessionConfig};
use crate::manifest::Manifest;
use crate::provider::Provider;
use crate::runtime::Runtime;
use crate::spec::{Dim, ModelSpec, TensorSpec};

/// A model that is ready on one provider.
pub(crate) trait Engine: Send + Sync + std::fmt::Debug {
    /// Runs it on one input; outputs in the manifest's order.
    fn run(&mut self, input: &[f32], shape: &[usize]) -> Result<Vec<Output>, Fault>;

    /// What the model's file says of itself under `key`.
    fn metadata(&self, key: &str) -> Option<String>;
}

/// Makes a model ready on a provider: at the start, and again when a device is lost.
pub(crate) trait Builds: Send + Sync + std::fmt::Debug {
    fn build(&self, provider: Provider) -> Result<Box<dyn Engine>, ModelError>;
}

/// Why a run gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Failed(String),
    /// This output holds what is no number.
    NoNumber(String),
    /// This output has sides the manifest does not give it; in words.
    Shape {
        tensor: String,
        want: String,
        got: String,
    },
}

impl From<ort::Error> for Fault {
    fn from(error: ort::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Models of a folder, on ONNX Runtime. The file is read and checked for each provider anew: kept, it would take as much memory
/// again as the model.
#[derive(Debug)]
pub(crate) struct FromFile {
    pub runtime: Runtime,
    pub manifest: Manifest,
    pub name: String,
    pub spec: ModelSpec,
    pub config: SessionConfig,
}

impl Builds for FromFile {
    fn build(&self, provider: Provider) -> Result<Box<dyn Engine>, ModelError> {
        let (name, spec) = (&self.name, &self.spec);
        let bytes = self.manifest.read(name, spec)?;
        let session = session(&self.runtime, &bytes, provider, &self.config)
            .map_err(|error| ModelError::Refused { name: name.clone(), why: error.to_string() })?;
        check(name, &spec.inputs, session.inputs())?;
        check(name, &spec.outputs, session.outputs())?;
        let input = spec.inputs.first().map(|input| input.name.clone()).unwrap_or_default();
        if session.inputs().len() > 1 {
            let (name, present) = (name.clone(), names(session.inputs()));
            return Err(ModelError::MoreInputs { name, fed: input, present });
        }
        Ok(Box::new(Ready { session, input, outputs: spec.outputs.clone() }))
    }
}

/// A session of ONNX Runtime with the name of what goes in and what has to come out.
#[derive(Debug)]
struct Ready {
    session: Session,
    input: String,
    outputs: Vec<TensorSpec>,
}

impl Engine for Ready {
    fn run(&mut self, input: &[f32], shape: &[usize]) -> Result<Vec<Output>, Fault> {
        let tensor = TensorRef::from_array_view((shape.to_vec(), input))?;
        let results = self.session.run(ort::inputs![self.input.as_str() => tensor])?;
        self.outputs
            .iter()
            .map(|wanted| {
                let tensor = &wanted.name;
                let value = results.get(tensor).ok_or_else(|| Fault::Failed(format!("it gave no \"{tensor}\"")))?;
                let (shape, data) = value.try_extract_tensor::<f32>()?;
                if !fits(shape, &wanted.shape) {
                    let (want, got) = (want(wanted), format!("float32 {shape:?}"));
                    return Err(Fault::Shape { tensor: tensor.clone(), want, got });
                }
                if data.iter().any(|number| !number.is_finite()) {
                    return Err(Fault::NoNumber(tensor.clone()));
                }
                let shape = shape.iter().map(|side| usize::try_from(*side).unwrap_or(0)).collect();
                Ok(Output { name: tensor.clone(), shape, data: data.to_vec() })
            })
            .collect()
    }

    fn metadata(&self, key: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(key)
    }
}

fn session(runtime: &Runtime, bytes: &[u8], provider: Provider, config: &SessionConfig) -> Result<Session, ort::Error> {
    let compiled = runtime.compiled_folder();
    SessionBuilder::new(runtime.environment())?
        // The library's own choice of a device is not wanted: on macOS it takes CoreML unasked, and runtime 1.22 aborts
        // the process on Linux while it looks for one.
        .with_auto_device(AutoDevicePolicy::PreferCPU)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(config.threads.max(1))?
        .with_inter_threads(1)?
        // A thread that spins while it waits takes the core the encoder needs.
        .with_config_entry("session.intra_op.allow_spinning", "0")?
        .with_config_entry("session.inter_op.allow_spinning", "0")?
        // Never the runtime's own form, which crate::onnx does not look into.
        .with_config_entry("session.load_model_format", "ONNX")?
        .with_memory_pattern(config.keeps_memory)?
        .with_execution_providers([provider.dispatch(config, compiled.as_deref())])?
        .commit_from_memory(bytes)
}

/// Compares the tensors of a session with those of the manifest: name, element type, number of sides, fixed sides.
fn check(name: &str, wanted: &[TensorSpec], present: &[Outlet]) -> Result<(), ModelError> {
    for tensor in wanted {
        let found = present.iter().find(|outlet| outlet.name() == tensor.name).ok_or_else(|| ModelError::NoTensor {
            name: name.to_owned(),
            tensor: tensor.name.clone(),
            present: names(present),
        })?;
        match found.dtype() {
            ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } if fits(shape, &tensor.shape) => {}
            other => {
                let (name, want, got) = (name.to_owned(), want(tensor), format!("{other:?}"));
                return Err(ModelError::Shape { name, tensor: tensor.name.clone(), want, got });
            }
        }
    }
    Ok(())
}

/// A side the model leaves free (-1) can be what the manifest wants, and one the manifest leaves free anything.
fn fits(got: &[i64], want: &[Dim]) -> bool {
    got.len() == want.len()
        && got.iter().zip(want).all(|(got, want)| match want {
            Dim::Fixed(want) => *got < 0 || usize::try_from(*got) == Ok(*want),
            Dim::Free(_) => true,
        })
}

/// A tensor of the manifest as a message shows it.
fn want(tensor: &TensorSpec) -> String {
    format!("float32 {}", tensor.shape_text())
}

fn names(outlets: &[Outlet]) -> String {
    outlets.iter().map(|outlet| format!("\"{}\"", outlet.name())).collect::<Vec<_>>().join(", ")
}
