//! One thing of an order, and what is still open about it.

use super::lexicon::{Lexicon, ValueAt};
use super::rules::BareNumbers;
use super::shelf::{AxisValue, Shelf};
use super::{CommentLine, Confidence, MOST_PIECES, Open, Reading};

/// What a comment is read beside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub shelf: &'a Shelf,
    pub lexicon: &'a Lexicon,
    /// The product on the viewers' card, where it is one of the shelf.
    pub pinned: Option<u32>,
    pub bare: BareNumbers,
}

impl Context<'_> {
    pub fn has(&self, number: u32) -> bool {
        self.place(number).is_some()
    }

    /// The product's place on the shelf, of one that is there.
    pub fn place_of(&self, number: u32) -> usize {
        self.place(number).unwrap_or(usize::MAX)
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.shelf.items.iter().position(|item| item.number == number)
    }

    /// True where `figure` is an option value of that product: a size.
    pub fn is_value(&self, number: Option<u32>, figure: u32) -> bool {
        number.is_some_and(|number| self.figure(number, figure).is_some())
    }

    /// True where sizes of the product are figures.
    pub fn has_figures(&self, number: u32) -> bool {
        let figures = |value: &AxisValue| value.value.parse::<u32>().is_ok();
        self.shelf.item(number).is_some_and(|item| item.options.iter().any(|axis| axis.values.iter().any(figures)))
    }

    fn figure(&self, number: u32, figure: u32) -> Option<(usize, usize)> {
        let (item, figure) = (self.shelf.item(number)?, figure.to_string());
        item.options.iter().enumerate().find_map(|(axis, choice)| {
            choice.values.iter().position(|value| value.value == figure).map(|value| (axis, value))
        })
    }

    /// True where `figure` is the product's price in whole units.
    pub fn is_price(&self, number: u32, figure: u32) -> bool {
        self.shelf.item(number).is_some_and(|item| item.price_minor == i64::from(figure) * 100)
    }

    /// True where `figure` is what so many pieces of the product come to.
    pub fn is_sum(&self, number: u32, pieces: u32, figure: u32) -> bool {
        let cost = self.shelf.item(number).map(|item| item.price_minor * i64::from(pieces));
        cost.is_some_and(|cost| cost > 0 && (cost == i64::from(figure) * 100 || (cost + 99) / 100 == i64::from(figure)))
    }

    /// Axis and value that an option word means for a product.
    pub fn value(&self, number: u32, word: usize) -> Option<(usize, usize)> {
        let item = self.place(number)?;
        let meant = |at: &&ValueAt| at.item == item;
        self.lexicon.options.get(word)?.iter().find(meant).map(|at| (at.axis, at.value))
    }

    /// True where all option words of `item` are values of that product.
    pub fn accepts(&self, number: u32, item: &Item) -> bool {
        self.has(number) && item.words.iter().all(|word| self.value(number, *word).is_some())
    }

    /// True where every option of the product is said by `item`.
    pub fn filled(&self, number: u32, item: &Item) -> bool {
        let wanted = self.shelf.item(number).map_or(0, |item| item.options.len());
        let (said, odd) = self.said(number, item);
        !odd && said.iter().flatten().count() == wanted
    }

    /// The value said for each axis of the product, and whether anything said is none of it or said twice.
    pub fn said(&self, number: u32, item: &Item) -> (Vec<Option<usize>>, bool) {
        let mut said = vec![None; self.shelf.item(number).map_or(0, |item| item.options.len())];
        let mut odd = false;
        let words = item.words.iter().map(|word| self.value(number, *word));
        for at in words.chain(item.figures.iter().map(|figure| self.figure(number, *figure))) {
            match at.and_then(|(axis, value)| said.get_mut(axis).map(|place| (place, value))) {
                Some((place, value)) if place.is_none_or(|old| old == value) => *place = Some(value),
                _ => odd = true,
            }
        }
        (said, odd)
    }

    /// That many of the pinned product.
    pub fn pieces(&self, quantity: u32) -> Parsed {
        Parsed::of(vec![Item { number: self.pinned, quantity: Some(quantity), ..Item::default() }])
    }
}

