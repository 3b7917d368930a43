//! What holds of any text at all.

use crate::support::{grammar, shown};
use hawker_domain::comment::{Grammar, MOST_PIECES, Reading};
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static PLAIN: LazyLock<Grammar> = LazyLock::new(|| grammar(""));
static KEYED: LazyLock<Grammar> = LazyLock::new(|| grammar("claim=来一单|mine;bare=quantity"));

/// Words of the grammar and of the shelf in any order, so that deep paths are reached.
fn sentence() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "1",
        "2",
        "4",
        "12",
        "38",
        "111",
        "号",
        "#",
        "红",
        "L",
        "M",
        "黑",
        "要",
        "mine",
        "sold",
        "来",
        "两",
        "一打",
        "个",
        "双",
        "x",
        "+",
        "、",
        "和",
        "各",
        "都要",
        "不要",
        "不要了",
        "取消",
        "改成",
        "如果",
        "吗",
        "?",
        " ",
        " ",
        "保温杯",
        "裙子",
        "dress",
        "socks",
        "块",
        "给我妈",
        "for",
        "4000000000",
        "个颜色",
        "还有",
        "@amy",
        "第",
        "随便",
        "想要",
        "或",
        "165 52",
        "再来",
        "🙋",
        "同上",
        ",",
        "。",
        "¤",
        "谢谢",
    ]);
    prop::collection::vec(word, 0..14).prop_map(|words| words.concat())
}

fn pieces_are_few(reading: &Reading) -> bool {
    match reading {
        Reading::Claim { lines, .. } => {
            !lines.is_empty()
                && lines
                    .iter()
                    .all(|l| l.number.is_some() && l.quantity.is_some_and(|q| (1..=MOST_PIECES).contains(&q)))
        }
        _ => true,
    }
}

fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_claim_is_of_one_to_twenty_pieces(text in sentence(), pinned in prop::option::of(prop::sample::select(vec![1_u32, 4, 6, 8, 10, 12, 25, 111]))) {
        for grammar in [&*PLAIN, &*KEYED] {
            let reading = grammar.read(&text, pinned);
            prop_assert!(pieces_are_few(&reading), "{text:?}: {reading:?}");
        }
    }

    #[test]
    fn any_text_is_read(text in any::<String>(), pinned in any::<Option<u32>>()) {
        prop_assert!(pieces_are_few(&PLAIN.read(&text, pinned)));
    }

    #[test]
    fn width_of_letters_changes_nothing(text in sentence()) {
        prop_assert_eq!(shown(&PLAIN.read(&full_width(&text), Some(12))), shown(&PLAIN.read(&text, Some(12))), "{}", text);
    }

    #[test]
    fn emoji_around_a_comment_change_nothing(text in sentence()) {
        let noisy = format!("🔥🎉 {text} ❤️😂👍🏽");
        prop_assert_eq!(shown(&PLAIN.read(&noisy, Some(12))), shown(&PLAIN.read(&text, Some(12))), "{}", text);
    }
}

#[test]
fn ten_kilobytes_of_anything_are_read_at_once() {
    // The slowest of them took 60 ms in a debug build; quadratic time would take minutes.
    const AT_MOST: Duration = Duration::from_secs(5);
    for part in [
        "1",
        "+1",
        "要",
        "4号两个 ",
        "红L",
        "a",
        "1 ",
        "一",
        "mine ",
        "吗?",
        "4、",
        "不要了",
        "各",
        "#",
        "@",
        "-1",
        "\u{200b}",
        "¤",
        "给我妈",
        "1.",
        "我 ",
        "dress ",
    ] {
        let text = part.repeat(10_240 / part.len());
        let begun = Instant::now();
        assert!(pieces_are_few(&PLAIN.read(&text, Some(12))), "{part:?} repeated");
        assert!(begun.elapsed() < AT_MOST, "{part:?} repeated took {:?}", begun.elapsed());
    }
}

#[test]
fn time_grows_with_length_alone() {
    // Twice the text may take at most five times as long, with room for a busy machine.
    let took = |count: usize| {
        let text = "要12号红L两件 ".repeat(count);
        (0..5)
            .map(|_| {
                let begun = Instant::now();
                PLAIN.read(&text, Some(4));
                begun.elapsed()
            })
            .min()
            .unwrap_or_default()
    };
    let (short, long) = (took(40), took(80));
    assert!(long < short * 5 + Duration::from_millis(20), "40 times: {short:?}, 80 times: {long:?}");
}
