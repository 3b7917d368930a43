//! Pictures with known answers, in two halves: what may be tuned on, and what checks it.

use crate::bench::parts::stage::Stage;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Which half of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    Tune,
    Check,
}

impl Half {
    /// By the picture's file name, so that a picture is in the same half in every list.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let first = Sha256::digest(name.as_bytes()).first().copied().unwrap_or(0);
        if first.is_multiple_of(2) { Self::Tune } else { Self::Check }
    }
}

/// The groceries, where they are.
pub fn groceries(stage: &Stage) -> Result<PathBuf, String> {
    let folder = stage.workspace.data().join("grocery");
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(format!("not measured: {} is not there; HAWKER_DATA names the folder that holds grocery/", folder.display()))
}

/// Every `every`-th picture of a list as a list of its own, with whole paths.
pub fn thinned(list: &Path, every: usize, into: &Path) -> Result<PathBuf, String> {
    let folder = list.parent().unwrap_or(Path::new(""));
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let mut out = "path,sku\n".to_owned();
    for row in text.lines().skip(1).step_by(every.max(1)) {
        let Some((path, sku)) = row.trim().split_once(',') else { continue };
        let _ = writeln!(out, "{},{sku}", folder.join(path).display());
    }
    let file = into.join("list.csv");
    fs::write(&file, out).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// What kind of thing each product is: the first part of its category.
pub fn strata(catalogue: &Path) -> Result<BTreeMap<String, String>, String> {
    #[derive(Deserialize)]
    struct Product {
        sku: String,
        category: String,
    }
    let unreadable = |why: String| format!("{}: {why}", catalogue.display());
    let mut reader = csv::Reader::from_path(catalogue).map_err(|error| unreadable(error.to_string()))?;
    let products = reader.deserialize().collect::<Result<Vec<Product>, _>>();
    let products = products.map_err(|error| unreadable(error.to_string()))?;
    let kind = |category: String| category.split('/').next().unwrap_or_default().to_owned();
    Ok(products.into_iter().map(|product| (product.sku, kind(product.category))).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_picture_is_in_one_half_wherever_it_lies_and_the_halves_are_halves() {
        assert_eq!(Half::of("query/0001.jpg"), Half::of("/data/grocery/query/0001.jpg"));
        let tune = (0..1000).filter(|n| Half::of(&format!("query/{n:04}.jpg")) == Half::Tune).count();
        assert!((450..550).contains(&tune), "{tune}");
    }

    #[test]
    fn a_thinned_list_names_whole_paths_and_keeps_unknown_things_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("all.csv");
        fs::write(&list, "path,sku\r\nq/1.jpg,A\r\nq/2.jpg,B\r\nq/3.jpg,\r\n").unwrap();
        let text = fs::read_to_string(thinned(&list, 2, dir.path()).unwrap()).unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        assert_eq!(text, format!("path,sku\n{},A\n{},\n", path("q/1.jpg"), path("q/3.jpg")));
    }

    #[test]
    fn the_kind_of_a_product_is_the_first_part_of_its_category() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("catalog.csv");
        fs::write(&file, "sku,title,category\nA,\"Tea, green\",Packages/Tea\nB,Lime,Fruit\n").unwrap();
        let strata = strata(&file).unwrap();
        assert_eq!((strata["A"].as_str(), strata["B"].as_str()), ("Packages", "Fruit"));
    }
}
