//! Where a source delivers to, and how what it delivers tells that it lives.

use super::leave::SharedLeave;
use crate::{clock::Timebase, scene::Look, source::anchor::HELD_NS};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

/// Takes one picture and its running time in the program, nanoseconds. Called on a streaming thread; never blocks.
pub(crate) type VideoTap = Arc<dyn Fn(Look, u64) + Send + Sync>;
/// Takes sound, F32 interleaved stereo 48 kHz, and its running time in the program, nanoseconds.
pub(crate) type AudioTap = Arc<dyn Fn(&[f32], u64) + Send + Sync>;
/// Takes the rate at which a device itself delivers sound, Hz, whenever it is known anew.
pub(crate) type RateTap = Arc<dyn Fn(u32) + Send + Sync>;
/// Takes width and height of a camera's own pictures, whenever they are known anew.
pub(crate) type SizeTap = Arc<dyn Fn(u32, u32) + Send + Sync>;
/// Takes the running time in the program, nanoseconds, until which a clip holds the picture that it shows.
pub(crate) type HoldTap = Arc<dyn Fn(u64) + Send + Sync>;

/// Where a source delivers to.
#[derive(Clone, Default)]
pub(crate) struct Taps {
    pub video: Option<VideoTap>,
    /// It takes pictures as a decoder leaves them, with memory of its own between rows and planes; else as usual.
    pub takes_padding: bool,
    pub audio: Option<AudioTap>,
    pub rate: Option<RateTap>,
    pub size: Option<SizeTap>,
    pub hold: Option<HoldTap>,
    /// Counts the times a stream's clock jumped.
    pub jumps: Arc<AtomicU64>,
    /// Counts pictures that the queue behind a device had no room for.
    pub lost: Arc<AtomicU64>,
    /// Of what the system shares only when the person says so.
    pub leave: SharedLeave,
    /// Ends every wait for it.
    pub stopping: Arc<AtomicBool>,
}

/// When the running pipeline of a source was heard of last.
#[derive(Clone)]
pub(super) struct Heard {
    pub time: Arc<Timebase>,
    /// Clock time of the last delivery, or until which it holds its picture, nanoseconds; 0 before the first.
    pub at_ns: Arc<AtomicU64>,
    /// Width and height in which a camera delivers, in one number; 0 before it is known.
    pub size: Arc<AtomicU64>,
    /// Number of the running pipeline: what an abandoned one still delivers is not taken.
    pub epoch: Arc<AtomicU64>,
}

impl Heard {
    /// The same taps for the pipeline of this number, until it is to stop. `clip`: its sound tells that it lives.
    pub(super) fn guard(&self, taps: &Taps, epoch: u64, clip: bool) -> Taps {
        let video = taps.video.clone().map(|tap| {
            let (heard, stopping) = (self.clone(), taps.stopping.clone());
            Arc::new(move |look: Look, at: u64| {
                if heard.is_current(epoch) && !stopping.load(Ordering::SeqCst) {
                    // What is told to be there is there.
                    tap(look, at);
                    heard.now();
                }
            }) as VideoTap
        });
        let has_picture = video.is_some();
        let audio = taps.audio.clone().map(|tap| {
            let heard = self.clone();
            Arc::new(move |samples: &[f32], at: u64| {
                if heard.is_current(epoch) {
                    // A camera whose sound goes on while its picture stands still is lost all the same. A clip may be made
                    // so, once it has shown a picture.
                    if !has_picture || (clip && heard.at_ns.load(Ordering::SeqCst) > 0) {
                        heard.now();
                    }
                    tap(samples, at);
                }
            }) as AudioTap
        });
        let heard = self.clone();
        let hold = Arc::new(move |until: u64| {
            if heard.is_current(epoch) && heard.at_ns.load(Ordering::SeqCst) > 0 {
                heard.until(until.min(heard.time.now_ns().saturating_add(HELD_NS)));
            }
        });
        let hold = clip.then_some(hold as HoldTap);
        let heard = self.clone();
        let size = Arc::new(move |width: u32, height: u32| {
            if heard.is_current(epoch) {
                heard.size.store(u64::from(width) << 32 | u64::from(height), Ordering::Relaxed);
            }
        });
        Taps { video, audio, size: Some(size), hold, ..taps.clone() }
    }

    fn is_current(&self, epoch: u64) -> bool {
        self.epoch.load(Ordering::SeqCst) == epoch
    }

    fn now(&self) {
        self.until(self.time.now_ns());
    }

    /// A hold that was promised is not taken back by what comes before its end.
    fn until(&self, at_ns: u64) {
        self.at_ns.fetch_max(at_ns.max(1), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_clip_that_holds_its_picture_lives_and_a_camera_that_only_sounds_does_not() {
        crate::init().unwrap();
        let far = u64::MAX;
        for (clip, pictures_before, said, heard) in [
            (true, true, "hold", true),
            (true, true, "sound", true),
            (true, false, "hold", false),
            (true, false, "sound", false),
            (false, true, "sound", false),
        ] {
            let time = Arc::new(Timebase::new());
            let heard_of = Heard { time, at_ns: Arc::default(), size: Arc::default(), epoch: Arc::default() };
            let taps = Taps { video: Some(Arc::new(|_, _| {})), audio: Some(Arc::new(|_, _| {})), ..Taps::default() };
            let guarded = heard_of.guard(&taps, 0, clip);
            heard_of.at_ns.store(u64::from(pictures_before), Ordering::SeqCst);
            let before = heard_of.at_ns.load(Ordering::SeqCst);
            match (said, guarded.hold, guarded.audio) {
                ("hold", Some(hold), _) => hold(far),
                (_, _, Some(sound)) => sound(&[0.0], 0),
                _ => unreachable!("{said}"),
            }
            let now = heard_of.at_ns.load(Ordering::SeqCst);
            assert_eq!(now > before, heard, "{clip} {pictures_before} {said}");
            assert!(now <= heard_of.time.now_ns() + HELD_NS, "nobody holds a picture for ever");
        }
    }
}
