//! Which boxes show one thing: a detector boxes the label, the packet and the arm that holds it, and each is followed by itself.
//!
//! Boxes belong together when the smaller lies in the larger, is no small part of it, and both move alike. The larger must not
//! hold a second thing apart from the first: then nobody can say of which it speaks. Not transitive on purpose, so that two
//! things held side by side are never joined by a box around both. Pure.

use super::Track;
use crate::detect::Proposer;

/// When boxes are taken for one thing.
#[derive(Clone, Copy, Debug)]
pub struct NestConfig {
    /// Least share of the smaller box that lies in the larger.
    pub inside: f32,
    /// Least share of the larger box that the smaller one covers: below it the larger one shows the room.
    pub part: f32,
    /// Most difference of their movements, in shorter sides of the smaller box a second.
    pub drift: f32,
    /// Another box of the detector that shares less than this with the thing is a thing of its own.
    pub apart: f32,
}

impl Default for NestConfig {
    fn default() -> Self {
        Self { inside: 0.8, part: 0.2, drift: 1.5, apart: 0.2 }
    }
}

/// The ids of the boxes among `tracks` that show the same thing as `own`. Tracks not seen at `now_ms` are left out.
pub fn relatives(own: &Track, tracks: &[Track], now_ms: u64, config: &NestConfig) -> Vec<u32> {
    let seen = || tracks.iter().filter(|track| track.last_ms == now_ms && track.id != own.id);
    let apart = |other: &Track, from: &Track| shared(other, from) < config.apart;
    let second_thing_in = |outer: &Track, inner: &Track| {
        seen().any(|third| {
            third.id != outer.id
                && third.by == Proposer::Detector
                && third.rect.area() >= config.part * inner.rect.area()
                && shared(third, outer) >= config.inside
                && third.rect.area() < outer.rect.area()
                && apart(third, inner)
        })
    };
    let belongs = |other: &&Track| {
        let (inner, outer) = if own.rect.area() <= other.rect.area() { (own, *other) } else { (*other, own) };
        shared(inner, outer) >= config.inside
            && inner.rect.area() >= config.part * outer.rect.area()
            && drift(inner, outer) <= config.drift
            && !second_thing_in(outer, inner)
    };
    seen().filter(belongs).map(|other| other.id).collect()
}

/// Intersection over the smaller box.
fn shared(a: &Track, b: &Track) -> f32 {
    let least = a.rect.area().min(b.rect.area());
    if least > 0.0 { a.rect.intersect(b.rect).area() / least } else { 0.0 }
}

fn drift(inner: &Track, outer: &Track) -> f32 {
    let ((ax, ay), (bx, by)) = (inner.velocity, outer.velocity);
    (ax - bx).hypot(ay - by) / inner.rect.width.min(inner.rect.height).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_av::Rect;

    const NOW: u64 = 1_000;

    fn track(id: u32, (x, y, width, height): (f32, f32, f32, f32)) -> Track {
        let rect = Rect::new(x, y, width, height);
        let (by, velocity) = (Proposer::Detector, (0.0, 0.0));
        Track { id, rect, by, score: 0.5, first_ms: 0, last_ms: NOW, hits: 5, speed: 0.0, velocity }
    }

    fn of_first(tracks: &[Track]) -> Vec<u32> {
        tracks.first().map(|own| relatives(own, tracks, NOW, &NestConfig::default())).unwrap_or_default()
    }

    #[test]
    fn boxes_of_one_thing_are_found_and_no_others() {
        let packet = track(1, (400.0, 200.0, 200.0, 300.0));
        let label = track(2, (420.0, 250.0, 160.0, 150.0));
        let moving = Track { velocity: (400.0, 0.0), ..label.clone() };
        let with = |velocity| [Track { velocity, ..packet.clone() }, moving.clone()];
        let cases: [(&str, Vec<Track>, &[u32]); 9] = [
            ("a label in its packet", vec![packet.clone(), label.clone()], &[2]),
            ("the packet about its label", vec![label.clone(), packet.clone()], &[1]),
            ("a box that only touches it", vec![packet.clone(), track(3, (550.0, 200.0, 200.0, 300.0))], &[]),
            ("the whole room about it", vec![packet.clone(), track(3, (0.0, 0.0, 1280.0, 720.0))], &[]),
            ("what passes before it", with((0.0, 0.0)).to_vec(), &[]),
            ("both waved about", with((380.0, 20.0)).to_vec(), &[2]),
            ("one not seen any more", vec![packet.clone(), Track { last_ms: 900, ..label.clone() }], &[]),
            (
                "a window about two things",
                vec![packet.clone(), track(3, (380.0, 150.0, 450.0, 400.0)), track(4, (640.0, 220.0, 150.0, 250.0))],
                &[],
            ),
            (
                "a window in which the detector boxes the thing twice",
                vec![packet.clone(), track(3, (380.0, 150.0, 450.0, 400.0)), label.clone()],
                &[3, 2],
            ),
        ];
        for (name, tracks, want) in cases {
            assert_eq!(of_first(&tracks), want, "{name}");
        }
    }
}
