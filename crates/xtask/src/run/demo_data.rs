//! The demo's data directory: under a passphrase of its own, with the demo catalogue imported once.

use crate::exec::{run, say};
use crate::setup::hash;
use crate::trouble::{Outcome, Trouble};
use crate::workspace::{Workspace, write};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A seller's data that the demo may do anything with.
#[derive(Clone, Debug)]
pub struct DemoData {
    pub folder: PathBuf,
    /// Readable by this user alone. The demo never touches the person's keychain.
    passphrase: PathBuf,
}

impl DemoData {
    /// Opens or makes the one in `parent`. Errors: `File`.
    pub fn open(parent: &Path) -> Outcome<Self> {
        let folder = parent.join("demo-data");
        fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
        let passphrase = parent.join("demo-passphrase");
        if !passphrase.is_file() {
            write_secret(&passphrase)?;
        }
        Ok(Self { folder, passphrase })
    }

    /// A program of ours on this data.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("HAWKER_PASSPHRASE_FILE", &self.passphrase).env("HAWKER_NO_KEYCHAIN", "1");
        command.arg("--data-dir").arg(&self.folder);
        command
    }

    /// Imports the demo catalogue, unless the same file was imported already. Errors: `Failed`, `File`.
    pub fn import(&self, workspace: &Workspace, cli: &Path) -> Outcome<()> {
        let catalogue = workspace.root.join("assets/demo/catalog.csv");
        let found = hash::of_file(&catalogue)?;
        let stamp = self.folder.join("demo-catalogue.sha256");
        if fs::read_to_string(&stamp).is_ok_and(|known| known == found) {
            say("demo catalogue: imported already");
            return Ok(());
        }
        say("demo catalogue: importing");
        let next = format!("see the report above; to start afresh remove {}", self.folder.display());
        run(self.command(cli).args(["catalog", "import"]).arg(&catalogue), &next)?;
        write(&stamp, found.as_bytes())
    }
}

/// 256 random bits, readable by the owner alone from the first moment.
fn write_secret(path: &Path) -> Outcome<()> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Trouble::unreadable("the system's random numbers", error))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(Trouble::file(path))?;
    writeln!(file, "{}", hex::encode(secret)).map_err(Trouble::file(path))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_passphrase_is_made_once_and_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = DemoData::open(dir.path()).unwrap();
        let secret = fs::read_to_string(&first.passphrase).unwrap();
        assert_eq!(secret.trim().len(), 64);
        let again = DemoData::open(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(&again.passphrase).unwrap(), secret, "a new one would lock the data away");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&first.passphrase).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        let words: Vec<String> =
            first.command(Path::new("hawker-cli")).get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        assert!(!words.iter().any(|word| word.contains(secret.trim())), "a secret never stands in argv");
    }
}
