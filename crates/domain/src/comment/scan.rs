//! From characters to tokens.

use super::clean::is_han;
use super::lexicon::Lexicon;
use super::token::{Cue, Form, Kind, Token, Unit};
use super::words::{AFTER_PRICE, BEFORE_PRICE, MEASURES};

/// Runs of so many digits are phone numbers, order numbers or applause.
const LONG_NUMBER: usize = 4;

/// The tokens of `text`, one after the other. Each character is looked at a bounded number of times.
pub(super) fn scan(text: &[char], lexicon: &Lexicon) -> Vec<Token> {
    let mut scan = Scan { text, lexicon, at: 0, gap: false, far: false, tokens: Vec::new() };
    while scan.at < text.len() {
        scan.step();
    }
    scan.tokens
}

struct Scan<'a> {
    text: &'a [char],
    lexicon: &'a Lexicon,
    at: usize,
    gap: bool,
    far: bool,
    tokens: Vec<Token>,
}

impl Scan<'_> {
    fn char(&self, place: usize) -> char {
        self.text.get(place).copied().unwrap_or(' ')
    }

    fn push(&mut self, kind: Kind, length: usize) {
        self.push_number(kind, length, 0);
    }

    fn push_number(&mut self, kind: Kind, length: usize, digits: u32) {
        let latin = !self.text.iter().skip(self.at).take(length).any(|c| is_han(*c));
        self.tokens.push(Token {
            kind,
            gap: std::mem::take(&mut self.gap),
            far: std::mem::take(&mut self.far),
            latin,
            digits,
        });
        self.at += length.max(1);
    }

    fn step(&mut self) {
        let first = self.char(self.at);
        match first {
            ' ' | '~' | '-' | '_' | '…' | '·' | '^' | '\'' | '*' if first != '*' && first != '-' => {
                self.far |= first == '~';
                self.gap = true;
                self.at += 1;
            }
            '-' => {
                // A minus belongs to the number behind it.
                let lone = !self.char(self.at.wrapping_sub(1)).is_alphanumeric();
                let digits = self.digits(self.at + 1);
                if lone && digits > 0 {
                    self.push(Kind::Unknown, 1 + digits);
                } else {
                    self.gap = true;
                    self.at += 1;
                }
            }
            '@' => self.mention(),
            '#' if self.hashtag() => {}
            '0'..='9' => self.number(),
            _ => self.word(first),
        }
    }

    fn digits(&self, start: usize) -> usize {
        self.text.iter().skip(start).take_while(|c| c.is_ascii_digit()).count()
    }

    fn mention(&mut self) {
        let rest: String = self.text.iter().skip(self.at + 1).take(24).collect();
        let known = self
            .lexicon
            .staff
            .iter()
            .filter(|name| rest.starts_with(name.as_str()))
            .map(|name| name.chars().count())
            .max();
        let known = known.or_else(|| match self.lexicon.longest_at(self.text, self.at + 1) {
            Some((Kind::Filler, length)) => Some(length),
            _ => None,
        });
        if let Some(length) = known {
            return self.push(Kind::Filler, 1 + length);
        }
        let length = self
            .text
            .iter()
            .skip(self.at + 1)
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
            .count();
        self.push(Kind::Cue(Cue::Mention), 1 + length);
    }

    /// `#` before a word is a hashtag, before a number the number's sign.
    fn hashtag(&mut self) -> bool {
        let word: Vec<char> = self.text.iter().skip(self.at + 1).take_while(|c| c.is_alphanumeric()).copied().collect();
        let figures = word.iter().take_while(|c| c.is_ascii_digit()).count();
        let tag = !word.is_empty() && (figures == 0 || word.get(figures).is_some_and(char::is_ascii_alphabetic));
        // "#12L" is a product with its size.
        let sized = tag
            && figures > 0
            && matches!(
                self.lexicon.longest_at(self.text, self.at + 1 + figures),
                Some((Kind::Opt(_) | Kind::Times, _))
            );
        if tag && !sized {
            self.push(Kind::Filler, 1 + word.len());
        }
        tag && !sized
    }

    fn number(&mut self) {
        let digits = self.digits(self.at);
        if let Some((kind, length)) = self.lexicon.longest_at(self.text, self.at).filter(|(_, length)| *length > digits)
        {
            return self.push(kind, length);
        }
        let end = self.at + digits;
        let joint = self.char(end);
        if matches!(joint, '.' | ':' | '\'') && self.char(end + 1).is_ascii_digit() {
            let run = self
                .text
                .iter()
                .skip(self.at)
                .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '\''))
                .count();
            let run = run
                + self.suffix(self.at + run, AFTER_PRICE).or_else(|| self.suffix(self.at + run, MEASURES)).unwrap_or(0);
            return self.push(Kind::Unknown, run);
        }
        // A range: 1-2件.
        if matches!(joint, '-' | '~') && self.char(end + 1).is_ascii_digit() {
            let more = self.digits(end + 1);
            return self.push(Kind::Unknown, digits + 1 + more);
        }
        if digits >= LONG_NUMBER {
            return self.push(Kind::Unknown, digits);
        }
        let value =
            self.text.iter().skip(self.at).take(digits).fold(0, |sum, c| sum * 10 + c.to_digit(10).unwrap_or(0));
        // "只要4号" orders; "只要4块" is a price.
        let counted = is_han(self.char(self.at.wrapping_sub(1)))
            && matches!(
                self.lexicon.longest_at(self.text, end),
                Some((Kind::Mark | Kind::Unit(Unit::One | Unit::Pair), _))
            );
        if self.priced() && !counted {
            let more = self.suffix(end, AFTER_PRICE).unwrap_or(0);
            return self.push(Kind::Price(value), digits + more);
        }
        let measure = self.suffix(end, MEASURES);
        let price = self.suffix(end, AFTER_PRICE).filter(|length| *length > 1 || self.char(end) != '块');
        if let Some(length) = price.filter(|length| measure.is_none_or(|other| other <= *length)) {
            return self.push(Kind::Price(value), digits + length);
        }
        if let Some(length) = measure {
            let figures = u32::try_from(digits).unwrap_or(u32::MAX);
            return self.push_number(Kind::Unknown, digits + length, figures);
        }
        if (140..200).contains(&value) && self.char(end) == '穿' {
            return self.push(Kind::Cue(Cue::Body), digits + 1);
        }
        // 买1送1.
        if self.char(end) == '送' && (self.char(end + 1).is_ascii_digit() || is_han_digit(self.char(end + 1))) {
            return self.push(Kind::Unknown, digits + 2);
        }
        self.push_number(Kind::Num(value, Form::Digits), digits, u32::try_from(digits).unwrap_or(u32::MAX));
    }

    /// How long the word of `list` is that begins at `start`; Latin words may stand apart and end where letters end.
    fn suffix(&self, start: usize, list: &str) -> Option<usize> {
        let apart = usize::from(self.char(start) == ' ' && self.char(start + 1).is_ascii_alphabetic());
        let letter = |c: char| c.is_ascii_alphabetic();
        let fits = |word: &str| {
            let length = word.chars().count();
            let same = word.chars().enumerate().all(|(place, c)| self.text.get(start + apart + place) == Some(&c));
            let ends = !letter(self.char(start + apart + length)) || !word.ends_with(|c: char| letter(c));
            (same && ends && (apart == 0 || length > 1)).then_some(length + apart)
        };
        list.split('|').filter_map(fits).max()
    }

    /// A sign of money stands before.
    fn priced(&self) -> bool {
        let blank = usize::from(self.at > 0 && self.char(self.at - 1) == ' ');
        let end = self.at - blank;
        let before = |word: &str| {
            let length = word.chars().count();
            end >= length
                && word.chars().enumerate().all(|(place, c)| self.char(end - length + place) == c)
                && !(word.starts_with(|c: char| c.is_ascii_alphabetic())
                    && end > length
                    && self.char(end - length - 1).is_ascii_alphabetic())
        };
        BEFORE_PRICE.split('|').any(before)
    }

    fn word(&mut self, first: char) {
        if let Some((kind, length)) = self.lexicon.longest_at(self.text, self.at) {
            return self.push(kind, length);
        }
        if is_han_digit(first) {
            return self.han_number();
        }
        if is_han(first) {
            return self.push(Kind::Unknown, 1);
        }
        if first.is_alphabetic() {
            let length = self
                .text
                .iter()
                .skip(self.at)
                .take_while(|c| (c.is_alphabetic() || **c == '\'') && !is_han(**c))
                .count();
            let word: Vec<char> = self.text.iter().skip(self.at).take(length).copied().collect();
            let drawn = drawn_out(&word)
                .and_then(|short| self.lexicon.longest_at(&short, 0).filter(|(_, n)| *n == short.len()));
            let other = if is_laughter(&word) { Kind::Filler } else { Kind::Unknown };
            return self.push(drawn.map_or(other, |(kind, _)| kind), length);
        }
        let kind = match first {
            ',' | '(' | ')' | '[' | ']' | '【' | '】' | '《' | '》' => Kind::Comma,
            '/' => Kind::Slash,
            '.' | '。' | ';' | '!' | ':' => Kind::Stop,
            '?' => Kind::Asked,
            '"' | '“' | '”' | '「' | '」' | '『' | '』' => Kind::Quote,
            _ => Kind::Unknown,
        };
        self.push(kind, 1);
    }

    fn han_number(&mut self) {
        let length = self.text.iter().skip(self.at).take_while(|c| is_han_digit(**c)).count();
        let run: Vec<char> = self.text.iter().skip(self.at).take(length).copied().collect();
        let end = self.at + length;
        let measured = self
            .suffix(end, MEASURES)
            .or_else(|| self.suffix(end, AFTER_PRICE).filter(|n| *n > 1 || self.char(end) != '块'));
        let spelled = run.len() > 1 && !run.iter().any(|c| matches!(c, '十' | '百' | '千' | '万'));
        // 买一送一.
        if self.char(end) == '送' && is_han_digit(self.char(end + 1)) {
            return self.push(Kind::Unknown, length + 2);
        }
        match han_value(&run) {
            Some(value) if measured.is_none() && !spelled => self.push_number(Kind::Num(value, Form::Han), length, 1),
            _ => self.push(Kind::Unknown, length + measured.unwrap_or(0)),
        }
    }
}

