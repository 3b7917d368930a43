//! The recordings of a show: begun, ended, and what becomes of them.

use super::{finish::not_live, media_failure, owner::Owner, run::ShowRun};
use crate::errors::Outcome;
use crate::view::RecordingView;
use hawker_domain::{
    CanvasShape, ShowId,
    failure::FailureWhy,
    reason::{NoticeWhy, RecordingWhy},
    show::DegradedWhy,
};
use hawker_media::{MediaError, MediaStats, OpenRecording, OpenedRecording, RecordingStats, WaitForMp4s};
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::oneshot;

/// What a show is recorded to, and whose recording stopped by itself.
#[derive(Debug, Default)]
pub struct RecordingRun {
    main: CanvasShape,
    /// The file that was asked for; none while nothing is to be recorded.
    path: Option<PathBuf>,
    stopped: BTreeMap<CanvasShape, Stopped>,
    /// Its files are being opened; one at a time.
    opening: bool,
    behind: Behind,
    space: SpaceTold,
    fps: u32,
}

/// Why a recording stopped by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub why: String,
    pub why_code: RecordingWhy,
}

impl RecordingRun {
    /// Nothing is recorded yet. `main`: whose recording has the plain name; `fps`: pictures a second of all.
    pub fn of(main: CanvasShape, fps: u32) -> Self {
        Self { main, fps, ..Self::default() }
    }

    fn begin(&mut self, path: PathBuf) {
        self.path = Some(path);
        self.stopped.clear();
        self.space = SpaceTold::default();
    }

    /// The host ended it. What the disk did not take stays counted, so that it is not told a second time.
    fn end(&mut self) {
        self.path = None;
        self.stopped.clear();
    }

    pub fn stop(&mut self, canvas: CanvasShape, why: String, why_code: RecordingWhy) {
        self.stopped.insert(canvas, Stopped { why, why_code });
    }

    /// Whether a recording was whole to the end: of the canvases that left files one that did not stop by itself.
    pub fn carried(&self, of_main: bool, beside_it: bool) -> bool {
        let beside_stopped = self.stopped.keys().any(|canvas| *canvas != self.main);
        (of_main && !self.stopped.contains_key(&self.main)) || (beside_it && !beside_stopped)
    }

    /// As the cockpit shows it; none while nothing is to be recorded.
    pub fn view(&self, stats: &MediaStats) -> Option<RecordingView> {
        let asked = self.path.as_ref()?;
        let beside = self.stopped.iter().find(|(canvas, _)| **canvas != self.main);
        let beside = match (&stats.upright, beside) {
            (Some(stats), _) => Some(self.one(stats.canvas, Some(stats), asked)),
            (None, Some((canvas, _))) => Some(self.one(*canvas, None, asked)),
            (None, None) => None,
        };
        Some(RecordingView { upright: beside.map(Box::new), ..self.one(self.main, stats.recording.as_ref(), asked) })
    }

    fn one(&self, canvas: CanvasShape, stats: Option<&RecordingStats>, asked: &Path) -> RecordingView {
        let stopped = self.stopped.get(&canvas);
        RecordingView {
            canvas: canvas.to_string(),
            first: stats.map_or(asked, |stats| &stats.first).display().to_string(),
            path: stats.map_or(asked, |stats| &stats.path).display().to_string(),
            duration_ms: stats.map_or(0, |stats| stats.duration_ms),
            size_bytes: stats.map_or(0, |stats| stats.size_bytes),
            stopped: stopped.map(|stopped| stopped.why.clone()),
            stopped_code: stopped.map(|stopped| stopped.why_code),
            parts: stats.map_or(0, |stats| stats.parts),
            minutes_left: stats.and_then(|stats| stats.minutes_left),
            lost_pictures: stats.map_or(0, |stats| stats.lost_pictures),
            missing_s: stats.map_or(0, |stats| missing_s(stats.lost_pictures, self.fps)),
            upright: None,
        }
    }

