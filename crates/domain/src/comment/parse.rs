//! Items out of the tokens of an order in words.

mod choice;
mod finish;

use super::item::{Context, Item, Parsed};
use super::segment::class;
use super::token::{Class, Cue, Form, Kind, Token, Unit};
use super::{CommentLine, MOST_PIECES, Open};

/// What the order tokens of a comment ask for; `None` for nothing.
pub(super) fn parse(tokens: &[Token], context: &Context<'_>) -> Option<Parsed> {
    let mut parser = Parser {
        tokens,
        context,
        class: class(tokens),
        at: 0,
        items: Vec::new(),
        item: Item::default(),
        parted: false,
        joined: false,
        each: None,
        spread: false,
        all: false,
        open: None,
        readings: Vec::new(),
        clash: false,
    };
    while parser.at < tokens.len() {
        parser.step();
    }
    parser.finish()
}

struct Parser<'a> {
    tokens: &'a [Token],
    context: &'a Context<'a>,
    class: Option<Class>,
    at: usize,
    items: Vec<Item>,
    item: Item,
    /// A sign or "and" stood before.
    parted: bool,
    joined: bool,
    /// The quantity of each item.
    each: Option<(u32, u32)>,
    /// 各 was said.
    spread: bool,
    all: bool,
    open: Option<Open>,
    readings: Vec<Vec<CommentLine>>,
    clash: bool,
}

