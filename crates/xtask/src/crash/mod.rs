//! Tasks that break the store on purpose, far more often than a test run can: they start the programs that the tests start.

pub mod kill_loops;
pub mod power_cuts;

use crate::exec::{self, cargo};
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;
use std::io::Write;
use std::path::PathBuf;

/// Whether the tests' disk can be mounted here.
pub fn disk_can_be_mounted() -> bool {
    #[cfg(target_os = "linux")]
    let can = hawker_test_support::power::can_mount();
    #[cfg(not(target_os = "linux"))]
    let can = false;
    can
}

/// Builds an example of a crate of ours and says where it lies. Errors: `Start`, `Failed`.
fn example(workspace: &Workspace, package: &str, name: &str) -> Outcome<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--quiet", "-p", package, "--example", name]).current_dir(&workspace.root);
    exec::run(command.env("CARGO_TARGET_DIR", &workspace.target), "see the compiler's own words above")?;
    Ok(workspace.program("debug/examples", name))
}

/// Writes counts to standard output.
fn print(counts: &impl serde::Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(counts).map_err(|error| Trouble::unreadable("the counts", error))?;
    writeln!(std::io::stdout(), "{text}").map_err(|error| Trouble::unreadable("standard output", error))
}
