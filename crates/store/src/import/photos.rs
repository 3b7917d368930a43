//! Where a row's photos lie.

use hawker_domain::{Sku, files, sku::SKU_MAX_CHARS};
use std::{
    collections::{HashMap, HashSet},
    path::{Component, Path, PathBuf},
};

/// Photos found beside a table that names none, by the SKU or the barcode in their name: `SKU.jpg`, `SKU-2.jpg`, `SKU_back.jpg`,
/// or anything in a folder `SKU`.
#[derive(Default)]
pub(super) struct PhotoFolder {
    /// Names without their ending, or of folders, in order, and the photos so named.
    named: Vec<(String, Vec<PathBuf>)>,
    /// Every code that a name may mean, and which names: "A1-2" may mean A1-2 and A1. One look finds a product's photos.
    meant: HashMap<String, Vec<usize>>,
}

impl PhotoFolder {
    /// Looks through `dir` and its folders `photos` and `images`.
    pub(super) fn scan(dir: &Path) -> Self {
        let mut found: HashMap<String, Vec<PathBuf>> = HashMap::new();
        for place in [dir.to_owned(), dir.join("photos"), dir.join("images")] {
            for path in list(&place) {
                if path.is_dir() {
                    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                    let photos = list(&path).into_iter().filter(|path| is_photo(path));
                    found.entry(name.unwrap_or_default()).or_default().extend(photos);
                } else if is_photo(&path)
                    && let Some(stem) = path.file_stem()
                {
                    found.entry(stem.to_string_lossy().into_owned()).or_default().push(path.clone());
                }
            }
        }
        Self::of(found)
    }

    fn of(found: HashMap<String, Vec<PathBuf>>) -> Self {
        let mut named: Vec<_> = found.into_iter().filter(|(_, paths)| !paths.is_empty()).collect();
        named.sort();
        let mut meant: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, (name, _)) in named.iter().enumerate() {
            for code in codes(name) {
                meant.entry(code.to_owned()).or_default().push(index);
            }
        }
        Self { named, meant }
    }

    /// The photos of `sku`: those that have its name alone first, others by name.
    pub(super) fn of_sku(&self, sku: &Sku) -> Vec<PathBuf> {
        self.paths(sku.as_str(), |_| true)
    }

    /// The photos of a barcode, without those that are named after one of `skus`.
    pub(super) fn of_barcode(&self, barcode: &str, skus: &HashSet<String>) -> Vec<PathBuf> {
        self.paths(barcode, |name| !codes(name).any(|code| skus.contains(code)))
    }

    fn paths(&self, code: &str, is_free: impl Fn(&str) -> bool) -> Vec<PathBuf> {
        let named = self.meant.get(code).into_iter().flatten().filter_map(|index| self.named.get(*index));
        let mut named: Vec<_> = named.filter(|(name, _)| is_free(name)).collect();
        // Stable: the rest stay in the order of their names.
        named.sort_by_key(|(name, _)| name != code);
        named.into_iter().flat_map(|(_, paths)| paths.iter().cloned()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}

/// What a file's name may be named after: "A1-2" is a photo of A1 or of A1-2, "A12" is one of another product.
fn codes(name: &str) -> impl Iterator<Item = &str> {
    let beginnings = name.char_indices().enumerate().take(SKU_MAX_CHARS + 1);
    let beginnings = beginnings.filter(|(_, (_, sign))| matches!(sign, '-' | '_' | ' ' | '('));
    let beginnings = beginnings.filter_map(|(_, (at, _))| name.get(..at)).filter(|code| !code.is_empty());
    std::iter::once(name).chain(beginnings)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn folder(names: &[&str]) -> PhotoFolder {
        PhotoFolder::of(names.iter().map(|name| ((*name).to_owned(), vec![PathBuf::from(*name)])).collect())
    }

    #[test]
    fn a_photo_is_named_after_a_whole_code() {
        let folder = folder(&["A1 back", "A1", "A1-2", "A1_3", "A1(4)", "A12", "a1", "-A1", "690", "690-2"]);
        let of = |sku: &str| folder.of_sku(&Sku::new(sku).unwrap());
        assert_eq!(of("A1"), ["A1", "A1 back", "A1(4)", "A1-2", "A1_3"].map(PathBuf::from), "its own name first");
        assert_eq!(of("A1-2"), ["A1-2"].map(PathBuf::from));
        assert_eq!(of("A"), Vec::<PathBuf>::new());
        let none = HashSet::new();
        assert_eq!(folder.of_barcode("690", &none), ["690", "690-2"].map(PathBuf::from));
        let taken = HashSet::from(["690-2".to_owned()]);
        assert_eq!(folder.of_barcode("690", &taken), ["690"].map(PathBuf::from), "a SKU counts before a barcode");
    }

    #[test]
    fn each_name_is_looked_at_once_however_many_products_there_are() {
        let names: Vec<String> = (0..20_000).map(|n| format!("SKU{n:05}-1")).collect();
        let folder = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(folder.meant.len(), 40_000, "a name means itself and what stands before its dash");
        let found = (0..20_000).filter(|n| folder.of_sku(&Sku::new(&format!("SKU{n:05}")).unwrap()).len() == 1);
        assert_eq!(found.count(), 20_000);
    }
}
