//! Joins the pictures of a recording's own encode to those of the encode that all share, so that the recording goes on.
//!
//! The border is a keyframe of the shared encode that is newer than every own picture handed on: own pictures of before it still
//! come in, what belongs behind it waits for them. Either encode may be ahead. Shared pictures that the own encode has not
//! reached are kept from a keyframe on, so an own encode that stopped delivering costs what lies between its last picture and
//! that keyframe, and no more. The sound is the same for both and is taken from the shared side, so none is lost or doubled.
//! Lock order: a hub's, then this, then the hub onward.

use crate::hub::{Consumer, Hub, Media, Packet, Waiting};
use gstreamer as gst;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Own pictures of before the border that have not come by then never do. Nanoseconds.
const LATE_NS: u64 = 500_000_000;
/// What may wait on either side. Nanoseconds.
const KEPT_NS: u64 = 6_000_000_000;

/// Both sides come in, the recording takes what comes out.
#[derive(Default)]
pub(crate) struct Splice {
    onward: Arc<Hub>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    /// Form of the shared pictures before those in `kept`.
    shared_caps: Option<gst::Caps>,
    /// Shared pictures from a keyframe behind `handed_ns` on, with their sound: the border, once it is wanted. Empty or begins
    /// with that keyframe.
    kept: Vec<Waiting>,
    /// Own pictures, while a border is looked for.
    own: Vec<Waiting>,
    /// Running times of the newest picture of either side, and of the last own one that was handed on.
    shared_ns: Option<u64>,
    own_ns: Option<u64>,
    handed_ns: Option<u64>,
    /// The shared pictures are wanted.
    wanted: bool,
    /// They have taken over.
    over: bool,
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

    /// Goes over to the shared pictures at a keyframe, at once where one that the own encode has not reached is old already.
    pub(crate) fn go_over(&self) {
        let mut inside = self.lock();
        inside.wanted = true;
        inside.step(&self.onward);
    }

    /// True while a keyframe of the shared encode is what is missing.
    pub(crate) fn wants_keyframe(&self) -> bool {
        let inside = self.lock();
        inside.wanted && !inside.over && inside.kept.is_empty()
    }

    /// True once it has gone over; nothing of the own encode is taken any more.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().over
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn border_ns(&self) -> Option<u64> {
        self.kept.first().and_then(Waiting::running_ns)
    }

    /// Hands on what can be, after something came or was asked for.
    fn step(&mut self, onward: &Hub) {
        let border = self.border_ns();
        let before_ns = match border {
            _ if !self.wanted => u64::MAX,
            Some(border) => border,
            // No keyframe up to the newest shared picture comes any more. A shared encode that hangs is not waited for.
            None => {
                let overdue_ns = self.own_ns.unwrap_or_default().saturating_sub(KEPT_NS);
                self.shared_ns.map_or(0, |shared| shared + 1).max(overdue_ns)
            }
        };
        self.hand_on_own(before_ns, onward);
        let newest = self.kept.iter().rev().find_map(Waiting::running_ns).unwrap_or_default();
        if let Some(border) = border.filter(|_| self.wanted)
            && (self.own_ns.is_some_and(|own| own >= border) || newest > border + LATE_NS)
        {
            return self.cross(onward);
        }
        if let Some(handed) = self.handed_ns {
            self.keep_behind(handed, onward);
        }
        if let Some(border) = border.filter(|border| newest > border + KEPT_NS) {
            self.keep_behind(border, onward);
        }
    }

    fn hand_on_own(&mut self, before_ns: u64, onward: &Hub) {
        let due = |one: &Waiting| one.running_ns().is_some_and(|at| at < before_ns);
        let count = self.own.iter().rposition(due).map_or(0, |last| last + 1);
        for one in self.own.drain(..count) {
            self.handed_ns = one.running_ns().or(self.handed_ns);
            one.give(onward);
        }
    }

