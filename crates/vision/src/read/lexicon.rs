//! What the catalogue calls its products, and what read words and codes say about which one it is.

use hawker_domain::Sku;
use hawker_text::{bare, chunks, is_han, segment};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::label::{Label, Labelled, labelled};
use super::terms::{Bearer, Terms};
use super::{Line, Quad, Reading};

/// What a product is called, and what stands on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Names {
    pub title: String,
    pub brand: String,
    pub aliases: Vec<String>,
    /// EAN, UPC or the seller's own code; empty when unknown.
    pub barcode: String,
    /// The product it is a variant of, by the seller's own name for that; empty: it is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub variant_of: String,
    /// What the variant is called among the others ("薄荷 / 100g").
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub option: String,
    /// Lines read on its photos: for each photo, what stood there.
    pub printed: Vec<Vec<Line>>,
}

impl Names {
    /// The same, whatever is known by now of what stands on its photos.
    pub(crate) fn is_called_as(&self, other: &Self) -> bool {
        let called = |names: &Self| Self { printed: Vec::new(), ..names.clone() };
        called(self) == called(other)
    }
}

/// The words of a catalogue. Products come one by one; whichever came when, the same products say the same.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// Where each product is kept, in the order of the products. Words and codes name it by that, so that it may get another place.
    order: Vec<usize>,
    kept_at: HashMap<Sku, usize>,
    kept: Vec<Called>,
    free: Vec<usize>,
    /// How many products have variants, and how many variants these are together.
    families: usize,
    variants: usize,
    /// The number that the next one gets that comes: each has one of its own.
    next_family: usize,
    terms: Terms,
    /// The products of each code, by [`code_key`].
    codes: HashMap<String, BTreeSet<usize>>,
}

/// What one product is found by.
#[derive(Clone, Debug, Default)]
struct Called {
    words: Vec<Arc<str>>,
    codes: BTreeSet<String>,
    is_variant: bool,
    label: Option<Label>,
}

/// What a reading says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// For each product: log-odds by which the words that were read speak for it; 0 where none does.
    pub words: Vec<f32>,
    /// The same to tell variants of one product apart: a word of its own option counts in full there, however many other
    /// products come in that colour, too.
    pub told: Vec<f32>,
    /// The product whose code was read.
    pub code: Option<usize>,
    /// The product whose whole label was read.
    pub label: Labelled,
}

impl Evidence {
    /// Adds what another reading of the same thing says. Two readings of one package are not two witnesses: for each product
    /// the better one counts.
    pub fn join(&mut self, other: &Self) {
        for (own, other) in [(&mut self.words, &other.words), (&mut self.told, &other.told)] {
            own.resize(own.len().max(other.len()), 0.0);
            own.iter_mut().zip(other).for_each(|(own, worth)| *own = own.max(*worth));
        }
        self.code = other.code.or(self.code);
        self.label.join(other.label);
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
        let families = Families::of(skus, names, 0);
        let count = families.0.len();
        let mut lexicon = Self { families: count, next_family: count, ..Self::default() };
        skus.iter().for_each(|sku| lexicon.put(sku, names.get(sku), &families));
        lexicon.line_up(skus);
        lexicon
    }

    /// These are the products from here on, in this order. What those that stay are called must not have changed. The words of
    /// those that come and go are looked at and no others, so it takes no longer in a large catalogue; of a variant, which shares
    /// words with its siblings, theirs too.
    pub fn arrange(&mut self, skus: &[Sku], names: &HashMap<Sku, Names>) {
        let now: HashSet<&Sku> = skus.iter().collect();
        let gone: Vec<Sku> = self.kept_at.keys().filter(|sku| !now.contains(sku)).cloned().collect();
        let of = |sku: &Sku| names.get(sku).map(|names| names.variant_of.as_str()).filter(|of| !of.is_empty());
        let was_variant = |sku: &Sku| self.called(sku).is_some_and(|called| called.is_variant);
        if gone.iter().any(|sku| was_variant(sku) && of(sku).is_none()) {
            *self = Self::build(skus, names);
            return;
        }
        let come = skus.iter().filter(|sku| !self.kept_at.contains_key(*sku));
        let changed: HashSet<&str> = gone.iter().chain(come).filter_map(of).collect();
        let is_concerned = |sku: &Sku| of(sku).is_some_and(|of| changed.contains(of));
        let kept = self.kept_at.keys().filter(|sku| now.contains(sku));
        let siblings: Vec<Sku> = kept.filter(|sku| is_concerned(sku)).cloned().collect();
        let before: HashSet<&str> = gone.iter().chain(&siblings).filter_map(of).collect();
        gone.iter().chain(&siblings).for_each(|sku| self.take_away(sku));
        let concerned: Vec<Sku> = skus.iter().filter(|sku| is_concerned(sku)).cloned().collect();
        let families = Families::of(&concerned, names, self.next_family);
        self.families = (self.families + families.0.len()).saturating_sub(before.len());
        self.next_family += families.0.len();
        for sku in skus {
            if !self.kept_at.contains_key(sku) {
                self.put(sku, names.get(sku), &families);
            }
        }
        self.line_up(skus);
    }

