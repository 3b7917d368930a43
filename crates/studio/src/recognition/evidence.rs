//! What a show's decisions rest on, written to a file by a thread of its own: recognition never waits for the disk, and what goes
//! wrong with the file is said once and costs the show nothing but the file's end.

use crate::evidence_file::create;
use hawker_domain::failure::FailureWhy;
use hawker_vision::tagger::Record;
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Lines and bytes that may wait for the disk: some seconds of the largest show, minutes of a usual one. When there are more, the
/// file ends there.
const LINES_WAITING: usize = 4_096;
const BYTES_WAITING: usize = 16 << 20;

/// A file grows no larger: a show of 5,000 products writes a gigabyte in a quarter of an hour, and the disk is the recording's.
const MOST_BYTES: u64 = 4 << 30;

/// A disk with less room is left to the recording, which needs it more; it is looked at as often as so much was written.
const LEAST_FREE: u64 = 1 << 30;
const LOOK_EVERY: u64 = 4 << 20;

/// So long the end of a file is waited for, when nobody is on air any more.
const END: Duration = Duration::from_secs(3);

/// Whoever is told what went wrong.
type Tell = Box<dyn FnOnce(Failure) + Send>;

/// A show's evidence while it is written.
pub struct Evidence {
    path: PathBuf,
    pieces: SyncSender<Vec<u8>>,
    bytes_waiting: Arc<AtomicUsize>,
    told: Told,
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

/// Why no more is written.
#[derive(Debug)]
enum End {
    /// What the system said.
    Refused(Error),
    TooLarge,
    NearlyFull,
    TooSlow,
    Silent,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Takes the first failure and no other. What was told has ended the file: with a gap in it the rest would be decided otherwise.
#[derive(Clone)]
struct Told(Arc<Mutex<Option<Tell>>>);

impl Told {
    fn tell(&self, path: &Path, why: &End) {
        let tell = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tell) = tell {
            tell(not_kept(path, why));
        }
    }

