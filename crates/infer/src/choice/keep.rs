//! What was measured on this machine, kept in a small file until anything it depends on changes.

use super::decide::Measured;
use super::measure::ROLES;
use crate::manifest::Manifest;
use crate::provider::Provider;
use crate::runtime::Runtime;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The form of the file.
const VERSION: u32 = 1;

/// No such file is larger; one that is, is none of ours.
const LARGEST: u64 = 64 * 1024;

/// What measurements hold for. Where any of it differs they are made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Machine {
    /// What the runtime says of its build.
    runtime: String,
    library: PathBuf,
    library_bytes: u64,
    /// Seconds since 1970; none where the file system does not know.
    library_modified_s: Option<u64>,
    /// sha256 of each model that is run.
    models: Vec<String>,
    providers: Vec<Provider>,
    /// Inside one operation of a model.
    threads: usize,
    /// Of the processor, as many as this process may use.
    cores: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    version: u32,
    machine: Machine,
    measured: Vec<Measured>,
}

impl Machine {
    pub fn of(runtime: &Runtime, manifest: &Manifest, threads: usize) -> Self {
        let library = fs::metadata(runtime.path()).ok();
        let modified = library.as_ref().and_then(|library| library.modified().ok());
        let models = ROLES.iter().filter_map(|role| manifest.role(*role).ok());
        Self {
            runtime: runtime.build().to_owned(),
            library: runtime.path().to_owned(),
            library_bytes: library.map_or(0, |library| library.len()),
            library_modified_s: modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs()),
            models: models.map(|(_, spec)| spec.sha256.clone()).collect(),
            providers: Provider::ALL.into_iter().filter(|provider| runtime.has(*provider)).collect(),
            threads,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What was measured on just this machine; none: nothing, or the file is damaged.
pub(super) fn read(file: &Path, machine: &Machine) -> Option<Vec<Measured>> {
    let mut text = String::new();
    let opened = fs::File::open(file).ok()?;
    opened.take(LARGEST).read_to_string(&mut text).ok()?;
    let kept: Kept = serde_json::from_str(&text)
        .inspect_err(|error| tracing::debug!(%error, "what was measured of the providers can't be read"))
        .ok()?;
    (kept.version == VERSION && kept.machine == *machine).then_some(kept.measured)
}

/// Keeps it for the next start. Errors: the folder can't be written.
pub(super) fn write(file: &Path, machine: &Machine, measured: &[Measured]) -> io::Result<()> {
    let kept = Kept { version: VERSION, machine: machine.clone(), measured: measured.to_vec() };
    let text = serde_json::to_string_pretty(&kept)?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    // Of its own for each process: two may measure at once, and the last one counts.
    let part = file.with_extension(format!("{}.part", std::process::id()));
    fs::write(&part, text).and_then(|()| fs::rename(&part, file)).inspect_err(|_| _ = fs::remove_file(&part))
}
