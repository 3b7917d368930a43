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
    /// Packets that never came, as it counted then.
    missing: i64,
    /// Share of the packets between its last two reports that never came.
    loss: Option<f32>,
}

impl Figures {
    /// Round trip, milliseconds; none before the first report.
    pub(super) fn rtt_ms(&self) -> Option<f64> {
        lock(&self.said).rtt_ms
    }

    /// Share of the packets between the receiver's last two reports that never came, 0 to 1; none before there are two.
    pub(super) fn loss(&self) -> Option<f32> {
        lock(&self.said).loss
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
        let reported = sources.filter_map(|source| {
            let missing = source.get::<i32>("rb-packetslost").unwrap_or_default();
            Some((u64::from(source.get::<u32>("rb-exthighestseq").ok()?), i64::from(missing)))
        });
        let (sum, missing) = reported.fold((0, 0), |all: (u64, i64), one| (all.0 + one.0, all.1 + one.1));
        if sum > 0 && self.taken.is_none_or(|(before, _)| before != sum) {
            self.loss = self.taken.and_then(|(before, _)| share(missing - self.missing, sum.checked_sub(before)?));
            (self.taken, self.missing) = (Some((sum, Instant::now())), missing);
        }
    }
}

/// A packet that came late makes the count smaller again.
fn share(missing: i64, of: u64) -> Option<f32> {
    (of > 0).then(|| (missing.max(0) as f32 / of as f32).min(1.0))
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
        let source = |seq: u32, lost: i32| {
            gst::Structure::builder("s").field("rb-exthighestseq", seq).field("rb-packetslost", lost).build()
        };
        let losing = |seq, lost, rtt: f64| {
            let part = gst::Structure::builder("remote-inbound-rtp").field("round-trip-time", rtt);
            part.field("gst-rtpsource-stats", source(seq, lost)).build()
        };
        let part = |seq, rtt| losing(seq, 0, rtt);
        let mut said = Said::default();
        said.hear(&gst::Structure::new_empty("stats"));
        assert_eq!((said.rtt_ms, said.taken.is_none()), (None, true), "nothing is said yet");
        let all = gst::Structure::builder("stats").field("a", part(7, 0.0)).field("b", part(9, 0.0125)).build();
        said.hear(&all);
        assert_eq!((said.rtt_ms, said.taken.map(|(sum, _)| sum)), (Some(12.5), Some(16)));
        let before = said.taken;
        said.hear(&all);
        assert_eq!((said.taken, said.loss), (before, None), "the same again is no news");
        // A hundred packets later ten are missing, of both streams together; then one of them came after all.
        for (video, audio, lost, want) in [(87, 29, 10, 0.1), (187, 29, 9, 0.0), (187, 129, 29, 0.2)] {
            let all = gst::Structure::builder("stats");
            said.hear(&all.field("a", losing(video, lost, 0.01)).field("b", part(audio, 0.01)).build());
            assert_eq!(said.loss, Some(want), "{video} {audio} {lost}");
        }
    }
}
