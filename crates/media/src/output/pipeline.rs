//! One attempt at one destination: `appsrc of FLV tags ! rtmp2sink`, or what [`super::srt`] and [`super::whip`] build.

use super::{
    adapt::FarSide,
    retry::Failure,
    socket::{Others, Socket},
    srt::{self, Callers},
    trouble::Trouble,
    whip,
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
/// A server that has not let us publish after this won't.
const CONNECT: Duration = Duration::from_secs(10);
/// What a picture is cut into on its way, as other studios do: in the protocol's own pieces of 128 bytes, one stream
/// costs thousands of headers a second on both sides.
const CHUNK_BYTES: u32 = 4096;
/// Longest wait for the last pictures to leave at the end.
const DRAIN: Duration = Duration::from_secs(5);
const PIECES: gst::PadProbeType = gst::PadProbeType::BUFFER.union(gst::PadProbeType::BUFFER_LIST);
/// Pieces of pictures and sound that must have reached the sink. It keeps a few of them, and what only describes the
/// stream counts for nothing.
const TAKEN_WHEN_LIVE: u64 = 3;

pub(super) struct Attempt {
    pub pipeline: gst::Pipeline,
    pub feed: Arc<Feed>,
    sink: gst::Element,
    passed: Arc<Passed>,
    callers: Option<Arc<Callers>>,
    session: Option<whip::Session>,
    /// Where the connection leads to.
    port: Option<u16>,
    /// Connections from before this one.
    others: OnceLock<Others>,
    /// What is below the sink, once it was found.
    socket: OnceLock<Socket>,
    /// Lets a streaming thread that waits on purpose go, so that the pipeline can be taken down.
    given_up: Arc<AtomicBool>,
}

/// What an attempt needs of its destination.
pub(super) struct Means<'a> {
    pub time: &'a Timebase,
    pub trouble: Arc<Trouble>,
    pub helpers: whip::Helpers,
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
}

/// What a pipeline is made of.
struct Parts {
    feed: Arc<Feed>,
    sink: gst::Element,
    /// Where media leaves for the network.
    exits: Vec<gst::Pad>,
    /// Where sound alone passes; in FLV the tag tells it.
    sound: Option<gst::Pad>,
    callers: Option<Arc<Callers>>,
    session: Option<whip::Session>,
}

/// What reached the sink.
#[derive(Debug, Default)]
struct Passed {
    pieces: AtomicU64,
    bytes: AtomicU64,
    /// Of sound alone.
    sound_pieces: AtomicU64,
    sound_bytes: AtomicU64,
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
    pub(super) fn build(url: &SecretUrl, means: Means<'_>) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        means.time.apply(&pipeline);
        let (passed, given_up) = (Arc::new(Passed::default()), Arc::new(AtomicBool::new(false)));
        let trouble = means.trouble.clone();
        let Parts { feed, sink, exits, sound, callers, session } = parts(&pipeline, url, means)?;
        if let Some(sound) = sound {
            let passed = passed.clone();
            sound.add_probe(PIECES, move |_, info| {
                let (pieces, size) = amount(info);
                passed.sound(pieces, size);
                gst::PadProbeReturn::Ok
            });
        }
        for exit in exits {
            let (trouble, count, gone) = (trouble.clone(), passed.clone(), given_up.clone());
            exit.add_probe(PIECES, move |_, info| {
                let (_, size) = amount(info);
                trouble.wait(size, &gone);
                count.piece(info.buffer(), size);
                gst::PadProbeReturn::Ok
            });
        }
        Ok(Self {
            pipeline,
            feed,
            sink,
            passed,
            callers,
            session,
            port: url.endpoint().map(|(_, port)| port),
            others: OnceLock::new(),
            socket: OnceLock::new(),
            given_up,
        })
    }

    /// Begins to connect.
    pub(super) fn begin(&self) {
        if self.publishes() {
            self.others.get_or_init(Others::now);
        }
        let _ = self.pipeline.set_state(gst::State::Playing);
        if let Some(session) = &self.session {
            session.begin();
        }
    }

    /// How long a server is given to let us publish. WHIP asks several things in turn, and tells which of them failed.
    pub(super) fn patience(&self) -> Duration {
        if self.session.is_some() { whip::ANSWERED } else { CONNECT }
    }

    /// Once the server lets us publish, and whenever the bitrate changes: what the line doesn't take waits in our queue, not in
    /// the kernel, where it can be neither seen nor dropped.
    pub(super) fn wait_in_the_queue(&self, bitrate_bps: u32) {
        let found = || self.others.get().zip(self.port).and_then(|(others, port)| Socket::to_port(port, others));
        if self.socket.get().is_none()
            && let Some(socket) = found()
        {
            let _ = self.socket.set(socket);
        }
        let bounded = self.socket.get().map(|socket| socket.keep_little_unsent(bitrate_bps));
        tracing::debug!(?bounded, bitrate_bps, "what may wait in the kernel");
    }

    /// Why the server lets us not publish, where it says so by other means than the sink.
    pub(super) fn refusal(&self) -> Option<Failure> {
        self.session.as_ref()?.refusal()
    }

    /// Lets what waits leave, then the end-of-stream message: the server closes the show, not a timeout. Blocking.
    pub(super) fn drain(&self) {
        self.feed.finish();
        // Nothing waits for a network there, and there is no such message: the session is deleted.
        if let Some(session) = &self.session {
            return session.hang_up();
        }
        if let Some(bus) = self.pipeline.bus() {
            let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
            let _ = bus.timed_pop_filtered(gst::ClockTime::from_seconds(DRAIN.as_secs()), &wanted);
        }
    }

