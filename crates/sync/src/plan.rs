//! What to do next. Pure: answers and numbers in, one step out; no clock, no dice, no network.
//!
//! Two lanes run side by side and are planned apart, so that a wedged outbox never keeps orders from coming in.

use crate::OpsStop;
use hawker_wire::ErrorCode;

/// Most ops in one request; the platform takes no more.
pub const BATCH: u32 = 200;

/// First pause after a failure; each further failure doubles it.
const PAUSE_FIRST_MS: u64 = 500;
/// Longest pause: short enough that a platform that comes back is noticed while people look.
const PAUSE_MAX_MS: u64 = 10_000;

/// Tries after which an answer that should have helped is taken for one that never will.
const PATIENCE: u32 = 4;

/// Why a lane stopped for good. Somebody has to act; starting the sync again tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wedge {
    #[error("the platform no longer accepts this sign-in; sign in again")]
    SignedOut,
    #[error("the platform keeps refusing this device; remove it there and register it again")]
    Refused,
    #[error(
        "the platform does not take this device's signature, also after it registered anew; what comes between the two changes \
         what is sent, or another machine works with a copy of these data"
    )]
    BadSignature,
    #[error(
        "somebody revoked this device at the platform; to go on, use another data folder; changes made here wait for a person there"
    )]
    Revoked,
    #[error("the platform asks for changes from {wanted} on, the oldest kept here is {oldest}; restore a backup")]
    OpsLost { wanted: u64, oldest: u64 },
    #[error("the platform asks for change {wanted} again and again; its account of this device is damaged")]
    GapStays { wanted: u64 },
    #[error("the platform's feed is another one again and again; its database is damaged")]
    FeedParted,
    #[error("entries are missing in the platform's feed")]
    FeedGapStays,
}

/// Op numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeqRange {
    pub first: u64,
    pub last: u64,
}

/// What became of the last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was asked yet, or the last step was done.
    Done,
    /// The platform stopped at one of `sent` ops and says where to go on.
    Stopped { reason: OpsStop, wanted_seq: u64, sent: usize },
    /// The page does not follow the cursor.
    FeedGap,
    /// The platform's feed, which ends at `tail_seq`, is not the one this device has read.
    FeedParted { tail_seq: u64 },
    /// The platform does not know ops from `from` on that it had answered; 0: it does not know the epoch either.
    OpsForgotten { from: u64 },
    /// An error of the request as a whole.
    Failed { code: ErrorCode, retryable: bool },
}

/// Where the outbox stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxSituation {
    /// 0 until the platform has given one.
    pub epoch: u32,
    /// The ops that wait, at most [`BATCH`] of them; none when everything has an answer.
    pub waiting: Option<SeqRange>,
    /// The oldest op kept under this epoch, answered or not.
    pub oldest: Option<u64>,
    pub last: Outcome,
    /// How often in a row this kind of outcome came, with nothing that got through between.
    pub failures: u32,
}

/// Next step of the outbox lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxStep {
    Register,
    /// Send these, from the store's waiting ops.
    Send(SeqRange),
    /// Send from this number on, answered or not: the platform has lost them.
    SendAgainFrom(u64),
    /// Nothing waits.
    Rest,
    /// Try again after this many milliseconds, give or take some.
    Pause(u64),
    Stop(Wedge),
}

