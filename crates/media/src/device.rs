//! Cameras, microphones, the screen and what sound is played on, as GstDeviceMonitor sees them (V4L2, PipeWire, PulseAudio).

use crate::{MediaError, source::CameraFormat};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::failure::{Thing, ThingKind};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// One thing that can be a source, or that can be listened on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Device {
    /// Names it across restarts of the program; given as `@ID`, a screen's and a window's as it is.
    pub id: String,
    pub name: String,
    pub kind: DeviceKind,
    /// What it offers. A camera's are given as `@ID#FORMAT`: "mjpeg-1280x720-30".
    pub formats: Vec<String>,
    /// The system's own choice among its kind.
    pub is_default: bool,
    /// What plays on the loudspeakers, offered as a microphone.
    pub is_loopback: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Camera,
    Microphone,
    Screen,
    Window,
    /// Headphones or loudspeakers.
    Speaker,
}

impl DeviceKind {
    fn class(self) -> &'static str {
        match self {
            Self::Camera | Self::Screen | Self::Window => "Video/Source",
            Self::Microphone => "Audio/Source",
            Self::Speaker => "Audio/Sink",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::Screen => "screen",
            Self::Window => "window",
            Self::Speaker => "headphone",
        }
    }
}

/// Most formats listed for one device: cameras offer hundreds.
const FORMATS_SHOWN: usize = 40;

/// All sources of this machine, and what it plays sound on. Errors: GStreamer does not start. A machine without devices has an empty list.
pub fn devices() -> Result<Vec<Device>, MediaError> {
    crate::init()?;
    let mut found = Vec::new();
    for kind in [DeviceKind::Camera, DeviceKind::Microphone, DeviceKind::Speaker] {
        found.extend(present(kind).iter().map(|device| describe(device, kind)));
    }
    for speaker in present(DeviceKind::Speaker).iter().filter(|speaker| is_of_pipewire(speaker)) {
        let loopback = Device {
            id: format!("{}{MONITOR}", id_of(speaker)),
            kind: DeviceKind::Microphone,
            is_loopback: true,
            is_default: false,
            ..describe(speaker, DeviceKind::Speaker)
        };
        if !found.iter().any(|known| known.id == loopback.id) {
            found.push(loopback);
        }
    }
    found.extend(crate::source::on_display());
    Ok(found)
}

/// Whether a microphone is what plays on the loudspeakers; not of one that is not there.
pub(crate) fn is_loopback(id: &str) -> bool {
    if id.ends_with(MONITOR) {
        return true;
    }
    let known = present(DeviceKind::Microphone);
    let named = known.iter().find(|device| id_of(device) == id || device.display_name() == id);
    named.is_some_and(|device| describe(device, DeviceKind::Microphone).is_loopback)
}

/// What the id of a loudspeaker's own sound ends in, as sound servers write it.
const MONITOR: &str = ".monitor";

fn is_of_pipewire(speaker: &gst::Device) -> bool {
    speaker.type_().name().to_lowercase().contains("pipewire")
}

/// What hears a loudspeaker of PipeWire, which lists no microphone for it; none where the id means something else.
/// Errors: elements are missing.
pub(crate) fn loopback(id: &str) -> Result<Option<gst::Element>, MediaError> {
    let Some(speaker) = id.strip_suffix(MONITOR) else { return Ok(None) };
    let is_meant = |device: &gst::Device| is_of_pipewire(device) && id_of(device) == speaker;
    let listed = present(DeviceKind::Microphone).iter().any(|device| id_of(device) == id);
    if listed || !present(DeviceKind::Speaker).iter().any(is_meant) {
        return Ok(None);
    }
    let source = crate::elements::make("pipewiresrc")?;
    source.set_property("target-object", speaker);
    let properties = gst::Structure::builder("properties").field("stream.capture.sink", "true").build();
    source.set_property("stream-properties", properties);
    hold_to_device(&source);
    Ok(Some(source))
}

