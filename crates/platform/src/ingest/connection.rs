//! One publisher's socket: deadlines, and the way from its bytes to the stream.

use super::IngestLimits;
use super::hub::StreamHub;
use super::session::{Session, SessionError, Step};
use super::stream::{Delivered, MediaError, Publication};
use crate::hub::{PublishGate, PublishRefused};
use hawker_domain::ShowId;
use rml_rtmp::handshake::{Handshake, HandshakeError, HandshakeProcessResult, PeerType};
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

const READ_BYTES: usize = 32 * 1024;
/// A publisher that is refused hangs up by itself; one that does not is cut off after this.
const HANG_UP: Duration = Duration::from_millis(500);

/// Why a publisher's connection ended other than by its own wish.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("the handshake failed: {0}")]
    Handshake(#[from] HandshakeError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error("publishing was refused: {0}")]
    Refused(#[from] PublishRefused),
    #[error("nothing was published in time")]
    TooSlow,
    #[error("no picture and no sound came for too long")]
    Idle,
    #[error("a second stream was begun on one connection")]
    SecondStream,
    #[error("the line broke: {0}")]
    Io(#[from] io::Error),
}

/// The show a connection has claimed. It outlives the connection's task, so that a claim is given back after a panic too.
pub(super) type Claim = Arc<OnceLock<ShowId>>;

/// Serves one publisher until it ends. Errors: [`ConnectionError`]; the caller gives the claim back.
pub(super) async fn run<G: PublishGate>(
    socket: TcpStream,
    gate: Arc<G>,
    hub: StreamHub,
    limits: IngestLimits,
    claim: Claim,
) -> Result<(), ConnectionError> {
    let deadline = Instant::now() + limits.publish_deadline;
    let mut line = Line { socket, buffer: vec![0; READ_BYTES], deadline, budget: Budget::new(limits.bytes_per_s) };
    let rest = line.handshake().await?;
    let mut session = Session::new(limits.message_bytes);
    session.push(&rest)?;
    let Some(mut publication) = admit(&mut line, &mut session, &*gate, &hub, &claim).await? else { return Ok(()) };
    let Some(show) = claim.get().copied() else { return Ok(()) };
    line.deadline = Instant::now() + limits.idle;
    loop {
        while let Some(step) = session.next()? {
            match step {
                Step::Media(media) => {
                    line.deadline = Instant::now() + limits.idle;
                    match publication.media(media) {
                        Ok(Delivered::FirstPicture) => gate.on_stream(show, true).await,
                        Ok(_) => {}
                        Err(error) => {
                            session.reject(&error.to_string())?;
                            line.hang_up(&mut session).await;
                            return Err(error.into());
                        }
                    }
                }
                Step::Metadata(properties) => publication.metadata(properties),
                Step::Finished => return Ok(()),
                Step::Publish { .. } => return Err(ConnectionError::SecondStream),
            }
        }
        line.send(&mut session).await?;
        if publication.ended() || !line.read_into(&mut session).await.map_err(idle)? {
            return Ok(());
        }
    }
}

/// Talks until the publisher has asked to publish and was admitted. None: it left before.
async fn admit<G: PublishGate>(
    line: &mut Line,
    session: &mut Session,
    gate: &G,
    hub: &StreamHub,
    claim: &Claim,
) -> Result<Option<Publication>, ConnectionError> {
    loop {
        while let Some(step) = session.next()? {
            let Step::Publish { key } = step else { continue };
            let admitted = match gate.authorise(&key).await {
                Ok(show) => {
                    // From here the claim is ours to give back, whatever happens.
                    let _ = claim.set(show);
                    hub.publish(show).ok_or(PublishRefused::AlreadyPublishing)
                }
                Err(refused) => Err(refused),
            };
            match admitted {
                Ok(publication) => {
                    session.accept()?;
                    line.send(session).await?;
                    return Ok(Some(publication));
                }
                Err(refused) => {
                    session.refuse()?;
                    line.hang_up(session).await;
                    return Err(refused.into());
                }
            }
        }
        line.send(session).await?;
        if !line.read_into(session).await? {
            return Ok(None);
        }
    }
}

fn idle(error: ConnectionError) -> ConnectionError {
    match error {
        ConnectionError::TooSlow => ConnectionError::Idle,
        other => other,
    }
}

/// The socket with the deadline that holds right now.
struct Line {
    socket: TcpStream,
    buffer: Vec<u8>,
    deadline: Instant,
    budget: Budget,
}

impl Line {
    /// Gives what the peer sent behind its handshake.
    async fn handshake(&mut self) -> Result<Vec<u8>, ConnectionError> {
        let mut handshake = Handshake::new(PeerType::Server);
        loop {
            let read = self.read().await?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            let bytes = self.buffer.get(..read).unwrap_or_default();
            match handshake.process_bytes(bytes)? {
                HandshakeProcessResult::InProgress { response_bytes } => self.write(&response_bytes).await?,
                HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                    self.write(&response_bytes).await?;
                    return Ok(remaining_bytes);
                }
            }
        }
    }

    /// False: the peer has closed.
    async fn read_into(&mut self, session: &mut Session) -> Result<bool, ConnectionError> {
        self.budget.wait().await;
        let read = self.read().await?;
        self.budget.spend(read);
        session.push(self.buffer.get(..read).unwrap_or_default())?;
        Ok(read > 0)
    }

    async fn read(&mut self) -> Result<usize, ConnectionError> {
        let read = timeout_at(self.deadline, self.socket.read(&mut self.buffer)).await;
        Ok(read.map_err(|_| ConnectionError::TooSlow)??)
    }

    async fn send(&mut self, session: &mut Session) -> Result<(), ConnectionError> {
        let output = session.take_output();
        self.write(&output).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), ConnectionError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written = timeout_at(self.deadline, self.socket.write_all(bytes)).await;
        Ok(written.map_err(|_| ConnectionError::TooSlow)??)
    }

    /// Sends the last words and waits a little for the peer to hang up: closing at once with unread bytes would reset
    /// the connection, and the words would be lost.
    async fn hang_up(&mut self, session: &mut Session) {
        self.deadline = Instant::now() + HANG_UP;
        let _ = self.send(session).await;
        let _ = self.socket.shutdown().await;
        while matches!(self.read().await, Ok(read) if read > 0) {}
    }
}

/// What a publisher may send in a second; above it the socket isn't read, so that the publisher waits, not we.
struct Budget {
    per_s: usize,
    left: usize,
    until: Instant,
}

impl Budget {
    fn new(per_s: usize) -> Self {
        Self { per_s, left: per_s, until: Instant::now() + Duration::from_secs(1) }
    }

    async fn wait(&mut self) {
        if self.left == 0 {
            sleep_until(self.until).await;
        }
        let now = Instant::now();
        if now >= self.until {
            *self = Self::new(self.per_s);
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}
