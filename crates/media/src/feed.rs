//! What waits for one consumer of encoded media, and how it is handed over.

use crate::{
    flv,
    hub::{Consumer, Media, Packet},
    order::Order,
};
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

/// Buffers handed to the pipeline ahead of its need. The queue proper is ours, so that it can be emptied without a
/// flush running through muxer and sink.
const AHEAD: u64 = 6;
/// More than lies there in the ordinary run of things, what describes the stream among it.
const FULL: u64 = 2 * AHEAD;

/// Media that waits for one consumer.
pub(crate) struct Feed {
    inside: Mutex<Inside>,
    limit_ns: u64,
    /// Pictures that were left out since the consumer did not take them; a recording has one count for all its files.
    pub dropped: Arc<AtomicU64>,
}

struct Inside {
    way: Way,
    /// Running time of the consumer's first keyframe: its stream time 0.
    origin_ns: Option<u64>,
    /// Its stream time is the program's running time.
    at_program_time: bool,
    waits_for_key: bool,
    finished: bool,
}

/// How a consumer takes the two streams.
enum Way {
    /// Its own muxer puts them in order.
    Separate { video: Lane, audio: Lane },
    /// In one order, as FLV tags.
    Flv { order: Order<Packet>, writer: flv::Writer, lane: Lane },
}

struct Lane {
    target: gst_app::AppSrc,
    queue: VecDeque<(Media, Packet)>,
    /// Pictures handed over.
    pictures: u64,
}

impl Consumer for Feed {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        Self::set_caps(self, media, caps);
    }

    fn push(&self, media: Media, packet: Packet) {
        Self::push(self, media, packet);
    }
}

impl Feed {
    /// A feed of a consumer with a source for each stream. `limit_ns` bounds what may wait.
    pub(crate) fn separate(video: gst_app::AppSrc, audio: gst_app::AppSrc, limit_ns: u64) -> Arc<Self> {
        let sources = [video.clone(), audio.clone()];
        Self::new(Way::Separate { video: Lane::new(video), audio: Lane::new(audio) }, &sources, limit_ns, false)
    }

    /// As [`Feed::separate`]; what is left out is added to `dropped`.
    pub(crate) fn counting(
        video: gst_app::AppSrc,
        audio: gst_app::AppSrc,
        limit_ns: u64,
        dropped: Arc<AtomicU64>,
    ) -> Arc<Self> {
        let sources = [video.clone(), audio.clone()];
        let way = Way::Separate { video: Lane::new(video), audio: Lane::new(audio) };
        Self::with(way, &sources, limit_ns, false, dropped)
    }

    /// As [`Feed::separate`], with times that are the program's: what a consumer says of its clock to the other side is true
    /// then.
    pub(crate) fn at_program_time(video: gst_app::AppSrc, audio: gst_app::AppSrc, limit_ns: u64) -> Arc<Self> {
        let sources = [video.clone(), audio.clone()];
        Self::new(Way::Separate { video: Lane::new(video), audio: Lane::new(audio) }, &sources, limit_ns, true)
    }

    /// A feed of a consumer that takes FLV tags, one in each buffer. `limit_ns` bounds what may wait.
    pub(crate) fn flv(target: gst_app::AppSrc, limit_ns: u64) -> Arc<Self> {
        let sources = [target.clone()];
        let way = Way::Flv { order: Order::default(), writer: flv::Writer::default(), lane: Lane::new(target) };
        Self::new(way, &sources, limit_ns, false)
    }

    fn new(way: Way, sources: &[gst_app::AppSrc], limit_ns: u64, at_program_time: bool) -> Arc<Self> {
        Self::with(way, sources, limit_ns, at_program_time, Arc::default())
    }

    fn with(
        way: Way,
        sources: &[gst_app::AppSrc],
        limit_ns: u64,
        at_program_time: bool,
        dropped: Arc<AtomicU64>,
    ) -> Arc<Self> {
        let inside = Inside { way, origin_ns: None, at_program_time, waits_for_key: true, finished: false };
        let feed = Arc::new(Self { inside: Mutex::new(inside), limit_ns, dropped });
        for source in sources {
            let weak: Weak<Self> = Arc::downgrade(&feed);
            let hungry = move |_: &gst_app::AppSrc, _: u32| {
                if let Some(feed) = weak.upgrade() {
                    feed.lock().way.pump();
                }
            };
            source.set_callbacks(gst_app::AppSrcCallbacks::builder().need_data(hungry).build());
        }
        feed
    }

