//! Which inputs of a show are heard where nobody set it: what a host means, and nothing twice. Pure.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// When an input is heard that nobody muted or opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    #[default]
    Always,
    /// While the scene shows the source that it belongs to.
    WhileShown,
    Never,
}

/// What a host chose as the sound of a show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The first source's own sound.
    pub source: bool,
    /// At least one microphone, or the sound of this computer.
    pub microphones: bool,
}

/// What an input is the sound of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A microphone, or what plays on this computer: somebody chose it.
    Microphone,
    /// A clip's or a stream's own sound.
    Source {
        /// The show's main source.
        first: bool,
        /// The show has no other source.
        alone: bool,
    },
}

impl Chosen {
    /// When an input is heard by itself. A microphone that was chosen for a clip takes the place of its sound; a further clip
    /// is heard while it is seen; who chose silence gets it.
    pub fn heard(self, origin: Origin) -> Heard {
        match origin {
            Origin::Microphone => Heard::Always,
            Origin::Source { first: true, alone } if self.source => {
                if alone {
                    Heard::Always
                } else {
                    Heard::WhileShown
                }
            }
            Origin::Source { first: false, .. } if self.source || self.microphones => Heard::WhileShown,
            Origin::Source { .. } => Heard::Never,
        }
    }
}

impl Heard {
    /// Whether an input is silent now. `set`: what a host set by hand, which wins.
    pub fn mutes(self, set: Option<bool>, shown: bool) -> bool {
        set.unwrap_or(match self {
            Self::Always => false,
            Self::WhileShown => !shown,
            Self::Never => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard::*, *};

    #[test]
    fn nothing_is_heard_twice_and_a_clip_while_it_is_seen() {
        let chosen = |source, microphones| Chosen { source, microphones };
        let own = |first, alone| Origin::Source { first, alone };
        let table = [
            // One source and one microphone.
            (chosen(true, false), own(true, true), Always),
            (chosen(false, true), own(true, true), Never),
            (chosen(false, false), own(true, true), Never),
            (chosen(true, true), own(true, true), Always),
            (chosen(false, true), Origin::Microphone, Always),
            // Several sources.
            (chosen(true, false), own(true, false), WhileShown),
            (chosen(true, false), own(false, false), WhileShown),
            (chosen(false, true), own(true, false), Never),
            (chosen(false, true), own(false, false), WhileShown),
            (chosen(false, false), own(false, false), Never),
            (chosen(true, true), Origin::Microphone, Always),
        ];
        for (chosen, origin, want) in table {
            assert_eq!(chosen.heard(origin), want, "{chosen:?}, {origin:?}");
        }
    }

    #[test]
    fn a_hand_wins_over_what_an_input_does_by_itself() {
        for heard in [Always, WhileShown, Never] {
            for shown in [false, true] {
                assert!(heard.mutes(Some(true), shown) && !heard.mutes(Some(false), shown), "{heard:?}");
            }
        }
        let by_itself =
            [(Always, false, false), (WhileShown, true, false), (WhileShown, false, true), (Never, true, true)];
        for (heard, shown, muted) in by_itself {
            assert_eq!(heard.mutes(None, shown), muted, "{heard:?}, shown: {shown}");
        }
    }
}
