//! Which microphones a show hears: a first one, and further ones that a host adds.

use crate::errors::{Outcome, bad_input};
use hawker_domain::failure::FailureWhy;
use hawker_media::{MicSpec, SourceSpec};
use hawker_wire::FailureReason;

/// More microphones than this no table has room for, and each is a pipeline of its own.
const MOST_MICS: usize = 6;

/// A clip brings its own sound; a camera takes the microphone that was chosen, and silence rather than another one.
pub(crate) fn microphone(chosen: Option<String>, source: &SourceSpec) -> MicSpec {
    match (chosen, source) {
        (Some(text), _) => MicSpec::parse(&text),
        (None, SourceSpec::File(_) | SourceSpec::Url(_)) => MicSpec::FromSource,
        (None, SourceSpec::Test) => MicSpec::TestTone,
        (None, _) => MicSpec::Silence,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FirstMic {
    pub mic: MicSpec,
    /// The host left it to the studio.
    pub by_itself: bool,
}

impl FirstMic {
    /// What becomes of it beside another first source. Nobody's microphone opens or closes because of that, but what a source
    /// brings by itself comes and goes with it.
    pub(crate) fn beside(&self, source: &SourceSpec) -> Self {
        match (self.by_itself, &self.mic) {
            (false, _) | (true, MicSpec::Device(_)) => self.clone(),
            (true, _) => Self { mic: microphone(None, source), by_itself: true },
        }
    }
}

/// All of a show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mics {
    first: FirstMic,
    further: Vec<MicSpec>,
    heard: Vec<MicSpec>,
}

impl Mics {
    /// A first one that the studio chose by itself gives way to the same one chosen by hand. Errors: `bad_input` for too many,
    /// and for one that is named twice.
    pub(crate) fn of(first: FirstMic, further: Vec<MicSpec>) -> Outcome<Self> {
        let more: Vec<_> = further.iter().filter(|mic| **mic != MicSpec::Silence).collect();
        let gives_way = first.by_itself && more.contains(&&first.mic);
        let mut heard = if gives_way { Vec::new() } else { vec![first.mic.clone()] };
        for mic in more {
            if heard.contains(mic) {
                let twice = FailureReason::from(FailureWhy::MicTwice).with("what", mic);
                return Err(bad_input(format!("{mic} is there twice")).because(twice));
            }
            heard.push(mic.clone());
        }
        if heard.len() > MOST_MICS {
            let most = FailureReason::from(FailureWhy::TooManyMics).with("most", MOST_MICS);
            let words = format!("{} microphones are too many; use {MOST_MICS} at most", heard.len());
            return Err(bad_input(words).because(most));
        }
        Ok(Self { first, further, heard })
    }

    pub(crate) fn first(&self) -> &FirstMic {
        &self.first
    }

    pub(crate) fn further(&self) -> &[MicSpec] {
        &self.further
    }

    /// Each once, in their order; never none.
    pub(crate) fn heard(&self) -> &[MicSpec] {
        &self.heard
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn device(id: &str) -> MicSpec {
        MicSpec::Device(id.into())
    }

    #[test]
    fn a_microphone_is_what_was_chosen_or_what_the_source_brings() {
        let (clip, camera) = (SourceSpec::File("a.mp4".into()), SourceSpec::camera("c"));
        for (chosen, source, want) in [
            (Some("silence"), &clip, MicSpec::Silence),
            (Some("none"), &camera, MicSpec::Silence),
            (Some("source"), &clip, MicSpec::FromSource),
            (Some("tone"), &camera, MicSpec::TestTone),
            (Some("@usb-mic"), &camera, device("usb-mic")),
            (Some("usb-mic"), &clip, device("usb-mic")),
            (None, &clip, MicSpec::FromSource),
            (None, &SourceSpec::Test, MicSpec::TestTone),
            (None, &camera, MicSpec::Silence),
        ] {
            assert_eq!(microphone(chosen.map(str::to_owned), source), want, "{chosen:?} with {source}");
        }
    }

    #[test]
    fn several_microphones_are_each_there_once() {
        let by_hand = |mic: MicSpec| FirstMic { mic, by_itself: false };
        let heard = |first, more| Mics::of(first, more).ok().map(|mics| mics.heard().to_vec());
        let of = |more: &[&str]| heard(by_hand(device("a")), more.iter().map(|text| MicSpec::parse(text)).collect());
        assert_eq!(of(&[]), Some(vec![device("a")]));
        assert_eq!(of(&["@b", "source", ""]), Some(vec![device("a"), device("b"), MicSpec::FromSource]));
        assert!(of(&["a"]).is_none(), "the same one again would double it");
        let by_itself = heard(FirstMic { mic: device("a"), by_itself: true }, vec![device("b"), device("a")]);
        assert_eq!(by_itself, Some(vec![device("b"), device("a")]), "what was chosen by hand stands for it");
        assert!(of(&["b", "c", "d", "e", "f", "g"]).is_none());
    }

    #[test]
    fn another_source_opens_no_microphone_and_what_the_former_brought_goes_with_it() {
        let (camera, clip) = (SourceSpec::camera("c"), SourceSpec::File("a.mp4".into()));
        let table = [
            (device("a"), true, &clip, device("a")),
            (device("a"), false, &clip, device("a")),
            (MicSpec::TestTone, true, &camera, MicSpec::Silence),
            (MicSpec::FromSource, true, &camera, MicSpec::Silence),
            (MicSpec::FromSource, true, &clip, MicSpec::FromSource),
            (MicSpec::Silence, true, &camera, MicSpec::Silence),
            // A clip after a camera is heard as it would be if the show had begun with it.
            (MicSpec::Silence, true, &clip, MicSpec::FromSource),
            (MicSpec::TestTone, false, &camera, MicSpec::TestTone),
            (MicSpec::Silence, false, &clip, MicSpec::Silence),
        ];
        for (mic, by_itself, source, want) in table {
            let first = FirstMic { mic, by_itself };
            assert_eq!(first.beside(source).mic, want, "{first:?} {source}");
        }
    }
}
