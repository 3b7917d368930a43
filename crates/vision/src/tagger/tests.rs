#![allow(clippy::unwrap_used)]
use super::*;

const STEP_MS: u64 = 125;

fn skus() -> Vec<Sku> {
    ["A", "B", "C"].map(|text| Sku::new(text).unwrap()).to_vec()
}

fn tagger() -> Tagger {
    Tagger::new(skus(), Calibration::MANY, TaggerConfig::default())
}

const IS_A: [f32; 3] = [0.75, 0.05, 0.0];
const IS_B: [f32; 3] = [0.05, 0.75, 0.0];
const MAYBE_A: [f32; 3] = [0.40, 0.27, 0.0];
const NOTHING: [f32; 3] = [0.08, 0.05, 0.02];

/// Shows `scores` to two boxes of one thing in each of `count` frames, 267 ms apart; answers when the first was pinned.
fn pinned_at(scores: [[f32; 3]; 2], relatives: bool, count: u64) -> Option<u64> {
    let mut tagger = tagger();
    let ids = |other: u32| if relatives { vec![other] } else { Vec::new() };
    (0..count).flat_map(|step| (1..=2).map(move |id| (step, id))).find_map(|(step, track_id)| {
        let scores = &scores[track_id as usize - 1];
        let (now_ms, relatives) = (step * 267, ids(3 - track_id));
        let at = ShowMs(now_ms);
        let seen = Observation { track_id, now_ms, at, scores, weight: 1.0, relatives: &relatives };
        let changes = tagger.observe(&seen);
        changes.iter().any(|change| change.track_id == 1 && change.state == TagState::Pinned).then_some(now_ms)
    })
}

#[test]
fn boxes_of_one_thing_confirm_and_contradict_each_other() {
    const FAIR_A: [f32; 3] = [0.52, 0.22, 0.0];
    const DILUTED_A: [f32; 3] = [0.30, 0.10, 0.0];
    let cases = [
        ("seen alone it takes four looks", [FAIR_A, NOTHING], false, Some(801)),
        ("a wider box confirms it", [FAIR_A, DILUTED_A], true, Some(534)),
        ("a box that sees nothing does not hold it back", [FAIR_A, [0.02, 0.05, 0.08]], true, Some(801)),
        ("a box that is sure of something else does", [FAIR_A, IS_B], true, Some(1602)),
        ("boxes of nothing confirm nothing", [NOTHING, NOTHING], true, None),
        ("a doubtful one is not made sure by many looks", [MAYBE_A, MAYBE_A], true, None),
    ];
    for (name, scores, relatives, want) in cases {
        assert_eq!(pinned_at(scores, relatives, 40), want, "{name}");
    }
}

#[test]
fn boxes_of_a_product_that_was_undone_confirm_no_other() {
    const A_BEFORE_B: [f32; 3] = [0.60, 0.50, 0.0];
    let likely_b = |relatives: &[u32]| {
        let mut tagger = tagger();
        tagger.observe(&Observation {
            track_id: 2,
            now_ms: 0,
            at: ShowMs(0),
            scores: &A_BEFORE_B,
            weight: 1.0,
            relatives,
        });
        tagger.observe(&Observation {
            track_id: 1,
            now_ms: 0,
            at: ShowMs(0),
            scores: &A_BEFORE_B,
            weight: 1.0,
            relatives,
        });
        tagger.reject(1, &Sku::new("A").unwrap());
        let (sku, probability) = tagger.best(1).unwrap();
        assert_eq!(sku.as_str(), "B");
        probability
    };
    let (alone, among_boxes_of_a) = (likely_b(&[]), likely_b(&[2]));
    assert!(among_boxes_of_a <= alone, "{among_boxes_of_a} against {alone}");
}

/// Shows `scores` to a track `count` times, from `start`; answers the changes as `step:sku:state`.
fn show(tagger: &mut Tagger, track_id: u32, start: u64, scores: [f32; 3], count: u64) -> Vec<String> {
    (start..start + count)
        .flat_map(|step| {
            let now_ms = step * STEP_MS;
            let at = ShowMs(now_ms);
            tagger.observe(&Observation { track_id, now_ms, at, scores: &scores, weight: 1.0, relatives: &[] })
        })
        .map(|change| format!("{}:{}:{:?}", change.at.0 / STEP_MS, change.sku, change.state))
        .collect()
}

#[test]
fn a_product_held_still_is_suggested_then_pinned_once() {
    let changes = show(&mut tagger(), 1, 0, IS_A, 20);
    assert_eq!(changes, ["1:A:Suggested", "4:A:Pinned"], "500 ms after it was first seen");
}