/// One item as far as it was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub number: Option<u32>,
    /// A number that may be a product's or a quantity.
    pub loose: Option<u32>,
    /// Products that the name said fits.
    pub names: Vec<u32>,
    pub quantity: Option<u32>,
    /// The quantity, of goods sold in pairs.
    pub pairs: Option<u32>,
    /// Option values said: places in the lexicon's list.
    pub words: Vec<usize>,
    /// Option values said as figures.
    pub figures: Vec<u32>,
    /// Joined to what stands before by "and" or 再加.
    pub added: bool,
}

impl Item {
    pub fn product(number: u32) -> Self {
        Self { number: Some(number), ..Self::default() }
    }

    pub fn has_product(&self) -> bool {
        self.number.is_some() || self.loose.is_some() || !self.names.is_empty()
    }

    pub fn has_options(&self) -> bool {
        !self.words.is_empty() || !self.figures.is_empty()
    }

    pub fn is_empty(&self) -> bool {
        !self.has_product() && !self.has_options() && self.quantity.is_none()
    }
}

/// The items of a comment, and what keeps them from being a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub items: Vec<Item>,
    pub open: Option<Open>,
    /// Instead of the items' own lines, for a question.
    pub readings: Vec<Vec<CommentLine>>,
}

impl Parsed {
    pub fn of(items: Vec<Item>) -> Self {
        Self { items, ..Self::default() }
    }

    /// A number that can be taken in several ways.
    pub fn ambiguous(readings: Vec<Vec<CommentLine>>) -> Self {
        Self { open: Some(Open::Quantity), readings, ..Self::default() }
    }

    pub fn reading(self, context: &Context<'_>, confidence: Confidence) -> Reading {
        if !self.readings.is_empty() {
            return Reading::Question { why: self.open.unwrap_or(Open::Quantity), readings: self.readings };
        }
        let completed: Vec<(CommentLine, Option<Open>)> = self.items.iter().map(|item| line(item, context)).collect();
        let open = self.open.or_else(|| completed.iter().find_map(|(_, open)| *open));
        let lines = merged(completed.into_iter().map(|(line, _)| line).zip(self.items.iter().map(|item| item.added)));
        let many = lines.iter().any(|line| !(1..=MOST_PIECES).contains(&line.quantity.unwrap_or(1)));
        match open.or(many.then_some(Open::Quantity)) {
            None if lines.is_empty() => Reading::None,
            None => Reading::Claim { lines, confidence },
            Some(why) => Reading::question(why, lines),
        }
    }
}

/// The same line twice counts once, unless the second was added to the first.
fn merged(lines: impl Iterator<Item = (CommentLine, bool)>) -> Vec<CommentLine> {
    let mut out: Vec<CommentLine> = Vec::new();
    for (line, added) in lines {
        match out.iter_mut().find(|old| old.number == line.number && old.options == line.options) {
            Some(old) if added || old.quantity != line.quantity => {
                old.quantity = Some(old.quantity.unwrap_or(1).saturating_add(line.quantity.unwrap_or(1)));
            }
            Some(_) => {}
            None => out.push(line),
        }
    }
    out
}

/// The line of one item, and what is open about it.
pub(super) fn line(item: &Item, context: &Context<'_>) -> (CommentLine, Option<Open>) {
    let number = number(item, context);
    let known = number.filter(|number| context.has(*number));
    let in_pairs = known.and_then(|number| context.shelf.item(number)).is_some_and(|goods| goods.in_pairs);
    let quantity = if in_pairs { item.pairs.or(item.quantity) } else { item.quantity };
    let mut line = CommentLine { number: known, quantity: Some(quantity.unwrap_or(1)), options: Vec::new() };
    let Some(number) = known else { return (line, Some(Open::Product)) };
    let (said, odd) = context.said(number, item);
    let axes = context.shelf.item(number).map(|goods| goods.options.as_slice()).unwrap_or_default();
    let values = axes.iter().zip(&said).filter_map(|(axis, value)| axis.values.get((*value)?));
    line.options = values.map(|value| value.value.clone()).collect();
    let open = odd || line.options.len() < axes.len();
    (line, open.then_some(Open::Option))
}

/// The product an item means: by number, by name (the pinned one of several), else the pinned one.
pub(super) fn number(item: &Item, context: &Context<'_>) -> Option<u32> {
    match item.names.as_slice() {
        _ if item.number.or(item.loose).is_some() => item.number.or(item.loose),
        [] => context.pinned,
        [only] => Some(*only),
        several => context.pinned.filter(|pinned| several.contains(pinned)),
    }
}
