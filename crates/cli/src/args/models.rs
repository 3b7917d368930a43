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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Models;
    use crate::args::{Cli, Command};
    use clap::Parser;

    #[test]
    fn models_are_pulled_by_name_or_all_of_them() {
        let names = |words: &[&str]| match Cli::try_parse_from([&["hawker", "models"], words].concat()) {
            Ok(Cli { command: Command::Models { command: Models::Pull { names } }, .. }) => Some(names),
            _ => None,
        };
        assert_eq!(names(&["pull"]), Some(Vec::new()));
        assert_eq!(names(&["pull", "a", "b"]), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(names(&["list"]).is_none() && names(&[]).is_none());
        assert_eq!(Cli::try_parse_from(["hawker", "models", "list", "a"]).unwrap_err().exit_code(), 2);
    }
}
