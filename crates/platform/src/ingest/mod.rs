//! Embedded ingest: takes RTMP from any encoder and hands HTTP-FLV to viewers.

use crate::hub::PublishGate;
use axum::Router;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The streams on air, by show.
#[derive(Clone, Default)]
pub struct StreamHub {}

/// Accepts publishers until `cancel`.
pub async fn serve(_listener: TcpListener, _gate: Arc<impl PublishGate>, _hub: StreamHub, cancel: CancellationToken) {
    cancel.cancelled().await;
}

/// `GET /live/{show}.flv`.
pub fn flv_router(_hub: StreamHub) -> Router {
    Router::new()
}
