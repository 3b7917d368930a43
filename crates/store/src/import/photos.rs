//! Where a row's photos lie.

use hawker_domain::{Sku, files};
use std::{
    collections::HashMap,
    path::{Component, Path, PathBuf},
};

/// Photos found beside a table that names none, by the SKU in their name: `SKU.jpg`, `SKU-2.jpg`, `SKU_back.jpg`, or
/// anything in a folder `SKU`.
#[derive(Default)]
pub(super) struct PhotoFolder(HashMap<String, Vec<PathBuf>>);

impl PhotoFolder {
    /// Looks through `dir` and its folders `photos` and `images`.
    pub(super) fn scan(dir: &Path) -> Self {
        let mut found = Self::default();
        for place in [dir.to_owned(), dir.join("photos"), dir.join("images")] {
            for path in list(&place) {
                if path.is_dir() {
                    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                    let photos = list(&path).into_iter().filter(|path| is_photo(path));
                    found.0.entry(name.unwrap_or_default()).or_default().extend(photos);
                } else if is_photo(&path)
                    && let Some(stem) = path.file_stem()
                {
                    found.0.entry(stem.to_string_lossy().into_owned()).or_default().push(path.clone());
                }
            }
        }
        found
    }

    /// The photos of `sku`, by name.
    pub(super) fn of(&self, sku: &Sku) -> Vec<PathBuf> {
        let belongs = |stem: &str| {
            let after = stem.strip_prefix(sku.as_str());
            // "A1-2" is a photo of A1, "A12" is one of another product.
            after.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', ' ', '(']))
        };
        let mut paths: Vec<PathBuf> = match self.0.get(sku.as_str()) {
            Some(exact) => exact.clone(),
            None => Vec::new(),
        };
        let mut more: Vec<(&String, &Vec<PathBuf>)> =
            self.0.iter().filter(|(stem, _)| *stem != sku.as_str() && belongs(stem)).collect();
        more.sort();
        paths.extend(more.into_iter().flat_map(|(_, paths)| paths.iter().cloned()));
        paths
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `name` of a table in `dir` as a path. None for one that leaves the folder: a table from a stranger must not fetch
/// pictures from elsewhere on the disk.
pub(super) fn inside(dir: &Path, name: &str) -> Option<PathBuf> {
    let relative = PathBuf::from(name.replace('\\', "/"));
    let stays = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    stays.then(|| dir.join(relative))
}

fn is_photo(path: &Path) -> bool {
    files::ends_in(path, files::PICTURES)
}

/// Entries of a folder by name; none when it can't be read.
fn list(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