    /// True once pictures may be sent: the server lets us publish. An SRT caller has no such word; there they wait for it
    /// in the sink. A listener has once somebody called.
    pub(super) fn may_send(&self) -> bool {
        if let Some(callers) = &self.callers {
            return callers.somebody();
        }
        if let Some(session) = &self.session {
            return session.is_connected();
        }
        // rtmp2sink counts from then on.
        !self.publishes() || self.stat::<u64>("in-bytes-total").is_some_and(|bytes| bytes > 0)
    }

    /// True if this is RTMP.
    fn publishes(&self) -> bool {
        self.sink.factory().is_some_and(|factory| factory.name() == "rtmp2sink")
    }

    /// True if the other side has to connect to us.
    pub(super) fn listens(&self) -> bool {
        self.callers.is_some()
    }

    /// True if somebody was there and nobody is left.
    pub(super) fn is_deserted(&self) -> bool {
        self.callers.as_ref().is_some_and(|callers| callers.all_left())
            || self.session.as_ref().is_some_and(whip::Session::is_lost)
    }

    /// True once the server takes pictures.
    pub(super) fn is_live(&self) -> bool {
        self.passed.pieces.load(Ordering::Relaxed) >= TAKEN_WHEN_LIVE
    }

    /// The sound that went into the connection: when the first of it did, how many pieces since, and their bytes.
    pub(super) fn sound(&self) -> (Option<Instant>, u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (self.passed.first_sound.get().copied(), of(&self.passed.sound_pieces), of(&self.passed.sound_bytes))
    }

    /// Bytes sent on this connection. rtmp2sink's acknowledged count is useless; what it wrote is true.
    pub(super) fn sent_bytes(&self) -> u64 {
        self.stat("out-bytes-total")
            .or_else(|| self.stat("bytes-sent-total"))
            .unwrap_or_else(|| self.passed.bytes.load(Ordering::Relaxed))
    }

    /// What the receiver says of the way, where nothing waits on ours: there a queue tells it.
    pub(super) fn far_side(&self) -> Option<FarSide> {
        let session = self.session.as_ref()?;
        Some(FarSide { loss: session.loss().unwrap_or(0.0), rtt_ms: session.rtt_ms() })
    }

    /// Round trip to the other side, milliseconds, where the protocol measures it (SRT, WebRTC) or the kernel (RTMP).
    pub(super) fn rtt_ms(&self) -> Option<f64> {
        if let Some(session) = &self.session {
            return session.rtt_ms();
        }
        if let Some(socket) = self.socket.get() {
            return socket.rtt_ms();
        }
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

/// Buffers that pass, and their bytes.
fn amount(info: &gst::PadProbeInfo<'_>) -> (u64, usize) {
    match &info.data {
        Some(gst::PadProbeData::Buffer(buffer)) => (1, buffer.size()),
        Some(gst::PadProbeData::BufferList(list)) => (list.len() as u64, list.iter().map(gst::BufferRef::size).sum()),
        _ => (0, 0),
    }
}

impl Passed {
    fn piece(&self, buffer: Option<&gst::Buffer>, size: usize) {
        let describes = buffer.is_some_and(|buffer| buffer.pts().is_none());
        self.pieces.fetch_add(u64::from(!describes), Ordering::Relaxed);
        self.bytes.fetch_add(size as u64, Ordering::Relaxed);
        if !describes && buffer.is_some_and(flv::is_sound) {
            self.sound(1, size);
        }
    }

    fn sound(&self, pieces: u64, size: usize) {
        self.sound_pieces.fetch_add(pieces, Ordering::Relaxed);
        self.sound_bytes.fetch_add(size as u64, Ordering::Relaxed);
        self.first_sound.get_or_init(Instant::now);
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

fn parts(pipeline: &gst::Pipeline, url: &SecretUrl, means: Means<'_>) -> Result<Parts, MediaError> {
    match url.scheme() {
        "srt" => {
            let srt::Parts { feed, sink, sound, callers } = srt::build(pipeline, url, means.want_keyframe)?;
            let (exits, sound) = (vec![elements::pad(&sink, "sink")?], Some(elements::pad(&sound, "src")?));
            Ok(Parts { feed, sink, exits, sound, callers, session: None })
        }
        "http" | "https" => {
            let whip::Parts { feed, webrtc, pictures, sound, session } =
                whip::build(pipeline, url, means.helpers, means.want_keyframe)?;
            let exits = vec![pictures, sound.clone()];
            Ok(Parts { feed, sink: webrtc, exits, sound: Some(sound), callers: None, session: Some(session) })
        }
        _ => {
            let (feed, sink) = rtmp(pipeline, url)?;
            let exits = vec![elements::pad(&sink, "sink")?];
            Ok(Parts { feed, sink, exits, sound: None, callers: None, session: None })
        }
    }
}

fn rtmp(pipeline: &gst::Pipeline, url: &SecretUrl) -> Result<(Arc<Feed>, gst::Element), MediaError> {
    let tags = source("tags");
    tags.set_caps(Some(&gst::Caps::new_empty_simple("video/x-flv")));
    let sink = elements::make("rtmp2sink")?;
    sink.set_property("location", url.expose());
    sink.set_property("sync", false);
    sink.set_property("async", false);
    elements::set_if_present(&sink, "chunk-size", &CHUNK_BYTES.to_string());
    elements::set_if_present(&sink, "timeout", &SILENCE.as_secs().to_string());
    elements::add_row(pipeline, &[tags.upcast_ref(), &sink])?;
    Ok((Feed::flv(tags, QUEUE_NS), sink))
}
