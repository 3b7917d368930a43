//! What the catalogue calls its products, and what read words and codes say about which one it is.

use hawker_domain::Sku;
use hawker_text::{bare, chunks, is_han, segment};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::terms::Terms;
use super::{Line, Quad, Reading};

/// What a product is called, and what stands on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    pub title: String,
    pub brand: String,
    pub aliases: Vec<String>,
    /// EAN, UPC or the seller's own code; empty when unknown.
    pub barcode: String,
    /// Lines read on its photos: for each photo, what stood there.
    pub printed: Vec<Vec<Line>>,
}

/// The words of a catalogue. Products come one by one; whichever came when, the same products say the same.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    products: Vec<Called>,
    terms: Terms,
    /// The products of each code, by [`code_key`].
    codes: HashMap<String, BTreeSet<usize>>,
}

/// What one product is found by.
#[derive(Clone, Debug, Default)]
struct Called {
    words: Vec<Arc<str>>,
    codes: BTreeSet<String>,
}

/// What a reading says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// For each product: log-odds by which the words that were read speak for it; 0 where none does.
    pub words: Vec<f32>,
    /// The product whose code was read.
    pub code: Option<usize>,
}

impl Evidence {
    /// Adds what another reading of the same thing says. Two readings of one package are not two witnesses: for each product
    /// the better one counts.
    pub fn join(&mut self, other: &Self) {
        self.words.resize(self.words.len().max(other.words.len()), 0.0);
        for (own, worth) in self.words.iter_mut().zip(&other.words) {
            *own = own.max(*worth);
        }
        self.code = other.code.or(self.code);
    }
}

/// Most that words say, as log-odds: they are all read in one picture, and what is printed on one thing stands on others too.
const MOST: f32 = 5.0;

/// What further words of one line add: they are rarely independent of the first.
const SAME_LINE: f32 = 0.3;

/// A word that stood on one photo alone may have been misread or belong to the shelf.
const ONE_PHOTO: f32 = 0.6;

/// A word of a photo must have been read this surely.
const PRINTED_CONFIDENCE: f32 = 0.75;

impl Lexicon {
    /// The words of `skus`, in their order; a product without names has none.
    pub fn build(skus: &[Sku], names: &HashMap<Sku, Names>) -> Self {
        let mut lexicon = Self::default();
        skus.iter().enumerate().for_each(|(place, sku)| lexicon.put(place, sku, names.get(sku)));
        lexicon
    }

    /// A product at a place: in the stead of the one there, or as the next. The words of one product are looked at and no others, so
    /// it takes no longer in a large catalogue.
    pub fn put(&mut self, place: usize, sku: &Sku, names: Option<&Names>) {
        self.take_away(place);
        let place = place.min(self.products.len());
        if place == self.products.len() {
            self.products.push(Called::default());
        }
        let Some(names) = names else { return };
        let mut shares: BTreeMap<String, f32> = BTreeMap::new();
        for (word, share) in words_of(names) {
            let known = shares.entry(word).or_default();
            *known = known.max(share);
        }
        let words = shares.into_iter().filter_map(|(word, share)| self.terms.add(&word, place, share)).collect();
        let codes: BTreeSet<String> = [names.barcode.as_str(), sku.as_str()].into_iter().filter_map(code_key).collect();
        for code in &codes {
            self.codes.entry(code.clone()).or_default().insert(place);
        }
        if let Some(product) = self.products.get_mut(place) {
            *product = Called { words, codes };
        }
    }

