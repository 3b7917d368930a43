//! Hands what is encoded once to every consumer (outputs and the recorder).
//!
//! Each consumer has a [`Feed`]: a bounded queue in front of its own pipeline. A consumer that falls behind loses
//! pictures up to the next keyframe, counted; nobody else notices.
//! Lock order: hub, then feed. No callback runs under the hub's lock other than a push into a feed, which never blocks.

use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Video,
    Audio,
}

/// One encoded picture or piece of sound.
#[derive(Clone)]
pub(crate) struct Packet {
    pub buffer: gst::Buffer,
    /// Running time of the program, nanoseconds.
    pub running_ns: u64,
    pub key: bool,
}

/// Everybody who takes encoded media.
#[derive(Default)]
pub(crate) struct Hub(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    video_caps: Option<gst::Caps>,
    audio_caps: Option<gst::Caps>,
    feeds: Vec<Arc<Feed>>,
}

impl Hub {
    pub(crate) fn attach(&self, feed: Arc<Feed>) {
        let mut inside = lock(&self.0);
        feed.set_caps(inside.video_caps.as_ref(), inside.audio_caps.as_ref());
        inside.feeds.push(feed);
    }

    pub(crate) fn detach(&self, feed: &Arc<Feed>) {
        lock(&self.0).feeds.retain(|other| !Arc::ptr_eq(other, feed));
    }

    pub(crate) fn set_caps(&self, media: Media, caps: &gst::CapsRef) {
        let mut inside = lock(&self.0);
        let known = match media {
            Media::Video => &mut inside.video_caps,
            Media::Audio => &mut inside.audio_caps,
        };
        if known.as_deref() != Some(caps) {
            *known = Some(caps.to_owned());
            for feed in &inside.feeds {
                feed.set_caps(inside.video_caps.as_ref(), inside.audio_caps.as_ref());
            }
        }
    }

    pub(crate) fn push(&self, media: Media, packet: &Packet) {
        for feed in &lock(&self.0).feeds {
            feed.push(media, packet.clone());
        }
    }
}

/// Media that waits for one consumer.
pub(crate) struct Feed {
    inside: Mutex<FeedInside>,
    limit_ns: u64,
    pub dropped: AtomicU64,
    pub pushed_bytes: AtomicU64,
}

struct FeedInside {
    video: Lane,
    audio: Lane,
    /// Running time of the consumer's first keyframe: its stream time 0.
    origin_ns: Option<u64>,
    last_video_ns: u64,
    waits_for_key: bool,
    finished: bool,
}

struct Lane {
    target: gst_app::AppSrc,
    queue: VecDeque<Packet>,
}

/// Buffers handed to the pipeline ahead of its need. The queue proper is ours, so that it can be emptied without a
/// flush running through muxer and sink.
const AHEAD: u64 = 6;

impl Feed {
    /// A feed of a consumer with these two sources. `limit_ns` bounds what may wait.
    pub(crate) fn new(video: gst_app::AppSrc, audio: gst_app::AppSrc, limit_ns: u64) -> Arc<Self> {
        let lane = |target: &gst_app::AppSrc| Lane { target: target.clone(), queue: VecDeque::new() };
        let inside = FeedInside {
            video: lane(&video),
            audio: lane(&audio),
            origin_ns: None,
            last_video_ns: 0,
            waits_for_key: true,
            finished: false,
        };
        let feed = Arc::new(Self {
            inside: Mutex::new(inside),
            limit_ns,
            dropped: AtomicU64::new(0),
            pushed_bytes: AtomicU64::new(0),
        });
        for (source, media) in [(&video, Media::Video), (&audio, Media::Audio)] {
            let weak: Weak<Self> = Arc::downgrade(&feed);
            let hungry = move |_: &gst_app::AppSrc, _: u32| {
                if let Some(feed) = weak.upgrade() {
                    feed.lock().lane(media).pump();
                }
            };
            source.set_callbacks(gst_app::AppSrcCallbacks::builder().need_data(hungry).build());
        }
        feed
    }

    /// Milliseconds of pictures that wait.
    pub(crate) fn level_ms(&self) -> u64 {
        self.lock().video.span_ns() / 1_000_000
    }

    /// Length of what was taken so far, milliseconds: from the first keyframe to the last picture.
    pub(crate) fn taken_ms(&self) -> u64 {
        let inside = self.lock();
        inside.origin_ns.map_or(0, |origin| inside.last_video_ns.saturating_sub(origin) / 1_000_000)
    }

