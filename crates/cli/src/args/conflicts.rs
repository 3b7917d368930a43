//! `hawker catalog conflicts …`

use clap::{Args, Subcommand, ValueEnum};
use hawker_domain::{ConflictId, edit::Keep};

/// So many are listed where nobody says how many.
pub const LISTED: u32 = 100;

#[derive(Debug, Args)]
pub struct Conflicts {
    #[command(subcommand)]
    pub command: Option<ConflictsCommand>,
}

#[derive(Debug, Subcommand)]
pub enum ConflictsCommand {
    /// The oldest first: what this device said, and what stands by now.
    List {
        /// At most so many of them.
        #[arg(long, value_name = "N", default_value_t = LISTED, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Settle one by its id. Mine: it is said anew, now that you have seen what stands. Theirs: what stands stays.
    Settle { id: ConflictId, keep: Kept },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kept {
    Mine,
    Theirs,
}

impl From<Kept> for Keep {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Mine => Self::Mine,
            Kept::Theirs => Self::Theirs,
        }
    }
}
