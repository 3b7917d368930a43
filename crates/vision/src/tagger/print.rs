//! What was read on a track, for as long as the track shows what it was read on. Pure.
//!
//! A window in the middle of the picture, or a box round host and hand, lives on when one thing is put down and the next held up:
//! most of what is in it stays. What changes is how like each product it is.

use super::spoken::moved;
use super::variants::Families;
use crate::read;

/// Cosine between the scores of two looks from which both are at one thing. On the demo clip, of looks into one box, 98 % at the
/// thing that was read have 0.87 or more, and 95 % at another have 0.69 or less; with one photo a product 0.73 and 0.78.
const SAME_THING: f32 = 0.75;

/// With fewer products than this the cosine says little of a thing that is none of them; how like the thing is to the product that was
/// read says more. On the demo clip it keeps 0.65 of it and more in 98 % of the looks at the thing that was read, with one photo a
/// product 0.85, and half of it or less in 95 % at another, with one photo in 93 %. What was hardly like it tells nothing.
const FEWEST_PRODUCTS: usize = 4;
const KEPT: f32 = 0.5;
const LEAST_LIKE: f32 = 0.15;

/// The lead of the variant that was read over its siblings, where each has photos: lost, and smaller than when it was read by this
/// much, it is another one of them. As much as a likeness has to be to tell anything.
const SWAPPED: f32 = LEAST_LIKE;

/// Looks in a row at something else before what was read is forgotten. It counts no more from the first.
const STRAYS: u32 = 2;

/// Words and codes of one track.
#[derive(Clone, Debug, Default)]
pub(super) struct Print {
    read: read::Evidence,
    /// Scores of the look that is the newest, of that at which the reading was begun that is not done yet, and of that at which
    /// what counts was read. Empty: none.
    newest: Vec<f32>,
    begun: Vec<f32>,
    read_at: Vec<f32>,
    strays: u32,
    forgotten: bool,
    /// When the track was first looked at as what it shows now. Units: ms of the frames' own clock.
    since_ms: Option<u64>,
}

impl Print {
    /// The picture that will be read is that of the newest look.
    pub fn begin(&mut self) {
        self.begun.clone_from(&self.newest);
    }

    /// Takes in a reading. A second one of the same thing adds only what the first had missed; one of another thing, or of another
    /// variant, takes its place.
    pub fn read(&mut self, read: &read::Evidence, families: &Families) {
        let at = std::mem::take(&mut self.begun);
        let at = if at.is_empty() { self.newest.clone() } else { at };
        if !alike(&self.read_at, &at, &self.read, families) {
            self.read = read::Evidence::default();
        }
        renew(&mut self.read, read, families);
        self.read_at = at;
        self.strays = u32::from(!alike(&self.read_at, &self.newest, &self.read, families));
    }

    /// Takes in how like each product the track is now.
    pub fn look(&mut self, scores: &[f32], families: &Families, now_ms: u64) {
        if self.newest.is_empty() || !alike(&self.newest, scores, &self.read, families) {
            self.since_ms = Some(now_ms);
        }
        self.newest.clear();
        self.newest.extend_from_slice(scores);
        if self.read_at.is_empty() && self.read != read::Evidence::default() {
            // What was read before there was a look is of what is there at the first.
            self.read_at.extend_from_slice(scores);
        }
        if self.read_at.is_empty() || alike(&self.read_at, scores, &self.read, families) {
            self.strays = 0;
            if self.read.label.of().is_some_and(|own| is_overtaken(own, &self.read_at, scores)) {
                // It may be another thing in the same place: what its label says is read anew, words count on.
                (self.read.label, self.forgotten) = (read::Labelled::Nothing, true);
            }
            return;
        }
        self.strays += 1;
        if self.strays >= STRAYS {
            self.forgotten |= self.read != read::Evidence::default();
            (self.read, self.strays) = (read::Evidence::default(), 0);
            self.read_at.clear();
        }
    }

    /// What counts now; none while the track shows something else than what was read.
    pub fn counts(&self) -> Option<&read::Evidence> {
        (self.strays == 0).then_some(&self.read)
    }

    /// Whether what was read in another box of the thing, which was last looked at then, is of what is here now: if nobody has
    /// looked there since another thing came, it may be of the one before.
    pub fn takes(&self, other_ms: u64) -> bool {
        self.since_ms.is_none_or(|since| other_ms >= since)
    }

