//! One show's stream: what a viewer needs to begin, and the fan-out to all of them.
//!
//! Lock order: a stream has one lock, held for a few copies and never over an await. Publishing under it makes "take the
//! cache and subscribe" one step, so that no viewer misses or doubles a tag.

use super::flv::{self, AudioPart, TagKind, VideoPart};
use super::session::Media;
use super::timeline::{Reached, ShowClock, Timeline};
use bytes::Bytes;
use hawker_domain::show_time::show_ms_of_avcc;
use rml_rtmp::rml_amf0::Amf0Value;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;

/// Tags a viewer may lie behind, about 6 s of picture and sound. Then the viewer skips to the next keyframe.
const BEHIND_TAGS: usize = 512;
/// A group of pictures larger than this isn't kept; who comes then waits for the next keyframe.
const GOP_BYTES: usize = 16 << 20;
/// The same bound in tags: a publisher that sends no second keyframe would grow it for ever.
const GOP_TAGS: usize = 4_096;

/// Why a publisher's media isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum MediaError {
    #[error("the video is not H.264; set the encoder to H.264 (AVC)")]
    VideoNotAvc,
}

/// What a publisher's message did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivered {
    /// The first picture of this publisher: the show is live from here.
    FirstPicture,
    Passed,
    /// Before the first keyframe, or of no use.
    Dropped,
}

/// Counters of one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamStats {
    pub viewers: usize,
    pub publishing: bool,
    pub received_bytes: u64,
    /// How often a viewer lay too far behind and was moved to a newer keyframe.
    pub skips: u64,
    /// The show time reached, ms.
    pub show_ms: u64,
    pub clock: ShowClock,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Keyframe,
    Media,
    Config,
}

/// One tag as it goes to every viewer.
#[derive(Clone)]
struct Tag {
    role: Role,
    time_ms: u32,
    bytes: Bytes,
}

pub(super) struct Stream {
    state: Mutex<State>,
}

struct State {
    /// None once the show has ended.
    sender: Option<broadcast::Sender<Tag>>,
    publishing: bool,
    changed_at: Instant,
    last_media_at: Instant,
    reached: Reached,
    clock: ShowClock,
    metadata: HashMap<String, Amf0Value>,
    video_config: Option<Bytes>,
    audio_config: Option<Bytes>,
    gop: Vec<Tag>,
    gop_bytes: usize,
    received_bytes: u64,
    skips: u64,
}

