use crate::support::*;
use hawker_domain::reason::RecordingWhy;
use hawker_media::{Fault, MediaEvent, MediaSummary, ProgramConfig, read_video, recover_recordings};
use std::os::unix::fs::PermissionsExt;

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_recording_is_private_and_becomes_an_mp4_of_the_same_length() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    let (program, mut events) = Listener::start(ProgramConfig { journal: Some(journal.clone()), ..config() });
    let path = dir.path().join("show.mkv");
    program.start_recording(&path).unwrap();
    assert!(program.start_recording(&path).is_err(), "one recording at a time");
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("three seconds are on air", || program.show_ms().0 > 3_000);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 1, "it is noted while it is open");
    let stopped = program.stop();
    let recorded = packets(&path, "v").len();
    let MediaSummary { recording, on_air_ms, .. } = stopped.finish();
    let recording = recording.unwrap();
    assert_eq!(recording.path, dir.path().join("show.mp4"));
    assert_eq!((recording.problem.as_deref(), mode(&recording.path)), (None, 0o600));
    // The encoder may be some pictures behind the clock when the show ends.
    let whole = on_air_ms - 500..=on_air_ms + 100;
    assert!(whole.contains(&recording.duration_ms), "{} ms of {on_air_ms}", recording.duration_ms);
    assert_eq!(recorded, packets(&recording.path, "v").len(), "no frame is lost on the way");
    let mut left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    left.sort();
    assert_eq!(left, ["journal", "show.mp4"], "the MP4 takes the place of the Matroska file");
    assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 0);
}

#[test]
fn a_recording_that_is_there_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("show.mkv");
    std::fs::write(&path, "what a crash left").unwrap();
    let (program, mut events) = Listener::start(config());
    program.start_recording(&path).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("a second is on air", || program.show_ms().0 > 1_000);
    let recording = program.stop().finish().recording.unwrap();
    assert_eq!(recording.path, dir.path().join("show-2.mp4"));
    assert_eq!(std::fs::read(&path).unwrap(), b"what a crash left");
}

#[test]
fn what_a_crash_leaves_is_made_into_an_mp4_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (path, journal) = (dir.path().join("show.mkv"), dir.path().join("journal"));
    let (program, mut events) = Listener::start(ProgramConfig { journal: Some(journal.clone()), ..config() });
    program.start_recording(&path).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    recorded_to(&program, 3_000);
    // The state of the disk at this moment, in another folder: what kill -9 would leave.
    let crashed = tempfile::tempdir().unwrap();
    let (left, its_journal) = (crashed.path().join("elsewhere.mkv"), crashed.path().join("journal"));
    std::fs::copy(&path, &left).unwrap();
    std::fs::create_dir(&its_journal).unwrap();
    std::fs::write(its_journal.join("1.open"), left.to_str().unwrap()).unwrap();
    assert!(recover_recordings(&journal).is_empty(), "a running recording is left alone");
    program.stop().finish();
    let recovered = recover_recordings(&its_journal);
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0].recording, left);
    let mp4 = recovered[0].mp4.clone().unwrap();
    let recorded = packets(&mp4, "v");
    let lasts_s = recorded.last().unwrap().0;
    assert!(lasts_s > 2.4, "at most half a second is lost: {lasts_s} s are there");
    assert!(!left.exists(), "the MP4 takes its place");
    assert!(recover_recordings(&its_journal).is_empty(), "once");
}

#[test]
fn a_journal_that_cannot_be_written_costs_no_recording() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    std::fs::write(&journal, "a file where the folder should be").unwrap();
    let (program, mut events) = Listener::start(ProgramConfig { journal: Some(journal), ..config() });
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("a second is recorded", || program.stats().recording.is_some_and(|recording| recording.duration_ms > 1_000));
    let recording = program.stop().finish().recording.unwrap();
    assert_eq!((recording.path, recording.problem), (dir.path().join("show.mp4"), None));
}

#[test]
fn a_recording_no_player_reads_is_reported_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (left, journal) = (dir.path().join("show.mkv"), dir.path().join("journal"));
    std::fs::write(&left, "no film").unwrap();
    std::fs::create_dir(&journal).unwrap();
    std::fs::write(journal.join("1.open"), left.to_str().unwrap()).unwrap();
    std::fs::write(journal.join("2.open"), dir.path().join("removed.mkv").to_str().unwrap()).unwrap();
    std::fs::write(journal.join("3.open"), "/no/such/disk/show.mkv").unwrap();
    let recovered = recover_recordings(&journal);
    assert_eq!(recovered.len(), 1, "{recovered:?}");
    assert!(recovered[0].mp4.is_err());
    assert_eq!(std::fs::read(&left).unwrap(), b"no film");
    let noted: Vec<_> = std::fs::read_dir(&journal).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(noted, ["3.open"], "a disk that is not plugged in is waited for");
}

#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("show.mkv");
    let (program, mut events) = Listener::start(config());
    program.start_recording(&path).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("two seconds are on air", || program.show_ms().0 > 2_000);
    program.inject(Fault::DiskFull);
    let event = events.wait("the recording stops", |e| matches!(e, MediaEvent::RecordingStopped { .. }));
    assert!(
        matches!(&event, MediaEvent::RecordingStopped { why, why_code: RecordingWhy::DiskFull, .. } if why.contains("full")),
        "{event:?}"
    );
    let encoded = program.stats().frames.encoded;
    until("the show goes on", || program.stats().frames.encoded > encoded + 30);
    assert!(program.stats().recording.unwrap().stopped.is_some());
    let recording = program.stop().finish().recording.unwrap();
    assert!(recording.problem.is_some_and(|why| why.contains("full")));
    assert!(packets(&recording.path, "v").len() > 30, "what was recorded until then is kept");
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
