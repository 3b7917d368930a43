//! What the store promises, tried on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backups;
mod catalogue;
mod channel_orders;
mod channels;
mod claims;
mod disk_full;
mod edits;
mod encryption;
mod exporting;
mod fulfilment;
mod high_water;
mod importing;
mod importing_hostile;
mod importing_shops;
mod importing_workbooks;
mod keychain;
mod lessons;
mod log;
mod offers;
mod opening;
mod photos_by_code;
mod plans;
mod projection;
mod recovery;
mod restoring;
mod rights;
mod rotating;
mod searching;
mod selling;
mod signing;
mod taking_stock;
mod till;
mod told;
mod upgrading;
