//! The task that holds every channel's ledger.

use super::{
    adapter::{Batch, ChannelAdapter},
    reader::{Heard, Reader, Said},
};
use hawker_domain::channel::{Alarm, Ask, ChannelComment, ChannelId, ChannelKind, ChannelLimits, Ledger, LedgerRules};
use hawker_store::{ChannelLeft, Store, StoreError};
use hawker_wire::Failure;
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// Batches that wait; a full channel makes the adapters wait.
const HEARD_BOUND: usize = 64;
/// Questions that wait for one adapter; more are asked again later.
const ASKS_BOUND: usize = 16;
const COMMANDS_BOUND: usize = 8;
/// Places for alarms among what waits for the show: comments leave them free.
const FOR_ALARMS: usize = 16;
/// How often what is missing is looked at.
const TICK: Duration = Duration::from_millis(250);
/// Ticks between two notes of where the channels stand: what a crash may bring a second time.
const KEEP_EVERY: u64 = 4;

/// What the show hears of its channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelNews {
    Comment { channel: ChannelId, comment: ChannelComment },
    Alarm { channel: ChannelId, alarm: Alarm },
}

enum Command {
    Open(Box<dyn ChannelAdapter>, oneshot::Sender<Result<(), Failure>>),
    /// The show is over: every channel but the platform's own ends with it.
    ShowOver,
    Stop,
}

/// The task and the way to it.
pub struct Channels {
    commands: mpsc::Sender<Command>,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

/// For whoever only says that a show is over.
#[derive(Clone)]
pub struct ShowOver(mpsc::Sender<Command>);

impl ShowOver {
    pub fn tell(&self) {
        // Full only while the task is stopping or the disk hangs; the next show opens its channels anew.
        let _ = self.0.try_send(Command::ShowOver);
    }
}

impl Channels {
    /// Starts without a channel. `news`: where comments and alarms go.
    pub fn start(store: Store, rules: LedgerRules, news: mpsc::Sender<ChannelNews>) -> Self {
        let (commands, from) = mpsc::channel(COMMANDS_BOUND);
        let (heard, hears) = mpsc::channel(HEARD_BOUND);
        let began = Instant::now();
        let owner = ChannelsOwner { store, rules, news, heard, open: BTreeMap::new(), openings: 0, began };
        let task = tokio::spawn(owner.run(from, hears));
        Self { commands, task: std::sync::Mutex::new(Some(task)) }
    }

    /// Reads one more channel; one of the same name that is read is closed first. It goes on where it was left, but for a
    /// recording, which begins anew. Errors: the store.
    pub async fn open(&self, adapter: Box<dyn ChannelAdapter>) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        let sent = self.commands.send(Command::Open(adapter, reply)).await;
        sent.map_err(|_| crate::errors::closing())?;
        answer.await.map_err(|_| crate::errors::closing())?
    }

    pub fn show_over(&self) -> ShowOver {
        ShowOver(self.commands.clone())
    }