    /// What is missing so far in the recording that misses most; `gap` pictures at least are, in one that another has
    /// followed. Seconds.
    fn worst_s(&self, stats: &MediaStats, gap: u64) -> u64 {
        let lost = stats.recording.iter().chain(&stats.upright).map(|recording| recording.lost_pictures).max();
        missing_s(lost.filter(|lost| *lost > 0).unwrap_or(gap), self.fps)
    }
}

/// The room on the disk that was told of. All recordings of a show lie on one, and each of them warns. Pure.
#[derive(Debug, Default)]
struct SpaceTold(Option<(Duration, bool)>);

/// Room that comes and goes is told of again after so long.
const TELL_SPACE_AGAIN: Duration = Duration::from_secs(10 * 60);

impl SpaceTold {
    /// True if it is to be told: the first time, and when it gets critical.
    fn is_news(&mut self, now: Duration, critical: bool) -> bool {
        let known = self.0.is_some_and(|(at, worse)| worse >= critical && now < at + TELL_SPACE_AGAIN);
        if !known {
            self.0 = Some((now, critical));
        }
        !known
    }
}

/// Whether the disk takes what is recorded. Pure.
#[derive(Debug, Default)]
struct Behind {
    lost: u64,
    /// Lost before the gap that is open, and when it last grew.
    gap: Option<(u64, Duration)>,
}

/// What is to be said of a gap.
#[derive(Debug, PartialEq, Eq)]
enum Gap {
    Opens,
    /// The disk has caught up; so many pictures are missing.
    Over(u64),
}

/// With less than this in its queue a disk has caught up.
const CAUGHT_UP_MS: u64 = 2_000;
/// A disk that still takes nothing has more than that in its queue again after this long.
const SETTLED: Duration = Duration::from_secs(4);

impl Behind {
    /// Looks at what was `lost` so far and at what waits for the disk.
    fn on(&mut self, now: Duration, lost: u64, queue_ms: u64) -> Option<Gap> {
        let before = std::mem::replace(&mut self.lost, lost);
        match self.gap {
            None if lost > before => {
                self.gap = Some((before, now));
                Some(Gap::Opens)
            }
            Some((first, _)) if lost > before => {
                self.gap = Some((first, now));
                None
            }
            Some((first, grew)) if queue_ms < CAUGHT_UP_MS && now >= grew + SETTLED => {
                self.gap = None;
                Some(Gap::Over(lost.saturating_sub(first)))
            }
            _ => None,
        }
    }
}

/// Who asked for a recording learns which file is written.
pub(super) type RecordReply = oneshot::Sender<Outcome<PathBuf>>;

/// What came of opening the files of a recording.
pub struct RecordingOpened {
    path: PathBuf,
    show_id: ShowId,
    /// None for the recording that the show begins with.
    reply: Option<RecordReply>,
    outcome: Result<OpenedRecording, (Failure, RecordingWhy)>,
}

/// A disk that has not opened a file by then hangs.
const OPEN_WITHIN: Duration = Duration::from_secs(10);

/// Opens what is to be recorded to, on a thread of its own: one that hangs must not keep the program from ending. A file
/// that is opened too late goes again.
async fn opened_within(
    patience: Duration,
    path: &Path,
    open: OpenRecording,
) -> Result<OpenedRecording, (Failure, RecordingWhy)> {
    let folder = path.parent().map(Path::to_owned);
    let (done, opened) = oneshot::channel();
    let work = move || {
        if let Some(folder) = folder {
            // Whether it can be written to is found out below.
            let _ = crate::data_dir::create_private(&folder);
        }
        let _ = done.send(open());
    };
    let thread = std::thread::Builder::new().name("hawker-record-open".into()).spawn(work);
    if let Err(error) = thread {
        return Err((crate::errors::internal("the recording did not begin", error), RecordingWhy::Io));
    }
    match tokio::time::timeout(patience, opened).await {
        Ok(Ok(opened)) => opened.map_err(refused),
        Ok(Err(_)) | Err(_) => {
            let words = format!("the disk opened no file at {} within {} s", path.display(), patience.as_secs());
            let failure = Failure::new(ErrorCode::DiskFull, words)
                .hint("a network disk may be gone; record to another disk: the show goes on")
                .because(
                    FailureReason::from(FailureWhy::DiskSilent)
                        .with("path", path.display())
                        .with("seconds", patience.as_secs()),
                );
            Err((failure, RecordingWhy::Io))
        }
    }
}

