//! Channels: where viewers write and buy, at home and on the platforms of others, and what becomes of each comment there.
//!
//! Owns: how a channel is named, what it can do, and the [`Ledger`] that takes every comment once and knows which are missing.
//! A channel numbers its comments or only names them; the ledger holds both. Nothing in here knows a clock: `now_ms` is the
//! caller's, of any origin, and never goes back.

mod gaps;
mod ledger;
mod marks;
mod named;
mod numbered;
mod ranges;
pub mod recorded;
mod rules;

pub use ledger::{Alarm, Arrival, Ask, Due, Ledger, LedgerPosition, Missing, Tally};
pub use named::{NamedLedger, NamedPosition};
pub use numbered::{GapLedger, GapPosition, RunPosition};
pub use rules::LedgerRules;

use crate::{ShowId, order::Order};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name of a channel, in characters.
pub const CHANNEL_MAX_CHARS: usize = 32;
/// Longest number of an order on a channel, in characters.
pub const ORDER_NO_MAX_CHARS: usize = 64;
/// What is kept of a viewer's name, in characters.
const VIEWER_MAX_CHARS: usize = 64;
/// What is kept of a comment, in characters: no platform takes longer ones, and a claim is a few words.
const TEXT_MAX_CHARS: usize = 1_000;

/// A channel's name: 1 to 32 letters or digits, small, with `-` between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelId(String);

/// Why a text names no channel or no order of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    #[error(
        "{0:?} names no channel; use 1 to {CHANNEL_MAX_CHARS} letters or digits with - between them, such as douyin"
    )]
    BadName(String),
    #[error("{0:?} is no order number; use 1 to {ORDER_NO_MAX_CHARS} characters in one line")]
    BadOrderNo(String),
}

impl ChannelId {
    /// Trims and makes it small. Errors: [`ChannelError::BadName`].
    pub fn new(text: &str) -> Result<Self, ChannelError> {
        let name = text.trim().to_lowercase();
        let is_sign = |c: char| c.is_alphanumeric() || c == '-';
        let is_framed = name.starts_with('-') || name.ends_with('-');
        match name.chars().count() {
            1..=CHANNEL_MAX_CHARS if name.chars().all(is_sign) && !is_framed => Ok(Self(name)),
            _ => Err(ChannelError::BadName(text.to_owned())),
        }
    }

    /// The platform's own chat.
    pub fn own() -> Self {
        Self("hawker".to_owned())
    }

    /// Traffic that was recorded before.
    pub fn recorded() -> Self {
        Self("recorded".to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ChannelId {
    type Error = ChannelError;
    fn try_from(text: String) -> Result<Self, ChannelError> {
        Self::new(&text)
    }
}

impl From<ChannelId> for String {
    fn from(channel: ChannelId) -> Self {
        channel.0
    }
}

/// Whose a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// The platform's that the studio publishes to.
    Own,
    /// A file: traffic of another day, for trials.
    Recorded,
    /// Another platform's.
    Foreign,
}

/// Whether an adapter was ever tried against what it speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Proven,
    Unproven,
}

/// What a channel can do. An adapter promises no more than its platform documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelLimits {
    pub kind: ChannelKind,
    pub proof: Proof,
    /// The first number of a numbering; none where it may be any, or comments have names alone.
    pub first_seq: Option<u64>,
    /// Above so many comments a second the channel itself leaves some out; none where it never does.
    pub comments_per_s: Option<u32>,
    /// Longest comment viewers can write there, in characters.
    pub text_chars: u32,
    /// So many of the newest comments can be asked for again; 0 for none.
    pub back_fill_depth: u64,
    /// Longest answer that can be written there, in characters; none where nothing can be answered.
    pub reply_chars: Option<u32>,
    pub can_list_products: bool,
    /// A channel that says nothing for so long is taken for silent; none where silence means nothing.
    pub silent_after_ms: Option<u64>,
}

/// How a channel tells one comment from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommentKey {
    /// Without gaps within a numbering. `numbering` grows each time the numbers begin anew.
    Number { numbering: u64, seq: u64 },
    /// Any text that no other comment of the channel has.
    Name(String),
}