/// What takes in from a device. Of a source that a program of this computer offers (`Audio/Source/Virtual`: a microphone behind a
/// filter, a headset), the plugin of PipeWire 0.3.65 makes an element that plays. Errors: the element can't be made.
pub(crate) fn source_of(device: &gst::Device) -> Result<gst::Element, MediaError> {
    let own = device.create_element(None).map_err(|e| MediaError::pipeline("microphone", e))?;
    if own.static_pad("src").is_some() {
        return Ok(own);
    }
    let source = crate::elements::make("pipewiresrc")?;
    source.set_property("target-object", id_of(device));
    Ok(source)
}

/// PipeWire moves what hears or plays on a device that is pulled out to another one. This asks it not to: no microphone is
/// silently swapped, and what a host hears in the headphones does not come out of the loudspeakers. The property is PipeWire's;
/// a PulseAudio that still runs by itself does not know it, and moves it: see [`Held`].
pub(crate) fn hold_to_device(element: &gst::Element) {
    const PROPERTIES: &str = "stream-properties";
    if !element.has_property(PROPERTIES) {
        return;
    }
    let properties = element.property::<Option<gst::Structure>>(PROPERTIES);
    let mut properties = properties.unwrap_or_else(|| gst::Structure::new_empty("properties"));
    // As text: what is none, pulsesrc leaves out.
    properties.set("node.dont-reconnect", "true");
    element.set_property(PROPERTIES, properties);
}

/// The device with this id or unique name. Errors: [`MediaError::DeviceNotFound`], [`MediaError::DeviceAmbiguous`].
pub(crate) fn find(kind: DeviceKind, wanted: &str) -> Result<gst::Device, MediaError> {
    let all = present(kind);
    if let Some(device) = all.iter().find(|d| id_of(d) == wanted) {
        return Ok(device.clone());
    }
    let named: Vec<_> = all.iter().filter(|d| d.display_name() == wanted).collect();
    match named.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(missing(kind, wanted, &all)),
        several => Err(MediaError::DeviceAmbiguous {
            kind: kind.word(),
            id: wanted.to_owned(),
            matching: several.iter().map(|d| id_of(d)).collect(),
        }),
    }
}

/// Why no device answers to a name: this user may not open it, so that nobody lists it, or it is not there.
fn missing(kind: DeviceKind, wanted: &str, present: &[gst::Device]) -> MediaError {
    let forbidden = if kind == DeviceKind::Camera { forbidden_cameras() } else { Vec::new() };
    let named = forbidden.iter().find(|node| node.strip_prefix("/dev/").is_some_and(|name| wanted.ends_with(name)));
    // Without any camera in sight, one that may not be opened is the likeliest to be meant, whatever it is called.
    match named.or(forbidden.first().filter(|_| present.is_empty())) {
        Some(node) => {
            MediaError::SourceDenied { what: Thing::new(ThingKind::Camera, format_args!("{wanted} ({node})")) }
        }
        None => MediaError::DeviceNotFound {
            kind: kind.word(),
            id: wanted.to_owned(),
            present: present.iter().map(|d| format!("{} ({})", id_of(d), d.display_name())).collect(),
        },
    }
}

/// Camera nodes that are there and that this user may not open.
#[cfg(target_os = "linux")]
fn forbidden_cameras() -> Vec<String> {
    let nodes = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    let cameras = nodes.filter(|node| node.file_name().to_string_lossy().starts_with("video"));
    let denied = |path: &std::path::Path| {
        std::fs::File::open(path).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    };
    cameras.map(|node| node.path()).filter(|path| denied(path)).map(|path| path.display().to_string()).collect()
}

#[cfg(not(target_os = "linux"))]
fn forbidden_cameras() -> Vec<String> {
    Vec::new()
}

