//! The keyframes of one encode: one every two seconds, and one for whoever joins.
//!
//! Encoders count pictures, not time: at half the frame rate theirs would be four seconds apart. So both kinds are
//! asked for here, on the encoder's own thread, with the picture that is about to become one.

use super::graph::running_ns;
use crate::encode;
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_video as gst_video;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Keyframes for whoever joins are at least this far apart: a destination that flaps must not eat the others' bits.
const APART_NS: u64 = 1_000_000_000;

/// Of one seat, whichever encoder sits there.
#[derive(Debug, Default)]
pub(super) struct Keyframes {
    /// Somebody joined who has seen none yet.
    wanted: AtomicBool,
    times: Mutex<Times>,
}

/// Running times, nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times {
    /// When the last keyframe came, or was asked for.
    last_ns: Option<u64>,
    /// When one was last asked for because somebody joined.
    served_ns: Option<u64>,
}

impl Times {
    /// Whether the picture of `at_ns` has to be a keyframe. Pure.
    fn is_due(&self, at_ns: u64, wanted: bool) -> bool {
        // An encoder begins with one by itself.
        let Some(last_ns) = self.last_ns else { return false };
        let joined = wanted && self.served_ns.is_none_or(|served| at_ns.saturating_sub(served) >= APART_NS);
        joined || encode::keyframe_is_due(at_ns.saturating_sub(last_ns))
    }
}

impl Keyframes {
    /// What joins calls once it is there to take it. Never blocks, and is never in vain: one that comes too soon behind
    /// another is given when it is time.
    pub(super) fn asker(self: &Arc<Self>) -> Arc<dyn Fn() + Send + Sync> {
        let of = self.clone();
        Arc::new(move || of.wanted.store(true, Ordering::SeqCst))
    }

    /// Watches the encoder between the two pads, and asks it.
    pub(super) fn watch(self: &Arc<Self>, entrance: &gst::Pad, exit: &gst::Pad) {
        let of = self.clone();
        exit.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            let key = info.buffer().filter(|buffer| !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT));
            if let Some(at) = key.and_then(|buffer| running_ns(pad, buffer)) {
                // Whoever asked was there before it left.
                of.wanted.store(false, Ordering::SeqCst);
                let mut times = of.times();
                times.last_ns = times.last_ns.max(Some(at));
            }
            gst::PadProbeReturn::Ok
        });
        let (of, exit) = (self.clone(), exit.downgrade());
        entrance.add_probe(gst::PadProbeType::BUFFER, move |pad, info| {
            let at = info.buffer().and_then(|buffer| running_ns(pad, buffer)).unwrap_or_default();
            if of.take(at)
                && let Some(exit) = exit.upgrade()
            {
                exit.send_event(gst_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build());
            }
            gst::PadProbeReturn::Ok
        });
    }

    /// Whether one has to be asked for now; it counts as asked for. Hardware may give it a few pictures later: once is
    /// enough.
    fn take(&self, at_ns: u64) -> bool {
        let wanted = self.wanted.load(Ordering::SeqCst);
        let mut times = self.times();
        let due = times.is_due(at_ns, wanted);
        if due {
            times.last_ns = times.last_ns.max(Some(at_ns));
            if wanted {
                times.served_ns = Some(at_ns);
                self.wanted.store(false, Ordering::SeqCst);
            }
        }
        due
    }

    fn times(&self) -> std::sync::MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn a_keyframe_comes_every_two_seconds_and_for_whoever_joins() {
        // When the last one came, when one was last given to who joined, the picture's time, whether one is wanted, due.
        let table = [
            (None, None, 0, false, false),
            (None, None, 500, true, false),
            (Some(0), None, 500, false, false),
            (Some(0), None, 1_990, false, false),
            (Some(0), None, 2_000, false, true),
            (Some(0), None, 33, true, true),
            (Some(500), Some(500), 900, true, false),
            (Some(500), Some(500), 1_500, true, true),
            (Some(1_400), Some(500), 1_500, true, true),
            (Some(500), Some(500), 1_600, false, false),
        ];
        for (last, served, at, wanted, due) in table {
            let times = Times { last_ns: last.map(|ms: u64| ms * MS), served_ns: served.map(|ms: u64| ms * MS) };
            assert_eq!(times.is_due(at * MS, wanted), due, "{last:?} {served:?} {at} {wanted}");
        }
    }

    #[test]
    fn who_joins_too_soon_behind_another_one_is_served_when_it_is_time() {
        let keys = Arc::new(Keyframes::default());
        keys.times().last_ns = Some(0);
        let ask = keys.asker();
        ask();
        assert!(keys.take(100 * MS), "the first at once, however young the show is");
        ask();
        let given: Vec<u64> = (4..60).map(|picture| picture * 33).filter(|at| keys.take(at * MS)).collect();
        assert_eq!(given, [1_122], "a second behind the first");
    }
}
