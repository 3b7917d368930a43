//! A shelf as a file, for trying rules on recorded comments.

use super::shelf::{Axis, AxisValue, Group, Shelf, ShelfItem};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why a file is no shelf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShelfError {
    #[error("two products have the number {0}")]
    Twice(u32),
    #[error("{name:?} names product {number}, which is not on the shelf")]
    Missing { name: String, number: u32 },
}

/// `shelf.json`; fields it does not know are left alone.
#[derive(Debug, Clone, Deserialize)]
pub struct ShelfFile {
    #[serde(default)]
    host_names: Vec<String>,
    #[serde(default)]
    ambiguous_aliases: BTreeMap<String, Vec<u32>>,
    products: Vec<ProductRow>,
}

#[derive(Debug, Clone, Deserialize)]
struct ProductRow {
    number: u32,
    #[serde(default)]
    title: BTreeMap<String, String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    options: Vec<AxisRow>,
    #[serde(default)]
    unit: BTreeMap<String, String>,
    #[serde(default)]
    price_minor: i64,
}

#[derive(Debug, Clone, Deserialize)]
struct AxisRow {
    values: Vec<ValueRow>,
}

#[derive(Debug, Clone, Deserialize)]
struct ValueRow {
    value: String,
    #[serde(default)]
    aliases: Vec<String>,
}

impl TryFrom<ShelfFile> for Shelf {
    type Error = ShelfError;

    fn try_from(file: ShelfFile) -> Result<Self, ShelfError> {
        let mut numbers = BTreeSet::new();
        if let Some(row) = file.products.iter().find(|row| !numbers.insert(row.number)) {
            return Err(ShelfError::Twice(row.number));
        }
        for (name, meant) in &file.ambiguous_aliases {
            if let Some(&number) = meant.iter().find(|number| !numbers.contains(number)) {
                return Err(ShelfError::Missing { name: name.clone(), number });
            }
        }
        let groups = file.ambiguous_aliases.into_iter().map(|(name, numbers)| Group { name, numbers }).collect();
        Ok(Self { items: file.products.into_iter().map(item).collect(), groups, staff: file.host_names })
    }
}

fn item(row: ProductRow) -> ShelfItem {
    let unit = |names: &[&str]| row.unit.values().any(|unit| names.contains(&unit.as_str()));
    let axis = |axis: AxisRow| Axis {
        values: axis.values.into_iter().map(|row| AxisValue { value: row.value, aliases: row.aliases }).collect(),
    };
    ShelfItem {
        number: row.number,
        in_pairs: unit(&["双", "對", "对", "雙", "pair"]),
        in_lumps: unit(&["块", "塊"]),
        names: row.title.into_values().chain(row.aliases).collect(),
        options: row.options.into_iter().map(axis).collect(),
        price_minor: row.price_minor,
    }
}
