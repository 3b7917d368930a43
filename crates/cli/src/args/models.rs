//! The words of models.

use clap::Subcommand;

#[derive(Clone, Debug, Subcommand)]
pub enum Models {
    /// Every model of the manifest: what it is for, its family, size and licence, and whether its file is there and right.
    List,
    /// Fetch models from the addresses in the manifest, or all that have one. What broke off is gone on with, what is there
    /// and right is left alone.
    Pull { names: Vec<String> },
}
