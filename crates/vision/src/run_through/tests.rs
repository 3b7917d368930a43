//! What is said of a product, as tables: what was seen, and what came of it.
#![allow(clippy::unwrap_used)]

use super::*;
use hawker_domain::tag::TagState;

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn likely(track_id: u32, name: &str, probability: f32) -> Thing {
    Thing { track_id, likeliest: Some((sku(name), probability)), tag: None, variants: Vec::new(), abstained: None }
}

fn tagged(track_id: u32, name: &str, state: TagState) -> Thing {
    Thing { tag: Some((sku(name), state)), ..likely(track_id, name, 0.97) }
}

fn pin(track_id: u32, name: &str) -> Thing {
    tagged(track_id, name, TagState::Pinned)
}

fn hint(track_id: u32, name: &str) -> Thing {
    tagged(track_id, name, TagState::Suggested)
}

/// What a room looks like in which nothing is held up.
fn room() -> Thing {
    likely(99, "C", 0.02)
}

fn unclear(why: Abstained) -> Thing {
    Thing { abstained: Some(why), ..room() }
}

fn run(products: &[&str], goes_on: GoesOn) -> RunThrough {
    RunThrough::new(products.iter().map(|name| sku(name)).collect(), goes_on)
}

/// Looks eight times a second at the same things until a moment.
fn watch(run: &mut RunThrough, (from_ms, to_ms): (u64, u64), things: &[Thing]) {
    (from_ms..to_ms).step_by(125).for_each(|ms| run.look(Look { things: things.to_vec() }, ms));
}

fn recognised(after_ms: u64) -> Option<Verdict> {
    Some(Verdict::Recognised { after_ms })
}

fn unsure(suggested: Option<&str>) -> Option<Verdict> {
    Some(Verdict::Unsure { suggested: suggested.map(sku) })
}

fn not_seen(why: Option<Abstained>) -> Option<Verdict> {
    Some(Verdict::NotSeen { why })
}

