//! A figure as it is printed and kept, and the line of a table it belongs to.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a value compares with its bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">=")]
    AtLeast,
}

impl Op {
    pub fn holds(self, value: f64, bar: f64) -> bool {
        match self {
            Self::AtMost => value <= bar,
            Self::AtLeast => value >= bar,
        }
    }
}

/// One line of an area's table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Counted from 1.
    pub row: u32,
    /// What `--only` takes, beside the row's number.
    pub key: &'static str,
    pub name: &'static str,
    pub unit: &'static str,
    pub op: Op,
    pub bar: f64,
}

/// Somebody else's value, measured in the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    pub name: String,
    pub value: f64,
}

/// What one measurement found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    pub value: f64,
    /// How many samples stand behind the value.
    pub n: u64,
    pub peer: Option<Peer>,
    /// More of what was measured beside the value, as the row's own module writes it: a line for each program.
    pub table: Option<Value>,
    pub note: Option<String>,
    /// A second condition of the same row that the value does not show; the note says which.
    pub broken: bool,
    /// A part of the row could not be measured at all, such as a peer that did not start; the note says which.
    pub incomplete: bool,
}

/// A row with its value, as printed and kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub row: u32,
    pub name: String,
    /// None when it could not be measured; the note says why.
    pub value: Option<f64>,
    pub unit: String,
    pub op: Op,
    pub bar: f64,
    pub holds: bool,
    pub n: u64,
    pub mode: Mode,
    pub commit: String,
    pub measured_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// A part of it could not be measured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Quick,
    Full,
}

/// Where and when a measurement was made.
#[derive(Clone, Debug)]
pub struct Circumstance {
    pub mode: Mode,
    pub commit: String,
    pub measured_at: String,
}

impl Figure {
    /// A row with what was found, or with why nothing was.
    pub fn of(row: &Row, found: Result<Measured, String>, circumstance: &Circumstance) -> Self {
        let (value, found) = match found {
            Ok(found) => (Some(found.value), found),
            Err(why) => (None, Measured { note: Some(why), broken: true, ..Measured::default() }),
        };
        Self {
            row: row.row,
            name: row.name.to_owned(),
            value,
            unit: row.unit.to_owned(),
            op: row.op,
            bar: row.bar,
            holds: !found.broken && value.is_some_and(|value| row.op.holds(value, row.bar)),
            n: found.n,
            mode: circumstance.mode,
            commit: circumstance.commit.clone(),
            measured_at: circumstance.measured_at.clone(),
            peer: found.peer,
            table: found.table,
            note: found.note,
            incomplete: found.incomplete,
        }
    }
}

/// The p-th percentile by nearest rank; none of nothing. `p` in 0 to 1.
pub fn percentile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (p * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ROW: Row = Row { row: 3, key: "delay", name: "delay", unit: "ms", op: Op::AtMost, bar: 100.0 };

    fn circumstance() -> Circumstance {
        Circumstance { mode: Mode::Quick, commit: "abc".into(), measured_at: "2030-01-01T00:00:00Z".into() }
    }

    #[test]
    fn a_row_that_could_not_be_measured_does_not_hold_and_says_why() {
        let figure = Figure::of(&ROW, Err("no camera".into()), &circumstance());
        let json = serde_json::to_value(&figure).unwrap();
        assert_eq!(json["holds"], false);
        assert_eq!(json["value"], serde_json::Value::Null);
        assert_eq!(json["note"], "no camera");
        assert_eq!((json["op"].as_str(), json["mode"].as_str()), (Some("<="), Some("quick")));
    }

    #[test]
    fn a_value_on_the_bar_holds_unless_the_rows_other_condition_is_broken() {
        let found = Measured { value: 100.0, n: 9, ..Measured::default() };
        assert!(Figure::of(&ROW, Ok(found.clone()), &circumstance()).holds);
        assert!(!Figure::of(&ROW, Ok(Measured { broken: true, ..found }), &circumstance()).holds);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(percentile(&values, 0.5), Some(3.0));
        assert_eq!(percentile(&values, 0.95), Some(5.0));
        assert_eq!(percentile(&values, 0.0), Some(1.0));
        assert_eq!(percentile(&[], 0.5), None);
    }
}
