//! A model ready to run: its file checked, its tensors compared with the manifest, its provider chosen.

use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel, SessionBuilder};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};
use std::path::PathBuf;

use crate::manifest::{Dim, Manifest, ModelSpec, TensorSpec};
use crate::provider::Provider;
use crate::runtime::Runtime;

/// How a session uses the machine.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Threads inside one operation; 1 means the caller's own thread alone.
    pub threads: usize,
    /// Providers to try, in order. The CPU is always tried last.
    pub providers: Vec<Provider>,
    /// Keeps the memory of a run for the next one. Without it a run takes what it needs and gives it back: for models that run
    /// seldom, or on pictures of every size, of which the runtime would keep the largest for ever.
    pub keeps_memory: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { threads: 1, providers: Provider::ORDER.to_vec(), keeps_memory: true }
    }
}

/// A model that can be run. Threads: `run` wants it alone; it may move between threads.
#[derive(Debug)]
pub struct ModelSession {
    name: String,
    session: Session,
    input: String,
    outputs: Vec<TensorSpec>,
    provider: Provider,
    fallbacks: Vec<String>,
}

/// One output of one run, copied out of the runtime.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub name: String,
    pub shape: Vec<usize>,
    /// Row-major, as many numbers as the shape says.
    pub data: Vec<f32>,
}

/// Why a model can't be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error(
        "the model {name} is missing: {path} does not exist; in a checkout `git checkout -- models` brings it back, else set HAWKER_MODELS to the folder that holds the models"
    )]
    Missing { name: String, path: PathBuf },
    #[error("can't read the model {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "the model {path} is damaged: {got_bytes} bytes with sha256 {got_sha256}, expected {want_bytes} bytes with {want_sha256}; in a checkout `git checkout -- models` brings it back, else set HAWKER_MODELS to the folder that holds the models"
    )]
    Damaged { path: PathBuf, want_bytes: u64, got_bytes: u64, want_sha256: String, got_sha256: String },
    #[error("onnx runtime refuses the model {name}: {why}")]
    Refused { name: String, why: String },
    #[error(
        "the model {name} has no tensor \"{tensor}\"; it has {present}; correct models/manifest.toml or take the model it describes"
    )]
    NoTensor { name: String, tensor: String, present: String },
    #[error(
        "tensor \"{tensor}\" of the model {name} is {got}, the manifest says {want}; correct models/manifest.toml or take the model it describes"
    )]
    Shape { name: String, tensor: String, want: String, got: String },
    #[error(
        "the model {name} has the inputs {present}, of which only \"{fed}\" is fed; export it again with that input alone"
    )]
    MoreInputs { name: String, fed: String, present: String },
    #[error(
        "the model {name} is to be read from {path}, outside its folder; models lie beside the manifest or below it"
    )]
    Outside { name: String, path: PathBuf },
    #[error(
        "the model {name} gave something that is no number in \"{tensor}\"; it is damaged, or made for other input"
    )]
    NoNumber { name: String, tensor: String },
    #[error("running the model {name} failed: {why}")]
    Run { name: String, why: String },
}

impl ModelSession {
    /// Reads, checks and prepares the model `name` of `manifest`. Providers that fail are passed over and remembered with
    /// their reason. Errors: [`ModelError`], when not even the CPU takes it or its tensors are not those of the manifest.
    pub fn load(
        runtime: &Runtime,
        manifest: &Manifest,
        name: &str,
        spec: &ModelSpec,
        config: &SessionConfig,
    ) -> Result<Self, ModelError> {
        let bytes = manifest.read(name, spec)?;
        let mut fallbacks = Vec::new();
        let (session, provider) = commit(runtime, name, &bytes, config, &mut fallbacks)?;
        for reason in &fallbacks {
            tracing::info!(model.name = name, "{reason}");
        }
        let input = spec.inputs.first().map(|input| input.name.clone()).unwrap_or_default();
        check(name, &spec.inputs, session.inputs())?;
        check(name, &spec.outputs, session.outputs())?;
        if session.inputs().len() > 1 {
            let (name, present) = (name.to_owned(), names(session.inputs()));
            return Err(ModelError::MoreInputs { name, fed: input, present });
        }
        let outputs = spec.outputs.clone();
        Ok(Self { name: name.to_owned(), session, input, outputs, provider, fallbacks })
    }

