//! `cargo xtask test`: everything CI checks. Every step runs even when one before it failed, so that one run tells all;
//! at the end stands what each took.

use crate::crash;
use crate::deps;
use crate::exec::{self, ask, cargo, command, line_of, say};
use crate::setup::{Purpose, manager, runtime, setup};
use crate::trouble::{Outcome, Trouble};
use crate::workspace::{Workspace, set, write};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal};
use std::process::{Command, Stdio};
use std::time::Instant;

/// How long the whole took, the last time it passed. The figures are read from here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Times {
    /// Nothing of ours was built before.
    pub cold: Option<Took>,
    pub warm: Option<Took>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Took {
    pub seconds: f64,
    pub commit: String,
}

/// One step of the run.
struct Step {
    name: &'static str,
    seconds: f64,
    /// What it counted, or why it failed.
    result: Result<String, String>,
}

impl Step {
    fn take(name: &'static str, act: impl FnOnce() -> Outcome<String>) -> Self {
        say(format!("── {name}"));
        let since = Instant::now();
        let result = act().map_err(|trouble| trouble.to_string());
        if let Err(why) = &result {
            eprintln!("error: {name}: {why}");
        }
        Self { name, seconds: since.elapsed().as_secs_f64(), result }
    }

    fn passed(&self) -> bool {
        self.result.is_ok()
    }
}

/// Runs everything. Errors: `Unmet` with the names of the failed steps.
pub fn test(workspace: &Workspace) -> Outcome<()> {
    let cold = !built_before(workspace);
    let began = Instant::now();
    let mut steps = vec![Step::take("setup", || setup(workspace, Purpose::Test).map(|()| String::new()))];
    // Without it nothing else can work.
    if steps.iter().all(Step::passed) {
        // Neither needs what the other makes, and each works on one core for much of its time.
        std::thread::scope(|scope| {
            let web = scope.spawn(|| Step::take("web", || web(workspace)));
            let format = ["fmt", "--all", "--check"];
            steps.push(Step::take("format", || quiet(workspace, &mut cargo(), &format, "run `cargo fmt --all`")));
            steps.push(Step::take("deps", || deps::check(workspace).map(|()| String::new())));
            steps.push(Step::take("clippy", || clippy(workspace)));
            steps.push(Step::take("programs", || programs(workspace)));
            steps.push(web.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        });
        // Beside these nothing runs: they look at times.
        steps.push(Step::take("tests", || nextest(workspace)));
        for Pages { name, place, script } in PAGES {
            steps.push(Step::take(name, || pages(workspace, place, script)));
        }
    }
    let total = began.elapsed().as_secs_f64();
    print_table(&steps, total);
    let failed: Vec<&str> = steps.iter().filter(|step| !step.passed()).map(|step| step.name).collect();
    if !failed.is_empty() {
        return Err(Trouble::unmet(format!("failed: {}", failed.join(", ")), "each one's own words stand above"));
    }
    keep_time(workspace, cold, total)
}

/// The times of the last runs that passed. Nothing when there was none.
pub fn times(workspace: &Workspace) -> Times {
    let text = fs::read_to_string(workspace.kept("test-times.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn keep_time(workspace: &Workspace, cold: bool, seconds: f64) -> Outcome<()> {
    let took = Some(Took { seconds, commit: commit(workspace) });
    let mut times = times(workspace);
    if cold {
        times.cold = took
    } else {
        times.warm = took
    }
    let text = serde_json::to_vec_pretty(&times).map_err(|error| Trouble::unreadable("the times", error))?;
    write(&workspace.kept("test-times.json"), &text)
}

/// The commit that is checked out, with a `+` when files differ from it.
pub fn commit(workspace: &Workspace) -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(&workspace.root).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let head = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|lines| !lines.is_empty());
    if changed { format!("{head}+") } else { head }
}

/// xtask itself is always built by now, so another crate of ours must tell.
fn built_before(workspace: &Workspace) -> bool {
    let entries = fs::read_dir(workspace.target.join("debug/.fingerprint"));
    entries.is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("hawker-studio-")))
    })
}

fn quiet(workspace: &Workspace, program: &mut Command, args: &[&str], next: &str) -> Outcome<String> {
    exec::run(prepare(workspace, program.args(args)), next)?;
    Ok(String::new())
}

