#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use uuid::Uuid;

fn id(n: u128) -> TagId {
    TagId(Uuid::from_u128(n))
}

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn seen(track_id: u32, name: &str, state: TagState) -> PinEvent {
    PinEvent::Seen(Seen {
        track_id,
        sku: sku(name),
        variants: Vec::new(),
        state,
        confidence: 0.9,
        why: vec![Clue::Image],
    })
}

/// The effects in short: "+A" pinned, "?A" suggested, "-A" retracted, "[A]" card, "[]" no card, "!1A" taught that track 1 is not A,
/// "!1AABC" that it is none of A, B and C, "=1A" that it is A.
fn short(effects: &[PinEffect]) -> String {
    let words: Vec<String> = effects
        .iter()
        .map(|effect| match effect {
            PinEffect::Announce(tag) => {
                let mark = match tag.state {
                    TagState::Pinned => '+',
                    TagState::Suggested => '?',
                    TagState::Retracted => '-',
                };
                format!("{mark}{}", tag.sku)
            }
            PinEffect::Card(card) => format!("[{}]", card.as_ref().map(|pin| pin.sku.to_string()).unwrap_or_default()),
            PinEffect::Teach(taught) => {
                let open: String = taught.variants.iter().map(Sku::as_str).collect();
                format!("{}{}{}{open}", if taught.is_it { '=' } else { '!' }, taught.track_id, taught.sku)
            }
        })
        .collect();
    words.join(" ")
}

/// A board with the usual hold.
fn fresh_board() -> PinBoard {
    PinBoard::new(Duration::from_secs(20))
}

/// Plays events at the given show times and compares the effects.
fn play(steps: &[(u64, PinEvent, &str)]) -> PinBoard {
    play_on(fresh_board(), steps)
}

fn play_on(mut board: PinBoard, steps: &[(u64, PinEvent, &str)]) -> PinBoard {
    for (n, (at, event, want)) in steps.iter().enumerate() {
        let got = board.on(event.clone(), ShowMs(*at), id(n as u128 + 1));
        assert_eq!(short(&got), *want, "step {n}: {event:?}");
    }
    board
}

#[test]
fn a_suggestion_becomes_a_pin_and_goes_with_its_track() {
    let board = play(&[
        (0, seen(1, "A", TagState::Suggested), "?A"),
        (200, seen(1, "A", TagState::Suggested), ""),
        (400, seen(1, "A", TagState::Pinned), "+A [A]"),
        (600, seen(1, "A", TagState::Pinned), ""),
        (900, seen(1, "A", TagState::Retracted), "-A []"),
    ]);
    assert_eq!((board.pins, board.pinned()), (1, None));
}

#[test]
fn the_tag_id_stays_from_suggestion_to_pin() {
    let mut board = fresh_board();
    board.on(seen(1, "A", TagState::Suggested), ShowMs(0), id(7));
    board.on(seen(1, "A", TagState::Pinned), ShowMs(1), id(8));
    assert_eq!(board.pinned().unwrap().tag_id, id(7));
}

#[test]
fn a_newer_product_takes_the_card_over() {
    play(&[
        (0, seen(1, "A", TagState::Pinned), "+A [A]"),
        (500, seen(2, "B", TagState::Pinned), "-A +B [B]"),
        (900, seen(1, "A", TagState::Retracted), ""),
    ]);
}

#[test]
fn the_hand_wins_for_twenty_seconds_and_then_what_is_held_up_is_pinned() {
    play(&[
        (0, PinEvent::HandPin(sku("A")), "+A [A]"),
        // The recogniser says it once.
        (5_000, seen(2, "B", TagState::Pinned), "?B"),
        (19_999, PinEvent::Tick, ""),
        (20_000, PinEvent::Tick, "-A +B [B]"),
        (20_200, PinEvent::Tick, ""),
    ]);
}

