//! The models under `models/`: complete, and the ones the manifest names.

use super::hash;
use crate::exec::say;
use crate::trouble::{Outcome, Trouble};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
struct Manifest {
    model: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
struct Model {
    file: String,
    sha256: String,
    /// It is fetched when somebody wants it.
    #[serde(default)]
    url: Option<String>,
}

/// Compares every model with the manifest. Errors: `Unmet` with the file, `Unreadable` for a broken manifest.
pub fn check(folder: &Path) -> Outcome<()> {
    let path = folder.join("manifest.toml");
    let text = fs::read_to_string(&path).map_err(Trouble::file(&path))?;
    let manifest: Manifest =
        toml::from_str(&text).map_err(|error| Trouble::unreadable(path.display().to_string(), error))?;
    let mut away = 0;
    for (name, model) in &manifest.model {
        let file = folder.join(&model.file);
        let fix = "get it back with `git checkout -- models`";
        if !file.is_file() && model.url.is_some() {
            say(format!("models: {name} is not here; `cargo run -p hawker-cli -- models pull {name}` fetches it"));
            away += 1;
            continue;
        }
        if !file.is_file() {
            return Err(Trouble::unmet(format!("the model {} is missing", file.display()), fix));
        }
        let found = hash::of_file(&file)?;
        if found != model.sha256 {
            return Err(Trouble::unmet(
                format!("the model {} is not the one in the manifest (sha256 {found})", file.display()),
                fix,
            ));
        }
    }
    say(format!("models: {} there, sha256 as in the manifest", manifest.model.len() - away));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_missing_and_a_changed_model_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        fs::write(dir.path().join("manifest.toml"), format!("[model.a]\nfile = \"a.onnx\"\nsha256 = \"{hash}\"\n"))
            .unwrap();
        assert!(check(dir.path()).unwrap_err().to_string().contains("a.onnx is missing"));
        fs::write(dir.path().join("a.onnx"), "abd").unwrap();
        assert!(check(dir.path()).unwrap_err().to_string().contains("not the one"));
        fs::write(dir.path().join("a.onnx"), "abc").unwrap();
        check(dir.path()).unwrap();
    }

    #[test]
    fn a_model_with_an_address_may_be_away_and_must_not_be_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let entry = "[model.a]\nfile = \"a.onnx\"\nsha256 = \"00\"\nurl = \"https://models.example/a.onnx\"\n";
        fs::write(dir.path().join("manifest.toml"), entry).unwrap();
        check(dir.path()).unwrap();
        fs::write(dir.path().join("a.onnx"), "abc").unwrap();
        assert!(check(dir.path()).unwrap_err().to_string().contains("not the one"));
    }
}
