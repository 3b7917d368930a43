//! Another microphone or another first source, chosen while a show is on air. Nothing else of the show is touched: recording
//! and destinations go on.

use super::{media_failure, names::Names, owner::Owner};
use crate::errors::{Outcome, bad_input};
use crate::studio::{Studio, microphone, microphones};
use crate::view::Settings;
use hawker_domain::sound::InputId;
use hawker_media::{MicSpec, SourceSpec};
use std::collections::BTreeSet;

/// What a host chose anew. What is none stays as it is, also where a show was begun with something else than is set.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    first_source: Option<SourceSpec>,
    first_mic: Option<FirstMic>,
    /// No microphone is set: what is heard may be what the first source brought.
    brought: bool,
    more_mics: Option<Vec<MicSpec>>,
    /// The further microphones that were set before.
    more_before: Vec<MicSpec>,
    /// Of what is plugged in now.
    names: Names,
}

#[derive(Clone, Debug)]
struct FirstMic {
    mic: MicSpec,
    /// The host left it to the studio.
    by_itself: bool,
}

impl Studio {
    /// What is chosen anew by a change of the settings; none where nothing is, or no show is on air. Errors: `bad_input` for a
    /// source that is none, `source_unavailable` where no camera can be chosen by itself.
    pub(crate) async fn choice(&self, before: &Settings, now: &Settings) -> Outcome<Option<Choice>> {
        let (source, mic) = (before.source.trim() != now.source.trim(), chosen_mic(before) != chosen_mic(now));
        let more = before.more_mics != now.more_mics;
        if !(source || mic || more) || self.moment().await.is_none() {
            return Ok(None);
        }
        let first_source = match now.source.trim() {
            _ if !source => None,
            "" => Some(crate::devices::own_camera().await?),
            text => Some(SourceSpec::parse(text).map_err(crate::show_failure)?),
        };
        let first_mic = if mic { Some(self.first_mic(chosen_mic(now), first_source.as_ref()).await?) } else { None };
        let of = |texts: &[String]| texts.iter().map(|text| MicSpec::parse(text)).collect::<Vec<_>>();
        let more_mics = more.then(|| of(&now.more_mics));
        let sources: Vec<_> = first_source.iter().cloned().collect();
        let mics = first_mic.iter().map(|first| first.mic.clone()).chain(more_mics.clone().unwrap_or_default());
        let names = Names::found(&sources, &mics.collect::<Vec<_>>(), crate::language::language(now)).await;
        let (brought, more_before) = (chosen_mic(now).is_none(), of(&before.more_mics));
        Ok(Some(Choice { first_source, first_mic, brought, more_mics, more_before, names }))
    }

    async fn first_mic(&self, chosen: Option<&str>, source: Option<&SourceSpec>) -> Outcome<FirstMic> {
        let running = self.ask(super::Request::Sources).await?.into_iter().next().map(|(_, spec)| spec);
        let by_itself = chosen.is_none();
        let mic = match (source.or(running.as_ref()), chosen) {
            (Some(SourceSpec::Camera { .. }), None) => crate::devices::own_microphone().await,
            (Some(source), chosen) => microphone(chosen.map(str::to_owned), source),
            (None, chosen) => chosen.map_or(MicSpec::Silence, MicSpec::parse),
        };
        Ok(FirstMic { mic, by_itself })
    }
}

fn chosen_mic(settings: &Settings) -> Option<&str> {
    settings.mic.as_deref().filter(|mic| !mic.trim().is_empty())
}

impl Owner {
    /// Puts what was chosen in the place of what runs. Does not wait for a device: one that is not there is told, and its place
    /// shows the slate or is silent until it comes. Errors: `bad_input` for microphones that can't be together; nothing is
    /// changed then.
    pub(super) fn choose(&mut self, choice: Choice) -> Outcome<()> {
        let Some(running) = self.running.as_mut().filter(|_| self.show.is_some()) else { return Ok(()) };
        let source = choice.first_source.as_ref().or(running.plan.sources.first().map(|(_, spec)| spec));
        let mics = mics_after(&running.plan.mics, source, &choice)?;
        running.plan.names.learn(choice.names);
        if let (Some(spec), Some((id, known))) = (choice.first_source, running.plan.sources.first_mut())
            && spec != *known
        {
            running.program.add_source(id, &spec).map_err(media_failure)?;
            *known = spec;
            if *id == running.watched {
                // What was seen lies elsewhere.
                self.boxes.clear();
            }
        }
        if mics == running.plan.mics {
            return Ok(());
        }
        running.awaited = awaited(&running.plan.mics, &mics, &running.awaited);
        let outcome = running.program.set_microphones(&mics).map_err(media_failure);
        running.plan.mics = mics;
        outcome
    }
}