/// Its words come at its end and together: others speak meanwhile.
fn web(workspace: &Workspace) -> Outcome<String> {
    let said = |script: &str, next: &str| -> Outcome<()> {
        let mut npm = command("npm");
        exec::run_and_then_say(prepare(workspace, npm.args(["run", "--silent", script])), next)
    };
    said("check", "see the checker's own words above")?;
    said("test", "see the failing test above")?;
    Ok(String::new())
}

fn clippy(workspace: &Workspace) -> Outcome<String> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked"];
    quiet(workspace, told(&mut cargo(), &args).args(["--", "-D", "warnings"]), &[], "see clippy's own words above")
}

/// Tests start the real programs, as a person would. Built as one workspace and together with the tests, whose own needs
/// choose features of what both stand on: so all of that is compiled once.
fn programs(workspace: &Workspace) -> Outcome<String> {
    let args = ["build", "--locked", "--workspace", "--bins", "--tests"];
    quiet(workspace, told(&mut cargo(), &args), &[], "see the compiler's own words above")
}

/// Cargo's words, with its progress where a person watches: in a log the names of a thousand crates would bury the rest.
fn told<'a>(cargo: &'a mut Command, args: &[&str]) -> &'a mut Command {
    cargo.args(args).args((!std::io::stderr().is_terminal()).then_some("--quiet"))
}

fn nextest(workspace: &Workspace) -> Outcome<String> {
    let mut command = cargo();
    command.args(["nextest", "run", "--workspace", "--locked"]);
    let mut left_out = manager::left_out();
    if !workspace.data().is_dir() {
        say(format!("no data in {}: tests named needs_data are skipped", workspace.data().display()));
        left_out.push("test(needs_data)");
    }
    // Who may make spaces of their own may mount and put networks into them.
    if !cfg!(target_os = "linux") || ask("unshare", &["--mount", "--net", "true"]).is_none() {
        say("no mounts and networks of their own here: tests named needs_root are skipped; on Linux as root they run");
        left_out.push("test(needs_root)");
    }
    if !crash::disk_can_be_mounted() {
        say("no disks of our own can be mounted here (/dev/fuse): tests named needs_fuse are skipped; fuse3 brings it");
        left_out.push("test(needs_fuse)");
    }
    if !cfg!(target_os = "linux") || ask("unshare", &["--user", "--map-root-user", "--mount", "true"]).is_none() {
        say("users mount nothing of their own here: tests named needs_user_mounts are skipped; on Linux they run");
        left_out.push("test(needs_user_mounts)");
    }
    if ["dbus-run-session", "gnome-keyring-daemon"].iter().any(|program| ask(program, &["--version"]).is_none()) {
        say("no keychain can be started here: tests named needs_keychain are skipped; dbus and gnome-keyring bring it");
        left_out.push("test(needs_keychain)");
    }
    if let Some(filter) = without(&left_out) {
        command.args(["-E", &filter]);
    }
    let prepared = prepare(workspace, &mut command);
    counted(prepared, "tests run", "see the failing tests above; `cargo nextest run -p CRATE NAME` runs one")
}

/// Everything but `left_out`, as one expression; none where that is everything.
fn without(left_out: &[&str]) -> Option<String> {
    let parts: Vec<String> = left_out.iter().map(|part| format!("({part})")).collect();
    (!parts.is_empty()).then(|| format!("not ({})", parts.join(" | ")))
}

/// A script of an npm workspace that works pages in a real browser and counts at its end: "12 passed, 0 failed".
struct Pages {
    name: &'static str,
    place: &'static str,
    script: &'static str,
}

/// The cockpit on its simulated show, by keys; every view of it in both languages and themes, looked at by axe; the viewer
/// page on a real platform with real encoders. They use the web builds of the set-up and the programs built above.
const PAGES: [Pages; 3] = [
    Pages { name: "cockpit", place: "ui", script: "flow" },
    Pages { name: "screens", place: "ui", script: "screens:small" },
    Pages { name: "viewer", place: "crates/platform/web", script: "test:page" },
];

