//! Tokens that mean something else beside their neighbours.

use super::scan::is_measure;
use super::shelf::Shelf;
use super::token::{Cue, Form, Kind, Token, Unit};

/// Rewrites what means something else beside its neighbours: units without a number, heights with weights, gifts for
/// others, breakdowns and totals.
pub(super) fn settle(tokens: &mut [Token], shelf: &Shelf, names: &[Vec<u32>], pinned: Option<u32>) {
    bodies(tokens);
    lumps(tokens, shelf, names, pinned);
    for place in 0..tokens.len() {
        let kind = settled(tokens, place);
        if let Some(token) = tokens.get_mut(place) {
            token.kind = kind;
        }
    }
    recipients(tokens);
    totals(tokens);
}

fn kind(tokens: &[Token], place: usize) -> Option<Kind> {
    tokens.get(place).map(|token| token.kind)
}

fn before(tokens: &[Token], place: usize) -> Option<Kind> {
    place.checked_sub(1).and_then(|place| kind(tokens, place))
}

fn settled(tokens: &[Token], place: usize) -> Kind {
    let Some(token) = tokens.get(place) else { return Kind::Unknown };
    let (left, right) = (before(tokens, place), kind(tokens, place + 1));
    let number = |kind: Option<Kind>| matches!(kind, Some(Kind::Num(..)));
    let asks_for = |kind: Option<Kind>| {
        matches!(
            kind,
            Some(
                Kind::Claim(_)
                    | Kind::Key(_)
                    | Kind::More
                    | Kind::Each
                    | Kind::Plus
                    | Kind::Cue(Cue::Few | Cue::Cancel)
            )
        )
    };
    match token.kind {
        unit if is_measure(unit) && !number(left) && !asks_for(left) && !matches!(left, Some(Kind::Measured(..))) => {
            Kind::Unknown
        }
        Kind::Mark if !number(left) => Kind::Unknown,
        Kind::Hash if !number(right) => Kind::Unknown,
        Kind::Times if !number(right) && number(left) => Kind::Unit(Unit::One),
        Kind::Times if !number(right) => Kind::Unknown,
        Kind::Kou if !number(right) && !matches!(right, Some(Kind::Plus)) => Kind::Unknown,
        Kind::Plus
            if !matches!(
                right,
                Some(Kind::Num(..) | Kind::Unit(_) | Kind::Hash | Kind::Name(_) | Kind::Measured(..))
            ) =>
        {
            Kind::Unknown
        }
        // A number in a word: "b4", "4g".
        Kind::Num(_, Form::Digits)
            if left == Some(Kind::Unknown) && !token.gap && tokens.get(place - 1).is_some_and(|t| t.latin) =>
        {
            Kind::Unknown
        }
        Kind::Cue(Cue::Kin) if !tokens.iter().skip(place + 1).take(2).any(|t| t.is_claim() || t.is_cue(Cue::Half)) => {
            Kind::Filler
        }
        Kind::Cue(Cue::Or) if !tokens.iter().take(place).any(names_thing) => Kind::Filler,
        Kind::Cue(Cue::Axis)
            if !matches!(left, Some(Kind::Num(..) | Kind::Measured(..) | Kind::Each)) && !token.latin =>
        {
            Kind::Filler
        }
        Kind::Cue(Cue::Tail) => Kind::Filler,
        Kind::Cue(Cue::Is) if tokens.iter().any(|t| t.is_cue(Cue::Oops) || t.is_cue(Cue::Change)) => Kind::Filler,
        Kind::Cue(Cue::Is) => Kind::Unknown,
        Kind::Cue(Cue::Also)
            if tokens
                .iter()
                .skip(place + 1)
                .take(8)
                .take_while(|t| !t.gap)
                .any(|t| matches!(t.kind, Kind::Asked | Kind::Cue(Cue::Query))) =>
        {
            Kind::Cue(Cue::Stock)
        }
        Kind::Cue(Cue::Also) => Kind::And,
        Kind::Cue(Cue::Day) if number(right) && kind(tokens, place + 2) == Some(Kind::Mark) => Kind::Unknown,
        Kind::Cue(Cue::Day) => Kind::Filler,
        Kind::Cue(Cue::Ordinal) if !tokens.iter().any(Token::is_claim) => Kind::Unknown,
        Kind::Cue(Cue::Ask | Cue::Axis) if left == Some(Kind::Cue(Cue::AnyOne)) => Kind::Filler,
        Kind::Cue(Cue::Several) => Kind::Cue(if asks_for(left) { Cue::Few } else { Cue::Ask }),
        other => other,
    }
}

pub(super) fn names_thing(token: &Token) -> bool {
    matches!(token.kind, Kind::Num(..) | Kind::Opt(_) | Kind::Name(_))
}

/// `165 52`, `168/58`, `160 100斤`, `168穿`: figures of a body, not of an order.
fn bodies(tokens: &mut [Token]) {
    for place in 0..tokens.len() {
        let Some(Kind::Num(140..=199, Form::Digits)) = kind(tokens, place) else { continue };
        let slash = usize::from(matches!(kind(tokens, place + 1), Some(Kind::Slash | Kind::Comma)));
        let next = kind(tokens, place + 1 + slash);
        let weight = matches!(next, Some(Kind::Num(35..=139, Form::Digits)));
        let measure = matches!(next, Some(Kind::Unknown)) && tokens.get(place + 1).is_some_and(|t| t.gap || slash == 1);
        let worn = matches!(next, Some(Kind::Unknown)) && slash == 0;
        // A height said beside the goods: "12红L 我165".
        let beside = tokens.iter().any(|t| matches!(t.kind, Kind::Opt(_) | Kind::Name(_) | Kind::Mark))
            && !is_followed(tokens, place);
        if !(weight || measure || worn || beside) {
            continue;
        }
        let end = if weight { place + 1 + slash } else { place };
        for token in tokens.iter_mut().take(end + 1).skip(place) {
            token.kind = Kind::Cue(Cue::Body);
        }
    }
}

