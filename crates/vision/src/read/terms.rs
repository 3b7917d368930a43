//! The words that products are called by, and which of them stand in a line.
//!
//! Of a large catalogue they are tens of thousands, so a line is not held against each: a word that is there with no more mistakes than
//! allowed has one of its pieces unchanged, and pieces are looked up.

use hawker_text::{is_han, nearest_part};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Words by their text. Products are numbers of which this does not know what they mean.
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
    /// By product.
    bearers: Vec<Bearer>,
}

/// A product that bears a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bearer {
    pub product: usize,
    /// Of the word's worth.
    pub share: f32,
    /// It stands in the variant's option.
    pub is_option: bool,
    /// The number of what the product is a variant of; none: it is none.
    pub family: Option<usize>,
}

impl Bearer {
    /// What a word that was read so well says for it: among all products, and among the variants of its own.
    pub fn said(&self, worth: f32, rare: f32) -> [f32; 2] {
        let share = worth * self.share;
        [share * rare, if self.is_option { share } else { share * rare }]
    }
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
    pub fn add(&mut self, text: &str, bearer: Bearer) -> Option<Arc<str>> {
        if let Some(term) = self.terms.get_mut(text) {
            term.bearers.retain(|other| other.product != bearer.product);
            let place = term.bearers.partition_point(|other| other.product < bearer.product);
            term.bearers.insert(place, bearer);
            return self.terms.get_key_value(text).map(|(text, _)| text.clone());
        }
        let kind = Kind::of(text)?;
        let text: Arc<str> = text.into();
        for piece in pieces(&text, kind) {
            self.longest = self.longest.max(piece.chars().count());
            self.pieces.entry(piece).or_default().push(text.clone());
        }
        self.terms.insert(text.clone(), Term { kind, bearers: vec![bearer] });
        Some(text)
    }

    /// A product bears this word no more.
    pub fn remove(&mut self, text: &Arc<str>, product: usize) {
        let Some(term) = self.terms.get_mut(text) else { return };
        term.bearers.retain(|bearer| bearer.product != product);
        if !term.bearers.is_empty() {
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

    /// Every word that a line shows: log-odds, the share of them that tells products apart, and the products that bear it. `words`:
    /// those of the line; `joined`: its letters without a gap; `all`: how many products there are, each with its variants.
    pub fn found<'a>(
        &'a self,
        words: &[String],
        joined: &str,
        all: usize,
    ) -> impl Iterator<Item = (f32, f32, &'a [Bearer])> {
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
            let rare = (1.0 - term.products() as f32 / (all as f32).max(2.0)).max(0.0);
            // That of an option tells variants of one product apart all the same.
            let tells = rare > 0.0 || term.bearers.iter().any(|bearer| bearer.is_option);
            let worth = term.kind.found(text, joined).filter(|worth| *worth > 0.0 && tells)?;
            Some((worth, rare, term.bearers.as_slice()))
        });
        worths.collect::<Vec<_>>().into_iter()
    }
}

impl Term {
    /// How many products bear it; one with variants is one, however many of them do.
    fn products(&self) -> usize {
        let families: HashSet<usize> = self.bearers.iter().filter_map(|bearer| bearer.family).collect();
        self.bearers.iter().filter(|bearer| bearer.family.is_none()).count() + families.len()
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
    /// All that is known, in an order of its own, with how many products bear each word.
    pub fn content(&self) -> String {
        let mut pieces: BTreeMap<_, _> = self.pieces.iter().map(|(piece, texts)| (piece, texts.clone())).collect();
        pieces.values_mut().for_each(|texts| texts.sort());
        let terms: Vec<_> = self.terms.iter().map(|(text, term)| (text, term.kind, term.bearers.len())).collect();
        format!("{terms:?} {pieces:?}")
    }
}