    /// What was read speaks of products that are called something else by now; what is being read is compared with their new names.
    pub fn unread(&mut self) {
        (self.read, self.strays) = (read::Evidence::default(), 0);
        self.read_at.clear();
    }

    /// Whether words were forgotten since this was asked last: what is there now was never read.
    pub fn take_forgotten(&mut self) -> bool {
        std::mem::take(&mut self.forgotten)
    }

    /// The products have other places; `from` is where each was. Of one that is new nothing was seen or read.
    pub fn rearrange(&mut self, from: &[Option<usize>]) {
        self.vectors().filter(|numbers| !numbers.is_empty()).for_each(|numbers| *numbers = moved(numbers, from));
        let now_at = |was: usize| from.iter().position(|place| *place == Some(was));
        self.read.code = self.read.code.and_then(now_at);
        self.read.label = match self.read.label {
            read::Labelled::Of(place) => now_at(place).map_or(read::Labelled::Nothing, read::Labelled::Of),
            other => other,
        };
    }

    /// Everything there is of each product.
    fn vectors(&mut self) -> impl Iterator<Item = &mut Vec<f32>> {
        let read = [&mut self.read.words, &mut self.read.told];
        [&mut self.newest, &mut self.begun, &mut self.read_at].into_iter().chain(read)
    }
}

/// Whether two looks are at one thing, as far as their scores tell. `read`: what was read at the first. Variants that look as another
/// one does, as far as anybody knows, say no more than that one: of five without a photo of their own all scores are one.
fn alike(one: &[f32], other: &[f32], read: &read::Evidence, families: &Families) -> bool {
    if one.len() != other.len() {
        return true;
    }
    if is_sibling(one, other, read, families) {
        return false;
    }
    if (0..one.len()).filter(|place| families.has_own_looks(*place)).take(FEWEST_PRODUCTS).count() < FEWEST_PRODUCTS {
        let like = named(read).and_then(|place| Some((*one.get(place)?, *other.get(place)?)));
        return like.is_none_or(|(then, now)| then < LEAST_LIKE || now >= KEPT * then);
    }
    let product = |a: &[f32], b: &[f32]| {
        let own = a.iter().zip(b).enumerate().filter(|(place, _)| families.has_own_looks(*place));
        own.map(|(_, (a, b))| a * b).sum::<f32>()
    };
    let length = (product(one, one) * product(other, other)).sqrt();
    // What is like nothing at all, as where no product has a photo, tells nothing.
    length <= f32::EPSILON || product(one, other) >= SAME_THING * length
}

/// Whether another product has come to be liker than the one whose label was read, by as much as siblings are told by.
fn is_overtaken(own: usize, then: &[f32], now: &[f32]) -> bool {
    let lead = |scores: &[f32]| {
        let others = scores.iter().enumerate().filter(|(place, _)| *place != own);
        let most = others.map(|(_, score)| *score).fold(f32::MIN, f32::max);
        scores.get(own).map_or(0.0, |score| score - most)
    };
    let (then, now) = (lead(then), lead(now));
    now < 0.0 && then - now >= SWAPPED
}

/// Whether the looks of two variants of one product tell that the other of them is there now. `read`: what was read at the first.
fn is_sibling(one: &[f32], other: &[f32], read: &read::Evidence, families: &Families) -> bool {
    let Some(own) = variant(read, families).filter(|own| families.is_pictured(*own)) else { return false };
    let lead = |scores: &[f32]| {
        let others = families.siblings(own).iter().filter(|place| **place != own);
        let most = others.filter_map(|place| scores.get(*place)).copied().fold(f32::MIN, f32::max);
        scores.get(own).map_or(0.0, |score| score - most)
    };
    let (then, now) = (lead(one), lead(other));
    now < 0.0 && then - now >= SWAPPED
}

/// The variant that was read; none: a product without variants was, or no word tells which of them.
fn variant(read: &read::Evidence, families: &Families) -> Option<usize> {
    let code = read.code.filter(|place| families.has_variants(*place));
    code.or_else(|| (0..read.told.len()).find(|place| families.is_said(*place, &read.told)))
}

