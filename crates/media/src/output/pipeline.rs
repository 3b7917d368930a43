//! One attempt at one destination: `appsrc of FLV tags ! rtmp2sink`, or what [`super::srt`] builds.

use super::{
    srt::{self, Callers},
    trouble::Trouble,
};
use crate::{MediaError, SecretUrl, clock::Timebase, elements, feed::Feed, flv};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    io::ErrorKind,
    net::{TcpStream, ToSocketAddrs, UdpSocket},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Encoded media that may wait for a destination.
pub(super) const QUEUE_NS: u64 = 2_000_000_000;
/// A server that answers nothing for this long is gone.
const SILENCE: Duration = Duration::from_secs(5);
/// Pieces of pictures and sound that must have reached the sink. It keeps a few of them, and what only describes the
/// stream counts for nothing.
const TAKEN_WHEN_LIVE: u64 = 3;

pub(super) struct Attempt {
    pub pipeline: gst::Pipeline,
    pub feed: Arc<Feed>,
    sink: gst::Element,
    passed: Arc<Passed>,
    callers: Option<Arc<Callers>>,
    /// Lets a streaming thread that waits on purpose go, so that the pipeline can be taken down.
    given_up: Arc<AtomicBool>,
}

/// What reached the sink.
#[derive(Debug, Default)]
struct Passed {
    pieces: AtomicU64,
    bytes: AtomicU64,
    first_sound: OnceLock<Instant>,
}

/// Nobody is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    pub why: String,
    /// The computer is there and nobody listens on it: the server is starting again.
    pub port_closed: bool,
}

/// What kept a server from being reached, once an attempt has failed: tells "nobody there" from "hung up", which the
/// sink's words don't do in every language. None if somebody answers.
///
/// It opens a connection of its own and says nothing on it, so it is never done before an attempt: a server that takes one
/// connection would be spent.
pub(super) fn absence(url: &SecretUrl) -> Option<Absence> {
    let absent = |why: String| Some(Absence { why, port_closed: false });
    let Some((host, port)) = url.endpoint() else { return absent("the address names no host".into()) };
    let Ok(addresses) = (host.as_str(), port).to_socket_addrs() else {
        return absent(format!("the name {host} is not known; check the network"));
    };
    let mut found = Absence { why: format!("{host} has no address"), port_closed: false };
    for address in addresses {
        match reach(url, address) {
            Ok(()) => return None,
            Err(error) => {
                let why = format!("{host}:{port} does not answer ({})", error.kind());
                found = Absence { why, port_closed: error.kind() == ErrorKind::ConnectionRefused };
            }
        }
    }
    Some(found)
}

/// SRT answers no stranger; there it is only found out whether a way leads there.
fn reach(url: &SecretUrl, address: std::net::SocketAddr) -> std::io::Result<()> {
    if url.scheme() != "srt" {
        return TcpStream::connect_timeout(&address, SILENCE).map(drop);
    }
    let local = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    UdpSocket::bind(local)?.connect(address)
}

