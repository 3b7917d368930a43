//! `/api/v1/orders/buyers`.

use crate::{
    error::ApiError,
    extract::{Body, Seller},
    services::fulfilment,
    state::App,
};
use axum::{Json, extract::State};
use hawker_wire::order::{AskBuyers, Buyers};
use std::sync::Arc;

pub async fn buyers(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Body(form): Body<AskBuyers>,
) -> Result<Json<Buyers>, ApiError> {
    fulfilment::buyers(&app, seller, form).await.map(Json)
}