fn ended_before() -> Failure {
    let words = "the recording was ended before its disk had opened the file";
    Failure::new(ErrorCode::BadInput, words).because(FailureWhy::RecordingEnded)
}

fn refused(error: MediaError) -> (Failure, RecordingWhy) {
    let why_code = error.recording_why();
    (media_failure(error), why_code)
}

impl Owner {
    /// The recording that a show begins with: without it the show goes on air all the same.
    pub(super) fn record_from_start(&mut self, path: &Path) {
        self.open_recording(path, None);
    }

    /// Begins to record while on air, or again where a recording stopped by itself; the file that is written. Errors:
    /// `not_live`, `bad_input` where everything is recorded already, `disk_full`, `internal`.
    pub(super) fn record(&mut self, path: &Path, reply: RecordReply) {
        match self.on_air() {
            Ok(()) => self.open_recording(path, Some(reply)),
            Err(failure) => drop(reply.send(Err(failure))),
        }
    }

    /// Opens the files beside the owner, who goes on: a disk may take its time, or hang. [`Owner::on_opened`] goes on.
    fn open_recording(&mut self, path: &Path, reply: Option<RecordReply>) {
        let (Some(running), Some(show)) = (&self.running, &mut self.show) else { return };
        if show.recording.opening {
            let already = Failure::new(ErrorCode::BadInput, "a recording is being begun already")
                .hint("wait until its disk has opened the file")
                .because(FailureWhy::RecordingOpening);
            return drop(reply.map(|reply| reply.send(Err(already))));
        }
        show.recording.opening = true;
        let (path, show_id) = (path.to_owned(), show.show_id);
        let open = running.program.open_recording(&path, running.plan.keep.split);
        let tell = self.opened.0.clone();
        tokio::spawn(async move {
            let outcome = match open {
                Ok(open) => opened_within(OPEN_WITHIN, &path, open).await,
                Err(error) => Err(refused(error)),
            };
            // An owner that is gone has no show.
            let _ = tell.send(RecordingOpened { path, show_id, reply, outcome }).await;
        });
    }

    /// Records to files that were opened.
    pub(super) async fn on_opened(&mut self, opened: RecordingOpened) {
        let RecordingOpened { path, show_id, reply, outcome } = opened;
        let same = self.on_air().is_ok() && self.show.as_ref().is_some_and(|show| show.show_id == show_id);
        let wanted = self.show.as_mut().filter(|_| same).map(|show| std::mem::take(&mut show.recording.opening));
        let begun = match (&self.running, wanted) {
            (Some(_), Some(false)) => Err((ended_before(), RecordingWhy::Io)),
            (Some(running), Some(true)) => outcome
                .and_then(|opened| running.program.begin_recording(opened, running.plan.keep.quality).map_err(refused)),
            _ => Err((not_live(), RecordingWhy::Io)),
        };
        let answer = match begun {
            Ok(()) => {
                if let Some(show) = &mut self.show {
                    show.recording.begin(path.clone());
                }
                self.health(DegradedWhy::RecordingStopped, true);
                let stats = self.running.as_ref().and_then(|running| running.program.stats().recording);
                Ok(stats.map_or(path, |stats| stats.path))
            }
            Err((failure, why_code)) => {
                if reply.is_none() && wanted == Some(true) {
                    self.not_begun(path, &failure, why_code);
                }
                Err(failure)
            }
        };
        self.publish_snapshot().await;
        if let Some(reply) = reply {
            let _ = reply.send(answer);
        }
    }

