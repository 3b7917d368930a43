//! Starting other programs. Standard output is kept for JSON: what tools print goes to our standard error.

use crate::trouble::{Outcome, Trouble};
use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

/// Says one thing to the person at the terminal.
pub fn say(line: impl AsRef<str>) {
    eprintln!("xtask: {}", line.as_ref());
}

/// Runs a tool to its end, its output on our standard error. `next` is what to do when it fails.
/// Errors: `Start`, `Failed`.
pub fn run(command: &mut Command, next: &str) -> Outcome<()> {
    let status = command.stdin(Stdio::null()).stdout(io::stderr()).status().map_err(start_error(command, next))?;
    if status.success() {
        return Ok(());
    }
    Err(Trouble::Failed { command: line_of(command), status: status.to_string(), next: next.to_owned() })
}

/// As [`run`], for a tool that runs beside others: what it prints follows at its end, in one piece.
/// Errors: `Start`, `Failed`.
pub fn run_and_then_say(command: &mut Command, next: &str) -> Outcome<()> {
    let output = command.stdin(Stdio::null()).output().map_err(start_error(command, next))?;
    let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)].concat();
    if !said.is_empty() {
        eprintln!("{}", said.trim_end());
    }
    if output.status.success() {
        return Ok(());
    }
    Err(Trouble::Failed { command: line_of(command), status: output.status.to_string(), next: next.to_owned() })
}

/// Runs a tool and returns what it wrote to standard output. Errors: `Start`, `Failed`.
pub fn output(command: &mut Command, next: &str) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(start_error(command, next))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Trouble::Failed { command: line_of(command), status: output.status.to_string(), next: next.to_owned() })
}

/// What a tool prints, or nothing when it is missing or fails: for asking, not for doing.
pub fn ask<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Option<String> {
    let output = command(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command by name. On Windows npm and the like are scripts, which only the shell finds.
pub fn command(program: &str) -> Command {
    if cfg!(windows) && matches!(program, "npm" | "npx") {
        let mut command = Command::new("cmd");
        command.args(["/C", program]);
        return command;
    }
    Command::new(program)
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Cargo sets these for the package it runs; inherited, they would make a nested build look different.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || matches!(&*name_text, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH") {
            command.env_remove(&name);
        }
    }
    command
}

/// The command as a person would type it.
pub fn line_of(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn start_error<'a>(command: &Command, next: &'a str) -> impl FnOnce(io::Error) -> Trouble + 'a {
    let program = command.get_program().to_string_lossy().into_owned();
    move |source| Trouble::Start { program, source, next: next.to_owned() }
}
