//! The words of the catalogue, kept in memory to find those a typo away from a typed one.
//!
//! The index can list its words, but counts the products of each while it does, which takes half a second of 100,000 products. So the
//! list is read once and again when the index has changed, which its own record of segments tells; nobody has to remember to say so.

use crate::StoreError;
use hawker_text::{edit_distance, is_han};
use sqlx::SqliteConnection;
use std::sync::{Arc, Mutex, PoisonError};

/// Words that a mistyped one may stand for, at most.
const CORRECTIONS_MAX: usize = 8;

/// Read by whoever asks first. The lock is held for a comparison, never over an await.
#[derive(Clone, Default)]
pub(crate) struct Vocabulary(Arc<Mutex<Arc<Words>>>);

/// All words of the index at one time, 40 bytes and its letters each.
#[derive(Default)]
struct Words {
    /// The index's record of its segments: another one after every change.
    of: Vec<u8>,
    text: String,
    /// By their number of characters, each list in the order of its words: those with the same first letter stand together.
    by_length: Vec<Vec<Word>>,
}

struct Word {
    /// In `text`, bytes.
    from: usize,
    to: usize,
    first: Option<char>,
    /// Which characters it has, see [`letters`].
    letters: u64,
    products: i64,
}

impl Vocabulary {
    /// Words of the catalogue a typo away from `word`, nearest and commonest first. One change in a short word, two in a
    /// longer one. One or two Chinese characters are never corrected: one changed would leave nothing, or half. The first letter is
    /// seldom wrong: words that begin otherwise count only where no other is near.
    pub(crate) async fn near(&self, connection: &mut SqliteConnection, word: &str) -> Result<Vec<String>, StoreError> {
        let length = word.chars().count();
        let shortest = if word.chars().any(is_han) { 3 } else { 2 };
        let changes = match length {
            _ if length < shortest => return Ok(Vec::new()),
            ..=5 => 1,
            _ => 2,
        };
        Ok(self.now(connection).await?.near(word, length, changes))
    }

    async fn now(&self, connection: &mut SqliteConnection) -> Result<Arc<Words>, StoreError> {
        // Row 10 of an FTS5 table's data is its structure record. Source: SQLite, ext/fts5/fts5_index.c, FTS5_STRUCTURE_ROWID.
        let of: Vec<u8> = sqlx::query_scalar("SELECT block FROM product_search_data WHERE id = 10")
            .fetch_one(&mut *connection)
            .await?;
        let known = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if known.of == of {
            return Ok(known);
        }
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT term, doc FROM product_term").fetch_all(&mut *connection).await?;
        let words = Arc::new(Words::new(of, &rows));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&words);
        Ok(words)
    }
}

impl Words {
    fn new(of: Vec<u8>, rows: &[(String, i64)]) -> Self {
        let mut all = Self { of, text: String::new(), by_length: Vec::new() };
        for (term, products) in rows {
            let from = all.text.len();
            all.text.push_str(term);
            let (to, characters) = (all.text.len(), term.chars().count());
            if all.by_length.len() <= characters {
                all.by_length.resize_with(characters + 1, Vec::new);
            }
            if let Some(same_length) = all.by_length.get_mut(characters) {
                let first = term.chars().next();
                same_length.push(Word { from, to, first, letters: letters(term), products: *products });
            }
        }
        // The index lists its words in their order, which keeps this cheap.
        all.by_length.iter_mut().for_each(|words| words.sort_by_key(|word| word.first));
        all
    }

    fn near(&self, word: &str, length: usize, changes: usize) -> Vec<String> {
        let (asked, first) = (letters(word), word.chars().next());
        let lengths =
            self.by_length.iter().skip(length.saturating_sub(changes)).take(length.min(changes) + changes + 1);
        let begin_alike = |words: &'_ [Word]| {
            let from = words.partition_point(|known| known.first < first);
            from..words.partition_point(|known| known.first <= first)
        };
        let mut near: Vec<(usize, i64, &str)> = Vec::new();
        for begins_alike in [true, false] {
            for words in lengths.clone() {
                let alike = begin_alike(words);
                let (before, from_first_on) = words.split_at(alike.start);
                let (same, after) = from_first_on.split_at(alike.len());
                let some = if begins_alike { [same, &[]] } else { [before, after] };
                for known in some.into_iter().flatten() {
                    // A change swaps one character for another at most, so it changes two bits at most.
                    if (known.letters ^ asked).count_ones() as usize > 2 * changes {
                        continue;
                    }
                    let term = self.text.get(known.from..known.to).unwrap_or_default();
                    near.extend(edit_distance(word, term, changes).map(|distance| (distance, -known.products, term)));
                }
            }
            if !near.is_empty() {
                break;
            }
        }
        near.sort_unstable();
        near.truncate(CORRECTIONS_MAX);
        near.into_iter().map(|(.., term)| term.to_owned()).collect()
    }
}

/// A bit for each of the characters, several of which share one.
fn letters(word: &str) -> u64 {
    word.chars().fold(0, |letters, character| letters | 1 << (u32::from(character) % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(of: &[(&str, i64)]) -> Words {
        let rows: Vec<(String, i64)> = of.iter().map(|(word, products)| ((*word).to_owned(), *products)).collect();
        Words::new(Vec::new(), &rows)
    }

    #[test]
    fn the_nearest_come_first_then_the_commonest_and_other_beginnings_only_alone() {
        let known = words(&[("mlik", 1), ("milk", 9), ("mils", 5), ("silk", 7), ("tea", 3)]);
        assert_eq!(known.near("milk", 4, 1), ["milk", "mils", "mlik"], "silk begins otherwise");
        assert_eq!(known.near("zilk", 4, 1), ["milk", "silk"], "none begins so: the commoner one first");
        assert!(known.near("coffee", 6, 2).is_empty());
    }

    #[test]
    fn what_is_passed_over_by_its_letters_is_never_near() {
        let all = [
            "milk",
            "mlik",
            "milks",
            "ilk",
            "牛奶糖",
            "牛奶唐",
            "aaaa",
            "bbbb",
            "kelafield",
            "eklafield",
            "6901",
            "6910",
        ];
        let known = words(&all.map(|word| (word, 1)));
        for word in all {
            for changes in 1..=2 {
                let length = word.chars().count();
                let of_all = all.iter().filter(|other| edit_distance(word, other, changes).is_some());
                let same_first = |other: &&&str| other.chars().next() == word.chars().next();
                let mut want: Vec<&str> = of_all.filter(same_first).copied().collect();
                let mut found = known.near(word, length, changes);
                want.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, want, "{word}");
            }
        }
    }
}
