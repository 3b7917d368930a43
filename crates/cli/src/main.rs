//! `hawker` without a window.

fn main() -> std::process::ExitCode {
    hawker_cli::main()
}
