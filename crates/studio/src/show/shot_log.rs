//! The kinds of shots of a show, and what the clip of a pin keeps of them. Pure.

use hawker_domain::ShowMs;
use hawker_media::{PIN_CLIP_LONGEST_MS, PinSpan};
use hawker_vision::shot::{Shot, ShotLabel};

/// Shots of the watched source as the canvas showed them, in order. None: not known, or the source was not shown.
#[derive(Clone, Debug, Default)]
pub struct ShotLog {
    began: Vec<(ShowMs, Option<Shot>)>,
}

/// A show of a day with a change of shot every five seconds; what comes after is cut as if nothing were known of it.
const MOST: usize = 17_280;

impl ShotLog {
    /// Takes note of the label as of `now`. A shot began with its first picture; one that comes onto the canvas begins there.
    pub fn note(&mut self, label: Option<ShotLabel>, now: ShowMs) {
        let shot = label.map(|label| label.shot);
        let last = self.began.last().copied();
        if last.and_then(|(_, shot)| shot) == shot || self.began.len() > MOST {
            return;
        }
        let known = self.began.len() < MOST;
        let since = label.map_or(now, |label| label.since).min(now);
        let at = match last {
            None => since,
            Some((_, None)) => now,
            Some((began, Some(_))) => since.max(began),
        };
        self.began.push((at, shot.filter(|_| known)));
    }

    /// The stretch of a pin that a clip is made of: nothing in which nobody is there at its ends, and of a pin longer than a
    /// clip the part that begins with the first close-up. What the clip shows before it goes back no further than to the end of
    /// the last such stretch. Where all of it is idle it stays as it is: somebody pinned it.
    pub fn clip_of(&self, span: PinSpan) -> PinSpan {
        let shots = self.within(span.from, span.to);
        let is_busy = |(.., shot): &&(ShowMs, ShowMs, Option<Shot>)| !shot.is_some_and(Shot::is_idle);
        let ends = (shots.iter().find(is_busy), shots.iter().rfind(is_busy));
        let (Some((from, ..)), Some((_, to, _))) = ends else { return span };
        let (from, to) = (*from, *to);
        let latest = ShowMs(to.0.saturating_sub(PIN_CLIP_LONGEST_MS));
        let close_up = shots.iter().find(|(_, end, shot)| *shot == Some(Shot::CloseUp) && *end > from);
        let from = close_up.map_or(from, |(began, ..)| (*began).min(latest).max(from));
        let before = self.within(ShowMs(0), from);
        let idle = before.iter().rfind(|(.., shot)| shot.is_some_and(Shot::is_idle));
        PinSpan { from, to, earliest: idle.map_or(span.earliest, |(_, end, _)| *end), ..span }
    }

    /// The shots between two moments: from, to and kind.
    fn within(&self, from: ShowMs, to: ShowMs) -> Vec<(ShowMs, ShowMs, Option<Shot>)> {
        let ends = self.began.iter().skip(1).map(|(at, _)| *at).chain([ShowMs(u64::MAX)]);
        let first = self.began.first().map_or(ShowMs(u64::MAX), |(at, _)| *at);
        let shots = self.began.iter().zip(ends).map(|((began, shot), end)| (*began, end, *shot));
        let all = std::iter::once((ShowMs(0), first, None)).chain(shots);
        let cut = all.map(|(began, end, shot)| (began.max(from), end.min(to), shot));
        cut.filter(|(began, end, _)| began < end).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(shots: &[(u64, Option<Shot>)]) -> ShotLog {
        let mut log = ShotLog::default();
        for (at, shot) in shots {
            log.note(shot.map(|shot| ShotLabel { shot, since: ShowMs(*at) }), ShowMs(at + 500));
        }
        log
    }

    fn clip(shots: &[(u64, Option<Shot>)], from: u64, to: u64) -> (u64, u64) {
        let clip = cut(shots, from, to);
        (clip.from.0, clip.to.0)
    }

    fn cut(shots: &[(u64, Option<Shot>)], from: u64, to: u64) -> PinSpan {
        log(shots).clip_of(PinSpan { sku: "A".into(), from: ShowMs(from), to: ShowMs(to), earliest: ShowMs(0) })
    }

    #[test]
    fn what_goes_before_a_clip_reaches_back_to_the_last_slate_or_empty_room() {
        let (host, close, empty, slate) = (Some(Shot::Host), Some(Shot::CloseUp), Some(Shot::Empty), Some(Shot::Slate));
        let table: [(&str, &[_], (u64, u64), u64); 6] = [
            ("nothing is known", &[], (1_000, 5_000), 0),
            ("somebody was always there", &[(0, host), (2_000, close)], (4_000, 9_000), 0),
            ("pinned on a slate", &[(0, slate), (3_000, host)], (1_000, 9_000), 3_000),
            ("a slate just before", &[(0, slate), (3_000, host)], (4_000, 9_000), 3_000),
            ("a pause before", &[(0, host), (1_000, empty), (2_000, host), (2_500, close)], (4_000, 9_000), 2_000),
            ("a pause before what is cut", &[(0, host), (80_000, empty), (90_000, close)], (1_000, 200_000), 90_000),
        ];
        for (what, shots, (from, to), want) in table {
            assert_eq!(cut(shots, from, to).earliest.0, want, "{what}");
        }
    }

    #[test]
    fn a_clip_holds_what_was_shown_of_the_product() {
        let (host, close, empty, slate) = (Some(Shot::Host), Some(Shot::CloseUp), Some(Shot::Empty), Some(Shot::Slate));
        type Case<'a> = (&'a str, &'a [(u64, Option<Shot>)], (u64, u64), (u64, u64));
        let table: [Case<'_>; 8] = [
            ("nothing is known", &[], (1_000, 5_000), (1_000, 5_000)),
            ("the host leaves", &[(0, host), (6_000, empty)], (1_000, 9_000), (1_000, 6_000)),
            ("a slate goes before", &[(0, slate), (3_000, host)], (1_000, 9_000), (3_000, 9_000)),
            ("a pause between", &[(0, host), (3_000, empty), (5_000, host)], (1_000, 9_000), (1_000, 9_000)),
            ("a picture was pinned", &[(0, slate)], (1_000, 9_000), (1_000, 9_000)),
            ("one fits", &[(0, host), (9_000, close)], (1_000, 30_000), (1_000, 30_000)),
            ("longer than a clip", &[(0, host), (90_000, close)], (1_000, 200_000), (90_000, 200_000)),
            ("close at the end", &[(0, host), (190_000, close)], (1_000, 200_000), (140_000, 200_000)),
        ];
        for (what, shots, (from, to), want) in table {
            assert_eq!(clip(shots, from, to), want, "{what}");
        }
    }

    #[test]
    fn what_the_canvas_does_not_show_cuts_nothing() {
        // The room is empty; another source is shown from 2 s on, and the room again at 8 s.
        let shots = [(0, Some(Shot::Empty)), (1_500, None), (7_500, Some(Shot::Empty))];
        assert_eq!(log(&shots).within(ShowMs(0), ShowMs(9_000)).len(), 3);
        assert_eq!(clip(&shots, 1_000, 9_000), (2_000, 8_000));
    }
}