#[test]
fn the_hand_wins_for_as_long_as_is_set() {
    for (hold_s, last_ms) in [(1, 999), (60, 59_999), (300, 299_999)] {
        play_on(
            PinBoard::new(Duration::from_secs(hold_s)),
            &[
                (0, PinEvent::HandPin(sku("A")), "+A [A]"),
                (500, seen(2, "B", TagState::Pinned), "?B"),
                (last_ms, PinEvent::Tick, ""),
                (last_ms + 1, PinEvent::Tick, "-A +B [B]"),
            ],
        );
    }
    play_on(
        PinBoard::new(Duration::ZERO),
        &[(0, PinEvent::HandPin(sku("A")), "+A [A]"), (0, seen(2, "B", TagState::Pinned), "-A +B [B]")],
    );
}

#[test]
fn a_hold_that_runs_becomes_shorter_or_longer_with_the_setting() {
    let mut board =
        play(&[(1_000, PinEvent::HandPin(sku("A")), "+A [A]"), (2_000, seen(2, "B", TagState::Pinned), "?B")]);
    board.set_hand_hold(Duration::from_secs(60));
    let mut board = play_on(board, &[(30_000, PinEvent::Tick, "")]);
    board.set_hand_hold(Duration::from_secs(5));
    play_on(board, &[(30_200, PinEvent::Tick, "-A +B [B]")]);
}

#[test]
fn what_left_during_the_hold_is_not_pinned_after_it() {
    play(&[
        (0, PinEvent::HandPin(sku("A")), "+A [A]"),
        (5_000, seen(2, "B", TagState::Pinned), "?B"),
        (9_000, seen(2, "B", TagState::Retracted), "-B"),
        (20_000, PinEvent::Tick, ""),
    ]);
}

#[test]
fn a_track_that_changes_its_product_keeps_the_new_one() {
    play(&[
        (0, seen(7, "A", TagState::Pinned), "+A [A]"),
        (500, seen(7, "B", TagState::Pinned), "-A +B [B]"),
        (500, seen(7, "A", TagState::Retracted), ""),
        (900, seen(7, "B", TagState::Retracted), "-B []"),
    ]);
}

#[test]
fn a_product_that_moves_to_another_track_stays_pinned() {
    play(&[
        (0, seen(1, "A", TagState::Pinned), "+A [A]"),
        (500, seen(2, "A", TagState::Pinned), ""),
        (500, seen(1, "A", TagState::Retracted), ""),
        (900, seen(2, "A", TagState::Retracted), "-A []"),
    ]);
}

#[test]
fn a_pin_by_hand_does_not_leave_with_the_picture() {
    play(&[
        (0, seen(3, "A", TagState::Suggested), "?A"),
        (10, PinEvent::HandPin(sku("A")), "-A +A [A]"),
        (30_000, seen(3, "A", TagState::Retracted), ""),
        (30_001, PinEvent::HandUnpin, "-A []"),
    ]);
}

#[test]
fn undo_takes_the_pin_back_and_teaches() {
    play(&[
        (0, seen(1, "A", TagState::Pinned), "+A [A]"),
        (10, PinEvent::Undo, "-A [] !1A"),
        (20, PinEvent::Undo, ""),
        (30, seen(1, "B", TagState::Pinned), "+B [B]"),
    ]);
}

#[test]
fn what_the_host_names_is_pinned_and_learned_and_what_it_was_taken_for_is_unlearned() {
    let name = |track_id, text: &str| PinEvent::Name { track_id, sku: sku(text) };
    play(&[
        (0, seen(3, "B", TagState::Pinned), "+B [B]"),
        (500, name(3, "A"), "-B +A [A] !3B =3A"),
        (600, seen(3, "B", TagState::Retracted), ""),
        // Said once more: learned, not pinned again.
        (900, name(3, "A"), "=3A"),
        (1_000, name(4, "C"), "-A +C [C] =4C"),
        // The host thinks again.
        (2_000, PinEvent::Undo, "-C [] !4C"),
    ]);
    play(&[(0, seen(3, "B", TagState::Suggested), "?B"), (500, name(3, "A"), "-B +A [A] !3B =3A")]);
    play(&[(0, PinEvent::HandPin(sku("B")), "+B [B]"), (500, name(3, "A"), "-B +A [A] =3A")]);
    // Named by mistake, and named again.
    play(&[(0, name(3, "B"), "+B [B] =3B"), (500, name(3, "A"), "-B +A [A] !3B =3A")]);
    // What was seen in the hold is not pinned after the host has said what it is.
    play(&[
        (0, PinEvent::HandPin(sku("X")), "+X [X]"),
        (1_000, seen(3, "B", TagState::Pinned), "?B"),
        (2_000, name(3, "X"), "-B !3B =3X"),
        (60_000, PinEvent::Tick, ""),
    ]);
    play(&[
        (0, PinEvent::HandPin(sku("X")), "+X [X]"),
        (1_000, seen(3, "B", TagState::Pinned), "?B"),
        (2_000, PinEvent::HandUnpin, "-X []"),
        (3_000, PinEvent::Undo, "-B !3B"),
        (60_000, PinEvent::Tick, ""),
    ]);
}

