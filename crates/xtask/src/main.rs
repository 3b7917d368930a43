//! Every task of the project, one command each. Depends on nothing that needs a system library: setting a machine up
//! must work before anything else does. Progress goes to standard error; standard output is for JSON.

mod deps;
mod exec;
mod setup;
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
        Task::DemoClip(options) => demo::run(&options, &workspace.root, &mut |line| eprintln!("{line}"))?,
    }
    Ok(ExitCode::SUCCESS)
}
