//! `hawker comments …`

use super::{blocking, json_line};
use crate::args::Comments;
use crate::execute::CommandError;
use crate::output::Output;
use hawker_studio::{CommentsReport, CommentsScore, ReadComment, check_comments};
use std::path::Path;

pub async fn run(command: &Comments, folder: &Path, output: &Output, json: bool) -> Result<(), CommandError> {
    let Comments::Check { file, shelf, keywords } = command;
    let (file, shelf, rules) = (folder.join(file), folder.join(shelf), keywords.clone().unwrap_or_default());
    let report = blocking(move || check_comments(&file, &shelf, &rules)).await?;
    if json {
        return Ok(output.line(&json_line(&report)?).await?);
    }
    for line in sentences(&report) {
        output.line(&line).await?;
    }
    Ok(())
}

/// A line for each comment, then what was read wrong, then the figures.
fn sentences(report: &CommentsReport) -> Vec<String> {
    let mut lines: Vec<String> = report.comments.iter().map(sentence).collect();
    let wrong = report.comments.iter().filter_map(mistake);
    lines.extend(wrong);
    lines.extend(report.score.as_ref().map(figures));
    lines
}

fn sentence(comment: &ReadComment) -> String {
    format!("{}\t{}\t{}\t{}", one_line(&comment.id), comment.kind, comment.lines, one_line(&comment.text))
}

fn mistake(comment: &ReadComment) -> Option<String> {
    let label = comment.labelled.as_ref().filter(|label| !label.right)?;
    let (read, labelled) = (said(comment.kind, &comment.lines), one_line(&said(&label.kind, &label.lines)));
    Some(format!("wrong: {} {:?} is {labelled}, was read as {read}", one_line(&comment.id), one_line(&comment.text)))
}

fn said(kind: &str, lines: &str) -> String {
    format!("{kind} {lines}").trim_end().to_owned()
}

fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

fn figures(score: &CommentsScore) -> String {
    format!(
        "{} labelled comments, {} of their kinds right; claims: precision {:.4} ({} of {}), recall {:.4} ({} of {})",
        score.labelled,
        score.kinds_right,
        score.precision,
        score.claims_right,
        score.claims_read,
        score.recall,
        score.claims_right,
        score.claims_labelled
    )
}
