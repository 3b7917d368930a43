//! Every task of the project, one command each. Depends on nothing that needs a system library: setting a machine up
//! must work before anything else does. Progress goes to standard error; standard output is for JSON.

mod bench;
mod bindings;
mod crash;
mod demo;
mod deps;
mod doctor;
mod exec;
mod link;
mod run;
mod setup;
mod test;
mod trouble;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use trouble::Outcome;
use workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Every task of the project", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Installs what is missing: system packages, npm packages, ONNX Runtime, web builds.
    Setup {
        /// Also what only the tests need.
        #[arg(long)]
        test: bool,
    },
    /// Fails when the architecture is broken: crate edges, licences, file sizes, tiers of the cockpit.
    Deps,
    /// Starts platform and studio with the demo catalogue and the demo camera, and goes live.
    Run(run::Run),
    /// Runs everything that CI runs.
    Test,
    /// Measures the figures of an area with the real programs.
    Bench(bench::Bench),
    /// Plays clips of every rate, channel count, frame rate and course through the studio and compares what comes out.
    Matrix(bench::media::matrix::Matrix),
    /// Puts a bad network between a show and a server: slow, late, lossy, deaf.
    Link(link::Link),
    /// Cuts the power under a till that sells, again and again, and counts what was acknowledged and is lost.
    PowerCuts(crash::power_cuts::Cuts),
    /// Kills a studio that sells and syncs over a bad network, again and again, and counts what is lost or doubled.
    KillLoops(crash::kill_loops::Loops),
    /// Writes the cockpit's TypeScript types out of the Rust ones.
    Bindings,
    /// Says what this machine has and lacks. Changes nothing.
    Doctor,
    /// Renders the demo: the clip with its truth, the catalogue's photos, icons and slates.
    DemoClip(demo::DemoClip),
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse().task) {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("error: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: Task) -> Outcome<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Setup { test } => {
            setup::setup(&workspace, if test { setup::Purpose::Test } else { setup::Purpose::Run })?;
        }
        Task::Deps => deps::check(&workspace)?,
        Task::Run(options) => return run::start(&workspace, &options),
        Task::Test => test::test(&workspace)?,
        Task::Bench(options) => return bench::bench(&workspace, &options),
        Task::Matrix(options) => bench::media::matrix::matrix(&workspace, &options)?,
        Task::Link(options) => link::run(&options)?,
        Task::PowerCuts(options) => return crash::power_cuts::run(&workspace, &options),
        Task::KillLoops(options) => return crash::kill_loops::run(&workspace, &options),
        Task::Bindings => bindings::write(&workspace)?,
        Task::Doctor => doctor::doctor(&workspace)?,
        Task::DemoClip(options) => demo::run(&options, &workspace.root, &mut |line| exec::say(line))?,
    }
    Ok(ExitCode::SUCCESS)
}