#[test]
fn undo_is_about_the_likeliest_suggestion_first_and_about_the_pin_then() {
    let likely = |track_id, name: &str, confidence| {
        PinEvent::Seen(Seen {
            track_id,
            sku: sku(name),
            variants: Vec::new(),
            state: TagState::Suggested,
            confidence,
            why: Vec::new(),
        })
    };
    play(&[
        (0, seen(1, "A", TagState::Pinned), "+A [A]"),
        (100, likely(2, "B", 0.9), "?B"),
        (200, likely(3, "C", 0.7), "?C"),
        (300, PinEvent::Undo, "-B !2B"),
        (400, PinEvent::Undo, "-C !3C"),
        (500, PinEvent::Undo, "-A [] !1A"),
        (600, PinEvent::Undo, ""),
    ]);
}

#[test]
fn undo_without_a_pin_rejects_the_suggestion() {
    play(&[(0, seen(4, "A", TagState::Suggested), "?A"), (1, PinEvent::Undo, "-A !4A")]);
}

#[test]
fn a_confirmed_suggestion_is_pinned_by_hand() {
    let board = play(&[(0, seen(1, "A", TagState::Suggested), "?A"), (5, PinEvent::Confirm(id(1)), "+A [A] =1A")]);
    assert!(board.pinned().unwrap().by_hand);
}

#[test]
fn a_product_that_is_no_longer_sold_leaves_the_card_and_the_suggestions() {
    play(&[
        (0, PinEvent::HandPin(sku("A")), "+A [A]"),
        (10, seen(1, "B", TagState::Pinned), "?B"),
        (20, PinEvent::Removed(sku("C")), ""),
        (30, PinEvent::Removed(sku("B")), "-B"),
        (40, PinEvent::Removed(sku("A")), "-A []"),
        (60_000, PinEvent::Tick, ""),
    ]);
}

#[test]
fn who_sees_nothing_takes_back_what_was_seen_and_pins_nothing_later() {
    play(&[
        (0, seen(1, "A", TagState::Pinned), "+A [A]"),
        (10, seen(2, "B", TagState::Suggested), "?B"),
        (20, PinEvent::Blind, "-B -A []"),
        (30, PinEvent::Undo, ""),
        (40, PinEvent::Blind, ""),
    ]);
    play(&[
        (0, PinEvent::HandPin(sku("A")), "+A [A]"),
        (10, seen(1, "B", TagState::Pinned), "?B"),
        (20, PinEvent::Blind, "-B"),
        (60_000, PinEvent::Tick, ""),
    ]);
    let confirmed = [
        (0, seen(1, "A", TagState::Suggested), "?A"),
        (10, PinEvent::Confirm(id(1)), "+A [A] =1A"),
        (20, PinEvent::Blind, ""),
        // Track 1 may be another thing by now: it is not told that it is none of A.
        (30, PinEvent::Undo, "-A []"),
    ];
    play(&confirmed);
}

/// A tag that leaves open which of A, B and C it is.
fn open(track_id: u32, state: TagState) -> PinEvent {
    let variants = ["A", "B", "C"].map(sku).to_vec();
    PinEvent::Seen(Seen { track_id, sku: sku("A"), variants, state, confidence: 0.9, why: vec![Clue::Image] })
}

