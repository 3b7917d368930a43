//! SRT: what its addresses say, and its pipeline. Secrets are set as properties, so that no message quotes them.

use super::pipeline::{QUEUE_NS, source};
use crate::{MediaError, SecretUrl, elements, feed::Feed};
use gst::prelude::*;
use gstreamer as gst;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// Lengths of a passphrase that the protocol knows.
const PASSPHRASE: std::ops::RangeInclusive<usize> = 10..=79;
/// Latencies above are in microseconds, as ffmpeg and OBS write them; nobody waits 20 seconds for a lost packet.
const LONGEST_LATENCY_MS: u64 = 20_000;

/// What an address asks for.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub host: String,
    pub port: u16,
    /// We wait for the other side to connect.
    pub listener: bool,
    pub latency_ms: Option<i32>,
    passphrase: Option<String>,
    key_bytes: Option<u8>,
    stream_id: Option<String>,
}

impl Address {
    /// Errors: a sentence for people that repeats no secret.
    pub(super) fn read(url: &SecretUrl) -> Result<Self, String> {
        let (host, port) = url.endpoint_or_none().ok_or("an srt address needs a host and a port")?;
        let mut address =
            Self { host, port, listener: false, latency_ms: None, passphrase: None, key_bytes: None, stream_id: None };
        for (name, value) in url.parameters() {
            address.set(&name, value)?;
        }
        Ok(address)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "mode" => {
                self.listener = match value.as_str() {
                    "caller" => false,
                    "listener" => true,
                    _ => return Err("the mode of an srt address is caller or listener".into()),
                }
            }
            "latency" => {
                let number: u64 =
                    value.parse().map_err(|_| "the latency of an srt address is a number of milliseconds")?;
                let ms = if number > LONGEST_LATENCY_MS { number / 1000 } else { number };
                self.latency_ms = Some(i32::try_from(ms.min(LONGEST_LATENCY_MS)).unwrap_or(i32::MAX));
            }
            "passphrase" if PASSPHRASE.contains(&value.len()) => self.passphrase = Some(value),
            "passphrase" => return Err("the passphrase of an srt address has 10 to 79 characters".into()),
            "pbkeylen" => {
                let bytes = value.parse().ok().filter(|bytes| [0, 16, 24, 32].contains(bytes));
                self.key_bytes = Some(bytes.ok_or("the pbkeylen of an srt address is 16, 24 or 32")?);
            }
            "streamid" => self.stream_id = Some(value),
            other => tracing::debug!(parameter = other, "this parameter of an srt address is not used"),
        }
        Ok(())
    }

    pub(super) fn has_passphrase(&self) -> bool {
        self.passphrase.is_some()
    }

    fn apply(&self, sink: &gst::Element) {
        let mode = if self.listener { "listener" } else { "caller" };
        // An IPv6 address is in brackets again.
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        sink.set_property("uri", format!("srt://{host}:{}?mode={mode}", self.port));
        if let Some(latency_ms) = self.latency_ms {
            sink.set_property("latency", latency_ms);
        }
        if let Some(passphrase) = &self.passphrase {
            sink.set_property("passphrase", passphrase);
            // The element's own default means "no encryption" to some versions of the library.
            sink.set_property_from_str(
                "pbkeylen",
                &self.key_bytes.filter(|bytes| *bytes > 0).unwrap_or(16).to_string(),
            );
        }
        if let Some(stream_id) = &self.stream_id {
            sink.set_property("streamid", stream_id);
        }
    }
}

/// Who is connected to a listener.
#[derive(Debug, Default)]
pub(super) struct Callers {
    here: AtomicI64,
    came: AtomicU64,
}

impl Callers {
    /// `wanted` is called when a caller needs a keyframe.
    fn watch(sink: &gst::Element, wanted: Arc<dyn Fn() + Send + Sync>) -> Arc<Self> {
        let callers = Arc::new(Self::default());
        let coming = callers.clone();
        sink.connect("caller-added", false, move |_| {
            if coming.comes() {
                wanted();
            }
            None
        });
        let going = callers.clone();
        sink.connect("caller-removed", false, move |_| {
            going.here.fetch_sub(1, Ordering::SeqCst);
            None
        });
        callers
    }

    /// One more is here. True if others are: the stream runs, and a keyframe lets this one see it at once. For the first the
    /// stream begins with one.
    fn comes(&self) -> bool {
        self.came.fetch_add(1, Ordering::SeqCst);
        self.here.fetch_add(1, Ordering::SeqCst) > 0
    }

