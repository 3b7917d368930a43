#![allow(clippy::unwrap_used)]
use super::*;
use crate::read;
use crate::tagger::{Observation, Tagger, TaggerConfig};
use hawker_domain::ShowMs;
use hawker_domain::tag::TagState;

/// A mug in red and in blue, a plate, and a jug of which one variant has no photo.
const RED: usize = 0;
const BLUE: usize = 1;
const JUG: usize = 3;
const BARE_JUG: usize = 4;
const PRODUCTS: usize = 5;

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn tagger() -> Tagger {
    let skus: Vec<Sku> = ["RED", "BLUE", "PLATE", "JUG-1", "JUG-2"].map(sku).to_vec();
    let mut tagger = Tagger::new(skus, Calibration::MANY, TaggerConfig::default());
    let families = vec![vec![sku("RED"), sku("BLUE")], vec![sku("JUG-1"), sku("JUG-2")]];
    tagger.set_variants(Variants { families, bare: vec![sku("JUG-2")] });
    tagger
}

/// Shows `scores` eight times a second from look `start` on; answers the changes as `sku[variants]:state`.
fn show(tagger: &mut Tagger, scores: [f32; PRODUCTS], start: u64, count: u64) -> Vec<String> {
    let looks = (start..start + count).flat_map(|step| {
        let (now_ms, at) = (step * 125, ShowMs(step * 125));
        tagger.observe(&Observation { track_id: 1, now_ms, at, scores: &scores, weight: 1.0, relatives: &[] })
    });
    looks.map(|change| format!("{}[{}]:{:?}", change.sku, change.variants.len(), change.state)).collect()
}

fn words(speaks_for: usize, worth: f32) -> read::Evidence {
    let mut words = vec![0.0; PRODUCTS];
    words[speaks_for] = worth;
    read::Evidence { told: words.clone(), words, ..read::Evidence::default() }
}

fn code(of: usize) -> read::Evidence {
    read::Evidence {
        words: vec![0.0; PRODUCTS],
        told: vec![0.0; PRODUCTS],
        code: Some(of),
        ..read::Evidence::default()
    }
}

/// A word of one variant that many other products bear too.
fn common(speaks_for: usize) -> read::Evidence {
    read::Evidence { words: vec![0.0; PRODUCTS], ..words(speaks_for, 3.2) }
}

/// A mug, its colour hard to tell; mugs that are plainly red and blue; a jug.
const A_MUG: [f32; PRODUCTS] = [0.74, 0.73, 0.05, 0.0, 0.0];
const A_RED_MUG: [f32; PRODUCTS] = [0.78, 0.30, 0.05, 0.0, 0.0];
const A_BLUE_MUG: [f32; PRODUCTS] = [0.30, 0.78, 0.05, 0.0, 0.0];
const A_JUG: [f32; PRODUCTS] = [0.0, 0.05, 0.05, 0.75, 0.75];

#[test]
fn the_product_is_decided_first_and_a_variant_on_what_speaks_for_it_alone() {
    let pinned = |scores, reading: Option<read::Evidence>| {
        let mut tagger = tagger();
        show(&mut tagger, scores, 0, 1);
        reading.iter().for_each(|reading| tagger.read(1, reading));
        let changes = show(&mut tagger, scores, 1, 12);
        changes.iter().rfind(|change| change.ends_with("Pinned")).cloned().unwrap_or_default()
    };
    let table = [
        ("two variants are no rivals of each other", A_MUG, None, "RED[2]:Pinned"),
        ("photos of both tell it", A_RED_MUG, None, "RED[0]:Pinned"),
        ("a code tells it", A_MUG, Some(code(BLUE)), "BLUE[0]:Pinned"),
        ("the word of its own tells it", A_MUG, Some(words(BLUE, 3.2)), "BLUE[0]:Pinned"),
        ("a scrap of a word does not", A_MUG, Some(words(BLUE, 0.8)), "RED[2]:Pinned"),
        ("photos of one alone tell nothing", [0.0, 0.05, 0.05, 0.78, 0.40], None, "JUG-1[2]:Pinned"),
        ("one without photos is a variant like any other", A_JUG, None, "JUG-1[2]:Pinned"),
        ("and is told by its code", A_JUG, Some(code(BARE_JUG)), "JUG-2[0]:Pinned"),
        ("or by its word", A_JUG, Some(words(BARE_JUG, 3.2)), "JUG-2[0]:Pinned"),
        (
            "looks do not gainsay the word of a sibling, however many bear it",
            A_BLUE_MUG,
            Some(common(RED)),
            "RED[2]:Pinned",
        ),
        ("as is the one with photos", A_JUG, Some(words(JUG, 3.2)), "JUG-1[0]:Pinned"),
        ("what looks like none of it stays untagged", [0.1, 0.1, 0.05, 0.0, 0.0], Some(words(RED, 3.2)), ""),
        ("a mug among plates is not known", [0.50, 0.50, 0.48, 0.0, 0.0], Some(words(RED, 0.0)), ""),
    ];
    for (what, scores, reading, want) in table {
        assert_eq!(pinned(scores, reading), want, "{what}");
    }
}

