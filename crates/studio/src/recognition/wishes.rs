//! What the owner wants of recognition: one value, so that the owner never waits and nothing piles up while photos are
//! embedded. The thread compares it with what it has done already.

use hawker_av::VideoFrame;
use hawker_domain::Sku;
use std::collections::VecDeque;
use std::path::PathBuf;
use tokio::sync::watch;

pub type Frames = watch::Receiver<Option<VideoFrame>>;

/// Corrections kept for a thread that is busy. A host makes one in seconds; embedding a catalogue takes minutes at most.
const CORRECTIONS_KEPT: usize = 64;

/// This track is this product, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub track_id: u32,
    pub sku: Sku,
    /// Further variants of the product that it is about.
    pub variants: Vec<Sku>,
    pub is_it: bool,
}

/// Everything wanted, with counters for what has to happen once each time.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// What to look at; none: nothing.
    pub frames: Option<Frames>,
    pub running_order: Vec<Sku>,
    /// A show runs: nothing is done that could wait.
    pub on_air: bool,
    /// Where the evidence of the show is written; none: nowhere.
    evidence: Option<PathBuf>,
    /// Grows with each source.
    source: u64,
    /// Grows with each show.
    show: u64,
    /// Grows when products or photos changed.
    gallery: u64,
    /// Grows when products may have got other names.
    names: u64,
    /// Number of the newest correction.
    corrected: u64,
    /// Each with the age it was made in: the numbers of tracks begin anew with every other.
    corrections: VecDeque<(u64, Correction)>,
}

impl Wishes {
    /// Looks at this source from now on.
    pub fn watch(&mut self, frames: Frames) {
        self.frames = Some(frames);
        self.source += 1;
    }

    /// What was seen until now is no longer there.
    pub fn forget(&mut self) {
        self.source += 1;
    }

    /// Grows whenever what was seen is forgotten.
    pub fn age(&self) -> u64 {
        self.source + self.show
    }

    /// A show begins: what was seen before it is forgotten.
    pub fn start_over(&mut self, evidence: Option<PathBuf>) {
        self.show += 1;
        self.on_air = true;
        self.evidence = evidence;
    }

    /// Looks at nothing: whatever ran is over.
    pub fn rest(&mut self) {
        self.frames = None;
        self.on_air = false;
        self.evidence = None;
    }

    pub fn reload(&mut self) {
        self.gallery += 1;
    }

    pub fn rename(&mut self) {
        self.names += 1;
    }

    pub fn correct(&mut self, correction: Correction) {
        self.corrections.push_back((self.age(), correction));
        self.corrected += 1;
        if self.corrections.len() > CORRECTIONS_KEPT {
            self.corrections.pop_front();
        }
    }

    /// What has to be done to get from `done` to here, in order.
    pub fn since(&self, done: &Self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.gallery != done.gallery {
            // It asks for the names, too.
            steps.push(Step::Reload);
        } else if self.names != done.names {
            steps.push(Step::Rename);
        }
        if self.evidence != done.evidence || (self.show != done.show && self.evidence.is_some()) {
            // Before the beginning, which is a part of it.
            steps.push(Step::Record(self.evidence.clone()));
        }
        let fresh = usize::try_from(self.corrected - done.corrected).unwrap_or(usize::MAX);
        let known = self.corrections.len().saturating_sub(fresh);
        let corrections = |of_now: bool| {
            let made = self.corrections.iter().skip(known).filter(move |(age, _)| (*age == self.age()) == of_now);
            made.map(|(_, correction)| Step::Correct(correction.clone()))
        };
        // What the host said of things that are forgotten next.
        steps.extend(corrections(false));
        if self.source != done.source || self.show != done.show {
            // Times begin anew, or a product that is held up already has to be said again.
            steps.push(Step::StartOver);
        }
        // A gallery that is made anew has no order yet.
        if self.running_order != done.running_order || self.gallery != done.gallery {
            steps.push(Step::RunningOrder(self.running_order.clone()));
        }
        steps.extend(corrections(true));
        steps
    }
}

