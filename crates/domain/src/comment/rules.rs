//! What a show changes of the grammar.

/// What a bare number means in a show (rules, sections 3 and 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BareNumbers {
    /// By the table of section 3.
    #[default]
    Table,
    /// Nothing.
    Off,
    /// Pieces of the pinned product.
    Quantity,
    /// A product.
    Number,
}

/// Rules of one show, from `claim=WORD|WORD`, `bare=off|quantity|number`, or both joined by `;`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeywordRules {
    /// Where there are any, only a comment with one of these is an order.
    pub claim: Vec<String>,
    pub bare: BareNumbers,
}

/// Why a text is no rule of a show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    #[error("{0:?} is no rule of a show: write claim=WORD|WORD or bare=off|quantity|number")]
    Unknown(String),
    #[error("claim= names no word")]
    NoWord,
}

impl std::str::FromStr for KeywordRules {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let mut rules = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("claim", words)) => {
                    rules.claim =
                        words.split('|').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
                    if rules.claim.is_empty() {
                        return Err(BadRule::NoWord);
                    }
                }
                Some(("bare", "off")) => rules.bare = BareNumbers::Off,
                Some(("bare", "quantity")) => rules.bare = BareNumbers::Quantity,
                Some(("bare", "number")) => rules.bare = BareNumbers::Number,
                _ => return Err(BadRule::Unknown(part.to_owned())),
            }
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rules_are_read_from_their_one_line_form() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        for (text, claim, bare) in [
            ("", words(&[]), BareNumbers::Table),
            ("bare=off", words(&[]), BareNumbers::Off),
            ("claim=mine|sold|扣", words(&["mine", "sold", "扣"]), BareNumbers::Table),
            ("claim=来一单 ; bare=number", words(&["来一单"]), BareNumbers::Number),
        ] {
            assert_eq!(text.parse::<KeywordRules>().unwrap(), KeywordRules { claim, bare }, "{text}");
        }
        assert_eq!("bare=maybe".parse::<KeywordRules>(), Err(BadRule::Unknown("bare=maybe".into())));
        assert_eq!("claim=|".parse::<KeywordRules>(), Err(BadRule::NoWord));
    }
}
