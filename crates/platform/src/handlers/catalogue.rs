//! `/api/v1/catalogue` and `/photos`.

use crate::{
    error::ApiError,
    extract::{Body, Path, Seller},
    services::catalogue,
    state::App,
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use hawker_domain::Sku;
use hawker_wire::catalogue::{Delist, PutCatalogue};
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn put(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Body(form): Body<PutCatalogue>,
) -> Result<StatusCode, ApiError> {
    catalogue::put(&app, seller, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn delist(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Body(form): Body<Delist>,
) -> Result<StatusCode, ApiError> {
    catalogue::delist(&app, seller, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn put_photo(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(sku): Path<Sku>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let body = body.map_err(|_| ApiError::bad_input("the photo is larger than 2 MiB, or broke off on the way"))?;
    Ok(Json(json!({ "photo_url": catalogue::put_photo(&app, seller, sku, body).await? })))
}

pub async fn remove_photo(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(sku): Path<Sku>,
) -> Result<StatusCode, ApiError> {
    app.store.remove_photo(seller, &sku).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn photo(State(app): State<Arc<App>>, Path(photo_id): Path<String>) -> Result<impl IntoResponse, ApiError> {
    let jpeg = app.store.photo(&photo_id).await?.ok_or_else(|| ApiError::not_found("there is no such photo"))?;
    // The name is the content's hash, so a copy is good for ever.
    let kept = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), kept], jpeg))
}