    /// Milliseconds of pictures that wait.
    pub(crate) fn level_ms(&self) -> u64 {
        self.lock().way.span_ns(Media::Video) / 1_000_000
    }

    /// Pictures handed over to the consumer's pipeline.
    pub(crate) fn pictures(&self) -> u64 {
        match &self.lock().way {
            Way::Separate { video: lane, .. } | Way::Flv { lane, .. } => lane.pictures,
        }
    }

    /// Pictures that its pipeline was given and has not taken yet.
    pub(crate) fn untaken(&self) -> u64 {
        self.lock().way.untaken()
    }

    /// True once a keyframe came.
    pub(crate) fn has_begun(&self) -> bool {
        self.lock().origin_ns.is_some()
    }

    /// No more is taken; what waits is handed over, then the end.
    pub(crate) fn finish(&self) {
        let mut inside = self.lock();
        inside.finished = true;
        inside.way.finish();
    }

    /// No more is taken, and what waits never will be: it counts as left out.
    pub(crate) fn give_up(&self) {
        let mut inside = self.lock();
        if !std::mem::replace(&mut inside.finished, true) {
            let lost = inside.way.clear() + inside.way.untaken();
            self.dropped.fetch_add(lost, Ordering::Relaxed);
        }
    }

    pub(crate) fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut inside = self.lock();
        let lost = match &mut inside.way {
            Way::Separate { video, audio } => {
                let lane = if media == Media::Video { video } else { audio };
                // What waits is of the former form, so it goes before the new one is said.
                let other = lane.target.caps().is_some_and(|known| known != *caps);
                let lost = if other { lane.empty_unless_full(|_, packet, push| push(packet.buffer)) } else { 0 };
                lane.target.set_caps(Some(caps));
                lost
            }
            Way::Flv { order, writer, lane } => {
                // What waits was made for the former configuration, so it goes before the new one.
                let lost = if writer.expects_another(media, caps) {
                    lane.queue.extend(order.rest());
                    lane.empty_unless_full(|media, packet, push| {
                        writer.write(media, &packet).into_iter().for_each(push);
                    })
                } else {
                    0
                };
                writer.set_caps(media, caps);
                lost
            }
        };
        if lost > 0 {
            self.dropped.fetch_add(lost, Ordering::Relaxed);
            inside.waits_for_key = true;
        }
    }

    pub(crate) fn push(&self, media: Media, mut packet: Packet) {
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
            inside.origin_ns.get_or_insert(packet.running_ns);
        }
        // Sound from before the first picture has no place in the consumer's time.
        let Some(stream_ns) = inside.origin_ns.and_then(|origin| packet.running_ns.checked_sub(origin)) else { return };
        let at = if inside.at_program_time { packet.running_ns } else { stream_ns };
        let at = gst::ClockTime::from_nseconds(at);
        let buffer = packet.buffer.make_mut();
        buffer.set_pts(at);
        buffer.set_dts(at);
        inside.way.take(media, packet);
        if [Media::Video, Media::Audio].iter().any(|media| inside.way.span_ns(*media) > self.limit_ns) {
            let lost = inside.way.clear();
            self.dropped.fetch_add(lost, Ordering::Relaxed);
            inside.waits_for_key = true;
        }
        inside.way.pump();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    fn take(&mut self, media: Media, packet: Packet) {
        match (self, media) {
            (Self::Separate { video, .. }, Media::Video) => video.queue.push_back((media, packet)),
            (Self::Separate { audio, .. }, Media::Audio) => audio.queue.push_back((media, packet)),
            (Self::Flv { order, lane, .. }, _) => {
                let from = packet.running_ns;
                let until = from + packet.duration_ns();
                match media {
                    Media::Video => order.video(from, packet),
                    Media::Audio => order.audio(from, until, packet),
                }
                lane.queue.extend(std::iter::from_fn(|| order.next()));
            }
        }
    }

    fn pump(&mut self) {
        match self {
            Self::Separate { video, audio } => {
                for lane in [video, audio] {
                    lane.pump(|_, packet, push| push(packet.buffer));
                }
            }
            Self::Flv { writer, lane, .. } => lane.pump(|media, packet, push| {
                writer.write(media, &packet).into_iter().for_each(push);
            }),
        }
    }

    fn finish(&mut self) {
        match self {
            Self::Separate { video, audio } => {
                for lane in [video, audio] {
                    lane.empty(|_, packet, push| push(packet.buffer));
                    let _ = lane.target.end_of_stream();
                }
            }
            Self::Flv { order, writer, lane } => {
                lane.queue.extend(order.rest());
                lane.empty(|media, packet, push| writer.write(media, &packet).into_iter().for_each(push));
                let _ = lane.target.push_buffer(writer.end());
                let _ = lane.target.end_of_stream();
            }
        }
    }

    fn untaken(&self) -> u64 {
        match self {
            Self::Separate { video: lane, .. } | Self::Flv { lane, .. } => lane.target.current_level_buffers(),
        }
    }

    /// Drops all that waits; the number of pictures.
    fn clear(&mut self) -> u64 {
        match self {
            Self::Separate { video, audio } => {
                audio.queue.clear();
                video.queue.drain(..).count() as u64
            }
            Self::Flv { order, lane, .. } => {
                let all = lane.queue.drain(..).chain(order.rest());
                all.filter(|(media, _)| *media == Media::Video).count() as u64
            }
        }
    }

    /// Time between the oldest and the newest of what waits, nanoseconds.
    fn span_ns(&self, media: Media) -> u64 {
        match (self, media) {
            (Self::Separate { video, .. }, Media::Video) => video.span_ns(media),
            (Self::Separate { audio, .. }, Media::Audio) => audio.span_ns(media),
            (Self::Flv { lane, .. }, _) => lane.span_ns(media),
        }
    }
}