impl Stream {
    pub fn new() -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            state: Mutex::new(State {
                sender: Some(broadcast::Sender::new(BEHIND_TAGS)),
                publishing: false,
                changed_at: now,
                last_media_at: now,
                reached: Reached::default(),
                clock: ShowClock::Unknown,
                metadata: HashMap::new(),
                video_config: None,
                audio_config: None,
                gop: Vec::new(),
                gop_bytes: 0,
                received_bytes: 0,
                skips: 0,
            }),
        })
    }

    /// Takes the publisher's place; none if it is taken or the show has ended.
    pub fn publish(self: &Arc<Self>) -> Option<Publication> {
        let mut state = self.lock();
        if state.publishing || state.sender.is_none() {
            return None;
        }
        state.publishing = true;
        state.changed_at = Instant::now();
        let timeline = Timeline::continuing(state.reached);
        Some(Publication { stream: Arc::clone(self), timeline, seen_picture: false })
    }

    /// A viewer's place. It begins with a keyframe, now or when one comes; none if the show has ended.
    pub fn watch(self: &Arc<Self>) -> Option<Viewer> {
        let receiver = self.lock().sender.as_ref()?.subscribe();
        Some(Viewer {
            stream: Arc::clone(self),
            receiver,
            queue: VecDeque::new(),
            last_ms: None,
            wants_keyframe: false,
        })
    }

    /// Everybody's stream ends after what is on its way.
    pub fn end(&self) {
        let mut state = self.lock();
        state.sender = None;
        state.clear_gop();
    }

    /// True if nobody publishes, and nobody has since `since`.
    pub fn abandoned_since(&self, since: Instant) -> bool {
        let state = self.lock();
        !state.publishing && state.changed_at <= since
    }

    pub fn stats(&self) -> StreamStats {
        let state = self.lock();
        StreamStats {
            viewers: state.sender.as_ref().map_or(0, broadcast::Sender::receiver_count),
            publishing: state.publishing,
            received_bytes: state.received_bytes,
            skips: state.skips,
            show_ms: state.reached.last_ms.unwrap_or(0),
            clock: state.clock,
        }
    }

    /// A panic elsewhere must not take the stream down: the state is valid after every statement.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn clear_gop(&mut self) {
        self.gop.clear();
        self.gop_bytes = 0;
    }

    fn deliver(&mut self, tag: Tag) {
        if tag.role == Role::Keyframe {
            self.clear_gop();
        }
        let begun = tag.role == Role::Keyframe || !self.gop.is_empty();
        if begun && self.gop_bytes + tag.bytes.len() <= GOP_BYTES && self.gop.len() < GOP_TAGS {
            self.gop_bytes += tag.bytes.len();
            self.gop.push(tag.clone());
        } else {
            self.clear_gop();
        }
        if let Some(sender) = &self.sender {
            // An error only says that nobody watches.
            let _ = sender.send(tag);
        }
    }

    /// Header and tags to begin with; none while there is no keyframe to begin with.
    fn opening(&self) -> Option<VecDeque<Bytes>> {
        let base_ms = self.gop.first()?.time_ms;
        let audio = self.audio_config.is_some() || flv::promises_aac(&self.metadata);
        let mut queue = VecDeque::from([flv::file_header(audio), flv::metadata(&self.metadata, base_ms)]);
        self.push_cached(base_ms, &mut queue);
        Some(queue)
    }

    fn push_cached(&self, base_ms: u32, queue: &mut VecDeque<Bytes>) {
        queue.extend(self.video_config.iter().map(|config| flv::tag(TagKind::Video, base_ms, config)));
        queue.extend(self.audio_config.iter().map(|config| flv::tag(TagKind::Audio, base_ms, config)));
        queue.extend(self.gop.iter().map(|tag| tag.bytes.clone()));
    }
}

/// The publisher's place; given back when dropped.
pub(super) struct Publication {
    stream: Arc<Stream>,
    timeline: Timeline,
    seen_picture: bool,
}

impl Publication {
    /// True once the show has ended.
    pub fn ended(&self) -> bool {
        self.stream.lock().sender.is_none()
    }

    /// What the encoder says about itself.
    pub fn metadata(&mut self, properties: HashMap<String, Amf0Value>) {
        self.stream.lock().metadata = properties;
    }

    /// Places one message in the show and hands it to everybody. Errors: the format is none that viewers can play.
    pub fn media(&mut self, media: Media) -> Result<Delivered, MediaError> {
        let now = Instant::now();
        let stream = Arc::clone(&self.stream);
        let mut state = stream.lock();
        let silence = now.saturating_duration_since(state.last_media_at);
        let placed = match &media {
            Media::Video { timestamp, data } => {
                state.received_bytes += data.len() as u64;
                self.video(&mut state, *timestamp, data, silence)?
            }
            Media::Audio { timestamp, data } => {
                state.received_bytes += data.len() as u64;
                self.audio(&mut state, *timestamp, data)
            }
        };
        let Some(tag) = placed else { return Ok(Delivered::Dropped) };
        let first = tag.role == Role::Keyframe && !std::mem::replace(&mut self.seen_picture, true);
        state.last_media_at = now;
        state.reached = self.timeline.reached();
        state.clock = self.timeline.clock();
        state.deliver(tag);
        Ok(if first { Delivered::FirstPicture } else { Delivered::Passed })
    }