    fn has_ended(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

fn not_kept(path: &Path, why: &End) -> Failure {
    let (most, least) = (MOST_BYTES >> 30, LEAST_FREE >> 30);
    let (reason, why) = match why {
        End::Refused(error) => (FailureReason::from(FailureWhy::EvidenceNotKept).with("why", error), error.to_string()),
        End::TooLarge => (
            FailureReason::from(FailureWhy::EvidenceTooLarge).with("most", most),
            format!("it would be larger than {most} GB"),
        ),
        End::NearlyFull => (
            FailureReason::from(FailureWhy::EvidenceNoRoom).with("least", least),
            format!("its disk has less than {least} GB left"),
        ),
        End::TooSlow => (FailureWhy::EvidenceTooSlow.into(), "its disk is too slow".to_owned()),
        End::Silent => (FailureWhy::EvidenceSilent.into(), "its disk does not answer".to_owned()),
    };
    let reason = reason.with("path", path.display());
    let message = format!("the show's evidence is not written to {} any more: {why}", path.display());
    let hint = "the show goes on; what was written until then can be used";
    Failure::new(ErrorCode::Internal, message).hint(hint).because(reason)
}

impl Evidence {
    /// Begins a file; one that is there is written over. `tell` hears what goes wrong, if anything does, from any thread.
    pub fn begin(path: PathBuf, tell: impl FnOnce(Failure) + Send + 'static) -> Option<Self> {
        // Where the system does not say how much room there is, it says so when there is none.
        Self::begin_where(path, |path| fs4::available_space(path).ok(), tell)
    }

    /// `free`: bytes that the disk of a file has left, where that is known.
    fn begin_where(
        path: PathBuf,
        free: impl Fn(&Path) -> Option<u64> + Send + 'static,
        tell: impl FnOnce(Failure) + Send + 'static,
    ) -> Option<Self> {
        let tell: Tell = Box::new(tell);
        let told = Told(Arc::new(Mutex::new(Some(tell))));
        let (pieces, waiting) = sync_channel(LINES_WAITING);
        let (done, ended) = channel();
        let bytes_waiting = Arc::new(AtomicUsize::new(0));
        let (to, own, bytes) = (path.clone(), told.clone(), bytes_waiting.clone());
        let run = move || {
            if let Err(end) = write(&to, &waiting, &bytes, free) {
                own.tell(&to, &end);
            }
            let _ = done.send(());
        };
        match std::thread::Builder::new().name("evidence".into()).spawn(run) {
            Ok(thread) => Some(Self { path, pieces, bytes_waiting, told, ended, thread: Some(thread) }),
            Err(error) => {
                told.tell(&path, &End::Refused(error));
                None
            }
        }
    }

    /// What a recogniser writes to; more than one, one after the other. Nothing is written where the file has ended already.
    pub fn record(&self) -> Record {
        if self.told.has_ended() {
            return Record::OFF;
        }
        let (pieces, bytes_waiting) = (self.pieces.clone(), self.bytes_waiting.clone());
        let pieces = Pieces { path: self.path.clone(), pieces, bytes_waiting, told: self.told.clone() };
        // Line by line, as a record writes: what goes wrong is noticed while somebody is there to hear it.
        Record::new(Box::new(pieces))
    }

    /// Waits until all of it is on the disk, as long as that answers. Records must have ended before.
    pub fn end(mut self) {
        let (unused, _) = sync_channel(0);
        drop(std::mem::replace(&mut self.pieces, unused));
        match self.ended.recv_timeout(END) {
            Err(RecvTimeoutError::Timeout) => self.told.tell(&self.path, &End::Silent),
            _ => _ = self.thread.take().map(JoinHandle::join),
        }
    }
}

/// Writes until nobody sends any more. Pieces are whole lines, in their order.
fn write(
    path: &Path,
    waiting: &Receiver<Vec<u8>>,
    bytes_waiting: &AtomicUsize,
    free: impl Fn(&Path) -> Option<u64>,
) -> Result<(), End> {
    let mut file = create(path)?;
    // A pipe or a device takes no room.
    let takes_room = file.metadata()?.is_file();
    let (mut written, mut looked) = (0_u64, None::<u64>);
    while let Ok(piece) = waiting.recv() {
        if takes_room && looked.is_none_or(|at| written - at >= LOOK_EVERY) {
            looked = Some(written);
            if free(path).is_some_and(|free| free < LEAST_FREE) {
                return Err(End::NearlyFull);
            }
        }
        written += piece.len() as u64;
        if written > MOST_BYTES {
            return Err(End::TooLarge);
        }
        file.write_all(&piece)?;
        bytes_waiting.fetch_sub(charge(piece.len()), Ordering::Relaxed);
    }
    file.sync_all().map_err(End::Refused)
}

/// What a piece counts for among those that wait. One that is larger than half of what may wait is the names of a large catalogue:
/// it comes seldom, and neither it nor the line behind it is turned away for its size alone.
fn charge(len: usize) -> usize {
    len.min(BYTES_WAITING / 2)
}

/// Hands pieces over to the thread that writes.
struct Pieces {
    path: PathBuf,
    pieces: SyncSender<Vec<u8>>,
    bytes_waiting: Arc<AtomicUsize>,
    told: Told,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.told.has_ended() {
            return Err(Error::new(ErrorKind::BrokenPipe, "the evidence has ended"));
        }
        let own = charge(bytes.len());
        let waiting = self.bytes_waiting.fetch_add(own, Ordering::Relaxed);
        let sent = if waiting + own > BYTES_WAITING {
            Err(TrySendError::Full(Vec::new()))
        } else {
            self.pieces.try_send(bytes.to_vec())
        };
        if sent.is_err() {
            self.bytes_waiting.fetch_sub(own, Ordering::Relaxed);
        }
        match sent {
            Ok(()) => Ok(bytes.len()),
            Err(TrySendError::Full(_)) => {
                self.told.tell(&self.path, &End::TooSlow);
                Err(Error::new(ErrorKind::StorageFull, "the disk is too slow for the evidence"))
            }
            // The writer has said why.
            Err(TrySendError::Disconnected(_)) => Err(Error::new(ErrorKind::BrokenPipe, "the evidence has ended")),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::ShowMs;
    use hawker_vision::tagger::Step;
    use std::sync::mpsc::TryRecvError;

    fn step(track_id: u32) -> Step {
        Step::End { track_id, at: ShowMs(0) }
    }

    fn begin(path: &Path) -> (Evidence, Receiver<Failure>) {
        let (tell, told) = channel();
        (Evidence::begin(path.to_owned(), move |failure| tell.send(failure).unwrap()).unwrap(), told)
    }

    #[test]
    fn records_follow_each_other_in_one_file_that_nobody_else_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.jsonl");
        std::fs::write(&path, "of another show\n").unwrap();
        let (evidence, told) = begin(&path);
        for from in [0, 1_000] {
            let mut record = evidence.record();
            (from..from + 1_000).for_each(|id| record.step(|| step(id)));
            record.finish().unwrap();
        }
        evidence.end();
        let text = std::fs::read_to_string(&path).unwrap();
        let steps: Vec<Step> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(steps, (0..2_000).map(step).collect::<Vec<_>>());
        assert_eq!(told.try_recv().unwrap_err(), TryRecvError::Disconnected, "nothing went wrong");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_once_and_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (evidence, told) = begin(&folder.path().join("no/such/folder/evidence.jsonl"));
        let failure = told.recv().unwrap();
        assert!(failure.message.contains("no/such/folder"), "{failure:?}");
        let mut record = evidence.record();
        (0..100_000).for_each(|id| record.step(|| step(id)));
        drop(record);
        evidence.end();
        assert!(told.recv().is_err(), "it is told once");
    }

    fn why(failure: &Failure) -> FailureWhy {
        failure.reason.as_ref().unwrap().why
    }

    /// A line of four bytes a score.
    fn large(track_id: u32, scores: usize) -> Step {
        let (now_ms, at, relatives) = (0, ShowMs(0), Vec::new());
        Step::Look { track_id, now_ms, at, scores: vec![0.0; scores], weight: 1.0, relatives }
    }

    #[test]
    fn the_last_gigabyte_is_left_to_the_recording() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.jsonl");
        let asked = AtomicUsize::new(0);
        let free = move |_: &Path| {
            let before = asked.fetch_add(1, Ordering::Relaxed);
            Some(if before == 0 { LEAST_FREE } else { LEAST_FREE - 1 })
        };
        let (tell, told) = channel();
        let evidence = Evidence::begin_where(path.clone(), free, move |failure| tell.send(failure).unwrap()).unwrap();
        let mut record = evidence.record();
        (0..4).for_each(|id| record.step(|| large(id, 500_000)));
        let failure = told.recv().unwrap();
        assert_eq!(why(&failure), FailureWhy::EvidenceNoRoom, "{failure:?}");
        drop(record);
        evidence.end();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with('\n') && text.lines().count() == 3, "it is asked for every 4 MB");
    }

