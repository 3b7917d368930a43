//! A studio that is killed while it sells, over a network that repeats, loses and delays. `cargo xtask kill-loops` does it
//! more often.

use hawker_test_support::KillLoops;
use tokio::process::Command;

#[tokio::test]
async fn every_order_arrives_once_however_often_the_till_is_killed() {
    let test = std::env::current_exe().unwrap();
    let name = format!("synced_till{}", std::env::consts::EXE_SUFFIX);
    let till = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(till.exists(), "{} is not built; run `cargo build -p hawker-sync --examples`", till.display());
    let report = KillLoops { orders: 200, kills: 10, seed: 1 }.run(|folder| {
        let mut command = Command::new(&till);
        command.arg(folder);
        command
    });
    let report = report.await.unwrap();
    assert!(report.is_clean(), "{report:#?}");
    let unusual = report.deliveries;
    assert!(unusual.twice > 0 && unusual.unanswered > 0 && unusual.late > 0, "the network was too good: {report:?}");
    assert!(report.bought > 0 && report.on_till == report.on_platform, "{report:?}");
    eprintln!("{report:?}");
}
