#![allow(clippy::unwrap_used)]
use super::*;
use crate::detect::{Proposal, Proposer};

const MOVING: ShotClues =
    ShotClues { person: 0.0, head: false, thing: 0.0, things: 0, goods: 0, flat: 0.1, change: Some(3.0) };
const HOST: ShotClues = ShotClues { person: 0.45, head: true, thing: 0.12, things: 3, goods: 2, ..MOVING };
const CLOSE_UP: ShotClues = ShotClues { person: 0.6, thing: 0.4, things: 2, goods: 1, ..MOVING };
const TABLE: ShotClues = ShotClues { person: 0.1, thing: 0.05, things: 3, goods: 3, ..MOVING };
/// Words before a ground: they stand out, and are no thing that a detector knows.
const WORDS: ShotClues = ShotClues { thing: 0.1, things: 1, ..MOVING };
const BLACK: ShotClues = ShotClues { flat: 1.0, ..MOVING };
const EMPTY: ShotClues = ShotClues { change: Some(0.4), ..MOVING };

#[test]
fn each_kind_is_told_by_what_is_in_the_picture() {
    let frozen = |clues: ShotClues| ShotClues { change: Some(0.0), ..clues };
    let table = [
        (HOST, 0, Shot::Host, "a head, and a thing beside it"),
        (ShotClues { thing: 0.45, ..HOST }, 0, Shot::CloseUp, "held to the camera before the face"),
        (ShotClues { person: 0.5, head: false, ..HOST }, 0, Shot::Host, "a dress is shown without the head"),
        (CLOSE_UP, 0, Shot::CloseUp, "a thing in a hand"),
        (ShotClues { person: 0.0, ..CLOSE_UP }, 0, Shot::CloseUp, "a thing alone"),
        (TABLE, 0, Shot::Table, "small things and a hand"),
        (MOVING, 0, Shot::Table, "something moves that nothing is known of"),
        (ShotClues { change: None, ..EMPTY }, 0, Shot::Table, "whether it moves is not known yet"),
        (EMPTY, 0, Shot::Empty, "a room"),
        (BLACK, 0, Shot::Slate, "black"),
        (ShotClues { flat: 0.9, ..frozen(WORDS) }, 1_000, Shot::Slate, "words on a plain ground"),
        (ShotClues { flat: 0.9, ..frozen(WORDS) }, 900, Shot::Table, "not yet for long"),
        (frozen(WORDS), 2_900, Shot::Table, "a still picture, not yet for long"),
        (frozen(WORDS), 3_000, Shot::Slate, "a camera that hangs"),
        (ShotClues { flat: 0.9, person: 0.0, ..frozen(CLOSE_UP) }, 60_000, Shot::CloseUp, "a thing on a white table"),
        (ShotClues { flat: 0.999, person: 0.0, ..TABLE }, 60_000, Shot::Table, "a small thing on a white table"),
        (ShotClues { things: 0, goods: 0, ..frozen(HOST) }, 60_000, Shot::Host, "somebody who sits still"),
    ];
    for (clues, frozen_ms, want, what) in table {
        assert_eq!(kind(&clues, frozen_ms), want, "{what}");
    }
}

/// The labels after each picture, four a second.
fn labels(pictures: &[(ShotClues, usize)]) -> Vec<Option<Shot>> {
    let mut shots = Shots::default();
    let pictures = pictures.iter().flat_map(|(clues, count)| std::iter::repeat_n(clues, *count));
    let taken = pictures.enumerate().map(|(n, clues)| shots.take(clues, n as u64 * 250, ShowMs(n as u64 * 250)));
    taken.map(|label| label.map(|label| label.shot)).collect()
}

#[test]
fn a_kind_seen_for_a_moment_changes_nothing() {
    let want = [vec![None; 2], vec![Some(Shot::Host); 5]].concat();
    assert_eq!(labels(&[(HOST, 3), (CLOSE_UP, 2), (HOST, 2)]), want);
    assert_eq!(labels(&[(HOST, 3), (CLOSE_UP, 3)]).last(), Some(&Some(Shot::CloseUp)));
}

