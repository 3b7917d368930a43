//! Orders that are taken back.

use super::item::{self, Context};
use super::parse::parse;
use super::segment::Segment;
use super::token::{Class, Cue, Kind, Token};
use super::{CommentLine, Open, Reading};

/// The reading of a comment that takes an order back, if it does; `Some(Reading::None)` for what only speaks of it.
pub(super) fn cancel(segments: &[Segment], context: &Context<'_>) -> Option<Reading> {
    let all: Vec<Token> = segments.iter().flat_map(|segment| segment.tokens.iter().copied()).collect();
    let has = |cue: Cue| all.iter().any(|token| token.is_cue(cue));
    let dropped = has(Cue::Cancel) || (has(Cue::Neg) && ends_refused(segments));
    if !dropped {
        return None;
    }
    let place = segments.iter().position(is_cancel).unwrap_or(0);
    let segment = segments.get(place)?;
    let latin_words = segment.tokens.iter().any(|token| token.is(Kind::Unknown) && token.latin);
    let enquiry = segments.iter().any(|segment| segment.enquiry && !segment.has(Cue::Stock));
    if enquiry || has(Cue::Report) || segment.has(Cue::Other) || latin_words {
        return Some(Reading::None);
    }
    if has(Cue::If) || has(Cue::Then) {
        return Some(Reading::question(Open::Condition, Vec::new()));
    }
    if segments.iter().any(|segment| segment.asks) {
        return Some(Reading::question(Open::Condition, Vec::new()));
    }
    if has(Cue::Change) || orders_too(segments, place) {
        let after = segments.iter().skip(place).flat_map(|segment| segment.tokens.iter().copied());
        let rest: Vec<Token> = after
            .skip_while(|token| !token.is_cue(Cue::Cancel) && !token.is_cue(Cue::Back))
            .filter(Token::orders)
            .collect();
        return Some(Reading::question(Open::Change, lines(&rest, context, true)));
    }
    let named: Vec<Token> = segments
        .iter()
        .filter(|segment| !segment.foreign || is_cancel(segment))
        .flat_map(|segment| segment.tokens.iter().copied())
        .collect();
    Some(Reading::Cancel { lines: lines(&named, context, false) })
}

fn is_cancel(segment: &Segment) -> bool {
    segment.has(Cue::Cancel) || segment.has(Cue::Neg)
}

/// "扣错了 不要", "don't want 12 anymore", "不要12了".
fn ends_refused(segments: &[Segment]) -> bool {
    let oops = segments.iter().any(|segment| segment.has(Cue::Oops));
    segments.iter().any(|segment| {
        let lone = !segment.names();
        let back =
            segment.tokens.iter().skip_while(|token| !token.is_cue(Cue::Neg)).any(|token| token.is_cue(Cue::Back));
        // "don't want mine anymore": the one order that is theirs.
        let own = segment
            .tokens
            .windows(2)
            .any(|two| matches!(two, [neg, claim] if neg.is_cue(Cue::Neg) && neg.latin && claim.is_claim()))
            && segment.tokens.iter().any(|token| token.is_cue(Cue::Back) && token.latin);
        segment.has(Cue::Neg) && ((lone && oops) || own || (segment.names() && back && !segment.foreign))
    })
}

/// Something is ordered beside what is taken back.
fn orders_too(segments: &[Segment], place: usize) -> bool {
    let names = |token: &&Token| {
        matches!(token.kind, Kind::Num(..) | Kind::Measured(..) | Kind::Opt(_) | Kind::Name(_) | Kind::Hash)
    };
    let elsewhere = segments.iter().enumerate().any(|(at, segment)| {
        at != place
            && !segment.foreign
            && !is_cancel(segment)
            && segment.tokens.iter().any(Token::is_claim)
            && segment.tokens.iter().any(|t| names(&t))
    });
    let behind = segments.get(place).is_some_and(|segment| {
        let mut rest = segment.tokens.iter().skip_while(|token| !token.is_cue(Cue::Cancel));
        rest.any(|token| matches!(token.kind, Kind::Claim(Class::AsBare) | Kind::Key(Class::AsBare)))
            && rest.next().is_some_and(|t| names(&t))
    });
    elsewhere || behind
}

/// Products named, with quantity and options where they were said.
fn lines(tokens: &[Token], context: &Context<'_>, full: bool) -> Vec<CommentLine> {
    let tokens: Vec<Token> = tokens
        .iter()
        .filter(|t| (t.orders() || t.is_break() || t.is(Kind::And)) && !t.is_claim() && !t.is_cue(Cue::Neg))
        .copied()
        .collect();
    let Some(parsed) = parse(&tokens, context) else { return Vec::new() };
    if !parsed.readings.is_empty() && parsed.items.is_empty() {
        // "取消4": a number alone is the product.
        return parsed
            .readings
            .iter()
            .filter_map(|lines| lines.iter().find(|line| line.quantity == Some(1)))
            .take(1)
            .map(|line| CommentLine { quantity: full.then_some(1), ..line.clone() })
            .collect();
    }
    let mut lines: Vec<CommentLine> = Vec::new();
    for item in parsed.items.iter().filter(|item| item.has_product()) {
        let (mut line, _) = item::line(item, context);
        if item.quantity.is_none() && !full {
            line.quantity = None;
        }
        if line.number.is_some() && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
