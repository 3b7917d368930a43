//! The ledger of a channel that numbers its comments.
//!
//! Whatever order they come in, and however often, each number of a numbering is taken once; what was jumped over is missing
//! until it comes or is given up. A numbering that begins anew is told by the channel (`numbering` grows). Where it is not,
//! another comment under a number that is known tells it, or a row of numbers that are known of old. The numbering before is
//! watched on, since what was late there still comes.
//! (More than 400 lines: what a number can be to a numbering, and to the ledger of two of them, is one table.)

use super::{
    gaps::Gaps,
    ledger::{Arrival, Ask, Missing, Tally},
    marks::Marks,
    ranges::{Ranges, count},
    rules::LedgerRules,
};
use serde::{Deserialize, Serialize};

/// So many numbers one after another that were used long ago: nobody repeats so much of what is so old, so they are counted anew.
const OLD_IN_A_ROW: u64 = 16;

pub struct GapLedger {
    rules: LedgerRules,
    first_seq: Option<u64>,
    back_fill_depth: u64,
    now: Option<Run>,
    before: Option<Run>,
    /// Numbers in a row that were used before anything that is remembered: the first and the last.
    old: Option<(u64, u64)>,
    tally: Tally,
}

/// One numbering.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    numbering: u64,
    /// The highest number so far.
    high: u64,
    gaps: Gaps,
    /// From before the beginning: not missed, and taken should they come.
    untold: Ranges,
    /// Given up, and taken should they come.
    lost: Ranges,
    marks: Marks,
}

/// What a number is to a numbering.
enum Place {
    Ahead,
    Missing,
    GivenUp,
    Untold,
    /// This very comment was taken.
    Same,
    /// Another comment was.
    Other,
    /// It was taken too long ago to know which comment it was.
    Old,
}

/// Where a numbered channel was when it was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapPosition {
    /// The numbering, and the one before it.
    pub runs: Vec<RunPosition>,
}

/// Of one numbering. Ranges are first and last number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPosition {
    pub numbering: u64,
    pub high: u64,
    pub missing: Vec<(u64, u64)>,
    pub untold: Vec<(u64, u64)>,
    pub lost: Vec<(u64, u64)>,
    /// Which comments the last numbers were.
    pub marks: Vec<(u64, u64)>,
}

impl GapLedger {
    pub fn new(rules: LedgerRules, first_seq: Option<u64>, back_fill_depth: u64) -> Self {
        let (now, before, old, tally) = (None, None, None, Tally::default());
        Self { rules, first_seq, back_fill_depth, now, before, old, tally }
    }

    /// Goes on where the channel was left: what was missing then is missing since now.
    #[must_use]
    pub fn resumed(mut self, position: &GapPosition, tally: Tally, now_ms: u64) -> Self {
        let mut runs = position.runs.iter().map(|run| Run::resumed(run, now_ms, &self.rules));
        (self.now, self.before) = (runs.next(), runs.next());
        self.tally = tally;
        self
    }

    pub fn position(&self) -> GapPosition {
        GapPosition { runs: self.now.iter().chain(&self.before).map(Run::position).collect() }
    }

    /// A comment came. `mark`: by what it is told from another one under the same number.
    pub fn arrive(&mut self, numbering: u64, seq: u64, mark: u64, now_ms: u64) -> Arrival {
        let arrival = self.place(numbering, seq, mark, now_ms);
        match arrival {
            Arrival::New => self.tally.taken += 1,
            Arrival::Late => {
                self.tally.taken += 1;
                self.tally.late += 1;
            }
            Arrival::Repeat => self.tally.repeats += 1,
        }
        arrival
    }

