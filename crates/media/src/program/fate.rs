//! Whether a canvas still runs, and whether others do. A canvas whose encoder fails again and again is given up while
//! another one runs; the last one is not: without it there is no show. Pure.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

/// Of one canvas. Whoever takes its pictures looks here now and then, and ends by itself once it is given up.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    why: OnceLock<String>,
    /// Canvases of the show that run, this one among them.
    running: Arc<AtomicUsize>,
}

impl Fate {
    /// Of the `count` canvases of a show.
    pub(super) fn of_all(count: usize) -> Vec<Arc<Self>> {
        let running = Arc::new(AtomicUsize::new(count));
        (0..count).map(|_| Arc::new(Self { why: OnceLock::new(), running: running.clone() })).collect()
    }

    /// Why it was given up; none while it runs. For people.
    pub(crate) fn given_up(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }

    /// Gives it up, once. False where no other one runs: it is not given up then.
    pub(super) fn give_up(&self, why: &str) -> bool {
        let rest = |running: usize| running.checked_sub(1).filter(|rest| *rest > 0);
        let others = self.running.fetch_update(Ordering::SeqCst, Ordering::SeqCst, rest).is_ok();
        if others {
            let _ = self.why.set(why.to_owned());
        }
        others
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_canvas_is_given_up_while_another_one_runs_and_the_last_one_is_not() {
        let [main, upright] = <[Arc<Fate>; 2]>::try_from(Fate::of_all(2)).unwrap();
        assert!(main.give_up("the driver is gone"));
        assert_eq!((main.given_up(), upright.given_up()), (Some("the driver is gone"), None));
        assert!(!upright.give_up("as well"), "the show ends with it");
        assert_eq!(upright.given_up(), None, "its consumers end with the show, in order");
        assert!(!Fate::of_all(1)[0].give_up("alone"));
    }
}
