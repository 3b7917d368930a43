use crate::support::*;
use hawker_domain::reason::RecordingWhy;
use hawker_media::{Fault, MediaEvent, ProgramConfig};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

const MIB: u64 = 1 << 20;

/// A memory disk, mounted until dropped.
struct Disk(PathBuf);

impl Disk {
    /// Fails where this user may not mount anything: a test that looked at nothing has shown nothing.
    fn mount(at: &Path, mib: u64) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={mib}m,mode=700");
        let out = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output().unwrap();
        assert!(
            out.status.success(),
            "no disk can be mounted here ({}); run the tests as root or by `unshare --map-root-user --mount`, or leave these \
             out with -E 'not test(disk::)'",
            String::from_utf8_lossy(&out.stderr).trim()
        );
        Self(at.to_owned())
    }

    fn free(&self) -> u64 {
        fs4::available_space(&self.0).unwrap()
    }

    /// Somebody else fills the disk until so much is free.
    fn leave(&self, bytes: u64) {
        let mut file = std::fs::File::options().append(true).create(true).open(self.0.join("filler")).unwrap();
        let page = [0_u8; 16_384];
        while self.free() > bytes + page.len() as u64 {
            file.write_all(&page).unwrap();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_is_told_in_time_and_the_recording_ends_with_its_mp4() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("small");
    let disk = Disk::mount(&at, 160);
    let journal = dir.path().join("journal");
    let (program, mut events) = Listener::start(ProgramConfig { journal: Some(journal.clone()), ..config() });
    program.start_recording(&at.join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    let low = events.wait("less than a gigabyte is told", |e| matches!(e, MediaEvent::RecordingSpace { .. }));
    assert!(
        matches!(low, MediaEvent::RecordingSpace { critical: false, free_bytes, .. } if free_bytes <= 160 * MIB),
        "{low:?}"
    );
    until("three seconds are on air", || program.show_ms().0 > 3_000);
    disk.leave(68 * MIB);
    let critical = events.wait("the last minutes are told", |e| matches!(e, MediaEvent::RecordingSpace { .. }));
    assert!(matches!(critical, MediaEvent::RecordingSpace { critical: true, minutes_left: 0..2, .. }), "{critical:?}");
    assert!(program.stats().recording.unwrap().stopped.is_none(), "it goes on until there is no room");
    disk.leave(65 * MIB);
    let stopped = events.wait("the recording stops", |e| matches!(e, MediaEvent::RecordingStopped { .. }));
    assert!(matches!(stopped, MediaEvent::RecordingStopped { why_code: RecordingWhy::DiskFull, .. }), "{stopped:?}");
    assert!(disk.free() > 60 * MIB, "before the disk is full");
    let mp4 = at.join("show.mp4");
    until("its MP4 is made at once", || mp4.exists() && !at.join("show.mkv").exists());
    let encoded = program.stats().frames.encoded;
    until("the show goes on", || program.stats().frames.encoded > encoded + 30);
    let recording = program.stop().finish().recording.unwrap();
    assert_eq!(recording.path, mp4);
    assert!(recording.problem.is_some_and(|why| why.contains("disk")));
    assert!(packets(&mp4, "v").len() > 85, "what was recorded until then is all there");
    assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 0);
}

#[test]
fn a_recording_without_room_for_its_mp4_stays_whole_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("small");
    let disk = Disk::mount(&at, 80);
    let journal = dir.path().join("journal");
    let (program, mut events) = Listener::start(ProgramConfig { journal: Some(journal.clone()), ..config() });
    program.start_recording(&at.join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("two seconds are on air", || program.show_ms().0 > 2_000);
    program.inject(Fault::DiskFull);
    events.wait("the recording stops", |e| matches!(e, MediaEvent::RecordingStopped { .. }));
    disk.leave(300_000);
    let recording = program.stop().finish().recording.unwrap();
    let (path, part) = (at.join("show.mkv"), &recording.parts[0]);
    assert_eq!(recording.path, path);
    assert!(part.problem.as_ref().is_some_and(|why| why.contains("Matroska") && why.contains("MB")), "{part:?}");
    assert!(packets(&path, "v").len() > 55, "it can be played");
    std::fs::remove_file(at.join("filler")).unwrap();
    let recovered = hawker_media::recover_recordings(&journal);
    assert_eq!(recovered[0].mp4, Ok(at.join("show.mp4")), "the next start finds the room");
}
