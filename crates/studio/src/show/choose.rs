//! Another microphone or another first source, chosen while a show is on air. Nothing else of the show is touched: recording
//! and destinations go on.

use super::mics::{FirstMic, Mics, microphone};
use super::{media_failure, names::Names, owner::Owner};
use crate::errors::{Outcome, internal};
use crate::studio::Studio;
use crate::view::Settings;
use hawker_domain::sound::InputId;
use hawker_media::{MicKinds, MicSpec, SourceSpec};
use std::collections::BTreeSet;

/// What a host chose anew. What is none stays as it is, also where a show was begun with something else than is set.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    first_source: Option<SourceSpec>,
    first_mic: Option<FirstMic>,
    more_mics: Option<Vec<MicSpec>>,
    /// Of what is plugged in now.
    names: Names,
    kinds: MicKinds,
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
        let more_mics = more.then(|| now.more_mics.iter().map(|text| MicSpec::parse(text)).collect::<Vec<_>>());
        let sources: Vec<_> = first_source.iter().cloned().collect();
        let mics = first_mic.iter().map(|first| first.mic.clone()).chain(more_mics.clone().unwrap_or_default());
        let mics: Vec<_> = mics.collect();
        let names = Names::found(&sources, &mics, crate::language::language(now)).await;
        // Beside the owner: the system may take a moment to say what is plugged in.
        let looked_up = tokio::task::spawn_blocking(move || MicKinds::look_up(&mics)).await;
        let kinds = looked_up.map_err(|error| internal("the microphones can't be looked up", error))?;
        Ok(Some(Choice { first_source, first_mic, more_mics, names, kinds }))
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
    /// shows the slate or is silent until it comes. Errors: `bad_input` for microphones that can't be together, nothing is
    /// changed then; `internal` where a part of the engine is missing: that place shows the slate or is silent from now on.
    pub(super) fn choose(&mut self, choice: Choice) -> Outcome<()> {
        let Some(running) = self.running.as_mut().filter(|_| self.show.is_some()) else { return Ok(()) };
        let mics = mics_after(&running.plan.mics, &choice)?;
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
        let before = std::mem::replace(&mut running.plan.mics, mics);
        let (before, now) = (before.heard(), running.plan.mics.heard());
        if before == now {
            return Ok(());
        }
        running.awaited = awaited(before, now, &running.awaited);
        running.program.set_microphones(now, &choice.kinds).map_err(media_failure)
    }
}

/// What is heard from now on. Errors: `bad_input`. Pure.
fn mics_after(running: &Mics, choice: &Choice) -> Outcome<Mics> {
    let first = match (&choice.first_mic, &choice.first_source) {
        (Some(chosen), _) => chosen.clone(),
        (None, Some(source)) => running.first().beside(source),
        (None, None) => running.first().clone(),
    };
    Mics::of(first, choice.more_mics.clone().unwrap_or_else(|| running.further().to_vec()))
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

    fn running(first: &str, by_itself: bool, further: &[&str]) -> Mics {
        Mics::of(FirstMic { mic: device(first), by_itself }, devices(further)).unwrap()
    }

    fn first(mic: MicSpec, by_itself: bool) -> Choice {
        Choice { first_mic: Some(FirstMic { mic, by_itself }), ..Choice::default() }
    }

    fn more(ids: &[&str]) -> Choice {
        Choice { more_mics: Some(devices(ids)), ..Choice::default() }
    }

    #[test]
    fn only_what_was_chosen_anew_is_another_microphone() {
        let table = [
            (running("a", false, &[]), first(device("b"), false), devices(&["b"])),
            (running("a", false, &["b"]), first(device("c"), false), devices(&["c", "b"])),
            (running("a", false, &["b"]), more(&["c", "d"]), devices(&["a", "c", "d"])),
            (running("a", false, &["b"]), more(&[]), devices(&["a"])),
            (running("a", false, &[]), first(MicSpec::Silence, false), vec![MicSpec::Silence]),
            (running("a", false, &["b"]), first(device("b"), true), devices(&["b"])),
        ];
        for (running, choice, want) in table {
            let now = mics_after(&running, &choice).unwrap();
            assert_eq!(now.heard(), want, "{running:?} {choice:?}");
        }
        assert!(mics_after(&running("a", false, &["b"]), &first(device("b"), false)).is_err(), "it would be doubled");
    }

    #[test]
    fn a_first_microphone_that_gave_way_to_a_further_one_is_there_again_when_that_one_goes() {
        let gave_way = running("b", true, &["b", "a"]);
        assert_eq!(gave_way.heard(), devices(&["b", "a"]));
        let chosen = mics_after(&gave_way, &first(device("c"), false)).unwrap();
        assert_eq!(chosen.heard(), devices(&["c", "b", "a"]));
        for (further, want) in [(&["b"][..], devices(&["b"])), (&["a"], devices(&["b", "a"])), (&[], devices(&["b"]))] {
            assert_eq!(mics_after(&gave_way, &more(further)).unwrap().heard(), want);
        }
    }

    #[test]
    fn what_the_first_source_brings_by_itself_comes_and_goes_with_it() {
        let (camera, clip) = (SourceSpec::camera("c"), SourceSpec::File("a.mp4".into()));
        let shown = |source: &SourceSpec| Choice { first_source: Some(source.clone()), ..Choice::default() };
        let brought = FirstMic { mic: MicSpec::FromSource, by_itself: true };
        let with_clip = Mics::of(brought, devices(&["a"])).unwrap();
        let with_camera = mics_after(&with_clip, &shown(&camera)).unwrap();
        assert_eq!(with_camera.heard(), [MicSpec::Silence, device("a")]);
        assert_eq!(mics_after(&with_camera, &shown(&clip)).unwrap().heard(), with_clip.heard());
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