/// One thing the recogniser does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Builds the gallery again.
    Reload,
    /// Asks what the products are called.
    Rename,
    /// Ends the evidence that is written, and begins another; none: no other.
    Record(Option<PathBuf>),
    /// Forgets what was seen.
    StartOver,
    RunningOrder(Vec<Sku>),
    Correct(Correction),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sku(text: &str) -> Sku {
        Sku::new(text).unwrap()
    }

    fn wrong(track_id: u32) -> Correction {
        Correction { track_id, sku: sku("A"), variants: Vec::new(), is_it: false }
    }

    #[test]
    fn what_was_asked_many_times_is_done_once() {
        let done = Wishes::default();
        let mut wanted = done.clone();
        assert_eq!(wanted.since(&done), []);
        for _ in 0..50 {
            wanted.reload();
            wanted.running_order = vec![sku("B")];
        }
        wanted.start_over(None);
        assert_eq!(wanted.since(&done), [Step::Reload, Step::StartOver, Step::RunningOrder(vec![sku("B")])]);
        assert_eq!(wanted.since(&wanted.clone()), []);
    }

    #[test]
    fn a_show_is_on_air_from_its_beginning_to_the_rest_after_it() {
        let (_picture, frames) = watch::channel(None);
        let mut wanted = Wishes::default();
        wanted.watch(frames.clone());
        assert!(!wanted.on_air, "a preview is no show");
        wanted.start_over(None);
        wanted.watch(frames);
        assert!(wanted.on_air, "another source is the same show");
        wanted.rest();
        assert!(!wanted.on_air && wanted.frames.is_none());
    }

    #[test]
    fn evidence_begins_before_the_show_is_seen_and_ends_with_it() {
        let (done, file) = (Wishes::default(), PathBuf::from("a.jsonl"));
        let mut wanted = done.clone();
        wanted.start_over(Some(file.clone()));
        assert_eq!(wanted.since(&done), [Step::Record(Some(file.clone())), Step::StartOver]);
        let first = wanted.clone();
        wanted.rest();
        assert_eq!(wanted.since(&first), [Step::Record(None)]);
        // The next show may begin before the end of this one was noticed.
        wanted.start_over(Some(file.clone()));
        assert_eq!(wanted.since(&first), [Step::Record(Some(file)), Step::StartOver]);
        wanted.start_over(None);
        assert_eq!(wanted.since(&first), [Step::Record(None), Step::StartOver]);
    }

    #[test]
    fn other_names_are_asked_for_once_and_with_other_photos() {
        let done = Wishes::default();
        let mut wanted = done.clone();
        wanted.rename();
        wanted.rename();
        assert_eq!(wanted.since(&done), [Step::Rename]);
        wanted.reload();
        let steps = wanted.since(&done);
        assert!(steps.contains(&Step::Reload) && !steps.contains(&Step::Rename), "{steps:?}");
    }

    #[test]
    fn every_correction_is_made_once_and_in_order() {
        let mut wanted = Wishes::default();
        wanted.correct(wrong(1));
        let done = wanted.clone();
        wanted.correct(wrong(2));
        wanted.correct(wrong(3));
        assert_eq!(wanted.since(&done), [Step::Correct(wrong(2)), Step::Correct(wrong(3))]);
    }

    #[test]
    fn what_was_said_of_a_thing_is_learned_before_it_is_forgotten() {
        let done = Wishes::default();
        let mut wanted = done.clone();
        wanted.correct(wrong(1));
        wanted.forget();
        wanted.correct(wrong(2));
        assert_eq!(wanted.since(&done), [Step::Correct(wrong(1)), Step::StartOver, Step::Correct(wrong(2))]);
        assert_ne!(wanted.age(), done.age(), "a report of before is told by it");
    }

    #[test]
    fn a_thread_that_is_busy_for_ever_costs_no_memory() {
        let done = Wishes::default();
        let mut wanted = done.clone();
        (0..1_000).for_each(|track_id| wanted.correct(wrong(track_id)));
        let steps = wanted.since(&done);
        assert_eq!((steps.len(), steps.last()), (CORRECTIONS_KEPT, Some(&Step::Correct(wrong(999)))));
    }

    #[test]
    fn another_source_or_show_begins_anew() {
        let (_sender, frames) = watch::channel(None);
        let done = Wishes::default();
        let mut other = done.clone();
        other.watch(frames);
        assert_eq!(other.since(&done), [Step::StartOver]);
        let mut resting = other.clone();
        resting.frames = None;
        assert_eq!(resting.since(&other), [], "resting forgets nothing");
    }
}
