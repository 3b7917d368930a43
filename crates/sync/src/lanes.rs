//! What both lanes share, and one step of the outbox: ask the plan, do what it says, note what came of it.

use crate::{
    api::Api,
    client::{OpsAnswer, OpsStop},
    plan::{self, BATCH, OutboxSituation, OutboxStep, Outcome, SeqRange, Wedge},
};
use hawker_store::{Store, StoreError};
use hawker_wire::{
    ErrorCode, Failure,
    feed::{FeedPosition, OpsAcked},
    ops::{OpEnvelope, OpResult, PostOps},
};
use std::{
    mem::{Discriminant, discriminant},
    time::Duration,
};

/// What a step came to.
#[derive(Debug)]
pub(crate) enum Did<T> {
    /// It got through.
    Done(T),
    /// Nothing to do until something changes.
    Rest,
    /// It failed; the next step follows after the pause.
    Pause { after: Duration, why: Failure },
    /// It will not get on by itself.
    Stop(Wedge),
}

/// Sends what waits.
pub(crate) struct OutboxLane<A> {
    pub(crate) store: Store,
    pub(crate) client: A,
    pub(crate) device_name: String,
    pub(crate) state: LaneState,
}

/// What a lane remembers between steps.
pub(crate) struct LaneState {
    pub(crate) last: Outcome,
    /// Ten failures to connect say nothing of an op that is refused after them, so each kind is counted anew.
    kind: Option<Discriminant<Outcome>>,
    pub(crate) failures: u32,
    why: Option<Failure>,
}

impl Default for LaneState {
    fn default() -> Self {
        Self { last: Outcome::Done, kind: None, failures: 0, why: None }
    }
}

impl LaneState {
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn failed(&mut self, last: Outcome, why: Failure) {
        let kind = Some(discriminant(&last));
        self.failures = if self.kind == kind { self.failures.saturating_add(1) } else { 1 };
        self.kind = kind;
        self.last = last;
        self.why = Some(why);
    }

    pub(crate) fn request_failed(&mut self, why: Failure) {
        self.failed(Outcome::Failed { code: why.code, retryable: why.retryable }, why);
    }

    /// Trouble with the own store passes by itself (or does not): there is nobody to ask but the clock.
    pub(crate) fn store_failed(&mut self, why: Failure) {
        self.failed(Outcome::Failed { code: why.code, retryable: true }, why);
    }

    /// The pause was made: the same step may be tried again.
    pub(crate) fn paused<T>(&mut self, pause_ms: u64) -> Did<T> {
        let why = self.why.take().unwrap_or_else(|| Failure::new(ErrorCode::Unreachable, "the platform is away"));
        self.last = Outcome::Done;
        Did::Pause { after: Duration::from_millis(pause_ms), why }
    }
}

impl<A: Api> OutboxLane<A> {
    /// Answered ops and their results; empty after a step that only prepared the next.
    pub(crate) async fn step(&mut self) -> Did<Vec<(OpEnvelope, OpResult)>> {
        let (now, waiting) = match self.situation().await {
            Ok(situation) => situation,
            Err(why) => {
                self.state.store_failed(why);
                return self.state.paused(plan::pause_ms(self.state.failures));
            }
        };
        match plan::outbox(&now) {
            OutboxStep::Rest => Did::Rest,
            OutboxStep::Pause(pause_ms) => self.state.paused(pause_ms),
            OutboxStep::Stop(wedge) => Did::Stop(wedge),
            OutboxStep::Register => self.register().await,
            OutboxStep::Send(SeqRange { first, last }) => {
                let ops = waiting.into_iter().filter(|op| (first..=last).contains(&op.seq)).collect();
                self.post(ops).await
            }
            OutboxStep::SendAgainFrom(seq) => match self.store.ops_from(seq, BATCH).await {
                Ok(ops) => self.post(ops).await,
                Err(error) => {
                    self.state.store_failed(error.into());
                    Did::Done(Vec::new())
                }
            },
        }
    }

    async fn situation(&self) -> Result<(OutboxSituation, Vec<OpEnvelope>), Failure> {
        let device = self.store.device().await?;
        let waiting = self.store.pending_ops(BATCH).await?;
        let oldest = self.store.ops_from(0, 1).await?.first().map(|op| op.seq);
        let range =
            waiting.first().zip(waiting.last()).map(|(first, last)| SeqRange { first: first.seq, last: last.seq });
        let LaneState { last, failures, .. } = self.state;
        Ok((OutboxSituation { epoch: device.epoch, waiting: range, oldest, last, failures }, waiting))
    }

