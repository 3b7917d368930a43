//! Embedded ingest: takes RTMP from any encoder and hands HTTP-FLV to viewers.
//!
//! Owns: sockets of publishers, the streams, and the way from RTMP time to show time. Must not know: accounts, the
//! database, or what a show sells; who may publish is asked through [`PublishGate`]. Entry points: [`serve`] for
//! publishers, [`flv_router`] for viewers, [`StreamHub`] for whoever ends a show or counts its viewers.
//! Invariants: a stranger costs at most a few kilobytes and five seconds; a slow viewer slows nobody; the time of every
//! tag that leaves here is show time.

mod amf;
mod chunk;
mod connection;
mod flv;
mod http;
mod hub;
mod session;
mod stream;
mod timeline;

pub use http::flv_router;
pub use hub::StreamHub;
pub use stream::StreamStats;
pub use timeline::ShowClock;

use crate::hub::PublishGate;
use connection::{Claim, ConnectionError};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// When the system has no sockets left, asking again at once only burns the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a publisher may cost.
#[derive(Clone, Copy, Debug)]
pub struct IngestLimits {
    /// Publishers and strangers connected at once; more are closed unanswered.
    pub connections: usize,
    /// From the connection to the accepted publish command.
    pub publish_deadline: Duration,
    /// Longest time without picture and sound.
    pub idle: Duration,
    /// Largest message of an accepted publisher: a keyframe of 4K at high quality is below 2 MB.
    pub message_bytes: usize,
    /// A publisher that sends faster is read slower.
    pub bytes_per_s: usize,
}

impl Default for IngestLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            publish_deadline: Duration::from_secs(5),
            idle: Duration::from_secs(10),
            message_bytes: 4 << 20,
            bytes_per_s: 12 << 20,
        }
    }
}

/// Accepts publishers until `cancel`; then every stream ends.
pub async fn serve(listener: TcpListener, gate: Arc<impl PublishGate>, hub: StreamHub, cancel: CancellationToken) {
    serve_within(listener, gate, hub, IngestLimits::default(), cancel).await;
}

/// [`serve`] with limits of the caller's choice.
pub async fn serve_within(
    listener: TcpListener,
    gate: Arc<impl PublishGate>,
    hub: StreamHub,
    limits: IngestLimits,
    cancel: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = cancel.cancelled() => break,
            _ = sweep.tick() => hub.sweep(Instant::now()),
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => match Arc::clone(&places).try_acquire_owned() {
                    Ok(place) => {
                        let publisher = Publisher { socket, peer, place };
                        tokio::spawn(publisher.attend(Arc::clone(&gate), hub.clone(), limits, cancel.clone()));
                    }
                    Err(_) => warn!(peer = %peer, limit = limits.connections, "a publisher is turned away: too many connections"),
                },
                Err(error) => {
                    warn!(%error, "the ingest can't accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    hub.end_all();
}

struct Publisher {
    socket: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
}

impl Publisher {
    /// Runs the connection in a task of its own, so that the claim is given back whatever happens in there.
    async fn attend<G: PublishGate>(
        self,
        gate: Arc<G>,
        hub: StreamHub,
        limits: IngestLimits,
        cancel: CancellationToken,
    ) {
        let Self { socket, peer, place } = self;
        // Answers are small and awaited; waiting to fill a packet would only delay them.
        let _ = socket.set_nodelay(true);
        let claim: Claim = Arc::new(OnceLock::new());
        let mut task = tokio::spawn(connection::run(socket, Arc::clone(&gate), hub, limits, Arc::clone(&claim)));
        let ended = tokio::select! {
            ended = &mut task => Some(ended),
            () = cancel.cancelled() => None,
        };
        if ended.is_none() {
            task.abort();
            let _ = task.await;
        }
        if let Some(show) = claim.get() {
            gate.on_stream(*show, false).await;
        }
        drop(place);
        let show = claim.get().map(ToString::to_string).unwrap_or_default();
        match ended {
            None => {}
            Some(Ok(Ok(()))) => info!(peer = %peer, show.id = show, "a publisher has left"),
            Some(Ok(Err(error))) if claim.get().is_some() || matches!(error, ConnectionError::Refused(_)) => {
                warn!(peer = %peer, show.id = show, %error, "a publisher was let go");
            }
            // Strangers are many; their failures are of use only to who looks for them.
            Some(Ok(Err(error))) => debug!(peer = %peer, %error, "a stranger was let go"),
            Some(Err(_)) => warn!(peer = %peer, show.id = show, "a publisher's task broke down"),
        }
    }
}