    fn line_up(&mut self, skus: &[Sku]) {
        self.order = skus.iter().filter_map(|sku| self.kept_at.get(sku).copied()).collect();
    }

    fn called(&self, sku: &Sku) -> Option<&Called> {
        self.kept.get(*self.kept_at.get(sku)?)
    }

    /// One product more.
    fn put(&mut self, sku: &Sku, names: Option<&Names>, families: &Families<'_>) {
        let product = self.free.pop().unwrap_or(self.kept.len());
        if product == self.kept.len() {
            self.kept.push(Called::default());
        }
        self.kept_at.insert(sku.clone(), product);
        let Some(names) = names else { return };
        let family = families.0.get(names.variant_of.as_str());
        let mut bearers: BTreeMap<String, Bearer> = BTreeMap::new();
        for (word, share, is_option) in words_with(names, family) {
            let bearer = Bearer { product, share, is_option, family: family.map(|family| family.number) };
            let known = bearers.entry(word).or_insert(bearer);
            known.share = known.share.max(share);
        }
        let words = bearers.into_iter().filter_map(|(word, bearer)| self.terms.add(&word, bearer)).collect();
        let codes: BTreeSet<String> = [names.barcode.as_str(), sku.as_str()].into_iter().filter_map(code_key).collect();
        for code in &codes {
            self.codes.entry(code.clone()).or_default().insert(product);
        }
        self.variants += usize::from(family.is_some());
        if let Some(kept) = self.kept.get_mut(product) {
            *kept = Called { words, codes, is_variant: family.is_some(), label: Label::new(names) };
        }
    }

