//! Devices are made up (this machine has none); the runtime, its CPU, the models and the file are real.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::measure::{NoRun, Run};
use super::*;
use std::fs;
use std::path::PathBuf;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn real() -> Runtime {
    Runtime::load(None).unwrap_or_else(|error| panic!("{error}"))
}

/// The real runtime as if it had been built with these devices and no other.
fn with(devices: &[Provider]) -> Runtime {
    let has = |provider| provider == Provider::Cpu || devices.contains(&provider);
    let missing = |provider| (!has(provider)).then(|| "not in this build".to_owned());
    let probes = Provider::ALL.into_iter().map(|provider| Probe { provider, missing: missing(provider) });
    real().pretending(probes.collect())
}

/// A folder for the file, and how often each provider was run.
struct Desk {
    folder: tempfile::TempDir,
    runs: Vec<Provider>,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), runs: Vec::new() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("cache/providers.json")
    }

    /// Measures with devices that take a tenth of the CPU's time.
    fn measured(&mut self, runtime: &Runtime, threads: usize) -> Choice {
        self.measured_in(runtime, &Manifest::load(&models()).unwrap(), threads)
    }

    fn measured_in(&mut self, runtime: &Runtime, manifest: &Manifest, threads: usize) -> Choice {
        let file = self.file();
        let wanted = Wanted { runtime, manifest, threads, file: Some(&file), retries: false };
        measured_by(wanted, |provider| {
            self.runs.push(provider);
            Ok(Run { ms: if provider == Provider::Cpu { 30.0 } else { 3.0 }, outputs: Vec::new() })
        })
    }
}

#[test]
fn a_machine_is_measured_once() {
    let mut desk = Desk::new();
    let runtime = with(&[Provider::Cuda, Provider::OpenVino]);
    let first = desk.measured(&runtime, 1);
    assert_eq!(first.provider, Provider::Cuda);
    assert_eq!(desk.runs, [Provider::Cpu, Provider::Cuda, Provider::OpenVino]);
    let second = desk.measured(&runtime, 1);
    assert_eq!(second, first, "what is kept says the same");
    assert_eq!(desk.runs.len(), 3, "and nothing is run again");
    let manifest = Manifest::load(&models()).unwrap();
    let file = desk.file();
    let wanted = Wanted { runtime: &runtime, manifest: &manifest, threads: 1, file: Some(&file), retries: false };
    assert_eq!(kept(wanted), first);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no half-written file stays");
}

#[test]
fn where_there_is_only_the_cpu_nothing_is_opened_run_or_written() {
    let folder = tempfile::tempdir().unwrap();
    // A list of models without a single model.
    fs::copy(models().join("manifest.toml"), folder.path().join("manifest.toml")).unwrap();
    let manifest = Manifest::load(folder.path()).unwrap();
    let mut desk = Desk::new();
    let choice = desk.measured_in(&with(&[]), &manifest, 1);
    assert_eq!((choice.provider, choice.why), (Provider::Cpu, Why::OnlyCpu));
    assert_eq!(choice.order(), [Provider::Cpu]);
    assert!(desk.runs.is_empty() && !desk.file().parent().unwrap().exists());
    assert_eq!(choice.measured.len(), Provider::ALL.len(), "every provider has its reason");
}

#[test]
fn anything_it_depends_on_that_changes_is_measured_anew() {
    let mut desk = Desk::new();
    let runtime = with(&[Provider::Cuda]);
    desk.measured(&runtime, 1);
    assert_eq!(desk.runs.len(), 2);
    desk.measured(&runtime, 2);
    assert_eq!(desk.runs.len(), 4, "other threads");
    desk.measured(&with(&[Provider::Cuda, Provider::OpenVino]), 2);
    assert_eq!(desk.runs.len(), 7, "another provider");
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(models().join("manifest.toml")).unwrap();
    let other = text.replacen("sha256 = \"e", "sha256 = \"f", 1);
    assert_ne!(other, text);
    fs::write(folder.path().join("manifest.toml"), other).unwrap();
    desk.measured_in(&with(&[Provider::Cuda]), &Manifest::load(folder.path()).unwrap(), 2);
    assert_eq!(desk.runs.len(), 9, "another model");
}

#[test]
fn another_library_at_the_same_place_is_measured_anew() {
    let mut desk = Desk::new();
    let runtime = with(&[Provider::Cuda]);
    desk.measured(&runtime, 1);
    let text = fs::read_to_string(desk.file()).unwrap();
    for field in ["library_bytes", "library_modified_s"] {
        let mut kept: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(kept["machine"][field].as_u64().unwrap() > 0, "{field} of the real library is known");
        kept["machine"][field] = 1.into();
        fs::write(desk.file(), kept.to_string()).unwrap();
        desk.runs.clear();
        desk.measured(&runtime, 1);
        assert_eq!(desk.runs.len(), 2, "{field}");
    }
}

