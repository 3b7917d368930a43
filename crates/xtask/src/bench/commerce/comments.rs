//! Row 8: orders in comments, by the program, on the half of the labelled comments that the grammar was never written beside.

use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::output;
use crate::bench::parts::stage::Stage;
use serde::Deserialize;
use serde_json::json;

/// The second bar of the row.
const RECALL: f64 = 0.97;

/// Where the labelled comments lie.
const FOLDER: &str = "crates/domain/tests/comments";

#[derive(Debug, Deserialize)]
struct Report {
    score: Option<Score>,
}

#[derive(Debug, Deserialize)]
struct Score {
    labelled: u64,
    kinds_right: u64,
    claims_labelled: u64,
    claims_read: u64,
    claims_right: u64,
    precision: f64,
    recall: f64,
}

/// Errors, in words: the half is not there, or the program can't read it.
pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let score = score(stage, "check.csv")?;
    let tune = match self::score(stage, "tune.csv") {
        Ok(tune) => format!("the half it was written beside {}", words(&tune)),
        Err(why) => format!("the half it was written beside not measured: {why}"),
    };
    Ok(measured(&score, &tune))
}

fn words(score: &Score) -> String {
    let Score { labelled, precision, recall, .. } = score;
    format!("precision {precision:.4}, recall {recall:.4} of {labelled} comments")
}

fn measured(score: &Score, tune: &str) -> Measured {
    let Score { labelled, kinds_right, claims_labelled, claims_read, claims_right, precision, recall } = *score;
    let note = format!(
        "recall {recall:.4} (bar {RECALL}): {claims_right} right of {claims_read} claims read and {claims_labelled} labelled; of \
         {labelled} comments {kinds_right} taken for what they are; {tune}"
    );
    let table = json!({
        "labelled": labelled, "kinds_right": kinds_right, "claims_labelled": claims_labelled, "claims_read": claims_read,
        "claims_right": claims_right, "precision": precision, "recall": recall,
    });
    let broken = recall < RECALL;
    Measured {
        value: precision,
        n: claims_labelled,
        table: Some(table),
        note: Some(note),
        broken,
        ..Measured::default()
    }
}

fn score(stage: &Stage, half: &str) -> Result<Score, String> {
    let folder = stage.workspace.root.join(FOLDER);
    let file = folder.join(half);
    if !file.is_file() {
        return Err(format!("{FOLDER}/{half} is not there"));
    }
    let data = stage.data(&stage.folder("comments")?, false)?;
    let mut command = data.command(&stage.workspace.program(stage.programs.folder(), "hawker-cli"));
    let said =
        output(command.args(["--json", "comments", "check"]).arg(&file).arg("--shelf").arg(folder.join("shelf.json")))?;
    let report: Report = serde_json::from_slice(&said).map_err(|error| format!("the report can't be read: {error}"))?;
    report.score.ok_or_else(|| format!("{FOLDER}/{half} has no labels"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grammar_that_is_sure_of_too_little_does_not_hold() {
        let score = |recall| Score {
            labelled: 1_000,
            kinds_right: 990,
            claims_labelled: 500,
            claims_read: 480,
            claims_right: 480,
            precision: 1.0,
            recall,
        };
        assert!(!measured(&score(0.97), "").broken);
        let missed = measured(&score(0.96), "the other half");
        assert!(missed.broken && missed.note.is_some_and(|note| note.ends_with("the other half")));
    }
}