    fn place(&mut self, numbering: u64, seq: u64, mark: u64, now_ms: u64) -> Arrival {
        let Some(run) = &mut self.now else {
            self.begin(numbering, seq, now_ms);
            self.remember(seq, mark);
            return Arrival::New;
        };
        if numbering > run.numbering {
            self.begin(numbering, seq, now_ms);
            self.remember(seq, mark);
            return Arrival::New;
        }
        if numbering < run.numbering {
            return self.place_before(numbering, seq, mark, now_ms);
        }
        // Nobody told that the numbers began anew: it is of the numbering before, which had the same name.
        if self.before.as_ref().is_some_and(|before| before.numbering == numbering && before.is(seq, mark)) {
            return Arrival::Repeat;
        }
        let place = run.place(seq, mark);
        if !matches!(place, Place::Old) {
            self.old = None;
        }
        match place {
            Place::Ahead => {
                run.reach(seq, now_ms, &self.rules);
                self.remember(seq, mark);
                self.bound();
                Arrival::New
            }
            Place::Missing | Place::GivenUp | Place::Untold => {
                let was_lost = run.take(seq);
                self.tally.lost = self.tally.lost.saturating_sub(u64::from(was_lost));
                self.remember(seq, mark);
                self.bound();
                if matches!(place, Place::Untold) { Arrival::New } else { Arrival::Late }
            }
            Place::Same => Arrival::Repeat,
            Place::Other => {
                self.begin(numbering, seq, now_ms);
                self.remember(seq, mark);
                Arrival::New
            }
            Place::Old => self.place_old(numbering, seq, mark, now_ms),
        }
    }

    /// One of the numbering before, or of one before that, of which nothing is known any more.
    fn place_before(&mut self, numbering: u64, seq: u64, mark: u64, now_ms: u64) -> Arrival {
        let rules = self.rules;
        let Some(run) = self.before.as_mut().filter(|run| run.numbering == numbering) else {
            self.tally.unsure += 1;
            return Arrival::Repeat;
        };
        let arrival = match run.place(seq, mark) {
            Place::Ahead => {
                run.reach(seq, now_ms, &rules);
                Arrival::Late
            }
            Place::Missing | Place::GivenUp | Place::Untold => {
                let was_lost = run.take(seq);
                self.tally.lost = self.tally.lost.saturating_sub(u64::from(was_lost));
                Arrival::Late
            }
            Place::Same => return Arrival::Repeat,
            Place::Other | Place::Old => {
                self.tally.unsure += 1;
                return Arrival::Repeat;
            }
        };
        run.marks.remember(seq, mark, rules.marks_max);
        self.bound();
        arrival
    }

    fn place_old(&mut self, numbering: u64, seq: u64, mark: u64, now_ms: u64) -> Arrival {
        let first = match self.old {
            Some((first, last)) if last.checked_add(1) == Some(seq) => first,
            _ => seq,
        };
        self.old = Some((first, seq));
        if seq - first + 1 < OLD_IN_A_ROW {
            self.tally.unsure += 1;
            return Arrival::Repeat;
        }
        // What was taken for repeats is missing now, and is asked for at once.
        self.begin(numbering, first, now_ms);
        if let Some(run) = &mut self.now {
            let since_ms = now_ms.saturating_sub(self.rules.ask_after_ms);
            run.gaps.miss(first, first, since_ms, &self.rules);
            run.reach(seq, since_ms, &self.rules);
        }
        self.remember(seq, mark);
        Arrival::New
    }

    /// A comment came and can't be taken now: its number is missing like one that did not come.
    pub fn left_out(&mut self, numbering: u64, seq: u64, now_ms: u64) {
        let is_first = self.now.as_ref().is_none_or(|run| numbering > run.numbering);
        if is_first {
            self.begin(numbering, seq, now_ms);
        }
        if let Some(run) = self.now.as_mut().filter(|run| run.numbering == numbering) {
            if seq > run.high {
                run.reach(seq, now_ms, &self.rules);
                run.gaps.miss(seq, seq, now_ms, &self.rules);
            } else if is_first {
                run.gaps.miss(seq, seq, now_ms, &self.rules);
            }
        }
        self.bound();
    }

