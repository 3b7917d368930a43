//! `cargo xtask bindings`: writes the cockpit's TypeScript types out of the Rust ones.

use crate::exec::{cargo, run};
use crate::trouble::Outcome;
use crate::workspace::Workspace;

/// The test that compares ui/src/ipc/bindings.ts writes it instead when it is told so. Errors: `Start`, `Failed`.
pub fn write(workspace: &Workspace) -> Outcome<()> {
    let mut command = cargo();
    command.args(["nextest", "run", "--package", "hawker-studio", "bindings"]);
    command.env("HAWKER_WRITE_BINDINGS", "1").current_dir(&workspace.root);
    run(&mut command, "the types must compile first; see above")
}
