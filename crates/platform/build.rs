//! Rebuilds when a migration is added or the viewer page was built: the macros that embed them see changed files, not
//! new ones.
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    // Cargo takes a path that isn't there for one that changed; before the first build its parent is watched.
    let page = if Path::new("web/dist").is_dir() { "web/dist" } else { "web" };
    println!("cargo::rerun-if-changed={page}");
}
