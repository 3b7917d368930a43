//! Whether what was read on a thing is the label of one product: nearly all that stands on one of its photos stands there, and nothing
//! else does.
//!
//! Single words can't say that a thing is known at all, as another flavour bears the same brand. This says it only where nothing
//! speaks against it: a line that no photo of the product bears, another amount, a rival whose own label nobody has read, or text that
//! does not fill the box, as on a poster behind the host, leave it unsaid.

use super::lexicon::{Names, letters_of};
use super::reader::{Line, Reading};
use std::collections::BTreeSet;

/// The label of a product.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// Letters of each line that stands on each of its photos.
    photos: Vec<Vec<Vec<char>>>,
    brand: Vec<char>,
    /// "330ml", "1.5%" and the like, wherever they stand.
    amounts: BTreeSet<String>,
}

/// Whose label was read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Labelled {
    /// Too little was read, or it fits several.
    #[default]
    Nothing,
    /// No product's of those that words speak for.
    Other,
    /// That of this product.
    Of(usize),
}

impl Labelled {
    /// The product it is.
    pub fn of(self) -> Option<usize> {
        if let Self::Of(product) = self { Some(product) } else { None }
    }

    /// The newer reading says it alone, where it says anything: things are swapped in one place.
    pub fn join(&mut self, newer: Self) {
        if newer != Self::Nothing {
            *self = newer;
        }
    }
}

/// How surely a line was read that speaks for a label, and one that speaks against it.
const SURE: f32 = 0.9;
const DOUBT: f32 = 0.7;
/// The same of a line on a photo.
const PRINTED: f32 = 0.75;

/// A line says something from so many letters on: Chinese ones, or others.
const HAN: usize = 2;
const LATIN: usize = 4;

/// A label has so many such lines, with so many letters together: a single word stands on many things.
const LEAST_LINES: usize = 2;
const LEAST_LETTERS: usize = 6;

/// Share of a line that must stand, unbroken, on one line of the label: its ends are cut off by a thumb or the edge of a can.
const EXPLAINED: f32 = 0.7;

/// Share of a photo's letters that must have been read.
const COVERED: f32 = 0.6;

/// Least share of the box that the lines take up, and how far from its edges their middle is.
const LEAST_FILLED: f32 = 0.1;
const RIM: f32 = 0.2;

/// What stands beside a number on a package.
const UNITS: [&str; 13] = ["%", "ml", "l", "g", "kg", "cl", "oz", "抽", "片", "包", "粒", "支", "枚"];

impl Label {
    /// None: nothing that could be told was read on the product's photos. Variants have none: they share most of what stands on them.
    pub fn new(names: &Names) -> Option<Self> {
        let printed = |photo: &Vec<Line>| photo.iter().filter_map(|line| strong(line, PRINTED)).collect::<Vec<_>>();
        let mut photos: Vec<Vec<Vec<char>>> = names.printed.iter().map(printed).collect();
        photos.retain(|lines| is_label(lines));
        if photos.is_empty() || !names.variant_of.is_empty() {
            return None;
        }
        let lines = names.printed.iter().flatten().map(|line| line.text.as_str());
        let amounts = lines.chain([names.title.as_str(), names.option.as_str()]).flat_map(amounts).collect();
        Some(Self { photos, brand: letters_of(&names.brand), amounts })
    }

    fn explains(&self, line: &[char]) -> bool {
        self.photos.iter().flatten().any(|known| is_of(line, known))
    }

    /// Whether these lines are most of what stands on one photo.
    fn is_covered(&self, lines: &[Vec<char>]) -> bool {
        let share = |photo: &Vec<Vec<char>>| {
            let read = photo.iter().filter(|known| lines.iter().any(|line| is_of(line, known)));
            let (read, all): (usize, usize) = (read.map(Vec::len).sum(), photo.iter().map(Vec::len).sum());
            read as f32 >= COVERED * all as f32
        };
        self.photos.iter().any(share)
    }
}

/// Whose label it is, of the products that words speak for: each with its label, and by how much they do. A rival without a label
/// for which they speak as much may have this very one.
pub(super) fn labelled<'a>(
    reading: &Reading,
    products: impl Iterator<Item = (usize, Option<&'a Label>, f32)>,
) -> Labelled {
    let read = |least: f32| reading.lines.iter().filter_map(move |line| strong(line, least)).collect::<Vec<_>>();
    let (sure, all) = (read(SURE), read(DOUBT));
    if !is_label(&sure) || !fills(reading.extent) {
        return Labelled::Nothing;
    }
    let lines = reading.lines.iter().filter(|line| line.confidence >= DOUBT);
    let amounts: BTreeSet<String> = lines.flat_map(|line| amounts(&line.text)).collect();
    let (mut fits, mut unknown) = (Vec::new(), 0.0_f32);
    for (product, label, worth) in products {
        match label {
            None => unknown = unknown.max(worth),
            Some(label) if all.iter().all(|line| label.explains(line)) && amounts.is_subset(&label.amounts) => {
                fits.push((product, label, worth));
            }
            Some(_) => {}
        }
    }
    match fits.as_slice() {
        [] => Labelled::Other,
        [(product, label, worth)] if *worth > unknown && label.is_covered(&sure) && !is_brand_alone(&sure, label) => {
            Labelled::Of(*product)
        }
        _ => Labelled::Nothing,
    }
}