/// What to do with the outbox.
pub fn outbox(now: &OutboxSituation) -> OutboxStep {
    use OutboxStep as Step;
    if now.epoch == 0 && matches!(now.last, Outcome::Done) {
        return Step::Register;
    }
    match now.last {
        Outcome::Done | Outcome::FeedGap | Outcome::FeedParted { .. } | Outcome::OpsForgotten { .. } => {
            now.waiting.map_or(Step::Rest, Step::Send)
        }
        Outcome::Failed { code: ErrorCode::Unauthorized, .. } => Step::Stop(Wedge::SignedOut),
        Outcome::Failed { code: ErrorCode::Forbidden, .. } => Step::Stop(Wedge::Revoked),
        Outcome::Failed { retryable: true, .. } => Step::Pause(pause_ms(now.failures)),
        Outcome::Failed { .. } => Step::Stop(Wedge::Refused),
        // A store that came back without its key has another one: to name it opens a new epoch. Where that does not help, nothing
        // that this device does will.
        Outcome::Stopped { reason: OpsStop::BadSignature, .. } if now.failures > PATIENCE => {
            Step::Stop(Wedge::BadSignature)
        }
        Outcome::Stopped { reason: OpsStop::BadSignature, .. } => Step::Register,
        Outcome::Stopped { reason: OpsStop::Refused, .. } => Step::Stop(Wedge::Refused),
        // The feed's lane finds the way back; what waits is not for a platform that lacks what came before it.
        Outcome::Stopped { reason: OpsStop::Parted, .. } => Step::Pause(pause_ms(now.failures)),
        Outcome::Stopped { .. }
            if now.failures > PATIENCE && !matches!(now.last, Outcome::Stopped { reason: OpsStop::Gap, .. }) =>
        {
            Step::Stop(Wedge::Refused)
        }
        // A new epoch numbers what waits from 1. An op the platform knows would hold a number it never counts, so those
        // get their answers first, one by one: a batch that stops gives none.
        Outcome::Stopped { reason: OpsStop::Fenced | OpsStop::Fork, sent: 2.., .. } => {
            now.waiting.map_or(Step::Rest, |range| Step::Send(SeqRange { last: range.first, ..range }))
        }
        Outcome::Stopped { reason: OpsStop::Fenced | OpsStop::Fork | OpsStop::UnknownDevice, .. } => Step::Register,
        Outcome::Stopped { reason: OpsStop::Gap, wanted_seq, .. } => match now.oldest {
            _ if now.failures > PATIENCE => Step::Stop(Wedge::GapStays { wanted: wanted_seq }),
            Some(oldest) if oldest > wanted_seq => Step::Stop(Wedge::OpsLost { wanted: wanted_seq, oldest }),
            Some(_) => Step::SendAgainFrom(wanted_seq),
            None => Step::Rest,
        },
    }
}

/// Next step of the feed lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedStep {
    Pull,
    /// Look for the last entry both have, at most this one, give back what follows and read on from there.
    Rejoin {
        tail_seq: u64,
    },
    /// This device's own ops from this one on wait again; 0: all of them.
    SendAgain {
        from: u64,
    },
    /// Try again after this many milliseconds, give or take some.
    Pause(u64),
    Stop(Wedge),
}

/// What to do with the feed. `failures` counts since the last page that was applied.
pub fn feed(last: Outcome, failures: u32) -> FeedStep {
    match last {
        Outcome::Done | Outcome::Stopped { .. } => FeedStep::Pull,
        Outcome::FeedParted { .. } | Outcome::OpsForgotten { .. } if failures > PATIENCE => {
            FeedStep::Stop(Wedge::FeedParted)
        }
        Outcome::OpsForgotten { from } => FeedStep::SendAgain { from },
        Outcome::FeedParted { tail_seq } => FeedStep::Rejoin { tail_seq },
        Outcome::FeedGap if failures > PATIENCE => FeedStep::Stop(Wedge::FeedGapStays),
        Outcome::FeedGap => FeedStep::Pause(pause_ms(failures)),
        Outcome::Failed { code: ErrorCode::Unauthorized, .. } => FeedStep::Stop(Wedge::SignedOut),
        Outcome::Failed { code: ErrorCode::Forbidden, .. } => FeedStep::Stop(Wedge::Revoked),
        Outcome::Failed { retryable: true, .. } => FeedStep::Pause(pause_ms(failures)),
        Outcome::Failed { .. } => FeedStep::Stop(Wedge::Refused),
    }
}

/// The search for the last entry that two feeds share. They are alike up to some entry and differ in all after it, so
/// halves do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Both have this one; 0 is the beginning.
    alike: u64,
    /// They differ here, or one has ended.
    other: u64,
}

