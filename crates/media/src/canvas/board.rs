//! What is to be seen on one canvas: its scene, and the card over it. Written by the program, read by whoever draws.

use crate::scene::{Layers, Overlay, Showing, Staging};
use hawker_domain::{SourceId, scene::Transition};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared between the program and the threads that draw. Lock order: none is held while the other is taken.
#[derive(Debug, Default)]
pub(crate) struct Board {
    staging: Mutex<Staging>,
    card: Mutex<Option<Arc<Overlay>>>,
}

impl Board {
    pub(crate) fn show(&self, layers: Layers, how: Transition, now_ns: u64) {
        lock(&self.staging).show(layers, how, now_ns);
    }

    /// What is to be drawn at a running time.
    pub(crate) fn at(&self, now_ns: u64) -> Showing {
        lock(&self.staging).at(now_ns)
    }

    pub(crate) fn lead(&self, delivers: impl Fn(&SourceId) -> bool) -> Option<SourceId> {
        lock(&self.staging).lead(delivers).cloned()
    }

    pub(crate) fn layers(&self) -> Layers {
        lock(&self.staging).layers()
    }

    pub(crate) fn set_card(&self, card: Option<Arc<Overlay>>) {
        *lock(&self.card) = card;
    }

    /// What lies over every scene.
    pub(crate) fn overlays(&self) -> Vec<Arc<Overlay>> {
        lock(&self.card).iter().cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