    fn video(
        &mut self,
        state: &mut State,
        timestamp: u32,
        data: &Bytes,
        silence: std::time::Duration,
    ) -> Result<Option<Tag>, MediaError> {
        let (role, time) = match flv::video_part(data) {
            VideoPart::Foreign => return Err(MediaError::VideoNotAvc),
            VideoPart::Nothing => return Ok(None),
            VideoPart::Config => {
                let changed = state.video_config.as_ref() != Some(data);
                state.video_config = Some(data.clone());
                // Before the first picture the config goes out with the picture's own time, in front of it.
                let running = self.seen_picture && changed;
                let time = self.timeline.other(timestamp);
                (Role::Config, time.filter(|_| running))
            }
            VideoPart::Keyframe { composition_ms } => {
                let carried = show_ms_of_avcc(flv::avcc(data));
                (Role::Keyframe, Some(self.timeline.keyframe(timestamp, composition_ms, carried, silence)))
            }
            VideoPart::Frame => (Role::Media, self.timeline.other(timestamp)),
        };
        if role == Role::Keyframe && !self.seen_picture {
            self.announce_configs(state, time.unwrap_or(0));
        }
        Ok(time.map(|time| finished(role, TagKind::Video, time, data)))
    }

    fn audio(&mut self, state: &mut State, timestamp: u32, data: &Bytes) -> Option<Tag> {
        let role = match flv::audio_part(data) {
            // Sound that nobody can play is left out; the picture goes on.
            AudioPart::Foreign | AudioPart::Nothing => return None,
            AudioPart::Config => {
                let changed = state.audio_config.as_ref() != Some(data);
                state.audio_config = Some(data.clone());
                if !changed || !self.seen_picture {
                    return None;
                }
                Role::Config
            }
            AudioPart::Frame => Role::Media,
        };
        let time = self.timeline.other(timestamp)?;
        Some(finished(role, TagKind::Audio, time, data))
    }

    /// Who watched the publisher before this one may need other decoder settings now.
    fn announce_configs(&self, state: &State, time: u64) {
        let Some(sender) = &state.sender else { return };
        let video = state.video_config.iter().map(|config| (TagKind::Video, config));
        let audio = state.audio_config.iter().map(|config| (TagKind::Audio, config));
        for (kind, config) in video.chain(audio) {
            let _ = sender.send(finished(Role::Config, kind, time, config));
        }
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        let mut state = self.stream.lock();
        state.publishing = false;
        state.changed_at = Instant::now();
        state.reached = self.timeline.reached();
        // Old pictures would greet whoever comes while the publisher is away.
        state.clear_gop();
    }
}

fn finished(role: Role, kind: TagKind, time: u64, data: &Bytes) -> Tag {
    let time_ms = u32::try_from(time).unwrap_or(u32::MAX);
    Tag { role, time_ms, bytes: flv::tag(kind, time_ms, data) }
}

/// One viewer's place in the stream.
pub(super) struct Viewer {
    stream: Arc<Stream>,
    receiver: broadcast::Receiver<Tag>,
    queue: VecDeque<Bytes>,
    /// Show time of the last tag handed out; none before the opening.
    last_ms: Option<u32>,
    wants_keyframe: bool,
}