/// "miiine" -> "mine": where a letter stands three times or more, once.
fn drawn_out(word: &[char]) -> Option<Vec<char>> {
    let mut short = Vec::with_capacity(word.len());
    for same in word.chunk_by(|a, b| a == b) {
        short.extend(same.iter().take(if same.len() > 2 { 1 } else { 2 }));
    }
    (short.len() < word.len()).then_some(short)
}

/// "hahahaha", "sheeesh" is not: letters of laughter alone.
fn is_laughter(word: &[char]) -> bool {
    word.len() > 2 && (word.iter().all(|c| matches!(c, 'h' | 'a')) || word.iter().all(|c| matches!(c, 'h' | 'e')))
}

fn is_han_digit(character: char) -> bool {
    "零〇一二三四五六七八九十百千".contains(character)
}

/// 十二, 二十, 一百: the value of a written number.
fn han_value(run: &[char]) -> Option<u32> {
    let (mut sum, mut digit) = (0_u32, None);
    for character in run {
        let unit = match character {
            '十' => 10,
            '百' => 100,
            '千' => 1_000,
            other => {
                digit = "零一二三四五六七八九"
                    .chars()
                    .position(|c| c == *other)
                    .and_then(|place| u32::try_from(place).ok());
                continue;
            }
        };
        sum = sum.checked_add(digit.take().unwrap_or(1).checked_mul(unit)?)?;
    }
    sum.checked_add(digit.unwrap_or(0))
}

/// 打 and its like need a number or a claim word before them.
pub(super) fn is_measure(kind: Kind) -> bool {
    matches!(kind, Kind::Unit(Unit::One | Unit::Lump | Unit::Pair | Unit::Dozen))
}