    fn not_begun(&mut self, path: PathBuf, failure: &Failure, why_code: RecordingWhy) {
        if let Some(show) = &mut self.show {
            show.recording.begin(path);
            show.recording.stop(show.recording.main, failure.message.clone(), why_code);
        }
        self.health(DegradedWhy::RecordingStopped, false);
        self.notice(failure);
    }

    /// Ends every recording, and nothing else. Errors: `not_live`, `bad_input` where nothing is recorded.
    pub(super) fn stop_recording(&mut self) -> Outcome<(Vec<RecordingStats>, WaitForMp4s)> {
        self.on_air()?;
        let running = self.running.as_ref().ok_or_else(not_live)?;
        // One whose files are being opened has nothing yet, and does not begin.
        let opening = self.show.as_mut().is_some_and(|show| std::mem::take(&mut show.recording.opening));
        let ended: (Vec<RecordingStats>, WaitForMp4s) = match running.program.stop_recording() {
            Err(MediaError::NotRecording) if opening => (Vec::new(), Box::new(Vec::new)),
            ended => ended.map_err(media_failure)?,
        };
        if let Some(show) = &mut self.show {
            show.recording.end();
        }
        self.health(DegradedWhy::RecordingStopped, true);
        Ok(ended)
    }

    fn on_air(&self) -> Outcome<()> {
        let running = |show: &ShowRun| show.ended_at.is_none();
        if self.running.is_some() && self.show.as_ref().is_some_and(running) { Ok(()) } else { Err(not_live()) }
    }

    pub(super) fn recording_stopped(&mut self, canvas: CanvasShape, why: String, why_code: RecordingWhy) {
        let several = self.running.as_ref().is_some_and(|running| running.plan.canvases.len() > 1);
        if let Some(show) = &mut self.show {
            show.recording.stop(canvas, why.clone(), why_code);
        }
        self.health(DegradedWhy::RecordingStopped, false);
        let what = match why_code {
            RecordingWhy::DiskFull => NoticeWhy::RecordingDiskFull,
            RecordingWhy::Io => NoticeWhy::RecordingStopped,
            RecordingWhy::EncodeLost => NoticeWhy::RecordingEncodeLost,
        };
        let which = several.then(|| canvas.to_string());
        let named = which.as_ref().map_or_else(|| "the recording".to_owned(), |which| format!("the {which} recording"));
        let said = format!("{named} stopped: {why}");
        let failure = match why_code {
            RecordingWhy::EncodeLost => Failure::new(ErrorCode::Internal, said)
                .hint("what was recorded is kept and the other pictures go on; end the show and go live again for it"),
            RecordingWhy::DiskFull | RecordingWhy::Io => Failure::new(ErrorCode::DiskFull, said)
                .hint("free some space and record again; the show goes on and what was recorded is kept"),
        };
        self.notice_about(which, Some(what), &failure);
    }

    /// Says when the disk does not take what is recorded, and what is missing once it does again.
    pub(super) fn tell_recording_gap(&mut self, stats: &MediaStats) {
        let now = Duration::from_millis(self.now().0);
        let Some(show) = self.show.as_mut().filter(|show| show.ended_at.is_none()) else { return };
        // Of one that stopped it was said why, and what waited for its disk is lost with that.
        let running = || stats.recording.iter().chain(&stats.upright).filter(|recording| recording.stopped.is_none());
        let queue_ms = running().map(|recording| recording.queue_ms).max().unwrap_or_default();
        let lost = running().map(|recording| recording.lost_pictures).sum();
        let (what, about, failure) = match show.recording.behind.on(now, lost, queue_ms) {
            None => return,
            Some(Gap::Opens) => {
                let failure =
                    Failure::new(ErrorCode::DiskFull, "the disk is too slow: a part of the recording is missing")
                        .hint("record to another disk, or in a lower quality; the show itself misses nothing");
                (NoticeWhy::RecordingBehind, None, failure)
            }
            Some(Gap::Over(pictures)) => {
                let seconds = show.recording.worst_s(stats, pictures);
                // It was ended, or another one has followed, before the disk caught up: the summary tells.
                if seconds == 0 {
                    return;
                }
                let failure =
                    Failure::new(ErrorCode::DiskFull, format!("about {seconds} s of the recording are missing"))
                        .hint("record to another disk if it happens again; the show itself misses nothing");
                (NoticeWhy::RecordingCaughtUp, Some(seconds.to_string()), failure)
            }
        };
        self.notice_about(about, Some(what), &failure);
    }