    /// These numbers carry no comment, or none that is for us.
    pub fn passed(&mut self, numbering: u64, first: u64, last: u64, now_ms: u64) {
        if first > last {
            return;
        }
        if self.now.as_ref().is_none_or(|run| numbering > run.numbering) {
            self.begin(numbering, first, now_ms);
        }
        let run = [&mut self.now, &mut self.before].into_iter().flatten().find(|run| run.numbering == numbering);
        if let Some(run) = run {
            if last > run.high {
                run.reach(last, now_ms, &self.rules);
            }
            self.tally.lost = self.tally.lost.saturating_sub(run.pass(first, last));
        }
        self.bound();
    }

    /// A numbering begins with this number. The one so far is the one before; what is missing of the one before that is lost, and
    /// of one that has the same name too: its numbers can't be asked for any more.
    fn begin(&mut self, numbering: u64, seq: u64, now_ms: u64) {
        self.old = None;
        let former = self.now.take();
        if let Some(mut former) = former {
            self.tally.restarts += 1;
            if former.numbering == numbering {
                self.tally.lost = self.tally.lost.saturating_add(former.give_up_all());
            }
            let gone = self.before.replace(former);
            self.tally.lost = self.tally.lost.saturating_add(gone.map_or(0, |mut gone| gone.give_up_all()));
        }
        let mut run = Run { numbering, high: seq, ..Run::default() };
        // Of the first numbering there may be hours that nobody asked for.
        let missed_from = self.first_seq.filter(|first| self.before.is_some() && *first < seq);
        if let Some(first) = missed_from {
            run.gaps.miss(first, seq - 1, now_ms, &self.rules);
        }
        let untold = missed_from.unwrap_or(seq);
        if untold > 0 {
            run.untold.add(0, untold - 1);
        }
        self.now = Some(run);
    }

    fn remember(&mut self, seq: u64, mark: u64) {
        if let Some(run) = &mut self.now {
            run.marks.remember(seq, mark, self.rules.marks_max);
        }
    }

    /// Gives up what would make the ledger grow without bound.
    fn bound(&mut self) {
        for run in [&mut self.now, &mut self.before].into_iter().flatten() {
            let given_up = run.gaps.bound(&self.rules);
            self.tally.lost = self.tally.lost.saturating_add(run.give_up(given_up, &self.rules));
        }
    }

    /// Gives up what is missing for too long.
    pub(super) fn give_up(&mut self, now_ms: u64) {
        for run in [&mut self.now, &mut self.before].into_iter().flatten() {
            let given_up = run.gaps.give_up(now_ms, &self.rules);
            self.tally.lost = self.tally.lost.saturating_add(run.give_up(given_up, &self.rules));
        }
    }

    /// What is to be asked for now.
    pub(super) fn asks(&mut self, now_ms: u64) -> Vec<Ask> {
        let mut asks = Vec::new();
        if self.back_fill_depth == 0 {
            return asks;
        }
        for run in [&mut self.before, &mut self.now].into_iter().flatten() {
            let from = run.high.saturating_add(1).saturating_sub(self.back_fill_depth);
            let room = self.rules.ranges_at_once.saturating_sub(asks.len());
            let numbering = run.numbering;
            let ranges = run.gaps.ask(from, now_ms, room, &self.rules);
            asks.extend(ranges.into_iter().map(|(first, last)| Ask::Range { numbering, first, last }));
        }
        asks
    }

    /// How many numbers are missing for long, and since when; none where it is no news.
    pub(super) fn news_of_missing(&mut self, now_ms: u64) -> Option<(u64, u64)> {
        let told = [&mut self.now, &mut self.before].into_iter().flatten();
        let told: Vec<(u64, u64)> = told.filter_map(|run| run.gaps.tell(now_ms, &self.rules)).collect();
        told.into_iter().reduce(|(count, since), (more, other)| (count.saturating_add(more), since.min(other)))
    }

