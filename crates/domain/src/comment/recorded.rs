//! Recorded comments, with or without labels, from CSV: columns by their names, in any order.
//!
//! `text` has to be there; `id`, `pinned`, `keywords`, and for labels `kind` and `lines` may be.

use super::rules::{BadRule, KeywordRules};
use super::score::Label;

/// A comment as it was written under a show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedComment {
    pub id: String,
    pub text: String,
    /// The product that was pinned, by its number.
    pub pinned: Option<u32>,
    /// The show's rules as the file has them.
    pub keywords: String,
    pub rules: KeywordRules,
    pub label: Option<Label>,
}

/// Why a text is no list of recorded comments. Rows are counted from 1, the names of the columns being row 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordedError {
    #[error("there is no column named text")]
    NoText,
    #[error("row {row}: {pinned:?} is no product number")]
    Pinned { row: usize, pinned: String },
    #[error("row {row}: {source}")]
    Rules { row: usize, source: BadRule },
    #[error("row {row}: {kind:?} is none of claim, question, cancel and none")]
    Kind { row: usize, kind: String },
    #[error("a quoted field is not closed")]
    Open,
}

/// The comments of a CSV file.
pub fn recorded(csv: &str) -> Result<Vec<RecordedComment>, RecordedError> {
    let rows = rows(csv.trim_start_matches('\u{feff}'))?;
    let mut rows = rows.iter().enumerate();
    let names: &[String] = rows.next().map(|(_, names)| names.as_slice()).unwrap_or_default();
    let place = |name: &str| names.iter().position(|column| column.trim() == name);
    let text = place("text").ok_or(RecordedError::NoText)?;
    let (id, pinned, keywords) = (place("id"), place("pinned"), place("keywords"));
    let (kind, lines) = (place("kind"), place("lines"));
    rows.filter(|(_, row)| row.iter().any(|field| !field.is_empty()))
        .map(|(at, row)| {
            let field =
                |place: Option<usize>| place.and_then(|place| row.get(place)).map(String::as_str).unwrap_or_default();
            let number = at + 1;
            let pinned = match field(pinned).trim() {
                "" => None,
                digits => {
                    Some(digits.parse().map_err(|_| RecordedError::Pinned { row: number, pinned: digits.to_owned() })?)
                }
            };
            let label = match field(kind).trim() {
                "" => None,
                kind @ ("claim" | "question" | "cancel" | "none") => {
                    Some(Label { kind: kind.to_owned(), lines: field(lines).trim().to_owned() })
                }
                other => return Err(RecordedError::Kind { row: number, kind: other.to_owned() }),
            };
            let rules = field(keywords).parse().map_err(|source| RecordedError::Rules { row: number, source })?;
            Ok(RecordedComment {
                id: if id.is_some() { field(id).to_owned() } else { number.to_string() },
                text: field(Some(text)).to_owned(),
                pinned,
                keywords: field(keywords).to_owned(),
                rules,
                label,
            })
        })
        .collect()
}

/// The fields of each row (RFC 4180): commas part them; in quotes stand commas, line ends, and quotes twice.
fn rows(csv: &str) -> Result<Vec<Vec<String>>, RecordedError> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = csv.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', true) if characters.peek() == Some(&'"') => field.extend(characters.next()),
            ('"', true) => quoted = false,
            ('"', false) if field.is_empty() => quoted = true,
            (',', false) => row.push(std::mem::take(&mut field)),
            ('\r', false) => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(character),
        }
    }
    if quoted {
        return Err(RecordedError::Open);
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_go_by_their_names_and_fields_may_hold_line_ends() {
        let comments = recorded("text,id,pinned\n\"4号1\n7号\"\"2\",a,9\nmine,b,\n").unwrap();
        let seen: Vec<_> = comments.iter().map(|c| (c.id.as_str(), c.text.as_str(), c.pinned)).collect();
        assert_eq!(seen, [("a", "4号1\n7号\"2", Some(9)), ("b", "mine", None)]);
        assert!(comments.iter().all(|comment| comment.label.is_none()), "there is no column of labels");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row() {
        for (csv, want) in [
            ("id\n1\n", RecordedError::NoText),
            ("", RecordedError::NoText),
            ("text,pinned\nmine,x\n", RecordedError::Pinned { row: 2, pinned: "x".into() }),
            ("text,kind\nmine,clam\n", RecordedError::Kind { row: 2, kind: "clam".into() }),
            (
                "text,keywords\nmine,bare=on\n",
                RecordedError::Rules { row: 2, source: BadRule::Unknown("bare=on".into()) },
            ),
            ("text\n\"mine\n", RecordedError::Open),
        ] {
            assert_eq!(recorded(csv), Err(want), "{csv:?}");
        }
    }
}
