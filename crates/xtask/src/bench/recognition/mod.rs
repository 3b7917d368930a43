//! Recognition's figures: every row of its table, measured with the program a person runs, and beside it the same models in
//! Python, nearest neighbour by plain vectors, and two libraries that search.

mod catalogue;
mod costs;
mod held;
mod learned;
mod lists;
mod peers;
mod pictures;
mod steps;

use super::figure::{Mode, Op, Row};
use super::{Build, Done, Measure, build, measure_rows, measure_together};
use crate::trouble::Outcome;
use crate::workspace::Workspace;

pub const ROWS: &[Row] = &[
    Row {
        row: 1,
        key: "phone",
        name: "groceries with a shop photo and five phone photos: right at rank 1",
        unit: "",
        op: Op::AtLeast,
        bar: 0.85,
    },
    Row {
        row: 2,
        key: "shop",
        name: "groceries with the shop photo alone: right at rank 1",
        unit: "",
        op: Op::AtLeast,
        bar: 0.40,
    },
    Row {
        row: 3,
        key: "pins",
        name: "groceries pinned at the default threshold, precision at least 0.98",
        unit: "",
        op: Op::AtLeast,
        bar: 0.60,
    },
    Row { row: 4, key: "unknown", name: "unknown groceries never pinned", unit: "", op: Op::AtLeast, bar: 0.97 },
    Row {
        row: 5,
        key: "frame",
        name: "detector, tracker and embedding of 3 tracks, 2 threads, a frame",
        unit: "ms",
        op: Op::AtMost,
        bar: 55.0,
    },
    Row { row: 6, key: "search", name: "search in a show of 5,000 full vectors", unit: "ms", op: Op::AtMost, bar: 4.0 },
    Row { row: 7, key: "photos", name: "embedding a catalogue's photos", unit: "photos/s", op: Op::AtLeast, bar: 60.0 },
    Row {
        row: 8,
        key: "held",
        name: "item held still to pin, p95, clips of products that nothing was tuned on",
        unit: "s",
        op: Op::AtMost,
        bar: 1.5,
    },
    Row { row: 9, key: "learned", name: "correction learned and in force", unit: "s", op: Op::AtMost, bar: 1.0 },
    Row {
        row: 10,
        key: "tensor",
        name: "resizing and normalising, 1080p to tensor",
        unit: "ms",
        op: Op::AtMost,
        bar: 3.0,
    },
    Row {
        row: 11,
        key: "steps",
        name: "steps before the models: most that switching one the other way would gain at rank 1",
        unit: "",
        op: Op::AtMost,
        // One picture in fifty: as much as that a few pictures come and go.
        bar: 0.02,
    },
    Row { row: 12, key: "catalogue", name: "search of a catalogue of 100,000", unit: "ms", op: Op::AtMost, bar: 5.0 },
];

/// Rows 1 and 3 are of one run, see [`pictures::with_phone_photos`].
const MEASURES: [(u32, Measure); 10] = [
    (10, costs::tensor),
    (5, costs::frame),
    (6, costs::search),
    (12, catalogue::measure),
    (7, costs::photos),
    (9, learned::measure),
    (8, held::measure),
    (2, pictures::with_shop_photos),
    (4, pictures::unknown),
    (11, steps::measure),
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
    // The development build is that of the tests, of the whole workspace: asked for one by one its parts would be built
    // anew.
    let what: &[&str] = match programs {
        Build::Release => &["-p", "hawker-cli", "-p", "hawker-vision", "--bins", "--example", costs::EXAMPLE],
        Build::Development => &["--workspace", "--bins", "--example", costs::EXAMPLE],
    };
    let stage = build(workspace, mode, programs, what)?;
    measure_rows(&stage, wanted, &MEASURES, done)?;
    let of = |row: u32, run: &pictures::Run| match row {
        1 => pictures::first(&stage, run),
        _ => pictures::pins(run),
    };
    let words = "groceries with a shop photo and five phone photos";
    measure_together(words, wanted, &[1, 3], || pictures::with_phone_photos(&stage), of, done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_row_of_the_table_is_left_out_and_every_one_is_measured() {
        assert_eq!(ROWS.iter().map(|row| row.row).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
        assert_eq!(ROWS.iter().map(|row| row.key).collect::<BTreeSet<_>>().len(), 12);
        let alone = MEASURES.iter().map(|(row, _)| *row);
        assert_eq!(alone.chain([1, 3]).collect::<BTreeSet<_>>(), (1..=12).collect());
    }
}
