//! Which platform the studio works with, and when another takes over. Pure.

use crate::errors::{Outcome, bad_input};
use hawker_wire::{ErrorCode, Failure};
use url::Url;

/// Where the platform is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// None is set up and none can be started.
    Nowhere,
    /// A child of the studio, on this machine.
    Embedded,
    At(Url),
}

/// When another place takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It is the same.
    Stay,
    Now,
    /// Viewers of the running show stay where they are.
    AfterShow,
    /// Changes have not reached the platform that is to be left, and nobody said that they may go along.
    WhenTold,
}

impl Place {
    /// The place that is set; nothing set means the embedded platform, where there is a program for it.
    /// Errors: `bad_input` for what is no address of a platform.
    pub fn of(platform_url: Option<&str>, has_program: bool) -> Outcome<Self> {
        let Some(text) = platform_url.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(if has_program { Self::Embedded } else { Self::Nowhere });
        };
        let wrong = |why: &str| {
            bad_input(format!("the platform's address {why}"))
                .hint("write it like https://shop.example, or leave it empty for the built-in platform")
        };
        let url = Url::parse(text).map_err(|error| wrong(&format!("is no URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("does not begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a name or a password").hint("sign in under Settings instead"));
        }
        Ok(Self::At(url))
    }

    /// The name under which the store keeps who the studio is there.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Nowhere => None,
            Self::Embedded => Some("embedded".to_owned()),
            Self::At(url) => Some(url.as_str().trim_end_matches('/').to_owned()),
        }
    }
}

/// What is to become of changes that the platform which is left has not heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Then it is not left: whoever asks is told how many there are.
    Stay,
    /// They go to the next platform, and to the former one when the studio is back there. The store keeps them until then.
    GoAlong,
}

/// Whether the platform `now` may be left for `wanted` while `waiting` changes have not reached it.
/// Errors: `conflict` with their number, where nobody said what is to become of them.
pub fn may_leave(now: &Place, wanted: &Place, waiting: u64, then: Waiting) -> Outcome<()> {
    if now == wanted || *now == Place::Nowhere || waiting == 0 || then == Waiting::GoAlong {
        return Ok(());
    }
    let what = if waiting == 1 { "1 change has".to_owned() } else { format!("{waiting} changes have") };
    let why = format!(
        "{what} not reached the platform yet: it would not hear of them before this studio comes back to it; the next \
         platform would get them"
    );
    Err(Failure::new(ErrorCode::Conflict, why).hint("wait until nothing is left to sync, or let them go along"))
}

/// When the studio goes from `now` to `wanted`, while `waiting` changes have not reached `now`.
pub fn moves(now: &Place, wanted: &Place, on_air: bool, waiting: u64, then: Waiting) -> Move {
    if now == wanted {
        Move::Stay
    } else if on_air {
        Move::AfterShow
    } else if may_leave(now, wanted, waiting, then).is_err() {
        Move::WhenTold
    } else {
        Move::Now
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Place {
        Place::At(Url::parse(text).unwrap())
    }

    #[test]
    fn an_address_is_one_or_it_is_said_why_not() {
        let table = [
            (None, true, Some(Place::Embedded)),
            (None, false, Some(Place::Nowhere)),
            (Some("  "), true, Some(Place::Embedded)),
            (Some(" https://shop.example/x/ "), false, Some(at("https://shop.example/x/"))),
            (Some("http://127.0.0.1:8080"), true, Some(at("http://127.0.0.1:8080/"))),
            (Some("shop.example"), true, None),
            (Some("ftp://shop.example"), true, None),
            (Some("https://"), true, None),
            (Some("https://ada:secret@shop.example"), true, None),
        ];
        for (text, has_program, want) in table {
            let got = Place::of(text, has_program);
            assert!(!format!("{got:?}").contains("secret"), "a password in an address is not repeated");
            assert_eq!(got.ok(), want, "{text:?}");
        }
    }

    #[test]
    fn a_place_keeps_its_key() {
        assert_eq!(Place::Embedded.key().as_deref(), Some("embedded"));
        assert_eq!(at("https://shop.example/").key().as_deref(), Some("https://shop.example"));
        assert_eq!(Place::Nowhere.key(), None);
    }

    #[test]
    fn a_platform_that_has_not_heard_of_changes_is_left_only_knowingly() {
        let (here, there) = (at("https://a.example"), at("https://b.example"));
        for (now, wanted, waiting, then, count) in [
            (&here, &there, 0, Waiting::Stay, None),
            (&here, &here, 3, Waiting::Stay, None),
            (&here, &there, 3, Waiting::Stay, Some("3 changes have")),
            (&here, &there, 1, Waiting::Stay, Some("1 change has")),
            (&here, &Place::Nowhere, 1, Waiting::Stay, Some("1 change has")),
            (&Place::Embedded, &there, 2, Waiting::Stay, Some("2 changes have")),
            (&here, &there, 3, Waiting::GoAlong, None),
            (&Place::Nowhere, &there, 3, Waiting::Stay, None),
        ] {
            let refused = may_leave(now, wanted, waiting, then).err();
            let label = format!("{now:?} to {wanted:?} with {waiting}, {then:?}: {refused:?}");
            assert_eq!(refused.is_some(), count.is_some(), "{label}");
            if let (Some(refused), Some(count)) = (refused, count) {
                assert!(refused.code == ErrorCode::Conflict && refused.message.starts_with(count), "{label}");
            }
        }
    }

    #[test]
    fn another_platform_waits_for_the_end_of_the_show_and_for_changes_that_may_not_go_along() {
        let (here, there) = (Place::Embedded, at("https://shop.example"));
        for (now, wanted, on_air, waiting, then, want) in [
            (&here, &here, false, 2, Waiting::Stay, Move::Stay),
            (&here, &here, true, 0, Waiting::Stay, Move::Stay),
            (&here, &there, false, 0, Waiting::Stay, Move::Now),
            (&there, &here, false, 0, Waiting::Stay, Move::Now),
            (&here, &there, true, 0, Waiting::Stay, Move::AfterShow),
            (&here, &there, true, 2, Waiting::GoAlong, Move::AfterShow),
            (&here, &there, false, 2, Waiting::Stay, Move::WhenTold),
            (&here, &there, false, 2, Waiting::GoAlong, Move::Now),
            (&Place::Nowhere, &there, true, 2, Waiting::Stay, Move::AfterShow),
            (&Place::Nowhere, &there, false, 2, Waiting::Stay, Move::Now),
        ] {
            let got = moves(now, wanted, on_air, waiting, then);
            assert_eq!(got, want, "{now:?} to {wanted:?}, on air: {on_air}, {waiting} wait, {then:?}");
        }
    }
}
