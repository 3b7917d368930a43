//! The five things a machine must have before we can do the rest: Rust, git, a C linker, Node and Python.

use crate::exec::ask;
use crate::trouble::{Outcome, Trouble};

/// A version as far as we compare it.
type Version = (u32, u32);

/// One tool: how it is asked for its version, the least we take, and how a person gets it.
struct Tool {
    name: &'static str,
    ask: &'static [&'static [&'static str]],
    at_least: Option<Version>,
    get_it: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "rustc",
        ask: &[&["rustc", "--version"]],
        at_least: Some((1, 95)),
        get_it: "install rustup from https://rustup.rs, then `rustup update stable`",
    },
    Tool {
        name: "git",
        ask: &[&["git", "--version"]],
        at_least: None,
        get_it: "Debian `apt install git`, macOS `xcode-select --install`, Windows `winget install Git.Git`",
    },
    Tool {
        name: "C linker",
        ask: if cfg!(windows) {
            // The linker is no command outside its own shell; vswhere always stands at this place.
            &[&[r"C:\Program Files (x86)\Microsoft Visual Studio\Installer\vswhere.exe", "-latest", "-products", "*"]]
        } else {
            &[&["cc", "--version"], &["clang", "--version"], &["gcc", "--version"]]
        },
        at_least: None,
        get_it: "Debian `apt install build-essential`, macOS `xcode-select --install`, Windows: Visual Studio Build Tools with C++",
    },
    Tool {
        name: "Node",
        ask: &[&["node", "--version"]],
        at_least: Some((20, 19)),
        get_it: "take 20.19 or newer from https://nodejs.org or a version manager; Debian 12's own is too old",
    },
    Tool {
        name: "Python",
        ask: &[&["python3", "--version"], &["python", "--version"]],
        at_least: Some((3, 8)),
        get_it: "Debian `apt install python3`, macOS `brew install python`, Windows `winget install Python.Python.3.12`",
    },
];

/// What was found of one tool.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub name: &'static str,
    /// The version's line, or why it is no good.
    pub state: Result<String, String>,
    pub get_it: &'static str,
}

/// Asks for every tool.
pub fn survey() -> Vec<Found> {
    TOOLS.iter().map(|tool| Found { name: tool.name, state: state_of(tool), get_it: tool.get_it }).collect()
}

/// Errors: `Unmet` with every missing tool and how to get each.
pub fn require() -> Outcome<()> {
    let missing: Vec<Found> = survey().into_iter().filter(|found| found.state.is_err()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let what = missing.iter().map(|found| found.state.as_ref().err().cloned().unwrap_or_default());
    let next = missing.iter().map(|found| format!("{}: {}", found.name, found.get_it));
    Err(Trouble::unmet(what.collect::<Vec<_>>().join(", "), next.collect::<Vec<_>>().join("; ")))
}

/// The Python that answers, as a command's name.
pub fn python() -> &'static str {
    if ask("python3", &["--version"]).is_some() { "python3" } else { "python" }
}

fn state_of(tool: &Tool) -> Result<String, String> {
    let answer = tool.ask.iter().find_map(|line| {
        let (program, args) = line.split_first()?;
        ask(program, args).filter(|answer| !answer.is_empty())
    });
    let answer = answer.ok_or_else(|| format!("{} is missing", tool.name))?;
    let line = answer.lines().next().unwrap_or_default().to_owned();
    match (tool.at_least, version_in(&line)) {
        (Some(least), Some(found)) if found < least => {
            Err(format!("{} is {}.{}, needed is {}.{} or newer", tool.name, found.0, found.1, least.0, least.1))
        }
        (Some(_), None) => Err(format!("{} does not tell its version (`{line}`)", tool.name)),
        _ => Ok(line),
    }
}

/// The first `major.minor` in a line such as `v20.19.1`, `rustc 1.95.0 (…)` or `Python 3.11.2`.
fn version_in(line: &str) -> Option<Version> {
    line.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let mut parts = word.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_tools_really_print() {
        for (line, version) in [
            ("v20.19.1", Some((20, 19))),
            ("rustc 1.95.0 (59807616e 2026-04-14)", Some((1, 95))),
            ("Python 3.11.2", Some((3, 11))),
            ("git version 2.39.5 (Apple Git-154)", Some((2, 39))),
            ("unknown", None),
        ] {
            assert_eq!(version_in(line), version, "{line}");
        }
    }

    #[test]
    fn a_tool_that_is_too_old_or_absent_says_so_by_name() {
        let absent = Tool { name: "Node", ask: &[&["no-such-program-here", "--version"]], at_least: None, get_it: "" };
        assert_eq!(state_of(&absent), Err("Node is missing".to_owned()));
        let old = Tool { name: "rustc", ask: &[&["rustc", "--version"]], at_least: Some((99, 0)), get_it: "" };
        assert!(state_of(&old).is_err_and(|why| why.contains("needed is 99.0")), "every rustc is older than 99");
    }
}
