//! Draws cards on a thread of its own and hands them to the overlay element.

use super::{Card, paint};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_video as gst_video;
use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};

type Shown = Arc<Mutex<Option<gst_video::VideoOverlayComposition>>>;

/// The thread and the overlay it feeds.
pub(crate) struct CardWorker {
    wishes: Option<mpsc::SyncSender<Option<Card>>>,
    newest: Arc<Mutex<Option<Option<Card>>>>,
    thread: Option<JoinHandle<()>>,
}

impl CardWorker {
    /// Connects `overlay` (an `overlaycomposition`) to a new worker for a canvas of this size.
    pub(crate) fn start(overlay: &gst::Element, width: u32, height: u32) -> std::io::Result<Self> {
        let shown: Shown = Arc::default();
        let drawn = shown.clone();
        overlay.connect("draw", false, move |_| {
            let shown = drawn.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Some(shown.to_value())
        });
        // One place: a wish that waits is replaced through `newest`, the channel only wakes the thread.
        let (wishes, inbox) = mpsc::sync_channel::<Option<Card>>(1);
        let newest: Arc<Mutex<Option<Option<Card>>>> = Arc::default();
        let waiting = newest.clone();
        let thread = std::thread::Builder::new().name("hawker-cards".into()).spawn(move || {
            let mut current: Option<Card> = None;
            while inbox.recv().is_ok() {
                let Some(wish) = waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else { continue };
                if wish != current {
                    let composition = wish.as_ref().and_then(|card| compose(card, width, height));
                    *shown.lock().unwrap_or_else(PoisonError::into_inner) = composition;
                    current = wish;
                }
            }
        })?;
        Ok(Self { wishes: Some(wishes), newest, thread: Some(thread) })
    }

    /// Shows `card` as soon as it is drawn; a card set meanwhile replaces one that waits. Never blocks.
    pub(crate) fn show(&self, card: Option<Card>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(card);
        if let Some(wishes) = &self.wishes {
            let _ = wishes.try_send(None);
        }
    }

    pub(crate) fn stop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn compose(card: &Card, width: u32, height: u32) -> Option<gst_video::VideoOverlayComposition> {
    let painted = paint::paint(card, width, height)?;
    let mut buffer = gst::Buffer::from_mut_slice(painted.bgra);
    gst_video::VideoMeta::add(
        buffer.get_mut()?,
        gst_video::VideoFrameFlags::empty(),
        gst_video::VideoFormat::Bgra,
        painted.width,
        painted.height,
    )
    .ok()?;
    let rectangle = gst_video::VideoOverlayRectangle::new_raw(
        &buffer,
        painted.at.0,
        painted.at.1,
        painted.width,
        painted.height,
        gst_video::VideoOverlayFormatFlags::empty(),
    );
    gst_video::VideoOverlayComposition::new(Some(&rectangle)).ok()
}
