//! Puts encoded pictures and sound in one order of time without waiting longer than needed. Pure.
//!
//! Sound is encoded in blocks and comes later than the picture of its time. A picture leaves once the sound is known nearly
//! up to it: the end of the last block tells that no earlier sound can come, so the next block need not be waited for, as a
//! muxer that sees only beginnings does. In a stream's own order times never go back; across the two they do by [`LEAD_NS`]
//! at most.

use crate::hub::Media;
use std::collections::VecDeque;

/// A stream that stays out this long holds up the other no more. Longer than the sound takes to be replaced by silence.
const PATIENCE_NS: u64 = 400_000_000;

/// Pictures may leave so long before the sound of their time: what an AAC encoder looks ahead, and a block. Receivers of RTMP
/// keep a clock for each of the two and hold far more than this.
const LEAD_NS: u64 = 60_000_000;

/// Two streams on their way into one. Times are nanoseconds of one clock; each stream comes in its own order.
pub(crate) struct Order<T> {
    video: VecDeque<(u64, T)>,
    audio: VecDeque<(u64, T)>,
    /// No picture before this comes any more.
    video_known_ns: u64,
    /// No sound before this comes any more.
    audio_known_ns: u64,
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { video: VecDeque::new(), audio: VecDeque::new(), video_known_ns: 0, audio_known_ns: 0 }
    }
}

impl<T> Order<T> {
    pub(crate) fn video(&mut self, at_ns: u64, item: T) {
        self.video_known_ns = self.video_known_ns.max(at_ns);
        self.video.push_back((at_ns, item));
    }

    /// A block from `at_ns` to `until_ns`.
    pub(crate) fn audio(&mut self, at_ns: u64, until_ns: u64, item: T) {
        self.audio_known_ns = self.audio_known_ns.max(until_ns);
        self.audio.push_back((at_ns, item));
    }

    /// What may leave now, the earliest first.
    pub(crate) fn next(&mut self) -> Option<(Media, T)> {
        let (media, at_ns) = self.first()?;
        let other_known_ns = match media {
            Media::Video => self.audio_known_ns.saturating_add(LEAD_NS),
            Media::Audio => self.video_known_ns,
        };
        let newest_ns = self.video_known_ns.max(self.audio_known_ns);
        let may = at_ns <= other_known_ns || newest_ns.saturating_sub(at_ns) > PATIENCE_NS;
        may.then(|| self.take(media)).flatten()
    }

    /// All that still waits, the earliest first.
    pub(crate) fn rest(&mut self) -> impl Iterator<Item = (Media, T)> {
        std::iter::from_fn(|| self.first().and_then(|(media, _)| self.take(media)))
    }

    fn first(&self) -> Option<(Media, u64)> {
        let at = |queue: &VecDeque<(u64, T)>| queue.front().map(|(at, _)| *at);
        match (at(&self.video), at(&self.audio)) {
            (Some(video), Some(audio)) if audio < video => Some((Media::Audio, audio)),
            (Some(video), _) => Some((Media::Video, video)),
            (None, audio) => audio.map(|audio| (Media::Audio, audio)),
        }
    }

    fn take(&mut self, media: Media) -> Option<(Media, T)> {
        let queue = match media {
            Media::Video => &mut self.video,
            Media::Audio => &mut self.audio,
        };
        queue.pop_front().map(|(_, item)| (media, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn leave(order: &mut Order<u64>) -> Vec<u64> {
        std::iter::from_fn(|| order.next().map(|(_, ms)| ms)).collect()
    }

    fn sound(order: &mut Order<u64>, ms: u64) {
        order.audio(ms * MS, (ms + 21) * MS, ms);
    }

    #[test]
    fn a_picture_waits_for_no_sound_but_that_of_long_before_it() {
        let mut order = Order::default();
        for n in 0..4 {
            order.video(n * 33 * MS, n * 33);
        }
        assert_eq!(leave(&mut order), [0, 33], "nothing is known; 60 ms are let go");
        sound(&mut order, 1);
        assert_eq!(leave(&mut order), [1, 66], "the block reaches to 22");
        sound(&mut order, 22);
        assert_eq!(leave(&mut order), [22, 99], "the block reaches to 43");
    }

    #[test]
    fn sound_never_leaves_before_a_picture_of_an_earlier_time() {
        let mut order = Order::default();
        sound(&mut order, 10);
        assert!(leave(&mut order).is_empty(), "a picture of 5 may still come");
        order.video(5 * MS, 5);
        order.video(12 * MS, 12);
        assert_eq!(leave(&mut order), [5, 10, 12]);
    }

    #[test]
    fn times_go_back_by_the_lead_at_most_and_nothing_waits_while_both_streams_come() {
        let mut order = Order::default();
        let mut seen = Vec::new();
        let mut sounds = (0..200u64).map(|n| n * 21).peekable();
        for n in 0..100u64 {
            let now = n * 33;
            order.video(now * MS, now);
            // Blocks come 45 ms after they began.
            while let Some(ms) = sounds.next_if(|ms| ms + 45 <= now) {
                sound(&mut order, ms);
            }
            seen.extend(leave(&mut order));
            assert!(order.video.is_empty(), "the picture of {now} left at once");
        }
        let newest = |upto: usize| seen.iter().take(upto).max().copied().unwrap_or_default();
        let back = seen.iter().enumerate().map(|(n, ms)| newest(n).saturating_sub(*ms)).max();
        assert!(back.is_some_and(|back| back > 0 && back <= 60) && seen.len() > 240, "{back:?}, {} of 254", seen.len());
    }

    #[test]
    fn a_stream_that_stays_out_stops_nothing() {
        let mut pictures = Order::default();
        for n in 0..30u64 {
            pictures.video(n * 33 * MS, n * 33);
        }
        assert_eq!(leave(&mut pictures).last(), Some(&528), "957 is the newest, 400 ms are waited");
        let mut sounds = Order::default();
        for n in 0..30u64 {
            sound(&mut sounds, n * 21);
        }
        assert_eq!(leave(&mut sounds).last(), Some(&210), "630 is known, 400 ms are waited");
        assert_eq!(sounds.rest().count(), 19);
        assert_eq!(sounds.rest().count(), 0);
    }
}
