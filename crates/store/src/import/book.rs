//! A workbook (.xlsx) as rows of text.
//!
//! Cells come as a stream and only columns with a meaning are kept, as one text: a sheet that claims a million columns costs
//! what stands in it. Numbers are read as the fifteen digits that a spreadsheet keeps and shows, so that a price is the price and
//! a barcode its digits. What is neither text nor number is never guessed at: its row says which cell it is.

use super::{
    archive,
    columns::Wrong,
    source::{HEADER_ROWS, Header, Unusable},
    table::{COLUMNS_MAX, ROW_MAX_BYTES, Row, too_long},
};
use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxCellFormulaMetadataRecord, XlsxError};
use hawker_domain::reason::ImportWhy;
use std::{borrow::Cow, io::Cursor};

/// Sheets that are looked into for a known header.
const SHEETS_MAX: usize = 50;

/// Rows a sheet can have. Source: ECMA-376 as implemented by every spreadsheet, 2 to the 20th.
const ROWS_MAX: usize = 1 << 20;

/// All that the wanted cells say. Cells may share a text, so that a small file says much.
const TEXT_MAX_BYTES: usize = 256 * 1024 * 1024;

/// Between cells: a control character that no text of a table has a use for.
const BETWEEN_CELLS: char = '\u{1f}';

/// From here on a spreadsheet has lost digits: it keeps fifteen.
const ROUNDED_FROM: f64 = 1e15;

/// Rows of one sheet after its header, in little room.
pub(crate) struct Sheet {
    pub(super) name: String,
    text: String,
    rows: Vec<Stored>,
}

struct Stored {
    line: u32,
    /// Where its cells end in the text.
    end: usize,
    wrong: Option<Box<Wrong>>,
}

impl Sheet {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> + Send + '_ {
        let mut start = 0;
        self.rows.iter().map(move |row| {
            let text = self.text.get(start..row.end).unwrap_or_default();
            start = row.end;
            let cells = match &row.wrong {
                Some(wrong) => Err(Wrong::clone(wrong)),
                None => Ok(text.split(BETWEEN_CELLS).map(str::to_owned).collect()),
            };
            Row { line: u64::from(row.line), cells }
        })
    }
}

/// The first sheet whose header is known, hidden ones left out. Errors: [`Unusable`].
pub(super) fn read<H: Header>(bytes: &[u8]) -> Result<(Sheet, H), Unusable> {
    archive::check(bytes).map_err(Unusable::NotATable)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let shown = book.sheets_metadata().iter();
    let shown = shown.filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let names: Vec<String> = shown.map(|sheet| sheet.name.clone()).take(SHEETS_MAX).collect();
    let mut missing = None;
    for name in names {
        let mut reader = book.worksheet_cells_reader(&name).map_err(broken)?;
        let mut reading = Reading::<H>::new(name);
        loop {
            let cell = reader.next_cell_with_formula_metadata().map_err(broken)?;
            let is_last = cell.is_none();
            reading.take(cell)?;
            if is_last || reading.is_unknown() {
                break;
            }
        }
        match reading.header {
            Some((header, _)) => return Ok((reading.sheet, header)),
            None => missing = missing.or(reading.missing),
        }
    }
    Err(missing
        .map_or_else(|| Unusable::NotATable("it has no sheet with anything in it".to_owned()), Unusable::Missing))
}

fn broken(why: XlsxError) -> Unusable {
    Unusable::NotATable(match why {
        XlsxError::Password => archive::PASSWORD.to_owned(),
        why => format!("the workbook is broken or cut off ({why}); copy it again, or save it anew"),
    })
}

/// One sheet, half read.
struct Reading<H> {
    sheet: Sheet,
    /// With which of the columns have a meaning.
    header: Option<(H, Vec<bool>)>,
    /// What the first row lacks for a header.
    missing: Option<String>,
    /// Rows that were no header.
    passed: usize,
    /// The row at hand.
    line: Option<u32>,
    cells: Vec<String>,
    wrong: Option<Wrong>,
    /// Of the cells of the row at hand.
    bytes: usize,
}

impl<H: Header> Reading<H> {
    fn new(name: String) -> Self {
        let sheet = Sheet { name, text: String::new(), rows: Vec::new() };
        Self { sheet, header: None, missing: None, passed: 0, line: None, cells: Vec::new(), wrong: None, bytes: 0 }
    }

    /// None of the rows where a header may stand is one.
    fn is_unknown(&self) -> bool {
        self.header.is_none() && self.passed == HEADER_ROWS
    }

