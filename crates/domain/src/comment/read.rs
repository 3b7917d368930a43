//! From a comment to what it asks for.

use super::bare::{bare, is_bare};
use super::cancel::cancel;
use super::clean::{clean, latin_look};
use super::guard::{is_no_order, once};
use super::item::{self, Context, Item, Parsed};
use super::lexicon::{Fold, Lexicon};
use super::parse::parse;
use super::rules::{BareNumbers, KeywordRules};
use super::scan::{is_measure, scan};
use super::segment::{Segment, segments, without_refused};
use super::settle::settle;
use super::shelf::Shelf;
use super::token::{Class, Cue, Kind, Token};
use super::{Confidence, Open, Reading};

/// The grammar of one show: its shelf, its crew and its rules.
#[derive(Debug, Clone)]
pub struct Grammar {
    shelf: Shelf,
    lexicon: Lexicon,
    bare: BareNumbers,
    /// The show asks for claim words of its own.
    keyed: bool,
    /// 扣 is one of them.
    kou: bool,
    fold: Fold,
}

impl Grammar {
    /// `fold` has to give one spelling for texts that mean the same, and every character's in bounded time.
    pub fn new(shelf: Shelf, rules: &KeywordRules, fold: Fold) -> Self {
        let lexicon = Lexicon::new(&shelf, rules, fold);
        let kou = rules.claim.iter().any(|word| fold(word) == "扣");
        Self { shelf, lexicon, bare: rules.bare, keyed: !rules.claim.is_empty(), kou, fold }
    }

    /// What `text` asks for while the product of number `pinned` is on the viewers' card.
    pub fn read(&self, text: &str, pinned: Option<u32>) -> Reading {
        let cleaned = clean(text, self.fold);
        if !cleaned.disguised {
            return self.plain(&cleaned.text, pinned);
        }
        let plain: Vec<char> = cleaned.text.iter().map(|c| latin_look(*c)).collect();
        match self.plain(&plain, pinned) {
            Reading::Claim { lines, .. } | Reading::Cancel { lines } => Reading::question(Open::Disguised, lines),
            other => other,
        }
    }

    fn plain(&self, text: &[char], pinned: Option<u32>) -> Reading {
        let pinned = pinned.filter(|number| self.shelf.item(*number).is_some());
        let context = Context { shelf: &self.shelf, lexicon: &self.lexicon, pinned, bare: self.bare };
        let mut tokens = scan(text, &self.lexicon);
        settle(&mut tokens, &self.shelf, &self.lexicon.names, pinned);
        let conditional = conditions(&mut tokens);
        let words: String = text.iter().collect();
        if is_no_order(&tokens, &words) {
            return Reading::None;
        }
        tokens.retain(|token| !token.is_cue(Cue::Mention));
        let segments = segments(&tokens);
        cancel(&segments, &context).unwrap_or_else(|| self.order(&segments, &context, conditional))
    }

