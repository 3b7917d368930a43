//! `cargo xtask doctor`: what a development machine has and lacks, changing nothing.

use crate::setup::manager::{Manager, Purpose, pip_works, wanted};
use crate::setup::{nextest_version, runtime, tools};
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;

/// Prints one line a thing. Errors: `Unmet` if something is missing that building needs.
pub fn doctor(workspace: &Workspace) -> Outcome<()> {
    let mut missing = 0;
    let mut tell = |name: &str, state: Result<String, String>, needed: bool| {
        let (mark, text) = match &state {
            Ok(text) => ("ok     ", text),
            Err(text) if needed => ("MISSING", text),
            Err(text) => ("absent ", text),
        };
        missing += usize::from(needed && state.is_err());
        eprintln!("{mark}  {name:<22} {text}");
    };
    for tool in tools::survey() {
        let state = tool.state.map_err(|why| format!("{why}: {}", tool.get_it));
        tell(tool.name, state, true);
    }
    match Manager::of_this_machine() {
        None => tell("package manager", Err("none of apt, dnf, pacman, brew, winget".to_owned()), true),
        Some(manager) => {
            let table = manager.table();
            let build = manager.missing(&wanted(table, Purpose::Run, pip_works()));
            tell("packages to build", all_or(&build, "`cargo xtask setup`"), true);
            let test = manager.missing(table.test);
            tell("packages to test", all_or(&test, "`cargo xtask setup --test`"), false);
        }
    }
    let library = runtime::library_path(&workspace.cache);
    let state = match runtime::own() {
        Some(own) => own.map(|path| path.display().to_string()).map_err(|trouble| trouble.to_string()),
        None if runtime::is_there(&workspace.cache) => Ok(runtime::VERSION.to_owned()),
        None => Err(format!("not in {}", library.display())),
    };
    tell("ONNX Runtime", state, true);
    tell("npm packages", present(workspace.root.join("node_modules").is_dir(), "`cargo xtask setup`"), true);
    tell("cargo-nextest", nextest_version().ok_or_else(|| "`cargo xtask setup --test`".to_owned()), false);
    let data = workspace.data();
    tell(
        "shared data",
        present(data.is_dir(), &format!("{}: tests named needs_data are skipped", data.display())),
        false,
    );
    if missing > 0 {
        return Err(Trouble::unmet(format!("{missing} needed things are missing"), "run `cargo xtask setup`"));
    }
    Ok(())
}

fn all_or(missing: &[&str], next: &str) -> Result<String, String> {
    if missing.is_empty() { Ok("all there".to_owned()) } else { Err(format!("{} ({next})", missing.join(" "))) }
}

fn present(there: bool, otherwise: &str) -> Result<String, String> {
    if there { Ok("there".to_owned()) } else { Err(otherwise.to_owned()) }
}
