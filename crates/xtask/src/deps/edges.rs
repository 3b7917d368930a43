//! Which crate may depend on what.

use super::metadata::{Dependency, Package, Tree};
use super::rules::{CONFINED, EDGES, FOR_TESTS, LAYER_0, PURE};
use std::collections::BTreeSet;

/// Every broken edge, as a sentence.
pub fn check(tree: &Tree) -> Vec<String> {
    let ours: BTreeSet<&str> = tree.ours().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in tree.ours() {
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            findings.push(format!("{} is in no rule: add it to EDGES", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let broken = if ours.contains(dependency.name.as_str()) {
                inner(package, dependency, allowed)
            } else {
                confined(package, dependency).or_else(|| impure(package, dependency))
            };
            findings.extend(broken);
        }
    }
    findings
}

fn inner(package: &Package, dependency: &Dependency, allowed: &[&str]) -> Option<String> {
    let name = dependency.name.as_str();
    let for_tests = dependency.kind.as_deref() == Some("dev") && FOR_TESTS.contains(&name);
    (!allowed.contains(&name) && !for_tests && name != package.name)
        .then(|| format!("{} must not depend on {name}", package.name))
}

fn confined(package: &Package, dependency: &Dependency) -> Option<String> {
    let rule = CONFINED.iter().find(|rule| rule.prefix.iter().any(|prefix| in_family(&dependency.name, prefix)))?;
    (!rule.inside.contains(&package.name.as_str()))
        .then(|| format!("{} must not depend on {}: {}", package.name, dependency.name, rule.why))
}

fn impure(package: &Package, dependency: &Dependency) -> Option<String> {
    let checked = LAYER_0.contains(&package.name.as_str()) && dependency.kind.is_none();
    (checked && !PURE.contains(&dependency.name.as_str())).then(|| {
        format!("{} is layer 0 and {} is not in its list of pure packages (PURE)", package.name, dependency.name)
    })
}

/// `sqlx` and `sqlx-core`, but not `sqlxyz`.
fn in_family(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of two crates of ours, the first with one dependency.
    fn tree(name: &str, dependency: &str, kind: Option<&str>) -> Tree {
        let package = |name: &str| Package { id: name.into(), name: name.into(), ..Package::default() };
        let mut first = package(name);
        first.dependencies.push(Dependency { name: dependency.into(), kind: kind.map(str::to_owned) });
        let mut packages = vec![first];
        if dependency.starts_with("hawker") {
            packages.push(package(dependency));
        }
        Tree { workspace_members: packages.iter().map(|package| package.id.clone()).collect(), packages }
    }

    #[test]
    fn forbidden_edges_are_found_and_allowed_ones_are_not() {
        let table = [
            // An edge upwards, across, and to the side.
            ("hawker-domain", "hawker-wire", None, false),
            ("hawker-media", "hawker-store", None, false),
            ("hawker-cli", "hawker-media", None, false),
            ("hawker-platform", "hawker-studio", None, false),
            ("hawker-studio", "hawker-media", None, true),
            ("hawker-av", "hawker-domain", None, true),
            // Tests may use the in-process platform, programs may not.
            ("hawker-studio", "hawker-test-support", Some("dev"), true),
            ("hawker-studio", "hawker-test-support", None, false),
            // Tests of the grammar of comments fold text, the grammar itself is given the function.
            ("hawker-domain", "hawker-text", Some("dev"), true),
            ("hawker-domain", "hawker-text", None, false),
            // Heavy packages outside their crate, by every member of the family and for tests too.
            ("hawker-studio", "gstreamer-app", None, false),
            ("hawker-media", "gstreamer-app", None, true),
            ("hawker-vision", "ort", None, false),
            ("hawker-vision", "ort-sys", Some("dev"), false),
            ("hawker-infer", "ort", None, true),
            ("hawker-sync", "sqlx", None, false),
            ("hawker-studio", "libsqlite3-sys", None, false),
            ("hawker-store", "libsqlite3-sys", None, true),
            ("hawker-test-support", "axum", None, false),
            ("hawker-cli", "tauri-plugin-dialog", None, false),
            ("hawker", "tauri-build", Some("build"), true),
            // Layer 0 does no IO.
            ("hawker-wire", "tokio", None, false),
            ("hawker-domain", "reqwest", None, false),
            ("hawker-domain", "serde", None, true),
            ("hawker-domain", "proptest", Some("dev"), true),
        ];
        for (from, to, kind, allowed) in table {
            let findings = check(&tree(from, to, kind));
            assert_eq!(findings.is_empty(), allowed, "{from} -> {to} ({kind:?}): {findings:?}");
        }
    }

    #[test]
    fn a_crate_that_no_rule_knows_is_a_finding() {
        assert!(check(&tree("hawker-new", "serde", None)).iter().any(|finding| finding.contains("in no rule")));
    }

    #[test]
    fn a_family_is_more_than_a_common_beginning() {
        assert!(in_family("ort", "ort") && in_family("ort-sys", "ort"));
        assert!(!in_family("orthography", "ort"));
    }
}
