//! One attempt at one destination: `appsrc + appsrc ! mux ! sink`.

use super::{keeper::Trouble, retry::Failure};
use crate::{MediaError, SecretUrl, clock::Timebase, elements, hub::Feed};
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
pub(super) const SILENCE: Duration = Duration::from_secs(5);
/// Buffers of pictures and sound that must have reached the sink. It holds the first until it may publish, so a third
/// one tells that the server took one; stream headers it keeps aside at once and they tell nothing.
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

/// Knocks at the server's door before a pipeline is built: it tells "nobody there" from "refused", and while nobody
/// is there no keyframes are asked of the shared encoder. Errors: unreachable, and why.
pub(super) fn knock(url: &SecretUrl) -> Result<(), Failure> {
    if url.scheme() == "srt" {
        return Ok(());
    }
    let Some((host, port)) = url.endpoint() else {
        return Err(Failure::Unreachable("the address names no host".into()));
    };
    let addresses = (host.as_str(), port).to_socket_addrs();
    let addresses =
        addresses.map_err(|_| Failure::Unreachable(format!("the name {host} is not known; check the network")))?;
    let mut why = format!("{host} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, SILENCE) {
            Ok(_) => return Ok(()),
            Err(error) => why = format!("{host}:{port} does not answer ({})", error.kind()),
        }
    }
    Err(Failure::Unreachable(why))
}

impl Attempt {
    /// Builds the pipeline; nothing is connected yet. Errors: elements.
    pub(super) fn build(url: &SecretUrl, time: &Timebase, trouble: Arc<Trouble>) -> Result<Self, MediaError> {
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let source = |name: &str| {
            gst_app::AppSrc::builder()
                .name(name)
                .format(gst::Format::Time)
                .is_live(false)
                .block(false)
                .max_bytes(0)
                .build()
        };
        let (video, audio) = (source("video"), source("audio"));
        let (mux, sink) = if url.scheme() == "srt" {
            srt(&pipeline, url, &video, &audio)?
        } else {
            rtmp(&pipeline, url, &video, &audio)?
        };
        mux.link(&sink).map_err(|e| MediaError::pipeline("output", e))?;
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
            let header = info.buffer().is_some_and(|b| b.flags().contains(gst::BufferFlags::HEADER));
            count.fetch_add(u64::from(!header), Ordering::Relaxed);
            bytes.fetch_add(size as u64, Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
        let feed = Feed::new(video, audio, QUEUE_NS);
        Ok(Self { pipeline, feed, sink, reached, reached_bytes, given_up })
    }

    /// True once the server takes pictures.
    pub(super) fn is_live(&self) -> bool {
        self.reached.load(Ordering::Relaxed) >= TAKEN_WHEN_LIVE
    }

    /// Bytes sent on this connection. rtmp2sink's acknowledged count is useless; what it wrote is true.
    pub(super) fn sent_bytes(&self) -> u64 {
        let stats =
            self.sink.has_property("stats").then(|| self.sink.property::<Option<gst::Structure>>("stats")).flatten();
        let field = |name: &str| stats.as_ref().and_then(|s| s.get::<u64>(name).ok());
        field("out-bytes-total")
            .or_else(|| field("bytes-sent-total"))
            .unwrap_or_else(|| self.reached_bytes.load(Ordering::Relaxed))
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::SeqCst);
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

fn rtmp(
    pipeline: &gst::Pipeline,
    url: &SecretUrl,
    video: &gst_app::AppSrc,
    audio: &gst_app::AppSrc,
) -> Result<(gst::Element, gst::Element), MediaError> {
    let mux = elements::make("flvmux")?;
    mux.set_property("streamable", true);
    let sink = elements::make("rtmp2sink")?;
    sink.set_property("location", url.expose());
    sink.set_property("sync", false);
    sink.set_property("async", false);
    elements::set_if_present(&sink, "timeout", &SILENCE.as_secs().to_string());
    pipeline
        .add_many([video.upcast_ref(), audio.upcast_ref(), &mux, &sink])
        .map_err(|e| MediaError::pipeline("output", e))?;
    for (source, pad) in [(video, "video"), (audio, "audio")] {
        source.link_pads(Some("src"), &mux, Some(pad)).map_err(|e| MediaError::pipeline("flvmux", e))?;
    }
    Ok((mux, sink))
}

fn srt(
    pipeline: &gst::Pipeline,
    url: &SecretUrl,
    video: &gst_app::AppSrc,
    audio: &gst_app::AppSrc,
) -> Result<(gst::Element, gst::Element), MediaError> {
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
    pipeline.add_many([&mux, &sink]).map_err(|e| MediaError::pipeline("output", e))?;
    elements::add_row(pipeline, &[video.upcast_ref(), &h264])?;
    elements::add_row(pipeline, &[audio.upcast_ref(), &aac])?;
    for parser in [&h264, &aac] {
        parser.link(&mux).map_err(|e| MediaError::pipeline("mpegtsmux", e))?;
    }
    Ok((mux, sink))
}
