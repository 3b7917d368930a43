//! One WebRTC session: offer, answer, and the end of it, on a thread of its own, since both wait for the network.

use super::{
    figures::Figures,
    ice::IceServer,
    signal::{self, Accepted, Place},
};
use crate::{SecretUrl, output::retry::Failure};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_sdp::SDPMessage;
use gstreamer_webrtc::{WebRTCICEGatheringState, WebRTCPeerConnectionState, WebRTCSDPType, WebRTCSessionDescription};
use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

/// For what the element does on this computer alone.
const LOCAL: Duration = Duration::from_secs(5);
/// Own addresses are known at once; what a slow name server adds later is left out.
const GATHER: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(10);
/// Two computers find a way to each other within a second or two, if there is one.
const FIND_A_WAY: Duration = Duration::from_secs(6);
/// From the beginning of a connection until one of the above has told how it went.
pub(in crate::output) const ANSWERED: Duration = Duration::from_secs(25);

/// Servers for ICE that an endpoint named, kept from connection to connection; none before it was asked.
pub(in crate::output) type Helpers = Arc<Mutex<Option<Vec<IceServer>>>>;

/// How far it is.
#[derive(Default)]
enum Standing {
    #[default]
    Asking,
    Taken {
        session: Option<Place>,
        since: Instant,
    },
    Failed(Failure),
}

/// The session of one connection.
pub(in crate::output) struct Session {
    webrtc: gst::Element,
    url: SecretUrl,
    helpers: Helpers,
    standing: Arc<Mutex<Standing>>,
    over: Arc<AtomicBool>,
    figures: Figures,
}

impl Session {
    pub(super) fn new(webrtc: gst::Element, url: SecretUrl, helpers: Helpers) -> Self {
        Self { webrtc, url, helpers, standing: Arc::default(), over: Arc::default(), figures: Figures::default() }
    }

    /// Begins to ask; the element has to be running.
    pub(in crate::output) fn begin(&self) {
        let asking = Asking {
            webrtc: self.webrtc.clone(),
            url: self.url.clone(),
            helpers: self.helpers.clone(),
            over: self.over.clone(),
        };
        let standing = self.standing.clone();
        let ask = move || {
            let asked = asking.run();
            let mut now = lock(&standing);
            match asked {
                // Nobody waits for it any more.
                Ok(session) if asking.over.load(Ordering::SeqCst) => {
                    drop(now);
                    delete(session.as_ref());
                }
                Ok(session) => *now = Standing::Taken { session, since: Instant::now() },
                Err(failure) => *now = Standing::Failed(failure),
            }
        };
        if let Err(error) = std::thread::Builder::new().name("hawker-whip".into()).spawn(ask) {
            *lock(&self.standing) = Standing::Failed(Failure::Unreachable(error.to_string()));
        }
    }

    /// Why the server does not take the stream; none while it is asked, or does.
    pub(in crate::output) fn refusal(&self) -> Option<Failure> {
        match &*lock(&self.standing) {
            Standing::Failed(failure) => Some(failure.clone()),
            Standing::Taken { since, .. } if self.is_over() || since.elapsed() > FIND_A_WAY => {
                let why = "the server took the stream, but no way for the media was found; a firewall may block UDP";
                Some(Failure::Unreachable(why.into()))
            }
            _ => None,
        }
    }

    /// Media may be sent.
    pub(in crate::output) fn is_connected(&self) -> bool {
        self.state() == WebRTCPeerConnectionState::Connected
    }

    /// The other side is gone, or the way to it.
    pub(in crate::output) fn is_lost(&self) -> bool {
        self.figures.refresh(&self.webrtc);
        self.is_over() || self.figures.are_silent()
    }

    /// Round trip, milliseconds, as the receiver's reports tell it.
    pub(in crate::output) fn rtt_ms(&self) -> Option<f64> {
        self.figures.rtt_ms()
    }

    /// Share of what was sent of late that never came, 0 to 1, as the receiver's reports tell it.
    pub(in crate::output) fn loss(&self) -> Option<f32> {
        self.figures.loss()
    }

    fn is_over(&self) -> bool {
        use WebRTCPeerConnectionState as S;
        matches!(self.state(), S::Failed | S::Disconnected | S::Closed)
    }

    fn state(&self) -> WebRTCPeerConnectionState {
        self.webrtc.property("connection-state")
    }

    /// Tells the server that it is over. Blocking, two seconds at most.
    pub(in crate::output) fn hang_up(&self) {
        self.over.store(true, Ordering::SeqCst);
        if let Standing::Taken { session, .. } = std::mem::take(&mut *lock(&self.standing)) {
            delete(session.as_ref());
        }
    }
}

impl Drop for Session {
    /// A connection that broke is told of in the background: the next one does not wait for it.
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Standing::Taken { session, .. } = std::mem::take(&mut *lock(&self.standing)) {
            let tell = move || delete(session.as_ref());
            let _ = std::thread::Builder::new().name("hawker-whip-end".into()).spawn(tell);
        }
    }
}

