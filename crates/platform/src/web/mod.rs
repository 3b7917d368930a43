//! The viewer page and its static assets.

use axum::Router;

/// `GET /s/{show}`, `GET /s/{show}/{sku}` and the assets they load.
pub fn router() -> Router {
    Router::new()
}
