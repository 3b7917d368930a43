//! Catalogue and picture lists for the evaluation: `sku,title,category,description,images`, if they are there
//! also `brand,aliases,barcode,variant_of,option`, and `path,sku`.
//!
//! Images and aliases are separated by `;`; paths are relative to the list. Columns are found by name, further ones are ignored.

use hawker_domain::{Sku, SkuError};
use serde::Deserialize;
use std::path::{Path, PathBuf};

use crate::{CatalogueItem, VisionError, photo};

/// One product of a list, its photos not read yet.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueRow {
    pub sku: Sku,
    pub title: String,
    pub category: String,
    pub description: String,
    pub brand: String,
    pub aliases: Vec<String>,
    pub barcode: String,
    /// What it is a variant of, and what it is called among the others; empty: it is none.
    pub variant_of: String,
    pub option: String,
    /// Where its photos are.
    pub images: Vec<PathBuf>,
}

/// One picture to be recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageQuery {
    /// As it stands in the list.
    pub name: String,
    pub path: PathBuf,
    /// None: none of the catalogue's products is in it.
    pub sku: Option<Sku>,
}

/// Why a list can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CsvError {
    #[error("can't read the list {path}: {source}")]
    Read { path: PathBuf, source: csv::Error },
    #[error("line {line} of {path}: {source}")]
    Sku { path: PathBuf, line: u64, source: SkuError },
    #[error("{path} lists nothing")]
    Empty { path: PathBuf },
    #[error("product {sku} of {path}: {source}")]
    Photo { path: PathBuf, sku: Sku, source: Box<VisionError> },
}

#[derive(Deserialize)]
struct RawProduct {
    sku: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    brand: String,
    #[serde(default)]
    aliases: String,
    #[serde(default)]
    barcode: String,
    #[serde(default)]
    variant_of: String,
    #[serde(default)]
    option: String,
    #[serde(default)]
    images: String,
}

#[derive(Deserialize)]
struct RawQuery {
    path: String,
    #[serde(default)]
    sku: String,
}

/// Reads a catalogue: a CSV file, or the folder that holds `catalog.csv`. Errors: [`CsvError`].
pub fn read_catalogue(path: &Path) -> Result<Vec<CatalogueRow>, CsvError> {
    let file = if path.is_dir() { path.join("catalog.csv") } else { path.to_owned() };
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    records::<RawProduct>(&file)?
        .into_iter()
        .map(|(line, raw)| {
            let sku = Sku::new(&raw.sku).map_err(|source| CsvError::Sku { path: file.clone(), line, source })?;
            Ok(CatalogueRow {
                sku,
                title: raw.title,
                category: raw.category,
                description: raw.description,
                brand: raw.brand,
                aliases: several(&raw.aliases).map(str::to_owned).collect(),
                barcode: raw.barcode,
                variant_of: raw.variant_of,
                option: raw.option,
                images: several(&raw.images).map(|name| folder.join(name)).collect(),
            })
        })
        .collect()
}

/// A catalogue with its photos.
#[derive(Debug)]
pub struct Loaded {
    pub items: Vec<CatalogueItem>,
    /// Photos that can't be read, each with its product, which does without them.
    pub left_out: Vec<CsvError>,
}

/// Reads the photos of a catalogue. Errors: those of [`read_catalogue`]; a photo that can't be read is none.
pub fn load_catalogue(path: &Path) -> Result<Loaded, CsvError> {
    let mut left_out = Vec::new();
    let mut load = |row: CatalogueRow| {
        let CatalogueRow { sku, title, category, brand, aliases, barcode, variant_of, option, images, .. } = row;
        let mut photos = Vec::with_capacity(images.len());
        for image in &images {
            match photo::read(image) {
                Ok(photo) => photos.push(photo),
                Err(source) => {
                    let (path, sku, source) = (path.to_owned(), sku.clone(), Box::new(source));
                    left_out.push(CsvError::Photo { path, sku, source });
                }
            }
        }
        CatalogueItem { sku, title, category, brand, aliases, barcode, variant_of, option, photos }
    };
    let items = read_catalogue(path)?.into_iter().map(&mut load).collect();
    Ok(Loaded { items, left_out })
}

/// The parts of a cell that holds several.
fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty())
}

/// Reads a list of pictures. Errors: [`CsvError`].
pub fn read_queries(path: &Path) -> Result<Vec<ImageQuery>, CsvError> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    records::<RawQuery>(path)?
        .into_iter()
        .map(|(line, raw)| {
            let sku = if raw.sku.trim().is_empty() { None } else { Some(Sku::new(&raw.sku)) };
            let sku = sku.transpose().map_err(|source| CsvError::Sku { path: path.to_owned(), line, source })?;
            Ok(ImageQuery { path: folder.join(raw.path.trim()), name: raw.path, sku })
        })
        .collect()
}

fn records<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<(u64, T)>, CsvError> {
    let bad = |source| CsvError::Read { path: path.to_owned(), source };
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::Headers).from_path(path).map_err(bad)?;
    let headers = reader.headers().map_err(bad)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(bad)?;
        let line = record.position().map_or(0, csv::Position::line);
        rows.push((line, record.deserialize(Some(&headers)).map_err(bad)?));
    }
    if rows.is_empty() { Err(CsvError::Empty { path: path.to_owned() }) } else { Ok(rows) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_further_ones_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "price,sku,images,title,aliases,barcode\n9.90,A-1,a.jpg; b.jpg,\"Tea, green\",茶; tea ,69\n1,B,,Plain,,\n";
        std::fs::write(folder.path().join("catalog.csv"), text).unwrap();
        let rows = read_catalogue(folder.path()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].title, "Tea, green");
        assert_eq!(rows[0].images, [folder.path().join("a.jpg"), folder.path().join("b.jpg")]);
        assert_eq!((rows[0].aliases.join("|").as_str(), rows[0].barcode.as_str()), ("茶|tea", "69"));
        assert!(rows[1].images.is_empty() && rows[1].aliases.is_empty());
    }

    #[test]
    fn a_picture_without_a_sku_shows_none_of_the_products() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list.csv");
        std::fs::write(&list, "path,sku\nq/1.jpg,A\n/abs/2.jpg,\n").unwrap();
        let queries = read_queries(&list).unwrap();
        assert_eq!(
            (queries[0].path.clone(), queries[1].path.clone()),
            (folder.path().join("q/1.jpg"), "/abs/2.jpg".into())
        );
        assert!(queries[0].sku.is_some() && queries[1].sku.is_none());
    }

    #[test]
    fn a_bad_list_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bad.csv");
        std::fs::write(&file, "sku,title\nA,x\na/b,y\n").unwrap();
        assert!(read_catalogue(&file).unwrap_err().to_string().starts_with("line 3 of "));
        std::fs::write(&file, "sku,title\n").unwrap();
        assert!(matches!(read_catalogue(&file), Err(CsvError::Empty { .. })));
        std::fs::write(&file, "sku,images\nA,gone.jpg\n").unwrap();
        let loaded = load_catalogue(&file).unwrap();
        assert!(loaded.items.len() == 1 && loaded.items[0].photos.is_empty());
        assert!(loaded.left_out[0].to_string().contains("product A of"), "{:?}", loaded.left_out);
        assert!(matches!(read_queries(&folder.path().join("none.csv")), Err(CsvError::Read { .. })));
    }
}