/// Adds a newer reading of the same thing to what is known of it. Siblings are swapped in one place and look alike: which variant it
/// is the newer one says alone, where it says it at all, and what was read before counts as far as all of them bear it.
pub(super) fn renew(known: &mut read::Evidence, newer: &read::Evidence, families: &Families) {
    let renewed = variant(newer, families);
    if let Some(own) = renewed {
        let places = families.siblings(own);
        for worths in [&mut known.words, &mut known.told] {
            let worth = |place: &usize| worths.get(*place).copied().unwrap_or(0.0);
            let shared = places.iter().map(worth).fold(f32::MAX, f32::min);
            for place in places {
                if let Some(worth) = worths.get_mut(*place) {
                    *worth = shared;
                }
            }
        }
        known.code = known.code.filter(|code| *code == own || !places.contains(code));
    }
    known.join(newer);
}

/// The product that was read.
fn named(read: &read::Evidence) -> Option<usize> {
    let worded = read.words.iter().enumerate().filter(|(_, worth)| **worth > 0.0);
    read.code.or_else(|| worded.max_by(|a, b| a.1.total_cmp(b.1)).map(|(place, _)| place))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CHIPS: [f32; 4] = [0.30, 0.05, 0.10, 0.02];
    const CHIPS_AGAIN: [f32; 4] = [0.22, 0.02, 0.09, 0.05];
    const TEA: [f32; 4] = [0.05, 0.28, 0.02, 0.10];

    /// No product has variants.
    fn plain() -> Families {
        Families::default()
    }

    fn says(product: usize) -> read::Evidence {
        let mut words = vec![0.0; 4];
        words[product] = 3.0;
        read::Evidence { words, ..read::Evidence::default() }
    }

    /// Looks, the first of which is read.
    fn after(looks: &[[f32; 4]]) -> Print {
        let mut print = Print::default();
        print.look(&looks[0], &plain(), 0);
        print.begin();
        print.read(&says(0), &plain());
        looks[1..].iter().for_each(|scores| print.look(scores, &plain(), 0));
        print
    }

    #[test]
    fn what_was_read_counts_while_the_thing_is_there_and_no_longer() {
        let table: [(&str, &[[f32; 4]], bool, bool); 5] = [
            ("it stays", &[CHIPS, CHIPS_AGAIN, CHIPS], true, false),
            ("a hand went over it", &[CHIPS, TEA, CHIPS_AGAIN], true, false),
            ("another is there, for one look so far", &[CHIPS, CHIPS, TEA], false, false),
            ("another is there", &[CHIPS, TEA, TEA], false, true),
            ("it comes back, but it was another in between", &[CHIPS, TEA, TEA, CHIPS], false, true),
        ];
        for (case, looks, counts, forgotten) in table {
            let mut print = after(looks);
            assert_eq!(print.counts() == Some(&says(0)), counts, "{case}");
            assert_eq!((print.take_forgotten(), print.take_forgotten()), (forgotten, false), "{case}");
        }
    }

    #[test]
    fn a_reading_counts_for_what_was_there_when_it_was_begun() {
        let mut print = Print::default();
        print.look(&CHIPS, &plain(), 0);
        print.begin();
        print.look(&TEA, &plain(), 0);
        print.read(&says(0), &plain());
        assert_eq!(print.counts(), None, "the words of the chips came while the tea was there already");
        print.look(&TEA, &plain(), 0);
        print.begin();
        print.read(&says(1), &plain());
        assert_eq!(print.counts(), Some(&says(1)), "and do not mix with those of the tea");
    }

    #[test]
    fn what_another_box_was_read_to_show_is_taken_once_it_was_looked_at_since() {
        let mut print = Print::default();
        assert!(print.takes(0), "nothing was seen yet");
        print.look(&CHIPS, &plain(), 100);
        print.look(&CHIPS_AGAIN, &plain(), 200);
        assert!(print.takes(100) && !print.takes(99), "the other box was looked at before this one was there");
        print.look(&TEA, &plain(), 300);
        print.look(&TEA, &plain(), 400);
        assert!(print.takes(300) && !print.takes(299), "another thing came, which nobody has seen in the other box");
    }

    #[test]
    fn a_second_reading_of_one_thing_adds_to_the_first() {
        let mut print = after(&[CHIPS, CHIPS_AGAIN]);
        print.begin();
        print.read(&read::Evidence { code: Some(0), ..says(2) }, &plain());
        let words = vec![3.0, 0.0, 3.0, 0.0];
        assert_eq!(print.counts(), Some(&read::Evidence { words, code: Some(0), ..read::Evidence::default() }));
    }

    /// Two variants, of which each has photos, and two other products.
    fn mugs() -> Families {
        let skus: Vec<hawker_domain::Sku> =
            ["RED", "BLUE", "PLATE", "BOWL"].iter().map(|name| hawker_domain::Sku::new(name).unwrap()).collect();
        let families = vec![skus[..2].to_vec()];
        Families::new(&super::super::Variants { families, bare: Vec::new() }, &skus)
    }

    #[test]
    fn which_variant_it_is_the_newer_reading_says_alone() {
        let told = |red: f32, blue: f32, code| {
            let worths = vec![red, blue, 0.0, 0.0];
            read::Evidence { words: worths.clone(), told: worths, code, ..read::Evidence::default() }
        };
        // What was read first, what is read next, and what that comes to.
        let table = [
            ("the other word", told(3.0, 0.0, None), told(0.0, 3.0, None), told(0.0, 3.0, None)),
            ("a word of both before", told(4.0, 1.0, None), told(0.0, 3.0, None), told(1.0, 3.0, None)),
            ("a word of both now", told(3.0, 0.0, None), told(2.0, 2.0, None), told(3.0, 2.0, None)),
            ("a scrap", told(3.0, 0.0, None), told(0.0, 0.5, None), told(3.0, 0.5, None)),
            ("nothing", told(3.0, 0.0, Some(0)), told(0.0, 0.0, None), told(3.0, 0.0, Some(0))),
            ("a word against a code", told(0.0, 0.0, Some(0)), told(0.0, 3.0, None), told(0.0, 3.0, None)),
            ("a word for the code", told(0.0, 0.0, Some(0)), told(3.0, 0.0, None), told(3.0, 0.0, Some(0))),
            ("a code against a word", told(3.0, 0.0, None), told(0.0, 0.0, Some(1)), told(0.0, 0.0, Some(1))),
            ("another product's code", told(3.0, 0.0, None), told(0.0, 0.0, Some(2)), told(3.0, 0.0, Some(2))),
        ];
        for (what, mut known, newer, want) in table {
            renew(&mut known, &newer, &mugs());
            assert_eq!(known, want, "{what}");
        }
    }

    #[test]
    fn what_was_read_on_one_variant_does_not_count_for_another_that_looks_otherwise() {
        let told = vec![3.0, 0.0, 0.0, 0.0];
        let read = read::Evidence { words: told.clone(), told, ..read::Evidence::default() };
        let red = [0.70, 0.60, 0.05, 0.05];
        assert!(alike(&red, &[0.60, 0.62, 0.05, 0.05], &read, &mugs()), "it may be the red one all the same");
        assert!(!alike(&red, &[0.60, 0.70, 0.05, 0.05], &read, &mugs()));
        assert!(
            alike(&red, &[0.60, 0.70, 0.05, 0.05], &read, &plain()),
            "where they are no variants the looks are one"
        );
        assert!(alike(&red, &[0.60, 0.70, 0.05, 0.05], &read::Evidence::default(), &mugs()), "nothing was read");
    }

    #[test]
    fn where_looks_tell_nothing_what_was_read_stays() {
        let mut print = after(&[[0.0; 4], [0.0; 4], [0.0; 4]]);
        assert!(print.counts() == Some(&says(0)) && !print.take_forgotten(), "no product has a photo");
        print.rearrange(&[Some(0), Some(1), Some(2), Some(3), None]);
        print.look(&[0.0, 0.0, 0.0, 0.0, 0.4], &plain(), 0);
        assert!(print.counts().is_some(), "and one that came in since was not seen then");
    }

    #[test]
    fn a_product_that_gave_way_was_never_read() {
        let mut print = after(&[CHIPS, CHIPS]);
        print.rearrange(&[None, Some(1), Some(2), Some(3)]);
        assert_eq!(print.counts().unwrap().words, [0.0; 4]);
    }

    #[test]
    fn with_few_products_what_was_read_counts_while_the_thing_is_as_like_the_product_that_was_read() {
        let of = |words: &[f32]| read::Evidence { words: words.to_vec(), ..read::Evidence::default() };
        // What was read, the scores then and now, and whether it is the same thing.
        type Case<'a> = (&'a [f32], &'a [f32], &'a [f32], bool);
        let table: [Case<'_>; 8] = [
            (&[3.0, 0.0], &[0.40, 0.05], &[0.30, 0.10], true),
            (&[3.0, 0.0], &[0.40, 0.05], &[0.15, 0.05], false),
            (&[3.0, 0.0], &[0.40, 0.05], &[-0.10, 0.35], false),
            (&[3.0], &[0.40], &[0.05], false),
            (&[3.0], &[0.40], &[0.60], true),
            (&[0.0, 2.0], &[0.40, 0.05], &[0.10, 0.05], true),
            (&[3.0, 0.0], &[0.10, 0.05], &[0.00, 0.05], true),
            (&[0.0, 0.0], &[0.40, 0.05], &[0.00, 0.40], true),
        ];
        for (read, then, now, is_same) in table {
            assert_eq!(alike(then, now, &of(read), &plain()), is_same, "{read:?} {then:?} {now:?}");
        }
    }

    #[test]
    fn what_was_read_before_the_first_look_is_of_what_is_there_then() {
        let mut print = Print::default();
        print.read(&says(0), &plain());
        print.look(&CHIPS, &plain(), 0);
        assert_eq!(print.counts(), Some(&says(0)));
        [TEA, TEA].iter().for_each(|scores| print.look(scores, &plain(), 0));
        assert!(print.counts() == Some(&read::Evidence::default()) && print.take_forgotten());
    }

    #[test]
    fn a_label_counts_until_another_product_is_liker_and_the_thing_is_read_anew() {
        let labelled = |looks: &[[f32; 4]]| {
            let mut print = Print::default();
            print.look(&[0.60, 0.35, 0.0, 0.0], &plain(), 0);
            print.begin();
            print.read(&read::Evidence { label: read::Labelled::Of(0), ..says(0) }, &plain());
            looks.iter().for_each(|scores| print.look(scores, &plain(), 0));
            (print.counts().and_then(|read| read.label.of()), print.take_forgotten())
        };
        assert_eq!(labelled(&[[0.50, 0.40, 0.0, 0.0]]), (Some(0), false));
        assert_eq!(
            labelled(&[[0.35, 0.60, 0.0, 0.0]]),
            (None, true),
            "their scores are alike, and it may be the other one"
        );
    }

    #[test]
    fn what_was_read_moves_with_its_product() {
        let mut print = after(&[CHIPS, CHIPS_AGAIN]);
        let label = read::Labelled::Of(0);
        print.read(&read::Evidence { code: Some(0), told: vec![1.0, 0.0, 0.0, 0.0], label, ..says(0) }, &plain());
        print.rearrange(&[Some(3), None, Some(2), Some(1), Some(0)]);
        let (words, told) = (vec![0.0, 0.0, 0.0, 0.0, 3.0], vec![0.0, 0.0, 0.0, 0.0, 1.0]);
        let label = read::Labelled::Of(4);
        assert_eq!(print.counts(), Some(&read::Evidence { words, told, code: Some(4), label }));
        print.look(&[0.02, 0.0, 0.10, 0.05, 0.30], &plain(), 0);
        assert!(print.counts().is_some(), "it is the same thing");
        print.look(&[0.10, 0.0, 0.02, 0.28, 0.05], &plain(), 0);
        assert_eq!(print.counts(), None, "and this is another");
        let mut nothing = Print::default();
        nothing.rearrange(&[Some(0), None]);
        nothing.look(&[0.3, 0.1], &plain(), 0);
        assert!(nothing.read_at.is_empty(), "nothing was read, whatever the places");
    }

    #[test]
    fn variants_without_a_photo_of_their_own_do_not_hide_that_another_thing_is_there() {
        let skus: Vec<hawker_domain::Sku> =
            (0..5).map(|n| hawker_domain::Sku::new(&format!("S{n}")).unwrap()).collect();
        let variants = super::super::Variants { families: vec![skus.clone()], bare: skus[1..].to_vec() };
        let (one, all) = (Families::new(&variants, &skus), [0.4; 5]);
        let read = read::Evidence { words: vec![3.0; 5], ..read::Evidence::default() };
        assert!(alike(&all, &[0.3; 5], &read, &one) && !alike(&all, &[0.1; 5], &read, &one));
        assert!(alike(&all, &[0.1; 5], &read, &plain()), "five products of which each look says the same");
    }
}