fn present(kind: DeviceKind) -> Vec<gst::Device> {
    let Some(monitor) = monitor() else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let of_kind = |device: &gst::Device| device.has_classes(kind.class());
    monitor.devices().into_iter().filter(|d| of_kind(d) && seen.insert(id_of(d))).collect()
}

fn describe(device: &gst::Device, kind: DeviceKind) -> Device {
    let caps = device.caps().unwrap_or_else(gst::Caps::new_empty);
    let mut formats = formats(&caps, kind);
    formats.truncate(FORMATS_SHOWN);
    let properties = device.properties();
    let is_default = properties.as_ref().and_then(|p| p.get::<bool>("is-default").ok()).unwrap_or_default();
    let class = properties.as_ref().and_then(|p| p.get::<String>("device.class").ok());
    Device {
        id: id_of(device),
        name: device.display_name().to_string(),
        kind,
        formats,
        is_default,
        is_loopback: class.as_deref() == Some("monitor"),
    }
}

/// A name that survives a reboot and a re-plug: the node's name, else the device file, else the display name.
fn id_of(device: &gst::Device) -> String {
    let properties = device.properties();
    let text = |key: &str| properties.as_ref().and_then(|p| p.get::<String>(key).ok()).filter(|t| !t.is_empty());
    text("node.name")
        .map(|node| of_node(node, text("device.class").as_deref()))
        .or_else(|| text("api.v4l2.path").or_else(|| text("device.path")).map(|path| path.replace("/dev/", "")))
        .unwrap_or_else(|| device.display_name().to_string())
}

/// PulseAudio's list names what hears a loudspeaker as the loudspeaker itself, PipeWire's by the ending: it is one thing.
fn of_node(node: String, class: Option<&str>) -> String {
    if class == Some("monitor") && !node.ends_with(MONITOR) { node + MONITOR } else { node }
}

fn formats(caps: &gst::CapsRef, kind: DeviceKind) -> Vec<String> {
    if kind == DeviceKind::Camera {
        return CameraFormat::all_of(caps).iter().map(ToString::to_string).collect();
    }
    let channels = caps.iter().filter_map(|structure| structure.get::<i32>("channels").ok());
    let mut texts: Vec<String> = channels.map(|channels| format!("{channels} channels")).collect();
    texts.dedup();
    texts
}

/// The one monitor of this process, once a provider runs; it is never stopped.
///
/// PipeWire's device provider (0.3.65) destroys memory when it is stopped, so one that was started must stay. Where no
/// provider runs (no PipeWire, no Pulse, no V4L2) there is none, and the next call tries again.
fn monitor() -> Option<gst::DeviceMonitor> {
    static RUNNING: Mutex<Option<gst::DeviceMonitor>> = Mutex::new(None);
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if running.is_none() {
        let monitor = gst::DeviceMonitor::new();
        for kind in [DeviceKind::Camera, DeviceKind::Microphone, DeviceKind::Speaker] {
            monitor.add_filter(Some(kind.class()), None);
        }
        // Nobody may leave its messages lying: they are counted where they are posted.
        monitor.bus().set_sync_handler(|_, message| {
            match message.view() {
                gst::MessageView::DeviceAdded(added) => {
                    appeared().insert(id_of(&added.device()), Instant::now());
                    ADDED.fetch_add(1, Ordering::SeqCst);
                }
                gst::MessageView::DeviceRemoved(removed) => {
                    let device = removed.device();
                    PULLED_OUT.note(device.has_classes(DeviceKind::Microphone.class()), &id_of(&device));
                    appeared().remove(&id_of(&device));
                }
                _ => {}
            }
            gst::BusSyncReply::Drop
        });
        monitor.start().ok()?;
        *running = Some(monitor);
    }
    running.clone()
}

/// How often each device that somebody holds was pulled out. Sound servers may call a microphone and a loudspeaker the same.
struct PulledOut(Mutex<BTreeMap<(bool, String), Arc<AtomicU64>>>);

