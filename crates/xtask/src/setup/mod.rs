//! `cargo xtask setup`: everything between a clone and the first build. Each step looks first and does only what is
//! missing, so that a second run takes a second.

pub mod hash;
pub mod manager;
pub mod models;
mod packages;
pub mod runtime;
pub mod tools;
pub mod web;

pub use manager::Purpose;

use crate::exec::{ask, cargo, run, say};
use crate::trouble::Outcome;
use crate::workspace::Workspace;

/// The test runner's version: the newest that rustc 1.95 builds.
const NEXTEST: &str = "0.9.143";

/// Brings the machine to where `purpose` works. Errors: whatever the first failing step says.
pub fn setup(workspace: &Workspace, purpose: Purpose) -> Outcome<()> {
    tools::require()?;
    say("rust, git, linker, node, python: there");
    manager::install(purpose)?;
    web::install(workspace)?;
    runtime::install(workspace)?;
    models::check(&workspace.root.join("models"))?;
    web::build(workspace)?;
    if purpose == Purpose::Test {
        install_nextest()?;
    }
    Ok(())
}

/// Whether `cargo nextest` answers.
pub fn nextest_version() -> Option<String> {
    ask("cargo", &["nextest", "--version"]).and_then(|text| text.lines().next().map(str::to_owned))
}

fn install_nextest() -> Outcome<()> {
    if let Some(version) = nextest_version() {
        say(format!("{version}: there"));
        return Ok(());
    }
    say(format!("cargo-nextest {NEXTEST}: building it, this takes some minutes once"));
    run(
        cargo().args(["install", "cargo-nextest", "--locked", "--version", NEXTEST]),
        "check the network and cargo's registry, then run the same again",
    )
}
