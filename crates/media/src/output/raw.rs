//! Raw pictures of the canvas, or raw sound, for those who want no encoded ones. While nobody does, it costs nothing.

use crate::leaks::Numbers;
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// Hands every picture, or piece of sound, that passes a pad to the sources that are attached. A source has to drop what it has no room for.
pub(crate) struct RawTap {
    caps: gst::Caps,
    takers: Mutex<Vec<(gst_app::AppSrc, Numbers)>>,
    count: AtomicUsize,
}

impl RawTap {
    /// Watches `pad`, whose buffers have `caps`.
    pub(crate) fn watch(pad: &gst::Pad, caps: gst::Caps) -> Arc<Self> {
        let tap = Arc::new(Self { caps, takers: Mutex::default(), count: AtomicUsize::new(0) });
        let inside = tap.clone();
        pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            if let Some(buffer) = info.buffer().filter(|_| inside.count.load(Ordering::Relaxed) > 0) {
                for (source, numbers) in inside.takers().iter_mut() {
                    let _ = numbers.push(source, buffer.to_owned());
                }
            }
            gst::PadProbeReturn::Ok
        });
        tap
    }

    pub(crate) fn caps(&self) -> &gst::Caps {
        &self.caps
    }

    /// What passes goes to `source` until the result is dropped; `lost` hears how many buffers it had no room for.
    pub(crate) fn attach(
        self: &Arc<Self>,
        source: &gst_app::AppSrc,
        lost: impl Fn(u64) + Send + Sync + 'static,
    ) -> Taking {
        let mut takers = self.takers();
        takers.push((source.clone(), Numbers::watch(source, lost)));
        self.count.store(takers.len(), Ordering::Relaxed);
        Taking { tap: self.clone(), source: source.clone() }
    }

    fn takers(&self) -> MutexGuard<'_, Vec<(gst_app::AppSrc, Numbers)>> {
        self.takers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One source that takes what passes.
pub(crate) struct Taking {
    tap: Arc<RawTap>,
    source: gst_app::AppSrc,
}

impl Drop for Taking {
    fn drop(&mut self) {
        let mut takers = self.tap.takers();
        takers.retain(|(taker, _)| *taker != self.source);
        self.tap.count.store(takers.len(), Ordering::Relaxed);
    }
}
