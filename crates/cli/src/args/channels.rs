//! The words of `hawker channels`.

use clap::Subcommand;

#[derive(Clone, Debug, Subcommand)]
pub enum Channels {
    /// Every channel that was read or sold by: whether its adapter was ever tried, how many comments came, are missing or lost, how
    /// many orders came, and when it was heard last.
    List,
}