    /// Lets go of shared pictures up to the first keyframe behind `ns`; their sound goes on.
    fn keep_behind(&mut self, ns: u64, onward: &Hub) {
        let begins = |one: &Waiting| matches!(one, Waiting::Packet(Media::Video, p) if p.key && p.running_ns > ns);
        let begin = self.kept.iter().position(begins).unwrap_or(self.kept.len());
        if begin == 0 {
            return;
        }
        let rest = self.kept.split_off(begin);
        let border_ns = rest.first().and_then(Waiting::running_ns).unwrap_or(u64::MAX);
        for one in std::mem::take(&mut self.kept) {
            match one {
                Waiting::Form(caps) => self.shared_caps = Some(caps),
                Waiting::Packet(Media::Audio, _) => one.give(onward),
                Waiting::Packet(Media::Video, _) => {}
            }
        }
        // Sound comes a little after its pictures.
        for one in rest {
            match &one {
                Waiting::Packet(Media::Audio, sound) if sound.running_ns < border_ns => one.give(onward),
                _ => self.kept.push(one),
            }
        }
    }

    fn cross(&mut self, onward: &Hub) {
        self.over = true;
        self.own.clear();
        if let Some(caps) = &self.shared_caps {
            onward.set_caps(Media::Video, caps);
        }
        self.kept.drain(..).for_each(|one| one.give(onward));
    }
}

impl Consumer for OwnSide {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut inside = self.0.lock();
        if media == Media::Video && !inside.over {
            inside.own.push(Waiting::Form(caps.clone()));
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        let mut inside = self.0.lock();
        if media == Media::Video && !inside.over {
            inside.own_ns = Some(packet.running_ns);
            inside.own.push(Waiting::Packet(media, packet));
            inside.step(&self.0.onward);
        }
    }
}

impl Consumer for SharedSide {
    fn set_caps(&self, media: Media, caps: &gst::Caps) {
        let mut inside = self.0.lock();
        if media == Media::Audio || inside.over {
            self.0.onward.set_caps(media, caps);
        } else if inside.kept.is_empty() {
            inside.shared_caps = Some(caps.clone());
        } else {
            inside.kept.push(Waiting::Form(caps.clone()));
        }
    }

