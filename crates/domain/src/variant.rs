//! Forms of one product, such as sizes and colours, and how an option stands in a title. Pure.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One of several forms of a product. Each is an article of its own, with its own price and stock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Variant {
    /// What all of them have in common, by the seller's own name: a shop's handle, a number of style. Never empty.
    pub of: String,
    /// What this one is called among them ("红 / L"). Never empty.
    pub option: String,
}

impl Variant {
    /// None: it is none, as one of the two is empty.
    pub fn new(of: &str, option: &str) -> Option<Self> {
        let (of, option) = (of.trim(), option.trim());
        (!of.is_empty() && !option.is_empty()).then(|| Self { of: of.to_owned(), option: option.to_owned() })
    }

    /// What comes before and after the option where it stands in a title as words of its own. None: it does not.
    fn around<'a>(&self, title: &'a str) -> Option<(&'a str, &'a str)> {
        let stands = |(at, found): (usize, &str)| {
            let (before, after) = (title.get(..at)?, title.get(at + found.len()..)?);
            let is_apart = is_border(before.chars().next_back(), found.chars().next());
            let is_last = after.is_empty() && is_han_word(found);
            let ends = is_border(after.chars().next(), None);
            ((is_apart || is_last) && ends).then_some((before, after))
        };
        title.match_indices(self.option.as_str()).find_map(stands)
    }

    /// True where a title says the option already.
    pub fn stands_in(&self, title: &str) -> bool {
        self.around(title).is_some()
    }

    /// A title without the option and the signs that set it apart. None: it does not stand there, or nothing else does.
    pub fn cut_from(&self, title: &str) -> Option<String> {
        let (before, after) = self.around(title)?;
        let (before, after) = (before.trim_end_matches(is_joint), after.trim_start_matches(is_joint));
        let (before, after) = match (before.strip_suffix(OPENING), after.strip_prefix(CLOSING)) {
            (Some(before), Some(after)) => (before.trim_end_matches(is_joint), after.trim_start_matches(is_joint)),
            _ => (before, after),
        };
        let is_joined = before.is_empty() || after.is_empty() || after.starts_with(CLOSING);
        let rest = [before, after].join(if is_joined { "" } else { " " });
        (!rest.is_empty()).then_some(rest)
    }
}

const OPENING: [char; 5] = ['(', '（', '[', '【', '「'];
const CLOSING: [char; 5] = [')', '）', ']', '】', '」'];

fn is_joint(c: char) -> bool {
    c.is_whitespace() || matches!(c, '·' | '-' | '–' | '—' | '/' | '|' | ',' | '，' | ':' | '：')
}

/// Chinese puts no gap between words, so that the last word of a title may be an option. One letter may as well end a longer
/// word: a red is no lipstick.
fn is_han_word(text: &str) -> bool {
    text.chars().count() > 1 && text.chars().all(is_han)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// A word ends at `beside`. A hyphen, a full stop and an apostrophe are within words: "Men's", "1.5 l", "T-shirt". `first`, where
/// the word begins, may follow another script without a gap: "T恤 M", "T恤M".
fn is_border(beside: Option<char>, first: Option<char>) -> bool {
    let Some(beside) = beside else { return true };
    let is_other_script = first.is_some_and(|first| first.is_alphanumeric() && is_han(first) != is_han(beside));
    let is_within = beside.is_alphanumeric() || matches!(beside, '-' | '.' | '\'' | '’');
    !is_within || (is_other_script && beside.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_option_is_cut_out_of_a_title_as_whole_words_alone() {
        for (title, option, want) in [
            ("T-shirt (red)", "red", Some("T-shirt")),
            ("Shirt · red / L", "red / L", Some("Shirt")),
            ("Tea (100g) box", "100g", Some("Tea box")),
            ("Tea (black, 100g)", "100g", Some("Tea (black)")),
            ("Tea · mint · box", "mint", Some("Tea box")),
            ("Men's tee M", "M", Some("Men's tee")),
            ("T恤M", "M", Some("T恤")),
            ("薄荷 洗发水", "薄荷", Some("洗发水")),
            ("T恤（红）", "红", Some("T恤")),
            ("T恤-红", "红", None),
            ("纯棉T恤红色", "红色", Some("纯棉T恤")),
            ("Men's tee", "M", None),
            ("MEN'S TEE", "S", None),
            ("T-shirt", "T", None),
            ("Milk 1.5l", "5l", None),
            ("Reds", "Red", None),
            ("口红", "红", None),
            ("红茶", "红", None),
            ("红色连衣裙", "红色", None),
            ("XL", "XL", None),
        ] {
            let variant = Variant::new("style 7", option).unwrap();
            assert_eq!(variant.cut_from(title).as_deref(), want, "{option} in {title}");
        }
        assert!(Variant::new("style 7", "XL").unwrap().stands_in("XL"), "nothing else stands there");
        assert_eq!((Variant::new(" ", "red"), Variant::new("style 7", "")), (None, None));
    }
}
