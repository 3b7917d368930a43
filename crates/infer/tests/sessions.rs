//! The models we ship, run by the real runtime. Needs what `cargo xtask setup` fetches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hawker_infer::{Manifest, ModelError, ModelSession, Provider, Refusal, Role, Runtime, SessionConfig};
use std::path::{Path, PathBuf};

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn runtime() -> Runtime {
    Runtime::load(None).unwrap_or_else(|error| panic!("{error}"))
}

/// A copy of the models in which the manifest's text is changed.
fn changed(from: &str, to: &str) -> (tempfile::TempDir, Manifest) {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(models()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join("manifest.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "the manifest no longer says {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let manifest = Manifest::load(folder.path()).unwrap();
    (folder, manifest)
}

fn load(manifest: &Manifest, role: Role) -> Result<ModelSession, ModelError> {
    let (name, spec) = manifest.role(role).unwrap();
    ModelSession::load(&runtime(), manifest, name, spec, &SessionConfig::default())
}

#[test]
fn the_cpu_is_always_there_and_a_missing_provider_has_a_reason() {
    let runtime = runtime();
    let cpu = runtime.providers().last().unwrap();
    assert_eq!((cpu.provider, &cpu.missing), (Provider::Cpu, &None));
    for probe in runtime.providers() {
        assert!(probe.missing.as_ref().is_none_or(|reason| !reason.is_empty()), "{probe:?}");
    }
}

#[test]
fn both_models_run_and_answer_in_the_shapes_of_the_manifest() {
    let manifest = Manifest::load(&models()).unwrap();
    let mut detector = load(&manifest, Role::Detector).unwrap();
    let outputs = detector.run(&vec![0.0; 3 * 416 * 416], &[1, 3, 416, 416]).unwrap();
    assert_eq!(outputs.iter().map(|o| o.shape.clone()).collect::<Vec<_>>(), [[1, 3549, 80], [1, 3549, 44]]);
    assert!(outputs[0].data.iter().all(|score| (0.0..=1.0).contains(score)), "scores are probabilities");
    let mut embedder = load(&manifest, Role::Embedder).unwrap();
    let outputs = embedder.run(&vec![0.1; 2 * 3 * 64 * 64], &[2, 3, 64, 64]).unwrap();
    let shapes: Vec<_> = outputs.iter().map(|o| (o.name.as_str(), o.shape.clone())).collect();
    assert_eq!(shapes[0], ("gap", vec![2, 1280]));
    assert_eq!(shapes[3], ("mid_b", vec![2, 352]));
}

#[test]
fn an_input_of_the_wrong_shape_is_an_error_and_the_session_lives_on() {
    let manifest = Manifest::load(&models()).unwrap();
    let mut detector = load(&manifest, Role::Detector).unwrap();
    assert!(matches!(detector.run(&[0.0; 12], &[1, 3, 2, 2]), Err(ModelError::Run { .. })));
    assert!(matches!(detector.run(&[0.0; 12], &[1, 3, 416, 416]), Err(ModelError::Run { .. })));
    assert!(detector.run(&vec![0.0; 3 * 416 * 416], &[1, 3, 416, 416]).is_ok());
}

#[test]
fn what_is_no_number_never_comes_out_of_a_model() {
    let manifest = Manifest::load(&models()).unwrap();
    let (name, spec) = manifest.role(Role::Embedder).unwrap();
    // Other providers may make numbers of what is none.
    let config = SessionConfig { providers: vec![Provider::Cpu], ..SessionConfig::default() };
    let mut embedder = ModelSession::load(&runtime(), &manifest, name, spec, &config).unwrap();
    let mut input = vec![0.1; 3 * 64 * 64];
    input[100] = f32::NAN;
    let error = embedder.run(&input, &[1, 3, 64, 64]).map(|outputs| outputs.len()).unwrap_err();
    assert!(matches!(&error, ModelError::NoNumber { .. }), "{error}");
    for nothing in [0.0, -1.0, 1.0] {
        assert!(embedder.run(&vec![nothing; 3 * 64 * 64], &[1, 3, 64, 64]).is_ok(), "one colour all over");
    }
}

#[test]
fn a_model_of_another_shape_than_the_manifest_says_is_refused() {
    let (_folder, manifest) = changed("shape = [1, 3549, 80]", "shape = [1, 2125, 80]");
    let error = load(&manifest, Role::Detector).unwrap_err();
    assert!(matches!(&error, ModelError::Shape { tensor, .. } if tensor == "scores"), "{error}");
    let (_folder, manifest) = changed("name = \"distances\"", "name = \"boxes\"");
    let error = load(&manifest, Role::Detector).unwrap_err();
    assert!(matches!(&error, ModelError::NoTensor { tensor, .. } if tensor == "boxes"), "{error}");
    assert!(error.to_string().contains("\"distances\""), "it says what there is instead: {error}");
}

/// Why the detector is refused once size and hash in its entry are those of the file.
fn refused_with_its_own_hash(manifest: &Manifest) -> ModelError {
    let (name, spec) = manifest.role(Role::Detector).unwrap();
    let mut spec = spec.clone();
    let load = |spec: &hawker_infer::ModelSpec| {
        ModelSession::load(&runtime(), manifest, name, spec, &SessionConfig::default()).unwrap_err()
    };
    let error = load(&spec);
    let ModelError::Damaged { got_bytes, got_sha256, .. } = error else { panic!("the hash differs: {error}") };
    (spec.bytes, spec.sha256) = (got_bytes, got_sha256);
    load(&spec)
}

#[test]
fn a_file_that_is_no_model_is_refused_with_its_name_whatever_its_hash() {
    let (_folder, manifest) = changed("file = \"nanodet_g_416.onnx\"", "file = \"LICENCES\"");
    let error = refused_with_its_own_hash(&manifest);
    let refused =
        matches!(&error, ModelError::Unsafe { name, refusal: Refusal::NotOnnx(_) } if name == "nanodet_g_416");
    assert!(refused, "{error}");
}

#[test]
fn an_onnx_file_that_the_runtime_can_t_run_is_refused_by_it_with_its_name() {
    let (folder, manifest) = changed("file = \"nanodet_g_416.onnx\"", "file = \"empty.onnx\"");
    // A graph of nothing.
    let file = [0x08, 0x08, 0x3a, 0x00];
    std::fs::write(folder.path().join("empty.onnx"), file).unwrap();
    let error = refused_with_its_own_hash(&manifest);
    assert!(
        matches!(&error, ModelError::Refused { name, .. } | ModelError::NoTensor { name, .. } if name == "nanodet_g_416"),
        "{error}"
    );
}

#[test]
fn the_models_of_words_run_on_any_size_and_bring_their_own_characters() {
    let manifest = Manifest::load(&models()).unwrap();
    let mut detector = load(&manifest, Role::TextDetector).unwrap();
    let outputs = detector.run(&vec![0.0; 3 * 64 * 96], &[1, 3, 64, 96]).unwrap();
    assert_eq!(outputs[0].shape, [1, 1, 64, 96]);
    let mut angle = load(&manifest, Role::TextAngle).unwrap();
    assert_eq!(angle.run(&vec![0.0; 3 * 48 * 192], &[1, 3, 48, 192]).unwrap()[0].shape, [1, 2]);
    let mut reader = load(&manifest, Role::TextReader).unwrap();
    assert_eq!(reader.run(&vec![0.0; 3 * 48 * 80], &[1, 3, 48, 80]).unwrap()[0].shape, [1, 10, 6625]);
    assert_eq!(reader.metadata("character").unwrap().lines().count(), 6623);
    assert_eq!(reader.metadata("nothing"), None);
}
