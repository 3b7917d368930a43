//! The words of backups and of the store's key.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Clone, Debug, Subcommand)]
pub enum Backup {
    /// Copy the store, encrypted, into one new file: this one, or one in the data folder that is named by date and time.
    /// Shows and sales go on meanwhile.
    Create { file: Option<PathBuf> },
    /// The backups in the data folder, the newest first.
    List,
    /// Check all of a backup, and say of when it is and what it holds.
    Verify {
        file: PathBuf,
        #[command(flatten)]
        code: Code,
    },
    /// Put a backup in the place of the present store, which is moved aside and never erased. Close Hawker first.
    Restore {
        file: PathBuf,
        #[command(flatten)]
        code: Code,
        /// Go on although the present store has something that the backup has not, or can't be read.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum Key {
    /// Make a recovery code and show it once: write it on paper. It opens the store, and the backups made from now on, when
    /// keychain or passphrase are lost. The one before it no longer opens the store.
    RecoveryCode,
    /// Open a store by its recovery code and give its key a home again: the keychain, or the passphrase in the file that
    /// HAWKER_PASSPHRASE_FILE names. Without --code it is read from stdin.
    Recover {
        #[command(flatten)]
        code: Code,
    },
    /// Encrypt the store anew under another key, and show its new recovery code once. Backups made before open by the code of
    /// their time. Close Hawker first.
    Rotate,
}

#[derive(Clone, Debug, Args)]
pub struct Code {
    /// The recovery code; alone, as --code, it is read from stdin, where nobody sees it in the list of processes.
    #[arg(long, value_name = "CODE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub code: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn code_of(words: &[&str]) -> Option<String> {
        match Cli::try_parse_from(["hawker", "backup", "restore"].iter().chain(words)).unwrap().command {
            Command::Backup(super::Backup::Restore { code, .. }) => code.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_is_named_or_read_from_stdin_and_never_a_file() {
        assert_eq!(code_of(&["b"]), None);
        assert_eq!(code_of(&["--code", "b"]).as_deref(), Some("-"), "the word behind it is the file");
        assert_eq!(code_of(&["b", "--code"]).as_deref(), Some("-"));
        assert_eq!(code_of(&["b", "--code=ABCDE", "--yes"]).as_deref(), Some("ABCDE"));
    }
}
