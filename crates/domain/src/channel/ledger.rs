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
mod tests {
    use super::*;
    use crate::channel::{ChannelKind, Proof};

    fn ledger(position: Option<&LedgerPosition>) -> Ledger {
        let limits = ChannelLimits {
            kind: ChannelKind::Foreign,
            proof: Proof::Unproven,
            first_seq: Some(1),
            comments_per_s: None,
            text_chars: 100,
            back_fill_depth: 50,
            reply_chars: None,
            can_list_products: false,
            silent_after_ms: Some(30_000),
        };
        Ledger::new(&limits, LedgerRules::default(), position, 0)
    }

    fn number(numbering: u64, seq: u64, text: &str) -> ChannelComment {
        ChannelComment {
            key: CommentKey::Number { numbering, seq },
            name: None,
            viewer: "a".into(),
            text: text.into(),
            at_ms: None,
            show_id: None,
        }
    }

    fn tell(ledger: &mut Ledger, seqs: &[u64], now_ms: u64) -> Vec<Arrival> {
        seqs.iter().map(|seq| ledger.arrive(&number(0, *seq, &seq.to_string()), now_ms)).collect()
    }

    #[test]
    fn lost_repeated_and_late_numbers_are_told_apart() {
        use Arrival::*;
        for (seqs, want) in [
            (&[5, 6, 7][..], &[New, New, New][..]),
            (&[5, 5, 6, 5], &[New, Repeat, New, Repeat]),
            (&[5, 8, 6, 7, 7], &[New, New, Late, Late, Repeat]),
            (&[5, 4, 3, 4], &[New, New, New, Repeat]),
        ] {
            assert_eq!(tell(&mut ledger(None), seqs, 0), want, "{seqs:?}");
        }
    }

    #[test]
    fn what_is_missing_is_asked_for_told_and_given_up() {
        let mut ledger = ledger(None);
        tell(&mut ledger, &[10, 14, 20], 1_000);
        let ranges: Vec<_> = ledger.missing().iter().map(|one| (one.first, one.last, one.since_ms)).collect();
        assert_eq!(ranges, [(11, 13, 1_000), (15, 19, 1_000)]);
        assert_eq!(ledger.due(1_499), Due::default());
        let range = |first, last| Ask::Range { numbering: 0, first, last };
        assert_eq!(ledger.due(1_500).asks, [range(11, 13), range(15, 19)]);
        assert_eq!(ledger.due(1_600), Due::default());
        tell(&mut ledger, &[11, 12, 13], 2_000);
        assert_eq!(ledger.due(2_500).asks, [range(15, 19)]);
        assert_eq!(ledger.due(6_000).alarms, [Alarm::Missing { count: 5, since_ms: 1_000 }]);
        tell(&mut ledger, &[15, 16, 17, 18], 20_000);
        assert_eq!(ledger.due(20_000).alarms, []);
        tell(&mut ledger, &[21], 100_000);
        let due = ledger.due(121_000);
        assert_eq!(due.alarms, [Alarm::Lost { count: 1 }]);
        assert_eq!((ledger.tally().lost, ledger.tally().missing, ledger.tally().late), (1, 0, 7));
        assert_eq!(tell(&mut ledger, &[19], 122_000), [Arrival::Late], "it comes after all");
        assert_eq!((ledger.tally().lost, ledger.tally().taken), (0, 12));
    }

    #[test]
    fn what_came_after_an_alarm_is_told_as_well() {
        let mut ledger = ledger(None);
        tell(&mut ledger, &[1, 3], 0);
        assert_eq!(ledger.due(5_000).alarms, [Alarm::Missing { count: 1, since_ms: 0 }]);
        tell(&mut ledger, &[2], 6_000);
        assert_eq!(ledger.due(6_000).alarms, [Alarm::Filled]);
        assert_eq!(ledger.due(6_200).alarms, []);
        assert_eq!(ledger.due(36_000).alarms, [Alarm::Silent { since_ms: 6_000 }]);
        ledger.heard(40_000);
        assert_eq!(ledger.due(40_000).alarms, [Alarm::Heard]);
    }

    #[test]
    fn nothing_is_asked_for_that_lies_deeper_than_the_channel_remembers() {
        let mut ledger = ledger(None);
        tell(&mut ledger, &[1, 100], 0);
        assert_eq!(ledger.due(500).asks, [Ask::Range { numbering: 0, first: 51, last: 99 }]);
        tell(&mut ledger, &[1_000], 600);
        assert_eq!(ledger.due(2_000).asks, [Ask::Range { numbering: 0, first: 951, last: 999 }]);
    }

