//! The last seconds of the show, kept in memory as they were encoded, so that a moment can be saved after it happened.
//!
//! What is kept begins with a keyframe and is bounded by time and by bytes. A group of pictures goes only as a whole, and
//! only when what is left is long enough still. Packets share their memory with the other consumers.

use super::mp4::Writer;
use crate::{
    MediaError,
    clock::Timebase,
    hub::{Consumer, Media, Packet},
};
use gstreamer as gst;
use hawker_domain::ShowMs;
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Memory that a replay may take: half a minute of 20 Mbit/s, or four of 2.5.
const BYTES: u64 = 80_000_000;

/// A moment of the show that was saved.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SavedReplay {
    pub path: PathBuf,
    /// Show time at which it begins.
    pub begins: ShowMs,
    pub duration_ms: u64,
}

/// The consumer that keeps them.
pub(crate) struct Replay(Mutex<Kept>);

#[derive(Clone, Default)]
struct Kept {
    length_ns: u64,
    bytes_max: u64,
    video_caps: Option<gst::Caps>,
    audio_caps: Option<gst::Caps>,
    packets: VecDeque<(Media, Packet)>,
    bytes: u64,
    /// Running time of the last picture.
    last_ns: u64,
}

/// What was kept at one moment.
pub(crate) struct ReplayMoment {
    kept: Kept,
    begins: ShowMs,
}

impl Replay {
    /// Keeps about `length`, a little more so that it begins with a keyframe.
    pub(crate) fn new(length: Duration) -> Arc<Self> {
        let length_ns = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        Arc::new(Self(Mutex::new(Kept { length_ns, bytes_max: BYTES, ..Kept::default() })))
    }

