//! What `cargo metadata` tells, as far as the rules need it.

use crate::exec::{cargo, output};
use crate::trouble::{Outcome, Trouble};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Debug, Default, Deserialize)]
pub struct Tree {
    pub packages: Vec<Package>,
    pub workspace_members: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub version: String,
    pub license: Option<String>,
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
pub struct Dependency {
    pub name: String,
    /// None for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

impl Tree {
    /// The members of the workspace.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

/// Reads the whole tree, every platform's packages included. Errors: `Failed`, `Unreadable`.
pub fn read(root: &Path) -> Outcome<Tree> {
    let mut command = cargo();
    command.args(["metadata", "--format-version", "1"]).current_dir(root);
    let text = output(&mut command, "see cargo's own words above")?;
    serde_json::from_str(&text).map_err(|error| Trouble::unreadable("the answer of `cargo metadata`", error))
}
