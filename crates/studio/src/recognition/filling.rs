//! The thread that makes the catalogue behind a show ready. Whoever waits for it owns it: dropping it ends the thread and waits
//! until it has, so that nothing reads a store that is being closed.

use super::projection::Filled;
use hawker_vision::priority::{GivesWayTo, give_way};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Asked between two products: whether anybody still waits.
pub type GoesOn<'a> = &'a dyn Fn() -> bool;

/// A catalogue that is being made ready.
#[derive(Debug)]
pub struct Filling {
    arriving: oneshot::Receiver<Filled>,
    cancelled: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Filling {
    /// `fill` answers none where it failed, which it says itself, or was told not to go on. None: no thread can be had.
    pub fn start(fill: impl FnOnce(GoesOn<'_>) -> Option<Filled> + Send + 'static) -> Option<Self> {
        let (found, arriving) = oneshot::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let seen = cancelled.clone();
        let run = move || {
            give_way(GivesWayTo::Looking);
            if let Some(filled) = fill(&|| !seen.load(Ordering::Relaxed)) {
                let _ = found.send(filled);
            }
        };
        let spawned = std::thread::Builder::new().name("catalogue".into()).spawn(run);
        let failed = |error| tracing::warn!(%error, "products beyond those shown are not recognised");
        let thread = Some(spawned.map_err(failed).ok()?);
        Some(Self { arriving, cancelled, thread })
    }

    /// What came of it. May be asked again where the answer was not waited for.
    pub async fn arrived(&mut self) -> Option<Filled> {
        (&mut self.arriving).await.ok()
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_vision::Gallery;
    use std::sync::mpsc;

    #[test]
    fn whoever_lets_it_go_ends_it_and_waits_for_its_end() {
        let (begun, has_begun) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let seen = ended.clone();
        let filling = Filling::start(move |goes_on| {
            begun.send(()).unwrap();
            while goes_on() {
                std::thread::yield_now();
            }
            seen.store(true, Ordering::Relaxed);
            None
        });
        has_begun.recv().unwrap();
        drop(filling.unwrap());
        assert!(ended.load(Ordering::Relaxed), "it has ended before it is gone");
    }

    #[tokio::test]
    async fn what_was_made_ready_arrives_and_what_failed_is_no_answer() {
        let mut filling =
            Filling::start(|_| Some(Filled { behind: Gallery::build(Vec::new()).behind(), read: 0, made: 0 })).unwrap();
        assert!(filling.arrived().await.is_some());
        assert!(Filling::start(|_| None).unwrap().arrived().await.is_none());
    }
}
