//! `cargo xtask deps`: the architecture as a command that fails. Crate edges, heavy packages, licences, file sizes
//! and the tiers of the cockpit.

mod edges;
mod licences;
mod metadata;
mod rules;
mod sources;
mod tiers;

use crate::exec::say;
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;

/// Runs every check. Errors: `Unmet` after all findings were printed; what the checks can't read.
pub fn check(workspace: &Workspace) -> Outcome<()> {
    let tree = metadata::read(&workspace.root)?;
    let allowed = licences::Allowed::read(&workspace.root.join("deny.toml"))?;
    let mut findings = edges::check(&tree);
    findings.extend(licences::check_crates(&tree, &allowed));
    findings.extend(licences::check_npm(&workspace.root.join("package-lock.json"), &allowed)?);
    findings.extend(sources::check(&workspace.root)?);
    for finding in &findings {
        eprintln!("  {finding}");
    }
    if !findings.is_empty() {
        return Err(Trouble::unmet(
            format!("{} rules of the architecture are broken", findings.len()),
            "see docs/architecture.md; a new edge needs a line in crates/xtask/src/deps/rules.rs and an ADR",
        ));
    }
    say(format!(
        "deps: {} crates of ours, {} packages: edges, licences, file sizes and tiers hold",
        tree.ours().count(),
        tree.packages.len()
    ));
    Ok(())
}
