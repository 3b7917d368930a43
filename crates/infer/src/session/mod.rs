//! A model ready to run: its file checked, its tensors compared with the manifest, its provider chosen, and another one in
//! its place when that fails.

mod engine;
mod error;

pub(crate) use engine::{Builds, Engine, Fault, FromFile};
pub use error::ModelError;

use crate::manifest::Manifest;
use crate::provider::Provider;
use crate::runtime::Runtime;
use crate::spec::{Dim, ModelSpec};

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
    /// Sides of its input.
    sides: Vec<Dim>,
    builds: Box<dyn Builds>,
    engine: Box<dyn Engine>,
    provider: Provider,
    /// Providers that are left, the next one last; the CPU is the first of them until it is taken.
    left: Vec<Provider>,
    fallbacks: Vec<String>,
    lost: Option<String>,
}

/// One output of one run, copied out of the runtime.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub name: String,
    pub shape: Vec<usize>,
    /// Row-major, as many numbers as the shape says.
    pub data: Vec<f32>,
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
        let builds = FromFile {
            runtime: runtime.clone(),
            manifest: manifest.clone(),
            name: name.to_owned(),
            spec: spec.clone(),
            config: config.clone(),
        };
        let sides = spec.inputs.first().map(|input| input.shape.clone()).unwrap_or_default();
        let usable = config.providers.iter().copied().filter(|provider| runtime.has(*provider));
        Self::start(name, sides, usable, Box::new(builds))
    }

    /// Takes the first of `providers` that takes the model, or the CPU.
    fn start(
        name: &str,
        sides: Vec<Dim>,
        providers: impl Iterator<Item = Provider>,
        builds: Box<dyn Builds>,
    ) -> Result<Self, ModelError> {
        let mut left: Vec<Provider> = providers.filter(|provider| *provider != Provider::Cpu).collect();
        left.push(Provider::Cpu);
        left.reverse();
        let mut fallbacks = Vec::new();
        let (engine, provider) = next(name, &*builds, &mut left, &mut fallbacks)?;
        for reason in &fallbacks {
            tracing::info!(model.name = name, "{reason}");
        }
        Ok(Self { name: name.to_owned(), sides, builds, engine, provider, left, fallbacks, lost: None })
    }

    /// Where it runs. Another one than before after a run in which a device failed.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Why it does not run on a quicker provider: one sentence for each that was tried, or that failed in a run.
    pub fn fallbacks(&self) -> &[String] {
        &self.fallbacks
    }

    /// Why the device it ran on last was given up in a run; none: none ever was.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// What the model's file says of itself under `key`; none: nothing.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.engine.metadata(key)
    }

    /// Runs the model on one input. A device that fails, or gives no numbers for numbers, is given up for good: the model is made
    /// ready on the next provider, the CPU at last, and runs there on the same input; [`Self::fallbacks`] says why.
    /// Shape: `input` is row-major with as many numbers as `shape` says; outputs come in the manifest's order.
    /// Errors: [`ModelError::Run`], [`ModelError::Shape`] where a side the file left free is not what the manifest says, and
    /// [`ModelError::NoNumber`] where an output is infinite or no number.
    pub fn run(&mut self, input: &[f32], shape: &[usize]) -> Result<Vec<Output>, ModelError> {
        loop {
            let fault = match self.engine.run(input, shape) {
                Ok(outputs) => return Ok(outputs),
                Err(fault) => fault,
            };
            let why = match &fault {
                Fault::Failed(why) => why.clone(),
                Fault::NoNumber(tensor) => format!("it gave something that is no number in \"{tensor}\""),
                // The entry does not fit the model, on whatever it runs.
                Fault::Shape { .. } => return Err(self.error(fault)),
            };
            if self.left.is_empty() || !self.takes(input, shape) {
                return Err(self.error(fault));
            }
            self.give_up(&why)?;
        }
    }

    /// Whether any provider could take this input: as many numbers as the sides say, of the sides the model has, all of them
    /// numbers.
    fn takes(&self, input: &[f32], shape: &[usize]) -> bool {
        let fits = |(side, want): (&usize, &Dim)| matches!(want, Dim::Free(_)) || *want == Dim::Fixed(*side);
        shape.len() == self.sides.len()
            && shape.iter().zip(&self.sides).all(fits)
            && shape.iter().product::<usize>() == input.len()
            && input.iter().all(|number| number.is_finite())
    }

    /// Goes on on the next provider that takes the model. Errors: none does any more; the next run tries no other.
    fn give_up(&mut self, why: &str) -> Result<(), ModelError> {
        let reason = format!("{} given up for {}: {why}", self.provider.name(), self.name);
        tracing::warn!(model.name = self.name, "{reason}");
        self.fallbacks.push(reason.clone());
        self.lost = Some(reason);
        // It compiles for minutes, and somebody waits for this run.
        self.left.retain(|provider| *provider != Provider::TensorRt);
        let (engine, provider) = next(&self.name, &*self.builds, &mut self.left, &mut self.fallbacks)?;
        tracing::warn!(model.name = self.name, "it goes on on {}", provider.name());
        (self.engine, self.provider) = (engine, provider);
        Ok(())
    }

    fn error(&self, fault: Fault) -> ModelError {
        let name = self.name.clone();
        match fault {
            Fault::Failed(why) => ModelError::Run { name, why },
            Fault::NoNumber(tensor) => ModelError::NoNumber { name, tensor },
            Fault::Shape { tensor, want, got } => ModelError::Shape { name, tensor, want, got },
        }
    }
}

/// Makes a model ready on the next provider that takes it. Errors: that of the last one, which is the CPU.
fn next(
    name: &str,
    builds: &dyn Builds,
    left: &mut Vec<Provider>,
    fallbacks: &mut Vec<String>,
) -> Result<(Box<dyn Engine>, Provider), ModelError> {
    while let Some(provider) = left.pop() {
        match builds.build(provider) {
            Ok(engine) => return Ok((engine, provider)),
            Err(error) if left.is_empty() => return Err(error),
            Err(error) => fallbacks.push(format!("{} not used for {name}: {error}", provider.name())),
        }
    }
    Err(ModelError::Run { name: name.to_owned(), why: "no provider is left".to_owned() })
}

#[cfg(test)]
mod tests;