    fn push(&self, media: Media, packet: Packet) {
        let mut inside = self.0.lock();
        let (at_ns, border) = (packet.running_ns, inside.border_ns());
        if inside.over || (media == Media::Audio && border.is_none_or(|border| at_ns < border)) {
            return self.0.onward.push(media, &packet);
        }
        let begins = packet.key && inside.handed_ns.is_none_or(|handed| at_ns > handed);
        if media == Media::Video {
            inside.shared_ns = Some(at_ns);
        }
        if border.is_some() || begins {
            inside.kept.push(Waiting::Packet(media, packet));
        }
        inside.step(&self.0.onward);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MS: u64 = 1_000_000;
    const OWN: i32 = 9_001;
    const SHARED: i32 = 9_002;
    const SMALLER: i32 = 9_003;

    /// What came out: pictures as their time, sound as its time below zero, another form as its width, all above 9,000.
    #[derive(Default)]
    struct Seen(Mutex<Vec<i64>>);

    impl Consumer for Seen {
        fn set_caps(&self, media: Media, caps: &gst::Caps) {
            if media == Media::Video {
                let width: i32 = caps.structure(0).unwrap().get("width").unwrap();
                self.0.lock().unwrap().push(width.into());
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
        own.set_caps(Media::Video, &caps(OWN));
        shared.set_caps(Media::Video, &caps(SHARED));
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
        assert_eq!(*seen.0.lock().unwrap(), [9_001, 1_000, -1_010, 1_033, -1_050, 9_002, 1_066, -1_070, 1_100, 1_133]);
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
        assert_eq!(*seen.0.lock().unwrap(), [9_001, 1_000, 9_002, 1_400, 1_900, 1_933]);
    }

    /// Own pictures from 1,000 ms on, 100 ms apart, so many ahead of the shared ones; then it is to go over.
    fn ahead_by(pictures: u64) -> Rig {
        let rig = rig();
        rig.shared.push(Media::Video, packet(1_000, true));
        (0..=pictures).for_each(|n| rig.own.push(Media::Video, packet(1_000 + n * 100, n == 0)));
        rig.splice.go_over();
        rig
    }

    #[test]
    fn an_own_encode_that_is_ahead_neither_doubles_pictures_nor_goes_back_in_time() {
        for ahead in [0, 1, 2] {
            let Rig { splice, own, shared, seen } = ahead_by(ahead);
            assert!(splice.wants_keyframe());
            // Each picture leaves the own encode first, the shared one that many later; keyframes are at 1,100 and 1,400.
            for n in ahead + 1..10 {
                own.push(Media::Video, packet(1_000 + n * 100, false));
                let at = 1_000 + (n - ahead) * 100;
                shared.push(Media::Video, packet(at, at == 1_100 || at == 1_400));
            }
            assert!(splice.is_over() && !splice.wants_keyframe());
            let out = seen.0.lock().unwrap().clone();
            let border = if ahead == 0 { 1_100 } else { 1_400 };
            let pictures: Vec<_> = out.iter().copied().filter(|at| *at < 9_000).collect();
            let last = 1_900 - ahead as i64 * 100;
            assert_eq!(pictures, (10..=last / 100).map(|n| n * 100).collect::<Vec<_>>(), "{ahead} ahead");
            let turn = out.iter().position(|at| *at == i64::from(SHARED)).unwrap();
            assert_eq!(out.get(turn + 1), Some(&border), "{ahead} ahead");
        }
    }

    #[test]
    fn a_border_that_the_own_encode_has_passed_while_it_was_held_is_crossed_at_once() {
        let Rig { splice, own, shared, seen } = ahead_by(0);
        own.push(Media::Video, packet(1_100, false));
        own.push(Media::Video, packet(1_200, false));
        assert_eq!(*seen.0.lock().unwrap(), [9_001, 1_000], "held until the shared side has come as far");
        shared.push(Media::Video, packet(1_100, false));
        shared.push(Media::Video, packet(1_200, true));
        assert!(splice.is_over());
        assert_eq!(*seen.0.lock().unwrap(), [9_001, 1_000, 1_100, 9_002, 1_200]);
    }

    #[test]
    fn pictures_that_change_their_form_while_they_wait_keep_each_its_own() {
        let Rig { splice, own, shared, seen } = ahead_by(0);
        shared.push(Media::Video, packet(1_100, true));
        shared.set_caps(Media::Video, &caps(SMALLER));
        shared.push(Media::Video, packet(1_200, true));
        own.push(Media::Video, packet(1_100, false));
        assert!(splice.is_over());
        assert_eq!(*seen.0.lock().unwrap(), [9_001, 1_000, 9_002, 1_100, 9_003, 1_200]);

        let Rig { splice, own, shared, seen } = rig();
        shared.push(Media::Video, packet(1_000, true));
        shared.set_caps(Media::Video, &caps(SMALLER));
        shared.push(Media::Video, packet(1_100, true));
        own.push(Media::Video, packet(1_050, true));
        splice.go_over();
        own.push(Media::Video, packet(1_100, false));
        assert_eq!(*seen.0.lock().unwrap(), [9_001, 1_050, 9_003, 1_100], "what is let go of has told its form");
    }

    /// A shared picture, with every twentieth a keyframe, and its sound.
    fn moment(shared: &SharedSide, n: u64) {
        shared.push(Media::Video, packet(n * 100, n % 20 == 5));
        shared.push(Media::Audio, packet(n * 100 + 10, true));
    }

    #[test]
    fn after_an_own_encode_that_hung_the_shared_pictures_begin_with_the_keyframe_behind_its_last() {
        let Rig { splice, own, shared, seen } = rig();
        own.push(Media::Video, packet(1_000, true));
        (10..56).for_each(|n| moment(&shared, n));
        splice.go_over();
        assert!(splice.is_over());
        let out = seen.0.lock().unwrap().clone();
        let turn = out.iter().position(|at| *at == i64::from(SHARED)).unwrap();
        assert_eq!(out.get(turn..turn + 4), Some(&[9_002, 2_500, -2_510, 2_600][..]));
        assert_eq!(out.iter().filter(|at| **at < 0).count(), 46, "no sound is lost or doubled");
        assert!(out.iter().filter(|at| **at < 0).is_sorted_by(|one, next| one > next));

        // Longer than anybody waits: what is kept is bounded, the sound goes on.
        let Rig { splice, own, shared, seen } = rig();
        own.push(Media::Video, packet(1_000, true));
        (10..205).for_each(|n| moment(&shared, n));
        assert!(splice.lock().kept.len() <= 2 * 62);
        assert!(seen.0.lock().unwrap().contains(&-12_010));
    }
}