#[test]
fn an_unknown_thing_is_never_tagged() {
    assert_eq!(show(&mut tagger(), 1, 0, NOTHING, 100), Vec::<String>::new());
}

#[test]
fn a_likely_product_is_suggested_and_stays_so() {
    assert_eq!(show(&mut tagger(), 1, 0, MAYBE_A, 50), ["1:A:Suggested"]);
}

#[test]
fn a_moment_of_something_else_does_not_move_a_pin() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 16);
    assert_eq!(show(&mut tagger, 1, 16, IS_B, 4), Vec::<String>::new(), "half a second");
    assert_eq!(show(&mut tagger, 1, 20, NOTHING, 6), Vec::<String>::new(), "turned away for a moment");
    assert_eq!(show(&mut tagger, 1, 26, IS_A, 20), Vec::<String>::new(), "and it is the same pin");
}

#[test]
fn a_pin_gives_way_to_what_has_been_sure_for_a_while() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 16);
    let changes = show(&mut tagger, 1, 16, IS_B, 40);
    let kinds: Vec<_> = changes.iter().map(|change| change.split_once(':').unwrap().1).collect();
    assert_eq!(kinds, ["A:Retracted", "B:Pinned"], "{changes:?}");
}

#[test]
fn a_pin_that_is_doubted_for_long_is_taken_back() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 16);
    let changes = show(&mut tagger, 1, 16, NOTHING, 60);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes.first().unwrap().ends_with("A:Retracted"));
}

#[test]
fn when_the_thing_leaves_the_picture_its_tag_is_taken_back_once() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 10);
    let change = tagger.end(1, ShowMs(2000)).unwrap();
    assert_eq!((change.sku.as_str(), change.state, change.at), ("A", TagState::Retracted, ShowMs(2000)));
    assert_eq!(tagger.end(1, ShowMs(2100)), None);
    show(&mut tagger, 2, 0, NOTHING, 10);
    assert_eq!(tagger.end(2, ShowMs(2200)), None, "what was never tagged is not taken back");
}

#[test]
fn a_rejected_product_does_not_come_back_and_nothing_else_is_pinned_there() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 10);
    tagger.reject(1, &Sku::new("A").unwrap());
    let changes = show(&mut tagger, 1, 10, IS_A, 40);
    assert!(changes.iter().all(|change| !change.contains(":A:") && !change.ends_with("Pinned")), "{changes:?}");
    assert_eq!(show(&mut tagger, 2, 50, IS_A, 10).last().unwrap(), "54:A:Pinned", "another track is another thing");
}

#[test]
fn a_product_is_tagged_on_one_track_at_a_time() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 10);
    assert_eq!(show(&mut tagger, 2, 10, IS_A, 10), Vec::<String>::new());
    tagger.end(1, ShowMs(2500));
    assert_eq!(show(&mut tagger, 2, 20, IS_A, 2), ["20:A:Pinned"], "its evidence was gathered meanwhile");
}

#[test]
fn a_track_that_is_sure_takes_a_product_from_one_that_only_suggests_it() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, MAYBE_A, 6);
    assert_eq!(show(&mut tagger, 2, 6, IS_A, 8), ["10:A:Retracted", "10:A:Pinned"]);
    assert_eq!((tagger.decision(1), tagger.decision(2).map(|tag| tag.state)), (None, Some(TagState::Pinned)));
    assert_eq!(show(&mut tagger, 1, 14, MAYBE_A, 6), Vec::<String>::new(), "and keeps it");
}

#[test]
fn new_photos_start_the_evidence_again_but_keep_the_tag() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, IS_A, 10);
    tagger.set_products(skus(), Calibration::FEW);
    assert_eq!(tagger.decision(1).map(|decision| decision.state), Some(TagState::Pinned));
    assert_eq!(show(&mut tagger, 1, 10, IS_A, 10), Vec::<String>::new());
}

#[test]
fn the_running_order_speaks_for_its_own_and_against_the_rest() {
    let mut tagger = tagger();
    tagger.set_running_order(&[Sku::new("B").unwrap()]);
    show(&mut tagger, 1, 0, MAYBE_A, 3);
    let outside = tagger.best(1).unwrap().1;
    tagger.set_running_order(&[Sku::new("A").unwrap()]);
    let inside = tagger.best(1).unwrap().1;
    tagger.set_running_order(&[]);
    let without = tagger.best(1).unwrap().1;
    assert!(outside < without && without < inside, "{outside} {without} {inside}");
}

fn words(worth: [f32; 3]) -> read::Evidence {
    read::Evidence { words: worth.to_vec(), ..read::Evidence::default() }
}

