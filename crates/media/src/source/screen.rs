//! The screen of this X display, or one of the screens it is made of; under Wayland, what the person shares. Xlib ends
//! the process when what is read of the display is gone, so this runs in a process of its own wherever there is a
//! program for it ([`super::apart`]).

use super::{
    build::{Size, Times, filter, link_source},
    tail::video_tail,
    taps::Taps,
};
use crate::{MediaError, elements};
use gst::prelude::*;
use gstreamer as gst;

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
    let src = elements::make("ximagesrc")?;
    src.set_property("use-damage", false);
    if let Some(wanted) = monitor {
        let what = || format!("screen \"{wanted}\"");
        let found = edges(wanted).map_err(|why| MediaError::Source { what: what(), why })?;
        let [left, top, right, bottom] = found.ok_or_else(|| MediaError::SourceNotFound { what: what() })?;
        src.set_property("startx", left);
        src.set_property("starty", top);
        src.set_property("endx", right);
        src.set_property("endy", bottom);
    }
    let rate = gst::Fraction::new(i32::try_from(size.shape.fps).unwrap_or(i32::MAX), 1);
    let filter = filter(&gst::Caps::builder("video/x-raw").field("framerate", rate).build())?;
    let tail = video_tail(pipeline, size, time, taps, false)?;
    link_source(pipeline, &[&src, &filter], &tail)
}

/// The first and last column and row of a monitor: left, top, right, bottom. Errors: the display does not answer.
#[cfg(target_os = "linux")]
fn edges(monitor: &str) -> Result<Option<[u32; 4]>, String> {
    let all = super::x11::monitors().map_err(|error| error.to_string())?;
    let end = |start: u32, length: u32| (start + length).saturating_sub(1);
    let found = all.into_iter().find(|one| one.name == monitor);
    Ok(found.map(|one| [one.x, one.y, end(one.x, one.width), end(one.y, one.height)]))
}

#[cfg(not(target_os = "linux"))]
fn edges(_: &str) -> Result<Option<[u32; 4]>, String> {
    Ok(None)
}
