//! Says why pictures are lost, once for each cause while it lasts.

use super::owner::Owner;
use crate::view::LossView;
use hawker_domain::{Words, overload::LossWhy, reason::NoticeWhy};
use hawker_media::{Diagnosis, LossWatch, MediaStats};
use std::time::Duration;

/// Looked back over: long enough for a hiccup to be none.
const SPAN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What is late in the moments after a sleep is nobody's fault.
const WAKING: Duration = Duration::from_secs(3);

/// What is known of the losses of one show.
#[derive(Debug)]
pub(super) struct Losses {
    watch: LossWatch,
    looked: Option<Duration>,
    told: Told,
    /// What was found the last time.
    found: Option<Diagnosis>,
}

impl Default for Losses {
    fn default() -> Self {
        Self { watch: LossWatch::new(SPAN), looked: None, told: Told::default(), found: None }
    }
}

impl Losses {
    /// Why pictures are being lost now; none where hardly any are.
    pub(super) fn now(&self) -> Option<LossView> {
        let found = self.found.as_ref()?;
        Some(LossView { why: found.why, share: found.share, destination: found.destination })
    }
}

/// What was said last. Pure.
#[derive(Debug, Default)]
struct Told(Option<LossWhy>);

impl Told {
    /// The words that are due. Destinations speak for themselves.
    fn on(&mut self, found: Option<Diagnosis>) -> Option<Words> {
        let found = found.filter(|found| matches!(found.why, LossWhy::Computer | LossWhy::Source));
        let why = found.as_ref().map(|found| found.why);
        let news = why != self.0;
        self.0 = why;
        found.filter(|_| news).map(|found| found.words)
    }
}

impl Owner {
    /// The computer slept: what was lost is known, and looking begins anew in a moment.
    pub(super) fn excuse_losses(&mut self) {
        let looked = Some(Duration::from_millis(self.now().0) + WAKING);
        self.losses = Losses { looked, ..Losses::default() };
    }

    /// Looks once a second while on air.
    pub(super) fn tell_losses(&mut self, stats: &MediaStats) {
        let now = Duration::from_millis(self.now().0);
        let on_air = self.show.as_ref().is_some_and(|show| show.on_air_since.is_some() && show.ended_at.is_none());
        let losses = &mut self.losses;
        if !on_air || losses.looked.is_some_and(|looked| now < looked + LOOK_EVERY) {
            return;
        }
        losses.looked = Some(now);
        let found = losses.watch.on(now, stats);
        losses.found.clone_from(&found);
        if let Some(words) = losses.told.on(found) {
            self.say(NoticeWhy::Losses, words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(why: LossWhy) -> Option<Diagnosis> {
        let words = Words::new("", format!("{why:?}"));
        Some(Diagnosis { why, share: 0.02, lost: 9, destination: None, words })
    }

    #[test]
    fn each_cause_is_said_once_while_it_lasts_and_destinations_speak_for_themselves() {
        use LossWhy::{Computer, Destination, Network, Source};
        let mut told = Told::default();
        let steps = [
            (None, None),
            (found(Computer), Some("Computer")),
            (found(Computer), None),
            (found(Source), Some("Source")),
            (None, None),
            (found(Source), Some("Source")),
            (found(Network), None),
            (found(Destination), None),
        ];
        for (n, (found, want)) in steps.into_iter().enumerate() {
            assert_eq!(told.on(found).map(|words| words.en).as_deref(), want, "step {n}");
        }
    }
}