/// What is heard from now on, of what `running` says and `source`, the first one as it is then. Nobody's microphone opens because
/// of another source: what the former brought is all that goes with it. Errors: `bad_input`. Pure.
fn mics_after(running: &[MicSpec], source: Option<&SourceSpec>, choice: &Choice) -> Outcome<Vec<MicSpec>> {
    // A first one that was chosen by itself gives way to the same one chosen by hand.
    let gave_way = running == choice.more_before;
    let (first, rest) =
        if gave_way { (None, running) } else { (running.first(), running.get(1..).unwrap_or_default()) };
    let first = match (&choice.first_mic, first) {
        (Some(chosen), _) => Some(chosen.clone()),
        (None, Some(MicSpec::FromSource | MicSpec::TestTone)) if choice.brought && choice.first_source.is_some() => {
            Some(FirstMic { mic: source.map_or(MicSpec::Silence, |source| microphone(None, source)), by_itself: true })
        }
        (None, stays) => stays.map(|mic| FirstMic { mic: mic.clone(), by_itself: false }),
    };
    let rest = choice.more_mics.as_deref().unwrap_or(rest).to_vec();
    let mut rest = rest.into_iter();
    let (first, by_itself) = match first.or_else(|| rest.next().map(|mic| FirstMic { mic, by_itself: false })) {
        Some(first) => (first.mic, first.by_itself),
        None => return Err(bad_input("no microphone is left").hint("choose one, or \"silence\"")),
    };
    microphones(first, by_itself, rest.collect())
}

/// Inputs whose microphone was chosen on air and not heard yet. Pure.
fn awaited(before: &[MicSpec], now: &[MicSpec], still: &BTreeSet<InputId>) -> BTreeSet<InputId> {
    let places = |mics: &[MicSpec]| {
        let own = mics.iter().filter(|mic| matches!(mic, MicSpec::Device(_) | MicSpec::TestTone));
        own.cloned().enumerate().map(|(at, mic)| (hawker_media::mic_input(at), mic)).collect::<Vec<_>>()
    };
    let before = places(before);
    let fresh = |place: &(InputId, MicSpec)| !before.contains(place) || still.contains(&place.0);
    places(now).into_iter().filter(fresh).map(|(input, _)| input).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn device(id: &str) -> MicSpec {
        MicSpec::Device(id.into())
    }

    fn devices(ids: &[&str]) -> Vec<MicSpec> {
        ids.iter().map(|id| device(id)).collect()
    }

    fn first(mic: MicSpec, by_itself: bool) -> Choice {
        Choice { first_mic: Some(FirstMic { mic, by_itself }), ..Choice::default() }
    }

    #[test]
    fn only_what_was_chosen_anew_is_another_microphone() {
        let more = |ids: &[&str]| Choice { more_mics: Some(devices(ids)), ..Choice::default() };
        let table = [
            (devices(&["a"]), first(device("b"), false), devices(&["b"])),
            (devices(&["a", "b"]), first(device("c"), false), devices(&["c", "b"])),
            (devices(&["a", "b"]), more(&["c", "d"]), devices(&["a", "c", "d"])),
            (devices(&["a", "b"]), more(&[]), devices(&["a"])),
            (devices(&["a"]), first(MicSpec::Silence, false), vec![MicSpec::Silence]),
            (vec![MicSpec::Silence], first(device("a"), false), devices(&["a"])),
            (devices(&["a", "b"]), first(device("b"), true), devices(&["b"])),
        ];
        for (running, choice, want) in table {
            let now = mics_after(&running, Some(&SourceSpec::camera("c")), &choice).unwrap();
            assert_eq!(now, want, "{running:?} {choice:?}");
        }
        assert!(mics_after(&devices(&["a", "b"]), None, &first(device("b"), false)).is_err(), "it would be doubled");
    }

    #[test]
    fn a_first_microphone_that_gave_way_to_a_further_one_is_not_taken_for_it() {
        let before = |choice: Choice| Choice { more_before: devices(&["b", "a"]), ..choice };
        let running = devices(&["b", "a"]);
        let chosen = mics_after(&running, None, &before(first(device("c"), false))).unwrap();
        assert_eq!(chosen, devices(&["c", "b", "a"]));
        let fewer = before(Choice { more_mics: Some(devices(&["b"])), ..Choice::default() });
        assert_eq!(mics_after(&running, None, &fewer).unwrap(), devices(&["b"]));
    }

    #[test]
    fn another_source_opens_no_microphone_and_takes_along_what_the_former_brought() {
        let (camera, clip) = (SourceSpec::camera("c"), SourceSpec::File("a.mp4".into()));
        let table = [
            (device("a"), &clip, device("a")),
            (MicSpec::TestTone, &camera, MicSpec::Silence),
            (MicSpec::FromSource, &camera, MicSpec::Silence),
            (MicSpec::FromSource, &clip, MicSpec::FromSource),
            (MicSpec::Silence, &camera, MicSpec::Silence),
        ];
        for (running, source, want) in table {
            let choice = Choice { first_source: Some(source.clone()), brought: true, ..Choice::default() };
            let now = mics_after(std::slice::from_ref(&running), Some(source), &choice).unwrap();
            assert_eq!(now, [want], "{running:?} {source}");
        }
        let by_hand = Choice { first_source: Some(camera.clone()), ..Choice::default() };
        assert_eq!(mics_after(&[MicSpec::TestTone], Some(&camera), &by_hand).unwrap(), [MicSpec::TestTone]);
    }

    #[test]
    fn a_microphone_is_awaited_in_its_place_until_it_is_heard() {
        let input = hawker_media::mic_input;
        let fresh = awaited(&devices(&["a", "b"]), &devices(&["a", "c", "d"]), &BTreeSet::new());
        assert_eq!(fresh, [input(1), input(2)].into());
        let still = awaited(&devices(&["a", "c", "d"]), &devices(&["b", "c"]), &fresh);
        assert_eq!(still, [input(0), input(1)].into());
    }
}
