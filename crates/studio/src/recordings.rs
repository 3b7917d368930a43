//! Recordings that a crash left open are made whole again, beside everything else: a long one takes as long as the disk
//! takes to copy it.

use crate::config::StudioConfig;
use hawker_domain::{ShowMs, reason::NoticeWhy};
use hawker_media::Recovered;
use hawker_wire::live::{LiveEvent, LiveLine};
use tokio::sync::broadcast;

/// Begins in the background; each recording is told as a notice. Who closes the studio meanwhile loses nothing: the next
/// start begins anew.
pub fn recover(config: &StudioConfig, events: broadcast::Sender<LiveLine>) {
    let journal = config.open_recordings_dir();
    tokio::spawn(async move {
        let found = tokio::task::spawn_blocking(move || hawker_media::recover_recordings(&journal)).await;
        for recovered in found.unwrap_or_default() {
            let event = notice(&recovered);
            tracing::info!(recording = ?recovered, "a recording that a crash left was looked at");
            // Nobody listening is fine.
            let _ = events.send(LiveLine { t_ms: ShowMs(0), event });
        }
    });
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
        },
        Err(why) => LiveEvent::Notice {
            code: "internal".into(),
            why_code: Some(NoticeWhy::RecordingKept),
            about: None,
            message: format!("no MP4 could be made of the recording {recording}: {why}"),
            hint: Some("the file is kept as it is; a player such as VLC may show it".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