impl Search {
    /// Between the beginning and the shorter end of the two. `seen`: the device's last entry, in which they differ.
    pub fn new(seen: u64, tail_seq: u64) -> Self {
        Self { alike: 0, other: seen.min(tail_seq.saturating_add(1)) }
    }

    /// The entry to ask for next; none when [`Self::found`] is it.
    pub fn ask(self) -> Option<u64> {
        let middle = self.alike + (self.other.saturating_sub(self.alike)) / 2;
        (middle > self.alike).then_some(middle)
    }

    /// After asking for entry `at`.
    #[must_use]
    pub fn learned(self, at: u64, is_alike: bool) -> Self {
        if is_alike { Self { alike: at.max(self.alike), ..self } } else { Self { other: at.min(self.other), ..self } }
    }

    /// The last entry both have, once there is nothing left to ask.
    pub fn found(self) -> u64 {
        self.alike
    }
}

/// Pause before try number `failures` + 1: 0.5 s, 1 s, 2 s … 10 s.
pub(crate) fn pause_ms(failures: u32) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    (PAUSE_FIRST_MS << doublings).min(PAUSE_MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use {OutboxStep as Step, Outcome as O};

    const REST: OutboxSituation =
        OutboxSituation { epoch: 1, waiting: None, oldest: Some(1), last: O::Done, failures: 0 };

    fn stopped(reason: OpsStop, wanted_seq: u64) -> O {
        O::Stopped { reason, wanted_seq, sent: 1 }
    }

    fn failed(code: ErrorCode, retryable: bool) -> O {
        O::Failed { code, retryable }
    }

    #[test]
    fn the_outbox_follows_its_table() {
        let five = Some(SeqRange { first: 5, last: 9 });
        let lost = failed(ErrorCode::Unreachable, true);
        let table = [
            (REST, Step::Rest),
            (OutboxSituation { epoch: 0, ..REST }, Step::Register),
            (OutboxSituation { waiting: five, ..REST }, Step::Send(SeqRange { first: 5, last: 9 })),
            (OutboxSituation { waiting: five, last: lost, failures: 1, ..REST }, Step::Pause(500)),
            (OutboxSituation { waiting: five, last: lost, failures: 3, ..REST }, Step::Pause(2_000)),
            (OutboxSituation { waiting: five, last: lost, failures: 400, ..REST }, Step::Pause(10_000)),
            (OutboxSituation { epoch: 0, last: lost, failures: 1, ..REST }, Step::Pause(500)),
            (
                OutboxSituation { waiting: five, last: failed(ErrorCode::Unauthorized, false), failures: 1, ..REST },
                Step::Stop(Wedge::SignedOut),
            ),
            (
                OutboxSituation { waiting: five, last: failed(ErrorCode::BadInput, false), failures: 1, ..REST },
                Step::Stop(Wedge::Refused),
            ),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::Gap, 3), failures: 1, ..REST },
                Step::SendAgainFrom(3),
            ),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::Gap, 3), failures: 5, ..REST },
                Step::Stop(Wedge::GapStays { wanted: 3 }),
            ),
            (
                OutboxSituation { waiting: five, oldest: Some(4), last: stopped(OpsStop::Gap, 3), failures: 1, ..REST },
                Step::Stop(Wedge::OpsLost { wanted: 3, oldest: 4 }),
            ),
            (OutboxSituation { waiting: five, last: stopped(OpsStop::Fork, 7), failures: 1, ..REST }, Step::Register),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::Parted, 1), failures: 9, ..REST },
                Step::Pause(10_000),
            ),
            (
                OutboxSituation {
                    waiting: five,
                    last: O::Stopped { reason: OpsStop::Fork, wanted_seq: 7, sent: 5 },
                    failures: 1,
                    ..REST
                },
                Step::Send(SeqRange { first: 5, last: 5 }),
            ),
            (OutboxSituation { waiting: five, last: stopped(OpsStop::Fenced, 1), failures: 2, ..REST }, Step::Register),
            (
                OutboxSituation { waiting: five, last: failed(ErrorCode::Forbidden, false), failures: 1, ..REST },
                Step::Stop(Wedge::Revoked),
            ),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::BadSignature, 5), failures: 1, ..REST },
                Step::Register,
            ),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::BadSignature, 5), failures: 5, ..REST },
                Step::Stop(Wedge::BadSignature),
            ),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::UnknownDevice, 1), failures: 5, ..REST },
                Step::Stop(Wedge::Refused),
            ),
            (
                OutboxSituation { waiting: five, last: stopped(OpsStop::Refused, 5), failures: 1, ..REST },
                Step::Stop(Wedge::Refused),
            ),
        ];
        for (now, want) in table {
            assert_eq!(outbox(&now), want, "{now:?}");
        }
    }

    #[test]
    fn the_feed_follows_its_table() {
        for (last, failures, want) in [
            (O::Done, 0, FeedStep::Pull),
            (failed(ErrorCode::Unreachable, true), 1, FeedStep::Pause(500)),
            (failed(ErrorCode::RateLimited, true), 2, FeedStep::Pause(1_000)),
            (failed(ErrorCode::DiskFull, true), 9, FeedStep::Pause(10_000)),
            (failed(ErrorCode::Unauthorized, false), 1, FeedStep::Stop(Wedge::SignedOut)),
            (failed(ErrorCode::Forbidden, false), 1, FeedStep::Stop(Wedge::Revoked)),
            (failed(ErrorCode::BadInput, false), 1, FeedStep::Stop(Wedge::Refused)),
            (O::FeedGap, 2, FeedStep::Pause(1_000)),
            (O::FeedGap, 5, FeedStep::Stop(Wedge::FeedGapStays)),
            (O::FeedParted { tail_seq: 4 }, 1, FeedStep::Rejoin { tail_seq: 4 }),
            (O::FeedParted { tail_seq: 4 }, 5, FeedStep::Stop(Wedge::FeedParted)),
            (O::OpsForgotten { from: 3 }, 1, FeedStep::SendAgain { from: 3 }),
            (O::OpsForgotten { from: 0 }, 5, FeedStep::Stop(Wedge::FeedParted)),
        ] {
            assert_eq!(feed(last, failures), want, "{last:?} after {failures}");
        }
    }

    #[test]
    fn the_search_finds_the_last_common_entry() {
        for (seen, tail) in [(1, 0), (7, 3), (7, 7), (7, 50), (1_000, 999), (1_000_000, 3)] {
            for common in [0, 1, 2, 3, 6, 500, 998] {
                if common >= seen || common > tail {
                    continue;
                }
                let mut search = Search::new(seen, tail);
                let mut asked = 0;
                while let Some(at) = search.ask() {
                    assert!(at <= tail && at < seen, "entry {at} of {tail}, {seen} are not there to be asked for");
                    search = search.learned(at, at <= common);
                    asked += 1;
                }
                assert_eq!(search.found(), common, "{seen} and {tail}");
                assert!(asked <= 21, "{asked} questions");
            }
        }
    }

    #[test]
    fn every_failure_ends_in_success_or_a_named_stop() {
        // Whatever the platform keeps answering, the outbox never spins: it pauses, or stops within a few steps.
        let reasons = [
            OpsStop::Gap,
            OpsStop::Fenced,
            OpsStop::Fork,
            OpsStop::UnknownDevice,
            OpsStop::BadSignature,
            OpsStop::Refused,
        ];
        for reason in reasons {
            let stop = (1..20).map(|failures| {
                let waiting = Some(SeqRange { first: 2, last: 2 });
                outbox(&OutboxSituation { waiting, last: stopped(reason, 1), failures, ..REST })
            });
            assert!(stop.into_iter().any(|step| matches!(step, Step::Stop(_))), "{reason:?}");
        }
    }
}
