//! One spelling for texts that mean the same.

use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfkc};

/// `text` in one spelling: NFKC (full-width letters, digits and signs become half-width, ligatures come apart), lower
/// case, traditional characters simplified, outer blanks off and runs of blanks made one. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    // Lowering can leave a form that NFKC composes differently ("İ" gives i + dot), so normalise again after it.
    let lowered = text.nfkc().collect::<String>().to_lowercase();
    let normal: Cow<'_, str> =
        if is_nfkc(&lowered) { Cow::Borrowed(&lowered) } else { Cow::Owned(lowered.nfkc().collect()) };
    let simple = simplify(&normal);
    let mut folded = String::with_capacity(simple.len());
    for word in simple.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// `text` folded, and its letters without accents and other marks: "Mellanmjölk" is "mellanmjolk". For comparing what a
/// camera has read, which sees marks badly.
pub fn bare(text: &str) -> String {
    let folded = fold(text);
    if folded.is_ascii() { folded } else { folded.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect() }
}

/// Traditional characters replaced by their simplified forms, one by one; anything else stays.
pub fn simplify(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { fast2s::convert(text) }
}

/// True for a Chinese character (Unicode blocks CJK Unified Ideographs, Extension A, Compatibility, and planes 2 and 3).
pub fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_text_fold_to_one() {
        for (left, right) in [
            ("ＡＢＣ－１２", "abc-12"),
            ("純牛奶", "纯牛奶"),
            ("  Oat\t Milk ", "oat milk"),
            ("ﬁne", "fine"),
            ("５００㎖", "500ml"),
            ("Ｌ碼 紅色", "l码 红色"),
            ("é", "e\u{301}"),
        ] {
            assert_eq!(fold(left), fold(right), "{left} and {right}");
        }
        assert_ne!(fold("牛奶"), fold("牛油"), "different goods stay different");
    }

    #[test]
    fn bare_letters_have_no_marks() {
        for (text, want) in [("MELLANMJÖLK", "mellanmjolk"), ("Crème Brûlée", "creme brulee"), ("純牛奶", "纯牛奶")]
        {
            assert_eq!(bare(text), want);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