    pub(super) fn recording_space(&mut self, free_bytes: u64, minutes_left: u64, critical: bool) {
        let now = Duration::from_millis(self.now().0);
        if !self.show.as_mut().is_some_and(|show| show.recording.space.is_news(now, critical)) {
            return;
        }
        let (what, megabytes) =
            (if critical { NoticeWhy::RecordingSpaceCritical } else { NoticeWhy::RecordingSpaceLow }, free_bytes >> 20);
        let failure = Failure::new(
            ErrorCode::DiskFull,
            format!("{megabytes} MiB are free: the recording stops in about {minutes_left} min"),
        )
        .hint("free some space; the show goes on in any case");
        self.notice_about(Some(minutes_left.to_string()), Some(what), &failure);
    }

    pub(super) fn recording_shared(&mut self, why: &str, from_start: bool) {
        let (what, words, hint) = if from_start {
            let hint = "it is complete; for a quality of its own end what else encodes on this computer";
            (NoticeWhy::RecordingNoEncoder, "the recording has", hint)
        } else {
            let hint = "it continues in a second file if that picture has another size or form; what its own encode left out \
                        before, a few seconds at most, is missing";
            (NoticeWhy::RecordingShared, "the recording goes on with", hint)
        };
        let failure = Failure::new(ErrorCode::Internal, format!("{words} the picture of the stream: {why}")).hint(hint);
        self.notice_about(None, Some(what), &failure);
    }
}

