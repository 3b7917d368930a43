//! Joins the pictures of a recording's own encode to those of the encode that all share, so that the recording goes on.
//!
//! The border is a keyframe of the shared encode: own pictures from before it still come in, what belongs behind it waits for
//! them. The sound is the same for both and is taken from the shared side, so none is lost or doubled.
//! Lock order: a hub's, then this, then the hub onward.

use crate::hub::{Consumer, Hub, Media, Packet};
use gstreamer as gst;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Own pictures of before the border that have not come by then never do. Nanoseconds.
const LATE_NS: u64 = 500_000_000;

/// Both sides come in, the recording takes what comes out.
#[derive(Default)]
pub(crate) struct Splice {
    onward: Arc<Hub>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    shared_caps: Option<gst::Caps>,
    /// The shared pictures are wanted from their next keyframe on.
    wanted: bool,
    at: At,
}

/// Whose pictures go on.
#[derive(Default)]
enum At {
    #[default]
    Own,
    /// Shared pictures from `border_ns` on wait, with their sound, until the own ones before have come.
    Border {
        border_ns: u64,
        held: Vec<(Media, Packet)>,
    },
    Shared,
}

/// Where the pictures of the recording's own encode come in.
pub(crate) struct OwnSide(pub Arc<Splice>);

/// Where the pictures and the sound that all share come in.
pub(crate) struct SharedSide(pub Arc<Splice>);

impl Splice {
    /// What the recording takes.
    pub(crate) fn onward(&self) -> &Arc<Hub> {
        &self.onward
    }

    /// Goes over to the shared pictures at their next keyframe.
    pub(crate) fn go_over(&self) {
        self.lock().wanted = true;
    }

    /// True once it has; nothing of the own encode is taken any more.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.lock().at, At::Shared)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn cross(&mut self, onward: &Hub) {
        let At::Border { held, .. } = std::mem::replace(&mut self.at, At::Shared) else { return };
        if let Some(caps) = &self.shared_caps {
            onward.set_caps(Media::Video, caps);
        }
        held.iter().for_each(|(media, packet)| onward.push(*media, packet));
    }
}

impl Consumer for OwnSide {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let inside = self.0.lock();
        if media == Media::Video && !matches!(inside.at, At::Shared) {
            self.0.onward.set_caps(media, caps);
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        let mut inside = self.0.lock();
        match inside.at {
            _ if media == Media::Audio => {}
            At::Own => self.0.onward.push(media, &packet),
            At::Border { border_ns, .. } if packet.running_ns < border_ns => self.0.onward.push(media, &packet),
            At::Border { .. } => inside.cross(&self.0.onward),
            At::Shared => {}
        }
    }
}

impl Consumer for SharedSide {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut inside = self.0.lock();
        if media == Media::Audio {
            return self.0.onward.set_caps(media, caps);
        }
        inside.shared_caps = Some(caps.clone());
        if matches!(inside.at, At::Shared) {
            self.0.onward.set_caps(media, caps);
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        let mut inside = self.0.lock();
        let (at_ns, begins) = (packet.running_ns, inside.wanted && packet.key && media == Media::Video);
        match &mut inside.at {
            At::Own if begins => inside.at = At::Border { border_ns: at_ns, held: vec![(media, packet)] },
            At::Own if media == Media::Video => {}
            At::Border { border_ns, held } if at_ns >= *border_ns => {
                let late = at_ns > *border_ns + LATE_NS;
                held.push((media, packet));
                if late {
                    inside.cross(&self.0.onward);
                }
            }
            At::Own | At::Border { .. } | At::Shared => self.0.onward.push(media, &packet),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: u64 = 1_000_000;

    /// What came out: pictures as their time, sound as its time below zero, another form as 0.
    #[derive(Default)]
    struct Seen(Mutex<Vec<i64>>);

    impl Consumer for Seen {
        fn set_caps(&self, media: Media, _: &gst::Caps) {
            if media == Media::Video {
                self.0.lock().unwrap().push(0);
            }
        }

        fn push(&self, media: Media, packet: Packet) {
            let ms = (packet.running_ns / MS) as i64;
            self.0.lock().unwrap().push(if media == Media::Video { ms } else { -ms });
        }
    }

    fn packet(ms: u64, key: bool) -> Packet {
        Packet { buffer: gst::Buffer::with_size(10).unwrap(), running_ns: ms * MS, key }
    }

    fn caps(width: i32) -> gst::Caps {
        gst::Caps::builder("video/x-h264").field("width", width).build()
    }

    struct Rig {
        splice: Arc<Splice>,
        own: OwnSide,
        shared: SharedSide,
        seen: Arc<Seen>,
    }

    fn rig() -> Rig {
        gst::init().unwrap();
        let (splice, seen) = (Arc::new(Splice::default()), Arc::new(Seen::default()));
        splice.onward().attach(seen.clone());
        let (own, shared) = (OwnSide(splice.clone()), SharedSide(splice.clone()));
        own.set_caps(Media::Video, &caps(1280));
        shared.set_caps(Media::Video, &caps(640));
        Rig { splice, own, shared, seen }
    }

    #[test]
    fn nothing_is_lost_or_doubled_where_the_shared_pictures_take_over() {
        let Rig { splice, own, shared, seen } = rig();
        own.push(Media::Video, packet(1_000, true));
        shared.push(Media::Video, packet(1_000, true));
        shared.push(Media::Audio, packet(1_010, true));
        splice.go_over();
        shared.push(Media::Video, packet(1_033, false));
        // The own encode is two pictures behind.
        shared.push(Media::Video, packet(1_066, true));
        own.push(Media::Video, packet(1_033, false));
        shared.push(Media::Audio, packet(1_050, true));
        shared.push(Media::Audio, packet(1_070, true));
        shared.push(Media::Video, packet(1_100, false));
        assert!(!splice.is_over());
        own.push(Media::Video, packet(1_066, false));
        assert!(splice.is_over());
        own.push(Media::Video, packet(1_100, false));
        own.set_caps(Media::Video, &caps(99));
        shared.push(Media::Video, packet(1_133, false));
        assert_eq!(*seen.0.lock().unwrap(), [0, 1_000, -1_010, 1_033, -1_050, 0, 1_066, -1_070, 1_100, 1_133]);
    }

    #[test]
    fn an_own_encode_that_is_dead_is_not_waited_for() {
        let Rig { splice, own, shared, seen } = rig();
        own.push(Media::Video, packet(1_000, true));
        splice.go_over();
        shared.push(Media::Video, packet(1_400, true));
        shared.push(Media::Video, packet(1_900, false));
        assert!(!splice.is_over());
        shared.push(Media::Video, packet(1_933, false));
        assert!(splice.is_over());
        assert_eq!(*seen.0.lock().unwrap(), [0, 1_000, 0, 1_400, 1_900, 1_933]);
    }
}