fn code(index: usize) -> read::Evidence {
    read::Evidence { words: vec![0.0; 3], code: Some(index), ..read::Evidence::default() }
}

const A_OR_B: [f32; 3] = [0.68, 0.66, 0.0];

#[test]
fn words_tell_look_alikes_apart_and_are_named_as_a_reason() {
    let mut tagger = tagger();
    assert_eq!(show(&mut tagger, 1, 0, A_OR_B, 6), ["1:A:Suggested"]);
    tagger.read(1, &words([0.0, 4.5, 0.0]));
    let changes = show(&mut tagger, 1, 6, A_OR_B, 8);
    assert_eq!(changes.last().map(|change| change.split_once(':').unwrap().1), Some("B:Pinned"), "{changes:?}");
    let mut tagger = self::tagger();
    tagger.observe(&Observation { track_id: 1, now_ms: 0, at: ShowMs(0), scores: &IS_A, weight: 1.0, relatives: &[] });
    tagger.read(1, &words([3.0, 0.0, 0.0]));
    let seen = Observation { track_id: 1, now_ms: 125, at: ShowMs(125), scores: &IS_A, weight: 1.0, relatives: &[] };
    assert_eq!(tagger.observe(&seen)[0].why, [Clue::Image, Clue::Words]);
}

#[test]
fn a_code_decides_where_looks_do_not() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, NOTHING, 4);
    tagger.read(1, &code(2));
    assert_eq!(show(&mut tagger, 1, 4, NOTHING, 4).last().unwrap(), "4:C:Pinned");
}

#[test]
fn words_and_codes_outside_the_running_order_say_nothing() {
    let outside = |read: Option<read::Evidence>| {
        let mut tagger = tagger();
        tagger.set_running_order(&[Sku::new("A").unwrap(), Sku::new("C").unwrap()]);
        let mut changes = show(&mut tagger, 1, 0, A_OR_B, 4);
        if let Some(read) = read {
            tagger.read(1, &read);
        }
        changes.extend(show(&mut tagger, 1, 4, A_OR_B, 20));
        changes
    };
    assert_eq!(outside(Some(code(1))), outside(None));
    assert_eq!(outside(Some(words([0.0, 5.0, 0.0]))), outside(None));
    let mut inside = tagger();
    inside.set_running_order(&[Sku::new("B").unwrap()]);
    show(&mut inside, 1, 0, A_OR_B, 4);
    inside.read(1, &code(1));
    assert_eq!(show(&mut inside, 1, 4, A_OR_B, 20).last().unwrap().split_once(':').unwrap().1, "B:Pinned");
}

#[test]
fn what_was_read_ends_with_its_track_and_with_its_catalogue() {
    let mut tagger = tagger();
    show(&mut tagger, 1, 0, NOTHING, 4);
    tagger.end(1, ShowMs(400));
    tagger.read(1, &code(2));
    assert_eq!(show(&mut tagger, 1, 5, NOTHING, 20), Vec::<String>::new(), "the thing had left");
    tagger.read(1, &code(2));
    tagger.set_products(skus(), Calibration::MANY);
    assert_eq!(show(&mut tagger, 1, 25, NOTHING, 20), Vec::<String>::new());
    let of_another_catalogue = read::Evidence { words: vec![5.0; 4], code: Some(2), ..read::Evidence::default() };
    tagger.read(1, &of_another_catalogue);
    assert_eq!(show(&mut tagger, 1, 45, NOTHING, 20), Vec::<String>::new());
}

#[test]
fn what_is_read_in_one_box_speaks_for_the_other_boxes_of_the_thing() {
    let mut tagger = tagger();
    let look = |tagger: &mut Tagger, track_id: u32, step: u64| {
        let (now_ms, at) = (step * STEP_MS, ShowMs(step * STEP_MS));
        let relatives = [3 - track_id];
        tagger.observe(&Observation { track_id, now_ms, at, scores: &A_OR_B, weight: 1.0, relatives: &relatives });
    };
    (0..3).for_each(|step| (1..=2).for_each(|id| look(&mut tagger, id, step)));
    tagger.read(2, &words([0.0, 4.5, 0.0]));
    look(&mut tagger, 1, 3);
    assert_eq!(tagger.best(1).unwrap().0.as_str(), "B");
}

