//! WHIP: the show over WebRTC, by the system's `webrtcbin` and the encode that all share (ADR 0009).

mod answer;
mod figures;
mod ice;
mod session;
mod signal;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod test_server;

pub(super) use session::{ANSWERED, Helpers, Session};

use super::pipeline::{QUEUE_NS, source};
use crate::{MediaError, SecretUrl, elements, feed::Feed};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_webrtc::{WebRTCRTPTransceiver, WebRTCRTPTransceiverDirection};
use std::sync::Arc;

/// What it needs beside the elements of every show, and what they are in.
const NEEDED: &[(&str, &str)] = &[
    ("webrtcbin", "gstreamer1.0-plugins-bad"),
    ("dtlssrtpenc", "gstreamer1.0-plugins-bad"),
    ("nicesink", "gstreamer1.0-nice"),
    ("rtph264pay", "gstreamer1.0-plugins-good"),
    ("rtpopuspay", "gstreamer1.0-plugins-good"),
    ("capssetter", "gstreamer1.0-plugins-good"),
    ("opusenc", "gstreamer1.0-plugins-base"),
];
/// Payload types, in the range that is free to choose.
const VIDEO: i32 = 96;
const AUDIO: i32 = 97;
/// What every receiver names: other studios offer the same, receivers compare the text and decode what comes.
const PROFILE: &str = "42e01f";
/// Fits every way that WebRTC takes, with the room that encryption and a relay need.
const PACKET_BYTES: u32 = 1_200;

/// Refuses an address that nobody can publish to. Errors: a sentence for people.
pub(super) fn check(url: &SecretUrl) -> Result<(), String> {
    if url.endpoint().is_none() {
        return Err("the address names no host".into());
    }
    if url.tells_its_key() {
        return Err("over http:// everybody on the way can read the key; use https://".into());
    }
    match NEEDED.iter().find(|(name, _)| !elements::exists(name)) {
        Some((_, package)) => Err(format!("WHIP needs the package {package}")),
        None => Ok(()),
    }
}

/// What a pipeline to a WHIP endpoint is made of.
pub(super) struct Parts {
    pub feed: Arc<Feed>,
    pub webrtc: gst::Element,
    /// Where pictures and sound leave for the network.
    pub pictures: gst::Pad,
    pub sound: gst::Pad,
    pub session: Session,
}

/// Adds `appsrc ! rtph264pay` and `appsrc ! rtpopuspay`, both into `webrtcbin`. `wanted` is called when the receiver asks
/// for a keyframe. Errors: elements.
pub(super) fn build(
    pipeline: &gst::Pipeline,
    url: &SecretUrl,
    helpers: Helpers,
    wanted: Arc<dyn Fn() + Send + Sync>,
) -> Result<Parts, MediaError> {
    let webrtc = elements::make("webrtcbin")?;
    webrtc.set_property_from_str("bundle-policy", "max-bundle");
    notice_silence(&webrtc);
    pipeline.add(&webrtc).map_err(|e| MediaError::pipeline("webrtcbin", e))?;
    let (video, audio) = (source("video"), source("audio"));
    let (pack, name) = (elements::make("rtph264pay")?, elements::make("capssetter")?);
    // A viewer who comes later finds the parameter sets with every keyframe.
    pack.set_property("config-interval", -1i32);
    pack.set_property_from_str("aggregate-mode", "zero-latency");
    pack.set_property("mtu", PACKET_BYTES);
    pack.set_property("pt", VIDEO as u32);
    // Its own caps name the encoder's profile, which is no word for word what was offered.
    name.set_property("caps", gst::Caps::builder("application/x-rtp").field("profile-level-id", PROFILE).build());
    let speak = elements::make("rtpopuspay")?;
    speak.set_property("pt", AUDIO as u32);
    elements::add_row(pipeline, &[video.upcast_ref(), &pack, &name])?;
    elements::add_row(pipeline, &[audio.upcast_ref(), &speak])?;
    let pictures = connect(&webrtc, &name, &offered_video(), true)?;
    let sound = connect(&webrtc, &speak, &offered_audio(), false)?;
    hear_wishes(&video, wanted)?;
    let session = Session::new(webrtc.clone(), url.clone(), helpers);
    Ok(Parts { feed: Feed::at_program_time(video, audio, QUEUE_NS), webrtc, pictures, sound, session })
}

/// By itself the ICE library never finds out that the other side is gone.
fn notice_silence(webrtc: &gst::Element) {
    let agent = webrtc.property::<Option<gst::Object>>("ice-agent");
    let agent = agent.filter(|ice| ice.has_property("agent"));
    let agent = agent.and_then(|ice| ice.property::<Option<gst::glib::Object>>("agent"));
    if let Some(agent) = agent.filter(|agent| agent.has_property("keepalive-conncheck")) {
        agent.set_property("keepalive-conncheck", true);
    }
}

fn offered_video() -> gst::Caps {
    gst::Caps::builder("application/x-rtp")
        .field("media", "video")
        .field("encoding-name", "H264")
        .field("payload", VIDEO)
        .field("clock-rate", 90_000i32)
        .field("packetization-mode", "1")
        .field("profile-level-id", PROFILE)
        .field("level-asymmetry-allowed", "1")
        .build()
}

fn offered_audio() -> gst::Caps {
    gst::Caps::builder("application/x-rtp")
        .field("media", "audio")
        .field("encoding-name", "OPUS")
        .field("payload", AUDIO)
        .field("clock-rate", 48_000i32)
        .field("encoding-params", "2")
        .field("sprop-stereo", "1")
        .field("stereo", "1")
        .build()
}

/// Announces a stream before its first buffer, and links it; the pad by which it leaves.
fn connect(
    webrtc: &gst::Element,
    last: &gst::Element,
    offered: &gst::Caps,
    sends_again: bool,
) -> Result<gst::Pad, MediaError> {
    let entrance = webrtc.request_pad_simple("sink_%u");
    let entrance = entrance.ok_or_else(|| MediaError::pipeline("webrtcbin", "it takes no stream"))?;
    let stream = entrance.property::<WebRTCRTPTransceiver>("transceiver");
    stream.set_property("direction", WebRTCRTPTransceiverDirection::Sendonly);
    stream.set_property("codec-preferences", offered);
    // Lost pictures are sent again; of lost sound there is little.
    stream.set_property("do-nack", sends_again);
    let exit = elements::pad(last, "src")?;
    exit.link(&entrance).map_err(|e| MediaError::pipeline("webrtcbin", e))?;
    Ok(exit)
}

fn hear_wishes(video: &gst_app::AppSrc, wanted: Arc<dyn Fn() + Send + Sync>) -> Result<(), MediaError> {
    let exit = elements::pad(video.upcast_ref(), "src")?;
    exit.add_probe(gst::PadProbeType::EVENT_UPSTREAM, move |_, info| {
        if info.event().is_some_and(|event| gstreamer_video::ForceKeyUnitEvent::is(event)) {
            wanted();
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}