    /// What is kept right now. Copies no media. None before the first keyframe.
    pub(crate) fn moment(&self, time: &Timebase) -> Option<ReplayMoment> {
        let kept = self.lock().clone();
        let begins = time.show_ms_at(kept.packets.front()?.1.running_ns);
        Some(ReplayMoment { kept, begins })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Consumer for Replay {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut kept = self.lock();
        let known = if media == Media::Video { &mut kept.video_caps } else { &mut kept.audio_caps };
        if known.replace(caps.clone()).is_some_and(|known| known != *caps) {
            // One file holds one form.
            kept.packets.clear();
            kept.bytes = 0;
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        self.lock().take(media, packet);
    }
}

impl Kept {
    fn take(&mut self, media: Media, packet: Packet) {
        let begins_with_key = self.packets.is_empty();
        if begins_with_key && !(media == Media::Video && packet.key) {
            return;
        }
        if media == Media::Video {
            self.last_ns = packet.running_ns;
        }
        self.bytes += packet.buffer.size() as u64;
        self.packets.push_back((media, packet));
        while let Some(second) = self.second_key()
            && (self.bytes > self.bytes_max || self.last_ns.saturating_sub(self.at(second)) >= self.length_ns)
        {
            self.forget(second);
        }
        // A group of pictures that is too large alone is of no use.
        if self.bytes > self.bytes_max {
            self.packets.clear();
            self.bytes = 0;
        }
    }

    /// Where the second group of pictures begins.
    fn second_key(&self) -> Option<usize> {
        self.packets.iter().skip(1).position(|(media, packet)| *media == Media::Video && packet.key).map(|at| at + 1)
    }

    fn at(&self, index: usize) -> u64 {
        self.packets.get(index).map_or(u64::MAX, |(_, packet)| packet.running_ns)
    }

    /// Forgets what is before `index`, but for sound that belongs to the pictures from there on.
    fn forget(&mut self, index: usize) {
        let from_ns = self.at(index);
        let late: Vec<_> = self
            .packets
            .drain(..index)
            .filter(|(media, packet)| *media == Media::Audio && packet.running_ns >= from_ns)
            .collect();
        if let Some(key) = self.packets.pop_front() {
            for early in late.into_iter().rev() {
                self.packets.push_front(early);
            }
            self.packets.push_front(key);
        }
        self.bytes = self.packets.iter().map(|(_, packet)| packet.buffer.size() as u64).sum();
    }
}

impl ReplayMoment {
    /// Writes it into the new MP4 `wanted`; a name that is taken gets a number. Blocking.
    /// Errors: [`MediaError::Recording`], [`MediaError::DiskFull`], [`MediaError::NothingKept`].
    pub(crate) fn save(self, wanted: &Path) -> Result<SavedReplay, MediaError> {
        let Self { kept, begins } = self;
        let origin_ns = kept.at(0);
        let video = kept.video_caps.as_ref().ok_or(MediaError::NothingKept)?;
        let writer = Writer::open(&wanted.with_extension("mp4"), video, kept.audio_caps.as_ref())?;
        let mut ends_ns = origin_ns;
        for (media, mut packet) in kept.packets {
            let Some(at) = packet.running_ns.checked_sub(origin_ns) else { continue };
            if media == Media::Video {
                ends_ns = packet.running_ns + packet.duration_ns();
            }
            let buffer = packet.buffer.make_mut();
            buffer.set_pts(gst::ClockTime::from_nseconds(at));
            buffer.set_dts(gst::ClockTime::from_nseconds(at));
            writer.push(media, packet.buffer)?;
        }
        let path = writer.finish()?;
        Ok(SavedReplay { path, begins, duration_ms: ends_ns.saturating_sub(origin_ns) / 1_000_000 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: u64 = 1_000_000;

    fn packet(ms: u64, key: bool, size: usize) -> Packet {
        Packet { buffer: gst::Buffer::with_size(size).unwrap(), running_ns: ms * MS, key }
    }

    fn kept(length_ms: u64, bytes_max: u64) -> Kept {
        Kept { length_ns: length_ms * MS, bytes_max, ..Kept::default() }
    }

    fn span_ms(kept: &Kept) -> (u64, u64) {
        (kept.at(0) / MS, kept.last_ns / MS)
    }

    #[test]
    fn the_last_seconds_are_kept_from_a_keyframe_on() {
        gst::init().unwrap();
        let mut kept = kept(5_000, u64::MAX);
        kept.take(Media::Audio, packet(0, true, 10));
        kept.take(Media::Video, packet(50, false, 10));
        assert!(kept.packets.is_empty(), "nothing can be shown before a keyframe");
        for n in 1..=200 {
            kept.take(Media::Video, packet(n * 100, n % 20 == 0, 10));
            kept.take(Media::Audio, packet(n * 100 + 20, true, 1));
            let (from, to) = span_ms(&kept);
            let (first, bytes) = (kept.packets.front(), kept.bytes);
            if let Some((media, packet)) = first {
                assert!(*media == Media::Video && packet.key);
                assert!(to - from < 7_000, "{from}..{to}: at most one group of pictures more than asked");
                assert_eq!(bytes, kept.packets.iter().map(|(_, p)| p.buffer.size() as u64).sum::<u64>());
            }
        }
        let (from, to) = span_ms(&kept);
        assert_eq!((from, to), (14_000, 20_000), "the five seconds that were asked for are there");
    }

    #[test]
    fn memory_is_bounded_whatever_the_pictures_weigh() {
        gst::init().unwrap();
        let mut light = kept(60_000, 1_000);
        for n in 0..600 {
            light.take(Media::Video, packet(n * 100, n % 20 == 0, 20));
            assert!(light.bytes <= 1_000);
        }
        assert!(light.packets.len() >= 20 && light.packets.front().unwrap().1.key);
        let mut heavy = kept(60_000, 1_000);
        for n in 0..30 {
            heavy.take(Media::Video, packet(n * 100, n == 0, 100));
            assert!(heavy.bytes <= 1_000);
        }
        assert!(heavy.packets.is_empty(), "a group of pictures that does not fit is not kept in pieces");
    }

    #[test]
    fn sound_of_the_pictures_that_stay_stays_with_them() {
        gst::init().unwrap();
        let mut kept = kept(1_000, u64::MAX);
        kept.take(Media::Video, packet(0, true, 1));
        kept.take(Media::Audio, packet(1_010, true, 1));
        kept.take(Media::Video, packet(1_000, true, 1));
        kept.take(Media::Video, packet(2_000, false, 1));
        let times: Vec<_> = kept.packets.iter().map(|(_, packet)| packet.running_ns / MS).collect();
        assert_eq!(times, [1_000, 1_010, 2_000]);
    }

    #[test]
    fn pictures_of_another_form_begin_anew() {
        gst::init().unwrap();
        let replay = Replay::new(Duration::from_secs(5));
        let caps = |width: i32| gst::Caps::builder("video/x-h264").field("width", width).build();
        replay.set_caps(Media::Video, &caps(1280));
        replay.push(Media::Video, packet(0, true, 1));
        replay.set_caps(Media::Video, &caps(1280));
        assert_eq!(replay.lock().packets.len(), 1);
        replay.set_caps(Media::Video, &caps(640));
        assert!(replay.lock().packets.is_empty());
    }
}
