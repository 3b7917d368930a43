//! A catalogue of any size, made from a seed, and what people type to find things in it. The same seed makes the same bytes.

use super::words::{BRAND_BEGINS, BRAND_ENDS, BRAND_MIDDLES, BRAND_ZH, GOODS, Goods, QUALITIES, Word};
use std::fmt::Write;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    pub sku: String,
    pub title: String,
    pub brand: String,
    category: &'static str,
    price_minor: u64,
    stock: u64,
    pub barcode: String,
    has_chinese: bool,
    has_english: bool,
    asks: Asks,
}

/// Which of the two a title has to have for a query to be meant for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Either,
    Chinese,
    English,
}

/// What one types for it.
#[derive(Clone, Debug)]
struct Asks {
    brand_zh: String,
    brand_pinyin: String,
    brand_initials: String,
    brand_en: String,
    quality: &'static Word,
    goods: &'static Word,
}

/// A query and the product that is meant by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub kind: &'static str,
    pub text: String,
    pub sku: String,
}

/// How a row is asked for.
type Text = fn(&Asks, &Row, &mut Random) -> String;

/// What is typed: a name for each way, what a title must have for it, and how a row is asked for in it.
const WAYS: &[(&str, Script, Text)] = &[
    ("one letter", Script::English, |asks, _, _| asks.brand_en.chars().take(1).flat_map(char::to_lowercase).collect()),
    ("one Chinese character", Script::Chinese, |asks, _, _| asks.goods.zh.chars().take(1).collect()),
    ("Chinese", Script::Chinese, |asks, _, _| format!("{} {}", asks.brand_zh, asks.goods.zh)),
    ("part of a Chinese name", Script::Chinese, |asks, _, _| joint(asks)),
    ("pinyin", Script::Chinese, |asks, _, _| format!("{} {}", asks.brand_pinyin, asks.goods.sounds.concat())),
    ("pinyin initials", Script::Chinese, |asks, _, _| format!("{} {}", asks.brand_initials, initials(asks))),
    ("English", Script::English, |asks, _, _| format!("{} {}", asks.brand_en, asks.goods.en)),
    ("beginnings of words", Script::English, |asks, _, _| {
        format!("{} {}", begin(&asks.brand_en, 4), begin(asks.goods.en, 3)).to_lowercase()
    }),
    ("English with a typo", Script::English, |asks, _, random| {
        format!("{} {}", swapped(&asks.brand_en, random), asks.goods.en).to_lowercase()
    }),
    ("English with a wrong first letter", Script::English, |asks, _, _| {
        let rest: String = asks.brand_en.chars().skip(1).collect();
        format!("x{rest} {}", asks.goods.en).to_lowercase()
    }),
    ("Chinese with a wrong character", Script::Chinese, |asks, _, random| wrong_character(asks, random)),
    ("barcode", Script::Either, |_, row, _| row.barcode.clone()),
    ("begun barcode", Script::Either, |_, row, _| begin(&row.barcode, 11)),
    ("SKU", Script::Either, |_, row, _| row.sku.clone()),
];

impl Row {
    fn has(&self, script: Script) -> bool {
        match script {
            Script::Either => true,
            Script::Chinese => self.has_chinese,
            Script::English => self.has_english,
        }
    }
}

/// `count` rows.
pub fn rows(seed: u64, count: usize) -> Vec<Row> {
    let mut random = Random(seed);
    // None of the tables of words is empty, so every number gives a row.
    (0..count).filter_map(|number| row(number as u64, &mut random)).collect()
}

/// As a table that the import reads.
pub fn csv(rows: &[Row]) -> String {
    let mut out = "sku,title,brand,category,price,currency,stock,barcode\n".to_owned();
    for row in rows {
        let Row { sku, title, brand, category, price_minor, stock, barcode, .. } = row;
        let (whole, rest) = (price_minor / 100, price_minor % 100);
        let _ = writeln!(out, "{sku},\"{title}\",{brand},{category},{whole}.{rest:02},CNY,{stock},{barcode}");
    }
    out
}

/// `each` queries of every way, for rows at random.
pub fn queries(seed: u64, rows: &[Row], each: usize) -> Vec<Query> {
    let mut random = Random(seed ^ 0x51ed_270b);
    let mut queries = Vec::with_capacity(each * WAYS.len());
    for (kind, script, text) in WAYS {
        let fitting: Vec<&Row> = rows.iter().filter(|row| row.has(*script)).collect();
        for _ in 0..each {
            let Some(row) = random.of(&fitting) else { break };
            queries.push(Query { kind, text: text(&row.asks, row, &mut random), sku: row.sku.clone() });
        }
    }
    queries
}

/// One a line: kind, text and SKU with tabs between.
pub fn lines(queries: &[Query]) -> String {
    queries.iter().fold(String::new(), |mut out, Query { kind, text, sku }| {
        let _ = writeln!(out, "{kind}\t{text}\t{sku}");
        out
    })
}

