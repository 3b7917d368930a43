//! Hands what is encoded once to every consumer (outputs and the recorder).
//!
//! An output has a [`crate::feed::Feed`]: a bounded queue in front of its own pipeline. A consumer that falls behind loses
//! pictures up to the next keyframe, counted; nobody else notices.
//! Lock order: hub, then consumer (where that is a delay or passes one stream on: then its own hub, and so on to the feed). Nothing runs under the hub's lock
//! other than a push into a consumer, which never blocks.

use gstreamer as gst;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
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

impl Packet {
    /// How long it lasts, as its encoder says; 0 where it does not.
    pub(crate) fn duration_ns(&self) -> u64 {
        self.buffer.duration().map_or(0, gst::ClockTime::nseconds)
    }
}

/// What waits in its order: a packet, or what the pictures behind it are.
pub(crate) enum Waiting {
    Form(gst::Caps),
    Packet(Media, Packet),
}

impl Waiting {
    /// Of a packet, nanoseconds; a form has none.
    pub(crate) fn running_ns(&self) -> Option<u64> {
        match self {
            Self::Form(_) => None,
            Self::Packet(_, packet) => Some(packet.running_ns),
        }
    }

    /// Hands it to everybody behind `hub`.
    pub(crate) fn give(&self, hub: &Hub) {
        match self {
            Self::Form(caps) => hub.set_caps(Media::Video, caps),
            Self::Packet(media, packet) => hub.push(*media, packet),
        }
    }
}

/// Somebody who takes encoded media. Both calls run under the hub's lock, so neither may block.
pub(crate) trait Consumer: Send + Sync {
    /// What the packets that follow are; said before the first of them.
    fn set_caps(&self, media: Media, caps: &gst::Caps);
    fn push(&self, media: Media, packet: Packet);
}

/// Passes on one of the two streams to another hub.
pub(crate) struct Only {
    media: Media,
    onward: Arc<Hub>,
}

impl Only {
    pub(crate) fn new(media: Media, onward: Arc<Hub>) -> Self {
        Self { media, onward }
    }
}

impl Consumer for Only {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        if media == self.media {
            self.onward.set_caps(media, caps);
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        if media == self.media {
            self.onward.push(media, &packet);
        }
    }
}

/// Everybody who takes encoded media.
#[derive(Default)]
pub(crate) struct Hub {
    inside: Mutex<Inside>,
    pictures: AtomicU64,
}

#[derive(Default)]
struct Inside {
    video_caps: Option<gst::Caps>,
    audio_caps: Option<gst::Caps>,
    consumers: Vec<Arc<dyn Consumer>>,
}

impl Hub {
    pub(crate) fn attach(&self, consumer: Arc<dyn Consumer>) {
        let mut inside = lock(&self.inside);
        for (media, caps) in [(Media::Video, &inside.video_caps), (Media::Audio, &inside.audio_caps)] {
            if let Some(caps) = caps {
                consumer.set_caps(media, caps);
            }
        }
        inside.consumers.push(consumer);
    }

    pub(crate) fn detach<C: Consumer>(&self, consumer: &Arc<C>) {
        let gone = Arc::as_ptr(consumer);
        lock(&self.inside).consumers.retain(|other| !std::ptr::addr_eq(Arc::as_ptr(other), gone));
    }

    pub(crate) fn set_caps(&self, media: Media, caps: &gst::CapsRef) {
        let mut inside = lock(&self.inside);
        let known = match media {
            Media::Video => &mut inside.video_caps,
            Media::Audio => &mut inside.audio_caps,
        };
        if known.as_deref() != Some(caps) {
            let caps = caps.to_owned();
            *known = Some(caps.clone());
            for consumer in &inside.consumers {
                consumer.set_caps(media, &caps);
            }
        }
    }

    /// True while nobody takes anything.
    pub(crate) fn is_idle(&self) -> bool {
        lock(&self.inside).consumers.is_empty()
    }

    /// Pictures that came so far.
    pub(crate) fn pictures(&self) -> u64 {
        self.pictures.load(Ordering::Relaxed)
    }

    pub(crate) fn push(&self, media: Media, packet: &Packet) {
        self.pictures.fetch_add(u64::from(media == Media::Video), Ordering::Relaxed);
        for consumer in &lock(&self.inside).consumers {
            consumer.push(media, packet.clone());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
