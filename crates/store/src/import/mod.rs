//! Import of a catalogue: a CSV, TSV or XLSX file, or a folder with `catalog.csv` and photos. A row that can't be read is
//! reported and passed over; everything else lands. Importing the same table again changes nothing.

mod archive;
mod batch;
mod book;
pub(crate) mod columns;
pub(crate) mod list;
mod names;
mod owners;
mod packed;
mod photos;
mod report;
pub(crate) mod source;
mod table;

use crate::{PhotoError, Store, StoreError, photos::decode, search, stock::count_to};
use batch::Batch;
use columns::{Columns, Draft, Wrong};
use hawker_domain::{Currency, Product, ProductId, Sku, reason::ImportWhy, stock::StockMovement};
use owners::Owners;
use photos::PhotoFolder;
pub use report::{ImportError, ImportReport, RowProblem};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};
use table::Row;
use uuid::Uuid;

/// Rows in one transaction: enough that waiting for the disk is nothing and the index, which writes a part of its own for each
/// transaction, has few parts to join; few enough that a sale gets in between after less than half a second.
const ROWS_AT_ONCE: usize = 4_000;

struct Import<'a> {
    store: &'a Store,
    dir: PathBuf,
    folder: PhotoFolder,
    owners: Owners,
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
        let file = source::table_of(path)?;
        let (table, columns) = source::open::<Columns>(&file).await?;
        let dir = file.parent().unwrap_or(Path::new("")).to_owned();
        let folder = if columns.has_images() { PhotoFolder::default() } else { PhotoFolder::scan(&dir) };
        let report = ImportReport { dry_run, sheet: table.sheet().map(str::to_owned), ..ImportReport::default() };
        let mut owners = if folder.is_empty() { Owners::default() } else { Owners::of(self).await? };
        let mut total = 0;
        for row in table.rows() {
            total += 1;
            if !folder.is_empty() {
                owners.note(&columns, row);
            }
        }
        let (seen, firsts) = (HashMap::new(), HashMap::new());
        let mut import = Import { store: self, dir, folder, owners, currency, report, seen, firsts };
        let is_large = total > ROWS_AT_ONCE as u64 && !dry_run;
        if is_large {
            search::join_parts(&self.writer, search::JOIN_LATE).await?;
        }
        let outcome = import.run(&table, &columns, total, progress).await;
        if is_large {
            search::join_parts_soon(&self.writer).await;
        }
        outcome?;
        import.report.problems.sort_by_key(|problem| problem.row);
        Ok(import.report)
    }
}

impl Import<'_> {
    async fn run(
        &mut self,
        table: &source::Table,
        columns: &Columns,
        total: u64,
        progress: impl Fn(u64, u64) -> bool + Send,
    ) -> Result<(), ImportError> {
        let mut rows = table.rows();
        let mut done = 0;
        let mut wanted = progress(done, total);
        loop {
            let chunk: Vec<Row> = rows.by_ref().take(ROWS_AT_ONCE).collect();
            if chunk.is_empty() {
                break;
            }
            if !wanted {
                self.report.stopped = true;
                break;
            }
            let end = done + chunk.len() as u64;
            let photos = Box::pin(self.land(columns, chunk)).await?;
            // Photos take most of the time, so progress moves by them.
            done = end.saturating_sub(photos.len() as u64).max(done);
            wanted = progress(done, total);
            for row in photos {
                if !wanted {
                    self.report.stopped = true;
                    break;
                }
                self.add_photos(row).await?;
                done = end.min(done + 1);
                wanted = progress(done, total);
            }
            done = end;
        }
        Ok(())
    }

    /// Products and stock of some rows, in one transaction; returns the photos that are to follow.
    async fn land(&mut self, columns: &Columns, rows: Vec<Row>) -> Result<Vec<RowPhotos>, ImportError> {
        let mut tx = self.store.begin().await?;
        let mut photos = Vec::new();
        // A row may stand for a thousand variants: no more of them than of rows are held and written together.
        let mut rows = rows.into_iter().flat_map(|row| columns.unpack(row));
        loop {
            let part: Vec<Row> = rows.by_ref().take(ROWS_AT_ONCE).collect();
            if part.is_empty() {
                break;
            }
            let mut batch = Batch::of(&mut tx, columns, &part).await?;
            for row in &part {
                let Some(mut draft) = self.draft(columns, row) else { continue };
                let known = batch.known.get(&draft.sku).cloned();
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
                let paths = self.photo_paths(row.line, &product, images);
                let movement = stock.and_then(|counted| count_to(&sku, batch.level(&sku), counted));
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
                        batch.changed.push(product);
                    }
                    batch.counted.extend(movement);
                }
                if !paths.is_empty() {
                    photos.push(RowPhotos { line: row.line, sku, paths });
                }
            }
            batch.write(&mut tx, self.store.clock.now_us()).await?;
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
            Err(wrong) => (None, Err(wrong.clone())),
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

    fn photo_paths(&mut self, line: u64, product: &Product, named: Option<Vec<String>>) -> Vec<PathBuf> {
        let sku = &product.sku;
        let Some(named) = named else { return self.photos_beside(line, product) };
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

    /// Photos named after the SKU, and after the barcode where that is of one product alone.
    fn photos_beside(&mut self, line: u64, product: &Product) -> Vec<PathBuf> {
        let (sku, code) = (&product.sku, product.barcode.as_str());
        let mut paths = self.folder.of_sku(sku);
        if code.is_empty() {
            return paths;
        }
        let by_code = self.folder.of_barcode(code, self.owners.skus());
        match self.owners.other(code, sku).map(ToOwned::to_owned) {
            Some(other) if !by_code.is_empty() => {
                let message = format!("the photos named {code} were left out: {other} has this barcode too");
                self.problem(line, sku, Wrong::new(ImportWhy::SharedBarcode, code, message));
            }
            _ => paths.extend(by_code),
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