static PULLED_OUT: PulledOut = PulledOut(Mutex::new(BTreeMap::new()));

impl PulledOut {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(bool, String), Arc<AtomicU64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, hears: bool, id: &str) {
        if let Some(times) = self.lock().get(&(hears, id.to_owned())) {
            times.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn hold(&self, hears: bool, id: &str) -> Held {
        let times = self.lock().entry((hears, id.to_owned())).or_default().clone();
        Held { before: times.load(Ordering::SeqCst), times }
    }
}

/// A microphone that is taken in.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    times: Arc<AtomicU64>,
    before: u64,
}

impl Held {
    /// It was pulled out since it was taken, be it there again by now. A PulseAudio that runs by itself moves what hears it to
    /// another microphone then, so nothing that comes after this is of the one that was chosen.
    pub(crate) fn is_pulled_out(&self) -> bool {
        self.times.load(Ordering::SeqCst) != self.before
    }
}

/// Takes note of a microphone with this id or unique name, or of the loudspeaker that it hears. Before it is opened: what
/// happens meanwhile counts. None for one that is not listed.
pub(crate) fn hold(wanted: &str) -> Option<Held> {
    if let Ok(device) = find(DeviceKind::Microphone, wanted) {
        return Some(PULLED_OUT.hold(true, &id_of(&device)));
    }
    let speaker = wanted.strip_suffix(MONITOR)?;
    Some(PULLED_OUT.hold(false, &id_of(&find(DeviceKind::Speaker, speaker).ok()?)))
}

/// Devices that were plugged in since the process began.
static ADDED: AtomicU64 = AtomicU64::new(0);
/// Since when what is plugged in is listed, by its name.
static APPEARED: Mutex<BTreeMap<String, Instant>> = Mutex::new(BTreeMap::new());

fn appeared() -> MutexGuard<'static, BTreeMap<String, Instant>> {
    APPEARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the device with this id or unique name is listed. None if it isn't.
pub(crate) fn listed_for(kind: DeviceKind, wanted: &str) -> Option<Duration> {
    let id = id_of(&find(kind, wanted).ok()?);
    // The list may know it a moment before the message does.
    Some(appeared().entry(id).or_insert_with(Instant::now).elapsed())
}

/// Notices devices as they are plugged in.
pub(crate) struct Watch {
    seen: u64,
}

/// Begins to watch.
pub(crate) fn watch() -> Watch {
    monitor();
    Watch { seen: ADDED.load(Ordering::SeqCst) }
}

impl Watch {
    /// True if a device was added since the last call.
    pub(crate) fn something_came(&mut self) -> bool {
        let now = ADDED.load(Ordering::SeqCst);
        std::mem::replace(&mut self.seen, now) != now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_microphone_is_pulled_out_by_its_own_name_alone_and_once_for_whoever_held_it() {
        let table = PulledOut(Mutex::default());
        table.note(true, "usb");
        let held = table.hold(true, "usb");
        for (hears, id) in [(true, "other"), (false, "usb")] {
            table.note(hears, id);
            assert!(!held.is_pulled_out(), "{hears} {id} is another one");
        }
        table.note(true, "usb");
        assert!(held.is_pulled_out());
        let again = table.hold(true, "usb");
        assert!(!again.is_pulled_out() && held.is_pulled_out(), "what was opened after its return is whole");
    }

    #[test]
    fn a_loudspeakers_own_sound_has_one_name_whoever_lists_it() {
        let table = [
            ("alsa_output.pci", Some("monitor"), "alsa_output.pci.monitor"),
            ("alsa_output.pci.monitor", Some("monitor"), "alsa_output.pci.monitor"),
            ("alsa_input.usb", Some("sound"), "alsa_input.usb"),
            ("alsa_input.usb", None, "alsa_input.usb"),
        ];
        for (node, class, want) in table {
            assert_eq!(of_node(node.to_owned(), class), want, "{node} {class:?}");
        }
    }
}