    /// No more is taken; what waits is handed over, then the end.
    pub(crate) fn finish(&self) {
        let mut inside = self.lock();
        inside.finished = true;
        for media in [Media::Video, Media::Audio] {
            let lane = inside.lane(media);
            while let Some(packet) = lane.queue.pop_front() {
                let _ = lane.target.push_buffer(packet.buffer);
            }
            let _ = lane.target.end_of_stream();
        }
    }

    fn set_caps(&self, video: Option<&gst::Caps>, audio: Option<&gst::Caps>) {
        let inside = self.lock();
        if video.is_some() {
            inside.video.target.set_caps(video);
        }
        if audio.is_some() {
            inside.audio.target.set_caps(audio);
        }
    }

    fn push(&self, media: Media, mut packet: Packet) {
        let mut inside = self.lock();
        if inside.finished {
            return;
        }
        if media == Media::Video {
            if inside.waits_for_key && !packet.key {
                if inside.origin_ns.is_some() {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                return;
            }
            inside.waits_for_key = false;
            inside.last_video_ns = packet.running_ns;
            inside.origin_ns.get_or_insert(packet.running_ns);
        }
        // Sound from before the first picture has no place in the consumer's time.
        let Some(stream_ns) = inside.origin_ns.and_then(|origin| packet.running_ns.checked_sub(origin)) else { return };
        let at = gst::ClockTime::from_nseconds(stream_ns);
        let buffer = packet.buffer.make_mut();
        buffer.set_pts(at);
        buffer.set_dts(at);
        self.pushed_bytes.fetch_add(buffer.size() as u64, Ordering::Relaxed);
        inside.lane(media).queue.push_back(packet);
        if inside.video.span_ns() > self.limit_ns || inside.audio.span_ns() > self.limit_ns {
            let lost = inside.video.queue.len() as u64;
            self.dropped.fetch_add(lost, Ordering::Relaxed);
            inside.video.queue.clear();
            inside.audio.queue.clear();
            inside.waits_for_key = true;
        }
        inside.lane(media).pump();
    }

    fn lock(&self) -> MutexGuard<'_, FeedInside> {
        lock(&self.inside)
    }
}

impl FeedInside {
    fn lane(&mut self, media: Media) -> &mut Lane {
        match media {
            Media::Video => &mut self.video,
            Media::Audio => &mut self.audio,
        }
    }
}

impl Lane {
    fn pump(&mut self) {
        while self.target.current_level_buffers() < AHEAD {
            let Some(packet) = self.queue.pop_front() else { return };
            // A pipeline that is gone refuses; its owner sees the error on the bus.
            let _ = self.target.push_buffer(packet.buffer);
        }
    }

    fn span_ns(&self) -> u64 {
        match (self.queue.front(), self.queue.back()) {
            (Some(first), Some(last)) => last.running_ns.saturating_sub(first.running_ns),
            _ => 0,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn source() -> gst_app::AppSrc {
        gst_app::AppSrc::builder().format(gst::Format::Time).build()
    }

    fn picture(n: u64, key: bool) -> Packet {
        Packet { buffer: gst::Buffer::with_size(100).unwrap(), running_ns: 5_000_000_000 + n * 33_000_000, key }
    }

    #[test]
    fn a_stalled_consumer_loses_pictures_up_to_the_next_keyframe_and_they_are_counted() {
        gst::init().unwrap();
        let (video, audio) = (source(), source());
        let feed = Feed::new(video.clone(), audio, 2_000_000_000);
        for n in 0..300 {
            feed.push(Media::Video, picture(n, n % 60 == 0));
        }
        assert_eq!(video.current_level_buffers(), AHEAD, "nobody reads, so the rest waited or was dropped");
        let waiting = feed.lock().video.queue.len() as u64;
        assert!(waiting <= 61, "two seconds at most wait, {waiting} do");
        assert_eq!(feed.dropped.load(Ordering::Relaxed) + waiting + AHEAD, 300, "every picture is accounted for");
    }

    #[test]
    fn a_consumer_begins_with_a_keyframe_at_zero() {
        gst::init().unwrap();
        let (video, audio) = (source(), source());
        let feed = Feed::new(video.clone(), audio.clone(), 2_000_000_000);
        feed.push(Media::Audio, picture(0, true));
        feed.push(Media::Video, picture(1, false));
        assert_eq!((video.current_level_buffers(), audio.current_level_buffers()), (0, 0));
        feed.push(Media::Video, picture(2, true));
        feed.push(Media::Video, picture(3, false));
        feed.push(Media::Audio, picture(3, true));
        assert_eq!((video.current_level_buffers(), audio.current_level_buffers()), (2, 1));
        assert_eq!(feed.taken_ms(), 33);
        assert_eq!(feed.dropped.load(Ordering::Relaxed), 0, "waiting for the first keyframe loses nothing");
    }
}