    pub(super) fn is_told(&self) -> bool {
        self.now.iter().chain(&self.before).any(|run| run.gaps.is_told())
    }

    pub fn missing(&self) -> Vec<Missing> {
        let of = |run: &Run| -> Vec<Missing> {
            let numbering = run.numbering;
            let range = |(first, gap): (u64, super::gaps::Gap)| Missing {
                numbering,
                first,
                last: gap.last,
                since_ms: gap.since_ms,
            };
            run.gaps.iter().map(range).collect()
        };
        self.before.iter().chain(&self.now).flat_map(of).collect()
    }

    pub fn tally(&self) -> Tally {
        Tally { missing: count(self.missing().iter().map(|one| (one.first, one.last))), ..self.tally }
    }

    /// How much is remembered: ranges and marks. Bounded by the rules.
    pub fn remembered(&self) -> usize {
        let of = |run: &Run| run.gaps.len() + run.untold.len() + run.lost.len() + run.marks.len();
        self.now.iter().chain(&self.before).map(of).sum()
    }
}

impl Run {
    fn place(&self, seq: u64, mark: u64) -> Place {
        if seq > self.high {
            return Place::Ahead;
        }
        if self.gaps.has(seq) {
            Place::Missing
        } else if self.untold.has(seq) {
            Place::Untold
        } else if self.lost.has(seq) {
            Place::GivenUp
        } else {
            match self.marks.get(seq) {
                Some(known) if known == mark => Place::Same,
                Some(_) => Place::Other,
                None => Place::Old,
            }
        }
    }

    fn is(&self, seq: u64, mark: u64) -> bool {
        self.marks.get(seq) == Some(mark)
    }

    /// A higher number than all so far: those between are missing.
    fn reach(&mut self, seq: u64, now_ms: u64, rules: &LedgerRules) {
        if seq - self.high > 1 {
            self.gaps.miss(self.high + 1, seq - 1, now_ms, rules);
        }
        self.high = seq;
    }

    /// Takes a number that was not taken; true where it had been given up.
    fn take(&mut self, seq: u64) -> bool {
        !self.gaps.take(seq) && !self.untold.take(seq) && self.lost.take(seq)
    }

    /// How many of these had been given up.
    fn pass(&mut self, first: u64, last: u64) -> u64 {
        self.gaps.remove(first, last);
        self.untold.remove(first, last);
        let before = count(self.lost.iter());
        self.lost.remove(first, last);
        before.saturating_sub(count(self.lost.iter()))
    }

    /// Notes what is missed no more. How many numbers.
    fn give_up(&mut self, given_up: Vec<(u64, u64)>, rules: &LedgerRules) -> u64 {
        let lost = count(given_up.iter().copied());
        given_up.into_iter().for_each(|(first, last)| self.lost.add(first, last));
        self.lost.keep(rules.ranges_max);
        self.untold.keep(rules.ranges_max);
        lost
    }

    fn give_up_all(&mut self) -> u64 {
        count(self.gaps.give_up_all())
    }

    fn resumed(position: &RunPosition, now_ms: u64, rules: &LedgerRules) -> Self {
        let mut gaps = Gaps::default();
        for (first, last) in Ranges::of(position.missing.iter().copied()).iter() {
            gaps.miss(first, last, now_ms, rules);
        }
        Self {
            numbering: position.numbering,
            high: position.high,
            gaps,
            untold: Ranges::of(position.untold.iter().copied()),
            lost: Ranges::of(position.lost.iter().copied()),
            marks: Marks::of(&position.marks, rules.marks_max),
        }
    }

    fn position(&self) -> RunPosition {
        RunPosition {
            numbering: self.numbering,
            high: self.high,
            missing: self.gaps.ranges().iter().collect(),
            untold: self.untold.iter().collect(),
            lost: self.lost.iter().collect(),
            marks: self.marks.newest(usize::MAX),
        }
    }
}