fn is_label(lines: &[Vec<char>]) -> bool {
    lines.len() >= LEAST_LINES && lines.iter().map(Vec::len).sum::<usize>() >= LEAST_LETTERS
}

fn is_brand_alone(lines: &[Vec<char>], label: &Label) -> bool {
    lines.iter().all(|line| is_of(line, &label.brand))
}

/// Whether lines take up enough of a box, in its middle. Shape: left, top, right, bottom; units: shares of its sides.
fn fills([left, top, right, bottom]: [f32; 4]) -> bool {
    let is_inside = |from: f32, to: f32| (RIM..=1.0 - RIM).contains(&f32::midpoint(from, to));
    (right - left) * (bottom - top) >= LEAST_FILLED && is_inside(left, right) && is_inside(top, bottom)
}

/// Whether most of a line stands on a known one.
fn is_of(line: &[char], known: &[char]) -> bool {
    let needed = (line.len() as f32 * EXPLAINED).ceil() as usize;
    known.len() >= needed && longest_shared(line, known) >= needed
}

/// The letters of a line that says something and was read so surely. Numbers say nothing here: they are amounts, dates and lots.
fn strong(line: &Line, least: f32) -> Option<Vec<char>> {
    let han = line.text.chars().filter(|letter| hawker_text::is_han(*letter)).count();
    let others = line.text.chars().filter(|letter| letter.is_alphabetic()).count() - han;
    let letters = || letters_of(&line.text);
    (line.confidence >= least && (han >= HAN || others >= LATIN)).then(letters)
}

/// Numbers with a unit, a comma in them written as a point.
fn amounts(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.to_lowercase().replace(',', ".").chars().collect();
    let mut found = Vec::new();
    let mut place = 0;
    while place < letters.len() {
        let rest = letters.get(place..).unwrap_or_default();
        let number: String = rest.iter().take_while(|c| c.is_ascii_digit() || **c == '.').collect();
        let after = rest.get(number.len()..).unwrap_or_default();
        let after = after.strip_prefix(&[' ']).unwrap_or(after);
        let latin: String = after.iter().take_while(|c| c.is_ascii_alphabetic()).collect();
        let sign: String = after.iter().take(1).filter(|c| !c.is_ascii_alphabetic()).collect();
        let unit = [latin, sign].into_iter().find(|unit| UNITS.contains(&unit.as_str()));
        if let Some(unit) = unit.filter(|_| number.starts_with(|c: char| c.is_ascii_digit())) {
            found.push(format!("{number}{unit}"));
        }
        place += number.len().max(1);
    }
    found
}

