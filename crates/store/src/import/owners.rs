//! Which product a barcode belongs to, in the table that is imported and in the catalogue: a photo that is named after a code of
//! two products is of neither.

use super::{columns::Columns, table::Row};
use crate::{Store, StoreError};
use hawker_domain::Sku;
use std::collections::{HashMap, HashSet};

#[derive(Default)]
pub(super) struct Owners {
    skus: HashSet<String>,
    /// The barcode of each SKU; what the table says counts.
    known: HashMap<String, String>,
    noted: HashMap<String, String>,
    /// Barcodes of the table and the catalogue with their SKUs, in order, made when first asked.
    of: Option<HashMap<String, Vec<String>>>,
}

impl Owners {
    /// Of the catalogue as it is.
    pub(super) async fn of(store: &Store) -> Result<Self, StoreError> {
        let products = sqlx::query_as("SELECT sku, barcode FROM product");
        let products: Vec<(String, String)> = products.fetch_all(&store.reader).await?;
        let skus = products.iter().map(|(sku, _)| sku.clone()).collect();
        Ok(Self { skus, known: products.into_iter().collect(), ..Self::default() })
    }

    /// Takes what a row of the table says.
    pub(super) fn note(&mut self, columns: &Columns, row: Row) {
        for row in columns.unpack(row) {
            let Ok(cells) = row.cells else { continue };
            let Some(sku) = columns.sku_text(&cells) else { continue };
            if let Some(code) = columns.barcode(&cells) {
                self.noted.entry(sku.clone()).or_insert_with(|| code.into_owned());
            }
            self.skus.insert(sku);
        }
    }

    /// Every SKU of the table and the catalogue.
    pub(super) fn skus(&self) -> &HashSet<String> {
        &self.skus
    }

    /// A product other than `sku` with this barcode.
    pub(super) fn other(&mut self, code: &str, sku: &Sku) -> Option<&str> {
        let (known, noted) = (&mut self.known, &mut self.noted);
        let of = self.of.get_or_insert_with(|| {
            known.extend(std::mem::take(noted));
            let mut of: HashMap<String, Vec<String>> = HashMap::new();
            for (sku, code) in std::mem::take(known).into_iter().filter(|(_, code)| !code.is_empty()) {
                of.entry(code).or_default().push(sku);
            }
            of.values_mut().for_each(|skus| skus.sort());
            of
        });
        of.get(code)?.iter().find(|owner| owner.as_str() != sku.as_str()).map(String::as_str)
    }
}