    #[test]
    fn a_line_that_is_larger_than_all_that_may_wait_is_taken_and_so_is_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.jsonl");
        let (evidence, told) = begin(&path);
        let mut record = evidence.record();
        record.step(|| large(0, 5_000_000));
        record.step(|| step(1));
        record.finish().unwrap();
        drop(record);
        evidence.end();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.len() > BYTES_WAITING && text.lines().count() == 2);
        assert_eq!(told.try_recv().unwrap_err(), TryRecvError::Disconnected, "nothing went wrong");
    }

    /// A pipe that nobody reads is a disk that does not answer.
    #[cfg(unix)]
    #[test]
    fn what_was_turned_away_once_leaves_no_gap() {
        use std::io::{BufRead, BufReader};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.jsonl");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (evidence, told) = begin(&path);
        let mut record = evidence.record();
        (0..2 * LINES_WAITING as u32).for_each(|id| record.step(|| step(id)));
        assert_eq!(why(&told.recv().unwrap()), FailureWhy::EvidenceTooSlow);
        let mut lines = BufReader::new(std::fs::File::open(&path).unwrap()).lines();
        let first: Vec<Step> =
            lines.by_ref().take(LINES_WAITING).map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        assert_eq!(first, (0..LINES_WAITING as u32).map(step).collect::<Vec<_>>());
        let waiting = evidence.bytes_waiting.load(Ordering::Relaxed);
        assert!(waiting < 100, "the last line at most, and nothing that was turned away: {waiting}");
        let mut next = evidence.record();
        next.step(|| step(100_000));
        drop((record, next));
        evidence.end();
        assert_eq!(lines.map(Result::unwrap).collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_once_and_stops_nobody() {
        let (evidence, told) = begin(Path::new("/dev/full"));
        let mut record = evidence.record();
        (0..1_000).for_each(|id| record.step(|| step(id)));
        drop(record);
        evidence.end();
        let failures: Vec<Failure> = told.iter().collect();
        assert!(failures.len() == 1 && failures[0].message.contains("space"), "{failures:?}");
    }
}
