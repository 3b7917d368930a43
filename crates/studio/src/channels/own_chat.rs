//! The platform's own chat as a channel: what the feed brought, numbered by it.
//!
//! The feed is gapless and the store keeps how far it was read, so there is nothing to ask for again: where a number is missing
//! here all the same, the studio itself left something out, and the ledger says so.

use super::{
    adapter::{Batch, ChannelAdapter},
    owner::ShowOver,
};
use futures_util::future::BoxFuture;
use hawker_domain::channel::{Ask, ChannelComment, ChannelId, ChannelKind, ChannelLimits, CommentKey, Proof};
use hawker_wire::{
    Failure,
    feed::{FeedEntry, FeedEvent},
};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Entries of the feed that wait; one that finds no room is missing, and told as that.
const ENTRIES_BOUND: usize = 1_024;
/// Longest chat of the platform, in characters.
const TEXT_CHARS: u32 = 500;

/// One entry of the feed, as far as the chat is concerned.
struct Told {
    numbering: u64,
    /// Those before `seq` that the store had already and told nobody.
    passed_from: u64,
    seq: u64,
    chat: Option<ChannelComment>,
}

/// Where the show's owner puts what the feed brings.
pub struct OwnFeed {
    entries: mpsc::Sender<Told>,
    numbering: AtomicU64,
    /// The number that came last in this numbering, also where it found no room; 0 before the first.
    last: AtomicU64,
    over: ShowOver,
}

impl OwnFeed {
    /// The feed and its adapter. `now_s`: seconds since 1970, so that each start has a numbering above those before.
    pub fn new(now_s: u64, over: ShowOver) -> (Self, OwnChat) {
        let (entries, from) = mpsc::channel(ENTRIES_BOUND);
        (Self { entries, numbering: AtomicU64::new(now_s), last: AtomicU64::new(0), over }, OwnChat(from))
    }

    /// Takes an entry. False: nobody reads the chat any more.
    pub fn told(&self, entry: &FeedEntry) -> bool {
        let numbering = self.numbering.load(Ordering::Relaxed);
        let key = CommentKey::Number { numbering, seq: entry.server_seq };
        let chat = match &entry.event {
            FeedEvent::Chat { show_id, from, text, .. } => Some(ChannelComment {
                key,
                name: None,
                viewer: from.clone(),
                text: text.clone(),
                at_ms: None,
                show_id: Some(*show_id),
            }),
            _ => None,
        };
        let seq = entry.server_seq;
        let passed_from = match self.last.swap(seq, Ordering::Relaxed) {
            0 => seq,
            last => last.saturating_add(1),
        };
        let told = self.entries.try_send(Told { numbering, passed_from, seq, chat });
        !matches!(told, Err(mpsc::error::TrySendError::Closed(_)))
    }

    /// Another feed is read from now on, or this one from an earlier number on.
    pub fn begins_anew(&self) {
        self.numbering.fetch_add(1, Ordering::Relaxed);
        self.last.store(0, Ordering::Relaxed);
    }

    pub fn show_over(&self) {
        self.over.tell();
    }
}

pub struct OwnChat(mpsc::Receiver<Told>);

impl ChannelAdapter for OwnChat {
    fn channel(&self) -> ChannelId {
        ChannelId::own()
    }

    fn limits(&self) -> ChannelLimits {
        ChannelLimits {
            kind: ChannelKind::Own,
            proof: Proof::Proven,
            // A device may read the feed from anywhere on.
            first_seq: None,
            comments_per_s: None,
            text_chars: TEXT_CHARS,
            back_fill_depth: 0,
            reply_chars: None,
            can_list_products: false,
            // A quiet show is no broken one, and the link says when the platform is away.
            silent_after_ms: None,
        }
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>, Failure>> {
        Box::pin(async move {
            let Some(Told { numbering, passed_from, seq, chat }) = self.0.recv().await else { return Ok(None) };
            let mut batch = Batch::default();
            if passed_from < seq {
                batch.passed.push((numbering, passed_from, seq - 1));
            }
            match chat {
                Some(comment) => batch.comments.push(comment),
                None => batch.passed.push((numbering, seq, seq)),
            }
            Ok(Some(batch))
        })
    }

    fn back_fill(&mut self, _: Ask) -> BoxFuture<'_, Result<Vec<ChannelComment>, Failure>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
