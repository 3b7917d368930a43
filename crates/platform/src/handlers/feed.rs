//! `/api/v1/feed`.

use crate::{
    error::ApiError,
    extract::{Query, Seller},
    services::feed,
    state::App,
};
use axum::{Json, extract::State};
use hawker_wire::feed::FeedPage;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct FeedQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
}

pub async fn read(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Query(query): Query<FeedQuery>,
) -> Result<Json<FeedPage>, ApiError> {
    feed::read(&app, seller, query.after, query.wait_ms).await.map(Json)
}