#[test]
fn no_looks_alone_name_a_variant_while_one_of_them_has_no_photo() {
    for level in 0..=20 {
        for other in 0..=level {
            let scores = [0.0, 0.0, 0.0, level as f32 * 0.05, other as f32 * 0.05];
            let changes = show(&mut tagger(), scores, 0, 40);
            assert!(changes.iter().all(|change| change.contains("[2]")), "{scores:?}: {changes:?}");
        }
    }
}

#[test]
fn a_variant_is_named_as_soon_as_it_is_known_and_another_only_after_a_while() {
    let mut tagger = tagger();
    assert_eq!(show(&mut tagger, A_MUG, 0, 8), ["RED[2]:Suggested", "RED[2]:Pinned"]);
    tagger.read(1, &code(BLUE));
    assert_eq!(show(&mut tagger, A_MUG, 8, 4), ["RED[2]:Retracted", "BLUE[0]:Pinned"]);
    assert_eq!(tagger.best(1).map(|(sku, _)| sku), Some(sku("BLUE")));
    tagger.read(1, &code(RED));
    let changes = show(&mut tagger, A_MUG, 12, 4);
    assert!(changes.is_empty(), "half a second: {changes:?}");
    assert_eq!(show(&mut tagger, A_MUG, 16, 8), ["BLUE[0]:Retracted", "RED[0]:Pinned"]);
    let gone = tagger.end(1, ShowMs(9_000)).unwrap();
    assert_eq!((gone.sku, gone.variants.len()), (sku("RED"), 0));
}

#[test]
fn what_is_swapped_for_its_sibling_is_named_anew_by_the_newer_word() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    tagger.read(1, &words(RED, 3.2));
    assert_eq!(show(&mut tagger, A_MUG, 8, 8), ["RED[0]:Pinned"]);
    tagger.read(1, &words(BLUE, 3.2));
    assert_eq!(show(&mut tagger, A_MUG, 16, 8), ["RED[0]:Retracted", "BLUE[0]:Pinned"]);
    tagger.read(1, &words(RED, 3.2));
    assert_eq!(show(&mut tagger, A_MUG, 24, 8), ["BLUE[0]:Retracted", "RED[0]:Pinned"]);
}

#[test]
fn a_variant_for_which_nothing_speaks_any_more_is_open_again() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    tagger.hear(1_000, 1_100, &words(BLUE, 3.2));
    assert_eq!(show(&mut tagger, A_MUG, 8, 8), ["RED[2]:Retracted", "BLUE[0]:Pinned"]);
    assert_eq!(show(&mut tagger, A_MUG, 16, 80), ["BLUE[0]:Retracted", "RED[2]:Pinned"], "it was said long ago");
    assert_eq!(tagger.open(1), [sku("RED"), sku("BLUE")]);
    assert!(tagger.is_pinned(1), "the product is what it was");
}

#[test]
fn of_several_boxes_of_one_thing_the_newest_reading_says_which_variant_it_is() {
    let mut tagger = tagger();
    let look = |tagger: &mut Tagger, steps: std::ops::Range<u64>| {
        for step in steps {
            for (track_id, relatives) in [(1, [2]), (2, [1])] {
                let (now_ms, at, weight) = (step * 125, ShowMs(step * 125), 1.0);
                let relatives = relatives.as_slice();
                tagger.observe(&Observation { track_id, now_ms, at, scores: &A_MUG, weight, relatives });
            }
        }
        tagger.decision(1).and_then(|tag| tag.variant.clone())
    };
    assert_eq!(look(&mut tagger, 0..8), None);
    tagger.read(2, &code(RED));
    assert_eq!(look(&mut tagger, 8..12), Some(sku("RED")));
    tagger.read(1, &code(BLUE));
    assert_eq!(look(&mut tagger, 12..24), Some(sku("BLUE")), "in whichever box it was read");
}

#[test]
fn a_pin_that_leaves_open_which_variant_it_is_is_read_on() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    assert!(tagger.is_pinned(1) && !tagger.is_settled(1));
    tagger.read(1, &code(BLUE));
    show(&mut tagger, A_MUG, 8, 4);
    assert!(tagger.is_settled(1), "there is nothing more to read");
    let mut tagger = self::tagger();
    show(&mut tagger, [0.0, 0.05, 0.8, 0.1, 0.1], 0, 12);
    assert!(tagger.is_settled(1), "a plate has no variants");
    assert!(!tagger.is_settled(9), "nothing is followed there");
}

