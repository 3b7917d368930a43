//! Every address the platform answers, and what surrounds all of them.

use crate::{
    guard, handlers as h, hops, ingest,
    limits::{BODY_BYTES, BULK_BODY_BYTES, PHOTO_BYTES, WEBHOOK_BYTES},
    metrics,
    state::App,
    web,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, post, put},
};
use std::sync::Arc;
use tower_http::trace::TraceLayer;

/// The whole platform over HTTP.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new().merge(sellers()).merge(viewers()).layer(DefaultBodyLimit::max(BODY_BYTES));
    let api = api
        .merge(bulk())
        .route("/api/v1/payments/webhook", post(h::payments::webhook).layer(DefaultBodyLimit::max(WEBHOOK_BYTES)))
        .route("/photos/{photo_id}", get(h::catalogue::photo))
        .route("/healthz", get(h::health::healthz))
        .route("/readyz", get(h::health::readyz))
        .with_state(Arc::clone(&app));
    Router::new()
        .merge(api)
        .merge(ingest::flv_router(app.streams.clone()))
        .merge(web::router())
        .fallback(h::health::nothing_here)
        .method_not_allowed_fallback(h::health::wrong_method)
        .layer(middleware::from_fn(guard::time_limit))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::same_origin))
        .layer(middleware::from_fn(guard::security_headers))
        .layer(middleware::from_fn_with_state(app.trusted_hops, hops::client_address))
        .layer(middleware::from_fn_with_state(app, metrics::measure))
        // Method and path only: queries and headers may hold what is nobody's business, and so does a pay link.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &axum::extract::Request| {
            let path = request.uri().path();
            let path = if path.starts_with(web::PAY) { web::PAY } else { path };
            tracing::debug_span!("http", method = %request.method(), path)
        }))
}

/// For those who run the platform, on a port of its own.
pub fn ops_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(h::health::healthz))
        .route("/readyz", get(h::health::readyz))
        .route("/metrics", get(h::health::metrics))
        .fallback(h::health::nothing_here)
        .with_state(app)
}

/// Sign-in, and what a signed-in seller does.
fn sellers() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/accounts", post(h::accounts::sign_up))
        .route("/api/v1/accounts/password", put(h::accounts::change_password))
        .route("/api/v1/sessions", post(h::accounts::log_in))
        .route("/api/v1/sessions/refresh", post(h::accounts::refresh))
        .route("/api/v1/devices", get(h::devices::list).post(h::devices::register))
        .route("/api/v1/devices/{device_id}", delete(h::devices::revoke))
        .route("/api/v1/devices/{device_id}/lost", post(h::rights::declare_lost))
        .route("/api/v1/rights", get(h::rights::read))
        .route("/api/v1/quarantine", get(h::quarantine::list))
        .route("/api/v1/quarantine/{op_id}", post(h::quarantine::decide))
        .route("/api/v1/shows", post(h::shows::create))
        .route("/api/v1/shows/{show_id}/end", post(h::shows::end))
        .route("/api/v1/shows/{show_id}/pin", put(h::shows::pin))
        .route("/api/v1/shows/{show_id}/running-order", put(h::shows::running_order))
        .route("/api/v1/claims/{claim_id}/pay-link", get(h::claims::pay_link))
        .route("/api/v1/feed", get(h::feed::read))
        .route("/api/v1/orders/buyers", post(h::fulfilment::buyers))
}

/// The seller's larger bodies. The token is checked before the body is read, so that strangers can't send megabytes.
fn bulk() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/catalogue", put(h::catalogue::put))
        .route("/api/v1/catalogue/delist", post(h::catalogue::delist))
        .route("/api/v1/ops", post(h::ops::post))
        .route("/api/v1/feed/return", post(h::feed::take_back))
        // With the names of a whole running order.
        .route("/api/v1/shows/{show_id}/claims", put(h::claims::put_rules))
        .layer(DefaultBodyLimit::max(BULK_BODY_BYTES))
        .merge(
            Router::new()
                .route("/api/v1/catalogue/{sku}/photo", put(h::catalogue::put_photo).delete(h::catalogue::remove_photo))
                .layer(DefaultBodyLimit::max(PHOTO_BYTES)),
        )
}

/// Without an account.
fn viewers() -> Router<Arc<App>> {
    const SHOW: &str = "/api/v1/public/shows/{show_id}";
    Router::new()
        .route(SHOW, get(h::viewers::show))
        .route(&format!("{SHOW}/viewers"), get(h::viewers::count))
        .route(&format!("{SHOW}/events"), get(h::viewers::updates).post(h::viewers::behaviour))
        .route(&format!("{SHOW}/reservations"), post(h::orders::reserve))
        .route(&format!("{SHOW}/chat"), post(h::viewers::chat))
        .route(&format!("{SHOW}/claims"), post(h::claims::own))
        .route("/api/v1/public/claims/look", post(h::claims::look))
        .route("/api/v1/public/claims/hold", post(h::claims::hold))
        .route("/api/v1/public/reservations/{reservation_id}/pay", post(h::payments::pay))
        .route("/api/v1/public/reservations/{reservation_id}/payment", post(h::payments::look))
}
