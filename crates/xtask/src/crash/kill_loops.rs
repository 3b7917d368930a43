//! `cargo xtask kill-loops`: a till that sells and syncs over a bad network is killed, as in the sync's test, and as often as
//! is asked.

use crate::exec::say;
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::process::{Command, ExitCode, Stdio};

/// Orders between two kills, on average.
const ORDERS_A_KILL: u32 = 20;

#[derive(Args)]
pub struct Loops {
    /// Orders that are sold in all.
    #[arg(long, default_value_t = 10_000)]
    orders: u32,
    /// Kills; one for every 20 orders without it.
    #[arg(long)]
    kills: Option<u32>,
    /// Draws when the till is killed, and what the network does.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the counts to standard output as JSON.
    #[arg(long)]
    json: bool,
}

/// What the example of the sync says.
#[derive(Deserialize, Serialize)]
struct Report {
    seed: u64,
    kills: u32,
    acknowledged: u64,
    bought: u64,
    lost: u64,
    doubled: i64,
    /// The platform's stock at its lowest.
    least: i64,
    on_till: i64,
    on_platform: i64,
    deliveries: Deliveries,
    findings: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct Deliveries {
    twice: u64,
    unanswered: u64,
    late: u64,
}

/// Fails when a rule did not hold. Errors: `Failed` when the till does not build, `Start`, `Unreadable`.
pub fn run(workspace: &Workspace, options: &Loops) -> Outcome<ExitCode> {
    super::example(workspace, "hawker-sync", "synced_till")?;
    let loops = super::example(workspace, "hawker-sync", "kill_loops")?;
    let kills = options.kills.unwrap_or(options.orders / ORDERS_A_KILL);
    let numbers = [u64::from(options.orders), u64::from(kills), options.seed];
    let mut command = Command::new(&loops);
    command.args(numbers.map(|number| number.to_string())).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| Trouble::unreadable("the loop", error))?;
    let report: Report =
        serde_json::from_slice(&output.stdout).map_err(|error| Trouble::unreadable("what the loop says", error))?;
    for finding in &report.findings {
        say(finding);
    }
    let Deliveries { twice, unanswered, late } = report.deliveries;
    say(format!(
        "{} kills, {} sales acknowledged, {twice} requests delivered twice, {unanswered} without an answer, {late} late: {} \
         lost, {} doubled, lowest stock {}",
        report.kills, report.acknowledged, report.lost, report.doubled, report.least
    ));
    if options.json {
        super::print(&report)?;
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