#[test]
fn a_variant_is_named_when_it_is_known_and_the_product_until_then() {
    let board = play(&[
        (0, open(1, TagState::Suggested), "?A"),
        (400, open(1, TagState::Pinned), "+A [A]"),
        (600, open(1, TagState::Pinned), ""),
        (900, seen(1, "B", TagState::Pinned), "-A +B [B]"),
        (901, open(1, TagState::Retracted), ""),
        (1200, open(2, TagState::Pinned), "-B +A [A]"),
        (1500, seen(2, "A", TagState::Pinned), "-A +A [A]"),
    ]);
    assert_eq!(board.pinned().map(|pin| pin.variants.is_empty()), Some(true), "it is A now, and not one of three");
}

#[test]
fn of_a_product_whose_variant_is_open_no_variant_is_learned_by_a_yes_and_all_by_a_no() {
    play(&[
        (0, open(1, TagState::Suggested), "?A"),
        (100, PinEvent::Confirm(id(1)), "+A [A]"),
        (200, PinEvent::Undo, "-A []"),
    ]);
    play(&[(0, open(1, TagState::Pinned), "+A [A]"), (100, PinEvent::Undo, "-A [] !1AABC")]);
    play(&[(0, open(1, TagState::Suggested), "?A"), (100, PinEvent::Undo, "-A !1AABC")]);
    let name = |name| PinEvent::Name { track_id: 1, sku: sku(name) };
    play(&[(0, open(1, TagState::Pinned), "+A [A]"), (100, name("B"), "-A +B [B] =1B")]);
    play(&[(0, open(1, TagState::Pinned), "+A [A]"), (100, name("A"), "-A +A [A] =1A")]);
    play(&[(0, open(1, TagState::Pinned), "+A [A]"), (100, name("D"), "-A +D [D] !1AABC =1D")]);
}

#[test]
fn a_product_the_hand_confirmed_says_which_variant_it_is_as_soon_as_that_is_known() {
    let board = play(&[
        (0, open(1, TagState::Suggested), "?A"),
        (100, PinEvent::Confirm(id(1)), "+A [A]"),
        (200, open(1, TagState::Pinned), ""),
        (300, seen(2, "B", TagState::Pinned), "?B"),
        (400, seen(2, "B", TagState::Retracted), "-B"),
        (500, seen(1, "B", TagState::Pinned), "-A +B [B]"),
        (501, open(1, TagState::Retracted), ""),
        (550, seen(1, "B", TagState::Pinned), ""),
        (600, open(1, TagState::Pinned), "-B +A [A]"),
        (601, open(1, TagState::Pinned), ""),
        (700, seen(1, "B", TagState::Pinned), "-A +B [B]"),
        (800, seen(1, "C", TagState::Pinned), "-B +C [C]"),
    ]);
    let pin = board.pinned().cloned();
    assert_eq!(pin.map(|pin| (pin.by_hand, pin.variants.len(), pin.since)), Some((true, 0, ShowMs(100))));
    assert_eq!(board.pins, 1, "it is the same pin");
    play(&[
        (0, open(1, TagState::Suggested), "?A"),
        (100, PinEvent::Confirm(id(1)), "+A [A]"),
        (200, PinEvent::HandPin(sku("C")), "-A +C [C]"),
        (30_000, open(1, TagState::Pinned), ""),
    ]);
}

#[test]
fn a_pin_is_every_variant_that_may_be_shown_each_once() {
    let shown = |event| {
        let board = play(&[(0, event, "+A [A]")]);
        let pin = board.pinned().unwrap().clone();
        let is_same = [("A", false), ("B", false), ("D", false), ("D", true)].map(|(name, is_open)| {
            let variants = if is_open { ["A", "D"].map(sku).to_vec() } else { Vec::new() };
            pin.is_same(&sku(name), &variants)
        });
        (pin.skus().map(Sku::to_string).collect::<Vec<_>>().join(""), is_same)
    };
    assert_eq!(shown(open(1, TagState::Pinned)), ("ABC".to_owned(), [true, true, false, true]));
    assert_eq!(shown(seen(1, "A", TagState::Pinned)), ("A".to_owned(), [true, false, false, true]));
}