    /// Where it runs.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Why it does not run on a quicker provider: one sentence for each that was tried.
    pub fn fallbacks(&self) -> &[String] {
        &self.fallbacks
    }

    /// What the model's file says of itself under `key`; none: nothing.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(key)
    }

    /// Runs the model on one input. Shape: `input` is row-major with as many numbers as `shape` says; outputs come in the
    /// manifest's order. Errors: [`ModelError::Run`], [`ModelError::Shape`] where a side the file left free is not what the
    /// manifest says, and [`ModelError::NoNumber`] where an output is infinite or no number.
    pub fn run(&mut self, input: &[f32], shape: &[usize]) -> Result<Vec<Output>, ModelError> {
        let name = &self.name;
        let failed = |error: ort::Error| ModelError::Run { name: name.clone(), why: error.to_string() };
        let tensor = TensorRef::from_array_view((shape.to_vec(), input)).map_err(failed)?;
        let results = self.session.run(ort::inputs![self.input.as_str() => tensor]).map_err(failed)?;
        self.outputs
            .iter()
            .map(|wanted| {
                let tensor = &wanted.name;
                let value = results
                    .get(tensor)
                    .ok_or_else(|| ModelError::Run { name: name.clone(), why: format!("it gave no \"{tensor}\"") })?;
                let (shape, data) = value.try_extract_tensor::<f32>().map_err(failed)?;
                if !fits(shape, &wanted.shape) {
                    return Err(misshapen(name, wanted, format!("float32 {shape:?}")));
                }
                if data.iter().any(|number| !number.is_finite()) {
                    return Err(ModelError::NoNumber { name: name.clone(), tensor: tensor.clone() });
                }
                let shape = shape.iter().map(|side| usize::try_from(*side).unwrap_or(0)).collect();
                Ok(Output { name: tensor.clone(), shape, data: data.to_vec() })
            })
            .collect()
    }
}

/// Makes a session with the first provider that takes the model.
fn commit(
    runtime: &Runtime,
    name: &str,
    bytes: &[u8],
    config: &SessionConfig,
    fallbacks: &mut Vec<String>,
) -> Result<(Session, Provider), ModelError> {
    let usable = |provider: &Provider| {
        runtime.providers().iter().any(|probe| probe.provider == *provider && probe.missing.is_none())
    };
    let accelerated = config.providers.iter().copied().filter(|provider| *provider != Provider::Cpu);
    for provider in accelerated.filter(usable) {
        match build(runtime, bytes, provider, config) {
            Ok(session) => return Ok((session, provider)),
            Err(error) => fallbacks.push(format!("{} not used for {name}: {error}", provider.name())),
        }
    }
    let session = build(runtime, bytes, Provider::Cpu, config)
        .map_err(|error| ModelError::Refused { name: name.to_owned(), why: error.to_string() })?;
    Ok((session, Provider::Cpu))
}

fn build(runtime: &Runtime, bytes: &[u8], provider: Provider, config: &SessionConfig) -> Result<Session, ort::Error> {
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
        .with_memory_pattern(config.keeps_memory)?
        .with_execution_providers([provider.dispatch(config.keeps_memory)])?
        .commit_from_memory(bytes)
}

/// Compares the tensors of a session with those of the manifest: name, element type, number of sides, fixed sides.
fn check(name: &str, wanted: &[TensorSpec], present: &[Outlet]) -> Result<(), ModelError> {
    for want in wanted {
        let found = present.iter().find(|outlet| outlet.name() == want.name).ok_or_else(|| ModelError::NoTensor {
            name: name.to_owned(),
            tensor: want.name.clone(),
            present: names(present),
        })?;
        match found.dtype() {
            ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } if fits(shape, &want.shape) => {}
            other => return Err(misshapen(name, want, format!("{other:?}"))),
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

fn misshapen(name: &str, want: &TensorSpec, got: String) -> ModelError {
    let (tensor, want) = (want.name.clone(), format!("float32 {}", want.shape_text()));
    ModelError::Shape { name: name.to_owned(), tensor, want, got }
}

fn names(outlets: &[Outlet]) -> String {
    outlets.iter().map(|outlet| format!("\"{}\"", outlet.name())).collect::<Vec<_>>().join(", ")
}
