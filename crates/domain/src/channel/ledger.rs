//! One channel's ledger: every comment once, and what is to be done about those that do not come.

use super::{
    ChannelComment, ChannelLimits, CommentKey,
    marks::mark,
    named::{NamedLedger, NamedPosition},
    numbered::{GapLedger, GapPosition},
    rules::LedgerRules,
};
use serde::{Deserialize, Serialize};

/// What a comment is to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    New,
    /// It was missing: taken as well.
    Late,
    /// It was taken before.
    Repeat,
}

impl Arrival {
    /// True for a comment that is to be heard.
    pub fn is_taken(self) -> bool {
        self != Self::Repeat
    }
}

/// What the channel is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Range {
        numbering: u64,
        first: u64,
        last: u64,
    },
    /// So many of the newest.
    Newest {
        count: u64,
    },
}

/// What the host hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// So many comments are missing, since then.
    Missing { count: u64, since_ms: u64 },
    /// All of them came after all.
    Filled,
    /// So many will never come.
    Lost { count: u64 },
    /// The channel says nothing, since then.
    Silent { since_ms: u64 },
    /// It does again.
    Heard,
}

/// What time brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    pub asks: Vec<Ask>,
    pub alarms: Vec<Alarm>,
}

/// Numbers that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    pub numbering: u64,
    pub first: u64,
    pub last: u64,
    pub since_ms: u64,
}

/// What a channel came to so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub taken: u64,
    /// Of these, those that had been missing.
    pub late: u64,
    pub repeats: u64,
    pub missing: u64,
    /// Missing for good.
    pub lost: u64,
    /// Taken for repeats, though nobody remembers what they were.
    pub unsure: u64,
    /// How often the numbers began anew.
    pub restarts: u64,
}

/// Where a channel was when it was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerPosition {
    pub numbered: GapPosition,
    pub named: NamedPosition,
    /// Of numbers and of names.
    pub tallies: (Tally, Tally),
}

/// Takes numbers and names; a channel uses one of them.
pub struct Ledger {
    numbered: GapLedger,
    named: NamedLedger,
    /// Lost as far as the host knows.
    lost_told: u64,
    /// The host heard of what is missing.
    is_alarmed: bool,
    silent_after_ms: Option<u64>,
    heard_ms: u64,
    is_silent: bool,
    was_heard: bool,
}

impl Ledger {
    /// `position`: where the channel was left; nothing that came before it is missed without one.
    pub fn new(limits: &ChannelLimits, rules: LedgerRules, position: Option<&LedgerPosition>, now_ms: u64) -> Self {
        let mut numbered = GapLedger::new(rules, limits.first_seq, limits.back_fill_depth);
        let mut named = NamedLedger::new(rules, limits.back_fill_depth);
        if let Some(position) = position {
            numbered = numbered.resumed(&position.numbered, position.tallies.0, now_ms);
            named = named.resumed(&position.named, position.tallies.1);
        }
        let mut ledger = Self {
            numbered,
            named,
            lost_told: 0,
            is_alarmed: false,
            silent_after_ms: limits.silent_after_ms,
            heard_ms: now_ms,
            is_silent: false,
            was_heard: false,
        };
        ledger.lost_told = ledger.tally().lost;
        ledger
    }

    pub fn position(&self) -> LedgerPosition {
        LedgerPosition {
            numbered: self.numbered.position(),
            named: self.named.position(),
            tallies: (self.numbered.tally(), self.named.tally()),
        }
    }

    /// A comment came.
    pub fn arrive(&mut self, comment: &ChannelComment, now_ms: u64) -> Arrival {
        self.heard(now_ms);
        match &comment.key {
            CommentKey::Number { numbering, seq } => self.numbered.arrive(*numbering, *seq, comment.mark(), now_ms),
            CommentKey::Name(name) => self.named.arrive(mark(&[name.as_bytes()]), now_ms),
        }
    }

    /// A comment came for which there is no room: it is missing, and is asked for again. One without a number may be lost.
    pub fn left_out(&mut self, comment: &ChannelComment, now_ms: u64) {
        self.heard(now_ms);
        if let CommentKey::Number { numbering, seq } = &comment.key {
            self.numbered.left_out(*numbering, *seq, now_ms);
        }
    }

    /// These numbers carry no comment.
    pub fn passed(&mut self, numbering: u64, first: u64, last: u64, now_ms: u64) {
        self.heard(now_ms);
        self.numbered.passed(numbering, first, last, now_ms);
    }

    /// The channel says how many comments it had so far.
    pub fn counted(&mut self, total: u64, now_ms: u64) {
        self.heard(now_ms);
        self.named.counted(total, now_ms);
    }

    /// The channel is there, whatever it said.
    pub fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
        self.was_heard |= std::mem::take(&mut self.is_silent);
    }

    /// What is to be asked for, and what the host is to hear. To be called a few times a second.
    pub fn due(&mut self, now_ms: u64) -> Due {
        self.numbered.give_up(now_ms);
        self.named.give_up(now_ms);
        let mut due = Due { asks: self.numbered.asks(now_ms), alarms: Vec::new() };
        due.asks.extend(self.named.asks(now_ms));
        if std::mem::take(&mut self.was_heard) {
            due.alarms.push(Alarm::Heard);
        }
        let silent_for = now_ms.saturating_sub(self.heard_ms);
        if !self.is_silent && self.silent_after_ms.is_some_and(|after_ms| silent_for >= after_ms) {
            self.is_silent = true;
            due.alarms.push(Alarm::Silent { since_ms: self.heard_ms });
        }
        let lost = self.tally().lost;
        if lost > self.lost_told {
            due.alarms.push(Alarm::Lost { count: lost - self.lost_told });
        }
        let news = [self.numbered.news_of_missing(now_ms), self.named.news_of_missing(now_ms)];
        if let Some((count, since_ms)) = news.into_iter().flatten().next() {
            due.alarms.push(Alarm::Missing { count, since_ms });
        }
        let is_told = self.numbered.is_told() || self.named.is_told();
        if self.is_alarmed && !is_told && lost <= self.lost_told {
            due.alarms.push(Alarm::Filled);
        }
        // What was given up and came all the same is lost no more: it does not hide what is lost next.
        (self.is_alarmed, self.lost_told) = (is_told, lost);
        due
    }

    pub fn tally(&self) -> Tally {
        let (numbers, names) = (self.numbered.tally(), self.named.tally());
        Tally {
            taken: numbers.taken + names.taken,
            late: numbers.late + names.late,
            repeats: numbers.repeats + names.repeats,
            missing: numbers.missing.saturating_add(names.missing),
            lost: numbers.lost.saturating_add(names.lost),
            unsure: numbers.unsure + names.unsure,
            restarts: numbers.restarts + names.restarts,
        }
    }

    /// Numbers that are missing, of the numbering before first.
    pub fn missing(&self) -> Vec<Missing> {
        self.numbered.missing()
    }

    /// How much is remembered. Bounded by the rules.
    pub fn remembered(&self) -> usize {
        self.numbered.remembered() + self.named.remembered()
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
