//! Hands a recording's packets from one file to the next, so that nothing is lost or doubled between them.
//!
//! The border is the running time of a keyframe: pictures from it on, and sound that begins at or after it, belong to the
//! next file. Sound comes a little after its pictures, so the former file stays open until sound of the border was seen.

use crate::{
    feed::Feed,
    hub::{Consumer, Media, Packet, Waiting},
};
use gstreamer as gst;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Without any sound a former file is over so long behind the border.
const SOUND_LATE_NS: u64 = 2_000_000_000;
/// What may wait for a file that is being opened; as much as a file's own queue takes.
const HELD_NS: u64 = 10_000_000_000;

/// The consumer in front of a recording's files.
pub(super) struct Relay(Mutex<Inside>);

struct Inside {
    video_caps: Option<gst::Caps>,
    audio_caps: Option<gst::Caps>,
    current: Arc<Feed>,
    /// Begins at the next keyframe.
    next: Option<Arc<Feed>>,
    former: Option<(Former, bool)>,
    /// What came since the pictures changed their form, and for which no file is open yet.
    held: Option<VecDeque<Waiting>>,
    part_began_ns: Option<u64>,
    began_ns: Option<u64>,
    last_ns: u64,
    part_bytes: u64,
    bytes: u64,
    lost: Arc<AtomicU64>,
}

/// A file that gets no more.
pub(super) struct Former {
    pub feed: Arc<Feed>,
    /// Running time of its first picture, and of the first that is no longer in it.
    pub began_ns: u64,
    pub border_ns: u64,
}

/// How far a recording is. Running times in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub part_began_ns: Option<u64>,
    pub part_ms: u64,
    pub part_bytes: u64,
    /// Over all files.
    pub taken_ms: u64,
    pub bytes: u64,
}

impl Relay {
    /// Begins with the file behind `feed`. Pictures that have to be left out are counted where that file counts its own.
    pub(super) fn new(feed: Arc<Feed>) -> Arc<Self> {
        let lost = feed.dropped.clone();
        Arc::new(Self(Mutex::new(Inside {
            lost,
            video_caps: None,
            audio_caps: None,
            current: feed,
            next: None,
            former: None,
            held: None,
            part_began_ns: None,
            began_ns: None,
            last_ns: 0,
            part_bytes: 0,
            bytes: 0,
        })))
    }

    /// True while packets wait for another file: the pictures changed their form, which no file can hold twice.
    pub(super) fn needs_file(&self) -> bool {
        let inside = self.lock();
        inside.held.is_some() && inside.next.is_none()
    }

    /// True once the file given last has begun.
    pub(super) fn may_give(&self) -> bool {
        let inside = self.lock();
        inside.next.is_none() && inside.former.is_none() && inside.part_began_ns.is_some()
    }

    /// The file behind `feed` begins with the next keyframe.
    pub(super) fn give(&self, feed: Arc<Feed>) {
        let mut inside = self.lock();
        for (media, caps) in [(Media::Video, &inside.video_caps), (Media::Audio, &inside.audio_caps)] {
            if let Some(caps) = caps {
                feed.set_caps(media, caps);
            }
        }
        inside.next = Some(feed);
        let mut rest = inside.held.take().unwrap_or_default();
        while let Some(one) = rest.pop_front() {
            match one {
                Waiting::Packet(media, packet) => inside.take(media, packet),
                Waiting::Form(caps) => inside.form(&caps),
            }
            // Another form again: what is left waits for one more file.
            if inside.held.is_some() {
                rest.retain(|one| !matches!(one, Waiting::Packet(media, packet) if inside.is_former(*media, packet)));
                inside.held = Some(rest);
                return;
            }
        }
    }

    /// The file that was handed over and is complete, once.
    pub(super) fn take_over(&self) -> Option<Former> {
        let mut inside = self.lock();
        match &inside.former {
            Some((_, true)) => inside.former.take().map(|(former, _)| former),
            _ => None,
        }
    }

    /// As [`Self::take_over`], whether or not all its sound came: nothing comes any more.
    pub(super) fn take_rest(&self) -> Option<Former> {
        self.lock().former.take().map(|(former, _)| former)
    }

    /// Milliseconds of pictures that wait for the disk.
    pub(super) fn waits_ms(&self) -> u64 {
        let inside = self.lock();
        let (current, next) = (inside.current.level_ms(), inside.next.as_ref().map_or(0, |next| next.level_ms()));
        current.max(next)
    }

