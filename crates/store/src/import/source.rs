//! From a path to a table with a known header.

use super::{archive, book, book::Sheet, report::ImportError, table};
use std::path::{Path, PathBuf};

pub(crate) use super::table::Row;

/// Largest table read: a few hundred thousand rows.
const TABLE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Rows among which the header is looked for: a title may stand above it, and Taobao's exports begin with two lines for programs.
pub(super) const HEADER_ROWS: usize = 5;

/// What a table must say in its first line to be of use.
pub(crate) trait Header: Sized + Send + 'static {
    /// Errors: the names of required columns that it lacks.
    fn of(cells: &[String]) -> Result<Self, String>;

    /// True for a column with a meaning.
    fn wants(&self, index: usize) -> bool;

    /// True where the row it was read from is no header but the first row of a table without one.
    fn is_row(&self) -> bool {
        false
    }
}

/// Why a file is of no use.
#[derive(Debug)]
pub(super) enum Unusable {
    NotATable(String),
    /// The columns it lacks.
    Missing(String),
}

/// The rows after a header.
pub(crate) enum Table {
    Text { text: String, delimiter: char, header_rows: usize },
    Sheet(Sheet),
}

impl Table {
    /// Each read anew: a table takes no more room than its text.
    pub(crate) fn rows(&self) -> Box<dyn Iterator<Item = Row> + Send + '_> {
        match self {
            Self::Text { text, delimiter, header_rows } => Box::new(table::rows(text, *delimiter).skip(*header_rows)),
            Self::Sheet(sheet) => Box::new(sheet.rows()),
        }
    }

    /// The name of the sheet.
    pub(crate) fn sheet(&self) -> Option<&str> {
        match self {
            Self::Text { .. } => None,
            Self::Sheet(sheet) => Some(&sheet.name),
        }
    }
}

/// Reads `file` away from the threads that wait for others. Errors: [`ImportError`].
pub(crate) async fn open<H: Header>(file: &Path) -> Result<(Table, H), ImportError> {
    let path = file.to_owned();
    // A reader that panics over a workbook made for that purpose takes nothing else along.
    let read = tokio::task::spawn_blocking(move || {
        let bytes = read_bytes(&path)?;
        let unusable = |why| match why {
            Unusable::NotATable(why) => ImportError::NotATable { path: path.clone(), why },
            Unusable::Missing(missing) => ImportError::MissingColumns { path: path.clone(), missing },
        };
        parse(&bytes).map_err(unusable)
    });
    let why = "the workbook is broken; save it anew".to_owned();
    read.await.unwrap_or_else(|_| Err(ImportError::NotATable { path: file.to_owned(), why }))
}

/// By what stands in it, whatever it is called.
fn parse<H: Header>(bytes: &[u8]) -> Result<(Table, H), Unusable> {
    if bytes.starts_with(b"PK\x03\x04") {
        return book::read(bytes).map(|(sheet, header)| (Table::Sheet(sheet), header));
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(Unusable::NotATable(old_workbook(bytes)));
    }
    let text = table::decode(bytes).map_err(Unusable::NotATable)?;
    let delimiter = table::delimiter(&text);
    let mut missing = None;
    let mut found = None;
    for (passed, row) in table::rows(&text, delimiter).take(HEADER_ROWS).enumerate() {
        match row.cells.map(|cells| H::of(&cells)) {
            Ok(Ok(header)) => {
                let header_rows = passed + usize::from(!header.is_row());
                found = Some((header, header_rows));
                break;
            }
            Ok(Err(lacks)) => missing = missing.or(Some(lacks)),
            Err(wrong) if passed == 0 => return Err(Unusable::NotATable(wrong.message)),
            Err(_) => {}
        }
    }
    match (found, missing) {
        (Some((header, header_rows)), _) => Ok((Table::Text { text, delimiter, header_rows }, header)),
        (None, Some(missing)) => Err(Unusable::Missing(missing)),
        (None, None) => Err(Unusable::NotATable("it is empty".to_owned())),
    }
}

/// A workbook of before 2007, or one that is encrypted: both lie in the same kind of container.
fn old_workbook(bytes: &[u8]) -> String {
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(encrypted.len()).any(|window| window == encrypted) {
        archive::PASSWORD.to_owned()
    } else {
        "it is an old workbook (.xls); save it as .xlsx or as CSV".to_owned()
    }
}

/// The table meant by `path`: the file itself, or in a folder `catalog.csv` or else the only table there.
pub(super) fn table_of(path: &Path) -> Result<PathBuf, ImportError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    for name in ["catalog.csv", "catalog.tsv", "catalog.xlsx", "catalogue.csv", "catalogue.tsv", "catalogue.xlsx"] {
        let file = path.join(name);
        if file.is_file() {
            return Ok(file);
        }
    }
    let unreadable = |why| ImportError::Unreadable { path: path.to_owned(), why };
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        // A spreadsheet program keeps such a file beside one that is open.
        let is_lock = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("~$"));
        if hawker_domain::files::ends_in(&file, hawker_domain::files::TABLES) && !is_lock {
            tables.push(file);
        }
    }
    match tables.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(ImportError::NoTable(path.to_owned())),
    }
}

fn read_bytes(file: &Path) -> Result<Vec<u8>, ImportError> {
    let unreadable = |why| ImportError::Unreadable { path: file.to_owned(), why };
    let size = std::fs::metadata(file).map_err(unreadable)?.len();
    if size > TABLE_MAX_BYTES {
        let why = format!("it has {} MB, at most {} are read", size >> 20, TABLE_MAX_BYTES >> 20);
        return Err(ImportError::NotATable { path: file.to_owned(), why });
    }
    std::fs::read(file).map_err(unreadable)
}