    pub(super) fn somebody(&self) -> bool {
        self.here.load(Ordering::SeqCst) > 0
    }

    /// Somebody came, and now nobody is there.
    pub(super) fn all_left(&self) -> bool {
        self.came.load(Ordering::SeqCst) > 0 && !self.somebody()
    }
}

/// What a pipeline to an SRT peer is made of.
pub(super) struct Parts {
    pub feed: Arc<Feed>,
    pub sink: gst::Element,
    /// Where sound passes.
    pub sound: gst::Element,
    /// None for a caller.
    pub callers: Option<Arc<Callers>>,
}

/// Adds `appsrc + appsrc ! mpegtsmux ! srtsink` to `pipeline`. `wanted` is called when somebody joins a stream that runs.
/// Errors: the address, or elements.
pub(super) fn build(
    pipeline: &gst::Pipeline,
    url: &SecretUrl,
    wanted: Arc<dyn Fn() + Send + Sync>,
) -> Result<Parts, MediaError> {
    let address = Address::read(url).map_err(|why| MediaError::Output { url: url.redacted(), why })?;
    let (video, audio) = (source("video"), source("audio"));
    let mux = elements::make("mpegtsmux")?;
    // Seven packets of 188 bytes fill one SRT datagram.
    mux.set_property("alignment", 7i32);
    let sink = elements::make("srtsink")?;
    address.apply(&sink);
    sink.set_property("sync", false);
    sink.set_property("async", false);
    elements::set_if_present(&sink, "auto-reconnect", "false");
    let callers = address.listener.then(|| Callers::watch(&sink, wanted));
    let (h264, aac) = (elements::make("h264parse")?, elements::make("aacparse")?);
    // A viewer who comes later finds the parameter sets with every keyframe.
    h264.set_property("config-interval", -1i32);
    elements::add_row(pipeline, &[&mux, &sink])?;
    elements::add_row(pipeline, &[video.upcast_ref(), &h264])?;
    elements::add_row(pipeline, &[audio.upcast_ref(), &aac])?;
    for parser in [&h264, &aac] {
        parser.link(&mux).map_err(|e| MediaError::pipeline("mpegtsmux", e))?;
    }
    Ok(Parts { feed: Feed::separate(video, audio, QUEUE_NS), sink, sound: aac, callers })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(url: &str) -> Result<Address, String> {
        Address::read(&SecretUrl::parse(url).unwrap())
    }

    #[test]
    fn an_address_says_all_that_it_asks_for() {
        let all =
            read("srt://h:9000?mode=caller&passphrase=secret%2Bsecret&pbkeylen=32&streamid=a+b&latency=200").unwrap();
        assert_eq!((all.host.as_str(), all.port, all.listener, all.latency_ms), ("h", 9000, false, Some(200)));
        assert_eq!(all.passphrase.as_deref(), Some("secret+secret"));
        assert_eq!(all.stream_id.as_deref(), Some("a+b"), "a plus is a plus");
        assert_eq!(all.key_bytes, Some(32));
        let ours = read("srt://:9000?mode=listener").unwrap();
        assert_eq!((ours.host.as_str(), ours.port, ours.listener), ("0.0.0.0", 9000, true));
        assert_eq!(read("srt://h:1?latency=2000000").unwrap().latency_ms, Some(2000), "microseconds");
        assert_eq!(read("srt://h:1?pkt_size=1316").unwrap().latency_ms, None, "what we need not know is left out");
    }

    #[test]
    fn a_bad_address_is_refused_without_its_secrets() {
        for (url, says) in [
            ("srt://h?mode=caller", "port"),
            ("srt://h:1?mode=rendezvous", "mode"),
            ("srt://h:1?passphrase=short", "10 to 79"),
            ("srt://h:1?pbkeylen=12", "pbkeylen"),
            ("srt://h:1?latency=soon", "latency"),
        ] {
            let why = read(url).err().unwrap();
            assert!(why.contains(says) && !why.contains("short"), "{url}: {why}");
        }
    }

    #[test]
    fn a_keyframe_is_asked_for_by_whoever_joins_others_and_not_by_the_first() {
        let callers = Callers::default();
        assert!(!callers.comes(), "the stream begins with one");
        assert!(callers.comes() && callers.comes());
        callers.here.store(0, Ordering::SeqCst);
        assert!(callers.all_left() && !callers.comes(), "all had left: the stream begins anew");
    }
}
