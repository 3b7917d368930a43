//! Compares the committed demo with what this command renders. The film itself is not compared: encoders differ.

use std::path::Path;

use super::clip;
use super::error::DemoError;
use super::goods::CATALOGUE;
use super::label::Printer;
use super::photos::{self, CATALOGUE_SEED, TABLE};
use super::script::Cast;

/// Errors: the truth or the table differs. Photos that differ are only told: fonts of another version draw other labels.
pub fn run(
    out: &Path,
    cutouts: &Path,
    (seconds, seed): (f32, u64),
    printer: &Printer,
    say: &mut dyn FnMut(&str),
) -> Result<(), DemoError> {
    same(&out.join("clip.truth.json"), clip::truth(&Cast::demo(), seconds, seed)?.as_bytes())?;
    say("clip.truth.json is what this command plans");
    let pieces = photos::render(CATALOGUE, CATALOGUE_SEED, cutouts, printer)?;
    let mut differing = Vec::new();
    for (name, bytes) in &pieces {
        match same(&out.join(name), bytes) {
            Err(DemoError::Differs { .. }) if name != TABLE => differing.push(name.as_str()),
            other => other?,
        }
    }
    say(&format!("catalog.csv is the same, {} of {} photos differ", differing.len(), pieces.len().saturating_sub(1)));
    for name in differing {
        say(&format!("  {name}"));
    }
    Ok(())
}

fn same(path: &Path, expected: &[u8]) -> Result<(), DemoError> {
    let found = std::fs::read(path).map_err(DemoError::file(path))?;
    if found == expected { Ok(()) } else { Err(DemoError::Differs { path: path.to_owned() }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_changed_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clip.truth.json");
        std::fs::write(&path, b"[]").unwrap();
        assert!(same(&path, b"[]").is_ok());
        assert!(matches!(same(&path, b"[1]"), Err(DemoError::Differs { path: named }) if named == path));
    }
}