    pub(super) fn progress(&self) -> Progress {
        let inside = self.lock();
        let since = |began: Option<u64>| began.map_or(0, |began| inside.last_ns.saturating_sub(began) / 1_000_000);
        Progress {
            part_began_ns: inside.part_began_ns,
            part_ms: since(inside.part_began_ns),
            part_bytes: inside.part_bytes,
            taken_ms: since(inside.began_ns),
            bytes: inside.bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Consumer for Relay {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut inside = self.lock();
        if media == Media::Audio {
            inside.audio_caps = Some(caps.clone());
            return inside.current.set_caps(media, caps);
        }
        match &mut inside.held {
            Some(held) => held.push_back(Waiting::Form(caps.clone())),
            None => inside.form(caps),
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        let mut inside = self.lock();
        if inside.held.is_none() {
            return inside.take(media, packet);
        }
        if !inside.is_former(media, &packet) {
            inside.hold(media, packet);
        }
    }
}

impl Inside {
    /// The pictures that follow are this.
    fn form(&mut self, caps: &gst::Caps) {
        let changed = self.video_caps.replace(caps.clone()).is_some_and(|known| known != *caps);
        match (&self.next, changed && self.part_began_ns.is_some()) {
            (Some(next), _) => next.set_caps(Media::Video, caps),
            (None, true) => self.held = Some(VecDeque::new()),
            (None, false) => self.current.set_caps(Media::Video, caps),
        }
    }

    fn hold(&mut self, media: Media, packet: Packet) {
        let Some(held) = &mut self.held else { return };
        let newest_ns = packet.running_ns;
        held.push_back(Waiting::Packet(media, packet));
        // No file could be opened in all that time; the one who opens them tells why.
        while held.iter().find_map(Waiting::running_ns).is_some_and(|oldest| newest_ns.saturating_sub(oldest) > HELD_NS)
        {
            match held.pop_front() {
                Some(Waiting::Form(caps)) => self.video_caps = Some(caps),
                Some(Waiting::Packet(Media::Video, _)) => drop(self.lost.fetch_add(1, Ordering::Relaxed)),
                _ => {}
            }
        }
    }

    /// True of sound that belongs to the former file, which it is given to. Anything else tells when that one is over.
    fn is_former(&mut self, media: Media, packet: &Packet) -> bool {
        let Some((former, over)) = &mut self.former else { return false };
        let at = packet.running_ns;
        if media == Media::Audio && at < former.border_ns {
            former.feed.push(media, packet.clone());
            return true;
        }
        *over |= media == Media::Audio || at > former.border_ns + SOUND_LATE_NS;
        false
    }

    fn take(&mut self, media: Media, packet: Packet) {
        let at = packet.running_ns;
        let size = packet.buffer.size() as u64;
        match media {
            Media::Video if packet.key && self.next.is_some() => self.hand_over(at),
            Media::Video if packet.key && self.part_began_ns.is_none() => self.part_began_ns = Some(at),
            _ => {}
        }
        if self.part_began_ns.is_none() {
            return;
        }
        if self.is_former(media, &packet) {
            return;
        }
        if media == Media::Video {
            self.last_ns = at;
            self.began_ns.get_or_insert(at);
        }
        self.part_bytes += size;
        self.bytes += size;
        self.current.push(media, packet);
    }

    fn hand_over(&mut self, border_ns: u64) {
        let Some(next) = self.next.take() else { return };
        let feed = std::mem::replace(&mut self.current, next);
        let began_ns = self.part_began_ns.replace(border_ns).unwrap_or(border_ns);
        self.part_bytes = 0;
        self.former = Some((Former { feed, began_ns, border_ns }, false));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gstreamer_app as gst_app;

    const MS: u64 = 1_000_000;

    struct File {
        feed: Arc<Feed>,
        video: gst_app::AppSrc,
        audio: gst_app::AppSrc,
    }

    fn file() -> File {
        let source = || gst_app::AppSrc::builder().format(gst::Format::Time).max_bytes(0).build();
        let (video, audio) = (source(), source());
        File { feed: Feed::separate(video.clone(), audio.clone(), u64::MAX), video, audio }
    }

    fn packet(ms: u64, key: bool) -> Packet {
        Packet { buffer: gst::Buffer::with_size(10).unwrap(), running_ns: ms * MS, key }
    }

    /// Every packet that the file has got: handed over and waiting.
    fn held(file: &File) -> (u64, u64) {
        file.feed.finish();
        (file.video.current_level_buffers(), file.audio.current_level_buffers())
    }

    #[test]
    fn the_border_is_a_keyframe_and_sound_that_comes_late_goes_to_its_own_side() {
        gst::init().unwrap();
        let (one, two) = (file(), file());
        let relay = Relay::new(one.feed.clone());
        for n in 0..10 {
            relay.push(Media::Video, packet(n * 100, n == 0));
        }
        assert!(relay.may_give());
        relay.give(two.feed.clone());
        assert!(!relay.may_give(), "one at a time");
        relay.push(Media::Video, packet(1_000, false));
        assert!(relay.take_over().is_none(), "no keyframe came yet");
        relay.push(Media::Video, packet(1_100, true));
        relay.push(Media::Audio, packet(1_080, true));
        assert!(relay.take_over().is_none(), "more sound of before may come");
        relay.push(Media::Audio, packet(1_101, true));
        relay.push(Media::Video, packet(1_200, false));
        let former = relay.take_over().unwrap();
        assert_eq!((former.began_ns, former.border_ns), (0, 1_100 * MS));
        assert_eq!((held(&one), held(&two)), ((11, 1), (2, 1)));
        assert_eq!(relay.progress().taken_ms, 1_200);
        assert_eq!(relay.progress().part_ms, 100);
    }

    #[test]
    fn a_file_without_sound_is_over_a_little_behind_the_border() {
        gst::init().unwrap();
        let (one, two) = (file(), file());
        let relay = Relay::new(one.feed.clone());
        relay.push(Media::Video, packet(0, true));
        relay.give(two.feed.clone());
        relay.push(Media::Video, packet(100, true));
        relay.push(Media::Video, packet(2_000, false));
        assert!(relay.take_over().is_none());
        relay.push(Media::Video, packet(2_200, false));
        assert!(relay.take_over().is_some());
    }

    #[test]
    fn pictures_of_another_form_wait_for_a_file_of_their_own() {
        gst::init().unwrap();
        let (one, two) = (file(), file());
        let caps = |width: i32| gst::Caps::builder("video/x-h264").field("width", width).build();
        let relay = Relay::new(one.feed.clone());
        relay.set_caps(Media::Video, &caps(1280));
        relay.push(Media::Video, packet(0, true));
        relay.set_caps(Media::Video, &caps(1280));
        assert!(!relay.needs_file(), "the same again changes nothing");
        relay.set_caps(Media::Video, &caps(640));
        assert!(relay.needs_file());
        relay.push(Media::Audio, packet(20, true));
        relay.push(Media::Video, packet(33, true));
        relay.push(Media::Video, packet(66, false));
        assert_eq!(one.video.caps().unwrap(), caps(1280));
        relay.give(two.feed.clone());
        assert!(!relay.needs_file());
        relay.push(Media::Audio, packet(40, true));
        assert!(relay.take_over().is_some());
        assert_eq!(two.video.caps().unwrap(), caps(640));
        assert_eq!((held(&one), held(&two)), ((1, 1), (2, 1)));
    }

    #[test]
    fn pictures_that_change_their_form_twice_before_a_file_is_open_go_to_two() {
        gst::init().unwrap();
        let (one, two, three) = (file(), file(), file());
        let caps = |width: i32| gst::Caps::builder("video/x-h264").field("width", width).build();
        let relay = Relay::new(one.feed.clone());
        relay.set_caps(Media::Video, &caps(1280));
        relay.push(Media::Video, packet(0, true));
        relay.set_caps(Media::Video, &caps(640));
        relay.push(Media::Video, packet(33, true));
        relay.set_caps(Media::Video, &caps(320));
        relay.push(Media::Video, packet(66, true));
        relay.push(Media::Audio, packet(20, true));
        relay.give(two.feed.clone());
        assert!(relay.needs_file() && !relay.may_give(), "sound of the first file may still come");
        relay.push(Media::Audio, packet(40, true));
        assert!(relay.take_over().is_some());
        assert!(relay.may_give());
        relay.give(three.feed.clone());
        relay.push(Media::Audio, packet(70, true));
        assert!(relay.take_over().is_some() && !relay.needs_file());
        assert_eq!([&one, &two, &three].map(|file| file.video.caps().unwrap()), [caps(1280), caps(640), caps(320)]);
        assert_eq!([held(&one), held(&two), held(&three)], [(1, 1), (1, 1), (1, 1)]);
    }
}
