//! Import of a catalogue: a CSV or TSV file, or a folder with `catalog.csv` and photos. A row that can't be read is
//! reported and passed over; everything else lands. Importing the same table again changes nothing.

mod columns;
mod photos;
mod table;

use crate::{
    PhotoError, Store, StoreError,
    photos::decode,
    products,
    stock::{count_to, move_and_report},
};
use columns::{Columns, Draft, Wrong};
use hawker_domain::{Currency, Product, ProductId, Sku, reason::ImportWhy, stock::StockMovement};
use hawker_wire::{ErrorCode, Failure};
use photos::PhotoFolder;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
};
use table::Row;
use uuid::Uuid;

/// Largest table read: a few hundred thousand rows.
const TABLE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Rows in one transaction: enough that waiting for the disk is nothing, few enough that a sale gets in between.
const ROWS_AT_ONCE: usize = 500;

/// What an import did, or (dry) would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub dry_run: bool,
    pub added: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Photos that were new.
    pub photos: u64,
    pub problems: Vec<RowProblem>,
    /// It was told to stop before the last row; what landed until then stays.
    pub stopped: bool,
}

/// Why a row, or something of it, did not land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Line of the file, the header is 1.
    pub row: u64,
    pub sku: Option<String>,
    pub message: String,
    pub code: ImportWhy,
    /// What the code is about: the text that is no amount, the photo that can't be read. Empty where nothing is.
    pub about: String,
}

/// Why nothing was imported, or (disk full) nothing more.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{} can't be read ({why}); check the path", path.display())]
    Unreadable { path: PathBuf, why: io::Error },
    #[error("{} has no catalog.csv and no single other table; name the file", .0.display())]
    NoTable(PathBuf),
    #[error("{} can't be understood: {why}", path.display())]
    NotATable { path: PathBuf, why: String },
    #[error("{} lacks the column {missing}; name it in the first line", path.display())]
    MissingColumns { path: PathBuf, missing: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let code = match error {
            ImportError::Store(error) => return error.into(),
            ImportError::Unreadable { .. } | ImportError::NoTable(_) => ErrorCode::NotFound,
            ImportError::NotATable { .. } | ImportError::MissingColumns { .. } => ErrorCode::BadInput,
        };
        Self::new(code, error.to_string())
    }
}

struct Import<'a> {
    store: &'a Store,
    dir: PathBuf,
    folder: PhotoFolder,
    currency: Currency,
    report: ImportReport,
    /// SKUs of the table and the line each was first on.
    seen: HashMap<Sku, u64>,
    /// The first row of each product with variants: a shop's export writes there alone what they have in common.
    firsts: HashMap<String, Vec<String>>,
}

/// What a row asks for beside the product itself.
struct RowPhotos {
    line: u64,
    sku: Sku,
    paths: Vec<PathBuf>,
}

impl Store {
    /// Imports `path`; `currency` is that of prices without one. `progress` gets rows done and rows in all, and says
    /// whether to go on; what landed before it says no stays. A dry run reads, checks and decodes everything and changes
    /// nothing. Where the stock column has a number, the level is counted to it; an empty cell or a missing column leaves
    /// the stock alone. Errors: [`ImportError`].
    pub async fn import_catalogue(
        &self,
        path: &Path,
        currency: Currency,
        dry_run: bool,
        progress: impl Fn(u64, u64) -> bool + Send,
    ) -> Result<ImportReport, ImportError> {
        let file = table_of(path)?;
        let text = read_text(&file)?;
        let delimiter = table::delimiter(&text);
        let rows: Vec<Row> = table::rows(&text, delimiter).collect();
        let not_a_table = |why: String| ImportError::NotATable { path: file.clone(), why };
        let mut rows = rows.into_iter();
        let header = rows.next().ok_or_else(|| not_a_table("it is empty".to_owned()))?;
        let header = header.cells.map_err(&not_a_table)?;
        let columns =
            Columns::of(&header).map_err(|missing| ImportError::MissingColumns { path: file.clone(), missing })?;
        let dir = file.parent().unwrap_or(Path::new("")).to_owned();
        let folder = if columns.has_images() { PhotoFolder::default() } else { PhotoFolder::scan(&dir) };
        let report = ImportReport { dry_run, ..ImportReport::default() };
        let mut import =
            Import { store: self, dir, folder, currency, report, seen: HashMap::new(), firsts: HashMap::new() };
        let rows: Vec<Row> = rows.collect();
        let total = rows.len() as u64;
        let mut done = 0;
        let mut wanted = progress(done, total);
        for chunk in rows.chunks(ROWS_AT_ONCE) {
            if !wanted {
                break;
            }
            let photos = Box::pin(import.land(&columns, chunk)).await?;
            // Photos take most of the time, so progress moves by them.
            let without = (chunk.len() as u64).saturating_sub(photos.len() as u64);
            done += without;
            wanted = progress(done, total);
            for row in photos {
                if !wanted {
                    break;
                }
                import.add_photos(row).await?;
                done += 1;
                wanted = progress(done, total);
            }
        }
        import.report.stopped = done < total;
        import.report.problems.sort_by_key(|problem| problem.row);
        Ok(import.report)
    }
}

