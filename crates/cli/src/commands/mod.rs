//! One module per noun.

pub mod backup;
pub mod card;
pub mod catalog;
pub mod channel_orders;
pub mod channels;
pub mod claims;
pub mod comments;
pub mod conflicts;
pub mod destinations;
pub mod devices;
pub mod doctor;
pub mod installations;
pub mod key;
pub mod live;
pub mod models;
pub mod offers;
pub mod orders;
pub mod platform;
pub mod recognise;
pub mod recording;
pub mod run_through;
pub mod scene;
pub mod settings;
pub mod show;
pub mod sound;
pub mod statement;
pub mod stock;
pub mod stock_take;
pub mod till;

use hawker_wire::{ErrorCode, Failure};
use serde::Serialize;

/// A value as one line of JSON.
pub(crate) fn json_line(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))
}

/// Runs something that blocks, away from the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))?
}