impl Viewer {
    /// The next bytes; none when the show has ended.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.queue.pop_front() {
                return Some(bytes);
            }
            if self.last_ms.is_none() && self.open() {
                continue;
            }
            match self.receiver.recv().await {
                Ok(_) if self.last_ms.is_none() => {}
                Ok(tag) => {
                    if let Some(bytes) = self.pass(tag) {
                        return Some(bytes);
                    }
                }
                Err(RecvError::Lagged(_)) => self.skip(),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn pass(&mut self, tag: Tag) -> Option<Bytes> {
        if self.wants_keyframe && tag.role == Role::Media {
            return None;
        }
        if tag.role == Role::Keyframe {
            self.wants_keyframe = false;
        }
        self.last_ms = Some(tag.time_ms);
        Some(tag.bytes)
    }

    fn open(&mut self) -> bool {
        let stream = Arc::clone(&self.stream);
        let state = stream.lock();
        let Some(queue) = state.opening() else { return false };
        if let Some(sender) = &state.sender {
            self.receiver = sender.subscribe();
        }
        self.last_ms = state.gop.last().map(|tag| tag.time_ms);
        self.queue = queue;
        true
    }

    /// Too slow: on to the newest group of pictures, or to the next one if part of it was shown already.
    fn skip(&mut self) {
        let stream = Arc::clone(&self.stream);
        let mut state = stream.lock();
        state.skips += 1;
        if let Some(sender) = &state.sender {
            self.receiver = sender.subscribe();
        }
        let (Some(first), Some(last)) = (state.gop.first(), state.gop.last()) else {
            self.wants_keyframe = true;
            return;
        };
        if self.last_ms.is_some_and(|shown| first.time_ms <= shown) {
            self.wants_keyframe = true;
            return;
        }
        self.wants_keyframe = false;
        self.last_ms = Some(last.time_ms);
        let mut queue = VecDeque::new();
        state.push_cached(first.time_ms, &mut queue);
        self.queue = queue;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn keyframe(timestamp: u32) -> Media {
        Media::Video { timestamp, data: Bytes::from_static(&[0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]) }
    }

    fn frame(timestamp: u32) -> Media {
        Media::Video { timestamp, data: Bytes::from_static(&[0x27, 1, 0, 0, 0, 0, 0, 0, 1, 0x41]) }
    }

    fn time_of(tag: &Bytes) -> u32 {
        u32::from_be_bytes([tag[7], tag[4], tag[5], tag[6]])
    }

    #[tokio::test]
    async fn a_slow_viewer_skips_to_a_keyframe_and_slows_nobody() {
        let stream = Stream::new();
        let mut publication = stream.publish().unwrap();
        publication.media(keyframe(0)).unwrap();
        let (mut slow, mut quick) = (stream.watch().unwrap(), stream.watch().unwrap());
        for _ in 0..3 {
            slow.next().await.unwrap();
            quick.next().await.unwrap();
        }
        let mut seen = 0;
        for n in 1..=2_000_u32 {
            let media = if n % 50 == 0 { keyframe(n * 40) } else { frame(n * 40) };
            publication.media(media).unwrap();
            seen = time_of(&quick.next().await.unwrap());
        }
        assert_eq!(seen, 80_000, "the quick one got every tag");
        let next = slow.next().await.unwrap();
        assert_eq!((next[11] >> 4, time_of(&next)), (1, 80_000), "the slow one goes on with the newest keyframe");
        assert_eq!(stream.stats().skips, 1);
    }

    #[tokio::test]
    async fn a_viewer_that_comes_before_the_picture_waits_for_it() {
        let stream = Stream::new();
        let mut publication = stream.publish().unwrap();
        let mut viewer = stream.watch().unwrap();
        assert_eq!(publication.media(frame(0)), Ok(Delivered::Dropped), "no decoder can begin with it");
        assert_eq!(publication.media(keyframe(40)), Ok(Delivered::FirstPicture));
        assert_eq!(&viewer.next().await.unwrap()[..3], b"FLV");
        viewer.next().await.unwrap();
        assert_eq!(viewer.next().await.unwrap()[0], 9);
        stream.end();
        assert!(viewer.next().await.is_none());
    }

    #[test]
    fn a_picture_group_without_end_does_not_grow_the_cache_without_end() {
        let stream = Stream::new();
        let mut publication = stream.publish().unwrap();
        publication.media(keyframe(0)).unwrap();
        for n in 1..=(GOP_TAGS as u32 + 10) {
            publication.media(frame(n)).unwrap();
        }
        assert!(stream.lock().gop.len() <= GOP_TAGS);
        assert!(stream.publish().is_none(), "one publisher at a time");
        drop(publication);
        assert!(stream.publish().is_some());
    }
}