    /// Takes the next cell, or the end of the sheet. Errors: the sheet is too large, or no sheet.
    fn take(&mut self, cell: Option<XlsxCellFormulaMetadataRecord<'_>>) -> Result<(), Unusable> {
        let next = cell.as_ref().map(|cell| cell.pos.0);
        if next != self.line {
            if next.is_some() && next < self.line {
                let message = "its rows are not in order; save it again as .xlsx or as CSV";
                return Err(Unusable::NotATable(message.to_owned()));
            }
            self.end_row()?;
            self.line = next;
        }
        let Some(cell) = cell else { return Ok(()) };
        let column = usize::try_from(cell.pos.1).unwrap_or(usize::MAX);
        let is_wanted = match &self.header {
            Some((_, wanted)) => wanted.get(column).copied().unwrap_or(false),
            None => true,
        };
        if !is_wanted || (cell.value == DataRef::Empty && cell.formula.is_none()) {
            return Ok(());
        }
        if column >= COLUMNS_MAX {
            return Err(Unusable::NotATable(too_long(&format!("more than {COLUMNS_MAX} columns")).message));
        }
        match text(&cell.value) {
            Ok(text) => {
                // One shared text may stand in every cell of a row.
                self.bytes = self.bytes.saturating_add(text.len());
                if self.bytes > ROW_MAX_BYTES {
                    self.wrong = Some(too_long(&format!("more than {} KB", ROW_MAX_BYTES / 1024)));
                    self.cells.clear();
                    return Ok(());
                }
                if self.cells.len() <= column {
                    self.cells.resize(column + 1, String::new());
                }
                if let Some(kept) = self.cells.get_mut(column) {
                    *kept = text.replace(BETWEEN_CELLS, " ");
                }
            }
            // A header, or what stands above it, may be anything.
            Err(why) if self.header.is_some() && self.wrong.is_none() => {
                let place = place(column, cell.pos.0);
                let message = format!("the cell {place} holds {why}");
                self.wrong = Some(Wrong::new(ImportWhy::BadCell, &place, message));
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Unusable> {
        let (cells, wrong) = (std::mem::take(&mut self.cells), self.wrong.take());
        self.bytes = 0;
        let Some(line) = self.line else { return Ok(()) };
        let is_empty = wrong.is_none() && cells.iter().all(|cell| cell.trim().is_empty());
        if is_empty {
            return Ok(());
        }
        if self.header.is_none() {
            match H::of(&cells) {
                Ok(header) => {
                    let is_row = header.is_row();
                    let wanted = (0..cells.len()).map(|index| header.wants(index)).collect();
                    self.header = Some((header, wanted));
                    if !is_row {
                        return Ok(());
                    }
                }
                Err(missing) => {
                    self.missing.get_or_insert(missing);
                    self.passed += 1;
                    return Ok(());
                }
            }
        }
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.sheet.text.push(BETWEEN_CELLS);
            }
            self.sheet.text.push_str(cell);
        }
        let line = line.saturating_add(1);
        self.sheet.rows.push(Stored { line, end: self.sheet.text.len(), wrong: wrong.map(Box::new) });
        let too_much = if self.sheet.rows.len() > ROWS_MAX {
            format!("the sheet {} has more than {ROWS_MAX} rows; split it", self.sheet.name)
        } else if self.sheet.text.len() > TEXT_MAX_BYTES {
            format!("the sheet {} says more than {} MB; split it", self.sheet.name, TEXT_MAX_BYTES >> 20)
        } else {
            return Ok(());
        };
        Err(Unusable::NotATable(too_much))
    }
}

/// Errors: what a cell holds that is neither text nor number, and what to do.
fn text<'a>(value: &'a DataRef<'_>) -> Result<Cow<'a, str>, String> {
    match value {
        DataRef::String(text) => Ok(Cow::Borrowed(text.as_str())),
        DataRef::SharedString(text) => Ok(Cow::Borrowed(*text)),
        DataRef::Int(number) => Ok(Cow::Owned(number.to_string())),
        DataRef::Float(value) => number(*value).map(Cow::Owned),
        DataRef::Bool(value) => Err(format!("{}; write it as text", if *value { "TRUE" } else { "FALSE" })),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => {
            Err("a date; format the column as text and write it again".to_owned())
        }
        DataRef::Error(error) => Err(format!("the error {error}; mend the formula or write the value")),
        DataRef::Empty => {
            Err("a formula without its result; open the file in a spreadsheet program and save it".to_owned())
        }
    }
}

/// A number as a spreadsheet shows it: of fifteen digits the shortest form, so that 0.1 + 0.2 is 0.3. Errors: digits are lost.
fn number(value: f64) -> Result<String, String> {
    if !value.is_finite() || value.abs() >= ROUNDED_FROM {
        return Err(
            "a number of more than 15 digits, which spreadsheets round; format the column as text and write it again"
                .to_owned(),
        );
    }
    let shown: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    // Minus zero is zero.
    Ok((shown + 0.0).to_string())
}

/// "C7" of a column and a row, both from 0.
fn place(column: usize, row: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", row.saturating_add(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn numbers_are_what_a_spreadsheet_shows() {
        for (value, want) in [
            (6_901_234_567_892.0, "6901234567892"),
            (6.90123e12, "6901230000000"),
            (12.5, "12.5"),
            (0.1 + 0.2, "0.3"),
            (1299.0, "1299"),
            (1.1 * 3.0, "3.3"),
            (19.99, "19.99"),
            (-3.0, "-3"),
            (-0.0, "0"),
            (0.07 * 100.0, "7"),
            (999_999_999_999_999.0, "999999999999999"),
        ] {
            assert_eq!(number(value).as_deref(), Ok(want), "{value}");
        }
        for lost in [1e15, -1e15, 12_345_678_901_234_567_890.0, f64::INFINITY, f64::NAN] {
            assert!(number(lost).unwrap_err().contains("15 digits"), "{lost}");
        }
    }

    #[test]
    fn a_cell_is_named_as_spreadsheets_do() {
        for (column, row, want) in
            [(0, 0, "A1"), (2, 6, "C7"), (25, 0, "Z1"), (26, 1, "AA2"), (16_383, 1_048_575, "XFD1048576")]
        {
            assert_eq!(place(column, row), want);
        }
    }
}
