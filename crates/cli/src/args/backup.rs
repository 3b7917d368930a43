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
    /// HAWKER_PASSPHRASE_FILE names. The code is read from stdin.
    Recover,
    /// Encrypt the store anew under another key, and show its new recovery code once. Backups made before open by the code of
    /// their time. Close Hawker first.
    Rotate,
}

/// The code itself is no word of a command: everybody sees those in the list of processes, and shells keep them.
#[derive(Clone, Debug, Args)]
pub struct Code {
    /// Read the recovery code from stdin.
    #[arg(long)]
    pub code: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use crate::args::{Cli, Command};
    use clap::Parser;

    /// None: these are no words of a restore.
    fn code_of(words: &[&str]) -> Option<bool> {
        match Cli::try_parse_from(["hawker", "backup", "restore"].iter().chain(words)).ok()?.command {
            Command::Backup(super::Backup::Restore { code, .. }) => Some(code.code),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_is_read_from_stdin_and_never_stands_in_the_command() {
        assert_eq!(code_of(&["b"]), Some(false));
        assert_eq!(code_of(&["--code", "b"]), Some(true), "the word behind it is the file");
        assert_eq!(code_of(&["b", "--code", "--yes"]), Some(true));
        assert_eq!(code_of(&["b", "--code=ABCDE"]), None);
    }
}
