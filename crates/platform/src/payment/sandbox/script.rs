//! What a card's number makes the sandbox do. Pure.

use super::super::{Told, WebhookEvent};
use hawker_domain::OrderId;
use hawker_wire::viewer::Decline;

/// One way a charge goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// What it comes to.
    pub decides: Told,
    /// The charge reaches the sandbox at all.
    pub arrives: bool,
    pub answer: Answer,
    pub tells: Tells,
    /// It can be given back.
    pub refunds: bool,
}

/// How the caller hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    AtOnce,
    /// "Pending", whatever it comes to.
    Pending,
    /// Nothing within any patience.
    Late,
    /// The status of a server that is down.
    Fails,
}

/// Which webhooks there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    Nothing,
    Later,
    /// Twice, and then what was true before.
    LaterTwiceAndOutOfOrder,
    BeforeTheAnswer,
}

const REFUSED: Told = Told::Declined { why: Decline::Refused };

impl Script {
    /// By the last digits of the card. `None`: it has not 4 to 19 digits.
    pub fn of(card: &str) -> Option<Self> {
        let digits: Vec<char> = card.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let well_formed = (4..=19).contains(&digits.len()) && digits.iter().all(char::is_ascii_digit);
        if !well_formed {
            return None;
        }
        let last: String = digits.iter().skip(digits.len() - 4).collect();
        let even = digits.last().and_then(|digit| digit.to_digit(10)).is_some_and(|digit| digit % 2 == 0);
        let plain = Self {
            decides: if even { Told::Captured } else { REFUSED },
            arrives: true,
            answer: Answer::AtOnce,
            tells: Tells::Nothing,
            refunds: true,
        };
        Some(match last.as_str() {
            // Decided later, for and against, and told by a webhook.
            "9001" | "9002" => Self { answer: Answer::Pending, tells: Tells::Later, ..plain },
            // Charged, but nobody hears of it: asking is the only way.
            "9004" => Self { answer: Answer::Late, ..plain },
            "9006" => Self { answer: Answer::Pending, tells: Tells::LaterTwiceAndOutOfOrder, ..plain },
            "9008" => Self { answer: Answer::Fails, arrives: false, ..plain },
            "9010" => Self { answer: Answer::Late, arrives: false, ..plain },
            // Charged, called pending, and its webhook lost.
            "9012" => Self { answer: Answer::Pending, ..plain },
            // Charged, and never given back.
            "9016" => Self { refunds: false, ..plain },
            "9014" => Self { tells: Tells::BeforeTheAnswer, ..plain },
            _ => plain,
        })
    }

    /// How the charge stands when it has arrived; `None` where it does not arrive.
    pub fn first(self) -> Option<Told> {
        let later = matches!(self.tells, Tells::Later | Tells::LaterTwiceAndOutOfOrder);
        self.arrives.then_some(if later { Told::Pending } else { self.decides })
    }
}

impl Tells {
    /// The webhooks of a charge that came to `told`, as they are sent.
    pub fn events(self, key: OrderId, told: Told) -> Vec<WebhookEvent> {
        let event = |name: &str, told| WebhookEvent { id: format!("{key}-{name}"), key, told };
        let decided = event("2", told);
        match self {
            Self::Nothing => Vec::new(),
            Self::Later | Self::BeforeTheAnswer => vec![decided],
            Self::LaterTwiceAndOutOfOrder => vec![decided.clone(), decided, event("1", Told::Pending)],
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_last_digit_pays_or_refuses_and_what_is_no_card_is_neither() {
        for (card, decides) in [("4242 4242 4242 4242", Told::Captured), ("4241", REFUSED), ("4242-4243", REFUSED)] {
            let script = Script::of(card).unwrap();
            assert_eq!(
                (script.decides, script.answer, script.tells),
                (decides, Answer::AtOnce, Tells::Nothing),
                "{card}"
            );
        }
        for card in ["", "242", "no card", "4242x4242", "12345678901234567890", "４２４２"] {
            assert_eq!(Script::of(card), None, "{card}");
        }
    }

    #[test]
    fn the_bad_days_have_their_endings() {
        let table = [
            ("9002", Some(Told::Pending), Told::Captured, Answer::Pending),
            ("9001", Some(Told::Pending), REFUSED, Answer::Pending),
            ("9004", Some(Told::Captured), Told::Captured, Answer::Late),
            ("9006", Some(Told::Pending), Told::Captured, Answer::Pending),
            ("9008", None, Told::Captured, Answer::Fails),
            ("9010", None, Told::Captured, Answer::Late),
            ("9012", Some(Told::Captured), Told::Captured, Answer::Pending),
            ("9014", Some(Told::Captured), Told::Captured, Answer::AtOnce),
        ];
        for (card, first, decides, answer) in table {
            let script = Script::of(&format!("4242 4242 4242 {card}")).unwrap();
            assert_eq!((script.first(), script.decides, script.answer), (first, decides, answer), "{card}");
        }
    }
}
