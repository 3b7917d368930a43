//! Tokens that mean something else beside their neighbours.

use super::scan::is_measure;
use super::shelf::Shelf;
use super::token::{Cue, Form, Kind, Token, Unit};

/// Rewrites what means something else beside its neighbours: units without a number, heights with weights, gifts for
/// others, breakdowns and totals.
pub(super) fn settle(tokens: &mut [Token], shelf: &Shelf, names: &[Vec<u32>], pinned: Option<u32>) {
    bodies(tokens);
    shares(tokens);
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
        Kind::Head(name)
            if matches!(left, Some(Kind::Unit(_) | Kind::Measured(..) | Kind::Mark | Kind::Opt(_))) && !token.gap =>
        {
            Kind::Name(name)
        }
        Kind::Head(name) if token.latin && (number(left) || tokens.iter().any(Token::is_claim)) => Kind::Name(name),
        Kind::Head(_) => Kind::Unknown,
        Kind::Mark if !number(left) => Kind::Unknown,
        Kind::Hash if !number(right) => Kind::Unknown,
        Kind::Times if !number(right) && number(left) => Kind::Unit(Unit::One),
        Kind::Times if !number(right) => Kind::Unknown,
        Kind::Kou if !number(right) && !matches!(right, Some(Kind::Plus)) => Kind::Unknown,
        // "红+L".
        Kind::Plus if matches!((left, right), (Some(Kind::Opt(_)), Some(Kind::Opt(_)))) => Kind::And,
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
        // "可以 我要一个" says yes.
        Kind::Cue(Cue::May)
            if !token.latin
                && tokens.get(place + 1).is_some_and(|next| next.gap || next.is_break())
                && left.is_none()
                && !tokens.iter().any(|t| matches!(t.kind, Kind::Asked | Kind::Cue(Cue::Query))) =>
        {
            Kind::Filler
        }
        Kind::Cue(Cue::Tail) => Kind::Filler,
        // "mine 7 the flask": a number and a name, no quantity of it.
        Kind::Cue(Cue::The) if number(left) && matches!(right, Some(Kind::Name(_))) => Kind::Mark,
        // "i want the 4".
        Kind::Cue(Cue::The)
            if number(right)
                && matches!(left, Some(Kind::Claim(_) | Kind::Key(_)))
                && !matches!(kind(tokens, place + 2), Some(Kind::Unit(_) | Kind::Name(_) | Kind::Num(..))) =>
        {
            Kind::Hash
        }
        Kind::Cue(Cue::The) => Kind::Filler,
        Kind::Cue(Cue::Article) if matches!(right, Some(Kind::Name(_))) && !number(left) => Kind::Num(1, Form::Count),
        Kind::Cue(Cue::Article)
            if tokens.get(place + 1).is_some_and(|next| matches!(next.kind, Kind::Num(..)) && !next.gap) =>
        {
            Kind::Unknown
        }
        Kind::Cue(Cue::Article) => Kind::Filler,
        // "2 of 4", "one of the flasks".
        Kind::Cue(Cue::Of)
            if number(left)
                && matches!(right, Some(Kind::Num(..) | Kind::Hash | Kind::Name(_) | Kind::Cue(Cue::The))) =>
        {
            Kind::Unit(Unit::One)
        }
        Kind::Cue(Cue::Of) => Kind::Filler,
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
        Kind::Cue(Cue::Ordinal) if number(right) && kind(tokens, place + 2) == Some(Kind::Mark) => Kind::Filler,
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
        let weighed = measure && tokens.get(place + 1 + slash).is_some_and(|t| t.digits > 0);
        let end = if weight || weighed { place + 1 + slash } else { place };
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
            (Some(Kind::Name(name) | Kind::Head(name)), ..) => names.get(name).and_then(|list| list.first()).copied(),
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
        let Some(Kind::Num(figure, _)) = before(tokens, place) else { continue };
        for at in [place - 1, place] {
            if let (Some(token), false) = (tokens.get_mut(at), piece) {
                token.kind = Kind::Price(figure);
            }
        }
    }
}

