//! What the store promises, tried on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backups;
mod catalogue;
mod disk_full;
mod encryption;
mod exporting;
mod fulfilment;
mod importing;
mod importing_hostile;
mod importing_shops;
mod importing_workbooks;
mod keychain;
mod lessons;
mod offers;
mod opening;
mod photos_by_code;
mod projection;
mod recovery;
mod restoring;
mod rotating;
mod searching;
mod selling;
mod taking_stock;
mod told;
