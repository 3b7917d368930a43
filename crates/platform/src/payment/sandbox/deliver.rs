//! One webhook over HTTP: a connection, a signed request, the status.

use super::super::{WebhookEndpoint, WebhookEvent, signature};
use crate::clock::SECOND_US;
use axum::body::Body;
use hyper::{
    Request, StatusCode,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use std::{io, time::Duration};
use tokio::net::TcpStream;

/// Longest a delivery may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a webhook did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error("{0} is no address to deliver to")]
    Address(String),
    #[error("can't connect: {0}")]
    Connect(#[source] io::Error),
    #[error("no answer within {PATIENCE:?}")]
    Silent,
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    #[error("the request can't be made: {0}")]
    Request(#[from] axum::http::Error),
    #[error("the event can't be written: {0}")]
    Event(#[from] serde_json::Error),
}

/// Posts the event; the status is the receiver's. The address is plain HTTP: the platform's own, on this machine.
pub async fn deliver(to: &WebhookEndpoint, event: &WebhookEvent) -> Result<StatusCode, DeliveryError> {
    tokio::time::timeout(PATIENCE, post(to, event)).await.map_err(|_| DeliveryError::Silent)?
}

async fn post(to: &WebhookEndpoint, event: &WebhookEvent) -> Result<StatusCode, DeliveryError> {
    let body = serde_json::to_vec(event)?;
    let signature = signature::sign(&to.key, to.clock.now_us() / SECOND_US, &body);
    let authority = to.url.authority();
    let address = to.url.socket_addrs(|| None).ok().and_then(|found| found.first().copied());
    let address = address.ok_or_else(|| DeliveryError::Address(authority.to_owned()))?;
    let request = Request::post(to.url.path())
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/json")
        .header(signature::HEADER, signature)
        .body(Body::from(body))?;
    let stream = TcpStream::connect(address).await.map_err(DeliveryError::Connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Its end is the sender's end: what goes wrong on the connection, the sender is told.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.status())
}
