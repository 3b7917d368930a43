//! The screen of this X display, or one of the screens it is made of.

use super::{
    build::{Size, Taps, Times, filter, link_source},
    tail::video_tail,
};
use crate::{MediaError, elements};
use gst::prelude::*;
use gstreamer as gst;

/// The whole display, or the `monitor` of that name. Errors: no such monitor is there, elements are missing.
pub(super) fn screen(
    pipeline: &gst::Pipeline,
    monitor: Option<&str>,
    size: Size,
    time: &Times,
    taps: &Taps,
) -> Result<(), MediaError> {
    let src = elements::make("ximagesrc")?;
    src.set_property("use-damage", false);
    if let Some(wanted) = monitor {
        let [left, top, right, bottom] =
            edges(wanted).ok_or_else(|| MediaError::SourceNotFound { what: format!("screen \"{wanted}\"") })?;
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

/// The first and last column and row of a monitor: left, top, right, bottom.
#[cfg(target_os = "linux")]
fn edges(monitor: &str) -> Option<[u32; 4]> {
    let found = super::x11::monitors().into_iter().find(|one| one.name == monitor)?;
    Some([found.x, found.y, (found.x + found.width).saturating_sub(1), (found.y + found.height).saturating_sub(1)])
}

#[cfg(not(target_os = "linux"))]
fn edges(_: &str) -> Option<[u32; 4]> {
    None
}
