//! Options, and numbers that may be an option, a product or a quantity.

use super::Parser;
use crate::comment::item::Item;
use crate::comment::token::{Cue, Form, Kind, Unit};
use crate::comment::{CommentLine, MOST_PIECES, Open};

/// So far ahead a product is looked for that options stand before.
const AHEAD: usize = 6;

impl Parser<'_> {
    /// The product that an option at `self.at - 1` belongs to.
    fn candidate(&self) -> Option<u32> {
        let said = self.item.number.or(self.item.loose).or(match self.item.names.as_slice() {
            [only] => Some(*only),
            several => self.context.pinned.filter(|pinned| several.contains(pinned)).or(several.first().copied()),
        });
        let ahead = || {
            for place in self.at..(self.at + AHEAD).min(self.tokens.len()) {
                match (self.kind(place)?, self.kind(place + 1)) {
                    (Kind::Comma | Kind::Stop, _) => return None,
                    (Kind::Num(..), Some(Kind::Unit(_))) => {}
                    (Kind::Num(n, _), Some(Kind::Mark)) => return Some(n),
                    (Kind::Num(n, Form::Digits), _) if self.context.accepts(n, &self.item) && n > 9 => return Some(n),
                    (Kind::Name(name), _) => return self.context.lexicon.names.get(name)?.first().copied(),
                    _ => {}
                }
            }
            None
        };
        said.or_else(ahead).or(self.context.pinned)
    }

    pub(super) fn option(&mut self, word: usize) {
        if let Some(number) = self.candidate() {
            let (said, _) = self.context.said(number, &self.item);
            let new = self.context.value(number, word);
            // "red L and red M": the same word once more begins another item.
            let once_more =
                self.joined_or_parted() && self.item.words.contains(&word) && self.context.filled(number, &self.item);
            let again = once_more
                || new.is_some_and(|(axis, value)| said.get(axis).copied().flatten().is_some_and(|old| old != value));
            if again {
                self.inherit();
            }
        }
        if !self.item.words.contains(&word) {
            self.item.words.push(word);
        }
    }

    /// Another value of an option that is said already: one more item of the same product.
    fn inherit(&mut self) {
        let (number, names) = (self.item.number.or(self.item.loose), self.item.names.clone());
        self.flush();
        (self.item.number, self.item.names) = (number, names);
    }

    fn figure(&mut self, number: u32, n: u32) {
        let alone = Item { figures: vec![n], ..Item::default() };
        let (said, _) = self.context.said(number, &self.item);
        let (new, _) = self.context.said(number, &alone);
        if said.iter().zip(&new).any(|(old, new)| new.is_some() && old.is_some() && old != new) {
            self.inherit();
        }
        self.item.figures.push(n);
    }

    pub(super) fn loose(&mut self, n: u32, place: usize) {
        let context = self.context;
        let named = match self.item.names.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        let product = self.item.number.or(self.item.loose).or(named);
        if let Some(product) = product {
            if context.is_value(Some(product), n) {
                self.figure(product, n);
            } else if context.is_price(product, n) || self.comes_to(product, n) {
                // What it costs, said beside it.
            } else if context.has(n) && self.item.has_options() && (n >= 10 || self.followed()) {
                self.flush();
                self.item.loose = Some(n);
            } else if !self.item.added
                && self.item.quantity.is_none()
                && self.item.has_options()
                && context.filled(product, &self.item)
                && n <= MOST_PIECES
                && !self.parted
            {
                self.counted(n, Unit::One);
            } else if self.parted
                || (n >= 10 && product >= 10 && context.has(n))
                || self.claim_before(place)
                || self.followed()
            {
                self.flush();
                self.item.loose = Some(n);
            } else {
                let lines = vec![CommentLine { number: Some(product), quantity: Some(n), options: Vec::new() }];
                (self.open, self.readings) = (Some(Open::Quantity), vec![lines]);
            }
            return;
        }
        if !context.has(n)
            && context.is_value(context.pinned, n)
            && let Some(pinned) = context.pinned
        {
            return self.figure(pinned, n);
        }
        if self.item.quantity.is_some()
            && context.pinned.is_some_and(|pinned| context.is_price(pinned, n) || self.comes_to(pinned, n))
        {
            return;
        }
        // "2 red L": pieces of the pinned product, where no other comes in that colour.
        if let Some(Kind::Opt(word)) = self.kind(self.at).filter(|_| self.is_latin(self.at)) {
            let coloured = Item { words: vec![word], ..Item::default() };
            let of_pinned = context.pinned.is_some_and(|pinned| pinned != n && context.accepts(pinned, &coloured));
            if n <= 9 && of_pinned && !context.accepts(n, &coloured) {
                return self.counted(n, Unit::One);
            }
        }
        if self.item.has_options() {
            let fits = context.accepts(n, &self.item);
            let of_pinned = context.pinned.is_some_and(|pinned| pinned != n && context.accepts(pinned, &self.item));
            if fits && of_pinned && n <= 9 && self.item.quantity.is_none() {
                self.open = Some(Open::Quantity);
            } else if !fits && n <= MOST_PIECES && self.item.quantity.is_none() {
                return self.counted(n, Unit::One);
            }
        }
        self.item.loose = Some(n);
    }

    fn joined_or_parted(&self) -> bool {
        self.joined || self.parted
    }

    fn comes_to(&self, product: u32, figure: u32) -> bool {
        figure > MOST_PIECES && self.item.quantity.is_some_and(|pieces| self.context.is_sum(product, pieces, figure))
    }

    /// Options or a quantity with its measure word come next.
    fn followed(&self) -> bool {
        match self.kind(self.at) {
            Some(Kind::Opt(_) | Kind::Measured(..) | Kind::Cue(Cue::Lacking)) => true,
            Some(Kind::Num(..)) => matches!(self.kind(self.at + 1), Some(Kind::Unit(_))),
            _ => false,
        }
    }

    /// "三个颜色各一个": every value of the option that has so many.
    pub(super) fn axis(&mut self, count: u32) {
        let Some(number) = self.candidate() else {
            self.open = Some(Open::Option);
            return;
        };
        let goods = self.context.shelf.item(number);
        let axis =
            goods.and_then(|goods| goods.options.iter().position(|axis| u32::try_from(axis.values.len()) == Ok(count)));
        let (Some(goods), Some(axis)) = (goods, axis) else {
            self.open = Some(Open::Option);
            return;
        };
        let values = goods.options.get(axis).map_or(0, |axis| axis.values.len());
        let base = std::mem::take(&mut self.item);
        for value in 0..values {
            let item = self.context.place_of(number);
            let word = self
                .context
                .lexicon
                .options
                .iter()
                .position(|list| list.iter().any(|at| (at.item, at.axis, at.value) == (item, axis, value)));
            let mut one = base.clone();
            one.number = Some(number);
            match word {
                Some(word) => one.words.push(word),
                None => one.figures.extend(
                    goods
                        .options
                        .get(axis)
                        .and_then(|axis| axis.values.get(value))
                        .and_then(|value| value.value.parse::<u32>().ok()),
                ),
            }
            self.items.push(one);
        }
        self.spread = true;
        self.item = self.items.pop().unwrap_or_default();
        self.each = self.each.or(self.all.then_some((1, 1)));
    }
}
