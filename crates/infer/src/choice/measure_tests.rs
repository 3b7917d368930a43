#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use std::cell::Cell;
use std::path::Path;

fn manifest() -> Manifest {
    Manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")).unwrap()
}

fn gave(data: &[f32]) -> Vec<Output> {
    vec![Output { name: "o".into(), shape: vec![data.len()], data: data.to_vec() }]
}

fn probes(missing: &[Provider]) -> Vec<Probe> {
    let why = |provider| missing.contains(&provider).then(|| "not in this build".to_owned());
    Provider::ALL.into_iter().map(|provider| Probe { provider, missing: why(provider) }).collect()
}

#[test]
fn the_real_cpu_runs_both_models_and_takes_a_while() {
    let runtime = Runtime::load(None).unwrap_or_else(|error| panic!("{error}"));
    let run = run((&runtime, &manifest()), Provider::Cpu, 1, &|| true).unwrap();
    assert!(run.ms > 0.5 && run.ms < 60_000.0, "{} ms", run.ms);
    let names: Vec<_> = run.outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["scores", "distances", "gap", "gem", "mid_a", "mid_b"], "detector, then embedder");
    assert!(distance(&run.outputs, &run.outputs) == 0.0);
}

#[test]
fn a_provider_that_the_real_runtime_lacks_fails_with_its_reason() {
    let runtime = Runtime::load(None).unwrap_or_else(|error| panic!("{error}"));
    for probe in runtime.providers().iter().filter(|probe| probe.missing.is_some()) {
        let failed = run((&runtime, &manifest()), probe.provider, 1, &|| true).unwrap_err();
        assert!(matches!(&failed, NoRun::Failed(why) if !why.is_empty()), "{failed:?}");
    }
}

#[test]
fn the_measurement_stops_between_two_runs() {
    let runtime = Runtime::load(None).unwrap_or_else(|error| panic!("{error}"));
    let left = Cell::new(4);
    let goes_on = || {
        left.set(left.get() - 1);
        left.get() > 0
    };
    assert_eq!(run((&runtime, &manifest()), Provider::Cpu, 1, &goes_on).unwrap_err(), NoRun::Stopped);
    assert_eq!(left.get(), 0, "and asks no more");
}

#[test]
fn every_provider_of_the_runtime_is_held_against_the_cpu() {
    let missing = [Provider::TensorRt, Provider::DirectMl];
    let measured = measure(&probes(&missing), |provider| match provider {
        Provider::Cpu => Ok(Run { ms: 30.0, outputs: gave(&[3.0, 4.0]) }),
        Provider::Cuda => Ok(Run { ms: 3.0, outputs: gave(&[3.001, 4.0]) }),
        Provider::CoreMl => Ok(Run { ms: 2.0, outputs: gave(&[3.0, 5.0]) }),
        _ => Err(NoRun::Failed("no driver".into())),
    });
    let measured = measured.unwrap();
    let result = |provider| measured.iter().find(|one| one.provider == provider).unwrap().result.clone();
    assert_eq!(result(Provider::Cpu), Outcome::TookMs(30.0));
    assert_eq!(result(Provider::Cuda), Outcome::TookMs(3.0), "half the digits are enough");
    assert_eq!(result(Provider::CoreMl), Outcome::Differs(0.2), "one of five");
    assert_eq!(result(Provider::OpenVino), Outcome::Failed("no driver".into()));
    assert_eq!(result(Provider::TensorRt), Outcome::Absent("not in this build".into()));
    assert_eq!(measured.len(), Provider::ALL.len());
    assert_eq!(measured.last().unwrap().provider, Provider::Cpu);
}

#[test]
fn what_was_stopped_counts_for_nothing() {
    for stops_at in [Provider::Cpu, Provider::OpenVino] {
        let run = |provider| match provider {
            provider if provider == stops_at => Err(NoRun::Stopped),
            _ => Ok(Run { ms: 1.0, outputs: gave(&[1.0]) }),
        };
        assert_eq!(measure(&probes(&[]), run), None, "{stops_at:?}");
    }
}

#[test]
fn outputs_of_another_shape_or_number_are_no_match() {
    let two = gave(&[1.0, 2.0]);
    assert_eq!(distance(&two, &gave(&[1.0, 2.0, 3.0])), 1.0);
    assert_eq!(distance(&two, &[]), 1.0);
    assert_eq!(distance(&[], &[]), 0.0);
    assert_eq!(
        distance(&two, &gave(&[0.0, 0.0])),
        1.0,
        "nothing is no likeness, and an infinite distance can not be kept"
    );
    assert_eq!(distance(&gave(&[0.0]), &gave(&[0.0])), 0.0);
}

#[test]
fn a_picture_has_the_models_usual_size() {
    let manifest = manifest();
    let of = |role| shape(manifest.role(role).unwrap().1);
    assert_eq!(of(Role::Detector), Some(vec![1, 3, 416, 416]));
    assert_eq!(of(Role::Embedder), Some(vec![1, 3, 288, 288]), "the manifest says which to use");
    assert_eq!(of(Role::TextDetector), None, "pictures of every size");
    let pattern = pattern(&[1, 3, 8, 8]);
    assert!(pattern.iter().all(|number| (-1.0..=1.0).contains(number)));
    assert!(pattern.iter().any(|number| *number != pattern[0]), "one colour all over is what models skip");
}
