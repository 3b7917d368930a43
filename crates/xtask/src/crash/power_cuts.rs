//! `cargo xtask power-cuts`: a till sells on a disk whose power is cut, as in the store's test, and as often as is asked.

use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub struct Cuts {
    #[arg(long, default_value_t = 1_000)]
    cuts: u32,
    /// Draws when the power is cut and what each cut leaves.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Tries the count itself: on a store that does not wait for the disk it must not be zero.
    #[arg(long)]
    less_durable: bool,
    /// Writes the counts to standard output as JSON.
    #[arg(long)]
    json: bool,
}

/// Fails when a rule did not hold. Errors: `Unmet` without FUSE, `Failed` when the till does not build.
#[cfg(target_os = "linux")]
pub fn run(workspace: &Workspace, options: &Cuts) -> Outcome<ExitCode> {
    use crate::exec::say;
    use hawker_test_support::power::PowerCuts;
    use std::process::Command;

    if !super::disk_can_be_mounted() {
        let next = "install fuse3 and run where /dev/fuse may be opened";
        return Err(Trouble::unmet("no disk of our own can be mounted here", next));
    }
    let till = super::example(workspace, "hawker-store", "till")?;
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let cuts = PowerCuts { cuts: options.cuts, seed: options.seed, lanes };
    let report = cuts.run(|folder| {
        let mut command = Command::new(&till);
        command.arg(folder).args(options.less_durable.then_some("--less-durable"));
        command
    });
    let report = report.map_err(|error| Trouble::unreadable("the till on its disk", error))?;
    for finding in &report.findings {
        say(finding);
    }
    say(format!(
        "{} cuts, {} sales acknowledged, {} lost, {} doubled, {} rules broken, {} stores that did not open",
        report.cuts, report.acknowledged, report.lost, report.doubled, report.broken, report.failed_opens
    ));
    if options.json {
        super::print(&report)?;
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Errors: always `Unmet`.
#[cfg(not(target_os = "linux"))]
pub fn run(_: &Workspace, _: &Cuts) -> Outcome<ExitCode> {
    Err(Trouble::unmet("power cuts need a file system of our own (FUSE)", "run this on Linux"))
}
