//! How often the kind of a shot is told right, against a clip's truth.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::share;
use crate::shot::Shot;

/// A stretch of a clip in one kind of shot. Units: show time, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct ShotSpan {
    pub shot: Shot,
    pub from_ms: u64,
    pub to_ms: u64,
}

/// The figures of the shots of one clip. Keys are part of the command's contract.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ShotFigures {
    /// Pictures within the truth's stretches, and those of them that were told right; before the first label none is.
    pub frames: usize,
    pub right: usize,
    pub accuracy: f64,
    /// For each kind, what its pictures were told to be.
    pub told: BTreeMap<Shot, BTreeMap<String, usize>>,
}

/// Compares the label after each picture (show time in ms, kind) with the truth.
pub fn judge_shots(labels: &[(u64, Option<Shot>)], truth: &[ShotSpan]) -> ShotFigures {
    let mut figures = ShotFigures::default();
    for (t_ms, told) in labels {
        let Some(span) = truth.iter().find(|span| (span.from_ms..span.to_ms).contains(t_ms)) else { continue };
        figures.frames += 1;
        figures.right += usize::from(*told == Some(span.shot));
        let name = told.map_or("none", Shot::name).to_owned();
        *figures.told.entry(span.shot).or_default().entry(name).or_default() += 1;
    }
    figures.accuracy = share(figures.right, figures.frames);
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_truth_covers_counts() {
        let truth = [
            ShotSpan { shot: Shot::Host, from_ms: 100, to_ms: 400 },
            ShotSpan { shot: Shot::CloseUp, from_ms: 500, to_ms: 700 },
        ];
        let labels = [(0, None), (100, None), (200, Some(Shot::Host)), (300, Some(Shot::Table)), (450, None)];
        let figures = judge_shots(&labels, &truth);
        assert_eq!((figures.frames, figures.right), (3, 1));
        let json = serde_json::to_string(&figures.told).unwrap_or_default();
        assert_eq!(json, r#"{"host":{"host":1,"none":1,"table":1}}"#);
        assert_eq!(judge_shots(&labels, &[]).frames, 0);
    }
}
