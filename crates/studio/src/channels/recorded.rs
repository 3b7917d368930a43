//! Recorded comments as a channel, in the weather that is asked for: what QA plays into a show, and what tests play into the owner.

use super::adapter::{Batch, ChannelAdapter};
use futures_util::future::BoxFuture;
use hawker_domain::channel::{
    Ask, ChannelComment, ChannelId, ChannelKind, ChannelLimits, Proof,
    recorded::{RecordedLine, Traffic, TrafficSpec, Weather},
};
use hawker_wire::{ErrorCode, Failure};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::Instant;

/// Largest recording: some hundred thousand comments.
const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Most comments of one batch.
const BATCH_MAX: usize = 64;
/// What is missing at the end can be asked for so long.
const AFTERWARDS: Duration = Duration::from_secs(10);
/// How many comments back can be asked for: what platforms keep of a room.
const DEPTH: u64 = 2_000;

/// Why a file is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("{} can't be read ({source}); check the path", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} has {mb} MB, at most {} are read", .path.display(), FILE_MAX_BYTES >> 20)]
    TooLarge { path: PathBuf, mb: u64 },
    #[error("{}, line {line}: {source}; write {{\"at_ms\":1500,\"viewer\":\"v\",\"text\":\"扣1\"}}", .path.display())]
    BadLine { path: PathBuf, line: usize, source: serde_json::Error },
    #[error("{} has no comment in it", .0.display())]
    Empty(PathBuf),
}

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        let code = match error {
            RecordingError::Unreadable { .. } => ErrorCode::NotFound,
            _ => ErrorCode::BadInput,
        };
        Self::new(code, error.to_string())
    }
}

pub struct RecordedChannel {
    traffic: Traffic,
    /// The delivery that comes next.
    next: usize,
    /// None: it was not listened to yet.
    began: Option<Instant>,
}

impl RecordedChannel {
    /// Reads a recording: a JSON object a line. Errors: [`RecordingError`].
    pub fn read(spec: &TrafficSpec) -> Result<Self, RecordingError> {
        Ok(Self::of(lines(&spec.file)?, spec.weather))
    }

    pub fn of(lines: Vec<RecordedLine>, weather: Weather) -> Self {
        Self { traffic: Traffic::of(lines, weather), next: 0, began: None }
    }

    async fn batch(&mut self) -> Option<Batch> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let deliveries = self.traffic.deliveries();
        let Some(first) = deliveries.get(self.next) else {
            let end = deliveries.last().map_or(0, |last| last.at_ms);
            tokio::time::sleep_until(began + Duration::from_millis(end) + AFTERWARDS).await;
            return None;
        };
        tokio::time::sleep_until(began + Duration::from_millis(first.at_ms)).await;
        let now_ms = ms_since(began).max(first.at_ms);
        let due = deliveries.iter().skip(self.next).take(BATCH_MAX).take_while(|one| one.at_ms <= now_ms);
        let comments: Vec<ChannelComment> = due.filter_map(|one| self.traffic.comment(one.index)).cloned().collect();
        self.next += comments.len();
        Some(Batch { comments, ..Batch::default() })
    }
}

impl ChannelAdapter for RecordedChannel {
    fn channel(&self) -> ChannelId {
        ChannelId::recorded()
    }

    fn limits(&self) -> ChannelLimits {
        ChannelLimits {
            kind: ChannelKind::Recorded,
            proof: Proof::Unproven,
            first_seq: Some(1),
            comments_per_s: None,
            text_chars: 1_000,
            back_fill_depth: DEPTH,
            reply_chars: None,
            can_list_products: false,
            silent_after_ms: None,
        }
    }

    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>, Failure>> {
        Box::pin(async move { Ok(self.batch().await) })
    }

    fn back_fill(&mut self, ask: Ask) -> BoxFuture<'_, Result<Vec<ChannelComment>, Failure>> {
        let now_ms = self.began.map_or(0, ms_since);
        let answer = self.traffic.answer(ask, now_ms);
        Box::pin(async move { Ok(answer) })
    }
}

fn ms_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn lines(path: &Path) -> Result<Vec<RecordedLine>, RecordingError> {
    let unreadable = |source| RecordingError::Unreadable { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > FILE_MAX_BYTES {
        return Err(RecordingError::TooLarge { path: path.to_owned(), mb: size >> 20 });
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let filled = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let lines: Vec<RecordedLine> = filled
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|source| RecordingError::BadLine {
                path: path.to_owned(),
                line: at + 1,
                source,
            })
        })
        .collect::<Result<_, _>>()?;
    if lines.is_empty() { Err(RecordingError::Empty(path.to_owned())) } else { Ok(lines) }
}
