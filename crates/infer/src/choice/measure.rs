//! Running the models on a provider with a clock beside it.

use super::decide::{Measured, Outcome};
use crate::manifest::Manifest;
use crate::provider::{Probe, Provider};
use crate::runtime::Runtime;
use crate::session::{Builds, Fault, FromFile, ModelError, Output, SessionConfig};
use crate::spec::{Dim, ModelSpec, Role};
use std::time::Instant;

/// The models that look at every frame; those that read words run seldom.
pub(super) const ROLES: [Role; 2] = [Role::Detector, Role::Embedder];

/// The first runs compile, allocate and choose algorithms.
const WARM_UP: usize = 3;
/// Odd, so that there is a middle one. On the CPU all of it takes half a second.
const RUNS: usize = 9;

/// How far an output may lie from the CPU's, as a share of its length. Half the digits (float16, TF32) cost a device about 0.01;
/// beyond 0.05 vectors that were made on the CPU no longer find their like.
const APART: f32 = 0.05;

/// What one provider did with the models.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The medians of all models, added up.
    pub ms: f32,
    /// What they gave, one after the other.
    pub outputs: Vec<Output>,
}

/// Why there is no [`Run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoRun {
    Failed(String),
    /// Somebody needs the machine.
    Stopped,
}

/// Tries every provider the runtime has, the CPU first: the others are held against what it gives. `run`: runs the models on one.
/// None: it was stopped, and what was measured until then counts for nothing.
pub(super) fn measure(probes: &[Probe], mut run: impl FnMut(Provider) -> Result<Run, NoRun>) -> Option<Vec<Measured>> {
    let cpu = match run(Provider::Cpu) {
        Err(NoRun::Stopped) => return None,
        other => other,
    };
    let mut measured = Vec::new();
    for probe in probes.iter().filter(|probe| probe.provider != Provider::Cpu) {
        let result = match &probe.missing {
            Some(why) => Outcome::Absent(why.clone()),
            None => match run(probe.provider) {
                Err(NoRun::Stopped) => return None,
                Err(NoRun::Failed(why)) => Outcome::Failed(why),
                Ok(run) => compared(&run, cpu.as_ref().ok()),
            },
        };
        measured.push(Measured { provider: probe.provider, result });
    }
    let result = match cpu {
        Ok(run) => Outcome::TookMs(run.ms),
        Err(NoRun::Failed(why)) => Outcome::Failed(why),
        Err(NoRun::Stopped) => return None,
    };
    measured.push(Measured { provider: Provider::Cpu, result });
    Some(measured)
}

fn compared(run: &Run, cpu: Option<&Run>) -> Outcome {
    let apart = cpu.map_or(0.0, |cpu| distance(&run.outputs, &cpu.outputs));
    if apart <= APART { Outcome::TookMs(run.ms) } else { Outcome::Differs(apart) }
}

/// The largest distance of an output from its like, as a share of that one's length; one at most, and where they can't be
/// compared.
fn distance(outputs: &[Output], wanted: &[Output]) -> f32 {
    if outputs.len() != wanted.len() {
        return 1.0;
    }
    let apart = |(output, wanted): (&Output, &Output)| {
        if output.shape != wanted.shape {
            return 1.0;
        }
        let between = length(output.data.iter().zip(&wanted.data).map(|(a, b)| f64::from(*a) - f64::from(*b)));
        (between / length(wanted.data.iter().copied().map(f64::from)).max(f64::MIN_POSITIVE)) as f32
    };
    outputs.iter().zip(wanted).map(apart).fold(0.0, f32::max).min(1.0)
}

fn length(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|number| number * number).sum::<f64>().sqrt()
}

/// The models of a folder on one provider. `goes_on`: asked before every run.
pub(super) fn run(
    (runtime, manifest): (&Runtime, &Manifest),
    provider: Provider,
    threads: usize,
    goes_on: &dyn Fn() -> bool,
) -> Result<Run, NoRun> {
    let config = SessionConfig { threads, providers: vec![provider], keeps_memory: true };
    let (mut ms, mut outputs) = (0.0, Vec::new());
    for role in ROLES {
        let Ok((name, spec)) = manifest.role(role) else { continue };
        let (name, spec) = (name.to_owned(), spec.clone());
        let Some(shape) = shape(&spec) else { continue };
        if !goes_on() {
            return Err(NoRun::Stopped);
        }
        let (runtime, manifest, config) = (runtime.clone(), manifest.clone(), config.clone());
        let model = FromFile { runtime, manifest, name, spec, config };
        let (took, gave) = timed(&model, provider, &shape, goes_on)?;
        ms += took;
        outputs.extend(gave);
    }
    Ok(Run { ms, outputs })
}

/// The median of some runs, and what the last one gave.
fn timed(
    model: &dyn Builds,
    provider: Provider,
    shape: &[usize],
    goes_on: &dyn Fn() -> bool,
) -> Result<(f32, Vec<Output>), NoRun> {
    let failed = |error: ModelError| NoRun::Failed(error.to_string());
    let mut engine = model.build(provider).map_err(failed)?;
    let input = pattern(shape);
    let (mut times, mut outputs) = (Vec::with_capacity(RUNS), Vec::new());
    for turn in 0..WARM_UP + RUNS {
        if !goes_on() {
            return Err(NoRun::Stopped);
        }
        let started = Instant::now();
        outputs = engine.run(&input, shape).map_err(|fault| match fault {
            Fault::Failed(why) => NoRun::Failed(why),
            Fault::NoNumber(tensor) => NoRun::Failed(format!("no number in \"{tensor}\"")),
            Fault::Shape { tensor, want, got } => NoRun::Failed(format!("\"{tensor}\" is {got}, not {want}")),
        })?;
        if turn >= WARM_UP {
            times.push(started.elapsed().as_secs_f32() * 1_000.0);
        }
    }
    times.sort_by(f32::total_cmp);
    Ok((times.get(RUNS / 2).copied().unwrap_or_default(), outputs))
}

/// One picture of the model's usual size; none: its size is not known.
fn shape(spec: &ModelSpec) -> Option<Vec<usize>> {
    let input = spec.inputs.first()?;
    let [batch, channels, height, width] = input.shape.as_slice() else { return None };
    let fixed = |dim: &Dim, free: Option<usize>| match dim {
        Dim::Fixed(side) => Some(*side),
        Dim::Free(_) => free,
    };
    let [usual_height, usual_width] = input.r#use.map_or([None; 2], |sides| sides.map(Some));
    Some(vec![fixed(batch, Some(1))?, fixed(channels, None)?, fixed(height, usual_height)?, fixed(width, usual_width)?])
}

/// Numbers such as a picture has, without a picture: waves of several lengths, from -1 to 1.
fn pattern(shape: &[usize]) -> Vec<f32> {
    let count: usize = shape.iter().product();
    (0..count).map(|place| ((place as f32 * 0.013).sin() + (place as f32 * 0.000_7).cos()) / 2.0).collect()
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