    /// A place of which nothing is known.
    fn take_away(&mut self, place: usize) {
        let Some(Called { words, codes }) = self.products.get_mut(place).map(std::mem::take) else { return };
        words.iter().for_each(|word| self.terms.remove(word, place));
        for code in codes {
            if let Some(products) = self.codes.get_mut(&code) {
                products.remove(&place);
                if products.is_empty() {
                    self.codes.remove(&code);
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.codes.is_empty()
    }

    /// What a reading says for each product.
    pub fn evidence(&self, reading: &Reading) -> Evidence {
        let mut sums = vec![0.0_f32; self.products.len()];
        for line in &reading.lines {
            let words: Vec<String> = words(&line.text);
            // As it stands there: a name is found whether or not a gap was seen in it.
            let joined: String = alike(&bare(&line.text)).chars().filter(|c| c.is_alphanumeric()).collect();
            // For each product: the best word of this line, and the sum of all.
            let mut best: HashMap<usize, (f32, f32)> = HashMap::new();
            for (worth, products) in self.terms.found(&words, &joined, self.products.len()) {
                let worth = worth * line.confidence;
                for (product, share) in products.iter().filter(|_| worth > 0.0) {
                    let (most, all) = best.entry(*product).or_default();
                    *most = most.max(worth * share);
                    *all += worth * share;
                }
            }
            for (product, (most, all)) in best {
                if let Some(sum) = sums.get_mut(product) {
                    *sum += most + SAME_LINE * (all - most);
                }
            }
        }
        let words = sums.into_iter().map(|sum| MOST * (sum / MOST).tanh()).collect();
        Evidence { words, code: reading.codes.iter().find_map(|code| self.product_of(code)) }
    }

    /// What a sentence says for each product, as log-odds the same words would have in print.
    pub fn spoken(&self, words: &str) -> Vec<f32> {
        let line = Line { text: words.to_owned(), confidence: 1.0, quad: Quad::default() };
        self.evidence(&Reading { lines: vec![line], ..Reading::default() }).words
    }

    /// The product a code names: by its number, also where that stands within a link. The same code on two products tells neither.
    fn product_of(&self, code: &str) -> Option<usize> {
        let numbers = code.split(|c: char| !c.is_ascii_digit()).filter(|digits| (8..=14).contains(&digits.len()));
        let alone = |products: &BTreeSet<usize>| products.first().copied().filter(|_| products.len() == 1);
        let keys = std::iter::once(code).chain(numbers).filter_map(code_key);
        keys.filter_map(|key| self.codes.get(&key)).find_map(alone)
    }
}

/// Every word a product is called by, as it is compared, with the share of its worth.
fn words_of(names: &Names) -> Vec<(String, f32)> {
    let called = [&names.title, &names.brand].into_iter().chain(&names.aliases);
    let mut all: Vec<(String, f32)> = called.flat_map(|text| words(text)).map(|word| (word, 1.0)).collect();
    let mut printed: HashMap<String, usize> = HashMap::new();
    for photo in &names.printed {
        let sure = photo.iter().filter(|line| line.confidence >= PRINTED_CONFIDENCE);
        let mut seen: Vec<String> = sure.flat_map(|line| words(&line.text)).collect();
        // Short words on a photo are mostly scraps of longer ones.
        seen.retain(|word| word.chars().any(is_han) || word.chars().count() >= 4);
        seen.sort();
        seen.dedup();
        seen.into_iter().for_each(|word| *printed.entry(word).or_default() += 1);
    }
    all.extend(printed.into_iter().map(|(word, photos)| (word, if photos > 1 { 1.0 } else { ONE_PHOTO })));
    all
}

/// The words of a text as they are compared: folded, marks off, letters that are taken for each other made one. Chinese gives
/// its runs and the words within them.
fn words(text: &str) -> Vec<String> {
    let bare = bare(text);
    let mut words = chunks(&bare);
    words.extend(segment(&bare).into_iter().filter(|word| word.chars().all(is_han)));
    words.iter_mut().for_each(|word| *word = alike(word));
    words.sort();
    words.dedup();
    words
}

/// Letters and digits that readers take for each other, made one.
fn alike(word: &str) -> String {
    let letter = |c: char| match c {
        '0' => 'o',
        '1' | 'i' | '|' => 'l',
        '2' => 'z',
        '5' => 's',
        '8' => 'b',
        other => other,
    };
    word.chars().map(letter).collect()
}

/// A code as it is compared: numbers of 8 to 14 digits filled up to 14 (UPC is EAN with a 0 before it), others folded. None:
/// too short to be told from chance.
fn code_key(code: &str) -> Option<String> {
    let folded = bare(code);
    let digits = folded.chars().all(|c| c.is_ascii_digit());
    match folded.chars().count() {
        0..=3 => None,
        8..=14 if digits => Some(format!("{folded:0>14}")),
        _ => Some(folded),
    }
}

#[cfg(test)]
#[path = "lexicon_tests.rs"]
mod tests;
