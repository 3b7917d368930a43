//! The media engine's figures: every row of its table, measured on the whole program as a person runs it, and beside it
//! what else a person could run.

mod camera;
mod canvases;
mod clips;
mod cpu;
mod delay;
mod example;
mod full_hd;
mod hurt;
mod isolation;
mod kill;
mod lag;
pub mod matrix;
mod offset;
mod overload;
mod peers;
mod reconnect;
mod soak;
mod table;

use super::figure::{Mode, Op, Row};
use super::{Build, Done, Measure, OF_A_SHOW, build, measure_rows};
use crate::trouble::Outcome;
use crate::workspace::Workspace;

pub const ROWS: &[Row] = &[
    Row {
        row: 1,
        key: "isolation",
        name: "capture gap while destinations are killed, stalled and throttled",
        unit: "ms",
        op: Op::AtMost,
        bar: 60.0,
    },
    Row {
        row: 2,
        key: "reconnect",
        name: "back on air after the server is back, slowest of all outages",
        unit: "s",
        op: Op::AtMost,
        bar: 1.5,
    },
    Row { row: 3, key: "camera", name: "camera unplugged to noticed, slowest", unit: "s", op: Op::AtMost, bar: 1.0 },
    Row {
        row: 4,
        key: "offset",
        name: "A/V offset over an hour of synthetic sources with jitter and drops, largest",
        unit: "ms",
        op: Op::AtMost,
        bar: 40.0,
    },
    Row {
        row: 5,
        key: "kill",
        name: "recording after kill -9: share that is playable with at most 2 s lost",
        unit: "%",
        op: Op::AtLeast,
        bar: 100.0,
    },
    Row {
        row: 6,
        key: "cpu",
        name: "CPU per frame at 720p30 with card and recording, decoding apart, against the ffmpeg CLI",
        unit: "x",
        op: Op::AtMost,
        bar: 1.15,
    },
    Row {
        row: 7,
        key: "canvases",
        name: "16:9 720p30 and 9:16 720x1280p30 together with recognition, slower of the two",
        unit: "fps",
        op: Op::AtLeast,
        bar: 29.5,
    },
    Row { row: 8, key: "full-hd", name: "1080p30 with recognition", unit: "fps", op: Op::AtLeast, bar: 29.9 },
    Row {
        row: 9,
        key: "delay",
        name: "capture to subscriber, loopback RTMP, one camera, one card, median",
        unit: "ms",
        op: Op::AtMost,
        bar: 80.0,
    },
    Row {
        row: 10,
        key: "skin",
        name: "skin smoothing, strength 50, a 720p frame on one core",
        unit: "ms",
        op: Op::AtMost,
        bar: 4.0,
    },
    Row {
        row: 11,
        key: "soak",
        name: "soak at reduced size: growth of memory after the warm-up",
        unit: "MB/h",
        op: Op::AtMost,
        bar: 1.0,
    },
    Row {
        row: 12,
        key: "overload",
        name: "CPU taken away for 20 s: back to nominal after",
        unit: "s",
        op: Op::AtMost,
        bar: 10.0,
    },
];

/// The soak comes last: it is the longest, and whoever is in a hurry can leave then.
const MEASURES: [(u32, Measure); 12] = [
    (1, isolation::measure),
    (2, reconnect::measure),
    (3, camera::measure),
    (4, offset::measure),
    (5, kill::measure),
    (6, cpu::measure),
    (7, canvases::measure),
    (8, full_hd::measure),
    (9, delay::measure),
    (10, example::skin),
    (12, overload::measure),
    (11, soak::measure),
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
    let stage = build(workspace, mode, programs, &OF_A_SHOW)?;
    measure_rows(&stage, wanted, &MEASURES, done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_row_of_the_table_is_left_out_and_every_one_is_measured() {
        assert_eq!(ROWS.iter().map(|row| row.row).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
        assert_eq!(ROWS.iter().map(|row| row.key).collect::<BTreeSet<_>>().len(), 12);
        let measured: BTreeSet<u32> = MEASURES.iter().map(|(row, _)| *row).collect();
        assert_eq!(measured, (1..=12).collect());
    }
}
