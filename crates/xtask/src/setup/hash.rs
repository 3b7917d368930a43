//! sha256 of files and of folders.

use crate::trouble::{Outcome, Trouble};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Hexadecimal sha256 of a file. Errors: `File`.
pub fn of_file(path: &Path) -> Outcome<String> {
    let mut file = fs::File::open(path).map_err(Trouble::file(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(Trouble::file(path))?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
        hasher.update(chunk);
    }
    Ok(hex::encode(hasher.finalize()))
}

/// One hash over the names and contents of files, in any order given. Errors: `File`.
pub fn of_files(root: &Path, mut files: Vec<PathBuf>) -> Outcome<String> {
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().into_owned();
        hasher.update(name.as_bytes());
        hasher.update([0]);
        hasher.update(of_file(&file)?);
    }
    Ok(hex::encode(hasher.finalize()))
}

/// Every file under a folder, without what tools make (`node_modules`, `dist`, `target`) and hidden folders.
/// A folder that is not there has no files.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let made =
                matches!(name.as_str(), "node_modules" | "dist" | "target" | "test-results") || name.starts_with('.');
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !made => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_renamed_file_changes_the_hash_and_a_built_one_does_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("src")).unwrap();
        fs::create_dir_all(dir.path().join("dist")).unwrap();
        fs::write(dir.path().join("src/a.ts"), "x").unwrap();
        let hash = || of_files(dir.path(), files_under(dir.path())).unwrap();
        let before = hash();
        fs::write(dir.path().join("dist/a.js"), "x").unwrap();
        assert_eq!(hash(), before, "what a build writes is no source");
        fs::rename(dir.path().join("src/a.ts"), dir.path().join("src/b.ts")).unwrap();
        assert_ne!(hash(), before);
    }

    #[test]
    fn the_hash_is_sha256() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        fs::write(&path, "abc").unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(of_file(&path).unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
