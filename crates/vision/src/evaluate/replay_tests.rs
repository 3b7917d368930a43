#![allow(clippy::unwrap_used)]
use super::*;
use crate::shot::ShotClues;
use hawker_domain::ShowMs;
use hawker_domain::tag::{Clue, TagState};

const CLEAR_A: [f32; 3] = [0.75, 0.05, 0.0];
const ALIKE: [f32; 3] = [0.62, 0.60, 0.0];
const POOR: [f32; 3] = [0.10, 0.08, 0.0];

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn products() -> Vec<Step> {
    let named = |text: &str, title: &str| (sku(text), Names { title: title.to_owned(), ..Names::default() });
    let names = [named("A", "Plain oat biscuits"), named("B", "Ginger snaps"), named("C", "Sea salt")];
    let skus = vec![sku("A"), sku("B"), sku("C")];
    vec![
        Step::Products { skus, calibration: Calibration::MANY },
        Step::Names { names: names.into_iter().collect() },
        Step::Order { skus: Vec::new() },
    ]
}

/// One track that is looked at eight times a second.
fn looks(scores: [f32; 3], from_ms: u64, count: u64) -> impl Iterator<Item = Step> {
    (0..count).map(move |n| {
        let now_ms = from_ms + n * 125;
        Step::Look {
            track_id: 1,
            now_ms,
            at: ShowMs(now_ms),
            scores: scores.to_vec(),
            weight: 1.0,
            relatives: Vec::new(),
        }
    })
}

fn said(words: &str, t0: u64, t1: u64) -> Step {
    Step::Spoken(Spoken { words: words.to_owned(), t0, t1 })
}

/// The steps as they are written, with what a tagger of today answers to each.
fn recorded(steps: impl IntoIterator<Item = Step>) -> String {
    let mut player = Player::new(TaggerConfig::default());
    let lines = steps.into_iter().flat_map(|step| {
        let answers = player.take(step.clone()).into_iter().map(Step::Tag);
        std::iter::once(step).chain(answers).collect::<Vec<_>>()
    });
    lines.map(|step| serde_json::to_string(&step).unwrap() + "\n").collect()
}

fn replayed(text: &str) -> ReplayReport {
    replay(text.as_bytes(), TaggerConfig::default(), None).unwrap()
}

fn pins(report: &ReplayReport) -> Vec<(String, u64)> {
    let pins = report.changes.iter().filter(|change| change.state == TagState::Pinned);
    pins.map(|change| (change.sku.to_string(), change.at.0)).collect()
}

#[test]
fn the_same_rules_say_the_same_again_and_other_rules_are_told() {
    let leaves = Step::End { track_id: 1, at: ShowMs(4_000) };
    let text = recorded(products().into_iter().chain(looks(CLEAR_A, 0, 20)).chain([leaves]));
    let report = replayed(&text);
    assert_eq!((report.looks, report.tags, report.recorded_tags), (20, 3, 3), "suggested, pinned, retracted");
    assert!(report.as_recorded && report.first_difference.is_none());
    let truth = [TruthSpan { sku: Some(sku("A")), from_ms: 0, to_ms: 3_000, about: Default::default() }];
    let later = TaggerConfig { pin_after_ms: 1_000, ..TaggerConfig::default() };
    let report = replay(text.as_bytes(), later, Some(&truth)).unwrap();
    let judged = report.judged.as_ref().unwrap();
    assert_eq!((judged.held, judged.pinned, judged.wrong_pins, judged.tag_latency_ms_p95), (1, 1, 0, 1_000.0));
    let difference = report.first_difference.unwrap();
    let pin_line = text.lines().position(|line| line.contains("pinned")).unwrap();
    assert_eq!(difference.line, pin_line, "the look the recorded pin followed");
    assert!(difference.now.is_empty() && difference.recorded.len() == 1 && !report.as_recorded);
}

#[test]
fn what_the_host_says_tells_look_alikes_apart_for_as_long_as_it_is_fresh() {
    let shown = |before: Vec<Step>| {
        let report = replayed(&recorded(products().into_iter().chain(before).chain(looks(ALIKE, 20_000, 24))));
        assert!(report.as_recorded);
        report
    };
    assert_eq!(pins(&shown(Vec::new())), [], "looks alone leave it open");
    let named = shown(vec![said("and now the ginger snaps", 18_500, 19_500)]);
    assert_eq!(pins(&named).first().map(|(sku, _)| sku.as_str()), Some("B"), "{:?}", named.changes);
    assert!(named.changes.iter().any(|change| change.why.contains(&Clue::Speech)));
    assert_eq!(named.spoken, 1);
    let long_ago = shown(vec![said("the ginger snaps were lovely", 2_000, 4_000)]);
    assert_eq!(pins(&long_ago), [], "it was about something else");
    let both = shown(vec![said("ginger snaps or plain oat biscuits?", 18_500, 19_500)]);
    assert_eq!(pins(&both), [], "both were named");
}