    async fn register(&mut self) -> Did<Vec<(OpEnvelope, OpResult)>> {
        let result = async {
            let form = self.store.registration(&self.device_name).await?;
            let given = self.client.register_device(&form).await?;
            // One that was revoked hears no feed.
            if !given.is_revoked && self.store.device().await?.is_past(given.epoch) {
                return Ok(None);
            }
            self.store.set_epoch(given.epoch).await?;
            Ok::<_, Failure>(Some(given.epoch))
        };
        match result.await {
            // The count of failures stays: only an answered op shows that registering helped.
            Ok(Some(1..)) => self.state.last = Outcome::Done,
            // The feed's lane finds out what the platform lost, before its epoch is taken.
            Ok(None) => {
                let why = Failure::new(ErrorCode::Conflict, "the platform was put back to an earlier state");
                self.state.failed(Outcome::Stopped { reason: OpsStop::Parted, wanted_seq: 1, sent: 1 }, why);
            }
            Ok(Some(0)) => {
                let why = "the platform gave this device no epoch; update the platform";
                self.state.request_failed(Failure::new(ErrorCode::Internal, why));
            }
            Err(why) => self.state.request_failed(why),
        }
        Did::Done(Vec::new())
    }

    /// What the platform has told this device: by its feed, and by answers.
    async fn told(&self) -> Result<(FeedPosition, Option<OpsAcked>), StoreError> {
        Ok((self.store.feed_cursor().await?, self.store.ops_acked().await?))
    }

    async fn post(&mut self, ops: Vec<OpEnvelope>) -> Did<Vec<(OpEnvelope, OpResult)>> {
        let ops = within(ops, |op| op.payload.len());
        let (seen, acked) = match self.told().await {
            Ok(told) => told,
            Err(error) => {
                self.state.store_failed(error.into());
                return Did::Done(Vec::new());
            }
        };
        // Before they go out: a database that is put back later has to be told from this one.
        if let Err(error) = self.store.note_sent(&ops).await {
            self.state.store_failed(error.into());
            return Did::Done(Vec::new());
        }
        let form = PostOps { ops, seen: Some(seen), acked_op: acked.and_then(|acked| acked.acked_op) };
        let answer = self.client.post_ops(&form).await;
        let ops = form.ops;
        match answer {
            Ok(OpsAnswer::Applied(applied)) if applied.results.len() == ops.len() => {
                let settled: Vec<_> = ops.iter().map(|op| op.op_id).zip(applied.results.iter().cloned()).collect();
                if let Err(error) = self.store.settle_ops(&settled).await {
                    self.state.store_failed(error.into());
                    return Did::Done(Vec::new());
                }
                self.state.succeeded();
                let answered: Vec<_> = ops.into_iter().zip(applied.results).collect();
                answered.iter().for_each(note);
                Did::Done(answered)
            }
            Ok(OpsAnswer::Applied(_)) => {
                let why = "the platform's answer has another number of results than there were changes";
                self.state.request_failed(Failure::new(ErrorCode::Internal, why));
                Did::Done(Vec::new())
            }
            Ok(OpsAnswer::Stopped { reason, wanted_seq, failure }) => {
                self.state.failed(Outcome::Stopped { reason, wanted_seq, sent: ops.len() }, failure);
                Did::Done(Vec::new())
            }
            Err(why) => {
                self.state.request_failed(why);
                Did::Done(Vec::new())
            }
        }
    }
}

/// Text in one request: the platform takes 8 MiB, in which every quotation mark of a text within a text is written as several.
const REQUEST_BYTES: usize = 2 << 20;

/// The first of `all`, as many as fit into a request; one at least.
pub(crate) fn within<T>(all: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut sum = 0_usize;
    let fits = |one: &T| {
        let is_first = sum == 0;
        sum = sum.saturating_add(bytes(one).max(1));
        is_first || sum <= REQUEST_BYTES
    };
    all.into_iter().take_while(fits).collect()
}

/// What became of one change, for who looks for it later.
fn note((op, result): &(OpEnvelope, OpResult)) {
    match result {
        OpResult::Applied => tracing::info!(op.id = %op.op_id, op.seq, "the platform took a change"),
        OpResult::Kept => tracing::info!(op.id = %op.op_id, op.seq, "the platform keeps a change until it is updated"),
        OpResult::Quarantined { why } => {
            tracing::warn!(op.id = %op.op_id, op.seq, why, "the platform holds a change for a person");
        }
        OpResult::Rejected { why, .. } => {
            tracing::warn!(op.id = %op.op_id, op.seq, why, "the platform refused a change");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_takes_as_much_as_fits_and_one_at_least() {
        let kept = |sizes: &[usize]| within(sizes.to_vec(), |size| *size).len();
        assert_eq!(kept(&[]), 0);
        assert_eq!(kept(&[REQUEST_BYTES * 3, 1]), 1, "one that is too large is the platform's to refuse");
        assert_eq!(kept(&[REQUEST_BYTES - 1, 1, 1]), 2);
        assert_eq!(kept(&[0; 300]), 300);
    }
}