impl Import<'_> {
    /// Products and stock of some rows, in one transaction; returns the photos that are to follow.
    async fn land(&mut self, columns: &Columns, rows: &[Row]) -> Result<Vec<RowPhotos>, ImportError> {
        let mut tx = self.store.begin().await?;
        let mut photos = Vec::new();
        for row in rows {
            let Some(mut draft) = self.draft(columns, row) else { continue };
            let known = products::read(&mut tx, &draft.sku).await?;
            let sku = draft.sku.clone();
            let (images, stock) = (draft.images.take(), draft.stock);
            let product = match draft.onto(known.as_ref(), ProductId(Uuid::now_v7())) {
                Ok(product) => product,
                Err(wrong) => {
                    // A row that did not land keeps no later one of its SKU out.
                    self.seen.remove(&sku);
                    self.problem(row.line, &sku, wrong);
                    continue;
                }
            };
            let paths = self.photo_paths(row.line, &sku, images);
            let movement = match stock {
                Some(counted) => count_to(&mut tx, &sku, counted).await?,
                None => None,
            };
            // A shortfall and the largest count may lie further apart than one movement reaches.
            let movement = movement.filter(|movement| match movement.check() {
                Ok(()) => true,
                Err(why) => {
                    self.problem(row.line, &sku, Wrong::new(ImportWhy::BadStock, "", why.to_string()));
                    false
                }
            });
            self.count(known.as_ref(), &product, movement.as_ref());
            if !self.report.dry_run {
                if known.as_ref() != Some(&product) {
                    products::put(&mut tx, &product).await?;
                }
                if let Some(movement) = &movement {
                    move_and_report(&mut tx, movement).await?;
                }
            }
            if !paths.is_empty() {
                photos.push(RowPhotos { line: row.line, sku, paths });
            }
        }
        tx.commit().await.map_err(StoreError::from)?;
        self.store.ops_waiting.notify_one();
        Ok(photos)
    }

    /// The row as a draft; none, with a problem noted, when it can't be read.
    fn draft(&mut self, columns: &Columns, row: &Row) -> Option<Draft> {
        let (sku, read) = match &row.cells {
            Ok(cells) => {
                let of = columns.variant_of(cells);
                // Also of a row that does not land: what the others go on with is said there alone.
                if !of.is_empty() && columns.has_title(cells) {
                    self.firsts.entry(of.clone().into_owned()).or_insert_with(|| cells.clone());
                }
                let first = self.firsts.get(of.as_ref()).map(Vec::as_slice);
                (columns.sku_text(cells), columns.draft(cells, first, self.currency))
            }
            Err(why) => (None, Err(Wrong::new(ImportWhy::BadQuotes, "", why.clone()))),
        };
        let read = read.and_then(|draft| match self.seen.get(&draft.sku) {
            Some(line) => {
                let message = format!("the sku stands in line {line} already; this row was passed over");
                Err(Wrong::new(ImportWhy::RepeatedSku, &line.to_string(), message))
            }
            None => Ok(draft),
        });
        match read {
            Ok(draft) => {
                self.seen.insert(draft.sku.clone(), row.line);
                Some(draft)
            }
            Err(Wrong { code, about, message }) => {
                self.report.problems.push(RowProblem { row: row.line, sku, message, code, about });
                None
            }
        }
    }

    fn count(&mut self, known: Option<&Product>, product: &Product, movement: Option<&StockMovement>) {
        match known {
            None => self.report.added += 1,
            Some(known) if known == product && movement.is_none() => self.report.unchanged += 1,
            Some(_) => self.report.updated += 1,
        }
    }

    fn photo_paths(&mut self, line: u64, sku: &Sku, named: Option<Vec<String>>) -> Vec<PathBuf> {
        let Some(named) = named else {
            return if self.folder.is_empty() { Vec::new() } else { self.folder.of(sku) };
        };
        let mut paths = Vec::new();
        for name in named {
            match photos::inside(&self.dir, &name) {
                Some(path) => paths.push(path),
                None => {
                    let message = format!("the photo {name} lies outside the table's folder");
                    self.problem(line, sku, Wrong::new(ImportWhy::PhotoOutside, &name, message));
                }
            }
        }
        paths
    }

    /// Errors only where going on is useless (disk full, database gone); a bad photo is a problem of its row.
    async fn add_photos(&mut self, row: RowPhotos) -> Result<(), ImportError> {
        for path in &row.paths {
            let name = path.strip_prefix(&self.dir).unwrap_or(path).display().to_string();
            let bytes = match tokio::fs::read(path).await {
                Ok(bytes) => bytes,
                Err(why) => {
                    let message = format!("the photo {name} can't be read ({why})");
                    self.problem(row.line, &row.sku, Wrong::new(ImportWhy::PhotoUnreadable, &name, message));
                    continue;
                }
            };
            match self.add_photo(&row.sku, bytes).await {
                Ok(true) => self.report.photos += 1,
                Ok(false) => {}
                Err(PhotoError::Store(error)) => return Err(error.into()),
                Err(why) => {
                    let code = match why {
                        PhotoError::TooLarge(_) => ImportWhy::PhotoTooLarge,
                        _ => ImportWhy::NotAPhoto,
                    };
                    let message = format!("the photo {name} was left out: {why}");
                    self.problem(row.line, &row.sku, Wrong::new(code, &name, message));
                }
            }
        }
        Ok(())
    }

    /// True when the photo is new.
    async fn add_photo(&self, sku: &Sku, bytes: Vec<u8>) -> Result<bool, PhotoError> {
        if !self.report.dry_run {
            return Ok(self.store.add_photo_once(sku, &bytes).await?.is_new);
        }
        if self.store.photo_by_digest(sku, &Sha256::digest(&bytes)).await?.is_some() {
            return Ok(false);
        }
        decode(bytes).await?;
        Ok(true)
    }

    fn problem(&mut self, row: u64, sku: &Sku, wrong: Wrong) {
        let Wrong { code, about, message } = wrong;
        self.report.problems.push(RowProblem { row, sku: Some(sku.to_string()), message, code, about });
    }
}

/// The table meant by `path`: the file itself, or in a folder `catalog.csv` or else the only table there.
fn table_of(path: &Path) -> Result<PathBuf, ImportError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    for name in ["catalog.csv", "catalog.tsv", "catalogue.csv", "catalogue.tsv"] {
        let file = path.join(name);
        if file.is_file() {
            return Ok(file);
        }
    }
    let unreadable = |why| ImportError::Unreadable { path: path.to_owned(), why };
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if ending.is_some_and(|ending| ending == "csv" || ending == "tsv") {
            tables.push(file);
        }
    }
    match tables.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(ImportError::NoTable(path.to_owned())),
    }
}

fn read_text(file: &Path) -> Result<String, ImportError> {
    let unreadable = |why| ImportError::Unreadable { path: file.to_owned(), why };
    let not_a_table = |why: String| ImportError::NotATable { path: file.to_owned(), why };
    let size = std::fs::metadata(file).map_err(unreadable)?.len();
    if size > TABLE_MAX_BYTES {
        return Err(not_a_table(format!("it has {} MB, at most {} are read", size >> 20, TABLE_MAX_BYTES >> 20)));
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    table::decode(&bytes).map_err(not_a_table)
}