fn pages(workspace: &Workspace, place: &str, script: &str) -> Outcome<String> {
    let mut npm = command("npm");
    npm.args(["run", "--silent", script, "-w", place]);
    let next = format!("see the failing step above; `npm run {script} -w {place}` runs it alone");
    counted(prepare(workspace, &mut npm), " passed", &next)
}

/// What every step finds in its environment.
fn prepare<'a>(workspace: &Workspace, command: &'a mut Command) -> &'a mut Command {
    command.current_dir(&workspace.root).env("HAWKER_DATA", workspace.data());
    command.env("CARGO_TARGET_DIR", &workspace.target);
    if set("ORT_DYLIB_PATH").is_none() {
        command.env("ORT_DYLIB_PATH", runtime::library_path(&workspace.cache));
    }
    if set("CI").is_some() {
        // Each machine builds once: what incremental builds write would never be read.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Runs a test runner, its output passed on, and returns the last line that has its count. Errors: `Start`, `Failed`.
fn counted(command: &mut Command, mark: &str, next: &str) -> Outcome<String> {
    let start = |source| Trouble::Start { program: line_of(command), source, next: next.to_owned() };
    // Runners differ in where they print: both ends go into one pipe.
    let (reader, writer) = std::io::pipe().map_err(start)?;
    let both = writer.try_clone().map_err(|source| Trouble::unreadable("the test runner's output", source))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(both)
        .stderr(writer)
        .spawn()
        .map_err(|source| Trouble::Start { program: line_of(command), source, next: next.to_owned() })?;
    // The command holds the writing ends too; as long as it does, the pipe never closes.
    let line = line_of(command);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut count = String::new();
    for text in BufReader::new(reader).lines().map_while(Result::ok) {
        eprintln!("{text}");
        if text.contains(mark) {
            count = text.trim().to_owned();
        }
    }
    let status = child.wait().map_err(|error| Trouble::unreadable("the test runner's end", error))?;
    if status.success() {
        return Ok(count);
    }
    Err(Trouble::Failed { command: line, status: format!("{status} ({count})"), next: next.to_owned() })
}

fn print_table(steps: &[Step], total: f64) {
    eprintln!();
    for step in steps {
        let (word, detail) = match &step.result {
            Ok(detail) => ("ok", detail.as_str()),
            Err(_) => ("FAILED", ""),
        };
        eprintln!("{:>8.1} s  {:<6}  {:<10} {detail}", step.seconds, word, step.name);
    }
    eprintln!("{total:>8.1} s  in all");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_runners_count_is_read_from_either_stream_and_its_failure_is_kept() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo 'Summary 3 tests run: 3 passed' >&2; echo bye"]);
        assert_eq!(counted(&mut shell, "tests run", "look").unwrap(), "Summary 3 tests run: 3 passed");
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo '2 tests run: 1 failed'; exit 100"]);
        assert!(counted(&mut shell, "tests run", "look").unwrap_err().to_string().contains("1 failed"));
    }

    #[test]
    fn what_is_left_out_is_one_expression() {
        assert_eq!(without(&[]), None);
        assert_eq!(without(&["test(needs_data)"]).unwrap(), "not ((test(needs_data)))");
        assert_eq!(
            without(&["binary(e2e)", "test(a) & test(b)"]).unwrap(),
            "not ((binary(e2e)) | (test(a) & test(b)))"
        );
    }

    #[test]
    fn every_browser_script_that_is_run_exists() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for Pages { place, script, .. } in PAGES {
            let text = fs::read_to_string(root.join(place).join("package.json")).unwrap();
            let package: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(package["scripts"][script].is_string(), "{place} has no script {script}");
        }
    }

    #[test]
    fn cold_and_warm_times_are_kept_apart() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace { root: dir.path().into(), target: dir.path().into(), cache: dir.path().into() };
        assert!(!built_before(&workspace));
        keep_time(&workspace, true, 1800.0).unwrap();
        keep_time(&workspace, false, 60.0).unwrap();
        let times = times(&workspace);
        assert_eq!((times.cold.unwrap().seconds, times.warm.unwrap().seconds), (1800.0, 60.0));
        fs::create_dir_all(dir.path().join("debug/.fingerprint/hawker-studio-0a")).unwrap();
        assert!(built_before(&workspace));
    }
}