/// How long `pictures` of one recording last. Seconds, rounded up.
fn missing_s(pictures: u64, fps: u32) -> u64 {
    pictures.div_ceil(u64::from(fps.max(1)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn stats(canvas: CanvasShape, name: &str) -> RecordingStats {
        RecordingStats {
            canvas,
            first: "show.mkv".into(),
            path: name.into(),
            size_bytes: 5,
            duration_ms: 1,
            parts: 1,
            minutes_left: None,
            lost_pictures: 0,
            queue_ms: 0,
            stopped: None,
        }
    }

    #[test]
    fn the_recording_of_one_canvas_stops_and_the_other_one_carries_the_show() {
        use CanvasShape::{Landscape, Portrait};
        // Who stopped, whether the main one and the other left files, and whether that carried the show.
        for (stopped, main, beside, carried) in [
            (&[][..], true, false, true),
            (&[], false, false, false),
            (&[Portrait], true, true, true),
            (&[Portrait], true, false, true),
            (&[Landscape], true, true, true),
            (&[Landscape], true, false, false),
            (&[Landscape, Portrait], true, true, false),
        ] {
            let mut run = RecordingRun::of(Landscape, 30);
            run.begin("show.mkv".into());
            stopped.iter().for_each(|canvas| run.stop(*canvas, "full".into(), RecordingWhy::DiskFull));
            assert_eq!(run.carried(main, beside), carried, "{stopped:?} stopped, files {main} {beside}");
            let both = MediaStats {
                recording: Some(stats(Landscape, "show-2.mkv")),
                upright: beside.then(|| stats(Portrait, "show-2-9x16.mkv")),
                ..MediaStats::default()
            };
            let view = run.view(&both).unwrap();
            assert_eq!(view.path, "show-2.mkv", "the file that is written, not the one that was asked for");
            assert_eq!(view.stopped.is_some(), stopped.contains(&Landscape), "{stopped:?}");
            let upright = view.upright.and_then(|upright| upright.stopped_code);
            assert_eq!(upright.is_some(), stopped.contains(&Portrait), "{stopped:?}");
        }
    }

    #[test]
    fn what_is_recorded_again_is_well_again() {
        let mut run = RecordingRun::of(CanvasShape::Portrait, 30);
        assert_eq!(run.view(&MediaStats::default()), None);
        run.begin("a.mkv".into());
        run.stop(CanvasShape::Portrait, "full".into(), RecordingWhy::DiskFull);
        assert!(!run.carried(true, false));
        run.begin("b.mkv".into());
        assert!(run.carried(true, false));
        let mut behind = |at_s, lost| run.behind.on(Duration::from_secs(at_s), lost, 0);
        assert_eq!([behind(1, 300), behind(9, 300)], [Some(Gap::Opens), Some(Gap::Over(300))]);
        run.end();
        assert_eq!(run.view(&MediaStats::default()), None, "ended by the host: nothing is missing");
        assert_eq!(run.behind.on(Duration::from_secs(10), 300, 0), None, "what was told is not told again");
        run.begin("b.mkv".into());
        assert_eq!(
            run.view(&MediaStats::default()).map(|view| (view.path, view.stopped)),
            Some(("b.mkv".into(), None))
        );
    }

    #[test]
    fn a_gap_is_said_once_when_it_opens_and_once_with_its_length_when_it_is_over() {
        let mut behind = Behind::default();
        let said = [
            (0, 0, 9_900, None),
            (1, 300, 0, Some(Gap::Opens)),
            (3, 345, 0, None),
            (5, 345, 2_500, None),
            (13, 645, 0, None),
            (16, 645, 500, None),
            (18, 645, 500, Some(Gap::Over(645))),
            (60, 645, 9_900, None),
            (61, 945, 0, Some(Gap::Opens)),
            (66, 945, 100, Some(Gap::Over(300))),
        ];
        for (at_s, lost, queue_ms, want) in said {
            assert_eq!(behind.on(Duration::from_secs(at_s), lost, queue_ms), want, "at {at_s} s");
        }
    }

    #[test]
    fn what_is_missing_is_told_of_the_recording_that_misses_most() {
        use CanvasShape::{Landscape, Portrait};
        // Missing in the one and in the other (none: it is not there), in the gap that is over, pictures a second.
        for (main, beside, gap, fps, want) in [
            (300, None, 300, 30, 10),
            (300, Some(300), 600, 30, 10),
            (301, Some(30), 331, 30, 11),
            (0, Some(90), 90, 30, 3),
            (600, Some(0), 300, 30, 20),
            (0, None, 45, 30, 2),
            (25, None, 25, 0, 25),
        ] {
            let run = RecordingRun { path: Some("show.mkv".into()), ..RecordingRun::of(Landscape, fps) };
            let lost = |canvas, lost_pictures| RecordingStats { lost_pictures, ..stats(canvas, "show.mkv") };
            let both = MediaStats {
                recording: Some(lost(Landscape, main)),
                upright: beside.map(|beside| lost(Portrait, beside)),
                ..MediaStats::default()
            };
            assert_eq!(run.worst_s(&both, gap), want, "{main} and {beside:?} of {gap}");
            let view = run.view(&both).unwrap();
            let shown = view.missing_s.max(view.upright.map_or(0, |upright| upright.missing_s));
            assert!(shown == want || main + beside.unwrap_or(0) == 0, "the cockpit says the same: {shown}");
        }
    }

    #[test]
    fn room_that_both_recordings_miss_is_told_of_once() {
        let mut told = SpaceTold::default();
        for (at_s, critical, want) in [
            (1, false, true),
            (1, false, false),
            (400, false, false),
            (420, true, true),
            (421, true, false),
            (422, false, false),
            (1_021, false, true),
        ] {
            assert_eq!(told.is_news(Duration::from_secs(at_s), critical), want, "at {at_s} s");
        }
    }
}
