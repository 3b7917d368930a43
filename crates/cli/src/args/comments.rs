//! The words of `hawker comments`.

use clap::Subcommand;
use hawker_domain::comment::KeywordRules;
use std::path::PathBuf;

#[derive(Clone, Debug, Subcommand)]
pub enum Comments {
    /// Read recorded comments as a show would, and count what is right where the file says what each of them is.
    Check {
        /// CSV with text and, where known, id, pinned (product number), keywords, and as labels kind and lines.
        file: PathBuf,
        /// The show's products as JSON: numbers, names, options.
        #[arg(long, value_name = "SHELF.json")]
        shelf: PathBuf,
        /// Rules for comments that name none: claim=WORD|WORD, bare=off, bare=quantity or bare=number; both with ";" between.
        #[arg(long, value_name = "RULES")]
        keywords: Option<KeywordRules>,
    },
}
