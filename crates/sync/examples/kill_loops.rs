//! Kills a till that syncs, as the test does and as often as is asked, and writes what came of it to standard output as
//! JSON. `cargo xtask kill-loops` builds and starts it; `synced_till` lies beside it.
//!
//! `kill_loops ORDERS KILLS SEED`

use hawker_test_support::KillLoops;
use std::{error::Error, io, io::Write, process::ExitCode};
use tokio::process::Command;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|number| number.parse()).collect::<Result<_, _>>()?;
    let [orders, kills, seed] = numbers[..] else { return Err("usage: kill_loops ORDERS KILLS SEED".into()) };
    let till = std::env::current_exe()?.with_file_name(format!("synced_till{}", std::env::consts::EXE_SUFFIX));
    let loops = KillLoops { orders: u32::try_from(orders)?, kills: u32::try_from(kills)?, seed };
    let report = loops.run(|folder| {
        let mut command = Command::new(&till);
        command.arg(folder);
        command
    });
    let report = report.await?;
    writeln!(io::stdout(), "{}", serde_json::to_string(&report)?)?;
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
