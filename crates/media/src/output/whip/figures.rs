//! What the receiver says about the stream, out of the statistics of `webrtcbin`.

use gst::prelude::*;
use gstreamer as gst;
use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Receivers report about once a second.
const EVERY: Duration = Duration::from_millis(500);
/// The slowest report every five seconds; one that confirms nothing new for so long is gone.
const SILENCE: Duration = Duration::from_secs(6);
/// The first report of a receiver may take longer.
const FIRST: Duration = Duration::from_secs(10);

/// The last that a receiver said. It is asked for in the background, so reading it never waits.
#[derive(Default)]
pub(super) struct Figures {
    said: Arc<Mutex<Said>>,
    asking: Arc<AtomicBool>,
    asked: Mutex<Option<Instant>>,
    began: OnceLock<Instant>,
}

#[derive(Clone, Copy, Default)]
struct Said {
    rtt_ms: Option<f64>,
    /// Which packets the receiver confirmed last, and since when we know.
    taken: Option<(u64, Instant)>,
}

impl Figures {
    /// Round trip, milliseconds; none before the first report.
    pub(super) fn rtt_ms(&self) -> Option<f64> {
        lock(&self.said).rtt_ms
    }

    /// True if the receiver has said nothing new for too long.
    pub(super) fn are_silent(&self) -> bool {
        let taken = lock(&self.said).taken.map(|(_, since)| since.elapsed());
        is_silent(taken, self.began.get().map(Instant::elapsed).unwrap_or_default())
    }

    /// Asks again if it is time.
    pub(super) fn refresh(&self, webrtc: &gst::Element) {
        self.began.get_or_init(Instant::now);
        let mut asked = lock(&self.asked);
        if asked.is_some_and(|at| at.elapsed() < EVERY) || self.asking.swap(true, Ordering::SeqCst) {
            return;
        }
        *asked = Some(Instant::now());
        let (said, asking) = (self.said.clone(), self.asking.clone());
        let promise = gst::Promise::with_change_func(move |reply| {
            if let Ok(Some(reply)) = reply {
                lock(&said).hear(reply);
            }
            asking.store(false, Ordering::SeqCst);
        });
        webrtc.emit_by_name::<()>("get-stats", &[&None::<gst::Pad>, &promise]);
    }
}

/// `taken` is the time since the last report that confirmed something, `connected` the time since there is a connection.
fn is_silent(taken: Option<Duration>, connected: Duration) -> bool {
    match taken {
        Some(since) => since > SILENCE,
        None => connected > FIRST,
    }
}

impl Said {
    fn hear(&mut self, reply: &gst::StructureRef) {
        let parts: Vec<gst::Structure> = reply.iter().filter_map(|(_, part)| part.get().ok()).collect();
        let rtts = parts.iter().filter_map(|part| part.get::<f64>("round-trip-time").ok());
        self.rtt_ms = rtts.filter(|seconds| *seconds > 0.0).map(|seconds| seconds * 1_000.0).reduce(f64::max);
        let sources = parts.iter().filter_map(|part| part.get::<gst::Structure>("gst-rtpsource-stats").ok());
        let reported = sources.filter_map(|source| source.get::<u32>("rb-exthighestseq").ok());
        let sum: u64 = reported.map(u64::from).sum();
        if sum > 0 && self.taken.is_none_or(|(before, _)| before != sum) {
            self.taken = Some((sum, Instant::now()));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_gone_when_it_confirms_nothing_any_more_or_never_did() {
        let s = Duration::from_secs;
        for (taken, connected, want) in [
            (None, s(9), false),
            (None, s(11), true),
            (Some(s(1)), s(60), false),
            (Some(s(5)), s(60), false),
            (Some(s(7)), s(8), true),
        ] {
            assert_eq!(is_silent(taken, connected), want, "{taken:?} {connected:?}");
        }
    }

    #[test]
    fn reports_are_read_from_the_statistics() {
        gst::init().ok();
        let source =
            |seq: u32| gst::Structure::builder("s").field("have-rb", true).field("rb-exthighestseq", seq).build();
        let part = |seq, rtt: f64| {
            let part = gst::Structure::builder("remote-inbound-rtp").field("round-trip-time", rtt);
            part.field("gst-rtpsource-stats", source(seq)).build()
        };
        let mut said = Said::default();
        said.hear(&gst::Structure::new_empty("stats"));
        assert_eq!((said.rtt_ms, said.taken.is_none()), (None, true), "nothing is said yet");
        let all = gst::Structure::builder("stats").field("a", part(7, 0.0)).field("b", part(9, 0.0125)).build();
        said.hear(&all);
        assert_eq!((said.rtt_ms, said.taken.map(|(sum, _)| sum)), (Some(12.5), Some(16)));
        let before = said.taken;
        said.hear(&all);
        assert_eq!(said.taken, before, "the same again is no news");
    }
}
