//! Finished figures are kept in the target folder, so that a long run can be taken up again and one row measured anew.

use super::figure::{Figure, Mode};
use crate::trouble::{Outcome, Trouble};
use crate::workspace::write;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// What is printed: every row of one area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub area: String,
    pub figures: Vec<Figure>,
}

/// The file of one area.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    figures: Vec<Figure>,
}

impl Kept {
    /// A file that can't be read counts as empty: figures can be measured again.
    pub fn open(path: &Path) -> Self {
        let report = fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Report>(&text).ok());
        Self { path: path.to_owned(), figures: report.map(|report| report.figures).unwrap_or_default() }
    }

    pub fn find(&self, row: u32) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.row == row)
    }

    /// Whether a row needs no new measurement: measured in full, at this very commit.
    pub fn is_finished(&self, row: u32, mode: Mode, commit: &str) -> bool {
        let uncommitted = commit.ends_with('+');
        mode == Mode::Full
            && !uncommitted
            && self.find(row).is_some_and(|figure| {
                figure.mode == Mode::Full && figure.commit == commit && figure.value.is_some() && !figure.incomplete
            })
    }

    /// Replaces a row and writes the file at once. What another run has written by now stays: a soak of hours runs beside the
    /// others. Errors: `File`.
    pub fn put(&mut self, area: &str, figure: Figure) -> Outcome<()> {
        *self = Self::open(&self.path);
        self.figures.retain(|kept| kept.row != figure.row);
        self.figures.push(figure);
        self.figures.sort_by_key(|figure| figure.row);
        let report = Report { area: area.to_owned(), figures: self.figures.clone() };
        let text = serde_json::to_vec_pretty(&report).map_err(|error| Trouble::unreadable("the figures", error))?;
        write(&self.path, &text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::figure::{Circumstance, Measured, Op, Row};
    use super::*;

    fn figure(row: u32, value: f64, mode: Mode, commit: &str) -> Figure {
        let line = Row { row, key: "k", name: "n", unit: "s", op: Op::AtMost, bar: 1.0 };
        let circumstance = Circumstance { mode, commit: commit.into(), measured_at: "2030-01-01T00:00:00Z".into() };
        Figure::of(&line, Ok(Measured { value, n: 1, ..Measured::default() }), &circumstance)
    }

    #[test]
    fn one_row_measured_anew_leaves_the_others_as_they_were() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("show.json");
        let mut kept = Kept::open(&path);
        kept.put("show", figure(2, 0.5, Mode::Full, "a")).unwrap();
        kept.put("show", figure(1, 0.7, Mode::Quick, "a")).unwrap();
        kept.put("show", figure(2, 0.4, Mode::Quick, "b")).unwrap();
        let again = Kept::open(&path);
        assert_eq!(again.figures.iter().map(|figure| figure.value).collect::<Vec<_>>(), [Some(0.7), Some(0.4)]);
    }

    #[test]
    fn what_another_run_measured_meanwhile_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("media.json");
        let (mut soak, mut short) = (Kept::open(&path), Kept::open(&path));
        short.put("media", figure(1, 0.7, Mode::Full, "a")).unwrap();
        soak.put("media", figure(11, 0.2, Mode::Full, "a")).unwrap();
        assert!(Kept::open(&path).find(1).is_some() && soak.find(1).is_some());
    }

    #[test]
    fn the_peers_lines_are_kept_with_their_figure() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("media.json");
        let table = serde_json::json!({"programs": [{"name": "OBS", "latency_ms": 283.0}]});
        let figure = Figure { table: Some(table.clone()), ..figure(6, 1.1, Mode::Full, "a") };
        Kept::open(&path).put("media", figure).unwrap();
        assert_eq!(Kept::open(&path).find(6).unwrap().table, Some(table));
    }

    #[test]
    fn a_full_run_takes_up_where_it_stopped_but_not_across_commits() {
        let dir = tempfile::tempdir().unwrap();
        let mut kept = Kept::open(&dir.path().join("show.json"));
        kept.put("show", figure(1, 0.7, Mode::Full, "a")).unwrap();
        assert!(kept.is_finished(1, Mode::Full, "a"));
        assert!(!kept.is_finished(1, Mode::Quick, "a"), "a quick run is asked for to see the value now");
        assert!(!kept.is_finished(1, Mode::Full, "b"));
        kept.put("show", figure(1, 0.7, Mode::Full, "a+")).unwrap();
        assert!(!kept.is_finished(1, Mode::Full, "a+"), "two changed trees can bear the same name");
    }
}