fn is_followed(tokens: &[Token], place: usize) -> bool {
    matches!(kind(tokens, place + 1), Some(Kind::Mark | Kind::Unit(_)))
        || matches!(before(tokens, place), Some(Kind::Hash | Kind::Claim(_) | Kind::Key(_)))
}

/// 块 after a number is money unless the product is sold by it.
fn lumps(tokens: &mut [Token], shelf: &Shelf, names: &[Vec<u32>], pinned: Option<u32>) {
    let in_lumps = |number: u32| shelf.item(number).is_some_and(|item| item.in_lumps);
    for place in 1..tokens.len() {
        if kind(tokens, place) != Some(Kind::Unit(Unit::Lump)) || !matches!(before(tokens, place), Some(Kind::Num(..)))
        {
            continue;
        }
        let named = |place: usize| match (kind(tokens, place), kind(tokens, place + 1), before(tokens, place)) {
            (Some(Kind::Name(name)), ..) => names.get(name).and_then(|list| list.first()).copied(),
            (Some(Kind::Num(number, _)), Some(Kind::Mark), _) | (Some(Kind::Num(number, _)), _, Some(Kind::Hash)) => {
                Some(number)
            }
            _ => None,
        };
        // The nearest product of the eight tokens before, else one right behind, else the pinned one.
        let next = tokens.get(place + 1).filter(|token| !token.gap).and_then(|_| named(place + 1));
        let near = next
            .or_else(|| (place.saturating_sub(9)..place - 1).rev().find_map(named))
            .or_else(|| named(place + 1))
            .or_else(|| named(place + 2));
        let piece = near.or(pinned).is_some_and(in_lumps);
        for at in [place - 1, place] {
            if let (Some(token), false) = (tokens.get_mut(at), piece) {
                token.kind = Kind::Price;
            }
        }
    }
}

/// "for my sister", 给我妈, 送同事: whom it is for changes nothing. "两个 一个给我妈" orders two.
fn recipients(tokens: &mut [Token]) {
    let mut quantity = false;
    let mut part = 0;
    for place in 0..tokens.len() {
        let Some(token) = tokens.get(place).copied() else { break };
        if token.is_break() || token.gap {
            part = place + usize::from(token.is_break());
        }
        match token.kind {
            Kind::Unit(_) | Kind::Measured(..) if place > part + 2 || part == 0 => quantity = true,
            Kind::Cue(Cue::Whom) => fill(tokens, place, |t| !names_thing(t) && !t.is_claim() && !t.is(Kind::Hash)),
            Kind::Cue(Cue::Recipient | Cue::Purpose) => {
                let share = tokens.iter().take(place).skip(part);
                let only = share
                    .clone()
                    .all(|t| matches!(t.kind, Kind::Num(..) | Kind::Unit(_) | Kind::Measured(..) | Kind::Filler));
                if only && quantity && share.count() > 0 {
                    for token in tokens.iter_mut().take(place).skip(part) {
                        token.kind = Kind::Filler;
                    }
                }
                let asked = tokens.iter().skip(place).take_while(|t| !t.is_break() || t.is(Kind::Asked));
                let asked = asked
                    .enumerate()
                    .take_while(|(at, t)| *at == 0 || !t.gap || t.latin)
                    .map(|(_, t)| t)
                    .any(|t| matches!(t.kind, Kind::Asked | Kind::Cue(Cue::Ask | Cue::Query)));
                let ordered = !asked
                    && tokens.iter().take(place).any(|t| {
                        t.is_claim() || is_measure(t.kind) || matches!(t.kind, Kind::Measured(..) | Kind::Opt(_))
                    });
                if token.is_cue(Cue::Recipient) {
                    fill(tokens, place, |t| matches!(t.kind, Kind::Cue(Cue::Kin) | Kind::Filler));
                } else if ordered {
                    fill(tokens, place, |t| {
                        !t.gap
                            && matches!(
                                t.kind,
                                Kind::Unknown | Kind::Filler | Kind::Cue(Cue::Kin | Cue::Other | Cue::Purpose)
                            )
                    });
                }
            }
            _ => {}
        }
    }
}

/// Makes `place` and what follows it nothing, as long as `part` holds of it.
fn fill(tokens: &mut [Token], place: usize, part: fn(&Token) -> bool) {
    let mut rest = tokens.iter_mut().skip(place);
    if let Some(first) = rest.next() {
        first.kind = Kind::Filler;
    }
    for token in rest.take_while(|t| part(t) && !t.is_break() && !matches!(t.kind, Kind::Cue(Cue::Ask | Cue::Query))) {
        token.kind = Kind::Filler;
    }
}

/// 共两件 after what was ordered adds nothing.
fn totals(tokens: &mut [Token]) {
    for place in 0..tokens.len() {
        if kind(tokens, place) != Some(Kind::Cue(Cue::Total)) {
            continue;
        }
        let after = tokens.iter().take(place).any(Token::orders);
        for token in tokens.iter_mut().skip(place).take(3).filter(|t| {
            t.is_cue(Cue::Total) || (after && matches!(t.kind, Kind::Num(..) | Kind::Unit(_) | Kind::Measured(..)))
        }) {
            token.kind = Kind::Filler;
        }
    }
}
