//! The task of one adapter.

use super::adapter::{Batch, ChannelAdapter};
use hawker_domain::channel::{Ask, ChannelComment, ChannelId};
use hawker_wire::Failure;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A question that is not answered for so long is asked again later, by the ledger's own pauses.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Pauses after a failure; the last one repeats.
const PAUSES_MS: [u64; 4] = [500, 2_000, 5_000, 15_000];

/// What a channel said, or what came of a question.
pub(super) enum Said {
    Batch(Batch),
    Answer(Vec<ChannelComment>),
    Failed(Failure),
    Over,
}

/// From which opening of which channel it comes: what a channel said before it was opened anew counts no more.
pub(super) struct Heard {
    pub channel: ChannelId,
    pub opening: u64,
    pub said: Said,
}

pub(super) struct Reader {
    pub adapter: Box<dyn ChannelAdapter>,
    pub opening: u64,
    pub asks: mpsc::Receiver<Ask>,
    /// A full one makes the adapter wait, and no other.
    pub heard: mpsc::Sender<Heard>,
    pub cancel: CancellationToken,
}

impl Reader {
    pub(super) async fn run(mut self) {
        let cancel = self.cancel.clone();
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.read() => {}
        }
    }

    async fn read(&mut self) {
        let channel = self.adapter.channel();
        let mut failures = 0;
        loop {
            let said = tokio::select! {
                biased;
                ask = self.asks.recv() => match ask {
                    Some(ask) => answer(&mut *self.adapter, ask).await,
                    None => return,
                },
                next = self.adapter.next() => match next {
                    Ok(Some(batch)) => Said::Batch(batch),
                    Ok(None) => Said::Over,
                    Err(failure) => Said::Failed(failure),
                },
            };
            let pause = match &said {
                Said::Failed(_) => PAUSES_MS.get(failures).or(PAUSES_MS.last()).copied(),
                _ => None,
            };
            failures = if pause.is_some() { failures + 1 } else { 0 };
            let is_over = matches!(said, Said::Over);
            let heard = Heard { channel: channel.clone(), opening: self.opening, said };
            if self.heard.send(heard).await.is_err() || is_over {
                return;
            }
            if let Some(pause) = pause {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        }
    }
}

async fn answer(adapter: &mut dyn ChannelAdapter, ask: Ask) -> Said {
    match tokio::time::timeout(ANSWER_WITHIN, adapter.back_fill(ask)).await {
        Ok(Ok(comments)) => Said::Answer(comments),
        Ok(Err(failure)) => Said::Failed(failure),
        // The ledger asks again.
        Err(_) => Said::Answer(Vec::new()),
    }
}
