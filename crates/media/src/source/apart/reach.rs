//! What a source may reach: the host of its address and nothing else, whatever a playlist or a server says.

use gst::prelude::*;
use gstreamer as gst;
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::atomic::{AtomicBool, Ordering},
};
use url::Url;

/// Elements that fetch by themselves, past the gate that the others go through.
const OWN_FETCHERS: &[&str] = &["hlsdemux2", "dashdemux2", "mssdemux2"];

/// This process decodes one source and nothing else.
static ALONE: AtomicBool = AtomicBool::new(false);

/// Host and port of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub host: String,
    pub port: u16,
}

impl Place {
    pub(super) fn of(url: &Url) -> Option<Self> {
        let port = url.port_or_known_default().or_else(|| url.scheme().starts_with("rtsp").then_some(554))?;
        Some(Self { host: url.host_str()?.to_ascii_lowercase(), port })
    }

    /// `other` is the same server: one that answers on both of the web's own ports is one.
    pub(super) fn may_lead_to(&self, other: &Self) -> bool {
        let web = |port: u16| port == 80 || port == 443;
        self.host == other.host && (self.port == other.port || (web(self.port) && web(other.port)))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What a source is told that was led elsewhere.
pub(super) fn led_away(origin: &Place, other: &str) -> String {
    format!("it leads to {other}, and only {origin}, the host of its address, is reached")
}

/// True for an address that any host of the internet may have.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = matches!(v4.octets(), [100, second, ..] if second & 0xC0 == 64);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || shared)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => !(v6.is_loopback() || v6.is_unspecified() || is_local(v6)),
        },
    }
}

fn is_local(v6: Ipv6Addr) -> bool {
    v6.is_unique_local() || v6.is_unicast_link_local()
}

/// Schemes that a source with this one may open.
fn opens(scheme: &str) -> Vec<&str> {
    match scheme {
        "http" | "https" => vec!["http", "https"],
        // Its pictures come as datagrams.
        rtsp if rtsp.starts_with("rtsp") => vec![rtsp, "rtsp", "udp"],
        other => vec![other],
    }
}

/// Whether an element that fetches `protocols` stays: the one that goes through the gate for the web, the plain one for files.
fn stays(scheme: &str, element: &str, protocols: &[String]) -> bool {
    let fits = protocols.iter().any(|protocol| opens(scheme).contains(&protocol.as_str()));
    match scheme {
        "http" | "https" => fits && element == "souphttpsrc",
        "file" => fits && element == "filesrc",
        _ => fits,
    }
}

/// Takes all elements out of this process that could fetch what a source with this scheme has no business with: a playlist
/// in a file gets no network, one from the network no file. For the decoding process alone.
pub(super) fn keep_only(scheme: &str) {
    ALONE.store(true, Ordering::SeqCst);
    let registry = gst::Registry::get();
    for plugin in registry.plugins() {
        let name = plugin.plugin_name();
        let factories: Vec<gst::ElementFactory> =
            registry.features_by_plugin(&name).into_iter().filter_map(|feature| feature.downcast().ok()).collect();
        let (leave, remain): (Vec<_>, Vec<_>) = factories.into_iter().partition(|factory| leaves(scheme, factory));
        if leave.is_empty() {
            continue;
        }
        if !remain.iter().any(is_of_use) {
            registry.remove_plugin(&plugin);
            continue;
        }
        // One that is loaded later, for what remains of it, would bring back what left.
        if let Err(error) = plugin.load() {
            tracing::debug!(%error, plugin = %name, "is left out whole");
            registry.remove_plugin(&plugin);
            continue;
        }
        for factory in &leave {
            if let Some(loaded) = gst::ElementFactory::find(&factory.name()) {
                registry.remove_feature(&loaded);
            }
        }
    }
}

fn leaves(scheme: &str, factory: &gst::ElementFactory) -> bool {
    let name = factory.name();
    let protocols: Vec<String> = factory.uri_protocols().iter().map(ToString::to_string).collect();
    let fetches = factory.uri_type() == gst::URIType::Src;
    OWN_FETCHERS.contains(&name.as_str()) || (fetches && !stays(scheme, &name, &protocols))
}