impl Attempt {
    /// Builds the pipeline; nothing is connected yet. Errors: the address, elements.
    pub(super) fn build(url: &SecretUrl, time: &Timebase, trouble: Arc<Trouble>) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let passed = Arc::new(Passed::default());
        let (feed, sink, callers) = if url.scheme() == "srt" {
            let parts = srt::build(&pipeline, url)?;
            let sound = passed.clone();
            elements::pad(&parts.sound, "src")?.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
                sound.first_sound.get_or_init(Instant::now);
                gst::PadProbeReturn::Ok
            });
            (parts.feed, parts.sink, parts.callers)
        } else {
            let (feed, sink) = rtmp(&pipeline, url)?;
            (feed, sink, None)
        };
        let (count, given_up) = (passed.clone(), Arc::new(AtomicBool::new(false)));
        let gone = given_up.clone();
        let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
        elements::pad(&sink, "sink")?.add_probe(kinds, move |_, info| {
            let size = match &info.data {
                Some(gst::PadProbeData::Buffer(buffer)) => buffer.size(),
                Some(gst::PadProbeData::BufferList(list)) => list.iter().map(gst::BufferRef::size).sum(),
                _ => 0,
            };
            trouble.wait(size, &gone);
            count.piece(info.buffer(), size);
            gst::PadProbeReturn::Ok
        });
        Ok(Self { pipeline, feed, sink, passed, callers, given_up })
    }

    /// True once pictures may be sent: the server lets us publish. An SRT caller has no such word; there they wait for it
    /// in the sink. A listener has once somebody called.
    pub(super) fn may_send(&self) -> bool {
        if let Some(callers) = &self.callers {
            return callers.somebody();
        }
        // rtmp2sink counts from then on.
        let publishes = self.sink.factory().is_some_and(|factory| factory.name() == "rtmp2sink");
        !publishes || self.stat::<u64>("in-bytes-total").is_some_and(|bytes| bytes > 0)
    }

    /// True if the other side has to connect to us.
    pub(super) fn listens(&self) -> bool {
        self.callers.is_some()
    }

    /// True if somebody had called and nobody is left.
    pub(super) fn is_deserted(&self) -> bool {
        self.callers.as_ref().is_some_and(|callers| callers.all_left())
    }

    /// True once the server takes pictures.
    pub(super) fn is_live(&self) -> bool {
        self.passed.pieces.load(Ordering::Relaxed) >= TAKEN_WHEN_LIVE
    }

    /// When the first sound went into the connection.
    pub(super) fn first_sound(&self) -> Option<Instant> {
        self.passed.first_sound.get().copied()
    }

    /// Bytes sent on this connection. rtmp2sink's acknowledged count is useless; what it wrote is true.
    pub(super) fn sent_bytes(&self) -> u64 {
        self.stat("out-bytes-total")
            .or_else(|| self.stat("bytes-sent-total"))
            .unwrap_or_else(|| self.passed.bytes.load(Ordering::Relaxed))
    }

    /// Round trip to the other side, milliseconds, where the protocol measures it (SRT).
    pub(super) fn rtt_ms(&self) -> Option<f64> {
        self.stat("rtt-ms").or_else(|| {
            let callers = self.stats()?.get::<gst::glib::ValueArray>("callers").ok()?;
            callers.iter().find_map(|caller| caller.get::<gst::Structure>().ok()?.get("rtt-ms").ok())
        })
    }

    fn stat<T: for<'a> gst::glib::value::FromValue<'a>>(&self, name: &str) -> Option<T> {
        self.stats()?.get::<T>(name).ok()
    }

    fn stats(&self) -> Option<gst::Structure> {
        let known = self.sink.has_property("stats");
        known.then(|| self.sink.property::<Option<gst::Structure>>("stats")).flatten()
    }
}

impl Passed {
    fn piece(&self, buffer: Option<&gst::Buffer>, size: usize) {
        let describes = buffer.is_some_and(|buffer| buffer.pts().is_none());
        self.pieces.fetch_add(u64::from(!describes), Ordering::Relaxed);
        self.bytes.fetch_add(size as u64, Ordering::Relaxed);
        if self.first_sound.get().is_none() && !describes && buffer.is_some_and(flv::is_sound) {
            self.first_sound.get_or_init(Instant::now);
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::SeqCst);
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

pub(super) fn source(name: &str) -> gst_app::AppSrc {
    gst_app::AppSrc::builder().name(name).format(gst::Format::Time).is_live(false).block(false).max_bytes(0).build()
}

fn rtmp(pipeline: &gst::Pipeline, url: &SecretUrl) -> Result<(Arc<Feed>, gst::Element), MediaError> {
    let tags = source("tags");
    tags.set_caps(Some(&gst::Caps::new_empty_simple("video/x-flv")));
    let sink = elements::make("rtmp2sink")?;
    sink.set_property("location", url.expose());
    sink.set_property("sync", false);
    sink.set_property("async", false);
    elements::set_if_present(&sink, "timeout", &SILENCE.as_secs().to_string());
    elements::add_row(pipeline, &[tags.upcast_ref(), &sink])?;
    Ok((Feed::flv(tags, QUEUE_NS), sink))
}
