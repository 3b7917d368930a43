//! Pictures of one window, also of what lies behind others. ximagesrc would do, but Xlib ends the whole program when a window
//! is closed while it is read; here that is an answer like any other.

use super::{
    super::{
        build::{Size, Times, link_source},
        tail::video_tail,
        taps::Taps,
    },
    list::{Unsaid, connect, meant, named},
    patient::in_time,
};
use crate::{MediaError, leaks::Numbers, source::WindowName};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::failure::{Thing, ThingKind};
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use x11rb::{
    connection::Connection,
    protocol::{
        composite::{ConnectionExt as _, Redirect},
        xproto::{ConnectionExt as _, ImageFormat, MapState, Window as Id},
    },
    rust_connection::RustConnection,
};

/// How often it is looked whether the pipeline runs.
const IDLE: Duration = Duration::from_millis(20);

/// The pictures of a window. Errors: there is no such window, or no display.
pub(in super::super) fn window(
    pipeline: &gst::Pipeline,
    name: &WindowName,
    size: Size,
    time: &Times,
    taps: &Taps,
) -> Result<(), MediaError> {
    let what = Thing::new(ThingKind::Window, name);
    let wanted = name.clone();
    let eye = in_time(move || Eye::open(&wanted))
        .map_err(|error| MediaError::Source { what: what.clone(), why: error.to_string() })?;
    let eye = eye.ok_or(MediaError::SourceNotFound { what })?;
    let source = gst_app::AppSrc::builder().is_live(true).format(gst::Format::Time).do_timestamp(true).build();
    source.set_max_buffers(2);
    source.set_leaky_type(gst_app::AppLeakyType::Downstream);
    let tail = video_tail(pipeline, size, time, taps, false)?;
    link_source(pipeline, &[source.upcast_ref()], &tail)?;
    let (weak, every) = (source.downgrade(), Duration::from_secs(1) / size.shape.fps.max(1));
    let lost = taps.lost.clone();
    let numbers = Numbers::watch(&source, move |pictures| {
        lost.fetch_add(pictures, Ordering::Relaxed);
    });
    std::thread::Builder::new()
        .name("hawker-window".into())
        .spawn(move || eye.run(&weak, numbers, every))
        .map_err(|e| MediaError::pipeline("window thread", e))?;
    Ok(())
}

/// Looks at one window.
struct Eye {
    display: RustConnection,
    id: Id,
    /// The size of the pictures, pixels.
    size: (u16, u16),
    last: Option<gst::Buffer>,
}

impl Eye {
    /// None where no such window is there. Errors: no display, or one without the extension Composite. Waits for a display that
    /// does not answer.
    fn open(name: &WindowName) -> Result<Option<Self>, Unsaid> {
        let (display, root) = connect()?;
        let Some(id) = meant(name, &named(&display, root)?).copied() else { return Ok(None) };
        display.composite_query_version(0, 4)?.reply()?;
        // Its pixels are kept apart from the screen's: what lies over it is not in the picture.
        display.composite_redirect_window(id, Redirect::AUTOMATIC)?.check()?;
        Ok(Some(Self { display, id, size: (0, 0), last: None }))
    }

    /// Until the pipeline is gone or the window is.
    fn run(mut self, source: &gst::glib::WeakRef<gst_app::AppSrc>, mut numbers: Numbers, every: Duration) {
        let mut next = Instant::now();
        loop {
            let Some(source) = source.upgrade() else { return };
            if source.current_state() < gst::State::Paused {
                drop(source);
                std::thread::sleep(IDLE);
                continue;
            }
            match self.picture(&source) {
                Ok(Some(picture)) => {
                    if numbers.push(&source, picture).is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::info!(error, "the window is gone");
                    gst::element_error!(source, gst::ResourceError::NotFound, ["the window was closed"]);
                    return;
                }
            }
            drop(source);
            next = (next + every).max(Instant::now());
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }

    /// What it shows; while it is not on the screen at all, what it showed last. Errors: it is closed.
    fn picture(&mut self, source: &gst_app::AppSrc) -> Result<Option<gst::Buffer>, Unsaid> {
        let about = self.display.get_window_attributes(self.id)?.reply()?;
        let place = self.display.get_geometry(self.id)?.reply()?;
        let (width, height) = (place.width, place.height);
        let shown = about.map_state == MapState::VIEWABLE;
        // It may be put away or change its size between the questions; then the next picture is right.
        let image = shown.then(|| self.display.get_image(ImageFormat::Z_PIXMAP, self.id, 0, 0, width, height, !0));
        let image = image.transpose()?.and_then(|asked| asked.reply().ok());
        let whole = |data: &Vec<u8>| data.len() == usize::from(width) * usize::from(height) * 4;
        if let Some(data) = image.map(|image| image.data).filter(whole) {
            if self.size != (width, height) {
                self.size = (width, height);
                source.set_caps(Some(&caps(width, height, self.display.setup().image_byte_order)));
            }
            self.last = Some(gst::Buffer::from_slice(data));
        }
        // Each picture is stamped when it is pushed.
        Ok(self.last.as_ref().map(|last| last.copy()))
    }
}

fn caps(width: u16, height: u16, order: x11rb::protocol::xproto::ImageOrder) -> gst::Caps {
    let format = if order == x11rb::protocol::xproto::ImageOrder::MSB_FIRST { "xRGB" } else { "BGRx" };
    gst::Caps::builder("video/x-raw")
        .field("format", format)
        .field("width", i32::from(width))
        .field("height", i32::from(height))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .field("framerate", gst::Fraction::new(0, 1))
        .build()
}
