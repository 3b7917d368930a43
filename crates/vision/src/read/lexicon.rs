//! What the catalogue calls its products, and what read words and codes say about which one it is.

use hawker_domain::Sku;
use hawker_text::{bare, chunks, is_han, nearest_part, segment};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

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

/// The words of a catalogue. Immutable once built.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    products: usize,
    terms: Vec<Term>,
    /// By [`code_key`].
    codes: HashMap<String, usize>,
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

/// One word and the products that bear it.
#[derive(Clone, Debug)]
struct Term {
    text: String,
    /// Parts of which one must stand unchanged in a line that holds the word with no more mistakes than allowed.
    parts: Vec<String>,
    mistakes: usize,
    /// Must be a word of its own: it is too short not to be found within others.
    alone: bool,
    /// Log-odds when it is read without a mistake.
    worth: f32,
    /// Products, and the share of `worth` it has there.
    products: Vec<(usize, f32)>,
}

/// Most that words say, as log-odds: they are all read in one picture, and what is printed on one thing stands on others too.
const MOST: f32 = 5.0;

/// A longer word says no more. Log-odds.
const LONG: f32 = 3.5;

/// What further words of one line add: they are rarely independent of the first.
const SAME_LINE: f32 = 0.3;

/// A word that stood on one photo alone may have been misread or belong to the shelf.
const ONE_PHOTO: f32 = 0.6;

/// A word of a photo must have been read this surely.
const PRINTED_CONFIDENCE: f32 = 0.75;

/// Each mistake takes this share of a word's worth.
const MISTAKE: f32 = 0.3;

impl Lexicon {
    /// The words of `skus`, in their order; a product without names has none.
    pub fn build(skus: &[Sku], names: &HashMap<Sku, Names>) -> Self {
        let mut shares: BTreeMap<String, BTreeMap<usize, f32>> = BTreeMap::new();
        let mut codes = HashMap::new();
        for (product, sku) in skus.iter().enumerate() {
            let Some(names) = names.get(sku) else { continue };
            for (word, share) in words_of(names) {
                let known = shares.entry(word).or_default().entry(product).or_default();
                *known = known.max(share);
            }
            for code in [names.barcode.as_str(), sku.as_str()].into_iter().filter_map(code_key) {
                // The same code on two products tells neither.
                codes.entry(code).and_modify(|known: &mut Option<usize>| *known = None).or_insert(Some(product));
            }
        }
        let terms = shares.into_iter().filter_map(|(text, products)| Term::new(text, products, skus.len())).collect();
        let codes = codes.into_iter().filter_map(|(code, product)| Some((code, product?))).collect();
        Self { products: skus.len(), terms, codes }
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.codes.is_empty()
    }

    /// What a reading says for each product.
    pub fn evidence(&self, reading: &Reading) -> Evidence {
        let mut sums = vec![0.0_f32; self.products];
        for line in &reading.lines {
            let words: Vec<String> = words(&line.text);
            // As it stands there: a name is found whether or not a gap was seen in it.
            let joined: String = alike(&bare(&line.text)).chars().filter(|c| c.is_alphanumeric()).collect();
            // For each product: the best word of this line, and the sum of all.
            let mut best: HashMap<usize, (f32, f32)> = HashMap::new();
            for term in &self.terms {
                let worth = term.found(&words, &joined) * line.confidence;
                for (product, share) in term.products.iter().filter(|_| worth > 0.0) {
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

    /// The product a code names: by its number, also where that stands within a link.
    fn product_of(&self, code: &str) -> Option<usize> {
        let numbers = code.split(|c: char| !c.is_ascii_digit()).filter(|digits| (8..=14).contains(&digits.len()));
        std::iter::once(code).chain(numbers).filter_map(code_key).find_map(|key| self.codes.get(&key).copied())
    }
}

impl Term {
    /// None: too short to say anything.
    fn new(text: String, products: BTreeMap<usize, f32>, all: usize) -> Option<Self> {
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
        // A word that stands on most products tells little; on all of them, nothing.
        let rare = 1.0 - products.len() as f32 / (all as f32).max(2.0);
        let parts = parts(&text, mistakes + 1);
        let products = products.into_iter().collect();
        Some(Self { alone: !han && length <= 4, text, parts, mistakes, worth: worth * rare.max(0.0), products })
    }

    /// Log-odds with which a line shows this word; 0: it does not.
    fn found(&self, words: &[String], joined: &str) -> f32 {
        if self.alone {
            return if words.contains(&self.text) { self.worth } else { 0.0 };
        }
        if !self.parts.iter().any(|part| joined.contains(part.as_str())) {
            return 0.0;
        }
        let mistakes = nearest_part(&self.text, joined, self.mistakes);
        mistakes.map_or(0.0, |mistakes| self.worth * (1.0 - MISTAKE * mistakes as f32))
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

/// `text` in `count` pieces of about the same length.
fn parts(text: &str, count: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(letters.len().div_ceil(count).max(1)).map(String::from_iter).collect()
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
