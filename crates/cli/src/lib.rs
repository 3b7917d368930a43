//! Every subcommand, on the studio. `hawker-cli` is this crate alone; `hawker` runs the same code when it is called
//! with arguments.
//!
//! Owns: words typed, lines printed, exit codes. Must not know: how anything works.
//! Exit codes: 0 done, 1 failed (with `error: what, with which thing, what to do`), 2 bad usage.

pub mod args;
mod commands;
pub mod environment;
mod execute;
mod output;
pub mod remote;
mod sentence;
pub mod signals;
#[cfg(unix)]
mod socket;

use clap::Parser;
use std::process::ExitCode;

pub use execute::{Session, execute};
pub use output::Output;

/// Also for what GStreamer and the C libraries below it allocate: ADR 0012.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Parses the process's arguments, runs them, and says how it went.
pub fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == environment::DECODE) {
        return hawker_studio::decode_source();
    }
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: can't start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(execute::run(cli));
    // A thread that still waits for a device must not hold the program up.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}
