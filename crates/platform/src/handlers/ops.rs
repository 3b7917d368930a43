//! `/api/v1/ops`.

use crate::{
    error::ApiError,
    extract::{AnyDevice, Body},
    services::ops,
    state::App,
};
use axum::{Json, extract::State};
use hawker_wire::ops::{OpsApplied, PostOps};
use std::sync::Arc;

pub async fn post(
    State(app): State<Arc<App>>,
    // What a revoked device sold is a fact as well.
    AnyDevice { seller, .. }: AnyDevice,
    Body(form): Body<PostOps>,
) -> Result<Json<OpsApplied>, ApiError> {
    ops::apply(&app, seller, form).await.map(Json)
}