impl Parser<'_> {
    fn kind(&self, place: usize) -> Option<Kind> {
        self.tokens.get(place).map(|token| token.kind)
    }

    fn flush(&mut self) {
        if !self.item.is_empty() {
            self.items.push(std::mem::take(&mut self.item));
        }
        self.item.added = std::mem::take(&mut self.joined);
    }

    fn step(&mut self) {
        let Some(kind) = self.kind(self.at) else { return };
        let place = self.at;
        self.at += 1;
        match kind {
            Kind::Num(n, form) => self.number(n, form, place),
            Kind::Unit(unit) => self.counted(1, unit),
            Kind::Measured(pieces, pairs) => self.measured(pieces, pairs),
            Kind::Opt(word) => self.option(word),
            Kind::Name(name) => self.name(name, place),
            Kind::Claim(_) | Kind::Key(_) if self.item.has_product() && self.item.quantity.is_some() => self.flush(),
            Kind::More => {
                self.joined = true;
                self.flush();
            }
            Kind::And | Kind::Plus => (self.parted, self.joined) = (true, true),
            Kind::Comma | Kind::Slash | Kind::Stop | Kind::Asked | Kind::Cue(Cue::Or) => self.parted = true,
            Kind::Each => {
                self.spread = true;
                if self.each.is_none()
                    && !matches!(self.kind(self.at), Some(Kind::Num(..) | Kind::Measured(..) | Kind::Unit(_)))
                {
                    self.each = Some((1, 1));
                }
            }
            Kind::Cue(Cue::All) => self.all = true,
            Kind::Cue(Cue::Few | Cue::Ordinal) => self.open = Some(Open::Quantity),
            Kind::Cue(Cue::AnyOne | Cue::Lacking) => self.open = Some(Open::Option),
            Kind::Cue(Cue::Axis) => self.axis(2),
            _ => {}
        }
        if !matches!(
            kind,
            Kind::And
                | Kind::Cue(Cue::Or)
                | Kind::Plus
                | Kind::Comma
                | Kind::Slash
                | Kind::Stop
                | Kind::Asked
                | Kind::Hash
                | Kind::Claim(_)
                | Kind::Key(_)
        ) {
            self.parted = false;
        }
    }

    fn number(&mut self, n: u32, form: Form, place: usize) {
        let before = place.checked_sub(1).and_then(|place| self.kind(place));
        let next = self.kind(self.at);
        match (before, next) {
            (Some(Kind::Hash), _) => self.product(n, place),
            (_, Some(Kind::Mark)) => {
                self.at += 1;
                self.product(n, place);
            }
            (_, Some(Kind::Hash)) if !self.item.has_product() && (1..=MOST_PIECES).contains(&n) => {
                self.counted(n, Unit::One)
            }
            (_, Some(Kind::Unit(unit))) => {
                self.at += 1;
                if matches!(self.kind(self.at), Some(Kind::Cue(Cue::Axis))) {
                    self.at += 1;
                    return self.axis(n);
                }
                self.counted(n, unit);
            }
            (_, Some(Kind::Cue(Cue::Axis))) => {
                self.at += 1;
                self.axis(n);
            }
            (Some(Kind::Times), _) => self.counted(n, Unit::One),
            // "12红L+13黑M".
            (Some(Kind::Plus), Some(Kind::Opt(_))) if n >= 10 && self.context.has(n) => self.product(n, place),
            (Some(Kind::Plus), _) if self.item.has_product() || self.item.has_options() || self.item.is_empty() => {
                let sum = self.item.quantity.unwrap_or(0);
                self.item.quantity = None;
                self.counted(n.saturating_add(sum), Unit::One);
            }
            (_, Some(Kind::Times))
                if matches!(self.kind(self.at + 1), Some(Kind::Num(..)))
                    && (!self.item.has_product() || self.item.quantity.is_some()) =>
            {
                if self.context.has(n) {
                    self.product(n, place)
                } else {
                    self.loose(n, place)
                }
            }
            (_, Some(Kind::Each))
                if (self.is_latin(self.at) && !matches!(self.kind(self.at + 1), Some(Kind::Num(_, Form::Count))))
                    || !matches!(self.kind(self.at + 1), Some(Kind::Num(..) | Kind::Measured(..) | Kind::Unit(_))) =>
            {
                self.at += 1;
                (self.spread, self.each) = (true, Some((n, n)));
            }
            // A number straight before an English name is a quantity, "12 dress" is the dress of number 12.
            (_, Some(Kind::Name(name)))
                if (1..=MOST_PIECES).contains(&n) && (self.is_latin(self.at) || self.is_named(name, n)) =>
            {
                if !self.is_named(name, n) || (n < 10 && self.is_latin(self.at)) {
                    self.counted(n, Unit::One);
                }
            }
            _ if form == Form::Count
                || (form == Form::Han && self.item.has_product() && self.item.quantity.is_none()) =>
            {
                self.counted(n, Unit::One)
            }
            _ => self.loose(n, place),
        }
    }

    fn is_latin(&self, place: usize) -> bool {
        self.tokens.get(place).is_some_and(|token| token.latin)
    }

    fn is_named(&self, name: usize, number: u32) -> bool {
        self.context.lexicon.names.get(name).is_some_and(|names| names.contains(&number))
    }

    fn counted(&mut self, n: u32, unit: Unit) {
        match unit {
            Unit::One | Unit::Lump => self.measured(n, n),
            Unit::Pair => self.measured(n.saturating_mul(2), n),
            Unit::Dozen => self.measured(n.saturating_mul(12), n.saturating_mul(12)),
        }
    }

    fn measured(&mut self, pieces: u32, pairs: u32) {
        if matches!(self.kind(self.at), Some(Kind::Unit(_))) {
            self.at += 1;
        }
        if matches!(self.kind(self.at), Some(Kind::Cue(Cue::Axis))) {
            self.at += 1;
            return self.axis(pieces);
        }
        if self.spread && self.each.is_none() {
            self.each = Some((pieces, pairs));
            return;
        }
        if self.item.quantity.is_some() {
            self.flush();
        }
        (self.item.quantity, self.item.pairs) = (Some(pieces), Some(pairs));
    }

    fn product(&mut self, n: u32, place: usize) {
        if self.item.has_product() {
            let named = !self.item.names.is_empty() && self.item.number.or(self.item.loose).is_none();
            let touching = named && !self.parted && self.item.quantity.is_none() && !self.claim_before(place);
            if touching {
                self.clash |= !self.item.names.contains(&n);
                self.item.number = Some(n);
                return;
            }
            if self.item.number == Some(n) && self.item.quantity.is_none() && !self.joined {
                return;
            }
            self.flush();
        } else if self.item.has_options() && self.item.quantity.is_some() && self.parted {
            self.flush();
        }
        self.item.number = Some(n);
    }

    fn claim_before(&self, place: usize) -> bool {
        place.checked_sub(1).and_then(|place| self.tokens.get(place)).is_some_and(Token::is_claim)
    }

    fn name(&mut self, name: usize, place: usize) {
        let names = self.context.lexicon.names.get(name).cloned().unwrap_or_default();
        let said = self.item.number.or(self.item.loose);
        let touching = !self.parted && self.item.quantity.is_none() && !self.claim_before(place);
        if let (Some(number), true, true) = (said, touching, self.item.names.is_empty()) {
            self.clash |= !names.contains(&number);
            self.item.names = names;
            return;
        }
        if said.is_some_and(|number| names.contains(&number)) && !self.parted {
            return;
        }
        let both: Vec<u32> = names.iter().filter(|n| self.item.names.contains(n)).copied().collect();
        if !both.is_empty() && !self.parted && self.item.quantity.is_none() {
            self.item.names = both;
            return;
        }
        if self.item.has_product() {
            self.flush();
        }
        self.item.names = names;
    }
}
