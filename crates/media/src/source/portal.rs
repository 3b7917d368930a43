//! A screen or a window under Wayland. Programs see neither there: the system asks the person what to share, and
//! PipeWire delivers that. (The desktop portal's ScreenCast interface.)
//!
//! The person is asked once for a source. What was shared can be opened again without asking, for as long as the person
//! has not ended it. A thread of its own holds the sharing: it asks, hears when the person ends it, and ends it when
//! nobody looks at it any more.

use super::{
    build::{Size, Times, filter, link_source},
    leave::Leave,
    patience,
    tail::video_tail,
    taps::Taps,
};
use crate::{MediaError, elements};
use ashpd::{
    desktop::{
        PersistMode, ResponseError, Session,
        screencast::{CursorMode, Screencast, SelectSourcesOptions, SourceType},
    },
    enumflags2::BitFlags,
};
use futures_util::{
    StreamExt as _,
    future::{Either, select},
};
use gst::{glib, prelude::*};
use gstreamer as gst;
use std::{
    os::fd::{AsRawFd, RawFd},
    pin::pin,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

/// A desktop delivers a picture only when something changed on it; the last one is sent again as often, milliseconds.
/// When what is shared goes away, nothing is sent again either.
const AGAIN_MS: i32 = 100;
/// How often it is looked whether the answer is still wanted.
const POLL: Duration = Duration::from_millis(50);
/// How often it is looked whether anybody still looks at what is shared.
const IN_USE: Duration = Duration::from_millis(250);

/// True where screens are shared by asking: this session's display is Wayland's.
pub(crate) fn is_spoken() -> bool {
    std::env::var_os("WAYLAND_DISPLAY").is_some_and(|value| !value.is_empty())
}

/// What the person shared.
struct Shared {
    /// The connection to PipeWire; open for as long as the element is there.
    remote: RawFd,
    node: u32,
    /// Opens the same again without asking; works once.
    token: Option<String>,
}

type Answer = Result<Shared, MediaError>;

/// What is shared, as pictures. Waits for the person, until `taps.stopping`. Errors: nothing was shared, the system has
/// no such service, elements are missing.
pub(super) fn screen(pipeline: &gst::Pipeline, size: Size, time: &Times, taps: &Taps) -> Result<(), MediaError> {
    let src = elements::make("pipewiresrc")?;
    let token = match taps.leave.take() {
        Leave::Unasked => None,
        Leave::Given { token } => Some(token),
        Leave::Gone => return Err(MediaError::NotShared),
    };
    let (answer, answered) = mpsc::sync_channel(1);
    let weak = src.downgrade();
    std::thread::Builder::new()
        .name("hawker-sharing".into())
        .spawn(move || async_io::block_on(hold(&weak, token.as_deref(), &answer)))
        .map_err(|error| MediaError::NoSharing { why: error.to_string() })?;
    let shared = wait(&answered, &taps.stopping)?;
    if let Some(token) = shared.token {
        taps.leave.set(Leave::Given { token });
    }
    src.set_property("fd", shared.remote);
    src.set_property("path", shared.node.to_string());
    src.set_property("do-timestamp", true);
    src.set_property("always-copy", true);
    src.set_property("keepalive-time", AGAIN_MS);
    let filter = filter(&gst::Caps::new_empty_simple("video/x-raw"))?;
    let tail = video_tail(pipeline, size, time, taps, false)?;
    link_source(pipeline, &[&src, &filter], &tail)
}

/// The person's answer. Errors: there is none in time, or nobody wants it any more.
fn wait(answered: &mpsc::Receiver<Answer>, stopping: &AtomicBool) -> Answer {
    let deadline = Instant::now() + patience::first(true);
    while Instant::now() < deadline && !stopping.load(Ordering::SeqCst) {
        match answered.recv_timeout(POLL) {
            Ok(answer) => return answer,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    Err(MediaError::NotShared)
}

/// Asks, or opens what `token` stands for, answers, and holds it until the person ends it or the element is gone.
async fn hold(src: &glib::WeakRef<gst::Element>, token: Option<&str>, answer: &mpsc::SyncSender<Answer>) {
    if let Err(error) = share(src, token, answer).await {
        // Too late for an answer, it is the end of what is shared that is not noticed.
        tracing::debug!(%error, "sharing");
        let _ = answer.try_send(Err(match error {
            ashpd::Error::Response(ResponseError::Cancelled) => MediaError::NotShared,
            other => MediaError::NoSharing { why: other.to_string() },
        }));
    }
}

async fn share(
    src: &glib::WeakRef<gst::Element>,
    token: Option<&str>,
    answer: &mpsc::SyncSender<Answer>,
) -> Result<(), ashpd::Error> {
    let portal = Screencast::new().await?;
    let session = portal.create_session(Default::default()).await?;
    let shared = share_in(&portal, &session, src, token, answer).await;
    // However it ends: one that the person ended is closed already, which is no error of ours.
    let closed = session.close().await;
    shared.and_then(|by_person| if by_person { Ok(()) } else { closed })
}

/// In a session that is open; whether the person ended it.
async fn share_in(
    portal: &Screencast,
    session: &Session<Screencast>,
    src: &glib::WeakRef<gst::Element>,
    token: Option<&str>,
    answer: &mpsc::SyncSender<Answer>,
) -> Result<bool, ashpd::Error> {
    // Listened for before it starts: the person may end it at once.
    let mut closed = pin!(session.receive_closed().await?);
    let mut ended = pin!(async {
        let by_person = matches!(select(closed.next(), pin!(unneeded(src))).await, Either::Left(_));
        by_person
    });
    let options = SelectSourcesOptions::default()
        .set_cursor_mode(CursorMode::Embedded)
        .set_sources(BitFlags::from(SourceType::Monitor) | SourceType::Window)
        .set_multiple(false)
        // What lasts as long as the application is bound to one connection to the bus, and a source's process may
        // crash. The leave is forgotten with the source all the same.
        .set_persist_mode(PersistMode::ExplicitlyRevoked)
        .set_restore_token(token);
    let asked = async {
        portal.select_sources(session, options).await?.response()?;
        let streams = portal.start(session, None, Default::default()).await?.response()?;
        let remote = portal.open_pipe_wire_remote(session, Default::default()).await?;
        Ok::<_, ashpd::Error>((streams, remote))
    };
    let (streams, remote) = match select(pin!(asked), ended.as_mut()).await {
        Either::Left((answered, _)) => answered?,
        Either::Right((by_person, _)) if by_person => return Err(ResponseError::Cancelled.into()),
        // The dialog is closed with it.
        Either::Right(_) => return Ok(false),
    };
    let stream = streams.streams().first().ok_or(ResponseError::Cancelled)?;
    let token = streams.restore_token().map(str::to_owned);
    let _ = answer.try_send(Ok(Shared { remote: remote.as_raw_fd(), node: stream.pipe_wire_node_id(), token }));
    let by_person = ended.await;
    if by_person && let Some(src) = src.upgrade() {
        gst::element_error!(src, gst::ResourceError::NotAuthorized, ("sharing was ended"));
    }
    Ok(by_person)
}

/// Ends when the element is gone.
async fn unneeded(src: &glib::WeakRef<gst::Element>) {
    while src.upgrade().is_some() {
        async_io::Timer::after(IN_USE).await;
    }
}