    /// A product that is none of these any more, or is put in anew.
    fn take_away(&mut self, sku: &Sku) {
        let Some(product) = self.kept_at.remove(sku) else { return };
        self.free.push(product);
        let Some(Called { words, codes, is_variant, .. }) = self.kept.get_mut(product).map(std::mem::take) else {
            return;
        };
        self.variants -= usize::from(is_variant);
        words.iter().for_each(|word| self.terms.remove(word, product));
        for code in codes {
            if let Some(products) = self.codes.get_mut(&code) {
                products.remove(&product);
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
        let mut sums = vec![[0.0_f32; 2]; self.kept.len()];
        // Variants are one product: it says no more of it that it has many.
        let all = self.order.len() - self.variants.min(self.order.len()) + self.families;
        for line in &reading.lines {
            let words: Vec<String> = words(&line.text);
            // As it stands there: a name is found whether or not a gap was seen in it.
            let joined: String = alike(&bare(&line.text)).chars().filter(|c| c.is_alphanumeric()).collect();
            // For each product: the best word of this line, and the sum of all.
            let mut best: HashMap<usize, [(f32, f32); 2]> = HashMap::new();
            for (worth, rare, bearers) in self.terms.found(&words, &joined, all) {
                let worth = worth * line.confidence;
                for bearer in bearers.iter().filter(|_| worth > 0.0) {
                    let known = best.entry(bearer.product).or_default();
                    for ((most, all), said) in known.iter_mut().zip(bearer.said(worth, rare)) {
                        (*most, *all) = (most.max(said), *all + said);
                    }
                }
            }
            for (product, found) in best {
                for (sum, (most, all)) in sums.get_mut(product).into_iter().flatten().zip(found) {
                    *sum += most + SAME_LINE * (all - most);
                }
            }
        }
        let [words, told] = [0, 1].map(|which| {
            let sum =
                |product: &usize| sums.get(*product).and_then(|sums| sums.get(which)).copied().unwrap_or_default();
            self.order.iter().map(|product| MOST * (sum(product) / MOST).tanh()).collect::<Vec<f32>>()
        });
        let code = reading.codes.iter().find_map(|code| self.product_of(code));
        Evidence { label: self.labelled(reading, &words), words, told, code }
    }

    /// Whose label it is, of the products that words speak for.
    fn labelled(&self, reading: &Reading, words: &[f32]) -> Labelled {
        let spoken_for = words.iter().zip(&self.order).enumerate().filter(|(_, (worth, _))| **worth > 0.0);
        let label = |kept: usize| self.kept.get(kept).and_then(|called| called.label.as_ref());
        labelled(reading, spoken_for.map(|(place, (worth, kept))| (place, label(*kept), *worth)))
    }

    /// What a sentence says for each product, as log-odds the same words would have in print.
    pub fn spoken(&self, words: &str) -> Evidence {
        let line = Line { text: words.to_owned(), confidence: 1.0, quad: Quad::default() };
        let said = self.evidence(&Reading { lines: vec![line], ..Reading::default() });
        Evidence { label: Labelled::default(), ..said }
    }

    /// The product a code names: by its number, also where that stands within a link. The same code on two products tells neither.
    fn product_of(&self, code: &str) -> Option<usize> {
        let numbers = code.split(|c: char| !c.is_ascii_digit()).filter(|digits| (8..=14).contains(&digits.len()));
        let alone = |products: &BTreeSet<usize>| products.first().copied().filter(|_| products.len() == 1);
        let keys = std::iter::once(code).chain(numbers).filter_map(code_key);
        let product = keys.filter_map(|key| self.codes.get(&key)).find_map(alone)?;
        self.order.iter().position(|kept| *kept == product)
    }
}

/// What variants of one product are called. They share every word that any of them bears, as rows of one product are filled in
/// unevenly; each has the words of its own option alone, as far as they stand on no other.
#[derive(Default)]
struct Families<'a>(HashMap<&'a str, Family>);

#[derive(Default)]
struct Family {
    number: usize,
    shared: BTreeMap<String, f32>,
    options: HashSet<String>,
}

impl<'a> Families<'a> {
    /// `next`: the number of the first; the others follow.
    fn of(skus: &[Sku], names: &'a HashMap<Sku, Names>, next: usize) -> Self {
        let mut families: HashMap<&str, Family> = HashMap::new();
        let named = skus.iter().filter_map(|sku| names.get(sku));
        let variants: Vec<&'a Names> = named.filter(|names| !names.variant_of.is_empty()).collect();
        for names in variants.iter().copied() {
            let number = next + families.len();
            let family =
                families.entry(names.variant_of.as_str()).or_insert_with(|| Family { number, ..Family::default() });
            family.options.extend(words(&names.option));
            for (word, share) in words_of(names) {
                let known = family.shared.entry(word).or_default();
                *known = known.max(share);
            }
        }
        for names in variants.iter().copied() {
            if let Some(family) = families.get_mut(names.variant_of.as_str()) {
                family.share_with(names);
            }
        }
        families.values_mut().for_each(|family| family.shared.retain(|word, _| !family.options.contains(word)));
        Self(families)
    }
}

impl Family {
    /// A word of an option that stands on a variant of another option, too, tells none of them: "red" where the brand of all is Red
    /// Valley, or where a title lists the colours there are.
    fn share_with(&mut self, names: &Names) {
        let own = words(&names.option);
        let called = words_of(names);
        let vague = |option: &&String| {
            !bear(own.iter().map(String::as_str), option) && bear(called.iter().map(|(word, _)| word.as_str()), option)
        };
        let vague: Vec<String> = self.options.iter().filter(vague).cloned().collect();
        for word in vague {
            self.options.remove(&word);
            self.shared.entry(word).or_insert(1.0);
        }
    }
}

/// Whether a word is among these. Words of Chinese have no ends: a run that holds one bears it.
fn bear<'a>(mut words: impl Iterator<Item = &'a str>, word: &str) -> bool {
    let is_run = word.chars().all(is_han);
    words.any(|known| known == word || (is_run && known.contains(word)))
}

/// The words of one product, with the share of their worth, and whether they are of its own option.
fn words_with(names: &Names, family: Option<&Family>) -> Vec<(String, f32, bool)> {
    let Some(family) = family else {
        return words_of(names).into_iter().map(|(word, share)| (word, share, false)).collect();
    };
    let shared = family.shared.iter().map(|(word, share)| (word.clone(), *share, false));
    let own = words(&names.option).into_iter().filter(|word| family.options.contains(word));
    shared.chain(own.map(|word| (word, 1.0, true))).collect()
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

/// The letters and digits of a line as they are compared, without gaps.
pub(super) fn letters_of(text: &str) -> Vec<char> {
    alike(&bare(text)).chars().filter(|c| c.is_alphanumeric()).collect()
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
