//! Commerce's figures: every row of its table in the table's order, measured with the programs a seller runs. The table's line about
//! import and search is two rows here, the second of them at the end.

mod buyers;
mod catalogue;
mod comments;
mod crashes;
mod crowd;
mod flipped;
mod goods;
mod words;

use super::figure::{Mode, Op, Row};
use super::{Build, Done, Measure, build, measure_rows, measure_together};
use crate::trouble::Outcome;
use crate::workspace::Workspace;

pub const ROWS: &[Row] = &[
    Row {
        row: 1,
        key: "kills",
        name: "orders lost or doubled, 10,000 orders x kill -9 x duplicated and reordered delivery",
        unit: "",
        op: Op::AtMost,
        bar: 0.0,
    },
    Row {
        row: 2,
        key: "seeds",
        name: "simulator seeds without a violation",
        unit: "seeds",
        op: Op::AtLeast,
        bar: 10_000.0,
    },
    Row {
        row: 3,
        key: "rules",
        name: "rules of sync broken on purpose and caught, of 12",
        unit: "",
        op: Op::AtLeast,
        bar: 12.0,
    },
    Row {
        row: 4,
        key: "offline",
        name: "converged after 72 h offline, 3 devices, 5,000 orders",
        unit: "s",
        op: Op::AtMost,
        bar: 60.0,
    },
    Row {
        row: 5,
        key: "buyers",
        name: "500 buyers on 50 pieces: rounds that sell exactly 50",
        unit: "",
        op: Op::AtLeast,
        bar: 1.0,
    },
    Row {
        row: 6,
        key: "cuts",
        name: "acknowledged commits lost, power cut at 1,000 points",
        unit: "",
        op: Op::AtMost,
        bar: 0.0,
    },
    Row { row: IMPORT, key: "import", name: "import of 100,000 SKUs", unit: "s", op: Op::AtMost, bar: 10.0 },
    Row {
        row: 8,
        key: "comments",
        name: "orders in labelled comments nobody looked at: precision, recall at least 0.97",
        unit: "",
        op: Op::AtLeast,
        bar: 0.99,
    },
    Row {
        row: 9,
        key: "flipped",
        name: "damaged database noticed, nothing readable in a stolen one",
        unit: "",
        op: Op::AtLeast,
        bar: 1.0,
    },
    Row { row: SEARCH, key: "search", name: "search in 100,000 SKUs, p95", unit: "ms", op: Op::AtMost, bar: 10.0 },
];

const IMPORT: u32 = 7;
const SEARCH: u32 = 10;

/// Rows 7 and 10 are of one run, see [`catalogue::measure`].
const MEASURES: [(u32, Measure); 8] = [
    (1, crashes::kills),
    (2, crashes::seeds),
    (3, crashes::rules),
    (4, crashes::offline),
    (5, buyers::measure),
    (6, crashes::cuts),
    (8, comments::measure),
    (9, flipped::measure),
];

/// Measures the wanted rows. One that can't be measured says why. Errors: `Failed` when the programs don't build.
pub fn measure(
    workspace: &Workspace,
    mode: Mode,
    programs: Build,
    wanted: &[&Row],
    done: &mut Done<'_>,
) -> Outcome<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let stage = build(workspace, mode, programs, &parts(programs))?;
    measure_rows(&stage, wanted, &MEASURES, done)?;
    let words = "a catalogue of 100,000, imported and searched";
    measure_together(words, wanted, &[IMPORT, SEARCH], || catalogue::measure(&stage), |row, run| run.row(row), done)
}

/// What is built. The development build is that of the tests, of the whole workspace: asked for one by one its parts would be built
/// anew.
fn parts(programs: Build) -> Vec<&'static str> {
    let examples: Vec<&str> = [catalogue::EXAMPLE, flipped::EXAMPLE]
        .into_iter()
        .chain(crashes::EXAMPLES)
        .flat_map(|example| ["--example", example])
        .collect();
    let packages: &[&str] = match programs {
        Build::Release => {
            &["-p", "hawker-cli", "-p", "hawker-platform", "-p", "hawker-store", "-p", "hawker-sync", "--bins"]
        }
        Build::Development => &["--workspace", "--bins"],
    };
    [packages, &examples[..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_row_of_the_table_is_left_out_and_every_one_is_measured_or_says_why_not() {
        assert_eq!(ROWS.iter().map(|row| row.row).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
        assert_eq!(ROWS.iter().map(|row| row.key).collect::<BTreeSet<_>>().len(), 10);
        let alone = MEASURES.iter().map(|(row, _)| *row);
        assert_eq!(alone.chain([IMPORT, SEARCH]).collect::<BTreeSet<_>>(), (1..=10).collect());
    }
}
