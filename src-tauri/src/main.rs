//! `hawker` opens the cockpit; `hawker WORDS…` is the command line.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    match hawker_cli::args::window_data_dir(std::env::args_os().skip(1)) {
        Some(data_dir) => hawker_lib::run(data_dir),
        None => hawker_cli::main(),
    }
}