    fn order(&self, segments: &[Segment], context: &Context<'_>, conditional: bool) -> Reading {
        let has = |cue: Cue| segments.iter().any(|segment| segment.has(cue));
        let clean: Vec<&Segment> = segments.iter().filter(|segment| segment.is_clean()).collect();
        let mut tokens: Vec<Token> = stream(clean.iter().copied());
        let refused = without_refused(&mut tokens);
        let claims = tokens.iter().any(|token| token.is_claim() || token.is(Kind::More) || token.is_cue(Cue::All));
        let orders = tokens
            .iter()
            .any(|t| t.orders() && (t.is_cue(Cue::All) || t.is_cue(Cue::Few) || !matches!(t.kind, Kind::Cue(_))));
        let remark = segments.iter().any(|segment| !segment.is_clean() || segment.praises());
        let asks = clean.iter().any(|segment| segment.asks && segment.orders());
        let half = clean.iter().any(|segment| segment.has(Cue::Half));
        if half && has(Cue::But) {
            return Reading::None;
        }
        if half && !orders {
            let alone = segments.iter().all(|segment| !segment.foreign) && context.pinned.is_some();
            return if alone {
                self.gated(context.pieces(1).reading(context, Confidence::Custom), &tokens, Some(Open::Condition))
            } else {
                Reading::None
            };
        }
        let hangs = has(Cue::If) && !has(Cue::Report) && !segments.iter().any(|segment| segment.enquiry);
        if hangs && !orders && segments.iter().any(|segment| segment.tokens.iter().any(Token::is_claim)) {
            return self.gated(
                Reading::question(Open::Condition, Vec::new()),
                &stream(segments.iter()),
                Some(Open::Condition),
            );
        }
        if !orders
            || (has(Cue::Report) && !claims)
            || (refused
                && !claims
                && !has(Cue::Oops)
                && !tokens.iter().any(|t| is_measure(t.kind) || matches!(t.kind, Kind::Opt(_))))
        {
            return Reading::None;
        }
        if claims && prices_follow(&clean) && !tokens.iter().any(|t| !t.is_claim() && t.orders()) {
            return Reading::None;
        }
        if has(Cue::Elsewhere) && !claims {
            return Reading::None;
        }
        let changed = clean.iter().any(|segment| segment.has(Cue::Change)) || (has(Cue::Oops) && orders);
        let single = once(&tokens).unwrap_or_else(|| tokens.clone());
        let numbers = is_bare(&single);
        if tokens.iter().any(|t| matches!(t.kind, Kind::Hand | Kind::Same))
            && !tokens
                .iter()
                .any(|t| matches!(t.kind, Kind::Num(..) | Kind::Opt(_) | Kind::Name(_) | Kind::Claim(_) | Kind::Key(_)))
        {
            let open = context.pinned.is_some() && !remark;
            return if open {
                self.gated(context.pieces(1).reading(context, Confidence::Custom), &tokens, Some(Open::Product))
            } else {
                Reading::None
            };
        }
        if numbers && !changed && (remark || self.bare == BareNumbers::Off) && !(conditional || half || has(Cue::If)) {
            return Reading::None;
        }
        let parsed = if numbers { bare(&single, context) } else { parse(&single, context) };
        let Some(parsed) = parsed else { return Reading::None };
        let strong = claims || is_strong(&single, &parsed, context);
        let alternatives = has(Cue::Or) && !remark;
        let asked_for = strong || numbers || changed || half || alternatives;
        if !asked_for && !self.weak_counts(&single, &parsed, context, remark) {
            return Reading::None;
        }
        let alone = claims
            && !tokens.iter().any(|t| {
                matches!(t.kind, Kind::Num(..) | Kind::Opt(_) | Kind::Name(_) | Kind::Measured(..) | Kind::Unit(_))
            });
        let touched = segments.iter().any(|s| {
            !s.is_clean()
                && ((alone && s.names())
                    || (s.enquiry && s.names() && !s.foreign)
                    || s.has(Cue::Stock)
                    || s.has(Cue::Haggle))
        });
        let haggled = clean.iter().any(|segment| segment.has(Cue::Haggle) || offers(segment, &parsed, context));
        if haggled && !claims {
            return Reading::None;
        }
        let former = has(Cue::Former) && !parsed.items.iter().any(Item::has_product);
        let open = if changed {
            Some(Open::Change)
        } else if former || clean.iter().any(|segment| segment.has(Cue::Or)) {
            Some(Open::Product)
        } else if conditional || half || asks || has(Cue::If) || touched || haggled {
            Some(Open::Condition)
        } else {
            None
        };
        let confidence = if strong { Confidence::Worded } else { Confidence::Custom };
        self.gated(parsed.reading(context, confidence), &single, open)
    }

    /// Options alone order the pinned product; a product with options not all said is a question.
    fn weak_counts(&self, tokens: &[Token], parsed: &Parsed, context: &Context<'_>, remark: bool) -> bool {
        if remark || self.bare == BareNumbers::Off {
            return false;
        }
        let product = parsed.items.iter().any(|item| item.number.is_some());
        let named = parsed.items.iter().any(|item| !item.names.is_empty());
        let options = parsed.items.iter().any(|item| item.has_options());
        let counted = parsed.items.iter().any(|item| item.quantity.is_some());
        let marked = tokens.iter().any(|t| matches!(t.kind, Kind::Mark | Kind::Hash | Kind::Kou));
        if product && !options && !counted && parsed.open.is_none() {
            return marked;
        }
        if product || (named && (options || counted)) {
            return true;
        }
        let fits = context.pinned.is_some_and(|pinned| parsed.items.iter().all(|item| context.accepts(pinned, item)));
        if options { fits } else { counted }
    }

