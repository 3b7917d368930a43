//! The tiers of the cockpit: shared <- features <- views <- app. A feature imports no other feature, and only
//! `ui/src/ipc` talks to Tauri.

/// Lower tiers know nothing of higher ones. `ipc` stands beside `shared`: both are beneath everything.
fn tier_of(folder: &str) -> Option<u8> {
    match folder {
        "ipc" | "shared" => Some(0),
        "features" => Some(1),
        "views" => Some(2),
        "app" => Some(3),
        _ => None,
    }
}

/// Broken rules of one file under `ui/src/`.
pub fn check(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for specifier in imports(text) {
        if specifier.starts_with("@tauri-apps") && !name.starts_with("ui/src/ipc/") {
            findings.push(format!("{name} imports {specifier}: only ui/src/ipc talks to Tauri"));
        }
        let Some(target) = resolve(name, specifier) else { continue };
        findings.extend(across(name, &target));
    }
    findings
}

fn across(name: &str, target: &str) -> Option<String> {
    let (from, to) = (parts(name)?, parts(target)?);
    if tier_of(to.0)? > tier_of(from.0)? {
        return Some(format!("{name} imports {target}: {} must not know {}", from.0, to.0));
    }
    // A test that stands beside the features may look at several.
    if from.1.ends_with(".test.ts") {
        return None;
    }
    let two_features = from.0 == "features" && to.0 == "features" && from.1 != to.1;
    two_features.then(|| format!("{name} imports {target}: a feature imports no other feature"))
}

/// The tier's folder, and the folder or file in it.
fn parts(path: &str) -> Option<(&str, &str)> {
    let mut parts = path.strip_prefix("ui/src/")?.split('/');
    Some((parts.next()?, parts.next().unwrap_or_default()))
}

/// What `import … from "x"`, `export … from "x"`, `import "x"` and `import("x")` name.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("from").chain(text.match_indices("import")).map(|(at, word)| at + word.len());
    starts.filter_map(|at| {
        let rest = text.get(at..)?.trim_start();
        let rest = rest.strip_prefix('(').unwrap_or(rest).trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let rest = rest.get(1..)?;
        let specifier = rest.get(..rest.find(quote)?)?;
        (!specifier.contains('\n')).then_some(specifier)
    })
}

/// A relative import as a path from the root; none for packages.
fn resolve(name: &str, specifier: &str) -> Option<String> {
    if !specifier.starts_with('.') {
        return None;
    }
    let mut path: Vec<&str> = name.split('/').collect();
    path.pop();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                path.pop()?;
            }
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_imports_are_found_and_allowed_ones_are_not() {
        let table = [
            ("ui/src/features/pins/Pin.svelte", r#"import Live from "../../views/Live.svelte";"#, 1),
            ("ui/src/shared/say.ts", r#"import { x } from '../features/pins/state'"#, 1),
            ("ui/src/views/Live.svelte", r#"const app = await import("../app/shell");"#, 1),
            ("ui/src/features/pins/Pin.svelte", r#"export { tally } from "../orders/tally";"#, 1),
            ("ui/src/features/pins/Pin.svelte", r#"import { tally } from "./tally"; import "../../shared/a.css";"#, 0),
            ("ui/src/views/Live.svelte", r#"import Pin from "../features/pins/Pin.svelte";"#, 0),
            ("ui/src/features/features.test.ts", r#"import { tally } from "./orders/tally";"#, 0),
            ("ui/src/features/features.test.ts", r#"import Live from "../views/Live.svelte";"#, 1),
            ("ui/src/features/pins/pins.test.ts", r#"import { tally } from "../orders/tally";"#, 1),
            ("ui/src/app/App.svelte", r#"import Live from "../views/Live.svelte";"#, 0),
            ("ui/src/views/Live.svelte", r#"import { ipc } from "../ipc";"#, 0),
            ("ui/src/views/Live.svelte", r#"import { invoke } from "@tauri-apps/api/core";"#, 1),
            ("ui/src/ipc/tauri.ts", r#"import { invoke } from "@tauri-apps/api/core";"#, 0),
        ];
        for (name, text, findings) in table {
            assert_eq!(check(name, text).len(), findings, "{name}: {text}");
        }
    }

    #[test]
    fn the_word_from_in_prose_is_no_import() {
        assert!(check("ui/src/shared/a.ts", "// taken from \"somewhere\"\nconst from = 'x';").is_empty());
    }
}
