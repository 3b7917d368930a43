//! The demo show's shelf, and comments read beside it.
#![allow(clippy::unwrap_used)]

use hawker_domain::comment::{Grammar, KeywordRules, Reading, Shelf, ShelfFile};

pub fn shelf() -> Shelf {
    let file: ShelfFile = serde_json::from_str(include_str!("shelf.json")).unwrap();
    file.try_into().unwrap()
}

pub fn grammar(rules: &str) -> Grammar {
    Grammar::new(shelf(), &rules.parse::<KeywordRules>().unwrap(), hawker_text::fold)
}

/// "claim 12:1:红/L", "none": kind and lines.
pub fn shown(reading: &Reading) -> String {
    format!("{} {}", reading.kind(), reading.lines()).trim_end().to_owned()
}

/// Reads every comment and says which were read otherwise than wanted.
pub fn check(rules: &str, pinned: Option<u32>, table: &[(&str, &str)]) {
    let grammar = grammar(rules);
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, want)| {
            let got = shown(&grammar.read(text, pinned));
            // A question's lines are advice: where none are given, its kind is what counts.
            let same = got == *want || (*want == "question" && got.starts_with("question"));
            (!same).then(|| format!("{text:?}: {got}, wanted {want}"))
        })
        .collect();
    assert!(wrong.is_empty(), "pinned {pinned:?}, rules {rules:?}:\n{}", wrong.join("\n"));
}
