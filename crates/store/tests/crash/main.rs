//! The store in a program of its own that comes to a bad end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod copies;
mod listening;
#[cfg(target_os = "linux")]
mod power_cuts;

use std::path::PathBuf;

/// An example of this crate, built beside this test.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = test.ancestors().nth(2).unwrap().join("examples").join(file);
    assert!(path.exists(), "{} is not built; run `cargo build -p hawker-store --examples`", path.display());
    path
}
