//! The recovery code: a second, random way to the database's key, short enough for a sheet of paper.
//!
//! 32 random bytes and 4 bits of a hash over them are 52 characters of Crockford's base 32, in 13 groups of four with a
//! check character behind each: 65 characters. The check is over GF(32) and holds the group's number, so that a wrong
//! character, two that changed places and two groups that changed places are found, and the group is named.
//! Source of the alphabet: <https://www.crockford.com/base32.html>

use crate::OpenError;
use hawker_domain::failure::FailureWhy;
use hawker_wire::{ErrorCode, Failure, FailureReason};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS: usize = 13;
/// With the check character.
const GROUP: usize = 5;

/// A recovery code. Wiped when dropped; only [`RecoveryCode::text`] shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Zeroizing<[u8; 32]>);

/// Why a text is no recovery code. Groups count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    #[error("the recovery code has {found} characters instead of 65; type all 13 groups of 5")]
    Length { found: usize },
    #[error("group {group} of the recovery code has {found} characters instead of 5; compare it with your paper")]
    GroupLength { group: usize, found: usize },
    #[error(
        "group {group} of the recovery code holds {character:?}, which stands in no code; compare it with your paper"
    )]
    Character { group: usize, character: char },
    #[error("the recovery code is mistyped in group {}; compare it with your paper", list(.groups))]
    Mistyped { groups: Vec<usize> },
    #[error("the recovery code is mistyped, but in no single group; compare all of it with your paper")]
    Whole,
}

impl From<CodeError> for Failure {
    fn from(error: CodeError) -> Self {
        use FailureWhy as Why;
        let because = FailureReason::from;
        let reason = match &error {
            CodeError::Length { found } => because(Why::CodeLength).with("found", found),
            CodeError::GroupLength { group, found } => {
                because(Why::CodeGroupLength).with("group", group).with("found", found)
            }
            CodeError::Character { group, character } => {
                because(Why::CodeCharacter).with("group", group).with("character", character)
            }
            CodeError::Mistyped { groups } => because(Why::CodeMistyped).with("groups", list(groups)),
            CodeError::Whole => Why::CodeMistypedSomewhere.into(),
        };
        Self::new(ErrorCode::BadInput, error.to_string()).because(reason)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCode {
    pub(crate) fn random() -> Result<Self, OpenError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|error| OpenError::Io(std::io::Error::other(format!("no random numbers: {error}"))))?;
        Ok(Self(bytes))
    }

    /// As it is written down: 13 groups of 5 with dashes between them.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
        for (number, data) in symbols(&self.0).chunks(GROUP - 1).enumerate() {
            if number > 0 {
                text.push('-');
            }
            let check = check_symbol(number, data);
            text.extend(data.iter().chain([&check]).filter_map(|symbol| letter(*symbol)));
        }
        text
    }

    /// What the key is wrapped under.
    pub(crate) fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }
}

/// Reads a code as people type it: small letters, missing dashes, O for 0 and I or L for 1 are understood.
impl FromStr for RecoveryCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let pieces: Vec<Vec<char>> = text
            .split(is_separator)
            .filter(|piece| !piece.is_empty())
            .map(|piece| piece.chars().map(plain).collect())
            .collect();
        if pieces.len() == GROUPS
            && let Some((index, piece)) = pieces.iter().enumerate().find(|(_, piece)| piece.len() != GROUP)
        {
            return Err(CodeError::GroupLength { group: index + 1, found: piece.len() });
        }
        let letters = pieces.concat();
        if letters.len() != GROUPS * GROUP {
            return Err(CodeError::Length { found: letters.len() });
        }
        let mut data = Zeroizing::new(Vec::with_capacity(GROUPS * (GROUP - 1)));
        let mut mistyped = Vec::new();
        for (number, group) in letters.chunks(GROUP).enumerate() {
            let read = |character: &char| symbol(*character).ok_or(*character);
            let group: Zeroizing<Vec<u8>> = Zeroizing::new(
                group
                    .iter()
                    .map(read)
                    .collect::<Result<_, _>>()
                    .map_err(|character| CodeError::Character { group: number + 1, character })?,
            );
            match group.split_last() {
                Some((check, symbols)) if check_symbol(number, symbols) == *check => data.extend_from_slice(symbols),
                _ => mistyped.push(number + 1),
            }
        }
        if !mistyped.is_empty() {
            return Err(CodeError::Mistyped { groups: mistyped });
        }
        secret_of(&data).map(Self).ok_or(CodeError::Whole)
    }
}