#[test]
fn what_the_host_says_pins_nothing_that_looks_like_none_of_it_and_nothing_outside_the_order() {
    let text = recorded(products().into_iter().chain([said("ginger snaps", 0, 900)]).chain(looks(POOR, 1_000, 40)));
    assert_eq!(pins(&replayed(&text)), []);
    let order = Step::Order { skus: vec![sku("A"), sku("C")] };
    let steps = [order, said("ginger snaps", 0, 900)].into_iter().chain(looks(ALIKE, 1_000, 40));
    let report = replayed(&recorded(products().into_iter().chain(steps)));
    assert!(report.changes.iter().all(|change| change.sku != sku("B")), "{:?}", report.changes);
}

/// A picture of a room, or of somebody in it, measured four times a second.
fn shots(clues: ShotClues, from_ms: u64, count: u64) -> impl Iterator<Item = Step> {
    (0..count).map(move |n| {
        let now_ms = from_ms + n * 250;
        Step::Shot { now_ms, at: ShowMs(now_ms), clues, main: None, shot: None }
    })
}

#[test]
fn the_kind_of_shot_is_told_anew_from_what_was_measured() {
    let empty = ShotClues { change: Some(0.3), ..ShotClues::default() };
    let host = ShotClues { person: 0.4, head: true, change: Some(3.0), ..ShotClues::default() };
    let shown = |clues| {
        let report =
            replayed(&recorded(products().into_iter().chain(shots(clues, 0, 8)).chain(looks(CLEAR_A, 2_000, 9))));
        assert!(report.as_recorded);
        pins(&report)
    };
    assert_eq!(shown(empty), [], "nothing is pinned in an empty room");
    assert_eq!(shown(host), [("A".to_owned(), 2_500)]);
    let steps = products().into_iter().chain(shots(empty, 0, 8)).chain([Step::StartOver]).chain(looks(CLEAR_A, 0, 9));
    assert_eq!(pins(&replayed(&recorded(steps))), [("A".to_owned(), 500)], "another source, another room");
}

/// Cut at every byte of its last lines, within letters too.
#[test]
fn a_record_that_was_cut_off_is_decided_again_up_to_there() {
    let words = said("大家好 hello", 0, 900);
    let text = recorded(products().into_iter().chain([words]).chain(looks(CLEAR_A, 0, 5)));
    let whole = replayed(&text);
    assert!(!whole.cut_short && whole.as_recorded && whole.tags == 2, "suggested and pinned: {whole:?}");
    let first = text.find('\n').unwrap() + 1;
    let mut cut = 0;
    for end in first..text.len() {
        let report = replay(&text.as_bytes()[..end], TaggerConfig::default(), None).unwrap();
        assert!(report.first_difference.is_none() || !report.cut_short, "cut at {end}: {report:?}");
        cut += usize::from(report.cut_short);
    }
    assert!(cut > 500, "most of its bytes are within a line: {cut}");
    let json = |report: &ReplayReport| serde_json::to_value(report).unwrap();
    assert!(json(&whole).get("cut_short").is_none());
    let report = replay(&text.as_bytes()[..text.len() - 9], TaggerConfig::default(), None).unwrap();
    assert_eq!(json(&report)["cut_short"], true);
    // In the midst of a record it is no cut.
    let gap = text.replacen("\"step\":\"order\"", "\"step\":\"or", 1);
    let broken = replay(gap.as_bytes(), TaggerConfig::default(), None);
    assert!(matches!(broken, Err(ReplayError::Step { line: 3, .. })), "{broken:?}");
}