/// What the thread that asks needs.
struct Asking {
    webrtc: gst::Element,
    url: SecretUrl,
    helpers: Helpers,
    over: Arc<AtomicBool>,
}

impl Asking {
    /// What is to be deleted at the end, once the server has taken the stream. Blocking.
    fn run(&self) -> Result<Option<Place>, Failure> {
        self.use_helpers();
        let offer =
            self.offer().ok_or_else(|| Failure::Unreachable("WebRTC does not start on this computer".into()))?;
        let asked = wait_for(signal::publish(&self.url, &offer));
        let Accepted { answer, session, ice } =
            asked.ok_or_else(|| Failure::Unreachable("no connection can be begun".into()))??;
        if !ice.is_empty() {
            *lock(&self.helpers) = Some(ice);
        }
        match SDPMessage::parse_buffer(answer.as_bytes()) {
            Ok(answer) => {
                let answer = WebRTCSessionDescription::new(WebRTCSDPType::Answer, answer);
                let set = |promise: &gst::Promise| {
                    self.webrtc.emit_by_name::<()>("set-remote-description", &[&answer, promise]);
                };
                if promised(set).is_none_or(|reply| reply.has_field("error")) {
                    delete(session.as_ref());
                    return Err(Failure::HungUp("the server's answer does not fit what it was offered".into()));
                }
                Ok(session)
            }
            Err(_) => {
                delete(session.as_ref());
                Err(Failure::HungUp("the server's answer is no session description".into()))
            }
        }
    }

    /// They have to be known before addresses are gathered, and so before the offer is made.
    fn use_helpers(&self) {
        let known = lock(&self.helpers).clone();
        let servers = known.unwrap_or_else(|| {
            // A server that could not be asked now is asked again on the next connection.
            let asked = wait_for(signal::helpers(&self.url)).flatten();
            if let Some(named) = &asked {
                *lock(&self.helpers) = Some(named.clone());
            }
            asked.unwrap_or_default()
        });
        for server in servers {
            if server.relays {
                self.webrtc.emit_by_name::<bool>("add-turn-server", &[&server.url]);
            } else {
                self.webrtc.set_property("stun-server", &server.url);
            }
        }
    }

    /// The offer with all of this computer's addresses in it.
    fn offer(&self) -> Option<String> {
        let webrtc = &self.webrtc;
        let nothing = None::<gst::Structure>;
        let reply = promised(|promise| webrtc.emit_by_name::<()>("create-offer", &[&nothing, promise]))?;
        let offer = reply.get::<WebRTCSessionDescription>("offer").ok()?;
        promised(|promise| webrtc.emit_by_name::<()>("set-local-description", &[&offer, promise]));
        let (began, whole) = (Instant::now(), WebRTCICEGatheringState::Complete);
        while webrtc.property::<WebRTCICEGatheringState>("ice-gathering-state") != whole {
            if began.elapsed() > GATHER || self.over.load(Ordering::SeqCst) {
                break;
            }
            std::thread::sleep(LOOK);
        }
        webrtc.property::<Option<WebRTCSessionDescription>>("local-description")?.sdp().as_text().ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn delete(session: Option<&Place>) {
    if let Some(session) = session {
        wait_for(signal::delete(session));
    }
}

/// Runs one question to the network on this thread. None: the system has no means for it.
fn wait_for<T>(question: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.ok().map(|runtime| {
        let answer = runtime.block_on(question);
        // A name server that says nothing is not waited for.
        runtime.shutdown_background();
        answer
    })
}

/// What the element replies to a question, an empty structure where it only says "done". None: nothing in time.
fn promised(ask: impl FnOnce(&gst::Promise)) -> Option<gst::Structure> {
    let (sender, reply) = mpsc::sync_channel(1);
    let promise = gst::Promise::with_change_func(move |reply| {
        let reply = reply.ok().flatten().map(gst::StructureRef::to_owned);
        let _ = sender.send(reply.unwrap_or_else(|| gst::Structure::new_empty("done")));
    });
    ask(&promise);
    reply.recv_timeout(LOCAL).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{
        super::test_server::{Server, answer},
        *,
    };

    #[test]
    fn helpers_that_could_not_be_asked_for_are_asked_for_again() {
        gst::init().unwrap();
        let link = "Link: <stun:stun.example:3478>; rel=\"ice-server\"\r\n";
        let server = Server::saying([answer("503 Service Unavailable", "", ""), answer("200 OK", link, "")]);
        let asking = Asking {
            webrtc: crate::elements::make("webrtcbin").unwrap(),
            url: SecretUrl::parse(&format!("http://key@{}/whip", server.address)).unwrap(),
            helpers: Helpers::default(),
            over: Arc::default(),
        };
        asking.use_helpers();
        assert!(lock(&asking.helpers).is_none(), "a failure is not remembered");
        asking.use_helpers();
        assert_eq!(lock(&asking.helpers).as_ref().map(Vec::len), Some(1));
        asking.use_helpers();
        assert_eq!(server.asked().len(), 2, "what it named is");
        assert!(asking.webrtc.property::<String>("stun-server").contains("stun.example"));
    }
}