/// A comment as a channel gives it. Told again, it has the same key and the same name or the same viewer, text and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelComment {
    pub key: CommentKey,
    /// The channel's own name of a comment that has a number as well.
    pub name: Option<String>,
    /// As the channel shows who wrote it.
    pub viewer: String,
    pub text: String,
    /// UTC, milliseconds since 1970, by the channel's clock; for display.
    pub at_ms: Option<i64>,
    /// The show it was said in, where the channel knows; else it belongs to the one on air.
    pub show_id: Option<ShowId>,
}

impl ChannelComment {
    /// A fingerprint by which a comment that comes again under its number is told from another one.
    pub(crate) fn mark(&self) -> u64 {
        match &self.name {
            Some(name) => marks::mark(&[name.as_bytes()]),
            None => {
                let at = self.at_ms.map_or([0; 8], i64::to_be_bytes);
                marks::mark(&[self.viewer.as_bytes(), self.text.as_bytes(), &at])
            }
        }
    }

    /// One line of bounded length each, whatever the channel sent.
    #[must_use]
    pub fn fitted(self) -> Self {
        let line = |text: &str, chars: usize| -> String {
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(chars).collect::<String>().trim().to_owned()
        };
        Self { viewer: line(&self.viewer, VIEWER_MAX_CHARS), text: line(&self.text, TEXT_MAX_CHARS), ..self }
    }
}

/// An order that was placed on another platform. Its id follows from channel and number, so that it is one order however often
/// it is told, and by whichever device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelOrder {
    pub channel: ChannelId,
    /// As the channel numbers it.
    pub order_no: String,
    pub order: Order,
}

/// Trims an order's number. Errors: [`ChannelError::BadOrderNo`].
pub fn order_no(text: &str) -> Result<String, ChannelError> {
    let number = text.trim();
    match number.chars().count() {
        1..=ORDER_NO_MAX_CHARS if !number.chars().any(char::is_control) => Ok(number.to_owned()),
        _ => Err(ChannelError::BadOrderNo(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_named_in_small_letters_and_digits() {
        for (text, want) in [
            (" Douyin ", Some("douyin")),
            ("抖音", Some("抖音")),
            ("kuaishou-2", Some("kuaishou-2")),
            ("", None),
            ("-a", None),
            ("a-", None),
            ("a b", None),
            ("a/b", None),
            (&"x".repeat(33), None),
        ] {
            assert_eq!(ChannelId::new(text).ok().as_ref().map(ChannelId::as_str), want, "{text}");
        }
        assert!(serde_json::from_str::<ChannelId>("\"a b\"").is_err());
        assert_eq!(ChannelId::new(ChannelId::own().as_str()), Ok(ChannelId::own()));
        assert_eq!(ChannelId::new(ChannelId::recorded().as_str()), Ok(ChannelId::recorded()));
    }

    #[test]
    fn an_order_number_is_one_short_line() {
        assert_eq!(order_no(" 6917A ").as_deref(), Ok("6917A"));
        for text in ["", "  ", "a\nb", &"1".repeat(65)] {
            assert!(order_no(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_comment_comes_in_as_a_line_of_bounded_length() {
        let comment = |viewer: &str, text: &str| ChannelComment {
            key: CommentKey::Name("a".into()),
            name: None,
            viewer: viewer.into(),
            text: text.into(),
            at_ms: None,
            show_id: None,
        };
        let fitted = comment(&"长".repeat(99), &format!("扣1\n{}", "x".repeat(5_000))).fitted();
        assert_eq!((fitted.viewer.chars().count(), fitted.text.chars().count()), (64, 1_000));
        assert!(fitted.text.starts_with("扣1 x"), "a line end is a space");
        assert_ne!(comment("ab", "c").mark(), comment("a", "bc").mark(), "the parts do not run together");
        let named = ChannelComment { name: Some("n".into()), ..comment("a", "b") };
        assert_eq!(named.mark(), ChannelComment { viewer: "a***".into(), ..named.clone() }.mark());
    }
}
