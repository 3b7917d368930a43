//! Start of GStreamer, the elements we stand on, and how they are made.

use crate::{MediaError, redact};
use gst::prelude::*;
use gstreamer as gst;
use std::sync::OnceLock;

/// Elements a show can't do without, and the Debian package each is in.
const REQUIRED: &[(&str, &str)] = &[
    ("appsrc", "gstreamer1.0-plugins-base"),
    ("uridecodebin", "gstreamer1.0-plugins-base"),
    ("videoconvertscale", "gstreamer1.0-plugins-base"),
    ("overlaycomposition", "gstreamer1.0-plugins-base"),
    ("audioconvert", "gstreamer1.0-plugins-base"),
    ("audioresample", "gstreamer1.0-plugins-base"),
    ("videotestsrc", "gstreamer1.0-plugins-base"),
    ("jpegenc", "gstreamer1.0-plugins-good"),
    ("jpegdec", "gstreamer1.0-plugins-good"),
    ("imagefreeze", "gstreamer1.0-plugins-good"),
    ("matroskamux", "gstreamer1.0-plugins-good"),
    ("matroskademux", "gstreamer1.0-plugins-good"),
    ("mp4mux", "gstreamer1.0-plugins-good"),
    ("aacparse", "gstreamer1.0-plugins-good"),
    ("h264parse", "gstreamer1.0-plugins-bad"),
    ("rtmp2sink", "gstreamer1.0-plugins-bad"),
];

/// What a probe returns to make a buffer disappear. `Drop` would say it better, but GStreamer before 1.24 then complains
/// about the reference that the binding has already taken.
pub(crate) const SWALLOW: gst::PadProbeReturn = gst::PadProbeReturn::Handled;

/// Starts GStreamer; calling it again costs nothing. Errors: [`MediaError::Init`], [`MediaError::MissingElements`].
pub fn init() -> Result<(), MediaError> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    DONE.get_or_init(|| {
        crate::output::trust_as_asked();
        crate::voices::hear();
        gst::init().map_err(|e| e.to_string())
    })
    .clone()
    .map_err(MediaError::Init)?;
    let lacking: Vec<_> = REQUIRED.iter().filter(|(name, _)| !exists(name)).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let mut packages: Vec<String> = lacking.iter().map(|(_, package)| (*package).to_owned()).collect();
    packages.dedup();
    Err(MediaError::MissingElements { missing: lacking.iter().map(|(name, _)| (*name).to_owned()).collect(), packages })
}

/// The GStreamer in use, for people: "GStreamer 1.22.0".
pub fn version() -> String {
    gst::version_string().to_string()
}

pub(crate) fn exists(name: &str) -> bool {
    gst::ElementFactory::find(name).is_some()
}

/// One element by factory name. Errors: [`MediaError::Pipeline`] naming it.
pub(crate) fn make(name: &str) -> Result<gst::Element, MediaError> {
    gst::ElementFactory::make(name).build().map_err(|e| MediaError::pipeline(name, e))
}

/// Adds `elements` to `bin` and links them in a row. Errors: [`MediaError::Pipeline`].
pub(crate) fn add_row(bin: &gst::Pipeline, elements: &[&gst::Element]) -> Result<(), MediaError> {
    bin.add_many(elements.iter().copied()).map_err(|e| MediaError::pipeline("adding elements", e))?;
    gst::Element::link_many(elements.iter().copied()).map_err(|e| {
        let names: Vec<_> = elements.iter().map(|e| e.name().to_string()).collect();
        MediaError::pipeline(&names.join(" ! "), e)
    })
}

/// Sets a property from its text form, where the element has it: encoders of different makers differ.
pub(crate) fn set_if_present(element: &gst::Element, name: &str, value: &str) {
    if element.has_property(name) {
        element.set_property_from_str(name, value);
    }
}

/// A pad of an element that must have it. Errors: [`MediaError::Pipeline`].
pub(crate) fn pad(element: &gst::Element, name: &str) -> Result<gst::Pad, MediaError> {
    element.static_pad(name).ok_or_else(|| MediaError::pipeline(&element.name(), format!("it has no pad {name}")))
}

/// An error message as one redacted line: what went wrong and the element's own words.
pub(crate) fn error_text(error: &gst::message::Error) -> String {
    let detail = error.debug().map(|d| d.to_string()).unwrap_or_default();
    // The debug text is "file(line): function (): /path/of/element:\nwords"; only the words help a person.
    let words = detail.lines().nth(1).unwrap_or_default().trim().to_owned();
    let main = error.error().to_string();
    redact(&if words.is_empty() || main.contains(&words) { main } else { format!("{main} ({words})") })
}
