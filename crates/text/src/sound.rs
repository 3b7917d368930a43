//! How Chinese text sounds, so that it can be typed by letters.

use crate::segment::Folded;
use pinyin::{Pinyin, ToPinyin};

/// Pinyin of each Chinese run of `text`, without tones and blanks: "纯牛奶" is "chunniunai". A character with several
/// readings takes its commonest.
pub fn pinyin(text: &str) -> Vec<String> {
    sounds(text, pinyin_of)
}

/// First letters of the pinyin of each Chinese run: "纯牛奶" is "cnn".
pub fn initials(text: &str) -> Vec<String> {
    sounds(text, initials_of)
}

/// Pinyin of Chinese characters that are folded already; what is none of them is left out.
pub fn pinyin_of(han: &str) -> String {
    sound(han, Pinyin::plain)
}

/// First letters of the pinyin of Chinese characters that are folded already; what is none of them is left out.
pub fn initials_of(han: &str) -> String {
    sound(han, Pinyin::first_letter)
}

fn sounds(text: &str, of: fn(&str) -> String) -> Vec<String> {
    Folded::new(text).han().map(of).filter(|sound| !sound.is_empty()).collect()
}

/// ü is typed as v.
fn sound(han: &str, letters: fn(Pinyin) -> &'static str) -> String {
    han.chars().filter_map(|c| c.to_pinyin()).map(letters).collect::<String>().replace('ü', "v")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn chinese_can_be_typed_by_its_sound() {
        assert_eq!(initials("蒙牛纯牛奶 250ml 盒装"), ["mncnn", "hz"]);
        assert_eq!(pinyin("牛奶 Milk"), ["niunai"]);
        assert_eq!(pinyin("绿茶"), ["lvcha"], "ü is typed as v");
        assert!(initials("oat milk").is_empty());
    }
}
