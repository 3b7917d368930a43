//! `hawker catalog conflicts …`

use clap::{Args, Subcommand, ValueEnum};
use hawker_domain::{ConflictId, edit::Keep};

#[derive(Debug, Args)]
pub struct Conflicts {
    #[command(subcommand)]
    pub command: Option<ConflictsCommand>,
}

#[derive(Debug, Subcommand)]
pub enum ConflictsCommand {
    /// The oldest first: what this device said, and what stands.
    List,
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