/// What a decoding pipeline is made of: it fetches, takes apart, decodes, or is of GStreamer's own core.
fn is_of_use(factory: &gst::ElementFactory) -> bool {
    factory.plugin().is_some_and(|plugin| plugin.plugin_name() == "coreelements")
        || factory.uri_type() == gst::URIType::Src
        || factory.has_type(gst::ElementFactoryType::DECODABLE)
}

/// Keeps an RTSP client from following its server to another one, in a process of its own. Others have the gate.
pub(in super::super) fn stay_with(decoder: &gst::Element, uri: &str) {
    let origin = Url::parse(uri).ok().as_ref().and_then(Place::of);
    let Some(origin) = origin.filter(|_| ALONE.load(Ordering::SeqCst)) else { return };
    decoder.connect("source-setup", false, move |values| {
        let source = values.get(1)?.get::<gst::Element>().ok()?;
        if gst::glib::subclass::SignalId::lookup("before-send", source.type_()).is_some() {
            let origin = origin.clone();
            source.connect("before-send", false, move |values| {
                only_its_own(values, &origin);
                Some(true.to_value())
            });
        }
        None
    });
}

/// Returns if the next request goes to the server of the address.
fn only_its_own(values: &[gst::glib::Value], origin: &Place) {
    let Some(source) = values.first().and_then(|value| value.get::<gst::Element>().ok()) else { return };
    let location = source.property::<Option<String>>("location").and_then(|location| Url::parse(&location).ok());
    let Some(other) = location.as_ref().and_then(Place::of).filter(|other| !origin.may_lead_to(other)) else { return };
    gst::element_error!(source, gst::ResourceError::OpenRead, ["{}", led_away(origin, &other.to_string())]);
    // A request that is called off makes rtspsrc read an answer that never was, and crash. The process ends on the error
    // that was just posted; until then this request waits.
    loop {
        std::thread::park();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_host_of_the_address_is_reached() {
        let table = [
            ("http://a.example/live.m3u8", "http://a.example/seg1.ts", true),
            ("http://a.example/live.m3u8", "https://A.example/seg1.ts", true),
            ("http://a.example/live.m3u8", "http://a.example:8080/seg1.ts", false),
            ("http://a.example:8080/live.m3u8", "http://a.example/seg1.ts", false),
            ("http://a.example/live.m3u8", "http://b.example/seg1.ts", false),
            ("http://a.example/live.m3u8", "http://127.0.0.1/seg1.ts", false),
            ("rtsp://cam/1", "rtsp://cam:554/2", true),
            ("rtsp://cam/1", "rtsp://cam:8554/2", false),
        ];
        for (origin, other, may) in table {
            let [from, to] = [origin, other].map(|text| Place::of(&Url::parse(text).unwrap()).unwrap());
            assert_eq!(from.may_lead_to(&to), may, "{origin} -> {other}");
        }
    }

    #[test]
    fn addresses_of_this_house_are_not_public() {
        let here = ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.1.1", "100.64.0.1", "0.0.0.0"];
        let here6 = ["::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1"];
        for address in here.iter().chain(&here6) {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2600::1", "::ffff:8.8.8.8"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_source_keeps_the_means_of_its_own_address_alone() {
        let table = [
            ("file", "filesrc", "file", true),
            ("file", "souphttpsrc", "http", false),
            ("file", "giosrc", "file", false),
            ("https", "souphttpsrc", "http", true),
            ("https", "curlhttpsrc", "https", false),
            ("https", "filesrc", "file", false),
            ("rtsp", "rtspsrc", "rtsp", true),
            ("rtspt", "udpsrc", "udp", true),
            ("rtsp", "souphttpsrc", "http", false),
            ("srt", "srtsrc", "srt", true),
        ];
        for (scheme, element, protocol, want) in table {
            assert_eq!(stays(scheme, element, &[protocol.to_owned()]), want, "{scheme}: {element}");
        }
    }
}