fn row(number: u64, random: &mut Random) -> Option<Row> {
    let goods = random.of(GOODS)?;
    let quality = random.of(QUALITIES)?;
    let size = random.of(goods.sizes)?;
    let asks = asks(quality, goods, random);
    let (zh, en) = (&asks.brand_zh, &asks.brand_en);
    let chinese = format!("{zh} {}{} {size}", quality.zh, goods.word.zh);
    let english = format!("{en} {} {} {size}", quality.en, goods.word.en);
    // Three of ten in Chinese alone, three in English alone, the rest in both as shops write them.
    let (has_chinese, has_english) = match random.below(10) {
        0..=2 => (true, false),
        3..=5 => (false, true),
        _ => (true, true),
    };
    let title = match (has_chinese, has_english) {
        (true, true) => format!("{chinese} {en} {} {}", quality.en, goods.word.en),
        (true, false) => chinese,
        _ => english,
    };
    let barcode = ean13(690_000_000_000 + number * 7 + random.below(7));
    Some(Row {
        sku: format!("{}-{:06}", begin(en, 3).to_uppercase(), number),
        title,
        brand: format!("{zh} {en}"),
        category: goods.category,
        price_minor: 190 + random.below(49_900),
        stock: 1 + random.below(400),
        barcode,
        has_chinese,
        has_english,
        asks,
    })
}

fn asks(quality: &'static Word, goods: &'static Goods, random: &mut Random) -> Asks {
    let (first, second) = (random.of(BRAND_ZH), random.of(BRAND_ZH));
    let characters: Vec<&(&str, &str)> = first.into_iter().chain(second).collect();
    let part = |random: &mut Random, of: &'static [&'static str]| random.of(of).copied().unwrap_or_default();
    let (begins, middle, end) = (part(random, BRAND_BEGINS), part(random, BRAND_MIDDLES), part(random, BRAND_ENDS));
    Asks {
        brand_zh: characters.iter().map(|(zh, _)| *zh).collect(),
        brand_pinyin: characters.iter().map(|(_, sound)| *sound).collect(),
        brand_initials: characters.iter().map(|(_, sound)| begin(sound, 1)).collect(),
        brand_en: format!("{begins}{middle}{end}"),
        quality,
        goods: &goods.word,
    }
}

/// The end of the quality and the beginning of the goods: no word of a dictionary.
fn joint(asks: &Asks) -> String {
    asks.quality.zh.chars().skip(1).chain(asks.goods.zh.chars().take(1)).collect()
}

fn initials(asks: &Asks) -> String {
    asks.quality.sounds.iter().chain(asks.goods.sounds).map(|sound| begin(sound, 1)).collect()
}

/// Two neighbours that differ changed places, not the first letter.
fn swapped(word: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let pairs = letters.windows(2).enumerate().skip(1);
    let differ: Vec<usize> = pairs.filter(|(_, pair)| pair.first() != pair.last()).map(|(at, _)| at).collect();
    if let Some(at) = random.of(&differ) {
        letters.swap(*at, *at + 1);
    }
    letters.into_iter().collect()
}

/// Quality and goods with another character in the place of the last one.
fn wrong_character(asks: &Asks, random: &mut Random) -> String {
    let phrase = format!("{}{}", asks.quality.zh, asks.goods.zh);
    let (other, _) = random.of(BRAND_ZH).copied().unwrap_or_default();
    let kept = phrase.chars().count().saturating_sub(1);
    phrase.chars().take(kept).chain(other.chars()).collect()
}

fn begin(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// Twelve digits and their check digit. Source: GS1 General Specifications, 7.9.
fn ean13(twelve: u64) -> String {
    let text = format!("{twelve:012}");
    let sum: u32 =
        text.bytes().enumerate().map(|(at, byte)| u32::from(byte - b'0') * if at % 2 == 0 { 1 } else { 3 }).sum();
    format!("{text}{}", (10 - sum % 10) % 10)
}

/// SplitMix64. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len() as u64) as usize)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_makes_the_same_table_and_no_sku_or_barcode_twice() {
        let rows = rows(7, 5_000);
        assert_eq!(csv(&rows), csv(&super::rows(7, 5_000)));
        assert_ne!(csv(&rows), csv(&super::rows(8, 5_000)));
        let distinct = |of: fn(&Row) -> &str| rows.iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct(|row| &row.sku), distinct(|row| &row.barcode)), (5_000, 5_000));
        let titles = distinct(|row| &row.title);
        assert!(titles > 4_900, "{titles} titles differ: search has something to tell apart");
    }

    #[test]
    fn barcodes_have_the_check_digit_of_the_standard() {
        assert_eq!(ean13(400_638_133_393), "4006381333931", "the standard's own example");
        assert_eq!(ean13(690_000_000_000).len(), 13);
    }

    #[test]
    fn every_way_asks_for_a_row_that_is_there_by_something_of_it() {
        let rows = rows(7, 500);
        let queries = queries(1, &rows, 20);
        assert_eq!(queries.len(), 20 * WAYS.len());
        for query in &queries {
            let row = rows.iter().find(|row| row.sku == query.sku).unwrap();
            match query.kind {
                "barcode" => assert_eq!(query.text, row.barcode),
                "begun barcode" => assert!(row.barcode.starts_with(&query.text)),
                "English with a typo" => {
                    assert!(!row.brand.to_lowercase().contains(query.text.split(' ').next().unwrap()));
                }
                "Chinese" => assert!(row.brand.contains(query.text.split(' ').next().unwrap())),
                _ => assert!(!query.text.is_empty() && !query.text.contains(['\t', '\n'])),
            }
        }
        assert_eq!(lines(&queries).lines().count(), queries.len());
    }

    #[test]
    fn a_words_sounds_are_as_many_as_its_characters() {
        for word in QUALITIES.iter().chain(GOODS.iter().map(|goods| &goods.word)) {
            assert_eq!(word.zh.chars().count(), word.sounds.len(), "{}", word.zh);
        }
    }
}
