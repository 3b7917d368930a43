//! Which column of a count means what. Pure.

use crate::import::source::Header;
use hawker_text::fold;

const SKUS: &[&str] = &["sku", "货号", "商品编码", "商品编号", "商家编码", "编号"];
const BARCODES: &[&str] = &["barcode", "ean", "upc", "gtin", "条码", "条形码", "商品条码", "商品条形码"];
/// What a scanner reads: either of the two.
const CODES: &[&str] = &["code", "scan", "scanned", "编码", "扫码", "码"];
const COUNTS: &[&str] = &[
    "count",
    "counted",
    "quantity",
    "qty",
    "stock",
    "pieces",
    "数量",
    "盘点",
    "盘点数",
    "盘点数量",
    "实盘",
    "实盘数",
    "实盘数量",
    "实际库存",
    "库存",
];

/// Where code and number stand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CountColumns {
    /// Looked at in this order; the first that is filled counts.
    codes: Vec<usize>,
    /// None: each row is one piece.
    count: Option<usize>,
    /// A scanner's list has no header.
    is_list: bool,
}

impl Header for CountColumns {
    fn of(cells: &[String]) -> Result<Self, String> {
        let names: Vec<String> =
            cells.iter().map(|name| fold(name.trim_start_matches('\u{feff}')).replace('_', " ")).collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let codes: Vec<usize> = [SKUS, BARCODES, CODES].into_iter().filter_map(find).collect();
        if !codes.is_empty() {
            return Ok(Self { codes, count: find(COUNTS), is_list: false });
        }
        let filled = names.iter().filter(|name| !name.is_empty()).count();
        match names.as_slice() {
            [code] if is_code(code) => Ok(Self { codes: vec![0], count: None, is_list: true }),
            [code, count] if is_code(code) && filled == 2 && count.parse::<u32>().is_ok() => {
                Ok(Self { codes: vec![0], count: Some(1), is_list: true })
            }
            _ => Err("barcode or sku (条码, 货号)".to_owned()),
        }
    }

    fn wants(&self, index: usize) -> bool {
        self.codes.contains(&index) || self.count == Some(index)
    }

    fn is_row(&self) -> bool {
        self.is_list
    }
}

impl CountColumns {
    pub(super) fn code<'a>(&self, cells: &'a [String]) -> &'a str {
        let mut codes = self.codes.iter().filter_map(|at| cells.get(*at)).map(|cell| bare(cell));
        codes.find(|code| !code.is_empty()).unwrap_or_default()
    }

    /// The number of pieces. Errors: what stands there is none.
    pub(super) fn pieces(&self, cells: &[String]) -> Result<i64, String> {
        let Some(at) = self.count else { return Ok(1) };
        let text = cells.get(at).map(|cell| bare(cell)).unwrap_or_default();
        let folded = fold(text);
        let whole = folded.split_once('.').map_or(folded.as_str(), |(whole, fraction)| {
            if fraction.bytes().all(|digit| digit == b'0') { whole } else { folded.as_str() }
        });
        match whole.parse::<i64>() {
            Ok(count) if (0..=1_000_000_000).contains(&count) => Ok(count),
            _ if text.is_empty() => Err("the number is empty; write how many there are, 0 for none".to_owned()),
            _ => Err(format!("\"{text}\" is no number of pieces; write 0 to 1000000000 without commas")),
        }
    }
}

/// A code has a digit in it: a name of a column that is not known here has none.
fn is_code(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Spreadsheets write `="0123"` to keep the zeros that a number begins with.
fn bare(cell: &str) -> &str {
    let cell = cell.trim().trim_start_matches('\u{feff}');
    cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn of(cells: &[&str]) -> Result<CountColumns, String> {
        CountColumns::of(&cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_header_is_known_and_a_scanners_list_has_none() {
        let columns = |codes: &[usize], count, is_list| Ok(CountColumns { codes: codes.to_vec(), count, is_list });
        for (cells, want) in [
            (&["\u{feff}条码", "盘点数量"][..], columns(&[0], Some(1), false)),
            (&["Title", "Barcode", "SKU", "Qty"], columns(&[2, 1], Some(3), false)),
            (&["code"], columns(&[0], None, false)),
            (&["6901234567892"], columns(&[0], None, true)),
            (&["A-1", "5"], columns(&[0], Some(1), true)),
        ] {
            assert_eq!(of(cells), want, "{cells:?}");
        }
        for cells in [&["title"][..], &["A1", "five"], &["A1", "5", "6"], &[]] {
            assert!(of(cells).is_err(), "{cells:?}");
        }
    }

    #[test]
    fn a_number_of_pieces_is_whole_and_not_below_zero() {
        let columns = of(&["sku", "count"]).unwrap();
        let pieces = |text: &str| columns.pieces(&["A".to_owned(), text.to_owned()]);
        for (text, want) in [("0", 0), ("12", 12), ("12.0", 12), ("１２", 12), (" 7 ", 7)] {
            assert_eq!(pieces(text), Ok(want), "{text}");
        }
        for text in ["", "-1", "1.5", "many", "1,5", "1000000001"] {
            assert!(pieces(text).is_err(), "{text}");
        }
    }
}
