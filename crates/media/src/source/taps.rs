//! Where a source puts what it delivers.

use super::leave::SharedLeave;
use crate::scene::Look;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64},
};

/// Takes one picture and its running time in the program, nanoseconds. Called on a streaming thread; never blocks.
pub(crate) type VideoTap = Arc<dyn Fn(Look, u64) + Send + Sync>;
/// Takes sound, F32 interleaved stereo 48 kHz, and its running time in the program, nanoseconds.
pub(crate) type AudioTap = Arc<dyn Fn(&[f32], u64) + Send + Sync>;

/// Takes the rate at which a device itself delivers sound, Hz, whenever it is known anew.
pub(crate) type RateTap = Arc<dyn Fn(u32) + Send + Sync>;

/// Where a source delivers to.
#[derive(Clone, Default)]
pub(crate) struct Taps {
    pub video: Option<VideoTap>,
    pub audio: Option<AudioTap>,
    pub rate: Option<RateTap>,
    /// Counts the times a stream's clock jumped.
    pub jumps: Arc<AtomicU64>,
    /// Of what the system shares only when the person says so.
    pub leave: SharedLeave,
    /// Ends every wait for it.
    pub stopping: Arc<AtomicBool>,
}

impl Taps {
    /// The same, for as long as `current` says so; `heard` is called at each delivery. A source of pictures whose sound
    /// goes on while its picture stands still is lost all the same: its sound alone is not heard.
    pub(super) fn guarded(
        self,
        current: impl Fn() -> bool + Clone + Send + Sync + 'static,
        heard: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Self {
        let has_picture = self.video.is_some();
        let video = self.video.map(|tap| {
            let (current, heard) = (current.clone(), heard.clone());
            Arc::new(move |look: Look, at: u64| {
                if current() {
                    heard();
                    tap(look, at);
                }
            }) as VideoTap
        });
        let audio = self.audio.map(|tap| {
            Arc::new(move |samples: &[f32], at: u64| {
                if current() {
                    if !has_picture {
                        heard();
                    }
                    tap(samples, at);
                }
            }) as AudioTap
        });
        Self { video, audio, ..self }
    }
}