#[test]
fn which_variant_recognition_knew_is_open_again_where_the_product_is_another_thing() {
    let board = play(&[
        (0, open(1, TagState::Suggested), "?A"),
        (100, PinEvent::Confirm(id(1)), "+A [A]"),
        (500, seen(1, "B", TagState::Pinned), "-A +B [B]"),
        (30_000, open(2, TagState::Pinned), "-B +A [A]"),
        (31_000, seen(2, "A", TagState::Pinned), "-A +A [A]"),
    ]);
    assert!(board.pinned().unwrap().by_hand, "the product is what the host said");
}

#[test]
fn a_variant_the_hand_pinned_answers_what_was_asked_of_its_product() {
    play(&[
        (0, open(1, TagState::Suggested), "?A"),
        (100, PinEvent::HandPin(sku("B")), "-A +B [B]"),
        (200, open(1, TagState::Suggested), ""),
        (300, PinEvent::Undo, "-B []"),
        (400, PinEvent::Undo, ""),
    ]);
    play(&[
        (0, PinEvent::HandPin(sku("B")), "+B [B]"),
        (100, open(1, TagState::Suggested), "?A"),
        (200, PinEvent::Undo, "-B []"),
    ]);
    play(&[
        (0, PinEvent::HandPin(sku("B")), "+B [B]"),
        (100, seen(1, "C", TagState::Suggested), "?C"),
        (200, PinEvent::Undo, "-C !1C"),
        (300, PinEvent::Undo, "-B []"),
    ]);
    let board = play(&[
        (0, open(1, TagState::Pinned), "+A [A]"),
        (100, PinEvent::HandPin(sku("B")), "-A +B [B]"),
        (200, open(1, TagState::Pinned), ""),
    ]);
    assert_eq!(board.pinned().and_then(|pin| pin.track_id), Some(1), "it is the thing that was pinned");
}

#[test]
fn of_a_product_whose_variant_is_open_the_variants_that_are_still_sold_stay() {
    for state in [TagState::Suggested, TagState::Pinned] {
        let mark = if state == TagState::Pinned { ("+A [A]", "-A +B [B]", "-B +B [B]") } else { ("?A", "?B", "?B") };
        let board = play(&[
            (0, open(1, state), mark.0),
            (100, PinEvent::Removed(sku("A")), mark.1),
            (200, PinEvent::Removed(sku("C")), mark.2),
        ]);
        let left = |sku: &Sku, variants: &[Sku]| (sku.to_string(), variants.len());
        let pinned = board.pinned().map(|pin| left(&pin.sku, &pin.variants));
        let named = pinned.or(board.tag_of(1).map(|tag| left(&tag.sku, &tag.variants)));
        assert_eq!(named, Some(("B".to_owned(), 1)), "which of them is shown is no better known than before");
    }
    let board = play(&[(0, open(1, TagState::Pinned), "+A [A]"), (100, PinEvent::Removed(sku("B")), "-A +A [A]")]);
    assert!(board.skus().contains(&sku("C")), "it is looked after, too");
    play(&[
        (0, open(1, TagState::Pinned), "+A [A]"),
        (10, PinEvent::Removed(sku("A")), "-A +B [B]"),
        (20, PinEvent::Removed(sku("B")), "-B +C [C]"),
        (30, PinEvent::Removed(sku("C")), "-C []"),
    ]);
}

#[test]
fn what_recognition_takes_back_goes_whichever_variant_stands_for_it_here_by_then() {
    for (state, shown, taken) in
        [(TagState::Pinned, ["+A [A]", "-A +B [B]"], "-B []"), (TagState::Suggested, ["?A", "?B"], "-B")]
    {
        play(&[
            (0, open(1, state), shown[0]),
            (100, PinEvent::Removed(sku("A")), shown[1]),
            (200, open(1, TagState::Retracted), taken),
        ]);
    }
    play(&[
        (0, PinEvent::HandPin(sku("X")), "+X [X]"),
        (100, open(1, TagState::Pinned), "?A"),
        (200, PinEvent::Removed(sku("A")), "?B"),
        (300, open(1, TagState::Retracted), "-B"),
        (30_000, PinEvent::Tick, ""),
    ]);
}
