//! One step of the feed lane: read on, or find the way back to a platform that was put back to an earlier state.

use crate::{
    api::Api,
    client::FeedAnswer,
    lanes::{Did, LaneState},
    plan::{self, FeedStep, Outcome, Search},
};
use hawker_store::{FeedError, Store};
use hawker_wire::{
    ErrorCode, Failure,
    feed::{FeedEntry, ReturnFeed},
};
use std::time::Duration;

/// Entries given back in one request; the platform takes no more.
const RETURNED: u32 = 200;

/// Takes in what the platform tells.
pub(crate) struct FeedLane<A> {
    pub(crate) store: Store,
    pub(crate) client: A,
    pub(crate) state: LaneState,
}

/// What a step of the feed brought.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) news: Vec<FeedEntry>,
    /// The platform had been put back; so many of the entries it had lost hold again.
    pub(crate) restored: Option<u32>,
}

impl<A: Api> FeedLane<A> {
    /// What was news, after waiting up to `wait` for it. Done(nothing) also after a failure that the next step looks at.
    pub(crate) async fn step(&mut self, wait: Duration) -> Did<Heard> {
        let next = plan::feed(self.state.last, self.state.failures);
        if let FeedStep::Pull = next {
            if let Some(news) = self.pull(wait).await {
                return Did::Done(Heard { news, restored: None });
            }
        } else if let FeedStep::Rejoin { .. } | FeedStep::SendAgain { .. } = next {
            let restored = match next {
                FeedStep::Rejoin { tail_seq } => self.rejoin(tail_seq).await,
                FeedStep::SendAgain { from } => self.send_again(from).await,
                FeedStep::Pull | FeedStep::Pause(_) | FeedStep::Stop(_) => return Did::Rest,
            };
            // The count of failures stays: only a page that follows shows that the way back was found.
            return match restored {
                Ok(restored) => {
                    self.state.last = Outcome::Done;
                    Did::Done(Heard { news: Vec::new(), restored: Some(restored) })
                }
                Err(why) => {
                    self.state.request_failed(why);
                    Did::Rest
                }
            };
        }
        match plan::feed(self.state.last, self.state.failures) {
            FeedStep::Pause(pause_ms) => self.state.paused(pause_ms),
            FeedStep::Stop(wedge) => Did::Stop(wedge),
            FeedStep::Pull | FeedStep::Rejoin { .. } | FeedStep::SendAgain { .. } => Did::Rest,
        }
    }

    async fn pull(&mut self, wait: Duration) -> Option<Vec<FeedEntry>> {
        let cursor = match self.store.feed_cursor().await {
            Ok(cursor) => cursor,
            Err(error) => {
                self.state.store_failed(error.into());
                return None;
            }
        };
        let acked = match self.store.ops_acked().await {
            Ok(acked) => acked,
            Err(error) => {
                self.state.store_failed(error.into());
                return None;
            }
        };
        let page = match self.client.feed(&cursor, acked, wait).await {
            Ok(FeedAnswer::Page(page)) => page,
            Ok(FeedAnswer::Forgotten(forgotten)) => {
                let why = Failure::new(ErrorCode::Conflict, "the platform has forgotten changes of this device");
                self.state.failed(Outcome::OpsForgotten { from: forgotten.forgotten_from_seq }, why);
                return None;
            }
            Ok(FeedAnswer::Parted(parted)) => {
                let why = Failure::new(ErrorCode::Conflict, "the platform was put back to an earlier state");
                self.state.failed(Outcome::FeedParted { tail_seq: parted.tail_seq }, why);
                return None;
            }
            Err(why) => {
                self.state.request_failed(why);
                return None;
            }
        };
        match self.store.apply_feed(&page.lines).await {
            Ok(news) => {
                self.state.succeeded();
                Some(news)
            }
            Err(FeedError::Store(error)) => {
                self.state.store_failed(error.into());
                None
            }
            Err(gap @ FeedError::Gap { .. }) => {
                self.state.failed(Outcome::FeedGap, gap.into());
                None
            }
        }
    }

    /// Returns how many of the entries that the platform had lost hold again. Safe to break off anywhere: what was given back
    /// is known then, and the cursor moves last.
    async fn rejoin(&self, tail_seq: u64) -> Result<u32, Failure> {
        let seen = self.store.feed_cursor().await?.server_seq;
        let common = self.common(seen, tail_seq).await?;
        tracing::warn!(seen, tail_seq, common, "the platform was put back to an earlier state");
        let mut restored = 0;
        let mut after = common;
        loop {
            let entries = self.store.feed_tail(after, RETURNED).await?;
            let is_last = entries.len() < RETURNED as usize;
            after = entries.last().map_or(after, |entry| entry.line.server_seq);
            restored += self.client.return_feed(&ReturnFeed { entries, is_last, common: Some(common) }).await?.restored;
            if is_last {
                break;
            }
        }
        self.store.rewind_feed(common).await?;
        Ok(restored)
    }

    /// The feed is the same, and what this device was answered is gone all the same: it had read nothing since.
    async fn send_again(&self, from: u64) -> Result<u32, Failure> {
        tracing::warn!(from, "the platform was put back to an earlier state");
        // There is nothing to give back, and the platform is to ask everybody what rights they have.
        let common = Some(self.store.feed_cursor().await?.server_seq);
        self.client.return_feed(&ReturnFeed { entries: Vec::new(), is_last: true, common }).await?;
        self.store.send_again(from).await?;
        Ok(0)
    }

    async fn common(&self, seen: u64, tail_seq: u64) -> Result<u64, Failure> {
        let mut search = Search::new(seen, tail_seq);
        while let Some(at) = search.ask() {
            let kept = self.store.feed_entry_at(at).await?;
            // What is no longer kept can't be compared, and is older than any backup that anybody still puts back.
            let is_alike = kept.server_seq < at
                || matches!(self.client.feed(&kept, None, Duration::ZERO).await?, FeedAnswer::Page(_));
            search = search.learned(at, is_alike);
        }
        Ok(search.found())
    }
}
