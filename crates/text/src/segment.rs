//! The words of a text.

use crate::fold::{fold, is_han};
use jieba_rs::Jieba;
use std::sync::LazyLock;

/// Loading the dictionary takes tens of milliseconds and its 5 MB are read only, so one is shared.
static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// A text in its folded spelling, for whoever asks several things of it: folding takes as long as cutting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded(String);

impl Folded {
    pub fn new(text: &str) -> Self {
        Self(fold(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// See [`segment`].
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for (kind, run) in runs(&self.0) {
            match kind {
                Kind::Han => words.extend(JIEBA.cut_for_search(run, true).into_iter().map(str::to_owned)),
                Kind::Word => words.push(run.to_owned()),
                Kind::Sign => {}
            }
        }
        words
    }

    /// Its Chinese parts, in order.
    pub fn han(&self) -> impl Iterator<Item = &str> {
        runs(&self.0).filter(|(kind, _)| *kind == Kind::Han).map(|(_, run)| run)
    }

    /// See [`bigrams`].
    pub fn bigrams(&self) -> Vec<String> {
        self.han()
            .flat_map(|run| run.chars().zip(run.chars().skip(1)))
            .map(|(a, b)| String::from_iter([a, b]))
            .collect()
    }
}

/// The words of `text`, folded, in order. Chinese is cut by dictionary, and a long word gives its parts as well
/// ("中华人民共和国" also "人民"); letters and digits of other scripts stand together until a blank, a sign or a Chinese
/// character. Signs are dropped.
pub fn segment(text: &str) -> Vec<String> {
    Folded::new(text).words()
}

/// The words of `text` as they were typed, folded: like [`segment`], but a run of Chinese stays whole.
pub fn chunks(text: &str) -> Vec<String> {
    let folded = fold(text);
    runs(&folded).filter(|(kind, _)| *kind != Kind::Sign).map(|(_, run)| run.to_owned()).collect()
}

/// Every two neighbouring Chinese characters of `text`, folded: finds a name that the dictionary cuts differently when
/// it stands alone.
pub fn bigrams(text: &str) -> Vec<String> {
    Folded::new(text).bigrams()
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Han,
    Word,
    Sign,
}

fn kind(character: char) -> Kind {
    if is_han(character) {
        Kind::Han
    } else if character.is_alphanumeric() || is_mark(character) {
        Kind::Word
    } else {
        Kind::Sign
    }
}

/// Combining marks and Indic vowel signs belong to the letter before them.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// `text` cut where the kind of character changes.
pub(crate) fn runs(text: &str) -> impl Iterator<Item = (Kind, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some((first, run))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chinese_and_english_come_apart_into_words() {
        assert_eq!(segment("Oat-Milk 1L"), ["oat", "milk", "1l"]);
        assert_eq!(segment("红色连衣裙XL"), ["红色", "连衣", "衣裙", "连衣裙", "xl"]);
        assert!(
            segment("蒙牛純牛奶250ml").contains(&"牛奶".to_owned()),
            "traditional text is found by simplified words"
        );
        assert_eq!(segment("！？ -- "), Vec::<String>::new());
    }

    #[test]
    fn chunks_keep_a_chinese_run_whole() {
        assert_eq!(chunks("连衣群 Red-XL码"), ["连衣群", "red", "xl", "码"]);
    }

    #[test]
    fn bigrams_stay_within_chinese_runs() {
        assert_eq!(bigrams("纯牛奶a盒装"), ["纯牛", "牛奶", "盒装"]);
        assert_eq!(bigrams("milk"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn words_hold_only_letters_digits_and_han(text in "\\PC{0,40}") {
            for word in segment(&text) {
                prop_assert!(!word.is_empty() && word.chars().all(|c| kind(c) != Kind::Sign), "{:?}", word);
            }
        }
    }
}
