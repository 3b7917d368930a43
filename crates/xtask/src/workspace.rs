//! Where things are: the checkout, the target folder, the user's cache, and the stamps that make tasks idempotent.

use crate::trouble::{Outcome, Trouble};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders every task works in. All absolute.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
    /// The user's cache, with `hawker` at its end.
    pub cache: PathBuf,
}

impl Workspace {
    /// From the environment that cargo sets. Errors: `Unmet` outside a checkout or without a home.
    pub fn find() -> Outcome<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.ancestors().nth(2).filter(|root| root.join("Cargo.lock").is_file());
        let root = root.ok_or_else(|| {
            Trouble::unmet(
                format!("{} is not in a checkout", manifest.display()),
                "run `cargo xtask` inside the repository",
            )
        })?;
        let target = set("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let target = std::path::absolute(&target).map_err(Trouble::file(&target))?;
        let cache = cache_folder()
            .ok_or_else(|| Trouble::unmet("no home folder is known", "set XDG_CACHE_HOME or HOME"))?
            .join("hawker");
        Ok(Self { root: root.to_owned(), target, cache })
    }

    /// A program of ours as cargo leaves it. `profile` is `debug` or `release`.
    pub fn program(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Data beside the project: HAWKER_DATA, else ../shared/data. Tests without it are skipped.
    pub fn data(&self) -> PathBuf {
        set("HAWKER_DATA").map_or_else(|| self.root.join("../shared/data"), PathBuf::from)
    }

    /// Where results of tasks are kept between runs.
    pub fn kept(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(name)
    }

    /// Whether the stamp `name` says exactly `value`. The checkout is part of it: target folders can be shared.
    pub fn stamped(&self, name: &str, value: &str) -> bool {
        fs::read_to_string(self.stamp_path(name)).is_ok_and(|text| text == self.stamp_text(value))
    }

    /// Writes the stamp. Errors: `File`.
    pub fn stamp(&self, name: &str, value: &str) -> Outcome<()> {
        write(&self.stamp_path(name), self.stamp_text(value).as_bytes())
    }

    fn stamp_path(&self, name: &str) -> PathBuf {
        self.kept("stamps").join(name)
    }

    fn stamp_text(&self, value: &str) -> String {
        format!("{value}\n{}\n", self.root.display())
    }
}

/// Writes a file and the folders above it. Errors: `File`.
pub fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Trouble::file(folder))?;
    }
    fs::write(path, bytes).map_err(Trouble::file(path))
}

/// An environment variable that is set and not empty.
pub fn set(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The same rule as in crate `infer`: XDG_CACHE_HOME, on Windows LOCALAPPDATA, else ~/.cache.
fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| set(name).map(PathBuf::from);
    folder("XDG_CACHE_HOME")
        .or_else(|| if cfg!(windows) { folder("LOCALAPPDATA") } else { None })
        .or_else(|| folder("HOME").or_else(|| folder("USERPROFILE")).map(|home| home.join(".cache")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stamp_of_one_checkout_does_not_count_for_another() {
        let dir = tempfile::tempdir().unwrap();
        let one = Workspace { root: "/one".into(), target: dir.path().into(), cache: dir.path().into() };
        let two = Workspace { root: "/two".into(), ..one.clone() };
        assert!(!one.stamped("npm", "abc"), "nothing was stamped yet");
        one.stamp("npm", "abc").unwrap();
        assert!(one.stamped("npm", "abc"));
        assert!(!one.stamped("npm", "abd"), "the lock file changed");
        assert!(!two.stamped("npm", "abc"), "two checkouts share the target folder, not their node_modules");
    }
}