    #[test]
    fn numbers_that_begin_anew_are_other_comments() {
        let mut ledger = ledger(None);
        tell(&mut ledger, &[1, 2, 4], 0);
        let again: Vec<_> = [2, 1].map(|seq| ledger.arrive(&number(1, seq, "b"), 10)).into();
        assert_eq!(again, [Arrival::New, Arrival::Late], "the channel said that it begins anew, with 1");
        assert_eq!(ledger.arrive(&number(0, 3, "3"), 20), Arrival::Late, "what was late before still comes");
        assert_eq!(ledger.arrive(&number(0, 4, "4"), 20), Arrival::Repeat);
        assert_eq!(ledger.arrive(&number(0, 5, "5"), 20), Arrival::Late);
        assert_eq!((ledger.tally().restarts, ledger.tally().taken), (1, 7));
    }

    #[test]
    fn another_comment_under_a_known_number_tells_that_numbers_began_anew() {
        let mut ledger = ledger(None);
        tell(&mut ledger, &[1, 2, 3, 6], 0);
        let texts = [(4, "x"), (1, "y"), (2, "z"), (4, "x"), (1, "1"), (1, "y"), (3, "w")];
        let got = texts.map(|(seq, text)| ledger.arrive(&number(0, seq, text), 10));
        use Arrival::*;
        // The 4 was taken for the missing one; it is known when it comes again.
        assert_eq!(got, [Late, New, New, Repeat, Repeat, Repeat, New]);
        assert_eq!((ledger.tally().restarts, ledger.missing()), (1, vec![]));
    }

    #[test]
    fn a_row_of_numbers_from_long_ago_is_asked_for_once_more() {
        let rules = LedgerRules { marks_max: 4, ..LedgerRules::default() };
        let mut ledger = GapLedger::new(rules, None, 50);
        for seq in 1..=100 {
            ledger.arrive(0, seq, seq, 0);
        }
        for seq in 1..=15 {
            assert_eq!(ledger.arrive(0, seq, 1_000 + seq, 10_000), Arrival::Repeat);
        }
        assert_eq!(ledger.arrive(0, 16, 1_016, 10_000), Arrival::New, "nobody repeats so much of what is so old");
        let asked: Vec<(u64, u64)> = ledger
            .asks(10_000)
            .into_iter()
            .filter_map(|ask| match ask {
                Ask::Range { first, last, .. } => Some((first, last)),
                Ask::Newest { .. } => None,
            })
            .collect();
        assert_eq!(asked, [(1, 1), (2, 15)]);
    }

    #[test]
    fn a_channel_goes_on_where_it_was_left() {
        let mut before = ledger(None);
        tell(&mut before, &[1, 2, 5, 6], 0);
        let text = serde_json::to_string(&before.position()).unwrap();
        let position: LedgerPosition = serde_json::from_str(&text).unwrap();
        let mut after = ledger(Some(&position));
        use Arrival::*;
        assert_eq!(tell(&mut after, &[6, 9, 3], 0), [Repeat, New, Late]);
        let ranges: Vec<_> = after.missing().iter().map(|one| (one.first, one.last)).collect();
        assert_eq!(ranges, [(4, 4), (7, 8)], "what was said meanwhile is missing");
        assert_eq!((after.tally().taken, after.tally().repeats), (6, 1));
        assert_eq!(serde_json::from_str::<LedgerPosition>("{}").unwrap(), LedgerPosition::default());
    }

    #[test]
    fn what_there_was_no_room_for_is_missing_and_comes_again() {
        let mut ledger = ledger(None);
        ledger.left_out(&number(0, 5, "5"), 0);
        tell(&mut ledger, &[6, 7], 0);
        ledger.left_out(&number(0, 7, "7"), 0);
        ledger.left_out(&number(0, 9, "9"), 0);
        let ranges: Vec<_> = ledger.missing().iter().map(|one| (one.first, one.last)).collect();
        assert_eq!(ranges, [(5, 5), (8, 8), (9, 9)], "the seven was here already");
        assert_eq!(
            tell(&mut ledger, &[9, 5, 8, 9, 10], 0),
            [Arrival::Late, Arrival::Late, Arrival::Late, Arrival::Repeat, Arrival::New]
        );
        assert_eq!((ledger.missing(), ledger.tally().taken), (vec![], 6));
    }

    #[test]
    fn numbers_without_a_comment_are_not_missed() {
        let mut ledger = ledger(None);
        ledger.passed(0, 5, 9, 0);
        assert_eq!(tell(&mut ledger, &[13], 0), [Arrival::New]);
        ledger.passed(0, 11, 12, 0);
        assert_eq!(ledger.missing().iter().map(|one| (one.first, one.last)).collect::<Vec<_>>(), [(10, 10)]);
        ledger.passed(0, 10, 20, 0);
        assert_eq!((ledger.missing(), ledger.tally().taken), (vec![], 1));
        assert_eq!(tell(&mut ledger, &[21], 0), [Arrival::New]);
    }
}
