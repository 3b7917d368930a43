use crate::support::*;
use hawker_domain::reason::RecordingWhy;
use hawker_media::{MediaEvent, read_video, recover_recordings};
use std::os::unix::fs::PermissionsExt;

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_recording_is_private_and_becomes_an_mp4_of_the_same_length() {
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    let path = dir.path().join("show.mkv");
    program.start_recording(&path).unwrap();
    assert!(program.start_recording(&path).is_err(), "one recording at a time");
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("three seconds are on air", || program.show_ms().0 > 3_000);
    assert_eq!(mode(&path), 0o600);
    let recording = program.stop().recording.unwrap();
    assert_eq!(recording.path, dir.path().join("show.mp4"));
    assert_eq!((recording.problem.as_deref(), mode(&recording.path)), (None, 0o600));
    assert!((2_900..3_600).contains(&recording.duration_ms), "{} ms", recording.duration_ms);
    assert_eq!(packets(&path, "v").len(), packets(&recording.path, "v").len(), "no frame is lost on the way");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "no marker and no part is left behind");
    assert!(recover_recordings(dir.path()).is_empty(), "nothing is open");
}

#[test]
fn what_a_crash_leaves_is_made_into_an_mp4_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("show.mkv");
    let (program, mut events) = Listener::start(config());
    program.start_recording(&path).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("three seconds are on air", || program.show_ms().0 > 3_000);
    // The state of the disk at this moment, in another folder: what kill -9 would leave.
    let crashed = tempfile::tempdir().unwrap();
    std::fs::copy(&path, crashed.path().join("show.mkv")).unwrap();
    std::fs::write(crashed.path().join("show.mkv.open"), "").unwrap();
    assert!(recover_recordings(dir.path()).is_empty(), "a running recording is left alone");
    program.stop();
    let recovered = recover_recordings(crashed.path());
    assert_eq!(recovered.len(), 1);
    let mp4 = recovered[0].mp4.clone().unwrap();
    let recorded = packets(&mp4, "v");
    assert!(recorded.len() > 70, "at most half a second is lost, {} frames are there", recorded.len());
    assert!(recover_recordings(crashed.path()).is_empty(), "once");
}

#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    // /dev/full takes no byte; the recorder is led to it by a link.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("show.mkv");
    std::os::unix::fs::symlink("/dev/full", &path).unwrap();
    let (program, mut events) = Listener::start(config());
    match program.start_recording(&path) {
        Ok(()) => {
            program.go_on_air().unwrap();
            let event = events.wait("the recording stops", |e| matches!(e, MediaEvent::RecordingStopped { .. }));
            assert!(
                matches!(&event, MediaEvent::RecordingStopped { why, why_code: RecordingWhy::DiskFull } if why.contains("full")),
                "{event:?}"
            );
        }
        Err(error) => panic!("the file opens, writing fails: {error}"),
    }
    let encoded = program.stats().frames.encoded;
    until("the show goes on", || program.stats().frames.encoded > encoded + 30);
    assert!(program.stats().recording.unwrap().stopped.is_some());
    program.stop();
}

#[test]
fn a_clip_is_read_picture_by_picture_faster_than_it_plays() {
    let dir = tempfile::tempdir().unwrap();
    let frames: Vec<_> = read_video(&clip(dir.path(), 3, 30), 10).unwrap().map(Result::unwrap).collect();
    assert!((29..=31).contains(&frames.len()), "three seconds at ten a second are {} pictures", frames.len());
    assert_eq!((frames[0].width, frames[0].height, frames[0].show_ms.0), (640, 360, 0));
    assert!(frames.windows(2).all(|w| (99..=101).contains(&(w[1].show_ms.0 - w[0].show_ms.0))));
    assert_ne!(frames[0].data, frames[20].data, "the picture moves");
}
