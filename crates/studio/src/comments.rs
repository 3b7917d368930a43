//! Recorded comments, read as a show would read them: a seller tries rules on last week's chat, QA measures the grammar.

use hawker_domain::comment::{
    Grammar, KeywordRules, Reading, RecordedComment, RecordedError, Score, Shelf, ShelfError, ShelfFile, recorded,
};
use hawker_wire::{ErrorCode, Failure};
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What one recorded comment is taken for.
#[derive(Debug, Clone, Serialize)]
pub struct ReadComment {
    pub id: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<u32>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub keywords: String,
    /// Kind and lines in the form of the labels.
    pub kind: &'static str,
    pub lines: String,
    pub reading: Reading,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labelled: Option<Labelled>,
}

/// What a person took the comment for.
#[derive(Debug, Clone, Serialize)]
pub struct Labelled {
    pub kind: String,
    pub lines: String,
    /// The comment was read as labelled; of what is no claim the kind alone counts.
    pub right: bool,
}

/// Recorded comments with what each is taken for.
#[derive(Debug, Clone, Serialize)]
pub struct CommentsReport {
    pub comments: Vec<ReadComment>,
    /// Where the file has labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<CommentsScore>,
}

/// Counts over the labelled comments.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CommentsScore {
    pub labelled: usize,
    pub kinds_right: usize,
    pub claims_labelled: usize,
    pub claims_read: usize,
    pub claims_right: usize,
    pub precision: f64,
    pub recall: f64,
}

#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error("can't read {}: {source}", .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is no shelf: {source}", .path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{} is no shelf: {source}", .path.display())]
    Shelf { path: PathBuf, source: ShelfError },
    #[error("{} is no list of comments: {source}", .path.display())]
    Comments { path: PathBuf, source: RecordedError },
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        Self::new(ErrorCode::BadInput, error.to_string())
    }
}

/// Reads the comments of a CSV file beside the products of a shelf. `rules` count for comments that name none of their own.
pub fn check_comments(file: &Path, shelf: &Path, rules: &KeywordRules) -> Result<CommentsReport, Failure> {
    let shelf = read_shelf(shelf)?;
    let comments =
        recorded(&text_of(file)?).map_err(|source| CheckError::Comments { path: file.to_owned(), source })?;
    Ok(report(comments, &shelf, rules))
}

fn text_of(path: &Path) -> Result<String, CheckError> {
    std::fs::read_to_string(path).map_err(|source| CheckError::Read { path: path.to_owned(), source })
}

fn read_shelf(path: &Path) -> Result<Shelf, CheckError> {
    let file: ShelfFile =
        serde_json::from_str(&text_of(path)?).map_err(|source| CheckError::Json { path: path.to_owned(), source })?;
    Shelf::try_from(file).map_err(|source| CheckError::Shelf { path: path.to_owned(), source })
}

fn report(comments: Vec<RecordedComment>, shelf: &Shelf, rules: &KeywordRules) -> CommentsReport {
    let mut grammars: HashMap<String, Grammar> = HashMap::new();
    let (mut score, mut read) = (Score::default(), Vec::with_capacity(comments.len()));
    for comment in comments {
        let own = if comment.keywords.trim().is_empty() { rules } else { &comment.rules };
        let grammar = grammars
            .entry(comment.keywords.clone())
            .or_insert_with(|| Grammar::new(shelf.clone(), own, hawker_text::fold));
        let reading = grammar.read(&comment.text, comment.pinned);
        let labelled = comment.label.map(|label| {
            let right = score.add(&reading, &label);
            Labelled { kind: label.kind, lines: label.lines, right }
        });
        let (kind, lines) = (reading.kind(), reading.lines());
        let RecordedComment { id, text, pinned, keywords, .. } = comment;
        read.push(ReadComment { id, text, pinned, keywords, kind, lines, reading, labelled });
    }
    let counted = (score.comments > 0).then(|| CommentsScore {
        labelled: score.comments,
        kinds_right: score.kinds_right,
        claims_labelled: score.claims_labelled,
        claims_read: score.claims_read,
        claims_right: score.claims_right,
        precision: score.precision(),
        recall: score.recall(),
    });
    CommentsReport { comments: read, score: counted }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SHELF: &str = r#"{"products":[{"number":4,"title":{"en":"Flask"},"price_minor":5900}]}"#;

    #[test]
    fn labels_are_counted_and_rules_of_a_comment_go_before_those_of_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let (csv, shelf) = (folder.path().join("chat.csv"), folder.path().join("shelf.json"));
        std::fs::write(&shelf, SHELF).unwrap();
        std::fs::write(&csv, "text,pinned,keywords,kind,lines\n扣1,4,,none,\n1,4,bare=number,none,\nmine,4,,claim,4:1:\n4,4,,claim,4:1:\n")
            .unwrap();
        let report = check_comments(&csv, &shelf, &"bare=off".parse().unwrap()).unwrap();
        let kinds: Vec<_> = report.comments.iter().map(|comment| comment.kind).collect();
        assert_eq!(kinds, ["none", "none", "claim", "none"]);
        let score = report.score.unwrap();
        assert_eq!((score.claims_right, score.claims_read, score.claims_labelled), (1, 1, 2));
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (csv, shelf) = (folder.path().join("chat.csv"), folder.path().join("shelf.json"));
        std::fs::write(&shelf, SHELF).unwrap();
        std::fs::write(&csv, "comment\n1\n").unwrap();
        let failure = check_comments(&csv, &shelf, &KeywordRules::default()).unwrap_err();
        assert!(failure.message.contains("chat.csv") && failure.message.contains("column"), "{}", failure.message);
    }
}
