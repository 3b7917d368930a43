//! Bare numbers: the table of section 3 of the rules.

use super::item::{Context, Item, Parsed};
use super::parse::parse;
use super::rules::BareNumbers;
use super::token::{Form, Kind, Token};
use super::{CommentLine, MOST_PIECES, Open};

/// True for a comment of numbers and their signs alone.
pub(super) fn is_bare(tokens: &[Token]) -> bool {
    tokens.iter().all(|t| {
        t.is_break()
            || matches!(
                t.kind,
                Kind::Num(..) | Kind::Plus | Kind::Times | Kind::Kou | Kind::Mark | Kind::Hash | Kind::And | Kind::Hand
            )
    }) && tokens.iter().any(|t| matches!(t.kind, Kind::Num(..)))
}

/// What a comment of numbers alone asks for; `None` for nothing.
pub(super) fn bare(tokens: &[Token], context: &Context<'_>) -> Option<Parsed> {
    let tokens: Vec<Token> = tokens.iter().filter(|t| !t.is(Kind::Hand)).copied().collect();
    let kinds: Vec<Kind> = trimmed(&tokens);
    use Kind::{And, Comma, Hash, Kou, Mark, Num, Plus, Slash, Times};
    let quantity_of_pinned = |n: u32| Some(context.pieces(n));
    match kinds.as_slice() {
        [Num(n, Form::Count)] | [Kou, Num(n, Form::Count)] => quantity_of_pinned(*n),
        [Num(n, _)] | [Kou, Num(n, _)] => lone(*n, context),
        [Plus, Num(n, _)] | [Kou, Plus, Num(n, _)] | [Times, Num(n, _)] => {
            if *n == 0 || (*n > MOST_PIECES && matches!(kinds.as_slice(), [Plus, ..])) {
                None
            } else {
                quantity_of_pinned(*n)
            }
        }
        [Num(n, _), Mark]
        | [Hash, Num(n, _)]
        | [Hash, Num(n, _), Mark]
        | [Num(n, _), Mark, Hash]
        | [Kou, Num(n, _), Mark] => context.has(*n).then(|| one(*n)),
        [Num(n, _), Mark, Plus, Num(m, _)]
        | [Num(n, _), Mark, Times, Num(m, _)]
        | [Hash, Num(n, _), Plus, Num(m, _)]
        | [Hash, Num(n, _), Times, Num(m, _)] => {
            context.has(*n).then(|| Parsed::of(vec![Item { number: Some(*n), quantity: Some(*m), ..Item::default() }]))
        }
        [Num(n, _), Plus, Num(m, _)] => sum(*n, *m, context),
        [Num(n, _), Times, Num(m, _)] => product(*n, *m, context),
        // "4号俩".
        [Num(n, _), Mark, Num(m, Form::Count)] | [Hash, Num(n, _), Num(m, Form::Count)] => with(*n, *m, context),
        [Num(n, _), Mark, Num(m, _)] | [Hash, Num(n, _), Num(m, _)] => loose(*n, *m, context),
        [Num(m, _), Hash, Num(n, _)] | [Num(m, _), Times, Hash, Num(n, _)] => with(*n, *m, context),
        [Num(n, _), Num(m, _)] => pair(*n, *m, context),
        _ if kinds.iter().filter(|k| matches!(k, Num(1, _))).count() >= 3
            && kinds.iter().all(|k| matches!(k, Num(1, _) | And | Comma | Slash | Kind::Stop)) =>
        {
            None
        }
        _ if counted(&kinds) => {
            let parsed = parse(&tokens, context)?;
            parsed.items.iter().all(|item| item.number.is_some_and(|n| context.has(n))).then_some(parsed)
        }
        _ => list(&kinds, context),
    }
}

fn trimmed(tokens: &[Token]) -> Vec<Kind> {
    let is_end = |t: &Token| t.is_break() || t.is(Kind::And);
    let start = tokens.iter().take_while(|t| is_end(t)).count();
    let end = tokens.len() - tokens.iter().rev().take_while(|t| is_end(t)).count();
    tokens.iter().take(end).skip(start).map(|t| t.kind).collect()
}

fn one(number: u32) -> Parsed {
    Parsed::of(vec![Item { number: Some(number), ..Item::default() }])
}

/// A number alone, or behind 扣 or 要.
pub(super) fn lone(n: u32, context: &Context<'_>) -> Option<Parsed> {
    match context.bare {
        BareNumbers::Quantity => return (1..=MOST_PIECES).contains(&n).then(|| context.pieces(n)),
        BareNumbers::Number => return context.has(n).then(|| one(n)),
        BareNumbers::Table | BareNumbers::Off => {}
    }
    if n == 1 {
        return Some(context.pieces(1));
    }
    if !context.has(n) {
        return context
            .is_value(context.pinned, n)
            .then(|| Parsed::of(vec![Item { figures: vec![n], ..Item::default() }]));
    }
    match context.pinned {
        Some(pinned) if pinned == n => Some(one(n)),
        _ if matches!(n, 88 | 111) => Some(Parsed::ambiguous(vec![vec![line(n, 1)]])),
        Some(pinned) if n <= 9 => Some(Parsed::ambiguous(vec![vec![line(pinned, n)], vec![line(n, 1)]])),
        _ => Some(one(n)),
    }
}

