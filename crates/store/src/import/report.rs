//! What an import says of itself.

use crate::StoreError;
use hawker_domain::reason::ImportWhy;
use hawker_wire::{ErrorCode, Failure};
use std::{io, path::PathBuf};

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
    /// The sheet of a workbook that was read. None: the file is no workbook.
    pub sheet: Option<String>,
    /// It was told to stop before the last row; what landed until then stays.
    pub stopped: bool,
}

/// Why a row, or something of it, did not land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Line of the file, or row of the sheet, from 1; the header counts.
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
