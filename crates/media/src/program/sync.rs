//! Whether sound and picture of one canvas belong together, as far as the times of capture tell.
//!
//! What a device does before it stamps its pictures and sound is not seen here (a camera's own delay, a capture card's), nor
//! what a player does: for those a host sets an offset by ear, which is no error and is left out.

use crate::{
    SyncStats,
    clock::Timebase,
    hub::{Consumer, Media, Packet},
    lateness::Lateness,
};
use gstreamer as gst;
use hawker_domain::CanvasShape;
use std::sync::Arc;

/// Watches when pictures and sound of one canvas leave its encoders.
pub(super) struct Leaving {
    time: Arc<Timebase>,
    pictures: Lateness,
    sound: Lateness,
}

impl Leaving {
    pub(super) fn new(time: Arc<Timebase>) -> Arc<Self> {
        Arc::new(Self { time, pictures: Lateness::default(), sound: Lateness::default() })
    }

    /// How much later the sound of a moment leaves than its picture, milliseconds; none while either does not come.
    fn sound_after_ms(&self) -> Option<f32> {
        let now_ns = self.time.now_ns();
        Some(self.sound.at(now_ns)? - self.pictures.at(now_ns)?)
    }

    /// All that is known of a canvas: how late its pictures are shown, and its inputs' sound lies.
    pub(super) fn stats(&self, canvas: CanvasShape, pictures: &Lateness, sounds_ms: &[f32]) -> SyncStats {
        let offset_ms = offset_ms(pictures.at(self.time.now_ns()), sounds_ms);
        SyncStats { canvas, offset_ms, sound_leaves_ms: self.sound_after_ms() }
    }
}

impl Consumer for Leaving {
    fn set_caps(&self, _: Media, _: &gst::Caps) {}

    fn push(&self, media: Media, packet: Packet) {
        let now_ns = self.time.now_ns();
        let stream = if media == Media::Video { &self.pictures } else { &self.sound };
        stream.see(packet.running_ns, now_ns, now_ns);
    }
}

/// How much later sound lies than the picture of the same moment: of the input that is farthest off.
fn offset_ms(picture_late_ms: Option<f32>, sounds_late_ms: &[f32]) -> Option<f32> {
    let picture = picture_late_ms?;
    sounds_late_ms.iter().map(|sound| sound - picture).max_by(|a, b| a.abs().total_cmp(&b.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_that_of_the_input_farthest_off_and_none_without_picture_or_sound() {
        for (picture, sounds, want) in [
            (Some(12.0), vec![0.0], Some(-12.0)),
            (Some(-5.0), vec![1.0, 9.0], Some(14.0)),
            (Some(10.0), vec![8.0, -20.0], Some(-30.0)),
            (None, vec![3.0], None),
            (Some(3.0), vec![], None),
        ] {
            assert_eq!(offset_ms(picture, &sounds), want, "{picture:?} {sounds:?}");
        }
    }
}