    /// Notes where every channel stands, and ends.
    pub async fn stop(&self) {
        let _ = self.commands.send(Command::Stop).await;
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

struct ChannelsOwner {
    store: Store,
    rules: LedgerRules,
    news: mpsc::Sender<ChannelNews>,
    heard: mpsc::Sender<Heard>,
    open: BTreeMap<ChannelId, OpenChannel>,
    openings: u64,
    began: Instant,
}

struct OpenChannel {
    opening: u64,
    limits: ChannelLimits,
    ledger: Ledger,
    asks: mpsc::Sender<Ask>,
    cancel: CancellationToken,
    reader: JoinHandle<()>,
    dropped: u64,
    /// It moved since it was noted.
    is_news: bool,
    has_failed: bool,
}

impl ChannelsOwner {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>, mut hears: mpsc::Receiver<Heard>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut ticks = 0_u64;
        loop {
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(Command::Open(adapter, reply)) => {
                        let opened = self.open(adapter).await;
                        let _ = reply.send(opened.map_err(Failure::from));
                    }
                    Some(Command::ShowOver) => self.close(|kind| kind != ChannelKind::Own).await,
                    Some(Command::Stop) | None => return self.close(|_| true).await,
                },
                // A sender is held here, so there is always one more to come.
                Some(heard) = hears.recv() => self.on_heard(heard).await,
                _ = tick.tick() => {
                    ticks += 1;
                    self.look();
                    if ticks.is_multiple_of(KEEP_EVERY) {
                        self.keep().await;
                    }
                }
            }
        }
    }

    async fn open(&mut self, adapter: Box<dyn ChannelAdapter>) -> Result<(), StoreError> {
        let (channel, limits) = (adapter.channel(), adapter.limits());
        if let Some(former) = self.open.remove(&channel) {
            self.end(&channel, former).await;
        }
        if limits.kind == ChannelKind::Recorded {
            self.store.forget_channel(&channel).await?;
        }
        let left = self.store.channel_left(&channel).await?;
        let (position, dropped) = left.map_or((None, 0), |left| (Some(left.position), left.dropped));
        let ledger = Ledger::new(&limits, self.rules, position.as_ref(), self.now_ms());
        let (asks, asked) = mpsc::channel(ASKS_BOUND);
        let cancel = CancellationToken::new();
        self.openings += 1;
        let opening = self.openings;
        let reader = Reader { adapter, opening, asks: asked, heard: self.heard.clone(), cancel: cancel.clone() };
        let reader = tokio::spawn(reader.run());
        tracing::info!(%channel, kind = ?limits.kind, proof = ?limits.proof, "a channel is read");
        let (is_news, has_failed) = (true, false);
        let open = OpenChannel { opening, limits, ledger, asks, cancel, reader, dropped, is_news, has_failed };
        self.open.insert(channel, open);
        Ok(())
    }

    async fn on_heard(&mut self, Heard { channel, opening, said }: Heard) {
        let now_ms = self.now_ms();
        let Some(open) = self.open.get_mut(&channel).filter(|open| open.opening == opening) else { return };
        open.is_news = true;
        match said {
            Said::Batch(Batch { comments, passed, total }) => {
                open.has_failed = false;
                open.ledger.heard(now_ms);
                for comment in comments {
                    open.hear(&channel, comment, &self.news, now_ms);
                }
                for (numbering, first, last) in passed {
                    open.ledger.passed(numbering, first, last, now_ms);
                }
                if let Some(total) = total {
                    open.ledger.counted(total, now_ms);
                }
            }
            Said::Answer(comments) => {
                for comment in comments {
                    open.hear(&channel, comment, &self.news, now_ms);
                }
            }
            Said::Failed(failure) => {
                // Once: it is tried on, and silence is told by the ledger.
                if !open.has_failed {
                    tracing::warn!(%channel, code = ?failure.code, "a channel does not answer: {failure}");
                }
                open.has_failed = true;
            }
            Said::Over => {
                if let Some(over) = self.open.remove(&channel) {
                    self.end(&channel, over).await;
                }
            }
        }
    }

    /// Asks for what is missing and tells what is to be told.
    fn look(&mut self) {
        let now_ms = self.now_ms();
        for (channel, open) in &mut self.open {
            // What can't be told now is told when there is room: nothing is forgotten before.
            if self.news.capacity() < FOR_ALARMS / 2 {
                return;
            }
            let due = open.ledger.due(now_ms);
            for ask in due.asks {
                let _ = open.asks.try_send(ask);
            }
            for alarm in due.alarms {
                open.is_news = true;
                let _ = self.news.try_send(ChannelNews::Alarm { channel: channel.clone(), alarm });
            }
        }
    }

    async fn keep(&mut self) {
        for (channel, open) in &mut self.open {
            if std::mem::take(&mut open.is_news) {
                keep(&self.store, channel, open).await;
            }
        }
    }

    async fn close(&mut self, which: impl Fn(ChannelKind) -> bool) {
        let names: Vec<ChannelId> =
            self.open.iter().filter(|(_, open)| which(open.limits.kind)).map(|(name, _)| name.clone()).collect();
        for channel in names {
            if let Some(open) = self.open.remove(&channel) {
                self.end(&channel, open).await;
            }
        }
    }

    async fn end(&self, channel: &ChannelId, open: OpenChannel) {
        open.cancel.cancel();
        keep(&self.store, channel, &open).await;
        tracing::info!(%channel, tally = ?open.ledger.tally(), "a channel is no longer read");
        // What it holds, a connection for example, is let go before it is opened anew.
        let _ = open.reader.await;
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl OpenChannel {
    /// A comment that finds no room is not taken: it stays missing, and is asked for again.
    fn hear(&mut self, channel: &ChannelId, comment: ChannelComment, news: &mpsc::Sender<ChannelNews>, now_ms: u64) {
        let room = if news.capacity() > FOR_ALARMS { news.try_reserve().ok() } else { None };
        let Some(room) = room else {
            self.dropped += 1;
            return self.ledger.left_out(&comment, now_ms);
        };
        let comment = comment.fitted();
        if self.ledger.arrive(&comment, now_ms).is_taken() {
            room.send(ChannelNews::Comment { channel: channel.clone(), comment });
        }
    }
}

async fn keep(store: &Store, channel: &ChannelId, open: &OpenChannel) {
    let left = ChannelLeft {
        channel: channel.clone(),
        kind: open.limits.kind,
        proof: open.limits.proof,
        position: open.ledger.position(),
        tally: open.ledger.tally(),
        dropped: open.dropped,
    };
    if let Err(error) = store.leave_channel(&left).await {
        tracing::error!(%channel, %error, "where a channel stands is not kept; after a restart comments may come twice");
    }
}
