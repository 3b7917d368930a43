//! Rules on source files: how long they may be, and what the web parts must not contain.

use super::tiers;
use crate::setup::hash::files_under;
use crate::trouble::{Outcome, Trouble};
use std::fs;
use std::path::Path;

/// A longer file can't be held in the head; docs/style.md asks for 80 to 250 lines.
const MOST_LINES: usize = 800;

const FOLDERS: &[&str] = &["crates", "src-tauri", "tests", "ui"];
const KINDS: &[&str] = &["rs", "ts", "svelte", "js", "mjs", "css"];

/// Every broken rule, as a sentence. Errors: `File`.
pub fn check(root: &Path) -> Outcome<Vec<String>> {
    let mut findings = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| files_under(&root.join(folder))) {
        let kind = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if !KINDS.contains(&kind.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(Trouble::file(&path))?;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        findings.extend(check_file(&name, &text));
    }
    Ok(findings)
}

/// `name` is relative to the root, with `/`.
fn check_file(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        findings.push(format!("{name} has {lines} lines, the most is {MOST_LINES}: split it by what its parts own"));
    }
    let is_web = [".ts", ".svelte", ".js", ".mjs"].iter().any(|kind| name.ends_with(kind));
    if !is_web {
        return findings;
    }
    if name.ends_with(".svelte") && text.contains("{@html") {
        findings.push(format!("{name} uses {{@html}}: text from people must never become markup"));
    }
    if name.starts_with("ui/src/") {
        findings.extend(tiers::check(name, text));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_801_lines_fails_and_one_of_800_does_not() {
        let lines = |count: usize| "x\n".repeat(count);
        assert!(check_file("crates/a/src/lib.rs", &lines(800)).is_empty());
        assert_eq!(check_file("crates/a/src/lib.rs", &lines(801)).len(), 1);
    }

    #[test]
    fn markup_out_of_text_is_found_in_every_web_part() {
        for name in ["ui/src/views/Live.svelte", "crates/platform/web/src/App.svelte"] {
            assert_eq!(check_file(name, "<p>{@html title}</p>").len(), 1, "{name}");
        }
        assert!(check_file("crates/xtask/src/deps/sources.rs", "{@html").is_empty(), "Rust may speak of it");
    }
}
