//! The studio's encrypted SQLite: catalogue, photos, stock, orders, outbox, shows, destinations, settings.
//!
//! Owns: what lies on the seller's disk, the key it is encrypted with, and which changes happen in one transaction.
//! Must not know: the network, media, recognition, how anything is shown.
//! Entry point: [`Store::open`]. A [`Store`] is cheap to clone; all clones share one writer and a few readers.
//!
//! Invariants:
//! - What a method has answered `Ok` for survives a power cut (WAL with `synchronous = FULL`).
//! - Stock levels equal the sum of the ledger; the ledger is only appended to.
//! - A change the platform must hear of and its outbox row are written in one transaction.
//! - A database, its log included, that lost something acknowledged does not open as if nothing were missing.
//! - No plain text reaches the disk: not in the file, its WAL, temporary files, or a backup.
//! - A backup, a restore and a change of the key are whole or did not happen, also when the power fails.

mod acked;
mod backup;
mod channel_orders;
mod channels;
mod claims;
mod clock;
mod destinations;
mod device;
mod device_key;
mod edits;
mod error;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod exit;
mod export;
mod feed;
mod fulfilment;
mod high_water;
mod import;
mod key;
#[cfg(feature = "testing")]
mod less_durable;
mod lessons;
mod money_tasks;
mod near;
mod offers;
mod open;
mod orders;
mod outbox;
mod paper;
mod photos;
mod picture;
mod products;
mod projection;
mod promises;
mod published;
mod rights;
mod rotate;
mod search;
mod settings;
mod shows;
mod stock;
mod stock_take;
mod swap;
mod till;
mod vectors;
mod words;

pub use backup::{
    Backup, BackupError, Consent, Contents, ListedBackup, Restored, list_backups, restore, verify_backup,
};
pub use channel_orders::{ChannelImport, OrderImport, OrderProblem, Short};
pub use channels::{ChannelLeft, ChannelStanding};
pub use claims::{ClaimsOf, KeptClaim};
pub use clock::Clock;
pub use destinations::{Destination, DestinationError};
pub use device::DeviceIdentity;
pub use error::StoreError;
pub use export::{book_csv, pack_list, utc};
pub use feed::FeedError;
pub use fulfilment::GoodsBack;
pub use import::{ImportError, ImportReport, RowProblem};
pub use key::{
    CodeError, KeyHome, KeyPolicy, RecoveryCode, RecoveryCodeKept, keychain_works, recover_key, recovery_code_kept,
};
pub use lessons::{LESSON_DAYS, LESSONS, LESSONS_PER_PRODUCT, Lesson, LessonVector, NewLesson};
pub use money_tasks::MoneyTask;
pub use offers::KeptOffer;
pub use open::{OpenError, Store};
pub use outbox::RejectedOp;
pub use paper::{PaperError, PaperLanguage, PrintFont, pack_list_pdf};
pub use photos::PhotoError;
pub use picture::{PHOTO_SIDE_PX, THUMBNAIL_SIDE_PX};
pub use projection::{BasisId, Projected};
pub use rotate::{Rotated, rotate_key};
pub use search::FOUND_MAX;
pub use shows::{Show, ShowEvent};
pub use stock_take::{CountProblem, CountedProduct, StockTake, Unscanned};
pub use till::{AmbiguousRows, MatchedRow, StatementOptions, StatementProblem, StatementReport, StatementRow};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
