//! Precision and recall of claims on labelled comments. `tune.csv` is what the grammar was written beside; nobody who
//! changes it looks into `check.csv`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use crate::support::{grammar, shown};
use hawker_domain::comment::{Grammar, Score, recorded};
use std::collections::HashMap;
use std::path::Path;

const PRECISION: f64 = 0.99;
const RECALL: f64 = 0.97;

fn measure(text: &str) -> (Score, Vec<String>) {
    let mut grammars: HashMap<String, Grammar> = HashMap::new();
    let (mut score, mut mistakes) = (Score::default(), Vec::new());
    for comment in recorded(text).unwrap() {
        let grammar = grammars.entry(comment.keywords.clone()).or_insert_with(|| grammar(&comment.keywords));
        let reading = grammar.read(&comment.text, comment.pinned);
        let label = comment.label.unwrap();
        if !score.add(&reading, &label) {
            let beside = format!("pinned {:?}, rules {:?}", comment.pinned, comment.keywords);
            let read = shown(&reading);
            mistakes.push(format!(
                "{} {:?} ({beside}): {read}, labelled {} {}",
                comment.id, comment.text, label.kind, label.lines
            ));
        }
    }
    (score, mistakes)
}

fn holds_the_bars(name: &str, text: &str) {
    let (score, mistakes) = measure(text);
    let (precision, recall) = (score.precision(), score.recall());
    let figures = format!("{name}: {score:?}, precision {precision:.4}, recall {recall:.4}\n{}", mistakes.join("\n"));
    println!("{figures}");
    assert!(precision >= PRECISION && recall >= RECALL, "{figures}");
}

#[test]
fn claims_are_found_and_nothing_else_is_taken_for_one() {
    holds_the_bars("tune.csv", include_str!("tune.csv"));
}

#[test]
fn claims_are_found_among_comments_nobody_looked_at() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/comments/check.csv");
    match std::fs::read_to_string(&file) {
        Ok(text) => holds_the_bars("check.csv", &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: {} is not there, so nothing was measured on comments nobody looked at", file.display());
        }
        Err(error) => panic!("can't read {}: {error}", file.display()),
    }
}
