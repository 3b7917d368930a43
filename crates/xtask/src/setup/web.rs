//! npm packages and the two web builds that the programs embed: the cockpit and the viewer page.

use super::hash;
use crate::exec::{command, run, say};
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The workspaces with a build, by folder.
const BUILDS: &[&str] = &["ui", "crates/platform/web"];
/// Sources that both builds share.
const SHARED: &str = "ui/packages";

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    scripts: BTreeMap<String, String>,
}

/// `npm ci`, unless the lock file is the one that was installed last. Errors: `Failed`, `File`.
pub fn install(workspace: &Workspace) -> Outcome<()> {
    let lock = hash::of_file(&workspace.root.join("package-lock.json"))?;
    if workspace.stamped("npm", &lock) && workspace.root.join("node_modules").is_dir() {
        say("npm packages: as in package-lock.json");
        return Ok(());
    }
    say("npm packages: npm ci");
    run(
        command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&workspace.root),
        "check the network and npm's registry, then run the same again",
    )?;
    workspace.stamp("npm", &lock)
}

/// Builds what changed. Errors: `Failed`, `File`.
pub fn build(workspace: &Workspace) -> Outcome<()> {
    for folder in BUILDS {
        if !has_script(&workspace.root.join(folder), "build")? {
            continue;
        }
        let stamp = format!("web-{}", folder.replace('/', "-"));
        let sources = sources_of(&workspace.root, folder)?;
        if workspace.stamped(&stamp, &sources) && workspace.root.join(folder).join("dist").is_dir() {
            say(format!("web build {folder}: up to date"));
            continue;
        }
        say(format!("web build {folder}: npm run build"));
        run(
            command("npm").args(["run", "--silent", "build", "-w", folder]).current_dir(&workspace.root),
            "see the error above; `npm run dev -w ui` shows it faster",
        )?;
        workspace.stamp(&stamp, &sources)?;
    }
    Ok(())
}

/// Whether a workspace has an npm script. A folder without a package has none. Errors: `Unreadable`.
pub fn has_script(folder: &Path, script: &str) -> Outcome<bool> {
    let path = folder.join("package.json");
    let Ok(text) = fs::read_to_string(&path) else { return Ok(false) };
    let package: Package =
        serde_json::from_str(&text).map_err(|error| Trouble::unreadable(path.display().to_string(), error))?;
    Ok(package.scripts.contains_key(script))
}

fn sources_of(root: &Path, folder: &str) -> Outcome<String> {
    let mut files = hash::files_under(&root.join(folder));
    files.extend(hash::files_under(&root.join(SHARED)));
    files.push(root.join("package-lock.json"));
    files.sort();
    files.dedup();
    hash::of_files(root, files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_changed_shared_package_makes_both_builds_stale() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["ui/src", "crates/platform/web/src", "ui/packages/kit"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("package-lock.json"), "{}").unwrap();
        fs::write(dir.path().join("ui/packages/kit/money.ts"), "1").unwrap();
        let before: Vec<String> = BUILDS.iter().map(|folder| sources_of(dir.path(), folder).unwrap()).collect();
        fs::write(dir.path().join("ui/packages/kit/money.ts"), "2").unwrap();
        for (folder, before) in BUILDS.iter().zip(before) {
            assert_ne!(sources_of(dir.path(), folder).unwrap(), before, "{folder}");
        }
    }

    #[test]
    fn a_workspace_without_the_script_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!has_script(dir.path(), "build").unwrap(), "no package.json");
        fs::write(dir.path().join("package.json"), r#"{"scripts":{"build":"vite build"}}"#).unwrap();
        assert!(has_script(dir.path(), "build").unwrap());
        assert!(!has_script(dir.path(), "test").unwrap());
    }
}
