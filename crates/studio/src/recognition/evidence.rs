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
#[path = "evidence_tests.rs"]
mod tests;
