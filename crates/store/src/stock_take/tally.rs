//! Rows of a count added up by product. Pure.

use super::{CountProblem, columns::CountColumns};
use crate::import::source::Row;
use hawker_domain::Sku;
use std::collections::{HashMap, HashSet};

/// Shortest barcode whose leading zeros may be missing: a spreadsheet cuts them, and some scanners leave them out.
const ZEROS_FROM_DIGITS: usize = 8;

/// What codes mean: a SKU, or a barcode of one product or several.
#[derive(Default)]
pub(super) struct Codes {
    skus: HashSet<Sku>,
    barcodes: HashMap<String, Vec<Sku>>,
}

impl Codes {
    pub(super) fn add(&mut self, sku: &Sku, barcode: &str) {
        self.skus.insert(sku.clone());
        if !barcode.is_empty() {
            self.barcodes.entry(without_zeros(barcode).to_owned()).or_default().push(sku.clone());
        }
    }

    /// The product with this code. Errors: none has it, or several.
    fn find(&self, code: &str) -> Result<Sku, String> {
        let mut found: Vec<&Sku> = self.barcodes.get(without_zeros(code)).into_iter().flatten().collect();
        let as_sku = Sku::new(code).ok();
        if let Some(sku) = as_sku.as_ref().and_then(|sku| self.skus.get(sku))
            && !found.contains(&sku)
        {
            found.push(sku);
        }
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err("no product has this code".to_owned()),
            [one, other, ..] => Err(format!("{one} and {other} both have this code; write the sku")),
        }
    }
}

/// A product and how many there are.
pub(super) struct Counted {
    pub(super) row: u64,
    pub(super) sku: Sku,
    pub(super) pieces: i64,
    /// A row of it could not be read: the sum is too small.
    pub(super) is_spoiled: bool,
}

#[derive(Default)]
pub(super) struct Tally {
    pub(super) counted: Vec<Counted>,
    pub(super) problems: Vec<CountProblem>,
    place: HashMap<Sku, usize>,
}

impl Tally {
    pub(super) fn add(&mut self, columns: &CountColumns, codes: &Codes, row: Row) {
        let line = row.line;
        let cells = match row.cells {
            Ok(cells) => cells,
            Err(wrong) => return self.problem(line, "", wrong.message),
        };
        let code = columns.code(&cells).to_owned();
        if code.is_empty() {
            return self.problem(line, "", "the row has no code".to_owned());
        }
        let sku = match codes.find(&code) {
            Ok(sku) => sku,
            Err(why) => return self.problem(line, &code, why),
        };
        let pieces = columns.pieces(&cells);
        let counted = &mut self.counted;
        let place = *self.place.entry(sku.clone()).or_insert_with(|| {
            counted.push(Counted { row: line, sku, pieces: 0, is_spoiled: false });
            counted.len() - 1
        });
        let Some(counted) = counted.get_mut(place) else { return };
        match pieces {
            Ok(pieces) => counted.pieces = counted.pieces.saturating_add(pieces),
            Err(why) => {
                counted.is_spoiled = true;
                self.problem(line, &code, why);
            }
        }
    }

    /// True for a product that stands in the file.
    pub(super) fn is_known(&self, sku: &Sku) -> bool {
        self.place.contains_key(sku)
    }

    fn problem(&mut self, row: u64, code: &str, message: String) {
        self.problems.push(CountProblem { row, code: code.to_owned(), message });
    }
}

fn without_zeros(code: &str) -> &str {
    let is_number = code.len() >= ZEROS_FROM_DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { code.trim_start_matches('0') } else { code }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_code_means_one_product_or_is_said() {
        let mut codes = Codes::default();
        let sku = |text: &str| Sku::new(text).unwrap();
        for (code, barcode) in [
            ("A", "0690000000011"),
            ("B", "222"),
            ("C", "222"),
            ("690000000012", "690000000012"),
            ("D", "E"),
            ("E", ""),
        ] {
            codes.add(&sku(code), barcode);
        }
        for (code, want) in [
            ("A", Some("A")),
            ("0690000000011", Some("A")),
            ("690000000011", Some("A")),
            ("690000000012", Some("690000000012")),
        ] {
            assert_eq!(codes.find(code).ok(), want.map(sku), "{code}");
        }
        assert!(codes.find("222").unwrap_err().contains("B and C both"));
        assert!(codes.find("E").unwrap_err().contains("both"), "a barcode of one, the SKU of another");
        assert!(codes.find("00").is_err() && codes.find("nothing").is_err());
    }
}