#[test]
fn what_was_read_in_another_box_of_the_thing_before_is_no_word_about_this_one() {
    let skus: Vec<Sku> = ["A", "B", "C", "D"].map(|name| Sku::new(name).unwrap()).to_vec();
    let mut tagger = Tagger::new(skus, Calibration::MANY, TaggerConfig::default());
    let look = |tagger: &mut Tagger, track_id: u32, step: u64, scores: &[f32]| {
        let (now_ms, at) = (step * STEP_MS, ShowMs(step * STEP_MS));
        let relatives = [3 - track_id];
        tagger.observe(&Observation { track_id, now_ms, at, scores, weight: 1.0, relatives: &relatives })
    };
    (0..3).for_each(|step| (1..=2).for_each(|id| _ = look(&mut tagger, id, step, &[0.1, 0.5, 0.0, 0.1])));
    tagger.read(2, &read::Evidence { words: vec![0.0, 4.5, 0.0, 0.0], ..read::Evidence::default() });
    assert!(tagger.said(1).clues(1).eq([Clue::Words]), "both boxes show it");
    look(&mut tagger, 1, 3, &[0.45, 0.1, 0.4, 0.0]);
    assert_eq!(
        tagger.said(1).clues(1).next(),
        None,
        "another thing is there, and nobody has looked at the other box since"
    );
}

#[test]
fn the_same_evidence_gives_the_same_changes() {
    let run = || {
        let mut tagger = tagger();
        let mut changes = show(&mut tagger, 1, 0, IS_A, 9);
        changes.extend(show(&mut tagger, 1, 9, MAYBE_A, 9));
        changes.extend(show(&mut tagger, 1, 18, IS_B, 30));
        changes
    };
    assert_eq!(run(), run());
}

#[test]
fn in_an_idle_shot_nothing_new_is_said_and_nothing_is_taken_back() {
    for idle in [Shot::Slate, Shot::Empty] {
        let mut tagger = tagger();
        tagger.set_shot(Some(idle), None);
        assert_eq!(show(&mut tagger, 1, 0, IS_A, 20), Vec::<String>::new(), "{idle:?}");
        tagger.set_shot(Some(Shot::Host), None);
        assert_eq!(show(&mut tagger, 1, 20, IS_A, 1), ["20:A:Pinned"], "what was seen meanwhile counts");
        tagger.set_shot(Some(idle), None);
        assert_eq!(show(&mut tagger, 1, 21, IS_A, 20), Vec::<String>::new(), "{idle:?} keeps a pin");
        assert_eq!(show(&mut tagger, 1, 41, NOTHING, 40).len(), 1, "and lets it be doubted");
    }
}

#[test]
fn a_close_up_speaks_for_its_largest_thing_and_for_nothing_else() {
    let best = |shot, main, relatives: &[u32]| {
        let mut tagger = tagger();
        tagger.set_shot(shot, main);
        let seen = Observation { track_id: 1, now_ms: 0, at: ShowMs(0), scores: &MAYBE_A, weight: 1.0, relatives };
        tagger.observe(&seen);
        tagger.best(1).unwrap().1
    };
    let usual = best(None, None, &[]);
    assert!(best(Some(Shot::CloseUp), Some(1), &[]) > usual);
    assert_eq!(best(Some(Shot::CloseUp), Some(2), &[2]), best(Some(Shot::CloseUp), Some(1), &[2]), "a box of it");
    assert_eq!(best(Some(Shot::CloseUp), Some(2), &[]), usual, "something beside it");
    assert_eq!(best(Some(Shot::Table), Some(1), &[]), usual);
}

#[test]
fn a_whole_label_says_what_a_thing_is_however_it_looks_and_words_alone_do_not() {
    for (label, pins, may_speak) in [(None, 0, true), (Some(1), 1, true), (Some(1), 0, false)] {
        let skus: Vec<Sku> = ["A", "B", "C", "D"].map(|name| Sku::new(name).unwrap()).to_vec();
        let mut tagger = Tagger::new(skus.clone(), Calibration::MANY, TaggerConfig::default());
        let order = if may_speak { Vec::new() } else { vec![skus[0].clone()] };
        tagger.set_running_order(&order);
        let mut pinned = 0;
        for step in 0..12 {
            let (now_ms, at) = (step * STEP_MS, ShowMs(step * STEP_MS));
            let scores = &[0.05, 0.08, 0.13, 0.02];
            let seen = Observation { track_id: 1, now_ms, at, scores, weight: 1.0, relatives: &[] };
            let changes = tagger.observe(&seen);
            pinned += changes.iter().filter(|change| change.state == TagState::Pinned && change.sku == skus[1]).count();
            if step == 2 {
                let label = label.map_or(read::Labelled::Nothing, read::Labelled::Of);
                let words = vec![0.0, 5.0, 0.0, 0.0];
                tagger.read(1, &read::Evidence { words, label, ..read::Evidence::default() });
            }
        }
        assert_eq!(pinned, pins, "{label:?} {may_speak}");
    }
}
