//! Forms that are no order whatever numbers are in them.

use super::token::{Cue, Kind, Token};

/// Words by which a viewer who speaks to another one claims for themselves.
const FIRST_PERSON: &[&str] = &[
    "我也要",
    "我要",
    "我也来",
    "我来",
    "我也拿",
    "我拿",
    "我也买",
    "我也想要",
    "我都要",
    "i want",
    "i'll take",
    "i also want",
    "i'll have",
    "mine too",
    "me too mine",
    "i need",
    "i take",
];

/// True for adverts, texts to software, votes, countdowns, quotations, and what is said to another viewer.
pub(super) fn is_no_order(tokens: &[Token], text: &str) -> bool {
    let has = |cue: Cue| tokens.iter().any(|token| token.is_cue(cue));
    let quoted = tokens.iter().filter(|token| token.is(Kind::Quote)).count() > 1;
    let spoken_to = has(Cue::Mention) && !FIRST_PERSON.iter().any(|words| text.contains(words));
    is_code(text)
        || has(Cue::Contact)
        || has(Cue::Vote)
        || has(Cue::Return)
        || quoted
        || spoken_to
        || counts_down(tokens)
}

/// "order.create(4,1)", "{order: 4}", "qty==2": written for software.
fn is_code(text: &str) -> bool {
    let signs = ["{", "}", "()", "==", "=>", "->", "</", "/>", "&&", "||", "%s", "$("];
    let characters: Vec<char> = text.chars().collect();
    let letter = |c: &char| c.is_ascii_alphabetic() || *c == '_';
    let call = characters.windows(4).any(|four| match four {
        [a, b, '(', c] => letter(a) && letter(b) && c.is_ascii_digit(),
        [a, '.', b, c] => letter(a) && letter(b) && letter(c) && text.contains('('),
        _ => false,
    });
    call || signs.iter().any(|sign| text.contains(sign))
}

/// Three numbers in a row that fall by one: "5 4 3 2 1".
fn counts_down(tokens: &[Token]) -> bool {
    let numbers: Vec<Option<u32>> = tokens
        .iter()
        .filter(|token| !token.is_break())
        .map(|token| match token.kind {
            Kind::Num(value, _) => Some(value),
            _ => None,
        })
        .collect();
    numbers.windows(3).any(|three| match three {
        [Some(a), Some(b), Some(c)] => b.checked_add(1) == Some(*a) && c.checked_add(1) == Some(*b),
        _ => false,
    })
}

/// One copy of what is said several times over: "+1+1+1", "我要我要". Numbers alone stay as they are when there are three
/// or more of them.
pub(super) fn once(tokens: &[Token]) -> Option<Vec<Token>> {
    let said: Vec<Token> = tokens.iter().filter(|token| !token.is_break()).copied().collect();
    let count = said.len();
    let repeats = |size: usize| said.iter().skip(size).zip(&said).all(|(later, first)| later.kind == first.kind);
    // Few sizes are tried, so that a long comment costs no more than its length.
    let size = (1..=8.min(count / 2)).find(|size| count.is_multiple_of(*size) && repeats(*size))?;
    let figures = said.iter().all(|token| matches!(token.kind, Kind::Num(..)));
    (!figures || count / size == 2).then(|| said.into_iter().take(size).collect())
}