#[test]
fn a_damaged_file_or_one_of_another_form_is_measured_anew() {
    let mut desk = Desk::new();
    let runtime = with(&[Provider::Cuda]);
    desk.measured(&runtime, 1);
    let good = fs::read_to_string(desk.file()).unwrap();
    let huge = format!("{}{good}", " ".repeat(100_000));
    let broken = ["", "{", "null", "\u{0}\u{1}", &good[..good.len() / 2], &huge];
    let future = good.replacen("\"version\": 1", "\"version\": 2", 1);
    assert_ne!(future, good);
    for text in broken.into_iter().chain([future.as_str()]) {
        fs::write(desk.file(), text).unwrap();
        desk.runs.clear();
        assert_eq!(desk.measured(&runtime, 1).provider, Provider::Cuda);
        assert_eq!(desk.runs.len(), 2, "{:?}", text.chars().take(20).collect::<String>());
        assert_eq!(fs::read_to_string(desk.file()).unwrap(), good, "and put right");
    }
}

#[test]
fn a_measurement_that_is_stopped_leaves_no_trace_and_the_usual_order() {
    let desk = Desk::new();
    let (runtime, manifest) = (with(&[Provider::TensorRt, Provider::OpenVino]), Manifest::load(&models()).unwrap());
    let file = desk.file();
    let wanted = Wanted { runtime: &runtime, manifest: &manifest, threads: 1, file: Some(&file), retries: false };
    let choice = measured(wanted, &|| false);
    assert_eq!(choice.why, Why::NotMeasured);
    assert_eq!(
        choice.order(),
        [Provider::OpenVino, Provider::Cpu],
        "nothing that compiles for a minute is tried unmeasured"
    );
    assert!(!file.exists());
}

#[test]
fn a_device_that_the_real_runtime_does_not_have_is_measured_as_failed_and_the_cpu_stays() {
    let desk = Desk::new();
    let pretended = Provider::ALL.into_iter().filter(|provider| *provider != Provider::Cpu && !real().has(*provider));
    let pretended: Vec<Provider> = pretended.collect();
    let (runtime, manifest) = (with(&pretended), Manifest::load(&models()).unwrap());
    let file = desk.file();
    let wanted = Wanted { runtime: &runtime, manifest: &manifest, threads: 1, file: Some(&file), retries: false };
    let choice = measured(wanted, &|| true);
    assert_eq!((choice.provider, choice.why), (Provider::Cpu, Why::NoneWorks), "{choice}");
    let cpu = choice.measured.last().unwrap();
    assert!(matches!(cpu.result, Outcome::TookMs(ms) if ms > 0.5), "{cpu:?}");
    for one in choice.measured.iter().filter(|one| pretended.contains(&one.provider)) {
        assert!(matches!(&one.result, Outcome::Failed(why) if !why.is_empty()), "{one:?}");
    }
}

#[test]
fn models_that_are_missing_say_nothing_of_the_providers() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(models().join("manifest.toml"), folder.path().join("manifest.toml")).unwrap();
    let (desk, runtime) = (Desk::new(), with(&[Provider::Cuda]));
    let (manifest, file) = (Manifest::load(folder.path()).unwrap(), desk.file());
    let wanted = Wanted { runtime: &runtime, manifest: &manifest, threads: 1, file: Some(&file), retries: false };
    assert_eq!(measured(wanted, &|| true).order(), [Provider::Cpu]);
    assert!(!file.exists(), "they are measured when they are there");
}

#[test]
fn a_provider_that_failed_is_tried_again_only_where_that_is_asked_for() {
    let desk = Desk::new();
    let (runtime, manifest) = (with(&[Provider::Cuda]), Manifest::load(&models()).unwrap());
    let file = desk.file();
    let wanted = Wanted { runtime: &runtime, manifest: &manifest, threads: 1, file: Some(&file), retries: false };
    let has_driver = |yes: bool| {
        move |provider| match provider {
            Provider::Cuda if !yes => Err(NoRun::Failed("no driver".into())),
            Provider::Cuda => Ok(Run { ms: 3.0, outputs: Vec::new() }),
            _ => Ok(Run { ms: 30.0, outputs: Vec::new() }),
        }
    };
    assert_eq!(measured_by(wanted, has_driver(false)).why, Why::NoneWorks);
    assert_eq!(measured_by(wanted, has_driver(true)).why, Why::NoneWorks, "each start would cost a failure otherwise");
    assert_eq!(measured_by(Wanted { retries: true, ..wanted }, has_driver(true)).provider, Provider::Cuda);
    assert_eq!(kept(wanted).provider, Provider::Cuda);
}

#[test]
fn a_folder_that_can_t_be_written_costs_the_file_and_not_the_choice() {
    let desk = Desk::new();
    let (runtime, manifest) = (with(&[Provider::Cuda]), Manifest::load(&models()).unwrap());
    let blocked = desk.folder.path().join("a-file");
    fs::write(&blocked, "").unwrap();
    let file = blocked.join("providers.json");
    let wanted = Wanted { runtime: &runtime, manifest: &manifest, threads: 1, file: Some(&file), retries: false };
    let choice = measured_by(wanted, |provider| {
        Ok(Run { ms: if provider == Provider::Cpu { 30.0 } else { 3.0 }, outputs: Vec::new() })
    });
    assert_eq!(choice.provider, Provider::Cuda);
}