/// Letters of the longest run that stands in both.
fn longest_shared(one: &[char], other: &[char]) -> usize {
    let mut longest = 0;
    let mut runs = vec![0; other.len()];
    for letter in one {
        let mut before = 0;
        for (run, known) in runs.iter_mut().zip(other) {
            let here = if letter == known { before + 1 } else { 0 };
            before = std::mem::replace(run, here);
            longest = longest.max(here);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Quad;

    /// Lines with how surely each was read, all over the box.
    fn reading(lines: &[(&str, f32)]) -> Reading {
        let quad = Quad::default();
        let line = |(text, confidence): &(&str, f32)| Line { text: (*text).to_owned(), confidence: *confidence, quad };
        Reading { lines: lines.iter().map(line).collect(), extent: [0.2, 0.2, 0.8, 0.8], ..Reading::default() }
    }

    fn printed(lines: &[&str]) -> Vec<Line> {
        reading(&lines.iter().map(|text| (*text, 0.9)).collect::<Vec<_>>()).lines
    }

    fn label(brand: &str, photos: &[&[&str]]) -> Option<Label> {
        let printed = photos.iter().map(|lines| printed(lines)).collect();
        Label::new(&Names { brand: brand.to_owned(), printed, ..Names::default() })
    }

    /// A coconut drink and an apple juice of one brand, and a coffee whose label nobody has read; of each by how much words speak for it.
    fn named(read: &Reading, worths: [f32; 3]) -> Labelled {
        let labels = [
            label("石榴里", &[&["石榴里", "椰子水", "GRANELL", "COCONUT", "不加糖", "330ml"], &["配料", "水", "椰子"]]),
            label("石榴里", &[&["石榴里", "苹果汁", "GRANELL", "APPLE", "不加糖", "330ml"]]),
            label("石榴里", &[]),
        ];
        let known = labels.iter().enumerate().zip(worths).filter(|(_, worth)| *worth > 0.0);
        labelled(read, known.map(|((place, label), worth)| (place, label.as_ref(), worth)))
    }

    #[test]
    fn the_longest_run_is_found_wherever_it_stands() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let table = [("abc", "xabcy", 3), ("abcd", "abxcd", 2), ("", "a", 0), ("aaa", "aa", 2), ("ab", "ba", 1)];
        for (one, other, want) in table {
            assert_eq!(longest_shared(&chars(one), &chars(other)), want, "{one} {other}");
        }
    }

    #[test]
    fn a_label_is_one_product_s_where_most_of_a_photo_was_read_and_nothing_else() {
        const LABEL: [(&str, f32); 4] = [("石榴里", 0.99), ("椰子水", 0.99), ("GRANELL", 0.98), ("COCONU", 0.97)];
        let with = |more: (&'static str, f32)| LABEL.into_iter().chain([more]).collect::<Vec<_>>();
        type Case = (&'static str, Vec<(&'static str, f32)>, Labelled);
        let table: [Case; 10] = [
            ("its own", LABEL.to_vec(), Labelled::Of(0)),
            ("with its amount", with(("330mL", 0.95)), Labelled::Of(0)),
            ("with another amount", with(("1L", 0.95)), Labelled::Other),
            ("with a flavour that is not sold here", with(("荔枝味", 0.95)), Labelled::Other),
            ("which was not read well", with(("荔枝味", 0.75)), Labelled::Other),
            ("hardly at all", with(("茘杖昧", 0.6)), Labelled::Of(0)),
            ("dates say nothing", with(("2024.08.15", 0.99)), Labelled::Of(0)),
            ("both bear that", vec![("石榴里", 0.99), ("GRANELL", 0.98)], Labelled::Nothing),
            ("little of it", vec![("石榴里", 0.99), ("椰子水", 0.99)], Labelled::Nothing),
            ("one word", vec![("COCONUT", 0.99)], Labelled::Nothing),
        ];
        for (what, lines, want) in table {
            assert_eq!(named(&reading(&lines), [5.0, 2.0, 0.0]), want, "{what}");
        }
    }

    #[test]
    fn a_rival_whose_label_nobody_has_read_and_text_at_the_edge_leave_it_unsaid() {
        let read = reading(&[("石榴里", 0.99), ("椰子水", 0.99), ("GRANELL", 0.98), ("COCONUT", 0.97)]);
        assert_eq!(named(&read, [5.0, 2.0, 4.9]), Labelled::Of(0), "words speak less for it");
        assert_eq!(named(&read, [5.0, 2.0, 5.0]), Labelled::Nothing);
        for extent in [[0.0, 0.0, 0.2, 0.3], [0.4, 0.4, 0.6, 0.6], [0.0, 0.0, 0.3, 0.9]] {
            assert_eq!(named(&Reading { extent, ..read.clone() }, [5.0, 2.0, 0.0]), Labelled::Nothing, "{extent:?}");
        }
    }

    #[test]
    fn a_brand_alone_is_no_label_and_variants_have_none() {
        let brand = label("伊利 YILI DAIRY", &[&["伊利", "YILI", "YILI DAIRY"]]);
        let read = reading(&[("伊利", 0.99), ("YILI DAIRY", 0.99)]);
        assert_eq!(labelled(&read, brand.iter().map(|label| (0, Some(label), 5.0))), Labelled::Nothing);
        let printed = vec![printed(&["石榴里", "椰子水", "GRANELL"])];
        let variant = Names { variant_of: "drink".to_owned(), printed, ..Names::default() };
        assert!(Label::new(&variant).is_none() && label("石榴里", &[&[]]).is_none());
    }

    #[test]
    fn the_newer_reading_counts_where_it_says_anything() {
        let mut read = Labelled::Of(1);
        read.join(Labelled::Nothing);
        assert_eq!(read.of(), Some(1));
        read.join(Labelled::Other);
        assert_eq!(read, Labelled::Other);
        read.join(Labelled::Of(2));
        assert_eq!(read.of(), Some(2));
    }

    #[test]
    fn amounts_are_numbers_with_a_unit() {
        for (text, want) in [
            ("净含量: 330 mL", vec!["330ml"]),
            ("1L x 6", vec!["1l"]),
            ("130抽 3层", vec!["130抽"]),
            ("3,0%.", vec!["3.0%"]),
            ("2024 GRANDE", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(amounts(text), want, "{text}");
        }
    }
}
