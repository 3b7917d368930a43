//! How near a product's name is to what was typed. Pure.

use hawker_domain::Product;
use hawker_text::{bare, chunks, initials, is_han, pinyin};

/// How near a name is, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Closeness {
    /// The name, or another name of it.
    Same,
    /// The name begins with all of it, in whole words.
    Begins,
    /// All of it stands in the name.
    Within,
    /// All of it stands in the name or its other names and brand.
    Beside,
    /// It is how the name, or a part that begins where a word does, is typed by sound.
    Sounds,
    /// The name goes on where it ends.
    Beginning,
    Other,
}

/// A query, taken apart.
pub(super) struct Asked {
    whole: String,
    chunks: Vec<String>,
}

impl Asked {
    pub(super) fn new(query: &str) -> Self {
        let chunks = chunks(&bare(query));
        Self { whole: chunks.concat(), chunks }
    }

    pub(super) fn closeness(&self, product: &Product) -> Closeness {
        let title = bare(&product.shown_title());
        let words = chunks(&title);
        let others: Vec<Vec<String>> = product.aliases.iter().map(|alias| chunks(&bare(alias))).collect();
        if words.concat() == self.whole || others.iter().any(|alias| alias.concat() == self.whole) {
            return Closeness::Same;
        }
        if self.stand_in(&words) {
            let begins = words.first().zip(self.chunks.first()).is_some_and(|(word, asked)| word.starts_with(asked));
            return if begins { Closeness::Begins } else { Closeness::Within };
        }
        let brand = chunks(&bare(&product.brand));
        let all: Vec<String> = words.iter().chain(others.iter().flatten()).chain(&brand).cloned().collect();
        if self.stand_in(&all) {
            return Closeness::Beside;
        }
        if self.sounds_like(&title) {
            return Closeness::Sounds;
        }
        if words.first().is_some_and(|word| self.chunks.first().is_some_and(|asked| word.starts_with(asked))) {
            return Closeness::Beginning;
        }
        Closeness::Other
    }

    /// Letters and digits count as whole words, Chinese as a part of any.
    fn stand_in(&self, words: &[String]) -> bool {
        let stands = |asked: &String| {
            let is_part = asked.chars().any(is_han);
            words.iter().any(|word| if is_part { word.contains(asked) } else { word == asked })
        };
        !self.chunks.is_empty() && self.chunks.iter().all(stands)
    }

    fn sounds_like(&self, title: &str) -> bool {
        let is_letters = !self.whole.is_empty() && self.whole.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_letters && {
            let sounds = [initials(title), pinyin(title)].concat();
            sounds.iter().any(|sound| sound.starts_with(&self.whole))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::testing::product;

    #[test]
    fn a_name_is_near_in_steps() {
        let cola = Product {
            brand: "百事".into(),
            aliases: vec!["pepsi cola".into(), "可乐".into()],
            ..product("A", "百事可乐 330ml Can")
        };
        for (query, want) in [
            ("百事可乐 330ml can", Closeness::Same),
            ("可乐", Closeness::Same),
            ("PEPSI-COLA", Closeness::Same),
            ("百事可乐", Closeness::Begins),
            ("330ml 可乐", Closeness::Within),
            ("pepsi 330ml", Closeness::Beside),
            ("bskl", Closeness::Sounds),
            ("baishi", Closeness::Sounds),
            ("百事 33", Closeness::Beginning),
            ("kele", Closeness::Other),
        ] {
            assert_eq!(Asked::new(query).closeness(&cola), want, "{query}");
        }
    }
}
