//! Libraries that are no ONNX Runtime, or too old a one. A binary of its own: nothing here may load the real one first.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use hawker_infer::{Runtime, RuntimeError};
use std::path::Path;
use std::process::Command;

#[test]
fn a_missing_library_says_where_it_was_looked_for_and_what_to_do() {
    let error = Runtime::load(Some(Path::new("/nowhere/libonnxruntime.so"))).unwrap_err();
    assert!(matches!(&error, RuntimeError::NotFound { searched } if searched.len() == 1));
    assert!(error.to_string().contains("/nowhere/libonnxruntime.so"), "{error}");
    assert!(error.to_string().contains("cargo xtask setup"), "{error}");
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libonnxruntime.so");
    std::fs::write(&path, b"not a library").unwrap();
    assert!(matches!(Runtime::load(Some(&path)), Err(RuntimeError::Open { .. })));
}

#[test]
#[cfg(target_os = "linux")]
fn an_older_runtime_is_refused_with_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (folder.path().join("old.c"), folder.path().join("libonnxruntime.so"));
    let code = "struct base { const void *(*api)(unsigned); const char *(*version)(void); };\n\
        static const void *api(unsigned v) { (void)v; return 0; }\n\
        static const char *version(void) { return \"1.10.0\"; }\n\
        static const struct base base = { api, version };\n\
        const struct base *OrtGetApiBase(void) { return &base; }\n";
    std::fs::write(&source, code).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(built.expect("building the workspace needs a C compiler anyway").success());
    let error = Runtime::load(Some(&library)).unwrap_err();
    assert!(matches!(&error, RuntimeError::WrongVersion { found, .. } if found == "1.10.0"), "{error}");
    assert!(error.to_string().contains("cargo xtask setup"), "{error}");
}
