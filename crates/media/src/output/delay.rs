//! A stream delay: encoded media waits here before a destination's queue, across all its connections.
//!
//! Time is that of the media: what waits leaves when something comes that is one delay younger. So nothing here needs a
//! clock or a thread, and a reconnect finds the delay as long as it was.

use crate::hub::{Consumer, Hub, Media, Packet};
use gstreamer as gst;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Most that waits. A minute at 10 Mbit/s fits; above that the delay gets shorter, and nothing is lost.
const MOST_BYTES: usize = 80 * 1024 * 1024;

/// Passes on to a hub of its own what came one delay ago.
pub(crate) struct Delay {
    length_ns: u64,
    most_bytes: usize,
    onward: Arc<Hub>,
    inside: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    queue: VecDeque<Item>,
    bytes: usize,
    newest_ns: u64,
}

enum Item {
    Caps(Media, gst::Caps),
    Packet(Media, Packet),
}

impl Delay {
    pub(super) fn new(length_ms: u32) -> Arc<Self> {
        Self::bounded(length_ms, MOST_BYTES)
    }

    fn bounded(length_ms: u32, most_bytes: usize) -> Arc<Self> {
        let length_ns = u64::from(length_ms) * 1_000_000;
        Arc::new(Self { length_ns, most_bytes, onward: Arc::default(), inside: Mutex::default() })
    }

    /// Where what has waited comes out.
    pub(super) fn onward(&self) -> &Arc<Hub> {
        &self.onward
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Consumer for Delay {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut waiting = self.lock();
        // What nothing waits before is due at once.
        if waiting.queue.is_empty() {
            self.onward.set_caps(media, caps);
        } else {
            waiting.queue.push_back(Item::Caps(media, caps.clone()));
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        let mut waiting = self.lock();
        waiting.newest_ns = waiting.newest_ns.max(packet.running_ns);
        waiting.bytes += packet.buffer.size();
        waiting.queue.push_back(Item::Packet(media, packet));
        let due_ns = waiting.newest_ns.saturating_sub(self.length_ns);
        while let Some(item) = waiting.take_if(|at_ns, bytes| at_ns <= due_ns || bytes > self.most_bytes) {
            match item {
                Item::Caps(media, caps) => self.onward.set_caps(media, &caps),
                Item::Packet(media, packet) => self.onward.push(media, &packet),
            }
        }
    }
}

impl Waiting {
    /// The first, if `due` says so of its time and of the bytes that wait. Caps leave with what came before them.
    fn take_if(&mut self, due: impl Fn(u64, usize) -> bool) -> Option<Item> {
        match self.queue.front()? {
            Item::Packet(_, packet) if !due(packet.running_ns, self.bytes) => return None,
            Item::Packet(_, packet) => self.bytes = self.bytes.saturating_sub(packet.buffer.size()),
            Item::Caps(..) => {}
        }
        self.queue.pop_front()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Keeps what comes out.
    #[derive(Default)]
    struct Seen(Mutex<(Vec<u64>, usize)>);

    impl Consumer for Seen {
        fn set_caps(&self, _: Media, _: &gst::Caps) {
            self.0.lock().unwrap().1 += 1;
        }

        fn push(&self, _: Media, packet: Packet) {
            self.0.lock().unwrap().0.push(packet.running_ns / 1_000_000);
        }
    }

    fn packet(ms: u64) -> Packet {
        Packet { buffer: gst::Buffer::with_size(100).unwrap(), running_ns: ms * 1_000_000, key: true }
    }

    #[test]
    fn what_comes_leaves_one_delay_later_and_caps_keep_their_place() {
        gst::init().unwrap();
        let (delay, seen) = (Delay::new(1_000), Arc::new(Seen::default()));
        delay.onward().attach(seen.clone());
        let caps = gst::Caps::new_empty_simple("video/x-h264");
        delay.set_caps(Media::Video, &caps);
        assert_eq!(seen.0.lock().unwrap().1, 1, "the first caps wait for nothing");
        for n in 0..30 {
            delay.push(Media::Video, packet(n * 100));
        }
        assert_eq!(seen.0.lock().unwrap().0.last(), Some(&1_900), "2,900 is the newest");
        delay.set_caps(Media::Video, &gst::Caps::new_empty_simple("video/x-h265"));
        assert_eq!(seen.0.lock().unwrap().1, 1, "the new caps come after what was made before them");
        for n in 30..42 {
            delay.push(Media::Video, packet(n * 100));
        }
        let seen = seen.0.lock().unwrap();
        assert_eq!((seen.0.last(), seen.1), (Some(&3_100), 2));
        assert!(seen.0.windows(2).all(|pair| pair[1] == pair[0] + 100), "nothing is lost or out of order");
    }

    #[test]
    fn a_connection_that_breaks_finds_the_delay_as_it_was() {
        gst::init().unwrap();
        let (delay, first) = (Delay::new(500), Arc::new(Seen::default()));
        delay.onward().attach(first.clone());
        (0..10).for_each(|n| delay.push(Media::Video, packet(n * 100)));
        delay.onward().detach(&first);
        (10..20).for_each(|n| delay.push(Media::Video, packet(n * 100)));
        let second = Arc::new(Seen::default());
        delay.onward().attach(second.clone());
        (20..22).for_each(|n| delay.push(Media::Video, packet(n * 100)));
        assert_eq!(second.0.lock().unwrap().0, [1_500, 1_600], "still half a second behind 2,000 and 2,100");
    }

    #[test]
    fn too_many_bytes_make_the_delay_shorter_and_lose_nothing() {
        gst::init().unwrap();
        let (delay, seen) = (Delay::bounded(10_000, 1_000), Arc::new(Seen::default()));
        delay.onward().attach(seen.clone());
        (0..40).for_each(|n| delay.push(Media::Video, packet(n * 100)));
        assert_eq!(seen.0.lock().unwrap().0, (0..30).map(|n| n * 100).collect::<Vec<_>>(), "ten of 100 bytes wait");
    }
}
