//! What stands together in a comment, and whether it is an order or a remark.
//!
//! Signs part segments, and so do blanks beside Chinese words that the grammar does not know. A segment with such a
//! word is a remark: it orders nothing, and takes nothing from an order that is clear without it.

use super::settle::names_thing;
use super::token::{Class, Cue, Kind, Token};

/// A run of tokens.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub tokens: Vec<Token>,
    /// Holds words the grammar does not know, or that order nothing.
    pub foreign: bool,
    /// An enquiry by its words: how, what, is.
    pub enquiry: bool,
    /// Ends like a question: 吗, "?".
    pub asks: bool,
}

impl Segment {
    fn new(tokens: Vec<Token>, asked: bool) -> Self {
        let has = |test: fn(&Cue) -> bool| tokens.iter().any(|t| matches!(&t.kind, Kind::Cue(cue) if test(cue)));
        let foreign = tokens.iter().any(|t| t.is(Kind::Unknown) || t.is(Kind::Quote))
            || has(|cue| {
                matches!(
                    cue,
                    Cue::Report
                        | Cue::Vote
                        | Cue::Show
                        | Cue::Consider
                        | Cue::Contact
                        | Cue::Elsewhere
                        | Cue::Return
                        | Cue::Other
                        | Cue::Mention
                        | Cue::Kin
                        | Cue::Purpose
                        | Cue::But
                )
            });
        let enquiry = has(|cue| matches!(cue, Cue::Ask | Cue::Stock));
        let asks = asked || has(|cue| matches!(cue, Cue::Query | Cue::May));
        Self { foreign, enquiry, asks, tokens }
    }

    pub fn has(&self, cue: Cue) -> bool {
        self.tokens.iter().any(|token| token.is_cue(cue))
    }

    /// Praises what it names: "4号好看".
    pub fn praises(&self) -> bool {
        let things = |token: &Token| {
            matches!(token.kind, Kind::Num(..) | Kind::Mark | Kind::Opt(_) | Kind::Name(_) | Kind::Filler)
        };
        let praise = |token: &Token| token.is_cue(Cue::Praise);
        self.tokens.windows(2).any(|two| match two {
            [left, right] => {
                !right.gap
                    && ((things(left) && praise(right)) || (praise(left) && things(right) && !right.is(Kind::Filler)))
            }
            _ => false,
        }) && self.names()
    }

    pub fn orders(&self) -> bool {
        self.tokens.iter().any(Token::orders)
    }

    /// Names a product, an option or a number.
    pub fn names(&self) -> bool {
        self.tokens.iter().any(|t| matches!(t.kind, Kind::Num(..) | Kind::Opt(_) | Kind::Name(_)))
    }

    pub fn is_clean(&self) -> bool {
        !self.foreign && !self.enquiry
    }
}

/// Parts `tokens` into segments; the signs between them come along as segments of their own.
pub(super) fn segments(tokens: &[Token]) -> Vec<Segment> {
    let mut parted: Vec<Segment> = Vec::new();
    let mut run: Vec<Token> = Vec::new();
    let mut rest = tokens;
    // Where the Latin words begin that end the run.
    let mut latin_from = 0;
    let mut plain = true;
    while let Some(first) = rest.first() {
        if first.is_break() {
            let asked = first.is(Kind::Asked);
            (latin_from, plain) = (0, true);
            if !run.is_empty() {
                parted.push(Segment::new(std::mem::take(&mut run), asked));
            } else if let Some(last) = parted.last_mut().filter(|_| asked) {
                last.asks = true;
            }
            parted.push(Segment::new(vec![*first], false));
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let length = 1 + rest.iter().skip(1).take_while(|token| !token.gap && !token.is_break()).count();
        let (word, after) = rest.split_at(length);
        if apart(&run, plain, word) && !run.is_empty() {
            parted.push(Segment::new(std::mem::take(&mut run), false));
            (latin_from, plain) = (0, true);
        } else if latin_from > 0
            && latin_from < run.len()
            && !word.iter().all(is_plain)
            && run.iter().take(latin_from).any(names_thing)
        {
            // "我要4号 one forever": the remark begins where the script changes.
            let remark = run.split_off(latin_from);
            parted.push(Segment::new(std::mem::replace(&mut run, remark), false));
            (latin_from, plain) = (0, true);
        }
        latin_from = word.iter().rposition(|token| !token.latin).map_or(latin_from, |place| run.len() + place + 1);
        plain &= word.iter().all(is_plain);
        run.extend_from_slice(word);
        rest = after;
    }
    if !run.is_empty() {
        parted.push(Segment::new(run, false));
    }
    parted
}

/// A blank parts what stands before it from `word`: one of them orders nothing, and they are not both Latin.
fn apart(run: &[Token], run_plain: bool, word: &[Token]) -> bool {
    let body = |token: &Token| token.is_cue(Cue::Body);
    let last: &[Token] = run.iter().rposition(|token| token.gap).and_then(|place| run.get(place..)).unwrap_or(run);
    if last.iter().any(body) != word.iter().any(body) {
        return true;
    }
    let latin = run.last().is_some_and(|token| token.latin) && word.iter().all(|token| token.latin);
    let far = word.first().is_some_and(|token| token.far);
    !(run_plain && word.iter().all(is_plain)) && (far || !latin)
}

fn is_plain(token: &Token) -> bool {
    token.orders()
        || matches!(token.kind, Kind::Filler | Kind::Price(_) | Kind::And)
        || matches!(
            token.kind,
            Kind::Cue(
                Cue::Back | Cue::Body | Cue::Praise | Cue::Cancel | Cue::May | Cue::Query | Cue::Half | Cue::Change
            )
        )
}

/// Takes what is refused ("不要红M", "not 12") out of `tokens`; true where there was any.
pub(super) fn without_refused(tokens: &mut Vec<Token>) -> bool {
    let mut refused = false;
    let mut kept = Vec::with_capacity(tokens.len());
    let mut taken: Option<usize> = None;
    let mut swallowed = false;
    for (place, token) in tokens.iter().enumerate() {
        if token.is_cue(Cue::Neg) {
            (refused, taken) = (true, Some(0));
            // "4号不要 要7号": what is refused stands before.
            if tokens.get(place + 1).is_none_or(|next| next.is_break() || next.is_claim() || (next.gap && !next.latin))
            {
                let of_item = |t: &Token| names_thing(t) || matches!(t.kind, Kind::Mark | Kind::Hash);
                while kept.pop_if(|last: &mut Token| of_item(last)).is_some() {}
            }
            // "not mine".
            swallowed = token.latin && tokens.get(place + 1).is_some_and(Token::is_claim);
            continue;
        }
        if std::mem::take(&mut swallowed) {
            continue;
        }
        if let Some(count) = taken {
            let over = token.is_claim()
                || token.is_break()
                || token.is(Kind::More)
                || (count > 0 && token.gap && !token.latin)
                || (count > 0 && token.gap && matches!(token.kind, Kind::Num(..)) && count > 1);
            if !over {
                taken = Some(count + 1);
                continue;
            }
            taken = None;
        }
        kept.push(*token);
    }
    *tokens = kept;
    refused
}

/// The class of the claim words in `tokens`: one that names a product wins.
pub(super) fn class(tokens: &[Token]) -> Option<Class> {
    let classes = tokens.iter().filter_map(|token| match token.kind {
        Kind::Claim(class) | Kind::Key(class) => Some(class),
        Kind::More => Some(Class::AsBare),
        _ => None,
    });
    classes.max_by_key(|class| *class == Class::Named)
}
