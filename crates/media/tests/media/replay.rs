use crate::{outputs::nal_units, support::*};
use hawker_domain::show_time::show_ms_of_nal;
use hawker_media::{MediaError, MediaEvent};
use std::{os::unix::fs::PermissionsExt, time::Duration};

#[test]
fn the_last_seconds_are_saved_as_they_were_encoded() {
    let dir = tempfile::tempdir().unwrap();
    let wanted = dir.path().join("moment.mp4");
    let (program, mut events) = Listener::start(config());
    assert!(matches!(program.save_replay(&wanted).err(), Some(MediaError::NothingKept)), "it is off");
    program.keep_replay(Duration::from_secs(3));
    assert!(matches!(program.save_replay(&wanted).err(), Some(MediaError::NothingKept)), "nothing is encoded yet");
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("eight seconds are on air", || program.show_ms().0 > 8_000);
    let before_ms = program.show_ms().0;
    let (first, second) = (program.save_replay(&wanted).unwrap(), program.save_replay(&wanted).unwrap());
    let after_ms = program.show_ms().0;
    let saved = first().unwrap();
    let again = second().unwrap();
    assert_eq!((&saved.path, &again.path), (&wanted, &dir.path().join("moment-2.mp4")));
    assert_eq!(std::fs::metadata(&wanted).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(codecs(&wanted), ["h264", "aac"]);
    let (pictures, sound) = (packets(&wanted, "v"), packets(&wanted, "a"));
    assert!(pictures[0].1 && pictures[0].0 < 0.05, "{:?}", pictures[0]);
    let length = pictures.last().unwrap().0;
    assert!((2.9..5.5).contains(&length), "three seconds and at most a group of pictures: {length} s");
    assert!((length - sound.last().unwrap().0).abs() < 0.3, "with its sound");
    complete("the moment", &pictures, &Slow::of(&program.stats().frames, events.told()));
    let ends_ms = saved.begins.0 + saved.duration_ms;
    assert!(
        (before_ms - 500..=after_ms + 34).contains(&ends_ms),
        "{saved:?}, asked for from {before_ms} to {after_ms}"
    );
    let stream = h264(&wanted);
    let times: Vec<_> = nal_units(&stream).filter_map(show_ms_of_nal).collect();
    assert!(times[0].0.abs_diff(saved.begins.0) <= 1, "its first keyframe says when it was: {times:?}, {saved:?}");
    program.keep_replay(Duration::ZERO);
    assert!(program.save_replay(&wanted).is_err(), "it is off again");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "nothing half done is left: {left:?}");
}

#[test]
fn a_folder_that_is_not_there_is_said_and_nothing_breaks() {
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    program.keep_replay(Duration::from_secs(3));
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("a second is on air", || program.show_ms().0 > 1_000);
    let saved = program.save_replay(&dir.path().join("no/such/moment.mp4")).unwrap()();
    assert!(matches!(saved, Err(MediaError::Recording { .. })), "{saved:?}");
    let encoded = program.stats().frames.encoded;
    until("the show goes on", || program.stats().frames.encoded > encoded + 15);
}
