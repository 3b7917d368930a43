//! The HTTP/1.1 server around the router: bounded connections, a limit on slow heads, an orderly end.
//!
//! Owns: accepting and closing connections. Must not know: what is asked. Written out rather than left to the
//! framework's own loop, which lets a silent connection stay for ever.

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// From one answer (or the connection) to the whole head of the next request. Idle keep-alive counts as well.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections open at once; those beyond wait in the system's queue until one ends.
const MAX_CONNECTIONS: usize = 25_000;
/// When the system has no sockets left, asking again at once only burns the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `cancel`, then lets every request under way end.
pub async fn serve(listener: TcpListener, router: Router, cancel: CancellationToken) {
    serve_within(HEAD_TIMEOUT, listener, router, cancel).await;
}

async fn serve_within(head_timeout: Duration, listener: TcpListener, router: Router, cancel: CancellationToken) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            () = cancel.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                let (router, cancel) = (router.clone(), cancel.clone());
                connections.spawn(async move {
                    connection(stream, from, head_timeout, router, cancel).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: TcpStream,
    from: SocketAddr,
    head_timeout: Duration,
    router: Router,
    cancel: CancellationToken,
) {
    // Answers are small: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(from));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_timeout);
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = cancel.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        // A client that goes in the middle of something is its own business.
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_silent_or_slow_connection_is_closed_and_a_good_one_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cancel = CancellationToken::new();
        let router = Router::new().route("/", get(|| async { "hello" }));
        let server = tokio::spawn(serve_within(Duration::from_millis(200), listener, router, cancel.clone()));

        let mut good = TcpStream::connect(address).await.unwrap();
        good.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        good.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");

        for head in [&b""[..], b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
            let mut slow = TcpStream::connect(address).await.unwrap();
            slow.write_all(head).await.unwrap();
            let closed = async { while slow.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {} };
            tokio::time::timeout(Duration::from_secs(10), closed).await.expect("closed after its time");
        }
        cancel.cancel();
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