#[test]
fn names_of_a_product_that_came_later_are_those_of_that_one_alone() {
    let named = Names { title: "Candied walnuts".to_owned(), ..Names::default() };
    let later = [
        Step::Product { sku: sku("D"), in_place_of: None },
        Step::Names { names: [(sku("D"), named)].into_iter().collect() },
    ];
    let among_four = |words: &str, alike: [f32; 4]| {
        let looks = looks(ALIKE, 20_000, 24).map(move |step| match step {
            Step::Look { track_id, now_ms, at, weight, relatives, .. } => {
                Step::Look { track_id, now_ms, at, scores: alike.to_vec(), weight, relatives }
            }
            other => other,
        });
        let words = said(words, 18_500, 19_500);
        let report = replayed(&recorded(products().into_iter().chain(later.clone()).chain([words]).chain(looks)));
        pins(&report).first().map(|(sku, _)| sku.clone())
    };
    assert_eq!(among_four("and now the candied walnuts", [0.62, 0.0, 0.0, 0.60]).as_deref(), Some("D"));
    let named_before = among_four("and now the ginger snaps", [0.62, 0.60, 0.0, 0.0]);
    assert_eq!(named_before.as_deref(), Some("B"), "the names of before count on");
}

#[test]
fn a_record_that_is_none_is_refused_with_its_line() {
    let good = recorded(products());
    let broken = replay((good.clone() + "{\"step\":\"look\"\n").as_bytes(), TaggerConfig::default(), None);
    assert!(matches!(broken, Err(ReplayError::Step { line: 4, .. })), "{broken:?}");
    let step =
        Step::Look { track_id: 1, now_ms: 0, at: ShowMs(0), scores: vec![0.5], weight: 1.0, relatives: Vec::new() };
    let short = replay((good + &serde_json::to_string(&step).unwrap()).as_bytes(), TaggerConfig::default(), None);
    assert!(matches!(short, Err(ReplayError::Scores { line: 4, scores: 1, products: 3 })), "{short:?}");
    let not_text = replay(&b"\xff\xfe\n"[..], TaggerConfig::default(), None);
    assert!(matches!(not_text, Err(ReplayError::Read { line: 1, .. })), "{not_text:?}");
    assert!(replayed("").as_recorded);
}

#[test]
fn a_product_that_gave_way_is_decided_about_no_more_and_the_one_in_its_place_is() {
    let more =
        |text: &str, in_place_of: Option<&str>| Step::Product { sku: sku(text), in_place_of: in_place_of.map(sku) };
    let four = |scores: [f32; 4], from_ms: u64| {
        looks(CLEAR_A, from_ms, 24).map(move |step| match step {
            Step::Look { track_id, now_ms, at, weight, relatives, .. } => {
                Step::Look { track_id, now_ms, at, scores: scores.to_vec(), weight, relatives }
            }
            other => other,
        })
    };
    let steps = products().into_iter().chain([more("D", None)]).chain(four([0.05, 0.05, 0.0, 0.15], 0));
    let steps = steps.chain([more("E", Some("D"))]).chain(four([0.05, 0.05, 0.0, 0.75], 3_000));
    let text = recorded(steps);
    assert!(text.contains(r#"{"step":"product","sku":"D"}"#), "as it was always written");
    assert!(text.contains(r#"{"step":"product","sku":"E","in_place_of":"D"}"#));
    let report = replayed(&text);
    assert!(report.as_recorded, "{:?}", report.first_difference);
    assert_eq!(pins(&report).iter().map(|(sku, _)| sku.as_str()).collect::<Vec<_>>(), ["E"]);
}

#[test]
fn products_that_come_between_forget_nothing_of_those_that_stay() {
    let moved = looks(CLEAR_A, 1_000, 8).map(|step| match step {
        Step::Look { track_id, now_ms, at, scores, weight, relatives } => {
            let scores = std::iter::once(0.0).chain(scores).collect();
            Step::Look { track_id, now_ms, at, scores, weight, relatives }
        }
        other => other,
    });
    let lineup = Step::Lineup { skus: ["D", "A", "B", "C"].map(sku).to_vec() };
    let variants = Step::Variants { families: vec![["B", "C"].map(sku).to_vec()], bare: vec![sku("C")] };
    let steps = products().into_iter().chain(looks(CLEAR_A, 0, 8)).chain([lineup, variants]).chain(moved);
    let text = recorded(steps);
    assert!(text.contains(r#"{"step":"lineup","skus":["D","A","B","C"]}"#), "as it is written");
    assert!(text.contains(r#"{"step":"variants","families":[["B","C"]],"bare":["C"]}"#));
    let report = replayed(&text);
    assert!(report.as_recorded, "{:?}", report.first_difference);
    assert_eq!(report.tags, 2, "suggested and pinned once: {:?}", report.changes);
}