    /// `reading` after the show's own claim words, and as a question where something keeps it from being a claim.
    fn gated(&self, reading: Reading, tokens: &[Token], open: Option<Open>) -> Reading {
        let reading = match (reading, open) {
            (Reading::Claim { lines, .. }, Some(why)) => Reading::question(why, lines),
            (Reading::Question { readings, .. }, Some(why)) => Reading::Question { why, readings },
            (reading, _) => reading,
        };
        let key = tokens.iter().any(|t| matches!(t.kind, Kind::Key(_)) || (self.kou && t.is(Kind::Kou)));
        if !self.keyed || key {
            return reading;
        }
        match reading {
            Reading::Claim { lines, .. } if tokens.iter().any(|t| t.is_claim() || t.is(Kind::More)) => {
                Reading::question(Open::Keyword, lines)
            }
            question @ Reading::Question { .. } if tokens.iter().any(|t| t.is_claim() || t.is(Kind::More)) => question,
            _ => Reading::None,
        }
    }
}

/// 要4块: a claim word that governs a price.
fn prices_follow(segments: &[&Segment]) -> bool {
    segments.iter().any(|segment| {
        segment
            .tokens
            .windows(2)
            .any(|two| matches!(two, [claim, price] if claim.is_claim() && matches!(price.kind, Kind::Price(_)) && !price.gap))
    })
}

/// "50块给我来两个", "两个100块": a price that is neither the goods' own nor what their number comes to.
fn offers(segment: &Segment, parsed: &Parsed, context: &Context<'_>) -> bool {
    let own = |figure: u32| {
        parsed.items.iter().any(|item| {
            let goods = item::number(item, context).and_then(|number| context.shelf.item(number));
            let pieces = i64::from(item.quantity.unwrap_or(1));
            goods.is_some_and(|goods| {
                let (figure, price) = (i64::from(figure), goods.price_minor);
                // People leave out what follows the point.
                [price / 100, (price + 99) / 100, pieces * price / 100, (pieces * price + 99) / 100].contains(&figure)
            })
        })
    };
    let price = |token: &Token| matches!(token.kind, Kind::Price(figure) if !own(figure));
    let ordered =
        |token: &Token| token.is_claim() || is_measure(token.kind) || matches!(token.kind, Kind::Measured(..));
    segment.tokens.iter().any(ordered) && segment.tokens.iter().any(price)
}

/// The tokens that order something, with the signs between them.
fn stream<'a>(segments: impl Iterator<Item = &'a Segment>) -> Vec<Token> {
    let kept = |token: &&Token| token.orders() || token.is_break() || token.is(Kind::And);
    segments.flat_map(|segment| segment.tokens.iter().filter(kept).copied()).collect()
}

/// Said clearly enough to stand beside a remark: a quantity with its measure word, or a product with all its options.
fn is_strong(tokens: &[Token], parsed: &Parsed, context: &Context<'_>) -> bool {
    let measured = tokens
        .iter()
        .any(|t| is_measure(t.kind) || matches!(t.kind, Kind::Measured(..) | Kind::Each | Kind::Cue(Cue::Few)));
    let counted_name = parsed.items.iter().any(|item| !item.names.is_empty() && item.quantity.is_some());
    let complete = !parsed.items.is_empty()
        && parsed.items.iter().all(|item| {
            let number = item.number.or(if item.names.is_empty() { None } else { super::item::number(item, context) });
            number.is_some_and(|number| item.has_options() && context.filled(number, item))
        });
    measured || counted_name || complete
}

/// Makes 就要 a claim word; true where something that is no order stands before it.
fn conditions(tokens: &mut [Token]) -> bool {
    let mut foreign = false;
    let mut conditional = false;
    for place in 0..tokens.len() {
        if tokens.get(place).is_some_and(|token| token.is_cue(Cue::Then)) {
            conditional |= foreign;
            // What the order hangs on is none of its words.
            let start = tokens.iter().take(place).rposition(Token::is_break).map_or(0, |at| at + 1);
            for before in tokens.iter_mut().take(place).skip(start).filter(|token| token.is(Kind::Unknown)) {
                before.kind = Kind::Filler;
            }
        }
        let Some(token) = tokens.get_mut(place) else { break };
        if token.is_cue(Cue::Then) {
            token.kind = Kind::Claim(Class::AsBare);
        }
        foreign |= !token.orders() && !matches!(token.kind, Kind::Filler) && !token.is_break();
    }
    conditional
}
