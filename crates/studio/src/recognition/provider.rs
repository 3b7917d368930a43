//! Where the models of recognition run on this machine: measured once, before a show and never during one.

use crate::config::StudioConfig;
use crate::data_dir::DataDir;
use hawker_infer::choice::{self, Choice, Wanted};
use hawker_infer::{Manifest, Provider, Runtime};

/// Threads inside one operation of a model during a show: one core stays for the encoder on a two-core machine.
pub const THREADS: usize = 1;

/// Whether a choice may run the models to find out.
#[derive(Clone, Copy)]
pub enum Measure<'a> {
    /// Nothing is run; what was measured before counts.
    Never,
    /// Where nothing was measured yet, while this holds.
    While(&'a dyn Fn() -> bool),
    /// Likewise, also where a provider failed the last time: somebody looks at the answer, and may have mended it.
    Again(&'a dyn Fn() -> bool),
}

/// The choice for the models of a folder. What is measured is kept in the data directory, whoever holds that.
pub fn choice(config: &StudioConfig, runtime: &Runtime, manifest: &Manifest, measure: Measure<'_>) -> Choice {
    let file = DataDir::providers_file(&config.data_dir);
    let retries = matches!(measure, Measure::Again(_));
    let wanted = Wanted { runtime, manifest, threads: THREADS, file: Some(&file), retries };
    match measure {
        Measure::Never => choice::kept(wanted),
        Measure::While(goes_on) | Measure::Again(goes_on) => choice::measured(wanted, goes_on),
    }
}

/// The providers to try, in order. Without a list of models the usual ones: what is wrong with it is said when models load.
pub fn order(config: &StudioConfig, runtime: &Runtime, measure: Measure<'_>) -> Vec<Provider> {
    match Manifest::load(&config.models_dir) {
        Ok(manifest) => choice(config, runtime, &manifest, measure).order(),
        Err(_) => Provider::ORDER.to_vec(),
    }
}