/// "要2个 老公一个我一个": who gets how many of what was ordered before.
fn shares(tokens: &mut [Token]) {
    let counts = |t: &Token| matches!(t.kind, Kind::Unit(_) | Kind::Measured(..));
    let mut counted = false;
    let mut start = 0;
    while start < tokens.len() {
        let end =
            tokens.iter().skip(start + 1).position(|t| t.gap || t.is_break()).map_or(tokens.len(), |at| start + 1 + at);
        let part = tokens.get(start..end).unwrap_or_default();
        let whom = part.iter().any(|t| matches!(t.kind, Kind::Cue(Cue::Kin | Cue::Recipient | Cue::Purpose)));
        let only = part.iter().all(|t| {
            counts(t)
                || t.is_break()
                || matches!(
                    t.kind,
                    Kind::Num(..) | Kind::Filler | Kind::And | Kind::Cue(Cue::Kin | Cue::Recipient | Cue::Purpose)
                )
        });
        let quantities = part.iter().filter(|t| counts(t)).count();
        if counted && whom && only && quantities > 0 {
            for token in tokens.iter_mut().take(end).skip(start).filter(|t| !t.is_break()) {
                token.kind = Kind::Filler;
            }
        }
        counted |= quantities > 0;
        start = end;
    }
}

/// "for my sister", 给我妈, 送同事: whom it is for changes nothing. "两个 一个给我妈" orders two.
fn recipients(tokens: &mut [Token]) {
    for place in 0..tokens.len() {
        let Some(token) = tokens.get(place).copied() else { break };
        match token.kind {
            Kind::Cue(Cue::Reason) => {
                // Options alone are no order beside a remark: "red L looks good on you".
                let counted = |t: &Token| {
                    !matches!(t.kind, Kind::Opt(_)) && (is_ordered(t) || matches!(t.kind, Kind::Num(_, Form::Count)))
                };
                let to_them = tokens.iter().skip(place).any(|t| t.is_cue(Cue::Other));
                let ordered = !to_them && !is_asked(tokens, place) && tokens.iter().take(place).any(counted);
                let report = tokens.iter().any(|t| t.is_cue(Cue::Report));
                if ordered && !report {
                    fill(tokens, place, |t| t.latin);
                } else if let Some(token) = tokens.get_mut(place) {
                    token.kind = Kind::Unknown;
                }
            }
            Kind::Cue(Cue::Whom) => fill(tokens, place, |t| !names_thing(t) && !t.is_claim() && !t.is(Kind::Hash)),
            Kind::Cue(Cue::Recipient | Cue::Purpose) => {
                let mut shared = false;
                for token in share(tokens, place) {
                    (token.kind, shared) = (Kind::Filler, true);
                }
                // "一个送一个" is an offer.
                let offered = tokens.get(place + 1).is_some_and(|next| matches!(next.kind, Kind::Num(..)) && !next.gap);
                if token.is_cue(Cue::Purpose) && offered && !shared {
                    if let Some(token) = tokens.get_mut(place) {
                        token.kind = Kind::Unknown;
                    }
                    continue;
                }
                // "我要回家了" orders nothing.
                let governed = place > 0 && !token.gap && tokens.get(place - 1).is_some_and(Token::is_claim);
                let ordered = !governed && !is_asked(tokens, place) && tokens.iter().take(place).any(is_ordered);
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

/// The quantity right before `place`, where it is a part of one said before: "两个 一个给我妈".
fn share(tokens: &mut [Token], place: usize) -> impl Iterator<Item = &mut Token> {
    let counts = |t: &Token| matches!(t.kind, Kind::Unit(_) | Kind::Measured(..));
    let fillers = tokens.iter().take(place).rev().take_while(|t| t.is(Kind::Filler)).count();
    let end = place - fillers;
    let length = match end.checked_sub(1).and_then(|last| kind(tokens, last)) {
        Some(Kind::Measured(..)) => 1,
        Some(Kind::Unit(_)) if end > 1 => 2,
        _ => 0,
    };
    let start = end - length;
    let whole = tokens.iter().take(start).any(counts);
    let parted = tokens.get(start).is_some_and(|t| t.gap)
        || tokens.get(start.wrapping_sub(1)).is_some_and(|t| counts(t) || t.is(Kind::Filler) || t.is_break());
    let length = if whole && parted { length } else { 0 };
    tokens.iter_mut().skip(start).take(length)
}

/// What stands from `place` to the next sign is a question.
fn is_asked(tokens: &[Token], place: usize) -> bool {
    let asked = tokens.iter().skip(place).take_while(|t| !t.is_break() || t.is(Kind::Asked));
    asked
        .enumerate()
        .take_while(|(at, t)| *at == 0 || !t.gap || t.latin)
        .any(|(_, t)| matches!(t.kind, Kind::Asked | Kind::Cue(Cue::Ask | Cue::Query)))
}

fn is_ordered(token: &Token) -> bool {
    token.is_claim() || is_measure(token.kind) || matches!(token.kind, Kind::Measured(..) | Kind::Opt(_))
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
