//! Holds the pictures of all sources back, so that sound which reaches us later than its picture is heard with it.
//!
//! Pictures wait raw, before any canvas: what is shown, streamed and recorded is late by the same. Recognition sees them as
//! they come. While nothing is held back a picture passes on the thread of its source, as if none of this were there.

use crate::{clock::Timebase, scene::Look};
use hawker_domain::SourceId;
use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Pictures of all sources that wait, at most: half a second of eight sources at 60 a second. What comes then passes at once.
const MOST: usize = 240;

/// Takes a picture with the running time at which it is shown, nanoseconds.
pub(super) type Deliver = Arc<dyn Fn(&SourceId, &Look, u64) + Send + Sync>;

pub(super) struct Hold {
    inside: Arc<Inside>,
    deliver: Deliver,
    time: Arc<Timebase>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Inside {
    delay_ns: AtomicU64,
    line: Mutex<Line<Look>>,
    changed: Condvar,
}

impl Hold {
    pub(super) fn new(time: Arc<Timebase>, deliver: Deliver) -> Self {
        let inside = Inside { delay_ns: AtomicU64::new(0), line: Mutex::default(), changed: Condvar::new() };
        Self { inside: Arc::new(inside), deliver, time, thread: Mutex::default() }
    }

    /// Pictures are held back by so much from now on. Units: milliseconds.
    pub(super) fn set(&self, delay_ms: u32) {
        self.inside.delay_ns.store(u64::from(delay_ms) * 1_000_000, Ordering::Relaxed);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if delay_ms == 0 || thread.is_some() {
            return;
        }
        let (inside, deliver, time) = (self.inside.clone(), self.deliver.clone(), self.time.clone());
        match std::thread::Builder::new().name("hawker-hold".into()).spawn(move || inside.run(&deliver, &time)) {
            Ok(handle) => *thread = Some(handle),
            Err(error) => {
                tracing::warn!(%error, "the picture can't be held back");
                self.inside.delay_ns.store(0, Ordering::Relaxed);
            }
        }
    }

    /// Takes a picture captured at the running time `captured_ns`.
    pub(super) fn take(&self, id: &SourceId, look: &Look, captured_ns: u64) {
        let delay_ns = self.inside.delay_ns.load(Ordering::Relaxed);
        let shown_ns = captured_ns.saturating_add(delay_ns);
        let mut line = self.inside.lock();
        if delay_ns > 0 && line.waiting.len() < MOST {
            line.push(Held { source: id.clone(), what: look.clone(), shown_ns, due_ns: self.time.now_ns() + delay_ns });
            drop(line);
            self.inside.changed.notify_one();
            return;
        }
        // What waited from before the delay was taken away goes first.
        let before = line.rest_of(id, shown_ns);
        drop(line);
        before.iter().for_each(|held| (self.deliver)(id, &held.what, held.shown_ns));
        (self.deliver)(id, look, shown_ns);
    }

    /// What waits of a source that is gone is never shown.
    pub(super) fn forget(&self, id: &SourceId) {
        self.inside.lock().waiting.retain(|held| held.source != *id);
    }

    /// Ends the thread; the second time there is nothing to do.
    pub(super) fn stop(&self) {
        let mut line = self.inside.lock();
        line.over = true;
        line.waiting.clear();
        drop(line);
        self.inside.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inside {
    fn run(&self, deliver: &Deliver, time: &Timebase) {
        let mut line = self.lock();
        while !line.over {
            let now_ns = time.now_ns();
            let due = line.due(now_ns);
            if due.is_empty() {
                let wait = line.next_ns().map_or(Duration::from_secs(1), |at| Duration::from_nanos(at - now_ns));
                line = self.changed.wait_timeout(line, wait).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            // Not under the lock: a source must not wait for a canvas.
            drop(line);
            due.iter().for_each(|held| deliver(&held.source, &held.what, held.shown_ns));
            line = self.lock();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line<Look>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits, in the order in which it came. Pure.
#[derive(Debug)]
struct Line<T> {
    waiting: Vec<Held<T>>,
    over: bool,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), over: false }
    }
}

#[derive(Debug)]
struct Held<T> {
    source: SourceId,
    what: T,
    /// Running time at which it is shown.
    shown_ns: u64,
    /// When it is handed on: as late after its time as it came.
    due_ns: u64,
}

impl<T> Line<T> {
    /// A picture that is shown earlier than others of its source takes their place: the delay became shorter.
    fn push(&mut self, held: Held<T>) {
        self.waiting.retain(|other| other.source != held.source || other.shown_ns < held.shown_ns);
        self.waiting.push(held);
    }

    /// All that is due.
    fn due(&mut self, now_ns: u64) -> Vec<Held<T>> {
        self.waiting.extract_if(.., |held| held.due_ns <= now_ns).collect()
    }

    /// When the next is due.
    fn next_ns(&self) -> Option<u64> {
        self.waiting.iter().map(|held| held.due_ns).min()
    }

    /// What is shown of a source before `shown_ns`; the rest of it is given up.
    fn rest_of(&mut self, source: &SourceId, shown_ns: u64) -> Vec<Held<T>> {
        let all = self.waiting.extract_if(.., |held| held.source == *source);
        all.filter(|held| held.shown_ns < shown_ns).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn held(source: &str, number: u32, shown_ns: u64) -> Held<u32> {
        Held { source: SourceId::new(source).unwrap(), what: number, shown_ns, due_ns: shown_ns + 5 }
    }

    fn numbers(held: &[Held<u32>]) -> Vec<u32> {
        held.iter().map(|held| held.what).collect()
    }

    #[test]
    fn pictures_leave_when_they_are_due_in_the_order_in_which_they_came() {
        let mut line = Line::default();
        [held("1", 1, 100), held("2", 2, 110), held("1", 3, 120)].into_iter().for_each(|one| line.push(one));
        assert_eq!((numbers(&line.due(104)), line.next_ns()), (vec![], Some(105)));
        assert_eq!(numbers(&line.due(115)), [1, 2]);
        assert_eq!((numbers(&line.due(200)), line.next_ns()), (vec![3], None));
    }

    #[test]
    fn a_shorter_delay_gives_up_what_would_be_shown_after_newer_pictures() {
        let mut line = Line::default();
        [held("1", 1, 100), held("1", 2, 133), held("2", 3, 150), held("1", 4, 110)]
            .into_iter()
            .for_each(|one| line.push(one));
        assert_eq!(numbers(&line.due(1_000)), [1, 3, 4], "another source keeps its own");
        [held("1", 5, 200), held("1", 6, 233)].into_iter().for_each(|one| line.push(one));
        assert_eq!(numbers(&line.rest_of(&SourceId::new("1").unwrap(), 210)), [5]);
        assert_eq!(line.next_ns(), None);
    }
}
