//! A disk that takes nothing for a while, for drills and tests: whoever writes waits, as in a write that hangs.

use gst::prelude::*;
use gstreamer as gst;
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

#[derive(Default)]
pub(super) struct Stall {
    until: Mutex<Option<Instant>>,
    over: Condvar,
}

impl Stall {
    /// Whatever reaches `sink` waits while a stall lasts.
    pub(super) fn guard(self: &Arc<Self>, sink: &gst::Element) {
        let stall = self.clone();
        if let Some(pad) = sink.static_pad("sink") {
            pad.add_probe(gst::PadProbeType::BUFFER | gst::PadProbeType::BUFFER_LIST, move |_, _| {
                stall.wait();
                gst::PadProbeReturn::Ok
            });
        }
    }

    /// Nothing is taken from now on, for `length`.
    pub(super) fn begin(&self, length: Duration) {
        *self.until() = Instant::now().checked_add(length);
        self.over.notify_all();
    }

    fn wait(&self) {
        let mut until = self.until();
        while let Some(left) = until.and_then(|until| until.checked_duration_since(Instant::now())) {
            until = self.over.wait_timeout(until, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        RecordingStats,
        clock::Timebase,
        event::Events,
        hub::{Hub, Media, Packet},
        record::{Opened, Recorder, RecorderConfig, ended::Patience},
    };
    use hawker_domain::CanvasShape;
    use std::{ops::Range, path::Path, process::Command};

    const PICTURE_NS: u64 = 33_333_333;

    /// A recording of pictures that a test makes up, as fast as it likes.
    struct Bench {
        recorder: Recorder,
        hub: Arc<Hub>,
    }

    impl Bench {
        fn start(path: &Path) -> Self {
            Self::of(path, RecorderConfig::default())
        }

        fn of(path: &Path, wanted: RecorderConfig) -> Self {
            crate::init().unwrap();
            let hub = Arc::new(Hub::default());
            let config = gst::Buffer::from_slice([1_u8, 66, 0, 30, 255, 225, 0, 4, 103, 66, 0, 30, 1, 0, 2, 104, 206]);
            let video = gst::Caps::builder("video/x-h264").field("stream-format", "avc").field("alignment", "au");
            let video = video.field("width", 640).field("height", 360).field("framerate", gst::Fraction::new(30, 1));
            hub.set_caps(Media::Video, &video.field("codec_data", config).build());
            let config = gst::Buffer::from_slice([0x11_u8, 0x90]);
            let audio = gst::Caps::builder("audio/mpeg").field("mpegversion", 4).field("stream-format", "raw");
            let audio = audio.field("rate", 48_000).field("channels", 2).field("codec_data", config);
            hub.set_caps(Media::Audio, &audio.build());
            let (events, _) = Events::channel();
            let config = RecorderConfig { canvas: CanvasShape::Portrait, ..wanted };
            let opened = Opened::open(path, config, Arc::new(Timebase::new())).unwrap();
            let recorder = Recorder::begin(opened, hub.clone(), events).unwrap();
            Self { recorder, hub }
        }

        /// Pictures with a keyframe every two seconds, and as much sound.
        fn push(&self, pictures: Range<u64>) {
            for n in pictures {
                for media in [Media::Video, Media::Audio] {
                    let mut buffer = gst::Buffer::from_slice([0_u8, 0, 0, 3, 65, 1, 2]);
                    buffer.get_mut().unwrap().set_duration(gst::ClockTime::from_nseconds(PICTURE_NS));
                    let key = media == Media::Audio || n % 60 == 0;
                    self.hub.push(media, &Packet { buffer, running_ns: n * PICTURE_NS, key });
                }
            }
        }

        fn stats(&self) -> RecordingStats {
            self.recorder.stats()
        }

        fn until(&self, what: &str, ready: impl Fn(&RecordingStats) -> bool) {
            let began = Instant::now();
            while !ready(&self.stats()) {
                assert!(began.elapsed() < Duration::from_secs(20), "{what}: {:?}", self.stats());
                std::thread::park_timeout(Duration::from_millis(5));
            }
        }
    }

    fn pictures_in(file: &Path) -> u64 {
        let show = ["-v", "quiet", "-select_streams", "v", "-show_entries", "packet=pts", "-of", "csv=p=0"];
        let found = Command::new("ffprobe").args(show).arg(file).output().unwrap();
        String::from_utf8_lossy(&found.stdout).lines().filter(|line| !line.trim().is_empty()).count() as u64
    }

    #[test]
    fn pictures_that_a_stalled_disk_does_not_take_are_counted_to_the_last_and_the_recording_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let bench = Bench::start(&dir.path().join("show.mkv"));
        bench.push(0..60);
        bench.until("the disk takes it", |stats| stats.queue_ms == 0 && stats.size_bytes > 0);
        assert_eq!(bench.stats().lost_pictures, 0);
        bench.recorder.stall_disk(Duration::from_secs(60));
        bench.push(60..300);
        assert_eq!(bench.stats().lost_pictures, 0, "eight seconds wait");
        assert!(bench.stats().queue_ms > 7_000, "{:?}", bench.stats());
        bench.push(300..500);
        let lost = bench.stats().lost_pictures;
        assert!((290..400).contains(&lost), "more than ten seconds do not: {lost} are lost");
        bench.recorder.stall_disk(Duration::ZERO);
        bench.push(500..660);
        bench.until("it has caught up", |stats| stats.queue_ms == 0);
        let lost = bench.stats().lost_pictures;
        bench.push(660..720);
        let summary = bench.recorder.wait().unwrap();
        assert_eq!(summary.lost_pictures, lost, "none is lost once the disk has caught up");
        assert_eq!(pictures_in(&summary.path) + lost, 720, "each is in the file or counted");
    }

    #[test]
    fn what_a_stalled_disk_does_not_take_at_the_end_is_counted_too() {
        // It takes longer than it is waited for; and it fails while four seconds wait for it.
        for (fails, stalls_s) in [(false, 6), (true, 2)] {
            let dir = tempfile::tempdir().unwrap();
            let bench = Bench::start(&dir.path().join("show.mkv"));
            bench.push(0..60);
            bench.until("the disk takes it", |stats| stats.queue_ms == 0 && stats.size_bytes > 0);
            bench.recorder.stall_disk(Duration::from_secs(stalls_s));
            bench.push(60..180);
            if fails {
                bench.recorder.fill_disk();
                bench.until("it has stopped", |stats| stats.stopped.is_some());
            }
            let summary = bench.recorder.wait().unwrap();
            let (lost, kept) = (summary.lost_pictures, pictures_in(&summary.path));
            // Some of those before lay on their way to the disk too; muxer and sink have one in hand each at the most.
            let counted = (178..=180).contains(&(kept + lost));
            assert!(lost >= 100 && counted, "{lost} of four seconds are lost, {kept} are in the file");
            assert!(summary.parts.iter().all(|part| !part.cut_short), "it took what it had in hand, late");
        }
    }

    #[test]
    fn a_write_that_never_comes_back_does_not_hold_up_the_end_and_what_is_kept_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let patience = Patience { close: Duration::from_millis(300), copy: Duration::from_millis(300) };
        let split = Some("5s".parse().unwrap());
        let bench = Bench::of(&dir.path().join("show.mkv"), RecorderConfig { patience, split, ..Default::default() });
        bench.push(0..60);
        bench.until("the disk takes it", |stats| stats.queue_ms == 0 && stats.size_bytes > 0);
        bench.recorder.stall_disk(Duration::from_secs(60));
        // A border lies in there: the file before is closed, which must not let the disk go on.
        bench.push(60..180);
        let began = Instant::now();
        // The next file takes its time to be opened; it begins with the first keyframe behind that.
        let mut next = 180;
        while bench.stats().parts < 2 {
            assert!(began.elapsed() < Duration::from_secs(20), "no other file: {:?}", bench.stats());
            bench.push(next..next + 60);
            next += 60;
            std::thread::park_timeout(Duration::from_millis(100));
        }
        let summary = bench.recorder.wait().unwrap();
        assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
        assert!(summary.problem.as_ref().is_some_and(|why| why.contains("takes nothing any more")), "{summary:?}");
        let names = ["show.mkv", "show-part2.mkv"].map(|name| dir.path().join(name));
        assert_eq!(summary.parts.iter().map(|part| &part.path).collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
        assert!(summary.parts.iter().all(|part| part.cut_short), "{summary:?}");
        assert!(pictures_in(&names[0]) > 0, "what came before is there");
    }

    #[test]
    fn a_file_that_was_opened_in_vain_goes() {
        crate::init().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("journal");
        let config = RecorderConfig { journal: Some(journal.clone()), ..RecorderConfig::default() };
        let opened = Opened::open(&dir.path().join("show.mp4"), config, Arc::new(Timebase::new())).unwrap();
        assert!(dir.path().join("show.mkv").is_file());
        drop(opened);
        assert!(!dir.path().join("show.mkv").exists());
        assert_eq!(std::fs::read_dir(journal).unwrap().count(), 0);
    }
}