#[test]
fn what_holds_tags_back_begins_slowly_and_ends_with_the_first_other_picture() {
    let empty = labels(&[(HOST, 4), (EMPTY, 7), (CLOSE_UP, 1)]);
    assert_eq!(empty[9], Some(Shot::Host), "a second and a quarter");
    assert_eq!((empty[10], empty[11]), (Some(Shot::Empty), Some(Shot::CloseUp)));
    let frozen = ShotClues { change: Some(0.0), ..WORDS };
    let slate = labels(&[(HOST, 4), (frozen, 13), (HOST, 1)]);
    assert_eq!((slate[15], slate[16], slate[17]), (Some(Shot::Table), Some(Shot::Slate), Some(Shot::Host)));
}

#[test]
fn one_black_picture_is_no_slate_and_a_second_of_them_is() {
    let (host, slate) = (Some(Shot::Host), Some(Shot::Slate));
    let still = ShotClues { change: Some(0.0), ..BLACK };
    type Case<'a> = (&'a [(ShotClues, usize)], Option<Shot>, &'a str);
    let table: [Case<'_>; 8] = [
        (&[(BLACK, 1)], None, "the first picture of all"),
        (&[(HOST, 4), (BLACK, 1)], host, "a cut through black"),
        (&[(HOST, 4), (BLACK, 1), (HOST, 1)], host, "after it"),
        (&[(HOST, 4), (ShotClues { change: Some(120.0), ..BLACK }, 2)], host, "a flash"),
        (&[(HOST, 4), (BLACK, 6)], host, "noise in the dark, a second and a quarter"),
        (&[(HOST, 4), (BLACK, 7)], slate, "noise in the dark, a second and a half"),
        (&[(HOST, 4), (BLACK, 1), (still, 4)], host, "nothing has changed for three quarters of a second"),
        (&[(HOST, 4), (BLACK, 1), (still, 5)], slate, "nothing has changed for a second"),
    ];
    for (pictures, want, what) in table {
        assert_eq!(labels(pictures).last(), Some(&want), "{what}");
    }
}

#[test]
fn a_shot_began_with_its_first_picture() {
    let mut shots = Shots::default();
    for n in 0..6_u64 {
        shots.take(if n < 3 { &HOST } else { &CLOSE_UP }, 9_000 + n * 250, ShowMs(n * 250));
    }
    assert_eq!(shots.label(), Some(ShotLabel { shot: Shot::CloseUp, since: ShowMs(750) }));
}

#[test]
fn clues_are_shares_of_the_frame() {
    let frame = (400, 200);
    let rect = |x, y, width, height| Rect::new(x, y, width, height);
    let proposal = |rect| Proposal { rect, score: 0.5, by: Proposer::Detector };
    let found = Detections {
        proposals: vec![proposal(rect(0.0, 0.0, 100.0, 40.0)), proposal(rect(0.0, 0.0, 10.0, 10.0))],
        people: vec![rect(100.0, 20.0, 200.0, 180.0), rect(0.0, 100.0, 50.0, 50.0), rect(0.0, 0.0, 400.0, 200.0)],
        sure_people: 2,
        filling: 0.0,
    };
    // Left half plain, right half striped.
    let line: Vec<f32> = (0..64).map(|x| if x < 32 { 90.0 } else { f32::from(u8::from(x % 2 == 0)) * 60.0 }).collect();
    let small = Patch { width: 64, height: 32, data: line.repeat(32 * 3) };
    let sight = |found, standing_out| Sight { found, standing_out, small: &small, frame };
    let mut shots = Shots::default();
    let clues = shots.measure(&sight(&found, Some(rect(0.0, 0.0, 100.0, 80.0))));
    assert_eq!((clues.person, clues.head, clues.thing, clues.things), (0.45, true, 0.1, 3));
    assert_eq!((clues.goods, clues.flat, clues.change), (2, 0.5, None));
    shots.luma.iter_mut().for_each(|value| *value += 2.0);
    let change = shots.measure(&sight(&found, None)).change;
    assert!(change.is_some_and(|change| (change - 2.0).abs() < 1e-3), "{change:?}");
    let people = vec![rect(100.0, 0.0, 200.0, 200.0)];
    let cut_off = Detections { people, sure_people: 1, filling: 0.7, ..Detections::default() };
    let clues = shots.measure(&sight(&cut_off, None));
    assert_eq!((clues.person, clues.head, clues.thing, clues.things, clues.goods), (0.5, false, 0.7, 1, 1));
}