#[test]
fn two_variants_that_are_known_are_held_up_side_by_side() {
    let blue = [A_RED_MUG[BLUE], A_RED_MUG[RED], 0.05, 0.0, 0.0];
    let beside = |scores: [f32; PRODUCTS], relatives: &[u32]| {
        let mut tagger = tagger();
        show(&mut tagger, A_RED_MUG, 0, 8);
        let looks = (0..12).flat_map(|step| {
            show(&mut tagger, A_RED_MUG, 8 + step, 1);
            let (now_ms, at) = ((8 + step) * 125, ShowMs((8 + step) * 125));
            tagger.observe(&Observation { track_id: 2, now_ms, at, scores: &scores, weight: 1.0, relatives })
        });
        let pinned = looks.filter(|change| change.track_id == 2 && change.state == TagState::Pinned);
        pinned.map(|change| change.sku.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(beside(blue, &[]), ["BLUE"]);
    assert_eq!(beside(blue, &[1]), [""; 0], "another box of one thing is no second thing");
    assert_eq!(beside(A_RED_MUG, &[]), [""; 0], "one variant is tagged on one thing");
    assert_eq!(beside(A_MUG, &[]), [""; 0], "and which of them this is is not known");
}

#[test]
fn the_first_variant_is_named_without_being_taken_back() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    tagger.read(1, &code(RED));
    assert_eq!(show(&mut tagger, A_MUG, 8, 4), ["RED[0]:Pinned"], "it is the sku that stood for all of them");
}

#[test]
fn a_product_that_was_refused_is_refused_in_all_its_variants() {
    for refused in ["RED", "BLUE"] {
        let mut tagger = tagger();
        show(&mut tagger, A_MUG, 0, 8);
        tagger.reject(1, &sku(refused));
        assert_eq!(tagger.decision(1), None, "the board may have named another of its variants");
        let changes = show(&mut tagger, A_MUG, 8, 20);
        assert!(changes.iter().all(|change| !change.contains("RED") && !change.contains("BLUE")), "{changes:?}");
    }
}

#[test]
fn without_variants_nothing_is_decided_otherwise() {
    let run = |variants: Variants| {
        let mut tagger = tagger();
        tagger.set_variants(variants);
        let mut changes = show(&mut tagger, A_RED_MUG, 0, 10);
        changes.extend(show(&mut tagger, [0.0, 0.05, 0.8, 0.1, 0.1], 10, 30));
        changes
    };
    let lone = Variants { families: vec![vec![sku("X"), sku("Y")]], bare: vec![sku("Y")] };
    assert_eq!(run(lone), run(Variants::default()), "a family none of which can be seen");
    let changes = run(Variants::default());
    assert!(changes.contains(&"PLATE[0]:Pinned".to_owned()), "{changes:?}");
}

/// A word that a third of the catalogue bears tells products from each other by little, and variants of one all the same.
#[test]
fn a_word_tells_variants_apart_however_many_other_products_bear_it() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    let reading =
        |words: f32, told: f32| read::Evidence { told: vec![0.0, told, 0.0, 0.0, 0.0], ..self::words(BLUE, words) };
    tagger.read(1, &reading(0.4, 0.6));
    assert!(show(&mut tagger, A_MUG, 8, 8).is_empty(), "a scrap");
    tagger.read(1, &reading(0.4, 1.8));
    assert_eq!(show(&mut tagger, A_MUG, 16, 8), ["RED[2]:Retracted", "BLUE[0]:Pinned"]);
}

#[test]
fn what_was_seen_of_products_that_stay_counts_on_when_others_come_between() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    tagger.read(1, &code(BLUE));
    assert_eq!(show(&mut tagger, A_MUG, 8, 4), ["RED[2]:Retracted", "BLUE[0]:Pinned"]);
    tagger.rearrange(["NEW", "PLATE", "BLUE", "RED", "JUG-1"].map(sku).to_vec());
    tagger.set_running_order(&[]);
    assert!(tagger.is_tagged(&sku("RED")) && tagger.is_tagged(&sku("BLUE")) && !tagger.is_tagged(&sku("PLATE")));
    let moved = [0.0, 0.05, A_MUG[BLUE], A_MUG[RED], 0.0];
    assert!(show(&mut tagger, moved, 12, 8).is_empty(), "its code is still known");
    assert_eq!(tagger.best(1).map(|(sku, _)| sku), Some(sku("BLUE")));
}

