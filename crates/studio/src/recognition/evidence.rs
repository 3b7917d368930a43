//! What a show's decisions rest on, written to a file by a thread of its own: recognition never waits for the disk, and what goes
//! wrong with the file is said once and costs the show nothing but the file's end.

use crate::evidence_file::create;
use hawker_domain::failure::FailureWhy;
use hawker_vision::tagger::Record;
use hawker_wire::{ErrorCode, Failure, FailureReason};
use std::io::{Error, ErrorKind, LineWriter, Write};
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

/// Takes the first failure and no other.
#[derive(Clone)]
struct Told(Arc<Mutex<Option<Tell>>>);

impl Told {
    fn tell(&self, path: &Path, why: &str) {
        let tell = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(tell) = tell {
            tell(not_kept(path, why));
        }
    }
}

fn not_kept(path: &Path, why: &str) -> Failure {
    let reason = FailureReason::from(FailureWhy::EvidenceNotKept).with("path", path.display()).with("why", why);
    let message = format!("the show's evidence is not written to {} any more: {why}", path.display());
    let hint = "the show goes on; what was written until then can be used";
    Failure::new(ErrorCode::Internal, message).hint(hint).because(reason)
}

impl Evidence {
    /// Begins a file; one that is there is written over. `tell` hears what goes wrong, if anything does, from any thread.
    pub fn begin(path: PathBuf, tell: impl FnOnce(Failure) + Send + 'static) -> Option<Self> {
        let tell: Tell = Box::new(tell);
        let told = Told(Arc::new(Mutex::new(Some(tell))));
        let (pieces, waiting) = sync_channel(LINES_WAITING);
        let (done, ended) = channel();
        let bytes_waiting = Arc::new(AtomicUsize::new(0));
        let (to, own, bytes) = (path.clone(), told.clone(), bytes_waiting.clone());
        let run = move || {
            if let Err(error) = write(&to, &waiting, &bytes) {
                own.tell(&to, &error.to_string());
            }
            let _ = done.send(());
        };
        match std::thread::Builder::new().name("evidence".into()).spawn(run) {
            Ok(thread) => Some(Self { path, pieces, bytes_waiting, told, ended, thread: Some(thread) }),
            Err(error) => {
                told.tell(&path, &error.to_string());
                None
            }
        }
    }

    /// What a recogniser writes to; more than one, one after the other.
    pub fn record(&self) -> Record {
        let (pieces, bytes_waiting) = (self.pieces.clone(), self.bytes_waiting.clone());
        let pieces = Pieces { path: self.path.clone(), pieces, bytes_waiting, told: self.told.clone() };
        // Line by line: what goes wrong is noticed while somebody is there to hear it.
        Record::new(Box::new(LineWriter::new(pieces)))
    }

    /// Waits until all of it is on the disk, as long as that answers. Records must have ended before.
    pub fn end(mut self) {
        let (unused, _) = sync_channel(0);
        drop(std::mem::replace(&mut self.pieces, unused));
        match self.ended.recv_timeout(END) {
            Err(RecvTimeoutError::Timeout) => self.told.tell(&self.path, "the disk does not answer"),
            _ => _ = self.thread.take().map(JoinHandle::join),
        }
    }
}

/// Writes until nobody sends any more. Pieces are whole lines or parts of them, in their order.
fn write(path: &Path, waiting: &Receiver<Vec<u8>>, bytes_waiting: &AtomicUsize) -> std::io::Result<()> {
    let mut file = create(path)?;
    let mut written = 0;
    while let Ok(piece) = waiting.recv() {
        written += piece.len() as u64;
        if written > MOST_BYTES {
            return Err(Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} GB", MOST_BYTES >> 30)));
        }
        file.write_all(&piece)?;
        bytes_waiting.fetch_sub(piece.len(), Ordering::Relaxed);
    }
    file.sync_all()
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
        let waiting = self.bytes_waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        let sent = if waiting > BYTES_WAITING {
            Err(TrySendError::Full(Vec::new()))
        } else {
            self.pieces.try_send(bytes.to_vec())
        };
        match sent {
            Ok(()) => Ok(bytes.len()),
            Err(TrySendError::Full(_)) => {
                // With a gap in it the rest would be decided otherwise.
                self.told.tell(&self.path, "the disk is too slow");
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
