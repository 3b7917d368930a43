//! The screen of this computer, or one of the screens it is made of; under Wayland, what the person shares. Xlib ends
//! the process when what is read of the display is gone, so this runs in a process of its own wherever there is a
//! program for it ([`super::apart`]).

mod choose;

use super::{
    build::{Size, Times, filter, link_source},
    tail::video_tail,
    taps::Taps,
};
use crate::{Device, MediaError, elements};
pub(super) use choose::{Monitor, Place, by_name};
use choose::{NoChoice, Platform, Rate, choose, listed};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::failure::{Thing, ThingKind};

/// What Windows' list calls its screens.
const MONITORS: &str = "Source/Monitor";

/// The whole display, or the `monitor` of that name; under Wayland a screen or a window that the person is asked for.
/// Errors: no such monitor is there, nothing is shared, elements are missing.
pub(super) fn screen(
    pipeline: &gst::Pipeline,
    monitor: Option<&str>,
    size: Size,
    time: &Times,
    taps: &Taps,
) -> Result<(), MediaError> {
    #[cfg(target_os = "linux")]
    if super::portal::is_spoken() {
        return super::portal::screen(pipeline, size, time, taps);
    }
    let what = || Thing::new(ThingKind::Screen, monitor.unwrap_or_default());
    let there = match monitor {
        Some(_) => monitors(Platform::HERE).map_err(|why| MediaError::Source { what: what(), why })?,
        None => Vec::new(),
    };
    let choice = choose(Platform::HERE, elements::exists, monitor, &there).map_err(|none| match none {
        NoChoice::NoSuchMonitor => MediaError::SourceNotFound { what: what() },
        NoChoice::NoElement => lacking(Platform::HERE),
    })?;
    let src = elements::make(choice.element)?;
    for (name, value) in &choice.properties {
        // A screen without its cursor is that screen; without anything else it may be another one.
        if !src.has_property(name) && !name.ends_with("cursor") {
            return Err(MediaError::pipeline(choice.element, format!("this version has no property {name}")));
        }
        elements::set_if_present(&src, name, value);
    }
    let fps = gst::Fraction::new(i32::try_from(size.shape.fps).unwrap_or(i32::MAX), 1);
    let rate = gst::Caps::builder("video/x-raw");
    let rate = match choice.rate {
        Rate::Exactly => rate.field("framerate", fps),
        Rate::AtMost => rate.field("framerate", gst::FractionRange::new(gst::Fraction::new(1, 1), fps)),
    };
    let filter = filter(&rate.build())?;
    let tail = video_tail(pipeline, size, time, taps, false)?;
    link_source(pipeline, &[&src, &filter], &tail)
}

fn lacking(platform: Platform) -> MediaError {
    let package = if platform == Platform::X11 { "gstreamer1.0-plugins-good" } else { "GStreamer's \"bad\" plugins" };
    MediaError::MissingElements {
        missing: platform.elements().iter().map(|name| (*name).to_owned()).collect(),
        packages: vec![package.to_owned()],
    }
}

/// Screens and windows of this computer, as sources.
pub(crate) fn on_display() -> Vec<Device> {
    #[cfg(target_os = "linux")]
    return super::x11::devices();
    #[cfg(not(target_os = "linux"))]
    screens(&monitors(Platform::HERE).unwrap_or_default())
}

/// The main screen and these, as sources; none where nothing is installed that looks at them.
pub(super) fn screens(monitors: &[Monitor]) -> Vec<Device> {
    listed(Platform::HERE, elements::exists, monitors)
}

/// The screens that have names; those of macOS have numbers alone. Errors: the display does not answer.
fn monitors(platform: Platform) -> Result<Vec<Monitor>, String> {
    match platform {
        Platform::X11 => on_x11(),
        Platform::Windows => Ok(by_name(on_windows())),
        Platform::MacOs => Ok(Vec::new()),
    }
}

#[cfg(target_os = "linux")]
fn on_x11() -> Result<Vec<Monitor>, String> {
    super::x11::monitors().map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn on_x11() -> Result<Vec<Monitor>, String> {
    Ok(Vec::new())
}

/// As the list of GStreamer's Direct3D 11 plugin names them.
fn on_windows() -> Vec<(String, Place, bool)> {
    let monitor = gst::DeviceMonitor::new();
    if monitor.add_filter(Some(MONITORS), None).is_none() || monitor.start().is_err() {
        return Vec::new();
    }
    let found = monitor.devices().into_iter().filter_map(|device| {
        let about = device.properties()?;
        let handle = about.get::<u64>("device.hmonitor").ok()?;
        let is_primary = about.get::<bool>("device.primary").unwrap_or_default();
        Some((device.display_name().to_string(), Place::Handle(handle), is_primary))
    });
    let found = found.collect();
    monitor.stop();
    found
}