fn line(number: u32, quantity: u32) -> CommentLine {
    CommentLine { number: Some(number), quantity: Some(quantity), options: Vec::new() }
}

fn with(number: u32, quantity: u32, context: &Context<'_>) -> Option<Parsed> {
    (context.has(number) && quantity > 0)
        .then(|| Parsed::of(vec![Item { number: Some(number), quantity: Some(quantity), ..Item::default() }]))
}

fn sum(n: u32, m: u32, context: &Context<'_>) -> Option<Parsed> {
    // "38+1": a value of the pinned product, once.
    if !context.has(n) && context.is_value(context.pinned, n) {
        return Some(Parsed::of(vec![Item { figures: vec![n], quantity: Some(m), ..Item::default() }]));
    }
    match (n, m) {
        (1, 1) => context.has(1).then(|| one(1)),
        (_, 1) => context.has(n).then(|| one(n)),
        (10.., 2..=9) => with(n, m, context),
        (2..=9, 2..=9) => context.has(n).then(|| Parsed::ambiguous(vec![vec![line(n, m)]])),
        _ => context.has(n).then(|| Parsed::ambiguous(vec![vec![line(n, m)]])),
    }
}

fn product(n: u32, m: u32, context: &Context<'_>) -> Option<Parsed> {
    // "37*2": two of a size of the pinned product.
    if !context.has(n) && context.is_value(context.pinned, n) && (1..=MOST_PIECES).contains(&m) {
        return Some(Parsed::of(vec![Item { figures: vec![n], quantity: Some(m), ..Item::default() }]));
    }
    match (n >= 10, m >= 10) {
        (true, true) => context.has(n).then(|| Parsed::ambiguous(vec![vec![line(n, m)]])),
        (false, true) if context.has(m) => with(m, n, context),
        _ => with(n, m, context),
    }
}

fn loose(n: u32, m: u32, context: &Context<'_>) -> Option<Parsed> {
    if context.is_value(Some(n), m) {
        return Some(Parsed::of(vec![Item { number: Some(n), figures: vec![m], ..Item::default() }]));
    }
    if context.is_price(n, m) {
        return Some(one(n));
    }
    context.has(n).then(|| Parsed::ambiguous(vec![vec![line(n, m)]]))
}

fn pair(n: u32, m: u32, context: &Context<'_>) -> Option<Parsed> {
    if context.is_value(Some(n), m) {
        return loose(n, m, context);
    }
    if !context.has(n) && context.is_value(context.pinned, n) && m <= MOST_PIECES {
        return Some(Parsed::of(vec![Item { figures: vec![n], quantity: Some(m), ..Item::default() }]));
    }
    if !context.has(n) || !(context.has(m) || m <= MOST_PIECES) {
        // "10 41": a size that the product does not come in.
        let sized = (20..=60).contains(&m) && context.has_figures(n);
        return sized.then(|| Parsed { open: Some(Open::Option), ..Parsed::of(vec![Item::product(n)]) });
    }
    match (n, m) {
        (10.., 10..) if context.has(m) => Some(Parsed::of(vec![Item::product(n), Item::product(m)])),
        _ => Some(Parsed {
            open: Some(Open::Quantity),
            readings: vec![vec![line(n, 1), line(m, 1)], vec![line(n, m)]],
            ..Parsed::default()
        }),
    }
}

/// Quantities stand among the numbers: "4x2, 7x1".
fn counted(kinds: &[Kind]) -> bool {
    let plus =
        kinds.windows(3).any(|three| matches!(three, [Kind::Plus, Kind::Num(..), after] if *after != Kind::Mark));
    let counts = kinds.windows(2).any(|two| matches!(two, [Kind::Num(_, Form::Count), Kind::Num(..)]));
    let signed = plus || counts || matches!(kinds, [.., Kind::Plus, Kind::Num(..)]) || kinds.contains(&Kind::Times);
    signed && !kinds.contains(&Kind::Kou)
}

/// "4、7", "4号 7号": one of each; a number that is on no shelf makes all of it none.
fn list(kinds: &[Kind], context: &Context<'_>) -> Option<Parsed> {
    if kinds.contains(&Kind::Kou) {
        return None;
    }
    let mut items: Vec<Item> = Vec::new();
    let (mut parted, mut marked) = (true, false);
    for (place, kind) in kinds.iter().enumerate() {
        match kind {
            Kind::Num(n, _) => {
                let sign = marked || kinds.get(place + 1) == Some(&Kind::Mark);
                let value = items.last().is_some_and(|item| context.is_value(item.number, *n)) && !sign;
                if value {
                    if let Some(item) = items.last_mut() {
                        item.figures.push(*n);
                    }
                } else if !context.has(*n) {
                    return None;
                } else if parted || sign || (*n >= 10 && items.last().is_some_and(|item| item.number >= Some(10))) {
                    if !items.iter().any(|item| item.number == Some(*n)) {
                        items.push(Item::product(*n));
                    }
                } else {
                    let lines = items.iter().filter_map(|item| item.number).chain([*n]).map(|n| line(n, 1)).collect();
                    return Some(Parsed::ambiguous(vec![lines]));
                }
                (parted, marked) = (false, false);
            }
            Kind::Hash => marked = true,
            Kind::Mark => {}
            _ => parted = true,
        }
    }
    Some(Parsed::of(items))
}
