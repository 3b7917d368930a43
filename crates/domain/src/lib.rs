//! Rules and types of a show, its goods and its orders.
//!
//! Owns: what the words of the trade mean (product, stock movement, order, tag, show) and which changes are allowed.
//! Must not know: files, sockets, clocks, random numbers, threads. Ids and times are passed in.
//! Entry points: [`show::ShowState::on`], [`order::OrderState::on`], [`stock::StockLevel::apply`],
//! [`edit::merge`], [`comment::Grammar::read`], [`channel::Ledger::arrive`], [`claim::ClaimState::on`], [`offer::shares`].

pub mod card;
pub mod channel;
pub mod claim;
pub mod comment;
pub mod destination;
pub mod edit;
pub mod encode;
pub mod failure;
pub mod files;
pub mod heard;
pub mod ids;
pub mod money;
pub mod offer;
pub mod order;
pub mod overlay;
pub mod overload;
pub mod person;
pub mod product;
pub mod reason;
pub mod receipt;
mod record_quality;
mod rendition;
pub mod rights;
pub mod running_order;
pub mod scene;
pub mod show;
pub mod show_time;
pub mod sku;
pub mod sound;
pub mod sound_change;
pub mod stock;
pub mod tag;
pub mod till;
pub mod variant;
pub mod words;

pub use destination::DestinationWay;
pub use encode::EncodeSpeed;
pub use ids::*;
pub use money::{Currency, Money, MoneyError, ungrouped};
pub use product::Product;
pub use record_quality::{BadQuality, RecordEncode, RecordQuality};
pub use rendition::Rendition;
pub use scene::{CanvasShape, SourceId};
pub use show_time::ShowMs;
pub use sku::{Sku, SkuError};
pub use variant::Variant;
pub use words::Words;
