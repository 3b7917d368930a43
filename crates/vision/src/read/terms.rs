//! The words that products are called by, and which of them stand in a line.
//!
//! Of a large catalogue they are tens of thousands, so a line is not held against each: a word that is there with no more mistakes than
//! allowed has one of its pieces unchanged, and pieces are looked up.

use hawker_text::{is_han, nearest_part};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Words by their text. Products are places in an order that this does not know.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    terms: BTreeMap<Arc<str>, Term>,
    /// Words by each of their pieces.
    pieces: HashMap<String, Vec<Arc<str>>>,
    /// Letters of the longest piece there ever was.
    longest: usize,
}

/// One word and the products that bear it.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    kind: Kind,
    /// By product: the share of the word's worth it has there.
    products: Vec<(usize, f32)>,
}

/// What a word is good for by its letters alone.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kind {
    /// Log-odds when it is read without a mistake and one product alone bears it.
    worth: f32,
    mistakes: usize,
    /// Must be a word of its own: it is too short not to be found within others.
    alone: bool,
}

/// A longer word says no more. Log-odds.
const LONG: f32 = 3.5;

/// Each mistake takes this share of a word's worth.
const MISTAKE: f32 = 0.3;

impl Terms {
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// A product bears this word. None: it is too short to say anything.
    pub fn add(&mut self, text: &str, product: usize, share: f32) -> Option<Arc<str>> {
        if let Some(term) = self.terms.get_mut(text) {
            term.products.retain(|(other, _)| *other != product);
            let place = term.products.partition_point(|(other, _)| *other < product);
            term.products.insert(place, (product, share));
            return self.terms.get_key_value(text).map(|(text, _)| text.clone());
        }
        let kind = Kind::of(text)?;
        let text: Arc<str> = text.into();
        for piece in pieces(&text, kind) {
            self.longest = self.longest.max(piece.chars().count());
            self.pieces.entry(piece).or_default().push(text.clone());
        }
        self.terms.insert(text.clone(), Term { kind, products: vec![(product, share)] });
        Some(text)
    }

    /// A product bears this word no more.
    pub fn remove(&mut self, text: &Arc<str>, product: usize) {
        let Some(term) = self.terms.get_mut(text) else { return };
        term.products.retain(|(other, _)| *other != product);
        if !term.products.is_empty() {
            return;
        }
        for piece in pieces(text, term.kind) {
            if let Some(texts) = self.pieces.get_mut(&piece) {
                texts.retain(|known| known != text);
                if texts.is_empty() {
                    self.pieces.remove(&piece);
                }
            }
        }
        self.terms.remove(text);
    }

    /// Every word that a line shows: log-odds, and the products that bear it with their shares. `words`: those of the line; `joined`: its
    /// letters without a gap; `all`: how many products there are.
    pub fn found<'a>(
        &'a self,
        words: &[String],
        joined: &str,
        all: usize,
    ) -> impl Iterator<Item = (f32, &'a [(usize, f32)])> {
        // In the order of their letters, so that the same sums come out whichever was added first.
        let mut texts: BTreeSet<&'a Arc<str>> = BTreeSet::new();
        for word in words {
            let known = self.terms.get_key_value(word.as_str()).filter(|(_, term)| term.kind.alone);
            texts.extend(known.map(|(text, _)| text));
        }
        let ends: Vec<usize> = joined.char_indices().map(|(at, _)| at).chain([joined.len()]).collect();
        for (first, start) in ends.iter().enumerate() {
            for end in ends.iter().skip(first + 1).take(self.longest) {
                let piece = joined.get(*start..*end).and_then(|piece| self.pieces.get(piece));
                texts.extend(piece.into_iter().flatten());
            }
        }
        let worths = texts.into_iter().filter_map(move |text| {
            let term = self.terms.get(text)?;
            // A word that stands on most products tells little; on all of them, nothing.
            let rare = 1.0 - term.products.len() as f32 / (all as f32).max(2.0);
            Some((term.kind.found(text, joined)? * rare.max(0.0), term.products.as_slice()))
        });
        worths.filter(|(worth, _)| *worth > 0.0).collect::<Vec<_>>().into_iter()
    }
}

impl Kind {
    /// None: too short to say anything.
    fn of(text: &str) -> Option<Self> {
        let han = text.chars().all(is_han);
        let length = text.chars().count();
        let (worth, mistakes) = match (han, length) {
            (true, 0..=1) | (false, 0..=2) => return None,
            (true, 2..=3) => (0.8 * length as f32 + 0.8, 0),
            (true, 4..=6) => (LONG, 1),
            (false, 3..=4) => (0.6 * (length - 1) as f32, 0),
            (false, 5..=9) => ((0.6 * (length - 1) as f32).min(LONG), 1),
            _ => (LONG, 2),
        };
        Some(Self { worth, mistakes, alone: !han && length <= 4 })
    }

    /// What a word says that a line may show; none: it does not show it.
    fn found(self, text: &str, joined: &str) -> Option<f32> {
        if self.alone {
            return Some(self.worth);
        }
        let mistakes = nearest_part(text, joined, self.mistakes)?;
        Some(self.worth * (1.0 - MISTAKE * mistakes as f32))
    }
}

/// The pieces of a word of which one stands unchanged wherever it is read with no more mistakes than allowed; none of a word that
/// stands alone.
fn pieces(text: &str, kind: Kind) -> BTreeSet<String> {
    if kind.alone {
        return BTreeSet::new();
    }
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(letters.len().div_ceil(kind.mistakes + 1).max(1)).map(String::from_iter).collect()
}

#[cfg(test)]
impl Terms {
    /// All that is known, in an order of its own.
    pub fn content(&self) -> String {
        let mut pieces: BTreeMap<_, _> = self.pieces.iter().map(|(piece, texts)| (piece, texts.clone())).collect();
        pieces.values_mut().for_each(|texts| texts.sort());
        format!("{:?} {pieces:?}", self.terms)
    }
}