#[test]
fn a_tag_names_what_it_named_when_other_products_become_variants_of_each_other() {
    let mut tagger = tagger();
    tagger.set_variants(Variants::default());
    assert_eq!(show(&mut tagger, A_RED_MUG, 0, 8).last().map(String::as_str), Some("RED[0]:Pinned"));
    let mugs =
        |members: &[&str]| Variants { families: vec![members.iter().map(|name| sku(name)).collect()], bare: vec![] };
    tagger.set_variants(mugs(&["BLUE", "RED", "PLATE"]));
    assert!(show(&mut tagger, A_RED_MUG, 8, 8).is_empty(), "it is still the red one");
    assert_eq!((tagger.best(1).map(|(sku, _)| sku), tagger.open(1)), (Some(sku("RED")), vec![]));
    tagger.set_variants(Variants::default());
    assert!(show(&mut tagger, A_RED_MUG, 16, 8).is_empty());
    assert_eq!(tagger.decision(1).map(|tag| (tag.sku.clone(), tag.variant.clone())), Some((sku("RED"), None)));
}

#[test]
fn what_is_open_is_said_of_the_product_that_is_named() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 8);
    assert_eq!(tagger.open(1), [sku("RED"), sku("BLUE")]);
    tagger.read(1, &code(BLUE));
    show(&mut tagger, A_MUG, 8, 4);
    assert_eq!(tagger.open(1), []);
    assert_eq!(tagger.open(9), [], "nothing is followed there");
}

#[test]
fn a_product_that_is_left_out_for_a_moment_is_named_as_it_was() {
    for reading in [None, Some(code(BLUE))] {
        let mut tagger = tagger();
        show(&mut tagger, A_MUG, 0, 8);
        reading.iter().for_each(|reading| tagger.read(1, reading));
        show(&mut tagger, A_MUG, 8, 4);
        let before = tagger.decision(1).cloned();
        assert_eq!(before.as_ref().map(|tag| tag.variant.is_some()), Some(reading.is_some()));
        // As when photos change while it is of the catalogue behind the show.
        tagger.set_products(vec![sku("PLATE")], Calibration::MANY);
        tagger.set_variants(Variants::default());
        tagger.rearrange(["PLATE", "RED", "BLUE"].map(sku).to_vec());
        tagger.set_variants(Variants { families: vec![vec![sku("RED"), sku("BLUE")]], bare: vec![] });
        assert_eq!(tagger.decision(1).cloned(), before, "{reading:?}");
    }
}

#[test]
fn a_tag_is_taken_back_as_it_was_said_whichever_variant_is_the_first_by_then() {
    for skus in [["BLUE", "RED", "PLATE"], ["PLATE", "BLUE", "JUG-1"]] {
        let mut tagger = tagger();
        assert_eq!(show(&mut tagger, A_MUG, 0, 8).last().map(String::as_str), Some("RED[2]:Pinned"));
        tagger.rearrange(skus.map(sku).to_vec());
        let end = tagger.end(1, ShowMs(2_000)).unwrap();
        assert_eq!(
            (end.sku, end.variants, end.state),
            (sku("RED"), vec![sku("RED"), sku("BLUE")], TagState::Retracted)
        );
    }
}

#[test]
fn a_variant_named_by_a_code_of_before_is_open_until_it_is_read_again() {
    let mut tagger = tagger();
    show(&mut tagger, A_MUG, 0, 1);
    tagger.read(1, &code(BLUE));
    assert_eq!(show(&mut tagger, A_MUG, 1, 8).last().map(String::as_str), Some("BLUE[0]:Pinned"));
    tagger.unread();
    assert_eq!(show(&mut tagger, A_MUG, 9, 12), ["BLUE[0]:Retracted", "RED[2]:Pinned"]);
    assert!(!tagger.is_settled(1), "so it is read again");
    tagger.read(1, &code(RED));
    assert_eq!(show(&mut tagger, A_MUG, 21, 4), ["RED[0]:Pinned"]);
}

#[test]
fn words_of_a_thing_are_looked_through_once_and_not_for_every_pair_of_products() {
    let skus: Vec<Sku> = (0..5_000).map(|number| sku(&format!("S{number}"))).collect();
    let families = skus.chunks(2).map(<[Sku]>::to_vec).collect();
    let mut tagger = Tagger::new(skus, Calibration::MANY, TaggerConfig::default());
    tagger.set_variants(Variants { families, bare: Vec::new() });
    let (mut scores, mut told) = (vec![0.1; 5_000], vec![0.0; 5_000]);
    (scores[4_000], told[4_000]) = (0.8, 3.2);
    let reading = read::Evidence { words: told.clone(), told, ..read::Evidence::default() };
    let began = std::time::Instant::now();
    let changes: Vec<_> = (0..16)
        .flat_map(|step| {
            let seen = Observation {
                track_id: 1,
                now_ms: step * 125,
                at: ShowMs(step * 125),
                scores: &scores,
                weight: 1.0,
                relatives: &[],
            };
            let changes = tagger.observe(&seen);
            tagger.read(1, &reading);
            changes
        })
        .collect();
    assert_eq!(changes.last().map(|change| change.sku.clone()), Some(sku("S4000")));
    // Far more than it takes, and far less than where each product is compared with each.
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}
