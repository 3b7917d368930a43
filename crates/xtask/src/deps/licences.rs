//! Licences of everything that is linked or bundled, against the list in deny.toml.

use super::metadata::Tree;
use crate::trouble::{Outcome, Trouble};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// npm packages whose package.json names no licence, with the one their LICENSE file states.
const NPM_CLARIFIED: &[(&str, &str)] = &[("svelte-toolbelt", "MIT")];

/// The licences we take.
#[derive(Debug)]
pub struct Allowed(BTreeSet<String>);

#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
}

impl Allowed {
    /// Errors: `File`, `Unreadable`.
    pub fn read(path: &Path) -> Outcome<Self> {
        let text = fs::read_to_string(path).map_err(Trouble::file(path))?;
        let deny: Deny =
            toml::from_str(&text).map_err(|error| Trouble::unreadable(path.display().to_string(), error))?;
        Ok(Self(deny.licenses.allow))
    }

    /// Whether an SPDX expression can be satisfied. The old form `MIT/Apache-2.0` means OR.
    fn satisfy(&self, expression: &str) -> bool {
        let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut parser = Parser { words: &words, allowed: &self.0 };
        parser.any_of() && parser.words.is_empty()
    }
}

/// SPDX: OR binds weakest, then AND, then WITH.
struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a BTreeSet<String>,
}

impl<'a> Parser<'a> {
    fn any_of(&mut self) -> bool {
        let mut holds = self.all_of();
        while self.take("OR") {
            // Both sides must be read, whatever the first says.
            holds |= self.all_of();
        }
        holds
    }

    fn all_of(&mut self) -> bool {
        let mut holds = self.one();
        while self.take("AND") {
            holds &= self.one();
        }
        holds
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let holds = self.any_of();
            return self.take(")") && holds;
        }
        let Some(name) = self.next() else { return false };
        if !self.take("WITH") {
            return self.allowed.contains(name);
        }
        let exception = self.next().unwrap_or_default();
        self.allowed.contains(&format!("{name} WITH {exception}"))
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.words.first() == Some(&word);
        if found {
            self.next();
        }
        found
    }
}

/// Crates whose licence we don't take.
pub fn check_crates(tree: &Tree, allowed: &Allowed) -> Vec<String> {
    let refused =
        tree.packages.iter().filter(|package| !allowed.satisfy(package.license.as_deref().unwrap_or_default()));
    refused.map(|package| sentence(&package.name, &package.version, package.license.as_deref())).collect()
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    #[serde(default)]
    version: String,
    license: Option<String>,
    #[serde(default)]
    link: bool,
}

/// npm packages whose licence we don't take. Errors: `File`, `Unreadable`.
pub fn check_npm(lock: &Path, allowed: &Allowed) -> Outcome<Vec<String>> {
    let text = fs::read_to_string(lock).map_err(Trouble::file(lock))?;
    let lock: Lock =
        serde_json::from_str(&text).map_err(|error| Trouble::unreadable(lock.display().to_string(), error))?;
    let refused = lock.packages.iter().filter_map(|(path, package)| {
        // Workspaces are ours, a link points at one of them.
        let (_, name) = path.rsplit_once("node_modules/")?;
        let clarified = NPM_CLARIFIED.iter().find(|(known, _)| *known == name).map(|(_, licence)| *licence);
        let licence = package.license.as_deref().or(clarified);
        let refused = !package.link && !allowed.satisfy(licence.unwrap_or_default());
        refused.then(|| sentence(name, &package.version, licence))
    });
    Ok(refused.collect())
}

fn sentence(name: &str, version: &str, licence: Option<&str>) -> String {
    format!("{name} {version} is under `{}`, which deny.toml does not allow", licence.unwrap_or("no licence"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::metadata::Package;
    use super::*;

    fn allowed() -> Allowed {
        Allowed(["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-3-Clause"].map(str::to_owned).into())
    }

    #[test]
    fn spdx_expressions_are_read_as_they_bind() {
        for (expression, holds) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT", true),
            ("MIT/GPL-2.0", true),
            ("MIT AND GPL-3.0-only", false),
            ("GPL-3.0-only OR MIT AND Apache-2.0", true),
            ("GPL-3.0-only AND MIT OR Apache-2.0", true),
            ("(GPL-3.0-only OR MIT) AND BSD-3-Clause", true),
            ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-2.0 WITH Classpath-exception-2.0", false),
            ("", false),
            ("(MIT", false),
        ] {
            assert_eq!(allowed().satisfy(expression), holds, "`{expression}`");
        }
    }

    #[test]
    fn a_crate_without_a_licence_is_refused_by_name() {
        let package = |name: &str, license: Option<&str>| Package {
            name: name.into(),
            license: license.map(str::to_owned),
            ..Package::default()
        };
        let tree = Tree { packages: vec![package("good", Some("MIT")), package("bare", None)], ..Tree::default() };
        let findings = check_crates(&tree, &allowed());
        assert_eq!(findings.len(), 1);
        assert!(findings.iter().all(|finding| finding.contains("bare")), "{findings:?}");
    }

    #[test]
    fn npm_packages_are_checked_and_our_own_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("package-lock.json");
        let lock = r#"{"packages":{"":{},"ui":{"license":"none"},"node_modules/@hawker/ui":{"link":true},
            "node_modules/a":{"license":"MIT"},"node_modules/a/node_modules/b":{"version":"1.0.0","license":"SSPL-1.0"}}}"#;
        fs::write(&path, lock).unwrap();
        let findings = check_npm(&path, &allowed()).unwrap();
        assert_eq!(findings, ["b 1.0.0 is under `SSPL-1.0`, which deny.toml does not allow"]);
    }
}
