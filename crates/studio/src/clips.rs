//! Pieces of shows: clips of the pins, made beside everything else, and what is told of a replay.

use crate::errors::{Outcome, bad_input};
use hawker_domain::{ShowMs, reason::NoticeWhy};
use hawker_media::{Clipped, PinClip, PinSpan, RecordedPart, SavedReplay};
use hawker_wire::live::{LiveEvent, LiveLine};
use std::path::{Component, Path, PathBuf};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::{sync::broadcast, task::JoinHandle};

/// The clips that are being made. A show that begins meanwhile does not wait for them.
#[derive(Default)]
pub struct PinClips {
    stop: Arc<AtomicBool>,
    /// One after the other: they decode, and a show may be on air.
    turn: Arc<Mutex<()>>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl PinClips {
    /// Begins to make a clip of each pin that is in the recording; the folder they come into, none if there is none to make.
    pub fn begin(
        &self,
        parts: Vec<RecordedPart>,
        pins: Vec<PinSpan>,
        events: broadcast::Sender<LiveLine>,
    ) -> Option<String> {
        let folder = hawker_media::pin_clips_folder(&parts.first()?.path);
        if pins.is_empty() {
            return None;
        }
        let shown = folder.display().to_string();
        let (stop, turn) = (self.stop.clone(), self.turn.clone());
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let event = match hawker_media::pin_clips(&parts, &pins, &folder, &stop) {
                Ok(clips) if clips.is_empty() => return,
                Ok(clips) => made(&clips, &folder),
                Err(error) => failed(&error.to_string(), &folder),
            };
            // Nobody listening is fine.
            let _ = events.send(LiveLine { t_ms: ShowMs(0), event });
        });
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|work| !work.is_finished());
        running.push(work);
        Some(shown)
    }

    /// Waits until all are made.
    pub async fn wait(&self) {
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        for work in running {
            let _ = work.await;
        }
    }

    /// Makes no more; the one that is being made is finished.
    pub async fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.wait().await;
    }
}

fn made(clips: &[PinClip], folder: &Path) -> LiveEvent {
    let lost: Vec<String> = clips
        .iter()
        .filter_map(|clip| clip.made.as_ref().err().map(|error| format!("{}: {error}", clip.span.sku)))
        .collect();
    tracing::info!(clips = clips.len(), lost = lost.len(), folder = %folder.display(), "the pins were made into clips");
    if !lost.is_empty() {
        return failed(&lost.join("; "), folder);
    }
    LiveEvent::Notice {
        code: String::new(),
        why_code: Some(NoticeWhy::PinClipsMade),
        about: Some(folder.display().to_string()),
        message: format!("{} clips of what was pinned are in {}", clips.len(), folder.display()),
        hint: None,
        reason: None,
    }
}

fn failed(why: &str, folder: &Path) -> LiveEvent {
    tracing::warn!(why, "some pins have no clip");
    LiveEvent::Notice {
        code: "internal".into(),
        why_code: Some(NoticeWhy::PinClipsFailed),
        about: Some(folder.display().to_string()),
        message: format!("some pins have no clip in {}: {why}", folder.display()),
        hint: Some("`hawker recording clip` cuts any piece out of the recording".into()),
        reason: None,
    }
}

/// The line that tells where a replay is.
pub fn saved(replay: &SavedReplay) -> LiveEvent {
    let seconds = replay.duration_ms as f64 / 1000.0;
    LiveEvent::Notice {
        code: String::new(),
        why_code: Some(NoticeWhy::ReplaySaved),
        about: Some(replay.path.display().to_string()),
        message: format!("the last {seconds:.0} s are saved to {}", replay.path.display()),
        hint: None,
        reason: None,
    }
}

/// Cuts a piece out of a recording, see [`hawker_media::clip`]. Blocking. Errors: `bad_input`, `source_unavailable`,
/// `disk_full`, `internal`.
pub fn clip_recording(recording: &Path, from_ms: u64, to_ms: u64, out: &Path) -> Outcome<Clipped> {
    hawker_media::clip(recording, from_ms, to_ms, out).map_err(crate::show_failure)
}

/// As [`clip_recording`], into a new MP4 of this `name` beside the recording, which may have become an MP4 since somebody
/// looked. Blocking. Errors: `bad_input` for a name that is none, and those of [`clip_recording`].
pub fn clip_beside(recording: &Path, from_ms: u64, to_ms: u64, name: &str) -> Outcome<Clipped> {
    let out = recording.with_file_name(file_name(name)?);
    let mp4 = recording.with_extension("mp4");
    let recording: PathBuf = if !recording.exists() && mp4.exists() { mp4 } else { recording.to_owned() };
    clip_recording(&recording, from_ms, to_ms, &out)
}

/// The name of an MP4, if `name` names a file and no folder.
fn file_name(name: &str) -> Outcome<String> {
    let name = name.trim();
    let mut components = Path::new(name).components();
    let plain = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    if !plain || name.contains(['/', '\\', ':']) || name.chars().any(char::is_control) {
        return Err(bad_input(format!("{name:?} is no name of a file")).hint("write a name without / \\ and :"));
    }
    Ok(if name.to_lowercase().ends_with(".mp4") { name.to_owned() } else { format!("{name}.mp4") })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_clip_gets_the_name_of_a_file_and_never_that_of_another_folder() {
        for (name, want) in [
            ("clip", Some("clip.mp4")),
            (" 晚场.1 ", Some("晚场.1.mp4")),
            ("Clip.MP4", Some("Clip.MP4")),
            ("", None),
            ("..", None),
            ("../clip", None),
            ("a/clip.mp4", None),
            ("a\\clip", None),
            ("c:clip", None),
            ("a\nb", None),
        ] {
            assert_eq!(file_name(name).ok().as_deref(), want, "{name:?}");
        }
    }

    #[test]
    fn a_pin_without_a_clip_is_named_and_the_others_say_where_they_are() {
        let span = |sku: &str| PinSpan { sku: sku.into(), from: ShowMs(0), to: ShowMs(1), earliest: ShowMs(0) };
        let good = || PinClip { span: span("A"), made: Ok("a/A.mp4".into()) };
        let bad = PinClip { span: span("B"), made: Err(hawker_media::MediaError::DiskFull { path: "a".into() }) };
        for (clips, want, words) in [
            (vec![good(), good()], NoticeWhy::PinClipsMade, ["2 clips", "a/clips"]),
            (vec![good(), bad], NoticeWhy::PinClipsFailed, ["B: there is no room", "a/clips"]),
        ] {
            let LiveEvent::Notice { why_code, message, .. } = made(&clips, Path::new("a/clips")) else {
                unreachable!()
            };
            assert_eq!(why_code, Some(want));
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        }
    }
}
