//! The first show's figures. Each row is measured on the whole programs, as a person runs them.

mod cold;
mod cpu;
mod delay;
mod pins;
mod whole;

use super::figure::{Measured, Mode, Op, Row};
use super::{Build, Done, Measure, OF_A_SHOW, build, measure_rows, measure_together};
use crate::bench::parts::stage::Stage;
use crate::exec::ask;
use crate::test::times;
use crate::trouble::Outcome;
use crate::workspace::Workspace;

pub const ROWS: &[Row] = &[
    Row {
        row: 1,
        key: "fps",
        name: "720p30 with card, recording, one RTMP output and recognition: frames encoded a second",
        unit: "fps",
        op: Op::AtLeast,
        bar: 29.5,
    },
    Row {
        row: 2,
        key: "cpu",
        name: "CPU per frame without preview and recognition, against the ffmpeg CLI",
        unit: "x",
        op: Op::AtMost,
        bar: 1.25,
    },
    Row {
        row: 3,
        key: "delay",
        name: "capture to subscriber, loopback RTMP, median",
        unit: "ms",
        op: Op::AtMost,
        bar: 100.0,
    },
    Row { row: 4, key: "pin", name: "item held still to pin, p95, demo clip", unit: "s", op: Op::AtMost, bar: 1.5 },
    Row { row: 5, key: "cold", name: "cold `hawker-cli live` to first byte sent", unit: "s", op: Op::AtMost, bar: 3.0 },
    Row { row: 6, key: "rss", name: "RSS of a headless show with recognition", unit: "MB", op: Op::AtMost, bar: 500.0 },
    Row { row: 7, key: "cockpit", name: "cockpit cold start to painted", unit: "s", op: Op::AtMost, bar: 2.0 },
    Row { row: 8, key: "order", name: "order on the page to the studio's store", unit: "s", op: Op::AtMost, bar: 1.0 },
    Row { row: 9, key: "test", name: "`cargo xtask test`, cold", unit: "min", op: Op::AtMost, bar: 60.0 },
];

/// The second bar of row 9.
const WARM_TEST_MINUTES: f64 = 15.0;

/// Measures the wanted rows. One that can't be measured says why. Errors: `Failed` when the programs don't build.
pub fn measure(
    workspace: &Workspace,
    mode: Mode,
    programs: Build,
    wanted: &[&Row],
    done: &mut Done<'_>,
) -> Outcome<()> {
    let is_wanted = |row: u32| wanted.iter().any(|wanted| wanted.row == row);
    if is_wanted(9) {
        done(9, test_minutes(workspace))?;
    }
    if (1..=8).all(|row| !is_wanted(row)) {
        return Ok(());
    }
    let window = if is_wanted(7) { &["-p", "hawker"][..] } else { &[] };
    let stage = build(workspace, mode, programs, &[&OF_A_SHOW, window].concat())?;
    let words = "one whole show: clip, recognition, card, recording, platform, a buyer";
    measure_together(words, wanted, &[1, 4, 6, 8], || whole::measure(&stage), |row, whole| whole.row(row), done)?;
    let others: [(u32, Measure); 4] = [(2, cpu::measure), (3, delay::measure), (5, cold::measure), (7, cockpit)];
    measure_rows(&stage, wanted, &others, done)
}

/// The window is driven by a script of the end-to-end tests, which knows how to see that it has painted. It prints
/// `{"seconds":[…]}`, one number a start.
fn cockpit(stage: &Stage) -> Result<Measured, String> {
    let script = stage.workspace.root.join("tests/e2e/cockpit-start.mjs");
    if !script.is_file() {
        return Err("tests/e2e/cockpit-start.mjs, which sees the window paint, is not there".to_owned());
    }
    let program = stage.workspace.program(stage.programs.folder(), "hawker").to_string_lossy().into_owned();
    let starts = if stage.mode == Mode::Full { "10" } else { "5" };
    let answer = ask("node", &[script.to_string_lossy().into_owned(), program, starts.to_owned()])
        .ok_or("tests/e2e/cockpit-start.mjs failed; run it by hand to see why")?;
    #[derive(serde::Deserialize)]
    struct Starts {
        seconds: Vec<f64>,
    }
    let last = answer.lines().last().unwrap_or_default();
    let starts: Starts = serde_json::from_str(last).map_err(|error| format!("its answer can't be read: {error}"))?;
    let value = super::figure::percentile(&starts.seconds, 0.5).ok_or("it saw no start")?;
    Ok(Measured { value, n: starts.seconds.len() as u64, note: Some("median".to_owned()), ..Measured::default() })
}

fn test_minutes(workspace: &Workspace) -> Result<Measured, String> {
    let times = times(workspace);
    let cold = times.cold.ok_or("`cargo xtask test` has not passed from an empty target folder here yet")?;
    let minutes = |seconds: f64| seconds / 60.0;
    let (note, broken) = match &times.warm {
        Some(warm) => {
            let value = minutes(warm.seconds);
            (format!("warm {value:.1} min of {WARM_TEST_MINUTES}"), value > WARM_TEST_MINUTES)
        }
        None => ("no warm run was kept".to_owned(), true),
    };
    let note = format!("{note}; cold at {}", cold.commit);
    Ok(Measured { value: minutes(cold.seconds), n: 1, note: Some(note), broken, ..Measured::default() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_row_of_the_table_is_left_out_and_names_are_unique() {
        assert_eq!(ROWS.iter().map(|row| row.row).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
        let keys: std::collections::BTreeSet<&str> = ROWS.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), ROWS.len());
    }

    #[test]
    fn a_cold_run_without_a_warm_one_does_not_hold() {
        let dir = tempfile::tempdir().unwrap();
        let workspace = Workspace { root: dir.path().into(), target: dir.path().into(), cache: dir.path().into() };
        assert!(test_minutes(&workspace).is_err(), "nothing was measured");
        let put = |text: &str| crate::workspace::write(&workspace.kept("test-times.json"), text.as_bytes()).unwrap();
        put(r#"{"cold":{"seconds":600,"commit":"a"},"warm":null}"#);
        let cold = test_minutes(&workspace).unwrap();
        assert_eq!((cold.value, cold.broken), (10.0, true));
        put(r#"{"cold":{"seconds":600,"commit":"a"},"warm":{"seconds":120,"commit":"b"}}"#);
        assert!(!test_minutes(&workspace).unwrap().broken);
    }
}