impl Lane {
    fn new(target: gst_app::AppSrc) -> Self {
        Self { target, queue: VecDeque::new(), pictures: 0 }
    }

    /// Hands over what the pipeline has room for. `write` makes buffers of a packet.
    fn pump(&mut self, mut write: impl FnMut(Media, Packet, &mut dyn FnMut(gst::Buffer))) {
        while self.target.current_level_buffers() < AHEAD && self.hand_over(&mut write) {}
    }

    /// Hands over everything, once: where that of the time before has not left yet, the consumer takes nothing, and what waits
    /// is dropped. The number of pictures that were.
    fn empty_unless_full(&mut self, write: impl FnMut(Media, Packet, &mut dyn FnMut(gst::Buffer))) -> u64 {
        if self.target.current_level_buffers() >= FULL {
            return self.queue.drain(..).filter(|(media, _)| *media == Media::Video).count() as u64;
        }
        self.empty(write);
        0
    }

    /// Hands over everything.
    fn empty(&mut self, mut write: impl FnMut(Media, Packet, &mut dyn FnMut(gst::Buffer))) {
        while self.hand_over(&mut write) {}
    }

    fn hand_over(&mut self, write: &mut impl FnMut(Media, Packet, &mut dyn FnMut(gst::Buffer))) -> bool {
        let Some((media, packet)) = self.queue.pop_front() else { return false };
        self.pictures += u64::from(media == Media::Video);
        let target = &self.target;
        // A pipeline that is gone refuses; its owner sees the error on the bus.
        write(media, packet, &mut |buffer| {
            let _ = target.push_buffer(buffer);
        });
        true
    }

