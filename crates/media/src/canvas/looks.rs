//! The newest picture of every source, for whoever draws.

use crate::scene::Look;
use hawker_domain::SourceId;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Shared by the sources that write and the canvases that read. No lock is held while anything is drawn.
#[derive(Debug, Default)]
pub(crate) struct Looks(Mutex<BTreeMap<SourceId, Shown>>);

#[derive(Debug)]
struct Shown {
    newest: Option<Look>,
    lost: Arc<AtomicBool>,
}

/// What a source shows.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    Picture(Look),
    /// It has not begun, or was lost: the slate stands in.
    Nothing,
    /// No source has this name.
    Unknown,
}

impl Looks {
    /// A new source, or one that begins anew; it counts as lost while the flag is set, which `is_lost` begins with.
    pub(crate) fn add(&self, id: &SourceId, is_lost: bool) -> Arc<AtomicBool> {
        let lost = Arc::new(AtomicBool::new(is_lost));
        self.lock().insert(id.clone(), Shown { newest: None, lost: lost.clone() });
        lost
    }

    pub(crate) fn remove(&self, id: &SourceId) {
        self.lock().remove(id);
    }

    pub(crate) fn set(&self, id: &SourceId, look: &Look) {
        if let Some(shown) = self.lock().get_mut(id) {
            shown.newest = Some(look.clone());
        }
    }

    pub(crate) fn of(&self, id: &SourceId) -> Seen {
        match self.lock().get(id) {
            None => Seen::Unknown,
            Some(shown) if shown.lost.load(Ordering::SeqCst) => Seen::Nothing,
            Some(shown) => shown.newest.clone().map_or(Seen::Nothing, Seen::Picture),
        }
    }

    pub(crate) fn delivers(&self, id: &SourceId) -> bool {
        matches!(self.of(id), Seen::Picture(_))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SourceId, Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
