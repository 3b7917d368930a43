//! HTTP-FLV for viewers: `GET /live/{show}.flv`.

use super::hub::StreamHub;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use hawker_domain::ShowId;
use std::convert::Infallible;

/// `GET /live/{show}.flv`: the show's stream from a keyframe on, until the show ends. 404 while it has none.
pub fn flv_router(hub: StreamHub) -> Router {
    Router::new().route("/live/{file}", get(watch)).with_state(hub)
}

async fn watch(State(hub): State<StreamHub>, Path(file): Path<String>) -> Response {
    let show = file.strip_suffix(".flv").and_then(|show| show.parse::<ShowId>().ok());
    let Some(viewer) = show.and_then(|show| hub.watch(show)) else {
        return (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")]).into_response();
    };
    let bytes = stream::unfold(viewer, |mut viewer| async move {
        let bytes = viewer.next().await?;
        Some((Ok::<_, Infallible>(bytes), viewer))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("video/x-flv")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // A balancer in front must pass every tag on at once.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(bytes)).into_response()
}
