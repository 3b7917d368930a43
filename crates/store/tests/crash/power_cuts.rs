//! Power cuts under a till that sells. `cargo xtask power-cuts` makes more of them.

use crate::example;
use hawker_test_support::power::{CutsReport, PowerCuts};
use std::process::Command;

/// Two at once: the runner works on other tests meanwhile.
fn cuts(cuts: u32, seed: u64, arguments: &[&str]) -> CutsReport {
    let till = example("till");
    let report = PowerCuts { cuts, seed, lanes: 2 }.run(|folder| {
        let mut command = Command::new(&till);
        command.arg(folder).args(arguments);
        command
    });
    report.unwrap()
}

#[test]
fn what_was_acknowledged_survives_thirty_power_cuts_needs_fuse() {
    let report = cuts(30, 1, &[]);
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!(report.cuts, 30);
    assert!(report.acknowledged > 100, "too few sales for the cuts to mean anything: {report:?}");
    eprintln!("{report:?}");
}

/// The same cuts find a store that does not wait for the disk. Its log is still a whole beginning of what was sold, and where the
/// disk kept what was said of the log and lost the log, the store says so itself.
#[test]
fn a_store_that_does_not_wait_for_the_disk_is_found_out_needs_fuse() {
    let report = cuts(10, 1, &["--less-durable"]);
    assert!(report.lost > 0, "{report:#?}");
    assert_eq!((report.doubled, report.broken), (0, 0), "{report:#?}");
    let found_out = report.findings.iter().filter(|finding| finding.contains("hawker.db-wal is damaged"));
    assert_eq!(found_out.count(), report.failed_opens as usize, "{report:#?}");
    eprintln!("{report:?}");
}
