//! One attempt at one destination: `appsrc of FLV tags ! rtmp2sink`, or `appsrc + appsrc ! mpegtsmux ! srtsink`.

use super::keeper::Trouble;
use crate::{MediaError, SecretUrl, clock::Timebase, elements, feed::Feed};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    net::{TcpStream, ToSocketAddrs},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Encoded media that may wait for a destination.
const QUEUE_NS: u64 = 2_000_000_000;
/// A server that answers nothing for this long is gone.
const SILENCE: Duration = Duration::from_secs(5);
/// Pieces of pictures and sound that must have reached the sink. It keeps a few of them, and what only describes the
/// stream counts for nothing.
const TAKEN_WHEN_LIVE: u64 = 3;

pub(super) struct Attempt {
    pub pipeline: gst::Pipeline,
    pub feed: Arc<Feed>,
    sink: gst::Element,
    reached: Arc<AtomicU64>,
    reached_bytes: Arc<AtomicU64>,
    /// Lets a streaming thread that waits on purpose go, so that the pipeline can be taken down.
    given_up: Arc<AtomicBool>,
}

/// What kept a server from being reached, once an attempt has failed: tells "nobody there" from "hung up", which the
/// sink's words don't do in every language. None if somebody answers.
///
/// It opens a connection of its own and says nothing on it, so it is never done before an attempt: a server that takes one
/// connection would be spent.
pub(super) fn absence(url: &SecretUrl) -> Option<String> {
    if url.scheme() == "srt" {
        return None;
    }
    let Some((host, port)) = url.endpoint() else { return Some("the address names no host".into()) };
    let Ok(addresses) = (host.as_str(), port).to_socket_addrs() else {
        return Some(format!("the name {host} is not known; check the network"));
    };
    let mut why = format!("{host} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, SILENCE) {
            Ok(_) => return None,
            Err(error) => why = format!("{host}:{port} does not answer ({})", error.kind()),
        }
    }
    Some(why)
}

impl Attempt {
    /// Builds the pipeline; nothing is connected yet. Errors: elements.
    pub(super) fn build(url: &SecretUrl, time: &Timebase, trouble: Arc<Trouble>) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let (feed, sink) = if url.scheme() == "srt" { srt(&pipeline, url)? } else { rtmp(&pipeline, url)? };
        let (reached, reached_bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (count, bytes) = (reached.clone(), reached_bytes.clone());
        let given_up = Arc::new(AtomicBool::new(false));
        let gone = given_up.clone();
        let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST;
        elements::pad(&sink, "sink")?.add_probe(kinds, move |_, info| {
            trouble.wait(&gone);
            let size = match &info.data {
                Some(gst::PadProbeData::Buffer(buffer)) => buffer.size(),
                Some(gst::PadProbeData::BufferList(list)) => list.iter().map(gst::BufferRef::size).sum(),
                _ => 0,
            };
            let describes = info.buffer().is_some_and(|buffer| buffer.pts().is_none());
            count.fetch_add(u64::from(!describes), Ordering::Relaxed);
            bytes.fetch_add(size as u64, Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
        Ok(Self { pipeline, feed, sink, reached, reached_bytes, given_up })
    }

    /// True once pictures may be sent: the server lets us publish. SRT has no such word; there they wait for it in the sink.
    pub(super) fn may_send(&self) -> bool {
        // rtmp2sink counts from then on.
        let publishes = self.sink.factory().is_some_and(|factory| factory.name() == "rtmp2sink");
        !publishes || self.stat("in-bytes-total").is_some_and(|bytes| bytes > 0)
    }

    /// True once the server takes pictures.
    pub(super) fn is_live(&self) -> bool {
        self.reached.load(Ordering::Relaxed) >= TAKEN_WHEN_LIVE
    }

    /// Bytes sent on this connection. rtmp2sink's acknowledged count is useless; what it wrote is true.
    pub(super) fn sent_bytes(&self) -> u64 {
        self.stat("out-bytes-total")
            .or_else(|| self.stat("bytes-sent-total"))
            .unwrap_or_else(|| self.reached_bytes.load(Ordering::Relaxed))
    }

    fn stat(&self, name: &str) -> Option<u64> {
        let known = self.sink.has_property("stats");
        let stats = known.then(|| self.sink.property::<Option<gst::Structure>>("stats")).flatten()?;
        stats.get::<u64>(name).ok()
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::SeqCst);
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn source(name: &str) -> gst_app::AppSrc {
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

fn srt(pipeline: &gst::Pipeline, url: &SecretUrl) -> Result<(Arc<Feed>, gst::Element), MediaError> {
    let (video, audio) = (source("video"), source("audio"));
    let mux = elements::make("mpegtsmux")?;
    // Seven packets of 188 bytes fill one SRT datagram.
    mux.set_property("alignment", 7i32);
    let sink = elements::make("srtsink")?;
    sink.set_property("uri", url.expose());
    sink.set_property("sync", false);
    sink.set_property("async", false);
    elements::set_if_present(&sink, "auto-reconnect", "false");
    let (h264, aac) = (elements::make("h264parse")?, elements::make("aacparse")?);
    // A viewer who comes later finds the parameter sets with every keyframe.
    h264.set_property("config-interval", -1i32);
    elements::add_row(pipeline, &[&mux, &sink])?;
    elements::add_row(pipeline, &[video.upcast_ref(), &h264])?;
    elements::add_row(pipeline, &[audio.upcast_ref(), &aac])?;
    for parser in [&h264, &aac] {
        parser.link(&mux).map_err(|e| MediaError::pipeline("mpegtsmux", e))?;
    }
    Ok((Feed::separate(video, audio, QUEUE_NS), sink))
}
