//! Whether a source may be looked at that the system shares only when the person says so.

use super::SourceSpec;
use hawker_domain::SourceId;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What the person said of one source so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Leave {
    /// Nobody asked yet.
    #[default]
    Unasked,
    /// What was shared is opened again with this, once.
    Given { token: String },
    /// It was asked for and not given, ended, or used up. Nobody is asked a second time by himself.
    Gone,
}

/// The leave of one source, through all its pipelines and processes.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedLeave(Arc<Mutex<Leave>>);

impl SharedLeave {
    pub(super) fn new(leave: Leave) -> Self {
        Self(Arc::new(Mutex::new(leave)))
    }

    /// Uses it: it is gone until it is given again.
    pub(super) fn take(&self) -> Leave {
        std::mem::replace(&mut *lock(&self.0), Leave::Gone)
    }

    pub(super) fn set(&self, leave: Leave) {
        *lock(&self.0) = leave;
    }

    pub(super) fn get(&self) -> Leave {
        lock(&self.0).clone()
    }
}

/// What the person said of each source, beyond the end of one program: going live with a screen that the preview shows
/// asks nobody again. Clones are one and the same. It is kept in memory alone.
#[derive(Clone, Debug, Default)]
pub struct Leaves(Arc<Mutex<BTreeMap<SourceId, (SourceSpec, SharedLeave)>>>);

impl Leaves {
    /// Of the `meant` sources, those that were not shared, or are no more, are asked for again. For what a person does
    /// who wants to see them: nothing else may open the system's dialog.
    pub fn ask_again(&self, meant: impl Fn(&SourceId) -> bool) {
        let known = lock(&self.0);
        for (_, (_, leave)) in known.iter().filter(|(id, _)| meant(id)) {
            let mut leave = lock(&leave.0);
            if *leave == Leave::Gone {
                *leave = Leave::Unasked;
            }
        }
    }

    /// That of a source; unasked where this name meant something else before.
    pub(crate) fn of(&self, id: &SourceId, spec: &SourceSpec) -> SharedLeave {
        let mut known = lock(&self.0);
        match known.get(id) {
            Some((before, leave)) if before == spec => leave.clone(),
            _ => {
                let fresh = SharedLeave::default();
                known.insert(id.clone(), (spec.clone(), fresh.clone()));
                fresh
            }
        }
    }

    pub(crate) fn forget(&self, id: &SourceId) {
        lock(&self.0).remove(id);
    }

    /// Forgets what is not among these any more.
    pub(crate) fn keep_only(&self, sources: &[(SourceId, SourceSpec)]) {
        lock(&self.0).retain(|id, (spec, _)| sources.iter().any(|(known, now)| known == id && now == spec));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SCREEN: SourceSpec = SourceSpec::Screen { monitor: None };

    fn given(token: &str) -> Leave {
        Leave::Given { token: token.to_owned() }
    }

    #[test]
    fn a_leave_outlives_the_program_it_was_given_to_and_is_used_once() {
        let (leaves, main) = (Leaves::default(), SourceId::main());
        let first = leaves.of(&main, &SCREEN);
        assert_eq!(first.take(), Leave::Unasked);
        first.set(given("a"));
        leaves.keep_only(&[(main.clone(), SCREEN)]);
        let second = leaves.clone().of(&main, &SCREEN);
        assert_eq!((second.take(), second.take()), (given("a"), Leave::Gone));
    }

    #[test]
    fn a_source_that_is_chosen_anew_is_asked_for_anew() {
        type Choose = fn(&Leaves, &SourceId);
        let table: [(&str, Choose, Leave); 4] = [
            ("nothing was chosen", |leaves, main| leaves.keep_only(&[(main.clone(), SCREEN)]), Leave::Gone),
            ("it was removed", |leaves, main| leaves.forget(main), Leave::Unasked),
            (
                "a program without it",
                |leaves, main| leaves.keep_only(&[(main.clone(), SourceSpec::Test)]),
                Leave::Unasked,
            ),
            ("another by its name", |leaves, main| drop(leaves.of(main, &SourceSpec::Test)), Leave::Unasked),
        ];
        for (what, choose, now) in table {
            let (leaves, main) = (Leaves::default(), SourceId::main());
            leaves.of(&main, &SCREEN).set(Leave::Gone);
            choose(&leaves, &main);
            assert_eq!(leaves.of(&main, &SCREEN).get(), now, "{what}");
        }
    }

    #[test]
    fn a_person_is_asked_again_for_what_was_not_shared_alone() {
        let (leaves, main) = (Leaves::default(), SourceId::main());
        for (before, meant, after) in [
            (Leave::Gone, true, Leave::Unasked),
            (Leave::Gone, false, Leave::Gone),
            (given("a"), true, given("a")),
            (Leave::Unasked, true, Leave::Unasked),
        ] {
            let leave = leaves.of(&main, &SCREEN);
            leave.set(before.clone());
            leaves.ask_again(|id| *id == main && meant);
            assert_eq!(leave.get(), after, "{before:?} {meant}");
        }
    }
}