#[test]
fn what_is_held_up_is_judged_by_what_it_is_taken_for_and_when() {
    let taken = Some(Verdict::TakenFor { sku: sku("B"), after_ms: 1_000 });
    let dark = unclear(Abstained::TooDark);
    type Scene<'a> = &'a [(u64, &'a [Thing])];
    // Until when what is seen while A is asked for, and what is said of it then.
    let table: &[(&str, Scene<'_>, Option<Verdict>)] = &[
        ("nothing yet", &[(7_900, &[room()])], None),
        ("nothing", &[(8_200, &[room()])], not_seen(None)),
        ("an empty picture", &[(8_200, &[])], not_seen(None)),
        ("at once", &[(2_000, &[room()]), (2_100, &[pin(1, "A")])], recognised(0)),
        (
            "after a second",
            &[(2_000, &[room()]), (3_000, &[likely(1, "A", 0.5)]), (3_100, &[pin(1, "A")])],
            recognised(1_000),
        ),
        ("as B", &[(1_000, &[room()]), (2_000, &[likely(1, "B", 0.5)]), (2_100, &[pin(1, "B")])], taken.clone()),
        (
            "as B, and then as A",
            &[(1_000, &[likely(1, "B", 0.5)]), (2_000, &[pin(1, "B")]), (3_000, &[pin(1, "A")])],
            taken,
        ),
        ("both at once", &[(500, &[likely(1, "A", 0.3)]), (600, &[pin(2, "B"), pin(1, "A")])], recognised(500)),
        ("suggested too short", &[(2_900, &[hint(1, "A")])], None),
        ("only suggested", &[(3_200, &[hint(1, "A")])], unsure(Some("A"))),
        ("suggested as B", &[(3_200, &[hint(1, "B")])], unsure(Some("B"))),
        ("likely, and no more", &[(3_200, &[likely(1, "A", 0.4)])], unsure(None)),
        ("known late", &[(4_000, &[hint(1, "A")]), (4_100, &[pin(1, "A")])], recognised(4_000)),
        (
            "not known, then suggested as B",
            &[(4_000, &[likely(1, "A", 0.4)]), (5_000, &[hint(1, "B")])],
            unsure(Some("B")),
        ),
        ("suggested as B, then as A", &[(4_000, &[hint(1, "B")]), (5_000, &[hint(1, "A")])], unsure(Some("A"))),
        ("suggested as A, then as B", &[(4_000, &[hint(1, "A")]), (5_000, &[hint(1, "B")])], unsure(Some("A"))),
        ("put away, and the next is up", &[(4_000, &[hint(1, "A")]), (5_000, &[hint(2, "B")])], unsure(Some("A"))),
        ("not known, and the next is up", &[(4_000, &[likely(1, "A", 0.4)]), (5_000, &[hint(2, "B")])], unsure(None)),
        ("put away when nothing came of it", &[(4_000, &[hint(1, "A")]), (5_000, &[pin(2, "B")])], unsure(Some("A"))),
        ("a glimpse is not held up", &[(500, &[likely(1, "A", 0.4)]), (3_200, &[room()])], None),
        ("too dark", &[(3_200, std::slice::from_ref(&dark))], not_seen(Some(Abstained::TooDark))),
        ("blurred", &[(3_200, &[unclear(Abstained::Blurred)])], not_seen(Some(Abstained::Blurred))),
        (
            "dark, then held into the light",
            &[(4_000, std::slice::from_ref(&dark)), (5_000, &[pin(1, "A")])],
            recognised(0),
        ),
        ("dark for the smaller part", &[(1_000, std::slice::from_ref(&dark)), (3_500, &[room()])], None),
    ];
    for (name, scene, want) in table {
        let mut run = run(&["A", "D"], GoesOn::WhenTold);
        let mut from_ms = 0;
        for (to_ms, things) in *scene {
            watch(&mut run, (from_ms, *to_ms), things);
            from_ms = *to_ms;
        }
        assert_eq!(run.products()[0].verdict, *want, "{name}");
        assert_eq!(run.at(), 0, "{name}: nobody went on");
    }
}

#[test]
fn the_product_before_is_not_taken_for_an_answer_while_it_is_put_away() {
    let mut run = run(&["A", "B", "C"], GoesOn::WhenTold);
    watch(&mut run, (0, 1_000), &[pin(1, "A")]);
    run.on(Said::Next).unwrap();
    // It is still in the hand, and is tracked anew on its way.
    watch(&mut run, (1_000, 1_500), &[pin(1, "A")]);
    watch(&mut run, (1_500, 1_900), &[pin(2, "A")]);
    assert_eq!((run.phase(), run.products()[1].verdict.clone()), (Phase::Waiting, None));
    // The next is raised beside it.
    watch(&mut run, (2_000, 2_500), &[pin(1, "A"), likely(3, "B", 0.6)]);
    assert_eq!(run.phase(), Phase::Seen);
    watch(&mut run, (2_500, 2_600), &[pin(1, "A"), pin(3, "B")]);
    assert_eq!(run.products()[1].verdict, recognised(500));
    // What stays taken for the product before is a mistake once the other was put away: here it is another thing.
    run.on(Said::Next).unwrap();
    watch(&mut run, (2_600, 4_000), &[room()]);
    watch(&mut run, (4_000, 4_100), &[pin(4, "A")]);
    assert_eq!(run.products()[2].verdict, Some(Verdict::TakenFor { sku: sku("A"), after_ms: 0 }));
}

#[test]
fn the_product_before_is_no_answer_when_it_was_not_sure_either() {
    for before in [hint(1, "A"), likely(1, "A", 0.4)] {
        let mut run = run(&["A", "B"], GoesOn::WhenTold);
        watch(&mut run, (0, 1_000), std::slice::from_ref(&before));
        run.on(Said::Next).unwrap();
        watch(&mut run, (1_000, 5_000), std::slice::from_ref(&before));
        assert_eq!((run.phase(), run.products()[1].verdict.clone()), (Phase::Waiting, None), "{before:?}");
        watch(&mut run, (5_000, 5_500), &[pin(1, "A")]);
        assert_eq!(run.phase(), Phase::Waiting, "it is known at last, and still the one before");
        watch(&mut run, (5_500, 8_600), &[hint(1, "B")]);
        assert_eq!(run.products()[1].verdict, unsure(Some("B")), "taken for something else, it is another thing");
    }
    // What was raised early counts.
    let mut run = run(&["A", "B"], GoesOn::WhenTold);
    watch(&mut run, (0, 1_000), &[hint(2, "B")]);
    run.on(Said::Next).unwrap();
    watch(&mut run, (1_000, 4_200), &[hint(2, "B")]);
    assert_eq!(run.products()[1].verdict, unsure(Some("B")));
}

#[test]
fn who_goes_on_before_time_is_up_hears_what_can_be_said() {
    let dark = unclear(Abstained::TooDark);
    type Row<'a> = (&'a str, &'a [Thing], Option<Verdict>, Option<Verdict>);
    // What was seen for a second, what is said of it before a camera, and in a clip with its truth.
    let table: &[Row<'_>] = &[
        ("suggested", &[hint(1, "A")], unsure(Some("A")), unsure(Some("A"))),
        ("suggested as B", &[hint(1, "B")], unsure(Some("B")), unsure(Some("B"))),
        ("likely", &[likely(1, "A", 0.4)], unsure(None), unsure(None)),
        ("nothing", &[room()], None, not_seen(None)),
        ("the dark", std::slice::from_ref(&dark), None, not_seen(Some(Abstained::TooDark))),
        ("itself", &[pin(1, "A")], recognised(0), recognised(0)),
    ];
    for (name, things, live, clip) in table {
        for (goes_on, want) in [(GoesOn::WhenTold, live), (GoesOn::ByItself, live), (GoesOn::WithTruth, clip)] {
            let mut run = run(&["A", "B"], goes_on);
            watch(&mut run, (0, 1_100), things);
            // Something else is held up for which nobody asked.
            run.glance(Look { things: vec![hint(7, "C")] });
            run.on(Said::Next).unwrap();
            assert_eq!((run.at(), &run.products()[0].verdict), (1, want), "{name}, {goes_on:?}");
        }
    }
    let mut run = run(&["A"], GoesOn::WithTruth);
    run.on(Said::Skip).unwrap();
    assert_eq!(run.products()[0].verdict, None, "what is left out is not judged");
}

#[test]
fn what_lies_about_is_neither_an_answer_nor_a_mistake() {
    let mut run = run(&["A", "B"], GoesOn::WhenTold);
    watch(&mut run, (0, 3_500), &[pin(7, "C"), pin(8, "A")]);
    assert_eq!(run.products()[0].verdict, None, "A lies beside C, and nothing is held up");
    watch(&mut run, (3_500, 3_600), &[pin(8, "A"), pin(7, "C")]);
    assert!(matches!(run.products()[0].verdict, Some(Verdict::Recognised { .. })), "now it is before it");
}

#[test]
fn the_host_goes_on_back_and_past_and_the_end_is_the_end() {
    let mut run = run(&["A", "B"], GoesOn::WhenTold);
    watch(&mut run, (0, 500), &[pin(1, "B")]);
    // Not judged: pinned before it was asked for.
    assert_eq!(run.phase(), Phase::Waiting);
    watch(&mut run, (500, 1_000), &[room()]);
    watch(&mut run, (1_000, 1_500), &[pin(2, "C")]);
    assert!(matches!(run.products()[0].verdict, Some(Verdict::TakenFor { .. })));
    run.on(Said::Back).unwrap();
    assert_eq!((run.at(), run.products()[0].verdict.clone(), run.phase()), (0, None, Phase::Waiting), "once more");
    watch(&mut run, (1_500, 1_600), &[pin(2, "C")]);
    assert!(matches!(run.products()[0].verdict, Some(Verdict::TakenFor { .. })), "it is as wrong as before");
    run.on(Said::Next).unwrap();
    run.on(Said::Back).unwrap();
    assert_eq!(
        (run.at(), run.products()[0].verdict.clone()),
        (0, None),
        "the one before, and what was said of it is gone"
    );
    run.on(Said::Back).unwrap();
    assert_eq!(run.at(), 0, "there is none before the first");
    run.on(Said::Next).unwrap();
    run.on(Said::Skip).unwrap();
    assert_eq!((run.at(), run.phase(), run.asked_for()), (2, Phase::Over, None));
    assert_eq!(run.products().iter().map(|shown| shown.skipped).collect::<Vec<_>>(), [false, true]);
    watch(&mut run, (1_600, 9_999), &[pin(5, "A")]);
    run.on(Said::Next).unwrap();
    assert_eq!((run.at(), run.on(Said::ThisIsIt)), (2, Err(NothingHeld)));
    run.on(Said::Back).unwrap();
    assert_eq!((run.at(), run.products()[1].skipped), (1, false), "after the last, too");
}

#[test]
fn who_has_both_hands_full_is_taken_on_when_a_product_was_recognised_and_only_then() {
    let mut run = run(&["A", "B"], GoesOn::ByItself);
    watch(&mut run, (0, 125), &[room()]);
    watch(&mut run, (125, 1_300), &[pin(1, "A")]);
    assert_eq!(run.at(), 0, "there is time to see it");
    watch(&mut run, (1_300, 1_500), &[pin(1, "A")]);
    assert_eq!((run.at(), run.asked_for()), (1, Some(&sku("B"))));
    watch(&mut run, (1_500, 3_000), &[pin(1, "A")]);
    watch(&mut run, (3_000, 9_000), &[hint(2, "B")]);
    assert_eq!((run.at(), run.products()[1].verdict.clone()), (1, unsure(Some("B"))), "the host decides");
}

#[test]
fn this_is_it_teaches_the_thing_that_is_held_up_and_what_it_is_not() {
    let mut run = run(&["A", "B"], GoesOn::WhenTold);
    assert_eq!(run.on(Said::ThisIsIt), Err(NothingHeld), "nothing was looked at yet");
    watch(&mut run, (0, 125), &[Thing { likeliest: None, ..unclear(Abstained::TooDark) }]);
    assert_eq!(run.on(Said::ThisIsIt), Err(NothingHeld), "nothing can be learned from what was not seen");
    assert!(!run.products()[0].taught);
    watch(&mut run, (125, 1_000), &[hint(1, "C"), room()]);
    let lesson = |name: &str, is_it| Lesson { track_id: 1, sku: sku(name), variants: Vec::new(), is_it };
    assert_eq!(run.on(Said::ThisIsIt), Ok(vec![lesson("C", false), lesson("A", true)]));
    watch(&mut run, (1_000, 2_000), &[pin(1, "A")]);
    let shown = &run.products()[0];
    assert_eq!((shown.taught, shown.verdict.clone()), (false, unsure(None)), "what it was told it did not know");
    run.learned(&sku("A"));
    assert_eq!(run.products().iter().map(|shown| shown.taught).collect::<Vec<_>>(), [true, false]);
    run.on(Said::Next).unwrap();
    watch(&mut run, (2_000, 2_500), &[pin(1, "A"), likely(3, "B", 0.1)]);
    let next = Lesson { track_id: 3, sku: sku("B"), variants: Vec::new(), is_it: true };
    assert_eq!(run.on(Said::ThisIsIt), Ok(vec![next]), "not the product before, which lies there pinned");
}

#[test]
fn this_is_it_means_what_is_held_up_and_nothing_behind_it() {
    let track = |track_id| Some(vec![Lesson { track_id, sku: sku("A"), variants: Vec::new(), is_it: true }]);
    type Case<'a> = (&'a str, &'a [Thing], Option<Vec<Lesson>>);
    let table: &[Case<'_>] = &[
        ("a tag behind it", &[likely(1, "A", 0.4), hint(2, "C")], track(1)),
        ("a pin behind it", &[likely(1, "A", 0.4), pin(2, "C")], track(1)),
        ("itself tagged, a tag behind it", &[hint(1, "A"), hint(2, "C")], track(1)),
        ("not known at all", &[room(), likely(2, "B", 0.1)], track(99)),
        ("it may be either", &[room(), hint(2, "C")], None),
        ("nothing that was looked at", &[Thing { likeliest: None, ..room() }], None),
    ];
    for (name, things, want) in table {
        let mut run = run(&["A"], GoesOn::WhenTold);
        watch(&mut run, (0, 125), &[]);
        watch(&mut run, (125, 1_000), things);
        assert_eq!(run.on(Said::ThisIsIt).ok(), *want, "{name}");
    }
}

#[test]
fn what_keeps_things_from_being_seen_is_said_before_time_is_up() {
    let mut run = run(&["A"], GoesOn::WhenTold);
    watch(&mut run, (0, 800), &[unclear(Abstained::TooFar)]);
    assert_eq!(run.trouble(), None, "a moment is none");
    watch(&mut run, (800, 1_200), &[unclear(Abstained::TooFar)]);
    assert_eq!((run.trouble(), run.phase()), (Some(Abstained::TooFar), Phase::Waiting));
}

#[test]
fn a_variant_is_recognised_where_nothing_says_which_it_is_and_its_sibling_is_no_mistake() {
    let open = Thing { variants: vec![sku("A"), sku("B")], ..pin(1, "A") };
    for asked in ["A", "B"] {
        let mut held = run(&[asked], GoesOn::WhenTold);
        watch(&mut held, (0, 500), &[room()]);
        watch(&mut held, (500, 4_000), std::slice::from_ref(&open));
        assert!(matches!(held.products()[0].verdict, Some(Verdict::Recognised { .. })), "{asked}: {held:?}");
        let learned = held.on(Said::ThisIsIt).unwrap();
        assert!(learned.iter().all(|lesson| lesson.is_it && lesson.sku == sku(asked)), "{learned:?}");
    }
    let mut other = run(&["D"], GoesOn::WhenTold);
    watch(&mut other, (0, 500), &[room()]);
    watch(&mut other, (500, 4_000), &[open]);
    assert!(matches!(&other.products()[0].verdict, Some(Verdict::TakenFor { sku: taken, .. }) if *taken == sku("A")));
}