    fn span_ns(&self, media: Media) -> u64 {
        let of = |(kind, packet): &(Media, Packet)| (*kind == media).then_some(packet.running_ns);
        match (self.queue.iter().find_map(of), self.queue.iter().rev().find_map(of)) {
            (Some(first), Some(last)) => last.saturating_sub(first),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LIMIT: u64 = 2_000_000_000;

    fn source() -> gst_app::AppSrc {
        gst_app::AppSrc::builder().format(gst::Format::Time).build()
    }

    fn picture(n: u64, key: bool) -> Packet {
        Packet { buffer: gst::Buffer::with_size(100).unwrap(), running_ns: 5_000_000_000 + n * 33_000_000, key }
    }

    fn video_caps() -> gst::Caps {
        let config = gst::Buffer::from_slice([1u8, 2, 3]);
        gst::Caps::builder("video/x-h264").field("width", 1280i32).field("codec_data", config).build()
    }

    #[test]
    fn a_stalled_consumer_loses_pictures_up_to_the_next_keyframe_and_they_are_counted() {
        gst::init().unwrap();
        let (video, audio, tags) = (source(), source(), source());
        let separate = Feed::separate(video.clone(), audio, LIMIT);
        let flv = Feed::flv(tags.clone(), LIMIT);
        flv.set_caps(Media::Video, &video_caps());
        for (feed, target) in [(&separate, &video), (&flv, &tags)] {
            for n in 0..300 {
                feed.push(Media::Video, picture(n, n % 60 == 0));
                let sound = picture(n, true);
                if Arc::ptr_eq(feed, &flv) {
                    feed.push(Media::Audio, sound);
                }
            }
            assert!(target.current_level_buffers() >= AHEAD, "nobody reads, so the rest waited or was dropped");
            let lost = feed.dropped.load(Ordering::Relaxed);
            assert!(lost >= 200 && feed.level_ms() <= 2_000, "two seconds at most wait; {lost} were dropped");
        }
        let waiting = separate.level_ms() / 33 + 1;
        assert_eq!(separate.dropped.load(Ordering::Relaxed) + waiting + AHEAD, 300, "every picture is accounted for");
    }

    #[test]
    fn a_consumer_begins_with_a_keyframe_at_zero() {
        gst::init().unwrap();
        let (video, audio) = (source(), source());
        let feed = Feed::separate(video.clone(), audio.clone(), LIMIT);
        feed.push(Media::Audio, picture(0, true));
        feed.push(Media::Video, picture(1, false));
        assert_eq!((video.current_level_buffers(), audio.current_level_buffers()), (0, 0));
        assert!(!feed.has_begun());
        feed.push(Media::Video, picture(2, true));
        feed.push(Media::Video, picture(3, false));
        feed.push(Media::Audio, picture(3, true));
        assert_eq!((video.current_level_buffers(), audio.current_level_buffers()), (2, 1));
        assert!(feed.has_begun());
        assert_eq!(feed.dropped.load(Ordering::Relaxed), 0, "waiting for the first keyframe loses nothing");
    }

    #[test]
    fn a_new_configuration_comes_after_the_pictures_of_the_former() {
        gst::init().unwrap();
        let tags = source();
        let feed = Feed::flv(tags.clone(), LIMIT);
        feed.set_caps(Media::Video, &video_caps());
        feed.push(Media::Video, picture(0, true));
        feed.set_caps(Media::Video, &video_caps());
        assert_eq!(tags.current_level_buffers(), 0, "the same again changes nothing");
        let other = gst::Buffer::from_slice([4u8, 5, 6]);
        feed.set_caps(Media::Video, &gst::Caps::builder("video/x-h264").field("codec_data", other).build());
        assert_eq!(tags.current_level_buffers(), 3, "description, the former configuration, its picture");
        feed.push(Media::Video, picture(1, true));
        feed.finish();
        assert_eq!(tags.current_level_buffers(), 6, "the new configuration, its picture, the end");
    }

    #[test]
    fn a_stalled_consumer_is_not_filled_by_changes_of_the_size() {
        gst::init().unwrap();
        let (video, audio, tags) = (source(), source(), source());
        let separate = Feed::separate(video.clone(), audio, LIMIT);
        let flv = Feed::flv(tags.clone(), LIMIT);
        let form = |n: u64| {
            let config = gst::Buffer::from_slice([n as u8, 2, 3]);
            gst::Caps::builder("video/x-h264").field("width", 640 + n as i32).field("codec_data", config).build()
        };
        for (feed, target) in [(&separate, &video), (&flv, &tags)] {
            for change in 0..50 {
                feed.set_caps(Media::Video, &form(change));
                for n in 0..30 {
                    feed.push(Media::Video, picture(change * 30 + n, n == 0));
                }
            }
            let held = target.current_level_buffers();
            assert!(held <= FULL + 61, "{held} buffers wait where nobody reads");
            let (lost, waiting) = (feed.dropped.load(Ordering::Relaxed), feed.level_ms() / 33);
            assert!(lost + held + waiting >= 1_400, "what is missing is counted: {lost} lost, {held} handed over");
        }
    }

    #[test]
    fn what_waits_for_its_order_leaves_at_the_end() {
        gst::init().unwrap();
        let tags = source();
        let feed = Feed::flv(tags.clone(), LIMIT);
        feed.set_caps(Media::Video, &video_caps());
        feed.push(Media::Video, picture(0, true));
        feed.push(Media::Video, picture(1, false));
        assert_eq!(tags.current_level_buffers(), 0, "sound of that time may still come");
        feed.finish();
        // About the stream, the decoder's configuration, two pictures, the end of the sequence.
        assert_eq!(tags.current_level_buffers(), 5);
    }
}
