//! Recordings that a crash left open are made whole again, beside everything else: a long one takes as long as the disk
//! takes to copy it.

use crate::config::StudioConfig;
use crate::errors::Outcome;
use crate::show::Request;
use crate::studio::Studio;
use hawker_domain::{ShowMs, reason::NoticeWhy};
use hawker_media::{RecordedPart, RecordingStats, RecordingSummary, Recovered};
use hawker_wire::live::{LiveEvent, LiveLine};
use std::path::PathBuf;
use tokio::sync::{broadcast, watch};

impl Studio {
    /// Records the show that is on air from now on: to `file`, or to the folder of the recordings under a name of its own.
    /// A canvas whose recording stopped by itself begins anew, one that is recorded goes on. The file that is written.
    /// Errors: `not_live`, `bad_input` where everything is recorded already, `disk_full`, `internal`.
    pub async fn start_recording(&self, file: Option<PathBuf>) -> Outcome<PathBuf> {
        let path = match file {
            Some(file) => file,
            None => self.recording_path(&self.settings().await?.recordings_dir),
        };
        self.ask(|reply| Request::Record(path, reply)).await?
    }

    /// Ends the recording of the show that is on air, which goes on; what was recorded of each canvas, the main one first. Its
    /// MP4s are made beside the show, and each is told as a notice. Errors: `not_live`, `bad_input` where nothing is recorded.
    pub async fn stop_recording(&self) -> Outcome<Vec<RecordingStats>> {
        let (ended, wait) = self.ask(Request::StopRecording).await??;
        let studio = self.clone();
        tokio::spawn(async move {
            for (_, recording) in tokio::task::spawn_blocking(wait).await.unwrap_or_default() {
                studio.tell(Request::Announce(Box::new(saved(&recording)))).await;
            }
        });
        Ok(ended)
    }
}

/// Begins in the background; each recording is told as a notice. Who closes the studio meanwhile loses nothing: the next
/// start begins anew.
/// What is found waits for the first listener: nobody is to miss what became of the last show.
pub fn recover(config: &StudioConfig, events: broadcast::Sender<LiveLine>, heard: watch::Receiver<bool>) {
    let journal = config.open_recordings_dir();
    tokio::spawn(async move {
        let found = tokio::task::spawn_blocking(move || hawker_media::recover_recordings(&journal)).await;
        tell(&found.unwrap_or_default(), &events, heard).await;
    });
}

async fn tell(found: &[Recovered], events: &broadcast::Sender<LiveLine>, mut heard: watch::Receiver<bool>) {
    for recovered in found {
        tracing::info!(recording = ?recovered, "a recording that a crash left was looked at");
    }
    // A studio that closes before anybody listens ends the wait.
    if heard.wait_for(|heard| *heard).await.is_err() {
        return;
    }
    for recovered in found {
        // Whoever listened may be gone.
        let _ = events.send(LiveLine { t_ms: ShowMs(0), event: notice(recovered) });
    }
}

/// What is told of a recording that was ended while the show went on.
fn saved(recording: &RecordingSummary) -> LiveEvent {
    if let Some(told) = recording.parts.iter().find_map(trouble) {
        return told;
    }
    let seconds = recording.duration_ms as f64 / 1000.0;
    LiveEvent::Notice {
        code: String::new(),
        why_code: Some(NoticeWhy::RecordingSaved),
        about: Some(recording.path.display().to_string()),
        message: format!("the recording is saved to {}: {seconds:.0} s", recording.path.display()),
        hint: None,
        reason: None,
    }
}

/// What is told of a file that stays as it was written; none where it became an MP4.
pub fn trouble(part: &RecordedPart) -> Option<LiveEvent> {
    let problem = part.problem.as_ref()?;
    Some(if part.cut_short { cut_short(part, problem) } else { kept(problem) })
}

fn cut_short(part: &RecordedPart, problem: &str) -> LiveEvent {
    LiveEvent::Notice {
        code: "disk_full".into(),
        why_code: Some(NoticeWhy::RecordingCutShort),
        about: Some(part.path.display().to_string()),
        message: problem.to_owned(),
        hint: Some("look whether its disk is still there; the next start tries again to make an MP4 of it".into()),
        reason: None,
    }
}

fn kept(problem: &str) -> LiveEvent {
    LiveEvent::Notice {
        code: "internal".into(),
        why_code: Some(NoticeWhy::RecordingKept),
        about: None,
        message: format!("no MP4 could be made of the recording: {problem}"),
        hint: Some("the Matroska file holds everything that was recorded; the next start tries again".into()),
        reason: None,
    }
}

fn notice(recovered: &Recovered) -> LiveEvent {
    let recording = recovered.recording.display();
    match &recovered.mp4 {
        Ok(mp4) => LiveEvent::Notice {
            code: String::new(),
            why_code: Some(NoticeWhy::RecordingRecovered),
            about: mp4.file_name().map(|name| name.to_string_lossy().into_owned()),
            message: format!("the recording of a show that was cut off is whole again: {}", mp4.display()),
            hint: None,
            reason: None,
        },
        Err(why) => LiveEvent::Notice {
            code: "internal".into(),
            why_code: Some(NoticeWhy::RecordingKept),
            about: None,
            message: format!("no MP4 could be made of the recording {recording}: {why}"),
            hint: Some("the file is kept as it is; a player such as VLC may show it".into()),
            reason: None,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn what_was_found_waits_for_the_first_listener_and_for_no_studio_that_closes() {
        let found = [Recovered { recording: "a/show.mkv".into(), mp4: Ok("a/show.mp4".into()), duration_ms: 1 }];
        let (events, _) = broadcast::channel(8);
        let (heard, hears) = watch::channel(false);
        let telling = tokio::spawn({
            let (events, hears) = (events.clone(), hears.clone());
            let found = found.clone();
            async move { tell(&found, &events, hears).await }
        });
        tokio::task::yield_now().await;
        assert!(!telling.is_finished(), "nobody listens yet");
        let mut listener = events.subscribe();
        heard.send_replace(true);
        telling.await.unwrap();
        assert!(matches!(listener.try_recv().unwrap().event, LiveEvent::Notice { .. }));
        let (heard, hears) = watch::channel(false);
        drop(heard);
        tell(&found, &events, hears).await;
        assert!(listener.try_recv().is_err(), "a studio that closed tells nothing");
    }

    #[test]
    fn what_became_of_a_recording_is_told_with_its_file() {
        for (mp4, code, word, name) in [
            (Ok("a/show.mp4".into()), NoticeWhy::RecordingRecovered, "a/show.mp4", Some("show.mp4")),
            (Err("it is empty".to_owned()), NoticeWhy::RecordingKept, "a/show.mkv", None),
        ] {
            let recovered = Recovered { recording: "a/show.mkv".into(), mp4, duration_ms: 1 };
            let LiveEvent::Notice { why_code, about, message, .. } = notice(&recovered) else {
                unreachable!("a notice")
            };
            assert_eq!((why_code, about.as_deref()), (Some(code), name));
            assert!(message.contains(word), "{message}");
        }
    }
}
