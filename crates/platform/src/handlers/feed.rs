//! `/api/v1/feed`, `/api/v1/feed/return`.

use crate::{
    error::ApiError,
    extract::{Body, Query, Seller},
    services::feed,
    state::App,
};
use axum::{Json, extract::State};
use hawker_domain::{DeviceId, OpId};
use hawker_wire::feed::{FeedPage, FeedPosition, FeedReturned, OpsAcked, ReturnFeed};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct FeedQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    head: String,
    device_id: Option<DeviceId>,
    #[serde(default)]
    epoch: u32,
    #[serde(default)]
    acked_seq: u64,
    acked_op: Option<OpId>,
    #[serde(default)]
    wait_ms: u64,
}

pub async fn read(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Query(query): Query<FeedQuery>,
) -> Result<Json<FeedPage>, ApiError> {
    let FeedQuery { after, head, device_id, epoch, acked_seq, acked_op, wait_ms } = query;
    let acked = device_id.map(|device_id| OpsAcked { device_id, epoch, acked_seq, acked_op });
    feed::read(&app, seller, FeedPosition { server_seq: after, head }, acked, wait_ms).await.map(Json)
}

pub async fn take_back(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Body(form): Body<ReturnFeed>,
) -> Result<Json<FeedReturned>, ApiError> {
    feed::take_back(&app, seller, form).await.map(Json)
}
