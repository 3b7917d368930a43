//! Which provider the models run on: measured once on each machine, kept, explained.
//!
//! Owns: the measurement, its file, the decision. Must not know: when a show is on air; whoever asks says when to stop.
//! Entry points: [`kept`] looks, [`measured`] measures where it has to. Invariant: where the runtime has nothing but the CPU no
//! model is opened and no file is written.

mod decide;
mod keep;
mod measure;

pub use decide::{Choice, Measured, Outcome, WORTH, Why, choose};

use crate::manifest::Manifest;
use crate::provider::{Probe, Provider};
use crate::runtime::Runtime;
use keep::Machine;
use std::path::Path;

/// What a choice is made for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub runtime: &'a Runtime,
    pub manifest: &'a Manifest,
    /// Inside one operation of a model.
    pub threads: usize,
    /// Where measurements are kept, a folder that is not there is made; none: nowhere.
    pub file: Option<&'a Path>,
    /// Measures again where a provider failed the last time: somebody may have installed its driver since.
    pub retries: bool,
}

/// The choice by what was measured before. Nothing is run.
pub fn kept(wanted: Wanted<'_>) -> Choice {
    let probes = wanted.runtime.providers();
    if only_cpu(probes) {
        return untried(probes);
    }
    let machine = Machine::of(wanted.runtime, wanted.manifest, wanted.threads);
    match wanted.file.and_then(|file| keep::read(file, &machine)) {
        Some(measured) => Choice::of(measured),
        None => untried(probes),
    }
}

/// The choice by what was measured before, or now: each provider that the runtime has runs the models that look at every frame.
/// Takes seconds, with TensorRT minutes. `goes_on` is asked before every run; once it says no, nothing was measured.
/// Threads: blocks the caller's.
pub fn measured(wanted: Wanted<'_>, goes_on: &dyn Fn() -> bool) -> Choice {
    let models = (wanted.runtime, wanted.manifest);
    measured_by(wanted, |provider| measure::run(models, provider, wanted.threads, goes_on))
}

fn measured_by(wanted: Wanted<'_>, run: impl FnMut(Provider) -> Result<measure::Run, measure::NoRun>) -> Choice {
    let before = kept(wanted);
    let has_failed = before.measured.iter().any(|one| matches!(one.result, Outcome::Failed(_)));
    if before.why != Why::NotMeasured && !(wanted.retries && has_failed) {
        return before;
    }
    let Some(measured) = measure::measure(wanted.runtime.providers(), run) else { return before };
    let machine = Machine::of(wanted.runtime, wanted.manifest, wanted.threads);
    // Where not even the CPU runs the models something is wrong with them, and nothing was learned of the providers.
    let file = wanted.file.filter(|_| has_run(&measured, Provider::Cpu));
    if let Some(Err(error)) = file.map(|file| keep::write(file, &machine, &measured)) {
        tracing::warn!(%error, "what was measured of the providers is not kept; the next start measures again");
    }
    let choice = Choice::of(measured);
    tracing::info!("{choice}");
    choice
}

fn has_run(measured: &[Measured], provider: Provider) -> bool {
    measured.iter().any(|one| one.provider == provider && matches!(one.result, Outcome::TookMs(_)))
}

fn only_cpu(probes: &[Probe]) -> bool {
    probes.iter().all(|probe| probe.provider == Provider::Cpu || probe.missing.is_some())
}

fn untried(probes: &[Probe]) -> Choice {
    let result = |probe: &Probe| probe.missing.clone().map_or(Outcome::Untried, Outcome::Absent);
    Choice::of(probes.iter().map(|probe| Measured { provider: probe.provider, result: result(probe) }).collect())
}

#[cfg(test)]
mod tests;
