//! Comment-to-buy: what one comment of a show asks for.
//!
//! Owns: the grammar of orders in comments ("1", "扣1", "要2件", "mine 12 red L") and what a show's own rules change of
//! it. Must not know: who wrote the comment, what was written before, what is in stock.
//! Entry point: [`Grammar::read`]. The rules in words stand in `crates/domain/tests/comments/RULES.md`.
//!
//! A comment goes cleaned ([`clean`]) -> tokens ([`token`], [`words`], [`names`], [`settle`]) -> segments, of which some hold an order and some
//! a remark ([`segment`]) -> the forms that are no order ([`guard`]) -> items ([`parse`], [`item`], [`bare`]) -> reading ([`read`]).
//! Every step looks at each character a bounded number of times.

mod bare;
mod cancel;
mod clean;
mod file;
mod guard;
mod item;
mod lexicon;
mod names;
mod parse;
mod read;
mod recorded;
mod rules;
mod scan;
mod score;
mod segment;
mod settle;
mod shelf;
mod title;
mod token;
mod words;

pub use file::{ShelfError, ShelfFile};
pub use lexicon::Fold;
pub use read::Grammar;
pub use recorded::{RecordedComment, RecordedError, recorded};
pub use rules::{BadRule, BareNumbers, KeywordRules};
pub use score::{Label, Score};
pub use shelf::{Axis, AxisValue, Group, Shelf, ShelfItem};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Most pieces that one comment can order; more is a question for the desk.
pub const MOST_PIECES: u32 = 20;

/// One line of what a comment asks for; what is open is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommentLine {
    /// The product's number in the show.
    pub number: Option<u32>,
    /// Pieces; of goods sold in pairs: pairs. In a claim always 1..=20.
    pub quantity: Option<u32>,
    /// Values in the shelf's order and spelling.
    pub options: Vec<String>,
}

impl std::fmt::Display for CommentLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |part: Option<u32>| part.map_or_else(|| "?".to_owned(), |value| value.to_string());
        write!(f, "{}:{}:{}", shown(self.number), shown(self.quantity), self.options.join("/"))
    }
}

/// Why a comment is for the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Open {
    /// No product is pinned, or the name fits several.
    Product,
    /// The number may be a product or a quantity, or the quantity is vague or above [`MOST_PIECES`].
    Quantity,
    /// A colour, size or the like is not said, or is none of the product's.
    Option,
    /// The order hangs on a condition, or is asked for.
    Condition,
    /// An order given before is to be another.
    Change,
    /// A word was written with letters of another alphabet.
    Disguised,
    /// Not ordered in the words that this show asks for.
    Keyword,
}

/// How sure a claim is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A bare number or bare options: meant by the show's custom alone.
    Custom,
    /// Said in words.
    Worded,
}

/// What a comment is taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reading {
    /// A clear order.
    Claim { lines: Vec<CommentLine>, confidence: Confidence },
    /// Somebody wants to buy or to change an order, and the desk has to ask. Each reading is one way to take it.
    Question { why: Open, readings: Vec<Vec<CommentLine>> },
    /// An order is taken back; without lines the viewer's last one. Quantity and options only where they were said.
    Cancel { lines: Vec<CommentLine> },
    /// No order.
    None,
}

impl Reading {
    pub(crate) fn question(why: Open, lines: Vec<CommentLine>) -> Self {
        Self::Question { why, readings: if lines.is_empty() { Vec::new() } else { vec![lines] } }
    }

    /// "claim", "question", "cancel" or "none".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "claim",
            Self::Question { .. } => "question",
            Self::Cancel { .. } => "cancel",
            Self::None => "none",
        }
    }

    /// The lines as `number:quantity:options;…`, readings parted by `|`: the form of a labelled file.
    pub fn lines(&self) -> String {
        let list = |lines: &Vec<CommentLine>, cancel: bool| -> String {
            let shown = lines.iter().map(|line| match (cancel, line.quantity) {
                (true, None) => {
                    format!("{}::{}", line.number.map_or("?".to_owned(), |n| n.to_string()), line.options.join("/"))
                }
                _ => line.to_string(),
            });
            shown.collect::<Vec<_>>().join(";")
        };
        match self {
            Self::Claim { lines, .. } => list(lines, false),
            Self::Question { readings, .. } => {
                readings.iter().map(|lines| list(lines, false)).collect::<Vec<_>>().join("|")
            }
            Self::Cancel { lines } => list(lines, true),
            Self::None => String::new(),
        }
    }
}