fn list(groups: &[usize]) -> String {
    groups.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// Also the dashes that a text program puts in for a hyphen.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}

/// The letter as the alphabet has it, also for one of full width.
fn plain(character: char) -> char {
    let half = match character {
        '\u{ff10}'..='\u{ff5a}' => u8::try_from(u32::from(character) - 0xfee0).map_or(character, char::from),
        other => other,
    };
    match half.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

fn letter(symbol: u8) -> Option<char> {
    ALPHABET.get(usize::from(symbol)).map(|letter| char::from(*letter))
}

fn symbol(character: char) -> Option<u8> {
    let at = ALPHABET.iter().position(|letter| char::from(*letter) == character)?;
    u8::try_from(at).ok()
}

/// Four bits over the whole code, for what slips through the groups' own checks.
fn checksum(secret: &[u8; 32]) -> u8 {
    let digest = Sha256::new_with_prefix(b"hawker recovery code v1").chain_update(secret).finalize();
    digest.first().map_or(0, |byte| byte >> 4)
}

/// The 52 symbols of five bits each.
fn symbols(secret: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(52));
    let (mut held, mut bits) = (0_u32, 0);
    let mut take = |value: u8, width: u32| {
        held = (held << width) | u32::from(value);
        bits += width;
        while bits >= 5 {
            bits -= 5;
            out.push(((held >> bits) & 31) as u8);
        }
        held &= (1 << bits) - 1;
    };
    secret.iter().for_each(|byte| take(*byte, 8));
    take(checksum(secret), 4);
    out
}

/// None: the checksum is that of another code.
fn secret_of(symbols: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(32));
    let (mut held, mut bits) = (0_u32, 0);
    for symbol in symbols {
        held = (held << 5) | u32::from(*symbol);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(((held >> bits) & 255) as u8);
            held &= (1 << bits) - 1;
        }
    }
    let mut secret = Zeroizing::new([0; 32]);
    if bytes.len() != secret.len() {
        return None;
    }
    secret.copy_from_slice(&bytes);
    (u32::from(checksum(&secret)) == held).then_some(secret)
}

fn check_symbol(number: usize, data: &[u8]) -> u8 {
    let start = u8::try_from(number + 1).unwrap_or_default();
    double(data.iter().fold(start, |sum, symbol| double(sum) ^ symbol))
}

/// Times x in GF(32), modulo x^5 + x^2 + 1.
fn double(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 32 == 0 { shifted } else { (shifted ^ 0b10_0101) & 31 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(seed: u8) -> RecoveryCode {
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = (index as u8).wrapping_mul(37) ^ seed;
        }
        RecoveryCode(Zeroizing::new(bytes))
    }

    fn typed(letters: &[char]) -> Result<RecoveryCode, CodeError> {
        letters.iter().collect::<String>().parse()
    }

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        for seed in 0..=255 {
            let code = code(seed);
            let text = code.text();
            assert_eq!((text.len(), text.matches('-').count()), (77, 12), "13 groups of 5");
            let ways = [
                text.to_string(),
                text.to_lowercase(),
                text.replace('-', ""),
                text.replace('-', " \n"),
                text.replace('-', "–"),
                text.replace('0', "O").replace('1', "I"),
                text.replace('0', "o").replace('1', "l"),
                text.chars()
                    .map(|c| if c == '-' { c } else { char::from_u32(u32::from(c) + 0xfee0).unwrap() })
                    .collect(),
            ];
            for way in ways {
                assert_eq!(way.parse(), Ok(code.clone()), "{way}");
            }
        }
    }

    #[test]
    fn the_form_stays_as_it_is_on_paper() {
        let code = RecoveryCode(Zeroizing::new(std::array::from_fn(|at| at as u8)));
        let text = "000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4-2GAHK-C5RRE-34D11-P70XS-3RFN1";
        assert_eq!(code.text().as_str(), text, "codes that lie in drawers must be read for ever");
        assert_eq!(text.parse(), Ok(code));
    }

    #[test]
    fn every_wrong_character_and_every_swap_is_found_in_its_group() {
        let letters: Vec<char> = code(7).text().chars().filter(|c| *c != '-').collect();
        for place in 0..letters.len() {
            let group = place / GROUP + 1;
            for other in ALPHABET.iter().map(|letter| char::from(*letter)).filter(|other| *other != letters[place]) {
                let mut wrong = letters.clone();
                wrong[place] = other;
                assert_eq!(typed(&wrong), Err(CodeError::Mistyped { groups: vec![group] }), "{place} {other}");
            }
            let mut swapped = letters.clone();
            if place + 1 < letters.len() && letters[place] != letters[place + 1] {
                swapped.swap(place, place + 1);
                assert!(typed(&swapped).is_err(), "places {place} and the next");
            }
        }
        let groups: Vec<&[char]> = letters.chunks(GROUP).collect();
        let mut swapped = groups.clone();
        swapped.swap(3, 8);
        assert_eq!(typed(&swapped.concat()), Err(CodeError::Mistyped { groups: vec![4, 9] }));
    }

    #[test]
    fn what_is_wrong_with_a_code_is_said_by_group() {
        let text = code(9).text();
        let groups: Vec<&str> = text.split('-').collect();
        let with = |at: usize, group: &str| {
            let mut changed = groups.clone();
            changed[at] = group;
            changed.join("-").parse::<RecoveryCode>().unwrap_err()
        };
        assert_eq!(with(3, "ABC"), CodeError::GroupLength { group: 4, found: 3 });
        assert_eq!(with(12, "ABCDEF"), CodeError::GroupLength { group: 13, found: 6 });
        assert_eq!(with(0, "ABUDE"), CodeError::Character { group: 1, character: 'U' });
        assert_eq!("".parse::<RecoveryCode>(), Err(CodeError::Length { found: 0 }));
        assert_eq!(groups[..12].join("-").parse::<RecoveryCode>(), Err(CodeError::Length { found: 60 }));
        assert!(with(3, "ABC").to_string().contains("group 4"));
    }

    #[test]
    fn debug_does_not_show_it() {
        let code = code(1);
        assert!(!format!("{code:?}").contains(&code.text()[..4]));
    }
}
